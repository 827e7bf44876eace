//! Timers that are due: those that instances wait for, and those that start instances.
//!
//! Reading takes nothing away: what fires a timer is a turn, whose transaction writes the row anew.
//! Where several processes fire the same one, the command id lets one of them have it.

use spartito_core::engine::event::{Cycle, Waited};
use spartito_core::ids::{DefinitionKey, FlowNodeId, InstanceId, SubscriptionId};
use spartito_core::time::Timestamp;

use super::database::{Tx, cells};
use super::nodes::ALL_SEATS;
use super::{Store, StoreError, convert};

/// How much later a server fires timers that are for another one to fire: it may not have heard of
/// them. Where it only has very many to fire, this one would get in its way.
const OTHERS_LATER_MS: i64 = 5_000;

/// Timers that are looked through for the next one of this server.
const TIMERS_LOOKED_AT_MAX: u32 = 1_000;

/// Whether a timer is for this server: by the seat in the identity of what it belongs to, which is
/// most likely the server that has its state in memory. `$1` are the seats, as bits.
macro_rules! is_ours {
    ($id:literal) => {
        concat!("($1 >> cast((", $id, " >> 16) & 63 as int)) & 1 = 1")
    };
}

/// A timer that an instance waits for and that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// The instance.
    pub instance: InstanceId,
    /// What is waited for.
    pub subscription: SubscriptionId,
    /// Since when it is due.
    pub due_at: Timestamp,
    /// When it was set, or the instance resumed: what was seen before does not count any more.
    pub since: Timestamp,
}

/// A timer that starts an instance and that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueStart {
    /// The version of the process.
    pub definition: DefinitionKey,
    /// Which of its timers, from 0.
    pub number: u32,
    /// The start event.
    pub node: FlowNodeId,
    /// Since when it is due.
    pub due_at: Timestamp,
    /// How it goes on; `None` where it fires once.
    pub cycle: Option<Cycle>,
}

impl DueStart {
    /// What it waited for.
    pub fn waited(&self) -> Waited {
        Waited::Timer { due: self.due_at, cycle: self.cycle.clone() }
    }
}

/// A timer that starts instances of a version that is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStartTimer {
    /// The start event.
    pub node: FlowNodeId,
    /// When it is due.
    pub due_at: Timestamp,
    /// How it goes on; `None` where it fires once.
    pub cycle: Option<Cycle>,
}

#[derive(sqlx::FromRow)]
struct TimerRow {
    instance: i64,
    subscription: i64,
    due_at: i64,
    since: i64,
}

#[derive(sqlx::FromRow)]
struct StartRow {
    definition: i64,
    number: i64,
    node: String,
    due_at: i64,
    cycle: Option<String>,
    cycle_left: Option<i64>,
    cycle_start: Option<i64>,
}

impl StartRow {
    fn read(self) -> Result<DueStart, StoreError> {
        let left = self.cycle_left.map(|left| convert::count("start_timers", "cycle_left", left));
        let left = left.transpose()?;
        let start = convert::timestamp_option("start_timers", "cycle_start", self.cycle_start)?;
        Ok(DueStart {
            definition: convert::definition("start_timers", self.definition)?,
            number: convert::count("start_timers", "number", self.number)?,
            node: FlowNodeId::new(self.node),
            due_at: convert::timestamp("start_timers", "due_at", self.due_at)?,
            cycle: self.cycle.map(|text| Cycle { text: text.into(), left, start }),
        })
    }
}

/// Of both tables the statement that gives the first timer, and the one that says what of the first
/// ones is ours.
const NEXT: [(&str, &str); 2] = [
    (
        "select look_at from timers order by look_at limit 1",
        concat!(
            "select min(case when ",
            is_ours!("instance"),
            " then look_at end) as ours, min(look_at) as first, max(look_at) as last, \
             count(*) as looked_at \
             from (select instance, look_at from timers order by look_at limit $2) as firsts"
        ),
    ),
    (
        "select look_at from start_timers order by look_at limit 1",
        concat!(
            "select min(case when ",
            is_ours!("definition"),
            " then look_at end) as ours, min(look_at) as first, max(look_at) as last, \
             count(*) as looked_at \
             from (select definition, look_at from start_timers order by look_at limit $2) as firsts"
        ),
    ),
];

/// What the first timers are about.
#[derive(sqlx::FromRow)]
struct FirstRow {
    ours: Option<i64>,
    first: Option<i64>,
    last: Option<i64>,
    looked_at: i64,
}

impl FirstRow {
    /// When to look again: at ours, where none of them is at the last, which ours come after, or
    /// when the one whose it is should have fired the first.
    fn look_at(&self) -> Option<i64> {
        let is_cut = self.looked_at == i64::from(TIMERS_LOOKED_AT_MAX);
        let ours = self.ours.or_else(|| self.last.filter(|_| is_cut));
        let others = self.first.map(|first| first.saturating_add(OTHERS_LATER_MS));
        [ours, others].into_iter().flatten().min()
    }
}

