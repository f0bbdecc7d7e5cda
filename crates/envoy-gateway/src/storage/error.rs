//! What a request fails with, and what its host is told: the one place where an error gets its group, code and text.

use std::borrow::Cow;

use depot_sqlite::{Ending, ErrorKind, SourceError};
use envoy_protocol::latest;
use envoy_protocol::session::fence::Heads;

use crate::records::RecordError;

use super::RefusedReason;

/// Why a request was not carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the depot refused or failed.
    Depot(depot::Error),
    /// A stored record cannot be read.
    Record(String),
    /// There is no such actor in the host's namespace, or it is not this host's, or not of this generation.
    NotHeld,
    /// A request without a generation; named is what was asked for.
    MissingGeneration(&'static str),
    /// Pages of a database that nothing was ever committed to.
    NothingCommitted,
    /// A generation of a v4 host that may not know of its last commit.
    Unproven {
        /// A head that the host may believe in.
        expected: u64,
        /// The head that there is.
        actual: u64,
    },
    /// Too much waits for this actor already.
    Overloaded {
        /// What there is too much of.
        what: &'static str,
        /// How much of it may wait.
        limit: usize,
    },
    /// The server stops, and takes nothing more.
    Stopping,
    /// The answer would be larger than the host takes.
    AnswerTooLarge {
        /// Octets of the answer.
        octets: usize,
        /// Octets that it may have.
        limit: usize,
    },
    /// The values of a statement are too large.
    ParametersTooLarge {
        /// Octets of the values.
        octets: usize,
        /// Octets that they may have.
        limit: usize,
    },
    /// A key-value request that is not within the limits.
    Kv(KvLimit),
    /// Remote SQL failed.
    Sql(depot_sqlite::Error),
    /// The transaction that was open went with its connection.
    TransactionLost,
}

/// A limit of key-value requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KvLimit {
    Keys { found: usize, limit: usize },
    KeyLength { found: usize, limit: usize },
    ValueLength { found: usize, limit: usize },
    Payload { found: usize, limit: usize },
    Values { keys: usize, values: usize },
}

/// An error as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WireError {
    pub(super) group: Cow<'static, str>,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
}

/// What kind of end a request had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was carried out.
    Ok,
    /// Another writer was found at work.
    Fenced,
    /// It was of a generation or a host that is not the current one.
    Superseded,
    /// It was refused for what it is: its size, its statement.
    Refused,
    /// It was refused because too much waits.
    Overloaded,
    /// It failed. A commit whose outcome is unknown is among them.
    Failed,
    /// Its connection ended first.
    Discarded,
}

/// What hosts read as: this generation is over. The text is a real engine's, and other hosts know no other sign.
const SUPERSEDED: &str = "actor does not exist";

impl Failure {
    /// The error that the host is sent.
    pub(super) fn wire(&self) -> WireError {
        let sqlite = |code, message: String| WireError::new("sqlite", code, message);
        match self {
            Self::Depot(error) => WireError::of_depot(error),
            Self::NotHeld => WireError::superseded(),
            Self::Record(message) => WireError {
                message: message.clone(),
                ..WireError::internal()
            },
            Self::MissingGeneration(what) => sqlite(
                "invalid_request",
                format!("sqlite {what} missing expectedGeneration"),
            ),
            // A host that finds this text opens an empty database, so nothing else may say so.
            Self::NothingCommitted => WireError::new(
                "depot",
                "database_not_found",
                "sqlite database was not found in this bucket branch".to_owned(),
            ),
            Self::Unproven { expected, actual } => {
                let mismatch = WireError::of_depot(&depot::Error::HeadFenceMismatch {
                    expected: *expected,
                    actual: *actual,
                });
                WireError {
                    message: format!(
                        "{}: the answer to an earlier commit may not have arrived",
                        mismatch.message
                    ),
                    ..mismatch
                }
            }
            Self::Overloaded { what, limit } => WireError::new(
                "actor",
                "overloaded",
                format!(
                    "expected at most {limit} {what} to wait, but found as many already; nothing was done, and the request can be sent again"
                ),
            ),
            Self::Stopping => WireError::new(
                "actor",
                "stopping",
                "the server stops; nothing was done, and the request can be sent again".to_owned(),
            ),
            Self::AnswerTooLarge { octets, limit } => sqlite(
                "answer_too_large",
                format!("expected an answer of at most {limit} octets, but found {octets}"),
            ),
            Self::ParametersTooLarge { octets, limit } => sqlite(
                "invalid_request",
                format!("expected values of at most {limit} octets, but found {octets}"),
            ),
            Self::Kv(limit) => WireError::new("kv", "invalid_request", limit.message()),
            Self::Sql(error) => WireError {
                group: error.group().to_owned().into(),
                code: error.code().to_owned().into(),
                message: sql_message(error),
            },
            Self::TransactionLost => sqlite(
                "transaction_lost",
                "the transaction that was open was rolled back, for its connection ended; this statement was not run"
                    .to_owned(),
            ),
        }
    }

