//! Keeps what a page shows fresh without building the page anew.
//!
//! A page that people type into is built once, from what the server sent with it; what changes
//! later arrives in a signal. Nothing here runs on the server.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::wire::CallError;

/// `first` until `version` changes; then what `ask` answers, each time it changes again.
///
/// A late answer never overwrites a newer one, and a failed call leaves what is shown.
pub fn follow<T, Asked>(
    first: T,
    version: impl Fn() -> u64 + 'static,
    ask: impl Fn() -> Asked + 'static,
) -> RwSignal<T>
where
    T: Clone + Send + Sync + 'static,
    Asked: Future<Output = Result<T, CallError>> + 'static,
{
    let shown = RwSignal::new(first);
    let latest = StoredValue::new(0_u64);
    Effect::new(move |before: Option<u64>| {
        let version = version();
        if before.is_some_and(|before| before != version) {
            let number = latest.get_value() + 1;
            latest.set_value(number);
            let asked = ask();
            spawn_local(async move {
                let answer = asked.await;
                let newest = latest.try_get_value() == Some(number);
                if let (true, Ok(fresh)) = (newest, answer) {
                    shown.try_set(fresh);
                }
            });
        }
        version
    });
    shown
}
