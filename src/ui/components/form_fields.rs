//! A form of a model, drawn with our fields.
//!
//! Never checks an answer: that is done by `spartito_core::forms`. Words of a form are shown as
//! text, never as HTML.

use leptos::prelude::*;
use spartito_core::forms::{Answers, Choice as FormChoice, Component, Field as FormField};
use spartito_core::forms::{FieldKind, Form, Tone as ActionTone};

use super::prose::Prose;
use super::{
    Button, Callout, CheckboxField, Choice, FactRow, Facts, RadioField, SelectField, TextAreaField,
    TextField, TextKind, Tone, Variant,
};
use crate::ui::words;
use crate::wire::FieldProblem;

/// What all parts of a form need.
#[derive(Clone, Copy)]
struct Sheet {
    answers: StoredValue<Answers>,
    problems: Signal<Vec<FieldProblem>>,
    prefix: &'static str,
    readonly: bool,
    /// Keys of fields that some action needs.
    needed: StoredValue<Vec<String>>,
}

impl Sheet {
    /// Name of a field's control, as a struct argument of a call reads it: `answers[amount]`.
    fn name(self, key: &str) -> String {
        format!("{}[{key}]", self.prefix)
    }

    fn answer(self, key: &str) -> String {
        self.answers.with_value(|answers| answers.get(key).cloned().unwrap_or_default())
    }

    fn problem(self, key: &str) -> Signal<Option<String>> {
        let key = key.to_owned();
        Signal::derive(move || {
            self.problems.with(|problems| {
                problems
                    .iter()
                    .find(|problem| problem.field == key)
                    .map(|problem| problem.message.clone())
            })
        })
    }
}

/// All fields of a form, with what is wrong above them.
#[component]
pub fn FormFields(
    /// The form.
    form: Form,
    /// What the fields show at first.
    answers: Answers,
    /// What is wrong, field by field.
    #[prop(optional, into)]
    problems: Signal<Vec<FieldProblem>>,
    /// Shows the values as facts; nothing can be changed.
    #[prop(optional)]
    readonly: bool,
    /// Name of the argument that takes the answers.
    #[prop(default = "answers")]
    prefix: &'static str,
) -> impl IntoView {
    let needed = form.actions().flat_map(|action| action.requires.iter().cloned()).collect();
    let needed = StoredValue::new(needed);
    let sheet = Sheet { answers: StoredValue::new(answers), problems, prefix, readonly, needed };
    let labels = form.fields().map(|field| (field.key.clone(), field.label.clone())).collect();
    view! {
        <ProblemSummary sheet labels/>
        {form.title.map(|title| view! { <h2 class="form-title">{title}</h2> })}
        <div class="form-grid">{components(form.components, sheet)}</div>
    }
}

/// How many things are wrong, each a link to its field.
#[component]
fn ProblemSummary(sheet: Sheet, labels: Vec<(String, String)>) -> impl IntoView {
    let labels = StoredValue::new(labels);
    move || {
        let problems = sheet.problems.get();
        if problems.is_empty() {
            return None;
        }
        let heading = match problems.len() {
            1 => "One thing to correct".to_owned(),
            count => format!("{count} things to correct"),
        };
        let lines = problems
            .into_iter()
            .map(|FieldProblem { field, message }| {
                let known = labels.with_value(|labels| labels.iter().any(|(key, _)| *key == field));
                if known {
                    let target = format!("#{}", sheet.name(&field));
                    view! { <li><a href=target rel="external">{message}</a></li> }.into_any()
                } else {
                    view! { <li>{message}</li> }.into_any()
                }
            })
            .collect_view();
        Some(view! {
            <Callout tone=Tone::Incident alert=true>
                <p class="callout-title">{heading}</p>
                <ul class="problem-list">{lines}</ul>
            </Callout>
        })
    }
}

/// The parts of a form or group, in order; neighbors that are only read share one list of facts.
#[expect(clippy::wildcard_enum_match_arm, reason = "only fields gather")]
fn components(parts: Vec<Component>, sheet: Sheet) -> Vec<AnyView> {
    let mut views = Vec::new();
    let mut facts = Vec::new();
    for part in parts {
        match part {
            Component::Field(field) if sheet.readonly || field.read_only => {
                facts.push(fact(&field, sheet));
            }
            other => {
                show_facts(&mut views, &mut facts);
                views.extend(part_view(other, sheet));
            }
        }
    }
    show_facts(&mut views, &mut facts);
    views
}

fn show_facts(views: &mut Vec<AnyView>, facts: &mut Vec<FactRow>) {
    if !facts.is_empty() {
        let facts = std::mem::take(facts);
        views.push(view! { <div class="span-16"><Facts facts/></div> }.into_any());
    }
}

fn part_view(part: Component, sheet: Sheet) -> Option<AnyView> {
    match part {
        Component::Field(field) => Some(field_view(field, sheet)),
        Component::Text(block) => {
            Some(view! { <div class="span-16"><Prose text=block.text/></div> }.into_any())
        }
        Component::Group(group) => Some(
            view! {
                <fieldset class="form-group span-16">
                    {group.label.map(|label| view! { <legend>{label}</legend> })}
                    <div class="form-grid">{components(group.components, sheet)}</div>
                </fieldset>
            }
            .into_any(),
        ),
        Component::Separator => Some(view! { <hr class="span-16"/> }.into_any()),
        Component::Spacer => Some(view! { <div class="form-spacer span-16"></div> }.into_any()),
        // Buttons stand together at the end: see `FormActions`.
        Component::Action(_) => None,
    }
}

