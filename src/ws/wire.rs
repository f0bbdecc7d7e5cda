//! The octets below the WebSocket: a broken way out leaves the way in open.
//!
//! A peer that closes says why, and the write that fails because it closed comes before its close was read. So the first
//! error of a write is kept, what is written after it goes nowhere, and reading goes on.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose writes do not fail.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    broken: Option<io::Error>,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            broken: None,
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

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
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
