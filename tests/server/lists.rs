//! Every filter of the lists of instances and of tasks, alone and together with others, gives what a look
//! at each row gives, page by page, on both databases; whether there is little of it or much.

use std::collections::BTreeSet;
use std::time::Duration;

use spartito::connectors::Catalogue;
use spartito::runtime::Clock;
use spartito::store::{
    InstanceQuery, InstanceRow, InstanceStatus, Store, TaskQuery, TaskRow, TaskSelection,
};
use spartito_core::engine::Command;
use spartito_core::ids::{GroupId, InstanceId, PersonId, ProcessId};
use spartito_core::time::Timestamp;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database};
use crate::dice::Dice;
use crate::models;

const DAY_MS: i64 = 86_400_000;
/// Rows of a page: so few that there are many pages.
const PAGE: u32 = 3;

/// `check` is in both processes, and `file` has two tokens of an instance.
fn model(process: &str) -> String {
    models::sequence(
        process,
        &[
            models::user_task("check", "Check it", "clerks"),
            models::user_task("file", "File it", "judges")
                .replace(
                    "</bpmn:userTask>",
                    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=2\
                     </bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
                )
                .replace(
                    "</bpmn:extensionElements>",
                    "<zeebe:properties><zeebe:property name=\"spartito:summary\" value=\"=&#34;Ärger \
                     &#38; 50% Öl, Akte &#34; + string(loopCounter)\" /></zeebe:properties>\
                     </bpmn:extensionElements>",
                ),
        ],
    )
}

/// Instances of two processes at all places, over three days.
async fn fill(bench: &Bench) {
    let definitions = [bench.deploy(&model("one")).await, bench.deploy(&model("two")).await];
    let mut dice = Dice(0x00C0_FFEE);
    for n in 0..30 {
        if n > 0 && n % 10 == 0 {
            bench.clock.advance(Duration::from_secs(86_400));
        }
        let of = definitions[dice.below(definitions.len())];
        let starter = ["anna", "ben"][dice.below(2)];
        let key = if n % 7 == 6 { "Ölmühle \"6\"".to_owned() } else { format!("K-{}", n % 7) };
        let instance = bench.start_instance(of, starter, &key).await;
        for person in ["carl", "dora", "carl"].iter().take(dice.below(4)) {
            let every =
                TaskQuery { every: true, ..bench.tasks_of(person, &[], TaskSelection::Groups) };
            let tasks = bench.runtime.store.open_tasks(&every).await.unwrap().rows;
            let Some(task) = tasks.iter().find(|task| task.key.instance == instance) else { break };
            bench.claim(task.key, person).await.unwrap();
            if dice.below(4) > 0 {
                bench.complete(task.key, person).await.unwrap();
            }
        }
        let row = bench.runtime.store.instance(instance).await.unwrap().unwrap();
        if row.status != InstanceStatus::Active {
            continue;
        }
        let reason = String::new();
        let suspend = Command::SuspendInstance { reason: reason.clone() };
        match dice.below(6) {
            0 => drop(bench.submit(instance, suspend, "olga").await.unwrap()),
            1 => {
                // One that is ended while it stands still.
                bench.submit(instance, suspend, "olga").await.unwrap();
                let end = Command::TerminateInstance { reason };
                bench.submit(instance, end, "olga").await.unwrap();
            }
            _ => {}
        }
    }
}

/// Gives some instances incidents, and tasks due dates and urgencies, as those have which models say them
/// for.
fn change_some(database: &TestDatabase, now_ms: i64) {
    database.change("update instances set incidents = 1 where status = 0 and id / 4194304 % 3 = 0");
    for (rest, urgency, due) in
        [(0, 50, Some(-5)), (1, 20, Some(5)), (2, 20, Some(-7)), (3, 90, None)]
    {
        let due_ms = due.map(|hours: i64| now_ms + hours * 3_600_000);
        let due = due_ms.map_or("null".to_owned(), |due| due.to_string());
        let order = due_ms.unwrap_or(i64::MAX);
        let which = format!("(instance / 4194304 + element) % 4 = {rest}");
        database.change(&format!(
            "update user_tasks set due = {due}, due_order = {order}, urgency = {urgency}, \
             priority = {} where {which}",
            100 - urgency
        ));
        database.change(&format!(
            "update task_candidates set due_order = {order}, urgency = {urgency} where {which}"
        ));
    }
}

