//! What people do with user tasks.
//!
//! Who may take a task (groups, roles) is decided before a request is made; here only one thing
//! counts: a task has at most one holder, and the first who asks gets it.

use crate::engine::behavior;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::UserTask;
use crate::engine::turn::Turn;
use crate::ids::{ElementInstanceId, PersonId};
use crate::value::Variables;

/// A person takes the task. Taking what one holds already changes nothing.
pub(super) fn claim(turn: &mut Turn<'_>, element: ElementInstanceId) -> Result<(), Rejection> {
    let task = require_task(turn, element)?;
    let person = turn.by().ok_or(Rejection::NobodyAsks)?;
    match &task.assignee {
        Some(holder) if holder == person => {}
        Some(holder) => return Err(Rejection::HeldByAnother { element, holder: holder.clone() }),
        None => hand_to(turn, element, Some(person)),
    }
    Ok(())
}

/// The holder gives the task back; the system may do so for anyone.
pub(super) fn unclaim(turn: &mut Turn<'_>, element: ElementInstanceId) -> Result<(), Rejection> {
    let task = require_task(turn, element)?;
    if task.assignee.is_none() {
        return Err(Rejection::NotClaimed(element));
    }
    require_holder(turn, element, task)?;
    hand_to(turn, element, None);
    Ok(())
}

/// An operator hands the task to a person, or to nobody, whoever holds it.
pub(super) fn assign(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    assignee: Option<&PersonId>,
) -> Result<(), Rejection> {
    let task = require_task(turn, element)?;
    if task.assignee.as_ref() != assignee {
        hand_to(turn, element, assignee);
    }
    Ok(())
}

/// The holder has done the task; the system may complete any.
pub(super) fn complete(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    action: Option<&str>,
    variables: &Variables,
) -> Result<(), Rejection> {
    let task = require_task(turn, element)?;
    require_holder(turn, element, task)?;
    let open = turn.state().element(element).ok_or(Rejection::NoSuchUserTask(element))?;
    let node = turn.process().node_index(&open.node).ok_or(Rejection::NotDeployed)?;
    let action = action.map(str::to_owned);
    turn.emit(Event::UserTaskCompleted { element, action, by: turn.by().cloned() });
    behavior::keep_result(turn, element, node, variables);
    turn.complete(element, node);
    Ok(())
}

fn require_task<'s>(
    turn: &'s Turn<'_>,
    element: ElementInstanceId,
) -> Result<&'s UserTask, Rejection> {
    turn.state()
        .element(element)
        .and_then(|open| open.user_task())
        .ok_or(Rejection::NoSuchUserTask(element))
}

/// Refuses a person who does not hold the task.
fn require_holder(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    task: &UserTask,
) -> Result<(), Rejection> {
    let Some(person) = turn.by() else { return Ok(()) };
    match &task.assignee {
        None => Err(Rejection::NotClaimed(element)),
        Some(holder) if holder == person => Ok(()),
        Some(holder) => Err(Rejection::HeldByAnother { element, holder: holder.clone() }),
    }
}

fn hand_to(turn: &mut Turn<'_>, element: ElementInstanceId, assignee: Option<&PersonId>) {
    let (assignee, by) = (assignee.cloned(), turn.by().cloned());
    turn.emit(Event::UserTaskAssigned { element, assignee, by });
}
