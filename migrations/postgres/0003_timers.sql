-- Timers that fall due by themselves: those that instances wait for, and those that start one.
-- SQLite has the same tables, columns and names in migrations/sqlite.

-- One row for each timer that is waited for, written in the transaction of its turn. A timer that
-- is only started by hand has no row.
create table timers (
    instance bigint not null references instances (id),
    subscription bigint not null,
    due_at bigint not null,
    look_at bigint not null,                -- due_at; later where it could not be fired
    since bigint not null,                  -- when the waiting for due_at began
    primary key (instance, subscription)
);
create index timers_in_order on timers (look_at, since, instance, subscription);

-- The timer start events of the latest version of each process.
create table start_timers (
    definition bigint not null references definitions (key),
    number bigint not null,                 -- among the timers of the version, from 0
    process text not null,
    node text not null,
    due_at bigint not null,
    look_at bigint not null,
    cycle text,                              -- as it was resolved; null where it fires once
    cycle_left bigint,                      -- how often after the next time; null without end
    cycle_start bigint,                     -- when its rhythm began
    primary key (definition, number)
);
create index start_timers_in_order on start_timers (look_at);
create index start_timers_of_process on start_timers (process);
