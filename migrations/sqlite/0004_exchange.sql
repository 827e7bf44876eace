-- What passes between instances: what turns ask of others, who waits for messages and signals, and
-- messages that nobody waits for yet. PostgreSQL has the same tables, columns and names in
-- migrations/postgres.

-- What a turn asks of other instances, written with the turn and deleted when it has been done.
-- What comes from outside stands under instance 0.
create table outbox (
    sequence integer not null primary key,   -- the order within an instance
    instance integer not null,
    position integer not null,               -- the turn
    number integer not null,                 -- within the turn, from 0
    committer integer not null,              -- the process that wrote it
    by_person text,
    target integer,                         -- the one instance that it is left for
    held integer not null default 0,        -- 1: as long as that one is suspended
    heard_until integer,                     -- of a signal: the last subscription that hears it
    entry blob not null                      -- the first byte is the version of its format
) strict;
create index outbox_of_instance on outbox (instance, sequence);

-- Who waits for a message (kind 0) or a signal (kind 1). Names and keys that are too long for an
-- index stand here by their hash.
create table subscriptions (
    -- The order in which they were opened; a number never comes back.
    sequence integer not null primary key autoincrement,
    instance integer not null references instances (id),
    subscription integer not null,
    process text not null,
    kind integer not null,
    name text not null,
    key text                                 -- whose message it is; null where any will do
) strict;
create unique index subscriptions_of_instance on subscriptions (instance, subscription);
create index subscriptions_waiting on subscriptions (kind, name, key);

-- What starts an instance: of the latest version of each process only.
create table start_subscriptions (
    process text not null,
    definition integer not null references definitions (key),
    number integer not null,                 -- in the order of the model, from 0
    node text not null,
    kind integer not null,
    name text not null,
    key text,
    primary key (process, number)
) strict, without rowid;
create index start_subscriptions_waiting on start_subscriptions (kind, name);

-- Messages that wait for somebody who waits for them, and the ids of those that have arrived.
create table messages (
    sequence integer not null primary key,   -- the oldest first
    instance integer not null,               -- with position and number: what it came from
    position integer not null,
    number integer not null,
    name text not null,
    key text,
    message_id text,                         -- given by the sender, so that a repeat is known
    state integer not null,                  -- 0 accepted, 1 waits, 2 arrived
    waits_until integer not null,
    expires_at integer not null,              -- when its id is forgotten
    by_person text,
    entry blob not null
) strict;
create index messages_waiting on messages (name, key, sequence) where state < 2;
create unique index messages_of_sender on messages (name, coalesce(key, ''), message_id)
    where message_id is not null;
create index messages_expiry on messages (expires_at);

-- Which call activity started an instance.
alter table instances add column caller_instance integer;
alter table instances add column caller_element integer;
create index instances_of_caller on instances (caller_instance, caller_element)
    where caller_instance is not null;

-- Deployments that brought a version of a process, or found it unchanged.
create table deployed_definitions (
    definition integer not null references definitions (key),
    deployment integer not null references deployments (id),
    primary key (definition, deployment)
) strict, without rowid;
insert into deployed_definitions (definition, deployment) select key, deployment from definitions;
create index deployed_definitions_of on deployed_definitions (deployment);
