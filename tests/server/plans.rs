//! What is asked of the database is found by an index, however much is stored: every statement that
//! is carried out here is explained by the database, and none may look at all rows of a table that
//! grows with instances or with what they have done.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::future::Future;
use std::sync::Once;
use std::time::Duration;

use serde_json::Value as Json;
use spartito::connectors::Catalogue;
use spartito::runtime::Clock;
use spartito::store::{
    Awaited, AwaitedKind, BatchItemState, BatchOperationState, DecisionUseQuery, IncidentSelection,
    InstanceQuery, InstanceStatus, JobTaker, Kept, Leased, Store, TaskCountCursor, TaskSelection,
    Unused, WantedJobs,
};
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{
    BatchKey, DecisionModelKey, ElementInstanceId, GroupId, InstanceId, JobKey, PersonId,
    ProcessId, UserTaskKey,
};
use spartito_core::time::Timestamp;
use tracing::field::{Field, Visit};
use tracing::span;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_postgres, postgres, sqlite};
use crate::models;

/// Tables that grow with instances or with history.
const GROWING: [&str; 21] = [
    "instances",
    "suspended_instances",
    "journal",
    "snapshots",
    "elements",
    "user_tasks",
    "searched_tasks",
    "task_candidates",
    "task_counts",
    "jobs",
    "incidents",
    "timers",
    "subscriptions",
    "outbox",
    "messages",
    "decision_uses",
    "rule_uses",
    "removed_instances",
    "batch_operation_items",
    "sessions",
    "drafts",
];
/// Indexes of rows that are few whatever is stored: turns that were broken off, batches under way, and
/// messages that wait, of which more than a hundred thousand are turned away (they are counted once,
/// when a server starts).
const OF_FEW: [&str; 3] = ["instances_interrupted", "batch_operations_open", "messages_waiting"];

/// Statements by the name under which they were first carried out.
#[derive(Default)]
struct Heard {
    name: &'static str,
    statements: BTreeMap<String, &'static str>,
}

