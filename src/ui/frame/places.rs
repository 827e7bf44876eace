//! The places of the portal: what the rail, the bottom bar, the search and the keys lead to.

use crate::ui::components::IconName;
use crate::wire::{Me, Permission};

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name.
    pub label: &'static str,
    /// Its address.
    pub href: &'static str,
    /// Its icon.
    pub icon: IconName,
    /// The key that leads there after `g`.
    pub key: char,
    /// The right it needs; `None` for everyone.
    pub needs: Option<Permission>,
    /// Whether it is for those who run the portal.
    pub admin: bool,
}

const fn place(label: &'static str, href: &'static str, icon: IconName, key: char) -> Place {
    Place { label, href, icon, key, needs: None, admin: false }
}

/// All places, in the order of the rail.
pub(super) const PLACES: [Place; 6] = [
    place("My work", "/tasks", IconName::Inbox, 't'),
    place("Processes", "/processes", IconName::Workflow, 'p'),
    place("Instances", "/instances", IconName::Layers, 'i'),
    Place {
        needs: Some(Permission::ViewInsight),
        ..place("Insight", "/dashboard", IconName::Chart, 'd')
    },
    Place {
        needs: Some(Permission::ManagePeople),
        admin: true,
        ..place("People", "/people", IconName::Users, 'u')
    },
    Place { admin: true, ..place("Account", "/account", IconName::User, 'a') },
];

/// The places that are open to a person.
pub(super) fn places_of(me: &Me) -> Vec<Place> {
    let open = |place: &Place| place.needs.is_none_or(|permission| me.may(permission));
    PLACES.into_iter().filter(open).collect()
}

/// Whether a page belongs to a place.
pub(super) fn is_at(path: &str, href: &str) -> bool {
    let below = |href: &str| {
        path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below(href) || (href == "/processes" && below("/deploy"))
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn a_page_belongs_to_the_place_it_lies_below() {
        assert!(is_at("/tasks", "/tasks"));
        assert!(is_at("/tasks/7", "/tasks"));
        assert!(!is_at("/tasksets", "/tasks"));
        assert!(is_at("/deploy", "/processes"));
    }
}
