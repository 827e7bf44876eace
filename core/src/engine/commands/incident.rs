//! Trying again what an incident stopped.
//!
//! The events tell the truth about the outcome: the element goes on, or a new incident is raised,
//! or a job waits for its next attempt.

use crate::bpmn::model::NodeIndex;
use crate::engine::behavior;
use crate::engine::definition::Behavior;
use crate::engine::event::Event;
use crate::engine::lifecycle::Phase;
use crate::engine::rejection::Rejection;
use crate::engine::state::Work;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, IncidentId};

/// Tries again what `incident` stopped: the attempt of the job, or else the step of the element's
/// life that failed.
pub(super) fn resolve(turn: &mut Turn<'_>, incident: IncidentId) -> Result<(), Rejection> {
    let refuse = || Rejection::NoSuchIncident(incident);
    if let Some(subscription) = turn.condition_of(incident) {
        turn.emit(Event::IncidentResolved { incident, by: turn.by().cloned() });
        turn.ask_again(subscription);
        return Ok(());
    }
    let element = turn.state().incident(incident).ok_or_else(refuse)?.element;
    let open = turn.state().element(element).ok_or_else(refuse)?;
    let phase = open.phase;
    let node = turn.process().node_index(&open.node).ok_or(Rejection::NotDeployed)?;
    if let Some(job) = open.job() {
        let retries = job.retries_allowed.max(1);
        turn.emit(Event::JobRetriesRaised { element, retries });
    }
    turn.emit(Event::IncidentResolved { incident, by: turn.by().cloned() });
    match phase {
        Phase::Activating => turn.activate(element, node),
        Phase::Active => try_again(turn, element, node),
        Phase::Completing => turn.complete(element, node),
    }
    Ok(())
}

/// Begins anew what a waiting element could not do.
fn try_again(turn: &mut Turn<'_>, element: ElementInstanceId, node: NodeIndex) {
    let Some(open) = turn.state().element(element) else { return };
    match (&open.work, &turn.process().node(node).behavior) {
        (Some(Work::Loop(_)), _) => turn.repeat(element),
        (None, Behavior::Call(_)) => turn.activate(element, node),
        (Some(Work::Directed(_)), Behavior::AdHoc(_)) => behavior::ad_hoc_job::ask(turn, element),
        _ => turn.touch(element),
    }
}
