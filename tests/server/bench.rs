//! A runtime on an empty database, with what tests do to it most.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use spartito::connectors::Catalogue;
use spartito::runtime::{Clock, Runtime, RuntimeSettings, SimulatedClock, SubmitError, TurnDone};
use spartito::store::{NewDeployment, Store, StoreSettings, TaskQuery, TaskRow, TaskSelection};
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, GroupId, InstanceId, PersonId, UserTaskKey};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

use crate::models;

/// The types of jobs that tests wait for.
const JOB_TYPES: [&str; 3] = ["card", "flaky", "io.camunda:http-json:1"];

/// When the next job of these can be taken; `None` where there is none.
pub async fn next_job_due(store: &Store) -> Option<Timestamp> {
    store.jobs_due(&JOB_TYPES).await.unwrap().into_iter().map(|jobs| jobs.due).min()
}

/// When the next attempt is due after a pause of so many milliseconds, to which up to a quarter was
/// added; `None` where none is due then.
pub async fn next_attempt_after(store: &Store, now: Timestamp, ms: i64) -> Option<Timestamp> {
    let due = next_job_due(store).await?;
    (ms..=ms + ms / 4).contains(&due.millis_since(now)).then_some(due)
}

/// A runtime to test, with a clock that stands still.
pub struct Bench {
    pub runtime: Runtime,
    pub clock: SimulatedClock,
}

impl Bench {
    pub async fn start(settings: &StoreSettings, connectors: Catalogue) -> Self {
        let clock = SimulatedClock::new(Timestamp::parse("2026-11-23T08:00:00Z").unwrap());
        Self::start_at(settings, connectors, clock).await
    }

    pub async fn start_at(
        settings: &StoreSettings,
        connectors: Catalogue,
        clock: SimulatedClock,
    ) -> Self {
        let store = Store::open(settings).await.unwrap();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let worker_limits = BTreeMap::new();
        let settings = RuntimeSettings { store, clock: shared, connectors, worker_limits };
        Self { runtime: Runtime::start(settings).await.unwrap(), clock }
    }

    pub async fn stop(self) {
        self.runtime.stop().await;
        self.runtime.store.close().await;
    }

    pub async fn deploy(&self, xml: &str) -> DefinitionKey {
        let definition = models::definition(xml, self.clock.now());
        let new = NewDeployment {
            definitions: vec![definition],
            forms: Vec::new(),
            decisions: Vec::new(),
            by: None,
            at: self.clock.now(),
        };
        let made = self.runtime.store.deploy(new).await.unwrap();
        self.runtime.definitions.refresh().await.unwrap();
        made.definitions[0].key
    }

    pub async fn start_instance(
        &self,
        definition: DefinitionKey,
        by: &str,
        key: &str,
    ) -> InstanceId {
        let instance = self.runtime.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: Some(key.to_owned()),
            variables: Variables::default(),
            node: None,
            occurred: None,
            caller: None,
        };
        self.submit(instance, command, by).await.unwrap();
        instance
    }

    /// Starts an instance with one variable.
    pub async fn start_with(
        &self,
        definition: DefinitionKey,
        name: &str,
        value: &str,
    ) -> InstanceId {
        let instance = self.runtime.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: None,
            variables: [(name, Value::string(value))].into_iter().collect(),
            node: None,
            occurred: None,
            caller: None,
        };
        self.submit(instance, command, "anna").await.unwrap();
        instance
    }

    pub async fn submit(
        &self,
        instance: InstanceId,
        command: Command,
        by: &str,
    ) -> Result<TurnDone, SubmitError> {
        let by = Some(PersonId::from(by));
        self.runtime.orchestrator.submit(instance, command, by, None).await
    }

    pub async fn claim(&self, task: UserTaskKey, by: &str) -> Result<TurnDone, SubmitError> {
        self.submit(task.instance, Command::ClaimUserTask { element: task.number }, by).await
    }

    pub async fn complete(&self, task: UserTaskKey, by: &str) -> Result<TurnDone, SubmitError> {
        let variables: Variables = [("seen", Value::Boolean(true))].into_iter().collect();
        let command = Command::CompleteUserTask { element: task.number, action: None, variables };
        self.submit(task.instance, command, by).await
    }

    pub fn tasks_of(&self, person: &str, groups: &[&str], view: TaskSelection) -> TaskQuery {
        Self::tasks_query(&self.clock, person, groups, view)
    }

    pub fn tasks_query(
        clock: &SimulatedClock,
        person: &str,
        groups: &[&str],
        view: TaskSelection,
    ) -> TaskQuery {
        TaskQuery {
            person: PersonId::from(person),
            groups: groups.iter().map(|group| GroupId::from(*group)).collect(),
            view,
            every: false,
            process: None,
            q: None,
            now: clock.now(),
            limit: 50,
            after: None,
        }
    }

    pub async fn tasks(&self, person: &str, groups: &[&str], view: TaskSelection) -> Vec<TaskRow> {
        let query = self.tasks_of(person, groups, view);
        self.runtime.store.open_tasks(&query).await.unwrap().rows
    }

    /// Waits until `done` says so; panics after some seconds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, done: impl Fn() -> F) {
        let waited = async {
            while !done().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waited)
            .await
            .unwrap_or_else(|_| panic!("never: {what}"));
    }
}
