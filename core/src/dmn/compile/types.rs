//! Item definitions: names of types to types.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, cut};
use crate::dmn::model::{Definitions, ItemDefinition, ItemShape, Text, TypeReference};
use crate::dmn::program::ModelInfo;
use crate::dmn::types::{Shape, Tests, TypeDefinition, TypeIndex, Types};
use crate::feel::{self, Expression, Names};

use super::FileFindings;
use super::names::{did_you_mean, report_syntax};

/// The longest chain of types that are other names of each other.
const ALIASES_MAX: usize = 8;

/// The types of each model by name.
#[derive(Debug)]
pub(in crate::dmn) struct TypeNames {
    by_model: Vec<BTreeMap<Arc<str>, TypeIndex>>,
}

impl TypeNames {
    /// The type that a reference in `model` means.
    pub(super) fn find(
        &self,
        models: &[ModelInfo],
        model: usize,
        reference: &TypeReference,
    ) -> Option<TypeIndex> {
        let of = |index: Option<usize>, name: &str| self.by_model[index?].get(name).copied();
        let imports = &models[model].imports;
        if let Some(namespace) = &reference.namespace {
            let import = imports
                .iter()
                .find(|import| import.model.is_some_and(|it| models[it].namespace == *namespace));
            if let Some(found) = import.and_then(|import| of(import.model, &reference.name)) {
                return Some(found);
            }
        }
        let name = &*reference.name;
        let qualified = || {
            imports.iter().filter(|import| !import.name.is_empty()).find_map(|import| {
                let local = name.strip_prefix(&*import.name)?.strip_prefix('.')?;
                of(import.model, local)
            })
        };
        let unqualified = || {
            let mut nameless = imports.iter().filter(|import| import.name.is_empty());
            nameless.find_map(|import| of(import.model, name))
        };
        of(Some(model), name).or_else(qualified).or_else(unqualified).or_else(|| Types::basic(name))
    }

    /// The type of a reference; one that is not known is any, and a finding.
    pub(super) fn resolve(
        &self,
        models: &[ModelInfo],
        model: usize,
        reference: Option<&TypeReference>,
        (place, findings): (&crate::diagnostic::findings::Place, &mut Findings),
    ) -> TypeIndex {
        let Some(reference) = reference else { return Types::ANY };
        self.find(models, model, reference).unwrap_or_else(|| {
            let known: Vec<Arc<str>> = self.by_model[model].keys().cloned().collect();
            let similar = feel::most_similar(&reference.name, &known);
            let message = format!(
                "The type “{}” is not defined{}",
                cut(&reference.name),
                did_you_mean(similar)
            );
            let remedy = "Define the type, or correct typeRef.";
            findings.error("type-unknown", place.at(reference.position), message, remedy);
            Types::ANY
        })
    }

    /// The types that expressions of a model may name, in FEEL's own words.
    pub(super) fn for_feel(
        &self,
        models: &[ModelInfo],
        model: usize,
        types: &Types,
    ) -> BTreeMap<Arc<str>, feel::Type> {
        let mut named = BTreeMap::new();
        for import in &models[model].imports {
            let Some(imported) = import.model else { continue };
            for (name, index) in &self.by_model[imported] {
                let name = if import.name.is_empty() {
                    Arc::clone(name)
                } else {
                    format!("{}.{name}", import.name).into()
                };
                named.insert(name, types.feel_type(*index));
            }
        }
        for (name, index) in &self.by_model[model] {
            named.insert(Arc::clone(name), types.feel_type(*index));
        }
        named
    }
}

