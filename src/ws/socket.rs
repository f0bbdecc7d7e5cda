//! A WebSocket of binary messages that ends well: what it was closed for is read and said, within bounds.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

use super::frame::{Opcode, Side, Violation};
use super::input::{Fault, Incoming};
use super::link::{End, Link, Who};
use super::{ReceiveError, SendError, Settings};
use crate::{Close, CloseReason};

/// A WebSocket of binary messages.
///
/// Invariants: nothing is received or sent but in [`State::Open`]; from there it only goes on to the others, downwards.
/// The stream is closed as soon as the connection has ended, whoever keeps this.
#[derive(Debug)]
pub(super) struct Socket<S> {
    state: State<S>,
    settings: Settings,
    silence: Option<Silence>,
    /// While the way out is broken and the peer's close is still to come.
    grace: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a socket is open for all of its life, and a box would be one more step for each message"
)]
enum State<S> {
    Open(Link<S>),
    Closing(Box<Closing<S>>),
    Ended,
}

/// A close frame is on its way, ours or the echo of the peer's.
#[derive(Debug)]
struct Closing<S> {
    link: Link<S>,
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
    /// A socket on a stream behind the handshake, with what was read beyond that.
    pub(super) fn new(stream: S, early: BytesMut, side: Side, settings: Settings) -> Self {
        Self {
            state: State::Open(Link::new(stream, early, side, &settings)),
            settings,
            silence: settings.silence.map(Silence::new),
            grace: None,
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
        let State::Open(link) = &mut self.state else {
            return Poll::Ready(Err(ReceiveError::Lost(no_close())));
        };
        loop {
            let Poll::Ready(next) = link.poll_next(cx) else {
                return self.poll_time(cx).map(Err);
            };
            if let Some(silence) = &mut self.silence {
                silence.heard();
            }
            match next {
                Ok(Incoming::Message(octets)) => return Poll::Ready(Ok(octets)),
                Ok(Incoming::Nothing | Incoming::Ping(_)) => {}
                Ok(Incoming::Close(close)) => {
                    return Poll::Ready(Err(self.closed_by_peer(close, cx)));
                }
                Err(end) => return Poll::Ready(Err(self.ended(end))),
            }
        }
    }

    /// Whether another message can be taken for sending.
    #[inline]
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        ready!(self.sending()?.poll_room(Who::Sender, cx));
        Poll::Ready(self.sending().map(|_| ()))
    }

    /// Takes a message of about `hint` octets for sending, which `encode` writes behind what is in a buffer.
    #[inline]
    pub(super) fn start_send(
        &mut self,
        hint: usize,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let limit = self.settings.message_size;
        self.sending()?.output.message(hint, |buffer| {
            let start = buffer.len();
            encode(buffer)?;
            let size = buffer.len() - start;
            if size > limit {
                return Err(SendError::TooLarge { size, limit });
            }
            Ok(())
        })
    }

