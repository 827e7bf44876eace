//! Page `/deploy`: sends models and forms, checks them, and says what is wrong at its place.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use wasm_bindgen::JsCast as _;

use super::calls::{Deploy, deploy, remembered_outcome};
use super::findings::Findings;
use crate::ui::address::value;
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    Button, ButtonLink, Callout, Crumb, ErrorNotice, Icon, IconName, PageHeader, SectionHeader,
    SkeletonForm, Tone, Variant,
};
use crate::ui::response::set_status;
use crate::wire::{CallError, DeployOutcome, DeployedDecisions, DeployedProcess};

/// Name of the button pressed, in the form.
const INTENT: &str = "intent";

/// Present in forms that were sent without scripts.
const PLAIN: &str = "plain";

/// The page that deploys.
#[component]
pub fn DeployPage() -> impl IntoView {
    let query = use_query_map();
    let send = Sending { pending: RwSignal::new(false), answer: RwSignal::new(None) };
    let remembered =
        asked(move || query.with(|query| value(query, "outcome").is_some()), remembered_outcome);
    view! {
        <Transition fallback=|| view! { <SkeletonForm fields=1/> }>
            {answered(
                move || remembered,
                move |answer| match answer {
                    Ok(outcome) => {
                        view! {
                            <PageHeader
                                title="Deploy"
                                crumbs=vec![Crumb::new("Processes", "/processes")]
                                sentence=|| {
                                    "Processes as BPMN 2.0 and decisions as DMN files, together with their forms. All files \
                                     are deployed, or none."
                                }
                            />
                            <Upload send/>
                            <Answer send outcome/>
                        }
                            .into_any()
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

/// What the upload has come to: that of this page, else the one remembered for it.
#[component]
fn Answer(send: Sending, outcome: Option<DeployOutcome>) -> impl IntoView {
    view! {
        <div aria-live="polite">
            {move || match send.answer.get() {
                Some(Ok(outcome)) => view! { <Outcome outcome/> }.into_any(),
                Some(Err(error)) => view! { <ErrorNotice error/> }.into_any(),
                None => outcome.clone().map(|outcome| view! { <Outcome outcome/> }).into_any(),
            }}
        </div>
    }
}

/// Files on their way, and the answer; an action would keep the files, which belong to one thread.
#[derive(Clone, Copy)]
struct Sending {
    pending: RwSignal<bool>,
    answer: RwSignal<Option<Result<DeployOutcome, CallError>>>,
}

impl Sending {
    fn begin(self, data: web_sys::FormData) {
        self.pending.set(true);
        spawn_local(async move {
            let answer = deploy(data.into()).await;
            self.answer.try_set(Some(answer));
            self.pending.try_set(false);
        });
    }
}

#[component]
fn Upload(send: Sending) -> impl IntoView {
    let chosen = RwSignal::new(Vec::<String>::new());
    let pending = send.pending;
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        if let Ok(data) = leptos::form::form_data_from_event(&event) {
            event.prevent_default();
            data.delete(PLAIN);
            send.begin(data);
        }
    };
    let on_choice = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let names = input
            .files()
            .map(|files| {
                (0..files.length())
                    .filter_map(|index| files.get(index))
                    .map(|file| file.unchecked_into::<web_sys::File>().name())
                    .collect()
            })
            .unwrap_or_default();
        chosen.set(names);
    };
    view! {
        <form
            class="upload"
            method="post"
            action=Deploy::url()
            enctype="multipart/form-data"
            on:submit=on_submit
        >
            <input type="hidden" name=PLAIN value="1"/>
            <div class="drop">
                <Icon name=IconName::Upload size=24/>
                <label for="files" class="drop-words">
                    <strong>"Choose files or drop them here"</strong>
                    <span class="quiet">".bpmn, .dmn and .form, up to 50 at once"</span>
                </label>
                <input
                    id="files"
                    name="files"
                    type="file"
                    multiple=true
                    required=true
                    accept=".bpmn,.xml,.dmn,.form,.json"
                    on:change=on_choice
                />
                <ul class="drop-files" role="list">
                    {move || {
                        chosen
                            .get()
                            .into_iter()
                            .map(|name| view! { <li><Icon name=IconName::File size=14/>{name}</li> })
                            .collect_view()
                    }}
                </ul>
            </div>
            <div class="form-actions">
                <Button variant=Variant::Primary icon=IconName::Upload name=INTENT value="deploy" busy=pending>
                    "Deploy"
                </Button>
                <Button name=INTENT value="check" busy=pending>"Check only"</Button>
            </div>
        </form>
    }
}

/// What came of it.
#[component]
fn Outcome(outcome: DeployOutcome) -> impl IntoView {
    let DeployOutcome { deployed, processes, forms, decisions, files } = outcome;
    let troubled = files.iter().any(|file| {
        file.findings
            .iter()
            .any(|finding| finding.severity == spartito_core::bpmn::diagnostic::Severity::Error)
    });
    let head = match (deployed, troubled) {
        (true, _) => view! { <Deployed processes decisions forms/> }.into_any(),
        (false, true) => view! {
            <Callout tone=Tone::Incident alert=true>
                <strong>"Nothing was deployed."</strong>
                " Correct what is marked as an error and send the files again. What runs now is \
                 not touched."
            </Callout>
        }
        .into_any(),
        (false, false) => view! {
            <Callout tone=Tone::Done>
                <strong>"These files can be deployed."</strong>
                " Nothing was changed yet."
            </Callout>
        }
        .into_any(),
    };
    view! {
        <section class="outcome" aria-label="Outcome">
            {head}
            <Findings files/>
        </section>
    }
}

/// What there is now, with the next step of each.
#[component]
fn Deployed(
    processes: Vec<DeployedProcess>,
    decisions: Vec<DeployedDecisions>,
    forms: Vec<String>,
) -> impl IntoView {
    let rows = processes
        .into_iter()
        .map(|process| {
            let DeployedProcess { id, name, version, unchanged } = process;
            let words = if unchanged {
                format!("Version {version} stays: the file is the same as before.")
            } else {
                format!("Version {version} is live. What runs already stays on its version.")
            };
            view! {
                <li class="deployed">
                    <div>
                        <strong>{name}</strong>
                        <p class="quiet">{words}</p>
                    </div>
                    <ButtonLink href=format!("/processes/{id}") small=true>"Look at it"</ButtonLink>
                    <ButtonLink href=format!("/processes/{id}/start") icon=IconName::Play small=true>
                        "Start"
                    </ButtonLink>
                </li>
            }
        })
        .collect_view();
    let decisions = decisions
        .into_iter()
        .map(|DeployedDecisions { name, first, version, unchanged }| {
            let words = if unchanged {
                format!("Version {version} stays: the file is the same as before.")
            } else {
                format!("Version {version} decides from the next instance on.")
            };
            let link = first.map(|id| {
                view! {
                    <ButtonLink href=format!("/decisions/{id}") small=true>"Look at it"</ButtonLink>
                }
            });
            view! {
                <li class="deployed">
                    <div>
                        <strong>{name}</strong>
                        <p class="quiet">{words}</p>
                    </div>
                    {link}
                </li>
            }
        })
        .collect_view();
    let forms = (!forms.is_empty()).then(|| format!("Forms: {}", forms.join(", ")));
    view! {
        <Callout tone=Tone::Done><strong>"Deployed."</strong></Callout>
        <SectionHeader title="What there is now"/>
        <ul class="deployed-list" role="list">{rows}{decisions}</ul>
        <p class="quiet">{forms}</p>
    }
}
