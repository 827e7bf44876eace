//! Data of a process, ready to run: an association is a mapping, a data object or property is a
//! variable of its scope.
//!
//! BPMN 2.0.2, "Items and Data" and "Execution Semantics for Data". A data store is a variable
//! like any other: where it is kept is for the process to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Mapping;
use super::compile::Compiler;
use crate::bpmn::model::{
    DataAssociation, DataKind, FlowNode, LoopCharacteristics, MultiInstance, NodeIndex, Process,
    Text,
};
use crate::value::{Value, Variables};

/// Name of what a drawing tool writes as the target of an association that is only drawn.
const PLACEHOLDER: &str = "__targetRef_placeholder";

/// Variables by scope that hide those of the scopes around, with what they hold at first. The
/// process has nothing around it.
pub(super) fn declared(process: &Process) -> BTreeMap<NodeIndex, BTreeMap<Arc<str>, Value>> {
    let mut declared: BTreeMap<NodeIndex, BTreeMap<Arc<str>, Value>> = BTreeMap::new();
    for item in &process.data {
        let is_variable = matches!(item.kind, DataKind::Object | DataKind::Property);
        if let Some(scope) = item.scope.filter(|_| is_variable && &*item.variable != PLACEHOLDER) {
            let of_scope = declared.entry(scope).or_default();
            let value = of_scope.entry(item.variable.clone()).or_default();
            // The object says what its references share.
            if let Some(initial) = &item.initial {
                value.clone_from(initial);
            }
        }
    }
    declared
}

/// What the variables of the process hold where nobody who starts it says otherwise.
pub(super) fn initial(process: &Process) -> Variables {
    let of_process = process.data.iter().filter(|item| item.scope.is_none());
    let known = of_process.filter_map(|item| Some((item.variable.clone(), item.initial.clone()?)));
    known.collect()
}

impl Compiler<'_> {
    /// What the data input associations of `node` give it.
    pub(super) fn data_inputs(&mut self, node: &FlowNode) -> Vec<Mapping> {
        let collection = multi_instance(node).and_then(|it| it.collection.as_ref());
        let mut mappings = Vec::new();
        for association in &node.data.inputs {
            let source = association.sources.first().map(|it| self.process.data_item(*it));
            let read = source.map(|source| format!("={}", source.variable));
            // A loop reads its collection itself.
            if collection.is_none_or(|text| Some(&text.text) != read.as_ref()) {
                self.association(node, association, &mut mappings);
            }
        }
        mappings
    }

    /// What the data output associations of `node` give to the scopes around it.
    pub(super) fn data_outputs(&mut self, node: &FlowNode) -> Vec<Mapping> {
        let collection = multi_instance(node).and_then(|it| it.output_collection.as_deref());
        let mut mappings = Vec::new();
        for association in &node.data.outputs {
            let target = association.target.map(|it| &*self.process.data_item(it).variable);
            // A loop sets its collection itself.
            if collection.is_none() || target != collection {
                self.association(node, association, &mut mappings);
            }
        }
        mappings
    }

    /// An association without a source, or without a target, is only drawn.
    fn association(
        &mut self,
        node: &FlowNode,
        association: &DataAssociation,
        mappings: &mut Vec<Mapping>,
    ) {
        let process = self.process;
        if !association.assignments.is_empty() {
            mappings.extend(association.assignments.iter().map(|it| self.mapping(it)));
            return;
        }
        let target = association.target.map(|it| process.data_item(it).variable.clone());
        let Some(name) = target.filter(|name| &**name != PLACEHOLDER) else { return };
        let source = match (&association.transformation, association.sources.first()) {
            (Some(text), _) => self.condition_text(text),
            (None, Some(source)) => {
                let text = format!("={}", process.data_item(*source).variable);
                self.text(&Text { text, position: node.position })
            }
            (None, None) => return,
        };
        mappings.push(Mapping { source, name, path: Vec::new() });
    }
}

fn multi_instance(node: &FlowNode) -> Option<&MultiInstance> {
    match &node.loop_characteristics {
        Some(LoopCharacteristics::MultiInstance(multiple)) => Some(multiple),
        Some(LoopCharacteristics::Standard(_)) | None => None,
    }
}
