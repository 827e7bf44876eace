//! What a page or call needs from the request it answers: who asks, the desk, the status of the
//! answer, and where to go next.
//!
//! In the browser, [`set_status`] and [`go_to`] do nothing: there is no answer to change.

#[cfg(feature = "ssr")]
mod server {
    use std::sync::Arc;

    use axum::http::header::{ACCEPT, COOKIE, HeaderValue, SET_COOKIE};
    use axum::http::request::Parts;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    use crate::auth::{Caller, Visitor};
    use crate::operations::Desk;
    use crate::ui::frame::{THEME_COOKIE, Theme};
    use crate::wire::{CallError, Me};

    /// Who is signed in, and the desk to ask at.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub async fn ask() -> Result<(Caller, Arc<Desk>), CallError> {
        let desk = desk()?;
        let caller = use_context::<Visitor>().and_then(|visitor| visitor.caller);
        Ok((caller.ok_or(CallError::SignInNeeded)?, desk))
    }

    /// Whoever asks, signed in or not, and the desk: for signing in and out and for the set-up.
    ///
    /// # Errors
    /// Outside of a request.
    pub fn visit() -> Result<(Visitor, Arc<Desk>), CallError> {
        let visitor = use_context::<Visitor>().ok_or_else(no_request)?;
        Ok((visitor, desk()?))
    }

    /// Whether the answer is shown by the browser itself, as a page, because no scripts sent the
    /// request.
    pub fn is_plain() -> bool {
        use_context::<Parts>()
            .and_then(|parts| parts.headers.get(ACCEPT)?.to_str().ok().map(ToOwned::to_owned))
            .is_some_and(|accepted| accepted.contains("text/html"))
    }

    /// The desk.
    ///
    /// # Errors
    /// Outside of a request.
    pub fn desk() -> Result<Arc<Desk>, CallError> {
        use_context::<Arc<Desk>>().ok_or_else(no_request)
    }

    fn no_request() -> CallError {
        CallError::Internal("This was asked outside of a request.".to_owned())
    }

    /// Gives the answer this status.
    pub fn set_status(code: u16) {
        if let (Some(options), Ok(code)) = (use_context::<ResponseOptions>(), code.try_into()) {
            options.set_status(code);
        }
    }

    /// Who is signed in, for the page itself.
    pub fn me() -> Option<Me> {
        use_context::<Visitor>().and_then(|visitor| visitor.caller).map(|caller| caller.me())
    }

    /// The theme that the browser's cookie asks for.
    pub fn theme() -> Theme {
        let cookies = use_context::<Parts>()
            .and_then(|parts| Some(parts.headers.get(COOKIE)?.to_str().ok()?.to_owned()));
        cookies
            .iter()
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == THEME_COOKIE)
            .map_or(Theme::System, |(_, value)| Theme::of(value))
    }

    /// Remembers a theme in a cookie of the browser.
    pub fn remember_theme(theme: Theme) {
        if let (Some(options), Ok(cookie)) =
            (use_context::<ResponseOptions>(), HeaderValue::from_str(&theme.cookie()))
        {
            options.append_header(SET_COOKIE, cookie);
        }
    }

    /// A title as it must stand between the tags: they are put around it as it is, and people
    /// name processes and steps as they like.
    pub fn title_text(title: &str) -> String {
        title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    /// Sends the browser to `path`, which must be one of our own.
    pub fn go_to(path: &str) {
        leptos_axum::redirect(own_path(path));
    }

    /// `path`, where it leads to a page of ours; else the page everybody may see.
    fn own_path(path: &str) -> &str {
        if is_own_path(path) { path } else { "/tasks" }
    }

    /// Whether a path that came from outside leads to a page of ours and nowhere else.
    pub fn is_own_path(path: &str) -> bool {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn case_81_a_title_stays_a_title() {
            assert_eq!(title_text("</title><script>&"), "&lt;/title&gt;&lt;script&gt;&amp;");
        }

        #[test]
        fn case_47_only_own_paths_are_gone_to() {
            for path in ["//evil", "https://evil", "/\\evil", "/\t/evil", "tasks", "", "/a\r\nb"] {
                assert_eq!(own_path(path), "/tasks", "{path:?}");
            }
            assert_eq!(own_path("/tasks/1?check=1#top"), "/tasks/1?check=1#top");
        }
    }
}

#[cfg(feature = "ssr")]
pub use self::server::{
    ask, desk, go_to, is_own_path, is_plain, me, remember_theme, set_status, theme, title_text,
    visit,
};

/// Gives the answer this status; nothing in the browser.
#[cfg(not(feature = "ssr"))]
pub fn set_status(_code: u16) {}

/// A title as the browser takes it: as it is.
#[cfg(not(feature = "ssr"))]
pub fn title_text(title: &str) -> String {
    title.to_owned()
}

/// Sends the browser to `path`; nothing in the browser, where the router does so.
#[cfg(not(feature = "ssr"))]
pub fn go_to(_path: &str) {}

/// Who is signed in; in the browser the page itself says so.
#[cfg(not(feature = "ssr"))]
pub fn me() -> Option<crate::wire::Me> {
    None
}

/// The chosen theme; in the browser the page itself says so.
#[cfg(not(feature = "ssr"))]
pub fn theme() -> crate::ui::frame::Theme {
    crate::ui::frame::Theme::System
}
