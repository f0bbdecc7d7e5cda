//! The lives of actors: a state machine without sockets, clock, threads or randomness.
//!
//! What happens goes in with the time; what to write, to send and to answer comes out. Each step of an actor is written
//! before anybody learns of it, and what happens to that actor meanwhile waits: so whatever moment the process dies at,
//! what is stored is what everybody was told, and a restart goes on from there.

mod actor;
mod calls;
mod changes;
mod durable;
mod events;
mod hosts;
mod io;
mod steps;
#[cfg(test)]
mod tests;
mod timers;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;

use self::actor::Happening;
use self::hosts::Host;
use self::steps::Step;
use self::timers::Timer;
use crate::faults::{Faults, Guard};
use crate::records::{ActorRecord, GenerationRecord, HostRecord, Phase};

pub(crate) use self::changes::{Changes, StoreError};
pub(crate) use self::io::{
    Answer, ConnectionId, Duplicate, Effect, Input, NewActor, Refusal, StoreFailure, StoreId,
    Ticket,
};

/// Milliseconds: since 1970, or of the time that passes in between.
///
/// Two clocks count them. One goes on steadily from what the system's said when this server started: whatever has to
/// happen within a time, or after one, is measured by it. The other is the system's clock now, which may be set, or
/// stand still with the machine: alarms are set by it, and what is shown. [`Lifecycle::clock_moved`] says how far it is
/// ahead of the first.
pub(crate) type Millis = i64;

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
    /// Guards that are left out, for tests.
    pub(crate) faults: Faults,
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
            faults: Faults::default(),
        }
    }
}

/// All actors, and the hosts that run them.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    config: LifecycleConfig,
    /// By the steady clock.
    now: Millis,
    started: Millis,
    /// How far the system's clock is ahead of that, behind it where it is negative.
    ahead: Millis,
    actors: HashMap<String, Actor>,
    /// By namespace, name and key.
    names: HashMap<(String, String, String), String>,
    pools: BTreeMap<(String, String), serde_json::Value>,
    hosts: BTreeMap<String, Host>,
    /// The hosts that ran actors when this server started.
    awaited: BTreeSet<String>,
    /// The actors that wait for a host, by namespace and pool, in the order of their ids.
    pending: BTreeMap<(String, String), BTreeSet<String>>,
    /// By the steady clock.
    timers: BTreeSet<(Millis, Timer)>,
    /// The alarms of actors that sleep, by the system's clock.
    alarms: BTreeSet<(Millis, String)>,
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
    /// Whether that gives up its generation, which is asked nothing more: what it would answer is of no use.
    is_given_up: bool,
    waiting: VecDeque<Happening>,
    /// Who waits for its end.
    mourners: Vec<Ticket>,
    timer: Option<Millis>,
    alarm: Option<Millis>,
    /// How far the system's clock was ahead when the record was made, or shifted.
    ahead: Millis,
}

/// What is read from the store when a server starts.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) actors: Vec<ActorRecord>,
    pub(crate) pools: Vec<(String, String, serde_json::Value)>,
    pub(crate) hosts: Vec<(String, HostRecord)>,
    pub(crate) generations: Vec<(String, String, u32, GenerationRecord)>,
    /// Generations of which nobody can say any more what their hosts know of their last commit.
    pub(crate) unproven: Vec<(String, u32)>,
}

