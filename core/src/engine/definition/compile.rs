//! Making a process ready to run.
//!
//! Collects every finding before it refuses; never deploys a part.

use std::sync::Arc;

use super::{
    Behavior, CalledDecision, ExecutableProcess, Mapping, Node, ServiceTaskExpressions,
    UserTaskExpressions,
};
use crate::bpmn::diagnostic::{Diagnostic, Position, Severity};
use crate::bpmn::model::{
    self, BusinessRuleTask, FlowIndex, FlowNode, FlowNodeKind, MessageFlow, MessageFlowEnd,
    NodeIndex, Process, ScriptTask, SubProcessKind, Text, ThrowEvent,
};
use crate::engine::expression::{self, Expression};
use crate::ids::DefinitionKey;
use crate::value::Value;

/// Name of the property that holds the summary line of a user task.
const SUMMARY_PROPERTY: &str = "spartito:summary";

/// Names of the headers of a service task that connectors evaluate.
const EVALUATED: [&str; 2] = ["resultExpression", "errorExpression"];

pub(super) fn compile(
    key: DefinitionKey,
    version: u32,
    process: Process,
) -> Result<ExecutableProcess, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        process: &process,
        findings: Vec::new(),
        element: "",
        name: "",
        message_flows: &process.message_flows,
    };
    let mut nodes: Vec<Node> = process.nodes.iter().map(|node| compiler.node(node)).collect();
    let conditions = process.flows.iter().map(|flow| compiler.condition(flow)).collect();
    let late_joins = super::graph::late_joins(&process);
    let is_complex = |node: &FlowNode| matches!(node.kind, FlowNodeKind::ComplexGateway(_));
    let has_complex_gateway = process.nodes.iter().any(is_complex);
    let mut findings = compiler.findings;
    for (scope, declared) in super::data::declared(&process) {
        nodes[scope.0 as usize].declared.extend(declared);
    }
    let initial = super::data::initial(&process);
    findings.sort_by_key(|finding| finding.position);
    if !findings.is_empty() {
        return Err(findings);
    }
    let node_indices =
        (0..).map(NodeIndex).zip(&process.nodes).map(|(index, node)| (node.id.clone(), index));
    let flow_indices =
        (0..).map(FlowIndex).zip(&process.flows).map(|(index, flow)| (flow.id.clone(), index));
    Ok(ExecutableProcess {
        key,
        version,
        nodes,
        conditions,
        late_joins,
        has_complex_gateway,
        initial,
        node_indices: node_indices.collect(),
        flow_indices: flow_indices.collect(),
        model: process,
    })
}

/// Compiles one element after the other and keeps what is wrong with them.
pub(super) struct Compiler<'p> {
    pub(super) process: &'p Process,
    findings: Vec<Diagnostic>,
    /// Id of the element at hand.
    element: &'p str,
    /// Name of the element at hand.
    name: &'p str,
    message_flows: &'p [MessageFlow],
}

impl<'p> Compiler<'p> {
    fn node(&mut self, node: &'p FlowNode) -> Node {
        (self.element, self.name) = (node.id.as_str(), &node.name);
        let behavior = self.behavior(node, &node.kind);
        let events =
            node.kind.event_definitions().iter().map(|definition| self.event(definition)).collect();
        let mut inputs = self.data_inputs(node);
        inputs.extend(node.inputs.iter().map(|mapping| self.mapping(mapping)));
        let mut outputs = self.data_outputs(node);
        outputs.extend(node.outputs.iter().map(|mapping| self.mapping(mapping)));
        let repetition = node.loop_characteristics.as_ref().map(|it| self.repetition(it));
        let declared = Vec::new();
        let mut compiled = Node { behavior, inputs, outputs, declared, events, repetition };
        if let FlowNodeKind::ReceiveTask(task) = &node.kind {
            compiled.events = vec![self.message(task.message.as_deref())];
        } else if let FlowNodeKind::SendTask(model::SendTask { message, job: None }) = &node.kind {
            compiled.events = vec![self.message(message.as_deref())];
        } else if compiled.events.is_empty() && self.has_message(node) {
            compiled.events = vec![self.message(None)];
        }
        compiled
    }

