//! Every count that a screen shows is kept when something happens and never counted when it is
//! read. Here it is counted: after much random work, from the journal alone, on both databases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Clock, SimulatedClock};
use spartito::store::{InstanceQuery, InstanceStatus, Store, TaskSelection};
use spartito_core::engine::Command;
use spartito_core::engine::event::Waited;
use spartito_core::ids::{DefinitionKey, FlowNodeId, ProcessId, UserTaskKey};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database};
use crate::dice::Dice;
use crate::models;
use crate::recount::{Counted, Recounted, all_instances, assert_counts, assert_dashboard, recount};

/// Steps of random work, at least.
const STEPS: u32 = 700;
/// Instances of each process that must have come to their end; how many steps that takes depends on
/// when jobs run.
const COMPLETED_MIN: u64 = 10;
const STEPS_MAX: u32 = 5_000;
/// Steps between two restarts.
const STEPS_PER_LIFE: u32 = 150;

/// Fails some attempts of some jobs, the same ones each time the work is the same.
struct Moody;

#[async_trait]
impl Connector for Moody {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let mood = job.key.instance.number().wrapping_mul(31) + u64::from(job.attempt) * 7;
        if mood % 5 < 2 {
            return Err(ConnectorError::retry("not now"));
        }
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

fn connectors() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.add("moody", Arc::new(Moody));
    catalogue
}

/// `check` is the id of the first task of the clerks, which versions call differently.
fn model(process: &str, check: &str) -> String {
    models::sequence(
        process,
        &[
            models::service_task("score", "moody", 2),
            models::sub_process(
                "checks",
                &[
                    models::user_task(check, "Check it", "clerks"),
                    // Whoever does not come in time finds the task gone.
                    format!(
                        "<bpmn:boundaryEvent id=\"late\" attachedToRef=\"{check}\">{}\
                         </bpmn:boundaryEvent>{}{}",
                        models::timer("timeDuration", "PT20H"),
                        models::user_task("hurry", "Hurry", "clerks"),
                        models::flows("late hurry"),
                    ),
                    models::script_task("note", "1 + 1", "noted"),
                ],
            ),
            models::service_task("pay", "moody", 1),
            models::user_task("file", "File it", "clerks").replace(
                "</bpmn:userTask>",
                "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=2\
                 </bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
            ),
        ],
    )
}

/// What is counted for one version of a process.
/// Whether nothing happens by itself before the clock moves.
async fn is_quiet(bench: &Bench) -> bool {
    let now = bench.clock.now();
    for row in all_instances(&bench.runtime.store).await {
        if row.status != InstanceStatus::Active {
            continue;
        }
        let (state, _) = bench.runtime.store.load_state(row.id).await.unwrap().unwrap();
        let runs = |retries: u32, retry_at: Option<Timestamp>| {
            retries > 0 && retry_at.is_none_or(|at| at <= now)
        };
        if state.jobs().any(|(_, job)| runs(job.retries, job.retry_at)) {
            return false;
        }
        let is_due = |waits: &Waited| matches!(waits, Waited::Timer { due, .. } if *due <= now);
        if state.subscriptions().any(|(_, open)| is_due(&open.waits)) {
            return false;
        }
    }
    true
}

/// The clerk's random day.
async fn work(database: &TestDatabase) -> SimulatedClock {
    let mut dice = Dice(0x5EED_CAFE);
    let mut bench = Bench::start(&database.settings, connectors()).await;
    let mut definitions = vec![bench.deploy(&model("work", "check")).await];
    definitions.push(bench.deploy(&model("work", "verify")).await);
    definitions.push(bench.deploy(&model("other", "check")).await);
    for step in 1..=STEPS_MAX {
        if step > STEPS && enough_completed(&bench).await {
            break;
        }
        one_step(&bench, &mut dice, &definitions).await;
        if step % STEPS_PER_LIFE == 0 {
            let clock = bench.clock.clone();
            bench.stop().await;
            bench = Bench::start_at(&database.settings, connectors(), clock).await;
        }
    }
    bench.until("all is quiet", || is_quiet(&bench)).await;
    let clock = bench.clock.clone();
    bench.stop().await;
    clock
}

async fn enough_completed(bench: &Bench) -> bool {
    let processes = bench.runtime.store.processes().await.unwrap();
    processes.iter().all(|process| process.completed >= COMPLETED_MIN)
}

