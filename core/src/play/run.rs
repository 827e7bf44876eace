//! Plays a scenario: starts, goes through the steps, looks what has come of it.

use std::sync::Arc;

use super::models::{File, Models};
use super::outcome::{Incident, Outcome, Played, Waiting};
use super::scenario::{Act, Answer, Scenario, Start, StartWhat, Step};
use super::world::{Beginning, Message, Stop, World};
use super::{Unusable, coverage, expect};
use crate::bpmn::model::{EventDefinition, FlowNodeKind, SubProcessKind};
use crate::engine::command::Direction;
use crate::engine::event::Waited;
use crate::engine::lifecycle::Phase;
use crate::engine::modification::{Activation, Termination};
use crate::engine::state::{ElementInstance, Status, Work};
use crate::engine::{Command, InstanceState, triggerable};
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId, SubscriptionId};
use crate::value::Variables;

/// Plays `scenario` with the files that it names, in any order.
///
/// Never fails for what comes of it: that is among the [`Outcome::failures`].
///
/// # Errors
/// [`Unusable`] where a file cannot be read, or the scenario starts what is not there.
pub fn run(scenario: &Scenario, files: &[File]) -> Result<Outcome, Unusable> {
    let models = Models::deploy(files)?;
    let mut world = World::new(models, scenario.now, scenario.services.clone());
    let root = match start(&mut world, &scenario.start) {
        Ok(root) => root,
        Err(StartError::Unusable(unusable)) => return Err(unusable),
        Err(StartError::Stop(stop)) => {
            return Ok(outcome(world, None, vec![format!("start: {stop}")]));
        }
    };
    let mut failures = Vec::new();
    let first = world.settle().map_err(|stop| failures.push(format!("start: {stop}")));
    for step in scenario.steps.iter().filter(|_| first.is_ok()) {
        if let Err(stop) = take(&mut world, root, step).and_then(|()| world.settle()) {
            failures.push(format!("{}: {stop}", step.place));
            break;
        }
    }
    let mut outcome = outcome(world, Some(root), failures);
    // What follows from a step that failed is not worth telling.
    if outcome.failures.is_empty() {
        outcome.failures = expect::compare(&scenario.expect, &outcome);
    }
    Ok(outcome)
}

enum StartError {
    Unusable(Unusable),
    Stop(Stop),
}

impl From<Stop> for StartError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Starts the first instance; its number.
fn start(world: &mut World, start: &Start) -> Result<usize, StartError> {
    let unusable = |text: String| StartError::Unusable(Unusable::new(text));
    let variables = start.variables.clone();
    let business_key = start.business_key.clone();
    let (process, node) = match &start.what {
        StartWhat::Process { process, element } => {
            let number = find_process(world, process.as_deref(), element.as_deref())?;
            let node = element.as_deref().map(FlowNodeId::from);
            if let Some(node) = &node
                && world.models.processes[number].node_index(node).is_none()
            {
                return Err(unusable(format!("start.element: there is no element “{node}”.")));
            }
            (number, node)
        }
        StartWhat::Timer { element } => {
            let node = FlowNodeId::from(&**element);
            let number = world.models.processes.iter().position(|process| {
                process.node_index(&node).is_some_and(|index| {
                    let kind = &process.model().node(index).kind;
                    let mut events = kind.event_definitions().iter();
                    matches!(kind, FlowNodeKind::StartEvent(_))
                        && events.any(|event| matches!(event, EventDefinition::Timer(_)))
                })
            });
            let missing = || unusable(format!("start.timer: “{element}” is no timer start event."));
            (number.ok_or_else(missing)?, Some(node))
        }
        StartWhat::Condition { element } => return start_by_condition(world, start, element),
        StartWhat::Message { name, key } => {
            let (given, key) = (name.clone(), key.clone());
            let message = Message { name: given, key, variables, business_key };
            let started = world.publish(&message)?;
            let missing = || unusable(format!("start.message: no process begins with “{name}”."));
            return started.first().copied().ok_or_else(missing);
        }
        StartWhat::Signal { name } => {
            let started = world.broadcast(None, name, &variables, business_key.as_deref())?;
            let missing = || unusable(format!("start.signal: no process begins with “{name}”."));
            return started.first().copied().ok_or_else(missing);
        }
    };
    let fires = matches!(start.what, StartWhat::Timer { .. });
    let occurred = fires.then_some(Waited::Timer { due: world.now, cycle: None });
    let beginning = Beginning { process, node, occurred, business_key, variables, caller: None };
    Ok(world.begin(beginning)?)
}

