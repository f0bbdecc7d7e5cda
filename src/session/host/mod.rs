//! The end of the host: one machine that lives across connections.

mod checks;
mod commands;
mod config;
mod end;
mod event;
mod history;
mod link;
mod receive;
mod requests;
mod send;
mod tunnels;

#[cfg(test)]
mod tests;

use std::time::Instant;

use bytes::Bytes;

use crate::{Close, latest};

use super::error::millis;
use super::outbox::{Encoded, Inbox, Outbox};
use super::rng::Rng;
use super::{Backoff, SendError, Sequence, Transmit};

use commands::{Commands, Life};
use history::History;
use link::{Link, Session};
use requests::{Database, Requests};
use tunnels::Tunnels;

pub use config::{Fallback, HostConfig, HostLimits, RequestLimits};
pub use event::{
    Attempt, CommitEnd, Decided, Disconnect, HostEvent, RequestKey, Terminal, TunnelEnd,
};

/// A host: the end of a connection that runs actors, across all its connections.
///
/// See the [module](super) for how it is driven. Beside that, [`poll_connect`](Self::poll_connect) says when to make a
/// connection and at which version; the driver answers with [`connected`](Self::connected), or with
/// [`disconnected`](Self::disconnected) if there is none.
///
/// Requests take a deadline, and end exactly once, by an event, at the latest when it is reached: unless they are
/// cancelled, which is the caller's end of it.
#[derive(Debug)]
pub struct Host {
    config: HostConfig,
    rng: Rng,
    backoff: Backoff,
    link: Link,
    /// How many connections there were.
    sessions: u64,
    /// What the last init said.
    metadata: Option<latest::ProtocolMetadata>,
    /// When the actors count as lost, while there is no connection.
    lost_at: Option<Instant>,
    /// When collected commands are acknowledged.
    acks_at: Option<Instant>,
    /// Consecutive connections that ended by a frame that could not be decoded.
    strikes: u32,
    draining: bool,
    /// Some server was told that this host stops.
    stopping_told: bool,
    closing: Option<CloseWhen>,
    /// Numbers what is sent, so that events and the rest keep their order across the queues.
    number: u64,
    inbox: Inbox<HostEvent>,
    outbox: Outbox<Waiting>,
    commands: Commands,
    history: History,
    requests: Requests,
    tunnels: Tunnels,
    stats: HostStats,
}

/// What waits in the queue.
#[derive(Debug)]
enum Waiting {
    Request(RequestKey),
    Tunnel {
        key: (latest::GatewayId, latest::RequestId),
        frame: Encoded,
    },
}

/// When [`Host::close`] closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseWhen {
    /// At once.
    Now,
    /// When all that waits was sent, on a later connection if need be.
    Sent,
    /// As [`Sent`](Self::Sent), and the server has acknowledged the end of each generation that it was told, so that no
    /// server that dies now has to wait for this host. Not every server acknowledges ends:
    /// [`HostConfig::last_acks`] after the last word on a connection it is as [`Sent`](Self::Sent) alone.
    Known,
}

/// Where the two directions of a WebSocket stand that is attached again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attach {
    /// The positions of the gateway's messages.
    pub received: Sequence,
    /// The positions of the actor's messages.
    pub sent: Sequence,
}

/// What a host has seen. Counters only grow, sizes are those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HostStats {
    /// Connections that were made.
    pub connections: u64,
    /// Answers to nothing that is in flight: late ones, mostly.
    pub unknown_answers: u64,
    /// Commands that were seen before.
    pub repeated_commands: u64,
    /// Tunnel messages that were received before, or belong to nothing that is open.
    pub dropped_tunnel_messages: u64,
    /// Commits that were sent again.
    pub resent_commits: u64,
    /// Octets that wait to be sent.
    pub queued: usize,
    /// Events that are not acknowledged.
    pub unacknowledged_events: usize,
    /// Requests that have not ended.
    pub requests: usize,
    /// Those of them that were handed to the present connection.
    pub awaited: usize,
    /// Open tunnelled requests and WebSockets.
    pub tunnels: usize,
    /// Generations that are remembered.
    pub generations: usize,
    /// Generations that were forgotten early, for want of space.
    pub forgotten_generations: u64,
}

