//! Errors of the machines, split by what they say of the world: [`SendError`] is known at once and nothing was done,
//! [`RequestError`] is how a request ended.

use std::time::Duration;

use crate::DowngradeError;

/// Why something was not taken. Nothing was queued, and nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It is larger than the peer takes, or than its answer could be.
    #[error("expected at most {limit} {what}, but found {found}")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much may be.
        limit: u64,
    },
    /// The queue is full. The machine says when there is room again.
    #[error("expected room for {size} octets, but found {queued} of {limit} in use")]
    QueueFull {
        /// Octets that were to be queued.
        size: usize,
        /// Octets in the queue.
        queued: usize,
        /// Octets that the queue holds.
        limit: usize,
    },
    /// A put without one value for each key.
    #[error("expected a value for each of {keys} keys, but found {values}")]
    KeysAndValues {
        /// How many keys.
        keys: usize,
        /// How many values.
        values: usize,
    },
    /// A commit to this database is in flight: nothing is read or committed across it.
    #[error("expected no commit in flight for {actor_id}, but found one")]
    CommitInFlight {
        /// The actor.
        actor_id: String,
    },
    /// A commit to this database may have been applied or not. Nothing runs on the database before that commit was sent
    /// again and answered.
    #[error("expected a database whose last commit is decided, but that of {actor_id} is not")]
    Unresolved {
        /// The actor.
        actor_id: String,
    },
    /// A commit is to be sent again, but without an expected head the second one would be applied twice.
    #[error("expected a head to send a commit again, but found none")]
    NoExpectedHead,
    /// No start was received for this generation, or it was so long ago that it is forgotten.
    #[error("expected a generation that was started here, but found {generation} of {actor_id}")]
    UnknownGeneration {
        /// The actor.
        actor_id: String,
        /// The generation.
        generation: u32,
    },
    /// The generation has reported that it stopped, which is the last event there is.
    #[error(
        "expected a generation that runs, but found {generation} of {actor_id}, which has stopped"
    )]
    GenerationEnded {
        /// The actor.
        actor_id: String,
        /// The generation.
        generation: u32,
    },
    /// The tunnelled request or WebSocket is not known, or has ended.
    #[error("expected an open tunnel, but found {gateway_id:02x?}/{request_id:02x?}")]
    NoTunnel {
        /// The gateway.
        gateway_id: [u8; 4],
        /// The request.
        request_id: [u8; 4],
    },
    /// An answer to nothing that was asked, or that was answered before. It is dropped, and counted.
    #[error("expected an answer to a request in flight, but found one to {request_id}")]
    NotAsked {
        /// The id in the answer.
        request_id: u32,
    },
    /// The message is no answer to a request.
    #[error("expected an answer, but found another message")]
    NotAnAnswer,
    /// The machine has ended, or its connection is being closed.
    #[error("expected an open session, but found one that has ended")]
    Closed,
    /// The version of the connection cannot say it.
    #[error(transparent)]
    Downgrade(#[from] DowngradeError),
}

/// How a request ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A read was sent, and the connection lost. It is safe to read again, with what is known by now: the present head.
    #[error("expected an answer, but the connection was lost; reading again is safe")]
    Lost,
    /// A write or remote SQL was sent, and the connection lost or the bound reached: it may have been carried out,
    /// or not.
    #[error(
        "expected an answer, but found none: it is not known whether the request was carried out"
    )]
    Indeterminate,
    /// The bound was reached before the request was sent, or the session ended: it was not carried out.
    #[error("expected to send the request in time, but it was not sent")]
    NotSent,
    /// A read was sent, and not answered within its bound. It is safe to read again.
    #[error("expected an answer within the bound, but found none; reading again is safe")]
    TimedOut,
    /// The answer, whatever it is, would be of an older epoch: a commit was sent since, or the handle's user
    /// started a new one.
    #[error("expected an answer of the newest epoch, but the request is of an older one")]
    Stale,
    /// The answer is one to another kind of request.
    #[error("expected {expected}, but found {found}")]
    WrongAnswer {
        /// The kind of the answer that belongs to the request.
        expected: &'static str,
        /// The kind found.
        found: &'static str,
    },
    /// The version of the connection that was made since cannot say it. It was not sent.
    #[error(transparent)]
    Downgrade(#[from] DowngradeError),
}

/// `duration` from milliseconds of the wire, which can be anything.
pub(crate) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
