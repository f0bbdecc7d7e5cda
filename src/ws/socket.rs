//! A WebSocket of binary messages that ends well: what it was closed for is read and said, within bounds.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use super::wire::Wire;
use super::{ReceiveError, SendError, Settings};
use crate::{Close, CloseReason};

/// Octets read at once of what is thrown away.
const DRAIN_CHUNK: usize = 16 << 10;
/// What an encoder wants free behind a message, so that its buffer does not grow at the end.
const ENCODING_ROOM: usize = 256;

/// A WebSocket of binary messages.
///
/// Invariants: nothing is received or sent but in [`State::Open`]; from there it only goes on to the others, downwards.
/// What is below is closed as soon as it has ended, whoever keeps this.
#[derive(Debug)]
pub(super) struct Socket<S> {
    state: State<S>,
    settings: Settings,
    silence: Option<Silence>,
    /// While the way out is broken and the peer's close is still to come.
    grace: Option<Pin<Box<Sleep>>>,
    /// Who waits for a message, to be told that the way out has broken.
    reader: Option<Waker>,
}

#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a socket is open for all of its life, and a box would be one more step for each message"
)]
enum State<S> {
    Open(WebSocketStream<Wire<S>>),
    Closing(Box<Closing<S>>),
    Ended,
}

/// A close frame is on its way, ours or the echo of the peer's.
#[derive(Debug)]
struct Closing<S> {
    stream: WebSocketStream<Wire<S>>,
    rest: Rest,
    step: Step,
    /// Octets that were thrown away.
    drained: usize,
    deadline: Pin<Box<Sleep>>,
}

