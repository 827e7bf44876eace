//! What those who run the server have to know of its database: whether it was set back, and whether
//! something in it is damaged.

use spartito_core::ids::PersonId;

use super::names::Names;
use super::{Desk, OperationError, retention};
use crate::auth::Caller;
pub use crate::runtime::{Checked, OutboundHold};
use crate::store::{DamageRow, ROWS_COUNTED_MAX, StoreError};
use crate::wire::{
    Alarm, AlarmNote, CheckOfStored, DamagedInstance, HeldCalls, OutboundPause, OwnRule,
    Permission, Upkeep,
};

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

/// What is the matter now, for who may know that something is and not what: one question to the
/// database.
///
/// # Errors
/// The database does not answer.
pub async fn standing(desk: &Desk) -> Result<Vec<Alarm>, StoreError> {
    let runtime = &desk.runtime;
    let is_damaged = !runtime.store.damaged().await?.is_empty();
    let all = [
        (Alarm::OutboundHeld, runtime.outbound.is_held()),
        (Alarm::DataDamaged, is_damaged),
        (Alarm::WritesFail, runtime.measures.has_commit_failed()),
    ];
    Ok(all.into_iter().filter(|(_, stands)| *stands).map(|(alarm, _)| alarm).collect())
}

/// What is the matter now, in words; nothing for who can do nothing about it.
///
/// # Errors
/// The database does not answer.
pub async fn alarms(desk: &Desk, caller: &Caller) -> Result<Vec<AlarmNote>, OperationError> {
    if !caller.may(Permission::OperateInstances) {
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    for alarm in standing(desk).await? {
        let words = match alarm {
            Alarm::OutboundHeld => {
                let hold = desk.runtime.outbound.last().await?.filter(OutboundHold::lasts);
                let Some(hold) = hold else { continue };
                let since: String = hold.since().to_string().chars().take(16).collect();
                let since = since.replace('T', " ");
                format!(
                    "Systems outside are not called since {since} UTC, because the database was set back."
                )
            }
            Alarm::DataDamaged => match desk.runtime.store.damaged().await?.len() {
                1 => "What is stored of one instance is damaged and cannot be read. All others \
                      go on."
                    .to_owned(),
                n => format!(
                    "What is stored of {n} instances is damaged and cannot be read. All others go on."
                ),
            },
            Alarm::WritesFail => "The database did not take the last change. Nothing that was \
                                  confirmed is lost; the server's log holds the cause."
                .to_owned(),
        };
        notes.push(AlarmNote { alarm, words });
    }
    Ok(notes)
}

/// All that the page of upkeep shows.
///
/// # Errors
/// The right is missing, or the database does not answer.
pub async fn overview(desk: &Desk, caller: &Caller) -> Result<Upkeep, OperationError> {
    caller.require(Permission::OperateInstances)?;
    let alarms = alarms(desk, caller).await?;
    let outbound = match desk.runtime.outbound.last().await? {
        Some(hold) => Some(told(desk, hold).await?),
        None => None,
    };
    let lasts = outbound.as_ref().is_some_and(OutboundPause::lasts);
    let held = if lasts { held_calls(desk).await? } else { Vec::new() };
    let (checked, damaged) = integrity(desk, caller).await?;
    let damaged = damaged.into_iter().map(|row| DamagedInstance {
        instance: row.instance,
        found_at: row.found_at,
        reason: row.reason,
    });
    Ok(Upkeep {
        alarms,
        outbound,
        held,
        retention: retention::of(desk, caller, None).await?,
        own_rules: own_rules(desk).await?,
        check: CheckOfStored {
            begun_at: checked.begun_at,
            ended_at: checked.ended_at,
            instances: checked.instances,
            damaged: damaged.collect(),
        },
        now: desk.now(),
    })
}

async fn told(desk: &Desk, hold: OutboundHold) -> Result<OutboundPause, OperationError> {
    let by = hold.released_by.as_deref().map(PersonId::from);
    let names = Names::of(&desk.runtime.store, by.iter().cloned().collect()).await?;
    Ok(OutboundPause {
        since: hold.since(),
        released_by: names.find(by.as_ref()),
        released_at: hold.released_at(),
        why: hold.why,
    })
}

/// Calls that wait to be made, by kind.
async fn held_calls(desk: &Desk) -> Result<Vec<HeldCalls>, OperationError> {
    let figures = desk.runtime.store.figures(desk.now()).await?;
    let connectors = &desk.runtime.connectors;
    let waiting = figures.jobs.into_iter().filter(|jobs| jobs.due > 0).map(|jobs| HeldCalls {
        // Of all others together only the first ones are looked at.
        is_more: jobs.due >= u64::from(ROWS_COUNTED_MAX) || jobs.job_type.is_none(),
        by_workers: jobs.job_type.as_ref().is_some_and(|kind| connectors.get(kind).is_none()),
        kind: jobs.job_type,
        waiting: jobs.due,
    });
    Ok(waiting.collect())
}

/// Processes with a rule of their own about finished instances, by name.
async fn own_rules(desk: &Desk) -> Result<Vec<OwnRule>, OperationError> {
    let rules = desk.runtime.store.retention().await?;
    let processes = desk.runtime.store.processes().await?;
    let own = processes.into_iter().filter_map(|row| {
        let process = row.latest.process;
        let rule = rules.iter().find(|rule| rule.process.as_ref() == Some(&process))?;
        Some(OwnRule { process, name: row.latest.name, days: rule.days })
    });
    Ok(own.collect())
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
