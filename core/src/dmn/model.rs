//! A DMN file in the words of the standard: what it defines, before anything is resolved.
//!
//! Never refers to other elements but by the texts of the file.

use std::sync::Arc;

use crate::diagnostic::Position;
use crate::diagnostic::findings::Place;

/// A name for a value, and its type.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: Arc<str>,
    pub(super) of: Option<TypeReference>,
}

/// A type by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypeReference {
    /// The name, without a prefix.
    pub(super) name: Arc<str>,
    /// The namespace of its prefix, where it is neither FEEL's nor the model's own.
    pub(super) namespace: Option<Arc<str>>,
    pub(super) position: Position,
}

/// A whole file.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) place: Place,
    pub(super) namespace: Arc<str>,
    pub(super) imports: Vec<Import>,
    pub(super) items: Vec<ItemDefinition>,
    pub(super) inputs: Vec<InputData>,
    pub(super) decisions: Vec<Decision>,
    pub(super) knowledge: Vec<Knowledge>,
    pub(super) services: Vec<Service>,
}

/// Another model whose elements are used here.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) place: Place,
    /// What qualifies its names here; empty where they need no qualifier.
    pub(super) name: Arc<str>,
    pub(super) namespace: Arc<str>,
}

/// A type with a name, or a component of one.
#[derive(Debug)]
pub(super) struct ItemDefinition {
    pub(super) place: Place,
    pub(super) name: Arc<str>,
    pub(super) is_collection: bool,
    pub(super) shape: ItemShape,
    /// Unary tests on the item, or on each item of a collection.
    pub(super) allowed: Option<Text>,
    /// Unary tests on the whole value.
    pub(super) constraint: Option<Text>,
}

/// What a type is made of.
#[derive(Debug)]
pub(super) enum ItemShape {
    /// Nothing is said.
    Any,
    Reference(TypeReference),
    Components(Vec<ItemDefinition>),
    Function {
        parameters: Vec<Option<TypeReference>>,
        result: Option<TypeReference>,
    },
}

/// Text of FEEL and where it stands.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the element is called text as well")]
pub(super) struct Text {
    pub(super) text: Arc<str>,
    /// The element that holds it, or the nearest around it that has an id.
    pub(super) place: Arc<Place>,
    /// Where the text itself begins.
    pub(super) start: Position,
    /// As it is written in the file, where that differs.
    pub(super) raw: Option<Arc<str>>,
}

impl Text {
    /// Where a character stands, counted from 0.
    pub(super) fn position(&self, offset: usize) -> Position {
        crate::xml::position_after(self.raw.as_ref().unwrap_or(&self.text), self.start, offset)
    }
}

/// Data from outside.
#[derive(Debug)]
pub(super) struct InputData {
    pub(super) place: Place,
    pub(super) variable: Variable,
    pub(super) label: Arc<str>,
}

/// A decision.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) place: Place,
    pub(super) variable: Variable,
    pub(super) label: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) question: Arc<str>,
    pub(super) allowed_answers: Arc<str>,
    /// `versionTag` of an engine's extensions.
    pub(super) version_tag: Option<Arc<str>>,
    pub(super) information: Vec<Reference>,
    pub(super) knowledge: Vec<Reference>,
    pub(super) logic: Option<Boxed>,
}

/// A business knowledge model.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "knowledge requires knowledge")]
pub(super) struct Knowledge {
    pub(super) place: Place,
    pub(super) variable: Variable,
    pub(super) knowledge: Vec<Reference>,
    pub(super) logic: Option<FunctionDefinition>,
}

/// A decision service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) place: Place,
    pub(super) variable: Variable,
    pub(super) outputs: Vec<Reference>,
    pub(super) encapsulated: Vec<Reference>,
    pub(super) input_decisions: Vec<Reference>,
    pub(super) input_data: Vec<Reference>,
}

/// `href` of another element: its id, and its namespace where it is in another model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) namespace: Option<Arc<str>>,
    pub(super) id: Arc<str>,
    /// The element that holds the reference.
    pub(super) place: Place,
    /// The kind of the element that is asked for, by the word of the file.
    pub(super) role: &'static str,
}

