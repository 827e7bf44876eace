//! Attributes and elements of other engines (`camunda:`, `operaton:`, `flowable:`) that have a
//! meaning here.
//!
//! What is not listed here is named by `foreign`, never dropped in silence.

use crate::bpmn::model::{Mapping, Text};
use crate::diagnostic::findings::{Findings, Place};
use crate::ids::FormId;
use crate::value::{Decimal, Value, parse_temporal};
use crate::xml::{Namespace, Node};

use super::extensions::{Extensions, attribute_text, is_variable_path};
use super::known::called_task;
use super::{business_rule_task, events};

/// Which attributes are read on which elements.
const ATTRIBUTES: [(&[&str], &[&str]); 9] = [
    (&["process"], &["versionTag", "taskPriority", "jobPriority"]),
    (
        &["userTask"],
        &["assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority"],
    ),
    (
        &["callActivity"],
        &[
            "calledElementBinding",
            "calledElementVersion",
            "calledElementVersionTag",
            "inheritVariables",
            "businessKey",
        ],
    ),
    (
        &["multiInstanceLoopCharacteristics"],
        &["collection", "elementVariable", "elementIndexVariable"],
    ),
    (&["scriptTask"], &["resultVariable", "resultVariableName"]),
    (
        &["errorEventDefinition"],
        &["errorCodeVariable", "errorMessageVariable", "errorVariableName"],
    ),
    (&["escalationEventDefinition"], &["escalationCodeVariable"]),
    (&["conditionalEventDefinition"], &["variableName", "variableEvents"]),
    (&["error"], &["errorMessage"]),
];

/// Elements that another engine may hand to a system by a topic.
const EXTERNAL: [&str; 4] =
    ["serviceTask", "sendTask", "businessRuleTask", "messageEventDefinition"];

/// Attributes that say which jobs come first, the one that wins first.
const PRIORITIES: [&str; 2] = ["taskPriority", "jobPriority"];

/// The attribute `local` in the namespace of another engine, spaces around it cut; `None` where it
/// is absent or empty.
pub(super) fn attribute<'t>(node: Node<'t>, local: &str) -> Option<&'t str> {
    node.attributes()
        .iter()
        .find(|it| matches!(it.namespace, Namespace::Engine(_)) && it.local == local)
        .map(|it| it.value.trim())
        .filter(|value| !value.is_empty())
}

fn text(node: Node<'_>, local: &str) -> Option<Text> {
    let value = attribute(node, local)?;
    Some(Text { text: value.to_owned(), position: node.position() })
}

fn is_external(owner: Node<'_>) -> bool {
    EXTERNAL.contains(&called_task(owner.local()))
        && matches!(attribute(owner, "type"), Some("external" | "external-worker"))
}

/// Whether an attribute of another engine on `owner` is read.
pub(super) fn reads_attribute(owner: Node<'_>, local: &str) -> bool {
    let is_form = matches!(local, "formKey" | "formRef" | "formRefBinding")
        && form(owner).is_some_and(|(_, name)| name == local || local == "formRefBinding");
    business_rule_task::reads_attribute(owner, local)
        || is_form
        || (is_external(owner) && matches!(local, "type" | "topic"))
        || (is_external(owner) && PRIORITIES.contains(&local))
        || ATTRIBUTES.iter().any(|(owners, names)| {
            owners.contains(&called_task(owner.local())) && names.contains(&local)
        })
}

/// Whether an extension element of another engine on `owner` is read.
pub(super) fn reads_element(owner: Node<'_>, extension: Node<'_>) -> bool {
    business_rule_task::reads_element(owner, extension)
        || (matches!(extension.namespace(), Namespace::Engine(_))
            && match extension.local() {
                "inputOutput" => owner.namespace() == Namespace::Bpmn,
                "in" | "out" => owner.local() == "callActivity",
                "properties" => true,
                "value" => initial_value(owner).is_some(),
                "failedJobRetryTimeCycle" => retry_cycle(extension.text()).is_some(),
                _ => false,
            })
}

