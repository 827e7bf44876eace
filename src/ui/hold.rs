//! Holds a list still while somebody reads it: new rows wait behind a “3 new” button.
//!
//! A list is being read while the pointer or the focus is in it, or while it is scrolled. Rows that
//! are gone meanwhile stay in their place, marked. Nothing is ever held on the server.

use leptos::prelude::*;

use super::words::number;

/// A row that can be told from others.
pub trait Row: Clone + Send + Sync + 'static {
    /// What tells it from others.
    fn key(&self) -> String;
}

/// A row and whether it still belongs into the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<R> {
    /// The row.
    pub row: R,
    /// Whether it has left the list while the list was being read.
    pub gone: bool,
}

/// The state of one list.
pub struct Hold<R: Row> {
    shown: StoredValue<Option<(String, Vec<Held<R>>)>>,
    pointed: RwSignal<bool>,
    focused: RwSignal<bool>,
    scrolled: RwSignal<bool>,
    news: RwSignal<u64>,
    released: RwSignal<u64>,
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derived one asks rows to be Copy")]
impl<R: Row> Clone for Hold<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Row> Copy for Hold<R> {}

/// How far a list is scrolled before it counts as being read, in pixels.
const SCROLLED_PX: i32 = 24;

impl<R: Row> Hold<R> {
    /// A list that shows nothing yet.
    pub fn new() -> Self {
        Self {
            shown: StoredValue::new(None),
            pointed: RwSignal::new(false),
            focused: RwSignal::new(false),
            scrolled: RwSignal::new(false),
            news: RwSignal::new(0),
            released: RwSignal::new(0),
        }
    }

    /// To be read where the list is drawn: it changes when held rows are let in.
    pub fn track(self) {
        self.released.track();
    }

    /// What to show now that `fresh` has been read for the filters `of`.
    pub fn settle(self, of: &str, fresh: Vec<R>) -> Vec<Held<R>> {
        let shown = self.shown.try_get_value().flatten();
        let (rows, news) = match shown {
            Some((before, shown)) if before == of && self.is_read() => merge(&shown, fresh),
            _ => (fresh.into_iter().map(|row| Held { row, gone: false }).collect(), 0),
        };
        self.shown.try_set_value(Some((of.to_owned(), rows.clone())));
        self.news.try_set(news);
        rows
    }

    fn is_read(self) -> bool {
        [self.pointed, self.focused, self.scrolled]
            .iter()
            .any(|reason| reason.try_get_untracked() == Some(true))
    }

    /// Lets the rows in that wait.
    fn release(self) {
        self.shown.set_value(None);
        self.released.update(|count| *count += 1);
    }

    fn set(self, reason: RwSignal<bool>, holds: bool) {
        if reason.get_untracked() != holds {
            reason.set(holds);
        }
        if !holds && !self.is_read() && self.news.get_untracked() > 0 {
            self.release();
        }
    }
}

impl<R: Row> Default for Hold<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// The rows as they stand, each brought up to date or marked as gone, and how many others wait.
fn merge<R: Row>(shown: &[Held<R>], fresh: Vec<R>) -> (Vec<Held<R>>, u64) {
    let mut others = fresh;
    let rows = shown
        .iter()
        .map(|held| {
            let key = held.row.key();
            match others.iter().position(|row| row.key() == key) {
                Some(at) => Held { row: others.remove(at), gone: false },
                None => Held { row: held.row.clone(), gone: true },
            }
        })
        .collect();
    (rows, others.len() as u64)
}

/// Surrounds a list, notices whether it is being read, and shows how many rows wait.
#[component]
pub fn HoldArea<R: Row>(
    /// The list's state.
    hold: Hold<R>,
    /// What rows are, such as “tasks”.
    noun: &'static str,
    /// The list.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::scroll, move |_| {
            let top = window().scroll_y().unwrap_or(0.0);
            hold.set(hold.scrolled, top > f64::from(SCROLLED_PX));
        });
        on_cleanup(move || handle.remove());
    });
    let waits = move || hold.news.get() > 0;
    view! {
        <div
            class="hold"
            on:pointerenter=move |_| hold.set(hold.pointed, true)
            on:pointerleave=move |_| hold.set(hold.pointed, false)
            on:focusin=move |_| hold.set(hold.focused, true)
            on:focusout=move |_| hold.set(hold.focused, false)
            on:scroll=move |event| {
                let top = event_target::<web_sys::HtmlElement>(&event).scroll_top();
                hold.set(hold.scrolled, top > SCROLLED_PX);
            }
        >
            <div class="hold-news" role="status">
                {move || {
                    waits()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="hold-pill"
                                    on:click=move |_| hold.release()
                                >
                                    {move || format!("{} new", number(hold.news.get()))}
                                    <span class="visually-hidden">{format!(" {noun}: show")}</span>
                                </button>
                            }
                        })
                }}
            </div>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Row, merge};

    impl Row for &'static str {
        fn key(&self) -> String {
            (*self).to_owned()
        }
    }

    #[test]
    fn rows_stay_in_their_place_while_others_come_and_go() {
        let shown = ["a", "b", "c"].map(|row| Held { row, gone: false });
        let (rows, news) = merge(&shown, vec!["d", "c", "a"]);
        let told: Vec<_> = rows.iter().map(|held| (held.row, held.gone)).collect();
        assert_eq!(told, [("a", false), ("b", true), ("c", false)]);
        assert_eq!(news, 1);
    }
}
