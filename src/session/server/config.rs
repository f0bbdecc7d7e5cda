//! What a server's end of a connection is told when it is made.

use std::time::Duration;

use bare::DecodeLimits;

use crate::latest;

/// How a [`Server`](super::Server) behaves. The defaults are those of a Rivet engine 2.3.19, where it has the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// What the host is told in the init. Default: lost after 15 s, 30 min to stop an actor, 20 MiB of payload.
    pub metadata: latest::ProtocolMetadata,
    /// How long from one ping to the next, and the most that is added at random. The first goes out right behind the
    /// init and the missed commands. Default: 3 s, and 127 ms.
    pub ping_interval: Duration,
    /// See [`ping_interval`](Self::ping_interval).
    pub ping_jitter: Duration,
    /// How long without a pong until the connection is closed. Default: 15 s.
    pub ping_timeout: Duration,
    /// How many events of a generation are applied without an ack, until they are acknowledged. The end of a generation
    /// is acknowledged in any case. Default: 250.
    pub event_ack_batch: u32,
    /// How long applied events wait for an ack, where there are too few for a batch. None is for ever, as a Rivet
    /// engine does. Default: 10 s.
    pub event_ack_delay: Option<Duration>,
    /// When commands leave the state that the host has acknowledged. Default: at once.
    pub acknowledged: Acknowledged,
    /// Where the randomness of the pings comes from.
    pub seed: u64,
    /// Sizes of queues and frames.
    pub limits: ServerLimits,
}

impl ServerConfig {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        metadata: latest::ProtocolMetadata {
            envoy_lost_threshold: 15_000,
            actor_stop_threshold: 1_800_000,
            max_response_payload_size: 20 << 20,
        },
        ping_interval: Duration::from_secs(3),
        ping_jitter: Duration::from_millis(127),
        ping_timeout: Duration::from_secs(15),
        event_ack_batch: 250,
        event_ack_delay: Some(Duration::from_secs(10)),
        acknowledged: Acknowledged::Forgotten,
        seed: 0,
        limits: ServerLimits::DEFAULT,
    };
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// When commands leave the state of a host that has acknowledged them.
///
/// A host that finds that nothing comes again on a later connection takes its ack for received, and forgets the commands.
/// So a gateway whose state outlives it must not leave them out before that is what it would read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acknowledged {
    /// At once.
    #[default]
    Forgotten,
    /// When the gateway says that it has stored that: [`Server::acks_stored`](super::Server::acks_stored). Until then they
    /// are sent again on each connection.
    Kept,
}

/// Sizes of the queues and frames of a connection at the server, in octets where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// Answers and tunnel messages that wait to be sent. When it is full, more is refused. Default: 64 MiB.
    pub queue: usize,
    /// What was received and not looked at yet. When it is full, requests are answered by an error and tunnel
    /// messages are refused; at twice the size the connection is closed. Default: 64 MiB.
    pub inbox: usize,
    /// One frame, in either direction. Default: 32 MiB.
    pub frame: usize,
    /// What decoding one frame may allocate. Default: 128 MiB.
    pub decode_memory: usize,
    /// How many requests of the host are unanswered at a time. More are answered by an error. Default: 65536.
    pub requests: usize,
}

impl ServerLimits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        queue: 64 << 20,
        inbox: 64 << 20,
        frame: 32 << 20,
        decode_memory: 128 << 20,
        requests: 1 << 16,
    };

    pub(super) const fn decode(&self) -> DecodeLimits {
        DecodeLimits {
            message_size: self.frame,
            memory: self.decode_memory,
        }
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
