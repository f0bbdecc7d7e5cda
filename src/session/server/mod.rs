//! The end of the server: one machine for each connection, and what outlives it.

mod config;
mod event;
mod receive;
mod state;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bare::ArenaPool;
use bytes::Bytes;

use crate::{Close, CloseReason, EncodeAt, Version, latest};

use super::outbox::{Inbox, Outbox};
use super::rng::Rng;
use super::{Lane, SendError, Transmit};

use event::Asked;

pub use config::{Acknowledged, ServerConfig, ServerLimits};
pub use event::{Answer, ServerEvent};
pub use state::{EnvoySnapshot, EnvoyState, RestoreError, StoredCommand, StoredEvents, StoredLife};

/// One connection at the server.
///
/// See the [module](super) for how it is driven. The gateway makes it when a host has connected and its version was
/// [negotiated](super::negotiate), with the [`EnvoyState`] of that host; if the host has another connection, that one is
/// [evicted](Self::evict) first, which is where the state comes from.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    version: Version,
    rng: Rng,
    state: EnvoyState,
    arenas: ArenaPool,
    since: Instant,
    /// The server's clock when the connection began: milliseconds since the Unix epoch.
    since_ms: i64,
    opening: Opening,
    /// Commands of now, which wait to be sent.
    commands: Vec<latest::CommandWrapper>,
    /// When to acknowledge events.
    acks_at: Option<Instant>,
    acks_due: bool,
    ping_at: Instant,
    ping_due: bool,
    last_ping: i64,
    /// Pings without a pong: what they said, and when they went out.
    pings: BTreeMap<i64, Instant>,
    /// When the host last showed that it lives.
    alive: Instant,
    stopping: bool,
    closing: Closing,
    /// Numbers what is sent.
    number: u64,
    inbox: Inbox<ServerEvent>,
    outbox: Outbox<Bytes>,
    asked: BTreeMap<Asked, u32>,
    asked_len: usize,
    stats: ServerStats,
}

/// What has been sent of a connection's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Nothing.
    Init,
    /// The init. The commands that the host may have missed are next.
    Missed,
    /// Both.
    Done,
}

#[derive(Debug)]
enum Closing {
    No,
    Waiting(Close),
    Sent,
}

/// What a connection has seen. Counters only grow, sizes are those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ServerStats {
    /// Answers to nothing that was asked.
    pub unknown_answers: u64,
    /// Pongs to no ping in flight.
    pub unknown_pongs: u64,
    /// Events that were seen before.
    pub repeated_events: u64,
    /// Requests that were answered by an error for want of space.
    pub refused_requests: u64,
    /// The last round trip of ping and pong.
    pub round_trip: Option<Duration>,
    /// Octets that wait to be sent.
    pub queued: usize,
    /// Requests of the host without an answer.
    pub requests: usize,
}

/// Arenas that a connection keeps for its frames.
const ARENAS: usize = 32;
/// What an answer takes in the queue beside its octets.
const ANSWER: usize = 64;
/// The most octets of acks in one frame, however large a frame may be.
const BATCH: usize = 256 << 10;
/// How many pings are remembered to tell their round trip.
const PINGS: usize = 16;
/// How long a connection lives until the host has certainly sent again what it had.
const WHOLE: Duration = Duration::from_secs(10);

impl Server {
    /// A connection that was just made. `unix_ms` is the server's clock now: milliseconds since the Unix epoch.
    #[must_use]
    pub fn new(
        config: ServerConfig,
        version: Version,
        mut state: EnvoyState,
        now: Instant,
        unix_ms: i64,
    ) -> Self {
        let closing = if state.is_incompatible() {
            Closing::Waiting(Close::new(CloseReason::INVALID_MESSAGE))
        } else {
            Closing::No
        };
        state.connected();
        Self {
            rng: Rng::new(config.seed),
            version,
            state,
            arenas: ArenaPool::new(ARENAS),
            since: now,
            since_ms: unix_ms,
            opening: Opening::Init,
            commands: Vec::new(),
            acks_at: None,
            acks_due: false,
            ping_at: now,
            ping_due: true,
            last_ping: i64::MIN,
            pings: BTreeMap::new(),
            alive: now,
            stopping: false,
            closing,
            number: 0,
            inbox: Inbox::new(config.limits.inbox),
            outbox: Outbox::new(config.limits.queue),
            asked: BTreeMap::new(),
            asked_len: 0,
            stats: ServerStats::default(),
            config,
        }
    }

    /// The version of the connection.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What is kept of the host.
    #[must_use]
    pub const fn state(&self) -> &EnvoyState {
        &self.state
    }

