-- Jobs are taken type by type, each as far as its own places go, so that a slow type does not hold up
-- the others.

create index jobs_by_type on jobs (job_type, due_at) where due_at is not null;
drop index jobs_due;
