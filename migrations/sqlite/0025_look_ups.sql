-- A batch is sent to the database in one message. Who looks up what became of one whose answer was lost
-- counts that here, and each message says the count it goes by: one that comes after that is refused.
-- PostgreSQL has the same column in migrations/postgres.

alter table nodes add column look_ups integer not null default 0;
