//! Boxed expressions to logic: DMN 1.5, clause "Boxed expressions".

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, Place};
use crate::dmn::model::{
    Boxed, BoxedKind, ContextEntry, FunctionDefinition, FunctionKind, Iterator, Text,
    TypeReference, Variable,
};
use crate::dmn::program::{
    FunctionLogic, Logic, LogicKind, LoopKind, NamedLogic, Program, Signature,
};
use crate::dmn::rules::used_name::{self, Known};
use crate::dmn::rules::value_type;
use crate::dmn::types::{TypeIndex, Types};
use crate::feel::Expression;

use super::names::{Lookup, Scope, report_syntax};

/// Compiles the expressions of one element.
pub(super) struct Compiler<'a> {
    pub(super) program: &'a Program,
    lookup: &'a Lookup,
    model: usize,
    /// The names of all elements of the model.
    elements: &'a BTreeSet<Arc<str>>,
    /// The names that the expressions so far use.
    pub(super) used: BTreeSet<Arc<str>>,
    /// Whether names that are not known are looked up outside, as those of decisions are.
    sees_outside: bool,
    /// The names that are, and their types.
    pub(super) undeclared: Vec<(Arc<str>, TypeIndex)>,
    pub(super) findings: &'a mut Findings,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        program: &'a Program,
        lookup: &'a Lookup,
        (model, elements): (usize, &'a BTreeSet<Arc<str>>),
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            program,
            lookup,
            model,
            elements,
            used: BTreeSet::new(),
            sees_outside: false,
            undeclared: Vec::new(),
            findings,
        }
    }

    /// The compiler of a decision.
    pub(super) fn of_decision(mut self) -> Self {
        self.sees_outside = true;
        self
    }

    /// The type of a reference.
    pub(super) fn type_of(&mut self, reference: Option<&TypeReference>, at: &Place) -> TypeIndex {
        let models = &self.program.models;
        let to = (at, &mut *self.findings);
        self.lookup.types.resolve(models, self.model, reference, to)
    }

    /// Compiles an expression; the reader bounds how deep they nest.
    pub(super) fn boxed(&mut self, boxed: &Boxed, scope: &Scope) -> Logic {
        let of = self.type_of(boxed.of.as_ref(), &boxed.place);
        let kind = match &boxed.kind {
            BoxedKind::Literal(text) => self.literal(text, scope),
            BoxedKind::Context(entries) => self.context(entries, scope),
            BoxedKind::Table(table) => LogicKind::Table(Box::new(self.table(table, of, scope))),
            BoxedKind::Relation { columns, rows } => {
                let rows =
                    rows.iter().map(|row| row.iter().map(|it| self.boxed(it, scope)).collect());
                let rows = rows.collect();
                let columns = columns.iter().map(|column| {
                    (Arc::clone(&column.name), self.type_of(column.of.as_ref(), &boxed.place))
                });
                LogicKind::Relation { columns: columns.collect(), rows }
            }
            BoxedKind::List(items) => {
                LogicKind::List(items.iter().map(|item| self.boxed(item, scope)).collect())
            }
            BoxedKind::Invocation { function, bindings } => {
                self.invocation(function, bindings, scope)
            }
            BoxedKind::Function(function) => {
                LogicKind::Function(Arc::new(self.function(function, Types::ANY, scope)))
            }
            BoxedKind::Conditional { condition, then, otherwise } => LogicKind::Conditional {
                condition: Box::new(self.boxed(condition, scope)),
                then: Box::new(self.boxed(then, scope)),
                otherwise: Box::new(self.boxed(otherwise, scope)),
            },
            BoxedKind::For(iterator) => self.iteration(LoopKind::For, iterator, scope),
            BoxedKind::Every(iterator) => self.iteration(LoopKind::Every, iterator, scope),
            BoxedKind::Some(iterator) => self.iteration(LoopKind::Some, iterator, scope),
            BoxedKind::Filter { list, condition } => {
                let item: Arc<str> = "item".into();
                let inner = Scope { is_open: true, ..scope.with([&item]) };
                LogicKind::Filter {
                    list: Box::new(self.boxed(list, scope)),
                    condition: Box::new(self.boxed(condition, &inner)),
                }
            }
            BoxedKind::Unreadable => LogicKind::Null("the expression could not be read".into()),
        };
        Logic { place: Arc::new(boxed.place.clone()), of, kind }
    }

    /// FEEL text; an empty one is null.
    pub(super) fn literal(&mut self, text: &Text, scope: &Scope) -> LogicKind {
        if text.text.is_empty() {
            let message = "The expression is empty; its value is null.";
            let remedy = "Write the expression.";
            self.findings.warning("expression-empty", &text.place, message, remedy);
            return LogicKind::Null("the expression is empty".into());
        }
        match self.expression(text, scope, "") {
            Some(expression) => LogicKind::Feel(expression),
            None => LogicKind::Null("the expression could not be read".into()),
        }
    }

    /// Parses FEEL text; what is none is a finding that begins with `whose`.
    pub(super) fn expression(
        &mut self,
        text: &Text,
        scope: &Scope,
        whose: &str,
    ) -> Option<Expression> {
        match Expression::parse(&text.text, &scope.names) {
            Ok(expression) => {
                self.note_names(text, &expression, scope, whose);
                Some(expression)
            }
            Err(error) => {
                report_syntax(text, &error, whose, self.findings);
                None
            }
        }
    }

    /// Notes which names an expression uses, and checks that they are in scope.
    pub(super) fn note_names(
        &mut self,
        text: &Text,
        expression: &Expression,
        scope: &Scope,
        whose: &str,
    ) {
        self.used.extend(expression.names_used());
        if !scope.is_open {
            let (elements, sees_outside) = (self.elements, self.sees_outside);
            let known = Known { visible: &scope.visible, elements, sees_outside };
            let undeclared = used_name::check(text, expression, &known, whose, self.findings);
            for name in undeclared {
                if self.undeclared.iter().all(|(known, _)| *known != name) {
                    self.undeclared.push((name, Types::ANY));
                }
            }
        }
    }

    /// Checks a literal against the type that is declared for it elsewhere.
    pub(super) fn check_value(&mut self, boxed: &Boxed, logic: &Logic, of: TypeIndex) {
        if let (BoxedKind::Literal(text), LogicKind::Feel(expression)) = (&boxed.kind, &logic.kind)
        {
            let of = if of == Types::ANY { logic.of } else { of };
            value_type::check(text, expression, of, &self.program.types, self.findings);
        }
    }

    fn context(&mut self, entries: &[ContextEntry], scope: &Scope) -> LogicKind {
        let mut inner = scope.clone();
        let mut compiled = Vec::with_capacity(entries.len());
        let mut result = None;
        for (index, entry) in entries.iter().enumerate() {
            let Some(variable) = &entry.variable else {
                if index + 1 < entries.len() {
                    let message = "Only the last entry of a context may be without a name.";
                    let remedy = "Name the entry, or move it to the end.";
                    self.findings.error("context-result", &entry.value.place, message, remedy);
                }
                result = Some(Box::new(self.boxed(&entry.value, &inner)));
                continue;
            };
            if compiled.iter().any(|it: &NamedLogic| it.name == variable.name) {
                let message = format!("The entry “{}” stands twice.", variable.name);
                let remedy = "Give each entry a name of its own.";
                self.findings.error("name-duplicate", &entry.value.place, message, remedy);
                continue;
            }
            let of = self.type_of(variable.of.as_ref(), &entry.value.place);
            // A function may call itself by the name of its entry.
            let is_function = matches!(entry.value.kind, BoxedKind::Function(_));
            if is_function {
                inner = inner.with([&variable.name]);
            }
            let logic = self.boxed(&entry.value, &inner);
            self.check_value(&entry.value, &logic, of);
            if !is_function {
                inner = inner.with([&variable.name]);
            }
            compiled.push(NamedLogic { name: Arc::clone(&variable.name), of, logic });
        }
        LogicKind::Context { entries: compiled, result }
    }

    fn invocation(
        &mut self,
        function: &Boxed,
        bindings: &[(Variable, Option<Boxed>)],
        scope: &Scope,
    ) -> LogicKind {
        let function = Box::new(self.boxed(function, scope));
        let bindings = bindings.iter().map(|(parameter, value)| {
            let logic = value.as_ref().map(|value| self.boxed(value, scope));
            let logic = logic.unwrap_or_else(|| Logic {
                place: Arc::clone(&function.place),
                of: Types::ANY,
                kind: LogicKind::Null("the binding has no value".into()),
            });
            let of = self.type_of(parameter.of.as_ref(), &logic.place);
            NamedLogic { name: Arc::clone(&parameter.name), of, logic }
        });
        let bindings = bindings.collect();
        LogicKind::Invocation { function, bindings }
    }

    fn iteration(&mut self, kind: LoopKind, iterator: &Iterator, scope: &Scope) -> LogicKind {
        let list = Box::new(self.boxed(&iterator.list, scope));
        let of = self.type_of(iterator.variable.of.as_ref(), &iterator.list.place);
        let partial: Arc<str> = "partial".into();
        let mut inner = scope.with([&iterator.variable.name]);
        if kind == LoopKind::For {
            inner = inner.with([&partial]);
        }
        let body = Box::new(self.boxed(&iterator.body, &inner));
        LogicKind::Loop { kind, variable: Arc::clone(&iterator.variable.name), of, list, body }
    }

    /// A function; `of` is the type of its knowledge model's variable, where there is one.
    pub(super) fn function(
        &mut self,
        function: &FunctionDefinition,
        of: TypeIndex,
        scope: &Scope,
    ) -> FunctionLogic {
        let place = Arc::new(function.place.clone());
        let types: Box<[TypeIndex]> = function
            .parameters
            .iter()
            .map(|parameter| self.type_of(parameter.of.as_ref(), &place))
            .collect();
        let names: BTreeSet<&Arc<str>> = function.parameters.iter().map(|it| &it.name).collect();
        if names.len() < function.parameters.len() {
            let message = "Two parameters have the same name.";
            let remedy = "Give each parameter a name of its own.";
            self.findings.error("name-duplicate", &*place, message, remedy);
        }
        let parameters = function.parameters.iter().map(|it| &it.name);
        let inner = scope.with(names).with_typed(parameters.zip(types.iter().copied()));
        let declared = self.type_of(function.of.as_ref(), &place);
        let of = self.result_type(of, declared);
        let body = self.body(function, &inner);
        let parameters = function.parameters.iter().zip(&types);
        let parameters = parameters
            .map(|(it, of)| (Arc::clone(&it.name), self.program.types.feel_type(*of)))
            .collect();
        let result = match of {
            Types::ANY => self.program.types.feel_type(body.of),
            of => self.program.types.feel_type(of),
        };
        FunctionLogic { place, types, of, signature: Signature { parameters, result }, body }
    }

    /// A knowledge model's variable may name the type of the function or that of its result.
    fn result_type(&self, of: TypeIndex, declared: TypeIndex) -> TypeIndex {
        use crate::dmn::types::Shape;
        let mut at = of;
        loop {
            match &self.program.types.get(at).shape {
                Shape::Function { result, .. } => return *result,
                Shape::Alias(to) => at = *to,
                Shape::Basic(_) | Shape::Components(_) => break,
            }
        }
        if declared == Types::ANY { of } else { declared }
    }

    fn body(&mut self, function: &FunctionDefinition, scope: &Scope) -> Logic {
        let place = Arc::new(function.place.clone());
        let kind = match (&function.body, function.kind) {
            (Some(body), FunctionKind::Feel) => return self.boxed(body, scope),
            (None, _) => LogicKind::Null("the function has no body".into()),
            (Some(_), FunctionKind::Pmml) => {
                LogicKind::Null("functions of PMML are not executed".into())
            }
            (Some(body), FunctionKind::Java) => self.external(function, body, scope),
        };
        Logic { place, of: Types::ANY, kind }
    }

    /// A function of Java, which FEEL maps by its closed table: written as FEEL writes it.
    fn external(
        &mut self,
        function: &FunctionDefinition,
        body: &Boxed,
        scope: &Scope,
    ) -> LogicKind {
        let part = |wanted: &str| {
            let BoxedKind::Context(entries) = &body.kind else { return None };
            let entry = entries
                .iter()
                .find(|it| it.variable.as_ref().is_some_and(|it| &*it.name == wanted))?;
            let BoxedKind::Literal(text) = &entry.value.kind else { return None };
            let expression = Expression::parse(&text.text, &scope.names).ok()?;
            expression.as_constant()?.as_str().map(ToOwned::to_owned)
        };
        let (Some(class), Some(signature)) = (part("class"), part("method signature")) else {
            let message = "The Java function names no class and method signature.";
            let remedy = "Give a context with the entries “class” and “method signature”.";
            self.findings.error("function-java", &function.place, message, remedy);
            return LogicKind::Null("the function of Java is not named".into());
        };
        let parameters: Vec<&str> = function.parameters.iter().map(|it| &*it.name).collect();
        let quoted = |text: &str| crate::value::Value::from(text).to_json();
        let names = parameters.join(", ");
        let text = format!(
            "(function({names}) external {{java: {{class: {}, method signature: {}}}}})({names})",
            quoted(&class),
            quoted(&signature)
        );
        match Expression::parse(&text, &scope.names) {
            Ok(expression) => LogicKind::Feel(expression),
            Err(_) => LogicKind::Null("the function of Java cannot be called from FEEL".into()),
        }
    }
}
