//! The server's side of the handshake.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::io;

use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, create_response_with_body};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::connection::About;
use super::endpoint::PATH;
use super::params::quoted;
use super::socket::Socket;
use super::wire::Wire;
use super::{HostParams, InvalidParam, RAY_HEADER, SUBPROTOCOL, ServerConnection, Settings, Token};
use crate::{Close, CloseReason, Version};

/// Which hosts a server takes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AcceptConfig {
    /// The path that hosts connect to, with or without a slash at its end. Default: `/envoys/connect`.
    pub path: String,
    /// The oldest version that is taken. Default: [`Version::OLDEST`].
    pub oldest: Version,
    /// The newest version that is taken. Default: [`Version::LATEST`].
    pub newest: Version,
    /// What a connection may cost. Default: [`Settings::SERVER`].
    pub settings: Settings,
}

/// Why a host was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// What came in is no WebSocket handshake.
    #[error("expected a WebSocket handshake, but found: {0}")]
    Handshake(String),
    /// The connection was lost before it was one.
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// The host did not finish the handshake in time.
    #[error("expected a handshake within {seconds} s, but found none")]
    TimedOut {
        /// [`Settings::handshake`].
        seconds: u64,
    },
    /// The host asked for what it does not get. It was told so.
    #[error("a host was refused: {refusal}")]
    Refused {
        /// What it asked for.
        refusal: Refusal,
        /// What it was told.
        close: Close,
    },
}

/// What a host does not get.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A parameter that is not what it has to be, the version among them.
    #[error(transparent)]
    Param(#[from] InvalidParam),
    /// A path that is not the one for hosts.
    #[error("expected the path {expected}, but found {found}")]
    Path {
        /// [`AcceptConfig::path`].
        expected: String,
        /// What it asked for, or the beginning of it.
        found: String,
    },
}

impl Default for AcceptConfig {
    fn default() -> Self {
        Self {
            path: PATH.to_owned(),
            oldest: Version::OLDEST,
            newest: Version::LATEST,
            settings: Settings::SERVER,
        }
    }
}

/// Accepts a host on a stream that was just opened: TCP (with `TCP_NODELAY`, or small messages wait), or TLS over it.
///
/// A host gets its 101 whatever it asks for, and learns by a close what is wrong with it, as from a real engine. Then
/// this is an error, too. Whether namespace, pool and token are the right ones is for the caller to say, with
/// [`close`](super::Connection::close).
///
/// Needs a tokio runtime with time enabled.
pub async fn accept<S>(stream: S, config: &AcceptConfig) -> Result<ServerConnection<S>, AcceptError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut upgrade = None;
    #[allow(
        clippy::result_large_err,
        reason = "the type is the WebSocket library's"
    )]
    let handshake = accept_hdr_async_with_config(
        Wire::new(stream),
        |request: &Request<()>, response| {
            let asked = upgrade.insert(Upgrade::of(request, response, config));
            Ok::<_, ErrorResponse>(asked.response.clone())
        },
        Some(config.settings.web_socket()),
    );
    let bound = config.settings.handshake;
    let stream = match tokio::time::timeout(bound, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(Error::Io(error))) => return Err(AcceptError::Lost(error)),
        Ok(Err(error)) => return Err(AcceptError::Handshake(error.to_string())),
        Err(_) => {
            return Err(AcceptError::TimedOut {
                seconds: bound.as_secs(),
            });
        }
    };
    match upgrade {
        Some(upgrade) => upgrade.finish(stream).await,
        None => Err(AcceptError::Handshake("no request".to_owned())),
    }
}

/// A host's request that an HTTP server has read, to be answered by that server.
///
/// ```no_run
/// # use envoy_protocol::ws::{AcceptConfig, AcceptError, ServerConnection, Upgrade};
/// # async fn upgraded() -> tokio::net::TcpStream { unimplemented!("by the HTTP server") }
/// # async fn handle(request: http::Request<()>) -> Result<(), AcceptError> {
/// let upgrade = Upgrade::new(&request, &AcceptConfig::default())?;
/// let response = upgrade.response(); // is what the HTTP server answers, and then:
/// let connection = upgrade.accept(upgraded().await).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Upgrade {
    response: Response<()>,
    asked: Result<HostParams, Refusal>,
    token: Option<Token>,
    ray: String,
    settings: Settings,
}

