//! What a host sends: its requests and tunnel messages, and what comes first when there is room for a frame.

use std::time::Instant;

use bytes::Bytes;

use crate::session::outbox::Encoded;
use crate::session::{Lane, OVERLOADED, RequestError, SendError, Transmit};
use crate::{Close, CloseReason, EncodeAt, Root, Version, latest};

use super::link::{Closing, Link};
use super::requests::{Database, Detail, Kind, KvKind, New, Stage, Use};
use super::tunnels::{self, TunnelKey};
use super::{Attempt, Host, HostEvent, RequestKey, TunnelEnd, Waiting, checks, close_of};

use latest::ToRivetRef;

/// What a request takes in the queue beside its octets.
const REQUEST: usize = 256;
/// The most octets of events, or of acks, in one frame, however large a frame may be.
const BATCH: usize = 256 << 10;
/// Octets of a frame around them, at most.
const FRAME: usize = 16;

impl Host {
    /// Asks something of an actor's key-value store.
    ///
    /// If the connection is lost after it was sent, a get or list ends as [`RequestError::Lost`], and everything else as
    /// [`RequestError::Indeterminate`]: another write may have come between, so that doing it again is for the
    /// caller to decide.
    pub fn kv(
        &mut self,
        actor_id: &str,
        data: latest::KvRequestDataRef<'_>,
        deadline: Instant,
    ) -> Result<RequestKey, SendError> {
        checks::kv(&data, &self.config.requests)?;
        let wire_id = self.requests.next_wire(Kind::Kv);
        let message = ToRivetRef::ToRivetKvRequest(latest::ToRivetKvRequestRef {
            actor_id,
            request_id: wire_id,
            data,
        });
        let detail = Detail::Kv(KvKind::of(&data));
        self.request(Kind::Kv, wire_id, &message, deadline, detail)
    }

    /// Reads pages of an actor's database.
    ///
    /// If the connection is lost after it was sent, it ends as [`RequestError::Lost`]: the caller builds the read anew, with
    /// the head that it knows by then.
    pub fn get_pages(
        &mut self,
        data: latest::SqliteGetPagesRequestRef<'_>,
        deadline: Instant,
    ) -> Result<RequestKey, SendError> {
        checks::pages(&data, self.config.limits.frame)?;
        let database = Database {
            actor_id: data.actor_id.to_owned(),
            generation: data.expected_generation,
        };
        self.requests.check(&database, Use::Read)?;
        let wire_id = self.requests.next_wire(Kind::Pages);
        let message = latest::ToRivetSqliteGetPagesRequestRef {
            request_id: wire_id,
            data,
        };
        let message = ToRivetRef::ToRivetSqliteGetPagesRequest(message);
        let detail = Detail::Pages(database);
        self.request(Kind::Pages, wire_id, &message, deadline, detail)
    }

    /// Commits a transaction to an actor's database.
    ///
    /// Reads of the same database that are in flight end as stale: no read is in flight across a commit. If the
    /// connection is lost after it was sent, it is sent again, unchanged, after the next init, if it carries an
    /// expected head, and until it is decided or its deadline is reached.
    pub fn commit(
        &mut self,
        data: latest::SqliteCommitRequestRef<'_>,
        attempt: Attempt,
        deadline: Instant,
    ) -> Result<RequestKey, SendError> {
        checks::commit(&data, &self.config.requests)?;
        let database = Database {
            actor_id: data.actor_id.to_owned(),
            generation: data.expected_generation,
        };
        let (usage, again) = match attempt {
            Attempt::First => (Use::Commit, false),
            Attempt::Again if data.expected_head_txid.is_some() => (Use::CommitAgain, true),
            Attempt::Again => return Err(SendError::NoExpectedHead),
        };
        self.requests.check(&database, usage)?;
        let wire_id = self.requests.next_wire(Kind::Commit);
        let message = latest::ToRivetSqliteCommitRequestRef {
            request_id: wire_id,
            data,
        };
        let message = ToRivetRef::ToRivetSqliteCommitRequest(message);
        let reads = self.requests.reads(&database);
        let detail = Detail::Commit {
            database,
            expected: data.expected_head_txid,
            again,
        };
        let key = self.request(Kind::Commit, wire_id, &message, deadline, detail)?;
        for read in reads {
            self.end_stale(read);
        }
        Ok(key)
    }

    /// Runs SQL text on the server.
    ///
    /// If the connection is lost after it was sent, it ends as [`RequestError::Indeterminate`].
    pub fn exec(
        &mut self,
        data: latest::SqliteExecRequestRef<'_>,
        deadline: Instant,
    ) -> Result<RequestKey, SendError> {
        let wire_id = self.requests.next_wire(Kind::Exec);
        let message = latest::ToRivetSqliteExecRequestRef {
            request_id: wire_id,
            data,
        };
        let message = ToRivetRef::ToRivetSqliteExecRequest(message);
        self.request(Kind::Exec, wire_id, &message, deadline, Detail::Sql)
    }

