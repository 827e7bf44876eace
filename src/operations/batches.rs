//! Batch operations: all incidents that match are tried again, each with an outcome of its own.
//!
//! Acts on what matches at the time, not on what a page shows. Where single ones are named, all of
//! them have to be there for the caller, or nothing is done.

use sha2::{Digest, Sha256};
use spartito_core::ids::{BatchKey, IncidentKey};

use super::incidents::{selection_of, words_of};
use super::instances::visible;
use super::names::Names;
use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::store::{
    BatchItemRow, BatchItemState, BatchOperationRow, BatchOperationState, IncidentSelection,
    MadeBatchOperation, NewBatchOperation,
};
use crate::wire::{
    BatchCounts, BatchDetail, BatchItem, BatchItemOutcome, BatchState, BatchSummary,
    IncidentFilter, Permission,
};

/// Incidents that can be named one by one.
const KEYS_MAX: usize = 500;
/// Most characters of an idempotency key.
const IDEMPOTENCY_KEY_CHARACTERS_MAX: usize = 255;
/// Items of one page.
const PAGE: u32 = 50;

/// What a request for a batch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It was made.
    Made(BatchKey),
    /// The same request had made it before.
    MadeBefore(BatchKey),
    /// Another request was made before under the same idempotency key; nothing was done.
    OtherUnderThisKey,
}

/// Tries all incidents again that match; or those that are named and match.
///
/// # Errors
/// The right is missing, the filter cannot be understood, or one of those named is not there.
pub async fn retry_all_that_match(
    desk: &Desk,
    caller: &Caller,
    filter: &IncidentFilter,
    keys: Vec<IncidentKey>,
    idempotency_key: Option<String>,
) -> Result<Asked, OperationError> {
    caller.require(Permission::OperateInstances)?;
    let selection = IncidentSelection { keys, ..selection_of(filter)? };
    if selection.keys.len() > KEYS_MAX {
        return Err(OperationError::invalid("Name at most 500 incidents, or give a filter."));
    }
    let is_long = |key: &String| key.chars().count() > IDEMPOTENCY_KEY_CHARACTERS_MAX;
    if idempotency_key.as_ref().is_some_and(|key| key.is_empty() || is_long(key)) {
        return Err(OperationError::invalid("An idempotency key has 1 to 255 characters."));
    }
    for key in &selection.keys {
        visible(desk, caller, key.instance).await?;
        let open = desk.runtime.store.open_incidents(key.instance).await?;
        if !open.iter().any(|incident| incident.key == *key) {
            return Err(OperationError::NotFound(format!(
                "There is no open incident “{key}”. Nothing was tried again."
            )));
        }
    }
    let text = serde_json::to_vec(&selection).expect("a selection is plain data");
    let digest = Sha256::digest(text);
    let asked = digest.iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    let now = desk.now();
    let key = BatchKey::new(desk.runtime.store.new_number(now));
    let by = caller.person.clone();
    let new = NewBatchOperation { key, selection, at: now, by, idempotency_key, asked };
    Ok(match desk.runtime.store.make_batch_operation(&new).await? {
        MadeBatchOperation::New => {
            tracing::info!(batch = %key, by = %caller.person, "batch of retries");
            desk.runtime.batch_operations.look_again();
            Asked::Made(key)
        }
        MadeBatchOperation::Before(key) => Asked::MadeBefore(key),
        MadeBatchOperation::OtherUnderThisKey => Asked::OtherUnderThisKey,
    })
}

/// The latest batches, the latest first.
///
/// # Errors
/// The database does not answer.
pub(super) async fn latest(desk: &Desk, limit: u32) -> Result<Vec<BatchSummary>, OperationError> {
    let mut all = Vec::new();
    for row in desk.runtime.store.batch_operations(limit).await? {
        all.push(summary(desk, row).await?);
    }
    Ok(all)
}

/// A batch with a page of its items that have an outcome; where none is asked for, the most telling
/// one that there is.
///
/// # Errors
/// The right is missing, or there is no such batch.
pub async fn detail(
    desk: &Desk,
    caller: &Caller,
    key: BatchKey,
    outcome: Option<BatchItemOutcome>,
    after: Option<&str>,
) -> Result<BatchDetail, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let row = found(desk, key).await?;
    let store = &desk.runtime.store;
    let shown = outcome.map_or_else(|| most_telling(&row), state_of);
    let after = after.and_then(|after| after.parse::<IncidentKey>().ok());
    let mut rows = store.batch_items(row.key, shown, after, PAGE + 1).await?;
    let is_more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| is_more).map(|row| row.key.to_string());
    let mut items = Vec::with_capacity(rows.len());
    for BatchItemRow { key, state, message, .. } in rows {
        let instance = store.instance(key.instance).await?;
        items.push(BatchItem {
            key,
            instance: key.instance,
            business_key: instance.and_then(|instance| instance.business_key),
            outcome: outcome_of(state),
            message,
        });
    }
    let batch = summary(desk, row).await?;
    let may_cancel = caller.may(Permission::OperateInstances)
        && batch.state.is_open()
        && batch.canceled_by.is_none();
    let now = desk.now();
    Ok(BatchDetail { batch, shown: outcome_of(shown), items, next, may_cancel, now })
}

