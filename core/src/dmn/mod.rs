//! Decisions: models of DMN 1.1 to 1.5, read, checked and evaluated.
//!
//! A set of files is read once into [`Decisions`], which any number of evaluations share. An
//! evaluation gives the value and the *why*: every decision on the way with its value and the
//! rules that matched. As in FEEL, what has no value is null with a reason; only an exceeded
//! budget is an error.
//!
//! Never reads a clock, calls the host or follows a reference to outside of the given files; never
//! recurses without a bound.

mod compile;
mod decisions;
mod display;
mod model;
mod outline;
mod program;
mod read;
mod rules;
mod run;
mod table;
mod trace;
mod trial;
mod types;

pub use self::decisions::{Decisions, FileFindings, Invocable, InvocableKind, Parameter, Reading};
pub use self::display::{TableColumn, TableRow, TableView};
pub use self::model::{Aggregation, HitPolicy};
pub use self::outline::ModelHead;
pub use self::trace::{
    DecideError, DecisionTrace, DecisionWarning, MatchedRule, Outcome, TraceInput,
};
pub use self::trial::{Tried, read_answers, try_out};
pub use crate::diagnostic;
pub use crate::xml::MODEL_BYTES_MAX;