    /// What kind of end this is.
    pub(super) fn outcome(&self) -> Outcome {
        use depot::Error;
        match self {
            Self::Unproven { .. } => Outcome::Fenced,
            Self::NotHeld => Outcome::Superseded,
            Self::Depot(error) => match error {
                Error::HeadFenceMismatch { .. } => Outcome::Fenced,
                Error::GenerationMismatch { .. } | Error::DatabaseNotFound { .. } => {
                    Outcome::Superseded
                }
                Error::CommitTooLarge { .. }
                | Error::QuotaExceeded { .. }
                | Error::InvalidPage { .. }
                | Error::InvalidDatabaseId { .. }
                | Error::RowTooLarge { .. } => Outcome::Refused,
                Error::Overloaded { .. } => Outcome::Overloaded,
                _ => Outcome::Failed,
            },
            Self::Overloaded { .. } => Outcome::Overloaded,
            Self::Record(_) => Outcome::Failed,
            Self::Sql(error) if error.is_head_mismatch() => Outcome::Fenced,
            Self::Sql(error) if superseded(error) => Outcome::Superseded,
            Self::Sql(depot_sqlite::Error::Overloaded { .. }) | Self::Stopping => {
                Outcome::Overloaded
            }
            // How every database begins.
            Self::NothingCommitted => Outcome::Ok,
            Self::Sql(_)
            | Self::MissingGeneration(_)
            | Self::AnswerTooLarge { .. }
            | Self::ParametersTooLarge { .. }
            | Self::TransactionLost
            | Self::Kv(_) => Outcome::Refused,
        }
    }

    /// Why the generation is over, if this says so.
    pub(super) fn reason(&self) -> Option<RefusedReason> {
        Some(match self.outcome() {
            Outcome::Fenced if matches!(self, Self::Unproven { .. }) => RefusedReason::V4Unproven,
            Outcome::Fenced => {
                let heads = self.heads();
                RefusedReason::Fenced {
                    expected: heads.map(|heads| heads.expected),
                    actual: heads.map(|heads| heads.actual),
                }
            }
            Outcome::Superseded => RefusedReason::Superseded,
            _ => return None,
        })
    }

    /// The heads that do not match, where they are known.
    pub(super) fn heads(&self) -> Option<Heads> {
        match self {
            Self::Unproven { expected, actual }
            | Self::Depot(depot::Error::HeadFenceMismatch { expected, actual }) => Some(Heads {
                expected: *expected,
                actual: *actual,
            }),
            Self::Sql(error) => Heads::parse(&sql_message(error)),
            _ => None,
        }
    }

    /// Whether a commit that ended so may have been applied all the same: no error can say that to a host.
    pub(super) fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Depot(error) if error.is_outcome_unknown())
    }
}

impl From<depot::Error> for Failure {
    fn from(error: depot::Error) -> Self {
        Self::Depot(error)
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Depot(error) => Self::Depot(error),
            RecordError::Malformed(_) => Self::Record(error.to_string()),
        }
    }
}

