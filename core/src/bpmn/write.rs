//! From a model back to its text: all that was read, foreign extensions, ids, drawing and order.

use crate::diagnostic::Diagnostic;
use crate::xml;

/// Writes what was read of a file: all that it says, in the same order.
///
/// # Errors
/// Why the file is not XML.
pub fn rewrite(file: &[u8]) -> Result<String, Box<Diagnostic>> {
    Ok(xml::parse(file)?.to_string())
}
