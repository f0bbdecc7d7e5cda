//! What the gateway does with what it learns, and what its clients make it say.

use std::time::Duration;

use envoy_protocol::latest;
use envoy_protocol::session::{SendError, ServerEvent};

use super::gateway::{GATEWAY, Tunnel, Work};
use super::pair::{ACTORS, Pair};

impl Pair {
    pub(super) fn rival(&mut self, actor: usize) {
        // Rare: without another writer there must be no fence at all.
        if self.rng.below(8) == 0 {
            self.gateway.rival(actor);
        }
    }

    pub(super) fn gateway_works(&mut self) -> bool {
        let now = self.now;
        let mut progress = false;
        for index in 0..self.lines.len() {
            while self.gateway_learns(index) {
                progress = true;
            }
            let line = &mut self.lines[index];
            let Some(server) = &mut line.server else {
                continue;
            };
            while let Some(answer) = line.desk.held.front() {
                match server.answer(answer) {
                    Err(SendError::QueueFull { .. }) => break,
                    Ok(()) | Err(SendError::NotAsked { .. } | SendError::Closed) => {
                        line.desk.held.pop_front();
                    }
                    Err(error) => panic!("expected to answer, but found {error}"),
                }
            }
            while line.desk.work.front().is_some_and(|work| work.at <= now) {
                let Some(work) = line.desk.work.pop_front() else {
                    break;
                };
                progress = true;
                if let Some(answer) = self.gateway.answer(&work.event) {
                    line.desk.held.push_back(answer);
                }
            }
            // Events are dealt with some at a time.
            let some = self.rng.below(4);
            for _ in 0..some {
                let Some(event) = line.desk.events.pop_front() else {
                    break;
                };
                progress = true;
                let checkpoint = event.checkpoint.clone();
                let key = (checkpoint.actor_id.clone(), checkpoint.generation);
                let log = self.user.log.get(&key);
                let at = usize::try_from(checkpoint.index).unwrap_or(usize::MAX);
                self.gateway.apply(&event, log.and_then(|log| log.get(at)));
                self.report.events += 1;
                server.events_applied(&checkpoint, now);
            }
            progress |= !line.desk.events.is_empty();
        }
        progress
    }

    /// Looks at one thing that happened on a connection.
    pub(super) fn gateway_learns(&mut self, index: usize) -> bool {
        let now = self.now;
        let line = &mut self.lines[index];
        if line.deaf_until > now {
            return false;
        }
        let Some(server) = &mut line.server else {
            return false;
        };
        let Some(event) = server.poll_event() else {
            return false;
        };
        if !line.current {
            return true;
        }
        match event {
            ServerEvent::Event(event) => line.desk.events.push_back(event),
            ServerEvent::Tunnel(message) => {
                let message = message.get();
                let id = message.message_id;
                let tunnel = self
                    .gateway
                    .tunnels
                    .iter_mut()
                    .find(|tunnel| tunnel.request_id == id.request_id);
                let Some(tunnel) = tunnel else {
                    panic!("expected a tunnel that was opened, but found {id:?}");
                };
                let next = tunnel.answered.unwrap_or(0);
                assert!(
                    id.message_index >= next,
                    "expected the host's messages in order and once"
                );
                tunnel.answered = Some(id.message_index + 1);
                if matches!(
                    message.message_kind,
                    latest::ToRivetTunnelMessageKindRef::ToRivetWebSocketClose(_)
                        | latest::ToRivetTunnelMessageKindRef::ToRivetResponseAbort
                        | latest::ToRivetTunnelMessageKindRef::ToRivetResponseStart(
                            latest::ToRivetResponseStartRef { stream: false, .. }
                        )
                ) {
                    tunnel.open = false;
                }
            }
            ServerEvent::Kv(_)
            | ServerEvent::GetPages(_)
            | ServerEvent::Commit(_)
            | ServerEvent::Exec(_)
            | ServerEvent::Execute(_) => {
                let slow = std::mem::take(&mut line.slow);
                let at = now + Duration::from_micros(self.rng.below(3000)) + slow;
                let last = line.desk.work.back().map_or(at, |work| work.at);
                let at = at.max(last);
                line.desk.work.push_back(Work { at, event });
            }
            ServerEvent::InvalidMessage(error) => panic!("expected a message, but found {error}"),
            _ => {}
        }
        true
    }

