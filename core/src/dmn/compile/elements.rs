//! Elements of the requirement graphs: their ids, what they require, and their logic.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, Place, cut};
use crate::dmn::model::{Definitions, Reference, Variable};
use crate::dmn::program::{
    DecisionParts, Element, ElementIndex, ElementKind, Program, Requirement, Signature,
};
use crate::dmn::rules::requirement;
use crate::feel::{self, Names};

use super::FileFindings;
use super::logic::Compiler;
use super::names::{Lookup, Scope, path_names};
use super::types::TypeNames;

/// Gives every element its place; gives the elements of each model by id.
pub(super) fn collect(
    models: &[Option<Definitions>],
    program: &mut Program,
    types: &TypeNames,
    findings: &mut FileFindings,
) -> Vec<BTreeMap<Arc<str>, ElementIndex>> {
    let mut by_model = Vec::with_capacity(models.len());
    for (index, model) in models.iter().enumerate() {
        let mut adder = Adder {
            program: &mut *program,
            types,
            model: index,
            ids: BTreeMap::new(),
            names: BTreeMap::new(),
            findings: &mut findings[index],
        };
        if let Some(model) = model {
            adder.add_all(model);
        }
        by_model.push(adder.ids);
    }
    by_model
}

struct Adder<'a> {
    program: &'a mut Program,
    types: &'a TypeNames,
    model: usize,
    ids: BTreeMap<Arc<str>, ElementIndex>,
    names: BTreeMap<Arc<str>, Place>,
    findings: &'a mut Findings,
}

impl Adder<'_> {
    fn add_all(&mut self, model: &Definitions) {
        for input in &model.inputs {
            let label = Arc::clone(&input.label);
            self.add(&input.place, &input.variable, ElementKind::Input { label });
        }
        for decision in &model.decisions {
            let parts = DecisionParts {
                label: Arc::clone(&decision.label),
                description: Arc::clone(&decision.description),
                question: Arc::clone(&decision.question),
                allowed_answers: Arc::clone(&decision.allowed_answers),
                version_tag: decision.version_tag.clone(),
                logic: None,
                undeclared: Vec::new(),
            };
            let kind = ElementKind::Decision(Box::new(parts));
            self.add(&decision.place, &decision.variable, kind);
        }
        for knowledge in &model.knowledge {
            let kind = ElementKind::Knowledge { function: None };
            self.add(&knowledge.place, &knowledge.variable, kind);
        }
        for service in &model.services {
            let signature = Signature { parameters: Box::default(), result: feel::Type::Any };
            let (outputs, parameters) = (Vec::new(), Vec::new());
            let kind = ElementKind::Service { outputs, parameters, signature };
            self.add(&service.place, &service.variable, kind);
        }
    }

    fn add(&mut self, place: &Place, variable: &Variable, kind: ElementKind) {
        let index = ElementIndex(u32::try_from(self.program.elements.len()).unwrap_or(u32::MAX));
        if let Some(earlier) = self.names.insert(Arc::clone(&variable.name), place.clone()) {
            let message = format!(
                "The name “{}” is already that of the element in line {}.",
                cut(&variable.name),
                earlier.position.line
            );
            let remedy = "Give each decision, input, knowledge model and service its own name.";
            self.findings.error("name-duplicate", place, message, remedy);
            self.names.insert(Arc::clone(&variable.name), earlier);
        }
        let name: Arc<str> = if place.name.is_empty() {
            Arc::clone(&variable.name)
        } else {
            crate::dmn::read::name_of(&place.name)
        };
        let id: Arc<str> = if place.element.is_empty() {
            Arc::clone(&name)
        } else {
            place.element.as_str().into()
        };
        self.ids.entry(Arc::clone(&id)).or_insert(index);
        let of = self.types.resolve(
            &self.program.models,
            self.model,
            variable.of.as_ref(),
            (place, &mut *self.findings),
        );
        self.program.elements.push(Element {
            model: self.model,
            id,
            name,
            variable: Arc::clone(&variable.name),
            of,
            place: place.clone(),
            information: Vec::new(),
            knowledge: Vec::new(),
            kind,
        });
    }
}

