//! Each rule of the host's end, against a server that is written down message by message.

mod connection;
mod history;
mod pages;
mod requests;
mod tunnel;

use std::time::{Duration, Instant};

use bare::{DecodeLimits, Encode as _};

use super::*;
use crate::{CloseReason, EncodeAt as _, Version, Versioned as _};

const ACTOR: &str = "actor";
const GATEWAY: [u8; 4] = [1, 2, 3, 4];
const REQUEST: [u8; 4] = [5, 6, 7, 8];

/// A host with everything around it.
struct Rig {
    host: Host,
    now: Instant,
    version: Version,
}

impl Rig {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(set: impl FnOnce(&mut HostConfig)) -> Self {
        let mut config = HostConfig::new("host", 1);
        set(&mut config);
        let now = Instant::now();
        Self {
            host: Host::new(config, now),
            now,
            version: Version::LATEST,
        }
    }

    /// A host whose connection has its init, with everything said that is said first.
    fn ready() -> Self {
        Self::ready_with(|_| {})
    }

    fn ready_with(set: impl FnOnce(&mut HostConfig)) -> Self {
        let mut rig = Self::with(set);
        rig.open();
        rig.init();
        let _metadata = rig.sent();
        let _init = rig.events();
        rig
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.host.handle_timeout(self.now);
    }

    /// Waits for the next attempt, and makes the connection.
    fn open(&mut self) {
        for _ in 0..10 {
            if let Some(version) = self.host.poll_connect(self.now) {
                self.version = version;
                self.host.connected(self.now);
                return;
            }
            self.now = self.host.poll_timeout().expect("the next attempt");
            self.host.handle_timeout(self.now);
        }
        panic!("expected an attempt to connect");
    }

    fn init(&mut self) {
        let metadata = latest::ProtocolMetadata {
            envoy_lost_threshold: 15_000,
            actor_stop_threshold: 1_800_000,
            max_response_payload_size: 20 << 20,
        };
        self.give(&latest::ToEnvoy::ToEnvoyInit(latest::ToEnvoyInit {
            metadata,
        }));
    }

    fn ping(&mut self, ts: i64) {
        self.give(&latest::ToEnvoy::ToEnvoyPing(latest::ToEnvoyPing { ts }));
    }

    fn give(&mut self, message: &latest::ToEnvoy) {
        let octets = message.to_bytes_at(self.version).expect("a message");
        self.host.receive(octets, self.now);
    }

    fn lose(&mut self) {
        self.host.disconnected(&Disconnect::Gone, self.now);
    }

    fn close(&mut self, reason: CloseReason) {
        self.host
            .disconnected(&Disconnect::Closed(Close::new(reason)), self.now);
    }

    /// A new connection with its init. What was sent before it is lost.
    fn reconnect(&mut self) {
        self.lose();
        self.open();
        self.init();
        let metadata = self.host.poll_transmit(self.now);
        assert!(matches!(metadata, Some(Transmit::Frame { .. })));
    }

    fn read(&self, octets: &[u8]) -> latest::ToRivet {
        latest::ToRivet::decode_at(self.version, octets, &DecodeLimits::DEFAULT).expect("a frame")
    }

    fn next(&mut self) -> Option<latest::ToRivet> {
        match self.host.poll_transmit(self.now)? {
            Transmit::Frame { octets, .. } => Some(self.read(&octets)),
            Transmit::Close(close) => panic!("expected a frame, but found {close}"),
        }
    }

    fn sent(&mut self) -> Vec<latest::ToRivet> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn closed(&mut self) -> Close {
        loop {
            match self.host.poll_transmit(self.now) {
                Some(Transmit::Close(close)) => return close,
                Some(Transmit::Frame { .. }) => {}
                None => panic!("expected a close"),
            }
        }
    }

    fn events(&mut self) -> Vec<HostEvent> {
        std::iter::from_fn(|| self.host.poll_event()).collect()
    }

    fn deadline(&self) -> Instant {
        self.now + Duration::from_secs(30)
    }

    fn start(&mut self, generation: u32) {
        self.command(generation, 1, start());
        let [HostEvent::Command(_)] = self.events()[..] else {
            panic!("expected a command");
        };
    }

    fn command(&mut self, generation: u32, index: i64, inner: latest::Command) {
        let checkpoint = checkpoint(generation, index);
        let command = latest::CommandWrapper { checkpoint, inner };
        self.give(&latest::ToEnvoy::ToEnvoyCommands(vec![command]));
    }

    fn ack(&mut self, generation: u32, index: i64) {
        let acks = latest::ToEnvoyAckEvents {
            last_event_checkpoints: vec![checkpoint(generation, index)],
        };
        self.give(&latest::ToEnvoy::ToEnvoyAckEvents(acks));
    }
}

fn checkpoint(generation: u32, index: i64) -> latest::ActorCheckpoint {
    latest::ActorCheckpoint {
        actor_id: ACTOR.to_owned(),
        generation,
        index,
    }
}

fn start() -> latest::Command {
    latest::Command::CommandStartActor(latest::CommandStartActor {
        config: latest::ActorConfig {
            name: "counter".to_owned(),
            key: None,
            create_ts: 0,
            input: None,
        },
        hibernating_requests: Vec::new(),
        preloaded_kv: None,
    })
}

fn stop() -> latest::Command {
    latest::Command::CommandStopActor(latest::CommandStopActor {
        reason: latest::StopActorReason::SleepIntent,
    })
}

fn running() -> latest::Event {
    state(latest::ActorState::ActorStateRunning)
}

fn stopped() -> latest::Event {
    state(latest::ActorState::ActorStateStopped(
        latest::ActorStateStopped {
            code: latest::StopCode::Ok,
            message: None,
        },
    ))
}

fn state(state: latest::ActorState) -> latest::Event {
    latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate { state })
}

fn alarm(ts: i64) -> latest::Event {
    latest::Event::EventActorSetAlarm(latest::EventActorSetAlarm { alarm_ts: Some(ts) })
}

fn sleep() -> latest::Event {
    latest::Event::EventActorIntent(latest::EventActorIntent {
        intent: latest::ActorIntent::ActorIntentSleep,
    })
}
