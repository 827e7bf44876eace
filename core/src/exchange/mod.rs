//! What one instance asks of others: messages, signals, calls and their results, as data and in
//! order.
//!
//! One implementation for the server, for play and for tests. Never delivers anything itself:
//! the caller knows where instances live, and which versions are deployed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::BUSINESS_KEY_CHARACTERS_MAX;
use crate::engine::command::CallOutcome;
use crate::engine::event::{Called, Caller, Event, Waited};
use crate::engine::state::{InstanceState, Status};
use crate::ids::{InstanceId, SubscriptionId};
use crate::value::Variables;

/// How long a message that an instance throws waits for somebody who waits for it, in milliseconds.
pub const THROWN_WAIT_MS: i64 = 3_600_000;

/// The business key of an instance that a message with this key starts; `None` where the key is
/// empty, or longer than a business key may be.
pub fn business_key(message_key: &str) -> Option<&str> {
    let is_short = message_key.chars().nth(BUSINESS_KEY_CHARACTERS_MAX).is_none();
    Some(message_key).filter(|key| is_short && !key.is_empty())
}

/// What an instance asks of others. Stored until it is done: as with events, a variant or field is
/// never renamed or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outgoing {
    /// Give the message to whoever waits for it, or start a process with it.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Whose it is; `None` where only the name counts.
        key: Option<Arc<str>>,
        /// What it carries.
        variables: Variables,
    },
    /// Let all others who wait for the signal hear it; the instance itself has heard it.
    Signal {
        /// Who throws it.
        from: InstanceId,
        /// Its name.
        name: Arc<str>,
        /// What it carries.
        variables: Variables,
    },
    /// Start the called process.
    Call {
        /// Who calls.
        caller: Caller,
        /// What is called.
        called: Called,
        /// First variables.
        variables: Variables,
    },
    /// Terminate the instance that was started by this call.
    CancelCall {
        /// Who called.
        caller: Caller,
    },
    /// Tell the caller of this instance how it ended.
    EndCall {
        /// Who called.
        caller: Caller,
        /// How the instance ended.
        outcome: CallOutcome,
    },
    /// Tell the caller of this instance of an escalation.
    Escalate {
        /// Who called.
        caller: Caller,
        /// Its code.
        code: Arc<str>,
    },
}

/// What the events of a turn ask of other instances, in order; `state` is the state after the turn.
pub fn outgoing(events: &[Event], state: &InstanceState) -> Vec<Outgoing> {
    let Some(identity) = state.identity() else { return Vec::new() };
    let depth = identity.caller.as_ref().map_or(0, |caller| caller.depth) + 1;
    let from = |element, caught| Caller { instance: identity.instance, element, depth, caught };
    let mut asked = Vec::new();
    let mut error = None;
    for event in events {
        if let Event::MessageThrown { name, key, variables, .. } = event {
            let (name, key, variables) = (name.clone(), key.clone(), variables.clone());
            asked.push(Outgoing::Message { name, key, variables });
        } else if let Event::SignalThrown { name, variables, .. } = event {
            let (name, variables) = (name.clone(), variables.clone());
            let from = identity.instance;
            asked.push(Outgoing::Signal { from, name, variables });
        } else if let Event::ProcessCalled { element, called, variables, caught } = event {
            let (caller, called) = (from(*element, caught.clone()), called.clone());
            asked.push(Outgoing::Call { caller, called, variables: variables.clone() });
        } else if let Event::CallEnded { element, is_canceled: true } = event {
            asked.push(Outgoing::CancelCall { caller: from(*element, None) });
        } else if let (Event::EscalationThrown { code, to_caller: true, .. }, Some(caller)) =
            (event, &identity.caller)
        {
            let caller = caller.clone();
            asked.push(Outgoing::Escalate { caller, code: code.clone() });
        } else if let Event::ErrorPropagated { code, message, variables } = event {
            let (code, message) = (code.clone(), message.clone());
            error = Some(CallOutcome::Error { code, message, variables: variables.clone() });
        } else if let (Event::InstanceCompleted | Event::InstanceTerminated { .. }, Some(caller)) =
            (event, &identity.caller)
        {
            let caller = caller.clone();
            let outcome = error.take().unwrap_or_else(|| ended(event, state));
            asked.push(Outgoing::EndCall { caller, outcome });
        }
    }
    asked
}

