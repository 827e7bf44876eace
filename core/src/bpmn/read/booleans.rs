//! Attributes that are true or false.

use crate::diagnostic::findings::{Findings, Place, cut};
use crate::xml::Node;

/// The attribute `local` of `node`, a part of `owner`; `absent` where it is not there.
pub(super) fn read(
    owner: Node<'_>,
    node: Node<'_>,
    local: &str,
    absent: bool,
    findings: &mut Findings,
) -> bool {
    match node.attribute(local) {
        None => absent,
        Some("true" | "1") => true,
        Some("false" | "0") => false,
        Some(other) => {
            let message = format!("{local} is “{}”, neither true nor false.", cut(other));
            let remedy = format!("Write {local}=\"true\" or \"false\".");
            let place = Place::from(owner).at(node.position());
            findings.error("boolean-invalid", place, message, remedy);
            absent
        }
    }
}
