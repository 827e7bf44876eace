//! The counters of open tasks, which triggers of the database keep: they say what the lists hold,
//! for everybody and at every moment, whoever has changed the tasks.

use std::time::Duration;

use spartito::runtime::Clock;
use spartito::store::{
    InstanceQuery, InstanceStatus, TaskCountCursor, TaskQuery, TaskSelection, TaskTotals,
};
use spartito_core::engine::Command;
use spartito_core::ids::{GroupId, PersonId, UserTaskKey};
use spartito_core::time::Timestamp;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database, on_postgres};
use crate::dice::Dice;
use crate::models;

/// Steps of random work.
const STEPS: usize = 400;
/// Steps between two looks.
const STEPS_PER_LOOK: usize = 40;
const PEOPLE: [&str; 3] = ["anna", "ben", "cleo"];
/// Who asks: alone, as one of a group, as one of several that the same task is for.
const ASKED: [(&str, &[&str]); 6] = [
    ("anna", &[]),
    ("anna", &["clerks"]),
    ("ben", &["clerks", "judges"]),
    ("ben", &["clerks", "judges", "others"]),
    ("cleo", &["nobody"]),
    ("dora", &["judges"]),
];

/// A user task for these candidates, who may be named twice.
fn task(id: &str, candidates: &str, due: &str) -> String {
    let due = match due {
        "" => String::new(),
        due => format!("<zeebe:taskSchedule dueDate=\"{due}\" />"),
    };
    format!(
        "<bpmn:userTask id=\"{id}\" name=\"{id}\"><bpmn:extensionElements><zeebe:userTask />\
         <zeebe:assignmentDefinition {candidates} />{due}</bpmn:extensionElements></bpmn:userTask>\n"
    )
}

fn model() -> String {
    models::sequence(
        "mixed",
        &[
            models::sub_process(
                "first",
                &[
                    task("one", "candidateGroups=\"clerks\"", ""),
                    task(
                        "twice",
                        "candidateGroups=\"clerks,judges,clerks\"",
                        "2026-11-23T08:00:00Z",
                    ),
                    task("person", "candidateUsers=\"anna,ben\" candidateGroups=\"judges\"", ""),
                    task("any", "", "=now() + duration(&quot;PT90M&quot;)"),
                    task(
                        "given",
                        "assignee=\"cleo\" candidateGroups=\"clerks\"",
                        "1969-07-20T20:17:40Z",
                    ),
                ],
            ),
            task("last", "candidateGroups=\"clerks\"", "=now() + duration(&quot;PT17.321S&quot;)"),
        ],
    )
}

fn asked(now: Timestamp, (person, groups): (&str, &[&str]), every: bool) -> TaskQuery {
    TaskQuery {
        person: PersonId::from(person),
        groups: groups.iter().map(|group| GroupId::from(*group)).collect(),
        view: TaskSelection::Mine,
        every,
        process: None,
        q: None,
        now,
        limit: 200,
        after: None,
    }
}

/// The tasks of a part, counted one by one.
async fn counted(bench: &Bench, query: &TaskQuery, view: TaskSelection) -> u64 {
    let (mut n, mut query) = (0, TaskQuery { view, ..query.clone() });
    loop {
        let page = bench.runtime.store.open_tasks(&query).await.unwrap();
        n += page.rows.len() as u64;
        query.after = page.next;
        if query.after.is_none() {
            return n;
        }
    }
}

/// Holds what is kept against what is there, now and at other moments.
async fn assert_totals(bench: &Bench) -> TaskTotals {
    let mut seen = TaskTotals::default();
    let now = bench.clock.now();
    let moments = [0, 1, -1, 17_321, 90 * 60_000, 90 * 60_000 + 1, -86_400_000, 86_400_000];
    for (asks, every) in ASKED.into_iter().map(|asks| (asks, false)).chain([(ASKED[0], true)]) {
        for shift in moments {
            let query = asked(now.plus_millis_saturating(shift), asks, every);
            let kept = bench.runtime.store.task_counts(&query).await.unwrap();
            let there = TaskTotals {
                mine: counted(bench, &query, TaskSelection::Mine).await,
                groups: counted(bench, &query, TaskSelection::Groups).await,
                overdue: counted(bench, &query, TaskSelection::Overdue).await,
            };
            assert_eq!(kept, there, "{asks:?}, every: {every}, {shift} ms from now");
            seen.mine += kept.mine;
            seen.groups += kept.groups;
            seen.overdue += kept.overdue;
        }
    }
    seen
}

