//! What is asked of other instances and not done yet: read in order, deleted when it is done.
//!
//! Turns write it through the projection; what comes from outside is added here.

use spartito_core::exchange::Outgoing;
use spartito_core::ids::{InstanceId, PersonId};

use super::database::{Cell, cells};
use super::journal::any_of;
use super::{Store, StoreError, blob, convert};

/// Where something that is asked comes from: a turn of an instance and the number within it, or
/// instance 0 and a random number for what comes from outside. No two things are asked under one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The instance.
    pub instance: InstanceId,
    /// The turn.
    pub position: u64,
    /// Within the turn, from 0.
    pub number: u32,
}

impl Origin {
    /// Stands for the outside.
    pub const OUTSIDE: InstanceId = InstanceId::new(0);
}

/// Something that is asked.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    /// Its place in the order.
    pub sequence: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// Who asked; `None` for the system.
    pub by: Option<PersonId>,
    /// The one instance that it is left for; `None` for all that it concerns.
    pub target: Option<InstanceId>,
    /// Of a signal: the last subscription that hears it; `None` where that is not settled yet.
    pub heard_until: Option<i64>,
    /// What is asked.
    pub entry: Outgoing,
}

#[derive(sqlx::FromRow)]
struct Row {
    sequence: i64,
    instance: i64,
    position: i64,
    number: i64,
    by_person: Option<String>,
    target: Option<i64>,
    heard_until: Option<i64>,
    entry: Vec<u8>,
}

impl Row {
    fn row(self) -> Result<OutboxRow, StoreError> {
        let name = self.sequence.to_string();
        Ok(OutboxRow {
            sequence: self.sequence,
            origin: origin("outbox", (self.instance, self.position, self.number))?,
            by: convert::person(self.by_person),
            target: self.target.map(|id| convert::instance("outbox", id)).transpose()?,
            heard_until: self.heard_until,
            entry: blob::decode("outbox", "entry", &name, &self.entry)?,
        })
    }
}

/// The origin in three columns.
pub(super) fn origin(
    table: &'static str,
    (instance, position, number): (i64, i64, i64),
) -> Result<Origin, StoreError> {
    Ok(Origin {
        instance: convert::instance(table, instance)?,
        position: convert::count(table, "position", position)?,
        number: convert::count(table, "number", number)?,
    })
}

/// The columns of an origin.
pub(super) fn origin_cells(origin: Origin) -> Vec<Cell> {
    let instance = convert::number(origin.instance.number());
    cells![instance, convert::number(origin.position), origin.number]
}

impl Store {
    /// What is asked, in order, after `after`: by this process alone, or by all of them. An
    /// instance whose earlier entries another process has is left to that one. What is held for a
    /// suspended instance is left out.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or an entry cannot be read.
    pub async fn outgoing(
        &self,
        after: i64,
        of_all: bool,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "select sequence, instance, position, number, by_person, target, heard_until, \
                   entry from outbox o where sequence > $1 and held = 0 and ($2 = 1 or \
                   (committer = $3 and not exists (select 1 from outbox e \
                   where e.instance = o.instance and e.instance <> 0 and e.held = 0 \
                   and e.sequence < o.sequence and e.committer <> o.committer))) \
                   order by sequence limit $4";
        let cells = cells![after, of_all, self.committer(), limit];
        let rows: Vec<Row> = self.database.all(sql, cells).await?;
        rows.into_iter().map(Row::row).collect()
    }

