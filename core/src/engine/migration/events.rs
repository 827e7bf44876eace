//! What an instance waits for after a migration: events that both versions have are kept as they
//! are, with the moment a timer is due; events that are gone are closed; new ones are opened.
//!
//! An event that both versions have and that is not waited for has occurred, and is not opened
//! again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Opening, Plan, Planner};
use crate::bpmn::model::{FlowNodeKind, NodeIndex};
use crate::engine::definition::{Behavior, EventExpression, ExecutableProcess};
use crate::engine::event::Role;
use crate::engine::lifecycle::Phase;
use crate::engine::state::{ElementInstance, Work};
use crate::ids::ElementInstanceId;

/// The events that an open visit may wait for.
#[derive(Default)]
struct Awaited {
    /// On its border, behind it, or the visited event itself.
    own: Vec<NodeIndex>,
    /// Start events of the event sub-processes in it.
    starts: Vec<NodeIndex>,
}

impl Awaited {
    fn of(
        process: &ExecutableProcess,
        node: Option<NodeIndex>,
        open: Option<&ElementInstance>,
    ) -> Self {
        let role = open.map_or(Role::Whole, |open| open.role);
        let holds_times = open.is_some_and(ElementInstance::holds_times);
        let mut awaited = Self::default();
        let holds_content = node.is_none_or(|node| {
            matches!(process.node(node).behavior, Behavior::SubProcess | Behavior::AdHoc(_))
        });
        if holds_content && !holds_times {
            awaited.starts = process.event_sub_processes(node).map(|(_, start)| start).collect();
        }
        let Some(node) = node else { return awaited };
        if matches!(role, Role::Whole | Role::Body) {
            awaited.own.extend(&process.model().node(node).boundary_events);
        }
        if holds_times {
            return awaited;
        }
        match &process.node(node).behavior {
            Behavior::Catch | Behavior::StartEvent => awaited.own.push(node),
            Behavior::EventGateway => {
                let behind = process.outgoing(node).iter().map(|flow| process.target(*flow));
                awaited.own.extend(behind);
            }
            Behavior::EndEvent
            | Behavior::Throw
            | Behavior::Boundary
            | Behavior::Task
            | Behavior::Script { .. }
            | Behavior::UserTask(_)
            | Behavior::ServiceTask(_)
            | Behavior::CalledDecision(_)
            | Behavior::Call(_)
            | Behavior::SubProcess
            | Behavior::AdHoc(_)
            | Behavior::ExclusiveGateway
            | Behavior::ParallelGateway
            | Behavior::InclusiveGateway
            | Behavior::ComplexGateway(_) => {}
        }
        awaited
    }

    fn all(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.own.iter().chain(&self.starts).copied()
    }
}

impl Planner<'_> {
    pub(super) fn plan_events(&self, plan: &mut Plan) {
        self.plan_events_of(ElementInstanceId::ROOT, None, plan);
        for (visit, open) in self.state.elements() {
            self.plan_events_of(visit, Some(open), plan);
        }
    }

    fn plan_events_of(
        &self,
        visit: ElementInstanceId,
        open: Option<&ElementInstance>,
        plan: &mut Plan,
    ) {
        let source = open.and_then(|open| self.from.node_index(&open.node));
        let target = source.and_then(|node| self.image(node));
        let old = Awaited::of(self.from, source, open);
        let new = Awaited::of(self.to, target, open);
        let counterparts = self.counterparts(&old, &new);
        for (id, subscription) in self.state.subscriptions_of(visit) {
            let node = self.from.node_index(&subscription.node);
            let number = node.and_then(|node| {
                let (_, pairs) = counterparts.get(&node)?;
                pairs.get(&subscription.definition).copied()
            });
            match number {
                None => plan.closes.push(id),
                Some(number) if number != subscription.definition => {
                    plan.renumbered.push((id, number));
                }
                Some(_) => {}
            }
        }
        let may_open = open.is_none_or(|open| open.phase == Phase::Active);
        if !may_open {
            return;
        }
        let may_start = !self.is_interrupted(visit)
            && open.is_none_or(|open| !matches!(open.work, Some(Work::Compensation(_))));
        let starts = new.starts.iter().filter(|_| may_start);
        for node in new.own.iter().chain(starts).copied() {
            let known = counterparts.values().filter(|(image, _)| *image == node);
            let known: BTreeSet<u32> =
                known.flat_map(|(_, pairs)| pairs.values().copied()).collect();
            let events = (0..).zip(&self.to.node(node).events);
            let waits = events.filter(|(_, event)| sort(event).is_some());
            let numbers = waits.map(|(number, _)| number).filter(|it| !known.contains(it));
            let definitions: Vec<u32> = numbers.collect();
            if !definitions.is_empty() {
                let node = self.to.node_id(node).clone();
                plan.opens.push(Opening { element: visit, node, definitions });
            }
        }
    }

    /// What each of the old events is among the new ones, with the numbers of its definitions.
    fn counterparts(
        &self,
        old: &Awaited,
        new: &Awaited,
    ) -> BTreeMap<NodeIndex, (NodeIndex, BTreeMap<u32, u32>)> {
        let kept = old.all().filter_map(|node| {
            let image = self.image(node).filter(|image| new.all().any(|it| it == *image))?;
            let pairs = pairs(&self.from.node(node).events, &self.to.node(image).events);
            Some((node, (image, pairs)))
        });
        kept.collect()
    }

    /// Whether an event sub-process has taken the place of what `scope` held.
    fn is_interrupted(&self, scope: ElementInstanceId) -> bool {
        self.state.children(scope).any(|child| {
            let node = self.state.element(child).and_then(|it| self.from.node_index(&it.node));
            node.is_some_and(|node| {
                let model = self.from.model();
                let scope = model.node(node).scope;
                self.from.event_sub_processes(scope).any(|(sub, start)| {
                    let kind = &model.node(start).kind;
                    sub == node
                        && matches!(kind, FlowNodeKind::StartEvent(it) if it.is_interrupting)
                })
            })
        })
    }
}

/// What sort of event is waited for; `None` where it is only thrown to its element.
fn sort(event: &EventExpression) -> Option<u8> {
    match event {
        EventExpression::Message(_) => Some(0),
        EventExpression::Signal(_) => Some(1),
        EventExpression::Timer(_) => Some(2),
        EventExpression::Condition(_) => Some(3),
        EventExpression::Error { .. }
        | EventExpression::Escalation { .. }
        | EventExpression::Compensation { .. }
        | EventExpression::Cancel
        | EventExpression::Terminate
        | EventExpression::Link(_) => None,
    }
}

/// Which definition of the new event each one of the old event is: that of the same number, else
/// the first of the same sort that is left.
fn pairs(old: &[EventExpression], new: &[EventExpression]) -> BTreeMap<u32, u32> {
    let sorts = |events: &[EventExpression]| -> BTreeMap<u32, u8> {
        let sorts = (0..).zip(events);
        sorts.filter_map(|(number, event)| Some((number, sort(event)?))).collect()
    };
    let (old, mut left) = (sorts(old), sorts(new));
    let mut pairs = BTreeMap::new();
    for (number, sort) in &old {
        if left.get(number) == Some(sort) {
            left.remove(number);
            pairs.insert(*number, *number);
        }
    }
    for (number, sort) in old {
        if pairs.contains_key(&number) {
            continue;
        }
        let first = left.iter().find(|(_, it)| **it == sort).map(|(other, _)| *other);
        if let Some(other) = first {
            left.remove(&other);
            pairs.insert(number, other);
        }
    }
    pairs
}
