//! What the markings that were seen say about a model.

use std::collections::BTreeSet;

use super::Soundness;
use super::marking::Marking;
use super::net::{Holder, Net, Role};
use super::search::{STATES_MAX, Search};
use super::step::is_one_step;
use crate::bpmn::model::FlowNodeKind;
use crate::diagnostic::findings::{Findings, Place};

/// Judges what was seen.
pub(super) fn judge(net: &Net<'_>, search: &Search, findings: &mut Findings) -> Soundness {
    let mut judge = Judge { net, search, findings, trace: Vec::new() };
    let is_safe = judge.safe();
    let ends_once = judge.ends_once();
    let can_complete = judge.option_to_complete();
    let messages_arrive = judge.messages();
    judge.dead();
    judge.cut();
    Soundness {
        safe: is_safe,
        sound: can_complete && ends_once && messages_arrive,
        message_sound: can_complete && ends_once,
        states: search.markings.len(),
        complete: search.is_complete,
        trace: judge.trace,
    }
}

struct Judge<'j, 'm> {
    net: &'j Net<'m>,
    search: &'j Search,
    findings: &'j mut Findings,
    /// The way to the first thing that is wrong.
    trace: Vec<String>,
}

impl Judge<'_, '_> {
    fn id(&self, node: usize) -> String {
        self.net.nodes[node].model.id.to_string()
    }

    fn way(&self, marking: usize) -> Vec<String> {
        self.search.way_to(marking).into_iter().map(|node| self.id(node)).collect()
    }

    fn keep(&mut self, marking: usize) -> String {
        let way = self.way(marking);
        let words = way.join(", ");
        if self.trace.is_empty() {
            self.trace = way;
        }
        if words.is_empty() { "at once".to_owned() } else { format!("by way of {words}") }
    }

    /// The first marking that `holds` of.
    fn first(&self, holds: impl Fn(&Marking) -> bool) -> Option<usize> {
        self.search.markings.iter().position(holds)
    }

    /// No flow holds two tokens.
    fn safe(&mut self) -> bool {
        let net = self.net;
        let crowded = |marking: &Marking| {
            marking.places().find_map(|(place, count)| match net.holder(place) {
                Holder::Flow(flow) if count > 1 => Some(flow),
                _ => None,
            })
        };
        let Some(index) = self.first(|marking| crowded(marking).is_some()) else { return true };
        let Some(flow) = crowded(&self.search.markings[index]) else { return true };
        let way = self.keep(index);
        let process = &net.processes[net.nodes[net.flows[flow].source].process];
        let place = process
            .model
            .flows
            .iter()
            .find(|it| it.id.as_str() == net.flows[flow].id)
            .map_or_else(Place::default, Place::from);
        let message = format!("Two tokens can be on this flow at once, {way}.");
        if self.repeats(index) {
            let remedy = "That needs an event to happen twice while its activity goes on.";
            self.findings.info("soundness-unsafe", place, message, remedy);
        } else {
            let remedy =
                "Join what was split by a parallel or inclusive gateway before it goes on.";
            self.findings.warning("soundness-unsafe", place, message, remedy);
        }
        false
    }

    /// Whether an event that interrupts nothing happens twice on the way to a marking.
    fn repeats(&self, marking: usize) -> bool {
        let mut seen = BTreeSet::new();
        self.search.way_to(marking).into_iter().any(|node| {
            let model = &self.net.nodes[node].model.kind;
            let is_quiet = match model {
                FlowNodeKind::BoundaryEvent(event) => !event.cancels_activity,
                FlowNodeKind::StartEvent(start) => !start.is_interrupting,
                _ => false,
            };
            is_quiet && !seen.insert(node)
        })
    }

    /// No end event is reached twice.
    fn ends_once(&mut self) -> bool {
        let net = self.net;
        let twice = |marking: &Marking| {
            marking.places().find_map(|(place, count)| match net.holder(place) {
                Holder::Ended(node) if count > 1 => Some(node),
                _ => None,
            })
        };
        let Some(index) = self.first(|marking| twice(marking).is_some()) else { return true };
        let Some(node) = twice(&self.search.markings[index]) else { return true };
        let way = self.keep(index);
        let message = format!("Two tokens can end here in one run, {way}.");
        let remedy =
            "Join what was split before it ends, or give each way an end event of its own.";
        self.findings.info("soundness-improper", net.nodes[node].model, message, remedy);
        false
    }

    /// From every marking all that runs can end.
    fn option_to_complete(&mut self) -> bool {
        let net = self.net;
        let is_over = |marking: &Marking| {
            marking.places().all(|(place, _)| {
                matches!(
                    net.holder(place),
                    Holder::Ended(_) | Holder::Message | Holder::Started | Holder::Fired(_)
                )
            })
        };
        let stuck = (0..self.search.markings.len()).find(|index| {
            let marking = &self.search.markings[*index];
            self.search.is_complete_at(*index) && self.search.is_last(*index) && !is_over(marking)
        });
        if let Some(index) = stuck {
            self.deadlock(index);
            return false;
        }
        // What was not looked at may end.
        let goals: Vec<usize> = (0..self.search.markings.len())
            .filter(|index| {
                is_over(&self.search.markings[*index]) || !self.search.is_complete_at(*index)
            })
            .collect();
        let reaches = self.search.reaches(&goals);
        let Some(index) = reaches.iter().position(|reaches| !reaches) else { return true };
        let way = self.keep(index);
        let process = net.processes[0].model;
        let message = format!("No way leads to the end any more, {way}.");
        let remedy = "Add a way out of the loop.";
        self.findings.warning("soundness-no-end", process, message, remedy);
        false
    }

