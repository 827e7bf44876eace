//! A database for simulations: several servers of one process share it, and things go wrong in it
//! at the moments that a plan chooses.
//!
//! The SQL is the real one, carried out by SQLite in a file system in memory where the machine has
//! one. Deterministic: each statement is carried out to its end before anything else goes on;
//! transactions come one after the other, in the order in which they were asked for; time is that
//! of the asynchronous runtime, which a simulation lets stand still while something is done.
//! Never makes anything happen by itself, and is never what a server for people runs on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures::executor::block_on;
use spartito_core::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, FromRow, Sqlite, SqliteConnection};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::StoreError;
use super::database::{Cell, STATEMENTS_CACHED_MAX, Sql, bound};
use super::nodes;

/// How long a transaction may stand still before it is taken back, as on PostgreSQL.
const IDLE_MAX: Duration = Duration::from_secs(8);
/// How long a transaction waits for its turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(10);
/// Where Linux keeps files in memory.
const MEMORY_FOLDER: &str = "/dev/shm";

/// Where something can go wrong between a server and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before something is read outside of a transaction.
    Read,
    /// Before a transaction begins.
    Begin,
    /// Before a statement of a transaction.
    Statement,
    /// After a statement of a transaction, before its answer.
    Answer,
    /// When a batch takes hold of an instance; a break means that another server has it.
    Hold,
    /// Before a commit.
    Commit,
    /// After a commit, before its answer.
    Committed,
    /// Before word is given to the other servers.
    Tell,
    /// Before word of another server is heard.
    Hear,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection breaks; word is lost.
    Break,
    /// All stands still for so long; then the plan is asked again.
    Delay(Duration),
    /// The server dies: what it has open is taken back, and it is never heard of again.
    Die,
}

/// The plan: asked at every moment of one server.
pub type Faults = Arc<dyn Fn(Moment) -> Fault + Send + Sync>;

/// A plan after which nothing goes wrong.
pub fn no_faults() -> Faults {
    Arc::new(|_| Fault::None)
}

/// A database in memory, gone with its last clone and the last store on it.
#[derive(Clone)]
pub struct MemoryDatabase(Arc<Shared>);

impl std::fmt::Debug for MemoryDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryDatabase").field("folder", &self.0.folder.0).finish_non_exhaustive()
    }
}

impl MemoryDatabase {
    /// An empty database whose clock says `now` now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where no file can be made.
    pub fn new(now: Timestamp) -> Result<Self, StoreError> {
        static EMPTY: OnceLock<Result<Vec<u8>, StoreError>> = OnceLock::new();
        let empty = EMPTY.get_or_init(empty_database).as_ref().map_err(Clone::clone)?;
        let folder = Folder::new()?;
        let file = folder.file();
        std::fs::write(&file, empty).map_err(|error| unusable(&file, &error))?;
        let (writer, reader) = (block_on(connect(&file))?, block_on(connect(&file))?);
        Ok(Self(Arc::new(Shared {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            folder,
            turns: Semaphore::new(1),
            open: Mutex::new(None),
            ears: Mutex::default(),
            made: AtomicU64::new(0),
            stale_commits: AtomicU64::new(0),
            half_taken: AtomicU64::new(0),
            contradictions: AtomicU64::new(0),
            begun: (now.as_millis(), Instant::now()),
        })))
    }

    /// What its clock says.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_ms()).unwrap_or(Timestamp::MAX)
    }

    /// Commits of servers that had lost their seat by then: none, if fencing works.
    pub fn stale_commits(&self) -> u64 {
        self.0.stale_commits.load(Ordering::SeqCst)
    }

    /// Statements that contradicted what was stored. A server that is alone knows what it has written:
    /// none, if batches that are under way at the same time have nothing in common.
    pub fn contradictions(&self) -> u64 {
        self.0.contradictions.load(Ordering::SeqCst)
    }

    /// Commits after which the outbox of a server was still its own although its work was taken
    /// over: none, if all of it is taken over at once.
    pub fn half_taken(&self) -> u64 {
        self.0.half_taken.load(Ordering::SeqCst)
    }
}

