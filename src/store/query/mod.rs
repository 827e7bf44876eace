//! What screens and requests read, one file per screenful: by index, in pages, sums from counters.

mod dashboard;
mod decisions;
mod figures;
mod incidents;
mod instances;
mod processes;
mod task_walks;
mod tasks;
mod totals;
mod walks;
mod words;

pub use dashboard::{DashboardRow, DayRow, StepStatisticsRow};
pub use decisions::{DecisionUseQuery, DecisionUseRow};
pub use figures::{Figures, JOB_TYPES_MAX, JobFigures, ROWS_COUNTED_MAX};
pub use incidents::{IncidentSelection, OpenIncidentRow};
pub(super) use incidents::{Row as FoundIncident, ascending};
pub use instances::{IncidentRow, InstanceQuery, InstanceRow, InstanceStatus};
pub use processes::{ProcessRow, StepCountRow};
pub use tasks::{TaskEndRow, TaskQuery, TaskRow, TaskSelection};
pub use totals::{TaskCountCursor, TaskTotals};

use super::database::{Cell, Sql};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last one. Opaque to callers.
    pub next: Option<String>,
}

/// Rows of a page at most.
const PAGE_ROWS_MAX: u32 = 200;

/// A statement that is being put together, with its values.
#[derive(Debug, Default)]
struct Builder {
    cells: Vec<Cell>,
    /// Whether the way that is best depends on the values.
    depends_on_values: bool,
}

impl Builder {
    /// Adds a value and gives the mark that stands for it in the text.
    fn mark(&mut self, cell: impl Into<Cell>) -> String {
        self.cells.push(cell.into());
        format!("${}", self.cells.len())
    }

    /// Marks of several values, for `in (…)`.
    fn marks<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> String {
        let marks: Vec<String> = cells.into_iter().map(|cell| self.mark(cell)).collect();
        marks.join(", ")
    }

    /// The statement of this text with its values.
    fn statement(self, text: String) -> (Sql, Vec<Cell>) {
        let sql = if self.depends_on_values { Sql::Once(text) } else { Sql::Made(text) };
        (sql, self.cells)
    }
}

/// Rows to ask for: one more than the page holds, to know whether there is another.
fn rows_asked(limit: u32) -> (usize, i64) {
    let rows = limit.clamp(1, PAGE_ROWS_MAX);
    (rows as usize, i64::from(rows) + 1)
}

/// Cuts what was read to a page; `cursor` is of the last row that is kept.
fn page<T>(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    Page { rows, next }
}

/// The numbers of a cursor; `None` where it is none of ours, which then means the first page.
fn cursor<const N: usize>(text: Option<&str>) -> Option<[i64; N]> {
    let numbers: Result<Vec<i64>, _> = text?.split('.').map(str::parse).collect();
    numbers.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_cursor_means_the_first_page() {
        assert_eq!(cursor::<2>(Some("1.2")), Some([1, 2]));
        for text in [None, Some(""), Some("1"), Some("1.2.3"), Some("1.x"), Some("1;drop")] {
            assert_eq!(cursor::<2>(text), None, "{text:?}");
        }
    }
}
