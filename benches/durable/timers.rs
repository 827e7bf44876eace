//! How late timers are at rest, with many that wait: from the moment for which a timer is set to the
//! moment at which the commit of what it does is told. Also what the many cost while they wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use spartito::connectors::Catalogue;
use spartito::runtime::{Clock, Runtime, RuntimeSettings, SystemClock};
use spartito::store::{Store, StoreSettings};
use spartito_core::engine::Command;
use spartito_core::engine::event::Waited;
use spartito_core::ids::{DefinitionKey, InstanceId};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};
use tokio::sync::broadcast::error::RecvError;

use super::{Folder, cpu_seconds, deploy, load, part, resident_kib};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:bench">
  <process id="bench_timers" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>
    <intermediateCatchEvent id="wait"><timerEventDefinition>
      <timeDuration>=wait</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="wait" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"#;

/// Timers of which it is measured how late they are.
const MEASURED: u32 = 400;
/// Time between two of them: the machine is at rest in between.
const BETWEEN: Duration = Duration::from_millis(25);
/// The soonest of them is due after this time, when all are set.
const FIRST_AFTER: Duration = Duration::from_secs(5);
/// Starts under way while the waiting ones are filled in.
const STARTS_AT_ONCE: usize = 512;
/// How long it is looked what the waiting ones cost.
const REST: Duration = Duration::from_secs(20);

/// Lets `waiting` timers wait, fires others, and prints one line of JSON.
pub async fn run(waiting: u64) {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.0.join("spartito.db").display());
    let store = Store::open(&StoreSettings { url }).await.expect("the database opens");
    let (clock, connectors) = (Arc::new(SystemClock), Catalogue::default());
    let settings = RuntimeSettings { store, clock, connectors, worker_limits: Default::default() };
    let runtime = Runtime::start(settings).await.expect("the runtime starts");
    let definition = deploy(&runtime, MODEL).await;
    let mut starts = stream::iter(0..waiting)
        .map(|_| start(&runtime, definition, "P365D".to_owned()))
        .buffer_unordered(STARTS_AT_ONCE);
    while starts.next().await.is_some() {}
    drop(starts);
    let before = cpu_seconds();
    tokio::time::sleep(REST).await;
    let cpu_at_rest = (cpu_seconds() - before) / REST.as_secs_f64() * 100.0;
    let mut late = lateness(&runtime, definition).await;
    println!(
        r#"{{"engine": "Spartito", "scenario": "timers", "waiting": {waiting}, "n": {MEASURED}, "cpu_at_rest_percent": {cpu_at_rest:.2}, "rss_kib": {}, "late_p50_ms": {:.1}, "late_p99_ms": {:.1}, "late_max_ms": {:.1}, "load1": {}}}"#,
        resident_kib(),
        part(&mut late, 50),
        part(&mut late, 99),
        part(&mut late, 100),
        load()
    );
    runtime.stop().await;
    runtime.store.close().await;
}

/// Milliseconds from the moment for which each timer was set to when its commit was told.
async fn lateness(runtime: &Runtime, definition: DefinitionKey) -> Vec<f64> {
    let mut changes = runtime.live.subscribe();
    let mut due: HashMap<InstanceId, Timestamp> = HashMap::new();
    for n in 0..MEASURED {
        let ms = (FIRST_AFTER + BETWEEN * n).as_millis();
        let wait = format!("PT{}.{:03}S", ms / 1_000, ms % 1_000);
        let instance = start(runtime, definition, wait).await;
        let state = runtime.state(instance).await.expect("the database answers");
        let (state, _) = state.expect("the instance is there");
        let timers = state.subscriptions().filter_map(|(_, open)| match open.waits {
            Waited::Timer { due, .. } => Some(due),
            _ => None,
        });
        due.insert(instance, timers.last().expect("it waits for a timer"));
    }
    let mut late = Vec::new();
    while !due.is_empty() {
        match changes.recv().await {
            Ok(change) if change.ended => {
                let now = SystemClock.now();
                if let Some(due) = due.remove(&change.instance) {
                    let ms = u32::try_from(now.as_millis() - due.as_millis());
                    late.push(f64::from(ms.expect("never before its time, nor days after")));
                }
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_) | RecvError::Closed) => panic!("a change was missed"),
        }
    }
    late
}

async fn start(runtime: &Runtime, definition: DefinitionKey, wait: String) -> InstanceId {
    let instance = runtime.orchestrator.new_instance_id();
    let command = Command::StartInstance {
        instance,
        definition,
        business_key: None,
        variables: Variables::from_iter([("wait", Value::string(wait))]),
        node: None,
        occurred: None,
        caller: None,
    };
    runtime.orchestrator.submit(instance, command, None, None).await.expect("it starts");
    instance
}
