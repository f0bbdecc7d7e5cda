//! Why a generation stops that may do nothing more.

use depot_sqlite::{Ending, ErrorKind, SourceError};

use crate::sql::{self, wire};

/// Why a generation stops without having been asked to, or having been asked to stop at once.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// What later operations have as their source, where the database has not ended by itself.
    pub(crate) error: SourceError,
    /// Whether somebody has to hear of it: what is expected to happen now and then is not.
    pub(crate) expected: bool,
    /// Whether the server may say a better reason in an answer that is on its way.
    pub(crate) overtakes: bool,
}

impl Failure {
    /// The host has given this generation up.
    pub(crate) fn lost(reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        Self {
            error: wire::own(ErrorKind::Superseded, "lost", reason),
            expected: true,
            overtakes: false,
        }
    }

    /// The server has given this generation up. If it refused it before, the answer that says so may come later.
    pub(crate) fn given_up() -> Self {
        Self {
            overtakes: true,
            ..Self::lost("the server has given this generation up")
        }
    }

    /// The actor's own code failed.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        Self {
            error: wire::own(ErrorKind::Refused, "failed", reason),
            expected: false,
            overtakes: false,
        }
    }

    /// The database has ended. What the server said of it was told where it was heard.
    pub(crate) fn of(ending: &Ending) -> Self {
        let error = ending.error().clone();
        Self {
            expected: sql::is_end(&error),
            overtakes: false,
            error,
        }
    }
}
