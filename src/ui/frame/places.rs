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
pub(super) const PLACES: [Place; 8] = [
    place("My work", "/tasks", IconName::Inbox, 't'),
    place("Processes", "/processes", IconName::Workflow, 'p'),
    Place {
        needs: Some(Permission::ViewInstances),
        ..place("Decisions", "/decisions", IconName::Table, 'e')
    },
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
    Place {
        needs: Some(Permission::OperateInstances),
        admin: true,
        ..place("Upkeep", "/upkeep", IconName::Gauge, 'k')
    },
    Place { admin: true, ..place("Account", "/account", IconName::User, 'a') },
];

/// The places that are open to a person.
pub(super) fn places_of(me: &Me) -> Vec<Place> {
    let open = |place: &Place| place.needs.is_none_or(|permission| me.may(permission));
    PLACES.into_iter().filter(open).collect()
}

/// Places that fit into the bottom bar.
const BOTTOM_PLACES_MAX: usize = 5;

/// The places of the bottom bar: those of one's work, then the account where there is room; the
/// menu of the person leads there too.
pub(super) fn bottom_places(places: Vec<Place>) -> Vec<Place> {
    let (admin, work): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.admin);
    let account = admin.into_iter().filter(|place| place.needs.is_none());
    work.into_iter().chain(account).take(BOTTOM_PLACES_MAX).collect()
}

/// Whether a page belongs to a place.
pub(super) fn is_at(path: &str, href: &str) -> bool {
    let below = |href: &str| {
        path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let belongs = match href {
        "/processes" => below("/deploy"),
        "/instances" => below("/incidents") || below("/batches"),
        _ => false,
    };
    below(href) || belongs
}

#[cfg(test)]
mod tests {
    use super::{PLACES, bottom_places, is_at};

    #[test]
    fn the_bottom_bar_holds_five_places_and_work_comes_first() {
        let all: Vec<_> = bottom_places(PLACES.to_vec()).iter().map(|it| it.label).collect();
        assert_eq!(all, ["My work", "Processes", "Decisions", "Instances", "Insight"]);
        let few = PLACES.into_iter().filter(|place| place.needs.is_none()).collect();
        let few: Vec<_> = bottom_places(few).iter().map(|it| it.label).collect();
        assert_eq!(few, ["My work", "Processes", "Instances", "Account"]);
    }

    #[test]
    fn every_place_has_a_key_of_its_own() {
        let mut keys: Vec<char> = PLACES.iter().map(|place| place.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), PLACES.len());
    }

    #[test]
    fn a_page_belongs_to_the_place_it_lies_below() {
        assert!(is_at("/tasks", "/tasks"));
        assert!(is_at("/tasks/7", "/tasks"));
        assert!(!is_at("/tasksets", "/tasks"));
        assert!(is_at("/deploy", "/processes"));
        assert!(is_at("/incidents", "/instances") && is_at("/batches/7", "/instances"));
    }
}