    pub(super) fn start(&mut self, index: usize) {
        if self.gateway.actors[index].live {
            return;
        }
        let actor = &mut self.gateway.actors[index];
        actor.generation += 1;
        actor.live = true;
        let config = latest::ActorConfig {
            name: "sim".to_owned(),
            key: None,
            create_ts: 0,
            input: None,
        };
        let start = latest::CommandStartActor {
            config,
            hibernating_requests: Vec::new(),
            preloaded_kv: None,
        };
        self.command(index, latest::Command::CommandStartActor(start));
    }

    pub(super) fn stop(&mut self, index: usize, reason: latest::StopActorReason) {
        if self.gateway.actors[index].live {
            let stop = latest::CommandStopActor { reason };
            self.command(index, latest::Command::CommandStopActor(stop));
        }
    }

    pub(super) fn command(&mut self, index: usize, command: latest::Command) {
        let line = self.lines.iter_mut().find(|line| line.current);
        let server = line.and_then(|line| line.server.as_mut());
        self.gateway.command(index, command, server);
    }

    pub(super) fn open(&mut self, actor: usize, websocket: bool) {
        if self.gateway.tunnels.len() >= 1000 || self.server().is_none() {
            return;
        }
        let number = u32::try_from(self.gateway.tunnels.len()).unwrap_or(u32::MAX);
        let actor_id = self.gateway.actors[actor].id.clone();
        self.gateway.tunnels.push(Tunnel {
            request_id: number.to_be_bytes(),
            actor,
            websocket,
            next: 0,
            payload: 0,
            open: true,
            answered: None,
        });
        let kind = if websocket {
            let headers = bare::MapRef::default();
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketOpen(
                latest::ToEnvoyWebSocketOpenRef {
                    actor_id: &actor_id,
                    path: "/",
                    headers,
                },
            )
        } else {
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestStart(
                latest::ToEnvoyRequestStartRef {
                    actor_id: &actor_id,
                    method: "POST",
                    path: "/",
                    headers: bare::MapRef::default(),
                    body: None,
                    stream: true,
                },
            )
        };
        let index = self.gateway.tunnels.len() - 1;
        self.tunnel(index, kind);
    }

    pub(super) fn send(&mut self, tunnel: u8, count: u8, size: u16) {
        let Some(index) = self.choose_tunnel(tunnel) else {
            return;
        };
        for _ in 0..count {
            let tunnel = &mut self.gateway.tunnels[index];
            let mut data = tunnel.payload.to_be_bytes().to_vec();
            tunnel.payload += 1;
            data.resize(4 + usize::from(size), 0);
            let kind = if tunnel.websocket {
                latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketMessage(
                    latest::ToEnvoyWebSocketMessageRef {
                        data: &data,
                        binary: true,
                    },
                )
            } else {
                latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestChunk(
                    latest::ToEnvoyRequestChunkRef {
                        body: &data,
                        finish: false,
                    },
                )
            };
            self.tunnel(index, kind);
        }
    }

    pub(super) fn hang(&mut self, tunnel: u8) {
        if let Some(index) = self.choose_tunnel(tunnel) {
            let kind = if self.gateway.tunnels[index].websocket {
                latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketClose(
                    latest::ToEnvoyWebSocketCloseRef {
                        code: None,
                        reason: None,
                    },
                )
            } else {
                latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestAbort
            };
            self.tunnel(index, kind);
            self.gateway.tunnels[index].open = false;
        }
    }

    pub(super) fn choose_tunnel(&self, choice: u8) -> Option<usize> {
        let open: Vec<_> = (0..self.gateway.tunnels.len())
            .filter(|index| self.gateway.tunnels[*index].open)
            .collect();
        let index = usize::from(choice).checked_rem(open.len())?;
        Some(open[index])
    }

    /// Sends a message of a gateway. Without a connection, or without room, it is lost: its position is not.
    pub(super) fn tunnel(
        &mut self,
        index: usize,
        message_kind: latest::ToEnvoyTunnelMessageKindRef<'_>,
    ) {
        let tunnel = &mut self.gateway.tunnels[index];
        assert!(tunnel.actor < ACTORS);
        let message_id = latest::MessageId {
            gateway_id: GATEWAY,
            request_id: tunnel.request_id,
            message_index: tunnel.next,
        };
        tunnel.next = tunnel.next.wrapping_add(1);
        if let Some(server) = self.server() {
            let message = latest::ToEnvoyTunnelMessageRef {
                message_id,
                message_kind,
            };
            match server.tunnel(message) {
                Ok(()) | Err(SendError::QueueFull { .. } | SendError::Closed) => {}
                Err(error) => panic!("expected to send, but found {error}"),
            }
        }
    }
}
