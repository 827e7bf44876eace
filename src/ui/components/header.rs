//! The head of a page: where one is, what it is, what matters, what can be done.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use wasm_bindgen::JsCast as _;

use super::{Icon, IconName};

/// Wait between attempts to focus a heading, in milliseconds.
const FOCUS_WAIT_MS: u64 = 50;

/// When the focus is looked after once more, in milliseconds.
const FOCUS_AGAIN_MS: u64 = 700;

/// Attempts to focus a heading: two seconds.
const FOCUS_ATTEMPTS_MAX: u8 = 40;

/// Whether the next heading takes the focus.
#[derive(Clone, Copy)]
struct HeadingFocus(StoredValue<bool>);

/// Lets headings take the focus; called once by the app.
pub(crate) fn provide_heading_focus() {
    provide_context(HeadingFocus(StoredValue::new(false)));
}

/// Lets the heading of each page that a link opens take the focus, so that it is read aloud and
/// the next Tab starts there.
pub(crate) fn focus_headings(path: Memo<String>) {
    let Some(HeadingFocus(wanted)) = use_context() else { return };
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            wanted.set_value(true);
        }
        path
    });
}

/// Focuses a heading as soon as it stands in the page: it is made before it is shown.
fn focus_once_shown(heading: web_sys::HtmlHeadingElement, attempts: u8) {
    if heading.is_connected() {
        // A heading that cannot take the focus is no reason to stop.
        let _ = heading.focus();
        set_timeout(focus_again, Duration::from_millis(FOCUS_AGAIN_MS));
    } else if attempts > 0 {
        set_timeout(
            move || focus_once_shown(heading, attempts - 1),
            Duration::from_millis(FOCUS_WAIT_MS),
        );
    }
}

/// Focuses the page's heading where the focus is nowhere: the page was drawn anew meanwhile.
fn focus_again() {
    let document = document();
    let nowhere = document.active_element().is_none_or(|active| active.tag_name() == "BODY");
    let heading = document.query_selector("main h1[tabindex]").ok().flatten();
    if let (true, Some(heading)) = (nowhere, heading) {
        let _ = heading.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}

/// For the heading of a page: takes the focus when the page was opened by a link.
pub(super) fn heading_ref() -> NodeRef<leptos::html::H1> {
    let heading = NodeRef::<leptos::html::H1>::new();
    if let Some(HeadingFocus(wanted)) = use_context() {
        Effect::new(move |_| {
            let Some(heading) = heading.get() else { return };
            if wanted.get_value() {
                wanted.set_value(false);
                focus_once_shown(heading, FOCUS_ATTEMPTS_MAX);
            }
        });
    }
    heading
}

/// A place above a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Its address.
    pub href: String,
}

impl Crumb {
    /// A place.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// Title, sentence, actions and the way back; also names the browser's tab.
#[component]
pub fn PageHeader(
    /// The heading, and the name of the tab.
    #[prop(into)]
    title: String,
    /// Places above, outermost first.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// The sentence that says what matters; nothing where empty.
    #[prop(optional, into)]
    sentence: ViewFn,
    /// A badge or the like beside the heading.
    #[prop(optional, into)]
    badge: ViewFn,
    /// Buttons and links for what can be done.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let trail = crumbs
        .into_iter()
        .map(|crumb| {
            view! {
                <li>
                    <a href=crumb.href>{crumb.label}</a>
                    <Icon name=IconName::Right size=14/>
                </li>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <Title text=title.clone()/>
        <header class="page-header">
            {(!trail.is_empty())
                .then(|| {
                    view! {
                        <nav class="crumbs" aria-label="You are in">
                            <ol>{trail}</ol>
                        </nav>
                    }
                })}
            <div class="page-header-row">
                <div class="page-header-words">
                    <div class="page-title">
                        <h1 tabindex="-1" node_ref=heading_ref()>{title}</h1>
                        {badge.run()}
                    </div>
                    <div class="page-sentence">{sentence.run()}</div>
                </div>
                {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
            </div>
        </header>
    }
}

/// The head of a part of a page.
#[component]
pub fn SectionHeader(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Id of the heading, for `aria-labelledby` and links.
    #[prop(optional, into)]
    id: Option<String>,
    /// What stands at its right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="section-header">
            <h2 id=id>{title}</h2>
            {children.map(|children| view! { <div class="section-actions">{children()}</div> })}
        </div>
    }
}
