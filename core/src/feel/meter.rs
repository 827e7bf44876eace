//! Evaluations that share a budget, and functions that come from outside of FEEL.
//!
//! A model of decisions is many expressions that call each other through functions of the model;
//! one budget bounds them all. Never gives more than the budget that it began with.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::{Budget, BudgetLimit, Environment, EvaluationError, Type};
use crate::value::{Function, Value};

/// What is left of a budget.
pub struct Meter<'a> {
    /// The outside of the evaluation.
    pub env: &'a Environment,
    /// What the caller around FEEL wants its functions to find again.
    pub outside: Option<&'a mut dyn Any>,
    pub(super) budget: &'a Budget,
    pub(super) steps_left: u64,
    pub(super) bytes_left: usize,
    pub(super) depth_left: u32,
    /// State of the generator of random numbers.
    pub(super) random: u64,
}

impl<'a> Meter<'a> {
    /// A whole budget.
    pub fn new(env: &'a Environment, budget: &'a Budget) -> Self {
        Self {
            env,
            outside: None,
            budget,
            steps_left: budget.steps_max,
            bytes_left: budget.bytes_max,
            depth_left: budget.depth_max,
            random: env.seed,
        }
    }

    /// Counts `steps` of work.
    ///
    /// # Errors
    /// [`EvaluationError::BudgetExceeded`].
    pub fn work(&mut self, steps: u64) -> Result<(), EvaluationError> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => exceeded(BudgetLimit::Steps, self.budget.steps_max),
        }
    }

    /// Counts `bytes` that are built.
    ///
    /// # Errors
    /// [`EvaluationError::BudgetExceeded`].
    pub fn allocate(&mut self, bytes: usize) -> Result<(), EvaluationError> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => exceeded(BudgetLimit::Bytes, self.budget.bytes_max as u64),
        }
    }

    /// Goes `levels` deeper; [`Meter::leave`] goes back by as many.
    ///
    /// # Errors
    /// [`EvaluationError::BudgetExceeded`].
    pub fn enter(&mut self, levels: u32) -> Result<(), EvaluationError> {
        match self.depth_left.checked_sub(levels) {
            Some(left) => {
                self.depth_left = left;
                Ok(())
            }
            None => exceeded(BudgetLimit::Depth, self.budget.depth_max.into()),
        }
    }

    /// Comes back from `levels`.
    pub fn leave(&mut self, levels: u32) {
        self.depth_left += levels;
    }
}

fn exceeded<T>(which: BudgetLimit, limit: u64) -> Result<T, EvaluationError> {
    Err(EvaluationError::BudgetExceeded { which, limit })
}

/// Why a call has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFault {
    /// The result is null, for this reason.
    Null(String),
    /// The evaluation ends.
    Stop(EvaluationError),
}

impl From<EvaluationError> for CallFault {
    fn from(error: EvaluationError) -> Self {
        Self::Stop(error)
    }
}

/// A function that is defined outside of FEEL, such as a business knowledge model.
pub trait Callable: fmt::Debug + Send + Sync {
    /// The names of the parameters and their types, in order.
    fn parameters(&self) -> &[(Arc<str>, Type)];

    /// The type of the result.
    fn result(&self) -> &Type;

    /// The levels of nesting of what the function holds on to.
    fn depth(&self) -> u16;

    /// Calls the function with as many arguments as it has parameters, not yet checked.
    ///
    /// # Errors
    /// Why there is no value, or the exceeded budget.
    fn call(&self, arguments: Vec<Value>, meter: &mut Meter<'_>) -> Result<Value, CallFault>;
}

/// A [`Callable`] as a value.
#[derive(Debug)]
pub(super) struct ForeignFunction(pub(super) Arc<dyn Callable>);

impl Function for ForeignFunction {
    fn depth(&self) -> u16 {
        self.0.depth()
    }
}

/// A function value that FEEL can call.
pub fn function_value(callable: Arc<dyn Callable>) -> Value {
    Value::Function(Arc::new(ForeignFunction(callable)))
}