impl Upgrade {
    /// Looks at a request. It is an error only if it is no WebSocket handshake (RFC 6455, section 4.2.1); the HTTP
    /// server then answers as it likes. Everything else is told the host after the upgrade.
    pub fn new<B>(request: &Request<B>, config: &AcceptConfig) -> Result<Self, AcceptError> {
        let response = create_response_with_body(request, || ())
            .map_err(|error| AcceptError::Handshake(error.to_string()))?;
        Ok(Self::of(request, response, config))
    }

    /// The response: status 101, and the headers that go with it.
    #[must_use]
    pub fn response(&self) -> Response<()> {
        self.response.clone()
    }

    /// Accepts the host on the stream that the connection has become after the response: hyper's `Upgraded` in a
    /// `TokioIo`, for one.
    pub async fn accept<S>(self, stream: S) -> Result<ServerConnection<S>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let web_socket = Some(self.settings.web_socket());
        let stream =
            WebSocketStream::from_raw_socket(Wire::new(stream), Role::Server, web_socket).await;
        self.finish(stream).await
    }

    fn of<B>(request: &Request<B>, mut response: Response<()>, config: &AcceptConfig) -> Self {
        let ray = ray();
        let headers = response.headers_mut();
        if let Ok(ray) = HeaderValue::from_str(&ray) {
            headers.insert(RAY_HEADER, ray);
        }
        let mut offered = offered(request.headers());
        // A client that offered nothing may refuse an answer.
        if offered.any(|protocol| protocol == SUBPROTOCOL) {
            headers.insert(
                SEC_WEBSOCKET_PROTOCOL,
                HeaderValue::from_static(SUBPROTOCOL),
            );
        }
        Self {
            response,
            asked: asked(request, config),
            token: token(request.headers()),
            ray,
            settings: config.settings,
        }
    }

    async fn finish<S>(
        self,
        stream: WebSocketStream<Wire<S>>,
    ) -> Result<ServerConnection<S>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut socket = Socket::new(stream, self.settings);
        match self.asked {
            Ok(params) => Ok(ServerConnection::new(
                socket,
                About {
                    params,
                    token: self.token,
                    ray: Some(self.ray),
                },
            )),
            Err(refusal) => {
                let close = refusal.close().with_ray(&self.ray);
                socket.start_refusal(&close);
                poll_fn(|cx| socket.poll_closed(cx)).await;
                Err(AcceptError::Refused { refusal, close })
            }
        }
    }
}

impl Refusal {
    /// What the host is told, without a ray, and with what its people need to know.
    fn close(&self) -> Close {
        match self {
            Self::Param(InvalidParam::UnsupportedVersion(refusal)) => refusal.close(),
            Self::Param(InvalidParam::Missing { name } | InvalidParam::Malformed { name, .. }) => {
                Close::new(CloseReason::INVALID_REQUEST).with_detail(name)
            }
            Self::Path { .. } => Close::new(CloseReason::NO_WEBSOCKET),
        }
    }
}

fn asked<B>(request: &Request<B>, config: &AcceptConfig) -> Result<HostParams, Refusal> {
    let uri = request.uri();
    let by_path = uri.path().trim_end_matches('/') == config.path.trim_end_matches('/');
    let by_header = request
        .headers()
        .get("x-rivet-target")
        .is_some_and(|target| target == "envoy");
    let by_protocol =
        || offered(request.headers()).any(|protocol| protocol == "rivet_target.envoy");
    if !(by_path || by_header || by_protocol()) {
        return Err(Refusal::Path {
            expected: config.path.clone(),
            found: quoted(uri.path()),
        });
    }
    let query = uri.query().unwrap_or_default();
    Ok(HostParams::from_query(query, config.oldest, config.newest)?)
}

/// The subprotocols that a client offers.
fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn token(headers: &HeaderMap) -> Option<Token> {
    offered(headers).find_map(|protocol| Token::new(protocol.strip_prefix("rivet_token.")?))
}

/// A name for a connection, that a log can be searched for: 30 letters and digits.
fn ray() -> String {
    const LENGTH: usize = 30;

    let mut ray = String::with_capacity(LENGTH);
    while ray.len() < LENGTH {
        let digit = u32::from(rand::random::<u8>() % 36);
        if let Some(digit) = char::from_digit(digit, 36) {
            let _ = ray.write_char(digit);
        }
    }
    ray
}
