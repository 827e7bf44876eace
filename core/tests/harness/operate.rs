//! What operators ask for, as scripts write it.

use spartito_core::engine::Command;
use spartito_core::engine::modification::{Activation, Termination};
use spartito_core::ids::{ElementInstanceId, FlowNodeId};
use spartito_core::value::Variables;

use super::variables;

/// A modification such as `-a -#4 +b +c@5 process {"x": 1} local {"y": 2}`: ends what is at `a` and
/// visit 4, enters `b`, and `c` in visit 5. The variables belong to the last activation.
pub(super) fn modification(text: &str) -> Command {
    let (text, locals) = text.split_once(" local ").unwrap_or((text, ""));
    let (text, process) = text.split_once(" process ").unwrap_or((text, ""));
    let number = |text: &str| ElementInstanceId(text.parse().expect("a number"));
    let (mut terminate, mut activate) = (Vec::new(), Vec::new());
    for part in text.split_whitespace() {
        if let Some(element) = part.strip_prefix("-#") {
            terminate.push(Termination::Element(number(element)));
        } else if let Some(node) = part.strip_prefix('-') {
            terminate.push(Termination::Node(FlowNodeId::from(node)));
        } else {
            let node = part.strip_prefix('+').expect("a node to enter");
            let (node, ancestor) = match node.split_once('@') {
                Some((node, ancestor)) => (node, Some(number(ancestor))),
                None => (node, None),
            };
            let (variables, locals) = (Variables::default(), Variables::default());
            activate.push(Activation { node: FlowNodeId::from(node), ancestor, variables, locals });
        }
    }
    if let Some(last) = activate.last_mut() {
        (last.variables, last.locals) = (variables(process), variables(locals));
    }
    Command::ModifyInstance { terminate, activate }
}
