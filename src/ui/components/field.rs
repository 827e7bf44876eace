//! Fields of forms: label, hint, error and control in one piece.
//!
//! Every field works without scripts, and says its error to screen readers too.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What a line of text holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    #[default]
    Text,
    /// A password that is not shown.
    Password,
    /// Words to search for.
    Search,
    /// A number: digits are offered, the text stays as typed.
    Number,
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
}

impl TextKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Number => "text",
            Self::Password => "password",
            Self::Search => "search",
            Self::Date => "date",
            Self::DateTime => "datetime-local",
        }
    }
}

/// One thing to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// What choosing it means; may be empty.
    pub hint: String,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new() }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// What all controls of a field need to be announced well.
#[derive(Clone)]
struct Wiring {
    id: String,
    has_hint: bool,
    error: Signal<Option<String>>,
}

impl Wiring {
    /// Ids of hint and error, whichever are there.
    fn described_by(&self) -> impl Fn() -> Option<String> + Clone + Send + Sync + use<> {
        let Self { id, has_hint, error } = self.clone();
        move || match (has_hint, error.with(Option::is_some)) {
            (true, true) => Some(format!("{id}-hint {id}-error")),
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }

    fn invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + use<> {
        let error = self.error;
        move || error.with(Option::is_some).then_some("true")
    }
}

/// Label, hint, error and any control; the control's id is `id`, its descriptions `id-hint` and
/// `id-error`.
#[component]
pub fn Field(
    /// Id of the control.
    #[prop(into)]
    id: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// How to answer; nothing where empty.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Marks the field as one that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:field-wrong=move || error.with(Option::is_some)>
            <label class="field-label" for=id.clone()>
                {label}
                {optional.then(|| view! { <span class="field-optional">"optional"</span> })}
            </label>
            <Hint id=id.clone() hint/>
            {children()}
            <Problem id error/>
        </div>
    }
}

/// The hint of a field.
#[component]
fn Hint(id: String, hint: String) -> impl IntoView {
    (!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })
}

/// The error of a field.
#[component]
fn Problem(id: String, error: Signal<Option<String>>) -> impl IntoView {
    move || {
        let id = id.clone();
        error.get().map(|error| {
            view! {
                <p class="field-error" id=format!("{id}-error")>
                    <Icon name=IconName::Alert size=14/>
                    <span>{error}</span>
                </p>
            }
        })
    }
}

