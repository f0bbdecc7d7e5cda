//! What becomes of actors, with a store that writes at once, or when the test says so.

mod alarms;
mod clock;
mod durable;
mod ends;
mod hosts;
mod restart;
mod starts;
mod stops;

use std::collections::{BTreeMap, HashSet};

use depot::Depot;
use envoy_protocol::latest::{
    ActorCheckpoint, ActorIntent, ActorState, ActorStateStopped, Command, Event, EventActorIntent,
    EventActorSetAlarm, EventActorStateUpdate, EventWrapper, StopActorReason, StopCode,
};

use super::*;
use crate::records::ActorError;

const HOST: &str = "host-1";
const OTHER: &str = "host-2";
const ACTOR: &str = "actor-1";

/// A lifecycle over a depot in memory, and what came of it.
struct World {
    depot: Depot,
    lifecycle: Lifecycle,
    now: Millis,
    next: u64,
    /// Whether transactions are run as they come.
    is_writing: bool,
    held: Vec<(StoreId, Changes)>,
    sent: Vec<(String, u32, i64, Sent)>,
    /// What starts came with.
    inputs: Vec<Option<Vec<u8>>>,
    applied: Vec<(String, u32, i64)>,
    answers: BTreeMap<Ticket, Result<Answer, Refusal>>,
    other: Vec<Effect>,
    indices: BTreeMap<(String, u32), i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Sent {
    Start,
    Stop(StopActorReason),
}

impl World {
    fn new() -> Self {
        let depot = Depot::in_memory();
        let mut world = Self::over(depot, Stored::default(), 1_000_000);
        let ticket = world.ticket();
        let config = serde_json::json!({});
        world.put(Input::PutPool {
            ticket,
            namespace: "default".into(),
            pool: "pool".into(),
            config,
        });
        world
    }

    fn over(depot: Depot, stored: Stored, now: Millis) -> Self {
        let lifecycle = Lifecycle::new(LifecycleConfig::default(), stored, now);
        let mut world = Self {
            depot,
            lifecycle,
            now,
            next: 0,
            is_writing: true,
            held: Vec::new(),
            sent: Vec::new(),
            inputs: Vec::new(),
            applied: Vec::new(),
            answers: BTreeMap::new(),
            other: Vec::new(),
            indices: BTreeMap::new(),
        };
        world.act();
        world
    }

    fn ticket(&mut self) -> Ticket {
        self.next += 1;
        Ticket(self.next)
    }

    fn put(&mut self, input: Input) {
        self.lifecycle.handle(input, self.now);
        self.act();
    }

    fn act(&mut self) {
        while let Some(effect) = self.lifecycle.poll_effect() {
            match effect {
                Effect::Store(id, changes) if self.is_writing => self.write(id, changes),
                Effect::Store(id, changes) => self.held.push((id, changes)),
                Effect::Command {
                    envoy,
                    checkpoint,
                    command,
                } => {
                    let what = match command {
                        Command::CommandStartActor(start) => {
                            self.inputs.push(start.config.input);
                            Sent::Start
                        }
                        Command::CommandStopActor(stop) => Sent::Stop(stop.reason),
                    };
                    self.sent
                        .push((envoy, checkpoint.generation, checkpoint.index, what));
                }
                Effect::Applied { envoy, checkpoint } => {
                    self.applied
                        .push((envoy, checkpoint.generation, checkpoint.index));
                }
                Effect::Answer(ticket, answer) => {
                    let before = self.answers.insert(ticket, answer);
                    assert_eq!(before, None, "a ticket was answered twice");
                }
                other => self.other.push(other),
            }
        }
    }

    fn write(&mut self, id: StoreId, changes: Changes) {
        let result = self.depot.transaction(move |tx| changes.apply(tx)).wait();
        let result = result.map_err(|error| StoreFailure {
            is_passing: false,
            is_unknown: false,
            code: "test",
            message: error.to_string(),
        });
        self.lifecycle
            .handle(Input::Stored { id, result }, self.now);
    }

    fn let_go(&mut self) {
        self.is_writing = true;
        for (id, changes) in std::mem::take(&mut self.held) {
            self.write(id, changes);
        }
        self.act();
    }

    fn pass(&mut self, time: Millis) {
        let end = self.now + time;
        while let Some(due) = self.lifecycle.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.lifecycle.handle_timeout(self.now);
            self.act();
        }
        self.now = end;
    }

