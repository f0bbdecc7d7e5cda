//! The host's side of the handshake.

use std::io;

use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::Error;

use super::connection::About;
use super::endpoint::Security;
use super::socket::Socket;
use super::wire::Wire;
use super::{
    Endpoint, HostConnection, HostParams, RAY_HEADER, SUBPROTOCOL, Settings, Token, Transport,
};

/// Where a host connects to, and as whom.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectConfig {
    /// The server.
    pub endpoint: Endpoint,
    /// Who connects, and at which version.
    pub params: HostParams,
    /// What the server wants to see. Default: nothing.
    pub token: Option<Token>,
    /// What the connection may cost. Default: [`Settings::HOST`].
    pub settings: Settings,
    /// TLS of your own making: other roots, a client certificate. Default: what the features `tls-…` say.
    #[cfg(feature = "tls")]
    pub tls: Option<std::sync::Arc<tokio_rustls::rustls::ClientConfig>>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server cannot be reached, or was lost while it answered.
    #[error("the server cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    /// The server did not answer in time.
    #[error("expected a connection within {seconds} s, but found none")]
    TimedOut {
        /// [`Settings::handshake`].
        seconds: u64,
    },
    /// The server answered with another HTTP status than 101: it is no server of this protocol, or stands behind
    /// something that refuses.
    #[error("expected HTTP status 101, but found {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// What the server answered is no WebSocket handshake.
    #[error("expected a WebSocket handshake, but found: {0}")]
    Handshake(String),
    /// The address asks for TLS, which this program was built without.
    #[error("expected {missing} for an address that asks for TLS")]
    NoTls {
        /// What has to be there.
        missing: &'static str,
    },
    /// The server's certificate is not trusted, or TLS failed in another way.
    #[error("TLS failed: {0}")]
    Tls(String),
}

impl ConnectConfig {
    /// A connection of `params` to `endpoint`, with the defaults.
    #[must_use]
    pub fn new(endpoint: Endpoint, params: HostParams) -> Self {
        Self {
            endpoint,
            params,
            token: None,
            settings: Settings::HOST,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Whether there can be a connection at all: an address that asks for TLS needs a program that has it, or else
    /// [`ConnectError::NoTls`] is all there ever is. Says nothing of the server.
    pub fn check(&self) -> Result<(), ConnectError> {
        match self.endpoint.security() {
            Security::Plain => Ok(()),
            #[cfg(feature = "tls")]
            Security::Tls => super::tls::check(self.tls.as_ref()),
            #[cfg(not(feature = "tls"))]
            Security::Tls => Err(NO_TLS),
        }
    }
}

/// What a program without any TLS says of an address that asks for it.
#[cfg(not(feature = "tls"))]
const NO_TLS: ConnectError = ConnectError::NoTls {
    missing: "one of the features `tls-…`",
};

/// Connects to a server.
///
/// A server takes every host that speaks HTTP, and says what it refuses by closing: the first thing received is then
/// [`ReceiveError::Closed`](super::ReceiveError::Closed).
///
/// Needs a tokio runtime with I/O and time enabled.
pub async fn connect(config: &ConnectConfig) -> Result<HostConnection, ConnectError> {
    within(config, async {
        let endpoint = &config.endpoint;
        let stream = TcpStream::connect((endpoint.host(), endpoint.port()))
            .await
            .map_err(ConnectError::Unreachable)?;
        // Messages are flushed when they have to leave, so nothing is gained by waiting for more.
        stream
            .set_nodelay(true)
            .map_err(ConnectError::Unreachable)?;
        let transport = match endpoint.security() {
            Security::Plain => Transport::plain(stream),
            #[cfg(feature = "tls")]
            Security::Tls => {
                super::tls::secure(stream, endpoint.host(), config.tls.as_ref()).await?
            }
            #[cfg(not(feature = "tls"))]
            Security::Tls => return Err(NO_TLS),
        };
        handshake(transport, config).await
    })
    .await
}

/// Connects over a stream that leads to the server already: a proxy's, or one with TLS of another kind. The address only
/// makes the URL.
pub async fn connect_over<S>(
    stream: S,
    config: &ConnectConfig,
) -> Result<HostConnection<S>, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    within(config, handshake(stream, config)).await
}

async fn within<T>(
    config: &ConnectConfig,
    connecting: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    let bound = config.settings.handshake;
    tokio::time::timeout(bound, connecting)
        .await
        .unwrap_or(Err(ConnectError::TimedOut {
            seconds: bound.as_secs(),
        }))
}

async fn handshake<S>(stream: S, config: &ConnectConfig) -> Result<HostConnection<S>, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = config
        .endpoint
        .url(&config.params)
        .into_client_request()
        .map_err(failed)?;
    let mut offered = SUBPROTOCOL.to_owned();
    if let Some(token) = &config.token {
        offered.push_str(", rivet_token.");
        offered.push_str(token.reveal());
    }
    let mut offered = HeaderValue::from_str(&offered)
        .map_err(|error| ConnectError::Handshake(error.to_string()))?;
    offered.set_sensitive(true);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, offered);
    let web_socket = Some(config.settings.web_socket());
    let (stream, response) = client_async_with_config(request, Wire::new(stream), web_socket)
        .await
        .map_err(failed)?;
    let ray = response.headers().get(RAY_HEADER);
    let about = About {
        params: config.params.clone(),
        token: None,
        ray: ray.and_then(|ray| Some(ray.to_str().ok()?.to_owned())),
    };
    Ok(HostConnection::new(
        Socket::new(stream, config.settings),
        about,
    ))
}

fn failed(error: Error) -> ConnectError {
    match error {
        Error::Io(error) => ConnectError::Unreachable(error),
        Error::Http(response) => ConnectError::Status {
            status: response.status().as_u16(),
        },
        error => ConnectError::Handshake(error.to_string()),
    }
}
