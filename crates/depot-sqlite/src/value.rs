//! What goes into statements and comes out of them.

use rusqlite::types::{ToSqlOutput, ValueRef};

/// A value of SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL. SQLite also stores a NaN as NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number, with all its bits.
    Real(f64),
    /// A text. It can contain NUL.
    Text(String),
    /// Octets.
    Blob(Vec<u8>),
}

/// The answer to [`crate::Database::exec`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The names of the columns, in order; empty for a statement that returns no rows.
    pub columns: Vec<String>,
    /// The rows, each with one value for every column.
    pub rows: Vec<Vec<Value>>,
}

/// The answer to [`crate::Database::execute`].
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// What the statement returned.
    pub rows: Rows,
    /// The rows that the last INSERT, UPDATE or DELETE of this database changed, since it was opened: after a statement
    /// that is none of them, those of an earlier one.
    pub changes: u64,
    /// The rowid of the last INSERT, where `changes` is not 0.
    pub last_insert_rowid: Option<i64>,
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(octets) => ValueRef::Blob(octets),
        }))
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from!(i64 => Integer, i32 => Integer, u32 => Integer, f64 => Real, String => Text, &str => Text, Vec<u8> => Blob, &[u8] => Blob);

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
