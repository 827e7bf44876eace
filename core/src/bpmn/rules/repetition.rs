//! A loop marker says how often (BPMN 2.0.2, clause 10.3.8, "Loop Characteristics").

use super::Subject;
use crate::bpmn::model::{LoopCharacteristics, MultiInstanceBehavior};
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
                    let message = "The behavior of the marker throws an event and names none.";
                    let remedy = "Name an event definition, or use behavior=\"All\".";
                    findings.error("loop-behavior", node, message, remedy);
                }
            }
            LoopCharacteristics::Standard(_) => {}
        }
    }
}
