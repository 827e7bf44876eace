-- How many open tasks there are, counted when a task comes, is taken or goes, so that nobody has to
-- count them when they are shown. PostgreSQL has the same table in migrations/postgres, with triggers
-- of its own: the version before knows nothing of this table and works on beside this one.
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
    span integer not null,                   -- milliseconds
    due_from integer not null,               -- when the span begins; 0 of span 0
    candidates text not null,                -- '' and 'h' where it is not about them
    committer integer not null,              -- 0: there is one
    n integer not null,
    primary key (who, span, due_from, candidates, committer)
) strict, without rowid;

-- Nothing is left of what is no more: sets of candidates and due dates without end would be.
create trigger task_counts_gone after update on task_counts when new.n = 0 begin
    delete from task_counts where who = new.who and span = new.span and due_from = new.due_from
        and candidates = new.candidates and committer = new.committer;
end;

-- A task with a due date more, or (n = -1) less: what is written here is counted and not kept.
create view task_due as
    select assignee, candidate_groups, candidate_users, due_order, 1 as n from user_tasks where false;
create trigger task_due_counted instead of insert on task_due begin
    insert into task_counts
        select w.who, s.span, new.due_order - ((new.due_order % s.span) + s.span) % s.span,
            w.candidates, 0, new.n
        from (select 86400000 as span union all select 900000 union all select 10000
            union all select 1) s,
        (
            select iif(new.assignee is null, '', 'h') as who,
                iif(new.assignee is null, '', 'h') as candidates
            union all select 'h:' || new.assignee, 'h' where new.assignee is not null
            union all select '*', '[][]' where new.assignee is null
                and new.candidate_groups || new.candidate_users = '[][]'
            union all select distinct 'g:' || value, new.candidate_groups || new.candidate_users
                from json_each(new.candidate_groups) where new.assignee is null
            union all select distinct 'u:' || value, new.candidate_groups || new.candidate_users
                from json_each(new.candidate_users) where new.assignee is null
        ) w where true
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
end;

