//! Drives the [`lifecycle`](crate::lifecycle): one task that owns it, and the handles that others ask it by.
//!
//! It also keeps what outlives a host's connection ([`EnvoyState`]), and tells waiting requests where their actor is.

mod clock;
mod hosts;
mod list;
mod load;
mod names;
mod routes;
mod task;
#[cfg(test)]
mod tests;
mod views;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use depot::Depot;
use envoy_protocol::session::{self, EnvoyState};
use envoy_protocol::ws::{Handle, HostParams};
use envoy_protocol::{Close, CloseReason, latest};
use futures_util::FutureExt as _;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use self::clock::Clock;
use self::routes::{RouteState, Routes};
use self::task::{Message, Query, Task};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::lifecycle::{Answer, Input, Lifecycle, Refusal, Ticket};
use crate::outside;
use crate::records::{ActorRecord, RecordError};
use crate::storage::{Refused, Storage, StorageConnection};

pub(crate) use self::list::ActorFilter;
#[cfg(test)]
pub(crate) use self::load::load_lives;
pub(crate) use self::routes::Route;
pub(crate) use self::views::{HostView, PoolView};
pub(crate) use crate::lifecycle::{ConnectionId, Duplicate, LifecycleConfig, NewActor};

/// An actor, as it was stored last.
pub(crate) type Actor = ActorRecord;

/// Why a director could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("the row {row:?} is not what this version writes")]
    Row { row: String },
    #[error(transparent)]
    Command(#[from] session::RestoreError),
}

/// What a host says that concerns its actors' lives.
#[derive(Debug)]
pub(crate) enum HostSaid {
    Metadata(latest::ToRivetMetadata),
    Event(latest::EventWrapper),
    CommandsAcked(latest::ActorCheckpoint),
    Stopping,
}

/// Whether requests would be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    /// Hosts that run actors have not come back yet.
    WaitingForHosts,
    /// The store cannot be used any more, or the server is about to end.
    Ended,
}

/// Asks the task that knows all actors. Clones ask the same one.
#[derive(Clone)]
pub(crate) struct Director(Arc<Inner>);

struct Inner {
    depot: Depot,
    messages: mpsc::UnboundedSender<Message>,
    routes: Routes,
    ready: Arc<AtomicBool>,
    next: AtomicU64,
    /// Guards that are left out, for tests.
    faults: Faults,
}

/// Events of a connection that may wait to be written. The host is not read from meanwhile.
const EVENTS_AT_ONCE: u32 = 1024;

impl Director {
    /// Reads what is stored. The future is the director's task: it ends after [`shutdown`](Self::shutdown).
    pub(crate) async fn open(
        depot: Depot,
        storage: Storage,
        refused: mpsc::UnboundedReceiver<Refused>,
        config: LifecycleConfig,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), OpenError> {
        Self::open_by(Clock::new(), depot, storage, refused, config).await
    }

    async fn open_by(
        clock: Clock,
        depot: Depot,
        storage: Storage,
        refused: mpsc::UnboundedReceiver<Refused>,
        config: LifecycleConfig,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), OpenError> {
        let stored = depot.view(load::load).await?;
        let (messages, received) = mpsc::unbounded_channel();
        let ready = Arc::new(AtomicBool::new(false));
        let director = Self(Arc::new(Inner {
            depot: depot.clone(),
            messages,
            routes: Routes::default(),
            ready: Arc::clone(&ready),
            next: AtomicU64::new(1),
            faults: config.faults,
        }));
        let lifecycle = Lifecycle::new(config, stored.lives, clock.now());
        let task = Task::new(
            depot,
            storage,
            lifecycle,
            stored.states,
            director.0.routes.clone(),
            ready,
            clock,
        );
        Ok((director, task.run(received, refused)))
    }

    /// Adds or changes a pool: whether it is another one now.
    pub(crate) async fn put_pool(
        &self,
        namespace: &str,
        pool: &str,
        config: serde_json::Value,
    ) -> Result<bool, ApiError> {
        let (namespace, pool) = (namespace.to_owned(), pool.to_owned());
        let call = |ticket| Input::PutPool {
            ticket,
            namespace,
            pool,
            config,
        };
        match self.call(call).await? {
            Answer::Pool { changed } => Ok(changed),
            Answer::Done | Answer::Actor { .. } => Err(ApiError::internal()),
        }
    }

    pub(crate) async fn pools(&self, namespace: &str) -> Vec<PoolView> {
        let namespace = namespace.to_owned();
        self.query(move |task| task.pools(&namespace))
            .await
            .unwrap_or_default()
    }

