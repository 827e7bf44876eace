//! One process instance as it stands.
//!
//! `apply` is the only way to change it, needs no model, and cannot fail: an event about something
//! that is no longer open changes nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::element::{Directed, ElementInstance, Incident, Job, UserTask, Work};
use super::index::Index;
use super::scope::Scope;
use super::subscription::{CompensationRecord, Subscription};
use crate::engine::event::{Caller, Event, Role};
use crate::engine::lifecycle::Phase;
use crate::ids::{
    DefinitionKey, ElementInstanceId, IncidentId, InstanceId, ProcessId, SubscriptionId,
};
use crate::time::Timestamp;
use crate::value::Variables;

/// How far a process instance is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Not started yet.
    #[default]
    NotStarted,
    /// Under way.
    Active,
    /// Ended as the model says.
    Completed,
    /// Ended by a person.
    Terminated,
}

/// Which instance it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The instance.
    pub instance: InstanceId,
    /// The process.
    pub process: ProcessId,
    /// The version it runs; the only part that changes, by a migration.
    pub definition: DefinitionKey,
    /// Name of the case in the words of the business.
    pub business_key: Option<String>,
    /// The call activity that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
}

/// The state of one instance. The default is one that has not been started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct InstanceState {
    status: Status,
    pub(super) identity: Option<Identity>,
    pub(super) root: Scope,
    /// Scopes of open element instances that have variables or tokens of their own.
    pub(super) locals: BTreeMap<ElementInstanceId, Scope>,
    /// Each in a piece of its own: most instances have few, and a map takes room for eleven.
    pub(super) elements: BTreeMap<ElementInstanceId, Box<ElementInstance>>,
    pub(super) incidents: BTreeMap<IncidentId, Incident>,
    elements_made: u32,
    incidents_made: u32,
    pub(super) activations_since_wait: u32,
    interrupted: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    suspended: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) subscriptions: BTreeMap<SubscriptionId, Subscription>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) subscriptions_made: u32,
    /// By scope, in order of completion; the scope may be over while one around it is open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) compensable: BTreeMap<ElementInstanceId, Vec<CompensationRecord>>,
    #[serde(skip)]
    pub(super) index: Index,
}

/// A snapshot as it is read: what can be looked up is made anew.
#[derive(Deserialize)]
struct Stored {
    status: Status,
    identity: Option<Identity>,
    root: Scope,
    locals: BTreeMap<ElementInstanceId, Scope>,
    elements: BTreeMap<ElementInstanceId, Box<ElementInstance>>,
    incidents: BTreeMap<IncidentId, Incident>,
    elements_made: u32,
    incidents_made: u32,
    activations_since_wait: u32,
    interrupted: bool,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    #[serde(default)]
    subscriptions_made: u32,
    #[serde(default)]
    compensable: BTreeMap<ElementInstanceId, Vec<CompensationRecord>>,
}

