//! How long finished instances are kept: per process, and for all that have no rule of their own.
//!
//! Set by administrators. Nothing is removed that anybody has not set to be.

use spartito_core::ids::ProcessId;

use super::names::Names;
use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::store::RetentionRow;
use crate::wire::{Permission, RetentionView};

/// Most days that can be set: a hundred years.
const DAYS_MAX: u32 = 36_500;

/// How long to keep finished instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As is set for all processes.
    AsForAll,
    /// For ever.
    ForEver,
    /// So many days after their end.
    Days(u32),
}

impl Keep {
    /// What a form says: `all`, `ever`, or `days` with a number.
    ///
    /// # Errors
    /// It says something else.
    pub fn parse(keep: &str, days: &str) -> Result<Self, OperationError> {
        match keep {
            "all" => Ok(Self::AsForAll),
            "ever" => Ok(Self::ForEver),
            "days" => days.trim().parse().map(Self::Days).map_err(|_| wrong_days()),
            _ => Err(OperationError::invalid_field("keep", "Say how long they are kept.")),
        }
    }
}

fn wrong_days() -> OperationError {
    OperationError::invalid_field("days", "Give whole days, from 1 to 36,500.")
}

/// How long finished instances of a process are kept; of `None` those of all that have no rule of
/// their own.
///
/// # Errors
/// The right is missing, or there is no such process.
pub async fn of(
    desk: &Desk,
    caller: &Caller,
    process: Option<&ProcessId>,
) -> Result<RetentionView, OperationError> {
    caller.require(Permission::ViewInstances)?;
    if let Some(process) = process {
        known(desk, process).await?;
    }
    view(desk, caller, process).await
}

/// The same, for whoever may see the process.
pub(super) async fn view(
    desk: &Desk,
    caller: &Caller,
    process: Option<&ProcessId>,
) -> Result<RetentionView, OperationError> {
    let store = &desk.runtime.store;
    let set = store.retention().await?;
    let rule =
        |wanted: Option<&ProcessId>| set.iter().find(|row| row.process.as_ref() == wanted).cloned();
    let own = rule(process);
    let is_own = own.is_some();
    let counts = own.or_else(|| rule(None));
    let people = counts.iter().map(|row| row.set_by.clone()).collect();
    let names = Names::of(store, people).await?;
    Ok(RetentionView {
        days: counts.as_ref().and_then(|row| row.days),
        is_own,
        set_by: names.find(counts.as_ref().map(|row| &row.set_by)),
        set_at: counts.as_ref().map(|row| row.set_at),
        removed: match process {
            Some(process) => store.removed_count(process).await?,
            None => 0,
        },
        may_set: caller.may(Permission::SetRetention),
    })
}

/// Sets how long finished instances of a process are kept; of `None` those of all that have no rule
/// of their own. What has been kept for longer is removed within the next minutes.
///
/// # Errors
/// The right is missing, there is no such process, or the days are out of range.
pub async fn set(
    desk: &Desk,
    caller: &Caller,
    process: Option<&ProcessId>,
    keep: Keep,
) -> Result<(), OperationError> {
    caller.require(Permission::SetRetention)?;
    if let Some(process) = process {
        known(desk, process).await?;
    }
    let store = &desk.runtime.store;
    let days = match keep {
        Keep::AsForAll => {
            store.unset_retention(process).await?;
            told(desk, caller, process, keep);
            return Ok(());
        }
        Keep::ForEver => None,
        Keep::Days(days) if (1..=DAYS_MAX).contains(&days) => Some(days),
        Keep::Days(_) => return Err(wrong_days()),
    };
    let (set_at, set_by) = (desk.now(), caller.person.clone());
    let row = RetentionRow { process: process.cloned(), days, set_at, set_by };
    store.set_retention(&row).await?;
    told(desk, caller, process, keep);
    Ok(())
}

fn told(desk: &Desk, caller: &Caller, process: Option<&ProcessId>, keep: Keep) {
    let process = process.map_or("all", ProcessId::as_str);
    tracing::info!(process, ?keep, by = %caller.person, "retention set");
    desk.runtime.retention.look_again();
}

async fn known(desk: &Desk, process: &ProcessId) -> Result<(), OperationError> {
    if desk.runtime.store.versions(process).await?.is_empty() {
        return Err(OperationError::NotFound("There is no such process.".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_how_long_and_nothing_else() {
        assert_eq!(Keep::parse("all", "").expect("as for all"), Keep::AsForAll);
        assert_eq!(Keep::parse("ever", "7").expect("for ever"), Keep::ForEver);
        assert_eq!(Keep::parse("days", " 30 ").expect("days"), Keep::Days(30));
        for (keep, days) in [("days", ""), ("days", "-1"), ("days", "1.5"), ("", "30")] {
            assert!(Keep::parse(keep, days).is_err(), "{keep} {days}");
        }
    }
}
