//! What the dashboard asks of the server.
//!
//! Never decides anything: the call finds the caller and hands over to one operation.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use crate::wire::{Answer, CallError, Dashboard, DashboardFilter};

/// The indicators of a process; of the one with most open instances where none is named.
#[server(name = ReadDashboard, prefix = "/call", endpoint = "dashboard", output = Answer, input = GetUrl)]
pub async fn dashboard(#[server(default)] filter: DashboardFilter) -> Result<Dashboard, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::dashboard::dashboard(&desk, &caller, &filter).await?)
}
