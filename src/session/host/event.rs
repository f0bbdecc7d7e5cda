//! What a host learns.

use std::time::Instant;

use crate::session::fence::Heads;
use crate::session::{ExecAnswer, ExecuteAnswer, KvAnswer, PagesAnswer, RequestError, ToHost};
use crate::{Close, CloseReason, DowngradeError, InvalidMessage, Version, latest};

/// Names a request of a host, for as long as the host lives: not the number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub(super) u64);

/// What happened at a host.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostEvent {
    /// The server took the connection. What waited is on its way.
    Init {
        /// The version of the connection.
        version: Version,
        /// Which connection this is, counted from 1.
        session: u64,
        /// The limits that the server works by.
        metadata: latest::ProtocolMetadata,
    },
    /// A connection ended, or could not be made.
    Disconnected {
        /// The version that was asked for.
        asked: Version,
        /// How it ended, if the other end said so.
        how: Disconnect,
        /// When the next attempt is due. None if there is none: [`HostEvent::Terminal`] follows.
        retry_at: Option<Instant>,
    },
    /// There was no connection for so long that the server may start the actors elsewhere: every actor has to be stopped
    /// as lost. The host goes on trying to connect.
    Lost,
    /// The host is at its end, and every request has ended. Always the last event.
    Terminal(Terminal),
    /// A command that was not seen before. It counts as handled, and is acknowledged later.
    Command(latest::CommandWrapper),
    /// A KV request has ended.
    Kv {
        /// Which.
        request: RequestKey,
        /// The answer.
        result: Result<KvAnswer, RequestError>,
    },
    /// A request for pages has ended.
    Pages {
        /// Which.
        request: RequestKey,
        /// The answer.
        result: Result<PagesAnswer, RequestError>,
    },
    /// A commit has ended.
    Commit {
        /// Which.
        request: RequestKey,
        /// How.
        end: CommitEnd,
    },
    /// Remote SQL without parameters has ended.
    Exec {
        /// Which.
        request: RequestKey,
        /// The answer.
        result: Result<ExecAnswer, RequestError>,
    },
    /// A remote SQL statement has ended.
    Execute {
        /// Which.
        request: RequestKey,
        /// The answer.
        result: Result<ExecuteAnswer, RequestError>,
    },
    /// A tunnel message, in its place: repeated ones are dropped, and one behind a gap ends the tunnel.
    Tunnel(ToHost),
    /// A tunnelled request or WebSocket has ended for another reason than a message of its own. The gateway knows.
    TunnelEnded {
        /// The gateway.
        gateway_id: latest::GatewayId,
        /// The request.
        request_id: latest::RequestId,
        /// Why.
        why: TunnelEnd,
    },
    /// Somebody was refused for a full queue, and there is room again.
    Room,
    /// The server sent what is no message, and the connection is closed for it.
    InvalidMessage(InvalidMessage),
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disconnect {
    /// With a close frame of the other end.
    Closed(Close),
    /// Without one: the connection is just gone, or could not be made.
    Gone,
}

/// Why a host is at its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Terminal {
    /// Its user closed it.
    #[error("the host was shut down")]
    Shutdown,
    /// Another connection with the same envoy key has taken its place.
    #[error("another connection of the same envoy key took the place of this one")]
    Evicted,
    /// The server does not speak the version, and says so, or is of a kind that does not say so.
    #[error("{}", refused(*asked, close))]
    Refused {
        /// The version that was asked for last.
        asked: Version,
        /// What the server said.
        close: Close,
    },
    /// The two ends do not understand each other: three connections in a row ended by a frame that could not be
    /// decoded.
    #[error(
        "expected frames of {version}, but three connections in a row ended by one that could not be decoded"
    )]
    Incompatible {
        /// The version of the last connection.
        version: Version,
    },
}

fn refused(asked: Version, close: &Close) -> String {
    if close.is(CloseReason::UNSUPPORTED_PROTOCOL_VERSION) {
        format!("the server does not speak {asked}: {close}")
    } else {
        format!(
            "the server refused the connection before its init ({close}); {asked} was asked for, and the likely cause is that \
             version, or another parameter of the URL"
        )
    }
}

/// Whether a commit was sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It was not.
    First,
    /// The same commit, with the same expected head, was sent before and ended as [`CommitEnd::Unresolved`]. That the
    /// head is one more than expected then says that it was applied.
    Again,
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitEnd {
    /// It was applied, exactly once.
    Committed {
        /// The database's head now, as far as it is known: not from a v4 server.
        head_txid: Option<u64>,
        /// How that is known.
        decided: Decided,
    },
    /// The database's head is another one: somebody else has written. Fatal for this generation.
    Fenced {
        /// Both heads, if the error names them.
        heads: Option<Heads>,
        /// The error.
        error: latest::SqliteErrorResponse,
    },
    /// The server refused it, and nothing was written.
    Refused(latest::SqliteErrorResponse),
    /// It may have been applied or not. Nothing runs on this database until the same commit is handed in with
    /// [`Attempt::Again`], or the database is forgotten.
    Unresolved {
        /// What the server answered when it was sent again. None if the bound was reached before there was an answer.
        error: Option<latest::SqliteErrorResponse>,
    },
    /// It may have been applied or not, and without an expected head nobody can tell. Nothing runs on this database
    /// until it is forgotten: its generation has to end with an error.
    Indeterminate,
    /// It was not sent, and so not applied.
    NotSent(RequestError),
}

/// How it is known that a commit was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The server says so.
    Answer,
    /// It was sent again, and the head is what it is after this commit.
    Head,
}

/// Why a tunnelled request or WebSocket has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TunnelEnd {
    /// Messages are missing: some were lost with a connection. The request is aborted, the WebSocket closed with 1008
    /// `ws.message_index_skip`.
    Gap {
        /// The position of the first message that is missing.
        expected: u16,
        /// The position of the message that came.
        found: u16,
    },
    /// The same request was started again by the gateway, under the same ids. It follows.
    Replaced,
    /// Too much was received that nobody looked at. The request is answered with status 503, the WebSocket closed with
    /// 1013.
    Overloaded,
    /// The version of the connection that was made since cannot say a message of this tunnel.
    Unsupported(DowngradeError),
    /// The actors of this host count as lost.
    Lost,
}
