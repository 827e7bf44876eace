//! The field at the top: jump to a place, or look for a case.
//!
//! Without scripts it is a plain form that looks for cases.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::keys::SEARCH_ID;
use super::places::Place;
use crate::ui::components::{Icon, IconName};

/// Something the field offers.
#[derive(Clone, PartialEq)]
struct Offer {
    label: String,
    note: &'static str,
    href: String,
    icon: IconName,
}

/// What fits the words typed so far: places first, then looking for cases and tasks.
fn offers(words: &str, places: &[Place]) -> Vec<Offer> {
    let words = words.trim();
    let wanted = words.to_ascii_lowercase();
    let mut offers = places
        .iter()
        .filter(|place| place.label.to_ascii_lowercase().contains(&wanted))
        .map(|place| Offer {
            label: place.label.to_owned(),
            note: "Go to",
            href: place.href.to_owned(),
            icon: place.icon,
        })
        .collect::<Vec<_>>();
    if !words.is_empty() {
        let query = leptos_router::location::Url::escape(words);
        offers.push(Offer {
            label: format!("Cases with “{words}”"),
            note: "Search",
            href: format!("/instances?q={query}"),
            icon: IconName::Layers,
        });
        offers.push(Offer {
            label: format!("My groups' tasks with “{words}”"),
            note: "Search",
            href: format!("/tasks?view=groups&q={query}"),
            icon: IconName::Inbox,
        });
    }
    offers
}

/// The field.
#[expect(clippy::too_many_lines, reason = "one dialog, told in one piece")]
#[component]
pub(super) fn Search(places: Vec<Place>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let field = NodeRef::<leptos::html::Input>::new();
    let offered = Memo::new(move |_| offers(&words.get(), &places));
    let navigate = use_navigate();

    let leave = move || {
        open.set(false);
        words.set(String::new());
        if let Some(field) = field.get_untracked() {
            let _ = field.blur();
        }
    };
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        let count = offered.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.set((at.get() + 1) % count),
            "ArrowUp" if count > 0 => at.set((at.get() + count - 1) % count),
            "Enter" if open.get() => {
                let Some(offer) = offered.with(|offers| offers.get(at.get()).cloned()) else {
                    return;
                };
                leave();
                navigate(&offer.href, leptos_router::NavigateOptions::default());
            }
            "Escape" => leave(),
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        offered
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, offer)| {
                view! {
                    <a
                        class="offer"
                        id=format!("offer-{index}")
                        role="option"
                        tabindex="-1"
                        href=offer.href
                        aria-selected=move || if at.get() == index { "true" } else { "false" }
                        // The field would lose the focus, and the list its links, before the click.
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| leave()
                    >
                        <Icon name=offer.icon/>
                        <span class="offer-label">{offer.label}</span>
                        <span class="offer-note">{offer.note}</span>
                    </a>
                }
            })
            .collect_view()
    };
    view! {
        <search class="search">
            <form action="/instances" method="get" on:submit=|event| event.prevent_default()>
                <label class="visually-hidden" for=SEARCH_ID>"Search or jump to"</label>
                <Icon name=IconName::Search/>
                <input
                    id=SEARCH_ID
                    name="q"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="Search or jump to…"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls="offers"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-activedescendant=move || open.get().then(|| format!("offer-{}", at.get()))
                    node_ref=field
                    prop:value=move || words.get()
                    on:input:target=move |event| {
                        words.set(event.target().value());
                        at.set(0);
                        open.set(true);
                    }
                    on:focus=move |_| {
                        at.set(0);
                        open.set(true);
                    }
                    on:blur=move |_| open.set(false)
                    on:keydown=on_keydown
                />
                <kbd class="search-keys" aria-hidden="true">"Ctrl K"</kbd>
            </form>
            <div class="offers" id="offers" role="listbox" aria-label="Places" hidden=move || !open.get()>
                {options}
            </div>
        </search>
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::PLACES;
    use super::offers;

    #[test]
    fn words_lead_to_places_and_cases() {
        assert_eq!(offers("", &PLACES).len(), PLACES.len());
        let found = offers("insi", &PLACES);
        assert_eq!(found[0].href, "/dashboard");
        assert!(found.iter().any(|offer| offer.href == "/instances?q=insi"));
    }
}