    pub(crate) async fn create(&self, actor: NewActor) -> Result<Actor, ApiError> {
        let (actor, _) = self.create_or(actor, Duplicate::Refuse).await?;
        Ok(actor)
    }

    /// The actor of this namespace, name and key, and whether it was created for it.
    pub(crate) async fn get_or_create(&self, actor: NewActor) -> Result<(Actor, bool), ApiError> {
        self.create_or(actor, Duplicate::Take).await
    }

    async fn create_or(
        &self,
        actor: NewActor,
        duplicate: Duplicate,
    ) -> Result<(Actor, bool), ApiError> {
        let id = outside::name();
        match self
            .call(|ticket| Input::Create {
                ticket,
                id,
                actor,
                duplicate,
            })
            .await?
        {
            Answer::Actor { record, created } => Ok((*record, created)),
            Answer::Done | Answer::Pool { .. } => Err(ApiError::internal()),
        }
    }

    pub(crate) async fn find(&self, namespace: &str, name: &str, key: &str) -> Option<Actor> {
        let (namespace, name, key) = (namespace.to_owned(), name.to_owned(), key.to_owned());
        self.query(move |task| task.lifecycle.find(&namespace, &name, &key).cloned())
            .await?
    }

    /// The actor of this id, a destroyed one too.
    pub(crate) async fn actor(&self, id: &str) -> Result<Option<Actor>, ApiError> {
        let asked = id.to_owned();
        let alive = self
            .query(move |task| task.lifecycle.actor(&asked).cloned())
            .await
            .flatten();
        if alive.is_some() {
            return Ok(alive);
        }
        let id = id.to_owned();
        let stored = self
            .0
            .depot
            .view(move |view| ActorRecord::find(view, &id))
            .await;
        stored.map_err(|error| failed(&error))
    }

    /// Names of actors that hosts can run, with what they say of each: JSON.
    pub(crate) async fn names(&self, namespace: &str) -> Vec<(String, String)> {
        let namespace = namespace.to_owned();
        self.query(move |task| task.names.of(&namespace))
            .await
            .unwrap_or_default()
    }

    /// Destroys an actor. Answers once it has stopped, and is gone.
    pub(crate) async fn destroy(&self, id: &str) -> Result<(), ApiError> {
        let actor = id.to_owned();
        self.call(|ticket| Input::Destroy { ticket, actor })
            .await
            .map(|_| ())
    }

    /// Puts an actor to sleep. Answers once it was told so.
    pub(crate) async fn sleep(&self, id: &str) -> Result<(), ApiError> {
        let actor = id.to_owned();
        self.call(|ticket| Input::Sleep { ticket, actor })
            .await
            .map(|_| ())
    }

    pub(crate) async fn hosts(&self, namespace: &str) -> Vec<HostView> {
        let namespace = namespace.to_owned();
        self.query(move |task| task.host_views(&namespace))
            .await
            .unwrap_or_default()
    }

    pub(crate) fn readiness(&self) -> Readiness {
        if self.0.messages.is_closed() {
            Readiness::Ended
        } else if self.0.ready.load(Ordering::Acquire) {
            Readiness::Ready
        } else {
            Readiness::WaitingForHosts
        }
    }

    /// Where requests for this actor go now. Wakes it, and waits until it runs and its host is there, at most until
    /// `until`.
    pub(crate) async fn route(&self, actor: &str, until: Instant) -> Result<Route, ApiError> {
        // No actor has a longer one.
        if actor.len() > depot::DatabaseId::MAX_LENGTH {
            return Err(ApiError::actor_not_found());
        }
        let bound = until.saturating_duration_since(Instant::now());
        let mut watch = self.0.routes.watch(actor);
        if watch.is_new {
            self.send(Message::Watch(actor.to_owned()))?;
        }
        loop {
            // The state is looked at where no other task waits for it.
            let state = watch.changes.borrow_and_update().clone();
            match state {
                RouteState::Unknown | RouteState::Waiting | RouteState::Draining(_) => {}
                RouteState::Ready(place) => return Ok(Route::new(place, watch.changes)),
                RouteState::Asleep => {
                    self.send(Message::Input(Input::Wake {
                        actor: actor.to_owned(),
                    }))?;
                }
                RouteState::Gone => {
                    drop(watch);
                    self.0.routes.forget(actor);
                    return Err(ApiError::actor_not_found());
                }
            }
            match tokio::time::timeout_at(until, watch.changes.changed()).await {
                Ok(Ok(())) => {}
                // The entry was given up by an actor that fell asleep: the next look makes another one.
                Ok(Err(_)) => {
                    watch = self.0.routes.watch(actor);
                    if watch.is_new {
                        self.send(Message::Watch(actor.to_owned()))?;
                    }
                }
                Err(_) => return Err(ApiError::actor_ready_timeout(actor, bound)),
            }
        }
    }

