//! What the page of people asks.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use crate::wire::{CallError, PersonCredentials, PersonSummary, Role};

/// Everybody, by name.
#[server(prefix = "/call", endpoint = "people/list", input = GetUrl)]
pub async fn people() -> Result<Vec<PersonSummary>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::list(&desk, &caller).await?)
}

/// Adds a person with a generated password.
#[server(prefix = "/call", endpoint = "people/add")]
pub async fn add_person(
    person: String,
    name: String,
    role: Role,
    #[server(default)] groups: String,
) -> Result<PersonCredentials, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let new = crate::wire::NewPerson { person, name, role, groups };
    Ok(crate::operations::people::add(&desk, &caller, &new).await?)
}

/// Refuses further sign-ins of a person.
#[server(prefix = "/call", endpoint = "people/disable")]
pub async fn disable_person(person: String) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::disable(&desk, &caller, &person.as_str().into()).await?)
}

/// Lets a person sign in again.
#[server(prefix = "/call", endpoint = "people/enable")]
pub async fn enable_person(person: String) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::enable(&desk, &caller, &person.as_str().into()).await?)
}

/// Gives a person a new generated password.
#[server(prefix = "/call", endpoint = "people/reset-password")]
pub async fn reset_password(person: String) -> Result<PersonCredentials, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::reset_password(&desk, &caller, &person.as_str().into()).await?)
}
