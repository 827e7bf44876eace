//! Events, loops and calls of a process, ready to run.
//!
//! Never says whether a model is complete: what it leaves open evaluates to nothing, and a rule
//! refuses it at deployment.

use std::sync::Arc;

use super::compile::Compiler;
use super::{Behavior, Mapping, ServiceTaskExpressions};
use crate::bpmn::model::{
    AdHoc, Binding, CallActivity, CalledElement, Condition, EventDefinition, FlowNode,
    LoopCharacteristics, Message, MultiInstance, MultiInstanceBehavior, NodeIndex, Text, Timer,
};
use crate::engine::expression::Expression;

/// What an event catches or throws.
#[derive(Debug)]
pub(in crate::engine) enum EventExpression {
    Message(MessageExpressions),
    Timer(TimerExpression),
    Signal(Option<Expression>),
    Condition(Option<ConditionExpression>),
    Error {
        code: Option<Expression>,
        message: Option<Expression>,
        code_variable: Option<Arc<str>>,
        message_variable: Option<Arc<str>>,
    },
    Escalation {
        code: Option<Expression>,
        code_variable: Option<Arc<str>>,
    },
    Compensation {
        activity: Option<NodeIndex>,
        /// Whether the event waits until it is done.
        waits: bool,
    },
    Cancel,
    Terminate,
    Link(Option<NodeIndex>),
}

/// A message that is thrown or waited for.
#[derive(Debug, Default)]
pub(in crate::engine) struct MessageExpressions {
    /// `None` where the model names none.
    pub(in crate::engine) name: Option<Expression>,
    pub(in crate::engine) key: Option<Expression>,
}

/// A condition, and when it is asked.
#[derive(Debug)]
pub(in crate::engine) struct ConditionExpression {
    pub(in crate::engine) text: Expression,
    /// The variables whose change counts; empty where every change does.
    pub(in crate::engine) watched: Vec<Arc<str>>,
    /// Whether it counts that a variable is new.
    pub(in crate::engine) sees_new: bool,
    /// Whether it counts that a variable has another value.
    pub(in crate::engine) sees_updates: bool,
}

/// When a timer fires; `None` where the model does not say.
#[derive(Debug)]
pub(in crate::engine) struct TimerExpression {
    pub(in crate::engine) kind: TimerKind,
    pub(in crate::engine) text: Option<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum TimerKind {
    Date,
    Duration,
    Cycle,
}

/// How an activity repeats.
#[derive(Debug)]
pub(in crate::engine) struct LoopExpressions {
    pub(in crate::engine) is_sequential: bool,
    pub(in crate::engine) cardinality: Option<Expression>,
    pub(in crate::engine) collection: Option<Expression>,
    pub(in crate::engine) element_variable: Option<Arc<str>>,
    pub(in crate::engine) index_variable: Option<Arc<str>>,
    pub(in crate::engine) output_collection: Option<Arc<str>>,
    pub(in crate::engine) output_element: Option<Expression>,
    /// The variable that `output_element` is, where it is nothing but a name.
    pub(in crate::engine) output_variable: Option<Arc<str>>,
    /// The rest is cancelled once it holds.
    pub(in crate::engine) completion: Option<Expression>,
    /// What is thrown when a time completes.
    pub(in crate::engine) completions: Vec<CompletionEvents>,
    /// Of a standard loop: goes on while it holds.
    pub(in crate::engine) continuation: Option<Expression>,
    pub(in crate::engine) tests_before: bool,
    pub(in crate::engine) is_standard: bool,
}

/// What a multi-instance activity throws when a time of it completes.
#[derive(Debug)]
pub(in crate::engine) struct CompletionEvents {
    /// Only the first completion counts.
    pub(in crate::engine) is_first_only: bool,
    /// Asked at each completion; `None` where there is none.
    pub(in crate::engine) condition: Option<Expression>,
    pub(in crate::engine) events: Vec<EventExpression>,
    /// Whether they are a signal that the model does not name, which carries how far the loop is.
    pub(in crate::engine) is_default: bool,
}

/// What a call activity calls.
#[derive(Debug)]
pub(in crate::engine) struct CallExpressions {
    pub(in crate::engine) process: Expression,
    pub(in crate::engine) binding: Binding,
    pub(in crate::engine) business_key: Option<Expression>,
    pub(in crate::engine) passes_all_in: bool,
    pub(in crate::engine) passes_all_out: bool,
    pub(in crate::engine) variables_in: Vec<Mapping>,
    pub(in crate::engine) variables_out: Vec<Mapping>,
}

/// What an ad-hoc sub-process adds.
#[derive(Debug)]
pub(in crate::engine) struct AdHocExpressions {
    pub(in crate::engine) is_sequential: bool,
    pub(in crate::engine) completion: Option<Expression>,
    pub(in crate::engine) cancels_remaining: bool,
    pub(in crate::engine) active_elements: Option<Expression>,
    pub(in crate::engine) output_collection: Option<Arc<str>>,
    pub(in crate::engine) output_element: Option<Expression>,
    /// What asks a worker for each choice, where one directs.
    pub(in crate::engine) job: Option<ServiceTaskExpressions>,
}

/// Whether only what the model names leaves the activity.
fn has_outputs(node: &FlowNode) -> bool {
    !node.outputs.is_empty() || !node.data.outputs.is_empty()
}

impl Compiler<'_> {
    pub(super) fn message(&mut self, message: Option<&Message>) -> EventExpression {
        EventExpression::Message(match message {
            None => MessageExpressions::default(),
            Some(message) => MessageExpressions {
                name: (!message.name.text.is_empty()).then(|| self.text(&message.name)),
                key: message.correlation_key.as_ref().map(|key| self.text(key)),
            },
        })
    }

