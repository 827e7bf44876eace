//! People: who may sign in, with what role, in which groups.
//!
//! Never deletes a person: histories name them. Never leaves the house without an administrator
//! who can sign in.

use spartito_core::ids::{GroupId, PersonId};

use super::account::role;
use super::{Desk, OperationError};
use crate::auth::{Caller, passwords, role_name};
use crate::store::{PersonRow, StoreError};
use crate::wire::{NewPerson, Permission, PersonCredentials, PersonSummary, Role};

/// Most characters of a name to sign in with.
const NAME_CHARACTERS_MAX: usize = 64;
/// Most characters of a name to be called by.
const DISPLAY_NAME_CHARACTERS_MAX: usize = 120;
/// Most groups of one person.
const GROUPS_MAX: usize = 50;

/// Everybody, by name.
///
/// # Errors
/// The right is missing.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<PersonSummary>, OperationError> {
    caller.require(Permission::ManagePeople)?;
    let mut people = Vec::new();
    for person in desk.runtime.store.people().await? {
        people.push(PersonSummary {
            role: role(&person)?,
            person: person.person,
            name: person.name,
            groups: person.groups,
            disabled: person.disabled,
            last_sign_in: person.last_sign_in,
        });
    }
    people.sort_by(|one, other| one.name.cmp(&other.name).then(one.person.cmp(&other.person)));
    Ok(people)
}

/// Adds a person with a generated password, which is shown this once.
///
/// # Errors
/// The right is missing, a name is not acceptable or taken.
pub async fn add(
    desk: &Desk,
    caller: &Caller,
    new: &NewPerson,
) -> Result<PersonCredentials, OperationError> {
    caller.require(Permission::ManagePeople)?;
    let person = Checked::new(new)?;
    let password = passwords::generate();
    let row = person.row(desk, &password).await?;
    match desk.runtime.store.add_people(&[row]).await {
        Err(StoreError::Conflict(_)) => {
            return Err(OperationError::invalid_field("person", "This name is taken."));
        }
        added => added?,
    }
    tracing::info!(person = %person.person, by = %caller.person, "person added");
    Ok(person.credentials(String::new(), password))
}

/// A person to be added, whose names and groups are acceptable.
#[derive(Debug)]
pub(super) struct Checked {
    person: PersonId,
    name: String,
    role: Role,
    groups: Vec<GroupId>,
}

impl Checked {
    /// Checks names and groups.
    pub(super) fn new(new: &NewPerson) -> Result<Self, OperationError> {
        let person = new.person.trim();
        if !is_sign_in_name(person) {
            return Err(OperationError::invalid_field(
                "person",
                "Use 2 to 64 of a-z, 0-9, “.”, “-” and “_”.",
            ));
        }
        let name = new.name.trim();
        let plain = !name.chars().any(char::is_control);
        if name.is_empty() || !plain || name.chars().count() > DISPLAY_NAME_CHARACTERS_MAX {
            return Err(OperationError::invalid_field(
                "name",
                "Enter a name of up to 120 characters.",
            ));
        }
        Ok(Self {
            person: PersonId::new(person),
            name: name.to_owned(),
            role: new.role,
            groups: groups(&new.groups)?,
        })
    }

    /// The row to store, with the hash of `password`.
    pub(super) async fn row(
        &self,
        desk: &Desk,
        password: &str,
    ) -> Result<PersonRow, OperationError> {
        Ok(PersonRow {
            person: self.person.clone(),
            name: self.name.clone(),
            role: role_name(self.role).to_owned(),
            groups: self.groups.clone(),
            password_hash: desk.passwords.hash(password).await?,
            disabled: false,
            created_at: desk.now(),
            last_sign_in: None,
        })
    }

    /// What is shown once of the new person.
    pub(super) fn credentials(self, purpose: String, password: String) -> PersonCredentials {
        PersonCredentials { person: self.person, name: self.name, purpose, password }
    }
}