async fn one_step(bench: &Bench, dice: &mut Dice) {
    let mut pick = async || {
        let query = asked(bench.clock.now(), ASKED[0], true);
        let query = TaskQuery { view: TaskSelection::Overdue, now: Timestamp::MAX, ..query };
        let mut due = bench.runtime.store.open_tasks(&query).await.unwrap().rows;
        let query = TaskQuery { view: TaskSelection::Groups, ..query };
        due.extend(bench.runtime.store.open_tasks(&query).await.unwrap().rows);
        (!due.is_empty()).then(|| due[dice.below(due.len())].key)
    };
    let Some(UserTaskKey { instance, number: element }) = pick().await else { return };
    let who = PEOPLE[dice.below(PEOPLE.len())];
    let person = PersonId::from(who);
    let command = match dice.below(8) {
        0 | 1 => Command::ClaimUserTask { element },
        2 => Command::UnclaimUserTask { element },
        3 | 4 => Command::AssignUserTask { element, assignee: Some(person) },
        5 | 6 => Command::CompleteUserTask { element, action: None, variables: Default::default() },
        _ => {
            let minutes = u64::try_from(dice.below(50)).unwrap();
            bench.clock.advance(Duration::from_millis(60_000 * minutes + 321));
            return;
        }
    };
    // It may be held, or gone: what is refused must not count either.
    let _ = bench.submit(instance, command, who).await;
}

/// Ends most of what is open.
async fn terminate_all(benches: &[Bench], but: usize) {
    let query = InstanceQuery {
        state: Some(InstanceStatus::Active),
        limit: 200,
        ..InstanceQuery::default()
    };
    let open = benches[0].runtime.store.instances(&query).await.unwrap().rows;
    for (n, row) in open.into_iter().skip(but).enumerate() {
        let command = Command::TerminateInstance { reason: "Withdrawn".to_owned() };
        benches[n % benches.len()].submit(row.id, command, "olga").await.unwrap();
    }
}

async fn fold(bench: &Bench) {
    let mut after = Some(TaskCountCursor::begin());
    while let Some(from) = after {
        after = bench.runtime.store.fold_task_counts(&from, 1).await.unwrap();
    }
}

/// Work of one server or, where they share a database, of two.
async fn work(database: &TestDatabase) -> Vec<Bench> {
    let first = Bench::start(&database.settings, Default::default()).await;
    let clock = first.clock.clone();
    let mut benches = vec![first];
    if database.settings.url.starts_with("postgres") {
        let second = Bench::start_at(&database.settings, Default::default(), clock).await;
        benches.push(second);
    }
    let definition = benches[0].deploy(&model()).await;
    for bench in &benches {
        bench.runtime.definitions.refresh().await.unwrap();
    }
    let mut dice = Dice(0xC0_FFEE);
    let mut seen = TaskTotals::default();
    for step in 1..=STEPS {
        let bench = &benches[dice.below(benches.len())];
        if step % 8 == 1 {
            bench.start_instance(definition, "anna", "case").await;
        } else {
            one_step(bench, &mut dice).await;
        }
        if step % STEPS_PER_LOOK == 0 {
            let now = assert_totals(&benches[0]).await;
            seen.mine += now.mine;
            seen.groups += now.groups;
            seen.overdue += now.overdue;
            fold(&benches[step % benches.len()]).await;
        }
    }
    assert!(seen.mine > 100 && seen.groups > 1_000 && seen.overdue > 1_000, "{seen:?}");
    benches
}

#[test]
fn the_counts_of_open_tasks_are_those_of_the_lists() {
    on_every_database("the_counts_of_open_tasks", |database| async move {
        let benches = work(&database).await;
        assert_totals(&benches[0]).await;
        terminate_all(&benches, 3).await;
        assert_totals(&benches[0]).await;
        fold(&benches[0]).await;
        let left = assert_totals(&benches[0]).await;
        assert!(left.groups > 0, "something is open yet");
        terminate_all(&benches, 0).await;
        fold(&benches[0]).await;
        let none = assert_totals(&benches[0]).await;
        assert_eq!(none, TaskTotals::default());
        assert_nothing_is_left(&database, benches).await;
    });
}

/// Where no task is open there is no counter: sets of candidates and due dates would never end.
async fn assert_nothing_is_left(database: &TestDatabase, benches: Vec<Bench>) {
    for bench in benches {
        bench.stop().await;
    }
    let sql = "select count(*) from task_counts";
    let url = &database.settings.url;
    let left = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().to_string()
        }
        None => on_postgres(url, sql),
    };
    assert_eq!(left, "0");
}

/// The version before writes tasks and knows nothing of the counters.
#[test]
fn what_a_version_without_counters_does_is_counted() {
    on_every_database("what_a_version_without_counters_does", |database| async move {
        let bench = Bench::start(&database.settings, Default::default()).await;
        let definition = bench.deploy(&model()).await;
        for _ in 0..4 {
            bench.start_instance(definition, "anna", "case").await;
        }
        let before = assert_totals(&bench).await;
        for sql in [
            "update user_tasks set assignee = 'ben' where node = 'twice' and state = 0",
            "delete from task_candidates where (instance, element) in \
             (select instance, element from user_tasks where assignee = 'ben')",
            "update user_tasks set state = 2, ended_at = 1 where node = 'any' and state = 0",
            "delete from task_candidates where (instance, element) in \
             (select instance, element from user_tasks where state = 2)",
        ] {
            assert!(database.change(sql).is_none_or(|changed| changed > 0));
        }
        let after = assert_totals(&bench).await;
        assert!(after.mine > before.mine && after.groups < before.groups);
        bench.stop().await;
    });
}
