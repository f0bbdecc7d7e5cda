//! What becomes of actors, with a store that writes at once, or when the test says so.

mod clock;
mod ends;

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

#[test]
fn a_created_actor_is_started_at_once_where_there_is_a_host() {
    let mut world = World::new();
    world.host(HOST, 1);
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
    assert_eq!(world.sent, [(HOST.to_owned(), 1, 1, Sent::Start)]);
    assert_eq!(world.phase(), Phase::Starting);
    assert_eq!(world.generation(), Some(1));
}

#[test]
fn every_start_has_the_input_that_the_actor_was_created_with() {
    // Created and started in one step, and in two.
    let mut at_once = World::new();
    at_once.host(HOST, 1);
    at_once.create();
    let mut later = World::new();
    later.create();
    later.host(HOST, 1);
    for mut world in [at_once, later] {
        let input = Some(b"input".to_vec());
        assert_eq!(world.inputs, std::slice::from_ref(&input));
        world.say(HOST, 1, stopped(StopCode::Error, None));
        world.wake();
        // A crash is waited for.
        world.pass(60_000);
        assert_eq!(world.inputs, [input.clone(), input]);
    }
}

#[test]
fn an_actor_that_found_no_host_is_started_when_one_comes() {
    let mut world = World::new();
    world.create();
    assert_eq!(world.phase(), Phase::Pending);
    assert_eq!(world.record().error, Some(ActorError::NoEnvoys));
    assert!(world.sent.is_empty());
    world.host(HOST, 1);
    assert_eq!(world.last_sent(), (HOST, 1, &Sent::Start));
}

#[test]
fn an_actor_whose_host_comes_while_it_is_written_that_there_is_none_is_started() {
    let mut world = World::new();
    world.is_writing = false;
    world.host(HOST, 1);
    world.create();
    // The host is durable first, and then the actor that found none.
    world.let_go();
    assert_eq!(world.phase(), Phase::Starting);
}

#[test]
fn nothing_is_sent_before_it_is_durable() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.is_writing = false;
    let ticket = world.create();
    assert!(world.sent.is_empty());
    assert!(!world.answers.contains_key(&ticket));
    world.let_go();
    assert_eq!(world.sent.len(), 1);
    assert!(world.answers.contains_key(&ticket));
}

#[test]
fn an_event_is_acknowledged_only_when_what_it_changes_is_durable() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.create();
    world.is_writing = false;
    world.say(HOST, 1, running());
    assert!(world.applied.is_empty());
    // What comes meanwhile waits its turn.
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(world.held.len(), 1);
    world.let_go();
    assert_eq!(
        world.applied,
        [(HOST.to_owned(), 1, 0), (HOST.to_owned(), 1, 1)]
    );
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn a_second_actor_of_the_same_name_and_key_is_refused_even_while_the_first_is_written() {
    let mut world = World::new();
    world.is_writing = false;
    world.create();
    let ticket = world.ticket();
    let actor = NewActor {
        namespace: "default".into(),
        name: "thing".into(),
        key: Some("k".into()),
        input: None,
        pool: "pool".into(),
        crash_policy: "sleep".into(),
    };
    let id = "actor-2".to_owned();
    world.put(Input::Create {
        ticket,
        id,
        actor,
        duplicate: Duplicate::Refuse,
    });
    assert_eq!(
        world.answers[&ticket],
        Err(Refusal::Duplicate {
            actor: ACTOR.into(),
            key: "k".into(),
        })
    );
}

#[test]
fn an_actor_sleeps_and_wakes_as_the_next_generation() {
    let mut world = World::running();
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::SleepIntent))
    );
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Sleeping);
    assert_eq!(world.generation(), None, "nobody writes while it sleeps");
    world.wake();
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
    assert_eq!(world.generation(), Some(2));
}

#[test]
fn a_clean_stop_that_nobody_asked_for_is_the_end() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Destroyed);
    assert!(world.other.contains(&Effect::Destroyed {
        actor: ACTOR.into()
    }));
}

