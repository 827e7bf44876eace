//! Soundness: what can happen to the tokens of a model, whatever the data is.
//!
//! Explores all markings of processes that exchange messages, as far as the bounds go, and says so
//! where they cut. Never runs the engine: data is left out, so what is found may be kept from
//! happening by conditions, and is a warning.
//!
//! Multi-instance and ad-hoc activities, calls and handlers of compensation are one step each; of
//! the activation condition of a complex gateway only the number of tokens is understood.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of nodes and places are told from all others"
)]

mod complex;
mod marking;
mod net;
mod report;
mod search;
mod step;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Definitions, MessageFlowEnd, Process};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::ProcessId;

/// What is known about the tokens of a file. Where not all markings were looked at, nothing wrong
/// was found as far as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Soundness {
    /// Whether no sequence flow ever holds two tokens at once.
    pub safe: bool,
    /// Whether from everywhere all processes can end, with one token at each end event of a process
    /// and no message left over.
    pub sound: bool,
    /// The same, messages that nobody receives aside (message-relaxed soundness).
    pub message_sound: bool,
    /// How many markings were looked at.
    pub states: usize,
    /// Whether these were all.
    pub complete: bool,
    /// A shortest way to the first thing that is wrong: ids of the elements that act, in order;
    /// empty where nothing is wrong.
    pub trace: Vec<String>,
}

/// Rule of the finding that tells the verdict.
pub const VERDICT_RULE: &str = "soundness";

impl Soundness {
    /// The verdict in words, at the first process.
    pub fn finding(&self, definitions: &Definitions) -> Diagnostic {
        let is =
            |holds: bool, word: &str| if holds { word.to_owned() } else { format!("not {word}") };
        let seen = if self.complete { "All" } else { "Only the first" };
        let message = format!(
            "{seen} {} states were looked at: the model is {}, {}, and {} messages aside.",
            self.states,
            is(self.safe, "safe"),
            is(self.sound, "sound"),
            is(self.message_sound, "sound"),
        );
        let remedy = "Nothing to do where it is safe and sound; else see the other findings.";
        let mut findings = Findings::default();
        let place = definitions.processes.first().map_or_else(Place::default, Place::from);
        findings.info(VERDICT_RULE, place, message, remedy);
        findings.into_list().remove(0)
    }
}

/// The verdict and what was found, each thing at its element.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// The verdict.
    pub soundness: Soundness,
    /// Warnings and infos, by position.
    pub findings: Vec<Diagnostic>,
}

/// Explores the processes of a file: together, where they exchange messages, else one by one.
pub fn explore(definitions: &Definitions) -> Exploration {
    let mut findings = Findings::default();
    let mut whole = Soundness {
        safe: true,
        sound: true,
        message_sound: true,
        states: 0,
        complete: true,
        trace: Vec::new(),
    };
    for group in groups(definitions) {
        let net = net::Net::of(&group);
        let search = search::search(&net);
        let part = report::judge(&net, &search, &mut findings);
        whole.safe &= part.safe;
        whole.sound &= part.sound;
        whole.message_sound &= part.message_sound;
        whole.states += part.states;
        whole.complete &= part.complete;
        if whole.trace.is_empty() {
            whole.trace = part.trace;
        }
    }
    Exploration { soundness: whole, findings: findings.into_list() }
}

/// Processes that messages connect.
fn groups(definitions: &Definitions) -> Vec<Vec<&Process>> {
    let processes = &definitions.processes;
    let indices: BTreeMap<&ProcessId, usize> =
        processes.iter().enumerate().map(|(index, process)| (&process.id, index)).collect();
    // The first process of the group of each; found by following it until it stays the same.
    let mut first: Vec<usize> = (0..processes.len()).collect();
    let root = |first: &[usize], mut index: usize| {
        while first[index] != index {
            index = first[index];
        }
        index
    };
    for flow in processes.iter().flat_map(|process| &process.message_flows) {
        let index = |end: &MessageFlowEnd| indices.get(end.process()?).copied();
        if let (Some(source), Some(target)) = (index(&flow.source), index(&flow.target)) {
            let (source, target) = (root(&first, source), root(&first, target));
            first[source.max(target)] = source.min(target);
        }
    }
    let mut groups: Vec<Vec<&Process>> = vec![Vec::new(); processes.len()];
    for (index, process) in processes.iter().enumerate().filter(|(_, it)| !it.nodes.is_empty()) {
        groups[root(&first, index)].push(process);
    }
    groups.retain(|group| !group.is_empty());
    groups
}
