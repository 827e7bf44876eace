//! One step: which markings follow a marking, and at which node.

use std::collections::BTreeSet;

use super::marking::Marking;
use super::net::{Cause, Holder, Net, NetNode, Role, boundary, cause, takes};
use crate::bpmn::model::{CatchEvent, EventDefinition, FlowNodeKind, StartEvent, SubProcessKind};

/// How often an event that interrupts nothing happens while its activity goes on: often enough to
/// show what more than once does.
const REPEATED_MAX: u8 = 2;

/// A step: the node that acts, and where the tokens are then.
pub(super) struct Step {
    pub(super) node: usize,
    pub(super) marking: Marking,
}

/// Where nothing runs yet: processes that no event starts are ready.
pub(super) fn initial(net: &Net<'_>) -> Vec<Marking> {
    let mut marking = Marking::default();
    for process in 0..net.processes.len() {
        if !net.processes[process].waits {
            start(net, process, None, &mut marking);
        }
    }
    let mut markings = vec![marking.clone()];
    // A process that starts by itself may be started by an event instead.
    for process in (0..net.processes.len()).filter(|process| !net.processes[*process].waits) {
        for node in &net.processes[process].triggers {
            if net.nodes[*node].needs.is_empty() {
                let mut other = marking.clone();
                clear_inside(net, process, None, &mut other);
                enter(net, process, None, Some(*node), &mut other);
                markings.push(other);
            }
        }
    }
    markings
}

/// All steps from `marking`.
pub(super) fn successors(net: &Net<'_>, marking: &Marking) -> Vec<Step> {
    let mut steps = Steps { net, marking, found: Vec::new() };
    let mut tried: BTreeSet<usize> = BTreeSet::new();
    for process in 0..net.processes.len() {
        steps.starts(process);
    }
    for (place, _) in marking.places() {
        match net.holder(place) {
            Holder::Flow(flow) => {
                let target = net.flows[flow].target;
                let joins = matches!(
                    net.nodes[target].role,
                    Role::ParallelJoin | Role::InclusiveJoin | Role::ComplexJoin
                );
                if !joins || tried.insert(target) {
                    steps.arrive(target, Some(flow));
                }
            }
            Holder::Ready(node) => steps.arrive(node, None),
            Holder::Active(node) => steps.work(node),
            Holder::Running(process) => steps.run(process),
            Holder::Fired(_) | Holder::Ended(_) | Holder::Message | Holder::Started => {}
        }
    }
    steps.found
}

pub(super) struct Steps<'s, 'm> {
    pub(super) net: &'s Net<'m>,
    pub(super) marking: &'s Marking,
    found: Vec<Step>,
}

