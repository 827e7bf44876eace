-- All instances of a process stand still, or go on, because somebody asked for that: what was asked
-- last for each process, and how far it is. PostgreSQL has the same table in migrations/postgres.
-- Earlier versions of the server do not know of it, and do nothing about it.

create table process_pauses (
    process text not null primary key,
    number integer not null,                 -- of the request; instances with a greater one began later
    resumes integer not null,                -- 1: they go on again
    reason text not null,
    asked_at integer not null,
    asked_by text not null,
    after_instance integer not null,         -- the last one that was looked at
    changed integer not null,                -- instances that were changed so far
    ended_at integer,                        -- null: there is more to do
    runner integer,                          -- the seat of the server that goes on with it
    runner_until integer not null            -- others leave it alone before that
) strict, without rowid;
create index process_pauses_open on process_pauses (number) where ended_at is null;

-- Instances that stand still, for lists. No reference: earlier versions remove instances without
-- knowing of it. One that an earlier version resumed is corrected when somebody looks at it.
create table suspended_instances (
    instance integer not null primary key
) strict;
