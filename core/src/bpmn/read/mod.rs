//! From XML to the model: what is executed, what is only drawn, and what is refused.
//!
//! Never stops at the first finding, except where the text is not XML or passes a limit.

mod business_rule_task;
mod definitions;
mod di;
mod extensions;
mod flows;
mod foreign;
mod ids;
mod nodes;
mod process;
mod supported;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::findings::Findings;
use crate::xml;

use super::model::Definitions;

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
    let tree = xml::parse(xml).map_err(|refusal| vec![*refusal])?;
    let mut findings = Findings::default();
    let definitions = definitions::read(&tree, &mut findings);
    let failed = findings.has_error();
    let findings = findings.into_list();
    match definitions {
        Some(definitions) if !failed => Ok(Reading { definitions, findings }),
        _ => Err(findings),
    }
}