#[test]
fn a_generation_that_ends_with_an_error_sleeps_and_says_why() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Error, Some("boom")));
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::Crashed {
        message: Some("boom".into()),
    };
    assert_eq!(world.record().error, Some(why));
    world.wake();
    assert_eq!(
        world.last_sent(),
        (HOST, 2, &Sent::Start),
        "the first crash costs no time"
    );
}

#[test]
fn who_crashes_again_and_again_is_left_alone_for_longer_each_time() {
    let mut world = World::running();
    let mut waits = Vec::new();
    for generation in 1..=6 {
        world.say(HOST, generation, stopped(StopCode::Error, None));
        let crashed = world.now;
        world.wake();
        while world.record().generation == generation {
            world.pass(100);
        }
        waits.push(world.now - crashed);
    }
    assert_eq!(waits, [0, 500, 1000, 2000, 4000, 8000]);
}

#[test]
fn a_destroyed_actor_is_gone_once_it_has_stopped_and_its_key_is_free() {
    let mut world = World::running();
    let ticket = world.destroy();
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Destroy))
    );
    assert!(
        !world.answers.contains_key(&ticket),
        "it has not stopped yet"
    );
    let second = world.destroy();
    // However it ends.
    world.say(HOST, 1, stopped(StopCode::Error, Some("too late")));
    assert_eq!(world.answers[&ticket], Ok(Answer::Done));
    assert_eq!(world.answers[&second], Ok(Answer::Done));
    assert_eq!(world.phase(), Phase::Destroyed);
    assert!(world.lifecycle.find("default", "thing", "k").is_none());
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
}

#[test]
fn an_actor_whose_host_leaves_is_started_on_another_one() {
    let mut world = World::running();
    world.host(OTHER, 2);
    world.put(Input::HostLeaves { envoy: HOST.into() });
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::GoingAway))
    );
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.last_sent(), (OTHER, 2, &Sent::Start));
}

#[test]
fn a_host_that_left_gets_actors_again_once_it_is_back() {
    let mut world = World::running();
    world.put(Input::HostLeaves { envoy: HOST.into() });
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Pending);
    world.put(Input::HostGone {
        envoy: HOST.into(),
        connection: ConnectionId(1),
    });
    world.host(HOST, 2);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn a_host_that_leaves_while_an_actor_is_allocated_to_it_is_asked_to_stop_it() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.is_writing = false;
    world.create();
    world.put(Input::HostLeaves { envoy: HOST.into() });
    world.let_go();
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::GoingAway))
    );
}

#[test]
fn a_host_that_comes_back_in_time_keeps_its_actors() {
    let mut world = World::running();
    world.put(Input::HostGone {
        envoy: HOST.into(),
        connection: ConnectionId(1),
    });
    assert!(world.lifecycle.route(ACTOR).is_none());
    world.pass(14_000);
    world.host(HOST, 2);
    world.pass(60_000);
    assert_eq!(world.phase(), Phase::Running);
    assert!(world.lifecycle.route(ACTOR).is_some());
    // The end of the connection before says nothing of the new one.
    world.put(Input::HostGone {
        envoy: HOST.into(),
        connection: ConnectionId(1),
    });
    assert!(world.lifecycle.route(ACTOR).is_some());
}

#[test]
fn the_actors_of_a_lost_host_sleep_and_it_is_told_when_it_comes_back() {
    let mut world = World::running();
    world.put(Input::HostGone {
        envoy: HOST.into(),
        connection: ConnectionId(1),
    });
    world.pass(15_000);
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::EnvoyConnectionLost {
        envoy_key: HOST.into(),
    };
    assert_eq!(world.record().error, Some(why));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
    assert_eq!(world.generation(), None, "what it still writes is refused");
    // What the lost generation still says changes nothing.
    world.host(HOST, 2);
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Sleeping);
}