/// Resolves what elements require.
pub(super) fn connect(
    models: &[Option<Definitions>],
    program: &mut Program,
    lookup: &Lookup,
    findings: &mut FileFindings,
) {
    let mut at = 0;
    for (index, model) in models.iter().enumerate() {
        let Some(model) = model else { continue };
        let findings = &mut findings[index];
        at += model.inputs.len();
        for decision in &model.decisions {
            let information = resolve_all(program, lookup, index, &decision.information, findings);
            let knowledge = resolve_all(program, lookup, index, &decision.knowledge, findings);
            let element = &mut program.elements[at];
            (element.information, element.knowledge) = (information, knowledge);
            at += 1;
        }
        for knowledge in &model.knowledge {
            let required = resolve_all(program, lookup, index, &knowledge.knowledge, findings);
            program.elements[at].knowledge = required;
            at += 1;
        }
        for service in &model.services {
            let outputs = resolve_all(program, lookup, index, &service.outputs, findings);
            resolve_all(program, lookup, index, &service.encapsulated, findings);
            let mut parameters = resolve_all(program, lookup, index, &service.input_data, findings);
            parameters.extend(resolve_all(
                program,
                lookup,
                index,
                &service.input_decisions,
                findings,
            ));
            if outputs.is_empty() && service.outputs.is_empty() {
                let message = "The decision service has no output decision.";
                let remedy = "Name at least one output decision.";
                findings.error("service-output-missing", &service.place, message, remedy);
            }
            let signature = service_signature(program, at, &outputs, &parameters);
            program.elements[at].kind = ElementKind::Service { outputs, parameters, signature };
            at += 1;
        }
    }
}

fn service_signature(
    program: &Program,
    at: usize,
    outputs: &[Requirement],
    parameters: &[Requirement],
) -> Signature {
    let element = |requirement: &Requirement| &program.elements[requirement.element.0 as usize];
    let of = |it: &Element| program.types.feel_type(it.of);
    let parameters = parameters
        .iter()
        .map(|parameter| {
            let parameter = element(parameter);
            (Arc::clone(&parameter.variable), of(parameter))
        })
        .collect();
    let own = of(&program.elements[at]);
    let result = match outputs {
        [output] if own == feel::Type::Any => of(element(output)),
        _ => own,
    };
    Signature { parameters, result }
}

fn resolve_all(
    program: &Program,
    lookup: &Lookup,
    model: usize,
    references: &[Reference],
    findings: &mut Findings,
) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::with_capacity(references.len());
    for reference in references {
        let Some(requirement) = resolve(program, lookup, model, reference) else {
            let message = format!(
                "<{}> refers to “{}”, which is missing.",
                reference.role,
                cut(&reference.id)
            );
            let remedy = "Correct href, or remove the requirement.";
            findings.error("reference-missing", &reference.place, message, remedy);
            continue;
        };
        let target = &program.elements[requirement.element.0 as usize];
        if !fits(reference.role, &target.kind) {
            let message = format!(
                "<{}> refers to “{}”, which is an element of another kind.",
                reference.role,
                cut(&target.name)
            );
            let remedy = "Refer to an element of the kind that the role asks for.";
            findings.error("reference-kind", &reference.place, message, remedy);
            continue;
        }
        let is_known =
            found.iter().any(|it| it.element == requirement.element && it.via == requirement.via);
        if !is_known {
            found.push(requirement);
        }
    }
    found
}

fn resolve(
    program: &Program,
    lookup: &Lookup,
    model: usize,
    reference: &Reference,
) -> Option<Requirement> {
    let own_namespace = &program.models[model].namespace;
    match &reference.namespace {
        None => {
            let element = *lookup.ids[model].get(&reference.id)?;
            Some(Requirement { via: None, element })
        }
        Some(namespace) if namespace == own_namespace => {
            let element = *lookup.ids[model].get(&reference.id)?;
            Some(Requirement { via: None, element })
        }
        Some(namespace) => {
            // Two imports of one model are told apart by nothing in a reference: the first wins,
            // but for the element's own import in a requirement's extension.
            let imports = program.models[model].imports.iter().enumerate();
            let (via, imported) = imports
                .filter_map(|(via, import)| Some((via, import.model?)))
                .find(|(_, it)| program.models[*it].namespace == *namespace)?;
            let element = *lookup.ids[imported].get(&reference.id)?;
            Some(Requirement { via: Some(via), element })
        }
    }
}

