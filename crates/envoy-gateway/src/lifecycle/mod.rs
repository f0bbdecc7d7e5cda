//! The lives of actors: a state machine without sockets, clock, threads or randomness.
//!
//! What happens goes in with the time; what to write, to send and to answer comes out. Each step of an actor is written
//! before anybody learns of it, and what happens to that actor meanwhile waits: so whatever moment the process dies at,
//! what is stored is what everybody was told, and a restart goes on from there.

mod actor;
mod changes;
mod hosts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use envoy_protocol::latest;

use self::actor::{Context, Happening, Next, Over, Said, decide};
use self::hosts::Host;
use crate::records::{
    ActorRecord, GenerationRecord, HostRecord, Phase, command_key, generation_key, host_key,
    input_key, name_key, pool_key,
};

pub(crate) use self::changes::{Changes, StoreError};

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// A transaction that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StoreId(u64);

/// A connection of a host. Larger ones are newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// How actors live. All times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LifecycleConfig {
    /// The namespaces there are.
    pub(crate) namespaces: Vec<String>,
    /// From the start command until the actor has to run: 30 s, as a real engine has it.
    pub(crate) start_threshold: Millis,
    /// From a stop command until the actor has to have stopped: 30 min, likewise.
    pub(crate) stop_threshold: Millis,
    /// How long a host may be away until its actors are lost: 15 s, likewise. It is told so in the init, and by then has
    /// stopped them itself.
    pub(crate) lost_threshold: Millis,
    /// How long an actor that crashed twice in a row is left alone. Doubled with each crash more: 0.5 s.
    pub(crate) crash_backoff: Millis,
    /// The longest it is left alone: 30 s.
    pub(crate) crash_backoff_most: Millis,
    /// How long it has to run for the crashes before to be forgotten: 60 s.
    pub(crate) crash_reset: Millis,
    /// How long a host that is lost is remembered: 10 min.
    pub(crate) host_memory: Millis,
    /// How long after its start a server waits for the hosts it knows until it says that it is ready: 2.5 s.
    pub(crate) ready_threshold: Millis,
}

impl Default for LifecycleConfig {
    fn default() -> Self {
        Self {
            namespaces: vec!["default".to_owned()],
            start_threshold: 30_000,
            stop_threshold: 30 * 60_000,
            lost_threshold: 15_000,
            crash_backoff: 500,
            crash_backoff_most: 30_000,
            crash_reset: 60_000,
            host_memory: 10 * 60_000,
            ready_threshold: 2_500,
        }
    }
}

/// An actor that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewActor {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) input: Option<Bytes>,
    pub(crate) pool: String,
    pub(crate) crash_policy: String,
}

/// What goes in.
#[derive(Debug)]
pub(crate) enum Input {
    PutPool {
        ticket: Ticket,
        namespace: String,
        pool: String,
        config: serde_json::Value,
    },
    /// An actor with this id, or the one that has its key already where that is what is asked for.
    Create {
        ticket: Ticket,
        id: String,
        actor: NewActor,
        duplicate: Duplicate,
    },
    Wake {
        actor: String,
    },
    Sleep {
        ticket: Ticket,
        actor: String,
    },
    Destroy {
        ticket: Ticket,
        actor: String,
    },
    /// A host has a connection that commands can be sent on.
    HostCame {
        envoy: String,
        host: HostRecord,
        connection: ConnectionId,
    },
    /// That connection has ended.
    HostGone {
        envoy: String,
        connection: ConnectionId,
    },
    /// The host shuts down.
    HostLeaves {
        envoy: String,
    },
    /// What a host's actor did.
    Event {
        envoy: String,
        event: latest::EventWrapper,
    },
    /// The host has these commands and those before them.
    CommandsAcked {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
    },
    /// The storage refused a generation: see `storage::Refused`.
    Refused {
        envoy: String,
        actor: String,
        generation: u32,
        message: String,
    },
    /// The generations that the session of a host still remembers: the others' rows can go.
    Remembered {
        envoy: String,
        generations: HashSet<(String, u32)>,
    },
    /// A transaction has ended: with the commands that it stored.
    Stored {
        id: StoreId,
        result: Result<Vec<latest::Command>, StoreFailure>,
    },
}

/// What becomes of a creation whose key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicate {
    Refuse,
    Take,
}

