//! Short messages that appear, are read aloud, and go.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconName, Kept, Tone, kept};

/// How long a message stays, in milliseconds: long enough to press “Undo”.
const TOAST_MS: u64 = 10_000;

/// Messages shown at once; the oldest goes first.
const TOASTS_MAX: usize = 3;

/// What a message offers to do.
#[derive(Clone)]
struct Offer {
    words: String,
    act: Callback<()>,
}

/// One message.
#[derive(Clone)]
struct Toast {
    number: u32,
    tone: Tone,
    text: String,
    offer: Option<Offer>,
}

/// Where messages are put; get it by [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    count: StoredValue<u32>,
}

impl Toasts {
    /// Shows a message.
    pub fn show(self, tone: Tone, text: impl Into<String>) {
        self.push(tone, text.into(), None);
    }

    /// Shows a message with something to do about it, such as “Undo”.
    pub fn show_with(
        self,
        tone: Tone,
        text: impl Into<String>,
        words: impl Into<String>,
        act: Callback<()>,
    ) {
        self.push(tone, text.into(), Some(Offer { words: words.into(), act }));
    }

    fn push(self, tone: Tone, text: String, offer: Option<Offer>) {
        let number = self.count.get_value() + 1;
        self.count.set_value(number);
        self.shown.update(|toasts| {
            toasts.push(Toast { number, tone, text, offer });
            let surplus = toasts.len().saturating_sub(TOASTS_MAX);
            toasts.drain(..surplus);
        });
        set_timeout(move || self.remove(number), Duration::from_millis(TOAST_MS));
    }

    fn remove(self, number: u32) {
        self.shown.try_update(|toasts| toasts.retain(|toast| toast.number != number));
    }
}

/// Lets all parts of the app show messages; called once by the app.
pub(crate) fn provide_toasts() {
    provide_context(Toasts { shown: RwSignal::new(Vec::new()), count: StoredValue::new(0) });
}

/// Where messages are put.
///
/// # Panics
/// Outside of the app.
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}

/// The place where messages appear; stands once in the app.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {kept(Signal::derive(move || toasts.shown.get().into_iter().map(card).collect()))}
        </div>
    }
}

/// The card of a message.
fn card(toast: Toast) -> Kept {
    Kept::new(toast.number.to_string(), move || {
        view! { <ToastCard toast=toast.clone()/> }.into_any()
    })
}

#[component]
fn ToastCard(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let Toast { number, tone, text, offer } = toast;
    let icon = match tone {
        Tone::Done => IconName::Done,
        Tone::Incident => IconName::Incident,
        Tone::Waiting => IconName::Alert,
        Tone::Neutral | Tone::Running | Tone::Paused => IconName::Info,
    };
    view! {
        <div class=format!("toast {}", tone.class())>
            <Icon name=icon/>
            <p>{text}</p>
            {offer
                .map(|Offer { words, act }| {
                    view! {
                        <button
                            class="button button-small"
                            type="button"
                            on:click=move |_| {
                                toasts.remove(number);
                                act.run(());
                            }
                        >
                            {words}
                        </button>
                    }
                })}
            <button
                class="icon-button"
                type="button"
                aria-label="Dismiss"
                on:click=move |_| toasts.remove(number)
            >
                <Icon name=IconName::Close/>
            </button>
        </div>
    }
}
