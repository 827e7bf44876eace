//! What must hold when all is over, whatever went wrong before.

use std::collections::{BTreeMap, BTreeSet};

use spartito::store::{InstanceRow, InstanceStatus, Kept, Store, StoredTurn};
use spartito_core::engine::event::{Caller, Waited};
use spartito_core::engine::state::Work;
use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{CommandId, ElementInstanceId, InstanceId, JobKey, SubscriptionId};
use spartito_core::time::Timestamp;

use crate::clients::{Book, Told};
use crate::processes::STARTS_BY_TIMER;
use crate::recount::{all_instances, assert_counts};
use crate::world::Effect;

/// How far the clocks of two servers are apart at most: each knows the time of the database as well
/// as it got an answer within the time for a renewal of its lease.
const CLOCKS_APART_MS: i64 = 3_000;

/// Why it is not quiet: what ought to go on by itself. Nothing that lasts may be among it.
pub async fn unrest(store: &Store, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    for row in store.outgoing(0, true, 100).await.unwrap() {
        found.push(format!("{:?} is not done: {:?}", row.origin, row.entry));
    }
    for row in store.kept_messages(Kept::Due, now, 0, 100).await.unwrap() {
        found.push(format!("a message is waited for: {:?}", row.entry));
    }
    for instance in store.interrupted_instances().await.unwrap() {
        found.push(format!("instance {instance} is in the middle of a turn"));
    }
    for start in store.due_starts(Timestamp::MAX, 100).await.unwrap() {
        found.push(format!("{start:?}"));
    }
    for timer in store.due_timers(Timestamp::MAX, 100).await.unwrap() {
        found.push(format!("{timer:?}"));
    }
    if !found.is_empty() {
        return found;
    }
    for row in all_instances(store).await {
        if row.status == InstanceStatus::Active {
            let (state, _) = store.load_state(row.id).await.unwrap().unwrap();
            unrest_of(store, &row, &state, &mut found).await;
        }
    }
    found
}

/// What an open instance waits for in vain.
async fn unrest_of(
    store: &Store,
    row: &InstanceRow,
    state: &InstanceState,
    found: &mut Vec<String>,
) {
    let id = row.id;
    if state.is_suspended() {
        found.push(format!("instance {id} is suspended"));
    }
    let stopped: BTreeSet<_> = state.incidents().map(|(_, incident)| incident.element).collect();
    for (element, job) in state.jobs() {
        if job.retries > 0 || !stopped.contains(&element) {
            found.push(format!("job {element:?} of instance {id} is not done: {job:?}"));
        }
    }
    for (element, visit) in state.elements() {
        if matches!(visit.work, Some(Work::Call)) && !stopped.contains(&element) {
            // The store knows it by its place alone.
            let caller = Caller { instance: id, element, depth: 0, caught: None };
            if store.open_called(&caller).await.unwrap().is_empty() {
                found.push(format!("instance {id} waits for a call that is over"));
            }
        }
    }
    let waits = state.user_tasks().count() + state.subscriptions().count() + state.jobs().count();
    let calls = state.elements().any(|(_, visit)| matches!(visit.work, Some(Work::Call)));
    if waits == 0 && stopped.is_empty() && !calls {
        found.push(format!("instance {id} waits for nothing: {state:?}"));
    }
}

/// What all journals say.
#[derive(Default)]
struct History {
    turns: BTreeMap<InstanceId, Vec<StoredTurn>>,
    created: BTreeSet<JobKey>,
    completed: BTreeMap<JobKey, u32>,
    called: BTreeMap<(InstanceId, ElementInstanceId), u32>,
    messages_received: usize,
}

impl History {
    async fn read(store: &Store, rows: &[InstanceRow]) -> Self {
        let mut history = Self::default();
        for row in rows {
            let turns = store.turns(row.id, 0, 10_000).await.unwrap();
            history.read_instance(row.id, &turns);
            let state = turns.iter().flat_map(|turn| &turn.events).fold(
                InstanceState::default(),
                |mut state, event| {
                    state.apply(event);
                    state
                },
            );
            let (kept, position) = store.load_state(row.id).await.unwrap().unwrap();
            assert_eq!(position, turns.len() as u64);
            assert_eq!(kept, state, "the journal of {} says what its snapshot says", row.id);
            history.turns.insert(row.id, turns);
        }
        history
    }

    fn read_instance(&mut self, instance: InstanceId, turns: &[StoredTurn]) {
        let mut waits: BTreeMap<SubscriptionId, Waited> = BTreeMap::new();
        let mut before = Timestamp::EPOCH;
        let allowed = |at: Timestamp| at.plus_millis_saturating(CLOCKS_APART_MS);
        for (position, turn) in (1..).zip(turns) {
            assert_eq!(turn.position, position, "no turn of {instance} is missing");
            assert!(allowed(turn.at) >= before, "{} comes after {before} in {instance}", turn.at);
            before = turn.at;
            for event in &turn.events {
                self.read_event(instance, event);
                assert_timers(instance, &mut waits, event, turn.at);
                if let Event::EventOccurred { subscription, .. } = event
                    && matches!(waits.get(subscription), Some(Waited::Message { .. }))
                {
                    self.messages_received += 1;
                }
            }
        }
    }

