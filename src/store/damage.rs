//! Instances of which something that is stored cannot be read, as the check of all that is stored
//! has found them, and what lets the others go on.

use spartito_core::ids::{InstanceId, JobKey};
use spartito_core::time::Timestamp;

use super::database::cells;
use super::{Store, StoreError, convert};

/// An instance that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageRow {
    /// The instance.
    pub instance: InstanceId,
    /// When it was found to be so.
    pub found_at: Timestamp,
    /// What cannot be read, and why.
    pub reason: String,
}

/// Damaged instances that are listed at most.
const LISTED_MAX: u32 = 100;

impl Store {
    /// Notes that an instance is damaged.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn note_damage(&self, row: &DamageRow) -> Result<(), StoreError> {
        let sql = "insert into damaged_instances (instance, found_at, reason) \
                   values ($1, $2, $3) on conflict (instance) do update \
                   set reason = excluded.reason";
        let instance = convert::number(row.instance.number());
        let cells = cells![instance, row.found_at.as_millis(), row.reason.as_str()];
        self.database.execute(sql, cells).await.map(|_| ())
    }

    /// Forgets what is noted of instances that can be read again.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn forget_damage(&self, instance: InstanceId) -> Result<(), StoreError> {
        let sql = "delete from damaged_instances where instance = $1";
        let cells = cells![convert::number(instance.number())];
        self.database.execute(sql, cells).await.map(|_| ())
    }

    /// The damaged instances, the first ones.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn damaged(&self) -> Result<Vec<DamageRow>, StoreError> {
        let sql = "select instance, found_at, reason from damaged_instances \
                   order by instance limit $1";
        let rows: Vec<(i64, i64, String)> = self.database.all(sql, cells![LISTED_MAX]).await?;
        rows.into_iter()
            .map(|(instance, found_at, reason)| {
                Ok(DamageRow {
                    instance: convert::instance("damaged_instances", instance)?,
                    found_at: convert::timestamp("damaged_instances", "found_at", found_at)?,
                    reason,
                })
            })
            .collect()
    }

    /// Identities of instances after `after`, in order.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn instances_after(
        &self,
        after: InstanceId,
        limit: u32,
    ) -> Result<Vec<InstanceId>, StoreError> {
        let sql = "select id from instances where id > $1 order by id limit $2";
        let cells = cells![convert::number(after.number()), limit];
        let rows: Vec<(i64,)> = self.database.all(sql, cells).await?;
        rows.into_iter().map(|(id,)| convert::instance("instances", id)).collect()
    }

    /// Lets a job wait until `to` that cannot be run, so that it does not hold up the others.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not take it.
    pub async fn postpone_job(&self, key: JobKey, to: Timestamp) -> Result<(), StoreError> {
        let sql = "update jobs set due_at = $1, leased_by = null, worker = null \
                   where instance = $2 and element = $3";
        let instance = convert::number(key.instance.number());
        let cells = cells![to.as_millis(), instance, key.number.0];
        self.database.execute(sql, cells).await.map(|_| ())
    }
}