/// The work for a system that `camunda:topic` names.
pub(super) fn topic(owner: Node<'_>) -> Option<Text> {
    is_external(owner).then(|| text(owner, "topic")).flatten()
}

/// Reads the attributes of `owner`.
pub(super) fn read_attributes(
    owner: Node<'_>,
    extensions: &mut Extensions,
    findings: &mut Findings,
) {
    match called_task(owner.local()) {
        "process" if extensions.version_tag.is_none() => {
            extensions.version_tag = attribute(owner, "versionTag").map(str::to_owned);
        }
        "userTask" => {
            let task = &mut extensions.user_task;
            let set = |field: &mut Option<Text>, name| {
                if field.is_none() {
                    *field = text(owner, name);
                }
            };
            set(&mut task.assignee, "assignee");
            set(&mut task.candidate_users, "candidateUsers");
            set(&mut task.candidate_groups, "candidateGroups");
            set(&mut task.due_date, "dueDate");
            set(&mut task.follow_up_date, "followUpDate");
            set(&mut task.priority, "priority");
        }
        _ => {}
    }
    if extensions.user_task.form.is_none()
        && let Some((id, _)) = form(owner)
    {
        extensions.user_task.form = Some(FormId::from(id));
    }
    if extensions.job_type.is_none() {
        extensions.job_type = topic(owner);
    }
    if extensions.job_priority.is_none() && (owner.local() == "process" || is_external(owner)) {
        extensions.job_priority = PRIORITIES.iter().find_map(|name| text(owner, name));
    }
    if is_external(owner) && extensions.job_type.is_none() {
        let message = "The external task names no topic; its id is the type of its job.";
        let remedy = "Name a topic, or a type with zeebe:taskDefinition.";
        findings.warning("topic-missing", owner, message, remedy);
    }
}

/// The form that `camunda:formRef` or a plain `camunda:formKey` names, and the attribute's name.
fn form(owner: Node<'_>) -> Option<(&str, &'static str)> {
    if !matches!(called_task(owner.local()), "userTask" | "startEvent") {
        return None;
    }
    let is_plain =
        |key: &&str| key.chars().all(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '.'));
    let key = attribute(owner, "formKey").filter(is_plain).map(|key| (key, "formKey"));
    attribute(owner, "formRef").map(|key| (key, "formRef")).or(key)
}

/// Reads one extension element of another engine.
pub(super) fn read_element(
    owner: Node<'_>,
    node: Node<'_>,
    extensions: &mut Extensions,
    findings: &mut Findings,
) {
    if !matches!(node.namespace(), Namespace::Engine(_)) {
        return;
    }
    match node.local() {
        "inputOutput" => input_output(owner, node, extensions, findings),
        "in" | "out" if owner.local() == "callActivity" => {
            passing(owner, node, extensions, findings);
        }
        "properties" => {
            for part in node.children().filter(|part| part.local() == "property") {
                let (Some(name), value) = (part.attribute("name"), part.attribute("value")) else {
                    continue;
                };
                let value = value.unwrap_or_default().to_owned();
                extensions.properties.entry(name.to_owned()).or_insert(value);
            }
        }
        "failedJobRetryTimeCycle" => {
            if let Some((retries, backoff)) = retry_cycle(node.text()) {
                let text = |text: &str| Text { text: text.to_owned(), position: node.position() };
                extensions.retries.get_or_insert_with(|| text(retries));
                extensions.backoff.get_or_insert_with(|| text(backoff));
            }
        }
        _ => {}
    }
}

