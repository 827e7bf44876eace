//! The task that serves workers who wait: those who came first are served first.
//!
//! Sleeps until a job of a type that somebody waits for can be taken. Takes jobs for all who can be
//! served in one transaction. Never waits for a worker, and never lets one type wait for another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use spartito_core::time::Timestamp;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hand_over::{hand_over, nothing};
use super::{Inbox, Poll};
use crate::runtime::Runtime;
use crate::runtime::background::Background;
use crate::store::{DueJobs, JobTaker, Leased, StoreError, TakenJob, Unused, WantedJobs};

/// Workers that are served by one transaction.
const POLLS_PER_LOOK_MAX: usize = 64;
/// How often it is looked without being told, where word from another server may have been lost, or a
/// bound keeps jobs back.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Pause after the database failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Time that hand-overs under way get when all is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// The task. Once stopped it hands out nothing more, who waits is sent away, and what nobody got is
/// given back.
pub(in crate::runtime) fn start(runtime: &Runtime, inbox: Inbox) -> Background {
    Background::start("hand-over of jobs to workers", |stop| {
        let server = Server {
            runtime: runtime.clone(),
            inbox,
            waiting: VecDeque::new(),
            unused: Vec::new(),
            hand_overs: TaskTracker::new(),
            is_kept_back: false,
            stop,
        };
        server.run()
    })
}

struct Server {
    runtime: Runtime,
    inbox: Inbox,
    waiting: VecDeque<Poll>,
    /// What nobody got after all; given back before more is taken.
    unused: Vec<Unused>,
    /// Those under way.
    hand_overs: TaskTracker,
    /// Whether jobs are there that those who wait did not get.
    is_kept_back: bool,
    stop: CancellationToken,
}