    /// Whether a message flow makes a message event of an event that does not say what it is, or
    /// lets a plain task send.
    fn has_message(&self, node: &FlowNode) -> bool {
        let flows = self.message_flows;
        let leads = |end: &MessageFlowEnd| end.node() == Some(&node.id);
        if matches!(node.kind, FlowNodeKind::StartEvent(_)) {
            return flows.iter().any(|flow| leads(&flow.target));
        }
        let throws = node.kind.throws().is_some() || matches!(node.kind, FlowNodeKind::Task);
        throws && flows.iter().any(|flow| leads(&flow.source) && flow.target.node().is_some())
    }

    /// What `node` does, of the kind `kind`: its own, or that of the global task that it calls.
    pub(super) fn behavior(&mut self, node: &FlowNode, kind: &FlowNodeKind) -> Behavior {
        match kind {
            FlowNodeKind::StartEvent(_) => Behavior::StartEvent,
            FlowNodeKind::BoundaryEvent(_) => Behavior::Boundary,
            FlowNodeKind::EndEvent(ThrowEvent { job: Some(task), .. })
            | FlowNodeKind::IntermediateThrowEvent(ThrowEvent { job: Some(task), .. })
            | FlowNodeKind::SendTask(model::SendTask { job: Some(task), .. })
            | FlowNodeKind::ScriptTask(ScriptTask::Job(task))
            | FlowNodeKind::ServiceTask(task)
            | FlowNodeKind::BusinessRuleTask(BusinessRuleTask::Job(task)) => {
                Behavior::ServiceTask(self.service_task(node, task))
            }
            FlowNodeKind::EndEvent(_) => Behavior::EndEvent,
            FlowNodeKind::IntermediateThrowEvent(_) | FlowNodeKind::SendTask(_) => Behavior::Throw,
            FlowNodeKind::IntermediateCatchEvent(_) | FlowNodeKind::ReceiveTask(_) => {
                Behavior::Catch
            }
            FlowNodeKind::Task if self.has_message(node) => Behavior::Throw,
            FlowNodeKind::Task | FlowNodeKind::ManualTask => Behavior::Task,
            FlowNodeKind::ScriptTask(ScriptTask::Feel { script, result_variable }) => {
                let script = self.parsed(Expression::condition(&script.text), script.position);
                Behavior::Script { script, result: result_variable.as_deref().map(Arc::from) }
            }
            FlowNodeKind::UserTask(task) => {
                Behavior::UserTask(Box::new(self.user_task(node, task)))
            }
            FlowNodeKind::BusinessRuleTask(BusinessRuleTask::Decision(called)) => {
                Behavior::CalledDecision(Box::new(CalledDecision {
                    decision: self.text(&called.decision),
                    binding: called.binding.clone(),
                    result_variable: called.result_variable.as_deref().map(Arc::from),
                    shape: called.shape,
                }))
            }
            FlowNodeKind::CallActivity(call) => self.call(node, call),
            FlowNodeKind::SubProcess(sub) => match &sub.kind {
                SubProcessKind::Embedded | SubProcessKind::Event | SubProcessKind::Transaction => {
                    Behavior::SubProcess
                }
                SubProcessKind::AdHoc(ad_hoc) => {
                    Behavior::AdHoc(Box::new(self.ad_hoc(node, ad_hoc)))
                }
            },
            FlowNodeKind::ExclusiveGateway => Behavior::ExclusiveGateway,
            FlowNodeKind::ParallelGateway => Behavior::ParallelGateway,
            FlowNodeKind::InclusiveGateway => Behavior::InclusiveGateway,
            FlowNodeKind::EventBasedGateway(_) => Behavior::EventGateway,
            FlowNodeKind::ComplexGateway(gateway) => Behavior::ComplexGateway(
                gateway.activation_condition.as_ref().map(|text| self.condition_text(text)),
            ),
        }
    }

