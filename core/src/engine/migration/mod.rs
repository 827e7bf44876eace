//! Migration: whether a running instance can go on in another version of its process, and what
//! changes of what it waits for.
//!
//! Looks at the two versions and the state only, so that the same answer serves the command and a
//! dry run. Never evaluates an expression: whether those of new events can be, the command finds
//! out.

mod events;
mod joins;

use std::collections::BTreeMap;
use std::mem::discriminant;

use super::definition::ExecutableProcess;
use super::event::Role;
use super::state::{ElementInstance, InstanceState};
use crate::bpmn::model::{FlowIndex, FlowNodeKind, NodeIndex};
use crate::ids::{ElementInstanceId, FlowNodeId, SequenceFlowId, SubscriptionId};

/// What changes beside the elements that the mapping names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Flows at which tokens wait and that have another id in the target version: theirs, then
    /// that one.
    pub flows: Vec<(SequenceFlowId, SequenceFlowId)>,
    /// Events that are waited for no longer, as the target version does not have them there.
    pub closes: Vec<SubscriptionId>,
    /// Events that are another definition of their element in the target version, from 0.
    pub renumbered: Vec<(SubscriptionId, u32)>,
    /// Events that only the target version has, waited for from now on.
    pub opens: Vec<Opening>,
}

/// An event that is new in the target version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The visit (or the process) that waits for it.
    pub element: ElementInstanceId,
    /// The event in the target version.
    pub node: FlowNodeId,
    /// Which of its definitions, from 0, in order.
    pub definitions: Vec<u32>,
}

/// Why an instance cannot be migrated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The element of the version that the instance runs; of a join, that of the target version.
    pub element: FlowNodeId,
    /// The open visit, where one is the matter.
    pub visit: Option<ElementInstanceId>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it, in a sentence.
    pub remedy: String,
}

/// What migrating the instance of `state` from one version to another changes. Elements that
/// `mapping` does not name keep their id.
///
/// # Errors
/// All reasons why it cannot be migrated.
pub fn plan(
    from: &ExecutableProcess,
    to: &ExecutableProcess,
    mapping: &[(FlowNodeId, FlowNodeId)],
    state: &InstanceState,
) -> Result<Plan, Vec<Problem>> {
    let renamed = mapping.iter().map(|(old, new)| (old, new)).collect();
    let mut planner = Planner { from, to, renamed, state, problems: Vec::new() };
    planner.check_versions(mapping);
    planner.check_visits();
    planner.check_records();
    let flows = planner.flows();
    if planner.problems.is_empty() {
        planner.check_joins(&flows);
    }
    if !planner.problems.is_empty() {
        return Err(planner.problems);
    }
    let mut plan = Plan::default();
    planner.plan_events(&mut plan);
    let ids = flows.iter().map(|(old, new)| (from.flow_id(*old).clone(), to.flow_id(*new).clone()));
    plan.flows = ids.filter(|(old, new)| old != new).collect();
    Ok(plan)
}

/// Whether a job directs an ad-hoc sub-process.
fn is_directed(kind: &FlowNodeKind) -> bool {
    kind.sub_process().is_some() && kind.service().is_some()
}

/// What to do about a visit that has no place in the target version.
const MAP_OR_END: &str = "Map it to an element of the same kind in the target version, or end it by a modification first.";

struct Planner<'m> {
    from: &'m ExecutableProcess,
    to: &'m ExecutableProcess,
    renamed: BTreeMap<&'m FlowNodeId, &'m FlowNodeId>,
    state: &'m InstanceState,
    problems: Vec<Problem>,
}

/// Where a token waits: a flow of the source, and that of the target.
type Flows = BTreeMap<FlowIndex, FlowIndex>;

