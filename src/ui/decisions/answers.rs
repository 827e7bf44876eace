//! The fields of a trial: one for each input of a decision, typed as the model says.
//!
//! A field is named `in.` and the path of its input, in the form and in the address alike. One
//! that is left empty gives no answer.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use spartito_core::dmn::Parameter;
use spartito_core::value::Value;
use spartito_core::value::words::{readable_name, readable_value};

use super::evaluate::Answers;
use crate::ui::components::{Choice, Field, Icon, IconName};

/// What stands before the path of an input in the names of fields.
const PREFIX: &str = "in.";

/// Levels of components that fields are drawn for, as deep as answers are read.
const COMPONENTS_DEPTH_MAX: u8 = 6;

/// How an answer is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// A number.
    Number,
    /// A day.
    Date,
    /// Any text.
    Text,
    /// One of these.
    Choose(Vec<Choice>),
    /// A text of a form that the hint shows.
    Like(&'static str),
}

/// A field, or several in one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// One answer.
    One {
        /// Path of the input.
        path: String,
        /// What is asked for.
        label: String,
        /// How to answer; may be empty.
        hint: String,
        /// How the answer is given.
        way: Way,
    },
    /// The components of an input.
    Several {
        /// What is asked for.
        label: String,
        /// Its fields.
        parts: Vec<Asked>,
    },
}

/// The fields for the inputs of a decision.
pub(super) fn fields(parameters: &[Parameter]) -> Vec<Asked> {
    below("", parameters, COMPONENTS_DEPTH_MAX)
}

/// Bounded by the depth.
fn below(prefix: &str, parameters: &[Parameter], depth_left: u8) -> Vec<Asked> {
    let field = |parameter: &Parameter| {
        let path = format!("{prefix}{}", parameter.name);
        let label = if parameter.label.is_empty() {
            readable_name(&parameter.name)
        } else {
            parameter.label.to_string()
        };
        if !parameter.components.is_empty() && !parameter.is_list && depth_left > 0 {
            let parts = below(&format!("{path}."), &parameter.components, depth_left - 1);
            return Asked::Several { label, parts };
        }
        let way = way(parameter);
        Asked::One { path, label, hint: hint(parameter, &way), way }
    };
    parameters.iter().map(field).collect()
}

fn way(parameter: &Parameter) -> Way {
    if parameter.is_list {
        return Way::Like("FEEL, such as [1, 2] or [\"a\", \"b\"]");
    }
    if !parameter.choices.is_empty() {
        return Way::Choose(parameter.choices.iter().map(choice).collect());
    }
    match parameter.type_name.as_str() {
        "number" => Way::Number,
        "string" => Way::Text,
        "boolean" => Way::Choose(vec![Choice::new("true", "Yes"), Choice::new("false", "No")]),
        "date" => Way::Date,
        "time" => Way::Like("Such as 14:30:00"),
        "date and time" | "dateTime" => Way::Like("Such as 2026-11-25T14:30:00"),
        "days and time duration" | "dayTimeDuration" => {
            Way::Like("Such as P2DT4H, two days and four hours")
        }
        "years and months duration" | "yearMonthDuration" => {
            Way::Like("Such as P1Y6M, a year and a half")
        }
        _ => Way::Like("FEEL, such as 12, \"gold\" or {tier: \"gold\"}"),
    }
}

/// A value that may be chosen, as it is read back.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "texts and numbers are told apart from all else"
)]
fn choice(value: &Value) -> Choice {
    match value {
        Value::String(text) => Choice::new(text.to_string(), text.to_string()),
        Value::Number(number) => Choice::new(number.to_string(), readable_value(value)),
        // A choice of any other kind is told as it is written.
        other => Choice::new(other.to_json().trim_matches('"'), readable_value(other)),
    }
}

fn hint(parameter: &Parameter, way: &Way) -> String {
    match way {
        Way::Like(hint) => (*hint).to_owned(),
        Way::Choose(_) => String::new(),
        Way::Number | Way::Date | Way::Text if parameter.allowed.is_empty() => String::new(),
        Way::Number | Way::Date | Way::Text => format!("Allowed: {}", parameter.allowed),
    }
}

/// Paths of all fields, with their labels.
pub(super) fn paths(fields: &[Asked]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<&Asked> = fields.iter().rev().collect();
    while let Some(field) = open.pop() {
        match field {
            Asked::One { path, label, .. } => found.push((path.clone(), label.clone())),
            Asked::Several { parts, .. } => open.extend(parts.iter().rev()),
        }
    }
    found
}

/// Name of the field for an input.
pub(super) fn name_of(path: &str) -> String {
    format!("{PREFIX}{path}")
}

/// The answers that an address holds.
pub(super) fn answers_of(query: &ParamsMap) -> Answers {
    let answer = |(key, value): (&std::borrow::Cow<'static, str>, &str)| {
        let path = key.strip_prefix(PREFIX)?;
        (!value.trim().is_empty()).then(|| (path.to_owned(), value.to_owned()))
    };
    query.latest_values().filter_map(answer).collect()
}

