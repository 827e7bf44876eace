//! DMN files of a deployment: each is read together with what it imports, from the same deployment
//! or from what was deployed before.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::diagnostic::Diagnostic;
use spartito_core::dmn::{Decisions, ModelHead};
use spartito_core::ids::DecisionId;

use super::decisions::kind_text;
use crate::store::{NewDecision, NewDecisionModel};

/// Texts of the latest deployed model of each namespace.
pub(super) type KnownModels = BTreeMap<String, String>;

/// What a DMN file is found to be.
pub(super) struct DecisionFile {
    /// Index of the file in the deployment.
    pub(super) index: usize,
    /// Everything that is to be said about it.
    pub(super) findings: Vec<Diagnostic>,
    /// The model; `None` where it has an error.
    pub(super) model: Option<NewDecisionModel>,
}

/// Reads the DMN files among `texts`; what a model imports comes before it.
pub(super) fn read(texts: &[(usize, &[u8])], known: &KnownModels) -> Vec<DecisionFile> {
    let heads: Vec<Option<ModelHead>> =
        texts.iter().map(|(_, text)| Decisions::head(text)).collect();
    let order = in_order_of_imports(&heads);
    order
        .into_iter()
        .map(|at| {
            let (index, text) = texts[at];
            let mut set: Vec<&[u8]> = vec![text];
            if let Some(head) = &heads[at] {
                set.extend(imported(head, &heads, texts, known));
            }
            let (findings, decisions) = match Decisions::read(&set) {
                Ok(mut reading) => (reading.findings.swap_remove(0), Some(reading.decisions)),
                Err(mut findings) => (findings.swap_remove(0), None),
            };
            let head = heads[at].as_ref();
            let model = head.zip(decisions).and_then(|(head, decisions)| {
                new_model(head, &decisions, std::str::from_utf8(text).ok()?)
            });
            DecisionFile { index, findings, model }
        })
        .collect()
}

/// The texts of all that a model imports, directly or through others.
fn imported<'t>(
    head: &ModelHead,
    heads: &[Option<ModelHead>],
    texts: &[(usize, &'t [u8])],
    known: &'t KnownModels,
) -> Vec<&'t [u8]> {
    let mut found: Vec<&[u8]> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([head.namespace.to_string()]);
    let mut open: Vec<String> = head.imports.iter().map(ToString::to_string).collect();
    while let Some(namespace) = open.pop() {
        if !seen.insert(namespace.clone()) {
            continue;
        }
        let here = heads.iter().zip(texts).find_map(|(head, (_, text))| {
            head.as_ref().filter(|head| *head.namespace == *namespace).map(|_| *text)
        });
        let Some(text) = here.or_else(|| known.get(&namespace).map(String::as_bytes)) else {
            continue;
        };
        found.push(text);
        let further = Decisions::head(text).map(|head| head.imports).unwrap_or_default();
        open.extend(further.iter().map(ToString::to_string));
    }
    found
}

/// Indices of the files, such that what a file imports stands before it; a cycle is cut, and is
/// found when the files are read.
fn in_order_of_imports(heads: &[Option<ModelHead>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(heads.len());
    let mut placed = vec![false; heads.len()];
    while order.len() < heads.len() {
        let waits = |at: usize| {
            let imports = heads[at].as_ref().map_or(&[][..], |head| &head.imports);
            heads.iter().enumerate().any(|(other, head)| {
                other != at
                    && !placed[other]
                    && head.as_ref().is_some_and(|head| imports.contains(&head.namespace))
            })
        };
        let ready = (0..heads.len()).find(|at| !placed[*at] && !waits(*at));
        let next = ready.or_else(|| (0..heads.len()).find(|at| !placed[*at]));
        let Some(next) = next else { break };
        placed[next] = true;
        order.push(next);
    }
    order
}

fn new_model(head: &ModelHead, decisions: &Decisions, xml: &str) -> Option<NewDecisionModel> {
    let own = decisions.ids_of_file(0);
    let callable: Vec<NewDecision> = decisions
        .invocables()
        .into_iter()
        .filter(|it| own.contains(&it.id))
        .map(|it| NewDecision {
            decision: DecisionId::new(it.id),
            name: (if it.label.is_empty() { &it.name } else { &it.label }).to_string(),
            kind: kind_text(it.kind).to_owned(),
            version_tag: it.version_tag.map(|tag| tag.to_string()),
        })
        .collect();
    if callable.is_empty() {
        return None;
    }
    let model = if head.id.is_empty() { &head.namespace } else { &head.id };
    Some(NewDecisionModel {
        model: model.to_string(),
        namespace: head.namespace.to_string(),
        name: (if head.name.is_empty() { model } else { &head.name }).to_string(),
        xml: xml.to_owned(),
        imports: head.imports.iter().map(ToString::to_string).collect(),
        decisions: callable,
    })
}