    /// A host has connected. An older connection of it is evicted; what is kept of the host is handed over.
    pub(crate) async fn connect(
        &self,
        params: &HostParams,
        connection: ConnectionId,
    ) -> Result<EnvoyState, Close> {
        let (answer, answered) = oneshot::channel();
        let params = Box::new(params.clone());
        let going_away = || Close::new(CloseReason::GOING_AWAY);
        self.send(Message::Connect {
            params,
            connection,
            answer,
        })
        .map_err(|_| going_away())?;
        answered.await.unwrap_or_else(|_| Err(going_away()))
    }

    /// The session of that connection was made: from here on its host is sent commands.
    pub(crate) fn attached(
        &self,
        connection: ConnectionId,
        session: Handle<session::Server>,
        storage: StorageConnection,
    ) -> Events {
        let credit = Arc::new(Semaphore::new(EVENTS_AT_ONCE as usize));
        let events = Events {
            director: self.clone(),
            connection,
            credit: Arc::clone(&credit),
        };
        let attached = Message::Attached {
            connection,
            session,
            storage,
            credit,
        };
        let _ = self.send(attached);
        events
    }

    /// The connection has ended.
    pub(crate) fn disconnected(&self, connection: ConnectionId) {
        let _ = self.send(Message::Disconnected(connection));
    }

    /// The host whose connection that was, which has ended, has said that it does not come back.
    pub(crate) fn ended(&self, envoy: &str, connection: ConnectionId) {
        let envoy = envoy.to_owned();
        let _ = self.send(Message::Ended { envoy, connection });
    }

    /// A number for the next connection.
    pub(crate) fn connection_id(&self) -> ConnectionId {
        ConnectionId(self.number())
    }

    /// Writes what is under way, and ends the task. What is asked for after that is refused.
    pub(crate) async fn shutdown(&self) {
        let (answer, answered) = oneshot::channel();
        if self.send(Message::Shutdown(answer)).is_ok() {
            let _ = answered.await;
        }
    }

    async fn call(&self, input: impl FnOnce(Ticket) -> Input) -> Result<Answer, ApiError> {
        let ticket = Ticket(self.number());
        let (answer, answered) = oneshot::channel();
        let input = input(ticket);
        self.send(Message::Call {
            ticket,
            input,
            answer,
        })?;
        let answer = answered.await.map_err(|_| ended())?;
        answer.map_err(|refusal| refused(&refusal))
    }

    async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Task) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |task| {
            let _ = answer.send(query(task));
        });
        self.send(Message::Query(query)).ok()?;
        answered.map(Result::ok).await
    }

    fn send(&self, message: Message) -> Result<(), ApiError> {
        self.0.messages.send(message).map_err(|_| ended())
    }

    fn number(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }
}

impl fmt::Debug for Director {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Director").finish_non_exhaustive()
    }
}

/// Tells the director what the host of a connection says.
#[derive(Debug)]
pub(crate) struct Events {
    director: Director,
    connection: ConnectionId,
    credit: Arc<Semaphore>,
}

impl Events {
    /// Waits while too many events of this host wait to be written. What it says of itself is alone: it can be large.
    pub(crate) async fn tell(&self, said: HostSaid) {
        let credit = match said {
            HostSaid::Event(_) => 1,
            HostSaid::Metadata(_) => EVENTS_AT_ONCE,
            // Of these the session lets through no more than there were commands, and one.
            HostSaid::CommandsAcked(_) | HostSaid::Stopping => 0,
        };
        match self.credit.acquire_many(credit).await {
            // It comes back when that was dealt with.
            Ok(credit) => credit.forget(),
            Err(_) => return,
        }
        let connection = self.connection;
        let _ = self.director.send(Message::Said { connection, said });
    }
}

fn ended() -> ApiError {
    ApiError::ending()
}

fn failed(error: &RecordError) -> ApiError {
    tracing::error!(%error, "the store could not be read");
    ApiError::internal()
}

fn refused(refusal: &Refusal) -> ApiError {
    match refusal {
        Refusal::NoNamespace(_) => ApiError::namespace_not_found(),
        Refusal::NoPool { namespace, pool } => ApiError::no_pool(namespace, pool),
        Refusal::NoActor(_) | Refusal::Destroyed(_) => ApiError::actor_not_found(),
        Refusal::Duplicate { actor, key } => ApiError::duplicate_key(key, actor),
        Refusal::Store(message, code) => {
            tracing::error!(code, message, "a change was not stored");
            ApiError::not_stored(code)
        }
    }
}
