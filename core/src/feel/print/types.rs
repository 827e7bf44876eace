//! How types are written.

use super::Printer;
use crate::feel::types::Type;

impl Printer {
    /// Types nest within the bound of the parser.
    pub(super) fn type_name(&mut self, of: &Type) {
        match of {
            Type::Any => self.text("Any"),
            Type::Null => self.text("Null"),
            Type::Number => self.text("number"),
            Type::String => self.text("string"),
            Type::Boolean => self.text("boolean"),
            Type::Date => self.text("date"),
            Type::Time => self.text("time"),
            Type::DateTime => self.text("date and time"),
            Type::DaysTimeDuration => self.text("days and time duration"),
            Type::YearsMonthsDuration => self.text("years and months duration"),
            Type::List(of) => self.type_of("list", of),
            Type::Range(of) => self.type_of("range", of),
            Type::Context(entries) if entries.is_empty() => self.text("context"),
            Type::Context(entries) => {
                self.text("context<");
                for (at, (name, of)) in entries.iter().enumerate() {
                    self.text(if at > 0 { ", " } else { "" });
                    self.text(name);
                    self.text(": ");
                    self.type_name(of);
                }
                self.text(">");
            }
            Type::Function { parameters: None, .. } => self.text("function"),
            Type::Function { parameters: Some(parameters), result } => {
                self.text("function<");
                for (at, of) in parameters.iter().enumerate() {
                    self.text(if at > 0 { ", " } else { "" });
                    self.type_name(of);
                }
                self.text(">->");
                self.type_name(result);
            }
            Type::Unknown(name) => self.text(name),
        }
    }

    fn type_of(&mut self, name: &str, of: &Type) {
        self.text(name);
        self.text("<");
        self.type_name(of);
        self.text(">");
    }
}
