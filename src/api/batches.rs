//! `/incidents/resolution` and `/batch-operations`: all incidents that match are tried again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use spartito_core::ids::{BatchKey, IncidentKey};

use super::json::Strict;
use super::problem::Problem;
use super::view::{PageEnd, PageView};
use super::{Key, SignedIn};
use crate::operations::batches::{self, Asked};
use crate::operations::{Desk, incidents};
use crate::wire::{
    BatchCounts, BatchItem, BatchItemOutcome, BatchState, BatchSummary, IncidentFilter,
    IncidentSummary,
};

/// Which incidents are meant.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct Filter {
    process_definition_id: Option<String>,
    process_definition_version: Option<u32>,
    element_id: Option<String>,
    error_type: Option<String>,
    error_message: Option<String>,
    raised_from: Option<String>,
    raised_to: Option<String>,
}

impl Filter {
    fn wanted(self, after: Option<String>) -> IncidentFilter {
        IncidentFilter {
            process: self.process_definition_id,
            version: self.process_definition_version,
            step: self.element_id,
            kind: self.error_type,
            q: self.error_message,
            raised_from: self.raised_from,
            raised_to: self.raised_to,
            after,
        }
    }
}

/// A page that is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageAsked {
    #[serde(default)]
    after: Option<String>,
}

/// A search for incidents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    page: PageAsked,
}

/// An open incident.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IncidentView {
    incident_key: String,
    process_instance_key: String,
    business_key: Option<String>,
    process_definition_id: String,
    process_definition_version: u32,
    element_id: String,
    element_name: String,
    error_type: String,
    error_message: String,
    creation_time: String,
}

impl From<IncidentSummary> for IncidentView {
    fn from(incident: IncidentSummary) -> Self {
        Self {
            incident_key: incident.key.to_string(),
            process_instance_key: incident.instance.to_string(),
            business_key: incident.business_key,
            process_definition_id: incident.process.to_string(),
            process_definition_version: incident.version,
            element_id: incident.node,
            element_name: incident.title,
            error_type: incident.kind,
            error_message: incident.message,
            creation_time: incident.raised_at.to_string(),
        }
    }
}

/// A page of incidents, with how many match in all.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    #[serde(flatten)]
    list: PageView<IncidentView>,
    total_items: u64,
    has_more_total_items: bool,
}

/// `POST /incidents/search`
pub(super) async fn search(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(search, _): Strict<Search>,
) -> Result<Json<Found>, Problem> {
    let filter = search.filter.wanted(search.page.after);
    let list = incidents::list(&desk, &caller, &filter).await?;
    Ok(Json(Found {
        total_items: list.matching,
        has_more_total_items: list.is_more,
        list: PageView {
            items: list.incidents.into_iter().map(IncidentView::from).collect(),
            page: PageEnd { end_cursor: list.next },
        },
    }))
}

/// What is to be tried again: all that match, and of these those that are named where any are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Resolution {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    incident_keys: Vec<String>,
}

/// A batch that was made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made {
    batch_operation_key: String,
}

/// `POST /incidents/resolution`
pub(super) async fn retry(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    Strict(asked, _): Strict<Resolution>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let idempotency_key = match headers.get("idempotency-key") {
        None => None,
        Some(key) => Some(key.to_str().map_err(|_| {
            Problem::bad_request("The Idempotency-Key may hold visible ASCII characters only.")
        })?),
    };
    let mut keys = Vec::with_capacity(asked.incident_keys.len());
    for key in &asked.incident_keys {
        let key: IncidentKey = key
            .parse()
            .map_err(|error| Problem::not_found(format!("{error}. Nothing was tried again.")))?;
        keys.push(key);
    }
    let filter = asked.filter.wanted(None);
    let idempotency_key = idempotency_key.map(ToOwned::to_owned);
    let asked =
        batches::retry_all_that_match(&desk, &caller, &filter, keys, idempotency_key).await?;
    let made = |key: BatchKey| Json(Made { batch_operation_key: key.to_string() });
    match asked {
        Asked::Made(key) => Ok((StatusCode::CREATED, made(key))),
        Asked::MadeBefore(key) => Ok((StatusCode::OK, made(key))),
        Asked::OtherUnderThisKey => Err(Problem::unprocessable(
            "Another request was made before with this Idempotency-Key. Nothing was done.",
        )),
    }
}

/// A batch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchView {
    batch_operation_key: String,
    batch_operation_type: &'static str,
    state: BatchState,
    counts: BatchCounts,
    start_date: String,
    started_by: String,
    canceled_by: Option<String>,
    end_date: Option<String>,
}

impl From<BatchSummary> for BatchView {
    fn from(batch: BatchSummary) -> Self {
        Self {
            batch_operation_key: batch.key.to_string(),
            batch_operation_type: "RESOLVE_INCIDENT",
            state: batch.state,
            counts: batch.counts,
            start_date: batch.created_at.to_string(),
            started_by: batch.created_by,
            canceled_by: batch.canceled_by,
            end_date: batch.ended_at.map(|at| at.to_string()),
        }
    }
}

/// `GET /batch-operations/{key}`
pub(super) async fn detail(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<BatchKey>,
) -> Result<Json<BatchView>, Problem> {
    let detail = batches::detail(&desk, &caller, key, None, None).await?;
    Ok(Json(detail.batch.into()))
}

/// Which items are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemsAsked {
    state: Option<BatchItemOutcome>,
    after: Option<String>,
}

/// One item.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemView {
    incident_key: String,
    process_instance_key: String,
    business_key: Option<String>,
    state: BatchItemOutcome,
    message: Option<String>,
}

impl From<BatchItem> for ItemView {
    fn from(item: BatchItem) -> Self {
        Self {
            incident_key: item.key.to_string(),
            process_instance_key: item.instance.to_string(),
            business_key: item.business_key,
            state: item.outcome,
            message: item.message,
        }
    }
}

/// `GET /batch-operations/{key}/items?state=&after=`
pub(super) async fn items(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<BatchKey>,
    asked: Result<Query<ItemsAsked>, QueryRejection>,
) -> Result<Json<PageView<ItemView>>, Problem> {
    let Query(ItemsAsked { state, after }) =
        asked.map_err(|error| Problem::bad_request(format!("{}.", error.body_text())))?;
    let detail = batches::detail(&desk, &caller, key, state, after.as_deref()).await?;
    Ok(Json(PageView {
        items: detail.items.into_iter().map(ItemView::from).collect(),
        page: PageEnd { end_cursor: detail.next },
    }))
}

/// `POST /batch-operations/{key}/cancellation`
pub(super) async fn cancel(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<BatchKey>,
) -> Result<StatusCode, Problem> {
    batches::cancel(&desk, &caller, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