/// An expression, as it is drawn.
#[derive(Debug)]
pub(super) struct Boxed {
    pub(super) place: Place,
    pub(super) of: Option<TypeReference>,
    pub(super) kind: BoxedKind,
}

/// The kinds of expressions.
#[derive(Debug)]
pub(super) enum BoxedKind {
    Literal(Text),
    Context(Vec<ContextEntry>),
    Table(Box<Table>),
    Relation {
        columns: Vec<Variable>,
        rows: Vec<Vec<Boxed>>,
    },
    List(Vec<Boxed>),
    Invocation {
        function: Box<Boxed>,
        bindings: Vec<(Variable, Option<Boxed>)>,
    },
    Function(Box<FunctionDefinition>),
    Conditional {
        condition: Box<Boxed>,
        then: Box<Boxed>,
        otherwise: Box<Boxed>,
    },
    For(Box<Iterator>),
    Every(Box<Iterator>),
    Some(Box<Iterator>),
    Filter {
        list: Box<Boxed>,
        condition: Box<Boxed>,
    },
    /// Could not be read; a finding says why.
    Unreadable,
}

/// An entry of a context; the one without a name is the result.
#[derive(Debug)]
pub(super) struct ContextEntry {
    pub(super) variable: Option<Variable>,
    pub(super) value: Boxed,
}

/// A loop over the items of a list.
#[derive(Debug)]
pub(super) struct Iterator {
    pub(super) variable: Variable,
    pub(super) list: Boxed,
    pub(super) body: Boxed,
}

/// A function.
#[derive(Debug)]
pub(super) struct FunctionDefinition {
    pub(super) place: Place,
    pub(super) of: Option<TypeReference>,
    pub(super) kind: FunctionKind,
    pub(super) parameters: Vec<Variable>,
    pub(super) body: Option<Boxed>,
}

/// Who carries a function out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FunctionKind {
    Feel,
    Java,
    Pmml,
}

/// A decision table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) place: Place,
    pub(super) hit_policy: HitPolicy,
    pub(super) output_label: Arc<str>,
    pub(super) inputs: Vec<InputClause>,
    pub(super) outputs: Vec<OutputClause>,
    pub(super) annotations: Vec<Arc<str>>,
    pub(super) rules: Vec<TableRule>,
}

/// How the rules that match make the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum HitPolicy {
    /// At most one rule may match.
    Unique,
    /// Rules that match agree.
    Any,
    /// The first rule that matches.
    First,
    /// The rule whose output comes first among the output values.
    Priority,
    /// All rules that match, in their order.
    RuleOrder,
    /// All rules that match, in the order of the output values.
    OutputOrder,
    /// All rules that match, put together.
    Collect(Aggregation),
}

/// How collected outputs are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Aggregation {
    /// A list.
    List,
    /// Their sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Their count.
    Count,
}

impl HitPolicy {
    /// The letter that tables show.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Unique => "U",
            Self::Any => "A",
            Self::First => "F",
            Self::Priority => "P",
            Self::RuleOrder => "R",
            Self::OutputOrder => "O",
            Self::Collect(Aggregation::List) => "C",
            Self::Collect(Aggregation::Sum) => "C+",
            Self::Collect(Aggregation::Min) => "C<",
            Self::Collect(Aggregation::Max) => "C>",
            Self::Collect(Aggregation::Count) => "C#",
        }
    }

    /// Whether one rule alone makes the result.
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Unique | Self::Any | Self::First | Self::Priority)
    }
}

/// A column of conditions.
#[derive(Debug)]
pub(super) struct InputClause {
    pub(super) place: Place,
    pub(super) label: Arc<str>,
    pub(super) expression: Text,
    pub(super) of: Option<TypeReference>,
    pub(super) allowed: Option<Text>,
}

/// A column of results.
#[derive(Debug)]
pub(super) struct OutputClause {
    pub(super) place: Place,
    pub(super) label: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) of: Option<TypeReference>,
    pub(super) allowed: Option<Text>,
    pub(super) default: Option<Text>,
}

/// A row.
#[derive(Debug)]
pub(super) struct TableRule {
    pub(super) place: Arc<Place>,
    pub(super) inputs: Vec<Text>,
    pub(super) outputs: Vec<Text>,
    pub(super) annotations: Vec<Arc<str>>,
}
