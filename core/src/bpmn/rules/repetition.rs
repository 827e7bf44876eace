//! A loop marker says how often (BPMN 2.0.2, clause "Loop Characteristics"). What it throws when an
//! instance completes is caught on the border of the activity: compensation, cancellation and what
//! is only waited for cannot be.

use super::Subject;
use crate::bpmn::model::{EventDefinition, LoopCharacteristics, MultiInstanceBehavior};
use crate::diagnostic::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        let Some(marker) = &node.loop_characteristics else { continue };
        if !node.kind.is_activity() || node.kind.is_event_sub_process() {
            let message = "Only activities repeat.";
            findings.error("loop-misplaced", node, message, "Remove the loop marker.");
        }
        match marker {
            LoopCharacteristics::Standard(it) if it.condition.is_none() && it.maximum.is_none() => {
                let message = "The loop has neither a condition nor a maximum; it never ends.";
                let remedy = "Give it a loopCondition, a loopMaximum, or both.";
                findings.error("loop-incomplete", node, message, remedy);
            }
            LoopCharacteristics::MultiInstance(it) => {
                if it.cardinality.is_none() && it.collection.is_none() {
                    let message = "The multi-instance activity does not say how many there are.";
                    let remedy = "Give it a loopCardinality, or a collection (inputCollection).";
                    findings.error("loop-incomplete", node, message, remedy);
                }
                let lacks_event = matches!(
                    it.behavior,
                    MultiInstanceBehavior::One(None) | MultiInstanceBehavior::None(None)
                );
                if lacks_event {
                    let message = "The behavior of the marker throws a signal without a name, \
                                   which nothing can wait for.";
                    let remedy = "Name an event definition, or use behavior=\"All\".";
                    findings.warning("loop-behavior-signal", node, message, remedy);
                }
                for event in thrown(&it.behavior).filter(|event| !reaches_border(event)) {
                    let local = event.local_name();
                    let message = format!(
                        "A {local} is thrown when an instance completes; only messages, signals, \
                         errors and escalations can be."
                    );
                    let remedy = "Throw a signal or an escalation, and do the rest where it is \
                                  caught on the border.";
                    findings.error("loop-behavior-event", node, message, remedy);
                }
            }
            LoopCharacteristics::Standard(_) => {}
        }
    }
}

/// What the marker throws.
fn thrown(behavior: &MultiInstanceBehavior) -> impl Iterator<Item = &EventDefinition> {
    let (one, several) = match behavior {
        MultiInstanceBehavior::All => (None, [].as_slice()),
        MultiInstanceBehavior::One(event) | MultiInstanceBehavior::None(event) => {
            (event.as_ref(), [].as_slice())
        }
        MultiInstanceBehavior::Complex(behaviors) => (None, behaviors.as_slice()),
    };
    one.into_iter().chain(several.iter().flat_map(|behavior| &behavior.events))
}

/// Whether what is thrown can be caught while the activity goes on.
fn reaches_border(event: &EventDefinition) -> bool {
    match event {
        EventDefinition::Message(_)
        | EventDefinition::Signal(_)
        | EventDefinition::Error(_)
        | EventDefinition::Escalation(_) => true,
        EventDefinition::Timer(_)
        | EventDefinition::Conditional(_)
        | EventDefinition::Compensation(_)
        | EventDefinition::Cancel
        | EventDefinition::Terminate
        | EventDefinition::Link(_) => false,
    }
}