impl Server {
    async fn run(mut self) {
        let wake = Arc::clone(&self.runtime.workers.0.wake);
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = wake.due();
            let is_awaited = !self.waiting.is_empty();
            let has_work = is_awaited || !self.unused.is_empty();
            let sweeps = is_awaited && (self.is_kept_back || self.runtime.store.is_shared());
            let clock = Arc::clone(&self.runtime.clock);
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return self.end().await,
                Some(unused) = self.inbox.given_back.recv() => {
                    self.unused.extend(unused);
                    self.take_back();
                    self.serve().await;
                }
                Some(poll) = self.inbox.polls.recv() => {
                    self.waiting.push_back(poll);
                    while let Ok(poll) = self.inbox.polls.try_recv() {
                        self.waiting.push_back(poll);
                    }
                    self.serve().await;
                }
                () = wake.changed() => {}
                () = clock.sleep_until(due), if has_work => self.serve().await,
                _ = sweep.tick(), if sweeps => self.serve().await,
            }
        }
    }

    /// Takes what has come back meanwhile.
    fn take_back(&mut self) {
        while let Ok(unused) = self.inbox.given_back.try_recv() {
            self.unused.extend(unused);
        }
    }

    async fn end(mut self) {
        self.waiting.clear();
        self.hand_overs.close();
        if tokio::time::timeout(GRACE, self.hand_overs.wait()).await.is_err() {
            tracing::warn!("jobs on their way to workers come back when their leases end");
        }
        self.take_back();
        let (store, now) = (&self.runtime.store, self.runtime.clock.now());
        if let Err(error) = store.give_jobs_back(&mut self.unused, now).await {
            tracing::warn!(%error, "jobs that nobody got come back when their leases end");
        }
    }

    /// Serves who can be served.
    async fn serve(&mut self) {
        self.runtime.workers.0.wake.forget();
        self.is_kept_back = false;
        self.waiting.retain(|poll| !poll.answer.is_closed());
        let runtime = self.runtime.clone();
        let back = runtime.store.give_jobs_back(&mut self.unused, runtime.clock.now()).await;
        if let Err(error) = back {
            return self.pause(&error).await;
        }
        if self.waiting.is_empty() {
            return;
        }
        if runtime.outbound.is_held() || !runtime.store.holds_lease() {
            self.is_kept_back = true;
            self.waiting.iter_mut().for_each(|poll| poll.is_looked_for = true);
        } else if let Err(error) = self.look().await {
            return self.pause(&error).await;
        }
        self.send_away();
    }

    async fn pause(&self, error: &StoreError) {
        tracing::error!(%error, "no jobs can be handed out now");
        tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        self.runtime.workers.look_again();
    }

    /// Answers those who do not wait, as soon as it was looked for them.
    fn send_away(&mut self) {
        let (over, waiting): (VecDeque<Poll>, VecDeque<Poll>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|poll| poll.is_looked_for && poll.ask.wait.is_none());
        self.waiting = waiting;
        for poll in over {
            drop(poll.answer.send(nothing()));
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let runtime = self.runtime.clone();
        let now = runtime.clock.now();
        let mut due = runtime.store.jobs_due(&self.types()).await?;
        let mut is_given = false;
        // Types of which there is nothing more to be had: they hold up nobody who wants others.
        let mut exhausted = BTreeSet::new();
        loop {
            let chosen = self.choose(&due, now, &exhausted);
            if chosen.is_empty() {
                break;
            }
            let wanted: Vec<WantedJobs> = chosen.iter().map(|(_, want)| want.clone()).collect();
            let given = runtime.store.lease_jobs(now, &wanted).await.map_err(|why| {
                self.unused.extend(why.unused);
                why.error
            })?;
            for (want, leased) in wanted.into_iter().zip(&given) {
                is_given |= !leased.is_empty();
                if leased.len() < want.limit as usize {
                    exhausted.insert(want.job_type);
                }
            }
            self.deal(chosen.into_iter().zip(given).collect());
        }
        if is_given && !self.waiting.is_empty() {
            // Others may wait for the end of the new leases.
            due = runtime.store.jobs_due(&self.types()).await?;
        }
        self.is_kept_back = due.iter().any(|jobs| jobs.due <= now);
        for jobs in due.iter().filter(|jobs| jobs.due > now) {
            runtime.workers.0.wake.at(jobs.due);
        }
        Ok(())
    }

    /// The types that somebody waits for.
    fn types(&self) -> Vec<&str> {
        let types: BTreeSet<&str> =
            self.waiting.iter().map(|poll| poll.ask.job_type.as_str()).collect();
        types.into_iter().collect()
    }

    /// The first ones whose types have jobs to take now, as places in the queue, with what they want.
    fn choose(
        &mut self,
        due: &[DueJobs],
        now: Timestamp,
        exhausted: &BTreeSet<String>,
    ) -> Vec<(usize, WantedJobs)> {
        let mut priorities: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for jobs in due.iter().filter(|jobs| jobs.due <= now) {
            priorities.entry(&jobs.job_type).or_default().push(jobs.priority);
        }
        let limits = &self.runtime.workers.0.limits;
        let mut chosen = Vec::new();
        for (place, poll) in self.waiting.iter_mut().enumerate() {
            let ask = &poll.ask;
            let found = priorities.get(ask.job_type.as_str());
            let Some(priorities) = found.filter(|_| !exhausted.contains(&ask.job_type)) else {
                poll.is_looked_for = true;
                continue;
            };
            if chosen.len() == POLLS_PER_LOOK_MAX {
                break;
            }
            poll.is_looked_for = true;
            let want = WantedJobs {
                job_type: ask.job_type.clone(),
                by: JobTaker::Worker(ask.worker.clone()),
                until: now.plus_millis_saturating(ask.lease_ms),
                limit: ask.jobs_max,
                together_max: limits.get(&ask.job_type).copied(),
                priorities: priorities.clone(),
            };
            chosen.push((place, want));
        }
        chosen
    }

    /// Hands out what was taken, each in a task of its own: an instance that takes long to be read
    /// holds up nobody else.
    fn deal(&mut self, given: Vec<((usize, WantedJobs), Vec<TakenJob>)>) {
        for ((place, want), taken) in given.into_iter().rev() {
            if taken.is_empty() {
                continue;
            }
            let leased: Vec<Leased> = taken.into_iter().map(|job| job.leased).collect();
            let poll = self.waiting.remove(place).expect("the places are those of the queue");
            self.hand_overs.spawn(hand_over(self.runtime.clone(), poll, leased, want.until));
        }
    }
}
