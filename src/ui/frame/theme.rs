//! Light, dark, or as the system says: remembered in a cookie, so that the server draws it right.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::{Deserialize, Serialize};

use super::calls::SetTheme;
use crate::ui::components::{Icon, IconName};
use crate::ui::response;
use crate::wire::Json;

/// Name of the cookie.
pub const THEME_COOKIE: &str = "spartito_theme";

/// How long the choice is remembered, in seconds: a year.
pub const THEME_AGE_S: u32 = 31_536_000;

/// How the portal looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As it stands in the cookie and in `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a name; anything unknown is the system's theme.
    pub fn of(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The cookie that remembers it.
    pub fn cookie(self) -> String {
        format!("{THEME_COOKIE}={}; Path=/; Max-Age={THEME_AGE_S}; SameSite=Lax", self.name())
    }
}

/// The theme that is chosen now.
#[derive(Clone, Copy)]
struct Chosen(RwSignal<Theme>);

/// Makes the theme known; called once by the app.
pub(crate) fn provide_theme() {
    let theme = SharedValue::<_, Json>::new_with_encoding(response::theme).into_inner();
    provide_context(Chosen(RwSignal::new(theme)));
}

fn use_theme() -> RwSignal<Theme> {
    expect_context::<Chosen>().0
}

/// Shows and remembers a theme; only ever called in the browser.
fn choose(chosen: RwSignal<Theme>, theme: Theme) {
    use wasm_bindgen::JsCast as _;

    chosen.set(theme);
    let document = document();
    if let Some(root) = document.document_element() {
        // Without the attribute the page goes on as it is: nothing to tell the person about.
        let _ = root.set_attribute("data-theme", theme.name());
    }
    if let Some(document) = document.dyn_ref::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&theme.cookie());
    }
}

/// A form that chooses one theme; with scripts at once, without them by asking the server.
#[component]
fn ThemeForm(theme: Theme, children: Children) -> impl IntoView {
    let chosen = use_theme();
    view! {
        <form
            class=format!("theme-form theme-to-{}", theme.name())
            method="post"
            action=SetTheme::url()
            on:submit=move |event| {
                event.prevent_default();
                choose(chosen, theme);
            }
        >
            <input type="hidden" name="theme" value=theme.name()/>
            {children()}
        </form>
    }
}

/// The switch in the top bar: offers the other theme. Styles show one of the two.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let button = |theme, label: &'static str, icon| {
        view! {
            <ThemeForm theme>
                <button class="icon-button" type="submit" aria-label=label title=label>
                    <Icon name=icon size=18/>
                </button>
            </ThemeForm>
        }
    };
    view! {
        <div class="theme-switch">
            {button(Theme::Dark, "Switch to the dark theme", IconName::Moon)}
            {button(Theme::Light, "Switch to the light theme", IconName::Sun)}
        </div>
    }
}

/// All three themes side by side, for the account page.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = use_theme();
    let option = |theme: Theme, label: &'static str, icon| {
        view! {
            <ThemeForm theme>
                <button
                    class="segment"
                    type="submit"
                    aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                >
                    <Icon name=icon/>
                    {label}
                </button>
            </ThemeForm>
        }
    };
    view! {
        <div class="segments" role="group" aria-label="Theme">
            {option(Theme::System, "As the system", IconName::SunMoon)}
            {option(Theme::Light, "Light", IconName::Sun)}
            {option(Theme::Dark, "Dark", IconName::Moon)}
        </div>
    }
}
