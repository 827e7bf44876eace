//! Blocks that are scopes of their own: transactions, event sub-processes, ad-hoc sub-processes,
//! sub-processes done several times, and calls.

use std::sync::Arc;

use proptest::prelude::*;
use spartito_core::bpmn::model::{
    AdHoc, Binding, CallActivity, CalledElement, CatchEvent, CompensationEventDefinition,
    Condition, ErrorEventDefinition, Escalation, EscalationEventDefinition, EventDefinition,
    FlowNodeKind, LinkEventDefinition, NodeIndex, ServiceTask, Signal, StartEvent, SubProcess,
    SubProcessKind, ThrowEvent, UserTask,
};

use super::{Block, Builder, service, text, timer, twice};

/// What starts an event sub-process.
#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    Message,
    Timer,
    Signal,
    Condition,
    Error,
    Escalation,
}

/// How an event sub-process begins, and whether it interrupts.
#[derive(Debug, Clone, Copy)]
pub struct Beside {
    trigger: Trigger,
    interrupts: bool,
    undoes: bool,
}

/// A random event sub-process.
pub fn beside() -> impl Strategy<Value = Beside> {
    let trigger = prop_oneof![
        Just(Trigger::Message),
        Just(Trigger::Timer),
        Just(Trigger::Signal),
        Just(Trigger::Condition),
        Just(Trigger::Error),
        Just(Trigger::Escalation),
    ];
    (trigger, any::<bool>(), any::<bool>()).prop_map(|(trigger, interrupts, undoes)| Beside {
        trigger,
        // BPMN lets an error interrupt only.
        interrupts: interrupts || matches!(trigger, Trigger::Error),
        undoes,
    })
}

impl Builder {
    /// A sub-process of `kind`; `fill` draws its content.
    pub(super) fn filled(
        &mut self,
        name: &str,
        kind: SubProcessKind,
        fill: impl FnOnce(&mut Self),
    ) -> NodeIndex {
        let sub = |children| SubProcess { kind: kind.clone(), children };
        let node = self.node(name, FlowNodeKind::SubProcess(sub(Vec::new())));
        let outer = self.scope.replace(node);
        fill(self);
        self.scope = outer;
        let children = self.children(Some(node));
        self.nodes[node.0 as usize].kind = FlowNodeKind::SubProcess(sub(children));
        node
    }

    /// `body` between a start and an end event that throws `result`, where there is one.
    fn line(&mut self, body: &Block, result: Option<EventDefinition>) {
        let start = self.node("inner_start", FlowNodeKind::none_start());
        let (first, last) = self.block(body);
        let end = self.end(result);
        self.flow(start, first, None);
        self.flow(last, end, None);
    }

    fn end(&mut self, result: Option<EventDefinition>) -> NodeIndex {
        let definitions = result.into_iter().collect();
        self.node("inner_end", FlowNodeKind::EndEvent(ThrowEvent { definitions, job: None }))
    }

    /// A transaction that data can cancel.
    pub(super) fn transaction(&mut self, body: &Block) -> (NodeIndex, NodeIndex) {
        let node = self.filled("transaction", SubProcessKind::Transaction, |builder| {
            let start = builder.node("inner_start", FlowNodeKind::none_start());
            let (done, undoable) = builder.undoable();
            let (first, last) = builder.block(body);
            let split = builder.node("well", FlowNodeKind::ExclusiveGateway);
            let (well, ill) = (builder.end(None), builder.end(Some(EventDefinition::Cancel)));
            builder.flow(start, done, None);
            builder.flow(undoable, first, None);
            builder.flow(last, split, None);
            builder.flow(split, ill, Some("route >= 2"));
            builder.default_flow(split, well);
        });
        self.with_border(node, EventDefinition::Cancel, true)
    }

    /// `node` with an event on its border, whose way meets that of `node` where it interrupts.
    fn with_border(
        &mut self,
        node: NodeIndex,
        definition: EventDefinition,
        interrupts: bool,
    ) -> (NodeIndex, NodeIndex) {
        let border = self.border(node, definition, interrupts);
        let merge = self.node("merge", FlowNodeKind::ExclusiveGateway);
        self.flow(node, merge, None);
        if interrupts {
            self.flow(border, merge, None);
        } else {
            let told = self.node("told", FlowNodeKind::none_end());
            self.flow(border, told, None);
        }
        (node, merge)
    }

    /// A service task that can be compensated.
    pub(super) fn undoable(&mut self) -> (NodeIndex, NodeIndex) {
        let task = self.node("done", service());
        let border = self.border(task, compensation(), true);
        let handler = self.node("undo", service());
        self.nodes[handler.0 as usize].is_for_compensation = true;
        if let FlowNodeKind::BoundaryEvent(event) = &mut self.nodes[border.0 as usize].kind {
            event.compensation_handler = Some(handler);
        }
        (task, task)
    }

    /// A sub-process around `body` that throws an escalation, which is caught on its border.
    pub(super) fn escalated(&mut self, body: &Block, interrupts: bool) -> (NodeIndex, NodeIndex) {
        let node = self.filled("escalated", SubProcessKind::Embedded, |builder| {
            builder.line(body, Some(escalation()));
        });
        self.with_border(node, escalation(), interrupts)
    }

