//! What the pages of people and of upkeep ask.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use crate::wire::{Answer, CallError, PersonCredentials, PersonSummary, Role, Upkeep};

/// Everybody, by name.
#[server(prefix = "/call", endpoint = "people/list", output = Answer, input = GetUrl)]
pub async fn people() -> Result<Vec<PersonSummary>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::list(&desk, &caller).await?)
}

/// Adds a person with a generated password.
#[server(prefix = "/call", endpoint = "people/add", output = Answer)]
pub async fn add_person(
    person: String,
    name: String,
    role: Role,
    #[server(default)] groups: String,
) -> Result<PersonCredentials, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let new = crate::wire::NewPerson { person, name, role, groups };
    let made = crate::operations::people::add(&desk, &caller, &new).await?;
    if crate::ui::response::is_plain() {
        desk.once.keep(&caller.person, vec![made.clone()], desk.now());
        crate::ui::response::go_to("/people?made=1");
    }
    Ok(made)
}

/// Refuses further sign-ins of a person.
#[server(prefix = "/call", endpoint = "people/disable", output = Answer)]
pub async fn disable_person(person: String) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::disable(&desk, &caller, &person.as_str().into()).await?)
}

/// Lets a person sign in again.
#[server(prefix = "/call", endpoint = "people/enable", output = Answer)]
pub async fn enable_person(person: String) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::people::enable(&desk, &caller, &person.as_str().into()).await?)
}

/// Gives a person a new generated password.
#[server(prefix = "/call", endpoint = "people/reset-password", output = Answer)]
pub async fn reset_password(person: String) -> Result<PersonCredentials, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let person = person.as_str().into();
    let made = crate::operations::people::reset_password(&desk, &caller, &person).await?;
    if crate::ui::response::is_plain() {
        desk.once.keep(&caller.person, vec![made.clone()], desk.now());
        crate::ui::response::go_to("/people?made=1");
    }
    Ok(made)
}

/// A password that was just made, for the page that shows it without scripts; only once.
#[server(prefix = "/call", endpoint = "people/made", output = Answer, input = GetUrl)]
pub async fn made_password() -> Result<Vec<PersonCredentials>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(desk.once.take(&caller.person, desk.now()))
}

/// All that the page of upkeep shows.
#[server(name = ReadUpkeep, prefix = "/call", endpoint = "upkeep/overview", output = Answer, input = GetUrl)]
pub async fn upkeep() -> Result<Upkeep, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::upkeep::overview(&desk, &caller).await?)
}

/// Lets systems outside be called again.
#[server(prefix = "/call", endpoint = "upkeep/release", output = Answer)]
pub async fn release_outbound() -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::upkeep::release(&desk, &caller).await?;
    crate::ui::response::go_to("/upkeep");
    Ok(())
}
