//! What goes into the lifecycle, and what comes out.

use std::collections::HashSet;

use bytes::Bytes;
use envoy_protocol::latest;

use super::Changes;
use crate::records::{ActorRecord, HostRecord};

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// A transaction that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StoreId(pub(super) u64);

/// A connection of a host. Larger ones are newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// An actor that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewActor {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) input: Option<Bytes>,
    pub(crate) pool: String,
    pub(crate) crash_policy: String,
}

/// What goes in.
#[derive(Debug)]
pub(crate) enum Input {
    PutPool {
        ticket: Ticket,
        namespace: String,
        pool: String,
        config: serde_json::Value,
    },
    /// An actor with this id, or the one that has its key already where that is what is asked for.
    Create {
        ticket: Ticket,
        id: String,
        actor: NewActor,
        duplicate: Duplicate,
    },
    Wake {
        actor: String,
    },
    Sleep {
        ticket: Ticket,
        actor: String,
    },
    Destroy {
        ticket: Ticket,
        actor: String,
    },
    /// A host has a connection that commands can be sent on.
    HostCame {
        envoy: String,
        host: HostRecord,
        connection: ConnectionId,
    },
    /// That connection has ended.
    HostGone {
        envoy: String,
        connection: ConnectionId,
    },
    /// The host has said on that connection, which has ended, that it does not come back.
    HostEnded {
        envoy: String,
        connection: ConnectionId,
    },
    /// The host shuts down.
    HostLeaves {
        envoy: String,
    },
    /// What a host's actor did.
    Event {
        envoy: String,
        event: latest::EventWrapper,
    },
    /// The host has these commands and those before them.
    CommandsAcked {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
    },
    /// The storage refused a generation: see `storage::Refused`.
    Refused {
        envoy: String,
        actor: String,
        generation: u32,
        message: String,
    },
    /// The host of a generation spoke v4 and may not know of its last commit: that generation is over.
    Unproven {
        envoy: String,
        actor: String,
        generation: u32,
    },
    /// The generations that the session of a host still remembers: the others' rows can go.
    Remembered {
        envoy: String,
        generations: HashSet<(String, u32)>,
    },
    /// A transaction has ended: with the commands that it stored.
    Stored {
        id: StoreId,
        result: Result<Vec<latest::Command>, StoreFailure>,
    },
}

/// What becomes of a creation whose key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicate {
    Refuse,
    Take,
}

/// Why a transaction was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreFailure {
    /// Whether the same transaction may succeed later.
    pub(crate) is_passing: bool,
    /// Whether it may have been applied all the same.
    pub(crate) is_unknown: bool,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What comes out.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// To be written, as one transaction; `Input::Stored` says how that ended.
    Store(StoreId, Changes),
    /// To be sent to a host. It is stored.
    Command {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
        command: latest::Command,
    },
    /// A host runs a generation that has long been over: it is told so, if it is there.
    StopStale {
        envoy: String,
        actor: String,
        generation: u32,
    },
    /// An event was dealt with.
    Applied {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
    },
    /// It is stored that a host has acknowledged commands.
    Acked {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
    },
    /// A generation that was given up was acknowledged to be.
    Forget {
        envoy: String,
        actor: String,
        generation: u32,
    },
    /// A generation is over.
    Over {
        actor: String,
        generation: u32,
    },
    /// Where requests of this actor go has changed.
    Moved {
        actor: String,
    },
    /// An actor is destroyed.
    Destroyed {
        actor: String,
    },
    Answer(Ticket, Result<Answer, Refusal>),
}

/// What an API call is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Done,
    Pool {
        changed: bool,
    },
    Actor {
        record: Box<ActorRecord>,
        created: bool,
    },
}

/// Why an API call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no namespace is called {0:?}")]
    NoNamespace(String),
    #[error("no pool is called {pool:?} in the namespace {namespace:?}")]
    NoPool { namespace: String, pool: String },
    #[error("no actor has the id {0:?}")]
    NoActor(String),
    #[error("the actor {0} was destroyed")]
    Destroyed(String),
    #[error("the actor {actor} has this name and key already")]
    Duplicate { actor: String, key: String },
    #[error("{0}")]
    Store(String, &'static str),
}
