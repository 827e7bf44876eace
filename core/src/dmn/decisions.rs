//! What others use of this module: read models, list decisions, decide.

use std::any::Any;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diagnostic::findings::Findings;
use crate::diagnostic::{Diagnostic, Severity};
use crate::feel::{self, Budget, Environment, Meter};
use crate::value::{Context, Value};
use crate::xml;

use super::model::Definitions;
use super::program::{Element, ElementIndex, ElementKind, Program, Requirement};
use super::run::{self, Graph, Record};
use super::trace::{DecideError, Outcome};
use super::types::TypeIndex;
use super::{compile, read};

/// A set of models, compiled; cheap to clone and shared between threads.
#[derive(Debug, Clone)]
pub struct Decisions {
    pub(super) program: Arc<Program>,
    pub(super) models: Arc<Vec<Option<Definitions>>>,
}

/// The findings of one file, by position.
pub type FileFindings = Vec<Diagnostic>;

/// Models that can be evaluated, with what is worth knowing about them.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The models.
    pub decisions: Decisions,
    /// What was found in each file, in the order of the files.
    pub findings: Vec<FileFindings>,
}

impl Reading {
    /// Whether an error is among the findings, with which the models are not to be deployed.
    pub fn has_error(&self) -> bool {
        self.findings.iter().flatten().any(|finding| finding.severity == Severity::Error)
    }
}

/// What kind of element can be asked for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InvocableKind {
    /// A decision.
    Decision,
    /// A decision service.
    Service,
    /// A business knowledge model.
    Knowledge,
}

/// An element that can be asked for a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocable {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The label, where the name is not for people; empty where there is none.
    pub label: Arc<str>,
    /// What kind of element it is.
    pub kind: InvocableKind,
    /// The type of its value, by name.
    pub type_name: String,
    /// What is said about it; empty where nothing is.
    pub description: Arc<str>,
    /// The question it answers; empty where none is given.
    pub question: Arc<str>,
    /// The answers it may give, in words; empty where none are given.
    pub allowed_answers: Arc<str>,
    /// The version by which it can be bound.
    pub version_tag: Option<Arc<str>>,
    /// What it needs from outside, directly or through other decisions.
    pub inputs: Vec<Parameter>,
    /// Ids of the decisions that it requires directly.
    pub requires: Vec<Arc<str>>,
}

/// Data that comes from outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// The name of the variable.
    pub name: Arc<str>,
    /// The label; empty where there is none.
    pub label: Arc<str>,
    /// The type, by name.
    pub type_name: String,
    /// The values that may be chosen, where the type lists them.
    pub choices: Vec<Value>,
    /// The allowed values as text; empty where all are allowed.
    pub allowed: Arc<str>,
    /// Whether it is a list of such values.
    pub is_list: bool,
    /// The components, where it is a context of a known form.
    pub components: Vec<Parameter>,
}

impl Decisions {
    /// Reads a set of files that may import each other, for deployment.
    ///
    /// # Errors
    /// All findings of each file, in the order of the files, when one of them is an error.
    pub fn read<T: AsRef<[u8]>>(files: &[T]) -> Result<Reading, Vec<FileFindings>> {
        let reading = Self::read_to_try(files)?;
        if reading.has_error() { Err(reading.findings) } else { Ok(reading) }
    }

