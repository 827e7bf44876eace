//! Conditions of start events: what is known outside is told, and processes begin where it fits.
//!
//! Reaches all processes, so it needs the right to operate instances.

use std::collections::BTreeMap;

use spartito_core::engine::event::Waited;
use spartito_core::engine::{Command, start_conditions};
use spartito_core::ids::{FlowNodeId, InstanceId, ProcessId};
use spartito_core::value::Variables;

use super::messages::require_small;
use super::{Desk, OperationError};
use crate::auth::Caller;
use crate::runtime::{Definition, next_business_key};
use crate::wire::Permission;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// The instances that were started.
    pub started: Vec<InstanceId>,
    /// Conditions that are neither true nor false with these data: process, event, and why.
    pub undecided: Vec<(ProcessId, FlowNodeId, String)>,
}

/// Asks the conditional start events of the latest version of each process, and starts an instance
/// with `variables` at each whose condition holds.
///
/// # Errors
/// The right is missing, the data are too large, or an instance cannot be started now; those that
/// were started before stay.
pub async fn evaluate(
    desk: &Desk,
    caller: &Caller,
    variables: Variables,
) -> Result<Evaluated, OperationError> {
    caller.require(Permission::OperateInstances)?;
    require_small(&variables)?;
    let mut latest = BTreeMap::new();
    for row in desk.runtime.store.all_definitions().await? {
        let known = latest.entry(row.process).or_insert((row.version, row.key));
        *known = (*known).max((row.version, row.key));
    }
    let mut evaluated = Evaluated::default();
    for (process, (_, key)) in latest {
        let Some(definition) = desk.runtime.definitions.get(key).await? else { continue };
        for (node, holds) in asked(desk, &definition, &variables) {
            match holds {
                Ok(true) => {
                    let started = begin(desk, caller, &definition, node, &variables).await?;
                    evaluated.started.push(started);
                }
                Ok(false) => {}
                Err(reason) => evaluated.undecided.push((process.clone(), node, reason)),
            }
        }
    }
    Ok(evaluated)
}

fn asked(
    desk: &Desk,
    definition: &Definition,
    variables: &Variables,
) -> Vec<(FlowNodeId, Result<bool, String>)> {
    let current = desk.runtime.definitions.current();
    let seed = desk.runtime.chance.number();
    start_conditions(definition.deployed(&current), desk.now(), seed, variables)
}

async fn begin(
    desk: &Desk,
    caller: &Caller,
    definition: &Definition,
    node: FlowNodeId,
    variables: &Variables,
) -> Result<InstanceId, OperationError> {
    let instance = desk.runtime.orchestrator.new_instance_id();
    let process = definition.process.model();
    let command = Command::StartInstance {
        instance,
        definition: definition.row.key,
        business_key: next_business_key(&desk.runtime.store, process).await?,
        variables: variables.clone(),
        node: Some(node),
        occurred: Some(Waited::Condition { holds: true }),
        caller: None,
    };
    desk.runtime.orchestrator.submit(instance, command, Some(caller.person.clone()), None).await?;
    Ok(instance)
}
