-- How long finished instances are kept, and what has been removed; retries of many incidents at
-- once. PostgreSQL has the same tables, columns and names in migrations/postgres.

-- How long the finished instances of a process are kept; of '' those of all processes that have no
-- row of their own. Without a row they are kept for ever.
create table retention (
    process text not null primary key,
    days integer,                            -- after their end; null: for ever
    set_at integer not null,
    set_by text not null
) strict, without rowid;

-- What has been removed, so that whoever follows an old link is told so: for a year.
create table removed_instances (
    id integer not null primary key,
    definition integer not null references definitions (key),
    ended_at integer not null,
    removed_at integer not null
) strict;
create index removed_instances_in_order on removed_instances (removed_at);

-- What is due for removal: finished instances that no other one has called, which go with their
-- caller. A status of 3 says that a part of an instance has been removed and the rest is to follow.
create index instances_to_remove on instances (process, ended_at, id)
    where ended_at is not null and caller_instance is null;

-- Without it the removal of each instance would read the whole table.
create index rule_uses_of_instance on rule_uses (instance);

-- The same done to many: what is asked, and how far it is.
create table batch_operations (
    key integer not null primary key,
    kind integer not null,                   -- 1: incidents are tried again
    filter text not null,                    -- JSON: what was asked for
    state integer not null,                  -- 0 created, 1 running, 2 done, 3 partly failed, 4 canceled
    created_at integer not null,
    created_by text not null,
    canceled_at integer,
    canceled_by text,
    ended_at integer,
    collected_instance integer not null,     -- the last one that was looked at, while created
    collected_number integer not null,
    runner integer,                          -- the seat of the server that goes on with it
    runner_until integer not null,           -- others leave it alone before that
    idempotency_key text,
    asked text not null                      -- hash of the request
) strict;
create unique index batch_operations_asked_once on batch_operations (created_by, idempotency_key)
    where idempotency_key is not null;
create index batch_operations_open on batch_operations (key) where state < 2;

create table batch_operation_items (
    batch integer not null references batch_operations (key),
    instance integer not null,
    number integer not null,                 -- of the incident
    state integer not null,                  -- the numbers stand in the code
    element integer not null,                -- where the incident is
    position integer,                        -- the turn that tried it again
    tried_at integer,
    message text,                            -- what went wrong this time
    primary key (batch, instance, number)
) strict, without rowid;
create index batch_operation_items_by_state on batch_operation_items (batch, state, instance, number);