    /// Reads a set of files as far as they can be evaluated at all: what is wrong in one place is
    /// null there. The findings may hold errors, with which a model is not to be deployed.
    ///
    /// # Errors
    /// All findings of each file, where one is not DMN or requirements go in a circle.
    pub fn read_to_try<T: AsRef<[u8]>>(files: &[T]) -> Result<Reading, Vec<FileFindings>> {
        let mut findings: Vec<Findings> = files.iter().map(|_| Findings::default()).collect();
        let mut refusals: Vec<Option<Diagnostic>> = files.iter().map(|_| None).collect();
        let mut models = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            models.push(match xml::parse_tables(file.as_ref()) {
                Ok(tree) => read::read(&tree, &mut findings[index]),
                Err(refusal) => {
                    refusals[index] = Some(*refusal);
                    None
                }
            });
        }
        let program = compile::compile(&models, &mut findings);
        let can_run = program.is_acyclic && models.iter().all(Option::is_some);
        let decisions = Self { program: Arc::new(program), models: Arc::new(models) };
        let findings: Vec<FileFindings> = refusals
            .into_iter()
            .zip(findings)
            .map(|(refusal, findings)| refusal.into_iter().chain(findings.into_list()).collect())
            .collect();
        if can_run { Ok(Reading { decisions, findings }) } else { Err(findings) }
    }

    /// Writes what was read of one file: all that it says, in the same order.
    ///
    /// # Errors
    /// Why the file is not XML.
    pub fn rewrite(file: &[u8]) -> Result<String, Box<Diagnostic>> {
        Ok(xml::parse_tables(file)?.to_string())
    }

    /// Everything that can be asked for a value, in the order of the files.
    pub fn invocables(&self) -> Vec<Invocable> {
        let all = (0_u32..).zip(&self.program.elements);
        all.filter_map(|(index, element)| self.invocable(ElementIndex(index), element)).collect()
    }

    /// The element of that id or name, a decision first.
    pub fn find(&self, name: &str) -> Option<Invocable> {
        let index = self.index_of(name)?;
        self.invocable(index, &self.program.elements[index.0 as usize])
    }

    /// The inputs with texts read as the dates, times and durations that the types of the inputs of
    /// `name` declare: data that came as JSON.
    #[must_use]
    pub fn typed(&self, name: &str, inputs: &Context) -> Context {
        let Some(index) = self.index_of(name) else { return inputs.clone() };
        let mut typed = inputs.clone();
        for Needed { name, of, .. } in self.inputs_of(index) {
            if let Some(value) = inputs.get(&name) {
                typed.insert(name, self.program.types.typed(value, of));
            }
        }
        typed
    }

    /// Decides: evaluates the decision, decision service or knowledge model of that id or name.
    ///
    /// # Errors
    /// [`DecideError::Unknown`] where there is none, and an exceeded budget; everything else that
    /// goes wrong is null and a warning.
    pub fn decide(
        &self,
        name: &str,
        inputs: &Context,
        env: &Environment,
        budget: &Budget,
    ) -> Result<Outcome, DecideError> {
        let Some(index) = self.index_of(name) else { return Err(self.unknown(name)) };
        let mut record = Record::default();
        let mut meter = Meter::new(env, budget);
        let outside: &mut dyn Any = &mut record;
        meter.outside = Some(outside);
        let element = self.element(index);
        let value = match &element.kind {
            ElementKind::Decision(_) | ElementKind::Input { .. } => {
                let requirement = Requirement { via: None, element: index };
                Graph::new(&self.program, inputs).value(element.model, requirement, &mut meter)?
            }
            ElementKind::Knowledge { .. } | ElementKind::Service { .. } => {
                run::call(&self.program, index, inputs, &mut meter)?
            }
        };
        Ok(Outcome { value, decisions: record.decisions, warnings: record.warnings })
    }

    pub(super) fn element(&self, index: ElementIndex) -> &Element {
        &self.program.elements[index.0 as usize]
    }

    pub(super) fn index_of(&self, name: &str) -> Option<ElementIndex> {
        let rank = |element: &Element| match element.kind {
            ElementKind::Decision(_) => Some(0),
            ElementKind::Service { .. } => Some(1),
            ElementKind::Knowledge { .. } => Some(2),
            ElementKind::Input { .. } => None,
        };
        let all = (0_u32..).zip(&self.program.elements);
        all.filter(|(_, it)| &*it.id == name || &*it.name == name || &*it.variable == name)
            .filter_map(|(index, element)| Some((rank(element)?, index)))
            .min()
            .map(|(_, index)| ElementIndex(index))
    }

    fn unknown(&self, name: &str) -> DecideError {
        let names: Vec<Arc<str>> = self
            .program
            .elements
            .iter()
            .filter(|element| !matches!(element.kind, ElementKind::Input { .. }))
            .map(|element| Arc::clone(&element.name))
            .collect();
        let similar = feel::most_similar(name, &names).map(ToOwned::to_owned);
        DecideError::Unknown { name: name.chars().take(200).collect(), similar }
    }

    fn invocable(&self, index: ElementIndex, element: &Element) -> Option<Invocable> {
        let empty: Arc<str> = "".into();
        let mut found = Invocable {
            id: Arc::clone(&element.id),
            name: Arc::clone(&element.name),
            label: Arc::clone(&empty),
            kind: InvocableKind::Decision,
            type_name: self.program.types.name(element.of).to_owned(),
            description: Arc::clone(&empty),
            question: Arc::clone(&empty),
            allowed_answers: empty,
            version_tag: None,
            inputs: Vec::new(),
            requires: Vec::new(),
        };
        match &element.kind {
            ElementKind::Input { .. } => return None,
            ElementKind::Decision(parts) => {
                found.label = Arc::clone(&parts.label);
                found.description = Arc::clone(&parts.description);
                found.question = Arc::clone(&parts.question);
                found.allowed_answers = Arc::clone(&parts.allowed_answers);
                found.version_tag.clone_from(&parts.version_tag);
                let required = element.information.iter().map(|it| self.element(it.element));
                let decisions = required.filter(|it| matches!(it.kind, ElementKind::Decision(_)));
                found.requires = decisions.map(|it| Arc::clone(&it.id)).collect();
            }
            ElementKind::Service { outputs, .. } => {
                found.kind = InvocableKind::Service;
                let required = outputs.iter().map(|it| Arc::clone(&self.element(it.element).id));
                found.requires = required.collect();
            }
            ElementKind::Knowledge { function } => {
                found.kind = InvocableKind::Knowledge;
                if let Some(function) = function {
                    let parameters = function.signature.parameters.iter().zip(&function.types);
                    found.inputs = parameters
                        .map(|((name, _), of)| self.program.types.parameter(name, "", *of))
                        .collect();
                }
                return Some(found);
            }
        }
        let types = &self.program.types;
        let inputs = self.inputs_of(index).into_iter();
        found.inputs = inputs.map(|it| types.parameter(&it.name, &it.label, it.of)).collect();
        Some(found)
    }

    /// What an element needs from outside, directly or through others.
    fn inputs_of(&self, index: ElementIndex) -> Vec<Needed> {
        let mut seen = vec![false; self.program.elements.len()];
        let mut found: Vec<Needed> = Vec::new();
        let is_service = matches!(self.element(index).kind, ElementKind::Service { .. });
        let mut open: Vec<ElementIndex> = match &self.element(index).kind {
            ElementKind::Service { parameters, .. } => {
                parameters.iter().rev().map(|it| it.element).collect()
            }
            ElementKind::Input { .. }
            | ElementKind::Decision(_)
            | ElementKind::Knowledge { .. } => vec![index],
        };
        while let Some(next) = open.pop() {
            if std::mem::replace(&mut seen[next.0 as usize], true) {
                continue;
            }
            let element = self.element(next);
            let own = |label: &Arc<str>| Needed {
                name: Arc::clone(&element.variable),
                label: Arc::clone(label),
                of: element.of,
            };
            match &element.kind {
                ElementKind::Input { label } => found.push(own(label)),
                ElementKind::Decision(parts) if is_service || parts.logic.is_none() => {
                    found.push(own(&parts.label));
                }
                ElementKind::Decision(parts) => {
                    for (name, of) in &parts.undeclared {
                        if found.iter().all(|known| known.name != *name) {
                            let (name, label) = (Arc::clone(name), "".into());
                            found.push(Needed { name, label, of: *of });
                        }
                    }
                    open.extend(element.information.iter().rev().map(|it| it.element));
                }
                ElementKind::Knowledge { .. } | ElementKind::Service { .. } => {}
            }
        }
        found
    }
}

/// Data that an element needs from outside.
struct Needed {
    name: Arc<str>,
    label: Arc<str>,
    of: TypeIndex,
}
