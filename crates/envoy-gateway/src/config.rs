//! What a gateway is told when it is made.

use std::time::Duration;

use envoy_protocol::latest::ProtocolMetadata;
use envoy_protocol::session::{Acknowledged, ServerConfig};
use envoy_protocol::ws::Token;

use crate::director::LifecycleConfig;
use crate::faults::{Faults, Guard};
use crate::tunnel::Forwarding;

/// How much a gateway takes on at once, how large, and how slow. Beyond a limit callers are refused with an error that says
/// so; nothing waits without a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections of HTTP, hosts not counted. More wait to be accepted. Default: 10,000.
    pub connections: usize,
    /// Connections of hosts. More are closed with `ws.overloaded`. Default: 4096.
    pub hosts: usize,
    /// Requests to actors at a time. More are answered by 503. Default: 10,000.
    pub requests: usize,
    /// Octets of the body of a request to an actor. Default: 20 MiB.
    pub request_body: usize,
    /// Octets of bodies, and of headers of responses, that are held in memory, of all requests together. Default: 512 MiB.
    pub held_octets: usize,
    /// Octets of a payload that a host may send; hosts are told so. Default: 20 MiB.
    pub response_payload: usize,
    /// Octets of a streamed response that wait for a caller who reads slowly. A response that is ahead by more is cut,
    /// since hosts cannot be told to wait. Default: 64 MiB.
    pub response_buffer: usize,
    /// Octets of the body of a call of the API. Default: 2 MiB.
    pub api_body: usize,
    /// Octets of the request line and the headers. Default: 64 KiB.
    pub header_octets: usize,
    /// How many headers a request has. Default: 128.
    pub headers: usize,
    /// How long the headers of a request may take, and how long a connection may do nothing. Default: 30 s.
    pub header_time: Duration,
    /// How long the body of a request may take. Default: 120 s.
    pub body_time: Duration,
    /// How long a caller may take nothing of its response. Default: 60 s.
    pub write_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            hosts: 4096,
            requests: 10_000,
            request_body: 20 << 20,
            held_octets: 512 << 20,
            response_payload: 20 << 20,
            response_buffer: 64 << 20,
            api_body: 2 << 20,
            header_octets: 64 << 10,
            headers: 128,
            header_time: Duration::from_secs(30),
            body_time: Duration::from_mins(2),
            write_time: Duration::from_mins(1),
        }
    }
}

/// How long a gateway waits for what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// How long a request waits for its actor to run and for its host to be there, all attempts together. Default: 30 s.
    pub actor_ready: Duration,
    /// How long a host has to begin the response to a request. Default: 5 min.
    pub response_start: Duration,
    /// How often a request is sent, while no response has begun. Default: 7.
    pub attempts: u32,
    /// How long after an attempt that the host gave up comes the second, doubled each time. Default: 150 ms.
    pub retry_backoff: Duration,
    /// How long an actor has to start. Default: 30 s.
    pub actor_start: Duration,
    /// How long an actor has to stop. Default: 30 min.
    pub actor_stop: Duration,
    /// How long a host may be away until its actors are lost. Default: 15 s.
    pub host_lost: Duration,
    /// From one ping of a host to the next. Default: 3 s.
    pub ping_interval: Duration,
    /// How long a host may leave pings unanswered. Default: 15 s.
    pub ping_timeout: Duration,
    /// How long the gateway says that it is not ready after a start, at most, while hosts that ran actors have not come
    /// back. Opening the store is a part of it, but half of it is left for the hosts, which cannot connect before that.
    /// Default: 2.5 s.
    pub hosts_back: Duration,
    /// How long requests that are under way have when the gateway is shut down. Default: 10 s.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            actor_ready: Duration::from_secs(30),
            response_start: Duration::from_mins(5),
            attempts: 7,
            retry_backoff: Duration::from_millis(150),
            actor_start: Duration::from_secs(30),
            actor_stop: Duration::from_mins(30),
            host_lost: Duration::from_secs(15),
            ping_interval: Duration::from_secs(3),
            ping_timeout: Duration::from_secs(15),
            hosts_back: Duration::from_millis(2500),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// Who has to show what. Where there is nothing, nobody has to show anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) api: Option<Token>,
    pub(crate) hosts: Option<Token>,
    pub(crate) callers: Option<Token>,
}

/// Everything that a gateway goes by.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) namespaces: Vec<String>,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
    pub(crate) timing: Timing,
    /// Guards that are left out, for tests.
    pub(crate) faults: Faults,
}

impl Config {
    pub(crate) fn forwarding(&self) -> Forwarding {
        Forwarding {
            ready: self.timing.actor_ready,
            response_start: self.timing.response_start,
            attempts: self.timing.attempts.max(1),
            backoff: self.timing.retry_backoff,
            response_buffer: self.limits.response_buffer,
        }
    }

    /// How actors live, where the store took so long to open.
    pub(crate) fn lifecycle(&self, opening: Duration) -> LifecycleConfig {
        let hosts_back = self.timing.hosts_back;
        let ready = hosts_back.saturating_sub(opening).max(hosts_back / 2);
        let mut config = LifecycleConfig {
            namespaces: self.namespaces.clone(),
            start_threshold: millis(self.timing.actor_start),
            stop_threshold: millis(self.timing.actor_stop),
            lost_threshold: millis(self.timing.host_lost),
            ready_threshold: millis(ready),
            faults: self.faults,
            ..LifecycleConfig::default()
        };
        if self.faults.lack(Guard::StartBound) {
            config.start_threshold = i64::MAX;
        }
        if self.faults.lack(Guard::Absence) {
            config.lost_threshold = 0;
        }
        config
    }

    /// For one connection of a host.
    pub(crate) fn session(&self) -> ServerConfig {
        let mut config = ServerConfig::DEFAULT;
        config.metadata = ProtocolMetadata {
            envoy_lost_threshold: millis(self.timing.host_lost),
            actor_stop_threshold: millis(self.timing.actor_stop),
            max_response_payload_size: self.limits.response_payload as u64,
        };
        config.ping_interval = self.timing.ping_interval;
        config.ping_timeout = self.timing.ping_timeout;
        if self.faults.lack(Guard::Pongs) {
            config.ping_timeout = Duration::MAX;
        }
        if self.faults.lack(Guard::Limits) {
            config.limits.frame *= 2;
        }
        config.acknowledged = Acknowledged::Kept;
        config.seed = crate::outside::random();
        config
    }

    pub(crate) fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|known| known == namespace)
            || self.faults.lack(Guard::Namespaces)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_the_store_is_a_part_of_the_time_that_hosts_have_and_leaves_them_half() {
        let config = Config {
            tokens: Tokens::default(),
            namespaces: Vec::new(),
            limits: Limits::default(),
            timing: Timing::default(),
            faults: Faults::default(),
        };
        for (opening, ready) in [(0, 2_500), (500, 2_000), (1_250, 1_250), (60_000, 1_250)] {
            let lifecycle = config.lifecycle(Duration::from_millis(opening));
            assert_eq!(lifecycle.ready_threshold, ready, "after {opening} ms");
        }
    }
}