    /// Adds what is asked from outside, or once more; says its place.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn ask(
        &self,
        origin: Origin,
        by: Option<&PersonId>,
        entry: &Outgoing,
    ) -> Result<(), StoreError> {
        let sql = "insert into outbox (instance, position, number, committer, by_person, entry) \
                   values ($1, $2, $3, $4, $5, $6)";
        let rest = cells![self.committer(), by.map(PersonId::as_str), blob::encode(entry)];
        self.database.execute(sql, [origin_cells(origin), rest].concat()).await?;
        Ok(())
    }

    /// Leaves an entry for one instance, which is suspended, until [`Store::release_held`].
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn hold_outgoing(
        &self,
        row: &OutboxRow,
        target: InstanceId,
    ) -> Result<(), StoreError> {
        let sql = "insert into outbox (instance, position, number, committer, by_person, target, \
                   held, entry) values ($1, $2, $3, $4, $5, $6, 1, $7)";
        let rest = cells![
            self.committer(),
            row.by.as_ref().map(PersonId::as_str),
            convert::number(target.number()),
            blob::encode(&row.entry),
        ];
        self.database.execute(sql, [origin_cells(row.origin), rest].concat()).await?;
        Ok(())
    }

    /// Lets all be tried again that is held for suspended instances.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn release_held(&self) -> Result<(), StoreError> {
        let sql = "select sequence from outbox where held = 1 limit 1";
        let held: Option<(i64,)> = self.database.optional(sql, cells![]).await?;
        if held.is_some() {
            self.database.execute("update outbox set held = 0 where held = 1", cells![]).await?;
        }
        Ok(())
    }

    /// Settles who hears a signal: those who wait for it now, and nobody who does so later.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn settle_hearers(&self, sequence: i64) -> Result<i64, StoreError> {
        let last: Option<(Option<i64>,)> =
            self.database.optional("select max(sequence) from subscriptions", cells![]).await?;
        let last = last.and_then(|(last,)| last).unwrap_or(0);
        let sql = "update outbox set heard_until = $1 where sequence = $2";
        self.database.execute(sql, cells![last, sequence]).await?;
        Ok(last)
    }

    /// Deletes what has been done.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it; it is done again then, which changes
    /// nothing.
    pub async fn delete_outgoing(&self, done: &[i64]) -> Result<(), StoreError> {
        if done.is_empty() {
            return Ok(());
        }
        let (marks, cells) = any_of(done.iter().map(|sequence| Cell::from(*sequence)));
        let sql = format!("delete from outbox where sequence in ({marks})");
        self.database.execute(sql, cells).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use spartito_core::engine::command::CallOutcome;
    use spartito_core::engine::event::{CallBinding, Called, Caller};
    use spartito_core::ids::{ElementInstanceId, ProcessId};
    use spartito_core::value::{Value, Variables};

    use super::*;

    fn one_of_each() -> Vec<Outgoing> {
        let (instance, element) = (InstanceId::new(7), ElementInstanceId(3));
        let caller = Caller { instance, element, depth: 0, caught: None };
        let variables: Variables = [("order", Value::string("7"))].into_iter().collect();
        let text = |text: &str| -> Arc<str> { Arc::from(text) };
        let called = |binding, key: Option<&str>| Called {
            process: ProcessId::from("child"),
            binding,
            business_key: key.map(str::to_owned),
        };
        let call = |binding, key| Outgoing::Call {
            caller: caller.clone(),
            called: called(binding, key),
            variables: variables.clone(),
        };
        let end = |outcome| Outgoing::EndCall { caller: caller.clone(), outcome };
        let failed = CallOutcome::Failed { message: "gone".to_owned() };
        let (code, message) = (text("NO"), "no".to_owned());
        vec![
            Outgoing::Message {
                name: text("paid"),
                key: Some(text("7")),
                variables: variables.clone(),
            },
            Outgoing::Message { name: text("paid"), key: None, variables: variables.clone() },
            Outgoing::Signal {
                from: InstanceId::new(7),
                name: text("go"),
                variables: variables.clone(),
            },
            call(CallBinding::Latest, Some("LA-1")),
            call(CallBinding::Deployment, None),
            call(CallBinding::VersionTag("v1".to_owned()), None),
            call(CallBinding::Version(2), None),
            Outgoing::CancelCall { caller: caller.clone() },
            end(CallOutcome::Completed { variables: variables.clone() }),
            end(CallOutcome::Error { code, message, variables: variables.clone() }),
            end(failed),
            Outgoing::Escalate { caller: caller.clone(), code: text("LATE") },
        ]
    }

    /// Entries that were kept on 2026-11-26: an update reads what the version before has left.
    #[test]
    fn kept_entries_are_read() {
        let kept = include_bytes!("outbox_sample_2.bin");
        let entries: Vec<Outgoing> = blob::decode("outbox", "entry", "1", kept).unwrap();
        assert_eq!(entries, one_of_each());
    }
}
