//! Signing in and out, and one's own password.
//!
//! Never says whether a name exists: an unknown name, a wrong password and a disabled person get
//! the same answer after the same time.

use std::net::IpAddr;

use spartito_core::ids::PersonId;

use super::{Desk, OperationError};
use crate::auth::passwords::{PASSWORD_BYTES_MAX, accept};
use crate::auth::{Caller, SessionHandle, permissions_of, role_of};
use crate::store::{PersonRow, StoreError};
use crate::wire::{Me, Role};

/// Who is signed in by `session`, with the role and groups of this moment.
///
/// # Errors
/// The database does not answer.
pub async fn caller(desk: &Desk, session: &SessionHandle) -> Result<Option<Caller>, StoreError> {
    let Some((signed_in, key)) = session.signed_in(desk.now()).await? else { return Ok(None) };
    let Some(person) = desk.runtime.store.person(&signed_in.person).await? else {
        return Ok(None);
    };
    if person.disabled {
        return Ok(None);
    }
    let role = role(&person)?;
    Ok(Some(Caller {
        person: person.person,
        name: person.name,
        role,
        groups: person.groups,
        session: key,
        signed_in_at: signed_in.at,
    }))
}

/// The stored role of a person.
pub(super) fn role(person: &PersonRow) -> Result<Role, StoreError> {
    role_of(&person.role).ok_or_else(|| StoreError::Corrupt {
        table: "people",
        column: "role".to_owned(),
        row: person.person.to_string(),
        reason: format!("“{}” is no role", person.role),
    })
}

/// Signs a person in: a new session under a new id.
///
/// # Errors
/// The name and password do not belong together; too many failures; the database does not answer.
pub async fn sign_in(
    desk: &Desk,
    session: &SessionHandle,
    address: IpAddr,
    name: &str,
    password: &str,
) -> Result<Me, OperationError> {
    let now = desk.now();
    desk.guard.attempt(name, address, now).map_err(OperationError::TooManyFailures)?;
    let id = PersonId::new(name.trim().to_lowercase());
    let found = desk.runtime.store.person(&id).await?;
    let stored = found.as_ref().map(|person| person.password_hash.as_str());
    // A password beyond the bound is never right; it is replaced so that hashing takes as long.
    let password = if password.len() > PASSWORD_BYTES_MAX { "" } else { password };
    let right = desk.passwords.verify(password, stored).await?;
    let Some(person) = found.filter(|person| right && !person.disabled) else {
        tracing::warn!(person = %id, %address, "a sign-in was refused");
        return Err(OperationError::WrongCredentials);
    };
    desk.guard.succeeded(name, address, now);
    desk.runtime.store.note_sign_in(&person.person, now).await?;
    session.begin(&person.person, now).await?;
    tracing::info!(person = %person.person, %address, "signed in");
    let role = role(&person)?;
    Ok(Me {
        person: person.person,
        name: person.name,
        role,
        permissions: permissions_of(role).to_vec(),
        groups: person.groups,
    })
}

/// Signs the caller out: the session is gone, and so are the live streams it holds.
///
/// # Errors
/// The database does not answer.
pub async fn sign_out(
    desk: &Desk,
    session: &SessionHandle,
    caller: Option<&Caller>,
) -> Result<(), OperationError> {
    session.end().await?;
    if let Some(caller) = caller {
        desk.sessions.announce_end(&caller.person);
    }
    Ok(())
}

/// Changes the caller's password; every other session of the caller ends, and this one goes on
/// under a new id.
///
/// # Errors
/// The present password is not right, or the new one is not accepted.
pub async fn change_password(
    desk: &Desk,
    session: &SessionHandle,
    caller: &Caller,
    address: IpAddr,
    passwords: PasswordChange<'_>,
) -> Result<(), OperationError> {
    let now = desk.now();
    let name = caller.person.as_str();
    desk.guard.attempt(name, address, now).map_err(OperationError::TooManyFailures)?;
    let person = super::people::find(desk, &caller.person).await?;
    if !desk.passwords.verify(passwords.present, Some(&person.password_hash)).await? {
        return Err(OperationError::invalid_field("present", "This is not your present password."));
    }
    desk.guard.succeeded(name, address, now);
    if let Err(refusal) = accept(passwords.new, name) {
        return Err(OperationError::invalid_field("new", refusal.to_string()));
    }
    let password_hash = desk.passwords.hash(passwords.new).await?;
    desk.runtime.store.update_person(&PersonRow { password_hash, ..person }).await?;
    desk.sessions.end_all(&caller.person).await?;
    session.begin(&caller.person, now).await?;
    tracing::info!(person = %caller.person, "password changed");
    Ok(())
}

/// The present and the new password of a person.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The one that is right now.
    pub present: &'a str,
    /// The one that shall be.
    pub new: &'a str,
}