    pub(super) fn event(&mut self, definition: &EventDefinition) -> EventExpression {
        match definition {
            EventDefinition::Message(message) => self.message(message.as_deref()),
            EventDefinition::Timer(timer) => {
                let kind = match timer {
                    Some(Timer::Date(_)) => TimerKind::Date,
                    Some(Timer::Duration(_)) | None => TimerKind::Duration,
                    Some(Timer::Cycle(_)) => TimerKind::Cycle,
                };
                let text = timer.as_ref().map(|timer| self.text(timer.text()));
                EventExpression::Timer(TimerExpression { kind, text })
            }
            EventDefinition::Signal(signal) => {
                EventExpression::Signal(signal.as_ref().map(|signal| self.text(&signal.name)))
            }
            EventDefinition::Conditional(condition) => {
                EventExpression::Condition(self.conditional(condition))
            }
            EventDefinition::Error(error) => {
                let declared = error.error.as_deref();
                let part =
                    |text: Option<&Text>, compiler: &mut Self| text.map(|text| compiler.text(text));
                EventExpression::Error {
                    code: part(declared.and_then(|it| it.code.as_ref()), self),
                    message: part(declared.and_then(|it| it.message.as_ref()), self),
                    code_variable: error.code_variable.as_deref().map(Arc::from),
                    message_variable: error.message_variable.as_deref().map(Arc::from),
                }
            }
            EventDefinition::Escalation(escalation) => {
                let code = escalation.escalation.as_ref().and_then(|it| it.code.as_ref());
                EventExpression::Escalation {
                    code: code.map(|text| self.text(text)),
                    code_variable: escalation.code_variable.as_deref().map(Arc::from),
                }
            }
            EventDefinition::Compensation(it) => EventExpression::Compensation {
                activity: it.activity,
                waits: it.waits_for_completion,
            },
            EventDefinition::Cancel => EventExpression::Cancel,
            EventDefinition::Terminate => EventExpression::Terminate,
            EventDefinition::Link(link) => EventExpression::Link(link.target),
        }
    }

    fn conditional(&mut self, condition: &Condition) -> Option<ConditionExpression> {
        let text = self.condition_text(condition.text.as_ref()?);
        let named = condition.variables.iter().map(|name| Arc::from(name.as_str()));
        let mut watched: Vec<Arc<str>> = named.collect();
        if watched.is_empty() {
            watched = text.names_used();
        }
        let sees = |event: &str| {
            condition.events.is_empty() || condition.events.iter().any(|it| it == event)
        };
        let (sees_new, sees_updates) = (sees("create"), sees("update"));
        Some(ConditionExpression { text, watched, sees_new, sees_updates })
    }

