//! The servers that share a PostgreSQL database: each holds a seat under a lease.
//!
//! A lease ends by the clock of the database alone. Every transaction that writes holds the row of
//! its own seat from its first statement on, at the epoch that it believes in: whoever takes the
//! seat changes the epoch, which waits for such transactions and is seen by all later ones. So a
//! server that was away for longer than its lease writes nothing more under the old epoch
//! ([`StoreError::Fenced`]). Never decides what becomes of work that was left.

use std::sync::{Arc, Weak};
use std::time::Duration;

use spartito_core::time::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::database::{Database, cells};
use super::database_time::DatabaseTime;
use super::jobs::END_LEASES;
use super::life::{self, Life};
use super::{Store, StoreError};

/// How long a seat is held without a sign of its server.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often a lease is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(2);
/// How long a renewal may take before it is tried again.
const RENEW_TIME_MAX: Duration = Duration::from_secs(3);
/// Pause between two looks at a seat whose server may be alive.
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// What the database says of the time is asked again where the answer leaves more than this open: after
/// a start, or in trouble, it may have taken seconds.
const TIME_UNCERTAIN_MAX: Duration = Duration::from_millis(250);
/// How often it is asked again at most.
const TIME_LOOKS_MAX: usize = 3;
/// Servers that can share a database: the seat is part of every identity.
const SEATS: i64 = 64;
/// All seats, as bits.
pub(super) const ALL_SEATS: i64 = -1;

/// Milliseconds since 1970 by the clock of the database, at this very moment.
macro_rules! now {
    () => {
        "(extract(epoch from clock_timestamp()) * 1000)::bigint"
    };
}

/// Tells the triggers of PostgreSQL the seat of who writes.
macro_rules! set_seat {
    () => {
        "set_config('spartito.seat', seat::text, true)"
    };
}

/// The same statement for a simulation, whose database says `now_ms`, knows no locks of rows and
/// counts for all servers alike.
pub(super) fn simulated(sql: &str, now_ms: i64) -> String {
    let sql = sql.replace(now!(), &now_ms.to_string()).replace(set_seat!(), "seat");
    [" for key share", " for update skip locked", " for update"]
        .into_iter()
        .fold(sql, |sql, lock| sql.replace(lock, ""))
}

const NODES: &str = concat!(
    "select seat, name, epoch, lease_until, work_left, started_at, version, address, life, ",
    now!(),
    " as now from nodes order by seat"
);
const NOW: &str = concat!("select ", now!());
const RENEW: &str = concat!(
    "update nodes set lease_until = ",
    now!(),
    " + $3 where seat = $1 and epoch = $2 and lease_until > ",
    now!(),
    " returning lease_until - $3"
);
/// What [`Node::confirmation`] is for the seat `$1` at the epoch `$2`, called by name and refused after
/// a further look-up: where it finds nothing it divides by zero, so that nothing after it is carried out.
pub(super) const FENCE: &str = concat!(
    "select 1 / count(held.seat) from (select ",
    set_seat!(),
    " as seat from nodes where seat = $1 and epoch = $2 and look_ups = $3 and lease_until > ",
    now!(),
    " for key share) held"
);
const TAKE: &str = concat!(
    "update nodes set name = $4, epoch = epoch + 1, lease_until = ",
    now!(),
    " + $5, work_left = 1, started_at = ",
    now!(),
    ", version = $6, address = $7, life = $8 \
     where seat = $1 and epoch = $2 and lease_until = $3 returning epoch, started_at, look_ups"
);
const ADD: &str = concat!(
    "insert into nodes (seat, name, epoch, lease_until, work_left, started_at, version, address, \
     life) values ($1, $4, $2 + 1, ",
    now!(),
    " + $5 + $3, 1, ",
    now!(),
    ", $6, $7, $8) on conflict do nothing returning epoch, started_at, look_ups"
);

