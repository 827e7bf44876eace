-- Which instances and which open tasks contain which three characters in a row, so that words are found
-- anywhere in a business key or a summary without a look at each. What is found is looked at once more:
-- the three characters may stand apart. PostgreSQL has indexes of pg_trgm for it.
--
-- Nothing but the places is kept: no text, no positions, no lengths.

create virtual table instance_words using fts5 (
    words, tokenize = 'trigram', content = '', columnsize = 0, detail = none
);                                           -- rowid: id of the instance
create virtual table task_words using fts5 (
    words, tokenize = 'trigram', content = '', columnsize = 0, detail = none
);                                           -- rowid: id in searched_tasks
-- What is written is merged a few of these pages at a time: with the usual ones of 4 KB it takes a commit
-- in a hundred 25 to 50 ms, with these 5.
insert into instance_words (instance_words, rank) values ('pgsz', 500);
insert into task_words (task_words, rank) values ('pgsz', 500);

-- Open tasks with a summary: tasks have no number of their own.
create table searched_tasks (
    id integer not null primary key,
    instance integer not null,
    element integer not null
) strict;
create unique index searched_tasks_key on searched_tasks (instance, element);

create trigger instance_words_come after insert on instances when new.business_key is not null begin
    insert into instance_words (rowid, words) values (new.id, new.business_key);
end;
create trigger instance_words_go after delete on instances when old.business_key is not null begin
    insert into instance_words (instance_words, rowid, words) values ('delete', old.id, old.business_key);
end;

create trigger task_words_come after insert on user_tasks
    when new.state = 0 and new.summary <> '' begin
    insert into searched_tasks (instance, element) values (new.instance, new.element);
    insert into task_words (rowid, words) values (last_insert_rowid(), new.summary);
end;
create trigger task_words_go after update of state on user_tasks
    when old.state = 0 and new.state <> 0 and old.summary <> '' begin
    insert into task_words (task_words, rowid, words)
        select 'delete', id, old.summary from searched_tasks
        where instance = new.instance and element = new.element;
    delete from searched_tasks where instance = new.instance and element = new.element;
end;

insert into instance_words (rowid, words)
    select id, business_key from instances where business_key is not null order by id;
insert into searched_tasks (instance, element)
    select instance, element from user_tasks where state = 0 and summary <> '';
insert into task_words (rowid, words)
    select s.id, t.summary from searched_tasks s
    join user_tasks t on t.instance = s.instance and t.element = s.element order by s.id;