/// All types of all models.
pub(super) fn resolve(
    models: &[Option<Definitions>],
    infos: &[ModelInfo],
    findings: &mut FileFindings,
) -> (Types, TypeNames) {
    let mut types = Types::default();
    let mut names = TypeNames { by_model: vec![BTreeMap::new(); models.len()] };
    for (index, model) in models.iter().enumerate() {
        for item in model.iter().flat_map(|model| &model.items) {
            let at = types.add(placeholder(item));
            if names.by_model[index].insert(Arc::clone(&item.name), at).is_some() {
                let message = format!("The type “{}” is defined twice.", cut(&item.name));
                let remedy = "Give each type a name of its own.";
                findings[index].error("name-duplicate", &item.place, message, remedy);
            }
        }
    }
    let mut at = Types::default().len();
    for (index, model) in models.iter().enumerate() {
        let mut resolver = Resolver { types: &mut types, names: &names, infos, model: index };
        for item in model.iter().flat_map(|model| &model.items) {
            let own = TypeIndex(u32::try_from(at).unwrap_or(u32::MAX));
            at += 1;
            resolver.fill(own, item, &mut findings[index]);
        }
    }
    check_aliases(models, &mut types, &names, findings);
    (types, names)
}

fn placeholder(item: &ItemDefinition) -> TypeDefinition {
    TypeDefinition {
        name: Arc::clone(&item.name),
        shape: Shape::Alias(Types::ANY),
        is_collection: item.is_collection,
        allowed: None,
        constraint: None,
    }
}

struct Resolver<'a> {
    types: &'a mut Types,
    names: &'a TypeNames,
    infos: &'a [ModelInfo],
    model: usize,
}

impl Resolver<'_> {
    /// Bounded by the depth of components, which the reader limits.
    fn fill(&mut self, own: TypeIndex, item: &ItemDefinition, findings: &mut Findings) {
        let mut find = |reference: Option<&TypeReference>| {
            self.names.resolve(self.infos, self.model, reference, (&item.place, &mut *findings))
        };
        let shape = match &item.shape {
            ItemShape::Any => Shape::Alias(Types::ANY),
            ItemShape::Reference(reference) => Shape::Alias(find(Some(reference))),
            ItemShape::Function { parameters, result } => Shape::Function {
                parameters: parameters.iter().map(|it| find(it.as_ref())).collect(),
                result: find(result.as_ref()),
            },
            ItemShape::Components(components) => {
                let mut resolved = Vec::with_capacity(components.len());
                for component in components {
                    let mut definition = placeholder(component);
                    // A component has no name that others could refer to.
                    definition.name = "".into();
                    let at = self.types.add(definition);
                    self.fill(at, component, findings);
                    resolved.push((Arc::clone(&component.name), at));
                }
                Shape::Components(resolved)
            }
        };
        let allowed = item.allowed.as_ref().and_then(|text| tests(text, findings));
        let constraint = item.constraint.as_ref().and_then(|text| tests(text, findings));
        let definition = self.types.get_mut(own);
        definition.shape = shape;
        definition.allowed = allowed;
        definition.constraint = constraint;
    }
}

/// Prepares unary tests that stand in no scope.
fn tests(text: &Text, findings: &mut Findings) -> Option<Tests> {
    match Expression::parse_unary_tests(&text.text, &Names::none()) {
        Ok(expression) => Some(Tests::new(&text.text, expression)),
        Err(error) => {
            report_syntax(text, &error, "", findings);
            None
        }
    }
}

/// Breaks chains of names that go around or on for too long.
fn check_aliases(
    models: &[Option<Definitions>],
    types: &mut Types,
    names: &TypeNames,
    findings: &mut FileFindings,
) {
    for (index, model) in models.iter().enumerate() {
        for item in model.iter().flat_map(|model| &model.items) {
            let Some(own) = names.by_model[index].get(&item.name) else { continue };
            let mut at = *own;
            let mut steps = 0;
            while let Shape::Alias(to) = types.get(at).shape {
                at = to;
                steps += 1;
                if steps > ALIASES_MAX {
                    break;
                }
            }
            if steps <= ALIASES_MAX {
                continue;
            }
            let message = format!(
                "The type “{}” is defined by itself, or over more than {ALIASES_MAX} other names.",
                cut(&item.name)
            );
            let remedy = "Refer to a basic type or to components.";
            findings[index].error("type-cycle", &item.place, message, remedy);
            types.get_mut(*own).shape = Shape::Alias(Types::ANY);
        }
    }
    // Components may hold the same chains; what is broken above ends them.
}
