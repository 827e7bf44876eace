//! Decisions: which are deployed, how they read, how they are used, and trying them out.
//!
//! Never changes anything: a decision is changed by deploying a new version of its model.

use std::collections::BTreeMap;
use std::sync::Arc;

use spartito_core::bpmn::model::Process;
use spartito_core::dmn::{self, Decisions, Invocable, InvocableKind};
use spartito_core::engine::decisions::DecisionModel;
use spartito_core::ids::{DecisionId, DecisionModelKey};
use spartito_core::value::words::{cut, readable_value};

use super::names::Names;
use super::{Desk, OperationError, models};
use crate::auth::Caller;
use crate::store::{DecisionRow, DecisionUseQuery};
use crate::wire::{
    DecisionDetail, DecisionList, DecisionName, DecisionSummary, DecisionTexts, DecisionUse,
    DecisionUseFilter, DecisionUses, DecisionVersionSummary, InstanceDecision, Permission,
    ProcessName, Trial,
};

/// Days that “last week” has.
const WEEK_DAYS: i64 = 7;
/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Uses on a page.
const USES_PER_PAGE: u32 = 25;
/// Most characters of an outcome in a list.
const OUTCOME_CHARACTERS_MAX: usize = 100;
/// Most bytes of the answers of a trial.
const ANSWERS_BYTES_MAX: usize = 256 * 1024;

/// All decisions and decision services, by name.
///
/// # Errors
/// The right is missing.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<DecisionList, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let store = &desk.runtime.store;
    let made = store.decision_counts(week_begin(desk)).await?;
    let users = users(desk).await?;
    let models = model_names(desk).await?;
    let mut decisions: Vec<DecisionSummary> = Vec::new();
    for row in store.decisions().await? {
        let known = decisions.last().is_some_and(|known| known.id == row.decision);
        let kind = kind_of(&row.kind);
        if known || kind == InvocableKind::Knowledge {
            continue;
        }
        decisions.push(DecisionSummary {
            made_last_week: made.get(&row.decision).copied().unwrap_or(0),
            used_by: users.get(row.decision.as_str()).cloned().unwrap_or_default(),
            model: models.get(&row.model).cloned().unwrap_or_default(),
            id: row.decision,
            name: row.name,
            kind,
            version: row.version,
            deployed_at: row.deployed_at,
        });
    }
    decisions.sort_by_key(|decision| (decision.name.to_lowercase(), decision.id.clone()));
    Ok(DecisionList { decisions, may_deploy: caller.may(Permission::Deploy), now: desk.now() })
}

/// One decision at a version; at the latest where none is named.
///
/// # Errors
/// The right is missing, or there is no such decision or version.
pub async fn detail(
    desk: &Desk,
    caller: &Caller,
    decision: &DecisionId,
    version: Option<u32>,
) -> Result<DecisionDetail, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let store = &desk.runtime.store;
    let rows = store.decision_versions(decision).await?;
    let shown = chosen(&rows, version)?;
    let (model, decisions) = model(desk, shown.model)?;
    let invocable = decisions.find(decision.as_str()).ok_or_else(unknown)?;
    let table = decisions.table(decision.as_str());
    let counts = store.rule_counts(shown.model, decision, Some(week_begin(desk))).await?;
    let rules = table.as_ref().map_or(0, |table| table.rows.len());
    let rules_last_week =
        (1..=u32::try_from(rules).unwrap_or(u32::MAX)).map(|rule| count(&counts, Some(rule)));
    let mut versions = Vec::with_capacity(rows.len());
    let deployers = rows.iter().filter_map(|row| row.deployed_by.clone()).collect();
    let names = Names::of(store, deployers).await?;
    for row in &rows {
        let made = store.rule_counts(row.model, decision, None).await?;
        versions.push(DecisionVersionSummary {
            version: row.version,
            version_tag: row.version_tag.clone(),
            deployed_at: row.deployed_at,
            deployed_by: names.find(row.deployed_by.as_ref()),
            made: count(&made, None),
        });
    }
    Ok(DecisionDetail {
        model_name: model_names(desk).await?.remove(&shown.model).unwrap_or_default(),
        shown: shown.version,
        versions,
        expression: decisions.expression(decision.as_str()).map(|text| text.to_string()),
        requires: required(&decisions, &invocable),
        findings: findings(&model, &decisions, &invocable),
        made_last_week: count(&counts, None),
        rules_last_week: rules_last_week.collect(),
        used_by: users(desk).await?.remove(decision.as_str()).unwrap_or_default(),
        decision: invocable,
        table,
        may_deploy: caller.may(Permission::Deploy),
        now: desk.now(),
    })
}

