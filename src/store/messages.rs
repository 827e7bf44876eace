//! Messages that wait, and who waits for messages and signals.
//!
//! Never decides who gets what: it says who waits, the oldest first.

use spartito_core::engine::event::Caller;
use spartito_core::exchange::Outgoing;
use spartito_core::ids::{
    DefinitionKey, FlowNodeId, InstanceId, PersonId, ProcessId, SubscriptionId,
};
use spartito_core::time::Timestamp;

use super::database::{Tx, cells};
use super::outbox::{Origin, origin, origin_cells};
use super::projection::{Awaited, AwaitedKind};
use super::{Store, StoreError, blob, convert};

/// A message to keep.
#[derive(Debug, Clone)]
pub struct NewMessage<'m> {
    /// Where it comes from.
    pub origin: Origin,
    /// Its name.
    pub name: &'m str,
    /// Whose it is.
    pub key: Option<&'m str>,
    /// By which the sender knows it.
    pub message_id: Option<&'m str>,
    /// Until when it waits.
    pub waits_until: Timestamp,
    /// Until when its id is known; not before it waits no longer.
    pub expires_at: Timestamp,
    /// Who sent it.
    pub by: Option<&'m PersonId>,
    /// All of it.
    pub entry: &'m Outgoing,
}

/// A message that is kept.
#[derive(Debug, Clone)]
pub struct MessageRow {
    /// Its place in the order.
    pub sequence: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether its sender gave it an id.
    pub has_id: bool,
    /// Whether nobody has been asked yet.
    pub is_new: bool,
    /// Until when it waits.
    pub waits_until: Timestamp,
    /// Who sent it.
    pub by: Option<PersonId>,
    /// All of it.
    pub entry: Outgoing,
}

/// Which kept messages are wanted.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'k> {
    /// Those that fit what is waited for.
    For(&'k Awaited),
    /// Those that somebody waits for, or nobody has been asked about.
    Due,
}

/// Who gets a message or hears a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// An instance that waits.
    Open {
        /// The instance.
        instance: InstanceId,
        /// What it waits with.
        subscription: SubscriptionId,
    },
    /// A version to start.
    Start {
        /// The version.
        definition: DefinitionKey,
        /// Where it starts.
        node: FlowNodeId,
    },
}

/// What starts an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStart {
    /// The event.
    pub node: FlowNodeId,
    /// What it waits for.
    pub awaited: Awaited,
}

#[derive(sqlx::FromRow)]
struct Row {
    sequence: i64,
    instance: i64,
    position: i64,
    number: i64,
    message_id: Option<String>,
    state: i64,
    waits_until: i64,
    by_person: Option<String>,
    entry: Vec<u8>,
}

impl Row {
    fn row(self) -> Result<MessageRow, StoreError> {
        let name = self.sequence.to_string();
        Ok(MessageRow {
            sequence: self.sequence,
            origin: origin("messages", (self.instance, self.position, self.number))?,
            has_id: self.message_id.is_some(),
            is_new: self.state == ACCEPTED,
            waits_until: convert::timestamp("messages", "waits_until", self.waits_until)?,
            by: convert::person(self.by_person),
            entry: blob::decode("messages", "entry", &name, &self.entry)?,
        })
    }
}

const MESSAGES: &str = "select m.sequence, m.instance, m.position, m.number, m.message_id, \
     m.state, m.waits_until, m.by_person, m.entry from messages m";

/// How far a message is.
const ACCEPTED: i64 = 0;
const WAITS: i64 = 1;
const ARRIVED: i64 = 2;

impl Store {
    /// Keeps a message before anybody is asked; `None` where its sender has sent it before.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn accept_message(
        &self,
        new: &NewMessage<'_>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.database.begin().await?;
        if let Some(id) = new.message_id {
            let sql = "delete from messages where name = $1 and coalesce(key, '') = $2 \
                       and message_id = $3 and expires_at <= $4";
            let key = new.key.map(convert::indexed).unwrap_or_default();
            let name = convert::indexed(new.name);
            tx.execute(sql, cells![name, key, id, now.as_millis()]).await?;
        }
        let kept = keep(&mut tx, new, ACCEPTED).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Keeps a message that nobody waits for, in place of the entry of the outbox that asked for
    /// it. `None` where another process has done so.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn keep_message(
        &self,
        new: &NewMessage<'_>,
        outbox: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.database.begin().await?;
        if let Some(sequence) = outbox {
            let sql = "delete from outbox where sequence = $1";
            if tx.execute(sql, cells![sequence]).await? == 0 {
                tx.rollback().await?;
                return Ok(None);
            }
        }
        let kept = keep(&mut tx, new, WAITS).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Lets a message wait that nobody could be found for.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn let_wait(&self, sequence: i64) -> Result<(), StoreError> {
        let sql = "update messages set state = $1 where sequence = $2 and state = $3";
        self.database.execute(sql, cells![WAITS, sequence, ACCEPTED]).await?;
        Ok(())
    }

