//! What the decision pages ask of the server.
//!
//! Never decides anything: each call finds the caller and hands over to one operation.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use crate::wire::{
    Answer, CallError, DecisionDetail, DecisionList, DecisionTexts, DecisionUseFilter,
    DecisionUses, Trial,
};

/// Every decision and decision service, by name.
#[server(prefix = "/call", endpoint = "decisions/list", output = Answer, input = GetUrl)]
pub async fn decisions() -> Result<DecisionList, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::decisions::list(&desk, &caller).await?)
}

/// One decision at a version; at the latest where none is named.
#[server(name = ReadDecision, prefix = "/call", endpoint = "decisions/detail", output = Answer, input = GetUrl)]
pub async fn decision_detail(
    decision: String,
    #[server(default)] version: Option<u32>,
) -> Result<DecisionDetail, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let id = decision.as_str().into();
    Ok(crate::operations::decisions::detail(&desk, &caller, &id, version).await?)
}

/// Instances that a decision was made for, latest first.
#[server(name = ReadDecisionUses, prefix = "/call", endpoint = "decisions/uses", output = Answer, input = GetUrl)]
pub async fn decision_uses(
    decision: String,
    #[server(default)] filter: DecisionUseFilter,
) -> Result<DecisionUses, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let id = decision.as_str().into();
    Ok(crate::operations::decisions::uses(&desk, &caller, &id, &filter).await?)
}

/// The texts of a version, for trying it out in the browser.
#[server(name = ReadDecisionTexts, prefix = "/call", endpoint = "decisions/texts", output = Answer, input = GetUrl)]
pub async fn decision_texts(
    decision: String,
    #[server(default)] version: Option<u32>,
) -> Result<DecisionTexts, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let id = decision.as_str().into();
    Ok(crate::operations::decisions::texts(&desk, &caller, &id, version).await?)
}

/// Makes a decision for answers of a form; nothing is kept of it.
#[server(name = TryDecision, prefix = "/call", endpoint = "decisions/try", output = Answer, input = GetUrl)]
pub async fn try_decision(
    decision: String,
    #[server(default)] version: Option<u32>,
    #[server(default)] answers: BTreeMap<String, String>,
) -> Result<Trial, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let id = decision.as_str().into();
    Ok(crate::operations::decisions::try_out(&desk, &caller, (&id, version), &answers).await?)
}
