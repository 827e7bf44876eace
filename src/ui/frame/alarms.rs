//! The alarms above every page, for those who can do something about them.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::calls::alarms;
use super::places::is_at;
use crate::ui::asked::{answered, asked};
use crate::ui::components::{Icon, IconName};
use crate::ui::session::use_me;
use crate::wire::Permission;

/// The page that says more; it needs no banner above it.
const UPKEEP: &str = "/upkeep";

/// What is the matter, looked at with each page that is opened.
#[component]
pub fn Alarms() -> impl IntoView {
    if !use_me().may(Permission::OperateInstances) {
        return ().into_any();
    }
    let path = use_location().pathname;
    let standing = asked(
        move || path.get(),
        |path| async move {
            if is_at(&path, UPKEEP) { Vec::new() } else { alarms().await.unwrap_or_default() }
        },
    );
    view! {
        <Transition>
            {answered(
                move || standing,
                |notes| {
                    (!notes.is_empty())
                        .then(|| {
                            let rows = notes
                                .into_iter()
                                .map(|note| view! { <li>{note.words}</li> })
                                .collect_view();
                            view! {
                                <section class="alarms" aria-label="Alarms">
                                    <Icon name=IconName::Incident size=18/>
                                    <ul class="alarms-words" role="list">{rows}</ul>
                                    <a class="button button-small" href=UPKEEP>"Look into it"</a>
                                </section>
                            }
                        })
                },
            )}
        </Transition>
    }
    .into_any()
}