/// All pages of a query, each instance once and in order.
async fn listed(store: &Store, query: &InstanceQuery) -> Vec<InstanceId> {
    let (mut found, mut query) = (Vec::new(), query.clone());
    loop {
        let page = store.instances(&query).await.unwrap();
        assert!(page.next.is_none() || page.rows.len() == PAGE as usize, "{query:?}");
        found.extend(page.rows.iter().map(|row| row.id));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert!(found.is_sorted_by(|a, b| a > b), "{query:?}: {found:?}");
    found
}

/// Whether all words are somewhere in a text, whatever the case.
fn contains_words(text: &str, words: Option<&str>) -> bool {
    let text = text.to_lowercase();
    words.unwrap_or_default().split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}

fn is_meant(query: &InstanceQuery, row: &InstanceRow, involved: &BTreeSet<InstanceId>) -> bool {
    let is_on = |day: Option<i64>, at: Option<i64>| {
        day.is_none_or(|day| at.is_some_and(|at| at.div_euclid(DAY_MS) == day))
    };
    let key = row.business_key.clone().unwrap_or_default();
    query.process.as_ref().is_none_or(|process| *process == row.process)
        && query.definition.is_none_or(|definition| definition == row.definition)
        && query.state.is_none_or(|state| state == row.status)
        && (!query.incidents || row.incidents > 0)
        && (!query.suspended || row.suspended)
        && query.step.as_ref().is_none_or(|step| row.steps.contains(step))
        && contains_words(&key, query.q.as_deref())
        && (query.involved.is_none() || involved.contains(&row.id))
        && is_on(query.started_day, Some(row.started_at.as_millis()))
        && is_on(query.ended_day, row.ended_at.map(Timestamp::as_millis))
}

/// Adds a filter.
type Set<'s> = Box<dyn Fn(InstanceQuery) -> InstanceQuery + 's>;

/// Words of keys, such as no index is asked for since they are so short, and such as are nowhere.
const WORDS_OF_KEYS: [&str; 4] = ["\"6 MÜHLE öl", "k- 2", "k-2 2", "k-22"];

/// Filters that are combined with each other, two and three at a time.
fn filters(all: &[InstanceRow], person: &(PersonId, Vec<GroupId>)) -> Vec<InstanceQuery> {
    let none = InstanceQuery { limit: PAGE, ..InstanceQuery::default() };
    let (first, last) = (&all[all.len() - 1], &all[0]);
    let day = first.started_at.as_millis().div_euclid(DAY_MS) + 1;
    let sets: Vec<Set<'_>> = vec![
        Box::new(|query| InstanceQuery { process: Some(ProcessId::from("one")), ..query }),
        Box::new(|query| InstanceQuery { definition: Some(last.definition), ..query }),
        Box::new(|query| InstanceQuery { state: Some(InstanceStatus::Active), ..query }),
        Box::new(|query| InstanceQuery { state: Some(InstanceStatus::Terminated), ..query }),
        Box::new(|query| InstanceQuery { incidents: true, ..query }),
        Box::new(|query| InstanceQuery { suspended: true, ..query }),
        Box::new(|query| InstanceQuery { step: Some("check".into()), ..query }),
        Box::new(|query| InstanceQuery { step: Some("file".into()), ..query }),
        Box::new(|query| InstanceQuery { q: Some("k-2".to_owned()), ..query }),
        Box::new(|query| InstanceQuery { involved: Some(person.clone()), ..query }),
        Box::new(|query| InstanceQuery { started_day: Some(day), ..query }),
        Box::new(|query| InstanceQuery { ended_day: Some(day), ..query }),
    ];
    let mut queries = vec![none.clone()];
    for (at, a) in sets.iter().enumerate() {
        queries.push(a(none.clone()));
        for (beside, b) in sets.iter().enumerate().skip(at + 1) {
            queries.push(b(a(none.clone())));
            queries.extend(sets.iter().skip(beside + 1).map(|c| c(b(a(none.clone())))));
        }
        queries.extend(
            WORDS_OF_KEYS.map(|q| InstanceQuery { q: Some(q.to_owned()), ..a(none.clone()) }),
        );
    }
    queries
}