    fn host(&mut self, envoy: &str, connection: u64) {
        let host = HostRecord {
            format: 1,
            namespace: "default".into(),
            pool: "pool".into(),
            deployment: 1,
            protocol: 5,
        };
        let connection = ConnectionId(connection);
        self.put(Input::HostCame {
            envoy: envoy.into(),
            host,
            connection,
        });
    }

    /// The connection of that host ends.
    fn gone(&mut self, envoy: &str, connection: u64) {
        self.put(Input::HostGone {
            envoy: envoy.into(),
            connection: ConnectionId(connection),
        });
    }

    /// The step that is under way finds no space, for now.
    fn find_no_space(&mut self) {
        let (id, _) = self.held.pop().expect("a step is under way");
        let failure = StoreFailure {
            is_passing: true,
            is_unknown: false,
            code: "storage_full",
            message: "full".into(),
        };
        self.put(Input::Stored {
            id,
            result: Err(failure),
        });
    }

    fn create(&mut self) -> Ticket {
        let ticket = self.ticket();
        let actor = NewActor {
            namespace: "default".into(),
            name: "thing".into(),
            key: Some("k".into()),
            input: Some(Bytes::from_static(b"input")),
            pool: "pool".into(),
            crash_policy: "sleep".into(),
        };
        let id = ACTOR.to_owned();
        self.put(Input::Create {
            ticket,
            id,
            actor,
            duplicate: Duplicate::Refuse,
        });
        ticket
    }

    fn say(&mut self, envoy: &str, generation: u32, inner: Event) {
        let index = self.indices.entry((envoy.into(), generation)).or_insert(-1);
        *index += 1;
        let index = *index;
        self.say_again(envoy, generation, index, inner);
    }

    fn say_again(&mut self, envoy: &str, generation: u32, index: i64, inner: Event) {
        let checkpoint = ActorCheckpoint {
            actor_id: ACTOR.into(),
            generation,
            index,
        };
        let event = EventWrapper { checkpoint, inner };
        self.put(Input::Event {
            envoy: envoy.into(),
            event,
        });
    }

    /// An actor that runs on the first host, as generation 1.
    fn running() -> Self {
        let mut world = Self::new();
        world.host(HOST, 1);
        world.create();
        world.say(HOST, 1, running());
        assert_eq!(world.phase(), Phase::Running);
        world
    }

    fn phase(&self) -> Phase {
        self.lifecycle
            .actor(ACTOR)
            .map_or(Phase::Destroyed, |actor| actor.phase)
    }

    fn record(&self) -> &ActorRecord {
        self.lifecycle.actor(ACTOR).expect("the actor is alive")
    }

    fn generation(&self) -> Option<u64> {
        let head = self
            .depot
            .head(&depot::DatabaseId::new(ACTOR).expect("a good id"))
            .wait();
        head.ok().and_then(|head| head.generation)
    }

    fn last_sent(&self) -> (&str, u32, &Sent) {
        let (envoy, generation, _, what) = self.sent.last().expect("something was sent");
        (envoy, *generation, what)
    }

    fn wake(&mut self) {
        self.put(Input::Wake {
            actor: ACTOR.into(),
        });
    }

    fn destroy(&mut self) -> Ticket {
        let ticket = self.ticket();
        self.put(Input::Destroy {
            ticket,
            actor: ACTOR.into(),
        });
        ticket
    }
}

fn running() -> Event {
    Event::EventActorStateUpdate(EventActorStateUpdate {
        state: ActorState::ActorStateRunning,
    })
}

fn stopped(code: StopCode, message: Option<&str>) -> Event {
    let message = message.map(str::to_owned);
    let state = ActorState::ActorStateStopped(ActorStateStopped { code, message });
    Event::EventActorStateUpdate(EventActorStateUpdate { state })
}

fn wants(intent: ActorIntent) -> Event {
    Event::EventActorIntent(EventActorIntent { intent })
}

fn alarm(at: Option<Millis>) -> Event {
    Event::EventActorSetAlarm(EventActorSetAlarm { alarm_ts: at })
}

/// The records as another process would find them.
fn reread(world: &World) -> Stored {
    let stored = world.depot.view(crate::director::load_lives);
    stored.wait().expect("what was stored can be read")
}
