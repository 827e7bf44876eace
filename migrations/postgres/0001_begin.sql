-- The first layout: the journal, which is the truth, and what is derived from it in the same
-- transaction. SQLite has the same tables, columns and names in migrations/sqlite.
--
-- Moments are milliseconds since 1970 in UTC, days are days since 1970 in UTC, flags are 0 or 1,
-- lists are JSON text. Identities are the signed 64-bit numbers of `core::ids`.

-- Models and forms, each text once.
create table resources (
    hash text not null primary key,          -- SHA-256 of the text, in hexadecimal
    body text not null
);

create table deployments (
    id bigint not null primary key,
    at bigint not null,
    by_person text
);

create table definitions (
    key bigint not null primary key,
    process text not null,
    version bigint not null,
    name text not null,
    version_tag text,
    start_form text,
    resource text not null references resources (hash),
    deployment bigint not null references deployments (id),
    constraint definitions_version unique (process, version)
);

-- Names of the flow nodes, so that lists of tasks need not read models.
create table definition_nodes (
    definition bigint not null references definitions (key),
    node text not null,
    title text not null,
    kind text not null,
    primary key (definition, node)
);

create table forms (
    key bigint not null primary key,
    form text not null,
    version bigint not null,
    resource text not null references resources (hash),
    deployment bigint not null references deployments (id),
    constraint forms_version unique (form, version)
);

create table instances (
    id bigint not null primary key,         -- ascending in time: the order of every list
    definition bigint not null references definitions (key),
    process text not null,
    business_key text,
    status bigint not null,                 -- 0 active, 1 completed, 2 terminated
    started_at bigint not null,
    started_by text,
    ended_at bigint,
    incidents bigint not null,              -- open now
    interrupted bigint not null             -- 1: a turn waits to be continued
);
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
    sequence bigint generated always as identity primary key,
    instance bigint not null references instances (id),
    position bigint not null,               -- turn within the instance, from 1
    command_id bytea not null,
    at bigint not null,
    by_person text,
    events bytea not null
);
create unique index journal_position on journal (instance, position);
create unique index journal_command on journal (command_id);

-- State of long instances, to be thrown away at will.
create table snapshots (
    instance bigint not null primary key references instances (id),
    position bigint not null,
    state bytea not null
);

-- Element instances that outlast a turn, with the moment they began.
create table elements (
    instance bigint not null references instances (id),
    element bigint not null,
    node text not null,
    since bigint not null,
    primary key (instance, element)
);
create index elements_at_node on elements (node, instance);

create table user_tasks (
    instance bigint not null references instances (id),
    element bigint not null,
    definition bigint not null references definitions (key),
    node text not null,
    assignee text,
    candidate_groups text not null,
    candidate_users text not null,
    summary text not null,
    created_at bigint not null,
    due bigint,
    follow_up bigint,
    priority bigint not null,
    form text,
    form_key bigint,
    state bigint not null,                  -- 0 open, 1 completed, 2 canceled
    ended_at bigint,
    ended_by text,
    action text,
    urgency bigint not null,                -- 100 - priority: lists ascend
    due_order bigint not null,              -- due, or the largest number
    primary key (instance, element)
);
create index user_tasks_of_person on user_tasks (assignee, urgency, due_order, instance, element)
    where state = 0;
create index user_tasks_open on user_tasks (urgency, due_order, instance, element) where state = 0;
create index user_tasks_involved on user_tasks (assignee, instance) where assignee is not null;

-- Who may take an open task that nobody holds: 'g:' and a group, 'u:' and a person.
create table task_candidates (
    who text not null,
    urgency bigint not null,
    due_order bigint not null,
    instance bigint not null references instances (id),
    element bigint not null,
    primary key (instance, element, who)
);
create index task_candidates_in_order
    on task_candidates (who, urgency, due_order, instance, element);

-- Work for systems. `due_at` is when it can be taken: at once, after a backoff, or when the lease
-- of the one who took it ends; null while an incident stops it.
create table jobs (
    instance bigint not null references instances (id),
    element bigint not null,
    job_type text not null,
    retries bigint not null,                -- left
    retries_granted bigint not null,        -- left when the series of attempts began
    due_at bigint,
    leased_by bigint,
    primary key (instance, element)
);
create index jobs_due on jobs (due_at) where due_at is not null;

create table incidents (
    instance bigint not null references instances (id),
    number bigint not null,
    element bigint not null,
    node text not null,
    cause text not null,
    message text not null,
    raised_at bigint not null,
    primary key (instance, number)
);

-- What is counted is counted when it happens and summed when it is read. Each committer has rows
-- of its own, so that no row is waited for. Day 0 holds what is open now and totals of all time.
create table counters (
    definition bigint not null,
    day bigint not null,
    kind bigint not null,
    node text not null,                      -- '' for the process itself
    committer bigint not null,
    n bigint not null,
    primary key (definition, day, kind, node, committer)
);

-- How often a duration fell into a bucket of the quantile sketch.
create table sketches (
    definition bigint not null,
    node text not null,                      -- '' for the process itself
    day bigint not null,
    bucket bigint not null,
    committer bigint not null,
    n bigint not null,
    primary key (definition, node, day, bucket, committer)
);

create table people (
    person text not null primary key,
    name text not null,
    role text not null,
    person_groups text not null,
    password_hash text not null,
    disabled bigint not null,
    created_at bigint not null,
    last_sign_in bigint
);

create table sessions (
    id bytea not null primary key,
    record bytea not null,
    person text,
    expires_at bigint not null
);
create index sessions_of_person on sessions (person) where person is not null;
create index sessions_expiry on sessions (expires_at);

create table drafts (
    person text not null,
    subject text not null,
    answers text not null,
    saved_at bigint not null,
    primary key (person, subject)
);
create index drafts_of_subject on drafts (subject);

create table sequences (
    name text not null primary key,
    n bigint not null                       -- last number given out
);

create table settings (
    name text not null primary key,
    value text not null
);
