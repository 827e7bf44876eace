//! A SQLite file by the driver that blocks: connections that write, and questions that are asked
//! in one piece, all statements of one on a thread that may block.
//!
//! The other driver carries each statement to the thread of its connection and back, which takes
//! longer than most statements. Never writes by a connection that reads.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::StoreError;
use super::database::{BUSY_TIMEOUT, CHECKPOINT_PAGES, STATEMENTS_CACHED_MAX};

pub(super) use rusqlite::{Connection, Row, params};

/// Questions that are asked at the same time; others wait.
const READERS_MAX: usize = 8;
/// Threads that carry out what blocks: one for each question, and two for what writes. They are their own, so
/// that the file does not wait for who looks up a slow name in the network, and few, since each keeps some
/// memory for itself: of those that a standstill makes, all would be used in turn from then on.
const THREADS_MAX: usize = READERS_MAX + 2;
/// How long a connection that reads is kept without a question. Where the machine has stood still, all
/// are needed for a moment, and each takes up to 1 MiB of pages.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Memory for pages of the file, for the connection that writes, in KiB: large enough that the
/// pages that most batches touch stay.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// The same for each connection that reads.
pub(super) const READER_CACHE_KIB: i64 = 1024;

/// The file, how sure a commit is, and the connections that read it.
pub(super) struct SqliteFile {
    path: PathBuf,
    /// Whether the disk has all of a commit before it is acknowledged.
    is_durable: bool,
    /// The one that was used last is used next, so that those at the front have waited longest.
    idle: Mutex<Vec<(Connection, Instant)>>,
    places: Semaphore,
    is_closed: AtomicBool,
    threads: Threads,
}

/// Threads that may block. Made when they are needed.
struct Threads(Option<Runtime>);

impl Threads {
    fn new() -> Self {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(THREADS_MAX).thread_name("sqlite");
        Self(Some(builder.build().expect("nothing of the system is asked for")))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waits for nobody, wherever it is dropped: what goes on comes to its end.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl SqliteFile {
    pub(super) fn new(path: PathBuf, is_durable: bool) -> Self {
        let places = Semaphore::new(READERS_MAX);
        let (idle, is_closed) = (Mutex::default(), AtomicBool::default());
        Self { path, is_durable, idle, places, is_closed, threads: Threads::new() }
    }

    /// Carries out what blocks. It comes to its end even where nobody waits for it any more.
    ///
    /// # Errors
    /// [`StoreError`] where it panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let threads = self.threads.0.as_ref().ok_or(sqlx::Error::PoolClosed)?;
        Ok(threads.spawn_blocking(work).await.map_err(|_| sqlx::Error::WorkerCrashed)?)
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    pub(super) fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// A connection that writes, to a file that is there and laid out.
    pub(super) fn writer(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(WRITER_CACHE_KIB)?;
        let synchronous = if self.is_durable { "full" } else { "normal" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        Ok(connection)
    }

    fn connect(&self, cache_kib: i64) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "cache_size", -cache_kib)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
        Ok(connection)
    }

    /// Asks `question` of what is committed at one moment.
    ///
    /// # Errors
    /// [`StoreError`] of the question, or where the file cannot be read.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.places.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let file = Arc::clone(self);
        let asked = self.run(move || {
            if file.is_closed.load(Ordering::SeqCst) {
                return Err(sqlx::Error::PoolClosed.into());
            }
            let idle = file.idle().pop();
            let connection = match idle {
                Some((connection, _)) => connection,
                None => file.reader()?,
            };
            connection.prepare_cached("begin")?.raw_execute()?;
            let answer = question(&connection)?;
            connection.prepare_cached("commit")?.raw_execute()?;
            // One that has failed is closed, whatever is open on it.
            file.keep(connection);
            Ok(answer)
        });
        asked.await?
    }

    fn reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection for the next question, and closes one that has waited too long.
    fn keep(&self, connection: Connection) {
        let now = Instant::now();
        let mut idle = self.idle();
        let is_old = |(_, since): &(Connection, Instant)| now.duration_since(*since) > IDLE_MAX;
        let old = idle.first().is_some_and(is_old).then(|| idle.remove(0));
        if !self.is_closed.load(Ordering::SeqCst) {
            idle.push((connection, now));
        }
        // Closed while no one waits for the others.
        drop(idle);
        drop(old);
    }

    /// Closes the connections that read, each as soon as it is idle.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.idle().clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn what_blocks_is_done_by_few_threads() {
        let file = SqliteFile::new(PathBuf::new(), true);
        let some = (0..200).map(|_| file.run(|| std::thread::current().id()));
        let by = futures::future::join_all(some).await;
        let threads: HashSet<_> = by.into_iter().map(Result::unwrap).collect();
        assert!(threads.len() <= THREADS_MAX, "{}", threads.len());
        let failed = file.run(|| -> u8 { panic!("an error inside") }).await;
        assert!(failed.is_err());
        assert_eq!(file.run(|| 1).await.unwrap(), 1);
    }

    #[test]
    fn a_connection_that_nobody_needs_is_closed() {
        let file = SqliteFile::new(PathBuf::new(), true);
        let connection = || Connection::open_in_memory().unwrap();
        file.keep(connection());
        file.keep(connection());
        assert_eq!(file.idle().len(), 2);
        let long_ago = Instant::now().checked_sub(IDLE_MAX + Duration::from_millis(1)).unwrap();
        file.idle()[0].1 = long_ago;
        file.keep(connection());
        assert_eq!(file.idle().len(), 2);
        assert!(file.idle().iter().all(|(_, since)| *since > long_ago));
        file.close();
        file.keep(connection());
        assert!(file.idle().is_empty());
    }
}