    /// What the connection has seen.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        ServerStats {
            queued: self.outbox.held(),
            requests: self.asked_len,
            ..self.stats
        }
    }

    /// What happened next, if anything did.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        if self.outbox.has_room_again() {
            self.inbox.push(ServerEvent::Room, 0);
        }
        self.inbox.pop()
    }

    /// Sends a command. It is part of the state until the host acknowledges it.
    pub fn command(
        &mut self,
        actor_id: &str,
        generation: u32,
        command: latest::Command,
    ) -> latest::ActorCheckpoint {
        let checkpoint = self.state.command(actor_id, generation, command.clone());
        // Before the missed commands were sent, it is one of them.
        if self.opening == Opening::Done {
            self.commands.push(latest::CommandWrapper {
                checkpoint: checkpoint.clone(),
                inner: command,
            });
        }
        checkpoint
    }

    /// Answers a request: by a [`latest::ToEnvoy`] or its borrowed form, with the id of the request.
    ///
    /// One that nobody waits for is [`SendError::NotAsked`]. One that cannot be sent leaves the request unanswered: the
    /// caller answers by an error then.
    pub fn answer(&mut self, answer: &impl Answer) -> Result<(), SendError> {
        let asked = answer.asked().ok_or(SendError::NotAnAnswer)?;
        if !self.asked.contains_key(&asked) {
            self.stats.unknown_answers += 1;
            return Err(SendError::NotAsked {
                request_id: asked.id,
            });
        }
        let octets = self.encode(answer)?;
        self.outbox.check(octets.len() + ANSWER)?;
        self.queue(octets);
        self.answered(asked);
        Ok(())
    }

    /// Sends a message of a gateway, which counts its positions: they go on across connections. See
    /// [`Sequence`](super::Sequence).
    pub fn tunnel(
        &mut self,
        message: latest::ToEnvoyTunnelMessageRef<'_>,
    ) -> Result<(), SendError> {
        let octets = self.encode(&latest::ToEnvoyRef::ToEnvoyTunnelMessage(message))?;
        self.outbox.check(octets.len() + ANSWER)?;
        self.queue(octets);
        Ok(())
    }

    /// The events of a generation are dealt with, up to this one: they need not come again, and are acknowledged.
    ///
    /// That is done at once for the event that says that the generation has stopped, and where more than
    /// [`ServerConfig::event_ack_batch`] wait for it; for fewer it takes [`ServerConfig::event_ack_delay`].
    pub fn events_applied(&mut self, checkpoint: &latest::ActorCheckpoint, now: Instant) {
        self.state.applied(checkpoint);
        if self
            .state
            .is_ack_due(checkpoint, self.config.event_ack_batch)
        {
            self.acks_due = true;
        } else if self.acks_at.is_none() {
            let delay = self.config.event_ack_delay;
            self.acks_at = delay.and_then(|delay| now.checked_add(delay));
        }
    }

    /// It is stored that the host has acknowledged commands: see [`EnvoyState::acks_stored`].
    pub fn acks_stored(&mut self, checkpoint: &latest::ActorCheckpoint) {
        self.state.acks_stored(checkpoint);
    }

    /// Forgets a generation that was given up and that another one has followed: see [`EnvoyState::forget`].
    pub fn forget(&mut self, actor_id: &str, generation: u32) {
        self.state.forget(actor_id, generation);
    }

    /// Closes the connection. The first reason counts.
    pub fn close(&mut self, close: Close) {
        if matches!(self.closing, Closing::No) {
            self.closing = Closing::Waiting(close);
        }
    }

    /// Closes the connection because the same host has another one, and hands over what is kept of the host.
    ///
    /// What was received and not looked at is discarded; what still runs for this connection has to end before the first
    /// request of the other one is looked at.
    pub fn evict(&mut self, now: Instant) -> EnvoyState {
        self.close(Close::new(CloseReason::EVICTION));
        self.inbox.clear();
        self.asked.clear();
        self.asked_len = 0;
        self.leave(now)
    }

    /// The connection has ended: hands over what is kept of the host.
    #[must_use]
    pub fn into_state(mut self, now: Instant) -> EnvoyState {
        self.leave(now)
    }

    /// The time of the next [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if !matches!(self.closing, Closing::No) {
            return None;
        }
        let ping = (!self.ping_due).then_some(self.ping_at);
        let timeout = self.alive.checked_add(self.config.ping_timeout);
        [ping, timeout, self.acks_at].into_iter().flatten().min()
    }

    /// Does what is due by now. Before its time it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.ping_at <= now {
            self.ping_due = true;
        }
        if self.acks_at.is_some_and(|at| at <= now) {
            self.acks_at = None;
            self.acks_due = true;
        }
        let timeout = self.alive.checked_add(self.config.ping_timeout);
        if timeout.is_some_and(|at| at <= now) {
            self.close(Close::new(CloseReason::TIMED_OUT));
        }
    }

    /// What to send next. It counts as sent.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match &self.closing {
            Closing::No => {}
            Closing::Waiting(close) => {
                let close = close.clone();
                self.closing = Closing::Sent;
                return Some(Transmit::Close(close));
            }
            Closing::Sent => return None,
        }
        if self.opening == Opening::Init {
            self.opening = Opening::Missed;
            let init = latest::ToEnvoyInit {
                metadata: self.config.metadata,
            };
            return Some(self.control(&latest::ToEnvoyRef::ToEnvoyInit(init)));
        }
        if self.opening == Opening::Missed {
            self.opening = Opening::Done;
            self.commands = self.state.unacknowledged().collect();
        }
        if !self.commands.is_empty() {
            let commands = self.next_commands();
            return Some(self.control(&latest::ToEnvoy::ToEnvoyCommands(commands)));
        }
        if self.ping_due {
            let ts = self.next_ping(now);
            return Some(
                self.control(&latest::ToEnvoyRef::ToEnvoyPing(latest::ToEnvoyPing { ts })),
            );
        }
        if self.acks_due {
            let frame = self.config.limits.frame.saturating_sub(FRAME);
            let last_event_checkpoints = self.state.take_acks(frame.min(BATCH));
            if last_event_checkpoints.is_empty() {
                self.acks_due = false;
            } else {
                let acks = latest::ToEnvoyAckEvents {
                    last_event_checkpoints,
                };
                return Some(self.control(&latest::ToEnvoy::ToEnvoyAckEvents(acks)));
            }
        }
        let (_, octets) = self.outbox.pop()?;
        Some(Transmit::Frame {
            octets,
            lane: Lane::Bulk,
        })
    }

    /// As many of the commands that wait as fit into a frame, but one at the least: all of them, as a rule.
    fn next_commands(&mut self) -> Vec<latest::CommandWrapper> {
        use bare::Encode as _;
        let mut left = self.config.limits.frame.saturating_sub(FRAME);
        let fits = self.commands.iter().take_while(|command| {
            let size = command.encoded_len();
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        });
        let count = fits.count().max(1);
        let rest = self.commands.split_off(count);
        std::mem::replace(&mut self.commands, rest)
    }

    fn next_ping(&mut self, now: Instant) -> i64 {
        self.ping_due = false;
        let jitter = u64::try_from(self.config.ping_jitter.as_nanos()).unwrap_or(u64::MAX);
        let jitter = match jitter.checked_add(1) {
            Some(modulus) => self.rng.next() % modulus,
            None => self.rng.next(),
        };
        let wait = self
            .config
            .ping_interval
            .saturating_add(Duration::from_nanos(jitter));
        self.ping_at = now.checked_add(wait).unwrap_or(now);
        let elapsed = now.saturating_duration_since(self.since).as_millis();
        let clock = self
            .since_ms
            .saturating_add(i64::try_from(elapsed).unwrap_or(i64::MAX));
        // The pong repeats it, so that it also says which ping it answers.
        let ts = clock.max(self.last_ping.saturating_add(1));
        self.last_ping = ts;
        self.pings.insert(ts, now);
        if self.pings.len() > PINGS {
            self.pings.pop_first();
        }
        ts
    }

    fn encode(&self, message: &impl EncodeAt) -> Result<Bytes, SendError> {
        if !matches!(self.closing, Closing::No) {
            return Err(SendError::Closed);
        }
        let octets = message.to_bytes_at(self.version)?;
        let limit = self.config.limits.frame;
        if octets.len() > limit {
            return Err(SendError::TooLarge {
                what: "octets of a frame",
                found: octets.len() as u64,
                limit: limit as u64,
            });
        }
        Ok(octets)
    }

    fn queue(&mut self, octets: Bytes) {
        self.number += 1;
        let size = octets.len() + ANSWER;
        self.outbox.force(self.number, octets, size);
    }

    fn answered(&mut self, asked: Asked) {
        if let Some(count) = self.asked.get_mut(&asked) {
            *count -= 1;
            self.asked_len -= 1;
            if *count == 0 {
                self.asked.remove(&asked);
            }
        }
    }

    /// A frame of the control lane. Every version has what is sent in it; without it the connection is of no use.
    fn control(&mut self, message: &impl EncodeAt) -> Transmit {
        if let Ok(octets) = message.to_bytes_at(self.version) {
            let lane = Lane::Control;
            return Transmit::Frame { octets, lane };
        }
        self.closing = Closing::Sent;
        Transmit::Close(Close::new(CloseReason::INTERNAL_ERROR))
    }

    fn leave(&mut self, now: Instant) -> EnvoyState {
        let mut state = self.state.take();
        let lived = now.saturating_duration_since(self.since);
        state.disconnected(self.opening == Opening::Done && lived >= WHOLE);
        state
    }
}

/// Octets of a frame around its commands, at most.
const FRAME: usize = 16;
