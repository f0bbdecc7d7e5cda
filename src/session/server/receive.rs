//! What a server receives.

use std::time::Instant;

use bare::{DecodeErrorKind, Encode as _, IntoOwned as _};
use bytes::Bytes;

use crate::session::{
    CommitRequest, ExecRequest, ExecuteRequest, FromHost, GetPagesRequest, KvRequest, OVERLOADED,
};
use crate::{Close, CloseReason, EncodeAt as _, Versioned as _, latest};

use super::event::{Asked, Kind};
use super::state::Novelty;
use super::{Closing, Server, ServerEvent};

use latest::{ToEnvoyRef, ToRivetRef};

/// How long a connection lives to show that both ends understand each other.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(10);

impl Server {
    /// Takes in one binary WebSocket message.
    pub fn receive(&mut self, octets: Bytes, now: Instant) {
        if !matches!(self.closing, Closing::No) {
            return;
        }
        let size = octets.len();
        let limits = self.config.limits.decode();
        let arena = self.arenas.lease();
        let frame = match latest::ToRivet::frame_at(self.version, octets, arena, &limits) {
            Ok(frame) => frame,
            Err(error) => {
                self.invalid(error, now);
                return;
            }
        };
        match frame.get() {
            ToRivetRef::ToRivetMetadata(metadata) => {
                let event = ServerEvent::Metadata((*metadata).into_owned());
                self.inbox.push(event, size);
            }
            ToRivetRef::ToRivetEvents(events) => self.events(events, now),
            ToRivetRef::ToRivetAckCommands(acks) => {
                for checkpoint in acks.last_command_checkpoints {
                    if self.state.ack(checkpoint, self.config.acknowledged) {
                        let checkpoint = (*checkpoint).into_owned();
                        self.inbox.push(ServerEvent::CommandsAcked(checkpoint), 0);
                    }
                }
            }
            ToRivetRef::ToRivetStopping => {
                if !std::mem::replace(&mut self.stopping, true) {
                    self.inbox.push(ServerEvent::Stopping, 0);
                }
            }
            ToRivetRef::ToRivetPong(pong) => {
                let ts = pong.ts;
                self.pong(ts, now);
            }
            ToRivetRef::ToRivetKvRequest(request) => {
                let asked = Asked::new(Kind::Kv, request.request_id);
                if self.admit(asked, size) {
                    self.push(KvRequest::new(frame).map(ServerEvent::Kv), size);
                }
            }
            ToRivetRef::ToRivetSqliteGetPagesRequest(request) => {
                let asked = Asked::new(Kind::Pages, request.request_id);
                if self.admit(asked, size) {
                    self.push(GetPagesRequest::new(frame).map(ServerEvent::GetPages), size);
                }
            }
            ToRivetRef::ToRivetSqliteCommitRequest(request) => {
                let asked = Asked::new(Kind::Commit, request.request_id);
                if self.admit(asked, size) {
                    self.push(CommitRequest::new(frame).map(ServerEvent::Commit), size);
                }
            }
            ToRivetRef::ToRivetSqliteExecRequest(request) => {
                let asked = Asked::new(Kind::Exec, request.request_id);
                if self.admit(asked, size) {
                    self.push(ExecRequest::new(frame).map(ServerEvent::Exec), size);
                }
            }
            ToRivetRef::ToRivetSqliteExecuteRequest(request) => {
                let asked = Asked::new(Kind::Execute, request.request_id);
                if self.admit(asked, size) {
                    self.push(ExecuteRequest::new(frame).map(ServerEvent::Execute), size);
                }
            }
            ToRivetRef::ToRivetTunnelMessage(message) => {
                let id = message.message_id;
                let payload = payload(&message.message_kind) as u64;
                let limit = self.config.metadata.max_response_payload_size;
                if payload > limit {
                    let event = ServerEvent::TunnelTooLarge {
                        message: id,
                        found: payload,
                        limit,
                    };
                    self.inbox.push(event, 0);
                    self.close(Close::new(CloseReason::MESSAGE_TOO_LARGE));
                } else if self.inbox.is_full_for(size) {
                    self.inbox.push(ServerEvent::TunnelRefused(id), 0);
                } else {
                    self.push(FromHost::new(frame).map(ServerEvent::Tunnel), size);
                }
            }
        }
        if self.inbox.is_overrun() {
            self.close(Close::new(OVERLOADED));
        }
    }

    fn push(&mut self, event: Option<ServerEvent>, size: usize) {
        if let Some(event) = event {
            self.inbox.push(event, size);
        }
    }