/// A line of text, a number, a password or a day.
#[component]
pub fn TextField(
    /// Name in the form, and id.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What it shows at first.
    #[prop(optional, into)]
    value: String,
    /// How to answer.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What it holds.
    #[prop(optional)]
    kind: TextKind,
    /// Shown before the value, such as a currency; nothing where empty.
    #[prop(optional, into)]
    before: String,
    /// Shown after the value, such as a unit.
    #[prop(optional, into)]
    after: String,
    /// Marks the field as one that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it be changed.
    #[prop(optional)]
    readonly: bool,
    /// What the browser may fill in; see the `autocomplete` attribute.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let wiring = Wiring { id: name.clone(), has_hint: !hint.is_empty(), error };
    let adorned = !before.is_empty() || !after.is_empty();
    let number = kind == TextKind::Number;
    view! {
        <Field id=name.clone() label hint error optional>
            <div class="control" class:control-adorned=adorned class:control-number=number>
                {(!before.is_empty()).then(|| view! { <span class="adornment">{before}</span> })}
                <input
                    id=name.clone()
                    name=name.clone()
                    type=kind.input_type()
                    inputmode=number.then_some("decimal")
                    value=value
                    readonly=readonly
                    autocomplete=autocomplete.unwrap_or_else(|| "off".to_owned())
                    autofocus=autofocus
                    aria-required=(!optional && !readonly).then_some("true")
                    aria-invalid=wiring.invalid()
                    aria-describedby=wiring.described_by()
                />
                {(!after.is_empty()).then(|| view! { <span class="adornment">{after}</span> })}
            </div>
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextAreaField(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// Its id, where that is not its name.
    #[prop(optional, into)]
    id: Option<String>,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What it shows at first.
    #[prop(optional, into)]
    value: String,
    /// How to answer.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Lines shown.
    #[prop(default = 4)]
    rows: u8,
    /// Marks the field as one that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it be changed.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let wiring = Wiring { id: id.clone(), has_hint: !hint.is_empty(), error };
    view! {
        <Field id=id.clone() label hint error optional>
            <div class="control">
                <textarea
                    id=id.clone()
                    name=name.clone()
                    rows=rows.to_string()
                    readonly=readonly
                    aria-required=(!optional && !readonly).then_some("true")
                    aria-invalid=wiring.invalid()
                    aria-describedby=wiring.described_by()
                >
                    {value}
                </textarea>
            </div>
        </Field>
    }
}

/// A choice from a list that opens.
#[component]
pub fn SelectField(
    /// Name in the form, and id.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What can be chosen.
    choices: Vec<Choice>,
    /// What is chosen at first; nothing where it is no choice.
    #[prop(optional, into)]
    value: String,
    /// How to answer.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Marks the field as one that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it be changed.
    #[prop(optional)]
    readonly: bool,
    /// Words for “nothing chosen”; without them a choice must be one of `choices`.
    #[prop(optional, into)]
    none: Option<String>,
) -> impl IntoView {
    let wiring = Wiring { id: name.clone(), has_hint: !hint.is_empty(), error };
    let nothing =
        none.map(|words| view! { <option value="" selected=value.is_empty()>{words}</option> });
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <Field id=name.clone() label hint error optional>
            <div class="control control-select">
                <select
                    id=name.clone()
                    name=name.clone()
                    disabled=readonly
                    aria-required=(!optional && !readonly).then_some("true")
                    aria-invalid=wiring.invalid()
                    aria-describedby=wiring.described_by()
                >
                    {nothing}
                    {options}
                </select>
                <Icon name=IconName::Down/>
            </div>
        </Field>
    }
}

/// A choice from a few, all shown.
#[component]
pub fn RadioField(
    /// Name in the form; the controls' ids are made from it.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What can be chosen.
    choices: Vec<Choice>,
    /// What is chosen at first; nothing where it is no choice.
    #[prop(optional, into)]
    value: String,
    /// How to answer.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Marks the field as one that may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it be changed.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let wiring = Wiring { id: name.clone(), has_hint: !hint.is_empty(), error };
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            // The first control carries the field's own id, so that a link to a problem lands there.
            let id = if index == 0 { name.clone() } else { format!("{name}-{index}") };
            view! {
                <label class="choice" for=id.clone()>
                    <input
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        checked=choice.value == value
                        value=choice.value
                        disabled=readonly
                    />
                    <span class="choice-words">
                        <span>{choice.label}</span>
                        {(!choice.hint.is_empty())
                            .then(|| view! { <span class="choice-hint">{choice.hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset
            class="field"
            class:field-wrong=move || error.with(Option::is_some)
            aria-describedby=wiring.described_by()
        >
            <legend class="field-label">
                {label}
                {optional.then(|| view! { <span class="field-optional">"optional"</span> })}
            </legend>
            <Hint id=name.clone() hint/>
            <div class="choices">{options}</div>
            <Problem id=name error/>
        </fieldset>
    }
}

/// Something to agree to or not; sends `true` when checked, nothing otherwise.
#[component]
pub fn CheckboxField(
    /// Name in the form, and id.
    #[prop(into)]
    name: String,
    /// What is agreed to.
    #[prop(into)]
    label: String,
    /// Whether it is checked at first.
    #[prop(optional)]
    checked: bool,
    /// What it means.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with the answer.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Shows the value without letting it be changed.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let wiring = Wiring { id: name.clone(), has_hint: !hint.is_empty(), error };
    view! {
        <div class="field" class:field-wrong=move || error.with(Option::is_some)>
            <label class="choice" for=name.clone()>
                <input
                    type="checkbox"
                    id=name.clone()
                    name=name.clone()
                    value="true"
                    checked=checked
                    disabled=readonly
                    aria-invalid=wiring.invalid()
                    aria-describedby=wiring.described_by()
                />
                <span class="choice-words">
                    <span>{label}</span>
                    {(!hint.is_empty())
                        .then(|| {
                            view! {
                                <span class="choice-hint" id=format!("{name}-hint")>
                                    {hint}
                                </span>
                            }
                        })}
                </span>
            </label>
            <Problem id=name error/>
        </div>
    }
}
