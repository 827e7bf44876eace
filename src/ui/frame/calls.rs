//! What the frame around all pages asks the server.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::Theme;
use crate::wire::{AlarmNote, Answer, CallError};

/// Remembers a theme for this browser.
#[server(prefix = "/call", endpoint = "account/theme", output = Answer)]
pub async fn set_theme(theme: Theme) -> Result<(), CallError> {
    crate::ui::response::remember_theme(theme);
    Ok(())
}

/// What is the matter now, for those who can do something about it.
#[server(name = ReadAlarms, prefix = "/call", endpoint = "upkeep/alarms", output = Answer, input = GetUrl)]
pub async fn alarms() -> Result<Vec<AlarmNote>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::upkeep::alarms(&desk, &caller).await?)
}
