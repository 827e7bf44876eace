//! Signals: all who wait for one hear it, and it starts what it starts.

use std::sync::Arc;

use futures::future::try_join_all;
use spartito_core::engine::Command;
use spartito_core::engine::event::Waited;
use spartito_core::exchange::Outgoing;
use spartito_core::ids::{InstanceId, PersonId};
use spartito_core::value::Variables;

use super::desk::Word;
use super::{Beginning, Exchange, command_id};
use crate::runtime::SubmitError;
use crate::store::{AwaitedKind, Origin, OutboxRow, Receiver, StoreError};

/// Instances that hear a signal at the same time.
const HEARERS_PER_BATCH_MAX: u32 = 256;

impl Exchange {
    /// Sends a signal out from outside. It is kept when this returns, and heard soon after.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn signal(
        &self,
        name: &str,
        variables: Variables,
        by: Option<&PersonId>,
    ) -> Result<(), StoreError> {
        let (from, name) = (Origin::OUTSIDE, Arc::from(name));
        let entry = Outgoing::Signal { from, name, variables };
        self.store.ask(self.outside(), by, &entry).await?;
        self.desk.tell(Word { has_outgoing: true, ..Word::default() });
        Ok(())
    }

    /// Lets those hear a signal who wait for it when it is first looked at, batch by batch, and
    /// starts what it starts. Who throws it has heard it.
    pub(super) async fn broadcast(
        &self,
        row: &OutboxRow,
        from: InstanceId,
        signal: (&Arc<str>, &Variables),
    ) -> Result<(), SubmitError> {
        if let Some(target) = row.target {
            return self.let_hear(row, target, signal).await;
        }
        let (name, variables) = signal;
        let until = match row.heard_until {
            Some(until) => until,
            None => self.store.settle_hearers(row.sequence).await?,
        };
        let mut after = InstanceId::new(0);
        loop {
            let hearers = self.store.hearers(name, until, after, HEARERS_PER_BATCH_MAX).await?;
            let Some(last) = hearers.last() else { break };
            after = *last;
            let others = hearers.into_iter().filter(|instance| *instance != from);
            try_join_all(others.map(|instance| self.let_hear(row, instance, signal))).await?;
        }
        for (process, receiver) in self.store.starts(AwaitedKind::Signal, name, None).await? {
            let Receiver::Start { definition, node } = receiver else { continue };
            let id = command_id(row.origin, &format!("start {process} {node}"));
            let occurred = Waited::Signal { name: name.clone() };
            let by = row.by.as_ref();
            let beginning = Beginning { definition, node, occurred, key: None, variables, by };
            self.begin(beginning, id).await?;
        }
        Ok(())
    }

    async fn let_hear(
        &self,
        row: &OutboxRow,
        instance: InstanceId,
        (name, variables): (&Arc<str>, &Variables),
    ) -> Result<(), SubmitError> {
        let (name, variables) = (name.clone(), variables.clone());
        let command = Command::BroadcastSignal { name, variables };
        let id = command_id(row.origin, &format!("signal {instance}"));
        self.submit_or_hold(row, instance, command, id).await
    }
}
