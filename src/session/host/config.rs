//! What a host is told when it is made.

use std::time::Duration;

use bare::DecodeLimits;

use crate::session::BackoffConfig;
use crate::{Version, latest};

/// What a [`Host`](super::Host) is and how it behaves.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HostConfig {
    /// The identity of the host, which it keeps across connections: made once when the process starts.
    pub envoy_key: String,
    /// What the host is and can run: the first frame of each connection. Default: nothing.
    pub metadata: latest::ToRivetMetadata,
    /// The version to ask for. Default: the newest that is spoken.
    pub version: Version,
    /// What to do where the server refuses the version. Default: [`Fallback::None`].
    pub fallback: Fallback,
    /// Where the randomness comes from: the same seed gives the same waits.
    pub seed: u64,
    /// The waits between attempts to connect.
    pub backoff: BackoffConfig,
    /// How long to be without a connection before the actors count as lost, where no server has said so yet. Default:
    /// 10 s.
    pub lost_threshold: Duration,
    /// How long the server may be silent, and how long its init may take, before the connection is given up. Servers ping
    /// every 3 s. Default: 15 s.
    pub silence: Duration,
    /// How long to collect commands to be acknowledged. Default: 5 s.
    pub ack_delay: Duration,
    /// How long a connection has to live on, with a ping at its end, before the events of a generation that has
    /// stopped count as received though they are not acknowledged. Default: 60 s.
    pub settle: Duration,
    /// How long to wait at the end for the server to acknowledge which generations have ended: see
    /// [`CloseWhen::Known`](super::CloseWhen::Known). Default: 2 s.
    pub last_acks: Duration,
    /// Sizes of queues and frames.
    pub limits: HostLimits,
    /// Sizes of requests.
    pub requests: RequestLimits,
    /// Forgets the commands of a generation that has ended as soon as they are acknowledged, though the ack can be lost:
    /// what the server sends again is then handled again. This breaks what is built on it. Default: no.
    #[cfg(feature = "faults")]
    pub without_tombstones: bool,
}

impl HostConfig {
    /// The defaults, for a host with that identity and that seed.
    #[must_use]
    pub fn new(envoy_key: impl Into<String>, seed: u64) -> Self {
        Self {
            envoy_key: envoy_key.into(),
            metadata: latest::ToRivetMetadata {
                prepopulate_actor_names: None,
                metadata: None,
            },
            version: Version::LATEST,
            fallback: Fallback::None,
            seed,
            backoff: BackoffConfig::DEFAULT,
            lost_threshold: Duration::from_secs(10),
            silence: Duration::from_secs(15),
            ack_delay: Duration::from_secs(5),
            settle: Duration::from_mins(1),
            last_acks: Duration::from_secs(2),
            limits: HostLimits::DEFAULT,
            requests: RequestLimits::DEFAULT,
            #[cfg(feature = "faults")]
            without_tombstones: false,
        }
    }
}

/// What a host does where the server refuses the version that it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fallback {
    /// It ends, and says why.
    #[default]
    None,
    /// It asks for the next lower version at once, each version once; below the oldest it ends. After a session that had
    /// its init it begins with the newest again, so that a server that was upgraded is used as such.
    Older,
}

/// Sizes of a host's queues and frames, in octets where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// Requests and tunnel messages that wait to be sent, and commits that may have to be sent again. When it is
    /// full, more is refused. Default: 64 MiB.
    pub queue: usize,
    /// Events that are not acknowledged. When it is full, intents and alarms are refused; news of an actor's state, at
    /// most two for a generation, are always taken. Default: 16 MiB.
    pub history: usize,
    /// What was received and not looked at yet. When it is full, tunnel messages are refused, each to its
    /// client; at twice the size the connection is closed. Default: 64 MiB.
    pub inbox: usize,
    /// One frame, in either direction. Default: 32 MiB.
    pub frame: usize,
    /// What decoding one frame may allocate. Default: 128 MiB.
    pub decode_memory: usize,
    /// How many tunnelled requests and WebSockets are open at a time. More are refused. Default: 65536.
    pub tunnels: usize,
    /// How many requests are in flight at a time. More are refused. Default: 65536.
    pub requests: usize,
    /// How many generations that have ended are remembered to know their commands again. They go by themselves; above
    /// this number the one whose commands were acknowledged longest ago goes early. Default: 65536.
    pub tombstones: usize,
}

impl HostLimits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        queue: 64 << 20,
        history: 16 << 20,
        inbox: 64 << 20,
        frame: 32 << 20,
        decode_memory: 128 << 20,
        tunnels: 1 << 16,
        requests: 1 << 16,
        tombstones: 1 << 16,
    };

    pub(super) const fn decode(&self) -> DecodeLimits {
        DecodeLimits {
            message_size: self.frame,
            memory: self.decode_memory,
        }
    }
}

impl Default for HostLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The sizes that a server takes in one request. The defaults are those of a Rivet engine 2.3.19.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Keys of one KV request. Default: 128.
    pub kv_keys: usize,
    /// Octets of one key. Default: 2048.
    pub kv_key: usize,
    /// Octets of one value. Default: 128 KiB.
    pub kv_value: usize,
    /// Octets of all keys and values of one put. Default: 976 KiB.
    pub kv_put: usize,
    /// Pages of one commit. Default: 320.
    pub commit_pages: usize,
    /// Octets of all parameters of one remote statement. Default: 128 KiB.
    pub sql_params: usize,
}

impl RequestLimits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        kv_keys: 128,
        kv_key: 2048,
        kv_value: 128 << 10,
        kv_put: 976 << 10,
        commit_pages: 320,
        sql_params: 128 << 10,
    };
    /// No limit but that of a frame: the server decides.
    pub const NONE: Self = Self {
        kv_keys: usize::MAX,
        kv_key: usize::MAX,
        kv_value: usize::MAX,
        kv_put: usize::MAX,
        commit_pages: usize::MAX,
        sql_params: usize::MAX,
    };
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
