//! All open instances of a process stand still, or go on again, because an operator asks for that.
//!
//! Those that begin later are not meant, nor instances of other processes that are called. What was
//! asked last counts: it takes the place of what is still under way.

use spartito_core::ids::{InstanceId, ProcessId};

use super::instances::reason_of;
use super::names::Names;
use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::store::PauseRow;
use crate::wire::{PauseNote, Permission, ProcessPause};

/// Lets all open instances of a process stand still.
///
/// # Errors
/// The right is missing, there is no such process, or the reason is too long.
pub async fn pause(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    reason: &str,
) -> Result<(), OperationError> {
    ask(desk, caller, process, (false, reason)).await
}

/// Lets all open instances of a process go on that stand still, whoever has let them.
///
/// # Errors
/// The right is missing, or there is no such process.
pub async fn resume(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
) -> Result<(), OperationError> {
    ask(desk, caller, process, (true, "")).await
}

async fn ask(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
    (resumes, reason): (bool, &str),
) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let reason = reason_of(reason)?;
    let runtime = &desk.runtime;
    if runtime.store.versions(process).await?.is_empty() {
        return Err(OperationError::NotFound("There is no such process.".to_owned()));
    }
    let asked_at = desk.now();
    let row = PauseRow {
        process: process.clone(),
        number: runtime.store.new_number(asked_at),
        resumes,
        reason,
        asked_at,
        asked_by: caller.person.clone(),
        after: InstanceId::new(0),
        changed: 0,
        ended_at: None,
    };
    runtime.store.ask_pause(&row).await?;
    tracing::info!(%process, resumes, by = %caller.person, "all instances of a process are changed");
    runtime.pauses.look_again();
    Ok(())
}

/// What was asked last; `None` where nothing ever was.
///
/// # Errors
/// The right is missing, or there is no such process.
pub async fn last(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
) -> Result<Option<ProcessPause>, OperationError> {
    caller.require(Permission::ViewInstances)?;
    if desk.runtime.store.versions(process).await?.is_empty() {
        return Err(OperationError::NotFound("There is no such process.".to_owned()));
    }
    seen(desk, caller, process).await
}

/// The same for a page: nothing for who may not see all instances.
pub(super) async fn seen(
    desk: &Desk,
    caller: &Caller,
    process: &ProcessId,
) -> Result<Option<ProcessPause>, OperationError> {
    if !caller.may(Permission::ViewInstances) {
        return Ok(None);
    }
    let store = &desk.runtime.store;
    let Some(row) = store.pause_of(process).await? else { return Ok(None) };
    let names = Names::of(store, [row.asked_by.clone()].into()).await?;
    Ok(Some(ProcessPause {
        resumes: row.resumes,
        note: PauseNote {
            by: names.find(Some(&row.asked_by)),
            since: Some(row.asked_at),
            reason: row.reason,
        },
        changed: row.changed,
        is_done: row.ended_at.is_some(),
    }))
}
