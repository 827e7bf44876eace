//! The form of a task: filled in, kept as a draft, and sent with one of its buttons.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use super::calls::SubmitTask;
use super::filter_of;
use super::row::FilterFields;
use crate::ui::call::{Call, CallForm, send_quietly};
use crate::ui::components::{Button, FormActions, FormFields, IconName, Variant};
use crate::ui::filling::{DraftNote, Filling, FillingArea, Refusal};
use crate::wire::TaskDetail;

/// The form, built once from what the server sent first.
#[component]
pub fn TaskForm(
    /// The task as it was when the page was opened.
    first: TaskDetail,
    /// The task as it is now.
    detail: RwSignal<TaskDetail>,
    /// Sends the form.
    submit: Call<SubmitTask>,
) -> impl IntoView {
    let query = use_query_map();
    let checked = query.with_untracked(|query| query.get_str("check") == Some("1"));
    let refused = move || submit.value().get().and_then(Result::err);
    let filling = Filling::new(first.form.clone(), &first.answers, refused, checked);
    let can = move || detail.with(|detail| detail.open && detail.rights.complete);
    let filter = query.with_untracked(filter_of);
    let several = first.form.as_ref().is_some_and(|form| form.actions().nth(1).is_some());
    let form = first.form.clone();
    let answers = first.answers;
    let (saved_at, now) = (first.draft_saved_at, first.now);
    let fields = match first.form {
        Some(form) => view! {
            <FormFields form answers problems=filling.problems()/>
        }
        .into_any(),
        None => view! { <p class="quiet">"There is nothing to fill in."</p> }.into_any(),
    };
    let pending = submit.pending();
    let has_form = form.is_some();
    view! {
        <FillingArea filling keep>
            <CallForm call=submit>
                <input type="hidden" name="key" value=first.task.key.to_string()/>
                <FilterFields filter/>
                {several.then(|| view! { <DraftByEnter/> })}
                <Refusal filling/>
                <fieldset class="filling-fields" disabled=move || !can()>
                    <legend class="visually-hidden">"Form"</legend>
                    {fields}
                </fieldset>
                {move || {
                    let form = form.clone();
                    can()
                        .then(|| {
                            view! {
                                <FormActions form otherwise="Complete" busy=pending>
                                    {has_form
                                        .then(|| {
                                            view! {
                                                <Button
                                                    variant=Variant::Quiet
                                                    icon=IconName::Save
                                                    name="save"
                                                    value="1"
                                                    busy=pending
                                                >
                                                    "Save draft"
                                                </Button>
                                            }
                                        })}
                                    <DraftNote filling saved_at now/>
                                </FormActions>
                            }
                        })
                }}
            </CallForm>
        </FillingArea>
    }
}

/// Enter presses the first button of a form: where there are several, it only keeps the draft.
#[component]
fn DraftByEnter() -> impl IntoView {
    view! {
        <button
            type="submit"
            name="save"
            value="1"
            class="visually-hidden"
            tabindex="-1"
            aria-hidden="true"
        >
            "Save draft"
        </button>
    }
}

/// Keeps the draft without a word, unless it fails.
fn keep(data: web_sys::FormData, filling: Filling) {
    filling.rested();
    spawn_local(async move {
        filling.kept(send_quietly::<SubmitTask>(&data, ("save", "1")).await);
    });
}
