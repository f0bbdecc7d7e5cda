//! What drives the host: its connections, and what comes and goes on them.

use std::ops::RangeInclusive;
use std::time::Duration;

use envoy_protocol::session::{Disconnect, Lane, Server, ServerConfig, Transmit, negotiate};
use envoy_protocol::{Close, CloseReason, Version};

use super::gateway::Desk;
use super::net::{Item, Wire};
use super::ops::ServerVersions;
use super::pair::{FRAME, LINGER, Line, PAYLOAD, Pair};
use super::watch::{PONG, Watch};

impl Pair {
    pub(super) fn host_line(&mut self) -> Option<&mut Line> {
        let id = self.host_line?;
        self.lines.iter_mut().find(|line| line.id == id)
    }

    pub(super) fn host_receives(&mut self) -> bool {
        let now = self.now;
        let Some(line) = self.host_line() else {
            return false;
        };
        match line.down.arrived(now) {
            Some(Item::Frame(octets)) => {
                line.watch.host_hears(&octets, now);
                // A ping, at every version.
                if octets.first() == Some(&5) {
                    self.pings.push_back((now, 0));
                }
                self.host.receive(octets, now);
                true
            }
            Some(Item::Garbage(garbage)) => {
                self.host_is_garbled(garbage);
                true
            }
            Some(Item::Close(close)) => {
                self.host_is_gone(&Disconnect::Closed(close));
                true
            }
            None if line.host_learns.is_some_and(|at| at <= now) => {
                self.host_is_gone(&Disconnect::Gone);
                true
            }
            None => false,
        }
    }

    pub(super) fn host_is_gone(&mut self, how: &Disconnect) {
        let watch = self.host_line().map(|line| line.watch.clone());
        self.foresee(watch.as_ref(), how);
        self.host_line = None;
        self.pings.clear();
        self.lost_at = Some(self.now);
        self.host.disconnected(how, self.now);
        assert_eq!(
            self.host.stats().awaited,
            0,
            "expected nothing to wait for an answer that cannot come"
        );
    }

    pub(super) fn host_sends(&mut self) -> bool {
        let (now, closing) = (self.now, self.foreseen.closing);
        let Some(id) = self.host_line else {
            return false;
        };
        let Some(line) = self.lines.iter_mut().find(|line| line.id == id) else {
            return false;
        };
        if !line.up.is_free(now) {
            return false;
        }
        let Some(transmit) = self.host.poll_transmit(now) else {
            return false;
        };
        line.watch.host_says(&transmit, closing, now);
        match &transmit {
            Transmit::Frame {
                octets,
                lane: Lane::Control,
            } => {
                if octets.first() == Some(&PONG)
                    && let Some((since, frames)) = self.pings.pop_front()
                {
                    let report = &mut self.report;
                    report.worst_pong = report.worst_pong.max(now - since);
                    report.worst_pong_frames = report.worst_pong_frames.max(frames);
                }
                for (_, frames) in &mut self.pings {
                    *frames += 1;
                }
            }
            Transmit::Frame {
                lane: Lane::Bulk, ..
            } => assert!(self.pings.is_empty(), "expected no bulk while a pong waits"),
            Transmit::Close(_) => {
                // The other end has a while to say something.
                let linger = now + LINGER;
                line.host_learns = Some(line.host_learns.map_or(linger, |at| at.min(linger)));
            }
        }
        let bulk = match &transmit {
            Transmit::Frame {
                octets,
                lane: Lane::Bulk,
            } => Some(octets.clone()),
            _ => None,
        };
        let version = line.watch.asked;
        let time = line.up.put(transmit, now);
        if line.host_learns.is_some() && line.server_learns.is_some() {
            // The connection is cut already: what is written now goes nowhere.
            line.up.cut(0, now);
        }
        if let Some(octets) = bulk {
            self.report.worst_frame = self.report.worst_frame.max(time);
            self.host_asks(&octets, version, id);
        }
        true
    }

    pub(super) fn connects(&mut self) -> bool {
        let now = self.now;
        if self.connecting.is_none()
            && let Some(version) = self.host.poll_connect(now)
        {
            assert_eq!(version, self.foreseen.asked, "expected another version");
            let way = Duration::from_millis(1 + self.rng.below(20));
            self.connecting = Some((now + way, version));
            return true;
        }
        let Some((_, version)) = self.connecting.filter(|(at, _)| *at <= now) else {
            return false;
        };
        self.connecting = None;
        if now < self.outage_until {
            self.foresee(None, &Disconnect::Gone);
            self.host.disconnected(&Disconnect::Gone, now);
            return true;
        }
        self.host.connected(now);
        self.next_line += 1;
        let rate = [2_000, 10_000, 100_000, 1_000_000][usize::from(self.setup.rate) % 4];
        let latency = Duration::from_millis((self.setup.latency % 80).into());
        let mut line = Line {
            id: self.next_line,
            up: Wire::new(rate, latency, now),
            down: Wire::new(rate, latency, now),
            server: None,
            current: false,
            desk: Desk::default(),
            host_learns: None,
            server_learns: None,
            deaf_until: now,
            slow: Duration::ZERO,
            last_ping: now,
            watch: Watch::new(version, now),
        };
        if self.flaky.0 > 0 {
            self.flaky.0 -= 1;
            line.watch.cut_at = Some(now + self.flaky.1);
        }
        match negotiate(version.number(), self.spoken()) {
            Ok(version) => {
                let state = self.take_state();
                let mut config = ServerConfig::DEFAULT;
                config.seed = self.rng.number();
                config.limits.frame = FRAME;
                config.metadata.max_response_payload_size = PAYLOAD as u64;
                if self.setup.small_queues {
                    config.limits.queue = 128 << 10;
                    config.limits.inbox = 64 << 10;
                    config.limits.requests = 10;
                }
                line.watch.server_must = self.server_refuses();
                line.server = Some(Server::new(config, version, state, now, 1_700_000_000_000));
                line.current = true;
            }
            Err(refusal) => {
                let close = if self.setup.outspoken {
                    refusal.close()
                } else {
                    Close::new(CloseReason::INVALID_REQUEST)
                };
                let _time = line.down.put(Transmit::Close(close), now);
            }
        }
        self.host_line = Some(line.id);
        self.lines.push(line);
        if self.garbled.left > 0 {
            self.garbled.left -= 1;
            if self.garbled.apart {
                self.outage_until = now + Duration::from_millis(400);
            }
            self.garble(self.garbled.up, self.garbled.kind);
        }
        true
    }

    pub(super) fn spoken(&self) -> RangeInclusive<Version> {
        match self.setup.server {
            ServerVersions::V4 => Version::V4..=Version::V4,
            ServerVersions::V5 => Version::V5..=Version::V5,
            ServerVersions::Both => Version::V4..=Version::V5,
        }
    }
}
