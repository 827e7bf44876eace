//! `definitions`: which processes of a file are executable, and what else it holds.

use std::collections::BTreeSet;

use crate::bpmn::diagram::Diagram;
use crate::bpmn::model::{Definitions, Process};
use crate::bpmn::rules;
use crate::diagnostic::findings::Findings;
use crate::xml::{Namespace, Node, Tree};

use super::{di, foreign, ids, process};

/// Root elements that only other elements refer to; those decide whether that is supported.
const REFERRED_TO: [&str; 19] = [
    "message",
    "signal",
    "error",
    "escalation",
    "itemDefinition",
    "dataStore",
    "category",
    "resource",
    "interface",
    "import",
    "endPoint",
    "partnerEntity",
    "partnerRole",
    "correlationProperty",
    "relationship",
    "extension",
    "documentation",
    "extensionElements",
    "collaboration",
];

/// Reads the whole file; `None` where it holds no process to deploy.
pub(super) fn read(tree: &Tree<'_>, findings: &mut Findings) -> Option<Definitions> {
    let root = tree.root();
    if !root.is_bpmn("definitions") {
        refuse_root(root, findings);
        return None;
    }
    ids::check(tree, findings);
    check_root_elements(root, findings);
    foreign::check(root, findings);
    let executable = executable_processes(root, findings);
    let drafts: Vec<_> =
        executable.iter().filter_map(|node| process::read(*node, findings)).collect();
    let processes: Vec<Process> = drafts.iter().map(|(process, _)| process.clone()).collect();
    let diagram = di::read(tree, &processes, findings);
    rules::check(&drafts, &diagram, findings);
    check_drawn(root, &processes, &diagram, findings);
    Some(Definitions { processes, diagram })
}

fn refuse_root(root: Node<'_>, findings: &mut Findings) {
    let name = root.qualified();
    let is_dmn = root.namespace() == Namespace::Dmn;
    let message = if is_dmn {
        "This is a DMN file; a process model is a BPMN file.".to_owned()
    } else if root.local() == "definitions" {
        format!(
            "<{name}> is not in the namespace of BPMN 2.0 \
             (http://www.omg.org/spec/BPMN/20100524/MODEL)."
        )
    } else {
        format!("The outermost element is <{name}>, not definitions of BPMN.")
    };
    findings.error("not-bpmn", root, message, "Give a BPMN 2.0 file as a modeler saves it.");
}

fn check_root_elements(root: Node<'_>, findings: &mut Findings) {
    let remedy = "Remove it, or keep it as a note for other tools.";
    for child in root.children() {
        let (local, name) = (child.local(), child.qualified());
        if child.is_bpmn("extension") && child.attribute("mustUnderstand") == Some("true") {
            let message = "The file asks for an extension that must be understood.";
            let remedy = "Remove the extension, or set mustUnderstand to false.";
            findings.error("extension-must-understand", child, message, remedy);
        } else if child.namespace() == Namespace::Bpmn {
            let is_known = local == "process"
                || local.ends_with("EventDefinition")
                || REFERRED_TO.contains(&local);
            if !is_known {
                let message = format!("<{name}> is not executed and not drawn.");
                findings.warning("root-element-ignored", child, message, remedy);
            }
        } else if !child.is(Namespace::BpmnDi, "BPMNDiagram") {
            let message = format!("<{name}> is not known here and ignored.");
            findings.warning("root-element-ignored", child, message, remedy);
        }
    }
}

/// The processes to deploy. Others are drawn only.
fn executable_processes<'t>(root: Node<'t>, findings: &mut Findings) -> Vec<Node<'t>> {
    let all: Vec<Node<'t>> = root.children().filter(|child| child.is_bpmn("process")).collect();
    let alone = all.len() == 1;
    let mut executable = Vec::new();
    for process in &all {
        match process.attribute("isExecutable") {
            Some("true" | "1") => executable.push(*process),
            None if alone => executable.push(*process),
            Some("false" | "0") | None => {
                let message = "The process is not marked as executable; it is drawn only.";
                let remedy = "Set isExecutable=\"true\" where it should run.";
                findings.info("process-not-executable", *process, message, remedy);
            }
            Some(other) => {
                let cut: String = other.chars().take(32).collect();
                let message = format!("isExecutable is “{cut}”, neither true nor false.");
                let remedy = "Write isExecutable=\"true\" or \"false\".";
                findings.error("boolean-invalid", *process, message, remedy);
            }
        }
    }
    if executable.is_empty() {
        let (place, message) = match all.first() {
            Some(process) => (*process, "The file holds no executable process."),
            None => (root, "The file holds no process."),
        };
        let remedy = "Mark the process that should run with isExecutable=\"true\".";
        findings.error("no-executable-process", place, message, remedy);
    }
    executable
}

/// Participants are drawn; their processes must be in the file.
fn check_drawn(root: Node<'_>, processes: &[Process], diagram: &Diagram, findings: &mut Findings) {
    let ids: BTreeSet<&str> =
        root.children().filter(|c| c.is_bpmn("process")).filter_map(Node::id).collect();
    let collaborations = root.children().filter(|child| child.is_bpmn("collaboration"));
    for participant in collaborations.flat_map(Node::children) {
        if !participant.is_bpmn("participant") {
            continue;
        }
        let Some(reference) = participant.attribute("processRef") else { continue };
        let local = reference.rsplit(':').next().unwrap_or(reference);
        if !ids.contains(reference) && !ids.contains(local) {
            let message =
                format!("The pool refers to the process “{reference}”, which is missing.");
            let remedy = "Correct processRef, or remove it for a pool without content.";
            findings.error("participant-process-missing", participant, message, remedy);
        }
    }
    if diagram.shapes.is_empty() {
        for process in processes {
            let message = "The file has no drawing of the process; it can run but not be shown.";
            let remedy = "Save it from a modeler, which writes the drawing (BPMN DI).";
            findings.warning("no-diagram", process, message, remedy);
        }
    }
}
