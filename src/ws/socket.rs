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
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use super::wire::Wire;
use super::{ReceiveError, SendError, Settings};
use crate::{Close, CloseReason};

/// Octets read at once of what is thrown away.
const DRAIN_CHUNK: usize = 16 << 10;
/// Octets of what was sent before a close that the peer has to take within [`STALLS`] of [`Settings::linger`], to be waited
/// for longer.
const PACE: u64 = 64 << 10;
/// It shows late what a peer takes: a system with megabytes in its own buffer asks for more when a third of that is free.
const STALLS: u8 = 5;
/// The longest time that is told from for ever.
const LONGEST: Duration = Duration::from_hours(24 * 365);

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
    /// Who waits for a message, and who waits to send: one of them may be another task, which the stream below does not
    /// know, and which has to be told of the end that the other one has seen or made.
    reader: Option<Waker>,
    writer: Option<Waker>,
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
    /// Octets that had been taken when [`PACE`] was last kept to, and how many times have passed since then.
    written: u64,
    stalls: u8,
    linger: Duration,
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
            writer: None,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many octets have come in, those of messages that are not whole yet among them.
    pub(super) fn octets_read(&self) -> u64 {
        match &self.state {
            State::Open(stream) => stream.get_ref().octets_read(),
            State::Closing(_) | State::Ended => 0,
        }
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
                Poll::Ready(Some(Ok(message))) => match message {
                    Message::Binary(octets) => return Poll::Ready(Ok(octets)),
                    Message::Close(frame) => {
                        return Poll::Ready(Err(self.closed_by_peer(frame, cx)));
                    }
                    // Pings are answered below. Peers ignore text, and so does a real engine.
                    _ => {}
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(self.failed(error))),
                Poll::Ready(None) => return Poll::Ready(Err(self.lost(None))),
                Poll::Pending => return self.poll_time(cx).map(Err),
            }
        }
    }

    /// Whether another message can be taken for sending.
    #[inline]
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        match self.sending()?.poll_ready_unpin(cx) {
            Poll::Ready(result) => Poll::Ready(self.sent(&result)),
            Poll::Pending => self.poll_writer(cx),
        }
    }

    /// Whether a message of this size can be sent, as far as is known.
    #[inline]
    pub(super) fn check(&mut self, size: usize) -> Result<(), SendError> {
        let limit = self.settings.message_size;
        self.sending()?;
        if size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        Ok(())
    }

    /// Takes a message that was [checked](Self::check) for sending.
    #[inline]
    pub(super) fn start_send(&mut self, octets: Bytes) -> Result<(), SendError> {
        let result = self.sending()?.start_send_unpin(Message::Binary(octets));
        self.sent(&result)
    }

    /// Whether everything was handed to the network.
    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        match self.sending()?.poll_flush_unpin(cx) {
            Poll::Ready(result) => Poll::Ready(self.sent(&result)),
            Poll::Pending => self.poll_writer(cx),
        }
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
    /// a peer still sends is read: for [`Settings::linger`], and at most twice the octets of a message. What was sent
    /// before a close of our own may take longer, at [`PACE`].
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
        self.wake();
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Open(mut stream) => {
                if let Some(close) = close {
                    let frame = close_frame(close);
                    // It fails only where the connection has ended, which reading will find out.
                    let _ = stream.start_send_unpin(Message::Close(frame));
                }
                let linger = self.settings.linger.min(LONGEST);
                State::Closing(Box::new(Closing {
                    written: stream.get_ref().octets_written(),
                    stream,
                    rest,
                    step: Step::Flush,
                    drained: 0,
                    stalls: 0,
                    linger,
                    deadline: Box::pin(tokio::time::sleep(linger)),
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
        self.wake();
        let written = match mem::replace(&mut self.state, State::Ended) {
            State::Open(mut stream) => stream.get_mut().take_error(),
            _ => None,
        };
        ReceiveError::Lost(written.or(error).unwrap_or_else(no_close))
    }

    /// Nothing has come in: whether the time for it is over.
    #[cold]
    fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<ReceiveError> {
        remember(&mut self.reader, cx);
        let read = self.octets_read();
        if let Some(silence) = &mut self.silence
            && silence.poll_over(read, cx).is_ready()
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
        Poll::Pending
    }

    /// Nothing can be sent now.
    #[cold]
    fn poll_writer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        remember(&mut self.writer, cx);
        Poll::Pending
    }

    /// Tells whoever waits to look again.
    fn wake(&mut self) {
        let waiting = [self.reader.take(), self.writer.take()];
        waiting.into_iter().flatten().for_each(Waker::wake);
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
        self.wake();
        Err(SendError::Disconnected)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Closing<S> {
    fn poll(&mut self, most: usize, cx: &mut Context<'_>) -> Poll<()> {
        let said = self.poll_write(cx).is_ready();
        if said && self.rest == Rest::Nothing
            || self.poll_drain(most, cx).is_ready()
            || self.poll_bound(cx).is_ready()
        {
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Whether the time is over.
    fn poll_bound(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.deadline.poll_unpin(cx));
            let written = self.stream.get_ref().octets_written();
            if written - self.written >= PACE {
                self.written = written;
                self.stalls = 0;
            }
            self.stalls += 1;
            if !self.is_sending() || self.stalls > STALLS {
                return Poll::Ready(());
            }
            self.deadline.as_mut().reset(Instant::now() + self.linger);
        }
    }

    /// Whether messages that were sent before our close are still on their way, to a peer that wants them.
    fn is_sending(&self) -> bool {
        self.step == Step::Flush
            && self.rest == Rest::Messages
            && !self.stream.get_ref().is_broken()
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
        if self.drained > most && self.is_sending() {
            // What comes in no longer counts; what goes out has its own bound.
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

fn remember(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

/// A close as it is sent. A status that stands for something that is never sent, or for nothing, would be a violation.
fn close_frame(close: &Close) -> Option<CloseFrame> {
    if close.status() == Close::NO_STATUS {
        return None;
    }
    let code = CloseCode::from(close.status());
    Some(CloseFrame {
        code: if code.is_allowed() {
            code
        } else {
            CloseCode::Error
        },
        reason: close.text().into(),
    })
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
    /// Octets that had come in by the end of the last half.
    read: u64,
    /// Halves since something came in.
    quiet: u8,
}

impl Silence {
    fn new(bound: Duration) -> Self {
        let bound = bound.min(LONGEST);
        Self {
            bound,
            half: Box::pin(tokio::time::sleep(bound / 2)),
            read: 0,
            quiet: 0,
        }
    }

    /// Whether the bound is over, of which so many octets have come in by now.
    fn poll_over(&mut self, read: u64, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.half.poll_unpin(cx));
            if read != self.read {
                self.read = read;
                self.quiet = 0;
            }
            // The half in which the last octets came counts for nothing, and then two have to pass.
            self.quiet += 1;
            if self.quiet > 2 {
                return Poll::Ready(());
            }
            self.half.as_mut().reset(Instant::now() + self.bound / 2);
        }
    }
}
