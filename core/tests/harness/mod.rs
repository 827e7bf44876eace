//! Runs scenarios: reads the script, asks the engine, and writes what happened in words.

mod operate;
mod words;

pub use operate::check_migration;
use words::{task_attributes, told_decision};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use spartito_core::bpmn;
use spartito_core::engine::command::CallOutcome;
use spartito_core::engine::decisions::{DecisionModel, DecisionVersion, DeployedDecisions};
use spartito_core::engine::event::{Caller, Role, Waited};
use spartito_core::engine::state::Status;
use spartito_core::engine::{
    Command, Deployed, Event, ExecutableProcess, InstanceState, Rejection, Request, step,
};
use spartito_core::forms;
use spartito_core::ids::{
    CommandId, DecisionId, DecisionModelKey, DefinitionKey, DeploymentKey, ElementInstanceId,
    FlowNodeId, FormId, FormKey, IncidentId, InstanceId, PersonId, SequenceFlowId, SubscriptionId,
};
use spartito_core::time::{IsoDuration, Timestamp};
use spartito_core::value::{Value, Variables, json};

/// The version that scenarios run.
const DEFINITION: DefinitionKey = DefinitionKey::new(1);

/// The present of all scenarios.
const NOW: &str = "2026-01-01T00:00:00Z";

/// Events of one turn that are told one by one.
const TOLD_MAX: usize = 100;

/// Runs `scenario` on the model `file` of the folder `models`; the text must tell exactly what
/// happens.
#[track_caller]
pub fn check(file: &str, scenario: &str) {
    let forms = BTreeMap::from([(FormId::from("decision"), FormKey::new(1))]);
    run(file, Run::of(&read(&Path::new("core/tests/models").join(file)), forms), scenario);
}

/// As [`check`], for the process `p` of this content.
#[track_caller]
pub fn check_content(content: &str, scenario: &str) {
    run("the model", Run::of(&definitions(content), BTreeMap::new()), scenario);
}

/// A BPMN text with this content.
fn definitions(content: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"t\">{content}\
         </definitions>"
    )
}

/// As [`check`], with the decisions of these DMN files deployed: each file is one deployment, and
/// the process belongs to the first.
#[track_caller]
pub fn check_with_decisions(file: &str, models: &[&str], scenario: &str) {
    let folder = Path::new("core/tests/models");
    let mut prepared = Run::of(&read(&folder.join(file)), BTreeMap::new());
    for model in models {
        prepared.deploy_decisions(&read(&folder.join(model)));
    }
    run(file, prepared, scenario);
}

/// As [`check`], for the model of the example `name`, with the forms that lie beside it.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "models are files; only tests read them")]
pub fn check_example(name: &str, scenario: &str) {
    let folder = Path::new("examples").join(name);
    let entries = std::fs::read_dir(root().join(&folder).join("forms")).expect("it has forms");
    let forms = entries.map(|entry| {
        let text = read(&entry.expect("the folder can be listed").path());
        forms::read(&text).expect("the form can be read").id
    });
    let forms = forms.zip((1..).map(FormKey::new)).collect();
    let file = format!("{name}.bpmn");
    let mut prepared = Run::of(&read(&folder.join(&file)), forms);
    for entry in std::fs::read_dir(root().join(&folder)).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.extension().is_some_and(|extension| extension == "dmn") {
            prepared.deploy_decisions(&read(&path));
        }
    }
    run(&file, prepared, scenario);
}

#[track_caller]
fn run(file: &str, mut run: Run, scenario: &str) {
    let expected: Vec<&str> =
        scenario.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for line in &expected {
        if let Some(request) = line.strip_prefix("> ") {
            run.said.push((*line).to_owned());
            run.ask(request);
        }
    }
    let said: Vec<&str> = run.said.iter().map(String::as_str).collect();
    assert!(said == expected, "{file} went otherwise:\n{}", said.join("\n"));
}

/// The folder of the whole project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the core lies in the project")
}

/// The text of a file, named from the folder of the project.
#[expect(clippy::disallowed_methods, reason = "models are files; only tests read them")]
fn read(path: &Path) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The process of a BPMN text, ready to run.
fn deploy(xml: &str, key: DefinitionKey) -> ExecutableProcess {
    let reading = bpmn::read_for_trial(xml.as_bytes()).expect("the model can be read");
    let process = reading.definitions.processes.into_iter().next().expect("there is a process");
    ExecutableProcess::compile(key, 1, process).expect("the model can be run")
}