    pub(super) fn service_task(
        &mut self,
        node: &FlowNode,
        task: &model::ServiceTask,
    ) -> ServiceTaskExpressions {
        // What a connector will evaluate is checked here, so that nobody meets it at the first job.
        for (_, value) in task.headers.iter().filter(|(name, _)| EVALUATED.contains(&&**name)) {
            self.text(&Text { text: value.to_string(), position: node.position });
        }
        ServiceTaskExpressions {
            job_type: self.text(&task.job_type),
            retries: task.retries.as_ref().map(|text| self.text(text)),
            priority: task
                .priority
                .as_ref()
                .or(self.process.job_priority.as_ref())
                .map(|text| self.text(text)),
        }
    }

    pub(super) fn user_task(
        &mut self,
        node: &FlowNode,
        task: &model::UserTask,
    ) -> UserTaskExpressions {
        let summary = node
            .properties
            .get(SUMMARY_PROPERTY)
            .map(|text| Text { text: text.clone(), position: node.position });
        let names_nobody = task.assignee.is_none()
            && task.candidate_groups.is_none()
            && task.candidate_users.is_none();
        let lane = self.process.lane_name(node).filter(|_| names_nobody);
        let of_lane = |name| Expression::of(Value::list(vec![Value::from(name)]));
        UserTaskExpressions {
            form: task.form.clone(),
            assignee: task.assignee.as_ref().map(|text| self.text(text)),
            candidate_groups: match &task.candidate_groups {
                Some(text) => Some(self.text(text)),
                None => lane.map(of_lane),
            },
            candidate_users: task.candidate_users.as_ref().map(|text| self.text(text)),
            due_date: task.due_date.as_ref().map(|text| self.text(text)),
            follow_up_date: task.follow_up_date.as_ref().map(|text| self.text(text)),
            priority: task.priority.as_ref().map(|text| self.text(text)),
            summary: summary.map(|text| self.text(&text)),
        }
    }

    fn condition(&mut self, flow: &'p model::SequenceFlow) -> Option<Expression> {
        (self.element, self.name) = (flow.id.as_str(), &flow.name);
        let text = flow.condition.as_ref()?;
        Some(self.parsed(Expression::condition(&text.text), text.position))
    }

    pub(super) fn condition_text(&mut self, text: &Text) -> Expression {
        self.parsed(Expression::condition(&text.text), text.position)
    }

    pub(super) fn mapping(&mut self, mapping: &model::Mapping) -> Mapping {
        let mut names = mapping.target.split('.').map(|name| Arc::from(name.trim()));
        let name: Arc<str> = names.next().unwrap_or_default();
        let path: Vec<Arc<str>> = names.collect();
        Mapping { source: self.text(&mapping.source), name, path }
    }

    /// A text that is FEEL when it says so, else literal.
    pub(super) fn text(&mut self, text: &Text) -> Expression {
        self.parsed(Expression::text(&text.text), text.position)
    }

    fn parsed(
        &mut self,
        parsed: Result<Expression, expression::SyntaxError>,
        position: Position,
    ) -> Expression {
        parsed.unwrap_or_else(|error| {
            self.find(
                "feel-syntax",
                position,
                Words { message: error.message, remedy: error.remedy },
            );
            Expression::nothing()
        })
    }

    fn find(&mut self, rule: &str, position: Position, words: Words) {
        self.findings.push(Diagnostic {
            rule: rule.to_owned(),
            severity: Severity::Error,
            element: self.element.to_owned(),
            name: self.name.to_owned(),
            position,
            message: words.message,
            remedy: words.remedy,
        });
    }
}

/// What is wrong, and what to do about it.
struct Words {
    message: String,
    remedy: String,
}

#[cfg(test)]
mod tests {
    use crate::bpmn;
    use crate::bpmn::diagnostic::{Diagnostic, Severity};
    use crate::engine::definition::ExecutableProcess;
    use crate::ids::{DefinitionKey, FlowNodeId};
    use crate::time::IsoDuration;