impl Host {
    /// A host that wants to connect at once.
    #[must_use]
    pub fn new(config: HostConfig, now: Instant) -> Self {
        let limits = config.limits;
        Self {
            rng: Rng::new(config.seed),
            backoff: Backoff::new(config.backoff),
            link: Link::Idle {
                asked: config.version,
                retry_at: now,
            },
            sessions: 0,
            metadata: None,
            lost_at: None,
            acks_at: None,
            strikes: 0,
            draining: false,
            stopping_told: false,
            closing: None,
            number: 0,
            inbox: Inbox::new(limits.inbox),
            outbox: Outbox::new(limits.queue),
            commands: Commands::new(limits.tombstones),
            history: History::default(),
            requests: Requests::default(),
            tunnels: Tunnels::new(limits.tunnels),
            stats: HostStats::default(),
            config,
        }
    }

    /// What the host was told when it was made.
    #[must_use]
    pub const fn config(&self) -> &HostConfig {
        &self.config
    }

    /// What the host has seen.
    #[must_use]
    pub fn stats(&self) -> HostStats {
        HostStats {
            queued: self.outbox.held(),
            unacknowledged_events: self.history.len(),
            requests: self.requests.len(),
            awaited: self.requests.awaited(),
            tunnels: self.tunnels.len(),
            generations: self.commands.len(),
            forgotten_generations: self.commands.forgotten,
            ..self.stats
        }
    }

    /// What happened next, if anything did.
    pub fn poll_event(&mut self) -> Option<HostEvent> {
        let room = self.outbox.has_room_again();
        if self.history.has_room_again(self.config.limits.history) || room {
            self.inbox.push(HostEvent::Room, 0);
        }
        self.inbox.pop()
    }

    /// Tells the server that this host stops, now and on every later connection. It stops the actors, each by a command,
    /// and the host goes on connecting until it is [closed](Self::close).
    pub const fn drain(&mut self) {
        self.draining = true;
    }

    /// Makes the next attempt to connect due at once, where one is waited for: for a host that is about to end, and has
    /// no time to wait its turn. The waits after it are as long as they would have been.
    pub fn connect_now(&mut self, now: Instant) {
        if let Link::Idle { retry_at, .. } = &mut self.link {
            *retry_at = now.min(*retry_at);
        }
    }

    /// Ends the host. Requests end as they do when a connection is lost.
    pub fn close(&mut self, when: CloseWhen) {
        if self.closing != Some(CloseWhen::Now) {
            self.closing = Some(when);
        }
        self.close_if_due();
    }

    /// Sends what the host is and can run again, in place of what its config says.
    pub fn set_metadata(&mut self, metadata: latest::ToRivetMetadata) {
        self.config.metadata = metadata;
        if let Link::Open(session) = &mut self.link {
            session.metadata_sent = false;
        }
    }

    /// Registers a generation whose start did not come as a command on a connection: a serverless start.
    ///
    /// `checkpoint` is that of the start, which needs no ack: no connection brings it again.
    pub fn adopt(&mut self, checkpoint: &latest::ActorCheckpoint) {
        let checkpoint = latest::ActorCheckpointRef {
            actor_id: &checkpoint.actor_id,
            generation: checkpoint.generation,
            index: checkpoint.index,
        };
        self.commands.adopt(&checkpoint, self.sessions);
        self.history
            .started(checkpoint.actor_id, checkpoint.generation);
    }

    /// Reports what an actor did. The event gets the next index of its generation, and is sent until the server has it.
    ///
    /// A generation's last event says that it stopped.
    pub fn event(
        &mut self,
        actor_id: &str,
        generation: u32,
        event: latest::Event,
    ) -> Result<(), SendError> {
        if self.is_closed() {
            return Err(SendError::Closed);
        }
        let (actor, unknown) = (|| actor_id.to_owned(), generation);
        match self.commands.life(actor_id, generation) {
            Some(Life::Started | Life::Unknown) => {}
            Some(Life::Ended) => {
                return Err(SendError::GenerationEnded {
                    actor_id: actor(),
                    generation,
                });
            }
            None => {
                return Err(SendError::UnknownGeneration {
                    actor_id: actor(),
                    generation: unknown,
                });
            }
        }
        checks::event(actor_id, &event, self.config.limits.frame)?;
        if !matches!(event, latest::Event::EventActorStateUpdate(_)) {
            self.history.check(self.config.limits.history)?;
        }
        if history::is_stopped(&event) {
            self.commands.end(actor_id, generation);
        }
        let number = self.next_number();
        self.history.push(number, actor_id, generation, event);
        Ok(())
    }

