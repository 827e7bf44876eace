//! How long finished instances of a process are kept, or of all, and the dialog that sets it.

use leptos::prelude::*;
use spartito_core::ids::ProcessId;
use spartito_core::time::Timestamp;

use super::calls::SetRetention;
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Button, Choice, Dialog, DialogButton, DialogClose, IconName, Kept, Moment, Refusal,
    SectionHeader, SelectField, TextField, TextKind, Variant,
};
use crate::ui::words::{counted, number};
use crate::wire::{CallError, RetentionView};

/// The section of the page.
#[component]
pub fn KeptFor(
    /// The process; `None` for all that have no rule of their own.
    process: Option<ProcessId>,
    /// What counts.
    retention: RetentionView,
    /// The server's time when it was read.
    now: Timestamp,
    /// Sets it.
    call: Call<SetRetention>,
    /// What is said besides.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let told = sentence(&retention);
    let set = retention.set_by.clone().zip(retention.set_at);
    let may_set = retention.may_set;
    let key = format!("{process:?} {} {:?}", retention.is_own, retention.days);
    let dialog = Kept::new(key, move || {
        let (process, retention) = (process.clone(), retention.clone());
        view! { <KeepDialog process retention call/> }.into_any()
    });
    let refused = move || match call.value().get() {
        Some(Err(error)) => Some(error),
        Some(Ok(())) | None => None,
    };
    view! {
        <section class="panel-section" aria-labelledby="kept">
            <SectionHeader title="Finished instances" id="kept"/>
            <Refusal error=Signal::derive(refused)/>
            <p>
                {told}
                {set
                    .map(|(by, at)| {
                        view! { <span class="quiet">{format!(" Set by {by} ")} <Moment at now/> "."</span> }
                    })}
            </p>
            {children.map(|children| children())}
            {may_set.then(|| dialog.alone())}
        </section>
    }
}

#[component]
fn KeepDialog(
    process: Option<ProcessId>,
    retention: RetentionView,
    call: Call<SetRetention>,
) -> impl IntoView {
    let problem = Signal::derive(move || {
        let Some(Err(CallError::Invalid { fields, .. })) = call.value().get() else { return None };
        fields.into_iter().find(|field| field.field == "days").map(|field| field.message)
    });
    let keep = match (retention.is_own, retention.days) {
        (false, _) if process.is_some() => "all",
        (false, _) | (true, None) => "ever",
        (true, Some(_)) => "days",
    };
    let days = retention.days.map(|days| days.to_string()).unwrap_or_default();
    let as_for_all = Choice::new("all", "As is set for all processes");
    let choices = process
        .is_some()
        .then_some(as_for_all)
        .into_iter()
        .chain([
            Choice::new("ever", "For ever"),
            Choice::new("days", "For some days after their end"),
        ])
        .collect::<Vec<_>>();
    let meant = if process.is_some() {
        ""
    } else {
        "It counts for all processes without a rule of their own. "
    };
    let process = process.map(|process| process.to_string()).unwrap_or_default();
    let pending = call.pending();
    view! {
        <DialogButton dialog="how-long" icon=IconName::Clock small=true>"Change how long"</DialogButton>
        <Dialog id="how-long" title="How long are finished instances kept?">
            <CallForm call>
                <p>
                    {meant}
                    "What has been kept for longer is removed within minutes, with its data and
                    history. It stays counted. This cannot be undone."
                </p>
                <input type="hidden" name="process" value=process/>
                <SelectField name="keep" label="Keep them" choices value=keep/>
                <TextField
                    name="days"
                    label="Days"
                    hint="Counts where they are kept for some days"
                    kind=TextKind::Number
                    value=days
                    error=problem
                    optional=true
                />
                <div class="dialog-actions">
                    <DialogClose dialog="how-long">"Leave it"</DialogClose>
                    <Button variant=Variant::Primary busy=pending>"Set"</Button>
                </div>
            </CallForm>
        </Dialog>
    }
}

/// What counts, in words.
fn sentence(retention: &RetentionView) -> String {
    let mut words = match retention.days {
        None => "They are kept for ever.".to_owned(),
        Some(days) => {
            format!("They are removed {} after their end.", counted(u64::from(days), "day"))
        }
    };
    if !retention.is_own && retention.set_by.is_some() {
        words.push_str(" So it is set for all processes.");
    }
    match retention.removed {
        0 => {}
        1 => words.push_str(" One has been removed so far; it stays counted."),
        n => {
            words.push_str(&format!(" {} have been removed so far; they stay counted.", number(n)));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_how_long_and_how_many_are_gone() {
        let none = RetentionView::default();
        assert_eq!(sentence(&none), "They are kept for ever.");
        let some = RetentionView {
            days: Some(30),
            set_by: Some("Ada".to_owned()),
            removed: 1_240,
            ..RetentionView::default()
        };
        assert_eq!(
            sentence(&some),
            "They are removed 30 days after their end. So it is set for all processes. 1,240 have \
             been removed so far; they stay counted."
        );
    }
}