/// Who this server is among others.
#[derive(Debug, Clone)]
pub struct NodeSettings {
    /// Its name; no two servers have the same at the same time.
    pub name: String,
    /// Where it listens, for people.
    pub address: String,
}

impl NodeSettings {
    /// A name that nobody else has, for a store that nobody needs to find again.
    pub fn nameless() -> Self {
        Self { name: format!("nameless-{:016x}", rand::random::<u64>()), address: String::new() }
    }
}

/// A server that shares the database, or did.
#[derive(Debug, Clone)]
pub struct NodeRow {
    /// Its seat.
    pub seat: i64,
    /// Its name.
    pub name: String,
    /// Its epoch.
    pub epoch: i64,
    /// Where it listens.
    pub address: String,
    /// Which version it is.
    pub version: String,
    /// Whether its lease goes on.
    pub is_live: bool,
    /// Whether what bears its mark may not be done.
    pub has_work_left: bool,
    lease_until: i64,
}

/// What a server that has gone left to the one that took it over.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    /// Jobs that it had in hand.
    pub jobs: u64,
    /// What its instances asked of others.
    pub outgoing: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    seat: i64,
    name: String,
    epoch: i64,
    lease_until: i64,
    work_left: i64,
    started_at: i64,
    version: String,
    address: String,
    life: String,
    now: i64,
}

impl Row {
    /// Whether its lease has ended, or its process.
    fn is_over(&self) -> bool {
        self.lease_until <= self.now || life::has_ended(&self.life)
    }

    fn node(self) -> NodeRow {
        NodeRow {
            is_live: !self.is_over(),
            has_work_left: self.work_left != 0,
            seat: self.seat,
            name: self.name,
            epoch: self.epoch,
            address: self.address,
            version: self.version,
            lease_until: self.lease_until,
        }
    }
}

/// What a message to the database goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeatMark {
    pub(super) seat: i64,
    pub(super) epoch: i64,
    pub(super) look_ups: i64,
}

/// What this server holds now.
#[derive(Debug, Clone)]
struct Held {
    seat: i64,
    epoch: i64,
    /// How often this server has looked up what became of a batch.
    look_ups: i64,
    /// Until when the seat is surely its own.
    until: Instant,
    /// `None` before the first answer.
    time: Option<DatabaseTime>,
    /// Why it holds none and gets none any more.
    ousted: Option<String>,
}

/// This server among those that share the database.
#[derive(Debug)]
pub(super) struct Node {
    who: NodeSettings,
    life: Life,
    held: watch::Sender<Held>,
}

impl Node {
    /// One that holds no seat yet.
    pub(super) fn new(who: NodeSettings) -> Self {
        Self::alive(who, Life::begin())
    }

    /// The same in a simulation, where only the lease says who lives.
    pub(super) fn simulated(who: NodeSettings) -> Self {
        Self::alive(who, Life::unseen())
    }

    fn alive(who: NodeSettings, life: Life) -> Self {
        let now = Instant::now();
        let held = Held { seat: 0, epoch: 0, look_ups: 0, until: now, time: None, ousted: None };
        Self { who, life, held: watch::Sender::new(held) }
    }

    /// The seat and the epoch in which it believes.
    pub(super) fn believed(&self) -> (i64, i64) {
        let held = self.held.borrow();
        (held.seat, held.epoch)
    }

    /// The same, with how often it has looked up what became of a batch.
    pub(super) fn mark(&self) -> SeatMark {
        let held = self.held.borrow();
        SeatMark { seat: held.seat, epoch: held.epoch, look_ups: held.look_ups }
    }

    /// The seat that it holds, or held last.
    pub(super) fn seat(&self) -> i64 {
        self.held.borrow().seat
    }

    /// The statement that holds the row of the seat until its transaction ends; it finds none where
    /// the seat is lost. What triggers count in the transaction is the seat's.
    pub(super) fn confirmation(&self) -> String {
        let held = self.held.borrow();
        let (seat, epoch) = (held.seat, held.epoch);
        format!(
            "select {} from nodes where seat = {seat} and epoch = {epoch} and lease_until > {} \
             for key share",
            set_seat!(),
            now!()
        )
    }

