//! What a page asks of the server: answered with the page, and asked again when it changes.

use std::future::Future;

use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
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

/// Shows what was answered, anew each time that changes.
///
/// What is shown lives until the next takes its place. Signals made while it is drawn would else be
/// gone as soon as the next is asked for, while people still see and use what stands there.
pub fn answered<Asked, Shown>(
    ask: impl Fn() -> Asked + Send + 'static,
    draw: impl Fn(Asked::Output) -> Shown + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    Asked: IntoFuture + Send + 'static,
    Asked::IntoFuture: Send,
    Asked::Output: Send,
    Shown: IntoView + 'static,
{
    let page = Owner::current().unwrap_or_default();
    move || {
        let asked = ask();
        let (page, draw) = (page.clone(), draw.clone());
        Suspend::new(async move {
            let answer = asked.await;
            let life = page.child();
            let view = life.with(|| draw(answer).into_any());
            OwnedView::new_with_owner(view, life).into_any()
        })
    }
}