/// Ends a batch before its time: what waits is not tried any more, what is under way goes on.
///
/// # Errors
/// The right is missing, there is no such batch, or it has ended.
pub async fn cancel(desk: &Desk, caller: &Caller, key: BatchKey) -> Result<(), OperationError> {
    caller.require(Permission::OperateInstances)?;
    let row = found(desk, key).await?;
    let store = &desk.runtime.store;
    if !store.cancel_batch_operation(row.key, (desk.now(), &caller.person)).await? {
        return Err(OperationError::Conflict("This batch has ended already.".to_owned()));
    }
    tracing::info!(batch = %key, by = %caller.person, "batch of retries canceled");
    desk.runtime.batch_operations.look_again();
    Ok(())
}

async fn found(desk: &Desk, key: BatchKey) -> Result<BatchOperationRow, OperationError> {
    let row = desk.runtime.store.batch_operation(key).await?;
    row.ok_or_else(|| OperationError::NotFound("There is no such batch.".to_owned()))
}

async fn summary(desk: &Desk, row: BatchOperationRow) -> Result<BatchSummary, OperationError> {
    let store = &desk.runtime.store;
    let canceled_by = row.canceled.as_ref().map(|(_, by)| by.clone());
    let people = [&row.created_by].into_iter().chain(canceled_by.as_ref()).cloned().collect();
    let names = Names::of(store, people).await?;
    let process = match &row.selection.process {
        Some(process) => store.versions(process).await?.into_iter().next().map(|row| row.name),
        None => None,
    };
    Ok(BatchSummary {
        key: row.key,
        state: match row.state {
            BatchOperationState::Created => BatchState::Created,
            BatchOperationState::Running => BatchState::Running,
            BatchOperationState::Done => BatchState::Done,
            BatchOperationState::PartlyFailed => BatchState::PartlyFailed,
            BatchOperationState::Canceled => BatchState::Canceled,
        },
        asked: words_of(&row.selection, process.as_deref()),
        counts: counts(&row),
        created_at: row.created_at,
        created_by: names.get(&row.created_by),
        canceled_by: names.find(canceled_by.as_ref()),
        ended_at: row.ended_at,
    })
}

fn counts(row: &BatchOperationRow) -> BatchCounts {
    let of = |state| row.counts.get(&state).copied().unwrap_or(0);
    BatchCounts {
        total: row.counts.values().sum(),
        waiting: of(BatchItemState::Waiting),
        trying: of(BatchItemState::Tried),
        fixed: of(BatchItemState::Fixed),
        failed_again: of(BatchItemState::FailedAgain),
        still_running: of(BatchItemState::StillRunning),
        resolved_before: of(BatchItemState::ResolvedBefore),
        not_tried: of(BatchItemState::NotTried),
        refused: of(BatchItemState::Refused),
    }
}

/// What people look for first: what failed, then what is under way, then what went well.
fn most_telling(row: &BatchOperationRow) -> BatchItemState {
    [
        BatchItemState::FailedAgain,
        BatchItemState::Refused,
        BatchItemState::StillRunning,
        BatchItemState::Tried,
        BatchItemState::Waiting,
        BatchItemState::Fixed,
        BatchItemState::ResolvedBefore,
        BatchItemState::NotTried,
    ]
    .into_iter()
    .find(|state| row.counts.contains_key(state))
    .unwrap_or(BatchItemState::FailedAgain)
}

const fn outcome_of(state: BatchItemState) -> BatchItemOutcome {
    match state {
        BatchItemState::Waiting => BatchItemOutcome::Waiting,
        BatchItemState::Tried => BatchItemOutcome::Trying,
        BatchItemState::Fixed => BatchItemOutcome::Fixed,
        BatchItemState::FailedAgain => BatchItemOutcome::FailedAgain,
        BatchItemState::StillRunning => BatchItemOutcome::StillRunning,
        BatchItemState::ResolvedBefore => BatchItemOutcome::ResolvedBefore,
        BatchItemState::NotTried => BatchItemOutcome::NotTried,
        BatchItemState::Refused => BatchItemOutcome::Refused,
    }
}

const fn state_of(outcome: BatchItemOutcome) -> BatchItemState {
    match outcome {
        BatchItemOutcome::Waiting => BatchItemState::Waiting,
        BatchItemOutcome::Trying => BatchItemState::Tried,
        BatchItemOutcome::Fixed => BatchItemState::Fixed,
        BatchItemOutcome::FailedAgain => BatchItemState::FailedAgain,
        BatchItemOutcome::StillRunning => BatchItemState::StillRunning,
        BatchItemOutcome::ResolvedBefore => BatchItemState::ResolvedBefore,
        BatchItemOutcome::NotTried => BatchItemState::NotTried,
        BatchItemOutcome::Refused => BatchItemState::Refused,
    }
}
