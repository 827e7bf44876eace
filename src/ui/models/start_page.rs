//! Page `/processes/:id/start?check=1`: fills in the start form and begins an instance.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::calls::{StartProcess, start_form};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm, send_quietly};
use crate::ui::components::{
    Button, Crumb, ErrorNotice, FormActions, FormFields, IconName, Kept, PageHeader, SkeletonForm,
    SkeletonRows, Variant,
};
use crate::ui::filling::{DraftNote, Filling, FillingArea, Refusal};
use crate::ui::response::set_status;
use crate::ui::words::inside_sentence;
use crate::wire::StartForm;

/// The page that starts an instance.
#[component]
pub fn StartPage() -> impl IntoView {
    let params = use_params_map();
    let process = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let form = asked(move || process.get(), start_form);
    view! {
        <Transition fallback=|| {
            view! {
                <SkeletonRows rows=1/>
                <SkeletonForm/>
            }
        }>
            {answered(
                move || form,
                move |answer| match answer {
                    Ok(form) => {
                        let key = form.process.to_string();
                        Kept::new(key, move || view! { <Start form=form.clone()/> }.into_any())
                            .alone()
                    }
                    Err(error) => {
                        set_status(error.status());
                        view! { <ErrorNotice error page=true/> }.into_any()
                    }
                },
            )}
        </Transition>
    }
}

#[component]
fn Start(form: StartForm) -> impl IntoView {
    let StartForm { process, name, form, answers, draft_saved_at, now } = form;
    let query = use_query_map();
    let checked = query.with_untracked(|query| query.get_str("check") == Some("1"));
    let submit = Call::<StartProcess>::new();
    let refused = move || submit.value().get().and_then(Result::err);
    let filling = Filling::new(form.clone(), &answers, refused, checked);
    let pending = submit.pending();
    let has_form = form.is_some();
    let fields = match form.clone() {
        Some(form) => view! { <FormFields form answers problems=filling.problems()/> }.into_any(),
        None => view! {
            <p class="quiet">"Nothing needs to be filled in: it begins as soon as you start it."</p>
        }
        .into_any(),
    };
    let noun = inside_sentence(&name);
    view! {
        <PageHeader
            title=format!("Start {noun}")
            crumbs=vec![
                Crumb::new("Processes", "/processes"),
                Crumb::new(name, format!("/processes/{process}")),
            ]
        />
        <div class="start">
            <FillingArea filling keep>
                <CallForm call=submit>
                    <input type="hidden" name="process" value=process.to_string()/>
                    <Refusal filling/>
                    {fields}
                    <FormActions form otherwise=format!("Start {noun}") busy=pending>
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
                        <DraftNote filling saved_at=draft_saved_at now/>
                    </FormActions>
                </CallForm>
            </FillingArea>
        </div>
    }
}

/// Keeps the draft without a word, unless it fails.
fn keep(data: web_sys::FormData, filling: Filling) {
    filling.rested();
    spawn_local(async move {
        filling.kept(send_quietly::<StartProcess>(&data, ("save", "1")).await);
    });
}
