//! The journal: one row per turn, and the state of an instance folded from it.
//!
//! Snapshots shorten the reading and may be thrown away.

use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{CommandId, InstanceId, PersonId};
use spartito_core::time::Timestamp;

use super::blob::decode;
use super::database::{Cell, Database, Row, Sql, Tx, cells};
use super::projection::{Open, Tracked};
use super::{Store, StoreError, convert};

/// Turns read in one statement.
const TURNS_PER_READ: u32 = 1_000;

/// One turn as it was committed.
#[derive(Debug, Clone)]
pub struct StoredTurn {
    /// Turn within the instance, from 1.
    pub position: u64,
    /// When it was accepted.
    pub at: Timestamp,
    /// Who asked; `None` for the system.
    pub by: Option<PersonId>,
    /// What happened.
    pub events: Vec<Event>,
}

/// An instance as it was last committed.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its state.
    pub state: InstanceState,
    /// What the store follows besides.
    pub tracked: Tracked,
}

#[derive(sqlx::FromRow)]
struct TurnRow {
    instance: i64,
    position: i64,
    at: i64,
    by_person: Option<String>,
    events: Vec<u8>,
}

impl TurnRow {
    fn stored(self) -> Result<StoredTurn, StoreError> {
        let row = (self.instance, self.position);
        Ok(StoredTurn {
            position: convert::count("journal", "position", self.position)?,
            at: convert::timestamp("journal", "at", self.at)?,
            by: convert::person(self.by_person),
            events: decode("journal", "events", &format!("{} {}", row.0, row.1), &self.events)?,
        })
    }
}

/// Reads outside of and inside of a transaction alike.
pub(super) enum Source<'s> {
    Database(&'s Database),
    Tx(&'s mut Tx),
}

impl Source<'_> {
    pub(super) async fn all<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        cells: Vec<Cell>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Database(database) => database.all(sql, cells).await,
            Self::Tx(tx) => tx.all(sql, cells).await,
        }
    }
}

async fn turns_after(
    source: &mut Source<'_>,
    instance: InstanceId,
    after: u64,
    limit: u32,
) -> Result<Vec<TurnRow>, StoreError> {
    let sql = "select instance, position, at, by_person, events from journal \
               where instance = $1 and position > $2 order by position limit $3";
    let cells = cells![convert::number(instance.number()), convert::number(after), limit];
    source.all(sql, cells).await
}

/// What the journal says about an instance.
struct Folded {
    state: InstanceState,
    position: u64,
    bytes_since_snapshot: usize,
    snapshot_bytes: usize,
}

/// Folds the last snapshot and the turns after it; position 0 if there are none.
async fn fold(source: &mut Source<'_>, instance: InstanceId) -> Result<Folded, StoreError> {
    let id = convert::number(instance.number());
    let snapshots: Vec<(i64, Vec<u8>)> =
        source.all("select position, state from snapshots where instance = $1", cells![id]).await?;
    let (mut position, mut state, snapshot_bytes) = match snapshots.into_iter().next() {
        Some((position, bytes)) => match decode("snapshots", "state", &id.to_string(), &bytes) {
            Ok(state) => (convert::count("snapshots", "position", position)?, state, bytes.len()),
            Err(error) => {
                tracing::error!(%instance, %error, "a damaged snapshot is passed over");
                (0, InstanceState::default(), 0)
            }
        },
        None => (0_u64, InstanceState::default(), 0),
    };
    let mut bytes_since_snapshot = 0;
    loop {
        let rows = turns_after(source, instance, position, TURNS_PER_READ).await?;
        let last = rows.len() < TURNS_PER_READ as usize;
        for row in rows {
            bytes_since_snapshot += row.events.len();
            let turn = row.stored()?;
            if turn.position != position + 1 {
                let reason = format!("turn {} follows turn {position}", turn.position);
                return Err(StoreError::corrupt("journal", "position", id, reason));
            }
            turn.events.iter().for_each(|event| state.apply(event));
            position = turn.position;
        }
        if last {
            return Ok(Folded { state, position, bytes_since_snapshot, snapshot_bytes });
        }
    }
}

