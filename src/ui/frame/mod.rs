//! The frame around all pages of those who are signed in: rail, top bar, bottom bar, keys.
//!
//! Works without scripts; what needs them (search as you type, the live dot) is quiet without.

mod alarms;
mod calls;
mod keys;
mod places;
mod search;
mod theme;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

use self::alarms::Alarms;
pub(crate) use self::calls::SetTheme;
use self::keys::{HELP_BUTTON_ID, use_keys};
use self::places::{Place, bottom_places, is_at, places_of};
use self::search::Search;
use self::theme::ThemeSwitch;
pub(crate) use self::theme::provide_theme;
pub use self::theme::{THEME_COOKIE, Theme, ThemeChoice};
use crate::ui::account::sign_out_url;
use crate::ui::components::{Dialog, Icon, IconName, focus_headings};
use crate::ui::live::{LiveState, use_live_state};
use crate::ui::response::go_to;
use crate::ui::session::{initials, role_words, use_session};
use crate::wire::Me;

/// Frames the page of a route.
#[component]
pub fn FramedRoute() -> impl IntoView {
    view! { <Frame><Outlet/></Frame> }
}

/// Frames a page; whoever is not signed in is led to the sign-in and back.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let Some(me) = use_session() else {
        return view! { <SignInFirst/> }.into_any();
    };
    let places = places_of(&me);
    use_keys(places.clone());
    focus_headings(use_location().pathname);
    view! {
        <a class="skip-link" href="#content" rel="external">"Skip to content"</a>
        <div class="frame">
            <Rail places=places.clone()/>
            <div class="frame-body">
                <TopBar me places=places.clone()/>
                <Alarms/>
                <main class="page" id="content">{children()}</main>
            </div>
            <BottomBar places/>
        </div>
        <KeysHelp/>
    }
    .into_any()
}

/// Leads to the sign-in: by the status of the answer, or by a link where that is too late.
#[component]
fn SignInFirst() -> impl IntoView {
    let location = use_location();
    let here = location.pathname.get_untracked()
        + &location.search.with_untracked(|search| {
            if search.is_empty() { String::new() } else { format!("?{search}") }
        });
    let target = format!("/sign-in?next={}", leptos_router::location::Url::escape(&here));
    go_to(&target);
    view! {
        <main class="page-alone">
            <p><a class="button button-primary" href=target rel="external">"Sign in to go on"</a></p>
        </main>
    }
}

/// The name and mark of the product.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <span class="mark">
            <svg class="mark-drawing" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
                <rect class="mark-ground" width="24" height="24" rx="6"/>
                <path class="mark-lines" d="M5 7.5h14M5 12h14M5 16.5h14"/>
                <circle class="mark-note" cx="8.5" cy="16.5" r="2.1"/>
                <circle class="mark-note" cx="12" cy="12" r="2.1"/>
                <circle class="mark-note" cx="15.5" cy="7.5" r="2.1"/>
            </svg>
            <span class="mark-name">"Spartito"</span>
        </span>
    }
}

/// A link to a place that knows whether one is there.
#[component]
fn PlaceLink(place: Place) -> impl IntoView {
    let path = use_location().pathname;
    let here = move || path.with(|path| is_at(path, place.href)).then_some("page");
    view! {
        <a class="place" href=place.href aria-current=here>
            <Icon name=place.icon size=18/>
            <span class="place-label">{place.label}</span>
        </a>
    }
}

/// The places at the left of wide screens.
#[component]
fn Rail(places: Vec<Place>) -> impl IntoView {
    let (admin, work): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.admin);
    let links = |places: Vec<Place>| {
        places.into_iter().map(|place| view! { <li><PlaceLink place/></li> }).collect_view()
    };
    view! {
        <nav class="rail" aria-label="Places">
            <a class="rail-mark" href="/tasks" aria-label="Spartito, my work"><Mark/></a>
            <ul class="rail-places">{links(work)}</ul>
            <ul class="rail-places rail-admin">{links(admin)}</ul>
        </nav>
    }
}