    /// Runs one SQL statement on the server.
    ///
    /// If the connection is lost after it was sent, it ends as [`RequestError::Indeterminate`].
    pub fn execute(
        &mut self,
        data: latest::SqliteExecuteRequestRef<'_>,
        deadline: Instant,
    ) -> Result<RequestKey, SendError> {
        checks::execute(&data, &self.config.requests)?;
        let wire_id = self.requests.next_wire(Kind::Execute);
        let message = latest::ToRivetSqliteExecuteRequestRef {
            request_id: wire_id,
            data,
        };
        let message = ToRivetRef::ToRivetSqliteExecuteRequest(message);
        self.request(Kind::Execute, wire_id, &message, deadline, Detail::Sql)
    }

    /// Sends a message of an open tunnelled request or WebSocket to its client. Its position is counted here.
    ///
    /// Without a connection it waits for the next. What was sent when a connection is lost may not have arrived.
    pub fn tunnel(
        &mut self,
        gateway_id: latest::GatewayId,
        request_id: latest::RequestId,
        kind: latest::ToRivetTunnelMessageKindRef<'_>,
    ) -> Result<(), SendError> {
        if self.is_closed() {
            return Err(SendError::Closed);
        }
        let key = (gateway_id, request_id);
        let Some(message_index) = self.tunnels.peek(key) else {
            return Err(SendError::NoTunnel {
                gateway_id,
                request_id,
            });
        };
        let (payload, limit) = (tunnels::payload(&kind) as u64, self.max_payload());
        if payload > limit {
            return Err(SendError::TooLarge {
                what: "octets of a payload",
                found: payload,
                limit,
            });
        }
        let frame = self.encode_tunnel(key, message_index, kind)?;
        let size = frame.octets.len() + REQUEST;
        self.outbox.check(size)?;
        self.tunnels.sent(key, &kind);
        self.queue_tunnel(key, frame);
        Ok(())
    }

    /// Tells a gateway that a tunnel has ended on this side, whatever waits.
    pub(super) fn force_tunnel(
        &mut self,
        key: TunnelKey,
        message_index: u16,
        kind: latest::ToRivetTunnelMessageKindRef<'_>,
    ) {
        // The messages that this is called with are small, and every version has them.
        if let Ok(frame) = self.encode_tunnel(key, message_index, kind) {
            self.queue_tunnel(key, frame);
        }
        // What a server can make this end say is bounded, too: it does not read what it asks for.
        if self.outbox.is_overrun()
            && let Link::Open(session) = &mut self.link
        {
            close_of(session, Close::new(OVERLOADED));
        }
    }

    fn queue_tunnel(&mut self, key: TunnelKey, frame: Encoded) {
        let size = frame.octets.len() + REQUEST;
        let number = self.next_number();
        let waiting = Waiting::Tunnel { key, frame };
        self.outbox.force(number, waiting, size);
    }

    fn encode_tunnel(
        &self,
        key: TunnelKey,
        message_index: u16,
        message_kind: latest::ToRivetTunnelMessageKindRef<'_>,
    ) -> Result<Encoded, SendError> {
        let message = latest::ToRivetTunnelMessageRef {
            message_id: latest::MessageId {
                gateway_id: key.0,
                request_id: key.1,
                message_index,
            },
            message_kind,
        };
        self.encode(&ToRivetRef::ToRivetTunnelMessage(message))
    }

    /// The most octets of events, or of acks, in one frame.
    const fn batch(&self) -> usize {
        let frame = self.config.limits.frame.saturating_sub(FRAME);
        if frame < BATCH { frame } else { BATCH }
    }

    /// Encodes a message for the present connection; without one, for the version that is asked for next.
    fn encode(&self, message: &ToRivetRef<'_>) -> Result<Encoded, SendError> {
        let version = match &self.link {
            Link::Open(session) => session.version,
            Link::Idle { asked, .. } | Link::Connecting { asked } => *asked,
            Link::Ended => Version::LATEST,
        };
        let octets = message.to_bytes_at(version)?;
        checks::most("octets of a frame", octets.len(), self.config.limits.frame)?;
        Ok(Encoded { octets, version })
    }

    fn request(
        &mut self,
        kind: Kind,
        wire_id: u32,
        message: &ToRivetRef<'_>,
        deadline: Instant,
        detail: Detail,
    ) -> Result<RequestKey, SendError> {
        if self.is_closed() {
            return Err(SendError::Closed);
        }
        let limit = self.config.limits.requests;
        checks::most("requests in flight", self.requests.len() + 1, limit)?;
        let frame = self.encode(message)?;
        let size = frame.octets.len() + REQUEST;
        self.outbox.check(size)?;
        let (key, number) = (self.requests.next_key(), self.next_number());
        let new = New {
            kind,
            wire_id,
            deadline,
            number,
            frame,
            detail,
        };
        self.requests.insert(key, new);
        self.outbox.force(number, Waiting::Request(key), size);
        Ok(key)
    }

