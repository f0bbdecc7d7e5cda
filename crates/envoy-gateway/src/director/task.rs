//! The director's task: it alone calls the lifecycle, and does what that says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use depot::Depot;
use envoy_protocol::session::{self, EnvoyState};
use envoy_protocol::ws::{Handle, HostParams};
use envoy_protocol::{Close, latest};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::HostSaid;
use super::clock::Clock;
use super::hosts::Known;
use super::names::Names;
use super::routes::Routes;
use crate::faults::Guard;
use crate::lifecycle::{
    Answer, Changes, ConnectionId, Effect, Input, Lifecycle, Millis, Refusal, StoreError,
    StoreFailure, StoreId, Ticket,
};
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
    /// A host has said that it has ended, on the connection that has.
    Ended {
        envoy: String,
        connection: ConnectionId,
    },
    Shutdown(oneshot::Sender<()>),
}

pub(super) struct Task {
    pub(super) lifecycle: Lifecycle,
    depot: Depot,
    storage: Storage,
    pub(super) routes: Routes,
    ready: Arc<AtomicBool>,
    clock: Clock,
    pub(super) known: HashMap<String, Known>,
    pub(super) connections: HashMap<ConnectionId, String>,
    /// By namespace and name.
    pub(super) names: Names,
    waiting: HashMap<Ticket, oneshot::Sender<Result<Answer, Refusal>>>,
    stores: FuturesUnordered<BoxFuture<'static, (StoreId, Stored)>>,
    sweep_is_due: bool,
}

type Stored = Result<Vec<latest::Command>, StoreError>;

/// How often it is looked whether the store can still be read: one that is poisoned has to be opened anew, and nothing here
/// does that.
const LOOK: Duration = Duration::from_secs(1);
/// How often the system's clock is looked at, at least: an alarm is late by no more when that has moved.
const CLOCK: Duration = Duration::from_secs(1);
/// How often rows are looked for that nobody needs any more.
const TIDY: Duration = Duration::from_secs(30);
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
            names: Names::default(),
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
            let now = self.now();
            if self.lifecycle.is_ready(now) {
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
                    Some(message) => {
                        // What a host says of a refusal comes after it: why its generation is over is said here first.
                        for _ in 0..refused.len() {
                            refused.try_recv().into_iter().for_each(|refused| self.refused(refused));
                        }
                        self.message(message);
                    }
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
                    let now = self.now();
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
        let clock = Instant::now() + CLOCK;
        let due = self
            .lifecycle
            .poll_timeout()
            .map(|at| self.clock.instant(at));
        let ready = (!self.ready.load(Ordering::Acquire))
            .then(|| Instant::now() + Duration::from_millis(50));
        [due, ready].into_iter().flatten().fold(clock, Instant::min)
    }

    /// The lifecycle's time. It is told how far the system's clock has come meanwhile.
    fn now(&mut self) -> Millis {
        self.lifecycle.clock_moved(self.clock.ahead());
        self.clock.now()
    }

    pub(super) fn input(&mut self, input: Input) {
        let now = self.now();
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
            Message::Ended { envoy, connection } => {
                self.input(Input::HostEnded { envoy, connection });
            }
            Message::Shutdown(_) => {}
        }
    }

    fn refused(&mut self, refused: Refused) {
        let Refused {
            envoy_key: envoy,
            actor_id: actor,
            generation,
            reason,
            ..
        } = refused;
        // No generation of ours is larger; what is, never was one.
        let Ok(generation) = u32::try_from(generation) else {
            return;
        };
        let message = match reason {
            RefusedReason::Superseded => "its generation is over".to_owned(),
            RefusedReason::Fenced {
                expected: Some(expected),
                actual: Some(actual),
            } => format!("fenced: expected head txid {expected}, but found {actual}"),
            RefusedReason::Fenced { .. } => "fenced: another writer is at work".to_owned(),
            RefusedReason::V4Unproven => {
                let record = self.lifecycle.actor(&actor);
                // Of one that has stopped before its connection ended there is nothing to be said.
                if record.is_some_and(|it| it.is_held_by(&envoy) && it.generation == generation) {
                    tracing::info!(
                        actor,
                        generation,
                        envoy,
                        "a v4 host may not know of its last commit, so its generation ends"
                    );
                }
                return self.input(Input::Unproven {
                    envoy,
                    actor,
                    generation,
                });
            }
        };
        self.input(Input::Refused {
            envoy,
            actor,
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

    pub(super) fn effect(&mut self, effect: Effect) {
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
            Effect::Applied { .. } if self.lifecycle.lacks(Guard::EventAcks) => {}
            Effect::Applied { envoy, checkpoint } => {
                if let Some(attached) = self.attachment(&envoy) {
                    attached
                        .session
                        .with(|server, now| server.events_applied(&checkpoint, now));
                    attached.credit.add_permits(1);
                }
            }
            Effect::Acked { .. } | Effect::Forget { .. } => self.forget(effect),
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

    fn tidy(&mut self) {
        self.routes.sweep();
        let mut hosts: Vec<String> = self.known.keys().cloned().collect();
        // In an order that is the same each time.
        hosts.sort_unstable();
        for envoy in hosts {
            self.tidy_host(&envoy);
        }
        let lifecycle = &self.lifecycle;
        let there: HashSet<&str> = lifecycle.hosts().map(|(envoy, _)| envoy).collect();
        self.known
            .retain(|envoy, known| known.current.is_some() || there.contains(envoy.as_str()));
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
        is_unknown: error.depot().is_some_and(depot::Error::is_outcome_unknown),
        code,
        message: error.to_string(),
    }
}
