-- A batch is sent to the database in one message. Who looks up what became of one whose answer was lost
-- counts that here, and each message says the count it goes by: one that comes after that is refused.
-- SQLite has the same column in migrations/sqlite.

alter table nodes add column look_ups bigint not null default 0;
