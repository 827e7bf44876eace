//! Scopes, subscriptions, loops and compensation of the state: how their events are folded, and
//! how they are looked up.
//!
//! Never decides anything; an event about something that is no longer open changes nothing.

use super::element::{Compensation, ElementInstance, Repetition, Work};
use super::instance::InstanceState;
use super::subscription::{CompensationRecord, Subscription};
use crate::engine::event::{Event, Role, Waited};
use crate::engine::lifecycle::Phase;
use crate::ids::{ElementInstanceId, FlowNodeId, IncidentId, SubscriptionId};

impl InstanceState {
    /// What is waited for, oldest first.
    pub fn subscriptions(&self) -> impl Iterator<Item = (SubscriptionId, &Subscription)> {
        self.subscriptions.iter().map(|(id, subscription)| (*id, subscription))
    }

    /// The subscription `id`, if it is open.
    pub fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&id)
    }

    /// What `element` waits for, oldest first.
    pub fn subscriptions_of(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = (SubscriptionId, &Subscription)> {
        self.index.waits_of(element).filter_map(|id| Some((id, self.subscriptions.get(&id)?)))
    }

    /// The open visits directly in `scope`, in the order in which they were entered.
    pub fn children(
        &self,
        scope: ElementInstanceId,
    ) -> impl DoubleEndedIterator<Item = ElementInstanceId> + '_ {
        self.index.children_of(scope)
    }

    /// The nodes that are visited directly in `scope`, each once.
    pub(in crate::engine) fn visited(
        &self,
        scope: ElementInstanceId,
    ) -> impl Iterator<Item = &FlowNodeId> {
        self.index.nodes.get(&scope).into_iter().flatten().map(|(node, _)| node)
    }

    /// The subscriptions with a condition.
    pub(in crate::engine) fn conditions(&self) -> impl Iterator<Item = SubscriptionId> + '_ {
        self.index.conditions.iter().copied()
    }

    /// The open incidents of `element`.
    pub(in crate::engine) fn incidents_of(
        &self,
        element: ElementInstanceId,
    ) -> impl Iterator<Item = IncidentId> + '_ {
        self.index.incidents_of(element)
    }

    /// What has completed in `scope` and can be compensated, in order of completion.
    pub fn compensable(&self, scope: ElementInstanceId) -> &[CompensationRecord] {
        self.compensable.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// Whether `scope` holds nothing that could go on.
    pub(in crate::engine) fn is_empty_scope(&self, scope: ElementInstanceId) -> bool {
        self.index.children_of(scope).next().is_none()
            && self.scope(scope).is_none_or(|scope| scope.tokens.is_empty())
    }

    /// Scopes in which tokens wait, the process first.
    pub(in crate::engine) fn scopes_with_tokens(
        &self,
    ) -> impl Iterator<Item = ElementInstanceId> + '_ {
        let inner = self.locals.iter().filter(|(_, scope)| !scope.tokens.is_empty());
        std::iter::once(ElementInstanceId::ROOT).chain(inner.map(|(id, _)| *id))
    }

    /// The number of the next subscription.
    pub(in crate::engine) fn next_subscription(&self) -> SubscriptionId {
        SubscriptionId(self.subscriptions_made + 1)
    }

    /// One more time of the loop whose body is `body` has begun.
    pub(super) fn begin_time(&mut self, body: ElementInstanceId) {
        if let Some(repetition) = self.repetition_mut(body) {
            repetition.started += 1;
        }
    }

    /// Takes `element` out, with what it waits for.
    pub(super) fn close(&mut self, element: ElementInstanceId, is_completed: bool) {
        let Some(open) = self.elements.remove(&element) else { return };
        self.index.leave(element, &open);
        self.locals.remove(&element);
        self.unsubscribe_all(element);
        if let Role::Time(_) = open.role
            && let Some(repetition) = self.repetition_mut(open.scope)
        {
            if is_completed {
                repetition.completed += 1;
            } else {
                repetition.terminated += 1;
            }
        }
        let is_recorded = self
            .compensable
            .get(&open.scope)
            .is_some_and(|records| records.last().is_some_and(|record| record.element == element));
        if !is_recorded {
            self.forget(element);
        }
        if let Role::Compensation { of, .. } = open.role {
            self.forget(of);
        }
    }

    /// Drops the records of what completed in `scope`, and in the scopes it held.
    fn forget(&mut self, scope: ElementInstanceId) {
        let mut open = vec![scope];
        while let Some(scope) = open.pop() {
            let records = self.compensable.remove(&scope).unwrap_or_default();
            open.extend(records.iter().map(|record| record.element));
        }
    }

    fn unsubscribe_all(&mut self, element: ElementInstanceId) {
        let waits: Vec<SubscriptionId> = self.index.waits_of(element).collect();
        for id in waits {
            self.unsubscribe(id);
        }
    }

    fn unsubscribe(&mut self, id: SubscriptionId) {
        if let Some(over) = self.subscriptions.remove(&id) {
            self.index.unsubscribe(id, &over);
        }
    }

    fn repetition_mut(&mut self, body: ElementInstanceId) -> Option<&mut Repetition> {
        match self.elements.get_mut(&body)?.work.as_mut()? {
            Work::Loop(repetition) => Some(repetition),
            Work::Job(_)
            | Work::UserTask(_)
            | Work::Call
            | Work::Compensation(_)
            | Work::Directed(_) => None,
        }
    }

    pub(super) fn apply_waiting(&mut self, event: &Event) {
        if let Event::ElementWaiting { element } = event {
            if let Some(open) = self.elements.get_mut(element) {
                open.phase = Phase::Active;
            }
        } else if let Event::ElementFinished { element } = event {
            self.finish_quietly(*element);
        } else if let Event::ScopeInterrupted { scope, closes } = event {
            match closes {
                None => self.unsubscribe_all(*scope),
                Some(closes) => closes.iter().for_each(|id| self.unsubscribe(*id)),
            }
            if let Some(scope) = self.scope_mut(*scope) {
                scope.clear_tokens();
            }
        } else if let Event::ProcessCalled { element, .. } = event {
            self.wait(*element, Work::Call);
        } else if let Event::CallEnded { element, .. } = event {
            self.activations_since_wait = 0;
            if let Some(open) = self.elements.get_mut(element) {
                open.work = None;
            }
        } else if let Event::LoopStarted { element, total, items } = event {
            let repetition = Repetition {
                total: *total,
                items: items.clone(),
                started: 0,
                completed: 0,
                terminated: 0,
                results: std::collections::BTreeMap::new(),
            };
            self.wait(*element, Work::Loop(Box::new(repetition)));
        } else if let Event::LoopResultKept { element, index, value } = event {
            if let Some(repetition) = self.repetition_mut(*element) {
                repetition.results.insert(*index, value.clone());
            }
        } else {
            self.apply_subscription(event);
        }
    }

    fn apply_subscription(&mut self, event: &Event) {
        if let Event::SubscriptionOpened { subscription, element, node, definition, waits } = event
        {
            self.subscriptions_made = self.subscriptions_made.max(subscription.0);
            let open = Subscription {
                element: *element,
                node: node.clone(),
                definition: *definition,
                waits: waits.clone(),
                incident: None,
            };
            self.index.subscribe(*subscription, &open);
            self.subscriptions.insert(*subscription, open);
        } else if let Event::EventOccurred { subscription, next } = event {
            // A condition becomes true by what the instance does itself, perhaps in a circle.
            if !self.index.conditions.contains(subscription) {
                self.activations_since_wait = 0;
            }
            match next {
                Some(next) => {
                    if let Some(open) = self.subscriptions.get_mut(subscription) {
                        open.waits = next.clone();
                    }
                }
                None => self.unsubscribe(*subscription),
            }
        } else if let Event::ConditionChanged { subscription, holds, incident } = event {
            if let Some(open) = self.subscriptions.get_mut(subscription) {
                open.waits = Waited::Condition { holds: *holds };
                open.incident = *incident;
            }
        } else {
            self.apply_compensation(event);
        }
    }

    fn apply_compensation(&mut self, event: &Event) {
        if let Event::CompensationRecorded { scope, element, node, variables } = event {
            let record = CompensationRecord {
                element: *element,
                node: node.clone(),
                variables: variables.clone(),
            };
            self.compensable.entry(*scope).or_default().push(record);
        } else if let Event::CompensationStarted { element, scope, activities, goes_on } = event {
            if let Some(open) = self.elements.get_mut(element) {
                let (left, has_gone_on) = (activities.clone(), *goes_on);
                let work = Compensation { scope: *scope, left, has_gone_on, further: Vec::new() };
                match &mut open.work {
                    Some(Work::Compensation(under_way)) => under_way.further.push(work),
                    Some(
                        Work::Job(_)
                        | Work::UserTask(_)
                        | Work::Call
                        | Work::Loop(_)
                        | Work::Directed(_),
                    )
                    | None => {
                        open.work = Some(Work::Compensation(work));
                    }
                }
            }
        } else if let Event::CompensationTaken { element, scope, activity } = event {
            if let Some(Work::Compensation(work)) =
                self.elements.get_mut(element).and_then(|open| open.work.as_mut())
            {
                work.take(*activity);
            }
            if let Some(records) = self.compensable.get_mut(scope) {
                records.retain(|record| record.element != *activity);
            }
        }
    }

    /// As `finish`; whether a person or a system moved the instance on, another event says.
    fn finish_quietly(&mut self, element: ElementInstanceId) {
        let open = self.elements.get_mut(&element).map(Box::as_mut);
        if let Some(ElementInstance { phase, work, .. }) = open {
            *phase = Phase::Completing;
            // The results of a loop are needed until it is left.
            if !matches!(work, Some(Work::Loop(_))) {
                *work = None;
            }
        }
    }
}
