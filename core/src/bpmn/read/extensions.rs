//! `extensionElements`: the `zeebe:` extensions that are executed.
//!
//! Anything of that namespace which is not executed is a warning, never dropped in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bpmn::model::{Binding, CalledDecision, Mapping, ServiceTask, Text, UserTask};
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::FormId;
use crate::xml::{Namespace, Node};

use super::known::called_task;
use super::{business_rule_task, call_activity, dialect};

/// All that extensions can say about a process or a node.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) version_tag: Option<String>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) inputs: Vec<Mapping>,
    pub(super) outputs: Vec<Mapping>,
    pub(super) job_type: Option<Text>,
    pub(super) retries: Option<Text>,
    pub(super) backoff: Option<Text>,
    pub(super) job_priority: Option<Text>,
    pub(super) headers: Vec<(Arc<str>, Arc<str>)>,
    pub(super) user_task: UserTask,
    /// Whether a decision is named, be it in a way that was refused.
    pub(super) calls_decision: bool,
    pub(super) called_decision: Option<CalledDecision>,
    /// `zeebe:script`: the expression and the variable for its result.
    pub(super) script: Option<(Text, Option<String>)>,
    /// `zeebe:calledElement`.
    pub(super) called_element: Option<CalledProcess>,
    /// `zeebe:adHoc`.
    pub(super) ad_hoc: AdHocExtension,
    /// `camunda:in` and `camunda:out` of a call activity.
    pub(super) passing: Passing,
}

/// What `zeebe:calledElement` says.
#[derive(Debug)]
pub(super) struct CalledProcess {
    pub(super) process: Option<Text>,
    pub(super) binding: Binding,
    pub(super) business_key: Option<Text>,
    pub(super) passes_all_in: bool,
    pub(super) passes_all_out: bool,
}

/// What `zeebe:adHoc` says.
#[derive(Debug, Default)]
pub(super) struct AdHocExtension {
    pub(super) active_elements: Option<Text>,
    pub(super) output_collection: Option<String>,
    pub(super) output_element: Option<Text>,
}

/// What `camunda:in` and `camunda:out` say.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// Whether any of them stands there, so that nothing else is passed.
    pub(super) is_given: bool,
    pub(super) all_in: bool,
    pub(super) all_out: bool,
    pub(super) variables_in: Vec<Mapping>,
    pub(super) variables_out: Vec<Mapping>,
    pub(super) business_key: Option<Text>,
}

impl Extensions {
    /// The work for a system, where one is named.
    pub(super) fn take_job(&mut self) -> Option<ServiceTask> {
        let job_type = self.job_type.take()?;
        Some(self.job(job_type))
    }

    /// The work for a system of this type.
    pub(super) fn job(&mut self, job_type: Text) -> ServiceTask {
        ServiceTask {
            job_type,
            retries: self.retries.take(),
            backoff: self.backoff.take(),
            priority: self.job_priority.take(),
            headers: std::mem::take(&mut self.headers),
        }
    }
}

/// Elements that may say which jobs come first: the process for all of them, and those that make work.
const PRIORITIZING: &[&str] = &[
    "process",
    "serviceTask",
    "businessRuleTask",
    "scriptTask",
    "sendTask",
    "intermediateThrowEvent",
    "endEvent",
    "adHocSubProcess",
];

/// Elements that may make work for a system: those above without the process.
const WORKING: &[&str] = PRIORITIZING.split_at(1).1;

/// Elements that map data in and out.
const MAPPING: &[&str] = &[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "businessRuleTask",
    "scriptTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
];

/// Which extension goes with which elements, and which attributes it has.
const KNOWN: [(&str, &[&str], &[&str]); 18] = [
    ("versionTag", &["process"], &["value"]),
    ("properties", &[], &[]),
    ("taskDefinition", WORKING, &["type", "retries"]),
    ("taskHeaders", WORKING, &[]),
    ("jobPriorityDefinition", PRIORITIZING, &["priority"]),
    ("ioMapping", MAPPING, &[]),
    (
        "calledDecision",
        &["businessRuleTask"],
        &["decisionId", "resultVariable", "bindingType", "versionTag"],
    ),
    ("userTask", &["userTask"], &[]),
    ("formDefinition", &["userTask", "startEvent"], &["formId", "bindingType"]),
    ("assignmentDefinition", &["userTask"], &["assignee", "candidateGroups", "candidateUsers"]),
    ("taskSchedule", &["userTask"], &["dueDate", "followUpDate"]),
    ("priorityDefinition", &["userTask"], &["priority"]),
    ("userTaskForm", &[], &["id"]),
    ("script", &["scriptTask"], &["expression", "resultVariable"]),
    (
        "calledElement",
        &["callActivity"],
        &[
            "processId",
            "bindingType",
            "versionTag",
            "businessId",
            "propagateAllParentVariables",
            "propagateAllChildVariables",
        ],
    ),
    (
        "adHoc",
        &["adHocSubProcess"],
        &["activeElementsCollection", "outputCollection", "outputElement"],
    ),
    ("subscription", &["message"], &["correlationKey"]),
    (
        "loopCharacteristics",
        &["multiInstanceLoopCharacteristics"],
        &["inputCollection", "inputElement", "outputCollection", "outputElement"],
    ),
];

