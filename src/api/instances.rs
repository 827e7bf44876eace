//! `/process-instances`: starting, listing, looking at and ending instances.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use spartito_core::ids::{ElementInstanceId, FlowNodeId, InstanceId, KeyError, ProcessId};

use super::json::{Strict, variables, with_variables};
use super::problem::Problem;
use super::view::{InstanceDetailView, InstanceView, PageEnd, PageView};
use super::{Key, SignedIn};
use crate::operations::{Desk, instances, processes};
use crate::wire::{InstanceFilter, InstanceState};

/// Which instances are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Filter {
    process_definition_id: Option<String>,
    state: Option<StateName>,
    has_incident: Option<bool>,
    element_id: Option<String>,
    business_key: Option<String>,
    after: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum StateName {
    Active,
    Completed,
    Terminated,
    /// Of those that are active, the ones that stand still.
    Suspended,
}

impl From<Filter> for InstanceFilter {
    fn from(filter: Filter) -> Self {
        Self {
            process: filter.process_definition_id,
            state: filter.state.map(|state| match state {
                StateName::Active | StateName::Suspended => InstanceState::Active,
                StateName::Completed => InstanceState::Completed,
                StateName::Terminated => InstanceState::Terminated,
            }),
            suspended: matches!(filter.state, Some(StateName::Suspended)).then_some(true),
            incidents: filter.has_incident,
            step: filter.element_id,
            q: filter.business_key,
            after: filter.after,
            ..Self::default()
        }
    }
}

/// `GET /process-instances?processDefinitionId=&state=&hasIncident=&elementId=&businessKey=&after=`
pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    filter: Result<Query<Filter>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<PageView<InstanceView>>, Problem> {
    let Query(filter) =
        filter.map_err(|error| Problem::bad_request(format!("{}.", error.body_text())))?;
    let list = instances::list(&desk, &caller, &filter.into()).await?;
    Ok(Json(PageView {
        items: list.instances.into_iter().map(InstanceView::from).collect(),
        page: PageEnd { end_cursor: list.next },
    }))
}

/// What to start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Start {
    process_definition_id: String,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
    #[serde(default)]
    business_key: Option<String>,
}

/// An instance that was started.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartedView {
    process_instance_key: String,
    business_key: Option<String>,
}

/// `POST /process-instances`
pub(super) async fn start(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Strict(start, body): Strict<Start>,
) -> Result<(StatusCode, Json<StartedView>), Problem> {
    let variables = variables(&body)?;
    let process = ProcessId::new(start.process_definition_id);
    let started =
        processes::start_with_data(&desk, &caller, &process, variables, start.business_key).await?;
    let view = StartedView {
        process_instance_key: started.instance.to_string(),
        business_key: started.business_key,
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// `GET /process-instances/{key}`
pub(super) async fn detail(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<InstanceId>,
) -> Result<Response, Problem> {
    let mut detail = instances::detail(&desk, &caller, key).await?;
    let facts = std::mem::take(&mut detail.variables);
    Ok(with_variables(&InstanceDetailView::from(detail), &facts))
}

/// Why an instance is ended, or instances are to stand still.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    #[serde(default)]
    pub(super) reason: String,
}

/// `POST /process-instances/{key}/cancellation`
pub(super) async fn cancel(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<InstanceId>,
    Strict(cancellation, _): Strict<Reason>,
) -> Result<StatusCode, Problem> {
    instances::cancel(&desk, &caller, key, &cancellation.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /process-instances/{key}/suspension`
pub(super) async fn suspend(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<InstanceId>,
    Strict(suspension, _): Strict<Reason>,
) -> Result<StatusCode, Problem> {
    instances::suspend(&desk, &caller, key, &suspension.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /process-instances/{key}/resumption`
pub(super) async fn resume(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Key(key): Key<InstanceId>,
) -> Result<StatusCode, Problem> {
    instances::resume(&desk, &caller, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a step of an ad-hoc sub-process is started.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Activation {
    /// Number of the visit to the ad-hoc sub-process; not needed where there is one.
    #[serde(default)]
    scope: Option<u32>,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// `POST /process-instances/{key}/elements/{elementId}/activation`
pub(super) async fn activate(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path((key, element)): Path<(String, String)>,
    Strict(activation, body): Strict<Activation>,
) -> Result<StatusCode, Problem> {
    let key = key.parse().map_err(|error: KeyError| Problem::not_found(format!("{error}.")))?;
    let step = (activation.scope.map(ElementInstanceId), FlowNodeId::new(element));
    instances::start_step(&desk, &caller, key, step, variables(&body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a receive task that names no message is triggered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    /// Number of the visit to the task; not needed where there is one.
    #[serde(default)]
    visit: Option<u32>,
    #[serde(default, rename = "variables")]
    _variables: Option<IgnoredAny>,
}

/// `POST /process-instances/{key}/elements/{elementId}/trigger`
pub(super) async fn trigger(
    State(desk): State<Arc<Desk>>,
    SignedIn(caller): SignedIn,
    Path((key, element)): Path<(String, String)>,
    Strict(trigger, body): Strict<Trigger>,
) -> Result<StatusCode, Problem> {
    let key = key.parse().map_err(|error: KeyError| Problem::not_found(format!("{error}.")))?;
    let step = (trigger.visit.map(ElementInstanceId), FlowNodeId::new(element));
    instances::trigger_step(&desk, &caller, key, step, variables(&body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
