//! Watches the servers that share the database: goes on with what one has left that has gone, and
//! shares out the timers among those that live.
//!
//! Looks every second, whatever it is told: word from others only makes it sooner. Never takes what
//! a live server has in hand.

use std::sync::Arc;
use std::time::Duration;

use spartito_core::time::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::exchange::ExchangeDesk;
use super::jobs::JobDesk;
use super::live::Change;
use super::neighbors::{Neighbors, Word};
use super::wake::Wake;
use super::workers::Workers;
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
    pub(super) workers: Workers,
    pub(super) exchange: ExchangeDesk,
    pub(super) timers: Arc<Wake>,
}

impl Desks {
    fn look_again(&self) {
        self.jobs.look_again();
        self.workers.look_again();
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
            was_away: false,
            has_taken_over: false,
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
    for (mark, due) in word.outside() {
        desks.workers.told(mark, due);
    }
    if word.has_outside() {
        desks.workers.look_again();
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
    /// This server was away, and nothing was done about it yet.
    was_away: bool,
    /// Work was taken over, and nobody was told of it yet.
    has_taken_over: bool,
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
        self.was_away |= std::mem::replace(&mut self.epoch, epoch) != epoch;
        self.runtime.outbound.look().await?;
        let now = self.runtime.clock.now();
        let are_others = look_at_others(store, now, &mut self.has_taken_over).await?;
        let has_come = are_others && !self.neighbors.are_there();
        self.neighbors.set_there(are_others);
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
        if self.was_away || self.has_taken_over {
            self.desks.look_again();
            // Where another server goes on with them too, the one that comes later finds nothing to
            // do. What cannot be asked for now is so after the next look.
            for instance in store.interrupted_instances().await? {
                if let Err(error) = self.runtime.orchestrator.go_on(instance) {
                    tracing::warn!(%instance, %error, "a turn is not continued now");
                    return Ok(());
                }
            }
        }
        self.has_taken_over = false;
        if std::mem::take(&mut self.was_away) {
            self.runtime.live.relay(Change::everything());
        }
        Ok(())
    }
}

/// Takes over what servers have left that have gone, and sets whose timers this one fires; says
/// whether there are others. Sets `has_taken_over` where something was, also before an error.
pub(super) async fn look_at_others(
    store: &Store,
    now: Timestamp,
    has_taken_over: &mut bool,
) -> Result<bool, StoreError> {
    let nodes = store.nodes().await?;
    if nodes.is_empty() {
        return Ok(false);
    }
    let own = store.committer();
    let are_others = nodes.iter().any(|node| node.is_live && node.seat != own);
    store.set_share(share(&nodes, own));
    for gone in nodes.iter().filter(|node| !node.is_live && node.has_work_left) {
        if gone.seat == own {
            // Our own lease is over: whoever renews it says so.
            continue;
        }
        // Where it is not known whether it was taken over, it is looked at as though it had been.
        let taken = store.take_over(gone, now).await.inspect_err(|_| *has_taken_over = true)?;
        if let Some(left) = taken {
            let (jobs, outgoing, name) = (left.jobs, left.outgoing, &gone.name);
            tracing::info!(
                name,
                jobs,
                outgoing,
                "going on with the work of a server that has gone"
            );
            *has_taken_over = true;
        }
    }
    Ok(are_others)
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