impl From<Stored> for InstanceState {
    fn from(stored: Stored) -> Self {
        let index = Index::of(&stored.elements, &stored.subscriptions, &stored.incidents);
        Self {
            status: stored.status,
            identity: stored.identity,
            root: stored.root,
            locals: stored.locals,
            elements: stored.elements,
            incidents: stored.incidents,
            elements_made: stored.elements_made,
            incidents_made: stored.incidents_made,
            activations_since_wait: stored.activations_since_wait,
            interrupted: stored.interrupted,
            suspended: stored.suspended,
            subscriptions: stored.subscriptions,
            subscriptions_made: stored.subscriptions_made,
            compensable: stored.compensable,
            index,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl InstanceState {
    /// How far it is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Which instance it is; `None` before it is started.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Open element instances, in the order in which they were entered.
    pub fn elements(&self) -> impl Iterator<Item = (ElementInstanceId, &ElementInstance)> {
        self.elements.iter().map(|(id, element)| (*id, element.as_ref()))
    }

    /// The element instance `id`, if it is open.
    pub fn element(&self, id: ElementInstanceId) -> Option<&ElementInstance> {
        self.elements.get(&id).map(Box::as_ref)
    }

    /// Open jobs.
    pub fn jobs(&self) -> impl Iterator<Item = (ElementInstanceId, &Job)> {
        self.elements().filter_map(|(id, element)| Some((id, element.job()?)))
    }

    /// Open user tasks.
    pub fn user_tasks(&self) -> impl Iterator<Item = (ElementInstanceId, &UserTask)> {
        self.elements().filter_map(|(id, element)| Some((id, element.user_task()?)))
    }

    /// Open incidents, oldest first.
    pub fn incidents(&self) -> impl Iterator<Item = (IncidentId, &Incident)> {
        self.incidents.iter().map(|(id, incident)| (*id, incident))
    }

    /// The incident `id`, if it is open.
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }

    /// Variables of the process scope. They stay when the instance has ended.
    pub fn variables(&self) -> &Variables {
        &self.root.variables
    }

    /// The scope of `element`; `None` when it has none of its own.
    pub fn scope(&self, element: ElementInstanceId) -> Option<&Scope> {
        if element == ElementInstanceId::ROOT {
            return Some(&self.root);
        }
        self.locals.get(&element)
    }

    /// Whether a turn ended at its bound and the work has to go on.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether it stands still until it is resumed.
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// All variables that `element` sees: its own, and those of the scopes around it that its own
    /// do not hide.
    pub fn visible_variables(&self, element: ElementInstanceId) -> Cow<'_, Variables> {
        let mut visible: Option<Variables> = None;
        for scope in self.scopes_outward(element) {
            if scope == ElementInstanceId::ROOT {
                break;
            }
            let Some(local) = self.locals.get(&scope) else { continue };
            match &mut visible {
                None => visible = Some(local.variables.clone()),
                Some(inner) => fill(inner, &local.variables),
            }
        }
        match visible {
            None => Cow::Borrowed(&self.root.variables),
            Some(mut inner) => {
                fill(&mut inner, &self.root.variables);
                Cow::Owned(inner)
            }
        }
    }

    /// `element` and the scopes around it, the process last.
    pub(in crate::engine) fn scopes_outward(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = ElementInstanceId> + '_ {
        std::iter::successors(Some(element), |inner| {
            (*inner != ElementInstanceId::ROOT)
                .then(|| self.elements.get(inner).map_or(ElementInstanceId::ROOT, |e| e.scope))
        })
    }

    /// The number of the next element instance.
    pub(in crate::engine) fn next_element(&self) -> ElementInstanceId {
        ElementInstanceId(self.elements_made + 1)
    }

    /// The number of the next incident.
    pub(in crate::engine) fn next_incident(&self) -> IncidentId {
        IncidentId(self.incidents_made + 1)
    }

    /// Activations since a person or a system last moved the instance on.
    pub(in crate::engine) fn activations_since_wait(&self) -> u32 {
        self.activations_since_wait
    }

    /// Folds `event` into the state.
    pub fn apply(&mut self, event: &Event) {
        self.interrupted = matches!(event, Event::TurnInterrupted);
        match event {
            Event::InstanceStarted { .. } => self.apply_start(event),
            Event::ElementActivated { .. }
            | Event::ElementCompleted { .. }
            | Event::ElementTerminated { .. }
            | Event::SequenceFlowTaken { .. }
            | Event::TokensRemoved { .. }
            | Event::GatewayStarted { .. }
            | Event::GatewayReset { .. } => self.apply_flow(event),
            Event::ElementWaiting { .. }
            | Event::ElementFinished { .. }
            | Event::ScopeInterrupted { .. }
            | Event::SubscriptionOpened { .. }
            | Event::EventOccurred { .. }
            | Event::ConditionChanged { .. }
            | Event::ProcessCalled { .. }
            | Event::LoopStarted { .. }
            | Event::LoopResultKept { .. }
            | Event::CompensationRecorded { .. }
            | Event::CompensationStarted { .. }
            | Event::CompensationTaken { .. }
            | Event::MessageThrown { .. }
            | Event::SignalThrown { .. }
            | Event::ErrorThrown { .. }
            | Event::ErrorPropagated { .. }
            | Event::EscalationThrown { .. }
            | Event::CallEnded { .. } => self.apply_waiting(event),
            Event::VariablesSet { scope, variables, .. } => {
                if let Some(scope) = self.scope_mut(*scope) {
                    overwrite(&mut scope.variables, variables);
                }
            }
            Event::JobCreated { .. }
            | Event::JobCompleted { .. }
            | Event::JobFailed { .. }
            | Event::JobChanged { .. }
            | Event::JobRetriesRaised { .. }
            | Event::AdHocDirected { .. } => self.apply_job(event),
            Event::UserTaskCreated { .. }
            | Event::UserTaskAssigned { .. }
            | Event::UserTaskCompleted { .. } => self.apply_user_task(event),
            Event::DecisionEvaluated { element, .. } => {
                if let Some(open) = self.elements.get_mut(element) {
                    open.phase = Phase::Completing;
                }
            }
            Event::IncidentRaised { incident, element, cause, message } => {
                self.incidents_made = self.incidents_made.max(incident.0);
                let open = Incident { element: *element, cause: *cause, message: message.clone() };
                self.index.raise(*incident, &open);
                self.incidents.insert(*incident, open);
            }
            Event::IncidentResolved { incident, .. } => {
                if let Some(over) = self.incidents.remove(incident) {
                    self.index.resolve(*incident, &over);
                }
                self.activations_since_wait = 0;
            }
            Event::InstanceMigrated { .. } => self.apply_migration(event),
            Event::InstanceModified { .. } => self.activations_since_wait = 0,
            Event::InstanceSuspended { .. } => self.suspended = true,
            Event::InstanceResumed { .. } => self.suspended = false,
            Event::TurnInterrupted => {}
            Event::InstanceCompleted => self.end(Status::Completed),
            Event::InstanceTerminated { .. } => self.end(Status::Terminated),
        }
    }

    fn apply_start(&mut self, event: &Event) {
        if let Event::InstanceStarted {
            instance,
            process,
            definition,
            business_key,
            variables,
            caller,
            by: _,
        } = event
        {
            self.status = Status::Active;
            self.identity = Some(Identity {
                instance: *instance,
                process: process.clone(),
                definition: *definition,
                business_key: business_key.clone(),
                caller: caller.clone(),
            });
            self.root.variables = variables.clone();
        }
    }

    fn apply_flow(&mut self, event: &Event) {
        if let Event::ElementActivated { element, node, scope, consumed, role } = event {
            self.elements_made = self.elements_made.max(element.0);
            self.activations_since_wait += 1;
            if let Some(scope) = self.scope_mut(*scope) {
                for flow in consumed {
                    scope.take_token(flow);
                }
            }
            let open = ElementInstance {
                node: node.clone(),
                scope: *scope,
                phase: Phase::Activating,
                work: None,
                role: *role,
            };
            if let Role::Time(_) = role {
                self.begin_time(open.scope);
            }
            self.index.enter(*element, &open);
            self.elements.insert(*element, Box::new(open));
        } else if let Event::ElementCompleted { element } | Event::ElementTerminated { element } =
            event
        {
            self.close(*element, matches!(event, Event::ElementCompleted { .. }));
        } else if let Event::TokensRemoved { scope, flows } = event {
            if let Some(scope) = self.scope_mut(*scope) {
                for flow in flows {
                    scope.take_token(flow);
                }
            }
        } else if let Event::SequenceFlowTaken { flow, scope } = event {
            if let Some(scope) = self.scope_mut(*scope) {
                scope.put_token(flow);
            }
        } else if let Event::GatewayStarted { gateway, scope, received } = event {
            if let Some(scope) = self.scope_mut(*scope) {
                scope.received.insert(gateway.clone(), received.iter().cloned().collect());
            }
        } else if let Event::GatewayReset { gateway, scope } = event
            && let Some(scope) = self.scope_mut(*scope)
        {
            scope.received.remove(gateway);
        }
    }

    fn apply_job(&mut self, event: &Event) {
        if let Event::JobCreated { element, job_type, retries, priority } = event {
            let job = Job {
                job_type: job_type.clone(),
                retries_allowed: *retries,
                retries: *retries,
                attempt: self.attempts_before(*element) + 1,
                retry_at: None,
                priority: *priority,
            };
            self.wait(*element, Work::Job(job));
        } else if let Event::AdHocDirected { element, is_over } = event {
            let attempts = self.attempts_before(*element);
            self.activations_since_wait = 0;
            if let Some(open) = self.elements.get_mut(element) {
                open.work = Some(Work::Directed(Directed { attempts, is_over: *is_over }));
            }
        } else if let Event::JobCompleted { element } = event {
            self.finish(*element);
        } else if let Event::JobFailed { element, retries, retry_at, .. } = event {
            self.next_attempt(*element, *retries, *retry_at);
        } else if let Event::JobRetriesRaised { element, retries } = event {
            self.next_attempt(*element, *retries, None);
        } else if let Event::JobChanged { element, retries, priority } = event
            && let Some(Work::Job(job)) =
                self.elements.get_mut(element).and_then(|open| open.work.as_mut())
        {
            (job.retries, job.priority) = (*retries, *priority);
        }
    }

    /// The last attempt of the jobs that `element` had before.
    fn attempts_before(&self, element: ElementInstanceId) -> u32 {
        match self.elements.get(&element).and_then(|open| open.work.as_ref()) {
            Some(Work::Job(job)) => job.attempt,
            Some(Work::Directed(directed)) => directed.attempts,
            Some(Work::UserTask(_) | Work::Call | Work::Loop(_) | Work::Compensation(_)) | None => {
                0
            }
        }
    }

    fn apply_user_task(&mut self, event: &Event) {
        if let Event::UserTaskCreated {
            element,
            assignee,
            candidate_groups,
            candidate_users,
            due,
            follow_up,
            priority,
            form,
            summary,
        } = event
        {
            let task = UserTask {
                assignee: assignee.clone(),
                candidate_groups: candidate_groups.clone(),
                candidate_users: candidate_users.clone(),
                due: *due,
                follow_up: *follow_up,
                priority: *priority,
                form: form.clone(),
                summary: summary.clone(),
            };
            self.wait(*element, Work::UserTask(Box::new(task)));
        } else if let Event::UserTaskAssigned { element, assignee, .. } = event {
            if let Some(Work::UserTask(task)) =
                self.elements.get_mut(element).and_then(|open| open.work.as_mut())
            {
                task.assignee.clone_from(assignee);
            }
        } else if let Event::UserTaskCompleted { element, .. } = event {
            self.finish(*element);
        }
    }

    /// The scope of an open element instance or of the process, made when it has none.
    pub(super) fn scope_mut(&mut self, scope: ElementInstanceId) -> Option<&mut Scope> {
        if scope == ElementInstanceId::ROOT {
            return Some(&mut self.root);
        }
        self.elements.contains_key(&scope).then(|| self.locals.entry(scope).or_default())
    }

    /// `element` waits for `work` from now on.
    pub(super) fn wait(&mut self, element: ElementInstanceId, work: Work) {
        if let Some(open) = self.elements.get_mut(&element) {
            open.phase = Phase::Active;
            open.work = Some(work);
        }
    }

    /// The work of `element` is done.
    pub(super) fn finish(&mut self, element: ElementInstanceId) {
        self.activations_since_wait = 0;
        if let Some(open) = self.elements.get_mut(&element) {
            open.phase = Phase::Completing;
            open.work = None;
        }
    }

    fn next_attempt(
        &mut self,
        element: ElementInstanceId,
        retries: u32,
        retry_at: Option<Timestamp>,
    ) {
        if let Some(Work::Job(job)) =
            self.elements.get_mut(&element).and_then(|open| open.work.as_mut())
        {
            job.retries = retries;
            job.attempt += 1;
            job.retry_at = retry_at;
        }
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.suspended = false;
        self.root.clear_tokens();
        self.locals.clear();
        self.elements.clear();
        self.incidents.clear();
        self.subscriptions.clear();
        self.compensable.clear();
        self.index = Index::default();
    }
}

/// Sets in `variables` what `new` holds.
fn overwrite(variables: &mut Variables, new: &Variables) {
    for (name, value) in new.iter() {
        variables.insert(name.clone(), value.clone());
    }
}

/// Sets in `variables` what `outer` holds and `variables` does not.
fn fill(variables: &mut Variables, outer: &Variables) {
    for (name, value) in outer.iter() {
        if variables.get(name).is_none() {
            variables.insert(name.clone(), value.clone());
        }
    }
}
