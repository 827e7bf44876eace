//! A literal is of the type that is declared for it.

use crate::diagnostic::findings::Findings;
use crate::dmn::compile::shown;
use crate::dmn::model::Text;
use crate::dmn::types::{TypeIndex, Types};
use crate::feel::Expression;

use super::NOW;

/// Checks an expression whose value is declared to be of the type `of`.
pub(in crate::dmn) fn check(
    text: &Text,
    expression: &Expression,
    of: TypeIndex,
    types: &Types,
    findings: &mut Findings,
) {
    let Some(value) = expression.as_folded().filter(|value| !value.is_null()) else { return };
    if !types.admits(&value, of) && !types.converts(&value, of) {
        let message = format!(
            "{} is a {} and should be {}; the result is null.",
            shown(&text.text),
            value.type_name(),
            types.name(of)
        );
        let remedy = "Write a value of the declared type, or correct typeRef.";
        findings.warning("value-type", text.place.at(text.start), message, remedy);
        return;
    }
    let allowed = types.allowed_of(of).and_then(|allowed| allowed.constant.as_ref());
    if allowed.is_some_and(|allowed| allowed.holds(&value, NOW) == Some(false)) {
        let message = format!(
            "{} is not among the allowed values of {}; the result is null.",
            shown(&text.text),
            types.name(of)
        );
        let remedy = "Write an allowed value, or allow this one.";
        findings.warning("value-type", text.place.at(text.start), message, remedy);
    }
}
