-- The servers that share this database: of use with PostgreSQL only, which has the same table in
-- migrations/postgres. A SQLite file has one server, which a lock beside the file sees to.
create table nodes (
    seat integer not null primary key,
    name text not null,
    epoch integer not null,
    lease_until integer not null,
    work_left integer not null,
    started_at integer not null,
    version text not null,
    address text not null,
    life text not null
) strict;
create unique index nodes_name on nodes (name);
create unique index nodes_fence on nodes (seat, epoch);
