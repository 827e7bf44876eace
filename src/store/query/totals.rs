//! How many open tasks there are, from counters that triggers keep (`migrations/*/0020`).
//!
//! Never counts tasks, so that the answer costs the same however many are open.

use spartito_core::time::Timestamp;

use super::Builder;
use super::tasks::{TaskQuery, who};
use crate::store::database::cells;
use crate::store::{Store, StoreError, convert};

/// How many open tasks there are in each part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskTotals {
    /// In [`super::TaskSelection::Mine`].
    pub mine: u64,
    /// In [`super::TaskSelection::Groups`].
    pub groups: u64,
    /// In [`super::TaskSelection::Overdue`].
    pub overdue: u64,
}

/// The span of the counters of all tasks.
const ALL_MS: i64 = 0;
/// The spans in which tasks with a due date are counted, in milliseconds: each is a multiple of the
/// next, and the last tells every moment from every other. The triggers have the same.
const SPANS_MS: [i64; 4] = [86_400_000, 900_000, 10_000, 1];

/// Names under which tasks that nobody holds are counted, and those that somebody holds.
const FREE: &str = "";
const HELD: &str = "h";

/// A name under which the tasks of a holder are counted.
fn held_by(person: &str) -> String {
    format!("h:{person}")
}

/// The spans that make up all the time before `now`: from the days that have passed to the moments
/// of the last seconds, each with its bounds.
fn before(now: Timestamp) -> impl Iterator<Item = (i64, i64, i64)> {
    let now = now.as_millis();
    let mut begin = i64::MIN;
    SPANS_MS.into_iter().map(move |span| {
        let end = now.div_euclid(span).saturating_mul(span);
        (span, std::mem::replace(&mut begin, end), end)
    })
}

/// The sum of counters under any of these names. What is counted under several of them is one and
/// the same, and counts once.
fn sum(sql: &mut Builder, names: &[String], spans: &[(i64, i64, i64)]) -> String {
    let parts = spans.iter().map(|(span, from, to)| {
        let names = sql.marks(names.iter().cloned());
        let (span, from, to) = (sql.mark(*span), sql.mark(*from), sql.mark(*to));
        format!(
            "select due_from, candidates, sum(n) as n from task_counts where who in ({names}) \
             and span = {span} and due_from >= {from} and due_from < {to} \
             group by who, due_from, candidates"
        )
    });
    let parts: Vec<String> = parts
        .map(|of_name| {
            format!("select max(n) as n from ({of_name}) as of_name group by due_from, candidates")
        })
        .collect();
    let parts = parts.join(" union all ");
    format!("(select cast(coalesce(sum(n), 0) as bigint) from ({parts}) as part)")
}

/// Text and values of the statement that gives all three sums.
fn statement(query: &TaskQuery) -> (String, Builder) {
    let mut sql = Builder::default();
    let mine = vec![held_by(query.person.as_str())];
    let free = if query.every { vec![FREE.to_owned()] } else { who(&query.person, &query.groups) };
    let held = if query.every { vec![HELD.to_owned()] } else { mine.clone() };
    let all = [(ALL_MS, 0, 1)];
    let overdue: Vec<_> = before(query.now).collect();
    let text = format!(
        "select {}, {}, {}",
        sum(&mut sql, &mine, &all),
        sum(&mut sql, &free, &all),
        sum(&mut sql, &[held, free].concat(), &overdue)
    );
    (text, sql)
}

