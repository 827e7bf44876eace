//! *Try it*: a form for the inputs of a decision, and what is decided for what was typed.
//!
//! The form is a plain GET form whose answers live in the address, so that it works without
//! scripts and can be sent around; with them, it answers as one types.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::{NavigateOptions, location::State};
use wasm_bindgen::JsCast as _;

use super::answers::{answers_in, fields, name_of, paths, view_fields};
use super::evaluate::Answers;
use super::outcome::Outcome;
use super::trying::Trying;
use crate::ui::address::address;
use crate::ui::components::{Button, IconName, SectionHeader, Variant};
use crate::wire::DecisionDetail;

/// The key of the query string that says that somebody tries.
const TRY: &str = "try";

/// The form with what is decided beneath.
#[component]
pub(super) fn TryIt(
    /// The decision.
    detail: DecisionDetail,
    /// The page of the decision.
    path: String,
    /// What was typed, and what came of it.
    trying: Trying,
) -> impl IntoView {
    let query = use_query_map();
    let asked = fields(&detail.decision.inputs);
    let labels = paths(&asked);
    let names: Vec<String> = labels.iter().map(|(path, _)| path.clone()).collect();
    let remember = remember(path.clone(), names.clone(), trying);
    let names = StoredValue::new(names);
    let read = move |event: &leptos::ev::Event| {
        let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let form = target.and_then(|it| it.closest("form").ok().flatten())?;
        let form = form.dyn_into::<web_sys::HtmlFormElement>().ok()?;
        Some(names.with_value(|names| answers_in(&form, names)))
    };
    let typed = {
        let remember = remember.clone();
        move |event: leptos::ev::Event| {
            trying.prepare();
            if let Some(answers) = read(&event) {
                trying.decide(answers, remember.clone());
            }
        }
    };
    let sent = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        remember();
    };
    on_cleanup(move || trying.forget_timer());
    let answers = trying.answers().get_untracked();
    let clear = query.with_untracked(|query| cleared(&path, query, names));
    let version = detail.shown.to_string();
    let has_inputs = !labels.is_empty();
    view! {
        <section class="trial" aria-labelledby="try">
            <SectionHeader title="Try it" id="try"/>
            {has_inputs
                .then(|| {
                    view! {
                        <form
                            class="trial-form"
                            method="get"
                            action=path
                            on:focusin=move |_| trying.prepare()
                            on:input=typed
                            on:submit=sent
                        >
                            <input type="hidden" name="version" value=version/>
                            <input type="hidden" name=TRY value="1"/>
                            <div class="trial-fields">{view_fields(asked, &answers)}</div>
                            <div class="trial-actions">
                                <Button variant=Variant::Primary icon=IconName::Play>"Try it"</Button>
                                <a class="button button-quiet" href=clear rel="external">"Clear"</a>
                            </div>
                        </form>
                    }
                })}
            <Outcome detail labels trying/>
        </section>
    }
}

/// Brings the address up to date with what was typed, without a new entry in the history.
fn remember(path: String, names: Vec<String>, trying: Trying) -> impl Fn() + Clone + 'static {
    let query = use_query_map();
    let navigate = use_navigate();
    move || {
        trying.forget_timer();
        let Some(answers) = trying.answers().try_get_untracked() else { return };
        let target = query.with_untracked(|query| {
            let named: Vec<_> =
                names.iter().map(|path| (name_of(path), answers.get(path))).collect();
            let mut changes: Vec<_> = named
                .iter()
                .map(|(name, answer)| (name.as_str(), answer.map(String::as_str)))
                .collect();
            changes.push((TRY, (!answers.is_empty()).then_some("1")));
            address(&path, query, &changes)
        });
        let replace = NavigateOptions {
            resolve: true,
            replace: true,
            scroll: false,
            state: State::new(None),
        };
        navigate(&target, replace);
    }
}

/// The address without any answer.
fn cleared(
    path: &str,
    query: &leptos_router::params::ParamsMap,
    names: StoredValue<Vec<String>>,
) -> String {
    let fields = names.with_value(|names| names.iter().map(|path| name_of(path)).collect());
    let fields: Vec<String> = fields;
    let changes = fields.iter().map(|name| (name.as_str(), None)).chain([(TRY, None)]);
    address(path, query, &changes.collect::<Vec<_>>())
}

/// Labels of the inputs that have no answer yet.
pub(super) fn not_given(labels: &[(String, String)], answers: &Answers) -> Vec<String> {
    let open = labels.iter().filter(|(path, _)| !answers.contains_key(path));
    open.map(|(_, label)| label.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::not_given;

    #[test]
    fn what_is_not_answered_yet_is_named() {
        let labels =
            [("score", "Score"), ("term", "Term")].map(|(path, label)| (path.into(), label.into()));
        let answers = [("score".to_owned(), "612".to_owned())].into();
        assert_eq!(not_given(&labels, &answers), ["Term"]);
    }
}