    /// Takes a seat: its own where it had one, else a new one, else that of a server that is gone.
    /// Waits for the lease of a server of this name, unless that one renews it.
    pub(super) async fn take(&self, database: &Database) -> Result<(), StoreError> {
        let mut seen: Option<(i64, i64)> = None;
        loop {
            let asked = Instant::now();
            let mut tx = database.begin_unfenced().await?;
            let rows: Vec<Row> = tx.all(database.dialect(NODES), cells![]).await?;
            if let Some(other) = rows.iter().find(|row| row.name == self.who.name)
                && !other.is_over()
            {
                tx.rollback().await?;
                if seen.is_none() {
                    let name = &other.name;
                    tracing::info!(name, "another server has this name, or had it; looking which");
                }
                let now = (other.epoch, other.lease_until);
                if seen.replace(now).is_some_and(|before| before != now) {
                    return Err(self.refused(other));
                }
                tokio::time::sleep(PAUSE_BETWEEN_LOOKS).await;
                continue;
            }
            let (sql, seat, epoch, lease_until) = self.choose(&rows)?;
            let lease_ms = lease_ms();
            let version = env!("CARGO_PKG_VERSION");
            let cells = cells![
                seat,
                epoch,
                lease_until,
                self.who.name.as_str(),
                lease_ms,
                version,
                self.who.address.as_str(),
                self.life.mark()
            ];
            let asked_now = Instant::now();
            let taken: Option<(i64, i64, i64)> = tx.optional(database.dialect(sql), cells).await?;
            let came = Instant::now();
            tx.commit().await?;
            let Some((epoch, now, look_ups)) = taken else { continue };
            let before = self.held.borrow().time;
            let time = Some(DatabaseTime::measured(before, now, asked_now, came));
            let until = asked + LEASE;
            self.held.send_replace(Held { seat, epoch, look_ups, until, time, ousted: None });
            tracing::info!(name = self.who.name, seat, epoch, "this server has its seat");
            self.look_at_clock(database).await;
            return Ok(());
        }
    }

    /// The statement that takes a seat, with the seat, and its epoch and lease as they are.
    fn choose(&self, rows: &[Row]) -> Result<(&'static str, i64, i64, i64), StoreError> {
        let own = rows.iter().find(|row| row.name == self.who.name);
        let free = (0..SEATS).find(|seat| rows.iter().all(|row| row.seat != *seat));
        let gone = || rows.iter().filter(|row| row.is_over()).min_by_key(|row| row.started_at);
        match (own, free) {
            (Some(own), _) => Ok((TAKE, own.seat, own.epoch, own.lease_until)),
            (None, Some(free)) => Ok((ADD, free, 0, 0)),
            (None, None) => match gone() {
                Some(gone) => Ok((TAKE, gone.seat, gone.epoch, gone.lease_until)),
                None => {
                    Err(StoreError::Locked(format!("{SEATS} servers use this database already")))
                }
            },
        }
    }

    fn refused(&self, other: &Row) -> StoreError {
        let started = Timestamp::from_millis(other.started_at);
        StoreError::Locked(format!(
            "a server named “{}” uses this database already ({}version {}, started {}); stop that \
             one first, or give this one another name (--node-name)",
            self.who.name,
            if other.address.is_empty() { String::new() } else { format!("{}, ", other.address) },
            other.version,
            started.map_or_else(|_| "some time ago".to_owned(), |at| at.to_string()),
        ))
    }