/// Starts the instance that the data of `start` start by the condition of `element`.
fn start_by_condition(
    world: &mut World,
    start: &Start,
    element: &str,
) -> Result<usize, StartError> {
    let node = FlowNodeId::from(element);
    let Start { variables, business_key, .. } = start;
    let told = (0..world.models.processes.len()).find_map(|process| {
        let conditions = world.start_conditions(process, variables);
        let (_, holds) = conditions.into_iter().find(|(start, _)| *start == node)?;
        Some((process, holds))
    });
    let missing = || format!("start.condition: “{element}” is no conditional start event.");
    let (process, holds) = told.ok_or_else(|| StartError::Unusable(Unusable::new(missing())))?;
    if !holds.map_err(Stop::Unfit)? {
        let why = format!("the condition of “{element}” does not hold with these variables");
        return Err(Stop::Unfit(why).into());
    }
    let beginning = Beginning {
        process,
        node: Some(node),
        occurred: Some(Waited::Condition { holds: true }),
        business_key: business_key.clone(),
        variables: variables.clone(),
        caller: None,
    };
    Ok(world.begin(beginning)?)
}

/// The process that is meant: by its id, by an element of it, or the only one.
fn find_process(
    world: &World,
    process: Option<&str>,
    element: Option<&str>,
) -> Result<usize, StartError> {
    let unusable = |text: String| StartError::Unusable(Unusable::new(text));
    let known = world.models.process_ids();
    if let Some(id) = process {
        let missing = || unusable(format!("start.process: there is no “{id}”, only: {known}."));
        return world.models.find(id).ok_or_else(missing);
    }
    let fits = |number: &usize| {
        let process = &world.models.processes[*number];
        element.is_none_or(|id| process.node_index(&FlowNodeId::from(id)).is_some())
    };
    let fitting: Vec<usize> = (0..world.models.processes.len()).filter(fits).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        _ => Err(unusable(format!("start.process: say which process is meant: {known}."))),
    }
}

/// Takes one step.
fn take(world: &mut World, root: usize, step: &Step) -> Result<(), Stop> {
    match &step.act {
        Act::Advance(by) => world.advance(*by),
        Act::Complete { element, variables, action, direction } => {
            let done = Done { variables, action: action.as_deref(), direction: direction.as_ref() };
            complete(world, step, element, &done)
        }
        Act::Answer { element, answer } => answer_job(world, step, element, answer),
        Act::Retry { element } => {
            let (number, incident) = incident_at(world, step, element)?;
            world.ask(number, Command::ResolveIncident { incident })
        }
        Act::Message { name, key, variables } => {
            let (name, key, variables) = (name.clone(), key.clone(), variables.clone());
            world.publish(&Message { name, key, variables, business_key: None }).map(drop)
        }
        Act::Signal { name, variables } => world.broadcast(None, name, variables, None).map(drop),
        Act::Trigger { element, variables } => {
            let (number, subscription) = subscription_at(world, step, element)?;
            let variables = variables.clone();
            world.ask(number, Command::TriggerEvent { subscription, variables })
        }
        Act::Set { scope, variables } => {
            let variables = variables.clone();
            let (number, scope) = match scope {
                None => (root, ElementInstanceId::ROOT),
                Some(element) => find(world, step, element, "is not under way", |_| true)?,
            };
            world.ask(number, Command::SetVariables { scope, variables })
        }
        Act::Start { element, variables } => start_ad_hoc(world, step, element, variables),
        Act::Cancel => {
            let reason = "The scenario cancels it.".to_owned();
            world.ask(root, Command::TerminateInstance { reason })
        }
        Act::Modify { terminate, activate } => modify(world, root, terminate, activate),
        Act::Suspend => world.ask(root, Command::SuspendInstance { reason: String::new() }),
        Act::Resume => {
            world.ask(root, Command::ResumeInstance)?;
            world.catch_up()
        }
    }
}

