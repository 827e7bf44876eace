//! Components: each of a kind that we show, and together a form that can be completed.

use std::collections::BTreeSet;

use super::super::form::{self, Action, Component, Group, TextBlock, Tone};
use super::field;
use super::object::Object;
use super::{COMPONENTS_MAX, Findings, Place, cut};
use crate::bpmn::diagnostic::Position;
use crate::value::Value;

/// Reads components and keeps what is unique among them.
pub(super) struct Reader<'f> {
    pub(super) findings: &'f mut Findings,
    count: usize,
    keys: BTreeSet<String>,
    actions: BTreeSet<String>,
    /// Variables that an action sets, with the place of the action.
    set: Vec<(String, Place)>,
    /// Fields that an action needs, with the place of the action.
    needed: Vec<(String, Place)>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(findings: &'f mut Findings) -> Self {
        Self {
            findings,
            count: 0,
            keys: BTreeSet::new(),
            actions: BTreeSet::new(),
            set: Vec::new(),
            needed: Vec::new(),
        }
    }

    pub(super) fn components(&mut self, parts: &[Object<'_>], in_group: bool) -> Vec<Component> {
        let mut components = Vec::new();
        for part in parts {
            self.count += 1;
            if self.count == COMPONENTS_MAX + 1 {
                let message = format!("The form has more than {COMPONENTS_MAX} components.");
                let remedy = "Divide it over several tasks.";
                self.error("form-components-limit", &place(*part), message, remedy);
            }
            if self.count <= COMPONENTS_MAX {
                components.extend(self.component(*part, in_group));
            }
        }
        components
    }

    fn component(&mut self, part: Object<'_>, in_group: bool) -> Option<Component> {
        let place = place(part);
        let kind = part.text("type").unwrap_or_default();
        if part.value("conditional").is_some() {
            let message = "The component is always shown; its condition is not evaluated.";
            let remedy = "Remove the condition, or ask in two tasks.";
            self.warning("form-condition-ignored", &place, message, remedy);
        }
        match kind {
            "text" => {
                let text = part.text("text").unwrap_or_default();
                if text.starts_with('=') || text.contains("{{") {
                    let message =
                        "The text is shown as it stands; expressions in it are not evaluated.";
                    let remedy = "Show process data with a read-only field.";
                    self.warning("form-text-expression", &place, message, remedy);
                }
                Some(Component::Text(TextBlock { text: text.to_owned() }))
            }
            "separator" => Some(Component::Separator),
            "spacer" => Some(Component::Spacer),
            "group" => self.group(part, &place, in_group),
            "button" => self.action(part, &place),
            _ => match field::read(part, kind, &place, self.findings) {
                Some(field) => {
                    if !self.keys.insert(field.key.clone()) {
                        let message = format!("Two fields have the key “{}”.", cut(&field.key));
                        let remedy = "Give each field a key of its own.";
                        self.error("form-key-duplicate", &place, message, remedy);
                    }
                    Some(Component::Field(field))
                }
                None => None,
            },
        }
    }

    fn group(&mut self, part: Object<'_>, place: &Place, in_group: bool) -> Option<Component> {
        if in_group {
            let message = "A group stands inside another group.";
            let remedy = "Take the inner group out; groups have one level.";
            self.error("form-group-nested", place, message, remedy);
            return None;
        }
        if part.text("path").is_some_and(|path| !path.is_empty()) {
            let message = "The group puts its fields under a path; they become plain variables.";
            let remedy = "Remove the path of the group.";
            self.error("form-path-unsupported", place, message, remedy);
        }
        let parts = part.objects("components").unwrap_or_default();
        let components = self.components(&parts, true);
        let label = part.text("label").filter(|label| !label.is_empty());
        Some(Component::Group(Group { label: label.map(str::to_owned), components }))
    }

    fn action(&mut self, part: Object<'_>, place: &Place) -> Option<Component> {
        let action = part.text("action").unwrap_or("submit");
        if action != "submit" {
            let message = format!("The button does “{}”, which is left out.", cut(action));
            let remedy = "Remove the button, or let it submit the form.";
            self.warning("form-button-ignored", place, message, remedy);
            return None;
        }
        let name = place.element.clone();
        if name.is_empty() {
            let message = "The button has neither key nor id.";
            self.error("form-key-missing", place, message, "Give it a key.");
        }
        let is_first = self.actions.is_empty();
        if !self.actions.insert(name.clone()) {
            let message = format!("Two buttons have the key “{}”.", cut(&name));
            let remedy = "Give each button a key of its own.";
            self.error("form-key-duplicate", place, message, remedy);
        }
        let properties = part.object("properties");
        let requires = self.requires(properties, place);
        let label = part.text("label").filter(|label| !label.is_empty()).unwrap_or("Submit");
        Some(Component::Action(Action {
            label: label.to_owned(),
            name,
            sets: self.sets(properties, place),
            requires,
            tone: self.tone(properties, is_first, place),
        }))
    }

    /// The variable that a button sets.
    fn sets(&mut self, properties: Option<Object<'_>>, place: &Place) -> Option<(String, Value)> {
        let properties = properties?;
        let variable = properties.text("variable").filter(|name| !name.is_empty());
        let value = properties.value("value");
        match (variable, value) {
            (Some(variable), Some(value)) => {
                if !field::is_key(variable) {
                    let message = format!("“{}” is not the name of a variable.", cut(variable));
                    let remedy = "Use letters, digits and “_”, a letter first.";
                    self.error("form-key-invalid", place, message, remedy);
                }
                self.set.push((variable.to_owned(), place.clone()));
                Some((variable.to_owned(), property_value(value)))
            }
            (None, None) => None,
            _ => {
                let message = "The button names only one of “variable” and “value”.";
                let remedy = "Give both properties, or neither.";
                self.error("form-button-incomplete", place, message, remedy);
                None
            }
        }
    }

    fn requires(&mut self, properties: Option<Object<'_>>, place: &Place) -> Vec<String> {
        let text = properties.and_then(|p| p.text("requires")).unwrap_or_default();
        let keys: Vec<String> = text
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect();
        self.needed.extend(keys.iter().map(|key| (key.clone(), place.clone())));
        keys
    }

    fn tone(&mut self, properties: Option<Object<'_>>, is_first: bool, place: &Place) -> Tone {
        match properties.and_then(|properties| properties.text("tone")) {
            Some("primary") => Tone::Primary,
            Some("danger") => Tone::Danger,
            None if is_first => Tone::Primary,
            Some("neutral") | None => Tone::Neutral,
            Some(other) => {
                let message = format!("The tone “{}” of the button is not known.", cut(other));
                let remedy = "Use primary, neutral or danger.";
                self.warning("form-button-tone", place, message, remedy);
                Tone::Neutral
            }
        }
    }

    /// What can be said when all components are known.
    pub(super) fn finish(&mut self, components: &[Component]) {
        let open: BTreeSet<&str> = form::fields(components)
            .filter(|field| !field.read_only)
            .map(|field| field.key.as_str())
            .collect();
        for (key, place) in std::mem::take(&mut self.needed) {
            if !open.contains(key.as_str()) {
                let message =
                    format!("The button requires “{}”, which cannot be filled in.", cut(&key));
                let remedy = "Name keys of fields of this form, separated by commas.";
                self.error("form-button-requires", &place, message, remedy);
            }
        }
        for (variable, place) in std::mem::take(&mut self.set) {
            if open.contains(variable.as_str()) {
                let message = format!("The button sets “{}”, as a field does.", cut(&variable));
                let remedy = "Let the button set a variable of its own.";
                self.error("form-button-variable", &place, message, remedy);
            }
        }
    }

    fn error(&mut self, rule: &str, place: &Place, message: impl Into<String>, remedy: &str) {
        self.findings.error(rule, place, message, remedy);
    }

    fn warning(&mut self, rule: &str, place: &Place, message: impl Into<String>, remedy: &str) {
        self.findings.warning(rule, place, message, remedy);
    }
}

/// Editors keep properties as texts: `true`, `false` and numbers are what they look like.
fn property_value(value: &Value) -> Value {
    match value.as_str() {
        Some("true") => Value::Boolean(true),
        Some("false") => Value::Boolean(false),
        Some(text) => text.parse().map_or_else(|_| value.clone(), Value::Number),
        None => value.clone(),
    }
}

fn place(part: Object<'_>) -> Place {
    let element = ["key", "id"].iter().find_map(|key| part.text(key).filter(|t| !t.is_empty()));
    let position: Position = part.position();
    Place {
        element: element.map(cut).unwrap_or_default(),
        name: part.text("label").map(cut).unwrap_or_default(),
        position,
    }
}