    fn invalid(&mut self, error: crate::InvalidMessage, now: Instant) {
        if let DecodeErrorKind::MessageTooLarge { .. } = error.error.kind() {
            self.close(Close::new(CloseReason::MESSAGE_TOO_LARGE));
        } else {
            if now.saturating_duration_since(self.since) >= SETTLED {
                self.state.settled();
            }
            self.state.strike();
            self.close(Close::new(CloseReason::INVALID_MESSAGE));
        }
        self.inbox.push(ServerEvent::InvalidMessage(error), 0);
    }

    fn events(&mut self, events: latest::ToRivetEventsRef<'_>, now: Instant) {
        for event in events {
            match self.state.receive(event) {
                Novelty::New => {
                    let octets = event.encoded_len();
                    let event: latest::EventWrapper = (*event).into_owned();
                    self.inbox.push(ServerEvent::Event(event), octets);
                }
                Novelty::Old => {
                    self.stats.repeated_events += 1;
                    // The host does not know that it was applied.
                    if self.acks_at.is_none() {
                        let delay = self.config.event_ack_delay;
                        self.acks_at = delay.and_then(|delay| now.checked_add(delay));
                    }
                }
                Novelty::Refused => {
                    self.close(Close::new(OVERLOADED));
                    return;
                }
            }
        }
    }

    fn pong(&mut self, ts: i64, now: Instant) {
        let Some(sent) = self.pings.remove(&ts) else {
            self.stats.unknown_pongs += 1;
            return;
        };
        // Older pings have been lost on the way or overtaken: what counts is that the host lives.
        self.pings.retain(|older, _| *older > ts);
        self.alive = now;
        if now.saturating_duration_since(self.since) >= SETTLED {
            self.state.settled();
        }
        let round_trip = now.saturating_duration_since(sent);
        self.stats.round_trip = Some(round_trip);
        self.inbox.push(ServerEvent::Pong { round_trip }, 0);
    }

    /// Whether there is room for a request. If there is not, it is answered: nothing was done, and the host may try
    /// again.
    fn admit(&mut self, asked: Asked, size: usize) -> bool {
        if self.asked_len < self.config.limits.requests && !self.inbox.is_full_for(size) {
            *self.asked.entry(asked).or_default() += 1;
            self.asked_len += 1;
            return true;
        }
        self.stats.refused_requests += 1;
        let request_id = asked.id;
        let message =
            "the server has too much to do; nothing was done, and the request can be sent again";
        let error = latest::SqliteErrorResponseRef {
            group: "ws",
            code: "overloaded",
            message,
        };
        let answer = match asked.kind {
            Kind::Kv => ToEnvoyRef::ToEnvoyKvResponse(latest::ToEnvoyKvResponseRef {
                request_id,
                data: latest::KvResponseDataRef::KvErrorResponse(latest::KvErrorResponseRef {
                    message,
                }),
            }),
            Kind::Pages => ToEnvoyRef::ToEnvoySqliteGetPagesResponse(
                latest::ToEnvoySqliteGetPagesResponseRef {
                    request_id,
                    data: latest::SqliteGetPagesResponseRef::SqliteErrorResponse(error),
                },
            ),
            Kind::Commit => {
                ToEnvoyRef::ToEnvoySqliteCommitResponse(latest::ToEnvoySqliteCommitResponseRef {
                    request_id,
                    data: latest::SqliteCommitResponseRef::SqliteErrorResponse(error),
                })
            }
            Kind::Exec => {
                ToEnvoyRef::ToEnvoySqliteExecResponse(latest::ToEnvoySqliteExecResponseRef {
                    request_id,
                    data: latest::SqliteExecResponseRef::SqliteErrorResponse(error),
                })
            }
            Kind::Execute => {
                ToEnvoyRef::ToEnvoySqliteExecuteResponse(latest::ToEnvoySqliteExecuteResponseRef {
                    request_id,
                    data: latest::SqliteExecuteResponseRef::SqliteErrorResponse(error),
                })
            }
        };
        // What a host can make the server say is bounded, or it is closed: it does not read what it asks for.
        match answer.to_bytes_at(self.version) {
            Ok(octets) if self.outbox.check(octets.len()).is_ok() => self.queue(octets),
            _ => self.close(Close::new(OVERLOADED)),
        }
        false
    }
}

/// The octets of a tunnel message's own payload.
fn payload(kind: &latest::ToRivetTunnelMessageKindRef<'_>) -> usize {
    use latest::ToRivetTunnelMessageKindRef as Kind;
    match kind {
        Kind::ToRivetResponseStart(start) => start.body.map_or(0, <[u8]>::len),
        Kind::ToRivetResponseChunk(chunk) => chunk.body.len(),
        Kind::ToRivetWebSocketMessage(message) => message.data.len(),
        Kind::ToRivetResponseAbort
        | Kind::ToRivetWebSocketOpen(_)
        | Kind::ToRivetWebSocketMessageAck(_)
        | Kind::ToRivetWebSocketClose(_) => 0,
    }
}
