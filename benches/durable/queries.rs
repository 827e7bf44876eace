//! What the pages ask the database: each query some times over, as it is asked there.

use std::time::Instant;

use spartito::store::{IncidentSelection, InstanceQuery, InstanceStatus, TaskQuery, TaskSelection};
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{GroupId, PersonId, ProcessId};
use spartito_core::time::Timestamp;

use super::{Bench, part};

/// How often each query is asked.
const ASKED: usize = 40;
const DAY_MS: i64 = 86_400_000;

fn process() -> ProcessId {
    ProcessId::from("bench_b")
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-23T09:00:00Z").expect("a moment")
}

/// What a person of the group that may take the tasks of B is shown.
pub fn tasks_of_a_clerk() -> TaskQuery {
    TaskQuery {
        person: PersonId::from("anna"),
        groups: vec![GroupId::from("clerks")],
        view: TaskSelection::Groups,
        every: false,
        process: None,
        q: None,
        now: now(),
        limit: 50,
        after: None,
    }
}

/// Median times, by the names of queries.
type Times = Vec<(&'static str, f64)>;

macro_rules! ask {
    ($found:ident: $($name:literal: $asked:expr;)*) => {
        $({
            let mut times = Vec::with_capacity(ASKED);
            for _ in 0..ASKED {
                let begin = Instant::now();
                $asked.await.expect("the database answers");
                times.push(begin.elapsed().as_secs_f64() * 1e3);
            }
            $found.push(($name, part(&mut times, 50)));
        })*
    };
}

/// Lists, counts and details as the pages ask for them: median times. At least so many instances and
/// tasks are open.
pub async fn queries(bench: &Bench, open: u64) -> Times {
    let store = &bench.runtime.store;
    assert!(store.processes().await.expect("the database answers")[0].active >= open);
    let totals = store.task_counts(&tasks_of_a_clerk()).await.expect("the database answers");
    assert!(totals.groups >= open, "{totals:?}");
    let mut found = Times::new();
    ask_instances(bench, &mut found).await;
    ask_tasks(bench, &mut found).await;
    ask_others(bench, &mut found).await;
    found
}

async fn ask_instances(bench: &Bench, found: &mut Times) {
    let store = &bench.runtime.store;
    let all = InstanceQuery { limit: 50, ..InstanceQuery::default() };
    let of_process = InstanceQuery { process: Some(process()), ..all.clone() };
    let of = |state| InstanceQuery { state: Some(state), ..of_process.clone() };
    let active = of(InstanceStatus::Active);
    let completed = InstanceQuery { process: None, ..of(InstanceStatus::Completed) };
    let clerk = tasks_of_a_clerk();
    let task = store.open_tasks(&clerk).await.expect("the database answers").rows[0].node.clone();
    let at_step = InstanceQuery { step: Some(task), ..active.clone() };
    let at_step_next = InstanceQuery {
        after: store.instances(&at_step).await.expect("the database answers").next,
        ..at_step.clone()
    };
    // Those that were filled in began on one day, and those that were completed ended today.
    let started = Some(now().as_millis().div_euclid(DAY_MS));
    let started = InstanceQuery { started_day: started, ..of_process.clone() };
    let ended = Some(bench.runtime.clock.now().as_millis().div_euclid(DAY_MS));
    let ended = InstanceQuery { ended_day: ended, ..of_process.clone() };
    let paused = InstanceQuery { suspended: true, ..all.clone() };
    let stopped = InstanceQuery { incidents: true, ..all.clone() };
    let stopped_of_process = InstanceQuery { incidents: true, ..active.clone() };
    let involved = Some((clerk.person.clone(), clerk.groups.clone()));
    let of_person = InstanceQuery { involved, ..all.clone() };
    let with = |words: &str| InstanceQuery { q: Some(words.to_owned()), ..all.clone() };
    let nowhere = with("nowhere");
    // Copies have the lowest numbers: one, a hundred of the oldest, and all.
    let (once, some, everywhere) = (with("ORDER-00000042"), with("-000007"), with("order"));
    ask! { found:
        "instances_of_process": store.instances(&active);
        "instances_of_process_in_any_state": store.instances(&of_process);
        "instances": store.instances(&all);
        "instances_at_step": store.instances(&at_step);
        "instances_at_step_next": store.instances(&at_step_next);
        "instances_started_on_day": store.instances(&started);
        "instances_ended_on_day": store.instances(&ended);
        "instances_paused": store.instances(&paused);
        "instances_completed": store.instances(&completed);
        "instances_with_incidents": store.instances(&stopped);
        "instances_of_process_with_incidents": store.instances(&stopped_of_process);
        "instances_of_person": store.instances(&of_person);
        "instances_by_words_found_nowhere": store.instances(&nowhere);
        "instances_by_words_found_once": store.instances(&once);
        "instances_by_words_found_sometimes": store.instances(&some);
        "instances_by_words_found_everywhere": store.instances(&everywhere);
    }
}

async fn ask_tasks(bench: &Bench, found: &mut Times) {
    let store = &bench.runtime.store;
    let tasks = tasks_of_a_clerk();
    let first = store.open_tasks(&tasks).await.expect("the database answers").rows.remove(0);
    let mine = TaskQuery { view: TaskSelection::Mine, ..tasks.clone() };
    let overdue = TaskQuery { view: TaskSelection::Overdue, ..tasks.clone() };
    let overdue_of_process = TaskQuery { process: Some(process()), ..overdue.clone() };
    let overdue_of_all = TaskQuery { every: true, ..overdue.clone() };
    let every = TaskQuery { every: true, ..tasks.clone() };
    let of_process = TaskQuery { process: Some(process()), ..tasks.clone() };
    let with = |words: &str| TaskQuery { q: Some(words.to_owned()), ..tasks.clone() };
    let (title, nowhere) = (with(&first.title), with("nowhere"));
    let (once, some) = (with("ORDER-00000042"), with("-000007"));
    ask! { found:
        "tasks": store.open_tasks(&tasks);
        "tasks_mine": store.open_tasks(&mine);
        "tasks_overdue": store.open_tasks(&overdue);
        "tasks_overdue_of_process": store.open_tasks(&overdue_of_process);
        "tasks_overdue_of_all": store.open_tasks(&overdue_of_all);
        "tasks_of_process": store.open_tasks(&of_process);
        "tasks_by_words": store.open_tasks(&title);
        "tasks_by_words_found_nowhere": store.open_tasks(&nowhere);
        "tasks_by_words_found_once": store.open_tasks(&once);
        "tasks_by_words_found_sometimes": store.open_tasks(&some);
        "tasks_of_all": store.open_tasks(&every);
        "task": store.task(first.key);
        "task_counts": store.task_counts(&tasks);
        "task_counts_of_all": store.task_counts(&every);
    }
}

async fn ask_others(bench: &Bench, found: &mut Times) {
    let store = &bench.runtime.store;
    let (now, process, clerk) = (now(), process(), tasks_of_a_clerk());
    let latest = InstanceQuery { limit: 1, ..InstanceQuery::default() };
    let id = store.instances(&latest).await.expect("the database answers").rows[0].id;
    let incidents = IncidentSelection::default();
    let of_kind = IncidentSelection {
        process: Some(process.clone()),
        cause: Some(Cause::RetriesExhausted),
        ..IncidentSelection::default()
    };
    ask! { found:
        "instance": store.instance(id);
        "history": store.turns(id, 0, 100);
        "figures": store.figures(now);
        "incidents": store.incidents(&incidents, None, 50);
        "incidents_of_kind": store.incidents(&of_kind, None, 50);
        "incident_count": store.incident_count(&incidents, 1_000);
        "batches": store.batch_operations(50);
        "is_involved": store.is_involved(id, &clerk.person, &clerk.groups);
        "processes": store.processes();
        "step_counts": store.step_counts_of_process(&process);
        "dashboard": store.dashboard(&process, now, 30, 30);
    }
}
