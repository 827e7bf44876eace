//! Flow nodes: what each one is, with all that stands in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bpmn::model::{
    AdHoc, BoundaryEvent, CatchEvent, ComplexGateway, DataIndex, DataItem, EventBasedGateway,
    FlowNode, FlowNodeKind, Message, NodeIndex, ReceiveTask, ScriptTask, SendTask, StartEvent,
    SubProcess, SubProcessKind, Text, ThrowEvent,
};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::ids::FlowNodeId;
use crate::xml::{Namespace, Node};

use super::data::{self, Data};
use super::events::{self, child_text};
use super::extensions::{self, Extensions};
use super::file::{File, Missing};
use super::known::{NEUTRAL_ATTRIBUTES, Part, is_ignored_part, is_part, known_attributes, part};
use super::{booleans, business_rule_task, call_activity, dialect, loops};

/// What a node of one process may refer to.
pub(super) struct Context<'c, 't> {
    pub(super) file: &'c File<'t>,
    pub(super) data: &'c Data<'t>,
    /// The nodes of the process, by id.
    pub(super) indices: &'c BTreeMap<&'t str, NodeIndex>,
}

impl<'t> Context<'_, 't> {
    /// The node of this process with the id `reference`.
    pub(super) fn node_index(&self, reference: &str) -> Option<NodeIndex> {
        self.indices.get(reference).copied()
    }

    /// Whether `reference` names an element of a process that was refused where it stands.
    pub(super) fn is_refused(&self, reference: &str) -> bool {
        self.file.element(reference).is_some_and(|found| match part(found.local()) {
            Some(Part::Foreign(_)) | None => super::file::process_of(found).is_some(),
            Some(Part::FlowNode | Part::SequenceFlow | Part::Other | Part::Ignored) => false,
        })
    }

    /// The data item of this process with the id `reference`.
    pub(super) fn data_item(&self, reference: &str) -> Option<&DataItem> {
        self.data.index(reference).map(|DataIndex(index)| &self.data.items[index as usize])
    }

    /// The message that `node` declares.
    pub(super) fn message(&self, node: Node<'_>) -> Option<Arc<Message>> {
        self.file.messages.find(node)
    }

    /// The variable that a data association of `owner` connects with its input or output `item`.
    pub(super) fn associated(&self, owner: Node<'t>, item: &str) -> Option<Arc<str>> {
        let other = owner.children().find_map(|child| {
            let text = |local: &str| child.bpmn_child(local).map(Node::text);
            match child.local() {
                "dataInputAssociation" if text("targetRef") == Some(item) => text("sourceRef"),
                "dataOutputAssociation" if text("sourceRef") == Some(item) => text("targetRef"),
                _ => None,
            }
        })?;
        self.data_item(other).map(|item| Arc::clone(&item.variable))
    }
}

/// A flow node of the file with its place among the nodes.
#[derive(Clone, Copy)]
pub(super) struct Draft<'t> {
    pub(super) node: Node<'t>,
    pub(super) scope: Option<NodeIndex>,
}

/// Reads the flow node `id`. The flag says whether all of it could be read; where it could not, a plain
/// task stands in its place, so that flows to it are not found wrong, too.
pub(super) fn read<'t>(
    context: &Context<'_, 't>,
    draft: Draft<'t>,
    id: FlowNodeId,
    findings: &mut Findings,
) -> (FlowNode, bool) {
    let Draft { node, scope } = draft;
    check_attributes(node, findings);
    let children_known = check_children(node, findings);
    let mut parts = extensions::read(node, findings);
    let mut read = FlowNode::new(id, FlowNodeKind::Task);
    read.name = Arc::from(node.name());
    read.scope = scope;
    read.inputs = std::mem::take(&mut parts.inputs);
    read.outputs = std::mem::take(&mut parts.outputs);
    read.properties = std::mem::take(&mut parts.properties);
    read.documentation = documentation(node);
    read.position = node.position();
    read.data = data::associations(context, node, findings);
    let repeats = loops::read(context, node, findings);
    let kind = kind(context, (node, read.id.as_str()), &mut parts, findings);
    let is_whole = children_known && repeats.is_ok() && kind.is_ok();
    read.loop_characteristics = repeats.unwrap_or_default();
    if let Ok(kind) = kind {
        read.kind = kind;
    }
    read.is_for_compensation = booleans::read(node, node, "isForCompensation", false, findings);
    (read, is_whole)
}

