//! The net that is explored: what each node takes and gives, with places that hold tokens.
//!
//! Data is left out: every condition may hold or not, and every event that no other pool sends may
//! happen at any time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bpmn::model::{
    BoundaryEvent, CatchEvent, EventDefinition, FlowIndex, FlowNode, FlowNodeKind, NodeIndex,
    Process, SubProcessKind,
};
use crate::ids::{FlowNodeId, ProcessId};

/// Most outgoing flows of which every choice is tried; with more, each alone and all together.
const CHOICES_OF_FLOWS_MAX: usize = 4;

/// A place that holds tokens.
pub(super) type Place = u32;

/// By gateway and flow: for each node, whether a token can get from there to the flow.
type Upstream = BTreeMap<(usize, usize), Rc<Vec<bool>>>;

/// Everything that is explored together: the processes that exchange messages.
pub(super) struct Net<'m> {
    pub(super) nodes: Vec<NetNode<'m>>,
    pub(super) flows: Vec<NetFlow<'m>>,
    pub(super) processes: Vec<NetProcess<'m>>,
    /// Nodes that throw errors, escalations and cancellations.
    pub(super) throwers: Vec<usize>,
    /// How many message flows lead from a node to a node.
    pub(super) messages: usize,
    /// By inclusive gateway and incoming flow: the nodes from which a token can get there.
    upstream: RefCell<Upstream>,
    /// How many nodes were visited to know that.
    pub(super) visited: Cell<usize>,
}

/// A flow node.
pub(super) struct NetNode<'m> {
    pub(super) model: &'m FlowNode,
    pub(super) process: usize,
    pub(super) scope: Option<usize>,
    pub(super) incoming: Vec<usize>,
    /// The sets of outgoing flows of which one is taken.
    pub(super) exits: Vec<Vec<usize>>,
    /// Nodes directly inside.
    pub(super) children: Vec<usize>,
    /// Event sub-processes among these.
    pub(super) event_sub_processes: Vec<usize>,
    /// Nodes that lead here without a flow: the activity of an event on its border, the sources
    /// of a link.
    pub(super) comes_from: Vec<usize>,
    /// Boundary events on it.
    pub(super) borders: Vec<usize>,
    /// Message flows that lead to it; it waits for one of them.
    pub(super) needs: Vec<usize>,
    /// Message flows that it fills.
    pub(super) sends: Vec<usize>,
    pub(super) role: Role,
}

/// What a node does with tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// Takes a token and gives it on.
    Pass,
    /// Takes a token, may be interrupted, and gives it on.
    Busy,
    /// A scope: ends when nothing is left inside.
    Scope,
    /// Takes a token from every incoming flow.
    ParallelJoin,
    /// Takes a token from every incoming flow that can have one.
    InclusiveJoin,
    /// Starts by a condition, and takes what comes later.
    ComplexJoin,
    /// Waits for one of the events behind it.
    EventGateway,
    /// Ends a token.
    End,
    /// Ends all tokens of its scope.
    Terminate,
    /// Cancels its transaction.
    Cancel,
    /// Throws an error with this code.
    Error(Option<String>),
    /// Throws an escalation with this code.
    Escalation(Option<String>),
    /// Jumps to the target of a link.
    Link(Option<usize>),
    /// Started or caught elsewhere: a start event, a boundary event, an event sub-process, a
    /// handler of compensation.
    Apart,
}

/// A sequence flow.
pub(super) struct NetFlow<'m> {
    pub(super) id: &'m str,
    pub(super) source: usize,
    pub(super) target: usize,
}

/// A process.
pub(super) struct NetProcess<'m> {
    pub(super) id: &'m ProcessId,
    pub(super) model: &'m Process,
    /// Its first node among the nodes.
    pub(super) first: usize,
    /// Its nodes that lie in no sub-process.
    pub(super) children: Vec<usize>,
    /// Event sub-processes among these.
    pub(super) event_sub_processes: Vec<usize>,
    /// Nodes that start it by an event.
    pub(super) triggers: Vec<usize>,
    /// Whether only events start it.
    pub(super) waits: bool,
}

