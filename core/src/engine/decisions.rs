//! Deployed decisions, as turns see them.
//!
//! A version never changes; which one a business rule task calls is settled in the turn that
//! calls it, and recorded in the event.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::bpmn::model::Binding;
use crate::diagnostic::Diagnostic;
use crate::dmn::{Decisions, Reading};
use crate::ids::{DecisionId, DecisionModelKey, DeploymentKey};

/// All deployed versions of all decisions.
#[derive(Debug, Default)]
pub struct DeployedDecisions {
    /// By decision; versions ascend.
    versions: BTreeMap<DecisionId, Vec<Arc<DecisionVersion>>>,
}

/// One deployed version of a decision.
#[derive(Debug, Clone)]
pub struct DecisionVersion {
    /// The version of the model that holds it.
    pub key: DecisionModelKey,
    /// From 1.
    pub version: u32,
    /// The deployments that brought this version, or found it unchanged.
    pub deployments: Vec<DeploymentKey>,
    /// `versionTag` of the decision.
    pub version_tag: Option<Arc<str>>,
    /// The model, ready to be evaluated.
    pub model: Arc<DecisionModel>,
}

/// A deployed DMN model with all that it imports. It is read when it is first asked.
#[derive(Debug)]
pub struct DecisionModel {
    /// The text of the model, then those of its imports.
    texts: Vec<Arc<str>>,
    reading: OnceLock<Option<Reading>>,
}

impl DecisionModel {
    /// A model with the texts of its imports behind its own.
    pub fn new(texts: Vec<Arc<str>>) -> Self {
        Self { texts, reading: OnceLock::new() }
    }

    /// The model, ready to be evaluated; `None` where it can no longer be read, which a newer
    /// Spartito must not let happen.
    pub fn decisions(&self) -> Option<&Decisions> {
        self.reading().map(|reading| &reading.decisions)
    }

    fn reading(&self) -> Option<&Reading> {
        let read = || {
            let texts: Vec<&[u8]> = self.texts.iter().map(|text| text.as_bytes()).collect();
            // What was deployed stays readable, whatever later checks find wrong with it.
            Decisions::read_to_try(&texts).ok()
        };
        self.reading.get_or_init(read).as_ref()
    }

    /// The text of the model, then those of its imports.
    pub fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    /// What the checks say about the model itself: warnings and infos, by position.
    pub fn findings(&self) -> &[Diagnostic] {
        self.reading().map_or(&[], |reading| {
            reading.findings.first().map_or(&[], |findings| findings.as_slice())
        })
    }
}

impl DeployedDecisions {
    /// Adds a version of a decision; versions are added in ascending order.
    pub fn add(&mut self, decision: DecisionId, version: DecisionVersion) {
        self.versions.entry(decision).or_default().push(Arc::new(version));
    }

    /// The versions of a decision, ascending.
    pub fn versions(&self, decision: &str) -> &[Arc<DecisionVersion>] {
        self.versions.get(decision).map_or(&[], Vec::as_slice)
    }

    /// Ids of all decisions.
    pub fn ids(&self) -> impl Iterator<Item = &DecisionId> {
        self.versions.keys()
    }

    /// The version that `binding` means to a process of `deployment`.
    pub fn bound(
        &self,
        decision: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<&DecisionVersion> {
        let mut latest_first = self.versions(decision).iter().rev();
        let found = match binding {
            Binding::Latest => latest_first.next(),
            Binding::Deployment => latest_first.find(|it| it.deployments.contains(&deployment)),
            Binding::VersionTag(tag) => {
                latest_first.find(|it| it.version_tag.as_deref() == Some(tag.as_str()))
            }
            Binding::Version(version) => latest_first.find(|it| it.version == *version),
        };
        found.map(|version| &**version)
    }
}
