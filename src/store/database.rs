//! One way to ask two databases: SQLite and PostgreSQL get the same text with `$1` parameters.
//!
//! This is the only file that knows both drivers; `writer`, `bulk`, `memory`, `postgres`, `courier`
//! and `notify` beside it know one. Never holds a statement of its own: what is asked stands where it is needed.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{FromRow, PgPool, Postgres, Sqlite, SqlitePool};

use super::StoreError;
use super::bulk::{self, SqliteBatch, Style, Unfinished};
use super::courier::{Couriers, PgBatch};
use super::failpoints::Failpoint;
use super::file::{READER_CACHE_KIB, SqliteFile};
use super::lock::FileLock;
use super::memory::{Faults, Line, MemoryBatch, MemoryDatabase, MemoryTx};
use super::nodes::{Node, NodeSettings};
use super::postgres::{Lent, PgTx, is_of_use, within};
use super::projection::Group;
pub(super) use super::sql::{Cell, Sql, cells};
use super::writer::{SqliteTx, Writer};

/// How long SQLite waits for a lock that another program (a backup) holds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// After the path: the last commits may be lost when the power fails. For comparisons only.
const NOT_DURABLE: &str = "?synchronous=normal";
/// Connections that only read, SQLite.
const READERS_MAX: u32 = 8;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// Further ones that nobody takes but who renews the lease and who looks up what became of a commit:
/// they must not wait for what everybody waits for.
const POSTGRES_CONNECTIONS_RESERVED: u32 = 2;
/// Prepared statements kept per connection.
pub(super) const STATEMENTS_CACHED_MAX: usize = 512;
/// Pages of 4 KiB after which SQLite folds its write-ahead log into the file.
pub(super) const CHECKPOINT_PAGES: u32 = 4_000;

/// How long PostgreSQL lets a transaction stand still, in milliseconds: shorter than the lease of a
/// server, so that one that is paused or cut off holds nothing when others take over.
const IDLE_IN_TRANSACTION_MS: &str = "8000";

/// How many of the indexes of words are there: they are of an extension that not everybody may add.
const WORD_INDEXES: &str = "select count(*) from pg_index where indisvalid and indexrelid in \
     (to_regclass('instances_by_words'), to_regclass('user_tasks_by_words'))";

/// A row that both databases can give.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