async fn one_step(bench: &Bench, dice: &mut Dice, definitions: &[DefinitionKey]) {
    let store = &bench.runtime.store;
    match dice.below(13) {
        0..=3 => {
            let definition = definitions[dice.below(definitions.len())];
            bench.start_instance(definition, "anna", "case").await;
        }
        4..=7 => {
            let view = if dice.below(2) == 0 { TaskSelection::Groups } else { TaskSelection::Mine };
            let tasks = bench.tasks("ben", &["clerks"], view).await;
            if tasks.is_empty() {
                return;
            }
            let task: UserTaskKey = tasks[dice.below(tasks.len())].key;
            // Nobody else touches a task, but its time may just have run out.
            let claimed = bench.claim(task, "ben").await.is_ok();
            if dice.below(3) > 0 && claimed {
                let _ = bench.complete(task, "ben").await;
            }
        }
        8 => {
            let open = InstanceQuery {
                state: Some(InstanceStatus::Active),
                limit: 200,
                ..InstanceQuery::default()
            };
            let rows = store.instances(&open).await.unwrap().rows;
            if rows.len() > 4 {
                let instance = rows[dice.below(rows.len())].id;
                let command = Command::TerminateInstance { reason: "Withdrawn".to_owned() };
                // A job may just have ended it.
                let _ = bench.submit(instance, command, "olga").await;
            }
        }
        9 => {
            let stopped = InstanceQuery { incidents: true, limit: 200, ..Default::default() };
            for row in store.instances(&stopped).await.unwrap().rows {
                for incident in store.open_incidents(row.id).await.unwrap() {
                    let command = Command::ResolveIncident { incident: incident.key.number };
                    let _ = bench.submit(row.id, command, "olga").await;
                }
            }
        }
        10 => {
            let open = InstanceQuery {
                state: Some(InstanceStatus::Active),
                limit: 200,
                ..InstanceQuery::default()
            };
            let mut rows = store.instances(&open).await.unwrap().rows;
            rows.retain(|row| row.definition == definitions[0]);
            if rows.len() > 2 {
                let mapping = vec![(FlowNodeId::from("check"), FlowNodeId::from("verify"))];
                let command = Command::MigrateInstance { to: definitions[1], mapping };
                bench.submit(rows[dice.below(rows.len())].id, command, "olga").await.unwrap();
            }
        }
        _ => {
            let minutes = u64::try_from(dice.below(600)).unwrap();
            bench.clock.advance(Duration::from_secs(60 * minutes + 1));
        }
    }
}

#[test]
fn every_count_that_is_kept_is_what_a_recount_finds() {
    on_every_database("every_count_that_is_kept", |database| async move {
        let clock = work(&database).await;
        let store = Store::open(&database.settings).await.unwrap();
        let recounted = assert_counts(&store, clock.now()).await;
        let Recounted { versions: counted, processes: by_process, migrated, timers, .. } =
            recounted;
        assert!(migrated > 10 && !timers.is_empty(), "instances were migrated: {migrated}");
        assert_eq!(counted.len(), 3, "all versions were worked with");
        let mut raised = 0;
        for (process, sum) in &by_process {
            raised += sum.days.values().map(|n| n.3).sum::<u64>();
            let (started, cycles) = (sum.started, sum.cycles);
            println!("{process}: {started} started, {cycles} completed, {raised} incidents so far");
            assert!(started > 30 && cycles >= COMPLETED_MIN, "something was going on");
        }
        assert!(raised > 20, "something went wrong: {raised}");
        let open = tasks_of(&counted, &["check", "verify", "file", "hurry"]);
        let query = Bench::tasks_query(&clock, "ben", &["clerks"], TaskSelection::Groups);
        let totals = store.task_counts(&query).await.unwrap();
        assert_eq!(totals.mine + totals.groups, open);
        assert_counted_after_removal(&store, &clock, &by_process).await;
        store.close().await;
    });
}

/// Removes all that has ended: the counters say what they have said, which is what a recount of the
/// rest finds and how many are gone.
async fn assert_counted_after_removal(
    store: &Store,
    clock: &SimulatedClock,
    before: &BTreeMap<ProcessId, Counted>,
) {
    let ended = |sum: &Counted| sum.days.values().map(|n| n.1 + n.2).sum::<u64>();
    let times = (Timestamp::MAX, clock.now());
    for process in before.keys() {
        let mut after = (i64::MIN, 0);
        while let Some(next) = store.remove_ended(process, times, after, 500).await.unwrap().next {
            after = next;
        }
    }
    let left = recount(store).await.versions;
    for (process, sum) in before {
        assert_dashboard(store, clock.now(), process, sum).await;
        let versions = store.active_by_version(process).await.unwrap();
        let mut of_left = Counted::default();
        for (definition, _) in versions {
            of_left = of_left.plus(left.get(&definition).unwrap_or(&Counted::default()));
        }
        let removed = store.removed_count(process).await.unwrap();
        assert_eq!(removed, ended(sum), "all that had ended");
        assert_eq!(ended(&of_left), 0);
        assert_eq!((of_left.started + removed, of_left.active), (sum.started, sum.active));
    }
}

fn tasks_of(counted: &BTreeMap<DefinitionKey, Counted>, nodes: &[&str]) -> u64 {
    let open = counted.values().flat_map(|of_version| &of_version.nodes);
    let of_tasks = open.filter(|(node, _)| nodes.contains(&node.as_str()));
    of_tasks.map(|(_, (active, _, _))| *active).sum()
}
