//! What an operation on a database can fail with.

use std::sync::Arc;
use std::time::Duration;

use crate::source::SourceError;

/// Why an operation on a database failed.
///
/// Every error has a stable group and code, for the program; the text is for people.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The page source failed, with its own group and code. An ordinary failure ends the statement and rolls back its
    /// transaction; a fence or a refused generation also ends the database, and every later operation is [`Closed`].
    ///
    /// [`Closed`]: Error::Closed
    #[error("{0}")]
    Source(#[source] SourceError),
    /// The database is closed for good: by its user, or by what `cause` says.
    #[error("the database is closed")]
    Closed {
        /// What ended the database, where it was not its user.
        #[source]
        cause: Option<Arc<Ending>>,
    },
    /// The database was never opened.
    #[error("the database was not opened")]
    NotOpen,
    /// The queue of the database is full.
    #[error("expected at most {limit} operations to wait, but the queue is full")]
    Overloaded {
        /// The room of the queue.
        limit: usize,
    },
    /// A commit is neither known to be applied nor to be refused. It is decided before anything else runs.
    #[error("the answer to a commit was lost and is still unknown after {waited:?}: {last}")]
    Undecided {
        /// For how long the commit was resent.
        waited: Duration,
        /// The last failure of the source.
        #[source]
        last: SourceError,
    },
    /// SQLite refused or failed a statement.
    #[error("{message}")]
    Sql {
        /// SQLite's extended result code.
        code: i32,
        /// SQLite's message.
        message: String,
    },
    /// The request itself cannot be carried out.
    #[error("{0}")]
    Request(#[from] RequestError),
    /// The statement wants what a database here does not give.
    #[error("not available here: {what}")]
    Denied {
        /// What was asked for, such as `ATTACH` or `PRAGMA journal_mode`.
        what: String,
    },
    /// The statement went over a limit.
    #[error("{0}")]
    Limit(#[from] LimitError),
    /// There is no thread to run the database on.
    #[error("a thread for the database could not be started: {message}")]
    NoThread {
        /// What the operating system says.
        message: String,
    },
    /// The process cannot keep the database within its limit of heap.
    #[error(
        "SQLite was used in this process before depot_sqlite::init, so a database's heap cannot be bounded: call depot_sqlite::init first, or set Limits::heap to None"
    )]
    HeapUnbounded,
}

/// A request that no database could carry out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// `execute` was given a second statement.
    #[error("expected a single statement, but found another behind it")]
    SecondStatement,
    /// `execute` was given nothing but blanks and comments.
    #[error("expected a statement, but found none")]
    NoStatement,
    /// The text of a statement has a NUL, at which SQLite would stop reading.
    #[error("expected SQL without NUL, but found one at octet {offset}")]
    Nul {
        /// Where it is.
        offset: usize,
    },
    /// There are more values than parameters.
    #[error("expected at most {parameters} values, but found {values}")]
    TooManyValues {
        /// The parameters of the statement.
        parameters: usize,
        /// The values that came with it.
        values: usize,
    },
    /// A value of the database has the type text, but is no UTF-8.
    #[error(
        "row {row}, column `{column}`: expected UTF-8, but found other octets; CAST it to BLOB to read it"
    )]
    NotUtf8 {
        /// The row of the answer, from 0.
        row: usize,
        /// The column of the answer.
        column: String,
    },
}

/// A limit that a statement went over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The statement ran for too long.
    #[error("expected a statement to end within {limit:?}, but it did not")]
    Time {
        /// The most that it may take.
        limit: Duration,
    },
    /// The answer has too many rows.
    #[error("expected at most {limit} rows, but found more")]
    Rows {
        /// The most that an answer may have.
        limit: usize,
    },
    /// The answer is too large.
    #[error("expected an answer of at most {limit} octets, but found more")]
    Octets {
        /// The most that the values of an answer may take.
        limit: usize,
    },
    /// One value, or the text of the statement, is too large.
    #[error("expected a value of at most {limit} octets, but found a larger one")]
    Value {
        /// The most that one value may take.
        limit: usize,
    },
    /// The statement needs too much memory.
    #[error("expected a database to need at most {limit} octets of heap, but it needs more")]
    Heap {
        /// The most that SQLite may allocate for this database.
        limit: usize,
    },
}

/// What ended a database before its user closed it. The first ending is the one that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ending {
    /// Another instance has written, or the source breaks its own rules: going on could corrupt the database. A host
    /// stops the generation with an error.
    #[error("{0}")]
    Fatal(#[source] SourceError),
    /// The generation is no longer the current one.
    #[error("{0}")]
    Superseded(#[source] SourceError),
}

impl Ending {
    /// The error that ended the database, with group and code.
    #[must_use]
    pub fn error(&self) -> &SourceError {
        match self {
            Self::Fatal(error) | Self::Superseded(error) => error,
        }
    }
}

impl Error {
    /// The part of the system that the error comes from.
    #[must_use]
    pub fn group(&self) -> &str {
        match self {
            Self::Source(error) => error.group(),
            Self::Overloaded { .. } => "actor",
            _ => "sqlite",
        }
    }

    /// The error within its group.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Source(error) => error.code(),
            Self::Closed { .. } => "closed",
            Self::NotOpen => "not_open",
            Self::Overloaded { .. } => "overloaded",
            Self::Undecided { .. } => "commit_undecided",
            Self::Sql { .. } => "statement_failed",
            Self::Request(_) => "invalid_request",
            Self::Denied { .. } => "denied",
            Self::Limit(error) => match error {
                LimitError::Time { .. } => "time_limit",
                LimitError::Rows { .. } => "row_limit",
                LimitError::Octets { .. } => "octet_limit",
                LimitError::Value { .. } => "value_limit",
                LimitError::Heap { .. } => "heap_limit",
            },
            Self::NoThread { .. } => "no_thread",
            Self::HeapUnbounded => "heap_unbounded",
        }
    }

    /// Whether another instance has written, be it that this operation found out or an earlier one.
    #[must_use]
    pub fn is_head_mismatch(&self) -> bool {
        match self {
            Self::Source(error) => error.is_head_mismatch(),
            Self::Closed {
                cause: Some(ending),
            } => ending.error().is_head_mismatch(),
            _ => false,
        }
    }
}
