//! What ends a connection, and what a message was not sent for.

use std::io;

use crate::{Close, DowngradeError, InvalidMessage};

/// Why nothing more comes in. It is the last thing that a connection's stream gives.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The peer closed the connection, and said why.
    #[error("the peer closed the connection: {0}")]
    Closed(Close),
    /// The connection was lost: no close came. The source says how, where that is known.
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// Nothing came in for longer than [`Settings::silence`](super::Settings::silence).
    #[error("expected a message within {seconds} s, but found none")]
    Silent {
        /// The bound.
        seconds: u64,
    },
    /// The peer sent a message that is larger than this end takes. It was told so, with status 1009.
    #[error("expected a message of at most {limit} octets, but found one of {size}")]
    TooLarge {
        /// Its size, as far as it is known: a message in several parts may be larger.
        size: usize,
        /// The largest that is taken.
        limit: usize,
    },
    /// The peer sent something that is no message of the connection's version. It was told so, with
    /// [`CloseReason::INVALID_MESSAGE`](crate::CloseReason::INVALID_MESSAGE).
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The peer does not keep to the rules of WebSockets (RFC 6455). It was told so.
    #[error("expected the peer to keep to the WebSocket protocol, but found: {0}")]
    Violation(String),
}

impl ReceiveError {
    /// What the peer closed the connection with, if it did.
    #[must_use]
    pub const fn close(&self) -> Option<&Close> {
        match self {
            Self::Closed(close) => Some(close),
            _ => None,
        }
    }
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It is larger than a message may be. The connection is as good as before.
    #[error("expected a message of at most {limit} octets, but found one of {size}")]
    TooLarge {
        /// Octets of the encoded message.
        size: usize,
        /// [`Settings::message_size`](super::Settings::message_size).
        limit: usize,
    },
    /// The version of the connection has no way to say it. The connection is as good as before.
    #[error(transparent)]
    Downgrade(#[from] DowngradeError),
    /// The connection has ended. Whether what was sent before arrived is unknown. Why it ended, the other direction
    /// tells: what came in before the end, and the peer's close, are still to be received.
    #[error("the connection has ended")]
    Disconnected,
}
