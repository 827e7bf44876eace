//! From XML to the words of the standard, whatever tool and version wrote the file.
//!
//! Never stops at the first finding, except where the text is not XML or passes a limit, and never
//! follows a reference.

mod definitions;
mod expression;
mod ids;
mod items;
mod table;
mod text;

pub(super) use self::text::name_of;

use crate::diagnostic::findings::Findings;
use crate::xml::Tree;

use super::model::Definitions;

/// Reads one file; `None` where it holds no DMN.
pub(super) fn read(tree: &Tree<'_>, findings: &mut Findings) -> Option<Definitions> {
    definitions::read(tree, findings)
}
