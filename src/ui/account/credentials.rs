//! Generated passwords, shown once.

use leptos::prelude::*;

use crate::ui::components::CopyButton;
use crate::wire::PersonCredentials;

/// People with their generated passwords, laid out to be copied or printed.
#[component]
pub fn Credentials(
    /// The people.
    people: Vec<PersonCredentials>,
) -> impl IntoView {
    let cards = people
        .into_iter()
        .map(|PersonCredentials { person, name, purpose, password }| {
            let both = format!("{person} {password}");
            view! {
                <li class="credential">
                    <p class="credential-who">
                        <strong>{name.clone()}</strong>
                        <span class="quiet">{purpose}</span>
                    </p>
                    <dl class="credential-words">
                        <div>
                            <dt>"Sign-in name"</dt>
                            <dd><code>{person.to_string()}</code></dd>
                        </div>
                        <div>
                            <dt>"Password"</dt>
                            <dd><code class="secret">{password}</code></dd>
                        </div>
                    </dl>
                    <CopyButton text=both label=format!("Copy sign-in name and password of {name}")/>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="credentials" role="list">{cards}</ul> }
}
