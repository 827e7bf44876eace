//! The transaction of a batch on PostgreSQL: one message where nothing has to be asked before, else
//! one that begins it and one that ends it.
//!
//! It goes over connections of its own, the one that was used last first, so that statements are
//! prepared on few. What was not asked for before is found out by the message that writes: it
//! does nothing where the seat is lost, or where an instance that was relied on is not as it was. A
//! connection on which something did not end as it was told is closed; the database takes back
//! whatever is open on it. A neighbor of `database`, which knows the drivers.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgRow, PgSeverity};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, FromRow, PgConnection, Row};

use super::StoreError;
use super::bulk::Unfinished;
use super::failpoints::Failpoint;
use super::message::{Message, Number, Value};
use super::nodes::{FENCE, SeatMark};
use super::postgres::{answered, is_of_use, within};
use super::projection::Group;

/// How long it may take to connect.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// A connection that was not used for so long is tried before it is used.
const FRESH: Duration = Duration::from_secs(1);
/// How statements of a batch are planned: once for all values, and by indexes, whatever the tables
/// hold at that moment.
const PLANNING: [(&str, &str); 6] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
    // A backslash in a text is nothing special.
    ("standard_conforming_strings", "on"),
];
/// What the database says to a statement that does not find what it must: it divides by zero.
const NOT_FOUND: &str = "22012";
/// What it says when it has taken back a transaction that stood still, before it looks at more.
const STOOD_STILL: &str = "25P03";

/// Holds the instances `$1`, without waiting for those that somebody else holds.
const HOLD: &str = "select id, null::bigint as position from instances where id = any($1::bigint[]) \
    order by id for no key update skip locked";
/// Where the instances `$1` stand. A statement of its own: it sees what was committed before the locks
/// were there.
const POSITIONS: &str = "select u.id, last.position from unnest($1::bigint[]) as u (id) \
    cross join lateral (select max(position) as position from journal where instance = u.id) last \
    where last.position is not null";
/// The same for those that are relied on: finds nothing unless it finds all.
const HOLD_ALL: &str = "select 1 / (count(*) = cardinality($1::bigint[]))::int from (select id \
    from instances where id = any($1) order by id for no key update skip locked) held";
/// They must stand at the positions `$2`.
const ALL_STAND: &str = "select 1 / (count(*) = cardinality($1))::int \
    from unnest($1::bigint[], $2::bigint[]) as u (id, position) \
    where u.position = (select max(position) from journal where instance = u.id)";

/// The connections for batches.
pub(super) struct Couriers {
    options: PgConnectOptions,
    /// The one that was used last is the last.
    idle: Mutex<Vec<Courier>>,
    is_closed: AtomicBool,
}

/// A connection on which no transaction is open, or that of one batch.
struct Courier {
    connection: PgConnection,
    /// What is prepared on it.
    known: HashSet<Number>,
    made_at: Instant,
    used_at: Instant,
}

