//! Page `/account`: who one is, one's password, the theme, the way out.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::calls::ChangePassword;
use super::sign_out_url;
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, Callout, FactRow, Facts, IconName, PageHeader, SectionHeader, TextField, TextKind,
    Tone, Variant,
};
use crate::ui::frame::ThemeChoice;
use crate::ui::session::{role_words, use_me};
use crate::wire::CallError;

/// The account of whoever is signed in.
#[component]
pub fn AccountPage() -> impl IntoView {
    let me = use_me();
    let groups = if me.groups.is_empty() {
        "None".to_owned()
    } else {
        me.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let facts = vec![
        FactRow::new("Sign-in name", me.person.to_string()),
        FactRow::new("Role", role_words(me.role)),
        FactRow::new("Groups", groups),
    ];
    view! {
        <PageHeader title="Account" sentence=move || me.name.clone()/>
        <div class="sections">
            <section class="section" aria-labelledby="you">
                <SectionHeader title="You" id="you"/>
                <Facts facts/>
            </section>
            <section class="section" aria-labelledby="theme">
                <SectionHeader title="Theme" id="theme"/>
                <ThemeChoice/>
            </section>
            <section class="section" aria-labelledby="password-heading">
                <SectionHeader title="Password" id="password-heading"/>
                <PasswordForm/>
            </section>
            <section class="section" aria-labelledby="leave">
                <SectionHeader title="Leave" id="leave"/>
                <form method="post" action=sign_out_url()>
                    <Button icon=IconName::SignOut>"Sign out"</Button>
                </form>
            </section>
        </div>
    }
}

/// What a refused call says about one field.
fn problem_of(error: Option<&CallError>, field: &str) -> Option<String> {
    match error {
        Some(CallError::Invalid { fields, .. }) => fields
            .iter()
            .find(|problem| problem.field == field)
            .map(|problem| problem.message.clone()),
        _ => None,
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let change = Call::<ChangePassword>::new();
    let query = use_query_map();
    let done = move || query.with(|query| query.get_str("done") == Some("password"));
    let refusal = Memo::new(move |_| change.value().get().and_then(Result::err));
    let problem = move |field: &'static str| {
        Signal::derive(move || refusal.with(|error| problem_of(error.as_ref(), field)))
    };
    // A refusal that names its fields stands beside them.
    let other = move || match refusal.get() {
        Some(CallError::Invalid { fields, .. }) if !fields.is_empty() => None,
        other => other.map(|error| error.to_string()),
    };
    view! {
        {move || {
            (done() && refusal.with(Option::is_none))
                .then(|| {
                    view! {
                        <Callout tone=Tone::Done alert=true>
                            "Your password is changed. You stay signed in here; everywhere else you \
                             are signed out."
                        </Callout>
                    }
                })
        }}
        {move || {
            other().map(|text| view! { <Callout tone=Tone::Incident alert=true>{text}</Callout> })
        }}
        <CallForm call=change attr:class="form form-narrow">
            <TextField
                name="present"
                label="Present password"
                kind=TextKind::Password
                autocomplete="current-password"
                error=problem("present")
            />
            <TextField
                name="new"
                label="New password"
                hint="At least 12 characters. A few words that do not belong together are good."
                kind=TextKind::Password
                autocomplete="new-password"
                error=problem("new")
            />
            <TextField
                name="repeated"
                label="New password, once more"
                kind=TextKind::Password
                autocomplete="new-password"
                error=problem("repeated")
            />
            <Button variant=Variant::Primary busy=change.pending()>"Change password"</Button>
        </CallForm>
    }
}