macro_rules! bound {
    ($query:expr, $cells:expr) => {{
        let mut query = $query;
        for cell in $cells {
            query = match cell {
                Cell::Int(value) => query.bind(value),
                Cell::Text(value) => query.bind(value),
                Cell::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

pub(super) use bound;

/// The database with its connections.
pub(super) enum Database {
    Sqlite {
        readers: SqlitePool,
        writer: Box<Writer>,
        lock: std::sync::Mutex<Option<FileLock>>,
    },
    Postgres {
        pool: PgPool,
        reserved: PgPool,
        couriers: Arc<Couriers>,
        node: Box<Node>,
        /// Whether it has indexes of words.
        finds_words: bool,
    },
    /// Speaks like SQLite; shared like PostgreSQL where servers have seats.
    Memory {
        line: Arc<Line>,
        node: Option<Box<Node>>,
    },
}

impl Database {
    /// Connects and brings the layout up.
    pub(super) async fn open(url: &str, node: &NodeSettings) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return open_postgres(url, node).await;
        }
        match sqlite_file(url) {
            Some(file) => open_sqlite(file).await,
            None => Err(StoreError::Address(
                "the database address is sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"
                    .to_owned(),
            )),
        }
    }

    /// One server of a simulation: among others, or alone where it needs no name.
    pub(super) async fn open_in(
        memory: &MemoryDatabase,
        node: Option<&NodeSettings>,
        faults: Faults,
    ) -> Result<Self, StoreError> {
        let line = Arc::new(Line::to(memory, faults));
        let node = node.map(|node| Box::new(Node::simulated(node.clone())));
        let database = Self::Memory { line, node };
        if let Some(node) = database.node() {
            node.take(&database).await?;
        }
        Ok(database)
    }

    /// A number below 64 that no other server has while this one holds its lease.
    pub(super) fn seat(&self) -> i64 {
        self.node().map_or(0, Node::seat)
    }

    /// This server among those that share the database; `None` where it cannot be shared.
    pub(super) fn node(&self) -> Option<&Node> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres { node, .. } => Some(node),
            Self::Memory { node, .. } => node.as_deref(),
        }
    }

    /// Where what is committed is read in one piece; `None` where a server has to be asked.
    pub(super) fn file(&self) -> Option<&Arc<SqliteFile>> {
        match self {
            Self::Sqlite { writer, .. } => Some(writer.file()),
            Self::Postgres { .. } | Self::Memory { .. } => None,
        }
    }

    /// Whether nobody is to use it any more.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Sqlite { readers, .. } => readers.is_closed(),
            Self::Postgres { pool, .. } => pool.is_closed(),
            Self::Memory { line, .. } => line.is_closed(),
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Whether words are found by an index.
    pub(super) fn finds_words(&self) -> bool {
        match self {
            Self::Sqlite { .. } | Self::Memory { .. } => true,
            Self::Postgres { finds_words, .. } => *finds_words,
        }
    }

    pub(super) fn is_simulated(&self) -> bool {
        matches!(self, Self::Memory { .. })
    }

    /// Reads all rows outside of any transaction of ours.
    pub(super) async fn all<T: Row>(
        &self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = sql.into().told();
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                bound!(sqlx::query_as::<Sqlite, T>(sql), cells).fetch_all(readers).await?
            }
            Self::Postgres { pool, .. } => {
                let mut lent = Lent::from(pool).await?;
                let is_kept = sql.is_kept();
                let query = bound!(sqlx::query_as::<Postgres, T>(sql), cells).persistent(is_kept);
                let rows = within(query.fetch_all(lent.connection())).await?;
                lent.give_back();
                rows
            }
            Self::Memory { line, .. } => line.all(sql, cells).await?,
        })
    }

    /// Reads at most one row outside of any transaction of ours.
    pub(super) async fn optional<T: Row>(
        &self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, cells).await?.into_iter().next())
    }

    /// Begins a transaction that writes. On SQLite there is one at a time; on PostgreSQL it is
    /// refused where this server has lost its lease ([`StoreError::Fenced`]).
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin().await?),
            Self::Postgres { pool, node, .. } => {
                let tx = PgTx::begin_if(pool, node.confirmation()).await?;
                Tx::Postgres(tx.ok_or(StoreError::Fenced)?)
            }
            Self::Memory { line, node: None } => Tx::Memory(line.begin().await?),
            Self::Memory { line, node: Some(node) } => {
                let mut tx = line.begin().await?;
                // Not before: while it waited, this server may have got a new lease.
                let confirmation = self.dialect(node.confirmation());
                tx.believe(node.believed());
                let mut tx = Tx::Memory(tx);
                let found: Option<(i64,)> = tx.optional(confirmation, Vec::new()).await?;
                found.ok_or(StoreError::Fenced)?;
                tx
            }
        })
    }

    /// A statement about the seats of servers in the words of this database.
    pub(super) fn dialect(&self, sql: impl Into<Cow<'static, str>>) -> Sql {
        let sql = sql.into();
        if self.is_simulated() {
            return Sql::Timed(sql.into_owned());
        }
        match sql {
            Cow::Borrowed(text) => Sql::Fixed(text),
            Cow::Owned(text) => Sql::Made(text),
        }
    }

    /// The same, whoever holds the seat: for what is about the seat itself.
    pub(super) async fn begin_unfenced(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin().await?),
            Self::Postgres { reserved, .. } => Tx::Postgres(PgTx::begin(reserved).await?),
            Self::Memory { line, .. } => Tx::Memory(line.begin().await?),
        })
    }

    /// The transaction of a batch, in which what is read is read before anything is written. It
    /// begins when that is needed.
    pub(super) async fn open_batch(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, readers, .. } => Tx::SqliteBatch(writer.begin_batch(readers)?),
            Self::Postgres { couriers, node, .. } => {
                Tx::PostgresBatch(PgBatch::new(couriers, node.mark()))
            }
            Self::Memory { line, node: None } => {
                Tx::MemoryBatch(MemoryBatch::begin(Arc::clone(line)))
            }
            Self::Memory { .. } => self.begin().await?,
        })
    }

    /// Carries out one statement in a transaction of its own; says how many rows it touched.
    pub(super) async fn execute(
        &self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let touched = tx.execute(sql, cells).await?;
        tx.commit().await?;
        Ok(touched)
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer, lock } => {
                readers.close().await;
                // The last connection folds the write-ahead log into the file.
                writer.close().await;
                lock.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            Self::Postgres { pool, reserved, couriers, node, .. } => {
                if let Err(error) = node.say_goodbye(self).await {
                    tracing::warn!(%error, "others have to wait for the lease of this server");
                }
                couriers.close().await;
                pool.close().await;
                reserved.close().await;
            }
            Self::Memory { line, node } => {
                if let Some(node) = node
                    && let Err(error) = node.say_goodbye(self).await
                {
                    tracing::warn!(%error, "others have to wait for the lease of this server");
                }
                line.close();
            }
        }
    }
}