impl Planner<'_> {
    fn report(
        &mut self,
        element: &FlowNodeId,
        visit: Option<ElementInstanceId>,
        message: String,
        remedy: &str,
    ) {
        let (element, remedy) = (element.clone(), remedy.to_owned());
        self.problems.push(Problem { element, visit, message, remedy });
    }

    /// What `node` of the source is in the target version.
    fn image(&self, node: NodeIndex) -> Option<NodeIndex> {
        let id = self.from.node_id(node);
        self.to.node_index(self.renamed.get(id).copied().unwrap_or(id))
    }

    fn check_versions(&mut self, mapping: &[(FlowNodeId, FlowNodeId)]) {
        let process = FlowNodeId::from(self.from.id().as_str());
        if self.from.id() != self.to.id() {
            let message = format!("The target belongs to another process, “{}”.", self.to.id());
            self.report(&process, None, message, "Choose a version of the same process.");
        } else if self.from.key() == self.to.key() {
            let message = "The instance runs the target version already.".to_owned();
            self.report(&process, None, message, "Choose another version.");
        }
        for (position, (old, new)) in mapping.iter().enumerate() {
            if mapping[..position].iter().any(|(earlier, _)| earlier == old) {
                let message = format!("“{old}” is mapped twice.");
                self.report(old, None, message, "Map it to one element.");
            }
            match (self.from.node_index(old), self.to.node_index(new)) {
                (None, _) => {
                    let message =
                        format!("The version that the instance runs has no element “{old}”.");
                    self.report(old, None, message, "Leave it out of the mapping.");
                }
                (_, None) => {
                    let message = format!("The target version has no element “{new}”.");
                    self.report(old, None, message, "Map it to an element of the target version.");
                }
                (Some(source), Some(target)) => self.check_kind(source, target, None),
            }
        }
    }

    /// Reports that two elements are of different kinds; whoever is mapped was looked at before.
    fn check_kind(
        &mut self,
        source: NodeIndex,
        target: NodeIndex,
        visit: Option<ElementInstanceId>,
    ) {
        let (old, new) = (self.from.model().node(source), self.to.model().node(target));
        let (old_kind, new_kind) = (old.kind.local_name(), new.kind.local_name());
        let behaves_alike = discriminant(&self.from.node(source).behavior)
            == discriminant(&self.to.node(target).behavior)
            && old.kind.is_event_sub_process() == new.kind.is_event_sub_process()
            && is_directed(&old.kind) == is_directed(&new.kind);
        if old_kind == new_kind && behaves_alike {
            return;
        }
        let id = &old.id;
        let message = if old_kind == new_kind {
            format!("“{id}” is carried out in another way than “{}” in the target version.", new.id)
        } else {
            format!("“{id}” is a {old_kind}, but “{}” of the target version a {new_kind}.", new.id)
        };
        self.report(id, visit, message, MAP_OR_END);
    }

    /// Every open visit has its like in the target version.
    fn check_visits(&mut self) {
        let state = self.state;
        for (visit, open) in state.elements() {
            // The body of a loop speaks for its times.
            if !matches!(open.role, Role::Time(_)) {
                self.check_visit(visit, open);
            }
        }
    }

    fn check_visit(&mut self, visit: ElementInstanceId, open: &ElementInstance) {
        let id = &open.node;
        let Some(source) = self.from.node_index(id) else { return };
        let Some(target) = self.image(source) else {
            // What is mapped to nothing was reported as such.
            if !self.renamed.contains_key(id) {
                let message = format!("The target version has no element “{id}”.");
                self.report(id, Some(visit), message, MAP_OR_END);
            }
            return;
        };
        if !self.renamed.contains_key(id) {
            self.check_kind(source, target, Some(visit));
        }
        let outer = self.from.model().node(source).scope;
        let new_outer = self.to.model().node(target).scope;
        let expected = outer.map(|outer| self.image(outer));
        if expected != Some(None) && expected.flatten() != new_outer {
            let message = format!(
                "{} does not lie in the same sub-process in the target version.",
                self.to.described(target)
            );
            let remedy = "Map the sub-process around it to the one that it lies in, or move it by \
                          a modification first.";
            self.report(id, Some(visit), message, remedy);
        }
        let marker = |process: &ExecutableProcess, node| {
            let repetition = process.node(node).repetition.as_ref();
            repetition.map(|it| (it.is_standard, it.is_sequential))
        };
        if marker(self.from, source) != marker(self.to, target) {
            let message = format!(
                "{} does not repeat in the same way in the target version.",
                self.to.described(target)
            );
            let remedy = "Map it to an element with the same loop marker, or end it by a \
                          modification first.";
            self.report(id, Some(visit), message, remedy);
        }
    }

    /// What has completed can still be compensated.
    fn check_records(&mut self) {
        let state = self.state;
        for record in state.compensation_records() {
            let Some(source) = self.from.node_index(&record.node) else { continue };
            let handler = self.from.compensation_handler(source);
            let is_kept = self.image(source).is_some_and(|target| {
                let same_kind = discriminant(&self.from.node(source).behavior)
                    == discriminant(&self.to.node(target).behavior);
                same_kind
                    && match handler {
                        None => self.to.compensation_handler(target).is_none(),
                        Some(_) => self.to.compensation_handler(target).is_some(),
                    }
            });
            if !is_kept {
                let message = format!(
                    "{} has completed and can be compensated, but not in the target version.",
                    self.from.described(source)
                );
                let remedy = "Map it to an activity of the same kind with a compensation handler.";
                self.report(&record.node, None, message, remedy);
            }
        }
    }

    /// The flows at which tokens wait, with what they are in the target version: that of the same
    /// id, else the only one between the same elements.
    fn flows(&mut self) -> Flows {
        let state = self.state;
        let mut flows = Flows::new();
        let scopes = std::iter::once(ElementInstanceId::ROOT)
            .chain(state.elements().map(|(element, _)| element));
        for id in scopes.filter_map(|scope| state.scope(scope)).flat_map(|it| it.tokens.keys()) {
            let Some(flow) = self.from.flow_index(id) else { continue };
            if let Some(image) = self.flow_image(flow) {
                flows.insert(flow, image);
                continue;
            }
            let target = self.from.node_id(self.from.target(flow)).clone();
            let message = format!(
                "A token has passed the flow “{id}” and waits before “{target}”; the target \
                 version has no flow that could stand for it."
            );
            let remedy = "Map both ends of the flow to elements that one flow connects, or take \
                          the token away by a modification first.";
            self.report(&target, None, message, remedy);
        }
        flows
    }

    fn flow_image(&self, flow: FlowIndex) -> Option<FlowIndex> {
        let model = self.from.model().flow(flow);
        let target = self.image(model.target)?;
        let outer = self.from.model().node(model.target).scope;
        let new_outer = self.to.model().node(target).scope;
        if outer.and_then(|outer| self.image(outer)) != new_outer {
            return None;
        }
        let same_id = self.to.flow_index(&model.id);
        if let Some(same) = same_id.filter(|same| self.to.target(*same) == target) {
            return Some(same);
        }
        let source = self.image(model.source)?;
        let between = self.to.model().node(target).incoming.iter().copied();
        let mut between = between.filter(|it| self.to.model().flow(*it).source == source);
        let first = between.next()?;
        between.next().is_none().then_some(first)
    }
}
