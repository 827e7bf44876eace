-- Indexes by which words are found anywhere in a business key or a summary, by any three characters of
-- them in a row. They are of pg_trgm, which belongs to PostgreSQL: an owner of the database may add it.
-- Where that is not so, lists are searched without them, more slowly; docs/scaling.md says how they are
-- added later. SQLite has tables of its own for it.

do $$
begin
    create extension if not exists pg_trgm;
    create index instances_by_words on instances using gin (lower(business_key) gin_trgm_ops)
        with (gin_pending_list_limit = 512) where business_key is not null;
    create index user_tasks_by_words on user_tasks using gin (lower(summary) gin_trgm_ops)
        with (gin_pending_list_limit = 512) where state = 0 and summary <> '';
exception when insufficient_privilege or undefined_file or undefined_object or feature_not_supported then
    raise warning 'words are searched for without an index: %', sqlerrm;
end
$$;