/// A field that is only read.
fn fact(field: &FormField, sheet: Sheet) -> FactRow {
    let answer = sheet.answer(&field.key);
    let value = match &field.kind {
        FieldKind::Checkbox if answer == "true" => "Yes".to_owned(),
        FieldKind::Checkbox => "No".to_owned(),
        FieldKind::Select { choices } | FieldKind::Radio { choices } => choices
            .iter()
            .find(|choice| choice.answer == answer)
            .map_or(answer, |choice| choice.label.clone()),
        FieldKind::Number { .. } => grouped(&answer),
        FieldKind::Text { .. } | FieldKind::Date | FieldKind::DateTime => answer,
    };
    let value = if value.is_empty() { "–".to_owned() } else { adorned(field, &value) };
    FactRow::new(field.label.clone(), value)
}

/// A number as it was answered, with commas between the thousands.
fn grouped(answer: &str) -> String {
    let (sign, rest) = answer.strip_prefix('-').map_or(("", answer), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    match (whole.parse(), fraction) {
        (Ok(count), Some(fraction)) => format!("{sign}{}.{fraction}", words::number(count)),
        (Ok(count), None) => format!("{sign}{}", words::number(count)),
        (Err(_), _) => answer.to_owned(),
    }
}

fn adorned(field: &FormField, value: &str) -> String {
    let mut text = String::new();
    for part in [field.prefix.as_deref(), Some(value), field.suffix.as_deref()] {
        let Some(part) = part.filter(|part| !part.is_empty()) else { continue };
        if !text.is_empty() {
            text.push('\u{a0}');
        }
        text.push_str(part);
    }
    text
}

/// How many of 16 columns a field takes.
fn span(width: Option<u8>) -> &'static str {
    match width.unwrap_or(16) {
        ..=4 => "span-4",
        5 => "span-5",
        6 | 7 => "span-6",
        8 | 9 => "span-8",
        10 | 11 => "span-10",
        12..=15 => "span-12",
        _ => "span-16",
    }
}

/// A field to fill in.
fn field_view(field: FormField, sheet: Sheet) -> AnyView {
    let (name, value) = (sheet.name(&field.key), sheet.answer(&field.key));
    let error = sheet.problem(&field.key);
    // What one button needs and another does not is told by the field's own hint.
    let needed = sheet.needed.with_value(|needed| needed.contains(&field.key));
    let optional = !field.required && !needed;
    let label = field.label;
    let hint = field.description.unwrap_or_default();
    let control = match field.kind {
        FieldKind::Text { multiline: true, .. } => {
            view! { <TextAreaField name label hint error value optional/> }.into_any()
        }
        FieldKind::Select { choices } => {
            let none = "Choose…";
            let choices = choices_of(choices);
            view! { <SelectField name label hint error value optional choices none/> }.into_any()
        }
        FieldKind::Radio { choices } => {
            let choices = choices_of(choices);
            view! { <RadioField name label hint error value optional choices/> }.into_any()
        }
        FieldKind::Checkbox => {
            let checked = value == "true";
            view! { <CheckboxField name label hint error checked/> }.into_any()
        }
        FieldKind::Text { .. }
        | FieldKind::Number { .. }
        | FieldKind::Date
        | FieldKind::DateTime => {
            let kind = match field.kind {
                FieldKind::Number { .. } => TextKind::Number,
                FieldKind::Date => TextKind::Date,
                FieldKind::DateTime => TextKind::DateTime,
                FieldKind::Text { .. }
                | FieldKind::Select { .. }
                | FieldKind::Radio { .. }
                | FieldKind::Checkbox => TextKind::Text,
            };
            let before = field.prefix.unwrap_or_default();
            let after = field.suffix.unwrap_or_default();
            view! { <TextField name label hint error value optional kind before after/> }.into_any()
        }
    };
    view! { <div class=span(field.width)>{control}</div> }.into_any()
}

fn choices_of(choices: Vec<FormChoice>) -> Vec<Choice> {
    choices.into_iter().map(|choice| Choice::new(choice.answer, choice.label)).collect()
}

/// The buttons that complete a form: one for each of its actions, sent as the field `action`.
#[component]
pub fn FormActions(
    /// The form; without one, or where it names no actions, there is a single button.
    form: Option<Form>,
    /// The words of that button.
    #[prop(into)]
    otherwise: String,
    /// Whether what it has begun goes on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// More buttons beside, such as “Save draft”.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let actions = form.map(|form| form.actions().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let buttons = if actions.is_empty() {
        view! { <Button variant=Variant::Primary busy>{otherwise}</Button> }.into_any()
    } else {
        actions
            .into_iter()
            .map(|action| {
                let variant = match action.tone {
                    ActionTone::Primary => Variant::Primary,
                    ActionTone::Neutral => Variant::Secondary,
                    ActionTone::Danger => Variant::Danger,
                };
                view! { <Button variant name="action" value=action.name busy>{action.label}</Button> }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="form-actions">
            {buttons}
            {children.map(|children| view! { <div class="form-actions-rest">{children()}</div> })}
        </div>
    }
}
