//! What a host receives.

use std::time::Instant;

use bare::{DecodeErrorKind, Encode as _, Frame, IntoOwned as _};
use bytes::Bytes;

use crate::session::{OVERLOADED, ToHost};
use crate::{Close, CloseReason, Versioned as _, latest};

use super::link::{Link, Progress};
use super::requests::Kind;
use super::tunnels::{TunnelKey, TunnelKind, Verdict};
use super::{Host, HostEvent, TunnelEnd, close_of};

use latest::{ToEnvoyRef, ToRivetTunnelMessageKindRef as ToGateway};

/// Pings that wait to be answered. A server sends one every few seconds; of more than this the oldest is dropped.
const PONGS: usize = 16;

impl Host {
    pub(super) fn receive_frame(&mut self, octets: Bytes, now: Instant) {
        let Link::Open(session) = &mut self.link else {
            return;
        };
        if session.is_closing() {
            return;
        }
        session.heard = now;
        let limits = self.config.limits.decode();
        let (version, size) = (session.version, octets.len());
        let arena = session.arenas.lease();
        let frame = match latest::ToEnvoy::frame_at(version, octets, arena, &limits) {
            Ok(frame) => frame,
            Err(error) => {
                let close = match error.error.kind() {
                    DecodeErrorKind::MessageTooLarge { .. } => {
                        Close::new(CloseReason::MESSAGE_TOO_LARGE)
                    }
                    _ => Close::new(CloseReason::INVALID_MESSAGE),
                };
                close_of(session, close);
                self.inbox.push(HostEvent::InvalidMessage(error), 0);
                return;
            }
        };
        match frame.get() {
            ToEnvoyRef::ToEnvoyPing(ping) => {
                let ts = ping.ts;
                self.ping(ts, now);
            }
            ToEnvoyRef::ToEnvoyInit(init) => {
                let metadata = init.metadata;
                self.init(metadata);
            }
            ToEnvoyRef::ToEnvoyCommands(commands) => self.commands(commands, now),
            ToEnvoyRef::ToEnvoyAckEvents(acks) => {
                for checkpoint in acks.last_event_checkpoints {
                    self.history
                        .ack(checkpoint.actor_id, checkpoint.generation, checkpoint.index);
                }
            }
            ToEnvoyRef::ToEnvoyTunnelMessage(message) => {
                let verdict = self.tunnel_verdict(message, size);
                let id = message.message_id;
                self.tunnel_message(frame, id, verdict);
            }
            ToEnvoyRef::ToEnvoyKvResponse(answer) => {
                let id = answer.request_id;
                self.answer(Kind::Kv, id, frame);
            }
            ToEnvoyRef::ToEnvoySqliteGetPagesResponse(answer) => {
                let id = answer.request_id;
                self.answer(Kind::Pages, id, frame);
            }
            ToEnvoyRef::ToEnvoySqliteCommitResponse(answer) => {
                let id = answer.request_id;
                self.answer(Kind::Commit, id, frame);
            }
            ToEnvoyRef::ToEnvoySqliteExecResponse(answer) => {
                let id = answer.request_id;
                self.answer(Kind::Exec, id, frame);
            }
            ToEnvoyRef::ToEnvoySqliteExecuteResponse(answer) => {
                let id = answer.request_id;
                self.answer(Kind::Execute, id, frame);
            }
        }
        if self.inbox.is_overrun()
            && let Link::Open(session) = &mut self.link
        {
            close_of(session, Close::new(OVERLOADED));
        }
    }

    fn ping(&mut self, ts: i64, now: Instant) {
        let Link::Open(session) = &mut self.link else {
            return;
        };
        if session.pongs.len() == PONGS {
            session.pongs.pop_front();
        }
        session.pongs.push_back(ts);
        if session.progress == Progress::Init {
            session.progress = Progress::Cycled;
            self.commands.cycle(session.number);
        }
        self.history.alive(now, self.config.settle);
    }

    fn init(&mut self, metadata: latest::ProtocolMetadata) {
        let Link::Open(session) = &mut self.link else {
            return;
        };
        let (version, number) = (session.version, session.number);
        self.metadata = Some(metadata);
        if session.has_init() {
            return;
        }
        session.progress = Progress::Init;
        self.lost_at = None;
        let event = HostEvent::Init {
            version,
            session: number,
            metadata,
        };
        self.inbox.push(event, 0);
    }

