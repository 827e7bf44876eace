//! Rows of one table that a batch writes in the same way. Knows no database: how they are put into
//! statements is up to each.

use crate::store::database::Cell;

/// What is done with rows of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Deed {
    /// They come.
    Insert {
        /// Table and columns: `jobs (instance, element)`.
        into: &'static str,
        /// What follows the rows, such as what to do where one is there.
        tail: &'static str,
    },
    /// Those with these keys change.
    Update {
        /// The table.
        table: &'static str,
        /// Columns of the key, which come first in each row.
        keys: &'static [&'static str],
        /// Columns that change, which come after them.
        set: &'static [&'static str],
    },
    /// Those with these keys go.
    Delete {
        /// The table.
        table: &'static str,
        /// Columns of the key.
        keys: &'static [&'static str],
    },
}

/// Rows of one table, and what is done with them.
pub(in crate::store) struct Group {
    pub(in crate::store) deed: Deed,
    /// All of one width: that of the columns.
    pub(in crate::store) rows: Vec<Vec<Cell>>,
}

impl Group {
    pub(super) const fn insert(into: &'static str, tail: &'static str) -> Self {
        Self { deed: Deed::Insert { into, tail }, rows: Vec::new() }
    }

    pub(super) const fn update(
        table: &'static str,
        keys: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Self {
        Self { deed: Deed::Update { table, keys, set }, rows: Vec::new() }
    }

    pub(super) const fn delete(table: &'static str, keys: &'static [&'static str]) -> Self {
        Self { deed: Deed::Delete { table, keys }, rows: Vec::new() }
    }
}
