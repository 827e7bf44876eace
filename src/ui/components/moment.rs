//! Times and durations in words.
//!
//! Never reads a clock while drawing: the present is an argument, so that server and browser say
//! the same. In the browser the words then go on with time.

use leptos::prelude::*;
use spartito_core::time::Timestamp;

use crate::ui::words;

/// Past this age a moment is told as a date.
const RELATIVE_MS_MAX: u64 = 30 * 24 * 3_600_000;

/// How often the browser says times anew, in milliseconds.
const TICK_MS: u64 = 15_000;

/// How a moment is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Telling {
    /// “3 h ago”, “in 2 h”.
    #[default]
    Ago,
    /// “3 h 10 min”: how long ago, for “since …” and “waiting for …”.
    Elapsed,
    /// “due in 2 h”, “overdue 1 d”.
    Due,
    /// “23 Nov 2026, 14:05 UTC”.
    Exact,
}

/// Milliseconds since the page was opened, as far as the words need it; 0 on the server.
#[derive(Clone, Copy)]
struct PageClock(RwSignal<i64>);

/// Lets the moments on the page go on with time; called once by the app.
pub(crate) fn provide_page_clock() {
    let elapsed = RwSignal::new(0);
    provide_context(PageClock(elapsed));
    Effect::new(move |_| {
        let opened = js_sys::Date::now();
        let handle = set_interval_with_handle(
            move || {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "milliseconds of a page's life"
                )]
                elapsed.set((js_sys::Date::now() - opened) as i64);
            },
            std::time::Duration::from_millis(TICK_MS),
        );
        if let Ok(handle) = handle {
            on_cleanup(move || handle.clear());
        }
    });
}

/// The present: `now` as the server said it, going on in the browser.
pub fn use_now(now: Timestamp) -> Signal<Timestamp> {
    let Some(PageClock(elapsed)) = use_context() else {
        return Signal::stored(now);
    };
    let read_at = elapsed.get_untracked();
    Signal::derive(move || now.plus_millis_saturating(elapsed.get() - read_at))
}

/// A moment in words, with the exact one on hover.
#[component]
pub fn Moment(
    /// The moment.
    at: Timestamp,
    /// The server's time when the page's data was read.
    now: Timestamp,
    /// How it is told.
    #[prop(optional)]
    telling: Telling,
) -> impl IntoView {
    let present = use_now(now);
    let late = move || telling == Telling::Due && at < present.get();
    let exact = at.to_string();
    view! {
        <time class="moment" class:moment-late=late datetime=exact.clone() title=exact>
            {move || moment_words(at, present.get(), telling)}
        </time>
    }
}

/// A length of time in words, such as “3 h 10 min”.
#[component]
pub fn DurationText(
    /// Its length in milliseconds; a dash where `None`.
    #[prop(into)]
    ms: Option<u64>,
) -> impl IntoView {
    let text = ms.map_or_else(|| "–".to_owned(), words::duration);
    view! { <span class="duration">{text}</span> }
}

/// A moment in words.
fn moment_words(at: Timestamp, now: Timestamp, telling: Telling) -> String {
    match telling {
        Telling::Exact => words::moment(at),
        Telling::Elapsed => words::duration(words::between(at, now)),
        Telling::Due => words::due(at, now),
        Telling::Ago if words::between(at, now) > RELATIVE_MS_MAX => words::day(at),
        Telling::Ago if at > now => {
            format!("in {}", words::duration_short(words::between(now, at)))
        }
        Telling::Ago => words::ago(at, now),
    }
}