/// Text of the `documentation` elements, one paragraph each.
pub(super) fn documentation(node: Node<'_>) -> Option<String> {
    let paragraphs: Vec<&str> = node
        .children()
        .filter(|child| child.is_bpmn("documentation"))
        .map(Node::text)
        .filter(|text| !text.is_empty())
        .collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

fn kind<'t>(
    context: &Context<'_, 't>,
    (node, id): (Node<'t>, &str),
    parts: &mut Extensions,
    findings: &mut Findings,
) -> Result<FlowNodeKind, Missing> {
    let by_id = || Text { text: id.to_owned(), position: node.position() };
    Ok(match node.local() {
        "startEvent"
        | "endEvent"
        | "intermediateCatchEvent"
        | "intermediateThrowEvent"
        | "implicitThrowEvent"
        | "boundaryEvent" => event(context, node, parts, findings)?,
        "task" => FlowNodeKind::Task,
        "manualTask" => FlowNodeKind::ManualTask,
        "userTask" => FlowNodeKind::UserTask(std::mem::take(&mut parts.user_task)),
        "serviceTask" if !business_rule_task::is_decision_task(node) => {
            let job_type = parts.job_type.take().unwrap_or_else(by_id);
            FlowNodeKind::ServiceTask(parts.job(job_type))
        }
        "serviceTask" | "businessRuleTask" => {
            business_rule_task::read(node, parts, findings).ok_or(Missing)?
        }
        "sendTask" => {
            let message = message(context, node, findings)?;
            let job = parts.take_job();
            FlowNodeKind::SendTask(SendTask { message, job })
        }
        "receiveTask" => FlowNodeKind::ReceiveTask(ReceiveTask {
            message: message(context, node, findings)?,
            instantiates: booleans::read(node, node, "instantiate", false, findings),
        }),
        "scriptTask" => FlowNodeKind::ScriptTask(script_task(node, parts, findings)?),
        "callActivity" => {
            FlowNodeKind::CallActivity(call_activity::read(context, node, parts, findings)?)
        }
        "subProcess" | "transaction" | "adHocSubProcess" => sub_process(node, parts, findings),
        "exclusiveGateway" => FlowNodeKind::ExclusiveGateway,
        "parallelGateway" => FlowNodeKind::ParallelGateway,
        "inclusiveGateway" => FlowNodeKind::InclusiveGateway,
        "eventBasedGateway" => {
            let instantiates = booleans::read(node, node, "instantiate", false, findings);
            let is_parallel = match node.attribute("eventGatewayType") {
                None | Some("Exclusive") => false,
                Some("Parallel") => true,
                Some(other) => {
                    let message = format!("eventGatewayType is “{}”.", cut(other));
                    let remedy = "Write Exclusive or Parallel.";
                    findings.error("event-gateway-type", node, message, remedy);
                    return Err(Missing);
                }
            };
            FlowNodeKind::EventBasedGateway(EventBasedGateway { instantiates, is_parallel })
        }
        "complexGateway" => FlowNodeKind::ComplexGateway(ComplexGateway {
            activation_condition: child_text(node, "activationCondition"),
        }),
        other => unreachable!("{other} is listed as a flow node and not read"),
    })
}

/// What the global task `node` does where it is called.
pub(super) fn global_task(
    node: Node<'_>,
    findings: &mut Findings,
) -> Result<FlowNodeKind, Missing> {
    let mut parts = extensions::read(node, findings);
    Ok(match node.local() {
        "globalUserTask" => FlowNodeKind::UserTask(parts.user_task),
        "globalManualTask" => FlowNodeKind::ManualTask,
        "globalScriptTask" => FlowNodeKind::ScriptTask(script_task(node, &mut parts, findings)?),
        "globalBusinessRuleTask" => {
            business_rule_task::read(node, &mut parts, findings).ok_or(Missing)?
        }
        _ => FlowNodeKind::Task,
    })
}

fn event<'t>(
    context: &Context<'_, 't>,
    node: Node<'t>,
    parts: &mut Extensions,
    findings: &mut Findings,
) -> Result<FlowNodeKind, Missing> {
    let definitions = events::definitions(context, node, findings)?;
    if matches!(node.local(), "endEvent" | "intermediateThrowEvent" | "implicitThrowEvent") {
        // `camunda:type="external"` stands on the definition of the message.
        let sender = node.bpmn_child("messageEventDefinition");
        let topic = sender.and_then(dialect::topic);
        parts.job_type = parts.job_type.take().or(topic);
        let throw = ThrowEvent { definitions, job: parts.take_job() };
        return Ok(match node.local() {
            "endEvent" => FlowNodeKind::EndEvent(throw),
            _ => FlowNodeKind::IntermediateThrowEvent(throw),
        });
    }
    let is_parallel =
        booleans::read(node, node, "parallelMultiple", false, findings) && definitions.len() > 1;
    let catch = CatchEvent { definitions, is_parallel };
    Ok(match node.local() {
        "startEvent" => FlowNodeKind::StartEvent(StartEvent {
            form: parts.user_task.form.take(),
            catch,
            is_interrupting: booleans::read(node, node, "isInterrupting", true, findings),
        }),
        "boundaryEvent" => {
            let attached_to = attached_to(context, node, findings)?;
            FlowNodeKind::BoundaryEvent(BoundaryEvent {
                attached_to,
                cancels_activity: booleans::read(node, node, "cancelActivity", true, findings),
                catch,
                compensation_handler: None,
            })
        }
        _ => FlowNodeKind::IntermediateCatchEvent(catch),
    })
}