/// Why a transaction was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreFailure {
    /// Whether the same transaction may succeed later.
    pub(crate) is_passing: bool,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What comes out.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// To be written, as one transaction; `Input::Stored` says how that ended.
    Store(StoreId, Changes),
    /// To be sent to a host. It is stored.
    Command {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
        command: latest::Command,
    },
    /// A host runs a generation that has long been over: it is told so, if it is there.
    StopStale {
        envoy: String,
        actor: String,
        generation: u32,
    },
    /// An event was dealt with.
    Applied {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
    },
    /// A generation that was given up was acknowledged to be.
    Forget {
        envoy: String,
        actor: String,
        generation: u32,
    },
    /// A generation is over.
    Over {
        actor: String,
        generation: u32,
    },
    /// Where requests of this actor go has changed.
    Moved {
        actor: String,
    },
    /// An actor is destroyed.
    Destroyed {
        actor: String,
    },
    Answer(Ticket, Result<Answer, Refusal>),
}

/// What an API call is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Done,
    Pool {
        changed: bool,
    },
    Actor {
        record: Box<ActorRecord>,
        created: bool,
    },
}

/// Why an API call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no namespace is called {0:?}")]
    NoNamespace(String),
    #[error("no pool is called {pool:?} in the namespace {namespace:?}")]
    NoPool { namespace: String, pool: String },
    #[error("no actor has the id {0:?}")]
    NoActor(String),
    #[error("the actor {0} was destroyed")]
    Destroyed(String),
    #[error("the actor {actor} has this name and key already")]
    Duplicate { actor: String, key: String },
    #[error("{0}")]
    Store(String, &'static str),
}

/// All actors, and the hosts that run them.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    config: LifecycleConfig,
    now: Millis,
    started: Millis,
    actors: HashMap<String, Actor>,
    /// By namespace, name and key.
    names: HashMap<(String, String, String), String>,
    pools: BTreeMap<(String, String), serde_json::Value>,
    hosts: BTreeMap<String, Host>,
    /// The actors that wait for a host, by namespace and pool, in the order of their ids.
    pending: BTreeMap<(String, String), BTreeSet<String>>,
    timers: BTreeSet<(Millis, Timer)>,
    steps: HashMap<StoreId, Step>,
    next_store: u64,
    effects: VecDeque<Effect>,
}

#[derive(Debug)]
struct Actor {
    /// What is durable.
    record: ActorRecord,
    /// Whether the next record is being written.
    is_storing: bool,
    waiting: VecDeque<Happening>,
    /// Who waits for its end.
    mourners: Vec<Ticket>,
    timer: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Actor(String),
    Host(String),
    Store(StoreId),
}

/// A transaction that is under way, and what is done once it is durable.
#[derive(Debug)]
struct Step {
    changes: Changes,
    then: Then,
    /// Who is told if it fails. Where nobody is, it is tried again until it is written.
    asked: Option<Ticket>,
    attempts: u32,
}

#[derive(Debug)]
enum Then {
    /// Nothing: rows that nobody waits for.
    Nothing,
    Pool {
        namespace: String,
        pool: String,
        config: serde_json::Value,
    },
    Host {
        envoy: String,
    },
    Created {
        actor: String,
    },
    Actor {
        over: Option<Over>,
        applied: Option<(String, latest::ActorCheckpoint)>,
        done: Option<Ticket>,
    },
}

/// What is read from the store when a server starts.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) actors: Vec<ActorRecord>,
    pub(crate) pools: Vec<(String, String, serde_json::Value)>,
    pub(crate) hosts: Vec<(String, HostRecord)>,
    pub(crate) generations: Vec<(String, String, u32, GenerationRecord)>,
}

/// The wait before a transaction that failed is tried again, doubled each time, and at most.
const STORE_RETRY: Millis = 100;
const STORE_RETRY_MOST: Millis = 5_000;