impl<'m> Steps<'_, 'm> {
    fn node(&self, node: usize) -> &NetNode<'m> {
        &self.net.nodes[node]
    }

    pub(super) fn push(&mut self, node: usize, marking: Marking) {
        self.found.push(Step { node, marking });
    }

    /// Ways to take the message that a node waits for; the marking itself where it needs none.
    fn received(&self, node: usize, marking: &Marking) -> Vec<Marking> {
        let needs = &self.net.nodes[node].needs;
        if needs.is_empty() {
            return vec![marking.clone()];
        }
        let mut ways = Vec::new();
        for message in needs.iter().map(|flow| self.net.message(*flow)) {
            if marking.has(message) {
                let mut taken = marking.clone();
                taken.take(message);
                ways.push(taken);
            }
        }
        ways
    }

    /// Sends what the node sends and lets tokens leave it, in every way it can choose.
    pub(super) fn leave(&mut self, node: usize, marking: &Marking) {
        let mut sent = marking.clone();
        for message in &self.net.nodes[node].sends {
            sent.add(self.net.message(*message));
        }
        for exit in &self.net.nodes[node].exits {
            let mut left = sent.clone();
            for flow in exit {
                left.add(self.net.flow(*flow));
            }
            self.found.push(Step { node, marking: left });
        }
    }

    /// A process that events start, and that has not run yet or is sent a message anew.
    fn starts(&mut self, process: usize) {
        let net = self.net;
        if self.marking.has(net.running(process)) || !net.processes[process].waits {
            return;
        }
        let once_more = self.marking.has(net.started(process));
        for node in net.processes[process].triggers.iter().copied() {
            if once_more && net.nodes[node].needs.is_empty() {
                continue;
            }
            let is_event = matches!(net.nodes[node].model.kind, FlowNodeKind::StartEvent(_));
            let ways = if is_event {
                self.received(node, self.marking)
            } else {
                vec![self.marking.clone()]
            };
            for mut way in ways {
                start(net, process, Some(node), &mut way);
                self.push(node, way);
            }
        }
    }

    /// A token arrives at a node, by a flow or because it begins there.
    fn arrive(&mut self, node: usize, flow: Option<usize>) {
        let mut taken = self.marking.clone();
        match flow {
            Some(flow) => taken.take(self.net.flow(flow)),
            None => taken.take(self.net.ready(node)),
        }
        let net = self.net;
        match &net.nodes[node].role {
            Role::Pass => {
                for way in self.received(node, &taken) {
                    self.leave(node, &way);
                }
            }
            Role::Busy | Role::EventGateway => {
                taken.add(net.active(node));
                self.push(node, taken);
            }
            Role::Scope => {
                taken.add(net.active(node));
                enter(net, net.nodes[node].process, Some(node), None, &mut taken);
                self.push(node, taken);
            }
            Role::ParallelJoin => self.join(node, flow),
            Role::InclusiveJoin => self.inclusive_join(node, flow),
            Role::ComplexJoin if flow.is_some() => self.complex(node),
            Role::ComplexJoin => self.leave(node, &taken),
            Role::End => {
                self.end(node, &mut taken);
                self.push(node, taken);
            }
            Role::Terminate => {
                self.terminate(node, &mut taken);
                self.push(node, taken);
            }
            Role::Link(target) => {
                if let Some(target) = *target {
                    taken.add(net.ready(target));
                    self.push(node, taken);
                }
            }
            Role::Cancel | Role::Error(_) => self.throw(node, &taken),
            Role::Escalation(_) => self.escalate(node, &taken),
            // A flow that leads into what is apart is a finding of a rule; its token stays.
            Role::Apart => {}
        }
    }

    fn end(&self, node: usize, marking: &mut Marking) {
        for message in &self.net.nodes[node].sends {
            marking.add(self.net.message(*message));
        }
        // A sub-process may run again; its ends are its own affair.
        if self.net.nodes[node].scope.is_none() {
            marking.add(self.net.ended(node));
        }
    }

    fn join(&mut self, node: usize, flow: Option<usize>) {
        let net = self.net;
        let mut taken = self.marking.clone();
        if flow.is_none() {
            taken.take(net.ready(node));
        } else if net.nodes[node].incoming.iter().all(|flow| taken.has(net.flow(*flow))) {
            net.nodes[node].incoming.iter().for_each(|flow| taken.take(net.flow(*flow)));
        } else {
            return;
        }
        self.leave(node, &taken);
    }

    /// Waits for a token that can reach an empty incoming flow, and not for one that can also reach
    /// a flow that holds one.
    fn inclusive_join(&mut self, node: usize, flow: Option<usize>) {
        let net = self.net;
        let mut taken = self.marking.clone();
        if flow.is_none() {
            taken.take(net.ready(node));
            self.leave(node, &taken);
            return;
        }
        let (held, empty): (Vec<usize>, Vec<usize>) =
            net.nodes[node].incoming.iter().partition(|flow| taken.has(net.flow(**flow)));
        if self.is_expected(node, &held, &empty) {
            return;
        }
        for flow in &held {
            taken.take(net.flow(*flow));
        }
        self.leave(node, &taken);
    }

    /// Whether a token can reach one of the flows `empty` of `node` and none of `held`.
    pub(super) fn is_expected(&self, node: usize, held: &[usize], empty: &[usize]) -> bool {
        let net = self.net;
        let reach =
            |flows: &[usize], from: usize| flows.iter().any(|it| net.upstream(node, *it)[from]);
        !empty.is_empty()
            && self.marking.places().any(|(place, _)| {
                let from = match net.holder(place) {
                    Holder::Flow(flow) if net.flows[flow].target != node => net.flows[flow].target,
                    Holder::Ready(node) | Holder::Active(node) => node,
                    _ => return false,
                };
                reach(empty, from) && !reach(held, from)
            })
    }

    /// Ends all tokens of the scope of a node.
    fn terminate(&self, node: usize, marking: &mut Marking) {
        let (process, scope) = (self.net.nodes[node].process, self.net.nodes[node].scope);
        clear_inside(self.net, process, scope, marking);
    }

    /// What a node at work can do next.
    fn work(&mut self, node: usize) {
        let net = self.net;
        match net.nodes[node].role {
            Role::EventGateway => self.choose_event(node),
            Role::Scope => {
                if !has_inside(net, self.marking, net.nodes[node].process, Some(node)) {
                    let mut done = self.marking.clone();
                    self.finish(node, &mut done);
                    self.leave(node, &done);
                }
                self.event_sub_processes(net.nodes[node].process, Some(node));
                self.borders(node);
            }
            // An event sub-process at work.
            Role::Apart => {
                if !has_inside(net, self.marking, net.nodes[node].process, Some(node)) {
                    let mut done = self.marking.clone();
                    self.finish(node, &mut done);
                    self.push(node, done);
                }
                self.event_sub_processes(net.nodes[node].process, Some(node));
            }
            _ => {
                let mut done = self.marking.clone();
                self.finish(node, &mut done);
                for way in self.received(node, &done) {
                    self.leave(node, &way);
                }
                self.borders(node);
            }
        }
    }

    /// The node is no longer at work.
    fn finish(&self, node: usize, marking: &mut Marking) {
        marking.take(self.net.active(node));
        for border in &self.net.nodes[node].borders {
            marking.clear(self.net.fired(*border));
        }
    }

    fn choose_event(&mut self, gateway: usize) {
        let net = self.net;
        let mut taken = self.marking.clone();
        taken.take(net.active(gateway));
        for flow in net.nodes[gateway].exits.iter().flatten() {
            let target = net.flows[*flow].target;
            for way in self.received(target, &taken) {
                if net.nodes[target].role == Role::Pass {
                    self.leave(target, &way);
                } else {
                    // A task with events on its border works on, its message received.
                    let mut way = way;
                    way.add(net.ready(target));
                    self.push(target, way);
                }
            }
        }
    }

    /// Events on the border of a node at work.
    fn borders(&mut self, node: usize) {
        let net = self.net;
        for border in &net.nodes[node].borders {
            let Some(event) = boundary(&net.nodes[*border]) else { continue };
            let happens = match cause(&event.catch) {
                Cause::Outside => true,
                // Work may fail; what is drawn inside throws by itself.
                Cause::Error | Cause::Escalation => {
                    net.nodes[node].role != Role::Scope
                        || !throws_inside(net, net.nodes[node].process, Some(node), &event.catch)
                }
                Cause::Never => false,
            };
            let is_sent = !net.nodes[*border].needs.is_empty();
            let is_spent = self.marking.count(net.fired(*border)) >= REPEATED_MAX;
            if !happens || (!event.cancels_activity && !is_sent && is_spent) {
                continue;
            }
            for mut way in self.received(*border, self.marking) {
                self.interrupt(node, *border, event.cancels_activity, &mut way);
                self.leave(*border, &way);
            }
        }
    }

    /// An event on a border happens: the node ends, or the event is remembered.
    fn interrupt(&self, node: usize, border: usize, cancels: bool, marking: &mut Marking) {
        let net = self.net;
        if cancels {
            if net.nodes[node].role == Role::Scope {
                clear_inside(net, net.nodes[node].process, Some(node), marking);
            }
            self.finish(node, marking);
        } else if net.nodes[border].needs.is_empty() {
            marking.add(net.fired(border));
        }
    }

    /// A process that runs ends when nothing is left, and hears its event sub-processes.
    fn run(&mut self, process: usize) {
        let net = self.net;
        if !has_inside(net, self.marking, process, None) {
            let mut done = self.marking.clone();
            done.take(net.running(process));
            self.push(net.processes[process].first, done);
            return;
        }
        self.event_sub_processes(process, None);
    }

    /// Event sub-processes of an active scope that something from outside starts.
    fn event_sub_processes(&mut self, process: usize, scope: Option<usize>) {
        let net = self.net;
        for node in net.event_sub_processes(process, scope).iter().copied() {
            let Some((begin, start)) = event_start(net, node) else { continue };
            let is_busy = self.marking.has(net.active(node));
            let happens = match cause(&start.catch) {
                Cause::Outside => true,
                Cause::Error | Cause::Escalation => {
                    !throws_inside(net, process, scope, &start.catch)
                }
                Cause::Never => false,
            };
            if !happens || is_busy {
                continue;
            }
            let is_sent = !net.nodes[begin].needs.is_empty();
            let is_spent = self.marking.count(net.fired(node)) >= REPEATED_MAX;
            if !start.is_interrupting && !is_sent && is_spent {
                continue;
            }
            for mut way in self.received(begin, self.marking) {
                self.start_event_sub_process(node, begin, start, &mut way);
                self.push(begin, way);
            }
        }
    }

    fn start_event_sub_process(
        &self,
        node: usize,
        begin: usize,
        start: &StartEvent,
        marking: &mut Marking,
    ) {
        let net = self.net;
        if start.is_interrupting {
            clear_inside(net, net.nodes[node].process, net.nodes[node].scope, marking);
        } else if net.nodes[begin].needs.is_empty() {
            marking.add(net.fired(node));
        }
        marking.add(net.active(node));
        enter(net, net.nodes[node].process, Some(node), Some(begin), marking);
    }

    /// An error or a cancellation seeks its catcher; a cancellation without one stays where it is.
    fn throw(&mut self, node: usize, taken: &Marking) {
        if let Some(ways) = self.caught(node, taken) {
            self.found.extend(ways);
        } else if matches!(self.node(node).role, Role::Error(_)) {
            // It leaves the process, which ends; who called it may catch it.
            let mut left = taken.clone();
            clear_inside(self.net, self.node(node).process, None, &mut left);
            self.push(node, left);
        }
    }

    /// An escalation seeks its catcher; without one, and where nothing is interrupted, it goes on.
    fn escalate(&mut self, node: usize, taken: &Marking) {
        let is_end = matches!(self.node(node).model.kind, FlowNodeKind::EndEvent(_));
        let mut go_on = taken.clone();
        if is_end {
            self.end(node, &mut go_on);
        } else {
            self.net.nodes[node].exits[0].iter().for_each(|it| go_on.add(self.net.flow(*it)));
        }
        match self.caught(node, &go_on) {
            Some(ways) => self.found.extend(ways),
            None => self.push(node, go_on),
        }
    }

    /// What follows where what `node` throws is caught around it.
    fn caught(&self, node: usize, marking: &Marking) -> Option<Vec<Step>> {
        let net = self.net;
        let thrown = &net.nodes[node].role;
        let process = net.nodes[node].process;
        let mut scope = net.nodes[node].scope;
        loop {
            for sub in net.event_sub_processes(process, scope).iter().copied() {
                let Some((begin, start)) = event_start(net, sub) else { continue };
                if takes(&start.catch, thrown) && !marking.has(net.active(sub)) {
                    let mut way = marking.clone();
                    self.start_event_sub_process(sub, begin, start, &mut way);
                    return Some(vec![Step { node, marking: way }]);
                }
            }
            let around = scope?;
            for border in &net.nodes[around].borders {
                let Some(event) = boundary(&net.nodes[*border]) else { continue };
                if takes(&event.catch, thrown) {
                    let mut way = marking.clone();
                    self.interrupt(around, *border, event.cancels_activity, &mut way);
                    let mut steps = Steps { net, marking, found: Vec::new() };
                    steps.leave(*border, &way);
                    let ways = steps.found.into_iter();
                    return Some(ways.map(|it| Step { node, marking: it.marking }).collect());
                }
            }
            scope = net.nodes[around].scope;
        }
    }
}