impl Couriers {
    /// Connections with these options, made when they are needed.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        // A text that is sent contains values, which are not for the log.
        let options = options.options(PLANNING).disable_statement_logging();
        Self { options, idle: Mutex::default(), is_closed: AtomicBool::new(false) }
    }

    async fn lend(&self) -> Result<Courier, StoreError> {
        loop {
            if self.is_closed.load(Ordering::SeqCst) {
                return Err(sqlx::Error::PoolClosed.into());
            }
            let Some(mut courier) = self.idle().pop() else { break };
            if is_of_use(courier.made_at.elapsed())
                && (courier.used_at.elapsed() < FRESH
                    || within(courier.connection.ping()).await.is_ok())
            {
                return Ok(courier);
            }
        }
        let connected = tokio::time::timeout(CONNECT_TIME_MAX, self.options.connect());
        let connection = connected.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let (known, now) = (HashSet::new(), Instant::now());
        Ok(Courier { connection, known, made_at: now, used_at: now })
    }

    fn take_back(&self, mut courier: Courier) {
        courier.used_at = Instant::now();
        let mut idle = self.idle();
        if !self.is_closed.load(Ordering::SeqCst) {
            idle.push(courier);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Courier>> {
        // The list is whole after every operation, also where a thread died while holding it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes those that are not in use, and the others when they come back.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        let idle = std::mem::take(&mut *self.idle());
        for courier in idle {
            // An error means that it has gone before.
            let _ = within(courier.connection.close()).await;
        }
    }
}

impl Courier {
    /// Sends a message and gives the rows that are found.
    async fn send(
        &mut self,
        write: impl FnOnce(&mut Message<'_>) -> Result<(), StoreError>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut message = Message::to(&mut self.known);
        write(&mut message)?;
        let sent = sqlx::raw_sql(AssertSqlSafe(message.into_text()));
        within(sent.fetch_all(&mut self.connection)).await
    }
}

/// The transaction of a batch; taken back when it is dropped.
pub(super) struct PgBatch {
    couriers: Arc<Couriers>,
    /// What this server believed of its seat when the batch began.
    mark: SeatMark,
    /// `None` as long as nothing was asked or written.
    open: Option<Courier>,
}

/// Where an instance stands.
pub(super) struct Stand {
    pub(super) instance: i64,
    /// Of its last turn.
    pub(super) position: i64,
    /// Whether the transaction holds it; else somebody else does.
    pub(super) is_held: bool,
}

impl PgBatch {
    /// One of a server that believes this of its seat.
    pub(super) fn new(couriers: &Arc<Couriers>, mark: SeatMark) -> Self {
        Self { couriers: Arc::clone(couriers), mark, open: None }
    }

    /// Whether the transaction has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.open.is_some()
    }

    /// Begins the transaction where that was not done.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        if self.open.is_none() {
            self.ask(|_| Ok(())).await?;
        }
        Ok(())
    }

    /// Where statements of the transaction are carried out.
    pub(super) async fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.begin().await?;
        Ok(&mut self.open.as_mut().expect("it has begun").connection)
    }

    /// Sends a message in the transaction, which begins with it where it has not.
    async fn ask(
        &mut self,
        write: impl FnOnce(&mut Message<'_>) -> Result<(), StoreError>,
    ) -> Result<Vec<PgRow>, StoreError> {
        if let Some(courier) = &mut self.open {
            return courier.send(write).await;
        }
        let mut courier = self.couriers.lend().await?;
        let mut message = Message::to(&mut courier.known);
        message.plain("begin");
        fence(&mut message, self.mark)?;
        write(&mut message)?;
        let sent = sqlx::raw_sql(AssertSqlSafe(message.into_text()));
        let rows = match answered(sent.fetch_all(&mut courier.connection)).await? {
            Err(error) if is_not_found(&error) => return Err(StoreError::Fenced),
            rows => rows?,
        };
        self.open = Some(courier);
        Ok(rows)
    }

    /// Holds these instances until the end of the transaction, as far as nobody else does, and says
    /// where those stand that have a turn.
    pub(super) async fn hold(&mut self, instances: &[i64]) -> Result<Vec<Stand>, StoreError> {
        let rows = self.ask(|message| {
            message.call(HOLD, &[Value::Ints(instances)])?;
            message.call(POSITIONS, &[Value::Ints(instances)])
        });
        let mut held = HashSet::new();
        let mut positions = HashMap::new();
        for row in rows.await? {
            if row.len() < 2 {
                // That of the fence.
                continue;
            }
            let (id, position) = <(i64, Option<i64>)>::from_row(&row)?;
            match position {
                Some(position) => drop(positions.insert(id, position)),
                None => drop(held.insert(id)),
            }
        }
        let stand = |(instance, position)| {
            let is_held = held.contains(&instance);
            Stand { instance, position, is_held }
        };
        Ok(positions.into_iter().map(stand).collect())
    }

    /// Writes the rows of `groups`, in order.
    pub(super) async fn write(&mut self, groups: &[Group]) -> Result<(), StoreError> {
        self.ask(|message| groups.iter().try_for_each(|group| message.write(group))).await?;
        Ok(())
    }

    /// Writes the rows of `groups`, in order, and makes it all last, provided that the instances in
    /// `relied_on` stand at these positions and nobody else holds one of them.
    pub(super) async fn finish(
        mut self,
        relied_on: &[(i64, i64)],
        groups: &[Group],
    ) -> Result<(), Unfinished> {
        let (has_begun, mut courier) = match self.open.take() {
            Some(courier) => (true, courier),
            None => (false, self.couriers.lend().await.map_err(Unfinished::NotWritten)?),
        };
        let mut message = Message::to(&mut courier.known);
        let written = (|| {
            if !has_begun {
                fence(&mut message, self.mark)?;
            }
            rely(&mut message, relied_on)?;
            groups.iter().try_for_each(|group| message.write(group))
        })();
        written.map_err(Unfinished::NotWritten)?;
        if has_begun {
            // Without a beginning, all that is in one message is a transaction.
            message.plain("commit");
        }
        let sent = sqlx::raw_sql(AssertSqlSafe(message.into_text()));
        let answer = passing_written(sent.execute(&mut courier.connection));
        answered(answer)
            .await
            .map_err(Unfinished::Unknown)?
            .map_err(|error| why_unfinished(error, relied_on.is_empty()))?;
        self.couriers.take_back(courier);
        Ok(())
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
        let Some(mut courier) = self.open.take() else { return Ok(()) };
        within(sqlx::raw_sql(how).execute(&mut courier.connection)).await?;
        self.couriers.take_back(courier);
        Ok(())
    }
}