/// The answers that a form holds; only ever called in the browser.
pub(super) fn answers_in(form: &web_sys::HtmlFormElement, paths: &[String]) -> Answers {
    let Ok(data) = web_sys::FormData::new_with_form(form) else { return Answers::new() };
    let answer = |path: &String| {
        let value = data.get(&name_of(path)).as_string()?;
        (!value.trim().is_empty()).then(|| (path.clone(), value))
    };
    paths.iter().filter_map(answer).collect()
}

/// The fields, filled in with `answers`.
///
/// Bounded by the depth of what is asked.
pub(super) fn view_fields(fields: Vec<Asked>, answers: &Answers) -> AnyView {
    let views = fields.into_iter().map(|field| match field {
        Asked::One { path, label, hint, way } => {
            let answer = answers.get(&path).cloned().unwrap_or_default();
            view! { <Answer name=name_of(&path) label hint way answer/> }.into_any()
        }
        Asked::Several { label, parts } => view! {
            <fieldset class="trial-group">
                <legend>{label}</legend>
                <div class="trial-fields">{view_fields(parts, answers)}</div>
            </fieldset>
        }
        .into_any(),
    });
    views.collect_view().into_any()
}

#[component]
fn Answer(name: String, label: String, hint: String, way: Way, answer: String) -> impl IntoView {
    let described = (!hint.is_empty()).then(|| format!("{name}-hint"));
    let control = match way {
        Way::Choose(choices) => {
            let options = choices.into_iter().map(|choice| {
                let selected = choice.value == answer;
                view! { <option value=choice.value selected=selected>{choice.label}</option> }
            });
            view! {
                <div class="control control-select">
                    <select id=name.clone() name=name.clone()>
                        <option value="">"Not given"</option>
                        {options.collect_view()}
                    </select>
                    <Icon name=IconName::Down/>
                </div>
            }
            .into_any()
        }
        Way::Number | Way::Date | Way::Text | Way::Like(_) => {
            let is_number = way == Way::Number;
            view! {
                <div class="control" class:control-number=is_number>
                    <input
                        id=name.clone()
                        name=name.clone()
                        type=if way == Way::Date { "date" } else { "text" }
                        inputmode=is_number.then_some("decimal")
                        value=answer
                        autocomplete="off"
                        aria-describedby=described
                    />
                </div>
            }
            .into_any()
        }
    };
    view! { <Field id=name label hint>{control}</Field> }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Way, answers_of, fields, paths};
    use leptos_router::params::ParamsMap;
    use spartito_core::dmn::Parameter;
    use spartito_core::value::Value;

    fn parameter(name: &str, type_name: &str) -> Parameter {
        Parameter {
            name: name.into(),
            label: "".into(),
            type_name: type_name.to_owned(),
            choices: Vec::new(),
            allowed: "".into(),
            is_list: false,
            components: Vec::new(),
        }
    }

    fn way_of(parameter: &Parameter) -> Way {
        super::way(parameter)
    }

    #[test]
    fn an_input_is_asked_for_as_its_type_says() {
        assert_eq!(way_of(&parameter("amount", "number")), Way::Number);
        assert_eq!(way_of(&parameter("born", "date")), Way::Date);
        assert!(
            matches!(way_of(&parameter("member", "boolean")), Way::Choose(two) if two.len() == 2)
        );
        let mut tier = parameter("tier", "string");
        tier.choices = vec![Value::from("gold"), Value::from("basic")];
        let Way::Choose(tiers) = way_of(&tier) else { panic!("it lists its values") };
        assert_eq!(tiers[1].value, "basic");
        tier.is_list = true;
        assert!(matches!(way_of(&tier), Way::Like(hint) if hint.starts_with("FEEL")));
        assert!(matches!(way_of(&parameter("any", "Any")), Way::Like(_)));
    }

    #[test]
    fn components_are_asked_for_one_by_one_under_their_path() {
        let mut customer = parameter("customer", "tCustomer");
        customer.components =
            vec![parameter("tier", "string"), parameter("monthlyIncome", "number")];
        let fields = fields(&[customer, parameter("amount", "number")]);
        assert!(matches!(&fields[0], Asked::Several { label, .. } if label == "Customer"));
        let paths = paths(&fields);
        let paths: Vec<_> = paths.iter().map(|(path, label)| format!("{path} {label}")).collect();
        assert_eq!(
            paths,
            ["customer.tier Tier", "customer.monthlyIncome Monthly income", "amount Amount"]
        );
    }

    #[test]
    fn an_address_holds_the_answers_beside_other_things() {
        let query: ParamsMap =
            [("in.score", "612"), ("in.customer.tier", "gold"), ("in.term", " "), ("rule", "3")]
                .into_iter()
                .collect();
        let answers = answers_of(&query);
        let told: Vec<_> = answers.iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(told, ["customer.tier=gold", "score=612"]);
    }
}
