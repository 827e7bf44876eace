//! What the instance pages ask of the server.
//!
//! Never decides anything: each call finds the caller and hands over to one operation.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use spartito_core::ids::{IncidentKey, InstanceId};

use crate::wire::{Answer, CallError, InstanceDetail, InstanceFilter, InstanceList, RetryOutcome};

/// A page of instances, latest first.
#[server(prefix = "/call", endpoint = "instances/list", output = Answer, input = GetUrl)]
pub async fn instances(
    #[server(default)] filter: InstanceFilter,
) -> Result<InstanceList, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::instances::list(&desk, &caller, &filter).await?)
}

/// All that the page of one instance shows.
#[server(name = ReadInstance, prefix = "/call", endpoint = "instances/detail", output = Answer, input = GetUrl)]
pub async fn instance_detail(key: InstanceId) -> Result<InstanceDetail, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::instances::detail(&desk, &caller, key).await?)
}

/// Ends an instance before its time.
#[server(prefix = "/call", endpoint = "instances/cancel", output = Answer)]
pub async fn cancel_instance(
    key: String,
    #[server(default)] reason: String,
) -> Result<(), CallError> {
    let unknown = |_| CallError::NotFound(format!("There is no instance “{key}”."));
    let key = key.parse::<InstanceId>().map_err(unknown)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::instances::cancel(&desk, &caller, key, &reason).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Starts a step of an ad-hoc sub-process.
#[server(prefix = "/call", endpoint = "instances/start-step", output = Answer)]
pub async fn start_step(key: InstanceId, scope: u32, node: String) -> Result<(), CallError> {
    use spartito_core::ids::{ElementInstanceId, FlowNodeId};
    use spartito_core::value::Variables;

    let (caller, desk) = crate::ui::response::ask().await?;
    let step = (Some(ElementInstanceId(scope)), FlowNodeId::new(node));
    let variables = Variables::default();
    crate::operations::instances::start_step(&desk, &caller, key, step, variables).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Tries what an incident stopped once more, and says what came of it.
#[server(prefix = "/call", endpoint = "incidents/retry", output = Answer)]
pub async fn retry_incident(key: IncidentKey) -> Result<RetryOutcome, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let outcome = crate::operations::incidents::retry(&desk, &caller, key).await?;
    let word = match &outcome {
        RetryOutcome::Fixed => "fixed",
        RetryOutcome::FailedAgain { .. } => "failed",
        RetryOutcome::StillRunning => "running",
        RetryOutcome::ResolvedBefore => "before",
    };
    crate::ui::response::go_to(&format!("/instances/{}?retry={word}", key.instance));
    Ok(outcome)
}