/// A transaction that writes; taken back when it is dropped.
pub(super) enum Tx {
    Sqlite(SqliteTx),
    SqliteBatch(SqliteBatch),
    Postgres(PgTx),
    PostgresBatch(PgBatch),
    Memory(MemoryTx),
    MemoryBatch(MemoryBatch),
}

impl Tx {
    /// Begins it, where it is one that begins when that is needed and others could be in its way.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Self::PostgresBatch(tx) => tx.begin().await,
            Self::Sqlite(_)
            | Self::SqliteBatch(_)
            | Self::Postgres(_)
            | Self::Memory(_)
            | Self::MemoryBatch(_) => Ok(()),
        }
    }

    pub(super) async fn all<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = sql.into().told();
        Ok(match self {
            Self::Sqlite(tx) => {
                bound!(sqlx::query_as::<Sqlite, T>(sql), cells).fetch_all(tx.connection()).await?
            }
            Self::SqliteBatch(tx) => {
                bound!(sqlx::query_as::<Sqlite, T>(sql), cells).fetch_all(tx.readers()).await?
            }
            Self::Postgres(tx) => {
                let query = bound!(sqlx::query_as::<Postgres, T>(sql), cells);
                within(query.fetch_all(tx.connection())).await?
            }
            Self::PostgresBatch(tx) => {
                let query = bound!(sqlx::query_as::<Postgres, T>(sql), cells);
                within(query.fetch_all(tx.connection().await?)).await?
            }
            Self::Memory(tx) => tx.all(sql, cells).await?,
            Self::MemoryBatch(tx) => tx.all(sql, cells).await?,
        })
    }

    pub(super) async fn optional<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, cells).await?.into_iter().next())
    }

    pub(super) async fn execute(
        &mut self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<u64, StoreError> {
        let sql = sql.into().told();
        Ok(match self {
            Self::Sqlite(tx) => bound!(sqlx::query::<Sqlite>(sql), cells)
                .execute(tx.connection())
                .await?
                .rows_affected(),
            Self::SqliteBatch(tx) => tx.execute(sql.into(), cells).await?,
            Self::Postgres(tx) => {
                let query = bound!(sqlx::query::<Postgres>(sql), cells);
                within(query.execute(tx.connection())).await?.rows_affected()
            }
            Self::PostgresBatch(tx) => {
                let query = bound!(sqlx::query::<Postgres>(sql), cells);
                within(query.execute(tx.connection().await?)).await?.rows_affected()
            }
            Self::Memory(tx) => tx.execute(sql, cells).await?,
            Self::MemoryBatch(tx) => tx.execute(sql, cells).await?,
        })
    }

    /// Writes the rows of `groups`, in order.
    pub(super) async fn write(&mut self, groups: Vec<Group>) -> Result<(), StoreError> {
        match self {
            Self::SqliteBatch(tx) => tx.write(groups).await,
            Self::PostgresBatch(tx) => tx.write(&groups).await,
            Self::Sqlite(_) | Self::Postgres(_) | Self::Memory(_) | Self::MemoryBatch(_) => {
                self.write_in_order(groups).await
            }
        }
    }

    /// The same, statement by statement.
    async fn write_in_order(&mut self, groups: Vec<Group>) -> Result<(), StoreError> {
        for group in groups {
            for rows in bulk::statements_of(&group) {
                let sql = bulk::statement(group.deed, rows.len(), Style::Common);
                self.execute(sql, rows.concat()).await?;
            }
        }
        Ok(())
    }

    /// Writes the rows of the groups that `groups` makes, in order, and makes it all last. On
    /// PostgreSQL only where the instances in `relied_on` stand at these positions.
    pub(super) async fn finish(
        mut self,
        relied_on: &[(i64, i64)],
        groups: impl FnOnce() -> Vec<Group> + Send + 'static,
    ) -> Result<(), Unfinished> {
        match self {
            Self::SqliteBatch(tx) => return tx.finish(groups).await,
            Self::PostgresBatch(tx) => tx.finish(relied_on, &groups()).await?,
            Self::Sqlite(_) | Self::Postgres(_) | Self::Memory(_) | Self::MemoryBatch(_) => {
                self.write(groups()).await.map_err(Unfinished::NotWritten)?;
                Failpoint::BatchWritten.pass();
                self.make_last().await.map_err(Unfinished::Unknown)?;
            }
        }
        Failpoint::BatchCommitted.pass();
        Ok(())
    }

    /// Where what is committed is read in one piece; `None` where the transaction has to be asked.
    pub(super) fn file(&self) -> Option<&Arc<SqliteFile>> {
        match self {
            Self::SqliteBatch(tx) => Some(tx.file()),
            Self::Sqlite(_)
            | Self::Postgres(_)
            | Self::PostgresBatch(_)
            | Self::Memory(_)
            | Self::MemoryBatch(_) => None,
        }
    }

    /// Whether it has begun and others share the database: it must not stand still.
    pub(super) fn is_waited_for(&self) -> bool {
        match self {
            Self::PostgresBatch(tx) => tx.has_begun(),
            Self::Postgres(_) | Self::Memory(_) => true,
            Self::Sqlite(_) | Self::SqliteBatch(_) | Self::MemoryBatch(_) => false,
        }
    }

    /// Whether a simulation wants another server to hold what this one asks for.
    pub(super) fn is_contended(&self) -> bool {
        matches!(self, Self::Memory(tx) if tx.is_contended())
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Failpoint::OtherWritten.pass();
        self.make_last().await?;
        Failpoint::OtherCommitted.pass();
        Ok(())
    }

    async fn make_last(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::SqliteBatch(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
            Self::PostgresBatch(tx) => tx.commit().await?,
            Self::Memory(tx) => tx.commit().await?,
            Self::MemoryBatch(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Takes it back at once, which is cheaper than dropping it.
    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::SqliteBatch(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
            Self::PostgresBatch(tx) => tx.rollback().await?,
            // As good as told: nothing is carried out twice.
            Self::Memory(tx) => drop(tx),
            Self::MemoryBatch(tx) => drop(tx),
        }
        Ok(())
    }
}

/// The file that an address names; `None` where it names none.
pub(super) fn sqlite_file(url: &str) -> Option<SqliteFile> {
    let path = url.strip_prefix("sqlite:").filter(|path| !path.is_empty())?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, is_durable) = match path.strip_suffix(NOT_DURABLE) {
        Some(path) => (path, false),
        None => (path, true),
    };
    Some(SqliteFile::new(path.into(), is_durable))
}

async fn open_sqlite(file: SqliteFile) -> Result<Database, StoreError> {
    let path = file.path();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&folder).map_err(|error| {
        StoreError::Unavailable(format!("the folder {} cannot be made: {error}", folder.display()))
    })?;
    let lock = FileLock::take(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if file.is_durable() {
            SqliteSynchronous::Full
        } else {
            SqliteSynchronous::Normal
        })
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .statement_cache_capacity(STATEMENTS_CACHED_MAX);
    let writer = Box::new(Writer::open(options.clone(), file).await?);
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(
            options.pragma("query_only", "on").pragma("cache_size", format!("-{READER_CACHE_KIB}")),
        )
        .await?;
    Ok(Database::Sqlite { readers, writer, lock: std::sync::Mutex::new(Some(lock)) })
}

async fn open_postgres(url: &str, who: &NodeSettings) -> Result<Database, StoreError> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|error| StoreError::Address(format!("the database address is wrong: {error}")))?;
    let options = options
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        .options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS)]);
    let made = || {
        PgPoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .before_acquire(|_, meta| Box::pin(async move { Ok(is_of_use(meta.age)) }))
    };
    let pool =
        made().max_connections(POSTGRES_CONNECTIONS_MAX).connect_with(options.clone()).await?;
    sqlx::migrate!("migrations/postgres").run(&pool).await?;
    let reserved =
        made().max_connections(POSTGRES_CONNECTIONS_RESERVED).connect_lazy_with(options.clone());
    let couriers = Arc::new(Couriers::new(options));
    let node = Box::new(Node::new(who.clone()));
    let (indexes,): (i64,) = sqlx::query_as(WORD_INDEXES).fetch_one(&pool).await?;
    let finds_words = indexes == 2;
    if !finds_words {
        tracing::warn!("lists are searched without an index of words: see docs/scaling.md");
    }
    let database = Database::Postgres { pool, reserved, couriers, node, finds_words };
    if let Some(node) = database.node() {
        node.take(&database).await?;
    }
    Ok(database)
}
