//! Names of people, for lists and histories: looked up together, each once.
//!
//! Never shows anything of a person but the name to be called by.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::ids::PersonId;

use crate::store::{Store, StoreError};

/// Names by person.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<PersonId, String>);

impl Names {
    /// Names of all of `people` who exist.
    pub(super) async fn of(store: &Store, people: BTreeSet<PersonId>) -> Result<Self, StoreError> {
        let mut names = Self::default();
        for person in people {
            let found = store.person(&person).await?;
            let name = found.map_or_else(|| person.as_str().to_owned(), |found| found.name);
            names.0.insert(person, name);
        }
        Ok(names)
    }

    /// The name of `person`; the name to sign in with where none is known.
    pub(super) fn get(&self, person: &PersonId) -> String {
        self.0.get(person).cloned().unwrap_or_else(|| person.as_str().to_owned())
    }

    /// The name of `person`, where there is a person.
    pub(super) fn find(&self, person: Option<&PersonId>) -> Option<String> {
        person.map(|person| self.get(person))
    }
}
