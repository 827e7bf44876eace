//! What each command does first; the turn then runs on by itself.
//!
//! A command checks everything before its first event, so that a rejection leaves the state as it
//! was.

mod event;
mod incident;
mod instance;
mod job;
mod migration;
mod modification;
mod user_task;

pub use instance::BUSINESS_KEY_CHARACTERS_MAX;

use super::command::Command;
use super::rejection::Rejection;
use super::state::Status;
use super::turn::Turn;

/// Carries out `command`, without running on.
pub(super) fn carry_out(turn: &mut Turn<'_>, command: &Command) -> Result<(), Rejection> {
    if !matches!(command, Command::StartInstance { .. }) {
        require_active(turn, command)?;
        require_not_suspended(turn, command)?;
    }
    match command {
        Command::StartInstance { .. } => start(turn, command),
        Command::Continue => Ok(()),
        Command::CompleteJob { element, attempt, variables } => {
            job::complete(turn, *element, *attempt, variables)
        }
        Command::DirectAdHoc { element, attempt, variables, direction } => {
            job::direct(turn, *element, *attempt, variables, direction)
        }
        Command::FailJob { element, attempt, message, retries, retry_at, variables } => {
            let (attempt, retries, retry_at) = (*attempt, *retries, *retry_at);
            let failure = job::JobFailure { attempt, message, retries, retry_at, variables };
            job::fail(turn, *element, &failure)
        }
        Command::ChangeJob { element, attempt, retries, priority } => {
            job::change(turn, *element, *attempt, (*retries, *priority))
        }
        Command::ThrowError { element, attempt, code, message, variables } => {
            let error = job::BpmnError { attempt: *attempt, code, message, variables };
            job::throw_error(turn, *element, &error)
        }
        Command::TriggerEvent { subscription, variables } => {
            event::trigger(turn, *subscription, variables)
        }
        Command::BroadcastSignal { name, variables } => {
            event::broadcast(turn, name, variables);
            Ok(())
        }
        Command::EndCall { element, outcome } => event::end_call(turn, *element, outcome),
        Command::EscalateCall { element, code } => event::escalate_call(turn, *element, code),
        Command::StartAdHoc { scope, node, variables } => {
            event::start_ad_hoc(turn, *scope, node, variables)
        }
        Command::ClaimUserTask { element } => user_task::claim(turn, *element),
        Command::UnclaimUserTask { element } => user_task::unclaim(turn, *element),
        Command::AssignUserTask { element, assignee } => {
            user_task::assign(turn, *element, assignee.as_ref())
        }
        Command::CompleteUserTask { element, action, variables } => {
            user_task::complete(turn, *element, action.as_deref(), variables)
        }
        Command::ResolveIncident { incident } => incident::resolve(turn, *incident),
        Command::SetVariables { scope, variables } => {
            instance::set_variables(turn, *scope, variables)
        }
        Command::TerminateInstance { reason } => {
            instance::terminate(turn, reason);
            Ok(())
        }
        Command::ModifyInstance { terminate, activate } => {
            modification::modify(turn, terminate, activate)
        }
        Command::MigrateInstance { to, mapping } => migration::migrate(turn, *to, mapping),
        Command::SuspendInstance { reason } => {
            instance::suspend(turn, reason);
            Ok(())
        }
        Command::ResumeInstance => {
            instance::resume(turn);
            Ok(())
        }
    }
}

fn start(turn: &mut Turn<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::StartInstance {
        instance,
        definition,
        business_key,
        variables,
        node,
        occurred,
        caller,
    } = command
    else {
        return Ok(());
    };
    let start = instance::Start {
        instance: *instance,
        definition: *definition,
        business_key: business_key.as_deref(),
        variables,
        node: node.as_ref(),
        occurred: occurred.as_ref(),
        caller: caller.as_ref(),
    };
    instance::start(turn, &start)
}

/// Refuses what would move a token of a suspended instance, or what somebody waits to hear of.
fn require_not_suspended(turn: &Turn<'_>, command: &Command) -> Result<(), Rejection> {
    let is_accepted = match command {
        Command::SetVariables { .. }
        | Command::ModifyInstance { .. }
        | Command::MigrateInstance { .. }
        | Command::TerminateInstance { .. }
        | Command::SuspendInstance { .. }
        | Command::ResumeInstance => true,
        Command::StartInstance { .. }
        | Command::Continue
        | Command::CompleteJob { .. }
        | Command::DirectAdHoc { .. }
        | Command::FailJob { .. }
        | Command::ChangeJob { .. }
        | Command::ThrowError { .. }
        | Command::TriggerEvent { .. }
        | Command::BroadcastSignal { .. }
        | Command::EndCall { .. }
        | Command::EscalateCall { .. }
        | Command::StartAdHoc { .. }
        | Command::ClaimUserTask { .. }
        | Command::UnclaimUserTask { .. }
        | Command::AssignUserTask { .. }
        | Command::CompleteUserTask { .. }
        | Command::ResolveIncident { .. } => false,
    };
    if turn.state().is_suspended() && !is_accepted {
        return Err(Rejection::InstanceSuspended);
    }
    Ok(())
}

/// Refuses what is asked of an instance that is not under way, or runs another version.
fn require_active(turn: &Turn<'_>, command: &Command) -> Result<(), Rejection> {
    match turn.state().status() {
        Status::NotStarted => return Err(Rejection::NotStarted),
        Status::Completed | Status::Terminated => return Err(Rejection::InstanceEnded),
        Status::Active => {}
    }
    let runs = turn.state().identity().map(|identity| identity.definition);
    let expected = match (command, turn.deployed().from) {
        // The process of the turn is the version that is to be run.
        (Command::MigrateInstance { .. }, Some(from)) => from.key(),
        _ => turn.process().key(),
    };
    if runs == Some(expected) { Ok(()) } else { Err(Rejection::NotDeployed) }
}