/// Modifies the first instance whose process has all the elements; the root where it does.
fn modify(
    world: &mut World,
    root: usize,
    terminate: &[Arc<str>],
    activate: &[(Arc<str>, Variables)],
) -> Result<(), Stop> {
    let named: Vec<FlowNodeId> = terminate
        .iter()
        .chain(activate.iter().map(|(id, _)| id))
        .map(|id| id.as_ref().into())
        .collect();
    let knows_all = |number: &usize| {
        let process = &world.models.processes[world.instances[*number].process];
        named.iter().all(|id| process.node_index(id).is_some())
    };
    let is_active = |number: &usize| world.instances[*number].state.status() == Status::Active;
    let others = (0..world.instances.len()).filter(is_active);
    let number = std::iter::once(root).chain(others).find(knows_all);
    let missing = || Stop::Unfit("no instance under way has all these elements".to_owned());
    let number = number.ok_or_else(missing)?;
    let terminate = terminate.iter().map(|id| Termination::Node(FlowNodeId::from(&**id)));
    let activate = activate.iter().map(|(id, variables)| Activation {
        node: FlowNodeId::from(&**id),
        ancestor: None,
        variables: variables.clone(),
        locals: Variables::default(),
    });
    let (terminate, activate) = (terminate.collect(), activate.collect());
    world.ask(number, Command::ModifyInstance { terminate, activate })
}

/// What a worker or a person has done.
struct Done<'s> {
    variables: &'s Variables,
    action: Option<&'s str>,
    direction: Option<&'s Direction>,
}

fn complete(
    world: &mut World,
    step: &Step,
    element: &Arc<str>,
    done: &Done<'_>,
) -> Result<(), Stop> {
    let variables = done.variables.clone();
    if let Ok((number, subscription)) = by_hand_at(world, step, element) {
        return world.ask(number, Command::TriggerEvent { subscription, variables });
    }
    let works = |open: &ElementInstance| open.job().is_some() || open.user_task().is_some();
    let nobody = "does not wait for a person or a worker";
    let (number, id) = find(world, step, element, nobody, works)?;
    let job = world.instances[number].state.element(id).and_then(ElementInstance::job);
    let command = match (job, done.direction) {
        (Some(job), None) => Command::CompleteJob { element: id, attempt: job.attempt, variables },
        (Some(job), Some(direction)) => {
            let (attempt, direction) = (job.attempt, direction.clone());
            Command::DirectAdHoc { element: id, attempt, variables, direction }
        }
        (None, _) => {
            let action = done.action.map(str::to_owned);
            Command::CompleteUserTask { element: id, action, variables }
        }
    };
    world.ask(number, command)
}

fn answer_job(
    world: &mut World,
    step: &Step,
    element: &Arc<str>,
    answer: &Answer,
) -> Result<(), Stop> {
    // A person can say that a task came to nothing, but only a worker fails.
    let may_be_task = matches!(answer, Answer::Error { .. });
    let works = |open: &ElementInstance| {
        open.job().is_some() || (may_be_task && open.user_task().is_some())
    };
    let (number, id) = find(world, step, element, "does not wait for a worker", works)?;
    let job = world.instances[number].state.element(id).and_then(ElementInstance::job);
    let attempt = job.map_or(1, |job| job.attempt);
    let command = world.answering(number, id, attempt, answer);
    world.ask(number, command)
}

fn start_ad_hoc(
    world: &mut World,
    step: &Step,
    element: &Arc<str>,
    variables: &Variables,
) -> Result<(), Stop> {
    let node = FlowNodeId::from(&**element);
    let around = world.models.processes.iter().find_map(|process| {
        let index = process.node_index(&node)?;
        let scope = process.model().node(index).scope?;
        Some(Arc::from(process.model().node(scope).id.as_str()))
    });
    let missing = || Stop::Unfit(format!("“{element}” lies in no ad-hoc sub-process"));
    let around: Arc<str> = around.ok_or_else(missing)?;
    let whole = |open: &ElementInstance| open.repetition().is_none();
    let (number, scope) = find(world, step, &around, "is not under way", whole)?;
    world.ask(number, Command::StartAdHoc { scope, node, variables: variables.clone() })
}

