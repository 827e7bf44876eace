//! `definitions`: the outermost element and what it lists, in any order.

use std::sync::Arc;

use crate::diagnostic::findings::{Findings, Place, cut};
use crate::dmn::model::{Decision, Definitions, Import, InputData, Knowledge, Reference, Service};
use crate::xml::{Namespace, Node, Tree};

use super::{expression, ids, items, text};

/// Elements of the standard that say nothing about execution.
const SILENT: [&str; 12] = [
    "knowledgeSource",
    "textAnnotation",
    "association",
    "group",
    "organizationUnit",
    "organisationUnit",
    "performanceIndicator",
    "businessContextElement",
    "elementCollection",
    "artifact",
    "description",
    "extensionElements",
];

/// Reads the whole file; `None` where it is none of DMN.
pub(super) fn read(tree: &Tree<'_>, findings: &mut Findings) -> Option<Definitions> {
    let root = tree.root();
    if !root.is_dmn("definitions") {
        refuse_root(root, findings);
        return None;
    }
    ids::check(tree, findings);
    text::check_language(root, findings);
    let mut definitions = Definitions {
        place: Place::from(root),
        namespace: root.attribute("namespace").unwrap_or_default().trim_end_matches('#').into(),
        imports: Vec::new(),
        items: Vec::new(),
        inputs: Vec::new(),
        decisions: Vec::new(),
        knowledge: Vec::new(),
        services: Vec::new(),
    };
    for child in root.children().filter(|child| child.namespace() == Namespace::Dmn) {
        match child.local() {
            "import" => definitions.imports.extend(import(child, findings)),
            "itemDefinition" => definitions.items.push(items::read(child, findings)),
            "inputData" => definitions.inputs.push(InputData {
                place: Place::from(child),
                variable: text::variable(child),
                label: text::attribute(child, "label"),
            }),
            "decision" => definitions.decisions.push(decision(child, findings)),
            "businessKnowledgeModel" => definitions.knowledge.push(knowledge(child, findings)),
            "decisionService" => definitions.services.push(service(child, findings)),
            local if SILENT.contains(&local) => {}
            local => {
                let message = format!("<{local}> is not known here and ignored.");
                let remedy = "Remove it, or keep it for the tool that wrote it.";
                findings.warning("element-ignored", child, message, remedy);
            }
        }
    }
    if definitions.decisions.is_empty()
        && definitions.knowledge.is_empty()
        && definitions.items.is_empty()
        && definitions.inputs.is_empty()
    {
        let message = "The file holds no decision.";
        findings.warning("no-decision", root, message, "Draw a decision and save the file again.");
    }
    Some(definitions)
}

fn refuse_root(root: Node<'_>, findings: &mut Findings) {
    let name = root.qualified();
    let message = if root.is_bpmn("definitions") {
        "This is a BPMN file; decisions are in a DMN file.".to_owned()
    } else if root.local() == "definitions" {
        format!("<{name}> is not in a namespace of DMN 1.1 to 1.5.")
    } else {
        format!("The outermost element is <{name}>, not definitions of DMN.")
    };
    findings.error("not-dmn", root, message, "Give a DMN file as a modeler saves it.");
}

fn import(node: Node<'_>, findings: &mut Findings) -> Option<Import> {
    let namespace = node.attribute("namespace").unwrap_or_default().trim_end_matches('#');
    if namespace.is_empty() {
        let message = "The import names no namespace.";
        let remedy = "Set the namespace of the model that is imported.";
        findings.error("import-namespace", node, message, remedy);
        return None;
    }
    let kind = node.attribute("importType").unwrap_or_default();
    if !kind.is_empty() && !matches!(Namespace::of(kind), Namespace::Dmn) {
        let message = format!("The import of type “{}” is not read.", cut(kind));
        let remedy = "Only models of DMN can be imported; functions of PMML are null.";
        findings.warning("import-type", node, message, remedy);
        return None;
    }
    Some(Import { place: Place::from(node), name: text::name(node), namespace: namespace.into() })
}

fn references(
    node: Node<'_>,
    holder: &str,
    roles: &[&'static str],
    findings: &mut Findings,
) -> Vec<Reference> {
    let holders = node.children().filter(|child| child.is_dmn(holder));
    let mut found = Vec::new();
    for child in holders.flat_map(Node::children) {
        if let Some(role) = roles.iter().find(|role| child.is_dmn(role)) {
            found.extend(text::reference(child, role, findings));
        }
    }
    found
}

fn decision(node: Node<'_>, findings: &mut Findings) -> Decision {
    check_name(node, findings);
    Decision {
        place: Place::from(node),
        variable: text::variable(node),
        label: text::attribute(node, "label"),
        description: text::child_text(node, "description"),
        question: text::child_text(node, "question"),
        allowed_answers: text::child_text(node, "allowedAnswers"),
        version_tag: version_tag(node),
        information: references(
            node,
            "informationRequirement",
            &["requiredInput", "requiredDecision"],
            findings,
        ),
        knowledge: references(node, "knowledgeRequirement", &["requiredKnowledge"], findings),
        logic: expression::child(node, findings),
    }
}

fn check_name(node: Node<'_>, findings: &mut Findings) {
    if node.id().is_none() && node.name().is_empty() {
        let message = format!("<{}> has neither an id nor a name.", node.qualified());
        findings.error("name-missing", node, message, "Give it an id and a name.");
    }
}

/// `camunda:versionTag`, or `zeebe:versionTag` among the extensions.
fn version_tag(node: Node<'_>) -> Option<Arc<str>> {
    let attribute = node
        .attributes()
        .iter()
        .find(|attribute| attribute.local == "versionTag" && attribute.namespace != Namespace::None)
        .map(|attribute| attribute.value.trim());
    let element = || {
        let extensions = node.dmn_child("extensionElements")?;
        let tag = extensions.children().find(|child| child.local() == "versionTag")?;
        tag.attribute("value")
    };
    attribute.or_else(element).filter(|tag| !tag.is_empty()).map(Into::into)
}

fn knowledge(node: Node<'_>, findings: &mut Findings) -> Knowledge {
    check_name(node, findings);
    Knowledge {
        place: Place::from(node),
        variable: text::variable(node),
        knowledge: references(node, "knowledgeRequirement", &["requiredKnowledge"], findings),
        logic: node
            .dmn_child("encapsulatedLogic")
            .map(|logic| expression::function(logic, 0, findings)),
    }
}

fn service(node: Node<'_>, findings: &mut Findings) -> Service {
    check_name(node, findings);
    let mut listed = |role: &'static str| -> Vec<Reference> {
        node.children()
            .filter(|child| child.is_dmn(role))
            .filter_map(|child| text::reference(child, role, findings))
            .map(|reference| Reference {
                place: Place::from(node).at(reference.place.position),
                ..reference
            })
            .collect()
    };
    Service {
        place: Place::from(node),
        variable: text::variable(node),
        outputs: listed("outputDecision"),
        encapsulated: listed("encapsulatedDecision"),
        input_decisions: listed("inputDecision"),
        input_data: listed("inputData"),
    }
}
