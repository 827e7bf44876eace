-- A number of the outbox or of a message never comes back, as on PostgreSQL: whoever is late with
-- the deletion of what has been done would otherwise delete something else. The number of this file
-- is not settled; PostgreSQL needs nothing.
create table outbox_once (
    sequence integer not null primary key autoincrement,   -- the order within an instance
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
insert into outbox_once (sequence, instance, position, number, committer, by_person, target, held,
    heard_until, entry)
    select sequence, instance, position, number, committer, by_person, target, held, heard_until, entry
    from outbox;
drop table outbox;
alter table outbox_once rename to outbox;
create index outbox_of_instance on outbox (instance, sequence);

create table messages_once (
    sequence integer not null primary key autoincrement,   -- the oldest first
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
insert into messages_once (sequence, instance, position, number, name, key, message_id, state,
    waits_until, expires_at, by_person, entry)
    select sequence, instance, position, number, name, key, message_id, state, waits_until, expires_at,
    by_person, entry from messages;
drop table messages;
alter table messages_once rename to messages;
create index messages_waiting on messages (name, key, sequence) where state < 2;
create unique index messages_of_sender on messages (name, coalesce(key, ''), message_id)
    where message_id is not null;
create index messages_expiry on messages (expires_at);
