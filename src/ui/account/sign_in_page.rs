//! Page `/sign-in?next=`: a plain form that needs no scripts.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::calls::SignIn;
use crate::ui::call::Call;
use crate::ui::components::{Button, Callout, TextField, TextKind, Tone, Variant};
use crate::ui::frame::Mark;

/// The way in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let attempt = Call::<SignIn>::new();
    let refusal = attempt.value().get_untracked().and_then(Result::err);
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <Title text="Sign in"/>
        <main class="page-alone">
            <div class="alone-head"><Mark/></div>
            <h1>"Sign in"</h1>
            {refusal
                .map(|error| {
                    view! { <Callout tone=Tone::Incident alert=true>{error.to_string()}</Callout> }
                })}
            <form class="form" method="post" action=SignIn::url()>
                <input type="hidden" name="next" value=next/>
                <TextField name="name" label="Name" autocomplete="username" autofocus=true/>
                <TextField
                    name="password"
                    label="Password"
                    kind=TextKind::Password
                    autocomplete="current-password"
                />
                <Button variant=Variant::Primary>"Sign in"</Button>
            </form>
            <p class="quiet">
                "Forgotten your password? An administrator can give you a new one."
            </p>
        </main>
    }
}