    pub(super) fn next_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.expire(now);
        self.close_if_due();
        let batch = self.batch();
        let Link::Open(session) = &mut self.link else {
            return None;
        };
        match &session.closing {
            Closing::No => {}
            Closing::Waiting(close) => {
                let close = close.clone();
                session.closing = Closing::Sent(close.clone());
                return Some(Transmit::Close(close));
            }
            Closing::Sent(_) => return None,
        }
        let (version, number) = (session.version, session.number);
        if !session.metadata_sent {
            session.metadata_sent = true;
            let metadata = latest::ToRivet::ToRivetMetadata(self.config.metadata.clone());
            return Some(self.control(&metadata, version));
        }
        if let Some(ts) = session.pongs.pop_front() {
            return Some(self.control(
                &ToRivetRef::ToRivetPong(latest::ToRivetPong { ts }),
                version,
            ));
        }
        if !session.has_init() {
            return None;
        }
        if self.draining && !session.stopping_sent {
            session.stopping_sent = true;
            self.stopping_told = true;
            return Some(self.control(&ToRivetRef::ToRivetStopping, version));
        }
        if session.acks_due {
            let last_command_checkpoints = self.commands.take_acks(number, batch);
            if last_command_checkpoints.is_empty() {
                session.acks_due = false;
            } else {
                let acks = latest::ToRivetAckCommands {
                    last_command_checkpoints,
                };
                return Some(self.control(&latest::ToRivet::ToRivetAckCommands(acks), version));
            }
        }
        let next = self.next_bulk(version, now);
        if next.is_none() {
            self.all_is_told(now);
        }
        next
    }

    /// The next event or frame of the queue, whichever was first.
    fn next_bulk(&mut self, version: Version, now: Instant) -> Option<Transmit> {
        loop {
            let first = self.outbox.first_number();
            if let Some(event) = self.history.next_number()
                && first.is_none_or(|first| event < first)
            {
                let before = first.unwrap_or(u64::MAX);
                let events = self.history.take(before, self.batch(), now);
                // Every version has every event.
                let message = latest::ToRivet::ToRivetEvents(events);
                if let Ok(octets) = message.to_bytes_at(version) {
                    return Some(bulk(octets));
                }
                continue;
            }
            let (number, waiting) = self.outbox.pop()?;
            match waiting {
                Waiting::Request(key) => {
                    if let Some(octets) = self.send_request(key, version) {
                        return Some(bulk(octets));
                    }
                }
                Waiting::Tunnel { key, frame } => match frame.at(Root::ToRivet, version) {
                    Ok(octets) => return Some(bulk(octets)),
                    Err(error) => {
                        let _tunnel = self.tunnels.end(key);
                        let event = HostEvent::TunnelEnded {
                            gateway_id: key.0,
                            request_id: key.1,
                            why: TunnelEnd::Unsupported(error),
                        };
                        self.inbox.push(event, 0);
                    }
                },
            }
            debug_assert!(number <= self.number, "numbers are given out in order");
        }
    }

    /// The frame of a request, which is in flight from now on.
    fn send_request(&mut self, key: RequestKey, version: Version) -> Option<Bytes> {
        let pending = self.requests.get_mut(key)?;
        match pending.frame.at(Root::ToRivet, version) {
            Ok(octets) => {
                if pending.stage == Stage::WaitingAgain {
                    self.stats.resent_commits += 1;
                }
                pending.stage = Stage::Sent;
                if let Detail::Commit {
                    expected: Some(_), ..
                } = pending.detail
                {
                    // It may have to be sent again.
                    let size = pending.frame.octets.len() + REQUEST;
                    self.outbox.hold(size);
                } else {
                    pending.frame.octets = Bytes::new();
                }
                Some(octets)
            }
            Err(error) => {
                self.end_request(key, RequestError::Downgrade(error));
                None
            }
        }
    }

    /// Octets that a request keeps in the queue's account although it is not in the queue.
    pub(super) const fn held(pending: &super::requests::Pending) -> usize {
        match (&pending.detail, pending.stage) {
            (
                Detail::Commit {
                    expected: Some(_), ..
                },
                Stage::Sent,
            ) => pending.frame.octets.len() + REQUEST,
            _ => 0,
        }
    }

    /// Puts a commit into the queue again, at its old place.
    pub(super) fn queue_again(&mut self, key: RequestKey) {
        let Some(pending) = self.requests.get_mut(key) else {
            return;
        };
        let size = Self::held(pending);
        pending.stage = Stage::WaitingAgain;
        if let Detail::Commit { again, .. } = &mut pending.detail {
            *again = true;
        }
        let number = pending.number;
        self.outbox.release(size);
        self.outbox.force(number, Waiting::Request(key), size);
    }

    /// A frame of the control lane. Every version has what is sent in it; without it the connection is of no use.
    fn control(&mut self, message: &impl EncodeAt, version: Version) -> Transmit {
        if let Ok(octets) = message.to_bytes_at(version) {
            let lane = Lane::Control;
            return Transmit::Frame { octets, lane };
        }
        let close = Close::new(CloseReason::INTERNAL_ERROR);
        if let Link::Open(session) = &mut self.link {
            session.closing = Closing::Sent(close.clone());
        }
        Transmit::Close(close)
    }
}

const fn bulk(octets: Bytes) -> Transmit {
    Transmit::Frame {
        octets,
        lane: Lane::Bulk,
    }
}