impl<'m> Net<'m> {
    /// Puts processes together.
    pub(super) fn of(processes: &[&'m Process]) -> Self {
        let mut net = Self {
            nodes: Vec::new(),
            flows: Vec::new(),
            processes: Vec::new(),
            throwers: Vec::new(),
            messages: 0,
            upstream: RefCell::default(),
            visited: Cell::default(),
        };
        for (number, process) in processes.iter().enumerate() {
            net.add(number, process);
        }
        net.connect();
        net
    }

    fn add(&mut self, number: usize, process: &'m Process) {
        let first = self.nodes.len();
        let first_flow = self.flows.len();
        let node_of = |index: NodeIndex| first + index.0 as usize;
        for node in &process.nodes {
            let flows = |list: &[FlowIndex]| -> Vec<usize> {
                list.iter().map(|flow| first_flow + flow.0 as usize).collect()
            };
            let outgoing = flows(&node.outgoing);
            let children = node.kind.sub_process().map(|sub| &sub.children);
            self.nodes.push(NetNode {
                model: node,
                process: number,
                scope: node.scope.map(node_of),
                incoming: flows(&node.incoming),
                exits: exits(process, node, &outgoing),
                children: children.into_iter().flatten().map(|it| node_of(*it)).collect(),
                event_sub_processes: children
                    .into_iter()
                    .flatten()
                    .filter(|it| process.node(**it).kind.is_event_sub_process())
                    .map(|it| node_of(*it))
                    .collect(),
                comes_from: Vec::new(),
                borders: node.boundary_events.iter().map(|it| node_of(*it)).collect(),
                needs: Vec::new(),
                sends: Vec::new(),
                role: role(node, node_of),
            });
        }
        self.flows.extend(process.flows.iter().map(|flow| NetFlow {
            id: flow.id.as_str(),
            source: node_of(flow.source),
            target: node_of(flow.target),
        }));
        let children: Vec<usize> = process.children.iter().map(|it| node_of(*it)).collect();
        let kind = |node: &usize| &self.nodes[*node].model.kind;
        let triggers: Vec<usize> =
            children.iter().copied().filter(|node| is_trigger(kind(node))).collect();
        let waits = !triggers.is_empty() && !children.iter().any(|it| kind(it).is_none_start());
        let event_sub_processes =
            children.iter().copied().filter(|node| kind(node).is_event_sub_process()).collect();
        self.processes.push(NetProcess {
            id: &process.id,
            model: process,
            first,
            children,
            event_sub_processes,
            triggers,
            waits,
        });
    }

    /// Connects what leads somewhere without a flow.
    fn connect(&mut self) {
        for node in 0..self.nodes.len() {
            for border in self.nodes[node].borders.clone() {
                self.nodes[border].comes_from.push(node);
            }
            match self.nodes[node].role {
                Role::Link(Some(target)) => self.nodes[target].comes_from.push(node),
                Role::Error(_) | Role::Escalation(_) | Role::Cancel => self.throwers.push(node),
                _ => {}
            }
        }
        self.connect_messages();
    }

    /// Connects what sends with what receives.
    fn connect_messages(&mut self) {
        let mut by_id: BTreeMap<(&ProcessId, &FlowNodeId), usize> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            by_id.insert((self.processes[node.process].id, &node.model.id), index);
        }
        let mut ends = Vec::new();
        for process in &self.processes {
            for flow in &process.model.message_flows {
                let end = |end: &crate::bpmn::model::MessageFlowEnd| {
                    by_id.get(&(end.process()?, end.node()?)).copied()
                };
                // Each flow stands with both of its processes.
                if flow.source.process() == Some(process.id)
                    && let (Some(source), Some(target)) = (end(&flow.source), end(&flow.target))
                {
                    ends.push((source, target));
                }
            }
        }
        for (source, target) in ends {
            self.nodes[source].sends.push(self.messages);
            self.nodes[target].needs.push(self.messages);
            self.messages += 1;
        }
    }

