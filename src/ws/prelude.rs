//! A stream during the handshake: what comes behind the other end's HTTP head is kept for later.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::io::poll_read_buf;

/// The end of an HTTP head.
const END: &[u8] = b"\r\n\r\n";
/// Octets read at once.
const READ: usize = 2 << 10;

/// The library does the handshake and nothing else, so its buffers are the smallest there are.
pub(super) fn handshake_only() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(0)
        .write_buffer_size(0)
}

/// A stream that ends where an HTTP head ends.
#[derive(Debug)]
pub(super) struct Prelude<S> {
    stream: S,
    read: BytesMut,
    /// Octets at the front of `read` that belong to the head.
    head: usize,
    /// How much of the end has been seen.
    matched: usize,
}

impl<S> Prelude<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            read: BytesMut::new(),
            head: 0,
            matched: 0,
        }
    }

    /// The stream, and what was read from it behind the head.
    pub(super) fn into_parts(self) -> (S, BytesMut) {
        (self.stream, self.read)
    }

    /// Looks for the end of the head in octets that were just read, which begin at `from`.
    fn scan(&mut self, from: usize) {
        for octet in &self.read[from..] {
            if self.matched == END.len() {
                break;
            }
            self.matched = match *octet {
                octet if octet == END[self.matched] => self.matched + 1,
                // The end begins with the only octet that is in it twice.
                octet if octet == END[0] => 1,
                _ => 0,
            };
            self.head += 1;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prelude<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.head == 0 && this.matched < END.len() {
            let from = this.read.len();
            this.read.reserve(READ);
            ready!(poll_read_buf(
                Pin::new(&mut this.stream),
                cx,
                &mut this.read
            ))?;
            this.scan(from);
        }
        let taken = this.head.min(buffer.remaining());
        buffer.put_slice(&this.read[..taken]);
        this.read.advance(taken);
        this.head -= taken;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prelude<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