fn attached_to(
    context: &Context<'_, '_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Result<NodeIndex, Missing> {
    let reference = node.attribute("attachedToRef").unwrap_or_default();
    let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
    let found = context.node_index(reference).or_else(|| context.node_index(local));
    if let Some(index) = found {
        return Ok(index);
    }
    let message = if reference.is_empty() {
        "The boundary event is attached to nothing.".to_owned()
    } else {
        format!("The boundary event is attached to “{}”, which is missing.", cut(reference))
    };
    let remedy = "Name an activity of the same scope as attachedToRef.";
    findings.error("boundary-detached", node, message, remedy);
    Err(Missing)
}

fn message<'t>(
    context: &Context<'_, 't>,
    node: Node<'t>,
    findings: &mut Findings,
) -> Result<Option<Arc<Message>>, Missing> {
    let place = || Place::from(node);
    let found = context.file.referred(node, ("messageRef", "message"), findings, place)?;
    Ok(found.and_then(|found| context.message(found)))
}

/// A script of FEEL, or a system that carries it out. Scripts of other languages never run.
fn script_task(
    node: Node<'_>,
    parts: &mut Extensions,
    findings: &mut Findings,
) -> Result<ScriptTask, Missing> {
    if let Some((script, result_variable)) = parts.script.take() {
        return Ok(ScriptTask::Feel { script, result_variable });
    }
    if let Some(job) = parts.take_job() {
        return Ok(ScriptTask::Job(job));
    }
    let language = node.attribute("scriptFormat").or_else(|| node.attribute("scriptLanguage"));
    if let Some(script) = child_text(node, "script")
        && language.is_some_and(|language| language.to_ascii_lowercase().contains("feel"))
    {
        let variable = dialect::attribute(node, "resultVariable")
            .or_else(|| dialect::attribute(node, "resultVariableName"));
        let result_variable = variable.map(str::to_owned);
        return Ok(ScriptTask::Feel { script, result_variable });
    }
    let message = match language {
        Some(language) => {
            format!("<{}> in “{}” cannot be executed.", node.qualified(), cut(language))
        }
        None => format!("<{}> without a script of FEEL cannot be executed.", node.qualified()),
    };
    let remedy = "Scripts of a host language are never run. Write it in FEEL (zeebe:script, or \
                  scriptFormat=\"feel\"), or use a service task.";
    findings.error("element-unsupported", node, message, remedy);
    Err(Missing)
}

