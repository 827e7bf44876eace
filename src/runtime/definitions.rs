//! Deployed processes, ready to run: read from the store once and kept.
//!
//! A version never changes, so what is kept is never stale; only the current version of each form
//! is read anew after a deployment.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use spartito_core::bpmn;
use spartito_core::bpmn::diagram::Diagram;
use spartito_core::engine::{Deployed, ExecutableProcess};
use spartito_core::ids::{DefinitionKey, FormId, FormKey};

use crate::store::{DefinitionRow, Store, StoreError};

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

/// All deployed processes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Definitions {
    store: Store,
    known: Arc<RwLock<HashMap<DefinitionKey, Arc<Definition>>>>,
    forms: Arc<RwLock<Forms>>,
}

impl Definitions {
    /// Reads the current forms; processes are read when they are needed.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn open(store: Store) -> Result<Self, StoreError> {
        let definitions = Self { store, known: Arc::default(), forms: Arc::default() };
        definitions.refresh().await?;
        Ok(definitions)
    }

    /// Notices what a deployment has brought; to be called after each.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let forms = Arc::new(self.store.latest_forms().await?);
        *self.forms.write().unwrap_or_else(PoisonError::into_inner) = forms;
        Ok(())
    }

    /// The current version of each form.
    pub fn forms(&self) -> Forms {
        self.forms.read().unwrap_or_else(PoisonError::into_inner).clone()
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
        let definition = Arc::new(compile(row, &xml)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(known.entry(key).or_insert(definition).clone()))
    }
}

impl Definition {
    /// What a turn of this version sees.
    pub fn deployed<'d>(&'d self, forms: &'d BTreeMap<FormId, FormKey>) -> Deployed<'d> {
        Deployed { process: &self.process, forms }
    }
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
