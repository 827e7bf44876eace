//! Functions of the model as values: knowledge models, decision services, boxed functions.

use std::sync::Arc;

use crate::dmn::program::{ElementIndex, ElementKind, FunctionLogic, Program, Signature};
use crate::feel::{CallFault, Callable, Meter, Type, function_value};
use crate::value::{Context, Value};

use super::logic::Evaluator;
use super::scope::Inner;
use super::{Graph, Result, record};

/// Levels of the budget for the frames between two expressions.
const CALL_LEVELS: u32 = 6;

/// A boxed function with the names of the place where it was made.
#[derive(Debug)]
struct Closure {
    program: Arc<Program>,
    function: Arc<FunctionLogic>,
    scope: Context,
    /// Its own name there, by which it may call itself.
    name: Option<Arc<str>>,
    depth: u16,
}

/// A function value of a boxed function.
pub(super) fn closure(
    program: &Arc<Program>,
    function: Arc<FunctionLogic>,
    scope: Context,
    name: Option<Arc<str>>,
) -> Value {
    let depth = scope.iter().map(|(_, value)| value.depth()).max().unwrap_or(0);
    let program = Arc::clone(program);
    function_value(Arc::new(Closure { program, function, scope, name, depth }))
}

impl Callable for Closure {
    fn parameters(&self) -> &[(Arc<str>, Type)] {
        &self.function.signature.parameters
    }

    fn result(&self) -> &Type {
        &self.function.signature.result
    }

    fn depth(&self) -> u16 {
        self.depth
    }

    fn call(
        &self,
        arguments: Vec<Value>,
        meter: &mut Meter<'_>,
    ) -> std::result::Result<Value, CallFault> {
        let mut itself = Context::new();
        if let Some(name) = &self.name {
            let function = Arc::clone(&self.function);
            let name = Arc::clone(name);
            let value = closure(&self.program, function, self.scope.clone(), Some(name.clone()));
            itself.insert(name, value);
        }
        let scope = Inner { names: &itself, outer: &self.scope };
        call_function(&self.program, &self.function, arguments, &scope, meter)
    }
}

/// Binds the arguments and evaluates the body.
fn call_function(
    program: &Arc<Program>,
    function: &FunctionLogic,
    arguments: Vec<Value>,
    scope: &dyn crate::feel::Scope,
    meter: &mut Meter<'_>,
) -> std::result::Result<Value, CallFault> {
    let mut names = Context::new();
    let parameters = function.signature.parameters.iter().zip(&function.types);
    for (((name, _), of), value) in parameters.zip(arguments) {
        match program.types.fit(value, *of, meter)? {
            Ok(value) => {
                names.insert(Arc::clone(name), value);
            }
            // What cannot be converted is null: DMN 1.5, clause "Implicit conversions".
            Err(reason) => {
                let message = format!("the argument “{name}” is null: {reason}");
                record::warn_here(meter, &function.place, message);
                names.insert(Arc::clone(name), Value::Null);
            }
        }
    }
    meter.enter(CALL_LEVELS)?;
    let evaluator = Evaluator { program };
    let value = evaluator.evaluate(&function.body, &Inner { names: &names, outer: scope }, meter);
    meter.leave(CALL_LEVELS);
    program
        .types
        .fit(value?, function.of, meter)?
        .map_err(|reason| CallFault::Null(format!("the result of the function: {reason}")))
}

/// A knowledge model or decision service.
#[derive(Debug)]
struct Invocable {
    program: Arc<Program>,
    element: ElementIndex,
}

/// The function value of a knowledge model or decision service; null for other elements.
pub(super) fn value_of(program: &Arc<Program>, element: ElementIndex) -> Value {
    if signature(program, element).is_none() {
        return Value::Null;
    }
    function_value(Arc::new(Invocable { program: Arc::clone(program), element }))
}

fn signature(program: &Program, element: ElementIndex) -> Option<&Signature> {
    match &program.elements[element.0 as usize].kind {
        ElementKind::Knowledge { function } => function.as_ref().map(|it| &it.signature),
        ElementKind::Service { signature, .. } => Some(signature),
        ElementKind::Input { .. } | ElementKind::Decision(_) => None,
    }
}

impl Callable for Invocable {
    fn parameters(&self) -> &[(Arc<str>, Type)] {
        signature(&self.program, self.element).map_or(&[], |it| &it.parameters)
    }

