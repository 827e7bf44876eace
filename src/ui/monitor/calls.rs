//! What the instance pages ask of the server.
//!
//! Never decides anything: each call finds the caller and hands over to one operation.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use spartito_core::ids::{BatchKey, IncidentKey, InstanceId};

use crate::wire::{
    Answer, BatchDetail, BatchItemOutcome, CallError, IncidentFilter, IncidentKind, IncidentList,
    InstanceDetail, InstanceFilter, InstanceList, RetryOutcome,
};

/// The key of an instance, out of an address or a form.
///
/// # Errors
/// [`CallError::NotFound`]: what has not the form of a key names nothing.
pub fn instance_key(text: &str) -> Result<InstanceId, CallError> {
    text.parse().map_err(|_| CallError::NotFound(format!("There is no instance “{text}”.")))
}

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
    let key = instance_key(&key)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::instances::cancel(&desk, &caller, key, &reason).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Lets an instance stand still until it is resumed.
#[server(prefix = "/call", endpoint = "instances/pause", output = Answer)]
pub async fn pause_instance(
    key: String,
    #[server(default)] reason: String,
) -> Result<(), CallError> {
    let key = instance_key(&key)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::instances::suspend(&desk, &caller, key, &reason).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Lets an instance go on that stands still.
#[server(prefix = "/call", endpoint = "instances/resume", output = Answer)]
pub async fn resume_instance(key: String) -> Result<(), CallError> {
    let key = instance_key(&key)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::instances::resume(&desk, &caller, key).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Starts a step of an ad-hoc sub-process.
#[server(prefix = "/call", endpoint = "instances/start-step", output = Answer)]
pub async fn start_step(key: String, scope: u32, node: String) -> Result<(), CallError> {
    use spartito_core::ids::{ElementInstanceId, FlowNodeId};
    use spartito_core::value::Variables;

    let key = instance_key(&key)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    let step = (Some(ElementInstanceId(scope)), FlowNodeId::new(node));
    let variables = Variables::default();
    crate::operations::instances::start_step(&desk, &caller, key, step, variables).await?;
    crate::ui::response::go_to(&format!("/instances/{key}"));
    Ok(())
}

/// Triggers a receive task that names no message.
#[server(prefix = "/call", endpoint = "instances/trigger-step", output = Answer)]
pub async fn trigger_step(key: String, visit: u32, node: String) -> Result<(), CallError> {
    use spartito_core::ids::{ElementInstanceId, FlowNodeId};
    use spartito_core::value::Variables;

    let key = instance_key(&key)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    let step = (Some(ElementInstanceId(visit)), FlowNodeId::new(node));
    let variables = Variables::default();
    crate::operations::instances::trigger_step(&desk, &caller, key, step, variables).await?;
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

/// A page of open incidents, with how many match.
#[server(name = ReadIncidents, prefix = "/call", endpoint = "incidents/list", output = Answer, input = GetUrl)]
pub async fn incidents(
    #[server(default)] filter: IncidentFilter,
) -> Result<IncidentList, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::incidents::list(&desk, &caller, &filter).await?)
}

/// All kinds of incidents.
#[server(prefix = "/call", endpoint = "incidents/kinds", output = Answer, input = GetUrl)]
pub async fn incident_kinds() -> Result<Vec<IncidentKind>, CallError> {
    crate::ui::response::ask().await?;
    Ok(crate::operations::incidents::kinds())
}

/// Tries all incidents again that match, and leads to how far that is.
#[server(prefix = "/call", endpoint = "incidents/retry-matching", output = Answer)]
pub async fn retry_matching(
    #[server(default)] filter: IncidentFilter,
) -> Result<BatchKey, CallError> {
    use crate::operations::batches::{Asked, retry_all_that_match};

    let (caller, desk) = crate::ui::response::ask().await?;
    let asked = retry_all_that_match(&desk, &caller, &filter, Vec::new(), None).await?;
    let (Asked::Made(key) | Asked::MadeBefore(key)) = asked else {
        return Err(CallError::Internal("A batch without a key met another one.".to_owned()));
    };
    crate::ui::response::go_to(&format!("/batches/{key}"));
    Ok(key)
}

/// How far a batch is, with a page of what came of its items.
#[server(name = ReadBatch, prefix = "/call", endpoint = "batches/detail", output = Answer, input = GetUrl)]
pub async fn batch_detail(
    key: BatchKey,
    #[server(default)] outcome: Option<BatchItemOutcome>,
    #[server(default)] after: Option<String>,
) -> Result<BatchDetail, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let after = after.as_deref();
    Ok(crate::operations::batches::detail(&desk, &caller, key, outcome, after).await?)
}

/// Ends a batch before its time.
#[server(prefix = "/call", endpoint = "batches/cancel", output = Answer)]
pub async fn cancel_batch(key: String) -> Result<(), CallError> {
    let unknown = |_| CallError::NotFound(format!("There is no batch “{key}”."));
    let key = key.parse::<BatchKey>().map_err(unknown)?;
    let (caller, desk) = crate::ui::response::ask().await?;
    crate::operations::batches::cancel(&desk, &caller, key).await?;
    crate::ui::response::go_to(&format!("/batches/{key}"));
    Ok(())
}