/// The open visit to `element` that the step means.
fn find(
    world: &World,
    step: &Step,
    element: &str,
    otherwise: &str,
    fits: impl Fn(&ElementInstance) -> bool,
) -> Result<(usize, ElementInstanceId), Stop> {
    choose(world, step, element, otherwise, |state| {
        let at_node = state.elements().filter(|(_, open)| open.node.as_str() == element);
        at_node.filter(|(_, open)| fits(open)).map(|(id, _)| (id, id)).collect()
    })
}

fn incident_at(world: &World, step: &Step, element: &str) -> Result<(usize, IncidentId), Stop> {
    choose(world, step, element, "has no incident", |state| {
        let is_at = |visit| state.element(visit).is_some_and(|it| it.node.as_str() == element);
        let at_node = state.incidents().filter(|(_, incident)| is_at(incident.element));
        at_node.map(|(id, incident)| (incident.element, id)).collect()
    })
}

/// The receive task that names no message and is done by whoever may trigger it.
fn by_hand_at(world: &World, step: &Step, element: &str) -> Result<(usize, SubscriptionId), Stop> {
    let process_of = |number: usize| &world.models.processes[world.instances[number].process];
    choose_among(world, step, element, "is not waited for", |number, state| {
        let waiting = triggerable(process_of(number), state).into_iter();
        let here = waiting.filter(|(_, node, _)| node.as_str() == element);
        here.map(|(visit, _, subscription)| (visit, subscription)).collect()
    })
}

fn subscription_at(
    world: &World,
    step: &Step,
    element: &str,
) -> Result<(usize, SubscriptionId), Stop> {
    choose(world, step, element, "is not waited for", |state| {
        let of_node = state.subscriptions().filter(|(_, open)| open.node.as_str() == element);
        of_node.map(|(id, open)| (open.element, id)).collect()
    })
}

/// Of all that `find` finds, with the visit it is at, the one that the step means; the number of
/// its instance.
fn choose<T: Ord + Copy>(
    world: &World,
    step: &Step,
    element: &str,
    otherwise: &str,
    find: impl Fn(&InstanceState) -> Vec<(ElementInstanceId, T)>,
) -> Result<(usize, T), Stop> {
    choose_among(world, step, element, otherwise, |_, state| find(state))
}

/// As [`choose`]; `find` gets the number of the instance as well.
fn choose_among<T: Ord + Copy>(
    world: &World,
    step: &Step,
    element: &str,
    otherwise: &str,
    find: impl Fn(usize, &InstanceState) -> Vec<(ElementInstanceId, T)>,
) -> Result<(usize, T), Stop> {
    let mut found = Vec::new();
    for (number, instance) in world.instances.iter().enumerate() {
        let here = find(number, &instance.state).into_iter();
        found.extend(here.map(|(visit, it)| (world.recorder.number(number, visit), number, it)));
    }
    found.sort_unstable();
    let chosen = found.get(step.which).map(|(_, number, it)| (*number, *it));
    chosen.ok_or_else(|| not_there(world, step, element, otherwise, found.len()))
}

fn not_there(world: &World, step: &Step, element: &str, otherwise: &str, there: usize) -> Stop {
    let node = FlowNodeId::from(element);
    if !world.models.processes.iter().any(|process| process.node_index(&node).is_some()) {
        return Stop::Unfit(format!("no model has an element “{element}”"));
    }
    let which = if there == 0 {
        String::new()
    } else {
        format!(" (asked for number {}, there are {there}, counted from 0)", step.which)
    };
    let mut waiting: Vec<_> = waiting(world).into_iter().map(|it| it.element).collect();
    waiting.dedup();
    let waiting = if waiting.is_empty() { "nothing".to_owned() } else { waiting.join(", ") };
    Stop::Unfit(format!("“{element}” {otherwise}{which}; waiting are: {waiting}"))
}

