-- The servers that share this database: each holds a seat under a lease. What a server has in hand
-- is marked with its seat, so that others find it when the lease has ended. SQLite has the same
-- table in migrations/sqlite and one server.
create table nodes (
    seat bigint not null primary key,        -- below 64
    name text not null,
    epoch bigint not null,                   -- grows with each change of hands, never falls
    lease_until bigint not null,             -- by the clock of the database; 0: it has said goodbye
    work_left bigint not null,               -- 1: what bears its mark may not be done
    started_at bigint not null,
    version text not null,
    address text not null,
    life text not null                       -- where servers on the same machine see that it lives
);
create unique index nodes_name on nodes (name);
-- Makes `epoch` part of a key: it is not changed while a transaction holds `for key share`, and a
-- lease is renewed all the same.
create unique index nodes_fence on nodes (seat, epoch);
