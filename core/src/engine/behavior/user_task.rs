//! User Task: work for a person.
//!
//! BPMN 2.0.2, "Execution Semantics", clause "User Task", and "Human Interactions" for who may do
//! it. The version of the form is settled when the task is created.

use crate::engine::definition::UserTaskExpressions;
use crate::engine::event::{Event, FormRef};
use crate::engine::expression::{self, Expression, Failure};
use crate::engine::incident::Cause;
use crate::engine::turn::Turn;
use crate::engine::visible::Visible;
use crate::feel::Environment;
use crate::ids::{ElementInstanceId, FormId, GroupId, PersonId};
use crate::time::Timestamp;
use crate::value::{Value, Variables};

/// Urgency of a task where the model does not say.
const PRIORITY_DEFAULT: u8 = 50;

/// Highest urgency.
const PRIORITY_MAX: u8 = 100;

/// Bound on the summary line, in characters; what is longer is cut.
const SUMMARY_CHARACTERS_MAX: usize = 500;

/// Creates the task.
pub(super) fn activate(
    turn: &mut Turn<'_>,
    element: ElementInstanceId,
    task: &UserTaskExpressions,
    locals: Option<Variables>,
) -> Result<(), Failure> {
    let created = {
        let variables = turn.visible(element).under(locals.as_ref());
        let reader = Reader { variables, environment: turn.environment() };
        Event::UserTaskCreated {
            element,
            assignee: reader.name(task.assignee.as_ref(), "assignee")?.map(PersonId::new),
            candidate_groups: reader
                .names(task.candidate_groups.as_ref(), "candidate groups")?
                .into_iter()
                .map(GroupId::new)
                .collect(),
            candidate_users: reader
                .names(task.candidate_users.as_ref(), "candidate users")?
                .into_iter()
                .map(PersonId::new)
                .collect(),
            due: reader.moment(task.due_date.as_ref(), "due date")?,
            follow_up: reader.moment(task.follow_up_date.as_ref(), "follow-up date")?,
            priority: reader.priority(task.priority.as_ref())?,
            form: task.form.as_ref().map(|form| current_form(turn, form)).transpose()?,
            summary: reader.summary(task.summary.as_ref())?,
        }
    };
    if let Some(locals) = locals {
        turn.set_variables(element, locals);
    }
    turn.emit(created);
    Ok(())
}

/// The form, at the version that is current now.
fn current_form(turn: &Turn<'_>, form: &FormId) -> Result<FormRef, Failure> {
    match turn.deployed().forms.get(form) {
        Some(key) => Ok(FormRef { id: form.clone(), key: *key }),
        None => Err(Failure {
            cause: Cause::FormMissing,
            message: format!("The form “{form}” is not deployed."),
        }),
    }
}

/// Reads the attributes of a task.
struct Reader<'v> {
    variables: Visible<'v>,
    environment: Environment,
}

impl Reader<'_> {
    /// A name; null and empty text are none.
    fn name(&self, text: Option<&Expression>, what: &str) -> Result<Option<String>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let value = text.evaluate(&self.variables, &self.environment)?;
        if value.is_null() {
            return Ok(None);
        }
        let name = value.as_str().ok_or_else(|| wrong(what, "a name", text, &value))?.trim();
        Ok((!name.is_empty()).then(|| name.to_owned()))
    }

    /// Names: a list of texts, or one text with commas between them.
    fn names(&self, text: Option<&Expression>, what: &str) -> Result<Vec<String>, Failure> {
        let Some(text) = text else { return Ok(Vec::new()) };
        let value = text.evaluate(&self.variables, &self.environment)?;
        if value.is_null() {
            return Ok(Vec::new());
        }
        let refuse = || wrong(what, "a list of names", text, &value);
        let names: Vec<&str> = if let Some(items) = value.as_list() {
            items.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(refuse)?
        } else {
            value.as_str().ok_or_else(refuse)?.split(',').collect()
        };
        let names = names.into_iter().map(str::trim).filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// A moment; null and empty text are none.
    fn moment(&self, text: Option<&Expression>, what: &str) -> Result<Option<Timestamp>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let value = text.evaluate(&self.variables, &self.environment)?;
        if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        expression::to_timestamp(&value)
            .map(Some)
            .ok_or_else(|| wrong(what, "a date and time with its zone", text, &value))
    }

    fn priority(&self, text: Option<&Expression>) -> Result<u8, Failure> {
        let Some(text) = text else { return Ok(PRIORITY_DEFAULT) };
        let value = text.evaluate(&self.variables, &self.environment)?;
        if value.is_null() {
            return Ok(PRIORITY_DEFAULT);
        }
        expression::to_number(&value)
            .and_then(|number| u8::try_from(number).ok())
            .filter(|priority| *priority <= PRIORITY_MAX)
            .ok_or_else(|| wrong("priority", "a whole number from 0 to 100", text, &value))
    }

    /// One line of text; a value that is not text is shown as it is written in JSON.
    fn summary(&self, text: Option<&Expression>) -> Result<String, Failure> {
        let Some(text) = text else { return Ok(String::new()) };
        let value = text.evaluate(&self.variables, &self.environment)?;
        let line = match value.as_str() {
            Some(line) => line.to_owned(),
            None if value.is_null() => String::new(),
            None => value.to_json(),
        };
        Ok(line.chars().take(SUMMARY_CHARACTERS_MAX).collect())
    }
}

fn wrong(what: &str, wanted: &str, text: &Expression, value: &Value) -> Failure {
    Failure {
        cause: Cause::ExpressionFailed,
        message: format!(
            "The {what} of the task must be {wanted}, but “{text}” gave {}.",
            expression::shown(value)
        ),
    }
}
