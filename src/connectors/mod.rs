//! The outside world: what service tasks can ask for, by type of job.
//!
//! A connector does one attempt and says what came of it. It never decides about retries and
//! incidents, never keeps anything, and never knows the process.

pub mod address;
mod connections;
pub mod http;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spartito_core::ids::JobKey;
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;

pub use connections::{Connection, ConnectionError, Connections};

/// One attempt at a job.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job; the same for every attempt, so that the other side can recognize a repeat.
    pub key: JobKey,
    /// What kind of work it is.
    pub job_type: Arc<str>,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Results of the input mappings of the task. Variables of the process are not among them,
    /// so that data can never become an address.
    pub inputs: Variables,
    /// Headers of the task, in the order of the model.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The present, for expressions.
    pub now: Timestamp,
}

impl Job {
    /// The header `name` of the task, if it is not empty.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// What came of an attempt that did not succeed, in words for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConnectorError {
    /// It may go better later.
    #[error("{message}")]
    Retry {
        /// Not before this; `None` leaves it to the task's backoff.
        after: Option<Duration>,
        /// What went wrong.
        message: String,
    },
    /// It will not go better by itself.
    #[error("{message}")]
    GiveUp {
        /// What went wrong.
        message: String,
    },
    /// It is a result that the process has to deal with: a BPMN error.
    #[error("{message}")]
    Raise {
        /// Its code.
        code: String,
        /// What is said of it.
        message: String,
        /// What it carries.
        variables: Variables,
    },
}

impl ConnectorError {
    /// An attempt that may go better later.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::Retry { after: None, message: message.into() }
    }

    /// An attempt that will not go better by itself.
    pub fn give_up(message: impl Into<String>) -> Self {
        Self::GiveUp { message: message.into() }
    }
}

/// Does jobs of some types.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// Makes one attempt. The caller ends it after its time limit.
    ///
    /// # Errors
    /// [`ConnectorError`] says what went wrong and whether to try again.
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError>;

    /// Attempts under way at the same time, at most.
    fn concurrency(&self) -> usize;
}

/// Which connector does which type of job.
#[derive(Clone, Default)]
pub struct Catalogue {
    by_type: BTreeMap<String, Arc<dyn Connector>>,
}

impl Catalogue {
    /// The connectors that come with Spartito.
    ///
    /// # Errors
    /// [`ConnectorError`] where no secure connections can be made on this machine.
    pub fn built_in(connections: Connections) -> Result<Self, ConnectorError> {
        let http: Arc<dyn Connector> = Arc::new(http::HttpConnector::new(connections)?);
        let mut catalogue = Self::default();
        for job_type in http::JOB_TYPES {
            catalogue.add(job_type, http.clone());
        }
        Ok(catalogue)
    }

    /// Lets `connector` do jobs of this type.
    pub fn add(&mut self, job_type: &str, connector: Arc<dyn Connector>) {
        self.by_type.insert(job_type.to_owned(), connector);
    }

    /// The connector for this type of job.
    pub fn get(&self, job_type: &str) -> Option<&Arc<dyn Connector>> {
        self.by_type.get(job_type)
    }

    /// The types of jobs that can be done.
    pub fn job_types(&self) -> impl Iterator<Item = &str> {
        self.by_type.keys().map(String::as_str)
    }
}