impl Lifecycle {
    /// The lives as they were stored.
    pub(crate) fn new(config: LifecycleConfig, stored: Stored, now: Millis) -> Self {
        let mut lifecycle = Self {
            config,
            now,
            started: now,
            actors: HashMap::new(),
            names: HashMap::new(),
            pools: BTreeMap::new(),
            hosts: BTreeMap::new(),
            pending: BTreeMap::new(),
            timers: BTreeSet::new(),
            steps: HashMap::new(),
            next_store: 0,
            effects: VecDeque::new(),
        };
        for (namespace, pool, config) in stored.pools {
            lifecycle.pools.insert((namespace, pool), config);
        }
        for (envoy, record) in stored.hosts {
            lifecycle
                .hosts
                .insert(envoy.clone(), Host::stored(record, now));
            lifecycle.set_host_timer(&envoy);
        }
        for (envoy, actor, generation, record) in stored.generations {
            if let Some(host) = lifecycle.hosts.get_mut(&envoy) {
                host.generations.insert((actor, generation), record);
            }
        }
        for record in stored.actors {
            if record.phase != Phase::Destroyed {
                lifecycle.insert(record);
            }
        }
        // A host that is forgotten has no clock by which its actors are lost.
        let strays: Vec<(String, String)> = lifecycle
            .actors()
            .filter_map(|record| Some((record.id.clone(), record.envoy.clone()?)))
            .filter(|(_, envoy)| !lifecycle.hosts.contains_key(envoy))
            .collect();
        for (actor, envoy) in strays {
            lifecycle.happened(&actor, Happening::HostLost { envoy });
        }
        lifecycle
    }

