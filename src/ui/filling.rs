//! Forms that people fill in: checked before they are sent, drafts kept quietly while they type.
//!
//! All of it is help on top: without scripts the server checks the same and keeps the draft too.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use spartito_core::forms::{Answers, Form, check};
use spartito_core::time::Timestamp;
use wasm_bindgen::JsCast as _;

use crate::ui::call::fields_of;
use crate::ui::components::{Callout, Icon, IconName, Moment, Tone};
use crate::wire::{CallError, FieldProblem};

/// How long nothing must be typed before the draft is kept, in milliseconds.
const REST_MS: u64 = 1_200;

/// Keeps a draft in the background, then says so by [`Filling::kept`].
///
/// A plain function: what belongs to one thread must not be kept on the server.
pub type Keep = fn(web_sys::FormData, Filling);

/// What is known of the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftState {
    /// Nothing has been typed since the page was opened.
    Untouched,
    /// Something has been typed that is not kept yet.
    Changed,
    /// All that has been typed is kept.
    Kept,
    /// It could not be kept.
    Failed,
}

/// One form that is being filled in.
#[derive(Clone, Copy)]
pub struct Filling {
    form: StoredValue<Option<Form>>,
    problems: RwSignal<Vec<FieldProblem>>,
    draft: RwSignal<DraftState>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// What the browser reads of a form on its way.
#[derive(Debug, Default)]
struct Sent {
    answers: Answers,
    action: Option<String>,
    save: Option<String>,
}

impl FromIterator<(String, String)> for Sent {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        let mut sent = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "action" => sent.action = Some(value),
                "save" => sent.save = Some(value),
                name => {
                    let key = name.strip_prefix("answers[").and_then(|key| key.strip_suffix(']'));
                    if let Some(key) = key {
                        sent.answers.insert(key.to_owned(), value);
                    }
                }
            }
        }
        sent
    }
}

impl Filling {
    /// A form that shows `answers`; `refused` is why it was not accepted, and with `checked` the
    /// answers are checked as they stand.
    pub fn new(
        form: Option<Form>,
        answers: &Answers,
        refused: impl Fn() -> Option<CallError> + 'static,
        checked: bool,
    ) -> Self {
        let found = match refused() {
            Some(error) => problems_of(error),
            None if checked => {
                form.as_ref().map_or_else(Vec::new, |form| found(form, answers, None))
            }
            None => Vec::new(),
        };
        let filling = Self {
            form: StoredValue::new(form),
            problems: RwSignal::new(found),
            draft: RwSignal::new(DraftState::Untouched),
            timer: StoredValue::new(None),
        };
        Effect::new(move |before: Option<()>| {
            let refused = refused();
            if let (Some(()), Some(error)) = (before, refused) {
                let problems = problems_of(error);
                show_first(&problems);
                filling.problems.set(problems);
            }
        });
        filling
    }

    /// What is wrong, field by field.
    pub fn problems(self) -> Signal<Vec<FieldProblem>> {
        self.problems.into()
    }

    /// Checks a form on its way; one that cannot be accepted is not sent.
    fn check_sent(self, event: &leptos::ev::SubmitEvent) {
        self.forget_timer();
        let sent: Sent = fields_of(event).into_iter().collect();
        if sent.save.is_some() {
            self.draft.set(DraftState::Kept);
            self.problems.set(Vec::new());
            return;
        }
        let problems = self.form.with_value(|form| {
            let form = form.as_ref()?;
            Some(found(form, &sent.answers, sent.action.as_deref()))
        });
        let problems = problems.unwrap_or_default();
        if !problems.is_empty() {
            event.prevent_default();
        }
        show_first(&problems);
        self.problems.set(problems);
    }

    /// Keeps the draft once nothing has been typed for a moment.
    fn typed(self, event: &leptos::ev::Event, keep: Keep) {
        let Some(form) = form_of(event) else { return };
        self.draft.set(DraftState::Changed);
        self.forget_timer();
        let keeping = move || {
            if let Ok(data) = web_sys::FormData::new_with_form(&form) {
                keep(data, self);
            }
        };
        let timer = set_timeout_with_handle(keeping, Duration::from_millis(REST_MS));
        self.timer.set_value(timer.ok());
    }