    /// Drops a message that has arrived; its id stays known where it has one.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn message_arrived(&self, sequence: i64, has_id: bool) -> Result<(), StoreError> {
        if has_id {
            let sql = "update messages set state = $1 where sequence = $2";
            self.database.execute(sql, cells![ARRIVED, sequence]).await?;
        } else {
            let sql = "delete from messages where sequence = $1";
            self.database.execute(sql, cells![sequence]).await?;
        }
        Ok(())
    }

    /// Messages that wait, the oldest first, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a message cannot be read.
    pub async fn kept_messages(
        &self,
        which: Kept<'_>,
        now: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let mut cells = cells![now.as_millis(), after, limit];
        let fits = match which {
            Kept::For(Awaited { name, key, .. }) => {
                cells.extend(cells![convert::indexed(name)]);
                match key {
                    None => "m.waits_until > $1 and m.name = $4",
                    Some(key) => {
                        cells.extend(cells![convert::indexed(key)]);
                        "m.waits_until > $1 and m.name = $4 and (m.key = $5 or m.key is null)"
                    }
                }
            }
            Kept::Due => {
                "(m.state = 0 or (m.waits_until > $1 and exists (select 1 from subscriptions s where s.kind = 0 and s.name = m.name \
                 and (s.key = m.key or s.key is null or m.key is null))))"
            }
        };
        let sql = format!(
            "{MESSAGES} where m.state < 2 and m.sequence > $2 and {fits} order by m.sequence limit $3"
        );
        let rows: Vec<Row> = self.database.all(sql, cells).await?;
        rows.into_iter().map(Row::row).collect()
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn messages_kept(&self) -> Result<u64, StoreError> {
        let sql = "select count(*) from messages where state < 2";
        let row: Option<(i64,)> = self.database.optional(sql, cells![]).await?;
        convert::count("messages", "count", row.map_or(0, |(n,)| n))
    }

    /// Deletes up to `limit` messages whose time is over; says how many.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn delete_expired_messages(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let sql = "delete from messages where sequence in (select sequence from messages \
                   where expires_at <= $1 order by expires_at limit $2)";
        self.database.execute(sql, cells![now.as_millis(), limit]).await
    }

    /// Who gets a message: of each process the instance that has waited longest, else a new one.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn receivers(
        &self,
        name: &str,
        key: Option<&str>,
    ) -> Result<Vec<(ProcessId, Receiver)>, StoreError> {
        const T: &str = "subscriptions";
        let mut cells = cells![AwaitedKind::Message.number(), convert::indexed(name)];
        let fits = match key {
            None => "",
            Some(key) => {
                cells.extend(cells![convert::indexed(key)]);
                " and (key = $3 or key is null)"
            }
        };
        let sql = format!(
            "select process, instance, subscription from subscriptions where sequence in \
             (select min(sequence) from subscriptions where kind = $1 and name = $2{fits} \
             group by process)"
        );
        let open: Vec<(String, i64, i64)> = self.database.all(sql, cells.clone()).await?;
        let mut receivers = Vec::with_capacity(open.len());
        for (process, instance, subscription) in open {
            let instance = convert::instance(T, instance)?;
            let subscription = SubscriptionId(convert::count(T, "subscription", subscription)?);
            receivers.push((ProcessId::new(process), Receiver::Open { instance, subscription }));
        }
        for (process, start) in self.starts(AwaitedKind::Message, name, key).await? {
            if receivers.iter().all(|(other, _)| *other != process) {
                receivers.push((process, start));
            }
        }
        Ok(receivers)
    }

    /// What starts by a message or signal, in the order of the models.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn starts(
        &self,
        kind: AwaitedKind,
        name: &str,
        key: Option<&str>,
    ) -> Result<Vec<(ProcessId, Receiver)>, StoreError> {
        let sql = "select process, definition, node, key from start_subscriptions \
                   where kind = $1 and name = $2 order by process, number";
        let cells = cells![kind.number(), convert::indexed(name)];
        let rows: Vec<(String, i64, String, Option<String>)> =
            self.database.all(sql, cells).await?;
        let key = key.map(convert::indexed);
        rows.into_iter()
            .filter(|(_, _, _, whose)| key.is_none() || whose.is_none() || *whose == key)
            .map(|(process, definition, node, _)| {
                let definition = convert::definition("start_subscriptions", definition)?;
                let node = FlowNodeId::new(node);
                Ok((ProcessId::new(process), Receiver::Start { definition, node }))
            })
            .collect()
    }

    /// Instances after `after` that hear a signal: those whose wait began up to `until`.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn hearers(
        &self,
        name: &str,
        until: i64,
        after: InstanceId,
        limit: u32,
    ) -> Result<Vec<InstanceId>, StoreError> {
        let sql = "select distinct instance from subscriptions where kind = $1 and name = $2 \
                   and sequence <= $3 and instance > $4 order by instance limit $5";
        let (kind, name) = (AwaitedKind::Signal.number(), convert::indexed(name));
        let cells = cells![kind, name, until, convert::number(after.number()), limit];
        let rows: Vec<(i64,)> = self.database.all(sql, cells).await?;
        rows.into_iter().map(|(id,)| convert::instance("subscriptions", id)).collect()
    }

    /// Open instances that a call activity started.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn open_called(&self, caller: &Caller) -> Result<Vec<InstanceId>, StoreError> {
        let sql = "select id from instances where caller_instance = $1 and caller_element = $2 \
                   and status = 0";
        let cells = cells![convert::number(caller.instance.number()), caller.element.0];
        let rows: Vec<(i64,)> = self.database.all(sql, cells).await?;
        rows.into_iter().map(|(id,)| convert::instance("instances", id)).collect()
    }

    /// The instances that an instance called, the oldest first, and the one that called it.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer or a row cannot be read.
    pub async fn relatives(
        &self,
        instance: InstanceId,
        limit: u32,
    ) -> Result<(Option<InstanceId>, Vec<InstanceId>), StoreError> {
        let id = convert::number(instance.number());
        let sql = "select caller_instance from instances where id = $1";
        let caller: Option<(Option<i64>,)> = self.database.optional(sql, cells![id]).await?;
        let caller = caller.and_then(|(caller,)| caller);
        let sql = "select id from instances where caller_instance = $1 order by id limit $2";
        let called: Vec<(i64,)> = self.database.all(sql, cells![id, limit]).await?;
        let convert = |id| convert::instance("instances", id);
        let called = called.into_iter().map(|(id,)| convert(id)).collect::<Result<_, _>>()?;
        Ok((caller.map(convert).transpose()?, called))
    }
}

