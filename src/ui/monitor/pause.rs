//! Letting things stand still and go on again: the dialogs that ask first, and the note that says who
//! did it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;
use spartito_core::time::Timestamp;

use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, Callout, Dialog, DialogButton, DialogClose, IconName, Moment, TextAreaField, Tone,
    Variant,
};
use crate::wire::{CallError, PauseNote};

/// What a dialog says.
#[derive(Debug, Clone)]
pub struct PauseWords {
    /// On the button that opens it.
    pub open: String,
    /// Its heading.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// On the button that does it.
    pub confirm: String,
    /// On the button that does not.
    pub keep: &'static str,
}

/// Asks why, and lets an instance, or all of a process, stand still.
#[component]
pub fn PauseDialog<S>(
    /// Does it.
    call: Call<S>,
    /// Name and value of the field that says what is meant.
    of: (&'static str, String),
    /// What it says.
    words: PauseWords,
) -> impl IntoView
where
    S: ServerFn<Error = CallError> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let problem = Signal::derive(move || {
        let Some(Err(CallError::Invalid { fields, .. })) = call.value().get() else { return None };
        fields.into_iter().find(|field| field.field == "reason").map(|field| field.message)
    });
    let pending = call.pending();
    let (name, value) = of;
    view! {
        <DialogButton dialog="pause" icon=IconName::Paused>{words.open}</DialogButton>
        <Dialog id="pause" title=words.title>
            <CallForm call>
                <p>{words.text}</p>
                <input type="hidden" name=name value=value/>
                // The dialog that cancels has a field for a reason of its own.
                <TextAreaField
                    name="reason"
                    id="pause-reason"
                    label="Reason"
                    hint="Everybody who looks at it will read it"
                    error=problem
                    rows=3
                    optional=true
                />
                <div class="dialog-actions">
                    <DialogClose dialog="pause">{words.keep}</DialogClose>
                    <Button variant=Variant::Primary icon=IconName::Paused busy=pending>
                        {words.confirm}
                    </Button>
                </div>
            </CallForm>
        </Dialog>
    }
}

/// Asks, and lets an instance, or all of a process, go on again.
#[component]
pub fn ResumeDialog<S>(
    /// Does it.
    call: Call<S>,
    /// Name and value of the field that says what is meant.
    of: (&'static str, String),
    /// What it says.
    words: PauseWords,
    /// How much the button that opens it asks for attention.
    #[prop(optional)]
    variant: Variant,
) -> impl IntoView
where
    S: ServerFn<Error = CallError> + 'static,
    S::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let pending = call.pending();
    let (name, value) = of;
    view! {
        <DialogButton dialog="resume" variant icon=IconName::Play>{words.open}</DialogButton>
        <Dialog id="resume" title=words.title>
            <CallForm call>
                <p>{words.text}</p>
                <input type="hidden" name=name value=value/>
                <div class="dialog-actions">
                    <DialogClose dialog="resume">{words.keep}</DialogClose>
                    <Button variant=Variant::Primary icon=IconName::Play busy=pending>
                        {words.confirm}
                    </Button>
                </div>
            </CallForm>
        </Dialog>
    }
}

/// Who lets something stand still, since when and why.
#[component]
pub fn PausedNote(
    /// Who and why.
    note: PauseNote,
    /// What that means, after it.
    #[prop(into)]
    means: String,
    /// The server's time when it was read.
    now: Timestamp,
) -> impl IntoView {
    let by = note.by.map(|by| format!(" by {by}"));
    let since = note.since.map(|at| view! { " " <Moment at now/> });
    let reason = (!note.reason.is_empty()).then(|| format!(": “{}”", note.reason));
    view! {
        <Callout tone=Tone::Paused>
            <p class="callout-title">"Paused" {by} {since} {reason}</p>
            <p>{means}</p>
        </Callout>
    }
}