async fn assert_instances(store: &Store) {
    let everything = InstanceQuery { limit: 200, ..InstanceQuery::default() };
    let all = store.instances(&everything).await.unwrap().rows;
    assert_eq!(all.len(), 30);
    for (name, groups) in [("anna", &[][..]), ("carl", &["judges"]), ("eve", &["clerks"])] {
        let groups: Vec<GroupId> = groups.iter().copied().map(GroupId::from).collect();
        let person = (PersonId::from(name), groups);
        let mut involved = BTreeSet::new();
        for row in &all {
            if store.is_involved(row.id, &person.0, &person.1).await.unwrap() {
                involved.insert(row.id);
            }
        }
        let mut some = 0;
        for query in filters(&all, &person) {
            let meant = all.iter().filter(|row| is_meant(&query, row, &involved));
            let meant: Vec<InstanceId> = meant.map(|row| row.id).collect();
            some += usize::from(!meant.is_empty());
            assert_eq!(listed(store, &query).await, meant, "{query:?}");
        }
        assert!(some > 80, "{some} queries found something");
    }
}

/// All pages of a query.
async fn tasks_listed(store: &Store, query: &TaskQuery) -> Vec<TaskRow> {
    let (mut found, mut query) = (Vec::new(), query.clone());
    loop {
        let page = store.open_tasks(&query).await.unwrap();
        assert!(page.next.is_none() || page.rows.len() == query.limit as usize, "{query:?}");
        found.extend(page.rows);
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    found
}

fn is_task_meant(query: &TaskQuery, task: &TaskRow) -> bool {
    let is_mine = task.assignee.as_ref() == Some(&query.person);
    let may_take = task.assignee.is_none()
        && (query.every
            || task.candidate_users.contains(&query.person)
            || task.candidate_groups.iter().any(|group| query.groups.contains(group)));
    let is_overdue = task.due.is_some_and(|due| due < query.now);
    let text = format!(
        "{} {} {}",
        task.title,
        task.business_key.clone().unwrap_or_default(),
        task.summary
    );
    let is_of_view = match query.view {
        TaskSelection::Mine => is_mine,
        TaskSelection::Groups => may_take,
        TaskSelection::Overdue => is_overdue && (is_mine || may_take || query.every),
    };
    is_of_view
        && query.process.as_ref().is_none_or(|process| *process == task.process)
        && contains_words(&text, query.q.as_deref())
}

/// Words in keys, titles and summaries, and such as are nowhere.
const WORDS_OF_TASKS: [Option<&str>; 12] = [
    None,
    Some("k-2"),
    Some("k-"),
    Some("check"),
    Some("CHECK 2"),
    Some("file akte"),
    Some("ärger & öl,"),
    Some("ÖLMÜHLE check"),
    Some("50% 2"),
    Some("50_"),
    Some("akte mühle 1"),
    Some("nowhere"),
];

async fn assert_tasks(bench: &Bench) {
    let store = &bench.runtime.store;
    let of = |person, view| TaskQuery { limit: 200, ..bench.tasks_of(person, &[], view) };
    let free = TaskQuery { every: true, ..of("anna", TaskSelection::Groups) };
    let mut all = tasks_listed(store, &free).await;
    for person in ["carl", "dora"] {
        all.extend(tasks_listed(store, &of(person, TaskSelection::Mine)).await);
    }
    let order = |task: &TaskRow| {
        let due = task.due.map_or(i64::MAX, Timestamp::as_millis);
        (100 - i64::from(task.priority), due, task.key.instance, task.key.number)
    };
    all.sort_by_key(order);
    let mut some = 0;
    for (person, groups) in [("carl", ["clerks", "judges"]), ("dora", ["none", "judges"])] {
        for view in [TaskSelection::Mine, TaskSelection::Groups, TaskSelection::Overdue] {
            for every in [false, true] {
                for process in [None, Some("two")] {
                    for q in WORDS_OF_TASKS {
                        let query = TaskQuery {
                            every,
                            process: process.map(ProcessId::from),
                            q: q.map(ToOwned::to_owned),
                            limit: PAGE,
                            ..bench.tasks_of(person, &groups, view)
                        };
                        let meant = all.iter().filter(|task| is_task_meant(&query, task));
                        let meant: Vec<_> = meant.map(|task| task.key).collect();
                        let found = tasks_listed(store, &query).await;
                        let found: Vec<_> = found.iter().map(|task| task.key).collect();
                        some += usize::from(meant.len() > PAGE as usize);
                        assert_eq!(found, meant, "{query:?}");
                    }
                }
            }
        }
    }
    assert!(some > 15, "{some} queries had several pages");
}

#[test]
fn every_filter_gives_what_a_look_at_each_row_gives() {
    on_every_database("every_filter_of_lists", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        fill(&bench).await;
        change_some(&database, bench.clock.now().as_millis());
        assert_instances(&bench.runtime.store).await;
        assert_tasks(&bench).await;
        database.pretend_much();
        assert_instances(&bench.runtime.store).await;
        assert_tasks(&bench).await;
        bench.stop().await;
    });
}

