//! Transactions and reads on PostgreSQL that end: a database that is cut off says nothing, and the
//! operating system would wait for it for a quarter of an hour.
//!
//! A connection on which something did not end as it was told is closed; the database takes back
//! whatever is open on it. A neighbor of `database`, which knows the drivers. Never keeps a
//! connection of which it is not known whether a transaction is open on it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres};

use super::StoreError;

/// How long the database may take for one statement.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);
/// What the database says where it takes no changes.
const READ_ONLY: &str = "25006";

/// The moment from which other moments are counted.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// When a database last said that it takes no changes, in milliseconds after [`BEGUN`]; 0 for never.
static READ_ONLY_AT_MS: AtomicU64 = AtomicU64::new(0);

fn now_ms() -> u64 {
    u64::try_from(BEGUN.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Whether a connection of this age is to be used. After a failover those of before may lead to a
/// copy that takes no changes, for as long as they last: new ones find the database that does.
pub(super) fn is_of_use(age: Duration) -> bool {
    let read_only_at_ms = READ_ONLY_AT_MS.load(Ordering::Relaxed);
    let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    read_only_at_ms == 0 || now_ms().saturating_sub(age_ms) > read_only_at_ms
}

/// A connection, closed when it is dropped before it was given back.
pub(super) struct Lent {
    connection: PoolConnection<Postgres>,
    is_settled: bool,
}

impl Lent {
    /// One that is free.
    pub(super) async fn from(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self { connection: pool.acquire().await?, is_settled: false })
    }

    /// Where statements are carried out.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Gives it back: all that was asked for was answered.
    pub(super) fn give_back(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_settled {
            self.connection.close_on_drop();
        }
    }
}

/// A transaction; taken back when it is dropped.
pub(super) struct PgTx(Lent);

impl PgTx {
    /// Begins one.
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        let mut lent = Lent::from(pool).await?;
        within(sqlx::raw_sql("begin").execute(lent.connection())).await?;
        Ok(Self(lent))
    }

    /// Begins one and asks `first` in the same breath, a text of ours without parameters; `None`
    /// where that finds no row.
    pub(super) async fn begin_if(pool: &PgPool, first: String) -> Result<Option<Self>, StoreError> {
        let mut lent = Lent::from(pool).await?;
        let both = sqlx::raw_sql(AssertSqlSafe(format!("begin; {first}")));
        let found = within(both.fetch_optional(lent.connection())).await?;
        let tx = Self(lent);
        if found.is_some() {
            return Ok(Some(tx));
        }
        tx.rollback().await?;
        Ok(None)
    }

    /// Where statements of the transaction are carried out.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.0.connection()
    }

    /// Makes it last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.end("commit").await
    }

    /// Takes it back and keeps the connection.
    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        self.end("rollback").await
    }

    async fn end(mut self, how: &'static str) -> Result<(), StoreError> {
        within(sqlx::raw_sql(how).execute(self.connection())).await?;
        self.0.give_back();
        Ok(())
    }
}

/// Waits for an answer, but not for ever.
pub(super) async fn within<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    Ok(answered(answer).await??)
}

/// The same, with the error as the driver has it where there was an answer.
pub(super) async fn answered<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<Result<T, sqlx::Error>, StoreError> {
    match tokio::time::timeout(ANSWER_TIME_MAX, answer).await {
        Ok(answer) => {
            if let Err(sqlx::Error::Database(error)) = &answer
                && error.code().is_some_and(|code| code == READ_ONLY)
            {
                READ_ONLY_AT_MS.store(now_ms(), Ordering::Relaxed);
            }
            Ok(answer)
        }
        Err(_) => Err(StoreError::Unavailable("the database does not answer".to_owned())),
    }
}
