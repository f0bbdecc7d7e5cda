//! Both ends of a connection as state machines, without sockets, clock or threads.
//!
//! A [`Host`] lives as long as the host itself: it keeps what outlives a connection, says when to connect and as which
//! version, and gives up when it must. A [`Server`] is one connection at the server; what outlives it is an
//! [`EnvoyState`], which the gateway gives and takes.
//!
//! # Driving a machine
//! Whoever has the socket calls, with the present time:
//!
//! * [`receive`](Host::receive) with the octets of each WebSocket message, and [`disconnected`](Host::disconnected) when
//!   there are no more;
//! * [`poll_transmit`](Host::poll_transmit) when the socket takes a message. What it gives counts as sent. A driver keeps
//!   at most one frame that the socket has not taken yet: behind that frame, control goes first;
//! * [`poll_event`](Host::poll_event) until there is none, after every other call: this is what happened;
//! * [`handle_timeout`](Host::handle_timeout) when the time of [`poll_timeout`](Host::poll_timeout) has come. It may
//!   change with every call.
//!
//! A driver reads on whatever its user does, so that pings are answered: the machine bounds what it keeps. It never
//! waits, and panics at nothing that a peer or a user feeds in.
//!
//! # Versions
//! A connection has one version. Users speak the types of [`latest`](crate::latest); frames are read and
//! written at the version of the connection, also what was asked for while there was none.
//!
//! # Both ends, without a network
//! ```
//! use std::time::{Duration, Instant};
//!
//! use envoy_protocol::latest;
//! use envoy_protocol::session::{
//!     EnvoyState, Host, HostConfig, HostEvent, Server, ServerConfig, ServerEvent, Transmit,
//! };
//!
//! let now = Instant::now();
//! let mut host = Host::new(HostConfig::new("host-1", 0), now);
//! let version = host.poll_connect(now).expect("a new host connects at once");
//! host.connected(now);
//! let mut server = Server::new(ServerConfig::DEFAULT, version, EnvoyState::new(), now, 0);
//!
//! // It waits for the init, as everything does.
//! let get = latest::KvRequestDataRef::KvGetRequest(latest::KvGetRequestRef { keys: &[b"key"] });
//! let request = host.kv("actor-1", get, now + Duration::from_secs(30))?;
//!
//! let mut answered = None;
//! for _ in 0..3 {
//!     while let Some(Transmit::Frame { octets, .. }) = server.poll_transmit(now) {
//!         host.receive(octets, now);
//!     }
//!     while let Some(Transmit::Frame { octets, .. }) = host.poll_transmit(now) {
//!         server.receive(octets, now);
//!     }
//!     while let Some(event) = server.poll_event() {
//!         if let ServerEvent::Kv(asked) = event {
//!             let request_id = asked.get().request_id;
//!             let error = latest::KvErrorResponseRef { message: "not today" };
//!             let data = latest::KvResponseDataRef::KvErrorResponse(error);
//!             let answer = latest::ToEnvoyKvResponseRef { request_id, data };
//!             server.answer(&latest::ToEnvoyRef::ToEnvoyKvResponse(answer))?;
//!         }
//!     }
//!     while let Some(event) = host.poll_event() {
//!         if let HostEvent::Kv { request, result } = event {
//!             assert!(result.is_ok(), "an error of the server is an answer");
//!             answered = Some(request);
//!         }
//!     }
//! }
//! assert_eq!(answered, Some(request));
//! # Ok::<(), envoy_protocol::session::SendError>(())
//! ```
//!
//! The rules that the machines keep, and why, are in `docs/sessions.md`.

mod backoff;
mod error;
pub mod fence;
mod frames;
mod host;
mod negotiate;
mod outbox;
mod rng;
mod sequence;
mod server;
mod transmit;

pub use backoff::{Backoff, BackoffConfig, LastAttempt};
pub use error::{RequestError, SendError};
pub use frames::{
    CommitRequest, ExecAnswer, ExecRequest, ExecuteAnswer, ExecuteRequest, FromHost,
    GetPagesRequest, KvAnswer, KvRequest, PagesAnswer, ToHost,
};
pub use host::{
    Attach, Attempt, CloseWhen, CommitEnd, Decided, Disconnect, Fallback, Host, HostConfig,
    HostEvent, HostLimits, HostStats, RequestKey, RequestLimits, Terminal, TunnelEnd,
};
pub use negotiate::{VersionRefusal, negotiate};
pub use sequence::{Position, Sequence};
pub use server::{
    Acknowledged, Answer, EnvoySnapshot, EnvoyState, RestoreError, Server, ServerConfig,
    ServerEvent, ServerLimits, ServerStats, StoredCommand, StoredEvents, StoredLife,
};
pub use transmit::{Lane, Transmit};

/// More was sent than is taken in: the close reason of either end. The peer connects again.
pub const OVERLOADED: crate::CloseReason = crate::CloseReason {
    status: 1011,
    group: "ws",
    code: "overloaded",
};