/// The instance with all that the store follows; `None` if it is unknown. Read in a transaction,
/// so that the journal and what is derived from it are of one moment.
pub(super) async fn load(tx: &mut Tx, instance: InstanceId) -> Result<Option<Loaded>, StoreError> {
    let id = convert::number(instance.number());
    let started: Option<(i64,)> = tx
        .optional("select started_at from instances where id = $1 and status < 3", cells![id])
        .await?;
    let Some((started_at,)) = started else { return Ok(None) };
    let Folded { state, position, bytes_since_snapshot, snapshot_bytes } =
        fold(&mut Source::Tx(tx), instance).await?;
    let since: Vec<(i64, i64)> =
        tx.all("select element, since from elements where instance = $1", cells![id]).await?;
    let started_at = convert::timestamp("instances", "started_at", started_at)?;
    let mut tracked = Tracked::of(&state, position, started_at);
    tracked.bytes_since_snapshot = bytes_since_snapshot;
    tracked.snapshot_bytes = snapshot_bytes;
    for (element, since) in since {
        let element = convert::element("elements", element)?;
        let Some(visit) = state.element(element) else {
            let reason = "the journal says that it has ended";
            return Err(StoreError::corrupt("elements", "element", id, reason));
        };
        let since = convert::timestamp("elements", "since", since)?;
        tracked.open.insert(element, Open::new(visit, since));
    }
    Ok(Some(Loaded { state, tracked }))
}

impl Store {
    /// Turns of an instance after position `after`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a turn cannot be read.
    pub async fn turns(
        &self,
        instance: InstanceId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredTurn>, StoreError> {
        let mut source = Source::Database(&self.database);
        let rows = turns_after(&mut source, instance, after, limit).await?;
        rows.into_iter().map(TurnRow::stored).collect()
    }

    /// The state of an instance and the position of its last turn; `None` if it is unknown.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or something cannot be read.
    pub async fn load_state(
        &self,
        instance: InstanceId,
    ) -> Result<Option<(InstanceState, u64)>, StoreError> {
        let folded = fold(&mut Source::Database(&self.database), instance).await?;
        Ok((folded.position > 0).then_some((folded.state, folded.position)))
    }

    /// The turns that these commands made, once all has ended that this server has under way in the
    /// database: a commit whose answer was lost may still be made.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a turn cannot be read.
    pub async fn settled_turns_of(
        &self,
        commands: &[CommandId],
    ) -> Result<Vec<(CommandId, InstanceId, StoredTurn)>, StoreError> {
        let Some(node) = self.database.node() else {
            // The connection of a transaction that did not end well is closed, and it with that.
            return turns_of(&mut Source::Database(&self.database), commands).await;
        };
        let mut tx = self.database.begin_unfenced().await?;
        // Every transaction that writes holds the row of its seat until its end.
        let sql = "select seat from nodes where seat = $1 for update";
        tx.all::<(i64,)>(sql, cells![node.seat()]).await?;
        let found = turns_of(&mut Source::Tx(&mut tx), commands).await?;
        tx.rollback().await?;
        Ok(found)
    }
}

#[derive(sqlx::FromRow)]
struct CommandRow {
    command_id: Vec<u8>,
    instance: i64,
    position: i64,
    at: i64,
    by_person: Option<String>,
    events: Vec<u8>,
}

/// The turns that these commands made.
pub(super) async fn turns_of(
    source: &mut Source<'_>,
    commands: &[CommandId],
) -> Result<Vec<(CommandId, InstanceId, StoredTurn)>, StoreError> {
    if commands.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, cells) = any_of(commands.iter().map(|id| Cell::from(convert::command_bytes(*id))));
    let sql = format!(
        "select command_id, instance, position, at, by_person, events from journal \
         where command_id in ({marks})"
    );
    let rows: Vec<CommandRow> = source.all(sql, cells).await?;
    rows.into_iter()
        .map(|row| {
            let bytes: [u8; 16] = row.command_id.try_into().map_err(|_| {
                StoreError::corrupt("journal", "command_id", row.instance, "not 16 bytes")
            })?;
            let instance = convert::instance("journal", row.instance)?;
            let turn = TurnRow {
                instance: row.instance,
                position: row.position,
                at: row.at,
                by_person: row.by_person,
                events: row.events,
            };
            Ok((CommandId(u128::from_be_bytes(bytes)), instance, turn.stored()?))
        })
        .collect()
}

/// `$1, $2, …` and the values for `in (…)`. The last value is repeated up to a power of two, so
/// that few different texts have to be prepared.
pub(super) fn any_of(values: impl IntoIterator<Item = Cell>) -> (String, Vec<Cell>) {
    let mut cells: Vec<Cell> = values.into_iter().collect();
    if let Some(last) = cells.last().cloned() {
        cells.resize(cells.len().next_power_of_two(), last);
    }
    let marks: Vec<String> = (1..=cells.len()).map(|n| format!("${n}")).collect();
    (marks.join(", "), cells)
}
