//! Loop markers of activities: multi-instance and standard loop.

use crate::bpmn::model::{
    ComplexBehavior, DataKind, EventDefinition, LoopCharacteristics, MultiInstance,
    MultiInstanceBehavior, StandardLoop, Text,
};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::{Namespace, Node};

use super::events::{self, child_text, is_variable};
use super::extensions::{attribute_text, check_known, zeebe};
use super::file::Missing;
use super::nodes::Context;
use super::{booleans, dialect};

/// How `owner` repeats; `Ok(None)` where it has no marker.
pub(super) fn read<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    findings: &mut Findings,
) -> Result<Option<LoopCharacteristics>, Missing> {
    let mut markers = owner.children().filter(|child| {
        child.is_bpmn("multiInstanceLoopCharacteristics")
            || child.is_bpmn("standardLoopCharacteristics")
    });
    let Some(node) = markers.next() else { return Ok(None) };
    if let Some(second) = markers.next() {
        let message = "The activity has more than one loop marker.";
        let place = Place::from(owner).at(second.position());
        findings.error("loop-ambiguous", place, message, "Keep one of them.");
        return Err(Missing);
    }
    if node.local() == "standardLoopCharacteristics" {
        return Ok(Some(LoopCharacteristics::Standard(StandardLoop {
            tests_before: booleans::read(owner, node, "testBefore", false, findings),
            maximum: attribute_text(node, "loopMaximum"),
            condition: child_text(node, "loopCondition"),
        })));
    }
    multi_instance(context, owner, node, findings)
        .map(|it| Some(LoopCharacteristics::MultiInstance(Box::new(it))))
}

fn multi_instance<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<MultiInstance, Missing> {
    let extension = zeebe(node, "loopCharacteristics");
    if let Some(extension) = extension {
        check_known(owner, extension, findings);
    }
    let given = |local: &str| extension.and_then(|it| attribute_text(it, local));
    let variable = |local: &str| given(local).map(|text| text.text);
    let collection = given("inputCollection")
        .or_else(|| collection_of_dialect(node))
        .map(Ok)
        .or_else(|| data_reference(context, owner, node, "loopDataInputRef", findings).transpose())
        .transpose()?;
    let output_collection = match variable("outputCollection") {
        Some(name) => Some(name),
        None => data_reference(context, owner, node, "loopDataOutputRef", findings)?
            .map(|text| text.text[1..].to_owned()),
    };
    let output_element = given("outputElement").or_else(|| {
        let item = node.bpmn_child("outputDataItem")?;
        let name = item_variable(item)?;
        Some(Text { text: format!("={name}"), position: item.position() })
    });
    Ok(MultiInstance {
        is_sequential: booleans::read(owner, node, "isSequential", false, findings),
        cardinality: child_text(node, "loopCardinality"),
        collection,
        element_variable: variable("inputElement")
            .or_else(|| dialect::variable(node, "elementVariable"))
            .or_else(|| node.bpmn_child("inputDataItem").and_then(item_variable)),
        index_variable: dialect::variable(node, "elementIndexVariable"),
        output_collection,
        output_element,
        completion_condition: child_text(node, "completionCondition"),
        behavior: behavior(context, owner, node, findings)?,
    })
}

/// `camunda:collection`: the name of a variable, or an expression.
fn collection_of_dialect(node: Node<'_>) -> Option<Text> {
    let text = dialect::attribute(node, "collection")?;
    let is_expression = ["=", "${", "#{"].iter().any(|begin| text.starts_with(begin));
    let text = if is_expression { text.to_owned() } else { format!("={text}") };
    Some(Text { text, position: node.position() })
}

/// The variable of the data item that the child `local` names, as FEEL.
fn data_reference(
    context: &Context<'_, '_>,
    owner: Node<'_>,
    node: Node<'_>,
    local: &str,
    findings: &mut Findings,
) -> Result<Option<Text>, Missing> {
    let Some(reference) = node.bpmn_child(local).filter(|child| !child.text().is_empty()) else {
        return Ok(None);
    };
    let position = reference.position();
    if let Some(item) = context.data_item(reference.text()) {
        // What an activity takes in has the name of what it is taken from.
        let name = match item.kind {
            DataKind::Input | DataKind::Output => {
                context.associated(owner, reference.text()).unwrap_or_else(|| item.variable.clone())
            }
            DataKind::Object | DataKind::Store | DataKind::Property => item.variable.clone(),
        };
        return Ok(Some(Text { text: format!("={name}"), position }));
    }
    if is_variable(reference.text()) && context.file.element(reference.text()).is_none() {
        // Other engines write the name of a variable here.
        return Ok(Some(Text { text: format!("={}", reference.text()), position }));
    }
    let message = format!("{local} names “{}”, which holds no data.", cut(reference.text()));
    let remedy = "Name a data object, a property, or the data input of the activity.";
    findings.error("reference-missing", Place::from(owner).at(position), message, remedy);
    Err(Missing)
}

fn item_variable(item: Node<'_>) -> Option<String> {
    let name = if is_variable(item.name()) { item.name() } else { item.id()? };
    Some(name.replace('-', "_"))
}

fn behavior<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<MultiInstanceBehavior, Missing> {
    let mut event = |local: &str| -> Result<Option<EventDefinition>, Missing> {
        let reference = node
            .attribute(local)
            .or_else(|| node.bpmn_child(local).map(Node::text))
            .filter(|reference| !reference.is_empty());
        let Some(reference) = reference else { return Ok(None) };
        let found = context.file.element(reference);
        if let Some(found) = found.filter(|found| events::is_definition(found.local())) {
            return events::definition(context, owner, found, findings).map(Some);
        }
        let message = format!("{local} names “{}”, which is no event definition.", cut(reference));
        let remedy = "Name an event definition at the top of the file.";
        let place = Place::from(owner).at(node.position());
        findings.error("reference-missing", place, message, remedy);
        Err(Missing)
    };
    match node.attribute("behavior") {
        None | Some("All" | "all") => Ok(MultiInstanceBehavior::All),
        Some("One" | "one") => event("oneBehaviorEventRef").map(MultiInstanceBehavior::One),
        Some("None" | "none") => event("noneBehaviorEventRef").map(MultiInstanceBehavior::None),
        Some("Complex" | "complex") => {
            complex(context, owner, node, findings).map(MultiInstanceBehavior::Complex)
        }
        Some(other) => {
            let message = format!("behavior is “{}”.", cut(other));
            let remedy = "Write None, One, All or Complex.";
            let place = Place::from(owner).at(node.position());
            findings.error("loop-behavior", place, message, remedy);
            Err(Missing)
        }
    }
}

fn complex<'t>(
    context: &Context<'_, 't>,
    owner: Node<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<Vec<ComplexBehavior>, Missing> {
    let mut behaviors = Vec::new();
    for child in node.children().filter(|child| child.is_bpmn("complexBehaviorDefinition")) {
        let Some(condition) = child_text(child, "condition") else {
            let message = "A complex behavior has no condition.";
            let place = Place::from(owner).at(child.position());
            findings.error("loop-behavior", place, message, "Give it a condition.");
            return Err(Missing);
        };
        let event = child.children().find(|it| {
            it.namespace() == Namespace::Bpmn
                && matches!(it.local(), "event" | "implicitThrowEvent")
        });
        let events = match event {
            Some(event) => events::definitions(context, event, findings)?,
            None => Vec::new(),
        };
        behaviors.push(ComplexBehavior { condition, events });
    }
    Ok(behaviors)
}
