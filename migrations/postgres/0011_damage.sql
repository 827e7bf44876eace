-- Instances of which something that is stored cannot be read: found by the check of all that is
-- stored, or by who asked for one. No reference: what is damaged may be gone.

create table damaged_instances (
    instance bigint not null primary key,
    found_at bigint not null,
    reason text not null
);
