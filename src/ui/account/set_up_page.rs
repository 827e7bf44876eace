//! Page `/set-up/:token`: makes the administrator of a new house, once.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::Credentials;
use super::calls::{SET_UP_DONE_PATH, SetUp, set_up_open, what_set_up_made};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, ButtonLink, Callout, Choice, RadioField, SkeletonForm, TextField, TextKind, Tone,
    Variant,
};
use crate::ui::frame::Mark;
use crate::wire::{CallError, SetUpOutcome};

/// What the page finds when it opens.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
enum Found {
    /// A link that can be used.
    Open,
    /// A link that cannot be used.
    Closed,
    /// The set-up was just done, without scripts.
    Done(SetUpOutcome),
}

/// Looks what is behind the secret part of the address.
async fn look(token: String) -> Result<Found, CallError> {
    if SET_UP_DONE_PATH.ends_with(&format!("/{token}")) {
        return what_set_up_made().await.map(Found::Done);
    }
    Ok(if set_up_open(token).await? { Found::Open } else { Found::Closed })
}

/// The first page of a new house.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let token = StoredValue::new(token);
    let set_up = Call::<SetUp>::new();
    let found = asked(move || token.get_value(), look);
    let done = move || set_up.value().get().and_then(Result::ok);
    let first = move || {
        view! {
            <Transition fallback=|| view! { <SkeletonForm fields=5/> }>
                {answered(
                    move || found,
                    move |answer| match answer {
                        Ok(Found::Open) => {
                            view! { <SetUpForm token=token.get_value() set_up/> }.into_any()
                        }
                        Ok(Found::Closed) => view! { <Closed/> }.into_any(),
                        Ok(Found::Done(outcome)) => view! { <Outcome outcome/> }.into_any(),
                        Err(error) => view! { <Refused error/> }.into_any(),
                    },
                )}
            </Transition>
        }
    };
    view! {
        <Title text="Set up"/>
        <main class="page-alone page-alone-wide">
            <div class="alone-head"><Mark/></div>
            {move || match done() {
                Some(outcome) => view! { <Outcome outcome/> }.into_any(),
                None => first().into_any(),
            }}
        </main>
    }
}

/// The link was used, has expired or was never given.
#[component]
fn Closed() -> impl IntoView {
    crate::ui::response::set_status(404);
    view! {
        <h1>"This link cannot be used"</h1>
        <p>
            "A set-up link works once and for 30 minutes. As long as there is no administrator, each \
             start of the server prints a new one."
        </p>
        <p><ButtonLink href="/sign-in">"Go to sign-in"</ButtonLink></p>
    }
}

#[component]
fn Refused(error: CallError) -> impl IntoView {
    view! { <Callout tone=Tone::Incident alert=true>{error.to_string()}</Callout> }
}

#[component]
fn SetUpForm(token: String, set_up: Call<SetUp>) -> impl IntoView {
    let refusal = Memo::new(move |_| set_up.value().get().and_then(Result::err));
    let problem = move |field: &'static str| {
        Signal::derive(move || {
            refusal.with(|error| match error {
                Some(CallError::Invalid { fields, .. }) => fields
                    .iter()
                    .find(|problem| problem.field == field)
                    .map(|problem| problem.message.clone()),
                _ => None,
            })
        })
    };
    let other = move || match refusal.get() {
        Some(CallError::Invalid { fields, .. }) if !fields.is_empty() => None,
        other => other.map(|error| error.to_string()),
    };
    let choices = vec![
        Choice::new("example", "With the loan example").with_hint(
            "A loan application from start to payout, its forms, and three people who work on it.",
        ),
        Choice::new("empty", "Empty").with_hint("Nothing but you. Deploy your own processes."),
    ];
    view! {
        <h1>"Set up Spartito"</h1>
        <p class="lead">"Create the administrator and choose how to begin."</p>
        {move || {
            other().map(|text| view! { <Callout tone=Tone::Incident alert=true>{text}</Callout> })
        }}
        <CallForm call=set_up attr:class="form">
            <input type="hidden" name="token" value=token/>
            <TextField
                name="name"
                label="Your name"
                hint="As others will see it"
                autocomplete="name"
                error=problem("name")
                autofocus=true
            />
            <TextField
                name="person"
                label="Sign-in name"
                hint="2 to 64 of a–z, 0–9, “.”, “-” and “_”"
                autocomplete="username"
                error=problem("person")
            />
            <TextField
                name="password"
                label="Password"
                hint="At least 12 characters"
                kind=TextKind::Password
                autocomplete="new-password"
                error=problem("password")
            />
            <RadioField name="choice" label="How to begin" value="example" choices/>
            <Button variant=Variant::Primary busy=set_up.pending()>"Create administrator"</Button>
        </CallForm>
    }
}

/// The passwords of the example's people, shown this once.
#[component]
fn Outcome(outcome: SetUpOutcome) -> impl IntoView {
    let SetUpOutcome { administrator, people } = outcome;
    let rest = if people.is_empty() {
        view! {
            <p class="lead">
                "You are signed in as " <strong>{administrator.to_string()}</strong>
                ". Deploy your first process to begin."
            </p>
            <a class="button button-primary" href="/deploy" rel="external">"Deploy a process"</a>
        }
        .into_any()
    } else {
        view! {
            <p class="lead">
                "You are signed in as " <strong>{administrator.to_string()}</strong>
                ". These people work on the loan example. "
                <strong>"Their passwords are shown only now"</strong>
                ": keep them, or give out new ones later under People."
            </p>
            <Credentials people/>
            <a class="button button-primary" href="/tasks" rel="external">"Go to my work"</a>
        }
        .into_any()
    };
    view! {
        <h1>"Spartito is ready"</h1>
        {rest}
    }
}
