//! What goes out: frames that wait for the network. Messages are encoded, and masked, where they wait.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::frame::{Header, MAX_HEADER, Opcode, Side, mask};

/// Octets of memory that are kept whatever was sent.
const KEPT: usize = 4 << 10;
/// Memory beyond [`KEPT`] is given back after as many flushes that needed at most a quarter of it.
const PATIENCE: u8 = 4;
/// Octets behind an encoded message that the encoder wants to have, so that nothing moves.
const SLACK: usize = 256;

/// Frames that wait to be written.
#[derive(Debug)]
pub(super) struct Output {
    side: Side,
    /// Invariant: `start <= buffer.len()`; from `start` on there are whole frames, but for the first.
    buffer: Vec<u8>,
    start: usize,
    /// Flushes that left most of the memory unused.
    spared: u8,
}

impl Output {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            buffer: Vec::new(),
            start: 0,
            spared: 0,
        }
    }

    /// Octets that wait.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Adds a binary message of about `hint` octets, which `encode` writes behind what is in a buffer. If it fails,
    /// nothing is added.
    #[inline]
    pub(super) fn message<E>(
        &mut self,
        hint: usize,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.frame(Opcode::Binary, hint, encode)
    }

    /// Adds a control frame. Its payload is at most [`MAX_CONTROL`](super::frame::MAX_CONTROL) octets.
    pub(super) fn control(&mut self, opcode: Opcode, payload: &[u8]) {
        let _ = self.frame::<()>(opcode, payload.len(), |buffer| {
            buffer.extend_from_slice(payload);
            Ok(())
        });
    }

    /// Drops what waits: there is no way out any more.
    pub(super) fn clear(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
    }

    /// Writes until nothing waits.
    #[inline]
    pub(super) fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.buffer.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while self.start < self.buffer.len() {
            let rest = &self.buffer[self.start..];
            let written = ready!(Pin::new(&mut *stream).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.start += written;
        }
        self.reset();
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn frame<E>(
        &mut self,
        opcode: Opcode,
        hint: usize,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.make_room(hint);
        let key = match self.side {
            Side::Client => Some(rand::random()),
            Side::Server => None,
        };
        let header = |length: usize| {
            let mut octets = [0; MAX_HEADER];
            let header = Header {
                last: true,
                opcode,
                mask: key,
                length: length as u64,
            };
            let size = header.write(&mut octets);
            (octets, size)
        };
        let start = self.buffer.len();
        // The header stands in front of what it tells the length of. Its size is guessed from the hint.
        let (guess, guessed) = header(hint);
        self.buffer.extend_from_slice(&guess[..guessed]);
        if let Err(error) = encode(&mut self.buffer) {
            self.buffer.truncate(start);
            return Err(error);
        }
        let length = self.buffer.len() - start - guessed;
        let (octets, size) = header(length);
        if size == guessed {
            self.buffer[start..start + size].copy_from_slice(&octets[..size]);
        } else {
            self.buffer
                .splice(start..start + guessed, octets[..size].iter().copied());
        }
        if let Some(key) = key {
            mask(&mut self.buffer[start + size..], key);
        }
        Ok(())
    }

    fn make_room(&mut self, hint: usize) {
        // What was written is in the way only where there is more of it than of what waits: so moving it costs at most as
        // much as writing it did.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.reserve(MAX_HEADER + hint + SLACK);
    }

    /// Begins anew, with the memory if it was used.
    fn reset(&mut self) {
        let (used, kept) = (self.buffer.len(), self.buffer.capacity());
        self.buffer.clear();
        self.start = 0;
        if kept <= KEPT || used > kept / 4 {
            self.spared = 0;
        } else if self.spared < PATIENCE {
            self.spared += 1;
        } else {
            self.buffer = Vec::new();
            self.spared = 0;
        }
    }
}