struct Shared {
    writer: Mutex<SqliteConnection>,
    /// Sees what is committed.
    reader: Mutex<SqliteConnection>,
    /// Removed after the connections were closed.
    folder: Folder,
    /// One permit: the turn to write.
    turns: Semaphore,
    /// Who has the turn.
    open: Mutex<Option<Open>>,
    ears: Mutex<Vec<(u64, mpsc::UnboundedSender<String>)>>,
    /// Counts lines and transactions.
    made: AtomicU64,
    stale_commits: AtomicU64,
    half_taken: AtomicU64,
    contradictions: AtomicU64,
    begun: (i64, Instant),
}

/// A transaction that is open.
struct Open {
    id: u64,
    line: u64,
    heard_at: Instant,
}

impl Shared {
    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::SeqCst)
    }

    fn now_ms(&self) -> i64 {
        let (ms, at) = self.begun;
        ms.saturating_add(i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// Takes back the open transaction where `is_meant` says so; the next one may begin then.
    fn take_back(&self, is_meant: impl FnOnce(&Open) -> bool) {
        if locked(&self.open).take_if(|open| is_meant(open)).is_some() {
            let ended = block_on(sqlx::query("rollback").execute(&mut *locked(&self.writer)));
            ended.expect("a transaction is open");
            self.turns.add_permits(1);
        }
    }

    /// The statement as it is carried out now.
    fn timed(&self, sql: Sql) -> Sql {
        match sql {
            Sql::Timed(text) => nodes::simulated(&text, self.now_ms()).into(),
            Sql::Fixed(_) | Sql::Made(_) | Sql::Once(_) => sql,
        }
    }

    /// When the open transaction has stood still for too long.
    fn idle_at(&self) -> Instant {
        let heard_at = locked(&self.open).as_ref().map(|open| open.heard_at);
        heard_at.unwrap_or_else(Instant::now) + IDLE_MAX
    }
}

/// One server's line to the database.
pub(super) struct Line {
    shared: Arc<Shared>,
    id: u64,
    faults: Faults,
    is_dead: AtomicBool,
    is_closed: AtomicBool,
}

impl Line {
    pub(super) fn to(memory: &MemoryDatabase, faults: Faults) -> Self {
        let shared = Arc::clone(&memory.0);
        let id = shared.next();
        let (is_dead, is_closed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { shared, id, faults, is_dead, is_closed }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        locked(&self.shared.ears).retain(|(line, _)| *line != self.id);
    }

    /// Lets happen what the plan wants.
    async fn meet(&self, moment: Moment) -> Result<(), StoreError> {
        loop {
            if self.is_closed() {
                return Err(sqlx::Error::PoolClosed.into());
            }
            if self.is_dead.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            match (self.faults)(moment) {
                Fault::None => return Ok(()),
                Fault::Break => {
                    let words = format!("the connection to the database broke ({moment:?})");
                    return Err(StoreError::Unavailable(words));
                }
                Fault::Delay(time) => tokio::time::sleep(time).await,
                Fault::Die => {
                    self.is_dead.store(true, Ordering::SeqCst);
                    self.shared.take_back(|open| open.line == self.id);
                    locked(&self.shared.ears).retain(|(line, _)| *line != self.id);
                }
            }
        }
    }

    /// Reads outside of any transaction.
    pub(super) async fn all<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin>(
        &self,
        sql: Sql,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        self.meet(Moment::Read).await?;
        let sql = self.shared.timed(sql);
        let query = bound!(sqlx::query_as::<Sqlite, T>(sql), cells);
        let rows = block_on(query.fetch_all(&mut *locked(&self.shared.reader)))?;
        self.meet(Moment::Answer).await?;
        Ok(rows)
    }

    /// Begins a transaction as soon as those before have ended.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<MemoryTx, StoreError> {
        self.meet(Moment::Begin).await?;
        let shared = &self.shared;
        let late = Instant::now() + TURN_TIME_MAX;
        loop {
            tokio::select! {
                biased;
                turn = shared.turns.acquire() => {
                    turn.expect("it is never closed").forget();
                    break;
                }
                () = tokio::time::sleep_until(shared.idle_at().min(late)) => {
                    let now = Instant::now();
                    shared.take_back(|open| open.heard_at + IDLE_MAX <= now);
                    if now >= late {
                        return Err(sqlx::Error::PoolTimedOut.into());
                    }
                }
            }
        }
        let begun = block_on(sqlx::query("begin immediate").execute(&mut *locked(&shared.writer)));
        begun.expect("nobody else writes");
        let id = shared.next();
        *locked(&shared.open) = Some(Open { id, line: self.id, heard_at: Instant::now() });
        let begun_at = shared.now_ms();
        let tx = MemoryTx { line: Arc::clone(self), id, held: None, begun_at };
        if self.is_dead.load(Ordering::SeqCst) {
            drop(tx);
            return std::future::pending().await;
        }
        Ok(tx)
    }

    /// Tells all who listen.
    pub(super) async fn tell(&self, words: &str) -> Result<(), StoreError> {
        self.meet(Moment::Tell).await?;
        locked(&self.shared.ears).retain(|(_, ear)| ear.send(words.to_owned()).is_ok());
        Ok(())
    }

    /// Begins to listen.
    pub(super) async fn listen(self: &Arc<Self>) -> Result<MemoryEars, StoreError> {
        self.meet(Moment::Read).await?;
        let (ear, inbox) = mpsc::unbounded_channel();
        locked(&self.shared.ears).push((self.id, ear));
        Ok(MemoryEars { line: Arc::clone(self), inbox })
    }
}

/// Hears what servers say.
pub(super) struct MemoryEars {
    line: Arc<Line>,
    inbox: mpsc::UnboundedReceiver<String>,
}

impl MemoryEars {
    pub(super) async fn hear(&mut self) -> Result<String, StoreError> {
        loop {
            let words = self.inbox.recv().await.ok_or(sqlx::Error::PoolClosed)?;
            if self.line.meet(Moment::Hear).await.is_ok() {
                return Ok(words);
            }
        }
    }
}

/// A transaction; taken back when it is dropped.
pub(super) struct MemoryTx {
    line: Arc<Line>,
    id: u64,
    /// The seat and the epoch that the server believes in, where that matters.
    held: Option<(i64, i64)>,
    begun_at: i64,
}

impl Drop for MemoryTx {
    fn drop(&mut self) {
        self.line.shared.take_back(|open| open.id == self.id);
    }
}

impl MemoryTx {
    /// Says in which seat and epoch the server believes; the commit is judged by it.
    pub(super) fn believe(&mut self, held: (i64, i64)) {
        self.held = Some(held);
    }

    /// The connection, as long as the transaction is open.
    fn writer(&self) -> Result<MutexGuard<'_, SqliteConnection>, StoreError> {
        match &mut *locked(&self.line.shared.open) {
            Some(open) if open.id == self.id => open.heard_at = Instant::now(),
            _ => {
                let words = "the transaction stood still for too long and was taken back";
                return Err(StoreError::Clash(words.to_owned()));
            }
        }
        Ok(locked(&self.line.shared.writer))
    }

    pub(super) async fn all<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin>(
        &mut self,
        sql: Sql,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        self.line.meet(Moment::Statement).await?;
        let sql = self.line.shared.timed(sql);
        let query = bound!(sqlx::query_as::<Sqlite, T>(sql), cells);
        let rows = block_on(query.fetch_all(&mut *self.writer()?))?;
        self.line.meet(Moment::Answer).await?;
        Ok(rows)
    }

    pub(super) async fn execute(&mut self, sql: Sql, cells: Vec<Cell>) -> Result<u64, StoreError> {
        self.line.meet(Moment::Statement).await?;
        let sql = self.line.shared.timed(sql);
        let query = bound!(sqlx::query::<Sqlite>(sql), cells);
        let done = block_on(query.execute(&mut *self.writer()?)).map_err(StoreError::from);
        if matches!(done, Err(StoreError::Conflict(_))) {
            self.line.shared.contradictions.fetch_add(1, Ordering::SeqCst);
        }
        let done = done?;
        self.line.meet(Moment::Answer).await?;
        Ok(done.rows_affected())
    }

    /// Whether another server is to hold an instance that this one wants.
    pub(super) fn is_contended(&self) -> bool {
        (self.line.faults)(Moment::Hold) == Fault::Break
    }

    /// Makes it last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.line.meet(Moment::Commit).await?;
        self.judge()?;
        block_on(sqlx::query("commit").execute(&mut *self.writer()?))?;
        let shared = &self.line.shared;
        locked(&shared.open).take();
        shared.turns.add_permits(1);
        self.line.meet(Moment::Committed).await
    }

    /// Counts a commit of a server that had lost its seat when the transaction began, and one that
    /// leaves something with a seat of which all was taken over.
    fn judge(&self) -> Result<(), StoreError> {
        let Some((seat, epoch)) = self.held else { return Ok(()) };
        let sql = "select epoch, lease_until, (select count(*) from outbox o join nodes n \
                   on n.seat = o.committer where n.work_left = 0) from nodes where seat = $1";
        let query = sqlx::query_as::<Sqlite, (i64, i64, i64)>(sql).bind(seat);
        let row = block_on(query.fetch_optional(&mut *self.writer()?))?;
        let shared = &self.line.shared;
        if row.is_none_or(|(now, until, _)| now != epoch || until <= self.begun_at) {
            shared.stale_commits.fetch_add(1, Ordering::SeqCst);
        }
        if row.is_some_and(|(_, _, left)| left > 0) {
            shared.half_taken.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// The transaction of a batch where a server is alone: as on a file, it reads what was committed
/// until it writes, and has its turn from then on.
pub(super) struct MemoryBatch {
    line: Arc<Line>,
    tx: Option<MemoryTx>,
}

impl MemoryBatch {
    pub(super) fn begin(line: Arc<Line>) -> Self {
        Self { line, tx: None }
    }

    pub(super) async fn all<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin>(
        &self,
        sql: Sql,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        self.line.all(sql, cells).await
    }

    pub(super) async fn execute(&mut self, sql: Sql, cells: Vec<Cell>) -> Result<u64, StoreError> {
        let tx = match &mut self.tx {
            Some(tx) => tx,
            none => none.insert(self.line.begin().await?),
        };
        tx.execute(sql, cells).await
    }

    /// Makes it last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self.tx {
            Some(tx) => tx.commit().await,
            None => Ok(()),
        }
    }
}

/// The folder of one database, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, StoreError> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let memory = Path::new(MEMORY_FOLDER);
        let within = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let made = MADE.fetch_add(1, Ordering::SeqCst);
        let folder = within.join(format!("spartito-{}-{made}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
        Ok(Self(folder))
    }

    fn file(&self) -> PathBuf {
        self.0.join("memory.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{} cannot be made: {error}", path.display()))
}

async fn connect(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS_CACHED_MAX);
    options.disable_statement_logging().connect().await
}

/// The bytes of a database with the layout and nothing in it.
fn empty_database() -> Result<Vec<u8>, StoreError> {
    let folder = Folder::new()?;
    let file = folder.file();
    block_on(async {
        let mut connection = connect(&file).await?;
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        connection.close().await.map_err(StoreError::from)
    })?;
    std::fs::read(&file).map_err(|error| unusable(&file, &error))
}

/// What a mutex guards is whole after every operation, also where a thread died while holding it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