/// Instances that a decision was made for, latest first.
///
/// # Errors
/// The right is missing, or there is no such decision or version.
pub async fn uses(
    desk: &Desk,
    caller: &Caller,
    decision: &DecisionId,
    filter: &DecisionUseFilter,
) -> Result<DecisionUses, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let store = &desk.runtime.store;
    let rows = store.decision_versions(decision).await?;
    // A rule is one of a version: of the latest where none is named.
    let version = filter.version.or(filter.rule.and(rows.first().map(|row| row.version)));
    let model = match version {
        Some(version) => Some(chosen(&rows, Some(version))?.model),
        None => None,
    };
    let query = DecisionUseQuery {
        decision: decision.clone(),
        model,
        rule: filter.rule,
        limit: USES_PER_PAGE,
        after: filter.after.clone(),
    };
    let page = store.decision_uses(&query).await?;
    let versions: BTreeMap<DecisionModelKey, u32> =
        rows.iter().map(|row| (row.model, row.version)).collect();
    let uses = page.rows.into_iter().map(|row| DecisionUse {
        instance: row.instance,
        business_key: row.business_key,
        process_name: row.process_name,
        version: versions.get(&row.model).copied().unwrap_or(0),
        rules: row.rules,
        outcome: outcome_words(&row.outcome),
        at: row.at,
    });
    Ok(DecisionUses { uses: uses.collect(), next: page.next, now: desk.now() })
}

/// The texts of a version, for trying it out in the browser.
///
/// # Errors
/// The right is missing, or there is no such decision or version.
pub async fn texts(
    desk: &Desk,
    caller: &Caller,
    decision: &DecisionId,
    version: Option<u32>,
) -> Result<DecisionTexts, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let rows = desk.runtime.store.decision_versions(decision).await?;
    let (model, _) = model(desk, chosen(&rows, version)?.model)?;
    let texts = model.texts().iter().map(ToString::to_string).collect();
    Ok(DecisionTexts { texts, now: desk.now() })
}

/// Makes a decision for answers of a form; nothing is kept of it.
///
/// # Errors
/// The right is missing, there is no such decision or version, or the answers are too large.
pub async fn try_out(
    desk: &Desk,
    caller: &Caller,
    (decision, version): (&DecisionId, Option<u32>),
    answers: &BTreeMap<String, String>,
) -> Result<Trial, OperationError> {
    caller.require(Permission::ViewInstances)?;
    let bytes: usize = answers.iter().map(|(name, answer)| name.len() + answer.len()).sum();
    if bytes > ANSWERS_BYTES_MAX {
        return Err(OperationError::TooLarge("The answers are larger than 256 KiB.".to_owned()));
    }
    let rows = desk.runtime.store.decision_versions(decision).await?;
    let (_, decisions) = model(desk, chosen(&rows, version)?.model)?;
    let (id, answers, now) = (decision.clone(), answers.clone(), desk.now());
    // An evaluation may take its whole budget, and nothing else may wait for it.
    let tried =
        tokio::task::spawn_blocking(move || dmn::try_out(&decisions, id.as_str(), &answers, now));
    Ok(Trial::from(&tried.await.expect("an evaluation does not panic")))
}

/// Tells the version of each decision that was made on the way: the decisions of one model are
/// counted each by itself.
///
/// # Errors
/// The database does not answer.
pub(super) async fn tell_versions(
    desk: &Desk,
    made: &mut [InstanceDecision],
) -> Result<(), OperationError> {
    let mut known: BTreeMap<DecisionId, Vec<DecisionRow>> = BTreeMap::new();
    for whole in made {
        let model = whole.model;
        for part in &mut whole.decisions {
            if !known.contains_key(&part.id) {
                let rows = desk.runtime.store.decision_versions(&part.id).await?;
                known.insert(part.id.clone(), rows);
            }
            let mut rows = known.get(&part.id).into_iter().flatten();
            part.version = rows.find(|row| row.model == model).map(|row| row.version);
        }
    }
    Ok(())
}

