//! Rules about models: one file per rule, one table of those about decision tables.
//!
//! Rules never change a model. What cannot be resolved at all is found while compiling, which asks
//! the rules about each expression, table and element as soon as it is there.

mod cell_type;
mod gap;
mod overlap;
pub(super) mod requirement;
mod space;
mod unreachable;
pub(super) mod used_name;
pub(super) mod value_type;

use crate::diagnostic::findings::Findings;
use crate::time::Timestamp;

use super::model::Table;
use super::program::TableLogic;
use super::types::Types;

use self::space::Space;

/// What a rule about tables looks at.
struct Subject<'a> {
    table: &'a Table,
    logic: &'a TableLogic,
    types: &'a Types,
    /// The values of the inputs, cut at the constants of the rules.
    space: &'a Space,
}

/// The moment at which constants are compared; only named zones depend on it.
const NOW: Timestamp = Timestamp::EPOCH;

type Rule = fn(&Subject<'_>, &mut Findings);

const TABLE_RULES: [Rule; 4] = [cell_type::check, unreachable::check, overlap::check, gap::check];

/// Asks every rule about a table.
pub(super) fn check_table(
    table: &Table,
    logic: &TableLogic,
    types: &Types,
    findings: &mut Findings,
) {
    let space = Space::new(logic, types);
    let subject = Subject { table, logic, types, space: &space };
    for rule in TABLE_RULES {
        rule(&subject, findings);
    }
}

/// The finding that a check was not carried to its end.
fn report_cut(subject: &Subject<'_>, what: &str, findings: &mut Findings) {
    let message = format!("The table is too large to look for all {what}; only some were.");
    let remedy = "Divide the table, if it is to be checked as a whole.";
    findings.info("table-check-cut", &subject.table.place, message, remedy);
}