/// One instance and what has been said about it.
pub struct Run {
    process: ExecutableProcess,
    /// Where it migrates to.
    target: Option<ExecutableProcess>,
    forms: BTreeMap<FormId, FormKey>,
    decisions: DeployedDecisions,
    state: InstanceState,
    /// Every node ever entered, by visit: names stay known when the visit has ended.
    nodes: BTreeMap<ElementInstanceId, String>,
    said: Vec<String>,
    asked: u128,
    now: Timestamp,
}

impl Run {
    /// An instance of the process of `xml` that has not been started.
    fn of(xml: &str, forms: BTreeMap<FormId, FormKey>) -> Self {
        Self {
            process: deploy(xml, DEFINITION),
            target: None,
            forms,
            decisions: DeployedDecisions::default(),
            state: InstanceState::default(),
            nodes: BTreeMap::from([(ElementInstanceId::ROOT, "process".to_owned())]),
            said: Vec::new(),
            asked: 0,
            now: Timestamp::parse(NOW).expect("a moment"),
        }
    }

    /// Deploys the decisions of a DMN text as their next versions.
    fn deploy_decisions(&mut self, text: &str) {
        let model = Arc::new(DecisionModel::new(vec![Arc::from(text)]));
        let decisions = model.decisions().expect("the model can be read");
        for invocable in decisions.invocables() {
            let version = self.decisions.versions(&invocable.id).len() + 1;
            let number = u64::try_from(version).expect("a few versions");
            let deployed = DecisionVersion {
                key: DecisionModelKey::new(number),
                version: u32::try_from(version).expect("a few versions"),
                deployments: vec![DeploymentKey::new(number)],
                version_tag: invocable.version_tag,
                model: Arc::clone(&model),
            };
            self.decisions.add(DecisionId::new(invocable.id), deployed);
        }
    }

    /// Carries out one line of a script, such as `complete score {"score": 710}`.
    fn ask(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        if verb == "show" {
            let shown = self.shown();
            self.said.push(shown);
            return;
        }
        if line == "run on" {
            self.run_on();
            return;
        }
        if verb == "plan" || verb == "migrate" {
            self.migrate(verb, rest);
            return;
        }
        if verb == "oversleep" {
            self.now =
                self.now.plus(IsoDuration::parse(rest).expect("a duration")).expect("a moment");
            return;
        }
        if verb == "advance" {
            self.advance(rest);
            return;
        }
        if verb == "wait" {
            self.now = self.now.plus(IsoDuration::parse(rest).expect("a duration")).expect("later");
            return;
        }
        let (by, command) = self.command(verb, rest);
        match self.request(by, command) {
            Ok(events) => self.tell(&events),
            Err(rejection) => self.said.push(format!("refused: {rejection}")),
        }
    }

    /// Lets time pass; timers fire in the order in which they are due.
    fn advance(&mut self, by: &str) {
        let end = self.now.plus(IsoDuration::parse(by).expect("a duration")).expect("a moment");
        loop {
            let due = self.state.subscriptions().filter_map(|(id, open)| match open.waits {
                Waited::Timer { due, .. } if due <= end => Some((due, id)),
                _ => None,
            });
            let Some((due, subscription)) = due.min() else { break };
            self.now = self.now.max(due);
            let variables = Variables::default();
            let command = Command::TriggerEvent { subscription, variables };
            let events = self.request(None, command).expect("a due timer fires");
            self.tell(&events);
        }
        self.now = end;
    }

    /// Asks for continuations until none is needed.
    fn run_on(&mut self) {
        let (mut times, mut last) = (0, None);
        while self.state.is_interrupted() {
            times += 1;
            let events = self.request(None, Command::Continue).expect("a continuation fits");
            self.note_nodes(&events);
            last = events.last().cloned();
        }
        self.said.push(format!("continued {times} times"));
        let words = last.and_then(|event| self.words(&event, &BTreeSet::new()));
        self.said.extend(words);
    }

    fn note_nodes(&mut self, events: &[Event]) {
        for event in events {
            if let Event::ElementActivated { element, node, .. } = event {
                self.nodes.insert(*element, node.to_string());
            }
        }
    }

    fn request(&mut self, by: Option<PersonId>, command: Command) -> Result<Vec<Event>, Rejection> {
        self.asked += 1;
        let at = self.now;
        let request = Request { id: CommandId(self.asked), command, by, at, seed: 1 };
        let deployed = Deployed {
            process: &self.process,
            forms: &self.forms,
            decisions: &self.decisions,
            deployment: DeploymentKey::new(1),
            from: None,
        };
        step(deployed, &mut self.state, &request)
    }