/// Reads the extensions of `owner`.
pub(super) fn read(owner: Node<'_>, findings: &mut Findings) -> Extensions {
    let mut extensions = Extensions::default();
    let holders = owner.children().filter(|child| child.is_bpmn("extensionElements"));
    for node in holders.flat_map(Node::children) {
        if node.namespace() != Namespace::Zeebe {
            dialect::read_element(owner, node, &mut extensions, findings);
            continue;
        }
        let mut reader = Reader { owner, node, findings, extensions: &mut extensions };
        if reader.is_known_here() {
            reader.read();
        }
    }
    dialect::read_attributes(owner, &mut extensions, findings);
    extensions
}

/// `zeebe:subscription correlationKey` of a message.
pub(super) fn correlation_key(message: Node<'_>, findings: &mut Findings) -> Option<Text> {
    let subscription = zeebe(message, "subscription")?;
    check_known(message, subscription, findings);
    attribute_text(subscription, "correlationKey")
}

/// The `zeebe:` extension `local` of `owner`.
pub(super) fn zeebe<'t>(owner: Node<'t>, local: &str) -> Option<Node<'t>> {
    owner
        .children()
        .filter(|child| child.is_bpmn("extensionElements"))
        .flat_map(Node::children)
        .find(|child| child.is(Namespace::Zeebe, local))
}

/// Names the attributes of an extension that are not executed.
pub(super) fn check_known(owner: Node<'_>, node: Node<'_>, findings: &mut Findings) {
    if let Some((_, _, attributes)) = KNOWN.iter().find(|(name, ..)| *name == node.local()) {
        check_attributes(node, attributes, &Place::from(owner).at(node.position()), findings);
    }
}

/// Whether the `zeebe:` extension `local` on an element of kind `owner` is read.
pub(super) fn is_read(owner: &str, local: &str) -> bool {
    let owner = called_task(owner);
    KNOWN
        .iter()
        .any(|(name, owners, _)| *name == local && (owners.is_empty() || owners.contains(&owner)))
}

/// The attribute `local` without a prefix as a text, when it is not empty.
pub(super) fn attribute_text(node: Node<'_>, local: &str) -> Option<Text> {
    let text = node.attribute(local).filter(|text| !text.is_empty())?;
    Some(Text { text: text.to_owned(), position: node.position() })
}

struct Reader<'r, 't> {
    owner: Node<'t>,
    node: Node<'t>,
    findings: &'r mut Findings,
    extensions: &'r mut Extensions,
}

