-- The instances that began or ended on a day, latest first: by the day and then in the order of every
-- list, so that a page of them is read without a look at the whole day.

drop index instances_started;
create index instances_started on instances ((started_at / 86400000), id);
drop index instances_ended;
create index instances_ended on instances ((ended_at / 86400000), id) where ended_at is not null;