thread_local! {
    /// What is carried out on this thread; `None` where nobody listens.
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

/// Hears of every statement of the process and keeps those of threads that listen. There is one, since
/// whether a place in the code tells anything is decided for all threads at once.
struct Listener;

struct Text(Option<String>);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "text" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, of: &tracing::Metadata<'_>) -> bool {
        of.target() == "spartito::sql"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(None);
        event.record(&mut text);
        let Some(text) = text.0 else { return };
        HEARD.with_borrow_mut(|heard| {
            if let Some(heard) = heard {
                let name = heard.name;
                heard.statements.entry(text).or_insert(name);
            }
        });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// What is carried out from now on bears this name.
fn call(name: &'static str) {
    HEARD.with_borrow_mut(|heard| heard.as_mut().expect("somebody listens").name = name);
}

/// What is carried out in `asked` bears this name.
async fn hear<T, E: Debug>(name: &'static str, asked: impl Future<Output = Result<T, E>>) -> T {
    call(name);
    let answer = asked.await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    call(RUNTIME);
    answer
}

/// The name of what nobody here has asked for.
const RUNTIME: &str = "the runtime";

fn model() -> String {
    models::sequence(
        "plans",
        &[models::sub_process(
            "both",
            &[
                models::user_task("check", "Check it", "clerks"),
                models::service_task("pay", "nobody", 2),
                format!(
                    "<bpmn:boundaryEvent id=\"late\" attachedToRef=\"check\">{}\
                         </bpmn:boundaryEvent>{}{}",
                    models::timer("timeDuration", "PT20H"),
                    models::user_task("hurry", "Hurry", "clerks"),
                    models::flows("late hurry"),
                ),
            ],
        )],
    )
}

async fn ask_lists(store: &Store, id: InstanceId, now: Timestamp) {
    let process = ProcessId::from("plans");
    let of = |with: fn(&mut InstanceQuery)| {
        let mut query = InstanceQuery { limit: 50, ..InstanceQuery::default() };
        with(&mut query);
        query
    };
    let person = (PersonId::from("ben"), vec![GroupId::from("clerks")]);
    let involved = InstanceQuery { involved: Some(person.clone()), ..of(|_| {}) };
    let queries: [(&'static str, InstanceQuery); 17] = [
        ("instances", of(|_| {})),
        ("instances, next page", of(|query| query.after = Some("5".to_owned()))),
        ("instances of a process", of(|query| query.process = Some("plans".into()))),
        ("instances of a state", of(|query| query.state = Some(InstanceStatus::Completed))),
        (
            "instances of a process and state",
            of(|query| {
                query.process = Some("plans".into());
                query.state = Some(InstanceStatus::Active);
            }),
        ),
        ("instances with incidents", of(|query| query.incidents = true)),
        ("instances at a step", of(|query| query.step = Some("check".into()))),
        (
            "instances at a step of a process, next page",
            of(|query| {
                query.process = Some("plans".into());
                query.state = Some(InstanceStatus::Active);
                query.step = Some("check".into());
                query.after = Some("5".to_owned());
            }),
        ),
        ("instances that are paused", of(|query| query.suspended = true)),
        (
            "instances of a process with incidents",
            of(|query| {
                query.process = Some("plans".into());
                query.incidents = true;
            }),
        ),
        ("instances started on a day", of(|query| query.started_day = Some(20_000))),
        ("instances ended on a day", of(|query| query.ended_day = Some(20_000))),
        (
            "instances of a process ended on a day",
            of(|query| {
                query.process = Some("plans".into());
                query.ended_day = Some(20_000);
            }),
        ),
        ("instances by words", of(|query| query.q = Some("LA-1 x".to_owned()))),
        ("instances by short words", of(|query| query.q = Some("la".to_owned()))),
        (
            "instances of a person by words",
            InstanceQuery { q: Some("LA-".to_owned()), ..involved.clone() },
        ),
        ("instances of a person", involved),
    ];
    for (name, query) in queries {
        hear(name, store.instances(&query)).await;
    }
    hear("instance", store.instance(id)).await;
    hear("is_involved", store.is_involved(id, &person.0, &person.1)).await;
    hear("open_incidents", store.open_incidents(id)).await;
    hear("turns", store.turns(id, 0, 100)).await;
    hear("load_state", store.load_state(id)).await;
    hear("relatives", store.relatives(id, 50)).await;
    hear("damaged", store.damaged()).await;
    hear("processes", store.processes()).await;
    hear("active_by_version", store.active_by_version(&process)).await;
    hear("step_counts_of_process", store.step_counts_of_process(&process)).await;
    hear("dashboard", store.dashboard(&process, now, 30, 30)).await;
    hear("figures", store.figures(now)).await;
    ask_incidents(store, now).await;
    ask_decisions(store).await;
}

async fn ask_incidents(store: &Store, now: Timestamp) {
    let all = IncidentSelection::default();
    let some = IncidentSelection {
        process: Some(ProcessId::from("plans")),
        node: Some("check".into()),
        cause: Some(Cause::RetriesExhausted),
        words: Some("no".to_owned()),
        raised_before: Some(now),
        ..IncidentSelection::default()
    };
    let of_process = IncidentSelection { process: Some(ProcessId::from("plans")), ..all.clone() };
    let selections = [
        ("incidents", &all),
        ("incidents of a process", &of_process),
        ("incidents of a selection", &some),
    ];
    for (name, selection) in selections {
        hear(name, store.incidents(selection, None, 50)).await;
        hear(name, store.incidents(selection, Some("7.1"), 50)).await;
        hear(name, store.incident_count(selection, 1_000)).await;
    }
}

async fn ask_decisions(store: &Store) {
    let model = DecisionModelKey::new(3);
    for (name, model, rule) in [
        ("decision_uses", None, None),
        ("decision_uses of a version", Some(model), None),
        ("decision_uses of a rule", Some(model), Some(1)),
    ] {
        let (decision, after) = ("risk".into(), None);
        let query = DecisionUseQuery { decision, model, rule, limit: 50, after };
        hear(name, store.decision_uses(&query)).await;
    }
    hear("rule_counts", store.rule_counts(model, &"risk".into(), None)).await;
    hear("decision_counts", store.decision_counts(0)).await;
}

async fn ask_tasks(bench: &Bench) {
    let store = &bench.runtime.store;
    for every in [false, true] {
        for view in [TaskSelection::Mine, TaskSelection::Groups, TaskSelection::Overdue] {
            let mut query = bench.tasks_of("ben", &["clerks", "judges"], view);
            query.every = every;
            let page = hear("open_tasks", store.open_tasks(&query)).await;
            query.after = Some("50.9223372036854775807.1.1".to_owned());
            hear("open_tasks, next page", store.open_tasks(&query)).await;
            query.process = Some(ProcessId::from("plans"));
            query.q = Some("check".to_owned());
            hear("open_tasks of a process", store.open_tasks(&query)).await;
            query.process = None;
            hear("open_tasks by words", store.open_tasks(&query)).await;
            query.q = Some("la".to_owned());
            hear("open_tasks by short words", store.open_tasks(&query)).await;
            hear("task_counts", store.task_counts(&query)).await;
            for row in page.rows.iter().take(1) {
                hear("task", store.task(row.key)).await;
            }
        }
    }
}

async fn ask_what_the_runtime_asks(store: &Store, id: InstanceId, now: Timestamp) {
    hear("jobs_due", store.jobs_due(&["pay", "ship", "call"])).await;
    ask_for_jobs(store, id, now).await;
    hear("end_dead_leases", store.end_dead_leases(now)).await;
    hear("end_far_leases", store.end_far_leases(now)).await;
    hear("bring_jobs_near", store.bring_jobs_near(now, 60_000)).await;
    hear("interrupted_instances", store.interrupted_instances()).await;
    let job = JobKey { instance: id, number: ElementInstanceId(1) };
    hear("postpone_job", store.postpone_job(job, now)).await;
    hear("due_timers", store.due_timers(now, 100)).await;
    let timers = hear("due_timers", store.due_timers(Timestamp::MAX, 100)).await;
    hear("postpone_timer", store.postpone_timer(&timers[0], now)).await;
    hear("next_timer_due", store.next_timer_due()).await;
    hear("due_starts", store.due_starts(now, 100)).await;
    for key in [None, Some("7")] {
        hear("receivers", store.receivers("paid", key)).await;
        hear("starts", store.starts(AwaitedKind::Message, "paid", key)).await;
        let awaited =
            Awaited { kind: AwaitedKind::Message, name: "paid".into(), key: key.map(Into::into) };
        let which = Kept::For(&awaited);
        hear("kept_messages", store.kept_messages(which, now, 0, 50)).await;
    }
    hear("kept_messages due", store.kept_messages(Kept::Due, now, 0, 50)).await;
    hear("hearers", store.hearers("go", i64::MAX, InstanceId::new(0), 50)).await;
    hear("messages_kept", store.messages_kept()).await;
    hear("delete_expired_messages", store.delete_expired_messages(now, 50)).await;
    for of_all in [false, true] {
        hear("outgoing", store.outgoing(0, of_all, 50)).await;
    }
    hear("release_held", store.release_held()).await;
    hear("delete_outgoing", store.delete_outgoing(&[1, 2])).await;
    hear("instances_after", store.instances_after(InstanceId::new(0), 16)).await;
    hear("history", store.history()).await;
    hear("position", store.position()).await;
    let counts = TaskCountCursor::begin();
    hear("fold_task_counts", store.fold_task_counts(&counts, 500)).await;
    hear("delete_expired_sessions", store.delete_expired_sessions(now)).await;
    hear("delete_drafts_of", store.delete_drafts_of("task 1-1")).await;
    ask_batches(store, now).await;
    ask_retention(store, now).await;
}

async fn ask_for_jobs(store: &Store, id: InstanceId, now: Timestamp) {
    let want = |by| WantedJobs {
        job_type: "pay".to_owned(),
        by,
        until: now,
        limit: 32,
        together_max: Some(64),
        priorities: vec![0],
    };
    let wanted = [JobTaker::Server, JobTaker::Worker("tester".to_owned())].map(want);
    hear("lease_jobs", store.lease_jobs(now, &wanted)).await;
    let key = JobKey { instance: id, number: ElementInstanceId(1) };
    let leased = Leased { key, lease: 1 };
    let own = Unused { key, lease: None, until: now };
    hear("has_lease", store.has_lease(&Unused::of(leased, now))).await;
    hear("has_lease, own", store.has_lease(&own)).await;
    let mut unused = vec![Unused::of(leased, now), own];
    hear("give_jobs_back", store.give_jobs_back(&mut unused, now)).await;
    hear("extend_job", store.extend_job(leased, now)).await;
    hear("job_lease", store.job_lease(key)).await;
    hear("job_holders", store.job_holders(id, 100)).await;
}

async fn ask_batches(store: &Store, now: Timestamp) {
    let key = BatchKey::new(7);
    hear("batch_operation", store.batch_operation(key)).await;
    hear("batch_operations", store.batch_operations(50)).await;
    hear("open_batch_operation", store.open_batch_operation(now)).await;
    let state = BatchItemState::Waiting;
    hear("batch_items", store.batch_items(key, state, None, 50)).await;
    hear("skip_batch_items", store.skip_batch_items(key, 50)).await;
    let state = BatchOperationState::Done;
    hear("end_batch_operation", store.end_batch_operation(key, state, now)).await;
    hear("forget_batch_operations", store.forget_batch_operations(now, 50)).await;
}

async fn ask_retention(store: &Store, now: Timestamp) {
    let process = ProcessId::from("plans");
    let (times, first) = ((Timestamp::MAX, now), (i64::MIN, 0));
    hear("remove_ended", store.remove_ended(&process, times, first, 500)).await;
    hear("removed_count", store.removed_count(&process)).await;
    hear("removed_instance", store.removed_instance(InstanceId::new(1))).await;
    hear("forget_removed", store.forget_removed(now, 500)).await;
    hear("process_ids", store.process_ids()).await;
}

/// Lets a runtime work and asks all that screens ask; gives every statement with its name.
async fn statements(database: &TestDatabase) {
    call(RUNTIME);
    let bench = Bench::start(&database.settings, Catalogue::default()).await;
    let definition = bench.deploy(&model()).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(bench.start_instance(definition, "anna", &format!("LA-{n}")).await);
    }
    let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    assert_eq!(tasks.len(), 6);
    for task in &tasks[..3] {
        bench.claim(task.key, "ben").await.unwrap();
        bench.complete(task.key, "ben").await.unwrap();
    }
    let UserTaskKey { instance, .. } = tasks[0].key;
    let reason = "Withdrawn".to_owned();
    let command = spartito_core::engine::Command::TerminateInstance { reason };
    bench.submit(instance, command, "olga").await.unwrap();
    let (store, now) = (&bench.runtime.store, bench.clock.now());
    ask_lists(store, ids[5], now).await;
    ask_tasks(&bench).await;
    ask_what_the_runtime_asks(store, ids[5], now).await;
    database.pretend_much();
    ask_lists(store, ids[5], now).await;
    ask_tasks(&bench).await;
    bench.clock.advance(Duration::from_secs(21 * 3600));
    bench
        .until("the timers have fired", async || {
            bench.runtime.store.due_timers(Timestamp::MAX, 10).await.unwrap().is_empty()
        })
        .await;
    bench.stop().await;
}

/// The names by which a statement calls a table.
fn names_of(sql: &str, table: &str) -> BTreeSet<String> {
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = BTreeSet::from([table.to_owned()]);
    for pair in words.windows(2).filter(|pair| pair[0] == table) {
        names.insert(pair[1].to_owned());
    }
    names
}

/// A step of a plan of SQLite: its number, that of the step it is a part of, and what is done.
type Step = (i64, i64, String);

/// The walk that a step is a part of: lists that go along an index until a page is full call it so.
fn walk_of(steps: &[Step], step: &Step) -> Option<i64> {
    let is_walk = |text: &str| text == "CO-ROUTINE walk" || text == "MATERIALIZE walk";
    let mut above = step.1;
    while let Some((id, parent, text)) = steps.iter().find(|(id, ..)| *id == above) {
        if is_walk(text) {
            return Some(*id);
        }
        above = *parent;
    }
    None
}

fn plan_of_sqlite(connection: &rusqlite::Connection, sql: &str) -> Vec<Step> {
    let mut statement = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| Ok((row.get(0)?, row.get(1)?, row.get(3)?)));
    steps.map(Result::unwrap).collect()
}

