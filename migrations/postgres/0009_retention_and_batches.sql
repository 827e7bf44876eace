-- How long finished instances are kept, and what has been removed; retries of many incidents at
-- once. SQLite has the same tables, columns and names in migrations/sqlite.

-- How long the finished instances of a process are kept; of '' those of all processes that have no
-- row of their own. Without a row they are kept for ever.
create table retention (
    process text not null primary key,
    days bigint,                             -- after their end; null: for ever
    set_at bigint not null,
    set_by text not null
);

-- What has been removed, so that whoever follows an old link is told so: for a year.
create table removed_instances (
    id bigint not null primary key,
    definition bigint not null references definitions (key),
    ended_at bigint not null,
    removed_at bigint not null
);
create index removed_instances_in_order on removed_instances (removed_at);

-- What is due for removal: finished instances that no other one has called, which go with their
-- caller. A status of 3 says that a part of an instance has been removed and the rest is to follow.
create index instances_to_remove on instances (process, ended_at, id)
    where ended_at is not null and caller_instance is null;

-- Without it the removal of each instance would read the whole table.
create index rule_uses_of_instance on rule_uses (instance);

-- The same done to many: what is asked, and how far it is.
create table batch_operations (
    key bigint not null primary key,
    kind bigint not null,                    -- 1: incidents are tried again
    filter text not null,                    -- JSON: what was asked for
    state bigint not null,                  -- 0 created, 1 running, 2 done, 3 partly failed, 4 canceled
    created_at bigint not null,
    created_by text not null,
    canceled_at bigint,
    canceled_by text,
    ended_at bigint,
    collected_instance bigint not null,     -- the last one that was looked at, while created
    collected_number bigint not null,
    runner bigint,                           -- the seat of the server that goes on with it
    runner_until bigint not null,            -- others leave it alone before that
    idempotency_key text,
    asked text not null                      -- hash of the request
);
create unique index batch_operations_asked_once on batch_operations (created_by, idempotency_key)
    where idempotency_key is not null;
create index batch_operations_open on batch_operations (key) where state < 2;

create table batch_operation_items (
    batch bigint not null references batch_operations (key),
    instance bigint not null,
    number bigint not null,                 -- of the incident
    state bigint not null,                  -- the numbers stand in the code
    element bigint not null,                 -- where the incident is
    position bigint,                        -- the turn that tried it again
    tried_at bigint,
    message text,                            -- what went wrong this time
    primary key (batch, instance, number)
);
create index batch_operation_items_by_state on batch_operation_items (batch, state, instance, number);