impl Store {
    /// The timers of instances that are due at `now`, up to `limit`: the earliest first, of those of
    /// one moment the one that is waited for longest.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn due_timers(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueTimer>, StoreError> {
        let sql = concat!(
            "select instance, subscription, due_at, since from timers where look_at <= $2 and (",
            is_ours!("instance"),
            " or look_at <= $3) order by look_at, since, instance, subscription limit $4"
        );
        let late = now.as_millis() - OTHERS_LATER_MS;
        let cells = cells![self.share(), now.as_millis(), late, limit];
        let rows: Vec<TimerRow> = self.database.all(sql, cells).await?;
        rows.into_iter()
            .map(|row| {
                let subscription = convert::count("timers", "subscription", row.subscription)?;
                Ok(DueTimer {
                    instance: convert::instance("timers", row.instance)?,
                    subscription: SubscriptionId(subscription),
                    due_at: convert::timestamp("timers", "due_at", row.due_at)?,
                    since: convert::timestamp("timers", "since", row.since)?,
                })
            })
            .collect()
    }

    /// The timers that start instances and are due at `now`, up to `limit`, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn due_starts(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueStart>, StoreError> {
        let sql = concat!(
            "select definition, number, node, due_at, cycle, cycle_left, cycle_start \
             from start_timers where look_at <= $2 and (",
            is_ours!("definition"),
            " or look_at <= $3) order by look_at, definition, number limit $4"
        );
        let late = now.as_millis() - OTHERS_LATER_MS;
        let cells = cells![self.share(), now.as_millis(), late, limit];
        let rows: Vec<StartRow> = self.database.all(sql, cells).await?;
        rows.into_iter().map(StartRow::read).collect()
    }

    /// When this server has to look at the next timer; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn next_timer_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let share = self.share();
        let mut next = None;
        for (all, first) in NEXT {
            let due = if share == ALL_SEATS {
                let row: Option<(i64,)> = self.database.optional(all, cells![]).await?;
                row.map(|(due,)| due)
            } else {
                let cells = cells![share, TIMERS_LOOKED_AT_MAX];
                let row: Option<FirstRow> = self.database.optional(first, cells).await?;
                row.and_then(|row| row.look_at())
            };
            let due = due.map(|due| convert::timestamp("timers", "look_at", due)).transpose()?;
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// Whether this server is the one that fires the timers of an instance.
    pub fn fires_timers_of(&self, instance: InstanceId) -> bool {
        let seat = (instance.number() >> 16) & 63;
        (self.share() >> seat) & 1 == 1
    }

    /// Lets a timer wait that could not be fired, if it is still there as it was read: one whose
    /// instance was resumed meanwhile is not put off.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn postpone_timer(&self, timer: &DueTimer, to: Timestamp) -> Result<(), StoreError> {
        let sql = "update timers set look_at = $1 \
                   where instance = $2 and subscription = $3 and due_at = $4 and since = $5";
        let instance = convert::number(timer.instance.number());
        let (due, since) = (timer.due_at.as_millis(), timer.since.as_millis());
        let cells = cells![to.as_millis(), instance, timer.subscription.0, due, since];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// Takes away a timer whose instance has ended.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn drop_timer(&self, timer: &DueTimer) -> Result<(), StoreError> {
        let sql = "delete from timers where instance = $1 and subscription = $2 and due_at = $3";
        let instance = convert::number(timer.instance.number());
        let cells = cells![instance, timer.subscription.0, timer.due_at.as_millis()];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// Lets a timer wait that starts instances and could not be fired.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn postpone_start(&self, start: &DueStart, to: Timestamp) -> Result<(), StoreError> {
        let sql = "update start_timers set look_at = $1 \
                   where definition = $2 and number = $3 and due_at = $4";
        let definition = convert::number(start.definition.number());
        let cells = cells![to.as_millis(), definition, start.number, start.due_at.as_millis()];
        self.database.execute(sql, cells).await.map(drop)
    }

    /// Sets a timer that has started an instance to its next moment, or takes it away. Whoever was
    /// faster is left alone.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn go_on_with_start(
        &self,
        start: &DueStart,
        next: Option<&NewStartTimer>,
    ) -> Result<(), StoreError> {
        let definition = convert::number(start.definition.number());
        let due = start.due_at.as_millis();
        let Some(next) = next else {
            let sql = "delete from start_timers \
                       where definition = $1 and number = $2 and due_at = $3";
            let cells = cells![definition, start.number, due];
            return self.database.execute(sql, cells).await.map(drop);
        };
        let sql = "update start_timers set due_at = $4, look_at = $4, cycle = $5, \
                   cycle_left = $6, cycle_start = $7 where definition = $1 and number = $2 and due_at = $3";
        let (cycle, left, began) = cycle_columns(next);
        let next_due = next.due_at.as_millis();
        let cells = cells![definition, start.number, due, next_due, cycle, left, began];
        self.database.execute(sql, cells).await.map(drop)
    }
}

fn cycle_columns(timer: &NewStartTimer) -> (Option<&str>, Option<i64>, Option<i64>) {
    let cycle = timer.cycle.as_ref();
    let left = cycle.and_then(|cycle| cycle.left).map(i64::from);
    let start = cycle.and_then(|cycle| cycle.start).map(Timestamp::as_millis);
    (cycle.map(|cycle| &*cycle.text), left, start)
}

/// Puts the timers of a new version in the place of those of the versions before.
pub(super) async fn replace_start_timers(
    tx: &mut Tx,
    (definition, process): (i64, &str),
    timers: &[NewStartTimer],
) -> Result<(), StoreError> {
    tx.execute("delete from start_timers where process = $1", cells![process]).await?;
    for (number, timer) in (0_u32..).zip(timers) {
        let sql = "insert into start_timers (definition, number, process, node, due_at, look_at, \
                   cycle, cycle_left, cycle_start) values ($1, $2, $3, $4, $5, $5, $6, $7, $8)";
        let (cycle, left, began) = cycle_columns(timer);
        let due = timer.due_at.as_millis();
        let cells =
            cells![definition, number, process, timer.node.as_str(), due, cycle, left, began];
        tx.execute(sql, cells).await?;
    }
    Ok(())
}