/// Whether SQLite gathers rows to put them in order.
fn is_sorted(connection: &rusqlite::Connection, sql: &str) -> bool {
    plan_of_sqlite(connection, sql).iter().any(|(.., text)| text.contains("FOR ORDER BY"))
}

/// What is wrong with the plan of SQLite: a table is looked at whole, or walked along an index whose
/// order is then of no use.
fn faults_of_sqlite(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let steps = plan_of_sqlite(connection, sql);
    let sorts = |within: Option<i64>| {
        let mut sorts = steps.iter().filter(|(.., text)| text.contains("TEMP B-TREE"));
        sorts.any(|step| within.is_none() || walk_of(&steps, step) == within)
    };
    let mut faults = Vec::new();
    for step in &steps {
        let (text, walk) = (&step.2, walk_of(&steps, step));
        if walk.is_some() && text.starts_with("USE TEMP B-TREE") {
            faults.push(format!("{text}: a walk that gathers all before it gives any"));
        }
        let Some(rest) = text.strip_prefix("SCAN ") else { continue };
        let name = rest.split(' ').next().unwrap_or_default();
        if rest.contains("VIRTUAL TABLE") && !rest.contains(":M") {
            faults.push(format!("{text}: an index of words that is not asked for any"));
        }
        let grows = GROWING.iter().any(|table| names_of(sql, table).contains(name));
        let is_walk = sql.contains("limit") && !sorts(walk);
        if grows && !is_walk && !OF_FEW.iter().any(|index| rest.contains(index)) {
            faults.push(text.clone());
        }
    }
    faults
}

