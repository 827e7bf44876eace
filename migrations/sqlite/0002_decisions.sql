-- Decisions: DMN models in versions, and which instance was decided by which version and rule.
-- PostgreSQL has the same tables, columns and names in migrations/postgres.

-- Versions are added, never changed. `model` is the id of the file's definitions, else its
-- namespace: what the versions of a model share.
create table decision_models (
    key integer not null primary key,
    model text not null,
    version integer not null,
    namespace text not null,
    name text not null,
    resource text not null references resources (hash),
    constraint decision_models_version unique (model, version)
) strict;
create index decision_models_of_namespace on decision_models (namespace, key);

-- Versions of other models that a version imports, settled when it was deployed.
create table decision_imports (
    model integer not null references decision_models (key),
    position integer not null,
    imported integer not null references decision_models (key),
    primary key (model, position)
) strict, without rowid;

-- Deployments that brought a version, or found it unchanged.
create table deployed_decision_models (
    model integer not null references decision_models (key),
    deployment integer not null references deployments (id),
    primary key (model, deployment)
) strict, without rowid;

-- What of a version can be called: decisions, decision services, business knowledge models.
create table decisions (
    model integer not null references decision_models (key),
    decision text not null,
    version integer not null,                -- of the decision, from 1
    position integer not null,               -- in the file, from 0
    name text not null,
    kind text not null,
    version_tag text,
    primary key (model, decision)
) strict, without rowid;
create unique index decisions_version on decisions (decision, version);

-- Every decision that was made for an instance, with what it gave and why.
create table decision_uses (
    model integer not null references decision_models (key),
    decision text not null,
    instance integer not null references instances (id),
    element integer not null,
    at integer not null,
    called integer not null,                 -- 1: by the task itself, 0: required by that one
    rules text not null,                     -- numbers of the matched rules
    outcome text not null,                   -- JSON, cut
    primary key (model, decision, instance, element)
) strict, without rowid;
create index decision_uses_of_instance on decision_uses (instance, element);

-- The same by rule.
create table rule_uses (
    model integer not null references decision_models (key),
    decision text not null,
    rule integer not null,                   -- from 1
    instance integer not null references instances (id),
    element integer not null,
    primary key (model, decision, rule, instance, element)
) strict, without rowid;