fn chosen(rows: &[DecisionRow], version: Option<u32>) -> Result<&DecisionRow, OperationError> {
    let found = match version {
        None => rows.first(),
        Some(version) => rows.iter().find(|row| row.version == version),
    };
    found.ok_or_else(unknown)
}

fn unknown() -> OperationError {
    OperationError::NotFound("There is no such decision, or no such version of it.".to_owned())
}

/// A deployed version of a model, ready to be evaluated.
fn model(
    desk: &Desk,
    key: DecisionModelKey,
) -> Result<(Arc<DecisionModel>, Decisions), OperationError> {
    let model = desk.runtime.definitions.decision_model(key).ok_or_else(unknown)?;
    let decisions = model.decisions().cloned().ok_or_else(unknown)?;
    Ok((model, decisions))
}

fn kind_of(text: &str) -> InvocableKind {
    match text {
        "service" => InvocableKind::Service,
        "knowledge" => InvocableKind::Knowledge,
        _ => InvocableKind::Decision,
    }
}

/// How a kind is stored.
pub(super) const fn kind_text(kind: InvocableKind) -> &'static str {
    match kind {
        InvocableKind::Decision => "decision",
        InvocableKind::Service => "service",
        InvocableKind::Knowledge => "knowledge",
    }
}

/// The day on which the last seven days began, in days since 1970 (UTC).
fn week_begin(desk: &Desk) -> i64 {
    desk.now().as_millis().div_euclid(DAY_MS) - (WEEK_DAYS - 1)
}

fn count(counts: &BTreeMap<Option<u32>, u64>, rule: Option<u32>) -> u64 {
    counts.get(&rule).copied().unwrap_or(0)
}

/// Processes by the id of the decisions that their latest versions call.
async fn users(desk: &Desk) -> Result<BTreeMap<String, Vec<ProcessName>>, OperationError> {
    let mut users: BTreeMap<String, Vec<ProcessName>> = BTreeMap::new();
    for row in desk.runtime.store.processes().await? {
        let definition = models::definition(desk, row.latest.key).await?;
        for id in called_decisions(definition.process.model()) {
            let user =
                ProcessName { id: row.latest.process.clone(), name: row.latest.name.clone() };
            let known = users.entry(id.to_owned()).or_default();
            if !known.contains(&user) {
                known.push(user);
            }
        }
    }
    Ok(users)
}

/// Ids of the decisions that a process calls by a fixed id.
pub(super) fn called_decisions(process: &Process) -> impl Iterator<Item = &str> {
    let called = process.nodes.iter().filter_map(|node| node.kind.called_decision());
    called.map(|called| called.decision.text.trim()).filter(|id| !id.starts_with('='))
}

async fn model_names(desk: &Desk) -> Result<BTreeMap<DecisionModelKey, String>, OperationError> {
    Ok(desk.runtime.store.decision_model_names().await?)
}

/// The decisions that a decision requires directly.
fn required(decisions: &Decisions, invocable: &Invocable) -> Vec<DecisionName> {
    let required = invocable.requires.iter().filter_map(|id| decisions.find(id));
    required
        .map(|it| DecisionName { id: DecisionId::new(it.id), name: it.name.to_string() })
        .collect()
}

/// What the checks say about a decision and the rules of its table.
fn findings(
    model: &DecisionModel,
    decisions: &Decisions,
    invocable: &Invocable,
) -> Vec<spartito_core::diagnostic::Diagnostic> {
    let parts = decisions.parts(&invocable.id);
    let all = model.findings();
    all.iter().filter(|it| parts.iter().any(|part| **part == *it.element)).cloned().collect()
}

/// The outcome of a stored use, for people: it is JSON where it was not cut.
fn outcome_words(outcome: &str) -> String {
    let limits = spartito_core::value::json::Limits::default();
    match spartito_core::value::json::parse(outcome, limits) {
        Ok(value) => cut(&readable_value(&value), OUTCOME_CHARACTERS_MAX),
        Err(_) => cut(outcome, OUTCOME_CHARACTERS_MAX),
    }
}
