//! The document around every page, and which address shows which page.
//!
//! Never asks for data: pages do.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::ui::components::{
    ErrorNotice, ToastRegion, provide_heading_focus, provide_page_clock, provide_toasts,
};
use crate::ui::frame::{Frame, FramedRoute, provide_theme};
use crate::ui::live::provide_live;
use crate::ui::pages::Page;
use crate::ui::response::{set_status, theme, title_text};
use crate::ui::session::provide_session;
use crate::wire::CallError;

/// The document: head, and the app as its body.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme().name()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link
                    rel="preload"
                    href="/fonts/inter-latin-wght-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href="/pkg/spartito.css"/>
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The app: what all pages share, and the route table.
///
/// Every route waits for its data, so that pages are whole without scripts and carry the status
/// of what they found.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    provide_theme();
    provide_live();
    provide_toasts();
    provide_page_clock();
    provide_heading_focus();
    view! {
        <Title formatter=tab_title/>
        <Router>
            <Routes fallback=NoSuchPage>
                <Route path=path!("/sign-in") view=Page::SignIn ssr=SsrMode::Async/>
                <Route path=path!("/set-up/:token") view=Page::SetUp ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=FramedRoute ssr=SsrMode::Async>
                    <Route path=path!("") view=|| view! { <Redirect path="/tasks"/> }/>
                    <ParentRoute path=path!("tasks") view=Page::Tasks>
                        <Route path=path!("") view=Page::NoTask/>
                        <Route path=path!(":key") view=Page::Task/>
                    </ParentRoute>
                    <Route path=path!("processes") view=Page::Processes/>
                    <Route path=path!("processes/:id") view=Page::Process/>
                    <Route path=path!("processes/:id/start") view=Page::Start/>
                    <Route path=path!("decisions") view=Page::Decisions/>
                    <Route path=path!("decisions/:id") view=Page::Decision/>
                    <Route path=path!("deploy") view=Page::Deploy/>
                    <Route path=path!("instances") view=Page::Instances/>
                    <Route path=path!("instances/:key") view=Page::Instance/>
                    <Route path=path!("incidents") view=Page::Incidents/>
                    <Route path=path!("batches/:key") view=Page::Batch/>
                    <Route path=path!("dashboard") view=Page::Dashboard/>
                    <Route path=path!("people") view=Page::People/>
                    <Route path=path!("upkeep") view=Page::Upkeep/>
                    <Route path=path!("account") view=Page::Account/>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion/>
    }
}

/// “Tasks · Spartito”.
fn tab_title(page: String) -> String {
    if page.is_empty() { "Spartito".to_owned() } else { title_text(&format!("{page} · Spartito")) }
}

/// There is no page at this address.
#[component]
fn NoSuchPage() -> impl IntoView {
    set_status(404);
    let error = CallError::NotFound("There is no page at this address.".to_owned());
    view! {
        <Title text="Not found"/>
        <Frame>
            <ErrorNotice error page=true/>
        </Frame>
    }
}