    /// Renews the lease; `false` where it has ended, or somebody else has the seat.
    async fn renew(&self, database: &Database) -> Result<bool, StoreError> {
        let (seat, epoch) = self.believed();
        let asked = Instant::now();
        let mut tx = database.begin_unfenced().await?;
        let cells = cells![seat, epoch, lease_ms()];
        let asked_now = Instant::now();
        let renewed: Option<(i64,)> = tx.optional(database.dialect(RENEW), cells).await?;
        let came = Instant::now();
        tx.commit().await?;
        let Some((now,)) = renewed else { return Ok(false) };
        self.held.send_modify(|held| {
            held.until = asked + LEASE;
            held.time = Some(DatabaseTime::measured(held.time, now, asked_now, came));
        });
        Ok(true)
    }

    /// Asks the database what time it is, where that is not known well.
    async fn look_at_clock(&self, database: &Database) {
        for _ in 0..TIME_LOOKS_MAX {
            let before = self.held.borrow().time;
            if before.is_some_and(|time| time.uncertain() <= TIME_UNCERTAIN_MAX) {
                return;
            }
            let asked = Instant::now();
            match database.optional::<(i64,)>(database.dialect(NOW), cells![]).await {
                Ok(Some((now,))) => {
                    let time = DatabaseTime::measured(before, now, asked, Instant::now());
                    self.held.send_modify(|held| held.time = Some(time));
                }
                Ok(None) => return,
                // What was answered before has to do, until the lease is renewed.
                Err(error) => return tracing::warn!(%error, "the time is not known well"),
            }
        }
    }

    /// Lets all end that this server has under way in the database, and lets nothing begin there that
    /// was sent before: a message of which the answer was lost may still be on its way.
    pub(super) async fn let_end(&self, database: &Database) -> Result<(), StoreError> {
        let (seat, epoch) = self.believed();
        let mut tx = database.begin_unfenced().await?;
        // Every transaction that writes holds the row of its seat until its end.
        let sql = "select seat from nodes where seat = $1 for update";
        tx.all::<(i64,)>(database.dialect(sql), cells![seat]).await?;
        let sql = "update nodes set look_ups = look_ups + 1 where seat = $1 and epoch = $2 \
                   returning look_ups";
        let now: Option<(i64,)> = tx.optional(database.dialect(sql), cells![seat, epoch]).await?;
        tx.commit().await?;
        if let Some((look_ups,)) = now {
            self.held.send_modify(|held| held.look_ups = look_ups);
        }
        Ok(())
    }

    /// Lets others go on with what is left, without waiting for the lease.
    pub(super) async fn say_goodbye(&self, database: &Database) -> Result<(), StoreError> {
        let Held { seat, epoch, .. } = self.held.borrow().clone();
        let mut tx = database.begin_unfenced().await?;
        let sql = "update nodes set lease_until = 0 where seat = $1 and epoch = $2";
        tx.execute(sql, cells![seat, epoch]).await?;
        tx.commit().await
    }
}

fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

/// Renews the lease as long as the database is open, and takes a new one where it was lost.
pub(super) fn keep(database: &Arc<Database>) {
    if database.node().is_some() {
        tokio::spawn(keep_on(Arc::downgrade(database)));
    }
}

async fn keep_on(database: Weak<Database>) {
    let mut tick = tokio::time::interval(RENEW_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let Some(database) = database.upgrade() else { return };
        let Some(node) = database.node().filter(|_| !database.is_closed()) else { return };
        let renewed = tokio::time::timeout(RENEW_TIME_MAX, node.renew(&database)).await;
        let has_lost = match renewed {
            Ok(Ok(is_ours)) => !is_ours,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the lease of this server cannot be renewed now");
                false
            }
            Err(_) => {
                tracing::warn!("the database does not answer: the lease is not renewed");
                false
            }
        };
        if !has_lost || database.is_closed() {
            continue;
        }
        tracing::warn!("this server was away for longer than its lease; it takes a new one");
        match node.take(&database).await {
            Ok(()) => {}
            Err(StoreError::Locked(words)) => {
                tracing::error!(words, "this server gets no lease and has to end");
                node.held.send_modify(|held| held.ousted = Some(words));
                return;
            }
            Err(error) => tracing::warn!(%error, "no new lease can be taken now"),
        }
    }
}

