//! The values between two ends.

use super::Value;

/// The values between two ends, such as `[1..10)` or `> 5`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The lower end; `None` where there is none.
    pub start: Option<Value>,
    /// Whether the lower end belongs to the range.
    pub start_included: bool,
    /// The upper end; `None` where there is none.
    pub end: Option<Value>,
    /// Whether the upper end belongs to the range.
    pub end_included: bool,
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |end: &Value| {
            if let Value::String(_) | Value::Number(_) = end {
                return end.to_json();
            }
            format!("@{}", end.to_json())
        };
        match (&self.start, &self.end) {
            (None, Some(end)) => {
                write!(f, "({}{})", if self.end_included { "<=" } else { "<" }, text(end))
            }
            (Some(start), None) => {
                write!(f, "({}{})", if self.start_included { ">=" } else { ">" }, text(start))
            }
            (start, end) => {
                let [start, end] =
                    [start, end].map(|it| it.as_ref().map_or_else(|| "null".to_owned(), text));
                let open = if self.start_included { '[' } else { '(' };
                let close = if self.end_included { ']' } else { ')' };
                write!(f, "{open}{start}..{end}{close}")
            }
        }
    }
}
