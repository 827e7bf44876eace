//! A literal timer is a moment, a duration, or a cycle of ISO 8601 or cron, as its place asks.

use super::Subject;
use crate::bpmn::model::{EventDefinition, FlowNode, FlowNodeKind, Timer};
use crate::diagnostic::findings::{Findings, Place, cut};
use crate::time::{Cron, IsoDuration, Timestamp};
use crate::value::Zone;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        for definition in node.kind.event_definitions() {
            if let EventDefinition::Timer(Some(timer)) = definition {
                check_timer(node, timer, findings);
            }
        }
    }
}

fn check_timer(node: &FlowNode, timer: &Timer, findings: &mut Findings) {
    let text = timer.text();
    let place = || Place::from(node).at(text.position);
    let is_evaluated = ["=", "${", "#{"].iter().any(|begin| text.text.starts_with(begin));
    let fires_once = match &node.kind {
        FlowNodeKind::IntermediateCatchEvent(_) => true,
        FlowNodeKind::BoundaryEvent(event) => event.cancels_activity,
        _ => false,
    };
    if fires_once && matches!(timer, Timer::Cycle(_)) {
        let message = "The cycle fires once only: what it interrupts or waits for is over then.";
        let remedy = "Use timeDuration, or an event that does not interrupt.";
        findings.info("timer-cycle-once", place(), message, remedy);
    }
    if is_evaluated {
        return;
    }
    let trimmed = text.text.trim();
    let problem = match timer {
        Timer::Date(_) => Timestamp::parse(trimmed).err().map(|error| error.to_string()),
        Timer::Duration(_) => match IsoDuration::parse(trimmed) {
            Ok(duration) if duration.is_negative() => Some("it goes back in time".to_owned()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        },
        Timer::Cycle(_) => cycle_problem(trimmed),
    };
    if let Some(problem) = problem {
        let message = format!("The timer “{}” cannot be read: {problem}.", cut(trimmed));
        let remedy = match timer {
            Timer::Date(_) => "Write it like 2026-12-31T17:00:00Z, or FEEL that begins with =.",
            Timer::Duration(_) => "Write it like P2D or PT15M, or FEEL that begins with =.",
            Timer::Cycle(_) => "Write it like R3/PT10M, or cron such as 0 0 9 * * MON-FRI.",
        };
        findings.error("timer-invalid", place(), message, remedy);
    }
}

/// What is wrong with `R3/PT10M`, `R/2026-01-01T00:00:00Z/PT1H` or cron.
fn cycle_problem(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('R') else { return cron_problem(text) };
    let mut parts = rest.split('/');
    let count = parts.next().unwrap_or_default();
    let is_count = count.bytes().all(|byte| byte.is_ascii_digit()) && count.len() <= 9;
    if !is_count && count != "-1" {
        return Some("behind R stands how often".to_owned());
    }
    let parts: Vec<&str> = parts.collect();
    let duration = |text: &str| match IsoDuration::parse(text) {
        // Never firing anew would be firing for ever at once.
        Ok(duration) if duration.is_zero() => Some("a cycle of no time at all".to_owned()),
        Ok(duration) if duration.is_negative() => Some("it goes back in time".to_owned()),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    let moment = |text: &str| Timestamp::parse(text).err().map(|error| error.to_string());
    match parts.as_slice() {
        [every] => duration(every),
        [start, every] if every.starts_with('P') => moment(start).or_else(|| duration(every)),
        [every, end] if every.starts_with('P') => duration(every).or_else(|| moment(end)),
        [first, second] => moment(first).or_else(|| moment(second)).or_else(|| {
            let is_forward = Timestamp::parse(first).ok() < Timestamp::parse(second).ok();
            (!is_forward).then(|| "the second time is not after the first".to_owned())
        }),
        _ => Some("a cycle has a count, a start or end, and a duration".to_owned()),
    }
}

/// What is wrong with cron, which may name its zone in front.
fn cron_problem(text: &str) -> Option<String> {
    let zoned = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
    let pattern = match zoned.map(|zoned| zoned.split_once(' ').unwrap_or((zoned, ""))) {
        None => text,
        Some((zone, _)) if Zone::parse(&format!("@{zone}")).is_none() => {
            return Some(format!("there is no time zone “{zone}”"));
        }
        Some((_, pattern)) => pattern.trim(),
    };
    Cron::parse(pattern).err()
}
