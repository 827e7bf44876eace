//! Collects what is found about a model: all of it, each at its place.
//!
//! Never decides whether a model is accepted; that follows from the severities.

use super::{Diagnostic, Position, Severity};

/// How many findings one reading keeps; a model with more is beyond reading in one go.
pub const FINDINGS_MAX: usize = 500;

/// Length of a quoted piece of a model in characters; places are copied often.
const QUOTE_CHARS_MAX: usize = 255;

/// `text`, as far as a finding quotes it.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(QUOTE_CHARS_MAX).collect()
}

/// What a finding is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Id of the element; empty where it has none.
    pub(crate) element: String,
    /// Name of the element; empty where it has none.
    pub(crate) name: String,
    /// Where it starts.
    pub(crate) position: Position,
}

impl Place {
    /// The same element, at another position: that of a part of it.
    pub(crate) fn at(&self, position: Position) -> Self {
        Self { position, ..self.clone() }
    }
}

impl From<&std::sync::Arc<Place>> for Place {
    fn from(place: &std::sync::Arc<Self>) -> Self {
        (**place).clone()
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

/// The findings of one reading.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Diagnostic>,
    dropped: usize,
    has_error: bool,
}

impl Findings {
    /// BPMN forbids it or we cannot execute it.
    pub(crate) fn error(
        &mut self,
        rule: &str,
        place: impl Into<Place>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.has_error = true;
        self.add(Severity::Error, rule, place.into(), (message.into(), remedy.into()));
    }

    /// Suspicious, or without effect here.
    pub(crate) fn warning(
        &mut self,
        rule: &str,
        place: impl Into<Place>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Warning, rule, place.into(), (message.into(), remedy.into()));
    }

    /// Good to know.
    pub(crate) fn info(
        &mut self,
        rule: &str,
        place: impl Into<Place>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Info, rule, place.into(), (message.into(), remedy.into()));
    }

    fn add(
        &mut self,
        severity: Severity,
        rule: &str,
        place: Place,
        (message, remedy): (String, String),
    ) {
        // A place for the first error is kept, so that a flood of warnings cannot hide it.
        let room = match severity {
            Severity::Error => FINDINGS_MAX,
            Severity::Warning | Severity::Info => FINDINGS_MAX / 2,
        };
        if self.list.len() >= room {
            self.dropped += 1;
            return;
        }
        let Place { element, name, position } = place;
        let rule = rule.to_owned();
        self.list.push(Diagnostic { rule, severity, element, name, position, message, remedy });
    }

    /// Takes over the findings of `other`; errors of the rules that `is_milder` names as warnings.
    pub(crate) fn absorb(&mut self, other: Self, is_milder: impl Fn(&str) -> bool) {
        self.dropped += other.dropped;
        for mut finding in other.list {
            if finding.severity == Severity::Error && is_milder(&finding.rule) {
                finding.severity = Severity::Warning;
            }
            self.has_error |= finding.severity == Severity::Error;
            if self.list.len() < FINDINGS_MAX {
                self.list.push(finding);
            } else {
                self.dropped += 1;
            }
        }
    }

    /// Whether an error is among them.
    pub(crate) fn has_error(&self) -> bool {
        self.has_error
    }

    /// All findings by position.
    pub(crate) fn into_list(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by(|a, b| {
            (a.position, a.severity, &a.rule).cmp(&(b.position, b.severity, &b.rule))
        });
        if self.dropped > 0 {
            list.push(Diagnostic {
                rule: "findings-limit".to_owned(),
                severity: if self.has_error { Severity::Error } else { Severity::Warning },
                element: String::new(),
                name: String::new(),
                position: Position { line: 1, column: 1 },
                message: format!("{} more findings are not listed.", self.dropped),
                remedy: "Correct the listed ones first.".to_owned(),
            });
        }
        list
    }
}