/// What the index of SQLite knows: instances by a part of their keys, open tasks by one of their summaries.
fn indexed(database: &TestDatabase) -> Option<(i64, i64, i64)> {
    let path = database.settings.url.strip_prefix("sqlite:")?;
    let connection = rusqlite::Connection::open(path).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).unwrap();
    Some((
        count("select count(*) from instance_words where instance_words match 'müh'"),
        count("select count(*) from task_words where task_words match 'akt'"),
        count("select count(*) from searched_tasks"),
    ))
}

#[test]
fn an_index_of_words_knows_what_is_there_and_nothing_else() {
    on_every_database("an_index_of_words", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let definition = bench.deploy(&model("one")).await;
        let mut instances = Vec::new();
        for n in 0..4 {
            instances
                .push(bench.start_instance(definition, "anna", &format!("Mühle {}", n + 5)).await);
        }
        let known = |expected| {
            if let Some(known) = indexed(&database) {
                assert_eq!(known, expected);
            }
        };
        known((4, 0, 0));
        for task in bench.tasks("ben", &["clerks"], TaskSelection::Groups).await {
            bench.claim(task.key, "ben").await.unwrap();
            bench.complete(task.key, "ben").await.unwrap();
        }
        known((4, 8, 8));
        let akte = TaskQuery {
            q: Some("akte 2".to_owned()),
            ..bench.tasks_of("ben", &["judges"], TaskSelection::Groups)
        };
        let found = bench.runtime.store.open_tasks(&akte).await.unwrap().rows;
        assert_eq!(found.len(), 4, "one of each");
        bench.claim(found[0].key, "ben").await.unwrap();
        known((4, 8, 8));
        // A layout that keeps more knows what was there before.
        if let Some(path) = database.settings.url.strip_prefix("sqlite:") {
            let anew = include_str!("../../migrations/sqlite/0027_word_positions.sql");
            rusqlite::Connection::open(path).unwrap().execute_batch(anew).unwrap();
        }
        known((4, 8, 8));
        bench.complete(found[0].key, "ben").await.unwrap();
        known((4, 7, 7));
        for instance in &instances {
            let end = Command::TerminateInstance { reason: String::new() };
            bench.submit(*instance, end, "olga").await.unwrap();
        }
        known((4, 0, 0));
        let (process, now) = (ProcessId::from("one"), bench.clock.now());
        let store = &bench.runtime.store;
        let times = (Timestamp::MAX, now);
        store.remove_ended(&process, times, (i64::MIN, 0), 10_000).await.unwrap();
        known((0, 0, 0));
        let query =
            InstanceQuery { q: Some("mühle".to_owned()), limit: PAGE, ..InstanceQuery::default() };
        assert_eq!(listed(store, &query).await, []);
        bench.stop().await;
    });
}