/// Puts the tokens where a process begins.
fn start(net: &Net<'_>, process: usize, begin: Option<usize>, marking: &mut Marking) {
    marking.add(net.running(process));
    if !marking.has(net.started(process)) {
        marking.add(net.started(process));
    }
    enter(net, process, None, begin, marking);
}

/// Puts the tokens where a scope begins: at `begin`, else at its none start events and where nothing
/// leads to. What ended in it before is forgotten.
fn enter(
    net: &Net<'_>,
    process: usize,
    scope: Option<usize>,
    begin: Option<usize>,
    marking: &mut Marking,
) {
    let inside = net.inside(process, scope);
    for node in inside {
        marking.clear(net.ended(*node));
        marking.clear(net.fired(*node));
    }
    if let Some(begin) = begin {
        if matches!(net.nodes[begin].model.kind, FlowNodeKind::StartEvent(_)) {
            net.nodes[begin].exits.iter().flatten().for_each(|it| marking.add(net.flow(*it)));
        } else {
            marking.add(net.ready(begin));
        }
        return;
    }
    // A process starts at one event, a sub-process at all it has; what nothing leads to begins, too.
    let count = if scope.is_none() { 1 } else { usize::MAX };
    let starts = inside.iter().filter(|node| net.nodes[**node].model.kind.is_none_start());
    for node in starts.take(count) {
        net.nodes[*node].exits.iter().flatten().for_each(|it| marking.add(net.flow(*it)));
    }
    for node in inside.iter().filter(|node| begins_by_itself(&net.nodes[**node])) {
        marking.add(net.ready(*node));
    }
}