    /// The nodes from which a token can reach `flow` without passing `gateway` first.
    pub(super) fn upstream(&self, gateway: usize, flow: usize) -> Rc<Vec<bool>> {
        if let Some(known) = self.upstream.borrow().get(&(gateway, flow)) {
            return Rc::clone(known);
        }
        let mut found = vec![false; self.nodes.len()];
        let mut open = vec![self.flows[flow].source];
        while let Some(node) = open.pop() {
            if node == gateway || std::mem::replace(&mut found[node], true) {
                continue;
            }
            self.visited.set(self.visited.get() + 1);
            open.extend(self.nodes[node].incoming.iter().map(|flow| self.flows[*flow].source));
            // A token inside of a sub-process, or on what has an event on its border, comes out here.
            open.extend(self.nodes[node].children.iter().copied());
            open.extend(self.nodes[node].comes_from.iter().copied());
        }
        let found = Rc::new(found);
        self.upstream.borrow_mut().insert((gateway, flow), Rc::clone(&found));
        found
    }

    /// The token on a flow.
    pub(super) fn flow(&self, flow: usize) -> Place {
        debug_assert!(flow < self.flows.len(), "a flow of this net");
        number(flow)
    }

    /// The token that begins at a node without a flow.
    pub(super) fn ready(&self, node: usize) -> Place {
        number(self.flows.len() + node)
    }

    /// The node is at work.
    pub(super) fn active(&self, node: usize) -> Place {
        number(self.flows.len() + self.nodes.len() + node)
    }

    /// The boundary event has happened while its activity goes on.
    pub(super) fn fired(&self, node: usize) -> Place {
        number(self.flows.len() + 2 * self.nodes.len() + node)
    }

    /// A token has ended here.
    pub(super) fn ended(&self, node: usize) -> Place {
        number(self.flows.len() + 3 * self.nodes.len() + node)
    }

    /// A message is on its way.
    pub(super) fn message(&self, flow: usize) -> Place {
        number(self.flows.len() + 4 * self.nodes.len() + flow)
    }

    /// The process runs.
    pub(super) fn running(&self, process: usize) -> Place {
        number(self.flows.len() + 4 * self.nodes.len() + self.messages + 2 * process)
    }

    /// The process has been started.
    pub(super) fn started(&self, process: usize) -> Place {
        self.running(process) + 1
    }

    /// What stands at a place.
    pub(super) fn holder(&self, place: Place) -> Holder {
        let (flows, nodes) = (self.flows.len(), self.nodes.len());
        let place = place as usize;
        if place < flows {
            return Holder::Flow(place);
        }
        let rest = place - flows;
        if rest < 4 * nodes {
            let node = rest % nodes;
            return match rest / nodes {
                0 => Holder::Ready(node),
                1 => Holder::Active(node),
                2 => Holder::Fired(node),
                _ => Holder::Ended(node),
            };
        }
        let rest = rest - 4 * nodes;
        if rest < self.messages {
            return Holder::Message;
        }
        let rest = rest - self.messages;
        if rest.is_multiple_of(2) { Holder::Running(rest / 2) } else { Holder::Started }
    }

    /// The innermost scope and the process of the token at a place; `None` where it is no token.
    pub(super) fn token_scope(&self, place: Place) -> Option<(usize, Option<usize>)> {
        let node = match self.holder(place) {
            Holder::Flow(flow) => self.flows[flow].source,
            Holder::Ready(node) | Holder::Active(node) => node,
            Holder::Fired(_)
            | Holder::Ended(_)
            | Holder::Message
            | Holder::Running(_)
            | Holder::Started => return None,
        };
        Some((self.nodes[node].process, self.nodes[node].scope))
    }

    /// Whether `scope` is `outer` or lies in it.
    pub(super) fn lies_in(&self, scope: Option<usize>, outer: usize) -> bool {
        std::iter::successors(scope, |inner| self.nodes[*inner].scope).any(|it| it == outer)
    }

    /// The nodes directly in a scope of a process.
    pub(super) fn inside(&self, process: usize, scope: Option<usize>) -> &[usize] {
        match scope {
            Some(scope) => &self.nodes[scope].children,
            None => &self.processes[process].children,
        }
    }