/// The same of PostgreSQL, which is told to look at a table whole only where there is no other way.
/// Which index it takes it decides by what is there and by the values, which are not known here; that
/// one fits is seen on SQLite, which has the same.
fn faults_of_postgres(url: &str, sql: &str) -> Vec<String> {
    let marks = (1..=999).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or(0);
    let nulls = vec!["null"; marks].join(", ");
    let nulls = if marks == 0 { nulls } else { format!("({nulls})") };
    let asked = format!(
        "set enable_seqscan = off; set plan_cache_mode = force_generic_plan; \
         prepare asked as {sql}; explain (format json) execute asked{nulls}"
    );
    let plan = on_postgres(url, &asked);
    let plan: Json = serde_json::from_str(&plan[plan.find('[').expect("a plan")..]).unwrap();
    let mut faults = Vec::new();
    look_at(&plan[0]["Plan"], &mut faults);
    faults
}

fn look_at(step: &Json, faults: &mut Vec<String>) {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    let table = text("Relation Name");
    if text("Node Type") == "Seq Scan" && GROWING.contains(&table) {
        faults.push(format!("Seq Scan of {table}"));
    }
    for below in step["Plans"].as_array().into_iter().flatten() {
        look_at(below, faults);
    }
}

/// Carries out all on a thread of its own, whose statements are heard and no others.
fn heard_on(database: &TestDatabase) -> BTreeMap<String, &'static str> {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        tracing::subscriber::set_global_default(Listener).expect("nobody else listens");
    });
    HEARD.set(Some(Heard::default()));
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(statements(database));
    let heard = HEARD.take().expect("somebody listens").statements;
    assert!(heard.len() > 80, "{} statements", heard.len());
    heard
}

