//! Input and output mappings, and where results go.
//!
//! Input mappings give an element instance variables of its own, which hide those around it. A
//! result goes up to the nearest scope that has a variable of that name, else to the process;
//! where the model has output mappings, the result stays with the element and only what they name
//! goes up. BPMN 2.0.2, "Execution Semantics for Data", leaves these rules to extensions; they are
//! those of `zeebe:ioMapping`. Data associations are mappings like those, and come before them.

use std::sync::Arc;

use crate::bpmn::model::NodeIndex;
use crate::engine::definition::{Mapping, Node};
use crate::engine::expression::Failure;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::feel::Scope;
use crate::ids::ElementInstanceId;
use crate::value::{Value, Variables};

/// The variables that `node` gives its element at first: what its input mappings give, and what
/// else it declares. `None` when it has neither.
pub(super) fn inputs(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    node: &Node,
) -> Result<Option<Variables>, Failure> {
    if node.inputs.is_empty() && node.declared.is_empty() {
        return Ok(None);
    }
    let mut given = evaluate(turn, &node.inputs, turn.visible(element), None)?;
    declare(turn, element, node, &mut given);
    Ok(Some(given))
}

/// Adds what `node` declares and `element` does not have yet; a loop or a compensation has given
/// its visit variables before.
pub(super) fn declare(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    node: &Node,
    given: &mut Variables,
) {
    let own = turn.state().scope(element).map(|scope| &scope.variables);
    for (name, value) in &node.declared {
        let is_there = given.get(name).is_some() || own.is_some_and(|own| own.get(name).is_some());
        if !is_there {
            given.insert(name.clone(), value.clone());
        }
    }
}

/// What the output mappings of `node` give; `None` when it has none.
pub(super) fn outputs(
    turn: &Turn<'_>,
    element: ElementInstanceId,
    node: &Node,
    locals: Option<&Variables>,
) -> Result<Option<Variables>, Failure> {
    if node.outputs.is_empty() {
        return Ok(None);
    }
    let scope = turn.state().element(element).map_or(ElementInstanceId::ROOT, |open| open.scope);
    let seen = turn.visible(element).under(locals);
    evaluate(turn, &node.outputs, seen, Some(turn.visible(scope))).map(Some)
}

/// Evaluates `mappings` one after the other; each sees what those before it gave. A target `a.b`
/// changes a part of `a`: as an earlier mapping gave it, else as it is in `parts`, else of a new context.
pub(super) fn evaluate(
    turn: &Turn<'_>,
    mappings: &[Mapping],
    seen: Visible<'_>,
    parts: Option<Visible<'_>>,
) -> Result<Variables, Failure> {
    let mut given = Variables::default();
    for mapping in mappings {
        let value = mapping.source.evaluate(&seen.under(Some(&given)), &turn.environment())?;
        let (name, path) = (&mapping.name, mapping.path.as_slice());
        let value = if path.is_empty() {
            value
        } else {
            let before = || parts.and_then(|parts| parts.lookup(name));
            let whole = given.get(name).cloned().or_else(before);
            with_part(whole, path, value)
        };
        given.insert(name.clone(), value);
    }
    Ok(given)
}

/// `whole` with `value` at `path`; what is not a context on the way is replaced by one.
fn with_part(whole: Option<Value>, path: &[Arc<str>], value: Value) -> Value {
    // The contexts along the path, outermost first, each without the entry that leads on.
    let mut contexts = Vec::with_capacity(path.len());
    let mut rest = whole;
    for name in path {
        let context = rest.and_then(|value| value.as_context().cloned()).unwrap_or_default();
        rest = context.get(name).cloned();
        contexts.push(context);
    }
    contexts.into_iter().zip(path).rev().fold(value, |inner, (mut context, name)| {
        context.insert(name.clone(), inner);
        Value::from(context)
    })
}

/// Keeps what a worker or a person gave back.
pub(in crate::engine) fn keep_result(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    index: NodeIndex,
    result: &Variables,
) {
    if turn.process().node(index).outputs.is_empty() {
        propagate(turn, element, result);
    } else {
        turn.set_variables(element, result.clone());
    }
}

/// Sets each variable in the nearest scope, from `scope` outward, that has one of its name, else
/// in the process.
pub(super) fn propagate(turn: &mut Turn<'_>, scope: ElementInstanceId, variables: &Variables) {
    let scopes: Vec<_> = turn
        .state()
        .scopes_outward(scope)
        .filter(|scope| *scope == ElementInstanceId::ROOT || turn.state().scope(*scope).is_some())
        .collect();
    if scopes.len() == 1 {
        turn.set_variables(ElementInstanceId::ROOT, variables.clone());
        return;
    }
    let mut rest = variables.clone();
    for scope in scopes {
        let mut here = Variables::default();
        let mut further = Variables::default();
        for (name, value) in rest.iter() {
            let is_here = scope == ElementInstanceId::ROOT
                || turn.state().scope(scope).is_some_and(|s| s.variables.get(name).is_some());
            let side = if is_here { &mut here } else { &mut further };
            side.insert(name.clone(), value.clone());
        }
        turn.set_variables(scope, here);
        rest = further;
    }
}
