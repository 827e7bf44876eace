-- Where in a text three characters stand is kept, too: six in a row are found in a tenth of the keys of a
-- series that have their parts somewhere, and each that is found is looked at once more. PostgreSQL has
-- indexes of pg_trgm and needs nothing for it.
--
-- The triggers that keep both up to date stay as they are.

drop table instance_words;
drop table task_words;
create virtual table instance_words using fts5 (
    words, tokenize = 'trigram', content = '', columnsize = 0, detail = full
);                                           -- rowid: id of the instance
create virtual table task_words using fts5 (
    words, tokenize = 'trigram', content = '', columnsize = 0, detail = full
);                                           -- rowid: id in searched_tasks
-- See 0026: no commit waits for long until these pages are merged.
insert into instance_words (instance_words, rank) values ('pgsz', 500);
insert into task_words (task_words, rank) values ('pgsz', 500);

insert into instance_words (rowid, words)
    select id, business_key from instances where business_key is not null order by id;
insert into task_words (rowid, words)
    select s.id, t.summary from searched_tasks s
    join user_tasks t on t.instance = s.instance and t.element = s.element order by s.id;
