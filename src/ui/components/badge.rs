//! States and small labels: an icon, a word and a color, never the color alone.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::wire::{InstanceState, TimelineState};

/// What a color says, the same on every page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Goes on: blue.
    Running,
    /// Waits: amber.
    Waiting,
    /// Trouble that needs a person: red.
    Incident,
    /// Done: green.
    Done,
    /// Stands still or was ended: gray.
    Paused,
}

impl Tone {
    /// The class that gives the color.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Running => "tone-running",
            Self::Waiting => "tone-waiting",
            Self::Incident => "tone-incident",
            Self::Done => "tone-done",
            Self::Paused => "tone-paused",
        }
    }
}

/// A word with an icon on a tinted ground.
#[component]
pub fn Badge(
    /// What its color says.
    #[prop(optional)]
    tone: Tone,
    /// The icon.
    #[prop(optional)]
    icon: Option<IconName>,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=format!("badge {}", tone.class())>
            {icon.map(|name| view! { <Icon name size=14/> })}
            {children()}
        </span>
    }
}

/// A number or a few words in a small rounded frame, such as a count beside a tab.
#[component]
pub fn Pill(
    /// What its color says.
    #[prop(optional)]
    tone: Tone,
    /// The number or words.
    children: Children,
) -> impl IntoView {
    view! { <span class=format!("pill {}", tone.class())>{children()}</span> }
}

/// Tone, icon and word of an instance; an open incident outweighs the state.
pub fn instance_state(state: InstanceState, incidents: u32) -> (Tone, IconName, &'static str) {
    match state {
        InstanceState::Active if incidents > 0 => (Tone::Incident, IconName::Incident, "Incident"),
        InstanceState::Active => (Tone::Running, IconName::Running, "Running"),
        InstanceState::Completed => (Tone::Done, IconName::Done, "Completed"),
        InstanceState::Terminated => (Tone::Paused, IconName::Ended, "Canceled"),
    }
}

/// State of an instance.
#[component]
pub fn StateBadge(
    /// The state.
    state: InstanceState,
    /// Open incidents.
    #[prop(optional)]
    incidents: u32,
    /// Whether it stands still, which outweighs both as long as it is open.
    #[prop(optional)]
    suspended: bool,
) -> impl IntoView {
    let (tone, icon, word) = if suspended && state == InstanceState::Active {
        (Tone::Paused, IconName::Paused, "Paused")
    } else {
        instance_state(state, incidents)
    };
    view! { <Badge tone icon>{word}</Badge> }
}

/// State of a visit to a step.
#[component]
pub fn VisitBadge(
    /// The state.
    state: TimelineState,
    /// Whether an incident is open there.
    #[prop(optional)]
    incident: bool,
) -> impl IntoView {
    let (tone, icon, word) = match state {
        TimelineState::Active if incident => (Tone::Incident, IconName::Incident, "Incident"),
        TimelineState::Active => (Tone::Waiting, IconName::Waiting, "Waiting"),
        TimelineState::Completed => (Tone::Done, IconName::Done, "Completed"),
        TimelineState::Terminated => (Tone::Paused, IconName::Ended, "Canceled"),
    };
    view! { <Badge tone icon>{word}</Badge> }
}