/// Whether a plan is made of it.
fn is_planned(sql: &str) -> bool {
    ["select", "with", "insert", "update", "delete"].iter().any(|verb| sql.starts_with(verb))
}

fn assert_none(faults: &[String], asked: usize) {
    println!("{asked} statements were explained");
    assert!(asked > 80);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_that_grows_is_looked_at_whole_on_sqlite() {
    let database = sqlite();
    let heard = heard_on(&database);
    let path = database.settings.url.strip_prefix("sqlite:").unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut faults = Vec::new();
    let planned: Vec<_> = heard.iter().filter(|(sql, _)| is_planned(sql)).collect();
    for (sql, name) in &planned {
        let is_walked = ["instances", "incidents"].iter().any(|list| name.starts_with(list));
        let mut found = faults_of_sqlite(&connection, sql);
        if is_walked && sql.contains("limit") && is_sorted(&connection, sql) {
            found.push("the list is sorted, and not read in its order".to_owned());
        }
        faults.extend(found.iter().map(|fault| format!("{name}: {fault}\n    {sql}")));
    }
    assert_none(&faults, planned.len());
}

#[test]
fn nothing_that_grows_is_looked_at_whole_on_postgresql() {
    let Some(database) = postgres() else {
        println!("SKIPPED, PostgreSQL is not installed: nothing_that_grows_is_looked_at_whole");
        return;
    };
    let heard = heard_on(&database);
    let mut faults = Vec::new();
    let planned: Vec<_> = heard.iter().filter(|(sql, _)| is_planned(sql)).collect();
    for (sql, name) in &planned {
        let found = faults_of_postgres(&database.settings.url, sql);
        faults.extend(found.iter().map(|fault| format!("{name}: {fault}\n    {sql}")));
    }
    assert_none(&faults, planned.len());
}