/// Goes on only where the seat is held.
fn fence(message: &mut Message<'_>, mark: SeatMark) -> Result<(), StoreError> {
    let SeatMark { seat, epoch, look_ups } = mark;
    message.call(FENCE, &[Value::Int(seat), Value::Int(epoch), Value::Int(look_ups)])
}

/// Goes on only where these instances are as they were, and free.
fn rely(message: &mut Message<'_>, relied_on: &[(i64, i64)]) -> Result<(), StoreError> {
    if relied_on.is_empty() {
        return Ok(());
    }
    let (ids, positions): (Vec<i64>, Vec<i64>) = relied_on.iter().copied().unzip();
    message.call(HOLD_ALL, &[Value::Ints(&ids)])?;
    message.call(ALL_STAND, &[Value::Ints(&ids), Value::Ints(&positions)])
}

/// Waits for an answer, and passes the moment when what was asked is on its way.
async fn passing_written<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        () = std::future::ready(()) => Failpoint::BatchWritten.pass(),
    }
    answer.await
}

/// What became of a batch; `relies` on no instance where only the seat can be what was not found.
fn why_unfinished(error: sqlx::Error, relies_on_none: bool) -> Unfinished {
    if is_not_found(&error) {
        return Unfinished::NotWritten(if relies_on_none {
            StoreError::Fenced
        } else {
            StoreError::Clash("an instance or the seat of this server is in other hands".to_owned())
        });
    }
    if is_surely_taken_back(&error) {
        Unfinished::NotWritten(error.into())
    } else {
        Unfinished::Unknown(error.into())
    }
}

fn code_is(error: &sqlx::Error, code: &str) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().is_some_and(|said| said == code))
}

fn is_not_found(error: &sqlx::Error) -> bool {
    code_is(error, NOT_FOUND)
}

/// Whether the database says that the transaction is none: an error before a commit takes it back, and
/// after one there is none of this severity.
fn is_surely_taken_back(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else { return false };
    let said = said.try_downcast_ref::<PgDatabaseError>();
    said.is_some_and(|said| said.severity() == PgSeverity::Error) || code_is(error, STOOD_STILL)
}
