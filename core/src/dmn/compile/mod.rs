//! From the words of the files to a program: references resolved, expressions parsed.
//!
//! Never evaluates anything but constants.

mod elements;
mod graph;
mod logic;
mod names;
mod table;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, cut};

use super::model::Definitions;
use super::program::{ImportInfo, ModelInfo, Program};

pub(super) use self::names::{Lookup, did_you_mean, shown};

/// The findings of each file.
pub(super) type FileFindings = [Findings];

/// Compiles a set of models, `None` for files that could not be read.
pub(super) fn compile(models: &[Option<Definitions>], findings: &mut FileFindings) -> Program {
    let infos = model_infos(models, findings);
    let (types, type_names) = types::resolve(models, &infos, findings);
    let mut program = Program { models: infos, elements: Vec::new(), types, is_acyclic: true };
    let ids = elements::collect(models, &mut program, &type_names, findings);
    let lookup = Lookup { types: type_names, ids };
    elements::connect(models, &mut program, &lookup, findings);
    program.is_acyclic = graph::check(&program, findings);
    elements::fill(models, &mut program, &lookup, findings);
    program
}

/// The models and which of them import which.
fn model_infos(models: &[Option<Definitions>], findings: &mut FileFindings) -> Vec<ModelInfo> {
    let mut by_namespace: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, model) in models.iter().enumerate() {
        let Some(model) = model else { continue };
        if let Some(earlier) = by_namespace.insert(&model.namespace, index) {
            by_namespace.insert(&model.namespace, earlier);
            let message =
                format!("The namespace “{}” is that of another file.", cut(&model.namespace));
            let remedy = "Give each model a namespace of its own.";
            findings[index].warning("namespace-duplicate", &model.place, message, remedy);
        }
    }
    let infos = models.iter().enumerate().map(|(index, model)| {
        let Some(model) = model else {
            return ModelInfo { namespace: "".into(), imports: Vec::new() };
        };
        let imports = model.imports.iter().map(|import| {
            let found = by_namespace.get(&*import.namespace).copied();
            if found.is_none() {
                let message = format!(
                    "The model of the namespace “{}” is imported and missing.",
                    cut(&import.namespace)
                );
                let remedy = "Give the imported file, too, or correct the namespace.";
                findings[index].error("import-missing", &import.place, message, remedy);
            }
            ImportInfo { name: Arc::clone(&import.name), model: found }
        });
        ModelInfo { namespace: Arc::clone(&model.namespace), imports: imports.collect() }
    });
    infos.collect()
}
