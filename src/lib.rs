//! Spartito: process orchestration in one binary.

pub mod wire;

pub mod app;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod store;

/// Brings the page to life in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