/// What a data object holds at first: the text of `flowable:value`, as what its `itemSubjectRef`
/// says; `None` where there is none, or it is not that.
pub(super) fn initial_value(owner: Node<'_>) -> Option<Value> {
    if !owner.is_bpmn("dataObject") {
        return None;
    }
    let holders = owner.children().filter(|child| child.is_bpmn("extensionElements"));
    let value = holders
        .flat_map(Node::children)
        .find(|it| matches!(it.namespace(), Namespace::Engine(_)) && it.local() == "value")?;
    let text = value.text();
    let declared = owner.attribute("itemSubjectRef").unwrap_or_default();
    match declared.rsplit(':').next().unwrap_or_default() {
        "boolean" => text.parse().ok().map(Value::Boolean),
        "int" | "integer" | "long" => text.parse::<i64>().ok().map(Value::from),
        "float" | "double" | "decimal" => text.parse::<Decimal>().ok().map(Value::Number),
        "date" | "datetime" | "dateTime" => parse_temporal(text),
        _ => Some(Value::from(text)),
    }
}

/// `R3/PT10M`: the number of attempts and the time between them.
fn retry_cycle(text: &str) -> Option<(&str, &str)> {
    let (retries, backoff) = text.strip_prefix('R')?.split_once('/')?;
    let is_number = !retries.is_empty() && retries.bytes().all(|it| it.is_ascii_digit());
    (is_number && backoff.starts_with('P')).then_some((retries, backoff))
}

/// `inputParameter` and `outputParameter` that hold plain text.
fn input_output(
    owner: Node<'_>,
    node: Node<'_>,
    extensions: &mut Extensions,
    findings: &mut Findings,
) {
    for part in node.children() {
        let place = || Place::from(owner).at(part.position());
        let side = match part.local() {
            "inputParameter" => &mut extensions.inputs,
            "outputParameter" => &mut extensions.outputs,
            _ => continue,
        };
        let name = part.attribute("name").unwrap_or_default();
        if !is_variable_path(name) {
            let message = format!("{} does not name a variable.", part.qualified());
            let remedy = "Give it a name of letters, digits and “_”.";
            findings.error("mapping-target", place(), message, remedy);
        } else if let Some(inner) = part.children().next() {
            let message = format!("{} in {} is not read.", inner.qualified(), part.qualified());
            let remedy = "Give the value as text: FEEL that begins with =, or ${name}.";
            findings.warning("extension-foreign", place(), message, remedy);
        } else {
            let source = Text { text: part.text().to_owned(), position: part.position() };
            side.push(Mapping { source, target: name.to_owned() });
        }
    }
}

/// `camunda:in` and `camunda:out`.
fn passing(owner: Node<'_>, node: Node<'_>, extensions: &mut Extensions, findings: &mut Findings) {
    let passing = &mut extensions.passing;
    let is_in = node.local() == "in";
    if let Some(key) = attribute_text(node, "businessKey").filter(|_| is_in) {
        passing.business_key = Some(key);
        return;
    }
    passing.is_given = true;
    if node.attribute("variables") == Some("all") {
        *(if is_in { &mut passing.all_in } else { &mut passing.all_out }) = true;
        return;
    }
    let source = match node.attribute("source").filter(|name| !name.is_empty()) {
        Some(name) => Some(Text { text: format!("={name}"), position: node.position() }),
        None => attribute_text(node, "sourceExpression"),
    };
    let target = node.attribute("target").filter(|name| is_variable_path(name));
    let (Some(source), Some(target)) = (source, target) else {
        let message = format!("{} lacks source or target.", node.qualified());
        let remedy = "Give both: a variable or an expression, and the variable to set.";
        let place = Place::from(owner).at(node.position());
        findings.error("mapping-incomplete", place, message, remedy);
        return;
    };
    let side = if is_in { &mut passing.variables_in } else { &mut passing.variables_out };
    side.push(Mapping { source, target: target.to_owned() });
}

/// The variables that an event definition sets, by name of the attribute.
pub(super) fn variable(definition: Node<'_>, local: &str) -> Option<String> {
    attribute(definition, local).filter(|name| events::is_variable(name)).map(str::to_owned)
}
