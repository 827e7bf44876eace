//! The task that begins jobs: takes in what was leased, and gives each a place when there is one.
//!
//! Never waits for the database or for a job: looks, reads and attempts go on beside it, so that one
//! type holds up no other.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use spartito_core::time::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::attempt::try_once;
use super::line::{Leasehold, Line};
use super::look::look;
use super::places::Place;
use super::{Handed, JobDesk};
use crate::runtime::Runtime;

/// A look that is going on; gives what it has taken.
type Looking = BoxFuture<'static, Vec<Leasehold>>;

pub(super) struct Taker {
    /// Shared by the attempts, of which there are many.
    runtime: Arc<Runtime>,
    desk: JobDesk,
    line: Line,
    looking: Option<Looking>,
    attempts: TaskTracker,
    /// That of the server when the jobs in the line were leased.
    epoch: i64,
}

impl Taker {
    pub(super) fn new(runtime: Runtime, desk: JobDesk, attempts: TaskTracker) -> Self {
        let epoch = runtime.store.epoch();
        let (runtime, line) = (Arc::new(runtime), Line::default());
        Self { runtime, desk, line, looking: None, attempts, epoch }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Handed>, stop: CancellationToken) {
        let (clock, wake) = (Arc::clone(&self.runtime.clock), Arc::clone(&self.desk.wake));
        let places = Arc::clone(&self.desk.places);
        loop {
            self.begin_all(clock.now());
            let (due, late_at) = (wake.due(), self.line.late_at());
            let is_looking = self.looking.is_some();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                handed = inbox.recv() => match handed {
                    Some(handed) => self.take_in(handed, &mut inbox),
                    None => break,
                },
                () = places.freed() => {}
                taken = found(&mut self.looking) => {
                    self.looking = None;
                    self.join(taken);
                }
                () = wake.changed() => {}
                () = clock.sleep_until(due), if !is_looking => {
                    wake.forget();
                    self.looking = Some(look(Arc::clone(&self.runtime), self.desk.clone()).boxed());
                }
                () = clock.sleep_until(late_at.unwrap_or(Timestamp::MAX)), if late_at.is_some() => {}
            }
        }
        self.end(inbox).await;
    }

    fn take_in(&mut self, Handed(job): Handed, inbox: &mut mpsc::Receiver<Handed>) {
        let now = self.runtime.clock.now();
        self.line.join(job, now);
        while let Ok(Handed(job)) = inbox.try_recv() {
            self.line.join(job, now);
        }
    }

    fn join(&mut self, taken: Vec<Leasehold>) {
        let now = self.runtime.clock.now();
        for job in taken {
            self.line.join(job, now);
        }
    }

    /// Begins as many jobs of the line as there are places for. What has waited for too long is given
    /// back instead.
    fn begin_all(&mut self, now: Timestamp) {
        let late = self.line.take_late(now);
        if !late.is_empty() {
            tracing::debug!(jobs = late.len(), "jobs have waited in memory for too long");
            self.desk.unused.leave(late.iter().map(Leasehold::held));
        }
        let epoch = self.runtime.store.epoch();
        if epoch != self.epoch {
            // This server was away: others may have what was leased to it.
            self.epoch = epoch;
            self.leave_line();
        }
        while !self.runtime.outbound.is_held()
            && let Some((job, place)) = self.line.next(now)
        {
            if job.lasts(now) {
                self.begin(job, place);
            } else {
                self.desk.unused.leave([job.held()]);
            }
        }
    }

    fn leave_line(&mut self) {
        self.desk.unused.leave(self.line.take_all().iter().map(Leasehold::held));
    }

    /// Begins an attempt in a task of its own.
    fn begin(&self, mut job: Leasehold, place: Place) {
        let job_type = job.room.kind().job_type();
        let Some(connector) = self.runtime.connectors.get(job_type).cloned() else { return };
        let (runtime, unused) = (Arc::clone(&self.runtime), self.desk.unused.clone());
        self.attempts.spawn(async move {
            try_once(&runtime, connector.as_ref(), (&mut job, &place), &unused).await;
        });
    }

    /// Leaves all that was not begun to be given back, also what is still on its way.
    async fn end(mut self, mut inbox: mpsc::Receiver<Handed>) {
        self.leave_line();
        inbox.close();
        while let Some(Handed(job)) = inbox.recv().await {
            self.desk.unused.leave([job.held()]);
        }
        if let Some(looking) = self.looking {
            self.desk.unused.leave(looking.await.iter().map(Leasehold::held));
        }
    }
}

/// What a look has taken; never, where none goes on.
async fn found(looking: &mut Option<Looking>) -> Vec<Leasehold> {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    }
}
