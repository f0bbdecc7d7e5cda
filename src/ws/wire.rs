//! The octets below the WebSocket: a broken way out leaves the way in open, and what comes in fast is read in large pieces.
//!
//! A peer that closes says why, and the write that fails because it closed comes before its close was read. So the first
//! error of a write is kept, what is written after it goes nowhere, and reading goes on.
//!
//! The library above reads as much at once as it keeps a buffer for while the connection is idle, so that buffer is small,
//! and a large message would take a call of the system for each small piece. A read that fills all that was asked for says
//! that more is there: the next ones go into a large buffer of the thread, which the connection has for as long as octets
//! wait in it.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Octets read at once while much comes in. A quarter of what a core's second cache has on small machines, since they are
/// copied from there.
const PIECE: usize = 128 << 10;

thread_local! {
    /// A buffer of [`PIECE`] octets for the next connection of this thread that reads fast.
    static SPARE: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// A stream whose writes do not fail.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    broken: Option<io::Error>,
    /// Octets that came from the stream.
    read: u64,
    /// Octets that the stream has taken.
    written: u64,
    /// The last read got all that it had asked for.
    fast: bool,
    ahead: Option<Ahead>,
}

/// Octets that were read and not asked for yet: those from `start`. `start < end <= PIECE`.
#[derive(Debug)]
struct Ahead {
    octets: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            broken: None,
            read: 0,
            written: 0,
            fast: false,
            ahead: None,
        }
    }

    /// Whether a write has failed.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// What the first failed write failed with, for who is about to drop this.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.broken.take()
    }

    /// How many octets came from the stream.
    pub(super) fn octets_read(&self) -> u64 {
        self.read
    }

    /// How many octets the stream has taken.
    pub(super) fn octets_written(&self) -> u64 {
        self.written
    }

    fn fate<T>(&mut self, result: io::Result<T>, written: T) -> Poll<io::Result<T>> {
        Poll::Ready(Ok(match result {
            Ok(done) => done,
            Err(error) => {
                self.broken = Some(error);
                written
            }
        }))
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads a large piece, and hands out its beginning.
    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut octets = SPARE
            .take()
            .unwrap_or_else(|| vec![0; PIECE].into_boxed_slice());
        let mut piece = ReadBuf::new(&mut octets);
        let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(cx, &mut piece) else {
            SPARE.set(Some(octets));
            return Poll::Pending;
        };
        let end = piece.filled().len();
        self.read += end as u64;
        let start = end.min(buffer.remaining());
        buffer.put_slice(&octets[..start]);
        if start < end {
            self.ahead = Some(Ahead { octets, start, end });
        } else {
            SPARE.set(Some(octets));
        }
        Poll::Ready(result)
    }
}

impl Ahead {
    /// Hands out what was read before, and says whether that was all.
    fn fill(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let end = self.end.min(self.start + buffer.remaining());
        buffer.put_slice(&self.octets[self.start..end]);
        self.start = end;
        self.start == self.end
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(ahead) = &mut this.ahead {
            if ahead.fill(buffer)
                && let Some(ahead) = this.ahead.take()
            {
                SPARE.set(Some(ahead.octets));
            }
            return Poll::Ready(Ok(()));
        }
        let result = if this.fast && buffer.remaining() < PIECE {
            ready!(this.poll_piece(cx, buffer))
        } else {
            let before = buffer.filled().len();
            let result = ready!(Pin::new(&mut this.stream).poll_read(cx, buffer));
            this.read += (buffer.filled().len() - before) as u64;
            result
        };
        // The end of the stream fills nothing.
        this.fast = buffer.remaining() == 0;
        Poll::Ready(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken() {
            return Poll::Ready(Ok(octets.len()));
        }
        let result = match ready!(Pin::new(&mut self.stream).poll_write(cx, octets)) {
            Ok(0) if !octets.is_empty() => Err(io::ErrorKind::WriteZero.into()),
            result => result,
        };
        if let Ok(taken) = &result {
            self.written += *taken as u64;
        }
        self.fate(result, octets.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken() {
            return Poll::Ready(Ok(()));
        }
        let result = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.fate(result, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken() {
            return Poll::Ready(Ok(()));
        }
        let result = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
        self.fate(result, ())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// Gives these octets, at most so many at once, and then the end. Every other read finds nothing.
    struct Source {
        octets: Vec<u8>,
        at_once: usize,
        reads: usize,
    }

    impl AsyncRead for Source {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.reads += 1;
            if self.reads.is_multiple_of(2) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let count = self.octets.len().min(self.at_once).min(buffer.remaining());
            buffer.put_slice(&self.octets[..count]);
            self.octets.drain(..count);
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_read_ahead_comes_out_whole_and_in_order() {
        let octets: Vec<u8> = (0_u32..1_000_003)
            .map(|at| at.to_le_bytes()[at as usize % 3])
            .collect();
        for (at_once, asked) in [
            (usize::MAX, 16 << 10),
            (usize::MAX, 1),
            (16 << 10, 16 << 10),
            (PIECE, 1000),
            (7, 5),
            (usize::MAX, 2 * PIECE),
        ] {
            let octets = &octets[..octets.len().min(asked * 1000)];
            let source = Source {
                octets: octets.to_owned(),
                at_once,
                reads: 0,
            };
            let mut wire = Wire::new(source);
            let mut found = Vec::new();
            let mut buffer = vec![0; asked];
            loop {
                let count = wire.read(&mut buffer).await.expect("nothing fails");
                if count == 0 {
                    break;
                }
                found.extend_from_slice(&buffer[..count]);
            }
            assert!(found == octets, "{asked} at once of pieces of {at_once}");
            assert_eq!(wire.octets_read(), octets.len() as u64);
            assert!(wire.ahead.is_none(), "nothing is kept without need");
        }
    }

    #[tokio::test]
    async fn a_fast_peer_is_read_in_large_pieces_and_a_slow_one_costs_no_buffer() {
        let mut wire = Wire::new(Source {
            octets: vec![7; 1 << 20],
            at_once: usize::MAX,
            reads: 0,
        });
        let mut buffer = vec![0; 16 << 10];
        for _ in 0..64 {
            wire.read_exact(&mut buffer).await.expect("there is more");
        }
        // One of 16 KiB, and eight of 128; as many found nothing.
        assert!(wire.stream.reads <= 20, "{} reads", wire.stream.reads);

        let mut wire = Wire::new(Source {
            octets: vec![7; 1000],
            at_once: 100,
            reads: 0,
        });
        for _ in 0..10 {
            let mut buffer = ReadBuf::new(&mut buffer);
            poll_fn(|cx| Pin::new(&mut wire).poll_read(cx, &mut buffer))
                .await
                .expect("there is more");
            assert!(wire.ahead.is_none() && !wire.fast);
        }
    }
}