fn fits(role: &str, kind: &ElementKind) -> bool {
    match kind {
        ElementKind::Input { .. } => matches!(role, "requiredInput" | "inputData"),
        ElementKind::Decision(_) => matches!(
            role,
            "requiredDecision" | "outputDecision" | "encapsulatedDecision" | "inputDecision"
        ),
        ElementKind::Knowledge { .. } | ElementKind::Service { .. } => role == "requiredKnowledge",
    }
}

/// Compiles the logic of all decisions and knowledge models.
pub(super) fn fill(
    models: &[Option<Definitions>],
    program: &mut Program,
    lookup: &Lookup,
    findings: &mut FileFindings,
) {
    let mut path_names_of = vec![BTreeSet::new(); models.len()];
    for (index, model) in models.iter().enumerate() {
        for import in &program.models[index].imports {
            let imported = import.model.and_then(|imported| models[imported].as_ref());
            if let Some(imported) = imported {
                path_names(imported, &mut path_names_of[index]);
                path_names_of[index].extend(element_names(imported));
            }
        }
        if let Some(model) = model {
            path_names(model, &mut path_names_of[index]);
        }
    }
    let mut at = 0;
    for (index, model) in models.iter().enumerate() {
        let Some(model) = model else { continue };
        let types = lookup.types.for_feel(&program.models, index, &program.types);
        let base = Names::new(&path_names_of[index]).with_types(types);
        let findings = &mut findings[index];
        let decisions = model.decisions.iter().map(|it| Arc::clone(&it.variable.name));
        let names: BTreeSet<Arc<str>> = element_names(model).chain(decisions).collect();
        at += model.inputs.len();
        for decision in &model.decisions {
            let scope = scope(program, at, &base);
            let own = &program.elements[at];
            let compiler = Compiler::new(program, lookup, (index, &names), findings);
            let mut compiler = compiler.of_decision();
            let logic = decision.logic.as_ref().map(|boxed| {
                let logic = compiler.boxed(boxed, &scope);
                compiler.check_value(boxed, &logic, own.of);
                logic
            });
            let (used, undeclared) = (compiler.used, compiler.undeclared);
            if logic.is_some() {
                requirement::check(program, own, &used, findings);
            }
            if let ElementKind::Decision(parts) = &mut program.elements[at].kind {
                parts.logic = logic;
                parts.undeclared = undeclared;
            }
            at += 1;
        }
        for knowledge in &model.knowledge {
            let scope = scope(program, at, &base).with([&knowledge.variable.name]);
            let of = program.elements[at].of;
            let mut compiler = Compiler::new(program, lookup, (index, &names), findings);
            let function = knowledge
                .logic
                .as_ref()
                .map(|logic| Arc::new(compiler.function(logic, of, &scope)));
            let used = compiler.used;
            if function.is_some() {
                requirement::check(program, &program.elements[at], &used, findings);
            } else {
                let message = "The knowledge model has no logic; calling it gives null.";
                let remedy = "Give it an expression.";
                findings.warning("logic-missing", &knowledge.place, message, remedy);
            }
            program.elements[at].kind = ElementKind::Knowledge { function };
            at += 1;
        }
        at += model.services.len();
    }
}

fn element_names(model: &Definitions) -> impl Iterator<Item = Arc<str>> {
    let knowledge = model.knowledge.iter().map(|it| &it.variable.name);
    let services = model.services.iter().map(|it| &it.variable.name);
    let inputs = model.inputs.iter().map(|it| &it.variable.name);
    inputs.chain(knowledge).chain(services).cloned()
}

/// The names that the logic of an element sees: those of what it requires.
fn scope(program: &Program, at: usize, base: &Names) -> Scope {
    let element = &program.elements[at];
    let mut visible = BTreeSet::new();
    for requirement in element.information.iter().chain(&element.knowledge) {
        let required = &program.elements[requirement.element.0 as usize];
        let import = requirement.via.map(|via| &program.models[element.model].imports[via].name);
        match import.filter(|name| !name.is_empty()) {
            Some(name) => visible.insert(Arc::clone(name)),
            None => visible.insert(Arc::clone(&required.variable)),
        };
    }
    let own = element.information.iter().filter(|requirement| requirement.via.is_none());
    let types = own
        .map(|requirement| &program.elements[requirement.element.0 as usize])
        .map(|required| (Arc::clone(&required.variable), required.of))
        .collect();
    Scope { names: base.with(&visible), visible, is_open: false, types }
}
