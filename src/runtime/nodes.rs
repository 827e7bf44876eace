//! Watches the servers that share the database: goes on with what one has left that has gone, and
//! shares out the timers among those that live.
//!
//! Looks every second, whatever it is told: word from others only makes it sooner. Never takes what
//! a live server has in hand.

use std::sync::Arc;
use std::time::Duration;

use spartito_core::engine::Command;
use spartito_core::ids::InstanceId;
use spartito_core::time::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::exchange::ExchangeDesk;
use super::jobs::JobDesk;
use super::live::Change;
use super::neighbors::{Neighbors, Word};
use super::wake::Wake;
use super::{Definitions, Runtime};
use crate::store::{NodeRow, Store, StoreError};

/// How often the others are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Seats of a database.
const SEATS: i64 = 64;

/// Where work is left for those who do it.
#[derive(Clone)]
pub(super) struct Desks {
    pub(super) jobs: JobDesk,
    pub(super) exchange: ExchangeDesk,
    pub(super) timers: Arc<Wake>,
}

impl Desks {
    fn look_again(&self) {
        self.jobs.look_again();
        self.exchange.look_again();
        self.timers.now();
    }
}

/// The tasks that watch the others and talk with them.
pub(super) struct NodeTasks {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl NodeTasks {
    /// Starts them; none where the database cannot be shared.
    pub(super) fn start(runtime: &Runtime, desks: Desks, neighbors: Neighbors) -> Self {
        let stop = CancellationToken::new();
        let store = runtime.store.clone();
        if !store.is_shared() {
            return Self { stop, tasks: Vec::new() };
        }
        let told = Arc::new(Notify::new());
        let heed = {
            let (runtime, desks, told) = (runtime.clone(), desks.clone(), Arc::clone(&told));
            move |word| heed(word, &runtime, &desks, &told)
        };
        let watch = Watch {
            runtime: runtime.clone(),
            desks,
            neighbors: neighbors.clone(),
            told,
            epoch: store.epoch(),
            deployments: None,
        };
        let listening = neighbors.clone().listen_on(store.clone(), stop.clone(), heed);
        let telling = neighbors.tell_on(store, stop.clone());
        let tasks = vec![
            tokio::spawn(watch.run(stop.clone())),
            tokio::spawn(listening),
            tokio::spawn(telling),
        ];
        Self { stop, tasks }
    }

    /// Ends them; what is to be told is told first.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task that watches other servers ended by a bug");
            }
        }
    }
}

/// Does what a word asks for; `None` where some may have been missed.
fn heed(word: Option<Word>, runtime: &Runtime, desks: &Desks, told: &Notify) {
    let Some(word) = word else {
        desks.look_again();
        runtime.live.relay(Change::everything());
        tokio::spawn(reread(runtime.definitions.clone()));
        told.notify_one();
        return;
    };
    for change in word.changes() {
        runtime.live.relay(change);
    }
    if let Some(due) = word.timer_due() {
        desks.timers.at(due);
    }
    if word.has_jobs() {
        desks.jobs.look_again();
    }
    if word.has_deployed() {
        tokio::spawn(reread(runtime.definitions.clone()));
    }
    if word.has_nodes() {
        told.notify_one();
    }
}

async fn reread(definitions: Definitions) {
    if let Err(error) = definitions.reread().await {
        // The next look finds that something was deployed.
        tracing::warn!(%error, "what another server deployed cannot be read now");
    }
}

struct Watch {
    runtime: Runtime,
    desks: Desks,
    neighbors: Neighbors,
    told: Arc<Notify>,
    epoch: i64,
    deployments: Option<(i64, i64)>,
}

impl Watch {
    async fn run(mut self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the other servers cannot be looked at now");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.told.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        self.neighbors.nodes();
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let store = &self.runtime.store;
        let epoch = store.epoch();
        let was_away = std::mem::replace(&mut self.epoch, epoch) != epoch;
        self.runtime.outbound.look().await?;
        let found = look_at_others(store, self.runtime.clock.now()).await?;
        let has_come = found.are_others && !self.neighbors.are_there();
        self.neighbors.set_there(found.are_others);
        self.neighbors.beat();
        if has_come {
            // The other one is to know as well, even where it has looked before this one was there.
            self.neighbors.nodes();
        }
        let deployments = store.deployments_mark().await?;
        if self.deployments.is_some_and(|before| before != deployments) {
            self.runtime.definitions.reread().await?;
        }
        self.deployments = Some(deployments);
        if was_away || found.has_taken_over {
            for instance in store.interrupted_instances().await? {
                self.go_on(instance);
            }
            self.desks.look_again();
        }
        if was_away {
            self.runtime.live.relay(Change::everything());
        }
        Ok(())
    }

    /// Lets a turn go on that was interrupted. Where another server does so too, the one that comes
    /// later finds nothing to do.
    fn go_on(&self, instance: InstanceId) {
        if let Err(error) = self.runtime.orchestrator.ask(instance, Command::Continue, None) {
            tracing::warn!(%instance, %error, "a turn is not continued now");
        }
    }
}

/// What a look at the others has found.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Found {
    are_others: bool,
    has_taken_over: bool,
}

/// Takes over what servers have left that have gone, and sets whose timers this one fires.
pub(super) async fn look_at_others(store: &Store, now: Timestamp) -> Result<Found, StoreError> {
    let nodes = store.nodes().await?;
    let mut found = Found::default();
    if nodes.is_empty() {
        return Ok(found);
    }
    let own = store.committer();
    found.are_others = nodes.iter().any(|node| node.is_live && node.seat != own);
    store.set_share(share(&nodes, own));
    for gone in nodes.iter().filter(|node| !node.is_live && node.has_work_left) {
        if gone.seat == own {
            // Our own lease is over: whoever renews it says so.
            continue;
        }
        if let Some(left) = store.take_over(gone, now).await? {
            let (jobs, outgoing, name) = (left.jobs, left.outgoing, &gone.name);
            tracing::info!(
                name,
                jobs,
                outgoing,
                "going on with the work of a server that has gone"
            );
            found.has_taken_over = true;
        }
    }
    Ok(found)
}

/// The seats whose timers the server in seat `own` fires, as bits: its own, and of those that are
/// empty its share.
fn share(nodes: &[NodeRow], own: i64) -> i64 {
    let mut live: Vec<i64> = nodes
        .iter()
        .filter(|node| node.is_live && node.seat != own)
        .map(|node| node.seat)
        .collect();
    live.push(own);
    live.sort_unstable();
    let count = i64::try_from(live.len()).unwrap_or(1);
    (0..SEATS)
        .filter(|seat| {
            if live.contains(seat) {
                return *seat == own;
            }
            let place = usize::try_from(seat % count).unwrap_or(0);
            live[place] == own
        })
        .fold(0, |bits, seat| bits | (1 << seat))
}
