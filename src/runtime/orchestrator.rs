//! The door to all instances: requests wait in a bounded queue, are carried out together and
//! committed together, and are answered after that.
//!
//! Never answers before the commit, and never lets one request fail its neighbors.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use spartito_core::engine::{Command, Event, Rejection};
use spartito_core::ids::{CommandId, InstanceId, PersonId};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::committer::{Accepted, Committer};
use super::lanes::{Entrance, Lane};
use super::measures::Measures;
use super::{Chance, Clock};
use crate::store::{Leased, Store, StoreError};

/// What a turn did.
#[derive(Debug, Clone)]
pub struct TurnDone {
    /// The instance; for a repeated start the one that the first call made.
    pub instance: InstanceId,
    /// Position of the turn within the instance.
    pub position: u64,
    /// What happened; empty where the request changed nothing.
    pub events: Arc<[Event]>,
    /// Whether this is the answer to an earlier request with the same id.
    pub repeated: bool,
}

/// A request that was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SubmitError {
    /// It does not fit the instance.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// There is no such instance.
    #[error("there is no such instance")]
    UnknownInstance,
    /// It came under a lease that has passed to somebody else.
    #[error("the job was given to somebody else, because its lease had ended")]
    LeaseLost,
    /// Too many requests wait.
    #[error("too many requests wait; please try again in a moment")]
    Overloaded,
    /// The server is being stopped.
    #[error("the server is being stopped; please try again in a moment")]
    ShuttingDown,
    /// The database did not take it: it was not carried out.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database has not said what became of it, and cannot be asked: it may have been carried
    /// out. The same request under the same id finds out.
    #[error("whether it was carried out is not known ({0})")]
    Unknown(StoreError),
    /// A bug of ours; nothing was changed.
    #[error("an error inside Spartito stopped the request: {0}")]
    Internal(String),
}

/// Carries out requests. Cheap to clone; all clones share one queue.
#[derive(Clone)]
pub struct Orchestrator {
    entrance: Entrance<Accepted>,
    store: Store,
    clock: Arc<dyn Clock>,
    measures: Arc<Measures>,
    chance: Chance,
    running: Arc<Mutex<Option<Running>>>,
}

/// What will have come of a request that waits.
pub(super) type Answered = BoxFuture<'static, Result<TurnDone, SubmitError>>;

/// What is asked of an instance, by whom, and under which id.
pub(super) struct Asked {
    pub(super) instance: InstanceId,
    pub(super) command: Command,
    pub(super) by: Option<PersonId>,
    /// `None` where a repeat need not be noticed.
    pub(super) id: Option<CommandId>,
    /// The lease under which a worker answers; `None` for all else.
    pub(super) lease: Option<Leased>,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Orchestrator {
    pub(super) fn start(entrance: Entrance<Accepted>, committer: Committer) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (store, clock) = (committer.store.clone(), Arc::clone(&committer.clock));
        let measures = Arc::clone(&committer.measures);
        let chance = committer.chance.clone();
        let task = tokio::spawn(committer.run(stopped));
        let running = Arc::new(Mutex::new(Some(Running { stop, task })));
        Self { entrance, store, clock, measures, chance, running }
    }

    /// Carries out `command` on `instance` for a person who waits, and answers when that is
    /// committed. A request with the id of an earlier one gets the answer of that one.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was done.
    pub fn submit(
        &self,
        instance: InstanceId,
        command: Command,
        by: Option<PersonId>,
        id: Option<CommandId>,
    ) -> impl Future<Output = Result<TurnDone, SubmitError>> + Send + use<> {
        self.queue_in(Lane::People, Asked { instance, command, by, id, lease: None })
    }

    /// The same for the system: people go first.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was done.
    pub(super) fn queue(
        &self,
        instance: InstanceId,
        command: Command,
        by: Option<PersonId>,
        id: Option<CommandId>,
    ) -> impl Future<Output = Result<TurnDone, SubmitError>> + Send + use<> {
        self.queue_in(Lane::Machines, Asked { instance, command, by, id, lease: None })
    }

    /// The answer of a worker outside, which counts only under the lease that the worker has.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was done.
    pub(super) fn queue_under(
        &self,
        lease: Leased,
        command: Command,
        id: Option<CommandId>,
    ) -> impl Future<Output = Result<TurnDone, SubmitError>> + Send + use<> {
        let asked =
            Asked { instance: lease.key.instance, command, by: None, id, lease: Some(lease) };
        self.queue_in(Lane::Machines, asked)
    }

    /// Sends at once, so that who waits for the answer does not carry the command along: what waits is
    /// moved several times.
    fn queue_in(
        &self,
        lane: Lane,
        asked: Asked,
    ) -> impl Future<Output = Result<TurnDone, SubmitError>> + Send + use<> {
        let sent = self.send(lane, asked);
        async move { sent?.await }
    }

    /// Puts a request of the system's own behind those that wait; the answer can be waited for.
    pub(super) fn ask(
        &self,
        instance: InstanceId,
        command: Command,
        id: Option<CommandId>,
    ) -> Result<Answered, SubmitError> {
        self.send(Lane::Machines, Asked { instance, command, by: None, id, lease: None })
    }

    /// Lets a turn go on that was interrupted, however often that takes.
    pub(super) fn go_on(&self, instance: InstanceId) -> Result<(), SubmitError> {
        let accepted = Accepted::continuation(instance, &self.chance);
        self.entrance.send(Lane::Machines, accepted).map_err(|error| refusal(&error))
    }

    fn send(&self, lane: Lane, asked: Asked) -> Result<Answered, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let accepted = Accepted::new(asked, Some(answer), &self.chance);
        if let Err(error) = self.entrance.send(lane, accepted) {
            let refused = refusal(&error);
            self.measures.answered(&Err(refused.clone()));
            return Err(refused);
        }
        let answered = answered.map(|answer| answer.unwrap_or(Err(SubmitError::ShuttingDown)));
        Ok(answered.boxed())
    }

    /// Requests that wait to be carried out: of people, then of machines.
    pub fn waiting(&self) -> [usize; 2] {
        [Lane::People, Lane::Machines].map(|lane| self.entrance.waiting(lane))
    }

    /// Whether requests are carried out.
    pub fn is_running(&self) -> bool {
        !self.entrance.is_closed()
    }

    /// A number for a new instance.
    pub fn new_instance_id(&self) -> InstanceId {
        InstanceId::new(self.store.new_number(self.clock.now()))
    }

    /// Refuses further requests, carries out and answers those accepted, and ends.
    pub async fn shutdown(&self) {
        let running = self.running.lock().await.take();
        if let Some(Running { stop, task }) = running {
            let _ = stop.send(());
            if let Err(error) = task.await {
                tracing::error!(%error, "the committer ended by a bug");
            }
        }
    }
}

/// Why a request cannot even wait.
fn refusal(error: &mpsc::error::TrySendError<Accepted>) -> SubmitError {
    match error {
        mpsc::error::TrySendError::Full(_) => SubmitError::Overloaded,
        mpsc::error::TrySendError::Closed(_) => SubmitError::ShuttingDown,
    }
}
