//! Keys that work everywhere: Ctrl-K jumps, `/` searches the page's list (the element marked
//! `data-search`), `g` goes to a place, `j` and `k` move in a list, `?` explains.
//!
//! Never acts while somebody types, and never takes a key that the browser or a reader needs.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::places::Place;

/// Id of the search field.
pub(super) const SEARCH_ID: &str = "search";

/// Id of the button that opens the explanation of the keys.
pub(super) const HELP_BUTTON_ID: &str = "keys-help-button";

/// Listens to keys as long as the frame is shown.
pub(super) fn use_keys(places: Vec<Place>) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        let (places, navigate) = (places.clone(), navigate.clone());
        let going = StoredValue::new(false);
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let went = going.get_value();
            going.set_value(false);
            let key = event.key();
            if key == "k" && (event.ctrl_key() || event.meta_key()) {
                focus_search(&event);
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
                return;
            }
            if went {
                if let Some(place) = places.iter().find(|place| key.starts_with(place.key)) {
                    event.prevent_default();
                    navigate(place.href, leptos_router::NavigateOptions::default());
                }
                return;
            }
            match key.as_str() {
                "/" => focus(&event, "[data-search]").unwrap_or_else(|| focus_search(&event)),
                "?" => press(&event, &format!("#{HELP_BUTTON_ID}")),
                "g" => going.set_value(true),
                "j" => move_focus(&event, 1),
                "k" => move_focus(&event, -1),
                letter if letter.len() == 1 && letter.as_bytes()[0].is_ascii_alphabetic() => {
                    press(&event, &format!("[data-shortcut='{letter}']"));
                }
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether the event happens where somebody types or chooses.
fn is_typing(event: &KeyboardEvent) -> bool {
    event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()).is_some_and(
        |element| {
            element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some()
        },
    )
}

fn find(selector: &str) -> Option<HtmlElement> {
    // A row's own button comes first.
    let row = document().active_element().and_then(|active| {
        active.closest("[data-row-group], tr, li").ok().flatten()?.query_selector(selector).ok()?
    });
    row.or_else(|| document().query_selector(selector).ok().flatten())?.dyn_into().ok()
}

/// Focuses what is found; `None` where nothing is.
fn focus(event: &KeyboardEvent, selector: &str) -> Option<()> {
    let field = find(selector)?;
    event.prevent_default();
    // What cannot take the focus now leaves it where it is.
    let _ = field.focus();
    Some(())
}

fn focus_search(event: &KeyboardEvent) {
    let _ = focus(event, &format!("#{SEARCH_ID}"));
}

fn press(event: &KeyboardEvent, selector: &str) {
    if let Some(element) = find(selector) {
        event.prevent_default();
        element.click();
    }
}

/// Moves the focus to the next or previous row of the page's list.
fn move_focus(event: &KeyboardEvent, step: i64) {
    let Ok(rows) = document().query_selector_all("[data-row]") else { return };
    let active = document().active_element();
    let rows = (0..rows.length())
        .filter_map(|index| rows.get(index)?.dyn_into::<HtmlElement>().ok())
        .collect::<Vec<_>>();
    let at = rows.iter().position(|row| {
        active.as_ref().is_some_and(|active| active.is_same_node(Some(row.as_ref())))
    });
    let last = i64::try_from(rows.len()).unwrap_or(0) - 1;
    let next = match at.and_then(|at| i64::try_from(at).ok()) {
        Some(at) => (at + step).clamp(0, last.max(0)),
        None if step > 0 => 0,
        None => last,
    };
    if let Some(row) = usize::try_from(next).ok().and_then(|next| rows.get(next)) {
        event.prevent_default();
        let _ = row.focus();
    }
}
