//! All that is kept: the journal, what is derived from it in the same transaction, models, people.
//!
//! Never decides what happens to a process instance, and never tells anybody that something has
//! happened: it writes what it is given and reads it back.

mod batch;
mod batch_operations;
mod blob;
mod bulk;
mod convert;
mod courier;
mod damage;
mod database;
mod database_time;
mod decisions;
mod definitions;
mod drafts;
mod error;
mod failpoints;
mod file;
mod jobs;
mod journal;
mod life;
mod lock;
mod mark;
mod memory;
mod message;
mod messages;
mod nodes;
mod notify;
mod outbox;
mod packed;
mod pauses;
mod people;
mod postgres;
mod projection;
mod query;
mod retention;
mod sessions;
mod settings;
mod sql;
mod timers;
mod vacuum;
mod workers;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

pub use batch::{BatchTx, Hold};
pub use batch_operations::{
    BatchItemRow, BatchItemState, BatchOperationRow, BatchOperationState, MadeBatchOperation,
    NewBatchOperation,
};
pub use bulk::Unfinished;
pub use damage::DamageRow;
pub use decisions::{DecisionModelRow, DecisionRow, NewDecision, NewDecisionModel};
pub use definitions::{
    DefinitionRow, DeployedVersion, Deployment, FormRow, NewDefinition, NewDeployment, NewForm,
    NewNode, WantedVersion,
};
pub use drafts::Draft;
pub use error::StoreError;
pub use failpoints::Failpoint;
pub use jobs::{DueJobs, JobTaker, Leased, NotLeased, TakenJob, Unused, WantedJobs};
pub use journal::{Loaded, StoredTurn};
pub use mark::History;
pub use memory::{Fault, Faults, MemoryDatabase, Moment, no_faults};
pub use messages::{Kept, MessageRow, NewMessage, NewStart, Receiver};
pub use nodes::{LEASE, Left, NodeRow, NodeSettings};
pub use notify::{Ears, WORDS_BYTES_MAX};
pub use outbox::{Origin, OutboxRow};
pub use packed::Packed;
pub use pauses::PauseRow;
pub use people::PersonRow;
pub use projection::{Awaited, AwaitedKind, Changes, NewTurn, Open, Tracked, Weight};
pub use query::{
    DashboardRow, DayRow, DecisionUseQuery, DecisionUseRow, Figures, IncidentRow,
    IncidentSelection, InstanceQuery, InstanceRow, InstanceStatus, JOB_TYPES_MAX, JobFigures,
    OpenIncidentRow, Page, ProcessRow, ROWS_COUNTED_MAX, StepCountRow, StepStatisticsRow,
    TaskCountCursor, TaskEndRow, TaskQuery, TaskRow, TaskSelection, TaskTotals,
};
pub use retention::{Removal, RemovalCursor, RemovedRow, RetentionRow};
pub use sessions::SessionRow;
pub use timers::{DueStart, DueTimer, NewStartTimer};
pub use workers::{JobHolder, JobLease};

use database::Database;

/// Where to keep things.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: String,
}

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    numbers: Arc<settings::Numbers>,
    made_ids: Arc<AtomicU64>,
    /// The seats for which this server fires timers, as bits.
    share: Arc<AtomicI64>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("committer", &self.committer()).finish_non_exhaustive()
    }
}

impl Store {
    /// Connects, takes the lock that keeps a second process out (SQLite) and brings the layout up.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another process uses the file, [`StoreError::Address`] where
    /// the address is wrong or the layout is not ours, [`StoreError::Unavailable`] where the
    /// database does not answer.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::open_as(settings, &NodeSettings::nameless()).await
    }

    /// The same, under the name by which this server is known to others that share the database.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Locked`] also where another server has the name.
    pub async fn open_as(
        settings: &StoreSettings,
        node: &NodeSettings,
    ) -> Result<Self, StoreError> {
        Self::over(Database::open(&settings.url, node).await?).await
    }

    /// A server of a simulation, for which `faults` says what goes wrong: one of several on that
    /// database, or the only one where it has no name.
    ///
    /// # Errors
    /// As [`Store::open_as`].
    pub async fn open_in(
        memory: &MemoryDatabase,
        node: Option<&NodeSettings>,
        faults: Faults,
    ) -> Result<Self, StoreError> {
        Self::over(Database::open_in(memory, node, faults).await?).await
    }

    async fn over(database: Database) -> Result<Self, StoreError> {
        let database = Arc::new(database);
        nodes::keep(&database);
        let store = Self {
            database,
            numbers: Arc::default(),
            made_ids: Arc::default(),
            share: Arc::new(AtomicI64::new(nodes::ALL_SEATS)),
        };
        store.continue_numbers().await?;
        Ok(store)
    }

    /// Gives back what was reserved and closes the connections.
    pub async fn close(&self) {
        self.return_numbers().await;
        self.database.close().await;
    }

    /// The seat of this server: a number below 64 that no other server has at the same time.
    pub fn committer(&self) -> i64 {
        self.database.seat()
    }
}