fn ended(event: &Event, state: &InstanceState) -> CallOutcome {
    if let Event::InstanceTerminated { reason, .. } = event {
        let message = format!("The called instance was terminated: {reason}");
        return CallOutcome::Failed { message };
    }
    CallOutcome::Completed { variables: state.variables().clone() }
}

/// Whether what is waited for is the message. One without a key fits whatever waits for its name;
/// one with a key fits what waits for that key, or for any.
pub fn fits(waits: &Waited, name: &str, key: Option<&str>) -> bool {
    match waits {
        Waited::Message { name: expected, key: whose } => {
            **expected == *name && (key.is_none() || whose.is_none() || whose.as_deref() == key)
        }
        Waited::Timer { .. } | Waited::Signal { .. } | Waited::Condition { .. } => false,
    }
}

/// The oldest subscription of an instance that waits for the message; at most one gets it. A
/// message passes by an instance that is suspended.
pub fn correlate(state: &InstanceState, name: &str, key: Option<&str>) -> Option<SubscriptionId> {
    if state.status() != Status::Active || state.is_suspended() {
        return None;
    }
    state.subscriptions().find(|(_, open)| fits(&open.waits, name, key)).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Role;
    use crate::ids::{DefinitionKey, ElementInstanceId, FlowNodeId, ProcessId};

    fn started(caller: Option<Caller>) -> Event {
        Event::InstanceStarted {
            instance: InstanceId::new(7),
            process: ProcessId::from("p"),
            definition: DefinitionKey::new(1),
            business_key: None,
            variables: Variables::default(),
            by: None,
            caller,
        }
    }

    fn folded(events: &[Event]) -> InstanceState {
        let mut state = InstanceState::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    #[test]
    fn an_error_that_leaves_the_instance_is_how_its_call_ended() {
        let (instance, element) = (InstanceId::new(6), ElementInstanceId(3));
        let caller = Caller { instance, element, depth: 1, caught: None };
        let (code, message) = (Arc::from("NO"), String::new());
        let variables = Variables::default();
        let events = [
            started(Some(caller.clone())),
            Event::ErrorPropagated { code, message: message.clone(), variables },
            Event::InstanceTerminated { reason: String::new(), by: None },
        ];
        let variables = Variables::default();
        let outcome = CallOutcome::Error { code: Arc::from("NO"), message, variables };
        let expected = [Outgoing::EndCall { caller, outcome }];
        assert_eq!(outgoing(&events, &folded(&events)), expected);
        let nobody = [started(None), Event::InstanceCompleted];
        assert_eq!(outgoing(&nobody, &folded(&nobody)), []);
    }

    #[test]
    fn a_message_goes_to_the_oldest_that_waits_for_its_name_and_key() {
        let element = ElementInstanceId(1);
        let waits = |number: u32, key: &str| Event::SubscriptionOpened {
            subscription: SubscriptionId(number),
            element,
            node: FlowNodeId::from("c"),
            definition: 0,
            waits: Waited::Message { name: Arc::from("paid"), key: Some(Arc::from(key)) },
        };
        let node = FlowNodeId::from("c");
        let (scope, role) = (ElementInstanceId::ROOT, Role::Whole);
        let entered = Event::ElementActivated { element, node, scope, consumed: vec![], role };
        let state = folded(&[started(None), entered, waits(1, "a"), waits(2, "b"), waits(3, "b")]);
        assert_eq!(correlate(&state, "paid", Some("b")), Some(SubscriptionId(2)));
        assert_eq!(correlate(&state, "paid", None), Some(SubscriptionId(1)));
        assert_eq!(correlate(&state, "paid", Some("c")), None);
        assert_eq!(correlate(&state, "sent", Some("a")), None);
    }
}
