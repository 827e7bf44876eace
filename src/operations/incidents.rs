//! Incidents: which are open, trying again what stopped, and saying what came of it.
//!
//! Never says “done” where nothing is known yet.

use std::time::Duration;

use spartito_core::engine::Command;
use spartito_core::engine::Rejection;
use spartito_core::engine::incident::Cause;
use spartito_core::ids::{ElementInstanceId, FlowNodeId, IncidentKey, InstanceId, ProcessId};
use spartito_core::time::Timestamp;

use super::instances::{DAY_MS, visible};
use super::story::{cause_words, title};
use super::words::readable_name;
use super::{Desk, OperationError, batches, models};
use crate::auth::Caller;
use crate::runtime::{Retried, Retry, SubmitError};
use crate::store::{IncidentSelection, OpenIncidentRow};
use crate::wire::{
    IncidentFilter, IncidentKind, IncidentList, IncidentSummary, Permission, RetryOutcome,
};

/// How long the caller is kept waiting for what comes of a retry.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Time between two looks, where no change was heard of.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Incidents of one page.
const PAGE: u32 = 50;
/// Up to how many incidents are counted that match.
const COUNTED_MAX: u32 = 10_000;
/// Batches that are shown beside the list.
const BATCHES_SHOWN: u32 = 5;

/// All kinds of incidents, as they stand in filters.
const KINDS: [(Cause, &str); 12] = [
    (Cause::RetriesExhausted, "RETRIES_EXHAUSTED"),
    (Cause::NoFlowChosen, "NO_FLOW_CHOSEN"),
    (Cause::ConditionFailed, "CONDITION_FAILED"),
    (Cause::MappingFailed, "MAPPING_FAILED"),
    (Cause::ExpressionFailed, "EXPRESSION_FAILED"),
    (Cause::BudgetExceeded, "BUDGET_EXCEEDED"),
    (Cause::FormMissing, "FORM_MISSING"),
    (Cause::DecisionFailed, "DECISION_FAILED"),
    (Cause::UnhandledError, "UNHANDLED_ERROR"),
    (Cause::CalledProcessFailed, "CALLED_PROCESS_FAILED"),
    (Cause::LoopFailed, "LOOP_FAILED"),
    (Cause::TooManyActivations, "TOO_MANY_ACTIVATIONS"),
];

/// How a kind stands in filters.
fn kind_of(cause: Cause) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == cause).map_or("", |(_, kind)| kind)
}

/// All kinds of incidents, for a choice.
pub fn kinds() -> Vec<IncidentKind> {
    let kind = |(cause, kind): &(Cause, &str)| IncidentKind {
        kind: (*kind).to_owned(),
        words: readable_name(cause_words(*cause)),
    };
    KINDS.iter().map(kind).collect()
}

/// Open incidents that match, those of the latest instances first, with how many there are.
///
/// # Errors
/// The right is missing, or the filter says nothing that can be looked for.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    filter: &IncidentFilter,
) -> Result<IncidentList, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let selection = selection_of(filter)?;
    let store = &desk.runtime.store;
    let page = store.incidents(&selection, filter.after.as_deref(), PAGE).await?;
    let matching = store.incident_count(&selection, COUNTED_MAX + 1).await?;
    let mut incidents = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        incidents.push(summary(desk, row).await?);
    }
    let max = u64::from(COUNTED_MAX);
    Ok(IncidentList {
        incidents,
        matching: matching.min(max),
        is_more: matching > max,
        next: page.next,
        may_retry: caller.may(Permission::OperateInstances),
        batches: batches::latest(desk, BATCHES_SHOWN).await?,
        now: desk.now(),
    })
}

async fn summary(desk: &Desk, row: OpenIncidentRow) -> Result<IncidentSummary, OperationError> {
    let definition = models::definition(desk, row.definition).await?;
    Ok(IncidentSummary {
        instance: row.key.instance,
        key: row.key,
        business_key: row.business_key,
        process: row.process,
        process_name: row.process_name,
        version: row.version,
        title: title(definition.process.model(), &row.node),
        node: row.node.to_string(),
        kind: kind_of(row.cause).to_owned(),
        cause: readable_name(cause_words(row.cause)),
        message: row.message,
        raised_at: row.raised_at,
    })
}

/// What a filter asks for.
///
/// # Errors
/// A kind, day or moment in it is none.
pub(super) fn selection_of(filter: &IncidentFilter) -> Result<IncidentSelection, OperationError> {
    let text = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let cause = match text(&filter.kind) {
        None => None,
        Some(kind) => {
            let known = KINDS.iter().find(|(_, known)| *known == kind);
            let refuse = || OperationError::invalid_field("kind", format!("“{kind}” is no kind."));
            Some(known.ok_or_else(refuse)?.0)
        }
    };
    let moment = |field: &str, words: &Option<String>, day_ms: i64| match text(words) {
        None => Ok(None),
        Some(words) => moment_of(&words, day_ms).map(Some).ok_or_else(|| {
            let words = format!("“{words}” is no day such as 2026-11-23.");
            OperationError::invalid_field(field, words)
        }),
    };
    Ok(IncidentSelection {
        process: text(&filter.process).map(ProcessId::new),
        version: filter.version,
        node: text(&filter.step).map(FlowNodeId::new),
        cause,
        words: text(&filter.q),
        raised_from: moment("raised_from", &filter.raised_from, 0)?,
        raised_before: moment("raised_to", &filter.raised_to, DAY_MS)?,
        keys: Vec::new(),
    })
}

