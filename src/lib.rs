//! Spartito: process orchestration in one binary.
//!
//! THE MAP. Both doors, [`api`] and [`ui`], open on the same room, [`operations`]; who asks is found
//! by [`auth`]; [`runtime`] drives the engine of `spartito_core`; [`store`] keeps everything and is
//! the only one to speak SQL. What crosses to the browser is plain data of [`wire`].
//!
//! ```text
//! main ─> server ─┬─> api ──────────────┐
//!                 └─> app ─> ui ─> wire │
//!    operations, auth <─────────────────┘
//!    operations ─> auth, runtime, store     runtime ─> store, connectors     store ─> core
//! ```
//!
//! `tests/architecture.rs` holds who may import whom. Modules marked “server” are not compiled
//! into the browser half.

#![recursion_limit = "512"]

/// Data that crosses between server and browser.
pub mod wire;

/// The document around every page, and the route table.
pub mod app;
/// Pages, components and calls.
pub mod ui;

/// Server: the REST door.
#[cfg(feature = "ssr")]
pub mod api;
/// Server: who is asking, and what he may do.
#[cfg(feature = "ssr")]
pub mod auth;
/// Server: the outside world.
#[cfg(feature = "ssr")]
pub mod connectors;
/// Server: all that a signed-in person may do.
#[cfg(feature = "ssr")]
pub mod operations;
/// Server: spans to a collector.
#[cfg(feature = "otlp")]
pub mod otlp;
/// Server: drives the engine.
#[cfg(feature = "ssr")]
pub mod runtime;
/// Server: simulated outside systems of the examples.
#[cfg(feature = "ssr")]
pub mod sandbox;
/// Server: settings, routes, headers, the listener.
#[cfg(feature = "ssr")]
pub mod server;
/// Server: all that is kept.
#[cfg(feature = "ssr")]
pub mod store;

/// Server: what many requests at once took is given back within some ten seconds.
#[cfg(all(feature = "ssr", not(any(target_arch = "wasm32", target_env = "msvc"))))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Brings the page to life in the browser, once the code of what it shows has been loaded; where
/// that fails, the page stays as the server sent it, and works without.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if ui::pages::Page::load_shown().await.is_ok() {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
