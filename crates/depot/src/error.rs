//! What the depot refuses, and what its storage could not do.

use std::fmt;
use std::path::PathBuf;

use crate::types::DatabaseId;

/// Why an operation was refused or failed. Nothing of it was applied, except where a variant says otherwise.
///
/// [`group`](Self::group) and [`code`](Self::code) are stable: they go over the wire, and programs compare them. The text is for people.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such database: never allocated, or destroyed.
    #[error("expected database {database}, but found none")]
    DatabaseNotFound {
        /// Which database was asked for.
        database: DatabaseId,
    },
    /// The request is of a generation that is not the active one. It is refused before the head is looked at, so it says
    /// nothing about the database.
    #[error("expected generation {expected} to be active, but found {}", Active(*.actual))]
    GenerationMismatch {
        /// The generation of the request.
        expected: u64,
        /// The active generation, none where the last one was released.
        actual: Option<u64>,
    },
    /// Another writer committed: the database is not where the request believes it is. Whoever gets this must stop.
    #[error("expected head txid {expected}, but found {actual}")]
    HeadFenceMismatch {
        /// The head the request was built on.
        expected: u64,
        /// The head of the database.
        actual: u64,
    },
    /// A commit with more dirty pages than [`Limits::commit_pages`](crate::Limits::commit_pages).
    #[error("expected a commit of at most {max_size_bytes} octets, but found {actual_size_bytes}")]
    CommitTooLarge {
        /// Octets of the dirty pages.
        actual_size_bytes: u64,
        /// Octets that one commit may have.
        max_size_bytes: u64,
    },
    /// A commit that would make the database larger than [`Limits::database_bytes`](crate::Limits::database_bytes).
    #[error(
        "expected a database of at most {max_size_bytes} octets, but found {actual_size_bytes} after this commit"
    )]
    QuotaExceeded {
        /// Octets of the database after the commit.
        actual_size_bytes: u64,
        /// Octets that one database may have.
        max_size_bytes: u64,
    },
    /// A page that no database can have, in a read or a commit.
    #[error("page {number}: {reason}")]
    InvalidPage {
        /// The page's number.
        number: u32,
        /// What is wrong with it.
        reason: InvalidPage,
    },
    /// A name that no database can have.
    #[error(
        "expected a database id of 1 to {} octets, but found {length}",
        DatabaseId::MAX_LENGTH
    )]
    InvalidDatabaseId {
        /// Octets of the name.
        length: usize,
    },
    /// A row of the caller with a key or a value beyond the limits.
    #[error("expected a row's {part} of at most {max} octets, but found {actual}")]
    RowTooLarge {
        /// Which part is too large.
        part: RowPart,
        /// Octets it has.
        actual: usize,
        /// Octets it may have.
        max: usize,
    },
    /// There is no space to write to. Reads go on, and writes do once there is space again.
    #[error("the storage is full: {0}")]
    StorageFull(String),
    /// The storage failed in a way that may pass. Nothing was applied.
    #[error("the storage failed: {0}")]
    Storage(String),
    /// Other transactions kept getting in the way until the retries were used up. Nothing was applied.
    #[error(
        "expected the transaction to be serializable, but others got in its way {}",
        Times(*.attempts)
    )]
    Contention {
        /// How often it was tried.
        attempts: u32,
    },
    /// More transactions wait than [`Config::queue`](crate::Config::queue) lets wait. Nothing was applied.
    #[error("expected at most {max} transactions to wait, but found as many already")]
    Overloaded {
        /// Transactions that may wait.
        max: usize,
    },
    /// The storage is no longer to be trusted: what a failed sync left behind is unknown. Nothing is answered any more
    /// until the store is opened anew; transactions that were under way may or may not have been applied.
    #[error("the store is poisoned: {0}")]
    Poisoned(String),
    /// The answer was lost, though the transaction may have been applied.
    #[error("the answer was lost; the transaction may have been applied")]
    AnswerLost,
    /// A transaction's closure panicked. Nothing was applied.
    #[error("a transaction panicked: {0}")]
    TransactionPanicked(String),
    /// The depot was closed.
    #[error("the depot is closed")]
    Closed,
    /// Another process has the store open.
    #[error("expected {} to be free, but it is locked by {}", .path.display(), Holder(*.pid))]
    Locked {
        /// The store's directory.
        path: PathBuf,
        /// The process that says it holds the lock, where it could be read.
        pid: Option<u32>,
    },
    /// The store was written in a format that this version does not know.
    #[error("expected a store of format {known}, but found {found}")]
    UnknownFormat {
        /// What the store says it is.
        found: String,
        /// The format this version reads and writes.
        known: u32,
    },
    /// What is stored contradicts itself.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
}

