//! `/messages` and `/signals`: what comes from outside and moves or starts instances.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::SignedIn;
use super::json::{Strict, variables};
use super::problem::Problem;
use crate::operations::Desk;
use crate::operations::messages::{self, MessageOutcome, NewMessage};

/// A message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct MessageBody {
    name: String,
    #[serde(default)]
    correlation_key: Option<String>,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    time_to_live: Option<String>,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// What became of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView {
    outcome: &'static str,
    process_instance_keys: Vec<String>,
}

/// `POST /messages`: 409 where the same name, key and id were published before.
pub(super) async fn publish(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(message, body): Strict<MessageBody>,
) -> Result<Json<MessageView>, Problem> {
    let message = NewMessage {
        name: message.name,
        correlation_key: message.correlation_key,
        message_id: message.message_id,
        time_to_live: message.time_to_live,
        variables: variables(&body)?,
    };
    let (outcome, instances) = match messages::publish(&desk, &caller, message).await? {
        MessageOutcome::Received(instances) => ("CORRELATED", instances),
        MessageOutcome::Waits => ("BUFFERED", Vec::new()),
        MessageOutcome::Unmatched => ("UNMATCHED", Vec::new()),
    };
    let process_instance_keys = instances.iter().map(ToString::to_string).collect();
    Ok(Json(MessageView { outcome, process_instance_keys }))
}

/// A signal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignalBody {
    name: String,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// `POST /signals`: taken when this answers, heard soon after.
pub(super) async fn signal(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(signal, body): Strict<SignalBody>,
) -> Result<StatusCode, Problem> {
    messages::signal(&desk, &caller, signal.name, variables(&body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