impl KvLimit {
    fn message(self) -> String {
        let (what, found, limit) = match self {
            Self::Keys { found, limit } => {
                return format!("a maximum of {limit} keys is allowed, but found {found}");
            }
            Self::Values { keys, values } => {
                return format!(
                    "expected a value for each of {keys} keys, but found {values} values"
                );
            }
            Self::KeyLength { found, limit } => ("a key", found, limit),
            Self::ValueLength { found, limit } => ("a value", found, limit),
            Self::Payload { found, limit } => ("keys and values", found, limit),
        };
        format!("expected {what} of at most {limit} octets, but found {found}")
    }
}

impl WireError {
    fn new(group: &'static str, code: &'static str, message: String) -> Self {
        Self {
            group: group.into(),
            code: code.into(),
            message,
        }
    }

    /// Something in the server is broken.
    pub(super) fn internal() -> Self {
        Self::new(
            "core",
            "internal_error",
            "An internal error occurred".to_owned(),
        )
    }

    fn superseded() -> Self {
        Self::new(
            depot::Error::GROUP,
            "generation_mismatch",
            SUPERSEDED.to_owned(),
        )
    }

    /// An error of the depot. Hosts read heads out of the text of a fence, so that has the form they know.
    pub(super) fn of_depot(error: &depot::Error) -> Self {
        use depot::Error;
        let message = match error {
            // The actor had a database when it was allocated, so one that is gone was destroyed since. It must not look
            // like one that was never written.
            Error::GenerationMismatch { .. } | Error::DatabaseNotFound { .. } => {
                return Self::superseded();
            }
            Error::HeadFenceMismatch { expected, actual } => Heads {
                expected: *expected,
                actual: *actual,
            }
            .to_message(),
            Error::CommitTooLarge {
                actual_size_bytes,
                max_size_bytes,
            } => format!(
                "sqlite commit too large: actual_size_bytes={actual_size_bytes}, max_size_bytes={max_size_bytes}"
            ),
            error => error.to_string(),
        };
        Self::new(error.group(), error.code(), message)
    }

    /// The same error for SQL that runs here, with what it means for its database.
    pub(super) fn for_source(error: &depot::Error) -> SourceError {
        use depot::Error;
        let kind = match error {
            Error::HeadFenceMismatch { actual, .. } => ErrorKind::HeadMismatch {
                actual: Some(*actual),
            },
            Error::GenerationMismatch { .. } | Error::DatabaseNotFound { .. } => {
                ErrorKind::Superseded
            }
            Error::StorageFull(_) => ErrorKind::Full,
            error if error.is_outcome_unknown() => ErrorKind::Indeterminate,
            error if error.leaves_open_what_was_before() => ErrorKind::Transient,
            // Of the commit itself, and checked behind the fence: so it decides the attempts before, too.
            _ => ErrorKind::Refused,
        };
        let Self {
            group,
            code,
            message,
        } = Self::of_depot(error);
        SourceError::new(kind, group, code, message)
    }

    /// As part of an answer.
    pub(super) fn response(&self) -> latest::SqliteErrorResponseRef<'_> {
        latest::SqliteErrorResponseRef {
            group: &self.group,
            code: &self.code,
            message: &self.message,
        }
    }
}

fn superseded(error: &depot_sqlite::Error) -> bool {
    match error {
        depot_sqlite::Error::Source(error) => error.kind() == ErrorKind::Superseded,
        depot_sqlite::Error::Closed { cause: Some(cause) } => {
            matches!(**cause, Ending::Superseded(_))
        }
        _ => false,
    }
}

/// The text of an error, without the group and code that a source's error has in front, but with what closed the
/// database.
fn sql_message(error: &depot_sqlite::Error) -> String {
    match error {
        depot_sqlite::Error::Source(error) => error.message().to_owned(),
        depot_sqlite::Error::Closed { cause: Some(cause) } => {
            format!("{error}: {}", cause.error().message())
        }
        error => error.to_string(),
    }
}
