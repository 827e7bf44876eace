//! Call activities: what they call, in which version, with which variables.

use crate::bpmn::model::{Binding, CallActivity, CalledElement, Text};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::Node;

use super::extensions::{CalledProcess, Extensions, attribute_text};
use super::file::Missing;
use super::nodes::{self, Context};
use super::{booleans, dialect};

/// Root elements that a call activity can carry out in place.
const GLOBAL_TASKS: [&str; 5] = [
    "globalTask",
    "globalUserTask",
    "globalManualTask",
    "globalScriptTask",
    "globalBusinessRuleTask",
];

/// Whether `local` is a global task.
pub(super) fn is_global_task(local: &str) -> bool {
    GLOBAL_TASKS.contains(&local)
}

/// Reads what `node` calls.
pub(super) fn read<'t>(
    context: &Context<'_, 't>,
    node: Node<'t>,
    parts: &mut Extensions,
    findings: &mut Findings,
) -> Result<CallActivity, Missing> {
    let reference = node.attribute("calledElement").filter(|reference| !reference.is_empty());
    let extension = parts.called_element.take();
    let global = reference
        .and_then(|reference| context.file.element(reference))
        .filter(|found| is_global_task(found.local()));
    if let Some(global) = global {
        return global_task(global, findings);
    }
    let by_extension = extension.as_ref().and_then(|it| it.process.clone());
    let by_reference = || reference.map(|name| text(node, local_part(node, name)));
    let Some(process) = by_extension.or_else(by_reference) else {
        let message = "The call activity names no process.";
        let remedy = "Name one with zeebe:calledElement processId, or with calledElement.";
        findings.error("called-element-missing", node, message, remedy);
        return Err(Missing);
    };
    let binding = match &extension {
        Some(it) => it.binding.clone(),
        None => binding_of_dialect(node, findings)?,
    };
    let passing = std::mem::take(&mut parts.passing);
    // Without a word on variables all of them pass, in both directions.
    let passes = |by_extension: Option<bool>, all: bool| {
        if passing.is_given { all } else { by_extension.unwrap_or(true) }
    };
    Ok(CallActivity {
        called: CalledElement::Process(process),
        binding,
        business_key: extension
            .as_ref()
            .and_then(|it| it.business_key.clone())
            .or_else(|| passing.business_key.clone())
            .or_else(|| dialect::attribute(node, "businessKey").map(|key| text(node, key))),
        passes_all_in: passes(extension.as_ref().map(|it| it.passes_all_in), passing.all_in)
            || dialect::attribute(node, "inheritVariables") == Some("true"),
        passes_all_out: passes(extension.as_ref().map(|it| it.passes_all_out), passing.all_out),
        variables_in: passing.variables_in,
        variables_out: passing.variables_out,
    })
}

fn text(node: Node<'_>, text: &str) -> Text {
    Text { text: text.to_owned(), position: node.position() }
}

/// `calledElement` is a QName: a declared prefix is no part of the id.
fn local_part<'t>(node: Node<'_>, reference: &'t str) -> &'t str {
    match reference.split_once(':') {
        Some((prefix, local)) if node.namespace_of_prefix(prefix).is_some() => local,
        Some(_) | None => reference,
    }
}

fn global_task(global: Node<'_>, findings: &mut Findings) -> Result<CallActivity, Missing> {
    let task = nodes::global_task(global, findings)?;
    Ok(CallActivity {
        called: CalledElement::GlobalTask {
            id: global.id().unwrap_or_default().to_owned(),
            task: Box::new(task),
        },
        binding: Binding::Deployment,
        business_key: None,
        passes_all_in: true,
        passes_all_out: true,
        variables_in: Vec::new(),
        variables_out: Vec::new(),
    })
}

/// `camunda:calledElementBinding` and what belongs to it.
fn binding_of_dialect(node: Node<'_>, findings: &mut Findings) -> Result<Binding, Missing> {
    let refuse = |what: &str, findings: &mut Findings| {
        let message = format!("The version of the called process is not settled: {what}.");
        let remedy = "Bind to latest, deployment, version or versionTag, with what belongs to it.";
        findings.error("called-element-binding", node, message, remedy);
        Err(Missing)
    };
    match dialect::attribute(node, "calledElementBinding") {
        None | Some("latest") => Ok(Binding::Latest),
        Some("deployment") => Ok(Binding::Deployment),
        Some("versionTag") => match dialect::attribute(node, "calledElementVersionTag") {
            Some(tag) => Ok(Binding::VersionTag(tag.to_owned())),
            None => refuse("calledElementVersionTag is missing", findings),
        },
        Some("version") => {
            let version = dialect::attribute(node, "calledElementVersion");
            match version.and_then(|text| text.parse().ok()) {
                Some(version) => Ok(Binding::Version(version)),
                None => refuse("calledElementVersion is not a number", findings),
            }
        }
        Some(_) => refuse("calledElementBinding is not known", findings),
    }
}

/// `zeebe:calledElement` on `owner`.
pub(super) fn called_process(
    owner: Node<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> CalledProcess {
    let given = |name: &str| node.attribute(name).filter(|text| !text.is_empty());
    let binding = match (given("bindingType"), given("versionTag")) {
        (None | Some("latest"), _) => Binding::Latest,
        (Some("deployment"), _) => Binding::Deployment,
        (Some("versionTag"), Some(tag)) => Binding::VersionTag(tag.to_owned()),
        (Some(other), _) => {
            let message =
                format!("The version of the called process is not settled by “{}”.", cut(other));
            let remedy = "bindingType is latest, deployment, or versionTag with a versionTag.";
            let place = Place::from(owner).at(node.position());
            findings.error("called-element-binding", place, message, remedy);
            Binding::Latest
        }
    };
    let all_in = booleans::read(owner, node, "propagateAllParentVariables", true, findings);
    let all_out = booleans::read(owner, node, "propagateAllChildVariables", true, findings);
    CalledProcess {
        process: attribute_text(node, "processId"),
        binding,
        business_key: attribute_text(node, "businessId"),
        passes_all_in: all_in,
        passes_all_out: all_out,
    }
}
