//! A form of a model, drawn with our fields.

use leptos::prelude::*;
use spartito_core::forms::{Answers, Form};

use crate::wire::FieldProblem;

/// All fields of a form.
#[component]
pub fn FormFields(
    /// The form.
    form: Form,
    /// What the fields show.
    answers: Answers,
    /// What is wrong, field by field.
    #[prop(optional, into)]
    problems: Signal<Vec<FieldProblem>>,
    /// Shows the values without letting them be changed.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let _ = (form, answers, problems, readonly);
}

/// The buttons that complete a form: one for each of its actions.
#[component]
pub fn FormActions(
    /// The form; without one there is a single button.
    form: Option<Form>,
    /// The button's words where the form names no actions.
    #[prop(into)]
    otherwise: String,
    /// Whether what it has begun goes on.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let _ = (form, otherwise, busy);
}