/// What has come of the scenario.
fn outcome(world: World, root: Option<usize>, failures: Vec<String>) -> Outcome {
    let played = world.instances.iter().map(|instance| {
        let process = &world.models.processes[instance.process];
        let identity = instance.state.identity();
        Played {
            process: process.id().to_string(),
            state: state_name(&instance.state),
            business_key: identity.and_then(|it| it.business_key.clone()),
            is_called: identity.is_some_and(|it| it.caller.is_some()),
        }
    });
    let root = root.map(|number| &world.instances[number].state);
    Outcome {
        state: root.map(state_name),
        at: world.now,
        variables: root.map(|root| root.variables().clone()).unwrap_or_default(),
        incidents: incidents(&world),
        waiting: waiting(&world),
        instances: played.collect(),
        coverage: coverage::of(&world.models, &world.recorder.seen),
        trace: world.recorder.trace,
        left_off: world.recorder.left_off,
        seen: world.recorder.seen,
        decisions: world.recorder.decisions,
        failures,
    }
}

fn state_name(state: &InstanceState) -> &'static str {
    let is_suspended = state.is_suspended();
    match state.status() {
        Status::NotStarted => "NOT_STARTED",
        Status::Active if is_suspended => "SUSPENDED",
        Status::Active => "ACTIVE",
        Status::Completed => "COMPLETED",
        Status::Terminated => "TERMINATED",
    }
}

fn incidents(world: &World) -> Vec<Incident> {
    let mut found = Vec::new();
    for (number, instance) in world.instances.iter().enumerate() {
        for (_, incident) in instance.state.incidents() {
            let open = instance.state.element(incident.element);
            let order = world.recorder.number(number, incident.element);
            let element = open.map_or_else(String::new, |open| open.node.to_string());
            let (cause, message) = (incident.cause, incident.message.clone());
            found.push((order, Incident { element, cause, message }));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, incident)| incident).collect()
}

/// The elements that wait, in the order in which they were entered.
fn waiting(world: &World) -> Vec<Waiting> {
    let mut found = Vec::new();
    for (number, instance) in world.instances.iter().enumerate() {
        let state = &instance.state;
        for (id, open) in state.elements() {
            let reason = if state.incidents().any(|(_, incident)| incident.element == id) {
                "INCIDENT".to_owned()
            } else if let Some(reason) = reason(world, number, id, open) {
                reason
            } else {
                continue;
            };
            let element = open.node.to_string();
            found.push((world.recorder.number(number, id), Waiting { element, reason }));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, waiting)| waiting).collect()
}

/// Why an open element waits; `None` where it waits for what it holds.
fn reason(
    world: &World,
    number: usize,
    id: ElementInstanceId,
    open: &ElementInstance,
) -> Option<String> {
    let instance = &world.instances[number];
    match &open.work {
        Some(Work::Job(_)) => return Some("JOB".to_owned()),
        Some(Work::UserTask(_)) => return Some("USER_TASK".to_owned()),
        Some(Work::Call | Work::Loop(_) | Work::Compensation(_)) => return None,
        Some(Work::Directed(_)) | None => {}
    }
    let process = &world.models.processes[instance.process];
    let model = process.model();
    let index = process.node_index(&open.node)?;
    if let Some(sub_process) = model.node(index).kind.sub_process() {
        let is_idle = instance.state.children(id).next().is_none();
        let is_ad_hoc = matches!(sub_process.kind, SubProcessKind::AdHoc(_));
        return (is_ad_hoc && is_idle).then(|| "AD_HOC".to_owned());
    }
    let borders = &model.node(index).boundary_events;
    let mut reasons = Vec::new();
    for (_, subscription) in instance.state.subscriptions_of(id) {
        let node = process.node_index(&subscription.node);
        if node.is_some_and(|node| borders.contains(&node)) {
            continue;
        }
        let reason = match &subscription.waits {
            Waited::Message { .. } => "MESSAGE",
            Waited::Timer { .. } => "TIMER",
            Waited::Signal { .. } => "SIGNAL",
            Waited::Condition { .. } => "CONDITION",
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (open.phase == Phase::Active && !reasons.is_empty()).then(|| reasons.join(", "))
}