#[test]
fn a_start_that_takes_too_long_is_given_up() {
    let mut world = World::new();
    world.host(HOST, 1);
    world.create();
    world.pass(29_999);
    assert_eq!(world.phase(), Phase::Starting);
    world.pass(1);
    assert_eq!(world.phase(), Phase::Sleeping);
    let why = ActorError::EnvoyNoResponse {
        envoy_key: Some(HOST.into()),
    };
    assert_eq!(world.record().error, Some(why));
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
}

#[test]
fn a_stop_that_takes_too_long_is_given_up() {
    let mut world = World::running();
    world.destroy();
    world.pass(30 * 60_000);
    assert_eq!(world.phase(), Phase::Destroyed);
}

#[test]
fn an_alarm_wakes_a_sleeping_actor_once() {
    let mut world = World::running();
    let at = world.now + 5_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    world.pass(4_999);
    assert_eq!(world.phase(), Phase::Sleeping);
    world.pass(1);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
    // Until it has run, the alarm stands: a start that fails must not lose it.
    assert_eq!(world.record().alarm_ts, Some(at));
    world.say(HOST, 2, running());
    assert_eq!(world.record().alarm_ts, None);
}

#[test]
fn an_alarm_that_came_due_while_the_actor_stopped_wakes_it_at_once() {
    let mut world = World::running();
    let at = world.now + 1_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.pass(2_000);
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn an_alarm_outlives_a_crash() {
    let mut world = World::running();
    let at = world.now + 5_000;
    world.say(HOST, 1, alarm(Some(at)));
    world.say(HOST, 1, stopped(StopCode::Error, Some("fenced")));
    world.pass(5_000);
    assert_eq!(world.last_sent(), (HOST, 2, &Sent::Start));
}

#[test]
fn a_generation_that_the_storage_refuses_is_over_at_once() {
    let mut world = World::running();
    let refused = |generation| Input::Refused {
        envoy: HOST.into(),
        actor: ACTOR.into(),
        generation,
        message: "fenced".into(),
    };
    world.put(refused(1));
    assert_eq!(world.phase(), Phase::Sleeping);
    assert_eq!(world.generation(), None);
    assert_eq!(
        world.last_sent(),
        (HOST, 1, &Sent::Stop(StopActorReason::Lost))
    );
    // Once is enough. What comes after is of a generation that is over.
    world.put(refused(1));
    let stale = Effect::StopStale {
        envoy: HOST.into(),
        actor: ACTOR.into(),
        generation: 1,
    };
    assert_eq!(world.sent.len(), 2);
    assert!(world.other.contains(&stale));
}

#[test]
fn what_an_old_generation_or_another_host_says_changes_nothing() {
    let mut world = World::running();
    world.say(OTHER, 1, stopped(StopCode::Ok, None));
    world.say(HOST, 7, stopped(StopCode::Ok, None));
    assert_eq!(world.phase(), Phase::Running);
    assert_eq!(world.applied.len(), 3, "it is dealt with all the same");
}

#[test]
fn an_event_that_comes_again_is_acknowledged_and_ignored() {
    let mut world = World::running();
    world.say(HOST, 1, alarm(Some(5)));
    world.say(HOST, 1, alarm(None));
    world.say_again(HOST, 1, 1, alarm(Some(5)));
    assert_eq!(world.record().alarm_ts, None);
    assert_eq!(world.applied.last(), Some(&(HOST.to_owned(), 1, 1)));
}

#[test]
fn a_step_that_fails_for_now_is_written_later() {
    let mut world = World::running();
    world.is_writing = false;
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    let (id, _) = world.held.pop().expect("a step is under way");
    let failure = StoreFailure {
        is_passing: true,
        is_unknown: false,
        code: "storage_full",
        message: "full".into(),
    };
    world.put(Input::Stored {
        id,
        result: Err(failure),
    });
    assert_eq!(world.phase(), Phase::Running);
    world.is_writing = true;
    world.pass(100);
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn a_creation_that_is_not_stored_never_was() {
    let mut world = World::new();
    world.is_writing = false;
    let ticket = world.create();
    let (id, _) = world.held.pop().expect("a step is under way");
    let failure = StoreFailure {
        is_passing: true,
        is_unknown: false,
        code: "storage_full",
        message: "full".into(),
    };
    world.put(Input::Stored {
        id,
        result: Err(failure),
    });
    assert!(matches!(world.answers[&ticket], Err(Refusal::Store(..))));
    assert!(world.lifecycle.actor(ACTOR).is_none());
    world.is_writing = true;
    let ticket = world.create();
    assert!(matches!(
        world.answers[&ticket],
        Ok(Answer::Actor { created: true, .. })
    ));
}

#[test]
fn a_step_whose_answer_is_lost_is_written_again_and_not_taken_back() {
    let mut world = World::running();
    world.is_writing = false;
    let ticket = world.ticket();
    world.put(Input::Sleep {
        ticket,
        actor: ACTOR.into(),
    });
    let (id, changes) = world.held.pop().expect("a step is under way");
    // It is written, and nobody here hears of that; then for a while nothing can be written.
    let written = world.depot.transaction(move |tx| changes.apply(tx)).wait();
    assert_eq!(written.map(|orders| orders.len()).ok(), Some(1));
    let lost = |is_unknown, code| StoreFailure {
        is_passing: true,
        is_unknown,
        code,
        message: String::new(),
    };
    for failure in [lost(true, "answer_lost"), lost(false, "storage_full")] {
        let result = Err(failure);
        world.put(Input::Stored { id, result });
        assert!(!world.answers.contains_key(&ticket), "nobody knows yet");
        world.pass(5_000);
    }
    world.let_go();
    assert_eq!(world.answers[&ticket], Ok(Answer::Done));
    assert_eq!(world.phase(), Phase::Stopping(crate::records::Then::Sleep));
}

#[test]
fn a_host_is_told_its_commands_again_until_it_is_stored_that_it_has_them() {
    let mut world = World::running();
    let acked = Effect::Acked {
        envoy: HOST.into(),
        checkpoint: ActorCheckpoint {
            actor_id: ACTOR.into(),
            generation: 1,
            index: 1,
        },
    };
    world.is_writing = false;
    world.put(Input::CommandsAcked {
        envoy: HOST.into(),
        checkpoint: ActorCheckpoint {
            actor_id: ACTOR.into(),
            generation: 1,
            index: 1,
        },
    });
    assert!(!world.other.contains(&acked), "a restart would send it");
    world.let_go();
    assert!(world.other.contains(&acked));
}

/// The records as another process would find them.
fn reread(world: &World) -> Stored {
    let stored = world.depot.view(crate::director::load_lives);
    stored.wait().expect("what was stored can be read")
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let world = World::running();
    let mut again = World::over(world.depot.clone(), reread(&world), world.now + 100);
    assert_eq!(again.phase(), Phase::Running);
    assert!(
        !again.lifecycle.is_ready(again.now),
        "its host has not come back"
    );
    again.indices = world.indices;
    again.host(HOST, 9);
    assert!(again.lifecycle.is_ready(again.now));
    again.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    assert_eq!(
        again.sent,
        [(HOST.into(), 1, 2, Sent::Stop(StopActorReason::SleepIntent))]
    );
}

#[test]
fn a_restart_ends_a_generation_whose_host_may_not_know_of_its_commit_before_anybody_asks_it() {
    let world = World::running();
    let mut stored = reread(&world);
    // One that is long over has no say.
    stored.unproven = vec![(ACTOR.into(), 1), ("another".into(), 1)];
    let mut again = World::over(world.depot.clone(), stored, world.now + 100);
    assert_eq!(again.phase(), Phase::Sleeping);
    assert_eq!(
        again.sent,
        [(HOST.into(), 1, 2, Sent::Stop(StopActorReason::Lost))]
    );
    assert!(
        !again.lifecycle.is_ready(again.now),
        "its host has not come back, and is to run it again"
    );
    again.put(Input::Wake {
        actor: ACTOR.into(),
    });
    again.host(HOST, 9);
    assert!(again.lifecycle.is_ready(again.now));
    assert_eq!(again.last_sent(), (HOST, 2, &Sent::Start));
    assert_eq!(again.record().crashes, 0, "it is not the actor's fault");
}

#[test]
fn a_generation_is_asked_nothing_more_while_it_is_written_that_it_is_given_up() {
    let mut world = World::running();
    let unproven = vec![(ACTOR.into(), 1)];
    let stored = Stored {
        unproven,
        ..reread(&world)
    };
    assert!(world.lifecycle.route(ACTOR).is_some());
    world.lifecycle = Lifecycle::new(LifecycleConfig::default(), stored, world.now);
    world.is_writing = false;
    world.host(HOST, 9);
    assert_eq!(world.phase(), Phase::Running, "it is not durable yet");
    assert_eq!(world.lifecycle.route(ACTOR), None);
    world.let_go();
    world.put(Input::Wake {
        actor: ACTOR.into(),
    });
    world.indices.clear();
    world.say(HOST, 2, running());
    let connection = world.lifecycle.route(ACTOR).map(|(_, _, at)| at);
    assert_eq!(connection, Some(ConnectionId(9)));
}

#[test]
fn a_restart_leaves_the_generation_alone_that_came_after_an_unproven_one() {
    let mut world = World::running();
    world.say(HOST, 1, stopped(StopCode::Error, Some("fenced")));
    world.put(Input::Wake {
        actor: ACTOR.into(),
    });
    world.say(HOST, 2, running());
    let mut stored = reread(&world);
    stored.unproven = vec![(ACTOR.into(), 1)];
    let again = World::over(world.depot.clone(), stored, world.now + 100);
    assert_eq!(again.phase(), Phase::Running);
    assert_eq!(again.generation(), Some(2));
}

#[test]
fn a_restart_gives_hosts_as_long_to_come_back_as_ever() {
    let world = World::running();
    let mut again = World::over(world.depot.clone(), reread(&world), world.now + 100);
    again.pass(2_500);
    assert!(
        again.lifecycle.is_ready(again.now),
        "it does not wait for ever to say so"
    );
    again.pass(12_499);
    assert_eq!(again.phase(), Phase::Running);
    again.pass(1);
    assert_eq!(again.phase(), Phase::Sleeping);
}

#[test]
fn a_host_that_never_comes_back_leaves_nothing_behind() {
    let mut world = World::running();
    world.put(Input::HostGone {
        envoy: HOST.into(),
        connection: ConnectionId(1),
    });
    world.pass(30 * 60_000);
    let stored = reread(&world);
    assert!(stored.hosts.is_empty());
    assert!(stored.generations.is_empty());
}

#[test]
fn the_rows_of_a_generation_that_has_stopped_go_when_no_session_knows_it() {
    let mut world = World::running();
    world.say(HOST, 1, wants(ActorIntent::ActorIntentSleep));
    world.say(HOST, 1, stopped(StopCode::Ok, None));
    assert_eq!(reread(&world).generations.len(), 1);
    let generations = HashSet::from([(ACTOR.to_owned(), 1)]);
    world.put(Input::Remembered {
        envoy: HOST.into(),
        generations,
    });
    assert_eq!(reread(&world).generations.len(), 1);
    let generations = HashSet::new();
    world.put(Input::Remembered {
        envoy: HOST.into(),
        generations,
    });
    assert!(reread(&world).generations.is_empty());
}

#[test]
fn the_newest_deployment_is_preferred_then_who_has_the_fewest_actors() {
    let mut world = World::running();
    world.host(OTHER, 2);
    let record = world.record().clone();
    assert_eq!(world.lifecycle.choose_host(&record), Some(OTHER.to_owned()));
    let host = HostRecord {
        format: 1,
        namespace: "default".into(),
        pool: "pool".into(),
        deployment: 2,
        protocol: 5,
    };
    let connection = ConnectionId(3);
    world.put(Input::HostCame {
        envoy: HOST.into(),
        host,
        connection,
    });
    assert_eq!(world.lifecycle.choose_host(&record), Some(HOST.to_owned()));
}