impl Lifecycle {
    /// The lives as they were stored.
    pub(crate) fn new(config: LifecycleConfig, stored: Stored, now: Millis) -> Self {
        let mut lifecycle = Self {
            config,
            now,
            started: now,
            ahead: 0,
            actors: HashMap::new(),
            names: HashMap::new(),
            pools: BTreeMap::new(),
            hosts: BTreeMap::new(),
            awaited: BTreeSet::new(),
            pending: BTreeMap::new(),
            timers: BTreeSet::new(),
            alarms: BTreeSet::new(),
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
        for mut record in stored.actors {
            if record.phase != Phase::Destroyed {
                // Its times are of another process, whose clock may have been far ahead.
                record.bound(&lifecycle.config, now);
                lifecycle.insert(record);
            }
        }
        let running = |(_, host): &(&String, &Host)| !host.actors.is_empty();
        let awaited = lifecycle.hosts.iter().filter(running);
        lifecycle.awaited = awaited.map(|(envoy, _)| envoy.clone()).collect();
        // A host that is forgotten has no clock by which its actors are lost.
        let mut strays: Vec<(String, String)> = lifecycle
            .actors()
            .filter_map(|record| Some((record.id.clone(), record.envoy.clone()?)))
            .filter(|(_, envoy)| !lifecycle.hosts.contains_key(envoy))
            .collect();
        // In an order that is the same each time.
        strays.sort_unstable();
        for (actor, envoy) in strays {
            lifecycle.happened(&actor, Happening::HostLost { envoy });
        }
        // Now, and not when they ask for something: who asks an actor in between would get the error for an answer.
        for (actor, generation) in stored.unproven {
            lifecycle.happened(&actor, Happening::Unproven { generation });
        }
        lifecycle
    }

    /// How far the system's clock is ahead of the one that goes on steadily.
    pub(crate) fn clock_moved(&mut self, ahead: Millis) {
        self.ahead = ahead;
    }

    /// What the system's clock says when the steady one says this.
    pub(crate) fn system_time(&self, at: Millis) -> Millis {
        at.saturating_add(self.ahead)
    }

    /// What to do next, if anything.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
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
            Input::HostEnded { envoy, connection } => self.host_ended(&envoy, connection),
            Input::HostLeaves { envoy } => self.host_leaves(&envoy),
            Input::Event { envoy, event } => self.event(envoy, event),
            Input::CommandsAcked { envoy, checkpoint } => self.acked(&envoy, checkpoint),
            Input::Refused {
                envoy,
                actor,
                generation,
                message,
            } => {
                let what = Happening::Refused {
                    envoy: envoy.clone(),
                    generation,
                    message,
                };
                self.refused(envoy, &actor, generation, what);
            }
            Input::Unproven {
                envoy,
                actor,
                generation,
            } => self.refused(
                envoy,
                &actor,
                generation,
                Happening::Unproven { generation },
            ),
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

    /// Whether a guard is left out, for a test.
    pub(crate) fn lacks(&self, guard: Guard) -> bool {
        self.config.faults.lack(guard)
    }

    pub(crate) fn host(&self, envoy: &str) -> Option<&Host> {
        self.hosts.get(envoy)
    }

    pub(crate) fn has_namespace(&self, namespace: &str) -> bool {
        self.config
            .namespaces
            .iter()
            .any(|known| known == namespace)
            || self.lacks(Guard::Namespaces)
    }

    pub(crate) fn has_pool(&self, namespace: &str, pool: &str) -> bool {
        let known = (namespace.to_owned(), pool.to_owned());
        self.pools.contains_key(&known) || self.lacks(Guard::Pools)
    }

    /// The connected host of an actor's generation that runs, or is about to stop: it answers then what it was asked
    /// before, and is asked nothing more.
    pub(crate) fn route(&self, id: &str) -> Option<(&ActorRecord, &str, ConnectionId)> {
        let actor = self.actors.get(id).filter(|actor| !actor.is_given_up)?;
        let record = &actor.record;
        if !matches!(record.phase, Phase::Running | Phase::Stopping(_)) {
            return None;
        }
        let envoy = record.envoy.as_deref()?;
        let connection = self.hosts.get(envoy)?.connection?;
        Some((record, envoy, connection))
    }

    /// Whether requests would be served: every host that ran actors is here again, or does not come back, or had its time.
    pub(crate) fn is_ready(&self, now: Millis) -> bool {
        let is_away = |envoy: &String| {
            let host = self.hosts.get(envoy);
            host.is_some_and(|host| host.connection.is_none() && !host.is_lost)
        };
        now.saturating_sub(self.started) >= self.config.ready_threshold
            || !self.awaited.iter().any(is_away)
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
            is_given_up: false,
            waiting: VecDeque::new(),
            mourners: Vec::new(),
            timer: None,
            alarm: None,
            ahead: self.ahead,
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

    fn answer(&mut self, ticket: Ticket, answer: Result<Answer, Refusal>) {
        self.effects.push_back(Effect::Answer(ticket, answer));
    }
}

impl ActorRecord {
    /// Whether it would run if there were a host.
    fn waits_for_host(&self) -> bool {
        self.phase == Phase::Pending && self.reschedule_ts.is_none()
    }

    /// Brings the times that something is measured from, or until, to a clock that is this much further ahead.
    fn shift(&mut self, ahead: Millis) {
        let times = [
            &mut self.until_ts,
            &mut self.reschedule_ts,
            &mut self.connectable_ts,
        ];
        for at in times.into_iter().flatten() {
            *at = at.saturating_add(ahead);
        }
    }

    /// Nothing lasts longer than it may from now on.
    fn bound(&mut self, config: &LifecycleConfig, now: Millis) {
        let most = |at: &mut Option<Millis>, wait: Millis| {
            *at = at.map(|at| at.min(now.saturating_add(wait)));
        };
        let threshold = match self.phase {
            Phase::Starting => config.start_threshold,
            _ => config.stop_threshold,
        };
        most(&mut self.until_ts, threshold);
        most(&mut self.reschedule_ts, config.crash_backoff_most);
        most(&mut self.connectable_ts, 0);
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
