//! Typed WebSocket connections between hosts and servers.
//!
//! [`connect`] and [`accept`] give a [`Connection`] of one version, typed by its end: a host receives
//! [`ToEnvoy`](crate::latest::ToEnvoy) and sends [`ToRivet`](crate::latest::ToRivet), a server the other way round. Both
//! speak the latest types, whatever the version is.
//!
//! A connection knows how to end: it bounds what comes in ([`Settings`]), tells the peer what was wrong, and reads what
//! the peer closed it with even where a write has failed before.
//!
//! Everything here needs a tokio runtime.

mod accept;
mod connect;
mod connection;
mod drivers;
mod endpoint;
mod error;
mod params;
mod session;
mod settings;
mod socket;
mod telemetry;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod wire;

pub use accept::{AcceptConfig, AcceptError, Refusal, Upgrade, accept};
pub use connect::{ConnectConfig, ConnectError, connect, connect_over};
pub use connection::{
    Connection, End, Host, HostConnection, SentBy, Server, ServerConnection, Token,
};
pub use drivers::{
    Dial, HostDriver, Network, ServerDriver, Streams, host_session, host_session_over,
    server_session,
};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::{ReceiveError, SendError};
pub use params::{EnvoyKey, HostParams, InvalidParam};
pub use session::{Events, Handle, Machine};
pub use settings::Settings;
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;
pub use transport::Transport;

/// What a host offers and a server takes.
const SUBPROTOCOL: &str = "rivet";
/// The header in which a server names the connection.
const RAY_HEADER: &str = "x-rivet-ray-id";
