//! The models of a scenario, deployed together as one deployment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Unusable;
use crate::bpmn;
use crate::bpmn::diagnostic::{Diagnostic, Severity};
use crate::bpmn::model::{FlowNode, FlowNodeKind};
use crate::dmn::Decisions;
use crate::engine::decisions::{DecisionModel, DecisionVersion, DeployedDecisions};
use crate::engine::event::CallBinding;
use crate::engine::{Deployed, ExecutableProcess};
use crate::forms;
use crate::ids::{
    DecisionId, DecisionModelKey, DefinitionKey, DeploymentKey, FormId, FormKey, ProcessId,
};

/// A file that a scenario names.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name, as it stands in the scenario.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The one deployment of a scenario.
const DEPLOYMENT: DeploymentKey = DeploymentKey::new(1);

/// All that is deployed.
pub(super) struct Models {
    pub(super) processes: Vec<ExecutableProcess>,
    by_id: BTreeMap<ProcessId, usize>,
    forms: BTreeMap<FormId, FormKey>,
    decisions: DeployedDecisions,
}

impl Models {
    /// Deploys `files`.
    pub(super) fn deploy(files: &[File]) -> Result<Self, Unusable> {
        let mut models = Self {
            processes: Vec::new(),
            by_id: BTreeMap::new(),
            forms: BTreeMap::new(),
            decisions: DeployedDecisions::default(),
        };
        let mut tables: Vec<&File> = Vec::new();
        for file in files {
            match kind_of(file) {
                Kind::Form => models.add_form(file)?,
                Kind::Decisions => tables.push(file),
                Kind::Process => models.add_processes(file)?,
            }
        }
        models.add_decisions(&tables)?;
        models.add_named_forms();
        Ok(models)
    }

    fn add_form(&mut self, file: &File) -> Result<(), Unusable> {
        let text = std::str::from_utf8(&file.bytes)
            .map_err(|_| Unusable::new(format!("{}: the form is not UTF-8.", file.name)))?;
        let form = forms::read(text).map_err(|findings| told(&file.name, &findings))?;
        self.name_form(form.id);
        Ok(())
    }

    fn add_processes(&mut self, file: &File) -> Result<(), Unusable> {
        let reading = bpmn::read_for_trial(&file.bytes).map_err(|it| told(&file.name, &it))?;
        for process in reading.definitions.processes {
            let number = self.processes.len();
            let id = process.id.clone();
            let key = DefinitionKey::new(number as u64 + 1);
            let process = ExecutableProcess::compile(key, 1, process)
                .map_err(|findings| told(&file.name, &findings))?;
            if self.by_id.insert(id.clone(), number).is_some() {
                let message = format!("{}: another model has a process “{id}” too.", file.name);
                return Err(Unusable::new(message));
            }
            self.processes.push(process);
        }
        Ok(())
    }

    /// Each DMN file is a model of its own that may import the others.
    fn add_decisions(&mut self, files: &[&File]) -> Result<(), Unusable> {
        for (index, file) in files.iter().enumerate() {
            let others = files.iter().enumerate().filter(|(other, _)| *other != index);
            let mut texts = Vec::with_capacity(files.len());
            for file in [file].into_iter().chain(others.map(|(_, other)| other)) {
                let text = std::str::from_utf8(&file.bytes);
                let wrong = |_| Unusable::new(format!("{}: the model is not UTF-8.", file.name));
                texts.push(Arc::from(text.map_err(wrong)?));
            }
            let bytes: Vec<&[u8]> = texts.iter().map(|text: &Arc<str>| text.as_bytes()).collect();
            if let Err(findings) = Decisions::read_to_try(&bytes) {
                let own = findings.into_iter().next().unwrap_or_default();
                return Err(told(&file.name, &own));
            }
            let model = Arc::new(DecisionModel::new(texts));
            let key = DecisionModelKey::new(index as u64 + 1);
            let Some(decisions) = model.decisions() else { continue };
            for invocable in decisions.invocables() {
                let version = DecisionVersion {
                    key,
                    version: 1,
                    deployments: vec![DEPLOYMENT],
                    version_tag: invocable.version_tag,
                    model: Arc::clone(&model),
                };
                self.decisions.add(DecisionId::new(invocable.id), version);
            }
        }
        Ok(())
    }

    /// A scenario fills in no form, so those that tasks name need not lie beside it.
    fn add_named_forms(&mut self) {
        let tasks = self.processes.iter().flat_map(|process| &process.model().nodes);
        let form = |node: &FlowNode| {
            let FlowNodeKind::UserTask(task) = &node.kind else { return None };
            task.form.clone()
        };
        let named: Vec<FormId> = tasks.filter_map(form).collect();
        for form in named {
            self.name_form(form);
        }
    }

    fn name_form(&mut self, form: FormId) {
        let key = FormKey::new(self.forms.len() as u64 + 1);
        self.forms.entry(form).or_insert(key);
    }

    /// What an instance of the process `number` sees.
    pub(super) fn deployed(&self, number: usize) -> Deployed<'_> {
        Deployed {
            process: &self.processes[number],
            forms: &self.forms,
            decisions: &self.decisions,
            deployment: DEPLOYMENT,
            from: None,
        }
    }

    /// The process `id`.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(&ProcessId::from(id)).copied()
    }

    /// The process that a call means; all versions are the first.
    pub(super) fn called(&self, id: &ProcessId, binding: &CallBinding) -> Option<usize> {
        let number = self.by_id.get(id).copied()?;
        let tag = self.processes[number].model().version_tag.as_deref();
        let fits = match binding {
            CallBinding::Latest | CallBinding::Deployment | CallBinding::Version(1) => true,
            CallBinding::VersionTag(expected) => tag == Some(expected.as_str()),
            CallBinding::Version(_) => false,
        };
        fits.then_some(number)
    }

    /// The ids of all processes, for people.
    pub(super) fn process_ids(&self) -> String {
        let ids: Vec<&str> = self.processes.iter().map(|process| process.id().as_str()).collect();
        ids.join(", ")
    }
}

enum Kind {
    Process,
    Decisions,
    Form,
}

fn kind_of(file: &File) -> Kind {
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if ending.eq_ignore_ascii_case("dmn") {
        Kind::Decisions
    } else if ending.eq_ignore_ascii_case("form") || ending.eq_ignore_ascii_case("json") {
        Kind::Form
    } else {
        Kind::Process
    }
}

/// The errors of a file as one refusal.
fn told(file: &str, findings: &[Diagnostic]) -> Unusable {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let lines = errors.map(|Diagnostic { position, message, remedy, .. }| {
        format!("{file}:{}:{}: {message} {remedy}", position.line, position.column)
    });
    Unusable::new(lines.collect::<Vec<_>>().join("\n"))
}
