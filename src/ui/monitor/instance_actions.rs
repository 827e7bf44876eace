//! What can be done with an instance as a whole: pausing, resuming and canceling it.

use leptos::prelude::*;
use spartito_core::ids::InstanceId;

use super::calls::{CancelInstance, PauseInstance, ResumeInstance};
use super::pause::{PauseDialog, PauseWords, ResumeDialog};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, Dialog, DialogButton, DialogClose, IconName, TextAreaField, Variant,
};
use crate::wire::{CallError, InstanceRights};

/// What can be done with the instance as a whole.
#[derive(Clone, Copy)]
pub(super) struct Doing {
    cancel: Call<CancelInstance>,
    pause: Call<PauseInstance>,
    resume: Call<ResumeInstance>,
}

impl Doing {
    /// Nothing is done yet.
    pub(super) fn new() -> Self {
        Self { cancel: Call::new(), pause: Call::new(), resume: Call::new() }
    }

    /// Changes each time something has been done.
    pub(super) fn version(self) -> usize {
        self.cancel.version().get() + self.pause.version().get() + self.resume.version().get()
    }

    /// What the last refused action said.
    pub(super) fn refusal(self) -> Option<CallError> {
        let canceled = self.cancel.value().get().and_then(Result::err);
        let paused = || self.pause.value().get().and_then(Result::err);
        canceled.or_else(paused).or_else(|| self.resume.value().get().and_then(Result::err))
    }
}

/// The buttons for it.
#[component]
pub(super) fn Actions(
    /// The instance.
    id: InstanceId,
    /// What the caller may do.
    rights: InstanceRights,
    /// Does it.
    doing: Doing,
) -> impl IntoView {
    let of = ("key", id.to_string());
    let pause = PauseWords {
        open: "Pause…".to_owned(),
        title: "Pause this instance?".to_owned(),
        text: "It stands still until somebody resumes it: no task can be done, no call is made and no \
               timer fires. A call that is under way now is made once more \
               when it goes on."
            .to_owned(),
        confirm: "Pause the instance".to_owned(),
        keep: "Keep it running",
    };
    let resume = PauseWords {
        open: "Resume…".to_owned(),
        title: "Resume this instance?".to_owned(),
        text: "It goes on where it stands. What fell due meanwhile happens at once.".to_owned(),
        confirm: "Resume the instance".to_owned(),
        keep: "Keep it paused",
    };
    let resume_of = of.clone();
    view! {
        {rights
            .resume
            .then(|| {
                view! {
                    <ResumeDialog
                        call=doing.resume
                        of=resume_of
                        words=resume
                        variant=Variant::Primary
                    />
                }
            })}
        {rights.pause.then(|| view! { <PauseDialog call=doing.pause of words=pause/> })}
        {rights.cancel.then(|| view! { <CancelDialog id cancel=doing.cancel/> })}
    }
}

/// Asks why, and ends the instance.
#[component]
fn CancelDialog(id: InstanceId, cancel: Call<CancelInstance>) -> impl IntoView {
    let problem = Signal::derive(move || {
        let Some(Err(CallError::Invalid { fields, .. })) = cancel.value().get() else {
            return None;
        };
        fields.into_iter().find(|field| field.field == "reason").map(|field| field.message)
    });
    let pending = cancel.pending();
    view! {
        <DialogButton dialog="cancel" icon=IconName::Ended>"Cancel…"</DialogButton>
        <Dialog id="cancel" title="Cancel this instance?">
            <CallForm call=cancel>
                <p>
                    "Open tasks are withdrawn and nothing more is done for it. What has happened so
                    far stays in the history. This cannot be undone."
                </p>
                <input type="hidden" name="key" value=id.to_string()/>
                <TextAreaField
                    name="reason"
                    label="Reason"
                    hint="Everybody who looks at this instance will read it"
                    error=problem
                    rows=3
                />
                <div class="dialog-actions">
                    <DialogClose dialog="cancel">"Keep it running"</DialogClose>
                    <Button variant=Variant::Danger busy=pending>"Cancel the instance"</Button>
                </div>
            </CallForm>
        </Dialog>
    }
}