fn begins_by_itself(node: &NetNode<'_>) -> bool {
    let is_link_target =
        node.model.kind.catches().is_some_and(|it| {
            it.definitions.iter().any(|it| matches!(it, EventDefinition::Link(_)))
        });
    node.incoming.is_empty() && node.role != Role::Apart && !is_link_target
}

/// The start event of an event sub-process.
pub(super) fn event_start<'m>(net: &Net<'m>, node: usize) -> Option<(usize, &'m StartEvent)> {
    if !net.nodes[node].model.kind.is_event_sub_process() {
        return None;
    }
    net.nodes[node].children.iter().find_map(|child| {
        let FlowNodeKind::StartEvent(start) = &net.nodes[*child].model.kind else { return None };
        Some((*child, start))
    })
}

fn has_inside(net: &Net<'_>, marking: &Marking, process: usize, scope: Option<usize>) -> bool {
    marking.places().any(|(place, _)| is_inside(net, place, process, scope))
}

fn is_inside(net: &Net<'_>, place: u32, process: usize, scope: Option<usize>) -> bool {
    net.token_scope(place).is_some_and(|(own, inner)| match scope {
        None => own == process,
        Some(scope) => net.lies_in(inner, scope),
    })
}

fn clear_inside(net: &Net<'_>, process: usize, scope: Option<usize>, marking: &mut Marking) {
    marking.clear_where(|place| is_inside(net, place, process, scope));
}

/// Whether something that is explored in `scope` throws what `catch` takes.
fn throws_inside(net: &Net<'_>, process: usize, scope: Option<usize>, catch: &CatchEvent) -> bool {
    net.throwers.iter().map(|node| &net.nodes[*node]).any(|node| {
        let is_inside = match scope {
            Some(scope) => net.lies_in(node.scope, scope),
            None => node.process == process,
        };
        let mut around = std::iter::successors(node.scope, |scope| net.nodes[*scope].scope);
        is_inside && takes(catch, &node.role) && !around.any(|scope| is_one_step(net, scope))
    })
}

/// Whether a sub-process is explored as one step, or started by something that is not explored.
pub(super) fn is_one_step(net: &Net<'_>, scope: usize) -> bool {
    let node = &net.nodes[scope];
    let sub = node.model.kind.sub_process();
    let is_ad_hoc = sub.is_some_and(|sub| matches!(sub.kind, SubProcessKind::AdHoc(_)));
    let never =
        event_start(net, scope).is_some_and(|(_, start)| cause(&start.catch) == Cause::Never);
    is_ad_hoc
        || never
        || node.model.loop_characteristics.is_some()
        || node.model.is_for_compensation
}
