//! Literal attribute texts have the form that execution will ask for.

use chrono::DateTime;

use super::Subject;
use crate::bpmn::model::{FlowNode, FlowNodeKind, Text};
use crate::diagnostic::findings::{Findings, Place};

/// Highest priority of a user task.
const PRIORITY_MAX: u32 = 100;
/// Highest priority of a job; the lowest is as far below zero.
const JOB_PRIORITY_MAX: i32 = 1_000;
/// Highest number of attempts of a job.
const RETRIES_MAX: u32 = 100;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for node in &subject.process.nodes {
        if let FlowNodeKind::UserTask(task) = &node.kind {
            number(node, task.priority.as_ref(), "priority", PRIORITY_MAX, findings);
            date(node, task.due_date.as_ref(), "due date", findings);
            date(node, task.follow_up_date.as_ref(), "follow-up date", findings);
        }
        if let Some(task) = node.kind.service() {
            number(node, task.retries.as_ref(), "number of retries", RETRIES_MAX, findings);
            job_priority(node, task.priority.as_ref(), findings);
        }
    }
}

fn literal(text: Option<&Text>) -> Option<&Text> {
    text.filter(|text| !["=", "${", "#{"].iter().any(|begin| text.text.starts_with(begin)))
}

fn number(node: &FlowNode, text: Option<&Text>, what: &str, max: u32, findings: &mut Findings) {
    let Some(text) = literal(text) else { return };
    if text.text.parse::<u32>().is_ok_and(|number| number <= max) {
        return;
    }
    let cut: String = text.text.chars().take(64).collect();
    let message = format!("The {what} “{cut}” is not a whole number from 0 to {max}.");
    let remedy = format!("Write a number from 0 to {max}, or FEEL that begins with =.");
    findings.error("number-invalid", Place::from(node).at(text.position), message, remedy);
}

fn job_priority(node: &FlowNode, text: Option<&Text>, findings: &mut Findings) {
    let Some(text) = literal(text) else { return };
    let bounds = -JOB_PRIORITY_MAX..=JOB_PRIORITY_MAX;
    if text.text.parse::<i32>().is_ok_and(|number| bounds.contains(&number)) {
        return;
    }
    let cut: String = text.text.chars().take(64).collect();
    let (low, high) = (-JOB_PRIORITY_MAX, JOB_PRIORITY_MAX);
    let message = format!("The priority “{cut}” is not a whole number from {low} to {high}.");
    let remedy = format!("Write a number from {low} to {high}, or FEEL that begins with =.");
    findings.error("number-invalid", Place::from(node).at(text.position), message, remedy);
}

fn date(node: &FlowNode, text: Option<&Text>, what: &str, findings: &mut Findings) {
    let Some(text) = literal(text) else { return };
    if DateTime::parse_from_rfc3339(&text.text).is_ok() {
        return;
    }
    let cut: String = text.text.chars().take(64).collect();
    let message = format!("The {what} “{cut}” is not a date and time of ISO 8601.");
    let remedy = "Write it like 2026-12-31T17:00:00Z, or FEEL such as =now() + duration(\"P2D\").";
    findings.error("date-invalid", Place::from(node).at(text.position), message, remedy);
}
