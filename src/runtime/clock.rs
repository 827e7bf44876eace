//! What time it is, and waiting until a moment. The only reader of the wall clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use spartito_core::time::Timestamp;
use tokio::sync::watch;

use crate::store::Store;

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Waits until `at`; at once where that is past.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()>;

    /// Whether it goes by itself, as all clocks of the world do. Where several servers share a
    /// database, the clock of the database is gone by instead.
    fn is_real(&self) -> bool {
        false
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest single sleep, so that a clock that is set forward is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(ms).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(sleep_by(|| self.now(), at))
    }

    fn is_real(&self) -> bool {
        true
    }
}

/// Sleeps until `now` says that it is `at`.
async fn sleep_by(now: impl Fn() -> Timestamp, at: Timestamp) {
    loop {
        let left = u64::try_from(at.millis_since(now())).unwrap_or(0);
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(left).min(SLEEP_MAX)).await;
    }
}

/// The clock of the database that several servers share, so that all of them mean the same moment
/// however their own clocks are set.
pub(super) struct SharedClock {
    store: Store,
    own: Arc<dyn Clock>,
}

impl SharedClock {
    /// The clock that a server goes by whose own is `own`.
    pub(super) fn over(store: &Store, own: Arc<dyn Clock>) -> Arc<dyn Clock> {
        if store.is_shared() && own.is_real() {
            Arc::new(Self { store: store.clone(), own })
        } else {
            own
        }
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.store.shared_time().unwrap_or_else(|| self.own.now())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(sleep_by(|| self.now(), at))
    }

    fn is_real(&self) -> bool {
        true
    }
}

/// A clock that stands still until it is moved; for tests and simulations.
#[derive(Debug, Clone)]
pub struct SimulatedClock {
    now: Arc<watch::Sender<Timestamp>>,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now: Arc::new(watch::Sender::new(start)) }
    }

    /// Moves the clock forward and wakes who waits for a moment passed.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now.send_modify(|now| *now = now.plus_millis_saturating(ms));
    }

    /// Sets the clock back, as somebody does who corrects one that was ahead.
    pub fn set_back(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now.send_modify(|now| *now = now.plus_millis_saturating(-ms));
    }

    /// The moment that it will be after `advance(by)`.
    pub fn now_plus(&self, by: Duration) -> Timestamp {
        self.now().plus_millis_saturating(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at).await.is_err() {
                // Nobody can move the clock any more.
                std::future::pending::<()>().await;
            }
        })
    }
}
