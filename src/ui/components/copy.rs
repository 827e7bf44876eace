//! Copying a piece of text.

use leptos::prelude::*;

use super::{Icon, IconName};

/// A button that copies a text, and says that it has.
#[component]
pub fn CopyButton(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is, such as “Copy the password of Anna”.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // The browser asks the person where it must; a refusal leaves the text to be selected.
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
        set_timeout(
            move || {
                copied.try_set(false);
            },
            std::time::Duration::from_secs(3),
        );
    };
    let words = move || if copied.get() { "Copied" } else { "Copy" };
    view! {
        <button class="button button-small button-quiet copy" type="button" aria-label=label on:click=copy>
            <Icon name=IconName::Copy size=14/>
            <span class="button-words" aria-live="polite">{words}</span>
        </button>
    }
}
