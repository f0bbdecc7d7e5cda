//! What can go wrong, for actors and for who runs them.

use std::sync::Arc;
use std::time::Duration;

use depot_sqlite::Ending;
use envoy_protocol::session::{RequestError, SendError, Terminal};
use envoy_protocol::ws::{InvalidEndpoint, InvalidParam};

/// Any error of an actor's own code.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation failed, or a host could not run.
///
/// Every error has a stable [`group`](Self::group) and [`code`](Self::code), for the program; the text is for people.
/// What an error was caused by is its [`source`](std::error::Error::source).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SQL failed, in this process or at the server.
    #[error(transparent)]
    Sql(#[from] depot_sqlite::Error),
    /// The actor was registered without a database.
    #[error("expected an actor with a database, but found one that was registered without")]
    NoDatabase,
    /// The server refused a request of the key-value store.
    #[error("the key-value store refused the request: {message}")]
    Kv {
        /// What the server says.
        message: String,
    },
    /// The request was not sent: it is larger than a server takes.
    #[error("expected at most {limit} {what}, but found {found}")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much may be.
        limit: u64,
    },
    /// The request was not sent: too much waits to be sent already.
    #[error("expected room for the request, but found the queue of the host full")]
    Overloaded,
    /// The request was not sent, for what it is.
    #[error("the request could not be sent: {0}")]
    NotTaken(#[source] SendError),
    /// The request was not answered: whether it was carried out, the source says.
    #[error("the request was not answered: {0}")]
    NotAnswered(#[source] RequestError),
    /// This generation of the actor has stopped, or is about to.
    #[error("this generation of the actor has stopped")]
    Stopped {
        /// What stopped it, where it was not asked to.
        #[source]
        cause: Option<Arc<Ending>>,
    },
    /// The time of an alarm lies outside of what a message can say.
    #[error(
        "expected the time of an alarm between the years 1970 and 292278994, but found another"
    )]
    AlarmTime,
    /// The address of the server is none.
    #[error(transparent)]
    Endpoint(#[from] InvalidEndpoint),
    /// The address asks for TLS, and this program was built without: see the features `tls-…`.
    #[error(
        "expected an address without TLS, that begins with http:// or ws://, but found {endpoint}: this program was built without {missing}"
    )]
    NoTls {
        /// The address.
        endpoint: String,
        /// What would have to be there.
        missing: &'static str,
    },
    /// What the host is to be called, or the pool or the namespace, is no name.
    #[error(transparent)]
    Name(#[from] InvalidParam),
    /// The pool could not be made.
    #[error("the pool could not be made: {reason}")]
    Pool {
        /// What went wrong.
        reason: String,
    },
    /// The operating system does not give what a host needs.
    #[error("the host could not be started: {reason}")]
    System {
        /// What went wrong.
        reason: String,
    },
    /// The host is at its end, and not because it was asked to.
    #[error("the host has ended: {0}")]
    Ended(#[source] Terminal),
    /// Actors were still running when the time for draining was over.
    #[error("expected all actors to stop within {within:?}, but found {left} still running")]
    NotDrained {
        /// How long they had: all but the end of the bound, or less if the server was gone.
        within: Duration,
        /// How many were running.
        left: usize,
    },
}

impl Error {
    /// The part of the system that the error comes from, such as `sqlite`.
    #[must_use]
    pub fn group(&self) -> &str {
        match self {
            Self::Sql(error) => error.group(),
            Self::NoDatabase => "sqlite",
            Self::Kv { .. } => "kv",
            Self::TooLarge { .. }
            | Self::Overloaded
            | Self::NotTaken(_)
            | Self::NotAnswered(_)
            | Self::AlarmTime
            | Self::Stopped { .. } => "actor",
            Self::Endpoint(_)
            | Self::NoTls { .. }
            | Self::Name(_)
            | Self::Pool { .. }
            | Self::System { .. }
            | Self::Ended(_)
            | Self::NotDrained { .. } => "host",
        }
    }

    /// The error within its group, such as `closed`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Sql(error) => error.code(),
            Self::NoDatabase => "unavailable",
            Self::Kv { .. } => "refused",
            Self::TooLarge { .. } => "too_large",
            Self::Overloaded => "overloaded",
            Self::NotTaken(_) => "not_taken",
            Self::NotAnswered(error) => unanswered(error),
            Self::Stopped { .. } => "stopped",
            Self::AlarmTime => "invalid_alarm",
            Self::Endpoint(_) => "invalid_endpoint",
            Self::NoTls { .. } => "no_tls",
            Self::Name(_) => "invalid_name",
            Self::Pool { .. } => "no_pool",
            Self::System { .. } => "system",
            Self::Ended(terminal) => match terminal {
                Terminal::Shutdown => "shutdown",
                Terminal::Evicted => "evicted",
                Terminal::Refused { .. } => "refused",
                _ => "incompatible",
            },
            Self::NotDrained { .. } => "not_drained",
        }
    }

    /// Whether another instance has written to the actor's database, be it that this operation found out or an earlier
    /// one. This generation is at its end.
    #[must_use]
    pub fn is_head_fence_mismatch(&self) -> bool {
        match self {
            Self::Sql(error) => error.is_head_mismatch(),
            Self::Stopped {
                cause: Some(ending),
            } => ending.error().is_head_mismatch(),
            _ => false,
        }
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::TooLarge { what, found, limit } => Self::TooLarge { what, found, limit },
            SendError::QueueFull { .. } => Self::Overloaded,
            SendError::GenerationEnded { .. } | SendError::Closed => Self::Stopped { cause: None },
            error => Self::NotTaken(error),
        }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::NotAnswered(error)
    }
}

/// The code of a request that was not answered.
pub(crate) const fn unanswered(error: &RequestError) -> &'static str {
    match error {
        RequestError::Lost => "connection_lost",
        RequestError::Indeterminate => "indeterminate",
        RequestError::NotSent => "not_sent",
        RequestError::TimedOut => "timed_out",
        RequestError::Stale => "stale",
        _ => "no_answer",
    }
}