/// A moment, or `after_ms` after the beginning of a day.
fn moment_of(words: &str, after_ms: i64) -> Option<Timestamp> {
    if let Ok(day) = Timestamp::parse(&format!("{words}T00:00:00Z")) {
        return Some(day.plus_millis_saturating(after_ms));
    }
    Timestamp::parse(words).ok()
}

/// What a selection asks for, in words.
pub(super) fn words_of(selection: &IncidentSelection, process: Option<&str>) -> String {
    let mut words = match (selection.keys.len(), process, &selection.process) {
        (0, None, None) => "All incidents".to_owned(),
        (0, Some(name), _) => format!("Incidents of {name}"),
        (0, None, Some(id)) => format!("Incidents of {id}"),
        (1, ..) => "1 chosen incident".to_owned(),
        (n, ..) => format!("{n} chosen incidents"),
    };
    if let Some(version) = selection.version {
        words.push_str(&format!(" v{version}"));
    }
    if let Some(node) = &selection.node {
        words.push_str(&format!(" at {node}"));
    }
    if let Some(cause) = selection.cause {
        words.push_str(&format!(": {}", cause_words(cause)));
    }
    if let Some(q) = &selection.words {
        words.push_str(&format!(", with “{q}”"));
    }
    let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
    if let Some(from) = selection.raised_from {
        words.push_str(&format!(", from {}", day(from)));
    }
    if let Some(before) = selection.raised_before {
        words.push_str(&format!(", until {}", day(before.plus_millis_saturating(-1))));
    }
    words
}

/// Tries again what an incident stopped.
///
/// # Errors
/// The right is missing, or there is no such instance.
pub async fn retry(
    desk: &Desk,
    caller: &Caller,
    key: IncidentKey,
) -> Result<RetryOutcome, OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, key.instance).await?;
    let (state, _) = desk
        .runtime
        .state(key.instance)
        .await?
        .ok_or_else(|| OperationError::NotFound("There is no such instance.".to_owned()))?;
    let Some(element) = state.incident(key.number).map(|incident| incident.element) else {
        return Ok(RetryOutcome::ResolvedBefore);
    };
    let retry = Retry { key, element, by: caller.person.clone() };
    let retried = retry.at_once(&desk.runtime.orchestrator).await?;
    let Retried::Running { position } = retried else { return Ok(outcome(retried)) };
    let waited = wait(desk, key.instance, position, element);
    let waited = tokio::time::timeout(WAIT_MAX, waited).await;
    waited.unwrap_or(Ok(RetryOutcome::StillRunning))
}

/// Waits until the step has gone on or stopped again.
async fn wait(
    desk: &Desk,
    instance: InstanceId,
    position: u64,
    element: ElementInstanceId,
) -> Result<RetryOutcome, OperationError> {
    loop {
        let store = &desk.runtime.store;
        if let Some(retried) = Retried::since(store, instance, position, element).await? {
            return Ok(outcome(retried));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn outcome(retried: Retried) -> RetryOutcome {
    match retried {
        Retried::Fixed => RetryOutcome::Fixed,
        Retried::FailedAgain { message } => RetryOutcome::FailedAgain { message },
        Retried::Running { .. } => RetryOutcome::StillRunning,
        Retried::ResolvedBefore => RetryOutcome::ResolvedBefore,
    }
}

/// Tries again everything that is stopped in an instance, and says how many incidents that were.
///
/// # Errors
/// The right is missing, or there is no such instance.
pub async fn retry_all(
    desk: &Desk,
    caller: &Caller,
    instance: InstanceId,
) -> Result<u32, OperationError> {
    caller.require(Permission::OperateInstances)?;
    visible(desk, caller, instance).await?;
    let mut tried = 0;
    for incident in desk.runtime.store.open_incidents(instance).await? {
        let command = Command::ResolveIncident { incident: incident.key.number };
        let by = Some(caller.person.clone());
        match desk.runtime.orchestrator.submit(instance, command, by, None).await {
            Err(SubmitError::Rejected(Rejection::NoSuchIncident(_) | Rejection::InstanceEnded)) => {
            }
            done => {
                done?;
                tried += 1;
            }
        }
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_wrong_one_is_refused() {
        for (cause, kind) in KINDS {
            let filter = IncidentFilter { kind: Some(kind.to_owned()), ..Default::default() };
            assert_eq!(selection_of(&filter).expect("a kind").cause, Some(cause));
        }
        let filter = IncidentFilter { kind: Some("TROUBLE".to_owned()), ..Default::default() };
        assert!(selection_of(&filter).is_err());
    }

    #[test]
    fn a_day_is_meant_whole() {
        let filter = IncidentFilter {
            raised_from: Some("2026-11-23".to_owned()),
            raised_to: Some("2026-11-23".to_owned()),
            ..Default::default()
        };
        let meant = selection_of(&filter).expect("days");
        let (from, before) = (meant.raised_from.unwrap(), meant.raised_before.unwrap());
        assert_eq!(before.millis_since(from), DAY_MS);
        assert_eq!(words_of(&meant, None), "All incidents, from 2026-11-23, until 2026-11-23");
        let wrong = IncidentFilter { raised_from: Some("soon".to_owned()), ..Default::default() };
        assert!(selection_of(&wrong).is_err());
    }
}