    fn commands(&mut self, commands: latest::ToEnvoyCommandsRef<'_>, now: Instant) {
        for command in commands {
            let start = matches!(command.inner, latest::CommandRef::CommandStartActor(_));
            let checkpoint = &command.checkpoint;
            if self.acks_at.is_none() {
                self.acks_at = now.checked_add(self.config.ack_delay);
            }
            if !self.commands.receive(checkpoint, start) {
                self.stats.repeated_commands += 1;
                continue;
            }
            if start {
                self.history
                    .started(checkpoint.actor_id, checkpoint.generation);
            }
            let octets = command.encoded_len();
            let command: latest::CommandWrapper = (*command).into_owned();
            self.inbox.push(HostEvent::Command(command), octets);
        }
    }

    fn tunnel_verdict(
        &mut self,
        message: &latest::ToEnvoyTunnelMessageRef<'_>,
        size: usize,
    ) -> Verdict {
        let verdict = self.tunnels.receive(message);
        let last = matches!(
            message.message_kind,
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestAbort
                | latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketClose(_)
        );
        match verdict {
            Verdict::Take | Verdict::TakeReplacing if !last && self.inbox.is_full_for(size) => {
                let id = message.message_id;
                match self.tunnels.end((id.gateway_id, id.request_id)) {
                    Some((kind, index)) => Verdict::Full { kind, index },
                    None => Verdict::Drop,
                }
            }
            verdict => verdict,
        }
    }

    fn tunnel_message(
        &mut self,
        frame: Frame<latest::ToEnvoy>,
        id: latest::MessageId,
        verdict: Verdict,
    ) {
        let key = (id.gateway_id, id.request_id);
        match verdict {
            Verdict::TakeReplacing => {
                self.tunnel_ended(key, TunnelEnd::Replaced);
                self.take_tunnel(frame);
            }
            Verdict::Take => self.take_tunnel(frame),
            Verdict::Drop => self.stats.dropped_tunnel_messages += 1,
            Verdict::Gap {
                kind,
                index,
                expected,
            } => {
                let last = match kind {
                    TunnelKind::Request => ToGateway::ToRivetResponseAbort,
                    TunnelKind::WebSocket => close_websocket(1008, "ws.message_index_skip"),
                };
                self.force_tunnel(key, index, last);
                let found = id.message_index;
                self.tunnel_ended(key, TunnelEnd::Gap { expected, found });
            }
            Verdict::Full { kind, index } => {
                let last = match kind {
                    TunnelKind::Request => overloaded(),
                    TunnelKind::WebSocket => close_websocket(1013, "envoy.overloaded"),
                };
                self.force_tunnel(key, index, last);
                self.tunnel_ended(key, TunnelEnd::Overloaded);
            }
        }
    }

    fn take_tunnel(&mut self, frame: Frame<latest::ToEnvoy>) {
        let octets = frame.octets().len();
        if let Some(message) = ToHost::new(frame) {
            self.inbox.push(HostEvent::Tunnel(message), octets);
        }
    }

    fn tunnel_ended(&mut self, key: TunnelKey, why: TunnelEnd) {
        let event = HostEvent::TunnelEnded {
            gateway_id: key.0,
            request_id: key.1,
            why,
        };
        self.inbox.push(event, 0);
    }

    fn answer(&mut self, kind: Kind, wire_id: u32, frame: Frame<latest::ToEnvoy>) {
        let Some(key) = self.requests.find(kind, wire_id) else {
            self.stats.unknown_answers += 1;
            return;
        };
        let Some(pending) = self.take_request(key) else {
            return;
        };
        let octets = frame.octets().len();
        if let Some(event) = self.ended_by(key, pending, frame) {
            self.inbox.push(event, octets);
        }
    }
}

const fn close_websocket(code: u16, reason: &'static str) -> ToGateway<'static> {
    ToGateway::ToRivetWebSocketClose(latest::ToRivetWebSocketCloseRef {
        code: Some(code),
        reason: Some(reason),
        hibernate: false,
    })
}

/// What a client gets whose request there was no room for.
fn overloaded() -> ToGateway<'static> {
    const HEADERS: &[(&str, &str)] = &[("x-rivet-error", "envoy.overloaded")];
    ToGateway::ToRivetResponseStart(latest::ToRivetResponseStartRef {
        status: 503,
        // The one key is there once.
        headers: bare::MapRef::from_entries(HEADERS).unwrap_or_default(),
        body: Some(b"The host has too much to do"),
        stream: false,
    })
}
