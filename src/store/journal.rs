//! The journal: one row per turn, and the state of an instance folded from it.
//!
//! Snapshots shorten the reading and may be thrown away.

use std::sync::Arc;

use spartito_core::engine::{Event, InstanceState};
use spartito_core::ids::{CommandId, InstanceId, PersonId};
use spartito_core::time::Timestamp;

use super::blob::decode;
use super::database::{Cell, Database, Row, Sql, Tx, cells};
use super::file::{self, Connection, SqliteFile, params};
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

impl Loaded {
    /// How many bytes of memory it takes besides itself, rounded up.
    pub fn heap_bytes(&mut self) -> usize {
        let Self { state, tracked } = self;
        let mut weight = tracked.weight;
        let bytes = weight.of(|| state.heap_bytes() + tracked.heap_bytes());
        tracked.weight = weight;
        bytes
    }
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
        let Self { instance, position, at, by_person, events } = self;
        stored((instance, position), at, by_person, &events)
    }
}

/// A turn from its columns; `row` is the instance and the position.
fn stored(
    row: (i64, i64),
    at: i64,
    by_person: Option<String>,
    events: &[u8],
) -> Result<StoredTurn, StoreError> {
    Ok(StoredTurn {
        position: convert::count("journal", "position", row.1)?,
        at: convert::timestamp("journal", "at", at)?,
        by: convert::person(by_person),
        events: decode("journal", "events", &format!("{} {}", row.0, row.1), events)?,
    })
}

/// A turn from a row of [`TURNS_AFTER`], and the length of its events.
fn turn_of_row(row: &file::Row<'_>) -> Result<(StoredTurn, usize), StoreError> {
    let events = blob(row, 4)?;
    let turn = stored((row.get(0)?, row.get(1)?), row.get(2)?, row.get(3)?, events)?;
    Ok((turn, events.len()))
}

fn blob<'r>(row: &'r file::Row<'_>, column: usize) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(column)?.as_blob()?)
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

    /// Where it can all be read in one piece.
    fn file(&self) -> Option<&Arc<SqliteFile>> {
        match self {
            Self::Database(database) => database.file(),
            Self::Tx(tx) => tx.file(),
        }
    }
}

const SNAPSHOT: &str = "select position, state from snapshots where instance = $1";
/// A negative limit is none, on SQLite.
const TURNS_AFTER: &str = "select instance, position, at, by_person, events from journal \
    where instance = $1 and position > $2 order by position limit $3";
const STARTED_AT: &str = "select started_at from instances where id = $1 and status < 3";
const SINCE: &str = "select element, since from elements where instance = $1";

async fn turns_after(
    source: &mut Source<'_>,
    instance: InstanceId,
    after: u64,
    limit: u32,
) -> Result<Vec<TurnRow>, StoreError> {
    let cells = cells![convert::number(instance.number()), convert::number(after), limit];
    source.all(TURNS_AFTER, cells).await
}

/// What the journal says about an instance.
struct Folded {
    instance: i64,
    state: InstanceState,
    /// 0 before the first turn.
    position: u64,
    bytes_since_snapshot: usize,
    snapshot_bytes: usize,
}

impl Folded {
    /// Of an instance of which nothing was read yet.
    fn nothing(instance: InstanceId) -> Self {
        Self {
            instance: convert::number(instance.number()),
            state: InstanceState::default(),
            position: 0,
            bytes_since_snapshot: 0,
            snapshot_bytes: 0,
        }
    }

    /// Begins at a snapshot. One that is damaged is passed over: the turns say the same.
    fn begin_at(&mut self, position: i64, state: &[u8]) -> Result<(), StoreError> {
        match decode("snapshots", "state", &self.instance.to_string(), state) {
            Ok(read) => self.state = read,
            Err(error) => {
                tracing::error!(instance = self.instance, %error, "a damaged snapshot is passed over");
                return Ok(());
            }
        }
        self.position = convert::count("snapshots", "position", position)?;
        self.snapshot_bytes = state.len();
        Ok(())
    }

    /// Adds the next turn, whose events took so many bytes.
    fn add(&mut self, turn: &StoredTurn, bytes: usize) -> Result<(), StoreError> {
        if turn.position != self.position + 1 {
            let reason = format!("turn {} follows turn {}", turn.position, self.position);
            return Err(StoreError::corrupt("journal", "position", self.instance, reason));
        }
        turn.events.iter().for_each(|event| self.state.apply(event));
        self.position = turn.position;
        self.bytes_since_snapshot += bytes;
        Ok(())
    }

