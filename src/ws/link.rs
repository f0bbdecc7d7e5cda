//! A stream with WebSocket frames on it: the octets below a connection, in both directions.
//!
//! A peer that closes says why, and the write that fails because it closed comes before its close was read. So the first
//! error of a write is kept, what is written after it goes nowhere, and reading goes on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};

use bytes::BytesMut;
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Settings;
use super::frame::{Opcode, Side};
use super::input::{Fault, Incoming, Input};
use super::output::Output;

/// A stream with frames on it.
#[derive(Debug)]
pub(super) struct Link<S> {
    stream: S,
    pub(super) input: Input,
    pub(super) output: Output,
    /// Octets that may wait before more are held back.
    high: usize,
    broken: Option<io::Error>,
    waiting: Arc<Waiting>,
    /// Wakes everybody in `waiting`.
    waker: Waker,
}

/// Who waits to write: a stream knows only the last one who asked. Receiving writes too, as it answers.
#[derive(Debug, Default)]
struct Waiting {
    receiver: AtomicWaker,
    sender: AtomicWaker,
}

/// Which of the two directions does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Receiver,
    Sender,
}

/// Why nothing more comes in.
#[derive(Debug)]
pub(super) enum End {
    /// The octets end. With the error of a write, if one has failed, or of the read.
    Lost(Option<io::Error>),
    /// What the peer sent cannot be taken.
    Fault(Fault),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(super) fn new(stream: S, early: BytesMut, side: Side, settings: &Settings) -> Self {
        let waiting = Arc::<Waiting>::default();
        Self {
            stream,
            input: Input::new(side, settings.message_size, settings.read_buffer, early),
            output: Output::new(side),
            high: settings.write_buffer,
            broken: None,
            waker: Waker::from(Arc::clone(&waiting)),
            waiting,
        }
    }

    /// Whether a write has failed.
    #[inline]
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// What the first failed write failed with, for who is about to drop this.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.broken.take()
    }

    /// The next thing that comes in. Pings are answered.
    #[inline]
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, End>> {
        loop {
            match self.input.next() {
                Ok(None) => {}
                Ok(Some(Incoming::Ping(payload))) => {
                    // A peer that does not read what it is sent gets no answers to keep.
                    if self.output.len() < self.high {
                        self.output.control(Opcode::Pong, &payload);
                        let _ = self.poll_flush(Who::Receiver, cx);
                    }
                    return Poll::Ready(Ok(Incoming::Nothing));
                }
                Ok(Some(incoming)) => return Poll::Ready(Ok(incoming)),
                Err(fault) => return Poll::Ready(Err(End::Fault(fault))),
            }
            match ready!(self.input.poll_fill(&mut self.stream, cx)) {
                Ok(0) => return Poll::Ready(Err(End::Lost(self.take_error()))),
                Ok(_) => {}
                Err(error) => {
                    // The first error is the telling one.
                    let error = self.take_error().unwrap_or(error);
                    return Poll::Ready(Err(End::Lost(Some(error))));
                }
            }
        }
    }

    /// Reads octets to throw them away. Zero are the end.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let drained = ready!(self.input.poll_drain(&mut self.stream, cx));
        Poll::Ready(drained.unwrap_or(0))
    }

    /// Whether there is room for another message.
    #[inline]
    pub(super) fn poll_room(&mut self, who: Who, cx: &mut Context<'_>) -> Poll<()> {
        if self.output.len() < self.high {
            return Poll::Ready(());
        }
        let flushed = self.poll_flush(who, cx);
        if self.output.len() < self.high {
            return Poll::Ready(());
        }
        flushed
    }

    /// Whether everything was handed to the network, or never will be.
    #[inline]
    pub(super) fn poll_flush(&mut self, who: Who, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_out(who, cx, |link, cx| {
            ready!(link.output.poll_write(&mut link.stream, cx))?;
            Pin::new(&mut link.stream).poll_flush(cx)
        })
    }

    /// Says that nothing more is to come.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_out(Who::Sender, cx, |link, cx| {
            Pin::new(&mut link.stream).poll_shutdown(cx)
        })
    }

    /// Wakes the receiver as soon as a write fails.
    pub(super) fn watch(&self, cx: &mut Context<'_>) {
        self.waiting.receiver.register(cx.waker());
    }

    #[inline]
    fn poll_out(
        &mut self,
        who: Who,
        cx: &mut Context<'_>,
        write: impl Fn(&mut Self, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<()> {
        if self.is_broken() {
            return Poll::Ready(());
        }
        // A clone of this waker is a count, and only where there is something to wait for.
        let waker = self.waker.clone();
        let mut all = Context::from_waker(&waker);
        let mut result = write(self, &mut all);
        if result.is_pending() {
            // Who is not registered yet would miss what happened meanwhile, so it is asked again.
            let waiting = match who {
                Who::Receiver => &self.waiting.receiver,
                Who::Sender => &self.waiting.sender,
            };
            waiting.register(cx.waker());
            result = write(self, &mut all);
        }
        if let Err(error) = ready!(result) {
            self.broken = Some(error);
            self.output.clear();
            // Whoever waits for messages now has a bound to watch.
            self.waiting.receiver.wake();
        }
        Poll::Ready(())
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.receiver.wake();
        self.sender.wake();
    }
}
