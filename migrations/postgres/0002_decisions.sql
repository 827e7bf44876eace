-- Decisions: DMN models in versions, and which instance was decided by which version and rule.
-- SQLite has the same tables, columns and names in migrations/sqlite.

-- Versions are added, never changed. `model` is the id of the file's definitions, else its
-- namespace: what the versions of a model share.
create table decision_models (
    key bigint not null primary key,
    model text not null,
    version bigint not null,
    namespace text not null,
    name text not null,
    resource text not null references resources (hash),
    constraint decision_models_version unique (model, version)
);
create index decision_models_of_namespace on decision_models (namespace, key);

-- Versions of other models that a version imports, settled when it was deployed.
create table decision_imports (
    model bigint not null references decision_models (key),
    position bigint not null,
    imported bigint not null references decision_models (key),
    primary key (model, position)
);

-- Deployments that brought a version, or found it unchanged.
create table deployed_decision_models (
    model bigint not null references decision_models (key),
    deployment bigint not null references deployments (id),
    primary key (model, deployment)
);

-- What of a version can be called: decisions, decision services, business knowledge models.
create table decisions (
    model bigint not null references decision_models (key),
    decision text not null,
    version bigint not null,                -- of the decision, from 1
    position bigint not null,               -- in the file, from 0
    name text not null,
    kind text not null,
    version_tag text,
    primary key (model, decision)
);
create unique index decisions_version on decisions (decision, version);

-- Every decision that was made for an instance, with what it gave and why.
create table decision_uses (
    model bigint not null references decision_models (key),
    decision text not null,
    instance bigint not null references instances (id),
    element bigint not null,
    at bigint not null,
    called bigint not null,                 -- 1: by the task itself, 0: required by that one
    rules text not null,                     -- numbers of the matched rules
    outcome text not null,                   -- JSON, cut
    primary key (model, decision, instance, element)
);
create index decision_uses_of_instance on decision_uses (instance, element);

-- The same by rule.
create table rule_uses (
    model bigint not null references decision_models (key),
    decision text not null,
    rule bigint not null,                   -- from 1
    instance bigint not null references instances (id),
    element bigint not null,
    primary key (model, decision, rule, instance, element)
);
