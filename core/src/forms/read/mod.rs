//! From form-js JSON to a form, with every finding placed.
//!
//! Never stops at the first finding, except where the text is not JSON.

mod components;
mod field;
mod object;

use crate::bpmn::diagnostic::{Diagnostic, Position, Severity};
use crate::ids::FormId;
use crate::value::json;

use super::form::Form;
use components::Reader;
use object::Object;

/// Size of a form in bytes.
pub const FORM_BYTES_MAX: usize = 1_000_000;
/// Components of a form, those in groups included.
pub const COMPONENTS_MAX: usize = 500;
/// How deep the JSON of a form may be nested.
const JSON_DEPTH_MAX: u16 = 32;
/// How many findings one reading keeps.
const FINDINGS_MAX: usize = 200;

/// Reads a form.
///
/// # Errors
/// All findings, by position, when one of them is an error.
pub fn read(json: &str) -> Result<Form, Vec<Diagnostic>> {
    let (form, findings) = inspect(json);
    form.ok_or(findings)
}

/// Reads a form and gives everything worth knowing about it: warnings and infos too. There is no
/// form when one of the findings is an error.
pub fn inspect(json: &str) -> (Option<Form>, Vec<Diagnostic>) {
    let limits = json::Limits { bytes_max: FORM_BYTES_MAX, depth_max: JSON_DEPTH_MAX };
    let value = match json::parse(json, limits) {
        Ok(value) => value,
        Err(error) => {
            let position = Position { line: error.line, column: error.column };
            let message = format!("The form is not JSON that can be read: {}.", error.message);
            let remedy = "Save the form again from the form editor.";
            let finding = finding(Severity::Error, "form-json", position, message, remedy);
            return (None, vec![finding]);
        }
    };
    let mut findings = Findings::default();
    let positions = object::positions(json);
    let form = match value.as_context() {
        None => {
            let message = "The form is not a JSON object.";
            let remedy = "Give a form as form-js saves it.";
            findings.error("form-json", &Place::default(), message, remedy);
            None
        }
        Some(context) => read_form(Object::root(context, &positions), &mut findings),
    };
    (form.filter(|_| !findings.has_error), findings.into_list())
}

fn read_form(object: Object<'_>, findings: &mut Findings) -> Option<Form> {
    let place = Place { position: object.position(), ..Place::default() };
    let id = object.text("id").filter(|id| !id.is_empty());
    if id.is_none() {
        let message = "The form has no id.";
        let remedy = "Give it an id; user tasks name it as formId.";
        findings.error("form-id-missing", &place, message, remedy);
    }
    if object.text("type").is_some_and(|kind| kind != "default") {
        let message = "The form is of a type other than “default”.";
        let remedy = "Save it as a plain form.";
        findings.error("form-type", &place, message, remedy);
    }
    let Some(parts) = object.objects("components") else {
        let message = "The form has no components.";
        let remedy = "Give a form as form-js saves it.";
        findings.error("form-components-missing", &place, message, remedy);
        return None;
    };
    let mut reader = Reader::new(findings);
    let components = reader.components(&parts, false);
    reader.finish(&components);
    let title = object.text("title").or_else(|| object.text("name"));
    Some(Form {
        id: FormId::new(id?),
        title: title.filter(|title| !title.is_empty()).map(str::to_owned),
        components,
    })
}

/// What a finding is about.
#[derive(Debug, Clone, Default)]
struct Place {
    /// Key of the component; its id where it has none.
    element: String,
    /// Its label.
    name: String,
    /// Where it starts.
    position: Position,
}

impl Place {
    fn name_in(&self, finding: Diagnostic) -> Diagnostic {
        Diagnostic { element: self.element.clone(), name: self.name.clone(), ..finding }
    }
}

/// The findings of one reading.
#[derive(Debug, Default)]
struct Findings {
    list: Vec<Diagnostic>,
    has_error: bool,
}

impl Findings {
    fn error(&mut self, rule: &str, place: &Place, message: impl Into<String>, remedy: &str) {
        self.has_error = true;
        if self.list.len() < FINDINGS_MAX {
            let finding = finding(Severity::Error, rule, place.position, message, remedy);
            self.list.push(place.name_in(finding));
        }
    }

    fn warning(&mut self, rule: &str, place: &Place, message: impl Into<String>, remedy: &str) {
        // Room is kept for the errors, so that a flood of warnings cannot hide them.
        if self.list.len() < FINDINGS_MAX / 2 {
            let finding = finding(Severity::Warning, rule, place.position, message, remedy);
            self.list.push(place.name_in(finding));
        }
    }

    fn into_list(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| (a.position, &a.rule).cmp(&(b.position, &b.rule)));
        self.list
    }
}

fn finding(
    severity: Severity,
    rule: &str,
    position: Position,
    message: impl Into<String>,
    remedy: &str,
) -> Diagnostic {
    Diagnostic {
        rule: rule.to_owned(),
        severity,
        element: String::new(),
        name: String::new(),
        position: Position { line: position.line.max(1), column: position.column.max(1) },
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

/// `text` as far as a finding quotes it.
fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}
