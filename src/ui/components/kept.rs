//! Parts of a page that are built once for each key, and stay as they are while it stays.

use std::sync::Arc;

use leptos::prelude::*;

/// A part, by what tells it from others, and how it is built.
#[derive(Clone)]
pub struct Kept {
    key: String,
    build: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

impl Kept {
    /// A part that `build` makes the first time that `key` is shown.
    pub fn new(key: String, build: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        Self { key, build: Arc::new(build) }
    }

    /// This part alone.
    pub fn alone(self) -> AnyView {
        kept(Signal::stored(vec![self]))
    }
}

/// Parts one after the other. Not generic, so that the code that compares keys exists once.
pub fn kept(parts: Signal<Vec<Kept>>) -> AnyView {
    view! {
        <For each=move || parts.get() key=|part| part.key.clone() let:part>
            {(part.build)()}
        </For>
    }
    .into_any()
}
