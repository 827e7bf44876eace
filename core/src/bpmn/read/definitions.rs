//! `definitions`: which processes of a file are executable, and what else it holds.

use std::collections::BTreeMap;

use crate::bpmn::diagram::Diagram;
use crate::bpmn::model::{Definitions, MessageFlowEnd, Process};
use crate::bpmn::rules;
use crate::diagnostic::findings::{Findings, cut};
use crate::ids::ProcessId;
use crate::xml::{Namespace, Node, Tree};

use super::file::File;
use super::process::ProcessDraft;
use super::{call_activity, collaboration, di, foreign, ids, process};

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

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To run its executable processes for years.
    Deploy,
    /// To play it once: what is drawn may run, too, as far as it says what to do.
    Trial,
    /// To say all about it.
    Check,
}

/// What was read of a file.
pub(super) struct Read {
    pub(super) definitions: Definitions,
    /// By process: whether all of it could be read.
    pub(super) is_whole: Vec<bool>,
}

/// Reads the whole file; `None` where it is no BPMN.
pub(super) fn read(tree: &Tree<'_>, purpose: Purpose, findings: &mut Findings) -> Option<Read> {
    let root = tree.root();
    if !root.is_bpmn("definitions") {
        refuse_root(root, findings);
        return None;
    }
    let mut found = Findings::default();
    ids::check(tree, &mut found);
    check_root_elements(root, &mut found);
    foreign::check(root, &mut found);
    let file = File::read(tree, &mut found);
    let collaborations = collaboration::read(&file, root, &mut found);
    let drafts = processes(&file, root, purpose, &mut found);
    let (processes, is_whole): (Vec<Process>, Vec<bool>) =
        drafts.into_iter().map(|draft| (draft.process, draft.is_whole)).unzip();
    let diagram = di::read(tree, &processes, &mut found);
    check_drawn(&processes, &diagram, &mut found);
    let mut definitions = Definitions {
        processes,
        collaborations,
        messages: file.messages.all,
        signals: file.signals.all,
        errors: file.errors.all,
        escalations: file.escalations.all,
        diagram,
    };
    share_message_flows(&mut definitions);
    rules::check(&definitions, &is_whole, &mut found);
    if purpose == Purpose::Trial {
        findings.absorb(found, rules::is_milder_in_play);
    } else {
        findings.absorb(found, |_| false);
    }
    Some(Read { definitions, is_whole })
}

/// Tells each process which message flows touch it.
fn share_message_flows(definitions: &mut Definitions) {
    let processes = definitions.processes.iter().enumerate();
    let indices: BTreeMap<ProcessId, usize> =
        processes.map(|(index, process)| (process.id.clone(), index)).collect();
    for flow in definitions.collaborations.iter().flat_map(|it| &it.message_flows) {
        let index = |end: &MessageFlowEnd| indices.get(end.process()?).copied();
        let (source, target) = (index(&flow.source), index(&flow.target));
        for process in source.into_iter().chain(target.filter(|target| source != Some(*target))) {
            definitions.processes[process].message_flows.push(flow.clone());
        }
    }
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
                || call_activity::is_global_task(local)
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

/// Reads the processes that `purpose` asks for. Errors in those that are drawn only are warnings.
fn processes<'t>(
    file: &File<'t>,
    root: Node<'t>,
    purpose: Purpose,
    findings: &mut Findings,
) -> Vec<ProcessDraft> {
    let all: Vec<Node<'t>> = root.children().filter(|child| child.is_bpmn("process")).collect();
    let alone = all.len() == 1;
    let mut drafts = Vec::new();
    let mut has_executable = false;
    for process in &all {
        let is_executable = is_executable(*process, alone, findings);
        has_executable |= is_executable;
        if is_executable {
            if let Some(draft) = process::read(file, *process, true, findings) {
                drafts.push(draft);
            }
        } else if purpose != Purpose::Deploy {
            let mut found = Findings::default();
            let draft = process::read(file, *process, false, &mut found);
            if let Some(draft) = draft {
                drafts.push(draft);
            }
            findings.absorb(found, rules::is_asked_of_executables);
        }
    }
    if !has_executable {
        let (place, message) = match all.first() {
            Some(process) => (*process, "The file holds no executable process."),
            None => (root, "The file holds no process."),
        };
        let remedy = "Mark the process that should run with isExecutable=\"true\".";
        findings.error("no-executable-process", place, message, remedy);
    }
    drafts
}

fn is_executable(process: Node<'_>, alone: bool, findings: &mut Findings) -> bool {
    match process.attribute("isExecutable") {
        Some("true" | "1") => return true,
        None if alone => return true,
        Some("false" | "0") | None => {
            let message = "The process is not marked as executable; it is drawn only.";
            let remedy = "Set isExecutable=\"true\" where it should run.";
            findings.info("process-not-executable", process, message, remedy);
        }
        Some(other) => {
            let message = format!("isExecutable is “{}”, neither true nor false.", cut(other));
            let remedy = "Write isExecutable=\"true\" or \"false\".";
            findings.error("boolean-invalid", process, message, remedy);
        }
    }
    false
}

/// A process that runs should be seen, too.
fn check_drawn(processes: &[Process], diagram: &Diagram, findings: &mut Findings) {
    if diagram.shapes.is_empty() {
        for process in processes {
            let message = "The file has no drawing of the process; it can run but not be shown.";
            let remedy = "Save it from a modeler, which writes the drawing (BPMN DI).";
            findings.warning("no-diagram", process, message, remedy);
        }
    }
}
