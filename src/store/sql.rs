//! A statement and its values, for whichever database they are.
//!
//! Never holds a statement: what is asked stands where it is needed.

use std::borrow::Cow;

/// A value given to a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Vec<u8>),
}

macro_rules! cell_from {
    ($($from:ty, $value:ident => $cell:expr;)*) => {
        $(impl From<$from> for Cell {
            fn from($value: $from) -> Self {
                $cell
            }
        })*
    };
}

cell_from! {
    i64, value => Cell::Int(Some(value));
    u32, value => Cell::Int(Some(i64::from(value)));
    u8, value => Cell::Int(Some(i64::from(value)));
    bool, value => Cell::Int(Some(i64::from(value)));
    Option<i64>, value => Cell::Int(value);
    &str, value => Cell::Text(Some(value.to_owned()));
    String, value => Cell::Text(Some(value));
    Option<String>, value => Cell::Text(value);
    Option<&str>, value => Cell::Text(value.map(str::to_owned));
    Vec<u8>, value => Cell::Blob(value);
}

/// The values of a statement, in the order of their numbers.
macro_rules! cells {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::sql::Cell::from($value)),*]
    };
}
pub(super) use cells;

/// The text of a statement, put together from texts of ours only; data is given as cells.
pub(super) enum Sql {
    Fixed(&'static str),
    Made(String),
    /// One that is planned for its values each time: a plan for any values would be far off.
    Once(String),
    /// One that asks a simulation for the time, which is put in when it is carried out.
    Timed(String),
}

impl Sql {
    /// Whether it is kept ready for further values.
    pub(super) const fn is_kept(&self) -> bool {
        !matches!(self, Self::Once(_))
    }

    /// Says that the statement is carried out, for whoever listens: at the level `trace` of
    /// `spartito::sql`. Never says a value.
    pub(super) fn told(self) -> Self {
        let text = match &self {
            Self::Fixed(text) => text,
            Self::Made(text) | Self::Once(text) | Self::Timed(text) => text.as_str(),
        };
        tracing::trace!(target: "spartito::sql", text);
        self
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self::Made(text)
    }
}

impl sqlx::SqlSafeStr for Sql {
    fn into_sql_str(self) -> sqlx::SqlStr {
        match self {
            Self::Fixed(text) => text.into_sql_str(),
            Self::Made(text) | Self::Once(text) | Self::Timed(text) => {
                sqlx::AssertSqlSafe(text).into_sql_str()
            }
        }
    }
}

impl From<Sql> for Cow<'static, str> {
    fn from(sql: Sql) -> Self {
        match sql {
            Sql::Fixed(text) => Self::Borrowed(text),
            Sql::Made(text) | Sql::Once(text) | Sql::Timed(text) => Self::Owned(text),
        }
    }
}
