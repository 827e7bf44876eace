//! From XML to the model: what is executed, what is only drawn, and what is refused.
//!
//! Never stops at the first finding, except where the text is not XML or passes a limit.

mod booleans;
mod business_rule_task;
mod call_activity;
mod collaboration;
mod compensation;
mod data;
mod definitions;
mod di;
mod dialect;
mod events;
mod extensions;
mod file;
mod flows;
mod foreign;
mod ids;
mod known;
mod lanes;
mod links;
mod loops;
mod nodes;
mod process;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::findings::Findings;
use crate::xml;

use super::model::Definitions;
use definitions::Purpose;

/// A model that can be deployed, with what is worth knowing about it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The model.
    pub definitions: Definitions,
    /// Warnings and infos, by position.
    pub findings: Vec<Diagnostic>,
}

/// Reads a BPMN file.
///
/// # Errors
/// All findings, by position, when one of them is an error. [`Diagnostic::is_too_large`] tells a
/// file that is larger than [`super::MODEL_BYTES_MAX`].
pub fn read(xml: &[u8]) -> Result<Reading, Vec<Diagnostic>> {
    read_for(xml, Purpose::Deploy)
}

/// Reads a BPMN file to play it: processes that are only drawn can run as well, and an event that
/// does not say enough to happen by itself (a timer without a time) can be triggered by hand.
///
/// # Errors
/// As [`read`], for what cannot run at all.
pub fn read_for_trial(xml: &[u8]) -> Result<Reading, Vec<Diagnostic>> {
    read_for(xml, Purpose::Trial)
}

/// All that can be said about a file, be it fit to run or not.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What could be read, drawn processes included; `None` where the file is no BPMN.
    pub definitions: Option<Definitions>,
    /// By process: whether all of it could be read.
    pub is_whole: Vec<bool>,
    /// All findings, by position.
    pub findings: Vec<Diagnostic>,
}

/// Says all about a BPMN file. Never fails: what cannot be read is a finding.
pub fn inspect(xml: &[u8]) -> Inspection {
    let tree = match xml::parse(xml) {
        Ok(tree) => tree,
        Err(refusal) => {
            let findings = vec![*refusal];
            return Inspection { definitions: None, is_whole: Vec::new(), findings };
        }
    };
    let mut findings = Findings::default();
    let read = definitions::read(&tree, Purpose::Check, &mut findings);
    let (definitions, is_whole) =
        read.map_or((None, Vec::new()), |read| (Some(read.definitions), read.is_whole));
    Inspection { definitions, is_whole, findings: findings.into_list() }
}

fn read_for(xml: &[u8], purpose: Purpose) -> Result<Reading, Vec<Diagnostic>> {
    let tree = xml::parse(xml).map_err(|refusal| vec![*refusal])?;
    let mut findings = Findings::default();
    let read = definitions::read(&tree, purpose, &mut findings);
    let failed = findings.has_error();
    let findings = findings.into_list();
    match read {
        Some(read) if !failed => Ok(Reading { definitions: read.definitions, findings }),
        Some(_) | None => Err(findings),
    }
}