impl Store {
    /// Whether other servers may use the database.
    pub fn is_shared(&self) -> bool {
        self.database.node().is_some()
    }

    /// Whether it is one of a simulation.
    pub fn is_simulated(&self) -> bool {
        self.database.is_simulated()
    }

    /// All servers that share the database or did; none where it cannot be shared.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn nodes(&self) -> Result<Vec<NodeRow>, StoreError> {
        if !self.is_shared() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = self.database.all(self.database.dialect(NODES), cells![]).await?;
        Ok(rows.into_iter().map(Row::node).collect())
    }

    /// Makes what a server has left ours; `None` where it is alive after all, or somebody else was
    /// faster. Its jobs can be run at once.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn take_over(
        &self,
        gone: &NodeRow,
        now: Timestamp,
    ) -> Result<Option<Left>, StoreError> {
        let mut tx = self.database.begin().await?;
        // A transaction of that server that is still open is not waited for.
        let sql = "select seat from nodes where seat = $1 and epoch = $2 and lease_until = $3 \
                   and work_left = 1 for update skip locked";
        let cells = cells![gone.seat, gone.epoch, gone.lease_until];
        if tx.optional::<(i64,)>(self.database.dialect(sql), cells).await?.is_none() {
            tx.rollback().await?;
            return Ok(None);
        }
        let sql = "update nodes set epoch = epoch + 1, lease_until = 0, work_left = 0 \
                   where seat = $1";
        tx.execute(sql, cells![gone.seat]).await?;
        let jobs = tx.execute(END_LEASES, cells![now.as_millis(), gone.seat, i64::MAX]).await?;
        let sql = "update outbox set committer = $1 where committer = $2";
        let outgoing = tx.execute(sql, cells![self.committer(), gone.seat]).await?;
        tx.commit().await?;
        Ok(Some(Left { jobs, outgoing }))
    }

    /// The time of the database, where several servers go by it.
    pub fn shared_time(&self) -> Option<Timestamp> {
        let time = self.database.node()?.held.borrow().time?;
        Timestamp::from_millis(time.ms_at(Instant::now())).ok()
    }

    /// Grows whenever this server had lost its lease and has a new one.
    pub fn epoch(&self) -> i64 {
        self.database.node().map_or(0, |node| node.held.borrow().epoch)
    }

    /// Whether nobody can have taken over what this server has in hand.
    pub fn holds_lease(&self) -> bool {
        self.database.node().is_none_or(|node| node.held.borrow().until > Instant::now())
    }

    /// Waits until it does, after it was fenced; `false` where that takes too long.
    pub async fn lease_again(&self, wait: Duration) -> bool {
        let Some(node) = self.database.node() else { return true };
        let mut held = node.held.subscribe();
        let again = held.wait_for(|held| held.until > Instant::now());
        tokio::time::timeout(wait, again).await.is_ok_and(|again| again.is_ok())
    }

    /// Done when this server has to end because another one has its name; says why.
    pub async fn ousted(&self) -> String {
        let Some(node) = self.database.node() else { return std::future::pending().await };
        let mut held = node.held.subscribe();
        loop {
            if let Some(words) = held.borrow_and_update().ousted.clone() {
                return words;
            }
            if held.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Sets for which seats this server fires timers, as bits.
    pub fn set_share(&self, seats: i64) {
        self.share.store(seats, std::sync::atomic::Ordering::Relaxed);
    }

    pub(super) fn share(&self) -> i64 {
        self.share.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Something that is another after each deployment, by whichever server.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn deployments_mark(&self) -> Result<(i64, i64), StoreError> {
        let sql = "select count(*), coalesce(max(id), 0) from deployments";
        Ok(self.database.optional(sql, cells![]).await?.unwrap_or_default())
    }
}
