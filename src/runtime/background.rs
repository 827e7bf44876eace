//! A task that works by itself until it is told to stop.
//!
//! Never says what the task does.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The running task.
pub(super) struct Background {
    /// What it is, for the log.
    name: &'static str,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Background {
    /// Starts the task that `work` gives, which looks at the token and ends soon after it was told.
    pub(super) fn start<F>(name: &'static str, work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(stop.clone()));
        Self { name, stop, task }
    }

    /// Starts a task that can be ended wherever it waits.
    pub(super) fn breaking_off(
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self::start(name, |stop| async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = work => {}
            }
        })
    }

    /// Tells the task to stop, and waits until it has.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, task = self.name, "a task that works by itself ended by a bug");
        }
    }
}
