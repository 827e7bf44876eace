//! All open instances of a process stand still, or go on again: the buttons, and what is said of it.

use leptos::prelude::*;

use super::calls::{PauseProcess, ResumeProcess};
use crate::ui::call::Call;
use crate::ui::components::{Callout, Kept, Refusal, Tone, Variant};
use crate::ui::monitor::{PauseDialog, PauseWords, PausedNote, ResumeDialog};
use crate::ui::words::{counted, inside_sentence, plural};
use crate::wire::{ProcessDetail, ProcessPause};

/// The button; it stays as it is while the page changes around it, with what is typed in its dialog.
#[component]
pub fn PauseAll(
    /// The process.
    detail: ProcessDetail,
    /// Lets all stand still.
    pause: Call<PauseProcess>,
    /// Lets all go on.
    resume: Call<ResumeProcess>,
) -> impl IntoView {
    let is_paused = detail.pause.as_ref().is_some_and(|last| !last.resumes);
    if !detail.may_pause || (detail.process.active == 0 && !is_paused) {
        return ().into_any();
    }
    let many = plural(&inside_sentence(&detail.process.name));
    let process = detail.process.id.to_string();
    let key = format!("{process} {is_paused}");
    Kept::new(key, move || {
        let of = ("process", process.clone());
        if is_paused {
            let words = resume_words(&many);
            view! { <ResumeDialog call=resume of words variant=Variant::Primary/> }.into_any()
        } else {
            let words = pause_words(&many);
            view! { <PauseDialog call=pause of words/> }.into_any()
        }
    })
    .alone()
}

fn pause_words(many: &str) -> PauseWords {
    PauseWords {
        open: "Pause all…".to_owned(),
        title: format!("Pause all open {many}?"),
        text: format!(
            "They stand still until somebody resumes them: no task can be done, no call is made and no \
             timer fires. {} that are started from now on are not paused, nor are instances of other \
             processes that they have called.",
            sentence_case(many)
        ),
        confirm: "Pause all".to_owned(),
        keep: "Keep them running",
    }
}

fn resume_words(many: &str) -> PauseWords {
    PauseWords {
        open: "Resume all…".to_owned(),
        title: format!("Resume all {many}?"),
        text: "All that are paused go on where they stand, whoever has paused them. What fell due \
               meanwhile happens at once."
            .to_owned(),
        confirm: "Resume all".to_owned(),
        keep: "Keep them paused",
    }
}

fn sentence_case(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What was asked last, as long as it matters; and why something was refused.
#[component]
pub fn PausedAll(
    /// The process.
    detail: ProcessDetail,
    /// Lets all stand still.
    pause: Call<PauseProcess>,
    /// Lets all go on.
    resume: Call<ResumeProcess>,
) -> impl IntoView {
    let refused = move || {
        let paused = pause.value().get().and_then(Result::err);
        paused.or_else(|| resume.value().get().and_then(Result::err))
    };
    let noun = inside_sentence(&detail.process.name);
    let now = detail.now;
    let told = detail.pause.and_then(|last| {
        if !last.resumes {
            let means = how_far(&last, &noun);
            return Some(view! { <PausedNote note=last.note means now/> }.into_any());
        }
        let words = format!("They are being resumed: {} so far.", counted(last.changed, &noun));
        (!last.is_done).then(|| view! { <Callout tone=Tone::Running>{words}</Callout> }.into_any())
    });
    view! {
        <Refusal error=Signal::derive(refused)/>
        {told}
    }
}

/// How many stand still, and what is not paused.
fn how_far(last: &ProcessPause, noun: &str) -> String {
    let many = counted(last.changed, noun);
    match (last.is_done, last.changed) {
        (false, _) => format!("{many} paused so far; the others follow."),
        (true, 0) => format!("No {noun} was open. New ones go on as ever."),
        (true, 1) => format!("{many} was paused. New ones go on as ever."),
        (true, _) => format!("{many} were paused. New ones go on as ever."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PauseNote;

    #[test]
    fn it_is_said_how_many_stand_still() {
        let note = PauseNote::default();
        let last = |changed, is_done| ProcessPause {
            resumes: false,
            note: note.clone(),
            changed,
            is_done,
        };
        let told = |changed, is_done| how_far(&last(changed, is_done), "loan");
        assert_eq!(told(1_240, true), "1,240 loans were paused. New ones go on as ever.");
        assert_eq!(told(64, false), "64 loans paused so far; the others follow.");
        assert_eq!(told(0, true), "No loan was open. New ones go on as ever.");
    }
}
