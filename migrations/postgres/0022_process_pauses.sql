-- All instances of a process stand still, or go on, because somebody asked for that: what was asked
-- last for each process, and how far it is. SQLite has the same table in migrations/sqlite.
-- Earlier versions of the server do not know of it, and do nothing about it.

create table process_pauses (
    process text not null primary key,
    number bigint not null,                  -- of the request; instances with a greater one began later
    resumes bigint not null,                 -- 1: they go on again
    reason text not null,
    asked_at bigint not null,
    asked_by text not null,
    after_instance bigint not null,          -- the last one that was looked at
    changed bigint not null,                 -- instances that were changed so far
    ended_at bigint,                         -- null: there is more to do
    runner bigint,                           -- the seat of the server that goes on with it
    runner_until bigint not null             -- others leave it alone before that
);
create index process_pauses_open on process_pauses (number) where ended_at is null;

-- Instances that stand still, for lists. No reference: earlier versions remove instances without
-- knowing of it. One that an earlier version resumed is corrected when somebody looks at it.
create table suspended_instances (
    instance bigint not null primary key
);
