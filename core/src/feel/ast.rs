//! The parsed form of an expression: names are resolved to slots, built-ins to their functions.
//!
//! Never nests deeper than [`DEPTH_MAX`]: the parser refuses what would.

use std::fmt;
use std::sync::Arc;

use super::builtin::Builtin;
use super::types::Type;
use crate::value::Value;

/// The deepest tree that is parsed.
pub(super) const DEPTH_MAX: u16 = 150;

/// An operation and where it stands in the text.
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Offset in bytes.
    pub(super) at: u32,
    /// Levels below this one, and this one.
    pub(super) depth: u16,
}

/// The operations of FEEL.
#[derive(Debug)]
pub(super) enum Kind {
    Constant(Value),
    /// A name that the expression itself does not define.
    Global(Arc<str>),
    /// The same in a function, which remembers it from where it was defined.
    Remembered {
        name: Arc<str>,
        slot: u16,
    },
    Local(u16),
    /// A name in a filter: an entry of the filtered items, the innermost first, else the name.
    FilterName {
        name: Arc<str>,
        items: Box<[u16]>,
        otherwise: Box<Node>,
    },
    Negate(Box<Node>),
    /// Operators of one level of precedence, from left to right.
    Arithmetic {
        first: Box<Node>,
        rest: Box<[(ArithmeticOperator, Node)]>,
    },
    Compare {
        operator: Comparison,
        left: Box<Node>,
        right: Box<Node>,
    },
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Between {
        value: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
    },
    /// `value in tests`; the slot holds the value as `?`.
    In {
        value: Box<Node>,
        slot: u16,
        tests: Box<[Node]>,
    },
    InstanceOf {
        value: Box<Node>,
        of: Type,
    },
    Path {
        value: Box<Node>,
        name: Arc<str>,
    },
    Filter {
        value: Box<Node>,
        slot: u16,
        by: Box<Node>,
    },
    Call {
        function: Box<Node>,
        arguments: Arguments,
    },
    CallBuiltin {
        function: &'static Builtin,
        arguments: Box<[Option<Node>]>,
    },
    Function(Arc<FunctionNode>),
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    For {
        iterators: Box<[Iteration]>,
        partial: Option<u16>,
        body: Box<Node>,
    },
    Quantified {
        every: bool,
        iterators: Box<[Iteration]>,
        condition: Box<Node>,
    },
    List(Box<[Node]>),
    Context(Box<[Entry]>),
    Range {
        start: Option<Box<Node>>,
        start_included: bool,
        end: Option<Box<Node>>,
        end_included: bool,
    },
    /// `= value` as a test.
    Equal(Box<Node>),
    /// `!= value` as a test.
    Unequal(Box<Node>),
    /// Unary tests on the value of the node `input`; an empty list of tests holds always.
    UnaryTests {
        input: Box<Node>,
        negated: bool,
        tests: Box<[Node]>,
    },
    /// A test that names `?`: it holds when it is true.
    Condition(Box<Node>),
}

/// An operator on two numbers, or on temporals and texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArithmeticOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is given to a function that is known only when it is called.
#[derive(Debug)]
pub(super) enum Arguments {
    Positional(Box<[Node]>),
    Named(Box<[(Arc<str>, Node)]>),
}

/// A name that goes through the items of a list or of a range.
#[derive(Debug)]
pub(super) struct Iteration {
    pub(super) name: Arc<str>,
    pub(super) slot: u16,
    pub(super) from: Node,
    /// The other end, where a range is given by two ends.
    pub(super) to: Option<Node>,
}

/// An entry of a context.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Arc<str>,
    pub(super) slot: u16,
    pub(super) value: Node,
}

/// A function definition.
#[derive(Debug)]
pub(super) struct FunctionNode {
    pub(super) parameters: Box<[Parameter]>,
    pub(super) captures: Box<[Capture]>,
    /// Names looked up where the function is defined, and their slots in the function.
    pub(super) remembered: Box<[Remembered]>,
    pub(super) frame_size: u16,
    pub(super) body: Node,
    pub(super) result: Type,
}

/// A name that a function looks up where it is defined.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) name: Arc<str>,
    /// The slot in the function.
    pub(super) slot: u16,
    /// The slot of the function around it, which remembers the name as well.
    pub(super) outer: Option<u16>,
}

/// A parameter of a function; parameter n has slot n.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Arc<str>,
    pub(super) of: Type,
}

/// A local name of the surrounding expression that a function uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capture {
    /// The slot outside.
    pub(super) from: u16,
    /// The slot in the function.
    pub(super) to: u16,
    /// Whether it is the function itself, which calls itself by its name.
    pub(super) itself: bool,
}

/// Shows what the tree is, wherever it stands in the text.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Node {
    pub(super) fn new(kind: Kind, at: usize) -> Self {
        let mut depth = 0;
        kind.for_each_child(&mut |child| depth = depth.max(child.depth));
        Self { kind, at: u32::try_from(at).unwrap_or(u32::MAX), depth: depth.saturating_add(1) }
    }

    pub(super) fn as_constant(&self) -> Option<&Value> {
        if let Kind::Constant(value) = &self.kind { Some(value) } else { None }
    }
}

impl Kind {
    pub(super) fn for_each_child(&self, visit: &mut dyn FnMut(&Node)) {
        match self {
            Self::Constant(_) | Self::Global(_) | Self::Remembered { .. } | Self::Local(_) => {}
            Self::Negate(value)
            | Self::InstanceOf { value, .. }
            | Self::Path { value, .. }
            | Self::Equal(value)
            | Self::Unequal(value)
            | Self::Condition(value)
            | Self::FilterName { otherwise: value, .. } => visit(value),
            Self::Arithmetic { first, rest } => {
                visit(first);
                rest.iter().for_each(|(_, node)| visit(node));
            }
            Self::Compare { left, right, .. } | Self::Filter { value: left, by: right, .. } => {
                visit(left);
                visit(right);
            }
            Self::And(parts) | Self::Or(parts) | Self::List(parts) => parts.iter().for_each(visit),
            Self::Between { value, low, high } => {
                for part in [value, low, high] {
                    visit(part);
                }
            }
            Self::If { condition, then, otherwise } => {
                for part in [condition, then, otherwise] {
                    visit(part);
                }
            }
            Self::In { value, tests, .. } | Self::UnaryTests { input: value, tests, .. } => {
                visit(value);
                tests.iter().for_each(visit);
            }
            Self::Call { function, arguments } => {
                visit(function);
                match arguments {
                    Arguments::Positional(values) => values.iter().for_each(visit),
                    Arguments::Named(values) => values.iter().for_each(|(_, node)| visit(node)),
                }
            }
            Self::CallBuiltin { arguments, .. } => arguments.iter().flatten().for_each(visit),
            Self::Function(function) => visit(&function.body),
            Self::For { iterators, body, .. }
            | Self::Quantified { iterators, condition: body, .. } => {
                for iterator in iterators {
                    visit(&iterator.from);
                    iterator.to.iter().for_each(&mut *visit);
                }
                visit(body);
            }
            Self::Context(entries) => entries.iter().for_each(|entry| visit(&entry.value)),
            Self::Range { start, end, .. } => {
                [start, end].into_iter().flatten().for_each(|it| visit(it));
            }
        }
    }
}