    fn command(&self, verb: &str, rest: &str) -> (Option<PersonId>, Command) {
        let (first, further) = rest.split_once(' ').unwrap_or((rest, ""));
        let (second, last) = further.split_once(' ').unwrap_or((further, ""));
        let command = match verb {
            "start" => Command::StartInstance {
                instance: InstanceId::new(7),
                definition: DEFINITION,
                business_key: None,
                variables: variables(rest),
                node: None,
                occurred: None,
                caller: None,
            },
            "start-at" => Command::StartInstance {
                instance: InstanceId::new(7),
                definition: DEFINITION,
                business_key: None,
                variables: variables(if second == "by" { "" } else { further }),
                node: Some(FlowNodeId::from(first)),
                occurred: (second == "by").then(|| Waited::Signal { name: Arc::from(last) }),
                caller: None,
            },
            "start-called" => Command::StartInstance {
                instance: InstanceId::new(7),
                definition: DEFINITION,
                business_key: None,
                variables: variables(further),
                node: None,
                occurred: None,
                caller: Some(Caller {
                    instance: InstanceId::new(6),
                    element: ElementInstanceId(1),
                    depth: 1,
                    caught: caught(first),
                }),
            },
            "direct" => self.direct(first, second, last),
            "trigger" => {
                let of_node =
                    self.state.subscriptions().find(|(_, open)| open.node.as_str() == first);
                let subscription = of_node.map_or(SubscriptionId(999), |(id, _)| id);
                Command::TriggerEvent { subscription, variables: variables(further) }
            }
            "signal" => {
                Command::BroadcastSignal { name: Arc::from(first), variables: variables(further) }
            }
            "throw" => {
                let (element, attempt) = self.job(first);
                let (code, message) = (Arc::from(second), "no".to_owned());
                let variables = variables(last);
                Command::ThrowError { element, attempt, code, message, variables }
            }
            "called" => Command::EndCall {
                element: self.open(first),
                outcome: match second {
                    "completed" => CallOutcome::Completed { variables: variables(last) },
                    "failed" => CallOutcome::Failed { message: last.to_owned() },
                    code => CallOutcome::Error {
                        code: Arc::from(code),
                        message: "no".to_owned(),
                        variables: variables(last),
                    },
                },
            },
            "choose" => Command::StartAdHoc {
                scope: self.open(first),
                node: FlowNodeId::from(second),
                variables: variables(last),
            },
            "modify" => operate::modification(rest),
            "suspend" => Command::SuspendInstance { reason: String::new() },
            "resume" => Command::ResumeInstance,
            "continue" => Command::Continue,
            "terminate" => Command::TerminateInstance { reason: rest.to_owned() },
            "retry" => {
                Command::ResolveIncident { incident: IncidentId(rest.parse().expect("a number")) }
            }
            "complete" => {
                let (element, attempt) = self.job(first);
                Command::CompleteJob { element, attempt, variables: variables(further) }
            }
            "answer" => {
                let attempt = second.parse().expect("an attempt");
                let element = self.open(first);
                Command::CompleteJob { element, attempt, variables: variables(last) }
            }
            "fail" => {
                let (element, attempt) = self.job(first);
                let retries = second.parse().expect("a number of retries");
                let (message, variables) = (last.to_owned(), Variables::default());
                Command::FailJob { element, attempt, message, retries, retry_at: None, variables }
            }
            "set" => {
                Command::SetVariables { scope: self.open(first), variables: variables(further) }
            }
            _ => return self.task_command(verb, rest),
        };
        let by_hand = matches!(verb, "set" | "retry" | "terminate" | "modify");
        (by_hand.then(|| PersonId::from("operator")), command)
    }

    fn task_command(&self, verb: &str, rest: &str) -> (Option<PersonId>, Command) {
        let (person, rest) = rest.split_once(' ').expect("a person and a task");
        let (node, given) = rest.split_once(' ').unwrap_or((rest, ""));
        let person = Some(person).filter(|name| *name != "-").map(PersonId::from);
        let element = self.open(node);
        let command = match verb {
            "claim" => Command::ClaimUserTask { element },
            "unclaim" => Command::UnclaimUserTask { element },
            "assign" => {
                let command = Command::AssignUserTask { element, assignee: person };
                return (Some(PersonId::from("operator")), command);
            }
            "finish" => {
                Command::CompleteUserTask { element, action: None, variables: variables(given) }
            }
            _ => panic!("a scenario cannot ask for “{verb}”"),
        };
        (person, command)
    }

