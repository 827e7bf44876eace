//! The turns of one batch, made in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use spartito_core::engine::state::Status;
use spartito_core::engine::{Command, Deployed, InstanceState, Rejection, step};
use spartito_core::ids::{CommandId, InstanceId, JobKey, ProcessId};
use tokio::time::Instant;

use super::committer::Accepted;
use super::states::States;
use super::{Definition, Definitions, SubmitError, TurnDone};
use crate::store::{BatchTx, Changes, Hold, Loaded, NewTurn, StoreError, Tracked, Unfinished};

/// Bytes of events of one transaction, and the time in which its turns are made: with more, the
/// rest of the requests is left for the next one, so that nobody waits long for a few large turns.
const BYTES_PER_BATCH_MAX: usize = 4 * 1024 * 1024;
const TIME_PER_BATCH_MAX: Duration = Duration::from_millis(50);

/// A batch as it is being made.
#[derive(Default)]
pub(super) struct Batch {
    /// One for each request, in order; fewer where the batch has reached its bounds.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) changes: Changes,
    pub(super) working: BTreeMap<InstanceId, Working>,
    commands: HashSet<CommandId>,
    /// How long it took to make its turns.
    spent: Duration,
}

/// An instance that the batch works on.
pub(super) struct Working {
    pub(super) loaded: Loaded,
    pub(super) definition: Arc<Definition>,
}

impl Working {
    /// Whether there is anything to come.
    pub(super) fn is_open(&self) -> bool {
        self.loaded.state.status() == Status::Active
    }
}

/// What came of one request.
pub(super) enum Outcome {
    /// A turn; the process is given where something changed.
    Done { turn: TurnDone, change: Option<ProcessId> },
    /// As the request with this id, which comes before in the same batch.
    SameAs(CommandId),
    /// Nothing was done.
    Refused(SubmitError),
    /// Another process works on the instance now.
    HeldElsewhere,
}

/// Why a batch was not made.
pub(super) enum Failure {
    /// A request tripped over a bug.
    Bug { index: usize, message: String },
    /// The database did not take it, surely.
    NotCommitted(StoreError),
    /// The database did not say whether it took it.
    Unknown(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::NotCommitted(error)
    }
}

impl From<Unfinished> for Failure {
    fn from(why: Unfinished) -> Self {
        match why {
            Unfinished::NotWritten(error) => Self::NotCommitted(error),
            Unfinished::Unknown(error) => Self::Unknown(error),
        }
    }
}

/// What the database says before the turns are made.
pub(super) struct Known<'k> {
    definitions: &'k Definitions,
    repeated: HashMap<CommandId, TurnDone>,
    holds: BTreeMap<InstanceId, Hold>,
    /// The present leases of the jobs that workers outside answer to.
    leases: BTreeMap<JobKey, u32>,
}

impl Known<'_> {
    /// Whether a worker answers under a lease that was passed on. A job that is no more is the
    /// engine's matter.
    fn is_late(&self, accepted: &Accepted) -> bool {
        let Some(lease) = accepted.lease else { return false };
        self.leases.get(&lease.key).is_some_and(|present| *present != lease.lease)
    }
}

impl Batch {
    /// One without requests, to be written by `tx`.
    pub(super) fn begin(tx: &BatchTx) -> Self {
        Self { changes: tx.no_changes(), ..Self::default() }
    }

    /// Whether it has reached its bounds.
    pub(super) fn is_full(&self) -> bool {
        self.changes.event_bytes() > BYTES_PER_BATCH_MAX || self.spent > TIME_PER_BATCH_MAX
    }

