//! What the gateway does with what it learns, and what its clients make it say.

use std::collections::VecDeque;
use std::time::Duration;

use envoy_protocol::latest;
use envoy_protocol::session::{SendError, ServerEvent};

use super::gateway::{Applied, Commanded, GATEWAY, Tunnel, TunnelLife, Work};
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
                self.step();
                progress = true;
            }
            let mut woken = Vec::new();
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
                let applied = self.gateway.apply(&event, log.and_then(|log| log.get(at)));
                if applied == Applied::Running {
                    woken.push(checkpoint.actor_id.clone());
                }
                self.report.events += 1;
                server.events_applied(&checkpoint, now);
            }
            progress |= !line.desk.events.is_empty();
            for actor_id in woken {
                self.wake(&actor_id);
            }
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
                tunnel_says(tunnel, message);
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
            ServerEvent::InvalidMessage(error) => assert!(
                line.watch.server_must.is_some(),
                "expected a message, but found {error}"
            ),
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
        let actor_id = actor.id.clone();
        let config = latest::ActorConfig {
            name: "sim".to_owned(),
            key: None,
            create_ts: 0,
            input: None,
        };
        let start = latest::CommandStartActor {
            config,
            hibernating_requests: self.gateway.asleep(&actor_id),
            preloaded_kv: None,
        };
        self.command(index, latest::Command::CommandStartActor(start));
    }

    /// Starts a generation by an HTTP request of its own, as serverless hosts are, and asks twice: the first answer was lost.
    pub(super) fn adopt(&mut self, index: usize) {
        let actor = &mut self.gateway.actors[index];
        if actor.live {
            return;
        }
        actor.generation += 1;
        actor.live = true;
        let checkpoint = latest::ActorCheckpoint {
            actor_id: actor.id.clone(),
            generation: actor.generation,
            index: 0,
        };
        let name = (checkpoint.actor_id.clone(), checkpoint.generation, 0);
        self.gateway.commands.insert(name.clone(), Commanded::Start);
        self.user.handled.insert(name, 1);
        let asleep = self.gateway.asleep(&checkpoint.actor_id);
        self.host.adopt(&checkpoint);
        let key = (checkpoint.actor_id.clone(), checkpoint.generation);
        self.started(&key, &asleep);
        self.host.adopt(&checkpoint);
    }

    pub(super) fn stop(&mut self, index: usize, reason: latest::StopActorReason) {
        if self.gateway.actors[index].live {
            let stop = latest::CommandStopActor { reason };
            self.command(index, latest::Command::CommandStopActor(stop));
        }
    }

    /// Gives a generation up, and starts the next.
    pub(super) fn lose(&mut self, index: usize) {
        if !self.gateway.actors[index].live {
            return;
        }
        self.stop(index, latest::StopActorReason::Lost);
        self.gateway.hang_up(index);
        let given_up = &mut self.gateway.actors[index];
        given_up.live = false;
        self.given_up
            .push((given_up.id.clone(), given_up.generation));
        self.start(index);
    }

    /// The next request takes longer.
    pub(super) fn slow_down(&mut self, time: Duration) {
        if let Some(line) = self.current() {
            line.slow = time;
        }
    }

    /// Nobody looks at what has happened on the connection.
    pub(super) fn deafen(&mut self, time: Duration) {
        let until = self.now + time;
        if let Some(line) = self.current() {
            line.deaf_until = until;
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
            // Now and then close to the end of the positions.
            next: if number % 3 == 1 { u16::MAX - 2 } else { 0 },
            payload: 0,
            life: TunnelLife::Open,
            answered: None,
            unacked: VecDeque::new(),
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
            let message = tunnel.next_message(size.into());
            if let (Some(message), TunnelLife::Open) = (message, tunnel.life) {
                self.pass_on(index, &message);
            }
        }
    }

    /// Sends messages again, the last ones first sent: the gateway does not know whether they arrived.
    pub(super) fn repeat(&mut self, tunnel: u8, count: u8) {
        let Some(index) = self.choose_tunnel(tunnel) else {
            return;
        };
        let tunnel = &self.gateway.tunnels[index];
        if tunnel.life == TunnelLife::Open {
            let skipped = tunnel.unacked.len().saturating_sub(count.into());
            let messages: Vec<_> = tunnel.unacked.iter().skip(skipped).cloned().collect();
            for message in messages {
                self.pass_on(index, &message);
            }
        }
    }

    /// An actor runs again: the WebSockets that waited for it go on with what it has not acknowledged.
    fn wake(&mut self, actor_id: &str) {
        for index in 0..self.gateway.tunnels.len() {
            let tunnel = &mut self.gateway.tunnels[index];
            if tunnel.life != TunnelLife::Asleep || self.gateway.actors[tunnel.actor].id != actor_id
            {
                continue;
            }
            tunnel.life = TunnelLife::Open;
            self.report.woken += 1;
            for message in tunnel.unacked.clone() {
                self.pass_on(index, &message);
            }
        }
    }

    pub(super) fn hang(&mut self, tunnel: u8) {
        if let Some(index) = self.choose_tunnel(tunnel) {
            let tunnel = &mut self.gateway.tunnels[index];
            if std::mem::replace(&mut tunnel.life, TunnelLife::Closed) == TunnelLife::Asleep {
                return;
            }
            let kind = if tunnel.websocket {
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
        }
    }

    pub(super) fn choose_tunnel(&self, choice: u8) -> Option<usize> {
        let open: Vec<_> = (0..self.gateway.tunnels.len())
            .filter(|index| self.gateway.tunnels[*index].life != TunnelLife::Closed)
            .collect();
        let index = usize::from(choice).checked_rem(open.len())?;
        Some(open[index])
    }

    /// Sends a message at the next position.
    pub(super) fn tunnel(
        &mut self,
        index: usize,
        message_kind: latest::ToEnvoyTunnelMessageKindRef<'_>,
    ) {
        let tunnel = &mut self.gateway.tunnels[index];
        assert!(tunnel.actor < ACTORS);
        let message_index = tunnel.next;
        tunnel.next = message_index.wrapping_add(1);
        self.tunnel_at(index, message_index, message_kind);
    }

    /// Sends a payload at its position.
    fn pass_on(&mut self, index: usize, message: &(u16, Vec<u8>)) {
        let (message_index, data) = message;
        let kind = self.gateway.tunnels[index].message(data);
        self.tunnel_at(index, *message_index, kind);
    }

    /// Sends a message of a gateway. Without a connection, or without room, it is lost: its position is not.
    fn tunnel_at(
        &mut self,
        index: usize,
        message_index: u16,
        message_kind: latest::ToEnvoyTunnelMessageKindRef<'_>,
    ) {
        let message_id = latest::MessageId {
            gateway_id: GATEWAY,
            request_id: self.gateway.tunnels[index].request_id,
            message_index,
        };
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

/// What a host says of a tunnel.
fn tunnel_says(tunnel: &mut Tunnel, message: &latest::ToRivetTunnelMessageRef<'_>) {
    use latest::ToRivetTunnelMessageKindRef as Kind;
    let index = message.message_id.message_index;
    let next = tunnel.answered.unwrap_or(0);
    assert!(
        index >= next,
        "expected the host's messages in order and once"
    );
    tunnel.answered = Some(index + 1);
    match message.message_kind {
        Kind::ToRivetWebSocketMessageAck(ack) => tunnel.acked(ack.index),
        Kind::ToRivetWebSocketClose(close)
            if close.hibernate && tunnel.life != TunnelLife::Closed =>
        {
            assert!(tunnel.sleeps(), "expected only some to sleep");
            tunnel.life = TunnelLife::Asleep;
        }
        Kind::ToRivetWebSocketClose(_)
        | Kind::ToRivetResponseAbort
        | Kind::ToRivetResponseStart(latest::ToRivetResponseStartRef { stream: false, .. }) => {
            tunnel.life = TunnelLife::Closed;
        }
        _ => {}
    }
}
