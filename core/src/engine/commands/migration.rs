//! Migration of a running instance to another version of its process.

use crate::engine::behavior::waiting;
use crate::engine::event::Event;
use crate::engine::migration::{self, Problem};
use crate::engine::rejection::Rejection;
use crate::engine::turn::Turn;
use crate::ids::{DefinitionKey, FlowNodeId};

/// Goes on in the version that the turn runs, or refuses with all that is in the way.
pub(super) fn migrate(
    turn: &mut Turn<'_>,
    to: DefinitionKey,
    mapping: &[(FlowNodeId, FlowNodeId)],
) -> Result<(), Rejection> {
    let from = turn.deployed().from.ok_or(Rejection::NotDeployed)?;
    if to != turn.process().key() {
        return Err(Rejection::NotDeployed);
    }
    let plan = migration::plan(from, turn.process(), mapping, turn.state())
        .map_err(Rejection::CannotMigrate)?;
    let (mut opened, mut problems) = (Vec::new(), Vec::new());
    for new in plan.opens {
        let Some(node) = turn.process().node_index(&new.node) else { continue };
        match waiting::evaluate(turn, node, turn.visible(new.element)) {
            Ok(waited) => {
                let is_new = |number: &u32| new.definitions.contains(number);
                let waited = waited.into_iter().filter(|(number, _)| is_new(number)).collect();
                opened.push((new.element, node, waited));
            }
            Err(failure) => problems.push(Problem {
                element: new.node,
                visit: Some(new.element),
                message: failure.message,
                remedy: "Set the variables that the new event needs first.".to_owned(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(Rejection::CannotMigrate(problems));
    }
    turn.emit(Event::InstanceMigrated {
        from: from.key(),
        to,
        mapping: mapping.to_vec(),
        flows: plan.flows,
        closes: plan.closes,
        renumbered: plan.renumbered,
        by: turn.by().cloned(),
    });
    for (element, node, waited) in opened {
        waiting::open(turn, element, node, waited);
    }
    // A join of the target version may have all that it waits for.
    turn.look_everywhere();
    Ok(())
}