/// What is still to come from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Messages, and then its close.
    Messages,
    /// Octets that no longer mean anything, and then the end.
    Octets,
    /// Nothing: its close was there first.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Flush,
    Shutdown,
    Done,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    pub(super) fn new(stream: WebSocketStream<Wire<S>>, settings: Settings) -> Self {
        Self {
            state: State::Open(stream),
            settings,
            silence: settings.silence.map(Silence::new),
            grace: None,
            reader: None,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether messages are received and sent, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// The next message.
    ///
    /// After an error nothing comes any more; [`poll_closed`](Self::poll_closed) has the last words sent.
    #[inline]
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes, ReceiveError>> {
        let State::Open(stream) = &mut self.state else {
            return Poll::Ready(Err(ReceiveError::Lost(no_close())));
        };
        loop {
            match stream.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    if let Some(silence) = &mut self.silence {
                        silence.heard();
                    }
                    match message {
                        Message::Binary(octets) => return Poll::Ready(Ok(octets)),
                        Message::Close(frame) => {
                            return Poll::Ready(Err(self.closed_by_peer(frame, cx)));
                        }
                        // Pings are answered below. Peers ignore text, and so does a real engine.
                        _ => {}
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(self.failed(error))),
                Poll::Ready(None) => return Poll::Ready(Err(self.lost(None))),
                Poll::Pending => return self.poll_time(cx).map(Err),
            }
        }
    }

    /// Whether another message can be taken for sending.
    #[inline]
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let result = ready!(self.sending()?.poll_ready_unpin(cx));
        Poll::Ready(self.sent(&result))
    }

    /// Takes a message of about `hint` octets for sending, which `encode` writes into a buffer.
    #[inline]
    pub(super) fn start_send(
        &mut self,
        hint: usize,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        self.sending()?;
        let mut buffer = Vec::with_capacity(hint + ENCODING_ROOM);
        encode(&mut buffer)?;
        self.start_send_octets(buffer.into())
    }

    /// Takes a message that is encoded.
    #[inline]
    pub(super) fn start_send_octets(&mut self, octets: Bytes) -> Result<(), SendError> {
        let (size, limit) = (octets.len(), self.settings.message_size);
        let stream = self.sending()?;
        if size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        let result = stream.start_send_unpin(Message::Binary(octets));
        self.sent(&result)
    }

    /// Whether everything was handed to the network.
    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let result = ready!(self.sending()?.poll_flush_unpin(cx));
        Poll::Ready(self.sent(&result))
    }

    /// Begins to close the connection behind what was sent. The peer's messages are no longer wanted; its close is.
    pub(super) fn start_close(&mut self, close: &Close) {
        self.start_closing(Some(close), Rest::Messages);
    }

    /// Begins to close the connection because of what the peer sent.
    pub(super) fn start_refusal(&mut self, close: &Close) {
        self.start_closing(Some(close), Rest::Octets);
    }

    /// Sends the last words, and throws away what still comes in, until the peer has ended too or the bound is reached.
    /// While the connection is open this is pending, and wakes nobody.
    ///
    /// A socket that is dropped with octets unread resets the connection, and the peer may then never read why. So what
    /// a peer still sends is read: for [`Settings::linger`], and at most twice the octets of a message.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.state {
            State::Open(_) => return Poll::Pending,
            State::Closing(closing) => {
                let most = self.settings.message_size.saturating_mul(2);
                ready!(closing.poll(most, cx));
                self.state = State::Ended;
            }
            State::Ended => {}
        }
        Poll::Ready(())
    }

    /// Closes with what there is to say, if the peer's close was not there first.
    fn start_closing(&mut self, close: Option<&Close>, rest: Rest) {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Open(mut stream) => {
                if let Some(close) = close {
                    let frame = (close.status() != Close::NO_STATUS).then(|| CloseFrame {
                        code: close.status().into(),
                        reason: close.text().into(),
                    });
                    // It fails only where the connection has ended, which reading will find out.
                    let _ = stream.start_send_unpin(Message::Close(frame));
                }
                State::Closing(Box::new(Closing {
                    stream,
                    rest,
                    step: Step::Flush,
                    drained: 0,
                    deadline: Box::pin(tokio::time::sleep(self.settings.linger)),
                }))
            }
            further => further,
        };
    }

    fn closed_by_peer(&mut self, frame: Option<CloseFrame>, cx: &mut Context<'_>) -> ReceiveError {
        self.start_closing(None, Rest::Nothing);
        // The echo leaves at once where it can. Nobody has to wait for it to know why the connection has ended.
        let _ = self.poll_closed(cx);
        ReceiveError::Closed(match frame {
            Some(frame) => Close::from_frame(frame.code.into(), &frame.reason),
            None => Close::from_frame(Close::NO_STATUS, ""),
        })
    }

    fn failed(&mut self, error: Error) -> ReceiveError {
        const VIOLATION: u16 = 1002;
        const NOT_UTF8: u16 = 1007;

        let (status, text) = match error {
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                let close = Close::new(CloseReason::MESSAGE_TOO_LARGE)
                    .with_detail(format_args!("{size} octets, at most {max_size}"));
                self.start_refusal(&close);
                return ReceiveError::TooLarge {
                    size,
                    limit: max_size,
                };
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
            | Error::ConnectionClosed
            | Error::AlreadyClosed => return self.lost(None),
            Error::Io(error) => return self.lost(Some(error)),
            Error::Utf8(_) => (NOT_UTF8, error.to_string()),
            error => (VIOLATION, error.to_string()),
        };
        self.start_refusal(&Close::from_frame(status, &text));
        ReceiveError::Violation(text)
    }

    /// The connection has ended without a close. The first error is the telling one: that of a write, if one has failed.
    fn lost(&mut self, error: Option<io::Error>) -> ReceiveError {
        let written = match mem::replace(&mut self.state, State::Ended) {
            State::Open(mut stream) => stream.get_mut().take_error(),
            _ => None,
        };
        ReceiveError::Lost(written.or(error).unwrap_or_else(no_close))
    }

    /// Nothing has come in: whether the time for it is over.
    #[cold]
    fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<ReceiveError> {
        if let Some(silence) = &mut self.silence
            && silence.poll_over(cx).is_ready()
        {
            let seconds = silence.bound.as_secs();
            let close = Close::new(CloseReason::TIMED_OUT)
                .with_detail(format_args!("{seconds} s of silence"));
            self.start_closing(Some(&close), Rest::Nothing);
            let _ = self.poll_closed(cx);
            return Poll::Ready(ReceiveError::Silent { seconds });
        }
        if self.is_broken() {
            let linger = self.settings.linger;
            let grace = self
                .grace
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(linger)));
            ready!(grace.poll_unpin(cx));
            return Poll::Ready(self.lost(None));
        }
        match &mut self.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            None => self.reader = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn is_broken(&self) -> bool {
        matches!(&self.state, State::Open(stream) if stream.get_ref().is_broken())
    }

    fn sending(&mut self) -> Result<&mut WebSocketStream<Wire<S>>, SendError> {
        match &mut self.state {
            State::Open(stream) if !stream.get_ref().is_broken() => Ok(stream),
            _ => Err(SendError::Disconnected),
        }
    }

    /// What became of something that was to be sent. Every error means that the connection has ended: the peer's
    /// close was there before, or the way out is broken.
    fn sent(&mut self, result: &Result<(), Error>) -> Result<(), SendError> {
        if result.is_ok() && !self.is_broken() {
            return Ok(());
        }
        // Whoever waits for messages now has a bound to watch.
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Err(SendError::Disconnected)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Closing<S> {
    fn poll(&mut self, most: usize, cx: &mut Context<'_>) -> Poll<()> {
        let said = self.poll_write(cx).is_ready();
        if said && self.rest == Rest::Nothing
            || self.poll_drain(most, cx).is_ready()
            || self.deadline.poll_unpin(cx).is_ready()
        {
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Sends the close frame, and then the end where the peer need not answer.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.step == Step::Flush {
            // What goes wrong shows in reading.
            let _ = ready!(self.stream.poll_flush_unpin(cx));
            self.step = match self.rest {
                // Its close is an answer to ours, and it may wait for an end that is not half.
                Rest::Messages => Step::Done,
                Rest::Octets | Rest::Nothing => Step::Shutdown,
            };
        }
        if self.step == Step::Shutdown {
            let _ = ready!(Pin::new(self.stream.get_mut()).poll_shutdown(cx));
            self.step = Step::Done;
        }
        Poll::Ready(())
    }

    /// Reads on until the peer has closed or ended, or has sent too much.
    fn poll_drain(&mut self, most: usize, cx: &mut Context<'_>) -> Poll<()> {
        while self.drained <= most {
            match self.rest {
                Rest::Nothing => return Poll::Pending,
                Rest::Messages => match ready!(self.stream.poll_next_unpin(cx)) {
                    Some(Ok(Message::Close(_)) | Err(Error::Io(_))) | None => break,
                    Some(Ok(message)) => self.drained += message.len(),
                    // It no longer matters what it is.
                    Some(Err(_)) => self.rest = Rest::Octets,
                },
                Rest::Octets => {
                    let mut chunk = [0; DRAIN_CHUNK];
                    let mut chunk = ReadBuf::new(&mut chunk);
                    match ready!(Pin::new(self.stream.get_mut()).poll_read(cx, &mut chunk)) {
                        Ok(()) if !chunk.filled().is_empty() => {
                            self.drained += chunk.filled().len();
                        }
                        _ => break,
                    }
                }
            }
        }
        Poll::Ready(())
    }
}

fn no_close() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "expected a close, but found the end",
    )
}

/// A bound on how long nothing comes in.
///
/// Time is looked at in halves of the bound, so that a message costs no clock: silence is noticed after one and a half
/// bounds at the latest.
#[derive(Debug)]
struct Silence {
    bound: Duration,
    half: Pin<Box<Sleep>>,
    /// Halves since something came in.
    quiet: u8,
}

impl Silence {
    fn new(bound: Duration) -> Self {
        Self {
            bound,
            half: Box::pin(tokio::time::sleep(bound / 2)),
            quiet: 0,
        }
    }

    fn heard(&mut self) {
        self.quiet = 0;
    }

    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.half.poll_unpin(cx));
            // The half in which the last message came counts for nothing, and then two have to pass.
            self.quiet += 1;
            if self.quiet > 2 {
                return Poll::Ready(());
            }
            self.half.as_mut().reset(Instant::now() + self.bound / 2);
        }
    }
}
