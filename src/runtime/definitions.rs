//! Deployed processes, ready to run: read from the store once and kept.
//!
//! A version never changes, so what is kept is never stale; only the current version of each form
//! is read anew after a deployment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use spartito_core::bpmn;
use spartito_core::bpmn::diagram::Diagram;
use spartito_core::engine::decisions::{DecisionModel, DecisionVersion, DeployedDecisions};
use spartito_core::engine::{Deployed, ExecutableProcess};
use spartito_core::ids::{DecisionModelKey, DefinitionKey, DeploymentKey, FormId, FormKey};

use tokio::sync::watch;

use super::neighbors::Neighbors;
use crate::store::{DecisionModelRow, DefinitionRow, Store, StoreError};

/// A deployed version of a process with its drawing.
#[derive(Debug)]
pub struct Definition {
    /// What the store says about it.
    pub row: DefinitionRow,
    /// The process, ready to run.
    pub process: ExecutableProcess,
    /// The drawing of the file that it came with.
    pub diagram: Diagram,
}

type Forms = Arc<BTreeMap<FormId, FormKey>>;
type Models = BTreeMap<DecisionModelKey, (DecisionModelRow, Arc<DecisionModel>)>;

/// What a deployment may have changed.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// The current version of each form.
    pub forms: Forms,
    /// All versions of all decisions.
    pub decisions: Arc<DeployedDecisions>,
}

/// All deployed processes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Definitions {
    store: Store,
    known: Arc<RwLock<HashMap<DefinitionKey, Arc<Definition>>>>,
    models: Arc<RwLock<Models>>,
    current: Arc<RwLock<Current>>,
    refreshes: Arc<watch::Sender<u64>>,
    neighbors: Neighbors,
    /// The latest deployment of which a process was read.
    latest: Arc<AtomicU64>,
}

impl Definitions {
    /// Reads the current forms; processes are read when they are needed.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub(super) async fn open(store: Store, neighbors: Neighbors) -> Result<Self, StoreError> {
        let (models, current) = (Arc::default(), Arc::default());
        let refreshes = Arc::new(watch::Sender::new(0));
        let (known, latest) = (Arc::default(), Arc::default());
        let definitions = Self { store, known, models, current, refreshes, neighbors, latest };
        definitions.reread().await?;
        Ok(definitions)
    }

    /// Notices what a deployment has brought, and tells other servers; to be called after each.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.reread().await?;
        self.neighbors.deployed();
        Ok(())
    }

    /// Notices what another server has deployed.
    pub(super) async fn reread(&self) -> Result<(), StoreError> {
        let forms = Arc::new(self.store.latest_forms().await?);
        let decisions = Arc::new(self.read_decisions().await?);
        let current = Current { forms, decisions };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        self.refreshes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Tells of each deployment from now on.
    pub(super) fn refreshes(&self) -> watch::Receiver<u64> {
        self.refreshes.subscribe()
    }

    /// The current version of each form, and all decisions.
    pub fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A version of a decision model; `None` if it is not deployed.
    pub fn decision_model(&self, key: DecisionModelKey) -> Option<Arc<DecisionModel>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(&key).map(|(_, model)| Arc::clone(model))
    }

    /// The text of the latest decision model of each namespace.
    pub fn latest_decision_models(&self) -> BTreeMap<String, String> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        let latest = models.values().map(|(row, _)| (row.namespace.clone(), row.xml.clone()));
        latest.collect()
    }

    /// All decisions: the texts of models are read once and kept, and compiled when they are first
    /// asked.
    async fn read_decisions(&self) -> Result<DeployedDecisions, StoreError> {
        let last = {
            let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
            models.keys().next_back().copied()
        };
        let new = self.store.decision_models(last).await?;
        let brought = self.store.deployed_decision_models().await?;
        let rows = self.store.decisions().await?;
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        for row in new {
            let model = Arc::new(DecisionModel::new(texts(&row, &models)));
            models.insert(row.key, (row, model));
        }
        let mut deployments: BTreeMap<DecisionModelKey, Vec<DeploymentKey>> = BTreeMap::new();
        for (model, deployment) in brought {
            deployments.entry(model).or_default().push(deployment);
        }
        let mut decisions = DeployedDecisions::default();
        for row in rows.into_iter().rev() {
            let Some((_, model)) = models.get(&row.model) else { continue };
            let version = DecisionVersion {
                key: row.model,
                version: row.version,
                deployments: deployments.get(&row.model).cloned().unwrap_or_default(),
                version_tag: row.version_tag.map(Arc::from),
                model: Arc::clone(model),
            };
            decisions.add(row.decision, version);
        }
        Ok(decisions)
    }

    /// A version of a process; `None` if it is not deployed.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer, or where a stored model can no longer
    /// be run (which a newer Spartito must not let happen).
    pub async fn get(&self, key: DefinitionKey) -> Result<Option<Arc<Definition>>, StoreError> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(known.clone()));
        }
        let Some(row) = self.store.definition(key).await? else { return Ok(None) };
        let Some(xml) = self.store.definition_xml(key).await? else { return Ok(None) };
        let deployment = row.deployment.number();
        if self.latest.fetch_max(deployment, Ordering::Relaxed) < deployment {
            // Another server may have deployed it a moment ago, with forms and decisions.
            self.reread().await?;
        }
        let definition = Arc::new(compile(row, &xml)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(known.entry(key).or_insert(definition).clone()))
    }
}

impl Definition {
    /// What a turn of this version sees.
    pub fn deployed<'d>(&'d self, current: &'d Current) -> Deployed<'d> {
        let Current { forms, decisions } = current;
        let (process, deployment) = (&self.process, self.row.deployment);
        Deployed { process, forms, decisions, deployment, from: None }
    }
}

/// The text of a decision model, then those of all that it imports, directly or through others.
fn texts(row: &DecisionModelRow, known: &Models) -> Vec<Arc<str>> {
    let mut texts = vec![Arc::from(row.xml.as_str())];
    let mut seen = BTreeSet::from([row.key]);
    let mut open = row.imports.clone();
    while let Some(key) = open.pop() {
        if !seen.insert(key) {
            continue;
        }
        if let Some((imported, _)) = known.get(&key) {
            texts.push(Arc::from(imported.xml.as_str()));
            open.extend(&imported.imports);
        }
    }
    texts
}

fn compile(row: DefinitionRow, xml: &str) -> Result<Definition, StoreError> {
    let unusable = |reason: String| StoreError::Corrupt {
        table: "resources",
        column: "body".to_owned(),
        row: format!("{} version {}", row.process, row.version),
        reason,
    };
    let reading = bpmn::read(xml.as_bytes()).map_err(|findings| unusable(words(&findings)))?;
    let definitions = reading.definitions;
    let process = definitions
        .processes
        .into_iter()
        .find(|process| process.id == row.process)
        .ok_or_else(|| unusable("the process is not in its file".to_owned()))?;
    let process = ExecutableProcess::compile(row.key, row.version, process)
        .map_err(|findings| unusable(words(&findings)))?;
    Ok(Definition { row, process, diagram: definitions.diagram })
}

fn words(findings: &[bpmn::diagnostic::Diagnostic]) -> String {
    findings.first().map_or_else(|| "it cannot be read".to_owned(), |first| first.message.clone())
}