    /// Compiles a process that begins with a start event and goes on with `body` on line 3.
    fn compile(body: &str) -> Result<ExecutableProcess, Vec<Diagnostic>> {
        let text = format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
             xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"t\">\n\
             <process id=\"p\" isExecutable=\"true\"><startEvent id=\"start\"/>\n{body}\n\
             </process></definitions>"
        );
        let reading = match bpmn::read(text.as_bytes()) {
            Ok(reading) => reading,
            // What is not FEEL is found while reading.
            Err(mut findings) => {
                findings.retain(|finding| finding.severity == Severity::Error);
                return Err(findings);
            }
        };
        let process = reading.definitions.processes.into_iter().next().expect("a process");
        ExecutableProcess::compile(DefinitionKey::new(1), 1, process)
    }

    #[test]
    fn every_text_that_is_not_feel_is_found_with_its_place() {
        let findings = compile(
            "<sequenceFlow id=\"f\" sourceRef=\"start\" targetRef=\"choose\"/>\n\
             <exclusiveGateway id=\"choose\" name=\"How much?\" default=\"small\"/>\n\
             <sequenceFlow id=\"large\" name=\"a lot\" sourceRef=\"choose\" targetRef=\"work\">\n\
             <conditionExpression>amount &gt;</conditionExpression></sequenceFlow>\n\
             <sequenceFlow id=\"small\" sourceRef=\"choose\" targetRef=\"work\"/>\n\
             <serviceTask id=\"work\"><extensionElements>\n\
             <zeebe:taskDefinition type=\"=(\"/>\n\
             </extensionElements></serviceTask>",
        )
        .expect_err("two texts are not FEEL");
        let found: Vec<_> = findings
            .iter()
            .map(|it| (it.rule.as_str(), it.element.as_str(), it.position.line))
            .collect();
        assert_eq!(found, [("feel-syntax", "large", 6), ("feel-syntax", "work", 9)]);
        assert_eq!(findings[0].name, "a lot");
        assert!(findings[0].message.contains("amount >"), "{}", findings[0].message);
        assert!(findings.iter().all(|it| !it.remedy.is_empty()));
    }

    #[test]
    fn simple_expressions_of_other_engines_are_translated_and_others_refused() {
        let with = |condition: &str| {
            compile(&format!(
                "<sequenceFlow id=\"f\" sourceRef=\"start\" targetRef=\"choose\"/>\n\
                 <exclusiveGateway id=\"choose\" default=\"small\"/>\n\
                 <sequenceFlow id=\"large\" sourceRef=\"choose\" targetRef=\"end\">\n\
                 <conditionExpression>{condition}</conditionExpression></sequenceFlow>\n\
                 <sequenceFlow id=\"small\" sourceRef=\"choose\" targetRef=\"end\"/>\n\
                 <endEvent id=\"end\"/>"
            ))
        };
        with("${loan.amount &gt;= 100}").expect("a comparison has a translation");
        let findings = with("${bean.decide(x)}").expect_err("a call has none");
        assert_eq!((findings[0].element.as_str(), findings[0].position.line), ("large", 6));
        assert!(findings[0].message.contains("another engine"), "{}", findings[0].message);
    }

    #[test]
    fn the_model_says_how_long_to_wait_before_another_attempt() {
        let process = compile(
            "<sequenceFlow id=\"f\" sourceRef=\"start\" targetRef=\"work\"/>\n\
             <serviceTask id=\"work\"><extensionElements>\n\
             <camunda:failedJobRetryTimeCycle \
             xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\">R5/PT10M\
             </camunda:failedJobRetryTimeCycle></extensionElements></serviceTask>",
        )
        .expect("it can be run");
        let backoff = |id: &str| process.retry_backoff(&FlowNodeId::from(id));
        assert_eq!(backoff("work"), Some(IsoDuration::from_millis(600_000)));
        assert_eq!(backoff("start"), None);
    }
}
