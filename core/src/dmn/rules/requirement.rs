//! What is required is used.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::findings::{Findings, cut};
use crate::dmn::program::{Element, Program};

/// Checks the requirements of an element whose logic uses the names `used`.
pub(in crate::dmn) fn check(
    program: &Program,
    element: &Element,
    used: &BTreeSet<Arc<str>>,
    findings: &mut Findings,
) {
    for requirement in element.information.iter().chain(&element.knowledge) {
        let required = &program.elements[requirement.element.0 as usize];
        let import = requirement.via.map(|via| &program.models[element.model].imports[via].name);
        let name = import.filter(|name| !name.is_empty()).unwrap_or(&required.variable);
        if !used.contains(name) {
            let message = format!(
                "“{}” is required by “{}” and not used there.",
                cut(&required.variable),
                cut(&element.name)
            );
            let remedy = "Remove the requirement, or use it.";
            findings.info("requirement-unused", &element.place, message, remedy);
        }
    }
}
