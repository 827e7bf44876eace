//! What a page says when it cannot show what was asked for.

use leptos::prelude::*;
use leptos_meta::Title;

use super::header::heading_ref;
use super::{Icon, IconName, Tone};
use crate::ui::response::set_status;
use crate::wire::CallError;

/// Icon, heading, what to do, and a link for it.
struct Words {
    icon: IconName,
    title: &'static str,
    advice: &'static str,
    link: Option<(&'static str, &'static str)>,
}

fn words(error: &CallError) -> Words {
    let words = |icon, title, advice, link| Words { icon, title, advice, link };
    match error {
        CallError::SignInNeeded => words(
            IconName::Lock,
            "Please sign in",
            "You are not signed in, or your session has ended. Nothing you saved is lost.",
            Some(("/sign-in", "Sign in")),
        ),
        CallError::Forbidden(_) => words(
            IconName::Lock,
            "This is not open to you",
            "If you need it for your work, ask an administrator to change your role.",
            Some(("/tasks", "Back to my work")),
        ),
        CallError::NotFound(_) => words(
            IconName::Search,
            "There is nothing here",
            "The link may be incomplete, or what it led to is no longer there.",
            Some(("/tasks", "Back to my work")),
        ),
        CallError::Conflict(_) => words(
            IconName::Alert,
            "This has changed meanwhile",
            "Nothing was changed by you. Look at how things stand now and decide again.",
            None,
        ),
        CallError::Invalid { .. } => words(
            IconName::Alert,
            "Something is missing or wrong",
            "What you entered is kept. Correct it and send it again.",
            None,
        ),
        CallError::TooMany(_) => {
            words(IconName::Clock, "Too many attempts", "Wait a little and try again.", None)
        }
        CallError::TooLarge(_) => {
            words(IconName::Upload, "This is too large", "Nothing was changed.", None)
        }
        CallError::Unavailable(_) => words(
            IconName::Offline,
            "The server cannot do this right now",
            "All that was confirmed before is safe. Try again in a moment.",
            None,
        ),
        CallError::Internal(_) => words(
            IconName::Offline,
            "That did not work",
            "All that was confirmed before is safe. Try again; if it stays like this, tell your \
             administrator. The server's log holds the cause.",
            None,
        ),
    }
}

/// Stands in place of what could not be shown: what happened, what is safe, what to do.
#[component]
pub fn ErrorNotice(
    /// What happened.
    error: CallError,
    /// Whether it stands for the whole page: its title is then the page's heading, and the answer
    /// carries its status.
    #[prop(optional)]
    page: bool,
) -> impl IntoView {
    let Words { icon, title, advice, link } = words(&error);
    let heading = if page {
        set_status(error.status());
        view! {
            <Title text=title/>
            <h1 class="notice-title" tabindex="-1" node_ref=heading_ref()>
                {title}
            </h1>
        }
        .into_any()
    } else {
        view! { <p class="notice-title">{title}</p> }.into_any()
    };
    view! {
        <section class="notice" role="alert">
            <span class="notice-icon"><Icon name=icon size=24/></span>
            {heading}
            <p class="notice-what">{error.to_string()}</p>
            <p class="notice-advice">{advice}</p>
            {link.map(|(href, label)| view! { <p><a class="button" href=href>{label}</a></p> })}
        </section>
    }
}

/// The first error of an `ErrorBoundary`, as an [`ErrorNotice`].
#[component]
pub fn ErrorNotices(
    /// What the boundary has caught.
    #[prop(into)]
    errors: Signal<Errors>,
    /// Whether it stands for the whole page.
    #[prop(optional)]
    page: bool,
) -> impl IntoView {
    move || {
        let first = errors.with(|errors| {
            errors.iter().next().map(|(_, error)| {
                error
                    .downcast_ref::<CallError>()
                    .cloned()
                    .unwrap_or_else(|| CallError::Internal(error.to_string()))
            })
        });
        first.map(|error| view! { <ErrorNotice error page/> })
    }
}

/// Why what was asked last was refused; nothing where it was not.
#[component]
pub fn Refusal(
    /// The refusal.
    #[prop(into)]
    error: Signal<Option<CallError>>,
) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! { <Callout tone=Tone::Incident alert=true>{error.to_string()}</Callout> }
        })
    }
}

/// What a page shows of what it asked for: the view of the answer, or the error for the whole page.
pub fn whole_page<T>(answer: Result<T, CallError>, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match answer {
        Ok(found) => show(found),
        Err(error) => view! { <ErrorNotice error page=true/> }.into_any(),
    }
}

/// A message across a part of a page: good to know, a warning or a refusal.
#[component]
pub fn Callout(
    /// What its color says.
    #[prop(optional)]
    tone: Tone,
    /// Read aloud at once.
    #[prop(optional)]
    alert: bool,
    /// The message.
    children: Children,
) -> impl IntoView {
    let icon = match tone {
        Tone::Incident => IconName::Incident,
        Tone::Waiting => IconName::Alert,
        Tone::Done => IconName::Done,
        Tone::Paused => IconName::Paused,
        Tone::Neutral | Tone::Running => IconName::Info,
    };
    view! {
        <div class=format!("callout {}", tone.class()) role=alert.then_some("alert")>
            <Icon name=icon size=18/>
            <div class="callout-words">{children()}</div>
        </div>
    }
}