async fn keep(tx: &mut Tx, new: &NewMessage<'_>, state: i64) -> Result<Option<i64>, StoreError> {
    let sql = "insert into messages (instance, position, number, name, key, message_id, state, \
               waits_until, expires_at, by_person, entry) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
               on conflict do nothing returning sequence";
    let rest = cells![
        convert::indexed(new.name),
        new.key.map(convert::indexed),
        new.message_id,
        state,
        new.waits_until.as_millis(),
        new.expires_at.as_millis(),
        new.by.map(PersonId::as_str),
        blob::encode(new.entry),
    ];
    let cells = [origin_cells(new.origin), rest].concat();
    let row: Option<(i64,)> = tx.optional(sql, cells).await?;
    Ok(row.map(|(sequence,)| sequence))
}

/// Replaces what starts a process: only its latest version does.
pub(super) async fn replace_starts(
    tx: &mut Tx,
    process: &ProcessId,
    definition: i64,
    starts: &[NewStart],
) -> Result<(), StoreError> {
    let gone = "delete from start_subscriptions where process = $1";
    tx.execute(gone, cells![process.as_str()]).await?;
    for (number, NewStart { node, awaited }) in (0_u32..).zip(starts) {
        let sql = "insert into start_subscriptions (process, definition, number, node, kind, \
                   name, key) values ($1, $2, $3, $4, $5, $6, $7)";
        let cells = cells![
            process.as_str(),
            definition,
            number,
            node.as_str(),
            awaited.kind.number(),
            convert::indexed(&awaited.name),
            awaited.key.as_deref().map(convert::indexed),
        ];
        tx.execute(sql, cells).await?;
    }
    Ok(())
}
