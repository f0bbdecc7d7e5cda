//! What drives the server: each of its connections until it has learned of its end.

use std::time::Duration;

use envoy_protocol::session::{EnvoyState, Lane, Server, Transmit};

use super::gateway::Desk;
use super::net::Item;
use super::pair::{Line, Pair};
use super::watch::PONG;

impl Pair {
    pub(super) fn current(&mut self) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.current)
    }

    pub(super) fn server(&mut self) -> Option<&mut Server> {
        self.current()?.server.as_mut()
    }

    /// The state of the host, for a new connection: an older one is evicted. The starts in it say which WebSockets sleep by
    /// now.
    pub(super) fn take_state(&mut self) -> EnvoyState {
        let mut state = self.take_state_as_it_is();
        state.hydrate(|actor_id| self.gateway.asleep(actor_id));
        state
    }

    fn take_state_as_it_is(&mut self) -> EnvoyState {
        let now = self.now;
        if let Some(line) = self.current()
            && let Some(server) = &mut line.server
        {
            let state = server.evict(now);
            line.current = false;
            // What was in flight has ended.
            line.desk = Desk::default();
            return self.through_store(state);
        }
        let state = self.gateway.state.take();
        state.expect("the state is with a connection or with the gateway")
    }

    pub(super) fn through_store(&mut self, state: EnvoyState) -> EnvoyState {
        if !self.setup.stored {
            return state;
        }
        self.gateway.strikes = 0;
        EnvoyState::restore(&state.snapshot()).expect("expected to read what was stored")
    }

    /// A connection ends at the server.
    pub(super) fn server_is_gone(&mut self, id: u64) {
        let now = self.now;
        let Some(line) = self.lines.iter_mut().find(|line| line.id == id) else {
            return;
        };
        let Some(server) = line.server.take() else {
            return;
        };
        self.report.repeated_events += server.stats().repeated_events;
        line.desk = Desk::default();
        if std::mem::take(&mut line.current) {
            let state = server.into_state(now);
            self.gateway.state = Some(self.through_store(state));
        }
    }

    pub(super) fn servers_receive(&mut self) -> bool {
        let now = self.now;
        let mut gone = Vec::new();
        let mut garbled = Vec::new();
        let mut answered = Vec::new();
        let mut progress = false;
        for line in &mut self.lines {
            let Some(server) = &mut line.server else {
                continue;
            };
            match line.up.arrived(now) {
                Some(Item::Frame(octets)) => {
                    if octets.first() == Some(&PONG) {
                        answered.push(line.id);
                    }
                    server.receive(octets, now);
                    progress = true;
                }
                Some(Item::Garbage(garbage)) => garbled.push((line.id, garbage)),
                Some(Item::Close(close)) => {
                    // The close is answered.
                    let _time = line.down.put(Transmit::Close(close), now);
                    gone.push(line.id);
                }
                None if line.server_learns.is_some_and(|at| at <= now) => gone.push(line.id),
                None => {}
            }
        }
        progress |= !gone.is_empty() || !garbled.is_empty();
        for id in answered {
            self.server_is_answered(id);
        }
        for (id, garbage) in garbled {
            self.server_is_garbled(id, garbage);
        }
        for id in gone {
            self.server_is_gone(id);
        }
        progress
    }

    pub(super) fn servers_send(&mut self) -> bool {
        let now = self.now;
        let mut gone = Vec::new();
        let mut progress = false;
        for line in &mut self.lines {
            let Some(server) = &mut line.server else {
                continue;
            };
            if !line.down.is_free(now) {
                continue;
            }
            let Some(transmit) = server.poll_transmit(now) else {
                continue;
            };
            progress = true;
            line.watch.server_says(&transmit, line.current, now);
            match &transmit {
                Transmit::Frame {
                    octets,
                    lane: Lane::Control,
                } => {
                    if octets.first() == Some(&5) {
                        line.last_ping = now;
                    }
                }
                Transmit::Frame {
                    lane: Lane::Bulk, ..
                } => assert!(
                    now - line.last_ping <= Duration::from_millis(3127),
                    "expected no bulk while a ping is due"
                ),
                Transmit::Close(_) => gone.push(line.id),
            }
            let _time = line.down.put(transmit, now);
            if line.host_learns.is_some() && line.server_learns.is_some() {
                line.down.cut(0, now);
            }
        }
        for id in gone {
            self.server_is_gone(id);
        }
        progress
    }

    pub(super) fn timeouts(&mut self) -> bool {
        let now = self.now;
        for line in &mut self.lines {
            if let Some(server) = &mut line.server
                && server.poll_timeout().is_some_and(|at| at <= now)
            {
                server.handle_timeout(now);
                let next = server.poll_timeout();
                assert!(
                    next.is_none_or(|at| at > now),
                    "expected a timeout that was handled to be over"
                );
            }
        }
        if self.host.poll_timeout().is_some_and(|at| at <= now) {
            self.host.handle_timeout(now);
        }
        false
    }
}