    fn result(&self) -> &Type {
        signature(&self.program, self.element).map_or(&Type::Any, |it| &it.result)
    }

    fn depth(&self) -> u16 {
        0
    }

    fn call(
        &self,
        arguments: Vec<Value>,
        meter: &mut Meter<'_>,
    ) -> std::result::Result<Value, CallFault> {
        match &self.program.elements[self.element.0 as usize].kind {
            ElementKind::Knowledge { function: Some(function) } => {
                let scope =
                    Graph::new(&self.program, &Context::new()).knowledge_scope(self.element);
                call_function(&self.program, function, arguments, &scope, meter)
            }
            ElementKind::Service { .. } => {
                let inputs = Context::new();
                Ok(call_service(&self.program, self.element, (arguments, &inputs), meter)?)
            }
            ElementKind::Knowledge { function: None }
            | ElementKind::Input { .. }
            | ElementKind::Decision(_) => Err(CallFault::Null("there is no logic".into())),
        }
    }
}

/// Evaluates the output decisions of a service with its parameters.
fn call_service(
    program: &Arc<Program>,
    index: ElementIndex,
    (arguments, inputs): (Vec<Value>, &Context),
    meter: &mut Meter<'_>,
) -> Result {
    let element = &program.elements[index.0 as usize];
    let ElementKind::Service { outputs, parameters, .. } = &element.kind else {
        return Ok(Value::Null);
    };
    meter.enter(CALL_LEVELS)?;
    let mut graph = Graph::new(program, inputs);
    for (parameter, value) in parameters.iter().zip(arguments) {
        let target = &program.elements[parameter.element.0 as usize];
        let value = match program.types.fit(value, target.of, meter)? {
            Ok(value) => value,
            Err(reason) => {
                let message = format!("the argument “{}” is null: {reason}", target.variable);
                record::warn_here(meter, &element.place, message);
                Value::Null
            }
        };
        graph.set(element.model, *parameter, value);
    }
    let value = if let [output] = outputs.as_slice() {
        graph.value(element.model, *output, meter)?
    } else {
        let mut context = Context::new();
        for output in outputs {
            let name = &program.elements[output.element.0 as usize].variable;
            context.insert(Arc::clone(name), graph.value(element.model, *output, meter)?);
        }
        Value::from(context)
    };
    meter.leave(CALL_LEVELS);
    match program.types.fit(value, service_type(program, index), meter)? {
        Ok(value) => Ok(value),
        Err(reason) => {
            let message = format!("the result of the service is null: {reason}");
            record::warn_here(meter, &element.place, message);
            Ok(Value::Null)
        }
    }
}

/// The type of a service's variable: that of its result, or of the function that it is.
fn service_type(program: &Program, index: ElementIndex) -> crate::dmn::types::TypeIndex {
    use crate::dmn::types::Shape;
    let mut at = program.elements[index.0 as usize].of;
    loop {
        match &program.types.get(at).shape {
            Shape::Function { result, .. } => return *result,
            Shape::Alias(to) if !program.types.get(at).is_collection => at = *to,
            Shape::Alias(_) | Shape::Basic(_) | Shape::Components(_) => {
                return program.elements[index.0 as usize].of;
            }
        }
    }
}

/// Calls a knowledge model or service with arguments by name; those that lack are null.
pub(super) fn call_by_name(
    program: &Arc<Program>,
    index: ElementIndex,
    inputs: &Context,
    meter: &mut Meter<'_>,
) -> Result {
    let element = &program.elements[index.0 as usize];
    let callable = Invocable { program: Arc::clone(program), element: index };
    let mut arguments = Vec::new();
    for (name, _) in callable.parameters() {
        let value = inputs.get(name).cloned();
        if value.is_none() {
            let message = format!("the input “{name}” is missing");
            record::warn(meter, &element.name, &element.place, message);
        }
        arguments.push(value.unwrap_or_default());
    }
    let outcome = match &element.kind {
        ElementKind::Service { .. } => {
            call_service(program, index, (arguments, inputs), meter).map_err(CallFault::Stop)
        }
        ElementKind::Knowledge { .. } | ElementKind::Decision(_) | ElementKind::Input { .. } => {
            callable.call(arguments, meter)
        }
    };
    match outcome {
        Ok(value) => Ok(value),
        Err(CallFault::Stop(error)) => Err(error),
        Err(CallFault::Null(reason)) => {
            record::warn(meter, &element.name, &element.place, reason);
            Ok(Value::Null)
        }
    }
}
