//! Deployed models, as operations look at them: a process with its drawing, and its forms.
//!
//! Never reads a model twice in a row: versions never change, so what was read is kept for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spartito_core::bpmn::model::Process;
use spartito_core::forms::{self, Form};
use spartito_core::ids::{DefinitionKey, FormId, FormKey};

use super::{Desk, OperationError};
use crate::runtime::Definition;
use crate::store::StoreError;

/// Forms kept; past it all are forgotten and read again as they are asked for.
const KEPT_MAX: usize = 256;

/// Forms that were read.
#[derive(Debug, Default)]
pub(super) struct Forms(Mutex<BTreeMap<FormKey, Arc<Form>>>);

/// A version of a process, ready to run, with its drawing.
pub(super) async fn definition(
    desk: &Desk,
    key: DefinitionKey,
) -> Result<Arc<Definition>, OperationError> {
    desk.runtime.definitions.get(key).await?.ok_or_else(|| {
        OperationError::NotFound("There is no such version of the process.".to_owned())
    })
}

/// A version of a form; `None` where there is none.
pub(super) async fn form(desk: &Desk, key: FormKey) -> Result<Option<Arc<Form>>, OperationError> {
    if let Some(kept) = desk.forms.lock().get(&key) {
        return Ok(Some(Arc::clone(kept)));
    }
    let Some(json) = desk.runtime.store.form_json(key).await? else { return Ok(None) };
    let form = forms::read(&json).map_err(|findings| StoreError::Corrupt {
        table: "resources",
        column: "body".to_owned(),
        row: key.to_string(),
        reason: findings.first().map_or_else(String::new, |finding| finding.message.clone()),
    })?;
    let form = Arc::new(form);
    let mut kept = desk.forms.lock();
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(key, Arc::clone(&form));
    Ok(Some(form))
}

/// The latest version of a form; `None` where it is not deployed.
pub(super) async fn latest_form(
    desk: &Desk,
    id: &FormId,
) -> Result<Option<Arc<Form>>, OperationError> {
    match desk.runtime.store.latest_form(id).await? {
        Some(found) => form(desk, found.key).await,
        None => Ok(None),
    }
}

/// All forms that a process names, in the order of their steps, at their latest versions.
pub(super) async fn forms_of(
    desk: &Desk,
    process: &Process,
) -> Result<Vec<Arc<Form>>, OperationError> {
    let latest = desk.runtime.store.latest_forms().await?;
    let mut found = Vec::new();
    for id in form_ids(process) {
        if let Some(key) = latest.get(id)
            && let Some(form) = form(desk, *key).await?
        {
            found.push(form);
        }
    }
    Ok(found)
}

/// Ids of the forms that a process names.
pub(super) fn form_ids(process: &Process) -> impl Iterator<Item = &FormId> {
    process.nodes.iter().filter_map(|node| node.kind.form())
}

/// The form of the start event, if it names one.
pub(super) fn start_form_id(process: &Process) -> Option<&FormId> {
    let starts = process.nodes.iter().filter(|node| node.scope.is_none());
    starts.filter(|node| node.kind.is_none_start()).find_map(|node| node.kind.form())
}

impl Forms {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<FormKey, Arc<Form>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