fn sub_process(node: Node<'_>, parts: &mut Extensions, findings: &mut Findings) -> FlowNodeKind {
    let is_event = booleans::read(node, node, "triggeredByEvent", false, findings);
    let kind = match node.local() {
        "transaction" => SubProcessKind::Transaction,
        "adHocSubProcess" => {
            let ad_hoc = std::mem::take(&mut parts.ad_hoc);
            let cancels = "cancelRemainingInstances";
            SubProcessKind::AdHoc(Box::new(AdHoc {
                is_sequential: node.attribute("ordering") == Some("Sequential"),
                completion_condition: child_text(node, "completionCondition"),
                cancels_remaining: booleans::read(node, node, cancels, true, findings),
                active_elements: ad_hoc.active_elements,
                output_collection: ad_hoc.output_collection,
                output_element: ad_hoc.output_element,
                job: parts.take_job(),
            }))
        }
        _ if is_event => SubProcessKind::Event,
        _ => SubProcessKind::Embedded,
    };
    FlowNodeKind::SubProcess(SubProcess { kind, children: Vec::new() })
}

/// Names children that BPMN does not know; whether all are known.
fn check_children(node: Node<'_>, findings: &mut Findings) -> bool {
    let mut all_known = true;
    for child in node.children().filter(|child| child.namespace() == Namespace::Bpmn) {
        let local = child.local();
        let place = || Place::from(node).at(child.position());
        if is_ignored_part(local) {
            let message = format!("<{}> is not read.", child.qualified());
            let remedy = "Use zeebe:assignmentDefinition for assignee and candidates.";
            findings.warning("element-ignored", place(), message, remedy);
        } else if !is_part(node.local(), local) {
            all_known = false;
            let message = format!("BPMN has no <{}> in <{}>.", child.qualified(), node.qualified());
            let remedy = "Correct its name or remove it.";
            findings.error("element-unknown", place(), message, remedy);
        }
    }
    all_known
}

/// Remarks on attributes of BPMN that are not known or change execution.
pub(super) fn check_attributes(node: Node<'_>, findings: &mut Findings) {
    let known = known_attributes(node.local());
    for attribute in node.attributes() {
        let name = attribute.local;
        let is_plain = matches!(name, "id" | "name")
            || (name == "isForCompensation" && known.contains(&"default"));
        if attribute.namespace != Namespace::None || is_plain {
            continue;
        }
        let neutral = NEUTRAL_ATTRIBUTES.iter().find(|(known, _)| *known == name);
        if let Some((_, value)) = neutral.filter(|_| known.contains(&"default")) {
            if attribute.value.trim() != *value {
                let message = format!("{name}=\"{}\" cannot be executed.", cut(&attribute.value));
                let remedy = format!("Remove the attribute, or set it to {value}.");
                findings.error("attribute-unsupported", node, message, remedy);
            }
        } else if !known.contains(&name) {
            let message = format!("<{}> has no attribute {name}; it is ignored.", node.qualified());
            let remedy = "Correct its name or remove it.";
            findings.warning("attribute-unknown", node, message, remedy);
        }
    }
}
