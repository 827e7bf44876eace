//! Who looks at the page, known to server and browser from the first byte on.
//!
//! Never decides what a person may do: it only spares showing what would be refused.

use leptos::prelude::*;
use spartito_core::ids::PersonId;

use crate::ui::response;
use crate::wire::{Json, Me, Role};

/// Who is signed in; signing in and out load the page anew.
#[derive(Clone)]
struct Session(Option<Me>);

/// Makes [`use_me`] known; called once by the app.
pub(crate) fn provide_session() {
    provide_context(Session(SharedValue::<_, Json>::new_with_encoding(response::me).into_inner()));
}

/// Who is signed in; `None` where nobody is.
pub fn use_session() -> Option<Me> {
    use_context::<Session>().and_then(|session| session.0)
}

/// Who is signed in; somebody without any right where nobody is.
pub fn use_me() -> Me {
    use_session().unwrap_or_else(|| Me {
        person: PersonId::from(""),
        name: String::new(),
        role: Role::Member,
        permissions: Vec::new(),
        groups: Vec::new(),
    })
}

/// The first letters of a name, at most two.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next();
    [first, words.next_back()]
        .into_iter()
        .flatten()
        .filter_map(|word| word.chars().next())
        .collect()
}

/// A role in words.
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Operator => "Operator",
        Role::Administrator => "Administrator",
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_last_name() {
        assert_eq!(initials("Anna Karolina Keller"), "AK");
        assert_eq!(initials("Anna"), "A");
        assert_eq!(initials(" "), "");
    }
}
