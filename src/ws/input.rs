//! What comes in: octets, and the messages in them.
//!
//! A message of one frame is given out as the octets that were read, unmasked where they are. While nothing is there,
//! no memory is held.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

use super::frame::{Header, MAX_HEADER, Opcode, Side, Violation, mask};
use crate::Close;

/// The fewest octets that are read at once.
const LEAST_READ: usize = 4 << 10;

/// Octets that came in, and how far they are understood.
#[derive(Debug)]
pub(super) struct Input {
    side: Side,
    /// The most octets of a message.
    limit: usize,
    buffer: BytesMut,
    /// Of the frame whose payload is at the front of the buffer, or on its way there.
    header: Option<Header>,
    /// Of a message in parts, those that are there.
    parts: Option<Parts>,
    /// Octets to make room for: more while reads fill it, less while they do not.
    /// Invariant: `LEAST_READ <= read <= most.max(LEAST_READ)`.
    read: usize,
    most: usize,
}

#[derive(Debug)]
enum Parts {
    Binary(BytesMut),
    /// Text is thrown away. Its octets are counted.
    Text(usize),
}

/// Something that came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A binary message.
    Message(Bytes),
    /// What nobody has to know: text, a pong.
    Nothing,
    /// To be answered with the same payload.
    Ping(Bytes),
    /// The last thing that comes.
    Close(Close),
}

/// What a peer may not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A message that is too large, and how large it is at least.
    TooLarge(usize),
    Violation(Violation),
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl Input {
    /// Nothing but what was read along with the handshake. Messages have at most `limit` octets, and reads `most`.
    pub(super) fn new(side: Side, limit: usize, most: usize, early: BytesMut) -> Self {
        Self {
            side,
            limit,
            buffer: early,
            header: None,
            parts: None,
            read: LEAST_READ,
            most: most.max(LEAST_READ),
        }
    }

    /// The next thing in what was read, if it is there as a whole. After a fault nothing more is.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Incoming>, Fault> {
        let header = match self.header {
            Some(header) => header,
            None => match self.start()? {
                Some(header) => header,
                None => return Ok(None),
            },
        };
        // The limit was checked before the header was kept.
        let Ok(length) = usize::try_from(header.length) else {
            return Err(Fault::TooLarge(usize::MAX));
        };
        if self.buffer.len() < length {
            // A large payload is read into memory of its size, and not moved again.
            self.buffer.reserve(length - self.buffer.len());
            return Ok(None);
        }
        self.header = None;
        let mut payload = self.buffer.split_to(length);
        if let Some(key) = header.mask {
            mask(&mut payload, key);
        }
        self.finish(header, payload).map(Some)
    }

    /// Reads more, into memory that was made for it. Zero octets are the end.
    #[inline]
    pub(super) fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.buffer.capacity() - self.buffer.len() < MAX_HEADER {
            self.buffer.reserve(self.read);
        }
        let room = self.buffer.capacity() - self.buffer.len();
        let Poll::Ready(read) = poll_read_buf(Pin::new(stream), cx, &mut self.buffer) else {
            if self.buffer.is_empty() {
                self.buffer = BytesMut::new();
            }
            return Poll::Pending;
        };
        let read = read?;
        if read == room {
            self.read = (self.read * 2).min(self.most);
        } else if read < self.read / 4 {
            self.read = (self.read / 2).max(LEAST_READ);
        }
        Poll::Ready(Ok(read))
    }

    /// Throws away what was read, and reads more to throw away. Zero octets are the end.
    pub(super) fn poll_drain<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let there = self.buffer.len();
        if there > 0 {
            self.buffer = BytesMut::new();
            return Poll::Ready(Ok(there));
        }
        self.buffer.reserve(self.most);
        let read = ready!(poll_read_buf(Pin::new(stream), cx, &mut self.buffer))?;
        self.buffer.clear();
        Poll::Ready(Ok(read))
    }

    /// Reads the header of the next frame, and says whether such a frame may come now.
    fn start(&mut self) -> Result<Option<Header>, Fault> {
        let Some((header, size)) = Header::parse(&self.buffer)? else {
            return Ok(None);
        };
        match (self.side, header.mask) {
            (Side::Client, Some(_)) => return Err(Violation("a mask from a server").into()),
            (Side::Server, None) => return Err(Violation("no mask from a client").into()),
            (Side::Client, None) | (Side::Server, Some(_)) => {}
        }
        let before = match (header.opcode, &self.parts) {
            (Opcode::Continuation, None) => {
                return Err(Violation("the rest of a message that did not begin").into());
            }
            (Opcode::Continuation, Some(parts)) => parts.len(),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(Violation("a message in the middle of another").into());
            }
            _ => 0,
        };
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let total = before.saturating_add(length);
        if total > self.limit && !header.opcode.is_control() {
            return Err(Fault::TooLarge(total));
        }
        self.buffer.advance(size);
        self.header = Some(header);
        Ok(Some(header))
    }

    #[inline]
    fn finish(&mut self, header: Header, payload: BytesMut) -> Result<Incoming, Fault> {
        match header.opcode {
            Opcode::Binary if header.last => return Ok(Incoming::Message(payload.freeze())),
            Opcode::Binary => self.parts = Some(Parts::Binary(payload)),
            Opcode::Text if header.last => {}
            Opcode::Text => self.parts = Some(Parts::Text(payload.len())),
            Opcode::Continuation => return Ok(self.part(header.last, &payload)),
            Opcode::Ping => return Ok(Incoming::Ping(payload.freeze())),
            Opcode::Pong => {}
            Opcode::Close => return Ok(Incoming::Close(close(&payload)?)),
        }
        Ok(Incoming::Nothing)
    }

    fn part(&mut self, last: bool, payload: &[u8]) -> Incoming {
        match &mut self.parts {
            Some(Parts::Binary(parts)) => parts.extend_from_slice(payload),
            Some(Parts::Text(length)) => *length += payload.len(),
            None => {}
        }
        match self.parts.take_if(|_| last) {
            Some(Parts::Binary(parts)) => Incoming::Message(parts.freeze()),
            _ => Incoming::Nothing,
        }
    }
}

impl Parts {
    fn len(&self) -> usize {
        match self {
            Self::Binary(octets) => octets.len(),
            Self::Text(length) => *length,
        }
    }
}

/// The payload of a close frame.
fn close(payload: &[u8]) -> Result<Close, Violation> {
    match payload {
        [] => Ok(Close::from_frame(Close::NO_STATUS, "")),
        [_] => Err(Violation("half a status in a close")),
        [a, b, text @ ..] => {
            // A reason that is not UTF-8 is still worth reading.
            let text = String::from_utf8_lossy(text);
            Ok(Close::from_frame(u16::from_be_bytes([*a, *b]), &text))
        }
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