    /// A sub-process around `body` with event sub-processes beside it, and a timer on its border.
    pub(super) fn eventful(&mut self, body: &Block, beside: &[Beside]) -> (NodeIndex, NodeIndex) {
        let node = self.filled("eventful", SubProcessKind::Embedded, |builder| {
            builder.line(body, None);
            beside.iter().for_each(|beside| builder.beside(*beside));
        });
        self.with_border(node, timer(), true)
    }

    fn beside(&mut self, beside: Beside) {
        self.filled("beside", SubProcessKind::Event, |builder| {
            let catch =
                CatchEvent { definitions: vec![caught(beside.trigger)], is_parallel: false };
            let is_interrupting = beside.interrupts;
            let start = StartEvent { form: None, catch, is_interrupting };
            let start = builder.node("came", FlowNodeKind::StartEvent(start));
            let task = builder.node("react", FlowNodeKind::UserTask(UserTask::default()));
            let end = builder.end(beside.undoes.then(compensation));
            builder.flow(start, task, None);
            builder.flow(task, end, None);
        });
    }

    /// A sub-process around `body` twice, which a timer on its border ends.
    pub(super) fn times(&mut self, body: &Block, is_sequential: bool) -> (NodeIndex, NodeIndex) {
        let node = self.filled("times", SubProcessKind::Embedded, |builder| {
            builder.line(body, None);
        });
        self.nodes[node.0 as usize].loop_characteristics = Some(twice(is_sequential));
        self.with_border(node, timer(), true)
    }

    /// An ad-hoc sub-process, directed by people or by a job, with an event sub-process beside.
    pub(super) fn ad_hoc(
        &mut self,
        directed: bool,
        is_sequential: bool,
        beside: Option<Beside>,
    ) -> (NodeIndex, NodeIndex) {
        let job = ServiceTask {
            job_type: text("choose"),
            retries: None,
            backoff: None,
            priority: None,
            headers: Vec::new(),
        };
        let kind = SubProcessKind::AdHoc(Box::new(AdHoc {
            is_sequential,
            completion_condition: (!directed).then(|| text("ready")),
            cancels_remaining: is_sequential,
            active_elements: None,
            output_collection: Some("outputs".to_owned()),
            output_element: Some(text("route")),
            job: directed.then_some(job),
        }));
        let node = self.filled("ad_hoc", kind, |builder| {
            builder.single("service", service());
            builder.undoable();
            let (first, _) = builder.single("plain", FlowNodeKind::Task);
            let (second, _) = builder.single("user", FlowNodeKind::UserTask(UserTask::default()));
            builder.flow(first, second, None);
            beside.into_iter().for_each(|beside| builder.beside(beside));
        });
        (node, node)
    }

    /// A call activity, whose errors are caught on its border.
    pub(super) fn call(&mut self) -> (NodeIndex, NodeIndex) {
        let call = CallActivity {
            called: CalledElement::Process(text("other")),
            binding: Binding::Latest,
            business_key: None,
            passes_all_in: true,
            passes_all_out: true,
            variables_in: Vec::new(),
            variables_out: Vec::new(),
        };
        let node = self.node("call", FlowNodeKind::CallActivity(call));
        self.border(node, escalation(), false);
        let border = self.nodes[node.0 as usize].boundary_events[0];
        let told = self.node("told", FlowNodeKind::none_end());
        self.flow(border, told, None);
        self.with_border(node, caught(Trigger::Error), true)
    }

    /// An intermediate event that throws `definition`.
    pub(super) fn thrown(&mut self, definition: EventDefinition) -> (NodeIndex, NodeIndex) {
        let throw = ThrowEvent { definitions: vec![definition], job: None };
        self.single("throw", FlowNodeKind::IntermediateThrowEvent(throw))
    }

    /// A jump from one link event to another.
    pub(super) fn linked(&mut self) -> (NodeIndex, NodeIndex) {
        let link = |target| EventDefinition::Link(LinkEventDefinition { name: "l".into(), target });
        let catch = CatchEvent { definitions: vec![link(None)], is_parallel: false };
        let target = self.node("landed", FlowNodeKind::IntermediateCatchEvent(catch));
        let throw = ThrowEvent { definitions: vec![link(Some(target))], job: None };
        (self.node("jump", FlowNodeKind::IntermediateThrowEvent(throw)), target)
    }
}

fn caught(trigger: Trigger) -> EventDefinition {
    match trigger {
        Trigger::Message => EventDefinition::Message(None),
        Trigger::Timer => timer(),
        Trigger::Signal => signal(),
        Trigger::Condition => EventDefinition::Conditional(Condition {
            text: Some(text("not(ready)")),
            variables: Vec::new(),
            events: Vec::new(),
        }),
        Trigger::Error => EventDefinition::Error(ErrorEventDefinition {
            error: None,
            code_variable: None,
            message_variable: None,
        }),
        Trigger::Escalation => escalation(),
    }
}

/// The signal that some throw and others hear.
pub(super) fn signal() -> EventDefinition {
    let name = text("stop");
    let position = name.position;
    EventDefinition::Signal(Some(Arc::new(Signal { id: "stop".to_owned(), name, position })))
}

pub(super) fn escalation() -> EventDefinition {
    let escalation =
        Escalation { id: "late".to_owned(), name: String::new(), code: Some(text("late")) };
    let escalation = Some(Arc::new(escalation));
    EventDefinition::Escalation(EscalationEventDefinition { escalation, code_variable: None })
}

/// What has completed in the scope is compensated.
fn compensation() -> EventDefinition {
    EventDefinition::Compensation(CompensationEventDefinition {
        activity: None,
        waits_for_completion: true,
    })
}
