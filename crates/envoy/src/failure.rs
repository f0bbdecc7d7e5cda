//! What ends a command early.

use std::io;
use std::path::PathBuf;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input cannot be read.
    #[error("expected to read {}, but found: {error}", shown(file.as_ref()))]
    Input {
        /// The file; standard input if there is none.
        file: Option<PathBuf>,
        error: io::Error,
    },
    /// The output cannot be written.
    #[error("expected to write the output, but found: {0}")]
    Output(#[from] io::Error),
    /// Octets would go to a terminal.
    #[error(
        "expected a file or a pipe for the octets, but found a terminal: redirect the output, or add --hex"
    )]
    Terminal,
    /// The one frame or message that there is to read is none.
    #[error("{0}")]
    Invalid(String),
    /// A server or a host cannot run, or cannot go on.
    #[cfg(feature = "serve")]
    #[error("{0}")]
    Service(Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(feature = "serve")]
impl Failure {
    pub(crate) fn service(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Service(error.into())
    }
}

fn shown(file: Option<&PathBuf>) -> String {
    file.map_or_else(
        || "standard input".to_owned(),
        |file| file.display().to_string(),
    )
}

/// What became of the frames, where all of them could be gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All are as they should be.
    Good,
    /// At least one is not, and the output says so.
    SomeFailed,
}

impl Outcome {
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Good, Self::Good) => Self::Good,
            _ => Self::SomeFailed,
        }
    }
}