    pub(super) fn repetition(&mut self, repetition: &LoopCharacteristics) -> LoopExpressions {
        match repetition {
            LoopCharacteristics::Standard(standard) => LoopExpressions {
                is_sequential: true,
                cardinality: standard.maximum.as_ref().map(|text| self.condition_text(text)),
                collection: None,
                element_variable: None,
                index_variable: None,
                output_collection: None,
                output_element: None,
                output_variable: None,
                completion: None,
                completions: Vec::new(),
                continuation: standard.condition.as_ref().map(|text| self.condition_text(text)),
                tests_before: standard.tests_before,
                is_standard: true,
            },
            LoopCharacteristics::MultiInstance(multiple) => self.multi_instance(multiple),
        }
    }

    fn multi_instance(&mut self, multiple: &MultiInstance) -> LoopExpressions {
        let condition = |text: &Option<Text>, compiler: &mut Self| {
            text.as_ref().map(|text| compiler.condition_text(text))
        };
        LoopExpressions {
            is_sequential: multiple.is_sequential,
            cardinality: condition(&multiple.cardinality, self),
            collection: condition(&multiple.collection, self),
            element_variable: multiple.element_variable.as_deref().map(Arc::from),
            index_variable: multiple.index_variable.as_deref().map(Arc::from),
            output_collection: multiple.output_collection.as_deref().map(Arc::from),
            output_element: condition(&multiple.output_element, self),
            output_variable: multiple.output_element.as_ref().and_then(variable),
            completion: condition(&multiple.completion_condition, self),
            completions: self.completions(&multiple.behavior),
            continuation: None,
            tests_before: true,
            is_standard: false,
        }
    }

    fn completions(&mut self, behavior: &MultiInstanceBehavior) -> Vec<CompletionEvents> {
        let (event, is_first_only) = match behavior {
            MultiInstanceBehavior::All => return Vec::new(),
            MultiInstanceBehavior::One(event) => (event, true),
            MultiInstanceBehavior::None(event) => (event, false),
            MultiInstanceBehavior::Complex(behaviors) => {
                let thrown = behaviors.iter().map(|behavior| CompletionEvents {
                    is_first_only: false,
                    condition: Some(self.condition_text(&behavior.condition)),
                    events: behavior.events.iter().map(|event| self.event(event)).collect(),
                    is_default: false,
                });
                return thrown.collect();
            }
        };
        let is_default = event.is_none();
        let event = event.as_ref().map(|event| self.event(event));
        let events = vec![event.unwrap_or(EventExpression::Signal(None))];
        vec![CompletionEvents { is_first_only, condition: None, events, is_default }]
    }

    pub(super) fn call(&mut self, node: &FlowNode, call: &CallActivity) -> Behavior {
        match &call.called {
            CalledElement::Process(process) => Behavior::Call(Box::new(CallExpressions {
                process: self.text(process),
                binding: call.binding.clone(),
                business_key: call.business_key.as_ref().map(|text| self.text(text)),
                passes_all_in: call.passes_all_in,
                // Output mappings choose among all that the called process gives.
                passes_all_out: call.passes_all_out
                    || (call.variables_out.is_empty() && has_outputs(node)),
                variables_in: call.variables_in.iter().map(|it| self.mapping(it)).collect(),
                variables_out: call.variables_out.iter().map(|it| self.mapping(it)).collect(),
            })),
            CalledElement::GlobalTask { task, .. } => self.behavior(node, task),
        }
    }

    pub(super) fn ad_hoc(&mut self, node: &FlowNode, ad_hoc: &AdHoc) -> AdHocExpressions {
        AdHocExpressions {
            is_sequential: ad_hoc.is_sequential,
            completion: ad_hoc.completion_condition.as_ref().map(|it| self.condition_text(it)),
            cancels_remaining: ad_hoc.cancels_remaining,
            active_elements: ad_hoc.active_elements.as_ref().map(|it| self.text(it)),
            output_collection: ad_hoc.output_collection.as_deref().map(Arc::from),
            output_element: ad_hoc.output_element.as_ref().map(|it| self.condition_text(it)),
            job: ad_hoc.job.as_ref().map(|job| self.service_task(node, job)),
        }
    }
}

/// The variable that an expression is, where it is nothing but a name.
fn variable(text: &Text) -> Option<Arc<str>> {
    let text = text.text.trim();
    let name = text.strip_prefix('=').unwrap_or(text).trim();
    let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let goes_on = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    (begins && goes_on).then(|| Arc::from(name))
}