    /// With all that the store follows besides: when it began, and since when each visit is open.
    fn loaded(self, started_at: i64, since: Vec<(i64, i64)>) -> Result<Loaded, StoreError> {
        let started_at = convert::timestamp("instances", "started_at", started_at)?;
        let mut tracked = Tracked::of(&self.state, self.position, started_at);
        tracked.bytes_since_snapshot = self.bytes_since_snapshot;
        tracked.snapshot_bytes = self.snapshot_bytes;
        for (element, since) in since {
            let element = convert::element("elements", element)?;
            let Some(visit) = self.state.element(element) else {
                let reason = "the journal says that it has ended";
                return Err(StoreError::corrupt("elements", "element", self.instance, reason));
            };
            let since = convert::timestamp("elements", "since", since)?;
            tracked.open.insert(element, Open::new(visit, since));
        }
        Ok(Loaded { state: self.state, tracked })
    }
}

/// Folds the last snapshot and the turns after it; position 0 if there are none.
async fn fold(source: &mut Source<'_>, instance: InstanceId) -> Result<Folded, StoreError> {
    if let Some(file) = source.file() {
        return file.read(move |connection| fold_in_one_piece(connection, instance)).await;
    }
    let mut folded = Folded::nothing(instance);
    let snapshots: Vec<(i64, Vec<u8>)> = source.all(SNAPSHOT, cells![folded.instance]).await?;
    if let Some((position, state)) = snapshots.into_iter().next() {
        folded.begin_at(position, &state)?;
    }
    loop {
        let rows = turns_after(source, instance, folded.position, TURNS_PER_READ).await?;
        let last = rows.len() < TURNS_PER_READ as usize;
        for row in rows {
            let bytes = row.events.len();
            folded.add(&row.stored()?, bytes)?;
        }
        if last {
            return Ok(folded);
        }
    }
}

fn fold_in_one_piece(connection: &Connection, instance: InstanceId) -> Result<Folded, StoreError> {
    let mut folded = Folded::nothing(instance);
    let mut snapshot = connection.prepare_cached(SNAPSHOT)?;
    let mut rows = snapshot.query([folded.instance])?;
    if let Some(row) = rows.next()? {
        folded.begin_at(row.get(0)?, blob(row, 1)?)?;
    }
    let mut turns = connection.prepare_cached(TURNS_AFTER)?;
    let after = convert::number(folded.position);
    let mut rows = turns.query(params![folded.instance, after, -1])?;
    while let Some(row) = rows.next()? {
        let (turn, bytes) = turn_of_row(row)?;
        folded.add(&turn, bytes)?;
    }
    Ok(folded)
}

/// The instance with all that the store follows; `None` if it is unknown. Read in a transaction,
/// so that the journal and what is derived from it are of one moment.
pub(super) async fn load(tx: &mut Tx, instance: InstanceId) -> Result<Option<Loaded>, StoreError> {
    if let Some(file) = tx.file() {
        return file.read(move |connection| load_in_one_piece(connection, instance)).await;
    }
    let id = convert::number(instance.number());
    let started: Option<(i64,)> = tx.optional(STARTED_AT, cells![id]).await?;
    let Some((started_at,)) = started else { return Ok(None) };
    let folded = fold(&mut Source::Tx(tx), instance).await?;
    let since: Vec<(i64, i64)> = tx.all(SINCE, cells![id]).await?;
    folded.loaded(started_at, since).map(Some)
}

fn load_in_one_piece(
    connection: &Connection,
    instance: InstanceId,
) -> Result<Option<Loaded>, StoreError> {
    let id = convert::number(instance.number());
    let mut started = connection.prepare_cached(STARTED_AT)?;
    let mut rows = started.query([id])?;
    let Some(started_at) = rows.next()?.map(|row| row.get(0)).transpose()? else {
        return Ok(None);
    };
    let folded = fold_in_one_piece(connection, instance)?;
    let mut since = connection.prepare_cached(SINCE)?;
    let since = since.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    folded.loaded(started_at, since.collect::<rusqlite::Result<_>>()?).map(Some)
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
        if let Some(file) = source.file() {
            let asked = (convert::number(instance.number()), convert::number(after), limit);
            return file
                .read(move |connection| {
                    let mut turns = connection.prepare_cached(TURNS_AFTER)?;
                    let mut rows = turns.query(asked)?;
                    let mut found = Vec::new();
                    while let Some(row) = rows.next()? {
                        found.push(turn_of_row(row)?.0);
                    }
                    Ok(found)
                })
                .await;
        }
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
        node.let_end(&self.database).await?;
        let mut tx = self.database.begin_unfenced().await?;
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
