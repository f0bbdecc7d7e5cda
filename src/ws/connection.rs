//! Typed connections: a host's and a server's.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bare::{ArenaPool, DecodeLimits, Encode, Frame};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite};

use super::socket::Socket;
use super::telemetry::Meter;
use super::{HostParams, ReceiveError, SendError, Transport};
use crate::{Close, CloseReason, EncodeAt, Version, Versioned, latest};

/// What an encoder wants free behind a message, so that its buffer does not grow at the end.
const ENCODING_ROOM: usize = 256;
/// Arenas that a connection keeps for frames to come.
const SPARE_ARENAS: usize = 8;

/// Which end of a connection this is. Sealed: it is [`Host`] or [`Server`].
pub trait End: sealed::Sealed + 'static {
    /// What comes in.
    type Receives: Versioned;
    /// What goes out.
    type Sends: SentBy<Self> + Versioned;
}

/// The end that has the actors, and connects. It receives [`ToEnvoy`](latest::ToEnvoy).
#[derive(Debug, Clone, Copy)]
pub enum Host {}

/// The end that schedules the actors, and accepts. It receives [`ToRivet`](latest::ToRivet).
#[derive(Debug, Clone, Copy)]
pub enum Server {}

impl End for Host {
    type Receives = latest::ToEnvoy;
    type Sends = latest::ToRivet;
}

impl End for Server {
    type Receives = latest::ToRivet;
    type Sends = latest::ToEnvoy;
}

/// A message that this end sends, in its owned or its borrowed form. Sealed.
pub trait SentBy<E: ?Sized>: EncodeAt + Encode {}

impl SentBy<Host> for latest::ToRivet {}
impl SentBy<Host> for latest::ToRivetRef<'_> {}
impl SentBy<Server> for latest::ToEnvoy {}
impl SentBy<Server> for latest::ToEnvoyRef<'_> {}

/// A host's connection to its server: a stream of [`ToEnvoy`](latest::ToEnvoy), a sink of [`ToRivet`](latest::ToRivet).
pub type HostConnection<S = Transport> = Connection<Host, S>;

/// A server's connection to one host: a stream of [`ToRivet`](latest::ToRivet), a sink of [`ToEnvoy`](latest::ToEnvoy).
pub type ServerConnection<S> = Connection<Server, S>;

/// A WebSocket connection of one version, which speaks the latest types.
///
/// It is a [`Stream`] of frames and a [`Sink`] of messages, and can be split into both. What a frame says is decoded in
/// place, from the octets that were read. The stream ends with one error, which says how the connection ended: a
/// connection has no other end. Whoever only sends learns that it has ended, and has to receive to learn why.
///
/// # Sending
/// [`send`](Self::send) and [`feed`](Self::feed) take a reference to an owned or borrowed message. They wait while the
/// peer does not read: at most [`Settings::write_buffer`](super::Settings::write_buffer) octets and one message are held
/// here. An end that only sends while its peer only sends waits for ever, so both have to receive meanwhile.
///
/// # Ending
/// [`close`](Self::close) says why, and waits for the peer. A connection that is dropped is lost to the peer.
///
/// # Cancelling
/// Futures of these methods can be dropped: a message that was taken is sent behind the ones before it, and a close that
/// was begun goes on with the next call.
///
/// A connection is one pointer, and need not be boxed.
pub struct Connection<E: End, S>(Box<Inner<E, S>>);

struct Inner<E: End, S> {
    socket: Socket<S>,
    version: Version,
    limits: DecodeLimits,
    arenas: ArenaPool,
    meter: Meter<E>,
    /// What the stream ends with, once the peer was told.
    failure: Option<ReceiveError>,
    about: About,
}

/// What was agreed on before the first message.
#[derive(Debug)]
pub(super) struct About {
    pub(super) params: HostParams,
    pub(super) token: Option<Token>,
    pub(super) ray: Option<String>,
}

/// Without the octets that wait in it: they are nobody's to print.
impl<E: End, S> fmt::Debug for Connection<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("end", &E::NAME)
            .field("params", self.params())
            .field("ray", &self.ray())
            .finish_non_exhaustive()
    }
}

impl<E: End, S> Connection<E, S> {
    /// The version of every message on this connection.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// What the host asked for in the URL.
    #[must_use]
    pub fn params(&self) -> &HostParams {
        &self.0.about.params
    }

    /// The name of the connection in the server's log, where the server gave it one.
    #[must_use]
    pub fn ray(&self) -> Option<&str> {
        self.0.about.ray.as_deref()
    }
}

impl<S> Connection<Server, S> {
    /// The token that the host showed.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        self.0.about.token.as_ref()
    }
}

impl<E: End, S: AsyncRead + AsyncWrite + Unpin> Connection<E, S> {
    pub(super) fn new(socket: Socket<S>, about: About) -> Self {
        let version = about.params.protocol_version();
        Self(Box::new(Inner {
            limits: socket.settings().decode_limits(),
            socket,
            version,
            arenas: ArenaPool::new(SPARE_ARENAS),
            meter: Meter::new(version),
            failure: None,
            about,
        }))
    }

    /// Sends a message, and hands it to the network.
    pub async fn send<M: SentBy<E> + ?Sized>(&mut self, message: &M) -> Result<(), SendError> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Takes a message for sending. Small ones leave together, with [`flush`](Self::flush) at the latest.
    pub async fn feed<M: SentBy<E> + ?Sized>(&mut self, message: &M) -> Result<(), SendError> {
        poll_fn(|cx| self.0.socket.poll_ready(cx)).await?;
        self.start(message)
    }