-- What all tasks are counted for stands in each of these triggers, which is the fastest way.
create trigger user_tasks_come after insert on user_tasks when new.state = 0 begin
    insert into task_counts values
        (iif(new.assignee is null, '', 'h'), 0, 0, iif(new.assignee is null, '', 'h'), 0, 1)
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'h:' || new.assignee, 0, 0, 'h', 0, 1 where new.assignee is not null
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select '*', 0, 0, '[][]', 0, 1
        where new.assignee is null and new.candidate_groups || new.candidate_users = '[][]'
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'g:' || c.value, 0, 0, new.candidate_groups || new.candidate_users, 0, 1
        from json_each(new.candidate_groups) c
        where new.assignee is null and (c.key = 0 or not exists (select 1 from json_each(new.candidate_groups) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'u:' || c.value, 0, 0, new.candidate_groups || new.candidate_users, 0, 1
        from json_each(new.candidate_users) c
        where new.assignee is null and (c.key = 0 or not exists (select 1 from json_each(new.candidate_users) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
end;
create trigger user_tasks_come_due after insert on user_tasks
    when new.state = 0 and new.due_order < 9223372036854775807 begin
    insert into task_due values
        (new.assignee, new.candidate_groups, new.candidate_users, new.due_order, 1);
end;

create trigger user_tasks_go after delete on user_tasks when old.state = 0 begin
    insert into task_counts values
        (iif(old.assignee is null, '', 'h'), 0, 0, iif(old.assignee is null, '', 'h'), 0, -1)
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'h:' || old.assignee, 0, 0, 'h', 0, -1 where old.assignee is not null
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select '*', 0, 0, '[][]', 0, -1
        where old.assignee is null and old.candidate_groups || old.candidate_users = '[][]'
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'g:' || c.value, 0, 0, old.candidate_groups || old.candidate_users, 0, -1
        from json_each(old.candidate_groups) c
        where old.assignee is null and (c.key = 0 or not exists (select 1 from json_each(old.candidate_groups) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'u:' || c.value, 0, 0, old.candidate_groups || old.candidate_users, 0, -1
        from json_each(old.candidate_users) c
        where old.assignee is null and (c.key = 0 or not exists (select 1 from json_each(old.candidate_users) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
end;
create trigger user_tasks_go_due after delete on user_tasks
    when old.state = 0 and old.due_order < 9223372036854775807 begin
    insert into task_due values
        (old.assignee, old.candidate_groups, old.candidate_users, old.due_order, -1);
end;

create trigger user_tasks_leave after update of state, assignee, candidate_groups, candidate_users
    on user_tasks when old.state = 0 begin
    insert into task_counts values
        (iif(old.assignee is null, '', 'h'), 0, 0, iif(old.assignee is null, '', 'h'), 0, -1)
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'h:' || old.assignee, 0, 0, 'h', 0, -1 where old.assignee is not null
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select '*', 0, 0, '[][]', 0, -1
        where old.assignee is null and old.candidate_groups || old.candidate_users = '[][]'
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'g:' || c.value, 0, 0, old.candidate_groups || old.candidate_users, 0, -1
        from json_each(old.candidate_groups) c
        where old.assignee is null and (c.key = 0 or not exists (select 1 from json_each(old.candidate_groups) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'u:' || c.value, 0, 0, old.candidate_groups || old.candidate_users, 0, -1
        from json_each(old.candidate_users) c
        where old.assignee is null and (c.key = 0 or not exists (select 1 from json_each(old.candidate_users) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
end;
create trigger user_tasks_leave_due after update of state, assignee, candidate_groups, candidate_users,
    due_order on user_tasks
    when old.state = 0 and old.due_order < 9223372036854775807 begin
    insert into task_due values
        (old.assignee, old.candidate_groups, old.candidate_users, old.due_order, -1);
end;

create trigger user_tasks_enter after update of state, assignee, candidate_groups, candidate_users
    on user_tasks when new.state = 0 begin
    insert into task_counts values
        (iif(new.assignee is null, '', 'h'), 0, 0, iif(new.assignee is null, '', 'h'), 0, 1)
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'h:' || new.assignee, 0, 0, 'h', 0, 1 where new.assignee is not null
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select '*', 0, 0, '[][]', 0, 1
        where new.assignee is null and new.candidate_groups || new.candidate_users = '[][]'
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'g:' || c.value, 0, 0, new.candidate_groups || new.candidate_users, 0, 1
        from json_each(new.candidate_groups) c
        where new.assignee is null and (c.key = 0 or not exists (select 1 from json_each(new.candidate_groups) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
    insert into task_counts
        select 'u:' || c.value, 0, 0, new.candidate_groups || new.candidate_users, 0, 1
        from json_each(new.candidate_users) c
        where new.assignee is null and (c.key = 0 or not exists (select 1 from json_each(new.candidate_users) e
            where e.key < c.key and e.value = c.value))
        on conflict (who, span, due_from, candidates, committer) do update set n = n + excluded.n;
end;
create trigger user_tasks_enter_due after update of state, assignee, candidate_groups, candidate_users,
    due_order on user_tasks
    when new.state = 0 and new.due_order < 9223372036854775807 begin
    insert into task_due values
        (new.assignee, new.candidate_groups, new.candidate_users, new.due_order, 1);
end;

-- What is open now.
insert into task_counts
    select iif(assignee is null, '', 'h'), 0, 0, iif(assignee is null, '', 'h'), 0, count(*)
    from user_tasks where state = 0 group by 1;
insert into task_counts
    select 'h:' || assignee, 0, 0, 'h', 0, count(*)
    from user_tasks where state = 0 and assignee is not null group by 1;
insert into task_counts
    select c.who, 0, 0, t.candidate_groups || t.candidate_users, 0, count(*)
    from user_tasks t join task_candidates c on c.instance = t.instance and c.element = t.element
    where t.state = 0 and t.assignee is null group by 1, 4;
insert into task_due
    select assignee, candidate_groups, candidate_users, due_order, 1 from user_tasks
    where state = 0 and due_order < 9223372036854775807;
