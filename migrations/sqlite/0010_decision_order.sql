-- The latest uses of a decision, over all versions of its model, were found by reading all uses.
-- PostgreSQL has the same index in migrations/postgres.

create index decision_uses_in_order on decision_uses (decision, instance, element);