/// At most five places at the bottom of narrow screens.
#[component]
fn BottomBar(places: Vec<Place>) -> impl IntoView {
    let links = bottom_places(places)
        .into_iter()
        .map(|place| view! { <li><PlaceLink place/></li> })
        .collect_view();
    view! {
        <nav class="bottom-bar" aria-label="Places, at the bottom">
            <ul>{links}</ul>
        </nav>
    }
}

/// Search, live dot, theme, person.
#[component]
fn TopBar(me: Me, places: Vec<Place>) -> impl IntoView {
    view! {
        <header class="top-bar">
            <a class="top-mark" href="/tasks" aria-label="Spartito, my work"><Mark/></a>
            <Search places/>
            <div class="top-tools">
                <LiveDot/>
                <span class="zone" title="Exact times are told in UTC">"UTC"</span>
                <button
                    class="icon-button keys-help-button"
                    type="button"
                    id=HELP_BUTTON_ID
                    popovertarget="keys-help"
                    aria-label="Keys"
                    title="Keys (?)"
                >
                    <Icon name=IconName::Keyboard size=18/>
                </button>
                <ThemeSwitch/>
                <PersonMenu me/>
            </div>
        </header>
    }
}

/// Whether changes arrive by themselves.
#[component]
fn LiveDot() -> impl IntoView {
    let state = use_live_state();
    let class = move || match state.get() {
        LiveState::Off => "live live-off",
        LiveState::Connecting => "live live-connecting",
        LiveState::Live => "live live-on",
        LiveState::Lost => "live live-lost",
    };
    let words = move || match state.get() {
        LiveState::Off => "",
        LiveState::Connecting => "connecting",
        LiveState::Live => "live",
        LiveState::Lost => "reconnecting",
    };
    view! {
        <span class=class role="status" title="Changes appear by themselves">
            <svg class="live-dot" viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
                <circle cx="4" cy="4" r="4"/>
            </svg>
            <span class="live-words">{words}</span>
        </span>
    }
}

/// Who is signed in, the way to the account, and the way out.
#[component]
fn PersonMenu(me: Me) -> impl IntoView {
    let name = me.name.clone();
    view! {
        <button
            class="avatar"
            type="button"
            popovertarget="person-menu"
            title=name.clone()
        >
            <span class="visually-hidden">{format!("{name}: account and sign-out")}</span>
            <span aria-hidden="true">{initials(&me.name)}</span>
        </button>
        <div class="menu" id="person-menu" popover="auto">
            <div class="menu-head">
                <span class="menu-name">{me.name.clone()}</span>
                <span class="menu-role">{role_words(me.role)}</span>
            </div>
            <a class="menu-item" href="/account">
                <Icon name=IconName::User/>
                "Account"
            </a>
            <form method="post" action=sign_out_url()>
                <button class="menu-item" type="submit">
                    <Icon name=IconName::SignOut/>
                    "Sign out"
                </button>
            </form>
        </div>
    }
}

/// What the keys do.
#[component]
fn KeysHelp() -> impl IntoView {
    const KEYS: [(&str, &str); 10] = [
        ("Ctrl K", "Search or jump to"),
        ("/", "Search in the list"),
        ("g t", "My work"),
        ("g p", "Processes"),
        ("g e", "Decisions"),
        ("g i", "Instances"),
        ("g d", "Insight"),
        ("j, k", "Next and previous row"),
        ("Enter", "Open the row"),
        ("c", "Take the task"),
    ];
    let rows = KEYS
        .into_iter()
        .map(|(keys, what)| {
            view! {
                <div class="fact">
                    <dt><kbd>{keys}</kbd></dt>
                    <dd>{what}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <Dialog id="keys-help" title="Keys">
            <dl class="facts">{rows}</dl>
        </Dialog>
    }
}
