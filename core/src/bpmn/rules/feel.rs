//! Every text that is evaluated is FEEL, or has a translation to it.

use super::Subject;
use crate::bpmn::model::{
    CalledElement, EventDefinition, FlowNode, FlowNodeKind, LoopCharacteristics, Mapping,
    MultiInstanceBehavior, ScriptTask, ServiceTask, SubProcessKind, Text, UserTask,
};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::feel::{Expression, Names, translate};

/// Names of the headers of a service task that connectors evaluate.
const EVALUATED_HEADERS: [&str; 2] = ["resultExpression", "errorExpression"];
/// Name of the property that holds the summary line of a user task.
const SUMMARY_PROPERTY: &str = "spartito:summary";

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        let mut texts = Texts { place: Place::from(node), findings };
        texts.node(node);
    }
    for flow in &subject.process.flows {
        if let Some(condition) = &flow.condition {
            Texts { place: Place::from(flow), findings }.expression(condition);
        }
    }
}

/// What is wrong with a text that is evaluated, and what to do about it.
struct Words {
    message: String,
    remedy: String,
}

/// Looks at the texts of one element.
struct Texts<'f> {
    place: Place,
    findings: &'f mut Findings,
}

impl Texts<'_> {
    /// FEEL, with or without a leading `=`.
    fn expression(&mut self, text: &Text) {
        let trimmed = text.text.trim();
        self.report(text, expression(trimmed));
    }

    /// FEEL when it begins with `=`, else literal.
    fn attribute(&mut self, text: &Text) {
        let trimmed = text.text.trim();
        let checked = match trimmed.strip_prefix('=') {
            Some(source) => feel(source),
            None if trimmed.contains("${") || trimmed.contains("#{") => expression(trimmed),
            None => Ok(()),
        };
        self.report(text, checked);
    }

    fn report(&mut self, text: &Text, checked: Result<(), Words>) {
        if let Err(words) = checked {
            let place = self.place.at(text.position);
            self.findings.error("feel-syntax", place, words.message, words.remedy);
        }
    }

    fn attributes<'t>(&mut self, texts: impl IntoIterator<Item = &'t Option<Text>>) {
        for text in texts.into_iter().flatten() {
            self.attribute(text);
        }
    }

    fn mappings(&mut self, mappings: &[Mapping]) {
        for mapping in mappings {
            self.attribute(&mapping.source);
        }
    }

    fn node(&mut self, node: &FlowNode) {
        self.kind(&node.kind);
        self.mappings(&node.inputs);
        self.mappings(&node.outputs);
        for association in node.data.inputs.iter().chain(&node.data.outputs) {
            association.transformation.iter().for_each(|text| self.expression(text));
            self.mappings(&association.assignments);
        }
        if let Some(marker) = &node.loop_characteristics {
            self.repetition(marker);
        }
        if let Some(text) = node.properties.get(SUMMARY_PROPERTY) {
            self.attribute(&Text { text: text.clone(), position: node.position });
        }
        for definition in node.kind.event_definitions() {
            self.event(definition);
        }
        if let Some(task) = node.kind.service() {
            self.service(task);
        }
    }

    fn kind(&mut self, kind: &FlowNodeKind) {
        match kind {
            FlowNodeKind::UserTask(task) => self.user_task(task),
            FlowNodeKind::ScriptTask(ScriptTask::Feel { script, .. }) => self.expression(script),
            FlowNodeKind::CallActivity(call) => {
                match &call.called {
                    CalledElement::Process(process) => self.attribute(process),
                    CalledElement::GlobalTask { task, .. } => self.global_task(task),
                }
                self.attributes([&call.business_key]);
                self.mappings(&call.variables_in);
                self.mappings(&call.variables_out);
            }
            FlowNodeKind::SubProcess(sub) => {
                if let SubProcessKind::AdHoc(ad_hoc) = &sub.kind {
                    ad_hoc.completion_condition.iter().for_each(|text| self.expression(text));
                    self.attributes([&ad_hoc.active_elements, &ad_hoc.output_element]);
                }
            }
            FlowNodeKind::ComplexGateway(gateway) => {
                gateway.activation_condition.iter().for_each(|text| self.expression(text));
            }
            other => {
                if let Some(called) = other.called_decision() {
                    self.attribute(&called.decision);
                }
                let message = match other {
                    FlowNodeKind::SendTask(task) => task.message.as_ref(),
                    FlowNodeKind::ReceiveTask(task) => task.message.as_ref(),
                    _ => None,
                };
                if let Some(message) = message {
                    self.attribute(&message.name);
                    message.correlation_key.iter().for_each(|text| self.attribute(text));
                }
            }
        }
    }

    /// A global task holds no other task.
    fn global_task(&mut self, kind: &FlowNodeKind) {
        if let FlowNodeKind::UserTask(task) = kind {
            self.user_task(task);
        } else if let FlowNodeKind::ScriptTask(ScriptTask::Feel { script, .. }) = kind {
            self.expression(script);
        }
        if let Some(task) = kind.service() {
            self.service(task);
        }
    }

    fn user_task(&mut self, task: &UserTask) {
        self.attributes([
            &task.assignee,
            &task.candidate_groups,
            &task.candidate_users,
            &task.due_date,
            &task.follow_up_date,
            &task.priority,
        ]);
    }

    fn service(&mut self, task: &ServiceTask) {
        self.attribute(&task.job_type);
        self.attributes([&task.retries, &task.backoff, &task.priority]);
        for (name, value) in &task.headers {
            if EVALUATED_HEADERS.contains(&&**name) {
                self.attribute(&Text { text: value.to_string(), position: task.job_type.position });
            }
        }
    }

    fn repetition(&mut self, marker: &LoopCharacteristics) {
        match marker {
            LoopCharacteristics::Standard(it) => {
                it.condition.iter().for_each(|text| self.expression(text));
                self.attributes([&it.maximum]);
            }
            LoopCharacteristics::MultiInstance(it) => {
                let texts = [&it.cardinality, &it.collection, &it.completion_condition];
                texts.into_iter().flatten().for_each(|text| self.expression(text));
                self.attributes([&it.output_element]);
                match &it.behavior {
                    MultiInstanceBehavior::All => {}
                    MultiInstanceBehavior::One(event) | MultiInstanceBehavior::None(event) => {
                        if let Some(event) = event {
                            self.event(event);
                        }
                    }
                    MultiInstanceBehavior::Complex(behaviors) => {
                        for behavior in behaviors {
                            self.expression(&behavior.condition);
                            behavior.events.iter().for_each(|event| self.event(event));
                        }
                    }
                }
            }
        }
    }

    fn event(&mut self, definition: &EventDefinition) {
        match definition {
            EventDefinition::Message(Some(message)) => {
                self.attribute(&message.name);
                message.correlation_key.iter().for_each(|text| self.attribute(text));
            }
            EventDefinition::Timer(Some(timer)) => self.attribute(timer.text()),
            EventDefinition::Signal(Some(signal)) => self.attribute(&signal.name),
            EventDefinition::Conditional(condition) => {
                condition.text.iter().for_each(|text| self.expression(text));
            }
            EventDefinition::Error(error) => {
                if let Some(error) = &error.error {
                    self.attributes([&error.code, &error.message]);
                }
            }
            EventDefinition::Escalation(escalation) => {
                if let Some(escalation) = &escalation.escalation {
                    self.attributes([&escalation.code]);
                }
            }
            EventDefinition::Message(None)
            | EventDefinition::Timer(None)
            | EventDefinition::Signal(None)
            | EventDefinition::Compensation(_)
            | EventDefinition::Cancel
            | EventDefinition::Terminate
            | EventDefinition::Link(_) => {}
        }
    }
}

/// Another engine's `${…}`, or FEEL with or without a leading `=`.
fn expression(text: &str) -> Result<(), Words> {
    match translate(text) {
        Ok(Some(source)) => feel(&source),
        Ok(None) => feel(text.strip_prefix('=').unwrap_or(text)),
        Err(error) => Err(Words {
            message: format!("“{}” is written for another engine: {}.", cut(text), error.reason),
            remedy: "Write it in FEEL, such as amount > 1000.".to_owned(),
        }),
    }
}

fn feel(source: &str) -> Result<(), Words> {
    Expression::parse(source, &Names::none()).map(|_| ()).map_err(|error| Words {
        message: format!(
            "“{}” is not FEEL: {} (line {}, column {}).",
            cut(source.trim()),
            error.message,
            error.line,
            error.column
        ),
        remedy: error.hint.unwrap_or_else(|| "Write it in FEEL, such as amount > 1000.".to_owned()),
    })
}