    /// The event sub-processes directly in a scope of a process.
    pub(super) fn event_sub_processes(&self, process: usize, scope: Option<usize>) -> &[usize] {
        match scope {
            Some(scope) => &self.nodes[scope].event_sub_processes,
            None => &self.processes[process].event_sub_processes,
        }
    }
}

/// Whether a node starts its process when something happens.
fn is_trigger(kind: &FlowNodeKind) -> bool {
    match kind {
        FlowNodeKind::StartEvent(start) => !start.catch.definitions.is_empty(),
        FlowNodeKind::ReceiveTask(task) => task.instantiates,
        FlowNodeKind::EventBasedGateway(gateway) => gateway.instantiates,
        _ => false,
    }
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A token on a flow.
    Flow(usize),
    /// A token that begins at a node.
    Ready(usize),
    /// A node at work.
    Active(usize),
    /// A boundary event that has happened.
    Fired(usize),
    /// A token that has ended.
    Ended(usize),
    /// A message on its way.
    Message,
    /// A process that runs.
    Running(usize),
    /// A process that was started.
    Started,
}

fn number(place: usize) -> Place {
    u32::try_from(place).expect("elements are limited")
}

fn exits(process: &Process, node: &FlowNode, outgoing: &[usize]) -> Vec<Vec<usize>> {
    let has_condition = node.outgoing.iter().any(|flow| process.flow(*flow).condition.is_some());
    let is_complex = matches!(node.kind, FlowNodeKind::ComplexGateway(_));
    let chooses_some = matches!(node.kind, FlowNodeKind::InclusiveGateway)
        || (is_complex && (has_condition || node.default_flow.is_some()))
        || (has_condition && node.kind.is_activity());
    if matches!(node.kind, FlowNodeKind::ExclusiveGateway) && !outgoing.is_empty() {
        return outgoing.iter().map(|flow| vec![*flow]).collect();
    }
    if !chooses_some || outgoing.len() < 2 {
        return vec![outgoing.to_vec()];
    }
    if outgoing.len() > CHOICES_OF_FLOWS_MAX {
        let mut exits: Vec<Vec<usize>> = outgoing.iter().map(|flow| vec![*flow]).collect();
        exits.push(outgoing.to_vec());
        return exits;
    }
    let may_be_taken = |set: &usize| is_possible(process, node, *set);
    (1..1_usize << outgoing.len())
        .filter(may_be_taken)
        .map(|set| {
            let chosen = outgoing.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            chosen.map(|(_, flow)| *flow).collect()
        })
        .collect()
}

/// Whether the flows of `set`, by their bits, can be all that a token leaves by: beside flows with a
/// condition, one without is always taken, and the default flow only where it has to be.
fn is_possible(process: &Process, node: &FlowNode, set: usize) -> bool {
    let is_default = |flow: &FlowIndex| node.default_flow == Some(*flow);
    let is_conditional =
        |flow: &FlowIndex| !is_default(flow) && process.flow(*flow).condition.is_some();
    let is_complex = matches!(node.kind, FlowNodeKind::ComplexGateway(_));
    if is_complex || !node.outgoing.iter().any(is_conditional) {
        // A complex gateway may start or be reset; elsewhere what decides is not drawn.
        return true;
    }
    let (mut is_whole, mut has_conditional, mut has_default, mut others) = (true, false, false, 0);
    for (bit, flow) in node.outgoing.iter().enumerate() {
        let is_chosen = set >> bit & 1 == 1;
        if is_default(flow) {
            has_default = is_chosen;
        } else if is_conditional(flow) {
            has_conditional |= is_chosen;
        } else {
            is_whole &= is_chosen;
            others += 1;
        }
    }
    let is_gateway = matches!(node.kind, FlowNodeKind::InclusiveGateway);
    let needs_default = !has_conditional && (!is_gateway || others == 0);
    is_whole && has_default == (needs_default && node.default_flow.is_some())
}

