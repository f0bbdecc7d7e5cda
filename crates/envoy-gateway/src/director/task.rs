//! The director's task: it alone calls the lifecycle, and does what that says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use depot::Depot;
use envoy_protocol::session::{self, EnvoyState};
use envoy_protocol::ws::{Handle, HostParams};
use envoy_protocol::{Close, CloseReason, latest};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::routes::{Place, RouteState, Routes};
use super::{Clock, HostSaid, HostView, PoolView};
use crate::lifecycle::{
    Answer, Changes, ConnectionId, Effect, Input, Lifecycle, Refusal, StoreError, StoreFailure,
    StoreId, Ticket,
};
use crate::records::{ActorRecord, HostRecord, Phase};
use crate::storage::{Refused, RefusedReason, Storage, StorageConnection};

/// Looks at what the task knows.
pub(super) type Query = Box<dyn FnOnce(&Task) + Send>;

/// What the task is asked.
pub(super) enum Message {
    Input(Input),
    Call {
        ticket: Ticket,
        input: Input,
        answer: oneshot::Sender<Result<Answer, Refusal>>,
    },
    Query(Query),
    /// Somebody looks for an actor.
    Watch(String),
    Connect {
        params: Box<HostParams>,
        connection: ConnectionId,
        answer: oneshot::Sender<Result<EnvoyState, Close>>,
    },
    Attached {
        connection: ConnectionId,
        session: Handle<session::Server>,
        storage: StorageConnection,
        credit: Arc<Semaphore>,
    },
    Said {
        connection: ConnectionId,
        said: HostSaid,
    },
    Disconnected(ConnectionId),
    Shutdown(oneshot::Sender<()>),
}

/// What the task keeps of a host.
#[derive(Default)]
struct Known {
    /// What is kept across connections. While a connection has it, this is what it was before.
    state: EnvoyState,
    current: Option<Current>,
    metadata: Option<String>,
}

/// A host's connection.
struct Current {
    connection: ConnectionId,
    record: HostRecord,
    attached: Option<Attached>,
    /// What is to be sent once there is a session.
    early: Vec<Effect>,
}

struct Attached {
    session: Handle<session::Server>,
    storage: StorageConnection,
    credit: Arc<Semaphore>,
    /// Generations that the host was told to stop because they are long over.
    stale: HashSet<(String, u32)>,
}

pub(super) struct Task {
    pub(super) lifecycle: Lifecycle,
    depot: Depot,
    storage: Storage,
    routes: Routes,
    ready: Arc<AtomicBool>,
    clock: Clock,
    known: HashMap<String, Known>,
    connections: HashMap<ConnectionId, String>,
    /// By namespace and name.
    names: BTreeMap<(String, String), String>,
    waiting: HashMap<Ticket, oneshot::Sender<Result<Answer, Refusal>>>,
    stores: FuturesUnordered<BoxFuture<'static, (StoreId, Stored)>>,
    sweep_is_due: bool,
}

type Stored = Result<Vec<latest::Command>, StoreError>;

/// How often it is looked whether the store can still be read: one that is poisoned has to be opened anew, and nothing here
/// does that.
const LOOK: Duration = Duration::from_secs(1);
/// How often rows are looked for that nobody needs any more.
const TIDY: Duration = Duration::from_secs(30);
/// Names of actors that are remembered for one server.
const NAMES_MOST: usize = 10_000;

impl Task {
    pub(super) fn new(
        depot: Depot,
        storage: Storage,
        lifecycle: Lifecycle,
        states: HashMap<String, EnvoyState>,
        routes: Routes,
        ready: Arc<AtomicBool>,
        clock: Clock,
    ) -> Self {
        let known = |state| Known {
            state,
            ..Known::default()
        };
        Self {
            lifecycle,
            depot,
            storage,
            routes,
            ready,
            clock,
            known: states
                .into_iter()
                .map(|(envoy, state)| (envoy, known(state)))
                .collect(),
            connections: HashMap::new(),
            names: BTreeMap::new(),
            waiting: HashMap::new(),
            stores: FuturesUnordered::new(),
            // What a server before this one has left.
            sweep_is_due: true,
        }
    }

