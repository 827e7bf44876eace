-- How many open tasks there are, counted when a task comes, is taken or goes, so that nobody has to
-- count them when they are shown. SQLite has the same table in migrations/sqlite, with triggers of its
-- own: the version before knows nothing of this table and works on beside this one.
--
-- A task counts under each name under which it can be found: '' and nobody holds it, 'h' and
-- somebody does, 'h:' and who holds it; and while nobody does, under each of its candidates as
-- `task_candidates` has them. Who may take a task under several names must not count it twice: all
-- names of one task have the same `candidates`, the whole set of them, under which each is counted
-- alike.
--
-- `span` 0 holds all tasks. Those with a due date are counted four times more, by the span of time in
-- which they fall due, from days down to milliseconds: what is overdue is then a sum of few rows.
create table task_counts (
    who text not null,
    span bigint not null,                    -- milliseconds
    due_from bigint not null,                -- when the span begins; 0 of span 0
    candidates text not null,                -- by its hash; '' and 'h' where it is not about them
    committer bigint not null,               -- so that no server waits for another
    n bigint not null,
    primary key (who, span, due_from, candidates, committer)
);

-- Due dates without end would be left. One row for all tasks of a set stays, and is removed by the
-- next sweep.
create function remove_task_count() returns trigger language plpgsql as $$
begin
    delete from task_counts where who = new.who and span = new.span and due_from = new.due_from
        and candidates = new.candidates and committer = new.committer and n = 0;
    return null;
end $$;
create trigger task_counts_gone after update on task_counts
    for each row when (new.n = 0 and new.span > 0) execute function remove_task_count();

-- Where a task counts.
create function task_counted(assignee text, candidate_groups text, candidate_users text, due_order bigint)
returns table (who text, span bigint, due_from bigint, candidates text) language sql immutable as $$
    select w.who, s.span, case s.span when 0 then 0 else
            due_order - ((due_order % s.span) + s.span) % s.span end, w.candidates
    from (
        select '' as who, '' as candidates where assignee is null
        union all select 'h', 'h' where assignee is not null
        union all select 'h:' || assignee, 'h' where assignee is not null
        union all select '*', md5('[][]') where assignee is null
            and candidate_groups = '[]' and candidate_users = '[]'
        union all select distinct 'g:' || g, md5(candidate_groups || candidate_users)
            from json_array_elements_text(candidate_groups::json) g where assignee is null
        union all select distinct 'u:' || u, md5(candidate_groups || candidate_users)
            from json_array_elements_text(candidate_users::json) u where assignee is null
    ) w
    join (values (0::bigint), (86400000), (900000), (10000), (1)) s (span)
        on s.span = 0 or due_order < 9223372036854775807
$$;

-- Counts what one statement has done. The rows of a server are its own; those that no server has set
-- its seat for (the version before) are the connection's.
create function count_user_tasks() returns trigger language plpgsql as $$
declare
    slot bigint := coalesce(nullif(current_setting('spartito.seat', true), '')::bigint,
        64 + pg_backend_pid() % 64);
begin
    if tg_op = 'INSERT' then
        insert into task_counts as kept (who, span, due_from, candidates, committer, n)
        select c.who, c.span, c.due_from, c.candidates, slot, count(*)
        from fresh t, task_counted(t.assignee, t.candidate_groups, t.candidate_users, t.due_order) c
        where t.state = 0
        group by c.who, c.span, c.due_from, c.candidates
        order by c.who, c.span, c.due_from, c.candidates
        on conflict (who, span, due_from, candidates, committer) do update set n = kept.n + excluded.n;
    elsif tg_op = 'DELETE' then
        insert into task_counts as kept (who, span, due_from, candidates, committer, n)
        select c.who, c.span, c.due_from, c.candidates, slot, -count(*)
        from gone t, task_counted(t.assignee, t.candidate_groups, t.candidate_users, t.due_order) c
        where t.state = 0
        group by c.who, c.span, c.due_from, c.candidates
        order by c.who, c.span, c.due_from, c.candidates
        on conflict (who, span, due_from, candidates, committer) do update set n = kept.n + excluded.n;
    else
        insert into task_counts as kept (who, span, due_from, candidates, committer, n)
        select c.who, c.span, c.due_from, c.candidates, slot, sum(t.n)
        from (
            select assignee, candidate_groups, candidate_users, due_order, 1 as n
            from fresh where state = 0
            union all
            select assignee, candidate_groups, candidate_users, due_order, -1
            from gone where state = 0
        ) t, task_counted(t.assignee, t.candidate_groups, t.candidate_users, t.due_order) c
        group by c.who, c.span, c.due_from, c.candidates
        having sum(t.n) <> 0
        order by c.who, c.span, c.due_from, c.candidates
        on conflict (who, span, due_from, candidates, committer) do update set n = kept.n + excluded.n;
    end if;
    return null;
end $$;

-- From here on nobody changes a task until this is done: what is open is counted once.
create trigger user_tasks_come after insert on user_tasks
    referencing new table as fresh for each statement execute function count_user_tasks();
create trigger user_tasks_go after delete on user_tasks
    referencing old table as gone for each statement execute function count_user_tasks();
create trigger user_tasks_change after update on user_tasks
    referencing old table as gone new table as fresh
    for each statement execute function count_user_tasks();

insert into task_counts (who, span, due_from, candidates, committer, n)
    select c.who, c.span, c.due_from, c.candidates, 0, count(*)
    from user_tasks t, task_counted(t.assignee, t.candidate_groups, t.candidate_users, t.due_order) c
    where t.state = 0
    group by c.who, c.span, c.due_from, c.candidates;
