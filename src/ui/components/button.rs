//! Buttons and links that look like buttons.

use leptos::prelude::*;

use super::{Icon, IconName};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Variant {
    /// The one thing to do on the page.
    Primary,
    /// Something else that can be done.
    #[default]
    Secondary,
    /// Something at the side, without a border.
    Quiet,
    /// Something that cannot be undone.
    Danger,
}

impl Variant {
    pub(super) fn class(self, small: bool) -> &'static str {
        match (self, small) {
            (Self::Primary, false) => "button button-primary",
            (Self::Primary, true) => "button button-primary button-small",
            (Self::Secondary, false) => "button",
            (Self::Secondary, true) => "button button-small",
            (Self::Quiet, false) => "button button-quiet",
            (Self::Quiet, true) => "button button-quiet button-small",
            (Self::Danger, false) => "button button-danger",
            (Self::Danger, true) => "button button-danger button-small",
        }
    }
}

/// A button that submits its form; with `plain`, one that only does what `on:click` says.
///
/// Other attributes and events are given as `attr:formaction=…`, `on:click=…`.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// An icon before the words.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Lower and narrower, for rows and tool bars.
    #[prop(optional)]
    small: bool,
    /// Does not submit the form.
    #[prop(optional)]
    plain: bool,
    /// What a submitted form says about which button was pressed: the field's name.
    #[prop(optional, into)]
    name: Option<String>,
    /// The field's value.
    #[prop(optional, into)]
    value: Option<String>,
    /// Whether it cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether what it has begun goes on: it turns and cannot be pressed again.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The words: a verb.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=variant.class(small)
            type=if plain { "button" } else { "submit" }
            name=name
            value=value
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
        >
            {icon.map(|name| view! { <Icon name/> })}
            <span class="button-words">{children()}</span>
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it asks for attention.
    #[prop(optional)]
    variant: Variant,
    /// An icon before the words.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Lower and narrower, for rows and tool bars.
    #[prop(optional)]
    small: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class=variant.class(small) href=href>
            {icon.map(|name| view! { <Icon name/> })}
            <span class="button-words">{children()}</span>
        </a>
    }
}

/// A button that shows only an icon; its label is read aloud and shown on hover.
#[component]
pub fn IconButton(
    /// What it shows.
    icon: IconName,
    /// What it does: a verb.
    #[prop(into)]
    label: String,
    /// Submits its form.
    #[prop(optional)]
    submit: bool,
) -> impl IntoView {
    view! {
        <button
            class="icon-button"
            type=if submit { "submit" } else { "button" }
            aria-label=label.clone()
            title=label
        >
            <Icon name=icon size=18/>
        </button>
    }
}