fn role(node: &FlowNode, node_of: impl Fn(NodeIndex) -> usize) -> Role {
    if node.is_for_compensation || node.kind.is_event_sub_process() {
        return Role::Apart;
    }
    match &node.kind {
        FlowNodeKind::StartEvent(_) | FlowNodeKind::BoundaryEvent(_) => Role::Apart,
        FlowNodeKind::ParallelGateway => Role::ParallelJoin,
        FlowNodeKind::InclusiveGateway => Role::InclusiveJoin,
        FlowNodeKind::ComplexGateway(_) => Role::ComplexJoin,
        // All events behind it are waited for.
        FlowNodeKind::EventBasedGateway(it) if it.instantiates && it.is_parallel => Role::Pass,
        FlowNodeKind::EventBasedGateway(_) => Role::EventGateway,
        FlowNodeKind::SubProcess(sub)
            if !matches!(sub.kind, SubProcessKind::AdHoc(_))
                && node.loop_characteristics.is_none() =>
        {
            Role::Scope
        }
        FlowNodeKind::EndEvent(throw) | FlowNodeKind::IntermediateThrowEvent(throw) => {
            let is_end = matches!(node.kind, FlowNodeKind::EndEvent(_));
            let special = throw.definitions.iter().find_map(|definition| match definition {
                EventDefinition::Terminate => Some(Role::Terminate),
                EventDefinition::Cancel => Some(Role::Cancel),
                EventDefinition::Error(error) => {
                    let code = error.error.as_ref().and_then(|it| it.code.as_ref());
                    Some(Role::Error(code.map(|code| code.text.clone())))
                }
                EventDefinition::Escalation(escalation) => {
                    let code = escalation.escalation.as_ref().and_then(|it| it.code.as_ref());
                    Some(Role::Escalation(code.map(|code| code.text.clone())))
                }
                EventDefinition::Link(link) => Some(Role::Link(link.target.map(&node_of))),
                _ => None,
            });
            special.unwrap_or(if is_end { Role::End } else { Role::Pass })
        }
        _ if node.kind.is_activity() && !node.boundary_events.is_empty() => Role::Busy,
        _ => Role::Pass,
    }
}

/// How an event that is attached or starts an event sub-process comes to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// From outside, at any time; by a message of another pool where one is needed.
    Outside,
    /// By an error of the activity.
    Error,
    /// By an escalation of the activity.
    Escalation,
    /// By nothing that is explored.
    Never,
}

/// How `catch` comes to happen.
pub(super) fn cause(catch: &CatchEvent) -> Cause {
    if catch.definitions.is_empty() {
        return Cause::Outside;
    }
    let causes = catch.definitions.iter().map(|definition| match definition {
        EventDefinition::Message(_)
        | EventDefinition::Timer(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Conditional(_) => Cause::Outside,
        EventDefinition::Error(_) => Cause::Error,
        EventDefinition::Escalation(_) => Cause::Escalation,
        EventDefinition::Compensation(_)
        | EventDefinition::Cancel
        | EventDefinition::Terminate
        | EventDefinition::Link(_) => Cause::Never,
    });
    causes.min_by_key(|cause| *cause as u8).unwrap_or(Cause::Never)
}

/// Whether `catch` takes an error or escalation with this code.
pub(super) fn takes(catch: &CatchEvent, thrown: &Role) -> bool {
    catch.definitions.iter().any(|definition| match (definition, thrown) {
        (EventDefinition::Error(caught), Role::Error(code)) => {
            let own = caught.error.as_ref().and_then(|it| it.code.as_ref());
            own.is_none_or(|own| Some(&own.text) == code.as_ref())
        }
        (EventDefinition::Escalation(caught), Role::Escalation(code)) => {
            let own = caught.escalation.as_ref().and_then(|it| it.code.as_ref());
            own.is_none_or(|own| Some(&own.text) == code.as_ref())
        }
        (EventDefinition::Cancel, Role::Cancel) => true,
        _ => false,
    })
}

/// The boundary event that a node is.
pub(super) fn boundary<'m>(node: &NetNode<'m>) -> Option<&'m BoundaryEvent> {
    let FlowNodeKind::BoundaryEvent(event) = &node.model.kind else { return None };
    Some(event)
}
