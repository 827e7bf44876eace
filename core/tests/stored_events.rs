//! Old journals stay readable: one kept sample of every event, as JSON, and one of a snapshot.
//!
//! A sample is never edited. Where an event gains a field, a second sample is added beside the
//! first (`job_created.2.json`), and the first must still be readable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spartito_core::engine::{Event, InstanceState};

/// The name under which samples of `event` are kept. A new event does not compile until it has
/// one here, and the test fails until it has a sample and stands in [`KEPT`].
fn name(event: &Event) -> &'static str {
    match event {
        Event::InstanceStarted { .. } => "instance_started",
        Event::ElementActivated { .. } => "element_activated",
        Event::ElementCompleted { .. } => "element_completed",
        Event::ElementTerminated { .. } => "element_terminated",
        Event::SequenceFlowTaken { .. } => "sequence_flow_taken",
        Event::VariablesSet { .. } => "variables_set",
        Event::JobCreated { .. } => "job_created",
        Event::JobCompleted { .. } => "job_completed",
        Event::JobFailed { .. } => "job_failed",
        Event::JobRetriesRaised { .. } => "job_retries_raised",
        Event::JobChanged { .. } => "job_changed",
        Event::AdHocDirected { .. } => "ad_hoc_directed",
        Event::UserTaskCreated { .. } => "user_task_created",
        Event::UserTaskAssigned { .. } => "user_task_assigned",
        Event::UserTaskCompleted { .. } => "user_task_completed",
        Event::DecisionEvaluated { .. } => "decision_evaluated",
        Event::IncidentRaised { .. } => "incident_raised",
        Event::IncidentResolved { .. } => "incident_resolved",
        Event::ElementWaiting { .. } => "element_waiting",
        Event::ElementFinished { .. } => "element_finished",
        Event::ScopeInterrupted { .. } => "scope_interrupted",
        Event::SubscriptionOpened { .. } => "subscription_opened",
        Event::EventOccurred { .. } => "event_occurred",
        Event::ConditionChanged { .. } => "condition_changed",
        Event::MessageThrown { .. } => "message_thrown",
        Event::SignalThrown { .. } => "signal_thrown",
        Event::ErrorThrown { .. } => "error_thrown",
        Event::ErrorPropagated { .. } => "error_propagated",
        Event::EscalationThrown { .. } => "escalation_thrown",
        Event::ProcessCalled { .. } => "process_called",
        Event::CallEnded { .. } => "call_ended",
        Event::LoopStarted { .. } => "loop_started",
        Event::LoopResultKept { .. } => "loop_result_kept",
        Event::CompensationRecorded { .. } => "compensation_recorded",
        Event::CompensationStarted { .. } => "compensation_started",
        Event::CompensationTaken { .. } => "compensation_taken",
        Event::InstanceMigrated { .. } => "instance_migrated",
        Event::InstanceModified { .. } => "instance_modified",
        Event::TokensRemoved { .. } => "tokens_removed",
        Event::InstanceSuspended { .. } => "instance_suspended",
        Event::InstanceResumed { .. } => "instance_resumed",
        Event::GatewayStarted { .. } => "gateway_started",
        Event::GatewayReset { .. } => "gateway_reset",
        Event::TurnInterrupted => "turn_interrupted",
        Event::InstanceCompleted => "instance_completed",
        Event::InstanceTerminated { .. } => "instance_terminated",
    }
}

/// Every name of [`name`].
const KEPT: [&str; 46] = [
    "ad_hoc_directed",
    "call_ended",
    "compensation_recorded",
    "compensation_started",
    "compensation_taken",
    "condition_changed",
    "decision_evaluated",
    "element_activated",
    "element_completed",
    "element_finished",
    "element_terminated",
    "element_waiting",
    "error_propagated",
    "error_thrown",
    "escalation_thrown",
    "event_occurred",
    "gateway_reset",
    "gateway_started",
    "incident_raised",
    "incident_resolved",
    "instance_completed",
    "instance_migrated",
    "instance_modified",
    "instance_resumed",
    "instance_started",
    "instance_suspended",
    "instance_terminated",
    "job_changed",
    "job_completed",
    "job_created",
    "job_failed",
    "job_retries_raised",
    "loop_result_kept",
    "loop_started",
    "message_thrown",
    "process_called",
    "scope_interrupted",
    "sequence_flow_taken",
    "signal_thrown",
    "subscription_opened",
    "tokens_removed",
    "turn_interrupted",
    "user_task_assigned",
    "user_task_completed",
    "user_task_created",
    "variables_set",
];

#[test]
fn every_event_ever_stored_is_read_and_written_as_it_was() {
    let mut seen = BTreeSet::new();
    for (path, text) in samples("events") {
        let stored: serde_json::Value = serde_json::from_str(&text).unwrap();
        let event: Event = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kind = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
        assert_eq!(name(&event), kind, "{}", path.display());
        seen.insert(kind.to_owned());
        if is_current(&path) {
            assert_eq!(serde_json::to_value(&event).unwrap(), stored, "{}", path.display());
        }
        let packed = rmp_serde::to_vec_named(&event).unwrap();
        assert_eq!(rmp_serde::from_slice::<Event>(&packed).unwrap(), event, "{}", path.display());
    }
    let kept: BTreeSet<String> = KEPT.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(seen, kept, "every event has a sample, and every sample an event");
}

#[test]
fn a_stored_snapshot_is_read_and_written_as_it_was() {
    for (path, text) in samples("snapshots") {
        let stored: serde_json::Value = serde_json::from_str(&text).unwrap();
        let state: InstanceState = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(serde_json::to_value(&state).unwrap(), stored, "{}", path.display());
        let packed = rmp_serde::to_vec_named(&state).unwrap();
        assert_eq!(rmp_serde::from_slice::<InstanceState>(&packed).unwrap(), state);
    }
}

/// Whether no later sample of the same event exists: only the latest is written as it is read.
fn is_current(path: &Path) -> bool {
    let file = path.file_name().unwrap().to_str().unwrap();
    let (kind, rest) = file.split_once('.').unwrap();
    let number = rest.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(1_u32);
    !path.with_file_name(format!("{kind}.{}.json", number + 1)).exists()
}

/// The kept samples of `folder`, by name.
#[expect(clippy::disallowed_methods, reason = "samples are files; only tests read them")]
fn samples(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}
