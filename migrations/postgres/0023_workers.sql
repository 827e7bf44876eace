-- Workers outside take jobs by type, those that come first first. `lease` rises each time that a job is
-- handed over, so that a late answer is told from the present one; `worker` is who has it outside. Of
-- a priority there are few values, so that the first one is found in the index without a look at others.

alter table jobs add column priority bigint not null default 0;
alter table jobs add column lease bigint not null default 0;
alter table jobs add column worker text;
create index jobs_by_priority on jobs (job_type, priority, due_at) where due_at is not null;
create index jobs_outside on jobs (job_type, due_at) where worker is not null;