impl Error {
    /// The group of every code of this crate.
    pub const GROUP: &'static str = "depot";

    /// The group that [`code`](Self::code) is of.
    #[must_use]
    pub const fn group(&self) -> &'static str {
        Self::GROUP
    }

    /// The stable name of this kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DatabaseNotFound { .. } => "database_not_found",
            Self::GenerationMismatch { .. } => "generation_mismatch",
            Self::HeadFenceMismatch { .. } => "head_fence_mismatch",
            Self::CommitTooLarge { .. } => "commit_too_large",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::InvalidPage { .. } => "invalid_page",
            Self::InvalidDatabaseId { .. } => "invalid_database_id",
            Self::RowTooLarge { .. } => "row_too_large",
            Self::StorageFull(_) => "storage_full",
            Self::Storage(_) => "storage_failed",
            Self::Contention { .. } => "contention",
            Self::Overloaded { .. } => "overloaded",
            Self::Poisoned(_) => "poisoned",
            Self::AnswerLost => "answer_lost",
            Self::TransactionPanicked(_) => "transaction_panicked",
            Self::Closed => "closed",
            Self::Locked { .. } => "locked",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::Corrupt(_) => "corrupt",
        }
    }

    /// Whether another writer was found at work: the one error that ends a writer for good.
    #[must_use]
    pub const fn is_fence(&self) -> bool {
        matches!(self, Self::HeadFenceMismatch { .. })
    }

    /// Whether this answer to a commit that was sent again leaves open what became of it before: the store may have failed without a look at
    /// the fence, and so at whether it has that commit.
    #[must_use]
    pub const fn leaves_open_what_was_before(&self) -> bool {
        matches!(
            self,
            Self::StorageFull(_)
                | Self::Storage(_)
                | Self::Contention { .. }
                | Self::Overloaded { .. }
                | Self::Poisoned(_)
                | Self::AnswerLost
                | Self::TransactionPanicked(_)
                | Self::Closed
                | Self::Corrupt(_)
        )
    }

    /// Whether the transaction may have been applied all the same.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::AnswerLost | Self::Poisoned(_))
    }
}

/// What is wrong with a page.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPage {
    /// Pages are counted from 1.
    #[error("expected a number from 1, but found 0")]
    Zero,
    /// A page that is not 4096 octets long.
    #[error("expected {} octets, but found {actual}", crate::PAGE_SIZE)]
    Length {
        /// Octets it has.
        actual: usize,
    },
    /// The same page twice in a commit.
    #[error("expected it once in a commit, but found it twice")]
    Duplicate,
    /// A page of a commit beyond the size that the same commit gives to the database.
    #[error(
        "expected a number of at most {size}, the size the commit gives to the database, but found a larger one"
    )]
    BeyondSize {
        /// The new size, in pages.
        size: u32,
    },
}

/// A part of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowPart {
    /// What it is found by.
    Key,
    /// What it holds.
    Value,
}

impl fmt::Display for RowPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Value => "value",
        })
    }
}

struct Active(Option<u64>);

impl fmt::Display for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(generation) => write!(f, "{generation}"),
            None => f.write_str("none"),
        }
    }
}

struct Times(u32);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("once"),
            times => write!(f, "{times} times"),
        }
    }
}

struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "process {pid}"),
            None => f.write_str("another process"),
        }
    }
}