impl Store {
    /// How many open tasks there are in each part; filter, view and page do not matter.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn task_counts(&self, query: &TaskQuery) -> Result<TaskTotals, StoreError> {
        let (text, sql) = statement(query);
        let row: Option<(i64, i64, i64)> = self.database.optional(text, sql.cells).await?;
        let (mine, groups, overdue) = row.unwrap_or_default();
        let count = |n| convert::count("task_counts", "n", n);
        Ok(TaskTotals { mine: count(mine)?, groups: count(groups)?, overdue: count(overdue)? })
    }

    /// Puts counters together that several servers have kept, and removes those that have come to
    /// nothing: each server adds to rows of its own, so that what one counts and another takes off
    /// leaves two rows. Looks at `rows` rows after the cursor and gives the next one, or `None` at
    /// the end and where there is one server only.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn fold_task_counts(
        &self,
        after: &TaskCountCursor,
        rows: u32,
    ) -> Result<Option<TaskCountCursor>, StoreError> {
        if !self.is_shared() {
            return Ok(None);
        }
        let sql = "select who, span, due_from, candidates, committer, n from task_counts \
                   where (who, span, due_from, candidates) > ($1, $2, $3, $4) \
                   order by who, span, due_from, candidates, committer limit $5";
        let TaskCountCursor(who, span, due_from, candidates) = after.clone();
        let rows = i64::from(rows.max(ROWS_OF_COUNT_MAX + 1));
        let cells = cells![who, span, due_from, candidates, rows];
        let kept: Vec<KeptRow> = self.database.all(sql, cells).await?;
        let is_full = i64::try_from(kept.len()).is_ok_and(|n| n == rows);
        let of = |row: &KeptRow| {
            let (who, span, due_from, candidates, ..) = row.clone();
            TaskCountCursor(who, span, due_from, candidates)
        };
        let mut counts: Vec<&[KeptRow]> = kept.chunk_by(|a, b| of(a) == of(b)).collect();
        if is_full {
            // Its other rows may be cut off.
            counts.pop();
        }
        for rows in &counts {
            if rows.len() > 1 || rows.iter().any(|(.., n)| *n == 0) {
                self.fold(&of(&rows[0])).await?;
            }
        }
        Ok(counts.last().filter(|_| is_full).map(|rows| of(&rows[0])))
    }

    /// Makes one row of those of one count, or none where it is nothing.
    async fn fold(&self, of: &TaskCountCursor) -> Result<(), StoreError> {
        let TaskCountCursor(who, span, due_from, candidates) = of;
        let key = cells![who.as_str(), *span, *due_from, candidates.as_str()];
        let mut tx = self.database.begin().await?;
        // Waits for whoever adds to one of them just now, and takes what that one leaves.
        let sql = "delete from task_counts where who = $1 and span = $2 and due_from = $3 \
                   and candidates = $4 returning n";
        let gone: Vec<(i64,)> = tx.all(sql, key.clone()).await?;
        let n: i64 = gone.into_iter().map(|(n,)| n).sum();
        if n != 0 {
            let sql = "insert into task_counts (who, span, due_from, candidates, committer, n) \
                       values ($1, $2, $3, $4, $5, $6) \
                       on conflict (who, span, due_from, candidates, committer) \
                       do update set n = task_counts.n + excluded.n";
            tx.execute(sql, [key, cells![self.committer(), n]].concat()).await?;
        }
        tx.commit().await
    }
}

/// Rows of one count at most: the seats of servers, and as many for servers of a version that set
/// none.
const ROWS_OF_COUNT_MAX: u32 = 128;

type KeptRow = (String, i64, i64, String, i64, i64);

/// How far the putting together of counters is: name, span, its begin, and candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskCountCursor(String, i64, i64, String);

impl TaskCountCursor {
    /// Before all counters.
    pub fn begin() -> Self {
        Self(String::new(), i64::MIN, 0, String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spans_before_a_moment_join_and_end_there() {
        for now in [0, 1, -1, 86_400_000, 1_795_000_123_456, i64::from(i32::MIN)] {
            let spans: Vec<_> = before(Timestamp::from_millis(now).expect("a moment")).collect();
            assert_eq!((spans[0].1, spans[3].2), (i64::MIN, now));
            for pair in spans.windows(2) {
                assert_eq!(pair[0].2, pair[1].1);
                assert_eq!(pair[0].2.rem_euclid(pair[0].0), 0, "a whole number of spans");
                assert!(pair[1].2 - pair[1].1 < pair[0].0, "less than one of the longer ones");
            }
        }
    }
}