    pub(super) async fn run(
        mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        mut refused: mpsc::UnboundedReceiver<Refused>,
    ) {
        let mut tidy = tokio::time::interval(TIDY);
        tidy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looking: Option<BoxFuture<'static, Result<(), depot::Error>>> = None;
        let mut sweeping: Option<BoxFuture<'static, ()>> = None;
        let mut stopping = None;
        loop {
            self.act();
            if self.lifecycle.is_ready(self.clock.now()) {
                self.ready.store(true, Ordering::Release);
            }
            if stopping.is_some() && self.stores.is_empty() {
                break;
            }
            if self.sweep_is_due && sweeping.is_none() {
                self.sweep_is_due = false;
                let sweep = self.storage.sweep_destroyed();
                sweeping = Some(Box::pin(async move {
                    if let Err(error) = sweep.await {
                        // What is left is found at the next start, and at the next end of an actor.
                        tracing::warn!(%error, "rows of destroyed actors were not removed");
                    }
                }));
            }
            let due = self.due();
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Shutdown(answer)) => stopping = Some(answer),
                    Some(message) => self.message(message),
                    None => break,
                },
                Some(refused) = refused.recv() => self.refused(refused),
                Some((id, result)) = self.stores.next(), if !self.stores.is_empty() => {
                    let result = result.map_err(|error| failure(&error));
                    if let Err(failure) = &result && is_final(failure.code) {
                        break;
                    }
                    self.input(Input::Stored { id, result });
                }
                _ = look.tick(), if looking.is_none() => {
                    let read = self.depot.view(|view| view.row(b"").map(drop));
                    looking = Some(Box::pin(read));
                }
                looked = async { match &mut looking { Some(read) => read.await, None => Ok(()) } }, if looking.is_some() => {
                    looking = None;
                    if let Err(error) = looked && is_final(error.code()) {
                        tracing::error!(%error, "the store cannot be used any more");
                        break;
                    }
                }
                () = tokio::time::sleep_until(due) => {
                    let now = self.clock.now();
                    self.lifecycle.handle_timeout(now);
                }
                _ = tidy.tick() => self.tidy(),
                () = async { if let Some(sweep) = &mut sweeping { sweep.await } }, if sweeping.is_some() => {
                    sweeping = None;
                }
            }
        }
        // From here on nobody is heard.
        messages.close();
        if let Some(answer) = stopping {
            let _ = answer.send(());
        }
    }

    fn due(&self) -> Instant {
        let far = Instant::now() + Duration::from_hours(1);
        let due = self
            .lifecycle
            .poll_timeout()
            .map(|at| self.clock.instant(at));
        let ready = (!self.ready.load(Ordering::Acquire))
            .then(|| Instant::now() + Duration::from_millis(50));
        [due, ready].into_iter().flatten().min().unwrap_or(far)
    }

    fn input(&mut self, input: Input) {
        let now = self.clock.now();
        self.lifecycle.handle(input, now);
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Input(input) => self.input(input),
            Message::Call {
                ticket,
                input,
                answer,
            } => {
                self.waiting.insert(ticket, answer);
                self.input(input);
            }
            Message::Query(query) => query(self),
            Message::Watch(actor) => self.moved(&actor),
            Message::Connect {
                params,
                connection,
                answer,
            } => {
                let state = self.connect(&params, connection);
                // Where nobody waits any more, the connection is said to have ended.
                let _ = answer.send(state);
            }
            Message::Attached {
                connection,
                session,
                storage,
                credit,
            } => {
                self.attached(connection, session, storage, credit);
            }
            Message::Said { connection, said } => self.said(connection, said),
            Message::Disconnected(connection) => self.disconnected(connection),
            Message::Shutdown(_) => {}
        }
    }

    fn connect(&mut self, params: &HostParams, id: ConnectionId) -> Result<EnvoyState, Close> {
        let (namespace, pool) = (params.namespace(), params.pool_name());
        if !self.lifecycle.has_namespace(namespace) {
            return Err(Close::new(CloseReason::NAMESPACE_NOT_FOUND));
        }
        if !self.lifecycle.has_pool(namespace, pool) {
            return Err(Close::new(CloseReason::NO_RUNNER_CONFIG));
        }
        let envoy = params.envoy_key().as_str().to_owned();
        self.leave(&envoy);
        let known = self.known.entry(envoy.clone()).or_default();
        known.current = Some(Current {
            connection: id,
            record: HostRecord {
                format: ActorRecord::FORMAT,
                namespace: namespace.to_owned(),
                pool: pool.to_owned(),
                deployment: params.version(),
                protocol: params.protocol_version().number(),
            },
            attached: None,
            early: Vec::new(),
        });
        let state = known.state.clone();
        self.connections.insert(id, envoy);
        Ok(state)
    }

    /// Takes back what is kept of a host from its connection, and closes that.
    fn leave(&mut self, envoy: &str) {
        let Some(known) = self.known.get_mut(envoy) else {
            return;
        };
        let Some(current) = known.current.take() else {
            return;
        };
        self.connections.remove(&current.connection);
        if let Some(attached) = current.attached {
            attached.storage.end();
            attached.credit.close();
            known.state = attached.session.with(session::Server::evict);
        }
        for effect in current.early {
            if let Effect::Command {
                checkpoint,
                command,
                ..
            } = effect
            {
                known
                    .state
                    .command(&checkpoint.actor_id, checkpoint.generation, command);
            }
        }
        let connection = current.connection;
        self.input(Input::HostGone {
            envoy: envoy.to_owned(),
            connection,
        });
    }

    fn attached(
        &mut self,
        connection: ConnectionId,
        session: Handle<session::Server>,
        storage: StorageConnection,
        credit: Arc<Semaphore>,
    ) {
        let envoy = self.connections.get(&connection).cloned();
        let current = envoy
            .as_ref()
            .and_then(|envoy| self.known.get_mut(envoy))
            .and_then(|known| known.current.as_mut());
        let (Some(envoy), Some(current)) = (envoy, current) else {
            // A newer connection came in between.
            storage.end();
            credit.close();
            session.with(|server, _| server.close(Close::new(CloseReason::EVICTION)));
            return;
        };
        current.attached = Some(Attached {
            session,
            storage,
            credit,
            stale: HashSet::new(),
        });
        let early = std::mem::take(&mut current.early);
        let host = current.record.clone();
        for effect in early {
            self.effect(effect);
        }
        self.input(Input::HostCame {
            envoy,
            host,
            connection,
        });
    }

    fn disconnected(&mut self, connection: ConnectionId) {
        if let Some(envoy) = self.connections.get(&connection).cloned() {
            self.leave(&envoy);
            self.tidy_host(&envoy);
        }
    }

    fn said(&mut self, connection: ConnectionId, said: HostSaid) {
        let Some(envoy) = self.connections.get(&connection).cloned() else {
            return;
        };
        match said {
            HostSaid::Metadata(metadata) => self.metadata(&envoy, metadata),
            HostSaid::Event(event) => self.input(Input::Event { envoy, event }),
            HostSaid::CommandsAcked(checkpoint) => {
                self.input(Input::CommandsAcked { envoy, checkpoint });
            }
            HostSaid::Stopping => self.input(Input::HostLeaves { envoy }),
        }
    }

    fn metadata(&mut self, envoy: &str, metadata: latest::ToRivetMetadata) {
        let Some(known) = self.known.get_mut(envoy) else {
            return;
        };
        if metadata.metadata.is_some() {
            known.metadata = metadata.metadata;
        }
        let Some(current) = &known.current else {
            return;
        };
        for (name, about) in metadata.prepopulate_actor_names.into_iter().flatten() {
            let key = (current.record.namespace.clone(), name);
            if self.names.len() < NAMES_MOST || self.names.contains_key(&key) {
                self.names.insert(key, about.metadata);
            }
        }
    }

    fn refused(&mut self, refused: Refused) {
        let message = match refused.reason {
            RefusedReason::Superseded => "its generation is over".to_owned(),
            RefusedReason::Fenced {
                expected: Some(expected),
                actual: Some(actual),
            } => format!("fenced: expected head txid {expected}, but found {actual}"),
            RefusedReason::Fenced { .. } => "fenced: another writer is at work".to_owned(),
            RefusedReason::V4Unproven => {
                "a v4 host cannot know whether its last commit was applied".to_owned()
            }
        };
        let Refused {
            envoy_key,
            actor_id,
            generation,
            ..
        } = refused;
        // No generation of ours is larger; what is, never was one.
        let Ok(generation) = u32::try_from(generation) else {
            return;
        };
        self.input(Input::Refused {
            envoy: envoy_key,
            actor: actor_id,
            generation,
            message,
        });
    }

    /// Does what the lifecycle says.
    fn act(&mut self) {
        while let Some(effect) = self.lifecycle.poll_effect() {
            self.effect(effect);
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Store(id, changes) => self.store(id, changes),
            Effect::Command { .. } => self.command(effect),
            Effect::StopStale {
                envoy,
                actor,
                generation,
            } => {
                self.stop_stale(&envoy, &actor, generation);
            }
            Effect::Applied { envoy, checkpoint } => {
                if let Some(attached) = self.attachment(&envoy) {
                    attached
                        .session
                        .with(|server, now| server.events_applied(&checkpoint, now));
                    attached.credit.add_permits(1);
                }
            }
            Effect::Forget {
                envoy,
                actor,
                generation,
            } => {
                if let Some(attached) = self.attachment(&envoy) {
                    attached
                        .session
                        .with(|server, _| server.forget(&actor, generation));
                } else if let Some(known) = self.known.get_mut(&envoy) {
                    known.state.forget(&actor, generation);
                }
            }
            Effect::Over { actor, generation } => self.storage.generation_ended(&actor, generation),
            Effect::Moved { actor } => self.moved(&actor),
            Effect::Destroyed { actor } => {
                self.moved(&actor);
                self.sweep_is_due = true;
            }
            Effect::Answer(ticket, answer) => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    let _ = waiting.send(answer);
                }
            }
        }
    }

    fn store(&self, id: StoreId, changes: Changes) {
        let pending = self
            .depot
            .transaction(move |transaction| changes.apply(transaction));
        self.stores
            .push(Box::pin(async move { (id, pending.await) }));
    }

    fn attachment(&mut self, envoy: &str) -> Option<&mut Attached> {
        self.known
            .get_mut(envoy)?
            .current
            .as_mut()?
            .attached
            .as_mut()
    }

    fn command(&mut self, effect: Effect) {
        let Effect::Command {
            envoy,
            checkpoint,
            command,
        } = &effect
        else {
            return;
        };
        let known = self.known.entry(envoy.clone()).or_default();
        let issued = match &mut known.current {
            None => {
                known
                    .state
                    .command(&checkpoint.actor_id, checkpoint.generation, command.clone())
            }
            Some(Current {
                attached: Some(attached),
                ..
            }) => attached.session.with(|server, _| {
                server.command(&checkpoint.actor_id, checkpoint.generation, command.clone())
            }),
            Some(current) => {
                current.early.push(effect);
                return;
            }
        };
        if issued.index != checkpoint.index {
            tracing::error!(
                envoy,
                actor = checkpoint.actor_id,
                generation = checkpoint.generation,
                stored = checkpoint.index,
                sent = issued.index,
                "a command was stored under another index than it was sent with",
            );
        }
    }

    fn stop_stale(&mut self, envoy: &str, actor: &str, generation: u32) {
        if let Some(attached) = self.attachment(envoy)
            && attached.stale.insert((actor.to_owned(), generation))
        {
            let reason = latest::StopActorReason::Lost;
            let stop = latest::Command::CommandStopActor(latest::CommandStopActor { reason });
            attached
                .session
                .with(|server, _| server.command(actor, generation, stop));
        }
    }

    /// Tells those who look for this actor where it is.
    fn moved(&self, actor: &str) {
        self.routes.set(actor, || {
            let Some(record) = self.lifecycle.actor(actor) else {
                return RouteState::Gone;
            };
            match record.phase {
                Phase::Sleeping => return RouteState::Asleep,
                Phase::Destroyed => return RouteState::Gone,
                Phase::Running | Phase::Pending | Phase::Starting | Phase::Stopping(_) => {}
            }
            let Some((record, envoy, connection)) = self.lifecycle.route(actor) else {
                return RouteState::Waiting;
            };
            let current = self
                .known
                .get(envoy)
                .and_then(|known| known.current.as_ref());
            let current = current.filter(|current| current.connection == connection);
            let Some(attached) = current.and_then(|current| current.attached.as_ref()) else {
                return RouteState::Waiting;
            };
            let place = Arc::new(Place {
                actor_id: actor.to_owned(),
                generation: record.generation,
                envoy_key: envoy.to_owned(),
                connection,
                session: attached.session.clone(),
            });
            match record.phase {
                Phase::Stopping(_) => RouteState::Draining(place),
                _ => RouteState::Ready(place),
            }
        });
    }

    fn tidy(&mut self) {
        self.routes.sweep();
        let hosts: Vec<String> = self.known.keys().cloned().collect();
        for envoy in hosts {
            self.tidy_host(&envoy);
        }
        let lifecycle = &self.lifecycle;
        let there: HashSet<&str> = lifecycle.hosts().map(|(envoy, _)| envoy).collect();
        self.known
            .retain(|envoy, known| known.current.is_some() || there.contains(envoy.as_str()));
    }

    /// Rows of generations that the host's session has forgotten are not needed any more.
    fn tidy_host(&mut self, envoy: &str) {
        let Some(known) = self.known.get(envoy) else {
            return;
        };
        let snapshot = match known.current.as_ref() {
            None => known.state.snapshot(),
            Some(Current {
                attached: Some(attached),
                ..
            }) => attached.session.with(|server, _| server.state().snapshot()),
            Some(_) => return,
        };
        let generations = snapshot
            .events
            .into_iter()
            .map(|events| events.checkpoint)
            .chain(snapshot.issued)
            .map(|checkpoint| (checkpoint.actor_id, checkpoint.generation))
            .collect();
        self.input(Input::Remembered {
            envoy: envoy.to_owned(),
            generations,
        });
    }

    pub(super) fn pools(&self, namespace: &str) -> Vec<PoolView> {
        let newest = |pool: &str| {
            let hosts = self.lifecycle.hosts().map(|(_, host)| host);
            hosts
                .filter(|host| host.record.namespace == namespace && host.record.pool == pool)
                .max_by_key(|host| host.since)
                .map(|host| host.record.protocol)
        };
        let pools = self.lifecycle.pools().filter(|(of, ..)| *of == namespace);
        pools
            .map(|(_, pool, config)| PoolView {
                pool: pool.to_owned(),
                config: config.clone(),
                protocol: newest(pool),
            })
            .collect()
    }

    pub(super) fn names(&self, namespace: &str) -> Vec<(String, String)> {
        let names = self.names.iter().filter(|((of, _), _)| of == namespace);
        names
            .map(|((_, name), about)| (name.clone(), about.clone()))
            .collect()
    }

    pub(super) fn host_views(&self, namespace: &str) -> Vec<HostView> {
        let hosts = self
            .lifecycle
            .hosts()
            .filter(|(_, host)| host.record.namespace == namespace);
        hosts
            .map(|(envoy, host)| HostView {
                envoy_key: envoy.to_owned(),
                namespace: host.record.namespace.clone(),
                pool: host.record.pool.clone(),
                deployment: host.record.deployment,
                protocol: host.record.protocol,
                is_connected: host.connection.is_some(),
                is_leaving: host.is_leaving,
                actors: host.actors.len(),
                since: host.since,
                metadata: self
                    .known
                    .get(envoy)
                    .and_then(|known| known.metadata.clone()),
            })
            .collect()
    }
}

/// Whether nothing is stored any more after an error of this code.
fn is_final(code: &str) -> bool {
    matches!(code, "poisoned" | "closed")
}

fn failure(error: &StoreError) -> StoreFailure {
    let passing = [
        "storage_full",
        "storage_failed",
        "contention",
        "overloaded",
        "answer_lost",
    ];
    let code = error.depot().map_or("malformed", depot::Error::code);
    tracing::error!(%error, code, "a step of an actor was not written");
    StoreFailure {
        is_passing: passing.contains(&code),
        code,
        message: error.to_string(),
    }
}
