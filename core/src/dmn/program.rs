//! Models compiled: every reference is resolved and every expression is parsed.
//!
//! Never changes once it is made, so that it is shared by all evaluations.

use std::sync::Arc;

use crate::diagnostic::findings::Place;
use crate::feel::{self, Expression};
use crate::value::Value;

use super::model::{Aggregation, HitPolicy};
use super::table::Index;
use super::types::{Tests, TypeIndex, Types};

/// An element of a [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ElementIndex(pub(super) u32);

/// A set of models.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) models: Vec<ModelInfo>,
    pub(super) elements: Vec<Element>,
    pub(super) types: Types,
    /// Whether no element needs itself; else nothing is evaluated.
    pub(super) is_acyclic: bool,
}

/// One file.
#[derive(Debug)]
pub(super) struct ModelInfo {
    pub(super) namespace: Arc<str>,
    pub(super) imports: Vec<ImportInfo>,
}

/// A model that another one uses.
#[derive(Debug)]
pub(super) struct ImportInfo {
    /// What qualifies its names; empty where nothing does.
    pub(super) name: Arc<str>,
    pub(super) model: Option<usize>,
}

/// An element of a requirement graph.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) model: usize,
    pub(super) id: Arc<str>,
    /// As drawn.
    pub(super) name: Arc<str>,
    /// As expressions see it.
    pub(super) variable: Arc<str>,
    pub(super) of: TypeIndex,
    pub(super) place: Place,
    pub(super) information: Vec<Requirement>,
    pub(super) knowledge: Vec<Requirement>,
    pub(super) kind: ElementKind,
}

impl Element {
    /// Its table, where it is a decision that is made by one.
    pub(super) fn table(&self) -> Option<&TableLogic> {
        let ElementKind::Decision(parts) = &self.kind else { return None };
        let LogicKind::Table(table) = &parts.logic.as_ref()?.kind else { return None };
        Some(table)
    }
}

/// Another element that is used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requirement {
    /// The import of the own model through which it comes; `None` for an own element.
    pub(super) via: Option<usize>,
    pub(super) element: ElementIndex,
}

/// The kinds of elements.
#[derive(Debug)]
pub(super) enum ElementKind {
    Input { label: Arc<str> },
    Decision(Box<DecisionParts>),
    Knowledge { function: Option<Arc<FunctionLogic>> },
    Service { outputs: Vec<Requirement>, parameters: Vec<Requirement>, signature: Signature },
}

/// What a decision has beside its requirements.
#[derive(Debug)]
pub(super) struct DecisionParts {
    pub(super) label: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) question: Arc<str>,
    pub(super) allowed_answers: Arc<str>,
    pub(super) version_tag: Option<Arc<str>>,
    pub(super) logic: Option<Logic>,
    /// Names that it takes from the data that is given, although no input declares them.
    pub(super) undeclared: Vec<(Arc<str>, TypeIndex)>,
}

/// Parameters and result, as FEEL sees them.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) parameters: Box<[(Arc<str>, feel::Type)]>,
    pub(super) result: feel::Type,
}

/// An expression.
#[derive(Debug)]
pub(super) struct Logic {
    pub(super) place: Arc<Place>,
    pub(super) of: TypeIndex,
    pub(super) kind: LogicKind,
}

/// The kinds of expressions.
#[derive(Debug)]
pub(super) enum LogicKind {
    Feel(Expression),
    Context {
        entries: Vec<NamedLogic>,
        result: Option<Box<Logic>>,
    },
    Table(Box<TableLogic>),
    Relation {
        columns: Vec<(Arc<str>, TypeIndex)>,
        rows: Vec<Vec<Logic>>,
    },
    List(Vec<Logic>),
    Invocation {
        function: Box<Logic>,
        bindings: Vec<NamedLogic>,
    },
    Function(Arc<FunctionLogic>),
    Conditional {
        condition: Box<Logic>,
        then: Box<Logic>,
        otherwise: Box<Logic>,
    },
    Loop {
        kind: LoopKind,
        variable: Arc<str>,
        of: TypeIndex,
        list: Box<Logic>,
        body: Box<Logic>,
    },
    Filter {
        list: Box<Logic>,
        condition: Box<Logic>,
    },
    /// Null for a reason that was found when the model was read.
    Null(Arc<str>),
}

/// What a loop makes of its bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoopKind {
    For,
    Every,
    Some,
}

/// A value with a name and a type.
#[derive(Debug)]
pub(super) struct NamedLogic {
    pub(super) name: Arc<str>,
    pub(super) of: TypeIndex,
    pub(super) logic: Logic,
}

/// A function of the model.
#[derive(Debug)]
pub(super) struct FunctionLogic {
    pub(super) place: Arc<Place>,
    pub(super) types: Box<[TypeIndex]>,
    pub(super) of: TypeIndex,
    pub(super) signature: Signature,
    pub(super) body: Logic,
}

/// A decision table.
#[derive(Debug)]
pub(super) struct TableLogic {
    pub(super) id: Arc<str>,
    pub(super) hit_policy: HitPolicy,
    pub(super) inputs: Vec<InputColumn>,
    pub(super) outputs: Vec<OutputColumn>,
    pub(super) rules: Vec<Rule>,
    pub(super) index: Index,
}

impl TableLogic {
    /// How collected outputs are put together, where they are.
    pub(super) fn aggregation(&self) -> Option<Aggregation> {
        if let HitPolicy::Collect(aggregation) = self.hit_policy { Some(aggregation) } else { None }
    }
}

/// A column of conditions.
#[derive(Debug)]
pub(super) struct InputColumn {
    pub(super) place: Arc<Place>,
    pub(super) label: Arc<str>,
    /// The text of the expression.
    pub(super) text: Arc<str>,
    pub(super) expression: Expression,
    pub(super) of: TypeIndex,
    /// The type of its values as far as it is known, also where the column itself has none.
    pub(super) domain: TypeIndex,
    pub(super) allowed: Option<Tests>,
}

/// A column of results.
#[derive(Debug)]
pub(super) struct OutputColumn {
    pub(super) place: Arc<Place>,
    pub(super) name: Arc<str>,
    pub(super) of: TypeIndex,
    pub(super) default: Option<Cell>,
    /// The output values in their order, the first one coming first.
    pub(super) order: Vec<Value>,
    pub(super) allowed: Option<Tests>,
}

/// A row.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Arc<str>,
    pub(super) place: Arc<Place>,
    pub(super) tests: Box<[CellTest]>,
    pub(super) outputs: Box<[Cell]>,
}

/// A condition of a row.
#[derive(Debug, Clone)]
pub(super) enum CellTest {
    /// `-`.
    Always,
    /// Against constants.
    Constant(Arc<feel::ConstantTests>),
    /// Anything else.
    Feel(Expression),
    /// Could not be read; never holds.
    Never,
}

/// A result of a row.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Constant(Value),
    Feel(Expression),
}