    /// The first open visit to `node`, else the last one; or the visit with that number.
    fn open(&self, node: &str) -> ElementInstanceId {
        if let Ok(number) = node.parse() {
            return ElementInstanceId(number);
        }
        let of_node = || self.nodes.iter().filter(|(_, name)| *name == node).map(|(id, _)| *id);
        of_node()
            .find(|id| self.state.element(*id).is_some())
            .or_else(|| of_node().next_back())
            .unwrap_or_else(|| panic!("“{node}” has not been entered"))
    }

    /// The first open visit to `node` that waits for a job, and the attempt under way.
    fn job(&self, node: &str) -> (ElementInstanceId, u32) {
        let element = self.open(node);
        let job = self.state.element(element).and_then(|open| open.job());
        (element, job.map_or(1, |job| job.attempt))
    }

    fn shown(&self) -> String {
        let mut text =
            format!("{:?} {}", self.state.status(), shown_variables(self.state.variables()));
        if self.state.status() == Status::Active {
            let root = self.state.scope(ElementInstanceId::ROOT).expect("the process is a scope");
            for (flow, count) in &root.tokens {
                write!(text, " at {flow} {count}").expect("a text can be written");
            }
        }
        text
    }

    /// Says what `events` tell, with an element that is left at once on one line; of very many,
    /// how many there are and the last.
    fn tell(&mut self, events: &[Event]) {
        self.note_nodes(events);
        if let Some(last) = events.last().filter(|_| events.len() > TOLD_MAX) {
            let last = self.words(last, &BTreeSet::new()).unwrap_or_default();
            self.said.push(format!("{} events, the last: {last}", events.len()));
            return;
        }
        let mut at_once = BTreeSet::new();
        for pair in events.windows(2) {
            if let Event::ElementActivated { element, role: Role::Whole, .. } = &pair[0]
                && pair[1] == (Event::ElementCompleted { element: *element })
            {
                at_once.insert(*element);
            }
        }
        let mut takes = false;
        for event in events {
            if let Event::SequenceFlowTaken { flow, .. } = event {
                let line = self.said.last_mut().expect("a flow leaves an element");
                write!(line, "{}{flow}", if takes { ", " } else { " by " }).expect("text");
                takes = true;
                continue;
            }
            takes = false;
            let words = self.words(event, &at_once);
            self.said.extend(words);
        }
    }