impl<'t> Reader<'_, 't> {
    fn place(&self) -> Place {
        Place::from(self.owner).at(self.node.position())
    }

    fn is_known_here(&mut self) -> bool {
        let local = self.node.local();
        if !is_read(self.owner.local(), local) {
            let message = format!(
                "{} on <{}> is not executed.",
                self.node.qualified(),
                self.owner.qualified()
            );
            let remedy = "Remove it, or model what it does with elements of the process.";
            self.findings.warning("extension-ignored", self.place(), message, remedy);
            return false;
        }
        check_known(self.owner, self.node, self.findings);
        true
    }

    fn read(&mut self) {
        match self.node.local() {
            "versionTag" => {
                self.extensions.version_tag = self.node.attribute("value").map(str::to_owned);
            }
            "properties" => self.properties(),
            "taskDefinition" => {
                self.extensions.job_type = self.text("type");
                self.extensions.retries = self.text("retries");
            }
            "taskHeaders" => self.headers(),
            "ioMapping" => self.mappings(),
            "formDefinition" => self.form(),
            "assignmentDefinition" => {
                self.extensions.user_task.assignee = self.text("assignee");
                self.extensions.user_task.candidate_groups = self.text("candidateGroups");
                self.extensions.user_task.candidate_users = self.text("candidateUsers");
            }
            "taskSchedule" => {
                self.extensions.user_task.due_date = self.text("dueDate");
                self.extensions.user_task.follow_up_date = self.text("followUpDate");
            }
            "jobPriorityDefinition" => self.extensions.job_priority = self.text("priority"),
            "priorityDefinition" => {
                self.extensions.user_task.priority = self.text("priority");
            }
            "calledDecision" => {
                self.extensions.calls_decision = true;
                self.extensions.called_decision =
                    business_rule_task::called_decision(self.owner, self.node, self.findings);
            }
            "userTaskForm" => {
                let message = "A form inside the model is not read.";
                let remedy = "Save the form as a file of its own and name its id as formId.";
                self.findings.warning("form-embedded", self.place(), message, remedy);
            }
            "script" => {
                let variable = self.text("resultVariable").map(|text| text.text);
                self.extensions.script = self.text("expression").map(|text| (text, variable));
            }
            "calledElement" => {
                self.extensions.called_element =
                    Some(call_activity::called_process(self.owner, self.node, self.findings));
            }
            "adHoc" => {
                self.extensions.ad_hoc = AdHocExtension {
                    active_elements: self.text("activeElementsCollection"),
                    output_collection: self.text("outputCollection").map(|text| text.text),
                    output_element: self.text("outputElement"),
                };
            }
            // The marker `zeebe:userTask` says nothing more: every user task is of that sort.
            _ => {}
        }
    }

    /// An attribute that is not empty.
    fn text(&self, attribute: &str) -> Option<Text> {
        attribute_text(self.node, attribute)
    }

    fn form(&mut self) {
        if let Some(id) = self.node.attribute("formId").filter(|id| !id.is_empty()) {
            self.extensions.user_task.form = Some(FormId::from(id));
        } else {
            let message = "The form is not named by formId; it is not shown.";
            let remedy = "Name the form of a file of its own with formId.";
            self.findings.error("form-reference", self.place(), message, remedy);
        }
        if let Some(binding) = self.node.attribute("bindingType")
            && binding != "latest"
        {
            let message = "The form is bound to its latest version, whatever bindingType says.";
            let remedy = "Remove bindingType.";
            self.findings.warning("form-binding", self.place(), message, remedy);
        }
    }

    /// The children `local` of this extension; others are a warning.
    fn parts(&mut self, locals: &[&str], attributes: &[&str]) -> Vec<Node<'t>> {
        let mut parts = Vec::new();
        for child in self.node.children() {
            let place = Place::from(self.owner).at(child.position());
            if child.namespace() == Namespace::Zeebe && locals.contains(&child.local()) {
                check_attributes(child, attributes, &place, self.findings);
                parts.push(child);
            } else {
                let message = format!("{} is not executed.", child.qualified());
                self.findings.warning("extension-ignored", place, message, "Remove it.");
            }
        }
        parts
    }

    fn properties(&mut self) {
        for part in self.parts(&["property"], &["name", "value", "id"]) {
            let name = part.attribute("name").unwrap_or_default();
            if name.is_empty() {
                let place = Place::from(self.owner).at(part.position());
                let message = "A property has no name.";
                self.findings.warning("extension-ignored", place, message, "Name or remove it.");
                continue;
            }
            let value = part.attribute("value").unwrap_or_default();
            self.extensions.properties.insert(name.to_owned(), value.to_owned());
        }
    }

    fn headers(&mut self) {
        let mut keys = BTreeSet::new();
        for part in self.parts(&["header"], &["key", "value"]) {
            let key = part.attribute("key").unwrap_or_default();
            if key.is_empty() {
                let place = Place::from(self.owner).at(part.position());
                let message = "A task header has no key.";
                self.findings.error("header-key-missing", place, message, "Give it a key.");
                continue;
            }
            if !keys.insert(key) {
                let place = Place::from(self.owner).at(part.position());
                let message = format!("The task header “{key}” stands twice.");
                let remedy = "Keep one of them.";
                self.findings.error("header-key-duplicate", place, message, remedy);
                continue;
            }
            let value = part.attribute("value").unwrap_or_default();
            self.extensions.headers.push((Arc::from(key), Arc::from(value)));
        }
    }

    fn mappings(&mut self) {
        for part in self.parts(&["input", "output"], &["source", "target"]) {
            let place = Place::from(self.owner).at(part.position());
            let source = part.attribute("source").filter(|text| !text.is_empty());
            let target = part.attribute("target").filter(|text| !text.is_empty());
            let (Some(source), Some(target)) = (source, target) else {
                let message = format!("{} lacks source or target.", part.qualified());
                let remedy = "Give both: a FEEL source such as =amount, and a variable as target.";
                self.findings.error("mapping-incomplete", place, message, remedy);
                continue;
            };
            if !is_variable_path(target) {
                let cut: String = target.chars().take(64).collect();
                let message = format!("“{cut}” is not the name of a variable.");
                let remedy = "Use letters, digits and “_”; a dot leads into a part: score.value.";
                self.findings.error("mapping-target", place, message, remedy);
                continue;
            }
            let source = Text { text: source.to_owned(), position: part.position() };
            let mapping = Mapping { source, target: target.to_owned() };
            if part.local() == "input" {
                self.extensions.inputs.push(mapping);
            } else {
                self.extensions.outputs.push(mapping);
            }
        }
    }
}

/// Names of variables, joined by dots.
pub(super) fn is_variable_path(path: &str) -> bool {
    path.split('.').all(|name| {
        let mut characters = name.chars();
        characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && characters.all(|other| other.is_alphanumeric() || other == '_')
    })
}

fn check_attributes(node: Node<'_>, known: &[&str], place: &Place, findings: &mut Findings) {
    for attribute in node.attributes() {
        if attribute.namespace == Namespace::None && !known.contains(&attribute.local) {
            let message = format!("{} of {} is not executed.", attribute.local, node.qualified());
            let remedy = "Correct its name or remove it.";
            findings.warning("extension-attribute-ignored", place.clone(), message, remedy);
        }
    }
}
