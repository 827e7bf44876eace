//! What a page asks of the server: answered with the page, and asked again when it changes.

use std::future::Future;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::Json;

/// What `ask` answers for what `of` gives, asked anew each time that changes.
pub fn asked<T, Of, Asking>(
    of: impl Fn() -> Of + Send + Sync + 'static,
    ask: impl Fn(Of) -> Asking + Send + Sync + 'static,
) -> Resource<T, Json>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Of: PartialEq + Clone + Send + Sync + 'static,
    Asking: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(of, ask, false)
}