    fn words(&self, event: &Event, at_once: &BTreeSet<ElementInstanceId>) -> Option<String> {
        let name = |element: &ElementInstanceId| self.nodes[element].as_str();
        Some(match event {
            Event::InstanceStarted { .. } => "started".to_owned(),
            Event::ElementActivated { element, .. } if at_once.contains(element) => return None,
            Event::ElementActivated { node, role, .. } => match role {
                Role::Whole => format!("enter {node}"),
                Role::Body => format!("enter {node} as a loop"),
                Role::Time(time) => format!("enter {node} time {time}"),
                Role::Compensation { .. } => format!("enter {node} to compensate"),
            },
            Event::ElementCompleted { element } if at_once.contains(element) => {
                format!("pass {}", name(element))
            }
            Event::ElementCompleted { element } => format!("leave {}", name(element)),
            Event::ElementTerminated { element } => format!("terminated {}", name(element)),
            Event::SequenceFlowTaken { .. } => return None,
            Event::VariablesSet { scope, variables, by } => {
                let hand = if by.is_some() { " by hand" } else { "" };
                format!("set {} {}{hand}", name(scope), shown_variables(variables))
            }
            Event::JobCreated { element, job_type, retries, priority } => {
                let first = words::priority(*priority);
                format!("job {} of type {job_type}, {retries} attempts{first}", name(element))
            }
            Event::JobChanged { element, retries, priority } => {
                format!("job {} has {retries} attempts, priority {priority}", name(element))
            }
            Event::JobCompleted { element } => format!("job done {}", name(element)),
            Event::JobFailed { element, retries, message, .. } => {
                format!("job failed {}, {retries} left: {message}", name(element))
            }
            Event::JobRetriesRaised { element, retries } => {
                format!("job {} has {retries} attempts again", name(element))
            }
            Event::AdHocDirected { element, is_over } => {
                format!("directed {}{}", name(element), if *is_over { ", over" } else { "" })
            }
            Event::UserTaskCreated { element, .. } => {
                format!("task {}{}", name(element), task_attributes(event))
            }
            Event::UserTaskAssigned { element, assignee, by } => {
                let assignee = assignee.as_ref().map_or("nobody", PersonId::as_str);
                let by = by.as_ref().map_or("the system", PersonId::as_str);
                format!("{} goes to {assignee} by {by}", name(element))
            }
            Event::UserTaskCompleted { element, by, .. } => {
                let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                format!("task done {}{by}", name(element))
            }
            Event::DecisionEvaluated { element, decision, trace, .. } => {
                let made: Vec<String> = trace.iter().map(told_decision).collect();
                let (id, version) = (&decision.id, decision.version);
                format!("decided {} by {id} v{version}: {}", name(element), made.join("; "))
            }
            Event::IncidentRaised { incident, element, cause, .. } => {
                format!("incident {} at {}: {cause:?}", incident.0, name(element))
            }
            Event::IncidentResolved { incident, .. } => format!("incident {} over", incident.0),
            Event::ElementWaiting { .. }
            | Event::ElementFinished { .. }
            | Event::LoopStarted { .. }
            | Event::LoopResultKept { .. }
            | Event::CompensationRecorded { .. }
            | Event::CompensationStarted { .. }
            | Event::CompensationTaken { .. }
            | Event::GatewayStarted { .. }
            | Event::ScopeInterrupted { .. }
            | Event::ConditionChanged { .. } => return None,
            Event::GatewayReset { gateway, .. } => format!("reset {gateway}"),
            Event::SubscriptionOpened { node, waits, .. } => {
                let what = match waits {
                    Waited::Message { name, key: None } => format!("message {name}"),
                    Waited::Message { name, key: Some(key) } => format!("message {name} of {key}"),
                    Waited::Timer { due, .. } => format!("timer {due}"),
                    Waited::Signal { name } => format!("signal {name}"),
                    Waited::Condition { .. } => "condition".to_owned(),
                };
                format!("{node} waits for {what}")
            }
            Event::EventOccurred { subscription, next } => {
                let again = match next {
                    Some(Waited::Timer { due, .. }) => format!(", and again at {due}"),
                    Some(_) => ", and again".to_owned(),
                    None => String::new(),
                };
                format!("event {} occurs{again}", subscription.0)
            }
            Event::MessageThrown { element, name: it, key, variables } => {
                let key = key.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
                format!("{} sends {it}{key} {}", name(element), shown_variables(variables))
            }
            Event::SignalThrown { element, name: it, .. } => {
                format!("{} signals {it}", name(element))
            }
            Event::ErrorThrown { element, code, .. } => {
                format!("{} throws error {code}", name(element))
            }
            Event::ErrorPropagated { code, .. } => format!("error {code} goes to the caller"),
            Event::EscalationThrown { element, code, to_caller } => {
                let to = if *to_caller { " to the caller" } else { "" };
                format!("{} escalates {code}{to}", name(element))
            }
            Event::ProcessCalled { element, called, variables, caught } => {
                let variables = shown_variables(variables);
                let caught = match caught.as_deref() {
                    None => ", catches anything".to_owned(),
                    Some([]) => String::new(),
                    Some(codes) => format!(", catches {}", codes.join(", ")),
                };
                format!("{} calls {} {variables}{caught}", name(element), called.process)
            }
            Event::CallEnded { element, is_canceled: true } => {
                format!("call canceled {}", name(element))
            }
            Event::CallEnded { .. } => return None,
            Event::InstanceMigrated { closes, .. } => operate::migrated(closes),
            Event::InstanceModified { .. } => "modified".to_owned(),
            Event::TokensRemoved { flows, .. } => {
                let flows: Vec<_> = flows.iter().map(SequenceFlowId::as_str).collect();
                format!("tokens gone from {}", flows.join(", "))
            }
            Event::InstanceSuspended { .. } => "suspended".to_owned(),
            Event::InstanceResumed { .. } => "resumed".to_owned(),
            Event::TurnInterrupted => "interrupted".to_owned(),
            Event::InstanceCompleted => "completed".to_owned(),
            Event::InstanceTerminated { reason, .. } => format!("instance terminated: {reason}"),
        })
    }
}

/// The codes that a caller catches, such as `A,B` or `nothing`; `anything` where it may be any.
fn caught(words: &str) -> Option<Vec<Arc<str>>> {
    match words {
        "anything" => None,
        "nothing" => Some(Vec::new()),
        codes => Some(codes.split(',').map(Arc::from).collect()),
    }
}

/// Variables from JSON; none from an empty text.
fn variables(text: &str) -> Variables {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value = json::parse(text, json::Limits::default()).expect("JSON");
    value.as_context().cloned().expect("an object")
}

fn shown_variables(variables: &Variables) -> String {
    Value::from(variables.clone()).to_json()
}
