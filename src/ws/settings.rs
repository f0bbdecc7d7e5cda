//! What a connection may cost.

use std::time::Duration;

use bare::DecodeLimits;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What a connection may cost in octets and in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Octets of a message: what is larger is neither sent nor taken. It holds for WebSocket frames, for messages of
    /// several frames, and for the codec. Default: 32 MiB, which is what a real engine takes.
    pub message_size: usize,
    /// Octets that decoding a message may allocate beside it. Default: 128 MiB.
    pub decode_memory: usize,
    /// Octets that are read from the socket at once, and the memory that a connection has while it is idle. Default:
    /// 16 KiB.
    pub read_buffer: usize,
    /// Octets of small messages that are collected before they are written without being flushed. What waits to be
    /// written is at most this and one message. Default: 64 KiB.
    pub write_buffer: usize,
    /// How long connecting may take, everything included. Default: 10 s.
    pub handshake: Duration,
    /// How long to wait for the peer's part of a close, whichever end began. While messages that were sent
    /// before the close still wait here, it is not the end, as long as the peer takes at least 64 KiB in five times of it.
    /// Default: 2 s.
    pub linger: Duration,
    /// How long nothing may come in, not even a part of a message, before the connection counts as lost. A server pings
    /// every 3 s. Default: no bound
    /// for a server, whose session bounds the pong; 20 s for a host.
    pub silence: Option<Duration>,
}

/// The largest buffer that is any good.
const MOST_BUFFER: usize = 16 << 20;

impl Settings {
    /// The defaults of a host.
    pub const HOST: Self = Self {
        silence: Some(Duration::from_secs(20)),
        ..Self::SERVER
    };

    /// The defaults of a server.
    pub const SERVER: Self = Self {
        message_size: DecodeLimits::DEFAULT.message_size,
        decode_memory: DecodeLimits::DEFAULT.memory,
        read_buffer: 16 << 10,
        write_buffer: 64 << 10,
        handshake: Duration::from_secs(10),
        linger: Duration::from_secs(2),
        silence: None,
    };

    pub(super) const fn decode_limits(&self) -> DecodeLimits {
        DecodeLimits {
            message_size: self.message_size,
            memory: self.decode_memory,
        }
    }

    pub(super) fn web_socket(&self) -> WebSocketConfig {
        // The library allocates the one at once, and panics if the other leaves no room above it.
        WebSocketConfig::default()
            .read_buffer_size(self.read_buffer.min(MOST_BUFFER))
            .write_buffer_size(self.write_buffer.min(MOST_BUFFER))
            .max_message_size(Some(self.message_size))
            .max_frame_size(Some(self.message_size))
    }
}
