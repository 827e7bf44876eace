//! Calls that forms make: the fields go to the server as they stand, with or without scripts.
//!
//! What is sent is text and what comes back is bytes, so that the code between a form and its
//! answer exists once, not for each call. Never reads what a form holds.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use js_sys::Array;
use leptos::form::form_data_from_event;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::error::{IntoAppError, ServerFnUrlError};
use leptos::server_fn::redirect::call_redirect_hook;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::response::ClientRes;
use leptos::server_fn::{ContentType, Decodes, ServerFn};
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde::de::DeserializeOwned;
use web_sys::{FormData, SubmitEvent, UrlSearchParams};

use super::frame::SetTheme;
use crate::wire::{CallError, Json};

/// How forms are sent.
const FORM: &str = "application/x-www-form-urlencoded";

/// What sends calls; it is the same for all of them.
type Sender = <SetTheme as ServerFn>::Client;

/// What it sends.
type Request = <Sender as Client<CallError>>::Request;

/// A call that a form makes: whether it goes on, and what came of it.
pub struct Call<S: ServerFn> {
    pending: RwSignal<bool>,
    version: RwSignal<usize>,
    value: RwSignal<Option<Result<S::Output, CallError>>>,
    of: PhantomData<fn(S)>,
}

impl<S: ServerFn> Clone for Call<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ServerFn> Copy for Call<S> {}

impl<S> Call<S>
where
    S: ServerFn<Error = CallError> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    /// A call that has not been made; or, where it was made without scripts, what was refused.
    pub fn new() -> Self {
        let refused = use_context::<ServerActionError>()
            .filter(|error| error.path() == S::PATH)
            .map(|error| Err(ServerFnUrlError::<CallError>::decode_err(error.err())));
        Self {
            pending: RwSignal::new(false),
            version: RwSignal::new(0),
            value: RwSignal::new(refused),
            of: PhantomData,
        }
    }

    /// Whether it goes on.
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Changes each time it has been answered.
    pub fn version(self) -> RwSignal<usize> {
        self.version
    }

    /// What was answered last.
    pub fn value(self) -> RwSignal<Option<Result<S::Output, CallError>>> {
        self.value
    }

    /// Makes the call.
    fn send(self, form: String) {
        let Self { pending, version, value, .. } = self;
        pending.set(true);
        spawn_local(async move {
            let answer = post(S::PATH, form).await.and_then(read);
            // What shows that it goes on is told first: the answer may take it off the page.
            pending.try_set(false);
            version.try_update(|version| *version += 1);
            value.try_set(Some(answer));
        });
    }
}

/// A form that makes a call.
#[component]
pub fn CallForm<S>(
    /// The call.
    call: Call<S>,
    /// The fields and buttons.
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = CallError> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    form(S::PATH, Arc::new(move |form| call.send(form)), children)
}

fn form(
    path: &'static str,
    send: Arc<dyn Fn(String) + Send + Sync>,
    children: Children,
) -> AnyView {
    let submit = move |event: SubmitEvent| {
        if let Some(form) = taken_over(&event) {
            send(form);
        }
    };
    view! {
        <form method="post" action=path on:submit=submit>
            {children()}
        </form>
    }
    .into_any()
}

/// A form that asks for a page: its fields become the query string.
#[component]
pub fn QueryForm(
    /// The page.
    #[prop(into)]
    action: Signal<String>,
    /// The fields and buttons.
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        if let Some(form) = taken_over(&event) {
            navigate(&format!("{}?{form}", action.get_untracked()), NavigateOptions::default());
        }
    };
    view! {
        <form method="get" action=move || action.get() on:submit=submit>
            {children()}
        </form>
    }
}

/// The fields of a form that is about to be sent, which the browser then does not send itself.
fn taken_over(event: &SubmitEvent) -> Option<String> {
    if event.default_prevented() {
        return None;
    }
    let form = fields(&form_data_from_event(event).ok()?);
    event.prevent_default();
    Some(form)
}

/// The fields of a form that is being sent, by their names.
pub fn fields_of(event: &SubmitEvent) -> Vec<(String, String)> {
    let Ok(form) = form_data_from_event(event) else { return Vec::new() };
    let text = |field: &Array, at| field.get(at).as_string();
    Array::from(&form)
        .iter()
        .map(|field| Array::from(&field))
        .filter_map(|field| Some((text(&field, 0)?, text(&field, 1)?)))
        .collect()
}

/// The fields of a form as a browser sends them.
fn fields(form: &FormData) -> String {
    UrlSearchParams::new_with_str_sequence_sequence(form)
        .map(|fields| String::from(fields.to_string()))
        .unwrap_or_default()
}

/// Makes a call with the fields of a form and one more, without a word; gives whether it was done.
pub async fn send_quietly<S: ServerFn>(form: &FormData, more: (&str, &str)) -> bool {
    let form = form.append_with_str(more.0, more.1).map(|()| fields(form));
    match form {
        Ok(form) => post(S::PATH, form).await.is_ok(),
        Err(_) => false,
    }
}

/// Sends a form.
async fn post(path: &str, form: String) -> Result<Bytes, CallError> {
    let accepted = <Json as ContentType>::CONTENT_TYPE;
    let request = <Request as ClientReq<CallError>>::try_new_post(path, FORM, accepted, form)?;
    let response = <Sender as Client<CallError>>::send(request).await?;
    let status = ClientRes::<CallError>::status(&response);
    let leads_on = ClientRes::<CallError>::has_redirect(&response);
    let onward = ClientRes::<CallError>::location(&response);
    let bytes = ClientRes::<CallError>::try_into_bytes(response).await?;
    if (400..=599).contains(&status) {
        return Err(CallError::de(bytes));
    }
    if leads_on {
        call_redirect_hook(&onward);
    }
    Ok(bytes)
}

/// Reads an answer.
fn read<T: DeserializeOwned>(bytes: Bytes) -> Result<T, CallError> {
    <Json as Decodes<T>>::decode(bytes)
        .map_err(|error| ServerFnErrorErr::Deserialization(error.to_string()).into_app_error())
}
