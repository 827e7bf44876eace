//! What the frame around all pages asks the server.

use leptos::prelude::*;

use super::Theme;
use crate::wire::{Answer, CallError};

/// Remembers a theme for this browser.
#[server(prefix = "/call", endpoint = "account/theme", output = Answer)]
pub async fn set_theme(theme: Theme) -> Result<(), CallError> {
    crate::ui::response::remember_theme(theme);
    Ok(())
}