    /// Takes back the alarms of a generation that were not sent yet, and says how many: for a generation that ends by an
    /// error, whose alarm is to stay as it is.
    pub fn drop_unsent_alarms(&mut self, actor_id: &str, generation: u32) -> usize {
        self.history.drop_unsent_alarms(actor_id, generation)
    }

    /// Starts a new epoch for a database: reads in flight end as stale at once, and their answers do not count.
    pub fn new_epoch(&mut self, actor_id: &str, generation: Option<u64>) {
        let database = Database {
            actor_id: actor_id.to_owned(),
            generation,
        };
        for key in self.requests.reads(&database) {
            self.end_stale(key);
        }
    }

    /// Forgets a database: what is in flight for it is cancelled, and what is unresolved stays so.
    ///
    /// For a handle that closes, and waits for nothing.
    pub fn forget_database(&mut self, actor_id: &str, generation: Option<u64>) {
        let database = Database {
            actor_id: actor_id.to_owned(),
            generation,
        };
        for key in self.requests.of_database(&database) {
            self.cancel(key);
        }
        self.requests.forget(&database);
    }

    /// Cancels a request: it ends with this call, and not by an event, but for one that is waiting to be taken already. It
    /// is not sent if it was not yet. A commit that was sent leaves its database unresolved.
    pub fn cancel(&mut self, request: RequestKey) {
        let Some(pending) = self.take_request(request) else {
            return;
        };
        if let requests::Detail::Commit {
            database, again, ..
        } = pending.detail
            && (again || pending.stage != requests::Stage::Waiting)
        {
            self.requests.set_unresolved(database);
        }
    }

    /// Opens a WebSocket again whose client was kept connected while its actor slept, as its start command lists it.
    ///
    /// To be called before the actor reports that it runs: the gateway sends from then on.
    pub fn attach_websocket(&mut self, request: latest::HibernatingRequest, attach: Attach) {
        let key = (request.gateway_id, request.request_id);
        self.tunnels.attach(key, attach.received, attach.sent);
    }

    /// A connection is open, at the version that [`poll_connect`](Self::poll_connect) gave.
    pub fn connected(&mut self, now: Instant) {
        let Link::Connecting { asked } = self.link else {
            return;
        };
        self.sessions += 1;
        self.stats.connections += 1;
        self.history.rewind();
        self.link = Link::Open(Session::new(asked, self.sessions, now));
    }

    /// What to send next. It counts as sent.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        #[cfg(feature = "faults")]
        if self.config.without_tombstones {
            self.commands.forget_done();
        }
        self.next_transmit(now)
    }

    /// Takes in one binary WebSocket message.
    pub fn receive(&mut self, octets: Bytes, now: Instant) {
        self.receive_frame(octets, now);
    }

    /// Octets of a message that is not whole yet have come: the server is not silent, however long it takes.
    pub const fn heard(&mut self, now: Instant) {
        if let Link::Open(session) = &mut self.link {
            session.heard = now;
        }
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn is_closed(&self) -> bool {
        matches!(self.link, Link::Ended) || self.closing.is_some()
    }

    /// The most octets of a tunnel message's payload.
    fn max_payload(&self) -> u64 {
        self.metadata.map_or(DEFAULT_PAYLOAD, |metadata| {
            metadata.max_response_payload_size
        })
    }

    fn lost_threshold(&self) -> std::time::Duration {
        self.metadata
            .map_or(self.config.lost_threshold, |metadata| {
                millis(metadata.envoy_lost_threshold)
            })
    }
}

/// What a Rivet engine says in its init.
const DEFAULT_PAYLOAD: u64 = 20 << 20;

/// What a session does that has to be closed.
fn close_of(session: &mut Session, close: Close) {
    if matches!(session.closing, link::Closing::No) {
        session.closing = link::Closing::Waiting(close);
    }
}