    fn read_event(&mut self, instance: InstanceId, event: &Event) {
        if let Event::JobCreated { element, .. } = event {
            self.created.insert(JobKey { instance, number: *element });
        } else if let Event::JobCompleted { element } = event {
            *self.completed.entry(JobKey { instance, number: *element }).or_default() += 1;
        } else if let Event::InstanceStarted { caller: Some(caller), .. } = event {
            *self.called.entry((caller.instance, caller.element)).or_default() += 1;
        }
    }
}

/// A timer occurs once for each moment that it waits for, and never before.
fn assert_timers(
    instance: InstanceId,
    waits: &mut BTreeMap<SubscriptionId, Waited>,
    event: &Event,
    at: Timestamp,
) {
    if let Event::SubscriptionOpened { subscription, waits: waited, .. } = event {
        waits.insert(*subscription, waited.clone());
    }
    let Event::EventOccurred { subscription, next } = event else { return };
    let Some(Waited::Timer { due, .. }) = waits.get(subscription) else { return };
    let due = *due;
    assert!(due <= at, "{subscription:?} of {instance} occurred at {at}, before {due}");
    match next {
        Some(Waited::Timer { due: next_due, .. }) => {
            assert!(*next_due > due, "{subscription:?} of {instance} goes on");
            waits.insert(*subscription, next.clone().expect("it is there"));
        }
        Some(_) | None => drop(waits.remove(subscription)),
    }
}

/// All turns of all instances, one a line.
pub async fn journal(store: &Store) -> Vec<String> {
    let mut lines = Vec::new();
    for row in all_instances(store).await.into_iter().rev() {
        for turn in store.turns(row.id, 0, 10_000).await.unwrap() {
            lines.push(format!("{} {turn:?}", row.id));
        }
    }
    lines
}

/// Checks all that must hold.
pub async fn verify(store: &Store, now: Timestamp, book: &Book, effects: &[Effect]) {
    let rows = all_instances(store).await;
    let history = History::read(store, &rows).await;
    verify_told(store, book, &history).await;
    verify_effects(effects, &history);
    verify_starts(book, &rows, &history);
    assert_counts(store, now).await;
}

/// The turn that a command has made.
async fn turn_of(store: &Store, id: CommandId) -> Option<(InstanceId, StoredTurn)> {
    let found = store.settled_turns_of(&[id]).await.unwrap().into_iter().next();
    found.map(|(_, instance, turn)| (instance, turn))
}

/// Nothing acknowledged is lost, and nothing refused was done.
async fn verify_told(store: &Store, book: &Book, history: &History) {
    let (told, refused) = {
        let pages = book.pages();
        (pages.told.clone(), pages.refused.clone())
    };
    for (id, (told, ..)) in &told {
        let (instance, turn) = turn_of(store, *id)
            .await
            .unwrap_or_else(|| panic!("what was acknowledged is lost: {id:?} {told:?}"));
        let stored = Told { instance, position: turn.position, events: turn.events.into() };
        assert_eq!(*told, stored, "what was acknowledged is what is stored");
        let turns = &history.turns[&instance];
        let at = usize::try_from(told.position).unwrap() - 1;
        assert_eq!(turns[at].events, *told.events);
    }
    for id in refused {
        let turn = turn_of(store, id).await;
        assert!(turn.is_none() || told.contains_key(&id), "{id:?} was refused and done: {turn:?}");
    }
}

/// Every job that was completed has had its effect, and nothing was done for a job that is not
/// there.
fn verify_effects(effects: &[Effect], history: &History) {
    let had: BTreeSet<JobKey> = effects.iter().map(|effect| effect.key).collect();
    for key in &had {
        assert!(history.created.contains(key), "a call for {key}, which was never committed");
    }
    for (key, times) in &history.completed {
        assert_eq!(*times, 1, "{key} was completed once");
        assert!(had.contains(key), "{key} was completed without a call");
    }
}

/// What starts by itself has started, once.
fn verify_starts(book: &Book, rows: &[InstanceRow], history: &History) {
    for (caller, times) in &history.called {
        assert_eq!(*times, 1, "{caller:?} has called once");
    }
    let of = |process: &'static str| rows.iter().filter(move |row| row.process.as_str() == process);
    let by_timer = of("clock").count();
    assert!((1..=STARTS_BY_TIMER).contains(&by_timer), "{by_timer} starts by a timer");
    let mut started: BTreeMap<String, u32> = BTreeMap::new();
    for row in of("receiver") {
        *started.entry(row.business_key.clone().unwrap_or_default()).or_default() += 1;
    }
    let pages = book.pages();
    let ordered: BTreeMap<String, u32> = pages.ordered.iter().map(|key| (key.clone(), 1)).collect();
    assert_eq!(started, ordered, "each order has started one instance");
    let thrown = of("thrower").count();
    assert!(
        history.messages_received <= pages.paid + thrown,
        "{} payments were received, {} were made and {thrown} thrown at most",
        history.messages_received,
        pages.paid
    );
}
