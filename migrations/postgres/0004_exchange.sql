-- What passes between instances: what turns ask of others, who waits for messages and signals, and
-- messages that nobody waits for yet. SQLite has the same tables, columns and names in
-- migrations/sqlite.

-- What a turn asks of other instances, written with the turn and deleted when it has been done.
-- What comes from outside stands under instance 0.
create table outbox (
    -- The order within an instance.
    sequence bigint generated always as identity primary key,
    instance bigint not null,
    position bigint not null,               -- the turn
    number bigint not null,                 -- within the turn, from 0
    committer bigint not null,              -- the process that wrote it
    by_person text,
    target bigint,                          -- the one instance that it is left for
    held bigint not null default 0,         -- 1: as long as that one is suspended
    heard_until bigint,                     -- of a signal: the last subscription that hears it
    entry bytea not null                      -- the first byte is the version of its format
);
create index outbox_of_instance on outbox (instance, sequence);

-- Who waits for a message (kind 0) or a signal (kind 1). Names and keys that are too long for an
-- index stand here by their hash.
create table subscriptions (
    -- The order in which they were opened; a number never comes back.
    sequence bigint generated always as identity primary key,
    instance bigint not null references instances (id),
    subscription bigint not null,
    process text not null,
    kind bigint not null,
    name text not null,
    key text                                 -- whose message it is; null where any will do
);
create unique index subscriptions_of_instance on subscriptions (instance, subscription);
create index subscriptions_waiting on subscriptions (kind, name, key);

-- What starts an instance: of the latest version of each process only.
create table start_subscriptions (
    process text not null,
    definition bigint not null references definitions (key),
    number bigint not null,                 -- in the order of the model, from 0
    node text not null,
    kind bigint not null,
    name text not null,
    key text,
    primary key (process, number)
);
create index start_subscriptions_waiting on start_subscriptions (kind, name);

-- Messages that wait for somebody who waits for them, and the ids of those that have arrived.
create table messages (
    -- The oldest first.
    sequence bigint generated always as identity primary key,
    instance bigint not null,               -- with position and number: what it came from
    position bigint not null,
    number bigint not null,
    name text not null,
    key text,
    message_id text,                         -- given by the sender, so that a repeat is known
    state bigint not null,                  -- 0 accepted, 1 waits, 2 arrived
    waits_until bigint not null,
    expires_at bigint not null,              -- when its id is forgotten
    by_person text,
    entry bytea not null
);
create index messages_waiting on messages (name, key, sequence) where state < 2;
create unique index messages_of_sender on messages (name, coalesce(key, ''), message_id)
    where message_id is not null;
create index messages_expiry on messages (expires_at);

-- Which call activity started an instance.
alter table instances add column caller_instance bigint;
alter table instances add column caller_element bigint;
create index instances_of_caller on instances (caller_instance, caller_element)
    where caller_instance is not null;

-- Deployments that brought a version of a process, or found it unchanged.
create table deployed_definitions (
    definition bigint not null references definitions (key),
    deployment bigint not null references deployments (id),
    primary key (definition, deployment)
);
insert into deployed_definitions (definition, deployment) select key, deployment from definitions;
create index deployed_definitions_of on deployed_definitions (deployment);