    /// Reads at once what concerns further requests: which are repeats, and where the instances stand,
    /// which are held from then on.
    pub(super) async fn look_up<'k>(
        &self,
        tx: &mut BatchTx,
        batch: &[Accepted],
        states: &States,
        definitions: &'k Definitions,
    ) -> Result<Known<'k>, StoreError> {
        let repeatable: Vec<CommandId> = batch
            .iter()
            .filter(|accepted| accepted.may_repeat)
            .map(|accepted| accepted.request.id)
            .collect();
        let mut repeated = HashMap::new();
        for (id, instance, turn) in tx.turns_of(&repeatable).await? {
            let (position, events) = (turn.position, turn.events.into());
            repeated.insert(id, TurnDone { instance, position, events, repeated: true });
        }
        let mut instances: Vec<InstanceId> = batch
            .iter()
            .filter(|accepted| !matches!(accepted.request.command, Command::StartInstance { .. }))
            .map(|accepted| accepted.instance)
            .collect();
        instances.sort_unstable();
        instances.dedup();
        let mut kept = BTreeMap::new();
        instances.retain(|instance| {
            let Some(Working { loaded, .. }) = self.working.get(instance) else { return true };
            kept.insert(*instance, Hold::Held { position: loaded.tracked.position });
            false
        });
        if tx.trusts() {
            // Where nobody else writes, what is kept in memory is as it was committed, without a look;
            // where somebody may, that is found out when the batch is written.
            instances.retain(|instance| {
                let Some(position) = states.position(*instance) else { return true };
                tx.rely_on(*instance, position);
                kept.insert(*instance, Hold::Held { position });
                false
            });
        }
        let mut holds = tx.hold(&instances).await?;
        holds.extend(kept);
        let answered: BTreeSet<JobKey> = batch
            .iter()
            .filter(|accepted| !accepted.may_repeat || !repeated.contains_key(&accepted.request.id))
            .filter(|accepted| matches!(holds.get(&accepted.instance), Some(Hold::Held { .. })))
            .filter_map(|accepted| accepted.lease.map(|lease| lease.key))
            .collect();
        let answered: Vec<JobKey> = answered.into_iter().collect();
        let leases = tx.leases(&answered).await?;
        let leases = leases.into_iter().map(|leased| (leased.key, leased.lease)).collect();
        Ok(Known { definitions, repeated, holds, leases })
    }

    /// Makes the turns of further requests, of which this is known, as far as its bounds allow: so many.
    pub(super) async fn make(
        &mut self,
        tx: &mut BatchTx,
        batch: &[Accepted],
        known: &Known<'_>,
        states: &States,
    ) -> Result<usize, Failure> {
        let before = self.outcomes.len();
        let (begin, spent) = (Instant::now(), self.spent);
        for (index, accepted) in batch.iter().enumerate() {
            self.spent = spent + begin.elapsed();
            if self.is_full() && !self.outcomes.is_empty() {
                break;
            }
            let id = accepted.request.id;
            let outcome = if let Some(turn) = known.repeated.get(&id) {
                Outcome::Done { turn: turn.clone(), change: None }
            } else if !self.commands.insert(id) {
                Outcome::SameAs(id)
            } else {
                match self.find(tx, accepted, known, states).await? {
                    Some(refused) => refused,
                    None if known.is_late(accepted) => Outcome::Refused(SubmitError::LeaseLost),
                    None => match target(accepted, known.definitions).await? {
                        Ok(target) => self.turn(accepted, known.definitions, target, index)?,
                        Err(rejection) => Outcome::Refused(SubmitError::Rejected(rejection)),
                    },
                }
            };
            self.outcomes.push(outcome);
            tx.stay().await?;
        }
        Ok(self.outcomes.len() - before)
    }

    /// Brings the instance of a request into `working`, or says why that cannot be.
    async fn find(
        &mut self,
        tx: &mut BatchTx,
        accepted: &Accepted,
        known: &Known<'_>,
        states: &States,
    ) -> Result<Option<Outcome>, Failure> {
        let instance = accepted.instance;
        if self.working.contains_key(&instance) {
            return Ok(None);
        }
        let refused = |error| Ok(Some(Outcome::Refused(error)));
        if let Command::StartInstance { definition, .. } = &accepted.request.command {
            let Some(definition) = known.definitions.get(*definition).await? else {
                return refused(SubmitError::Rejected(Rejection::NotDeployed));
            };
            let tracked = Tracked::default();
            let loaded = Loaded { state: InstanceState::default(), tracked };
            self.working.insert(instance, Working { loaded, definition });
            return Ok(None);
        }
        let position = match known.holds.get(&instance) {
            Some(Hold::Elsewhere) => return Ok(Some(Outcome::HeldElsewhere)),
            Some(Hold::Held { position }) => *position,
            None => 0,
        };
        if position == 0 {
            return refused(SubmitError::UnknownInstance);
        }
        let loaded = match states.take(instance, position) {
            Some(loaded) => loaded,
            None => match tx.load(instance).await? {
                Some(loaded) => loaded,
                None => return refused(SubmitError::UnknownInstance),
            },
        };
        let Some(key) = loaded.state.identity().map(|identity| identity.definition) else {
            return refused(SubmitError::UnknownInstance);
        };
        let Some(definition) = known.definitions.get(key).await? else {
            return refused(SubmitError::Rejected(Rejection::NotDeployed));
        };
        self.working.insert(instance, Working { loaded, definition });
        Ok(None)
    }

    /// Makes the turn of one request.
    fn turn(
        &mut self,
        accepted: &Accepted,
        definitions: &Definitions,
        target: Option<Arc<Definition>>,
        index: usize,
    ) -> Result<Outcome, Failure> {
        let instance = accepted.instance;
        let working = self.working.get_mut(&instance).expect("the instance was found before");
        let Working { loaded: Loaded { state, tracked }, definition } = working;
        let current = definitions.current();
        let deployed = match &target {
            None => definition.deployed(&current),
            Some(target) => {
                Deployed { from: Some(&definition.process), ..target.deployed(&current) }
            }
        };
        let request = &accepted.request;
        let span = tracing::debug_span!(
            parent: &accepted.span,
            "turn",
            instance = %instance,
            command = %request.id,
        );
        // After a panic the whole batch is made again without this request, from clean states.
        let made =
            catch_unwind(AssertUnwindSafe(|| span.in_scope(|| step(deployed, state, request))))
                .map_err(|panic| Failure::Bug { index, message: panic_words(panic.as_ref()) })?;
        let events = match made {
            Ok(events) => events,
            Err(rejection) => {
                if state.identity().is_none() {
                    self.working.remove(&instance);
                }
                return Ok(Outcome::Refused(SubmitError::Rejected(rejection)));
            }
        };
        if let Some(target) = target {
            *definition = target;
        }
        let (position, change) = if events.is_empty() {
            (tracked.position, None)
        } else {
            let by = request.by.as_ref();
            let turn =
                NewTurn { instance, command: request.id, at: request.at, by, events: &events };
            self.changes.add(&turn, tracked, state);
            (tracked.position, state.identity().map(|identity| identity.process.clone()))
        };
        let turn = TurnDone { instance, position, events: events.into(), repeated: false };
        Ok(Outcome::Done { turn, change })
    }
}

/// The version that a migration leads to; `None` for all other requests.
async fn target(
    accepted: &Accepted,
    definitions: &Definitions,
) -> Result<Result<Option<Arc<Definition>>, Rejection>, StoreError> {
    let Command::MigrateInstance { to, .. } = &accepted.request.command else {
        return Ok(Ok(None));
    };
    Ok(definitions.get(*to).await?.map(Some).ok_or(Rejection::NotDeployed))
}

/// What a panic said.
fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no words".to_owned())
}