    /// Whether everything was handed to the network.
    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        ready!(self.sending()?.poll_flush(Who::Sender, cx));
        Poll::Ready(self.sending().map(|_| ()))
    }

    /// Begins to close the connection behind what was sent. The peer's messages are no longer wanted; its close is.
    pub(super) fn start_close(&mut self, close: &Close) {
        self.start_closing(close, Rest::Messages);
    }

    /// Begins to close the connection because of what the peer sent.
    pub(super) fn start_refusal(&mut self, close: &Close) {
        self.start_closing(close, Rest::Octets);
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

    fn start_closing(&mut self, close: &Close, rest: Rest) {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Open(mut link) => {
                let mut payload = Vec::new();
                if close.status() != Close::NO_STATUS {
                    payload.extend(close.status().to_be_bytes());
                    payload.extend(close.text().bytes());
                }
                link.output.control(Opcode::Close, &payload);
                State::Closing(Box::new(Closing {
                    link,
                    rest,
                    step: Step::Flush,
                    drained: 0,
                    deadline: Box::pin(tokio::time::sleep(self.settings.linger)),
                }))
            }
            further => further,
        };
    }

    fn closed_by_peer(&mut self, close: Close, cx: &mut Context<'_>) -> ReceiveError {
        // A status that may not stand in a frame is not echoed.
        let echo = match close.status() {
            Close::NO_STATUS | 1000..=1003 | 1007..=1011 | 3000..=4999 => close.clone(),
            _ => Close::from_frame(VIOLATION, ""),
        };
        self.start_closing(&echo, Rest::Nothing);
        // The echo leaves at once where it can. Nobody has to wait for it to know why the connection has ended.
        let _ = self.poll_closed(cx);
        ReceiveError::Closed(close)
    }

    fn ended(&mut self, end: End) -> ReceiveError {
        match end {
            End::Lost(error) => {
                self.state = State::Ended;
                ReceiveError::Lost(error.unwrap_or_else(no_close))
            }
            End::Fault(Fault::TooLarge(size)) => {
                let limit = self.settings.message_size;
                let close = Close::new(CloseReason::MESSAGE_TOO_LARGE)
                    .with_detail(format_args!("{size} octets, at most {limit}"));
                self.start_refusal(&close);
                ReceiveError::TooLarge { size, limit }
            }
            End::Fault(Fault::Violation(Violation(what))) => {
                self.start_refusal(&Close::from_frame(VIOLATION, what));
                ReceiveError::Violation(what)
            }
        }
    }

    /// Nothing has come in: whether the time for it is over.
    fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<ReceiveError> {
        let State::Open(link) = &mut self.state else {
            return Poll::Ready(ReceiveError::Lost(no_close()));
        };
        // Before looking whether it is broken, so that no news are missed.
        link.watch(cx);
        if link.is_broken() {
            let linger = self.settings.linger;
            let grace = self
                .grace
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(linger)));
            ready!(grace.poll_unpin(cx));
            let end = End::Lost(link.take_error());
            return Poll::Ready(self.ended(end));
        }
        let Some(silence) = &mut self.silence else {
            return Poll::Pending;
        };
        ready!(silence.poll_over(cx));
        let seconds = silence.bound.as_secs();
        let close =
            Close::new(CloseReason::TIMED_OUT).with_detail(format_args!("{seconds} s of silence"));
        self.start_closing(&close, Rest::Nothing);
        let _ = self.poll_closed(cx);
        Poll::Ready(ReceiveError::Silent { seconds })
    }

    #[inline]
    fn sending(&mut self) -> Result<&mut Link<S>, SendError> {
        match &mut self.state {
            State::Open(link) if !link.is_broken() => Ok(link),
            _ => Err(SendError::Disconnected),
        }
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
            ready!(self.link.poll_flush(Who::Sender, cx));
            self.step = match self.rest {
                // Its close is an answer to ours, and it may wait for an end that is not half.
                Rest::Messages => Step::Done,
                Rest::Octets | Rest::Nothing => Step::Shutdown,
            };
        }
        if self.step == Step::Shutdown {
            ready!(self.link.poll_shutdown(cx));
            self.step = Step::Done;
        }
        Poll::Ready(())
    }

    /// Reads on until the peer has closed or ended, or has sent too much.
    fn poll_drain(&mut self, most: usize, cx: &mut Context<'_>) -> Poll<()> {
        while self.drained <= most {
            match self.rest {
                Rest::Nothing => return Poll::Pending,
                Rest::Messages => match ready!(self.link.poll_next(cx)) {
                    Ok(Incoming::Close(_)) | Err(End::Lost(_)) => break,
                    Ok(Incoming::Message(message)) => self.drained += message.len(),
                    // So that frames of nothing come to an end, too.
                    Ok(Incoming::Nothing | Incoming::Ping(_)) => self.drained += 1,
                    // It no longer matters what it is.
                    Err(End::Fault(_)) => self.rest = Rest::Octets,
                },
                Rest::Octets => match ready!(self.link.poll_drain(cx)) {
                    0 => break,
                    drained => self.drained += drained,
                },
            }
        }
        Poll::Ready(())
    }
}

/// The status of a close because of [`Violation`], as in RFC 6455, section 7.4.
const VIOLATION: u16 = 1002;

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
