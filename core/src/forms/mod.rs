//! Forms: what a person is asked, read from form-js JSON, and the answers checked against it.
//!
//! The same code runs in the browser and on the server. Never evaluates an expression and never
//! renders anything: texts of a form stay texts.

mod answer;
mod check;
mod form;
mod pattern;
mod read;
mod words;

use std::collections::BTreeMap;

pub use answer::to_answers;
pub use check::{FieldError, check};
pub use form::{
    Action, Choice, Component, Field, FieldKind, Form, Group, TextBlock, Tone, WIDTH_MAX,
};
pub use read::{COMPONENTS_MAX, FORM_BYTES_MAX, inspect, read};

/// Raw answers as a browser sends them: text by field key, absent where not given. A checkbox
/// that is ticked sends `true`.
pub type Answers = BTreeMap<String, String>;

/// Length of any answer in characters, whatever the form allows.
pub const ANSWER_CHARS_MAX: usize = 10_000;