    /// What to do next, if anything.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When something is due by itself.
    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while let Some((at, timer)) = self.timers.first().cloned() {
            if at > self.now {
                break;
            }
            self.timers.remove(&(at, timer.clone()));
            match timer {
                Timer::Actor(id) => {
                    if let Some(actor) = self.actors.get_mut(&id) {
                        actor.timer = None;
                        self.happened(&id, Happening::Due);
                    }
                }
                Timer::Host(envoy) => self.host_due(&envoy),
                Timer::Store(id) => {
                    if let Some(step) = self.steps.get(&id) {
                        self.effects
                            .push_back(Effect::Store(id, step.changes.clone()));
                    }
                }
            }
        }
    }

    /// Takes in what happened.
    pub(crate) fn handle(&mut self, input: Input, now: Millis) {
        self.now = self.now.max(now);
        match input {
            Input::PutPool {
                ticket,
                namespace,
                pool,
                config,
            } => {
                self.put_pool(ticket, namespace, pool, config);
            }
            Input::Create {
                ticket,
                id,
                actor,
                duplicate,
            } => self.create(ticket, id, actor, duplicate),
            Input::Wake { actor } => self.happened(&actor, Happening::Wake),
            Input::Sleep { ticket, actor } => {
                self.asked(ticket, &actor, Happening::Sleep(ticket));
            }
            Input::Destroy { ticket, actor } => {
                self.asked(ticket, &actor, Happening::Destroy(ticket));
            }
            Input::HostCame {
                envoy,
                host,
                connection,
            } => self.host_came(envoy, host, connection),
            Input::HostGone { envoy, connection } => self.host_gone(&envoy, connection),
            Input::HostLeaves { envoy } => self.host_leaves(&envoy),
            Input::Event { envoy, event } => self.event(envoy, event),
            Input::CommandsAcked { envoy, checkpoint } => self.acked(&envoy, &checkpoint),
            Input::Refused {
                envoy,
                actor,
                generation,
                message,
            } => {
                self.refused(envoy, &actor, generation, message);
            }
            Input::Remembered { envoy, generations } => self.remembered(&envoy, &generations),
            Input::Stored { id, result } => self.stored(id, result),
        }
    }

    /// An actor, as far as it is durable. Those that were destroyed are in the store alone.
    pub(crate) fn actor(&self, id: &str) -> Option<&ActorRecord> {
        self.actors.get(id).map(|actor| &actor.record)
    }

    pub(crate) fn actors(&self) -> impl Iterator<Item = &ActorRecord> {
        self.actors.values().map(|actor| &actor.record)
    }

    pub(crate) fn find(&self, namespace: &str, name: &str, key: &str) -> Option<&ActorRecord> {
        let name = (namespace.to_owned(), name.to_owned(), key.to_owned());
        self.actor(self.names.get(&name)?)
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = (&str, &str, &serde_json::Value)> {
        let pools = self.pools.iter();
        pools.map(|((namespace, pool), config)| (namespace.as_str(), pool.as_str(), config))
    }

    pub(crate) fn hosts(&self) -> impl Iterator<Item = (&str, &Host)> {
        self.hosts
            .iter()
            .map(|(envoy, host)| (envoy.as_str(), host))
    }

    pub(crate) fn has_namespace(&self, namespace: &str) -> bool {
        self.config
            .namespaces
            .iter()
            .any(|known| known == namespace)
    }

    pub(crate) fn has_pool(&self, namespace: &str, pool: &str) -> bool {
        self.pools
            .contains_key(&(namespace.to_owned(), pool.to_owned()))
    }

    /// The connected host of an actor's generation that runs, or is about to stop: it answers then what it was asked
    /// before, and is asked nothing more.
    pub(crate) fn route(&self, id: &str) -> Option<(&ActorRecord, &str, ConnectionId)> {
        let record = self
            .actor(id)
            .filter(|record| matches!(record.phase, Phase::Running | Phase::Stopping(_)))?;
        let envoy = record.envoy.as_deref()?;
        let connection = self.hosts.get(envoy)?.connection?;
        Some((record, envoy, connection))
    }

    /// Whether requests would be served: every host that runs actors is here, or had its time to come back.
    pub(crate) fn is_ready(&self, now: Millis) -> bool {
        now.saturating_sub(self.started) >= self.config.ready_threshold
            || self
                .hosts
                .values()
                .all(|host| host.connection.is_some() || host.actors.is_empty())
    }

    fn insert(&mut self, record: ActorRecord) {
        let id = record.id.clone();
        if let Some(key) = &record.key {
            let name = (record.namespace.clone(), record.name.clone(), key.clone());
            self.names.insert(name, id.clone());
        }
        let actor = Actor {
            record,
            is_storing: false,
            waiting: VecDeque::new(),
            mourners: Vec::new(),
            timer: None,
        };
        self.actors.insert(id.clone(), actor);
        self.settle(&id, None);
    }

    /// Brings what is derived from an actor's record in line with it.
    fn settle(&mut self, id: &str, before: Option<&ActorRecord>) {
        let Some(actor) = self.actors.get(id) else {
            return;
        };
        let (envoy, pool) = (actor.record.envoy.clone(), actor.record.pool_of());
        let is_pending = actor.record.waits_for_host();
        if let Some(old) = before.and_then(|before| before.envoy.as_ref())
            && envoy.as_ref() != Some(old)
            && let Some(host) = self.hosts.get_mut(old)
        {
            host.actors.remove(id);
        }
        if let Some(host) = envoy.and_then(|envoy| self.hosts.get_mut(&envoy)) {
            host.actors.insert(id.to_owned());
        }
        if is_pending {
            self.pending.entry(pool).or_default().insert(id.to_owned());
        } else if let Some(pending) = self.pending.get_mut(&pool) {
            pending.remove(id);
            if pending.is_empty() {
                self.pending.remove(&pool);
            }
        }
        self.set_actor_timer(id);
    }

    fn set_actor_timer(&mut self, id: &str) {
        let Some(actor) = self.actors.get_mut(id) else {
            return;
        };
        let record = &actor.record;
        let due = match record.phase {
            Phase::Sleeping => record.alarm_ts,
            Phase::Pending => record.reschedule_ts,
            Phase::Starting | Phase::Stopping(_) => record.until_ts,
            Phase::Running | Phase::Destroyed => None,
        };
        if let Some(old) = actor.timer.take() {
            self.timers.remove(&(old, Timer::Actor(id.to_owned())));
        }
        if let Some(due) = due {
            actor.timer = Some(due);
            self.timers.insert((due, Timer::Actor(id.to_owned())));
        }
    }

    fn put_pool(
        &mut self,
        ticket: Ticket,
        namespace: String,
        pool: String,
        config: serde_json::Value,
    ) {
        if !self.has_namespace(&namespace) {
            return self.answer(ticket, Err(Refusal::NoNamespace(namespace)));
        }
        let key = (namespace, pool);
        if self.pools.get(&key) == Some(&config) {
            return self.answer(ticket, Ok(Answer::Pool { changed: false }));
        }
        let (namespace, pool) = key;
        let value = Bytes::from(config.to_string());
        let changes = Changes {
            rows: vec![(pool_key(&namespace, &pool), Some(value))],
            ..Changes::default()
        };
        self.store(
            changes,
            Then::Pool {
                namespace,
                pool,
                config,
            },
            Some(ticket),
        );
    }

    fn create(&mut self, ticket: Ticket, id: String, new: NewActor, duplicate: Duplicate) {
        let NewActor {
            namespace,
            name,
            key,
            input,
            pool,
            crash_policy,
        } = new;
        if !self.has_namespace(&namespace) {
            return self.answer(ticket, Err(Refusal::NoNamespace(namespace)));
        }
        if !self.has_pool(&namespace, &pool) {
            return self.answer(ticket, Err(Refusal::NoPool { namespace, pool }));
        }
        let taken = key.as_ref().and_then(|key| {
            let named = (namespace.clone(), name.clone(), key.clone());
            Some((key.clone(), self.names.get(&named)?.clone()))
        });
        if let Some((key, taken)) = taken {
            let answer = match (duplicate, self.actors.get(&taken)) {
                (Duplicate::Take, Some(actor)) => Ok(Answer::Actor {
                    record: Box::new(actor.record.clone()),
                    created: false,
                }),
                _ => Err(Refusal::Duplicate { actor: taken, key }),
            };
            return self.answer(ticket, answer);
        }
        let record = ActorRecord {
            format: ActorRecord::FORMAT,
            id: id.clone(),
            namespace,
            name,
            key,
            pool,
            crash_policy,
            phase: Phase::Sleeping,
            generation: 0,
            envoy: None,
            issued: 0,
            until_ts: None,
            alarm_ts: None,
            crashes: 0,
            error: None,
            create_ts: self.now,
            start_ts: None,
            pending_ts: None,
            connectable_ts: None,
            sleep_ts: None,
            reschedule_ts: None,
            destroy_ts: None,
        };
        let mut rows = Vec::new();
        if let Some(key) = &record.key {
            let row = name_key(&record.namespace, &record.name, key);
            rows.push((row, Some(Bytes::from(id.clone()))));
        }
        if let Some(input) = input {
            rows.push((input_key(&id), Some(input)));
        }
        // It is taken from now on, so that another creation of the same name cannot come in between.
        self.insert(record.clone());
        if let Some(actor) = self.actors.get_mut(&id) {
            actor.is_storing = true;
        }
        // A created actor is started at once, in the same transaction, if there is a host.
        let next = self.decide(&record, &Happening::Wake);
        let Next {
            record: started,
            database,
            orders,
            ..
        } = next;
        rows.extend(self.generation_rows(&id, &orders));
        let changes = Changes {
            actor: Some((started.unwrap_or(record), database)),
            orders,
            rows,
        };
        self.store(changes, Then::Created { actor: id }, Some(ticket));
    }

    /// What the API asks of an actor.
    fn asked(&mut self, ticket: Ticket, id: &str, what: Happening) {
        if self.actors.contains_key(id) {
            self.happened(id, what);
        } else {
            self.answer(ticket, Err(Refusal::NoActor(id.to_owned())));
        }
    }

    fn event(&mut self, envoy: String, event: latest::EventWrapper) {
        let latest::EventWrapper { checkpoint, inner } = event;
        let latest::ActorCheckpoint {
            actor_id,
            generation,
            index,
        } = checkpoint;
        let what = match inner {
            latest::Event::EventActorIntent(intent) => match intent.intent {
                latest::ActorIntent::ActorIntentSleep => Said::WantsSleep,
                latest::ActorIntent::ActorIntentStop => Said::WantsEnd,
            },
            latest::Event::EventActorStateUpdate(update) => match update.state {
                latest::ActorState::ActorStateRunning => Said::Running,
                latest::ActorState::ActorStateStopped(stopped) => {
                    Said::Stopped(match stopped.code {
                        latest::StopCode::Ok => Ok(()),
                        latest::StopCode::Error => Err(stopped.message),
                    })
                }
            },
            latest::Event::EventActorSetAlarm(alarm) => Said::Alarm(alarm.alarm_ts),
        };
        if self.actors.contains_key(&actor_id) {
            let said = Happening::Said {
                envoy,
                generation,
                index,
                what,
            };
            self.happened(&actor_id, said);
        } else {
            // Nobody's: it is dealt with by being ignored.
            let checkpoint = latest::ActorCheckpoint {
                actor_id,
                generation,
                index,
            };
            self.effects
                .push_back(Effect::Applied { envoy, checkpoint });
        }
    }

    fn refused(&mut self, envoy: String, actor: &str, generation: u32, message: String) {
        let is_current = self
            .actor(actor)
            .is_some_and(|record| record.is_held_by(&envoy) && record.generation == generation);
        if is_current {
            self.happened(
                actor,
                Happening::Refused {
                    envoy,
                    generation,
                    message,
                },
            );
        } else {
            let actor = actor.to_owned();
            self.effects.push_back(Effect::StopStale {
                envoy,
                actor,
                generation,
            });
        }
    }

    /// Something happens to an actor. It waits its turn while a step of the actor is written.
    fn happened(&mut self, id: &str, what: Happening) {
        if let Some(actor) = self.actors.get_mut(id) {
            actor.waiting.push_back(what);
            self.advance(id);
        }
    }

    fn advance(&mut self, id: &str) {
        while let Some(actor) = self.actors.get_mut(id) {
            if actor.is_storing {
                return;
            }
            let Some(what) = actor.waiting.pop_front() else {
                return;
            };
            let record = actor.record.clone();
            let next = if self.was_applied(id, &what) {
                Next::default()
            } else {
                self.decide(&record, &what)
            };
            self.take(id, what, next);
        }
    }

    /// Whether this is an event that was written before: it came again because nobody said so.
    fn was_applied(&self, id: &str, what: &Happening) -> bool {
        let Happening::Said {
            envoy,
            generation,
            index,
            ..
        } = what
        else {
            return false;
        };
        let known = self
            .hosts
            .get(envoy)
            .and_then(|host| host.generations.get(&(id.to_owned(), *generation)));
        known.is_some_and(|known| *index <= known.applied)
    }

    fn decide(&self, record: &ActorRecord, what: &Happening) -> Next {
        let host = self.choose_host(record);
        let context = Context {
            config: &self.config,
            now: self.now,
            host: host.as_deref(),
            pool_has_hosts: self.pool_has_hosts(record),
        };
        decide(record, what, context)
    }

    /// Writes what was decided, or does at once what needs no writing.
    fn take(&mut self, id: &str, what: Happening, next: Next) {
        let Next {
            record,
            database,
            orders,
            over,
        } = next;
        let mut rows = Vec::new();
        let mut applied = None;
        let mut done = None;
        match what {
            Happening::Said {
                envoy,
                generation,
                index,
                what,
            } => {
                if record.is_some() || over.is_some() {
                    rows.extend(self.event_row(&envoy, id, generation, index, &what));
                }
                let actor_id = id.to_owned();
                let checkpoint = latest::ActorCheckpoint {
                    actor_id,
                    generation,
                    index,
                };
                applied = Some((envoy, checkpoint));
            }
            Happening::Sleep(ticket) => done = Some(ticket),
            Happening::Destroy(ticket) => {
                if let Some(actor) = self.actors.get_mut(id) {
                    actor.mourners.push(ticket);
                }
            }
            _ => {}
        }
        let Some(record) = record else {
            // Nothing changes, and so nothing has to be written before it is said.
            if let Some((envoy, checkpoint)) = applied {
                self.effects
                    .push_back(Effect::Applied { envoy, checkpoint });
            }
            if let Some(ticket) = done {
                self.answer(ticket, Ok(Answer::Done));
            }
            self.set_actor_timer(id);
            return;
        };
        rows.extend(self.generation_rows(id, &orders));
        if let Some(over) = over.as_ref().filter(|over| over.by_host) {
            rows.extend(
                (1..=over.issued)
                    .map(|index| (command_key(&over.envoy, id, over.generation, index), None)),
            );
        }
        if record.phase == Phase::Destroyed {
            rows.push((input_key(id), None));
            if let Some(key) = &record.key {
                rows.push((name_key(&record.namespace, &record.name, key), None));
            }
        }
        if let Some(actor) = self.actors.get_mut(id) {
            actor.is_storing = true;
        }
        let changes = Changes {
            actor: Some((record, database)),
            orders,
            rows,
        };
        self.store(
            changes,
            Then::Actor {
                over,
                applied,
                done,
            },
            done,
        );
    }

    /// The rows that say which commands were issued.
    fn generation_rows(
        &mut self,
        id: &str,
        orders: &[actor::Order],
    ) -> Vec<(Vec<u8>, Option<Bytes>)> {
        let mut rows = Vec::new();
        for order in orders {
            let Some(host) = self.hosts.get_mut(&order.envoy) else {
                continue;
            };
            let generation = host.generation(id, order.generation);
            generation.issued = generation.issued.max(order.index);
            rows.push((
                generation_key(&order.envoy, id, order.generation),
                Some(row(generation)),
            ));
        }
        rows
    }

    /// The row that says that an event was applied.
    fn event_row(
        &mut self,
        envoy: &str,
        id: &str,
        generation: u32,
        index: i64,
        what: &Said,
    ) -> Option<(Vec<u8>, Option<Bytes>)> {
        let host = self.hosts.get_mut(envoy)?;
        let record = host.generation(id, generation);
        record.applied = record.applied.max(index);
        record.stopped |= matches!(what, Said::Stopped(_));
        Some((generation_key(envoy, id, generation), Some(row(record))))
    }

    fn store(&mut self, changes: Changes, then: Then, asked: Option<Ticket>) {
        let id = StoreId(self.next_store);
        self.next_store += 1;
        self.effects.push_back(Effect::Store(id, changes.clone()));
        self.steps.insert(
            id,
            Step {
                changes,
                then,
                asked,
                attempts: 0,
            },
        );
    }

    fn stored(&mut self, id: StoreId, result: Result<Vec<latest::Command>, StoreFailure>) {
        let Some(mut step) = self.steps.remove(&id) else {
            return;
        };
        match result {
            Ok(commands) => self.durable(step, commands),
            Err(failure) => match step.asked {
                Some(ticket) => {
                    let refusal = Refusal::Store(failure.message, failure.code);
                    self.answer(ticket, Err(refusal));
                    self.undo(step);
                }
                None if failure.is_passing => {
                    let doublings = step.attempts.min(16);
                    let wait = (STORE_RETRY << doublings).min(STORE_RETRY_MOST);
                    step.attempts += 1;
                    self.timers
                        .insert((self.now.saturating_add(wait), Timer::Store(id)));
                    self.steps.insert(id, step);
                }
                // The store is closed, or nobody knows what it holds. What is known is in it, for the next start; the
                // actor does no further step here.
                None => {}
            },
        }
    }

    /// A step that somebody asked for was not written: it never was.
    fn undo(&mut self, step: Step) {
        match step.then {
            Then::Created { actor } => {
                if let Some(actor) = self.actors.remove(&actor) {
                    let record = actor.record;
                    if let Some(key) = record.key {
                        self.names.remove(&(record.namespace, record.name, key));
                    }
                    for what in actor.waiting {
                        if let Happening::Sleep(ticket) | Happening::Destroy(ticket) = what {
                            self.answer(ticket, Err(Refusal::NoActor(record.id.clone())));
                        }
                    }
                }
            }
            Then::Actor { .. } => {
                if let Some((record, _)) = step.changes.actor {
                    if let Some(actor) = self.actors.get_mut(&record.id) {
                        actor.is_storing = false;
                    }
                    self.advance(&record.id);
                }
            }
            Then::Nothing | Then::Pool { .. } | Then::Host { .. } => {}
        }
    }

    fn durable(&mut self, step: Step, commands: Vec<latest::Command>) {
        let Step {
            changes,
            then,
            asked,
            ..
        } = step;
        match then {
            Then::Nothing => {}
            Then::Pool {
                namespace,
                pool,
                config,
            } => {
                self.pools.insert((namespace, pool), config);
                if let Some(ticket) = asked {
                    self.answer(ticket, Ok(Answer::Pool { changed: true }));
                }
            }
            Then::Host { envoy } => {
                if let Some(host) = self.hosts.get_mut(&envoy) {
                    host.is_stored = true;
                }
                self.offer(&envoy);
            }
            Then::Created { actor } => {
                if let Some((record, _)) = &changes.actor {
                    let record = Box::new(record.clone());
                    if let Some(ticket) = asked {
                        self.answer(
                            ticket,
                            Ok(Answer::Actor {
                                record,
                                created: true,
                            }),
                        );
                    }
                }
                self.written(&actor, changes, commands);
            }
            Then::Actor {
                over,
                applied,
                done,
            } => {
                if let Some((envoy, checkpoint)) = applied {
                    self.effects
                        .push_back(Effect::Applied { envoy, checkpoint });
                }
                if let Some(ticket) = done {
                    self.answer(ticket, Ok(Answer::Done));
                }
                let Some(id) = changes.actor.as_ref().map(|(record, _)| record.id.clone()) else {
                    return;
                };
                if let Some(over) = over {
                    let (actor, generation) = (id.clone(), over.generation);
                    self.effects.push_back(Effect::Over { actor, generation });
                }
                self.written(&id, changes, commands);
            }
        }
    }

    /// An actor's next record is durable: it is told of, and the next step is taken.
    fn written(&mut self, id: &str, changes: Changes, commands: Vec<latest::Command>) {
        for (order, command) in changes.orders.into_iter().zip(commands) {
            let checkpoint = latest::ActorCheckpoint {
                actor_id: id.to_owned(),
                generation: order.generation,
                index: order.index,
            };
            self.effects.push_back(Effect::Command {
                envoy: order.envoy,
                checkpoint,
                command,
            });
        }
        let Some((record, _)) = changes.actor else {
            return;
        };
        let Some(actor) = self.actors.get_mut(id) else {
            return;
        };
        actor.is_storing = false;
        let before = std::mem::replace(&mut actor.record, record);
        self.settle(id, Some(&before));
        self.effects.push_back(Effect::Moved {
            actor: id.to_owned(),
        });
        if self
            .actors
            .get(id)
            .is_some_and(|actor| actor.record.phase == Phase::Destroyed)
        {
            self.bury(id);
            return;
        }
        // A host may have come between the choice that found none, and now.
        let record = self.actor(id).filter(|record| record.waits_for_host());
        if record.is_some_and(|record| self.choose_host(record).is_some()) {
            return self.happened(id, Happening::HostCame);
        }
        // Its host may have left between the choice and the allocation.
        let host = self.actor(id).and_then(|record| record.envoy.clone());
        if let Some(envoy) = host {
            match self.hosts.get(&envoy) {
                Some(host) if host.is_leaving => {
                    return self.happened(id, Happening::HostLeaves { envoy });
                }
                Some(host) if !host.is_lost => {}
                _ => return self.happened(id, Happening::HostLost { envoy }),
            }
        }
        self.advance(id);
    }

    /// A destroyed actor is in the store alone from here on.
    fn bury(&mut self, id: &str) {
        let Some(actor) = self.actors.remove(id) else {
            return;
        };
        if let Some(key) = actor.record.key {
            self.names
                .remove(&(actor.record.namespace, actor.record.name, key));
        }
        for ticket in actor.mourners {
            self.answer(ticket, Ok(Answer::Done));
        }
        for what in actor.waiting {
            match what {
                Happening::Destroy(ticket) => self.answer(ticket, Ok(Answer::Done)),
                Happening::Sleep(ticket) => {
                    self.answer(ticket, Err(Refusal::Destroyed(id.to_owned())));
                }
                Happening::Said {
                    envoy,
                    generation,
                    index,
                    ..
                } => {
                    let actor_id = id.to_owned();
                    let checkpoint = latest::ActorCheckpoint {
                        actor_id,
                        generation,
                        index,
                    };
                    self.effects
                        .push_back(Effect::Applied { envoy, checkpoint });
                }
                _ => {}
            }
        }
        self.effects.push_back(Effect::Destroyed {
            actor: id.to_owned(),
        });
    }

    fn answer(&mut self, ticket: Ticket, answer: Result<Answer, Refusal>) {
        self.effects.push_back(Effect::Answer(ticket, answer));
    }

    fn set_host_timer(&mut self, envoy: &str) {
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        let timer = Timer::Host(envoy.to_owned());
        if let Some(old) = host.timer.take() {
            self.timers.remove(&(old, timer.clone()));
        }
        if let Some(due) = host.due(&self.config) {
            host.timer = Some(due);
            self.timers.insert((due, timer));
        }
    }
}

impl ActorRecord {
    /// Whether it would run if there were a host.
    fn waits_for_host(&self) -> bool {
        self.phase == Phase::Pending && self.reschedule_ts.is_none()
    }

    fn pool_of(&self) -> (String, String) {
        (self.namespace.clone(), self.pool.clone())
    }
}

/// The value of a row that is there.
fn row(record: &impl serde::Serialize) -> Bytes {
    match serde_json::to_vec(record) {
        Ok(json) => Bytes::from(json),
        Err(error) => unreachable!("numbers and names are always JSON: {error}"),
    }
}