    /// Names every node at which a token waits for ever.
    fn deadlock(&mut self, index: usize) {
        let net = self.net;
        let way = self.keep(index);
        let marking = &self.search.markings[index];
        let mut waiting: BTreeSet<usize> = BTreeSet::new();
        for (place, _) in marking.places() {
            match net.holder(place) {
                Holder::Flow(flow) => {
                    waiting.insert(net.flows[flow].target);
                }
                Holder::Ready(node) => {
                    waiting.insert(node);
                }
                Holder::Active(node) if net.nodes[node].role != Role::Scope => {
                    waiting.insert(node);
                }
                Holder::Active(_)
                | Holder::Fired(_)
                | Holder::Ended(_)
                | Holder::Message
                | Holder::Running(_)
                | Holder::Started => {}
            }
        }
        for node in waiting {
            let (what, remedy) = match &net.nodes[node].role {
                Role::ParallelJoin => {
                    let empty: Vec<String> = net.nodes[node]
                        .incoming
                        .iter()
                        .filter(|flow| !marking.has(net.flow(**flow)))
                        .map(|flow| net.flows[*flow].id.to_owned())
                        .collect();
                    (
                        format!("The join waits for ever for {}", empty.join(", ")),
                        "Join by the kind of gateway that split.",
                    )
                }
                Role::InclusiveJoin | Role::ComplexJoin => (
                    "The join waits for ever".to_owned(),
                    "Join by the kind of gateway that split.",
                ),
                Role::Cancel => (
                    "The cancellation is caught nowhere".to_owned(),
                    "Attach a cancel event to the border of the transaction.",
                ),
                Role::Link(_) => {
                    ("The link leads nowhere".to_owned(), "Add the target of the link.")
                }
                _ if !net.nodes[node].needs.is_empty() => (
                    "It waits for a message that is sent no more".to_owned(),
                    "Let the other pool send it on every way, or wait for a time as well.",
                ),
                _ => ("A token stays here".to_owned(), "Lead the flow to the element behind."),
            };
            let message = format!("{what}, {way}.");
            self.findings.warning("soundness-deadlock", net.nodes[node].model, message, remedy);
        }
    }

    /// From every marking all messages can be received.
    fn messages(&mut self) -> bool {
        if self.net.messages == 0 {
            return true;
        }
        let net = self.net;
        let none = |marking: &Marking| {
            !marking.places().any(|(place, _)| net.holder(place) == Holder::Message)
        };
        let goals: Vec<usize> = (0..self.search.markings.len())
            .filter(|index| {
                none(&self.search.markings[*index]) || !self.search.is_complete_at(*index)
            })
            .collect();
        let reaches = self.search.reaches(&goals);
        let lost = reaches.iter().position(|reaches| !reaches);
        let Some(index) = lost else { return true };
        let way = self.keep(index);
        let message = format!("A message can remain that nobody receives, {way}.");
        let remedy = "Receive it on every way, or do not send it.";
        self.findings.info("soundness-message", net.processes[0].model, message, remedy);
        false
    }

    /// Nodes that never act.
    fn dead(&mut self) {
        let net = self.net;
        if !self.search.is_complete {
            return;
        }
        for (index, node) in net.nodes.iter().enumerate() {
            let is_quiet = match &node.model.kind {
                FlowNodeKind::StartEvent(_) | FlowNodeKind::BoundaryEvent(_) => true,
                _ => node.role == Role::Apart,
            };
            let in_one_step = std::iter::successors(node.scope, |scope| net.nodes[*scope].scope)
                .any(|scope| is_one_step(net, scope));
            // What follows a dead element is dead, too; what nothing leads to is said by a rule.
            let is_first = node.incoming.iter().any(|flow| {
                let source = net.flows[*flow].source;
                let begins = matches!(
                    net.nodes[source].model.kind,
                    FlowNodeKind::StartEvent(_) | FlowNodeKind::BoundaryEvent(_)
                );
                begins || self.search.acted.contains(&source)
            });
            let acts = self.search.acted.contains(&index);
            if !is_quiet && !in_one_step && is_first && !acts {
                let message = "No token can ever reach this element and leave it.";
                let remedy = "Look at the joins and conditions before it.";
                self.findings.warning("soundness-dead", node.model, message, remedy);
            }
        }
    }

    fn cut(&mut self) {
        if self.search.is_complete {
            return;
        }
        let seen = self.search.markings.len();
        let message = if seen >= STATES_MAX {
            format!("Only the first {seen} states were looked at; the rest may hold more.")
        } else {
            format!("Not all states were looked at, but {seen}: tokens or messages pile up.")
        };
        let remedy = "Check parts of the model by themselves, as sub-processes or calls.";
        let process = self.net.processes[0].model;
        self.findings.info("soundness-bounded", process, message, remedy);
    }
}