    /// Says whether the draft could be kept; what has been typed since then is still to be kept.
    pub fn kept(self, kept: bool) {
        let state = if kept { DraftState::Kept } else { DraftState::Failed };
        let waits = self.timer.try_with_value(Option::is_some) == Some(true);
        if !waits {
            self.draft.try_set(state);
        }
    }

    /// The timer has done its work.
    pub fn rested(self) {
        self.timer.try_set_value(None);
    }

    fn forget_timer(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}

/// Surrounds a form: checks it before it is sent and keeps its draft while it is filled in.
#[component]
pub fn FillingArea(
    /// The form's state.
    filling: Filling,
    /// Keeps the draft, then says so by [`Filling::kept`]; runs in the browser only.
    keep: Keep,
    /// The form.
    children: Children,
) -> impl IntoView {
    on_cleanup(move || filling.forget_timer());
    view! {
        <div
            class="filling"
            on:submit:capture=move |event: leptos::ev::SubmitEvent| filling.check_sent(&event)
            on:input=move |event: leptos::ev::Event| filling.typed(&event, keep)
        >
            {children()}
        </div>
    }
}

/// Says why a form without fields was refused; one with fields says so by itself.
#[component]
pub fn Refusal(
    /// The form's state.
    filling: Filling,
) -> impl IntoView {
    move || {
        let problems = filling.problems.get();
        let has_form = filling.form.with_value(Option::is_some);
        (!has_form && !problems.is_empty()).then(|| {
            let words = problems.into_iter().map(|problem| view! { <p>{problem.message}</p> });
            view! { <Callout tone=Tone::Incident alert=true>{words.collect_view()}</Callout> }
        })
    }
}

/// Says quietly whether what has been typed is kept.
#[component]
pub fn DraftNote(
    /// The form's state.
    filling: Filling,
    /// When the draft was last kept, before the page was opened.
    saved_at: Option<Timestamp>,
    /// The server's time when the page's data was read.
    now: Timestamp,
) -> impl IntoView {
    let words = move || match (filling.draft.get(), saved_at) {
        (DraftState::Untouched, Some(at)) => view! { "Draft kept " <Moment at now/> }.into_any(),
        (DraftState::Untouched, None) | (DraftState::Changed, _) => ().into_any(),
        (DraftState::Kept, _) => {
            view! { <Icon name=IconName::Check size=14/> "Draft kept" }.into_any()
        }
        (DraftState::Failed, _) => "The draft could not be kept. Leave this page open.".into_any(),
    };
    view! { <p class="draft-note" role="status">{words}</p> }
}

/// What is wrong with the answers for the button pressed; without one, what every button needs.
fn found(form: &Form, answers: &Answers, action: Option<&str>) -> Vec<FieldProblem> {
    let errors = check(form, answers, action).err().unwrap_or_default();
    errors
        .into_iter()
        .filter(|error| action.is_some() || !error.field.is_empty())
        .map(|error| FieldProblem { field: error.field, message: error.message })
        .collect()
}

fn problems_of(error: CallError) -> Vec<FieldProblem> {
    let message = error.to_string();
    if let CallError::Invalid { fields, .. } = error
        && !fields.is_empty()
    {
        return fields;
    }
    vec![FieldProblem { field: String::new(), message }]
}

/// The form that an event comes from.
fn form_of(event: &leptos::ev::Event) -> Option<web_sys::HtmlFormElement> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    target.closest("form").ok()??.dyn_into().ok()
}

/// Moves the focus to the first field that is wrong, once it has been marked.
fn show_first(problems: &[FieldProblem]) {
    let Some(field) = problems.iter().map(|problem| &problem.field).find(|key| !key.is_empty())
    else {
        return;
    };
    let id = format!("answers[{field}]");
    request_animation_frame(move || {
        let control = document().get_element_by_id(&id);
        let control = control.and_then(|control| control.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(control) = control {
            // A field that cannot take the focus is still read out in the summary.
            let _ = control.focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::Sent;

    #[test]
    fn answers_are_told_from_what_else_a_form_sends() {
        let fields =
            [("key", "1"), ("answers[amount]", "24000"), ("answers[a[b]", ""), ("save", "1")];
        let sent: Sent =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let answers: Vec<_> = sent.answers.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(answers, [("a[b", ""), ("amount", "24000")]);
        assert_eq!((sent.action, sent.save.as_deref()), (None, Some("1")));
    }
}
