//! Word from server to server through PostgreSQL's `listen` and `notify`.
//!
//! An accelerator and nothing more: whatever is told here is also found without it, later. A
//! neighbor of `database`, which knows the drivers, for what only one of them can do.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};

use super::database::Database;
use super::memory::MemoryEars;
use super::postgres::{Lent, within};
use super::{Store, StoreError};

/// Where word is given.
const CHANNEL: &str = "spartito";
/// How long it may take to begin to listen.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of one notification at most; PostgreSQL takes less than 8,000.
pub const WORDS_BYTES_MAX: usize = 7_900;

/// Hears what servers say, this one included.
pub struct Ears(Line);

enum Line {
    Postgres(Box<PgListener>),
    Memory(MemoryEars),
}

impl Ears {
    /// The next word; `None` where some were missed.
    ///
    /// # Errors
    /// [`StoreError`] where the connection is lost: listen anew.
    pub async fn hear(&mut self) -> Result<Option<String>, StoreError> {
        match &mut self.0 {
            Line::Postgres(listener) => {
                let heard = listener.try_recv().await?;
                Ok(heard.map(|heard| heard.payload().to_owned()))
            }
            Line::Memory(ears) => ears.hear().await.map(Some),
        }
    }
}

impl Store {
    /// Begins to listen; `None` where there is nobody to listen to.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn listen(&self) -> Result<Option<Ears>, StoreError> {
        let pool = match &*self.database {
            Database::Sqlite { .. } => return Ok(None),
            Database::Memory { line, .. } => {
                return Ok(Some(Ears(Line::Memory(line.listen().await?))));
            }
            Database::Postgres { pool, .. } => pool,
        };
        // A pool of its own: a line that has gone dead keeps its place in the pool for long.
        let options = pool.connect_options().as_ref().clone();
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT_TIME_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options);
        let mut listener = PgListener::connect_with(&own).await?;
        within(listener.listen(CHANNEL)).await?;
        Ok(Some(Ears(Line::Postgres(Box::new(listener)))))
    }

    /// Tells all who listen. Outside of any transaction that changes something: those who notify
    /// commit one after the other. What is told need not survive, so nothing is written to disk.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn tell(&self, words: &str) -> Result<(), StoreError> {
        if let Database::Memory { line, .. } = &*self.database {
            return line.tell(words).await;
        }
        if let Database::Postgres { pool, .. } = &*self.database {
            let sql = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";
            let mut lent = Lent::from(pool).await?;
            let told = sqlx::query(sql).bind(CHANNEL).bind(words);
            within(told.execute(lent.connection())).await?;
            lent.give_back();
        }
        Ok(())
    }
}
