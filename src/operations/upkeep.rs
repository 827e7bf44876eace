//! What those who run the server have to know of its database: whether it was set back, and whether
//! something in it is damaged.

use super::{Desk, OperationError};
use crate::auth::Caller;
pub use crate::runtime::{Checked, OutboundHold};
use crate::store::DamageRow;
use crate::wire::Permission;

/// Damaged instances that are named in one sentence.
const NAMED_MAX: usize = 5;

/// The last time that calls to systems outside were held; `None` if they never were.
///
/// # Errors
/// The right is missing, or the database does not answer.
pub async fn hold(desk: &Desk, caller: &Caller) -> Result<Option<OutboundHold>, OperationError> {
    caller.require(Permission::OperateInstances)?;
    Ok(desk.runtime.outbound.last().await?)
}

/// Lets systems outside be called again.
///
/// # Errors
/// The right is missing, nothing is held, or the database does not answer.
pub async fn release(desk: &Desk, caller: &Caller) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    if desk.runtime.outbound.release(&caller.person, desk.now()).await? {
        return Ok(());
    }
    Err(OperationError::Conflict("Calls to systems outside are not held.".to_owned()))
}

/// What is the matter with the database, in words for those who watch.
pub(super) async fn alarms(desk: &Desk) -> Result<Vec<String>, OperationError> {
    let mut alarms = Vec::new();
    if let Some(hold) = desk.runtime.outbound.last().await?.filter(OutboundHold::lasts) {
        alarms.push(format!(
            "Systems outside are not called since {}: {}. Look there what was done meanwhile, then \
             release the calls (POST /api/v1/outbound-work/release).",
            hold.since(),
            hold.why
        ));
    }
    let damaged = desk.runtime.store.damaged().await?;
    if !damaged.is_empty() {
        let named: Vec<String> =
            damaged.iter().take(NAMED_MAX).map(|row| row.instance.to_string()).collect();
        let more = if damaged.len() > NAMED_MAX { ", …" } else { "" };
        alarms.push(format!(
            "What is stored of some instances is damaged and cannot be read: {}{more}. All others \
             go on.",
            named.join(", ")
        ));
    }
    Ok(alarms)
}

/// What the check of all that is stored has seen, and the instances that are damaged.
///
/// # Errors
/// The right is missing, or the database does not answer.
pub async fn integrity(
    desk: &Desk,
    caller: &Caller,
) -> Result<(Checked, Vec<DamageRow>), OperationError> {
    caller.require(Permission::OperateInstances)?;
    Ok((desk.runtime.integrity.last(), desk.runtime.store.damaged().await?))
}
