-- The first layout: the journal, which is the truth, and what is derived from it in the same
-- transaction. PostgreSQL has the same tables, columns and names in migrations/postgres.
--
-- Moments are milliseconds since 1970 in UTC, days are days since 1970 in UTC, flags are 0 or 1,
-- lists are JSON text. Identities are the signed 64-bit numbers of `core::ids`.

-- Models and forms, each text once.
create table resources (
    hash text not null primary key,          -- SHA-256 of the text, in hexadecimal
    body text not null
) strict, without rowid;

create table deployments (
    id integer not null primary key,
    at integer not null,
    by_person text
) strict;

create table definitions (
    key integer not null primary key,
    process text not null,
    version integer not null,
    name text not null,
    version_tag text,
    start_form text,
    resource text not null references resources (hash),
    deployment integer not null references deployments (id),
    constraint definitions_version unique (process, version)
) strict;

-- Names of the flow nodes, so that lists of tasks need not read models.
create table definition_nodes (
    definition integer not null references definitions (key),
    node text not null,
    title text not null,
    kind text not null,
    primary key (definition, node)
) strict, without rowid;

create table forms (
    key integer not null primary key,
    form text not null,
    version integer not null,
    resource text not null references resources (hash),
    deployment integer not null references deployments (id),
    constraint forms_version unique (form, version)
) strict;

create table instances (
    id integer not null primary key,         -- ascending in time: the order of every list
    definition integer not null references definitions (key),
    process text not null,
    business_key text,
    status integer not null,                 -- 0 active, 1 completed, 2 terminated
    started_at integer not null,
    started_by text,
    ended_at integer,
    incidents integer not null,              -- open now
    interrupted integer not null             -- 1: a turn waits to be continued
) strict;
create index instances_of_process on instances (process, status, id);
create index instances_by_status on instances (status, id);
create index instances_with_incidents on instances (id) where incidents > 0;
create index instances_started_by on instances (started_by, id) where started_by is not null;
create index instances_started on instances (started_at);
create index instances_ended on instances (ended_at) where ended_at is not null;
create index instances_interrupted on instances (id) where interrupted = 1;

-- One row per turn. Rows are appended in the order of commits, so that a commit of many instances
-- writes few pages; the first byte of `events` is the version of its format.
create table journal (
    sequence integer not null primary key,
    instance integer not null references instances (id),
    position integer not null,               -- turn within the instance, from 1
    command_id blob not null,
    at integer not null,
    by_person text,
    events blob not null
) strict;
create unique index journal_position on journal (instance, position);
create unique index journal_command on journal (command_id);

-- State of long instances, to be thrown away at will.
create table snapshots (
    instance integer not null primary key references instances (id),
    position integer not null,
    state blob not null
) strict;

-- Element instances that outlast a turn, with the moment they began.
create table elements (
    instance integer not null references instances (id),
    element integer not null,
    node text not null,
    since integer not null,
    primary key (instance, element)
) strict, without rowid;
create index elements_at_node on elements (node, instance);

create table user_tasks (
    instance integer not null references instances (id),
    element integer not null,
    definition integer not null references definitions (key),
    node text not null,
    assignee text,
    candidate_groups text not null,
    candidate_users text not null,
    summary text not null,
    created_at integer not null,
    due integer,
    follow_up integer,
    priority integer not null,
    form text,
    form_key integer,
    state integer not null,                  -- 0 open, 1 completed, 2 canceled
    ended_at integer,
    ended_by text,
    action text,
    urgency integer not null,                -- 100 - priority: lists ascend
    due_order integer not null,              -- due, or the largest number
    primary key (instance, element)
) strict, without rowid;
create index user_tasks_of_person on user_tasks (assignee, urgency, due_order, instance, element)
    where state = 0;
create index user_tasks_open on user_tasks (urgency, due_order, instance, element) where state = 0;
create index user_tasks_involved on user_tasks (assignee, instance) where assignee is not null;

-- Who may take an open task that nobody holds: 'g:' and a group, 'u:' and a person.
create table task_candidates (
    who text not null,
    urgency integer not null,
    due_order integer not null,
    instance integer not null references instances (id),
    element integer not null,
    primary key (instance, element, who)
) strict, without rowid;
create index task_candidates_in_order
    on task_candidates (who, urgency, due_order, instance, element);

-- Work for systems. `due_at` is when it can be taken: at once, after a backoff, or when the lease
-- of the one who took it ends; null while an incident stops it.
create table jobs (
    instance integer not null references instances (id),
    element integer not null,
    job_type text not null,
    retries integer not null,                -- left
    retries_granted integer not null,        -- left when the series of attempts began
    due_at integer,
    leased_by integer,
    primary key (instance, element)
) strict, without rowid;
create index jobs_due on jobs (due_at) where due_at is not null;

create table incidents (
    instance integer not null references instances (id),
    number integer not null,
    element integer not null,
    node text not null,
    cause text not null,
    message text not null,
    raised_at integer not null,
    primary key (instance, number)
) strict, without rowid;

-- What is counted is counted when it happens and summed when it is read. Each committer has rows
-- of its own, so that no row is waited for. Day 0 holds what is open now and totals of all time.
create table counters (
    definition integer not null,
    day integer not null,
    kind integer not null,
    node text not null,                      -- '' for the process itself
    committer integer not null,
    n integer not null,
    primary key (definition, day, kind, node, committer)
) strict, without rowid;

-- How often a duration fell into a bucket of the quantile sketch.
create table sketches (
    definition integer not null,
    node text not null,                      -- '' for the process itself
    day integer not null,
    bucket integer not null,
    committer integer not null,
    n integer not null,
    primary key (definition, node, day, bucket, committer)
) strict, without rowid;

create table people (
    person text not null primary key,
    name text not null,
    role text not null,
    person_groups text not null,
    password_hash text not null,
    disabled integer not null,
    created_at integer not null,
    last_sign_in integer
) strict, without rowid;

create table sessions (
    id blob not null primary key,
    record blob not null,
    person text,
    expires_at integer not null
) strict, without rowid;
create index sessions_of_person on sessions (person) where person is not null;
create index sessions_expiry on sessions (expires_at);

create table drafts (
    person text not null,
    subject text not null,
    answers text not null,
    saved_at integer not null,
    primary key (person, subject)
) strict, without rowid;
create index drafts_of_subject on drafts (subject);

create table sequences (
    name text not null primary key,
    n integer not null                       -- last number given out
) strict, without rowid;

create table settings (
    name text not null primary key,
    value text not null
) strict, without rowid;
