//! What a server learns on a connection, and what it answers.

use std::time::Duration;

use crate::session::{
    CommitRequest, ExecRequest, ExecuteRequest, FromHost, GetPagesRequest, KvRequest,
};
use crate::{EncodeAt, InvalidMessage, latest};

/// What happened on a connection at the server.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// The host says what it is and can run.
    Metadata(latest::ToRivetMetadata),
    /// An actor did something that was not reported before. To be told of, when it is dealt with:
    /// [`Server::events_applied`](super::Server::events_applied).
    Event(latest::EventWrapper),
    /// The host need not be sent these commands again, nor those before it: what is stored of them can go.
    CommandsAcked(latest::ActorCheckpoint),
    /// The host shuts down, and wants its actors to be stopped. Said once for each connection.
    Stopping,
    /// The host answered a ping.
    Pong {
        /// From the ping to the pong.
        round_trip: Duration,
    },
    /// A KV request, to be answered.
    Kv(KvRequest),
    /// A request for pages, to be answered.
    GetPages(GetPagesRequest),
    /// A commit, to be answered.
    Commit(CommitRequest),
    /// Remote SQL without parameters, to be answered.
    Exec(ExecRequest),
    /// A remote SQL statement, to be answered.
    Execute(ExecuteRequest),
    /// A message for a gateway.
    Tunnel(FromHost),
    /// A message for a gateway that was not taken, for too much waits to be looked at: the gateway has to end that
    /// request or WebSocket.
    TunnelRefused(latest::MessageId),
    /// A message for a gateway whose payload is larger than the host was told that it may be. The connection is closed
    /// for it; the gateway has to end that request or WebSocket, which would end the same way on the next connection.
    TunnelTooLarge {
        /// The message.
        message: latest::MessageId,
        /// Octets of its payload.
        found: u64,
        /// [`maxResponsePayloadSize`](latest::ProtocolMetadata::max_response_payload_size).
        limit: u64,
    },
    /// An answer or message was refused for a full queue, and there is room again.
    Room,
    /// The host sent what is no message, and the connection is closed for it. After the third time in a row
    /// ([`EnvoyState::is_incompatible`](super::EnvoyState::is_incompatible)) the host is refused.
    InvalidMessage(InvalidMessage),
}

/// A message that may answer a request: a [`latest::ToEnvoy`], owned or borrowed.
pub trait Answer: EncodeAt {
    #[doc(hidden)]
    fn asked(&self) -> Option<Asked>;
}

/// Which request is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub(super) kind: Kind,
    pub(super) id: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Kv,
    Pages,
    Commit,
    Exec,
    Execute,
}

impl Asked {
    pub(super) const fn new(kind: Kind, id: u32) -> Self {
        Self { kind, id }
    }
}

macro_rules! answer {
    ($($message:ty),*) => {$(
        impl Answer for $message {
            fn asked(&self) -> Option<Asked> {
                Some(match self {
                    Self::ToEnvoyKvResponse(answer) => Asked::new(Kind::Kv, answer.request_id),
                    Self::ToEnvoySqliteGetPagesResponse(answer) => {
                        Asked::new(Kind::Pages, answer.request_id)
                    }
                    Self::ToEnvoySqliteCommitResponse(answer) => {
                        Asked::new(Kind::Commit, answer.request_id)
                    }
                    Self::ToEnvoySqliteExecResponse(answer) => {
                        Asked::new(Kind::Exec, answer.request_id)
                    }
                    Self::ToEnvoySqliteExecuteResponse(answer) => {
                        Asked::new(Kind::Execute, answer.request_id)
                    }
                    Self::ToEnvoyInit(_)
                    | Self::ToEnvoyCommands(_)
                    | Self::ToEnvoyAckEvents(_)
                    | Self::ToEnvoyTunnelMessage(_)
                    | Self::ToEnvoyPing(_) => return None,
                })
            }
        }
    )*};
}

answer!(latest::ToEnvoy, latest::ToEnvoyRef<'_>);