fn groups(text: &str) -> Result<Vec<GroupId>, OperationError> {
    let mut groups = Vec::new();
    for group in text.split(',').map(str::trim).filter(|group| !group.is_empty()) {
        if !is_sign_in_name(group) {
            return Err(OperationError::invalid_field(
                "groups",
                format!("“{group}” is no name of a group: use a-z, 0-9, “.”, “-” and “_”."),
            ));
        }
        let group = GroupId::new(group);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.len() > GROUPS_MAX {
        return Err(OperationError::invalid_field("groups", "Name at most 50 groups."));
    }
    Ok(groups)
}

fn is_sign_in_name(text: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    (2..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// Refuses further sign-ins of a person and ends all sessions.
///
/// # Errors
/// The right is missing, there is no such person, or it is the last administrator.
pub async fn disable(
    desk: &Desk,
    caller: &Caller,
    person: &PersonId,
) -> Result<(), OperationError> {
    caller.require(Permission::ManagePeople)?;
    let found = find(desk, person).await?;
    if role(&found)? == Role::Administrator && !another_administrator(desk, person).await? {
        return Err(OperationError::Conflict(
            "This is the last administrator who can sign in. Add another one first.".to_owned(),
        ));
    }
    desk.runtime.store.update_person(&PersonRow { disabled: true, ..found }).await?;
    desk.sessions.end_all(person).await?;
    tracing::info!(%person, by = %caller.person, "person disabled");
    Ok(())
}

/// Lets a person sign in again.
///
/// # Errors
/// The right is missing, or there is no such person.
pub async fn enable(desk: &Desk, caller: &Caller, person: &PersonId) -> Result<(), OperationError> {
    caller.require(Permission::ManagePeople)?;
    let found = find(desk, person).await?;
    desk.runtime.store.update_person(&PersonRow { disabled: false, ..found }).await?;
    tracing::info!(%person, by = %caller.person, "person enabled");
    Ok(())
}

/// Gives a person a new generated password, shown this once, and ends all sessions.
///
/// # Errors
/// The right is missing, or there is no such person.
pub async fn reset_password(
    desk: &Desk,
    caller: &Caller,
    person: &PersonId,
) -> Result<PersonCredentials, OperationError> {
    caller.require(Permission::ManagePeople)?;
    let found = find(desk, person).await?;
    let password = passwords::generate();
    let password_hash = desk.passwords.hash(&password).await?;
    let name = found.name.clone();
    desk.runtime.store.update_person(&PersonRow { password_hash, ..found }).await?;
    desk.sessions.end_all(person).await?;
    tracing::info!(%person, by = %caller.person, "password reset");
    Ok(PersonCredentials { person: person.clone(), name, purpose: String::new(), password })
}

pub(super) async fn find(desk: &Desk, person: &PersonId) -> Result<PersonRow, OperationError> {
    desk.runtime
        .store
        .person(person)
        .await?
        .ok_or_else(|| OperationError::NotFound("There is no such person.".to_owned()))
}

async fn another_administrator(desk: &Desk, person: &PersonId) -> Result<bool, OperationError> {
    let people = desk.runtime.store.people().await?;
    let administrator = role_name(Role::Administrator);
    Ok(people
        .iter()
        .any(|other| other.person != *person && !other.disabled && other.role == administrator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(person: &str, groups: &str) -> NewPerson {
        NewPerson {
            person: person.to_owned(),
            name: "Anna Berg".to_owned(),
            role: Role::Member,
            groups: groups.to_owned(),
        }
    }

    #[test]
    fn names_and_groups_are_plain() {
        let checked = Checked::new(&new(" anna.berg ", "underwriters, back-office,,underwriters"))
            .expect("acceptable");
        assert_eq!(checked.person.as_str(), "anna.berg");
        assert_eq!(checked.groups.len(), 2);
        for person in ["a", "Anna", "anna berg", "anna\nberg", "<script>", &"a".repeat(65)] {
            assert!(Checked::new(&new(person, "")).is_err(), "{person}");
        }
        assert!(Checked::new(&new("anna", "Under Writers")).is_err());
    }
}
