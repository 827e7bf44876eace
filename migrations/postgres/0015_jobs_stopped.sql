-- Jobs that an incident or a suspension stops, by type, so that whoever watches the server is told of
-- them without a look at all others.

create index jobs_stopped on jobs (job_type, due_at) where due_at is null;