    /// Hands everything that was taken to the network.
    pub async fn flush(&mut self) -> Result<(), SendError> {
        poll_fn(|cx| self.0.socket.poll_flush(cx)).await
    }

    /// Closes the connection behind what was sent, and waits for the peer to close it too, for at most
    /// [`Settings::linger`](super::Settings::linger). What the peer still sends is thrown away.
    ///
    /// A server's reason is given the ray of the connection, if it has none.
    pub async fn close(&mut self, close: impl Into<Close>) {
        self.start_close(&close.into());
        poll_fn(|cx| self.0.socket.poll_closed(cx)).await;
    }

    /// How many octets have come in on this connection while it is open.
    pub(super) fn octets_read(&self) -> u64 {
        self.0.socket.octets_read()
    }

    /// The next message as it came in, for who decodes it elsewhere.
    pub(super) fn poll_octets(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes, ReceiveError>> {
        let received = ready!(self.0.socket.poll_receive(cx));
        match &received {
            Ok(octets) => self.0.meter.received(octets),
            Err(error) => self.0.meter.ended(error),
        }
        Poll::Ready(received)
    }

    /// Whether another message can be taken for sending.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.0.socket.poll_ready(cx)
    }

    /// Takes a message that was encoded elsewhere.
    pub(super) fn start_octets(&mut self, octets: Bytes) -> Result<(), SendError> {
        self.0.socket.check(octets.len())?;
        self.0.meter.sent(&octets);
        self.0.socket.start_send(octets)
    }

    pub(super) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.0.socket.poll_flush(cx)
    }

    pub(super) fn start_close(&mut self, close: &Close) {
        let close = self.signed(close);
        self.0.socket.start_close(&close);
    }

    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.socket.poll_closed(cx)
    }

    /// A close with the ray of the connection, if this end is the one that gave it one.
    fn signed(&self, close: &Close) -> Close {
        match (self.ray(), close.ray()) {
            (Some(ray), None) if E::IS_SERVER => close.with_ray(ray),
            _ => close.clone(),
        }
    }

    fn start<M: SentBy<E> + ?Sized>(&mut self, message: &M) -> Result<(), SendError> {
        self.0.socket.check(0)?;
        // The length at another version differs by a few octets.
        let mut octets = Vec::with_capacity(message.encoded_len() + ENCODING_ROOM);
        message.append_at(self.0.version, &mut octets)?;
        self.start_octets(octets.into())
    }

    fn fail(&mut self, error: ReceiveError) {
        if let ReceiveError::Invalid(invalid) = &error {
            let close = Close::new(CloseReason::INVALID_MESSAGE).with_detail(invalid);
            let close = self.signed(&close);
            self.0.socket.start_refusal(&close);
        }
        self.0.meter.ended(&error);
        self.0.failure = Some(error);
    }

    /// The end of the stream. The peer is told what it did wrong before anybody here is: who drops a connection on an
    /// error still has said it. A peer's own close needs nothing said.
    fn poll_failure(&mut self, cx: &mut Context<'_>) -> Poll<Option<ReceiveError>> {
        if !matches!(
            self.0.failure,
            None | Some(
                ReceiveError::Closed(_) | ReceiveError::Lost(_) | ReceiveError::Silent { .. }
            )
        ) {
            ready!(self.0.socket.poll_closed(cx));
        }
        Poll::Ready(self.0.failure.take())
    }
}

impl<E: End, S: AsyncRead + AsyncWrite + Unpin> Stream for Connection<E, S> {
    type Item = Result<Frame<E::Receives>, ReceiveError>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.0.socket.is_open() {
            match ready!(this.0.socket.poll_receive(cx)) {
                Ok(octets) => {
                    this.0.meter.received(&octets);
                    let arena = this.0.arenas.lease();
                    match E::Receives::frame_at(this.0.version, octets, arena, &this.0.limits) {
                        Ok(frame) => return Poll::Ready(Some(Ok(frame))),
                        Err(error) => this.fail(error.into()),
                    }
                }
                Err(error) => this.fail(error),
            }
        }
        let failure = ready!(this.poll_failure(cx));
        Poll::Ready(failure.map(Err))
    }
}

impl<E: End, S: AsyncRead + AsyncWrite + Unpin> Sink<E::Sends> for Connection<E, S> {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.0.socket.poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: E::Sends) -> Result<(), SendError> {
        self.start(&message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.0.socket.poll_flush(cx)
    }

    /// Closes the connection as [`close`](Self::close) does, with the reason that an end gives without one.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.0.socket.is_open() {
            self.start_close(&Close::new(E::ENDS_WITH));
        }
        self.0.socket.poll_closed(cx).map(Ok)
    }
}

/// A secret that a host shows to its server. It is not printed, and compared in a time that says nothing about it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token, if it can be sent as a part of a subprotocol's name: a token of HTTP (RFC 9110, section 5.6.2).
    #[must_use]
    pub fn new(token: impl Into<String>) -> Option<Self> {
        let token = token.into();
        let legal =
            |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
        (!token.is_empty() && token.bytes().all(legal)).then_some(Self(token))
    }

    /// The secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

mod sealed {
    use super::{Host, Server};
    use crate::CloseReason;

    pub trait Sealed {
        const NAME: &'static str;
        const IS_SERVER: bool;
        const ENDS_WITH: CloseReason;
    }

    impl Sealed for Host {
        const NAME: &'static str = "host";
        const IS_SERVER: bool = false;
        const ENDS_WITH: CloseReason = CloseReason::SHUTDOWN;
    }

    impl Sealed for Server {
        const NAME: &'static str = "server";
        const IS_SERVER: bool = true;
        const ENDS_WITH: CloseReason = CloseReason::CLOSED;
    }
}
