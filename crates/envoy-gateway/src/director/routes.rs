//! Where requests of an actor go: what they watch while they wait, and while they are under way.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use envoy_protocol::session;
use envoy_protocol::ws::Handle;
use tokio::sync::watch;

use super::ConnectionId;

/// The actors that somebody asked for, and where they are.
#[derive(Clone, Default)]
pub(super) struct Routes(Arc<Mutex<HashMap<String, watch::Sender<RouteState>>>>);

/// Where an actor is.
#[derive(Debug, Clone)]
pub(super) enum RouteState {
    /// Nobody has looked yet.
    Unknown,
    Ready(Arc<Place>),
    /// It is about to stop there: what it was asked before is answered, and nothing more is asked.
    Draining(Arc<Place>),
    /// It is about to run, or its host to come back.
    Waiting,
    /// Somebody has to wake it.
    Asleep,
    /// There is no such actor, or none any more.
    Gone,
}

/// A generation that runs on a host that is there.
pub(crate) struct Place {
    pub(crate) actor_id: String,
    pub(crate) generation: u32,
    pub(crate) envoy_key: String,
    pub(crate) connection: ConnectionId,
    pub(crate) session: Handle<session::Server>,
}

/// A place that requests are sent to, and what says when they cannot be any more.
#[derive(Clone)]
pub(crate) struct Route {
    place: Arc<Place>,
    // Not part of the place: that is what is watched, and would then hold itself in memory.
    changes: watch::Receiver<RouteState>,
}

/// Why a route has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RouteEnd {
    /// The generation has stopped.
    Stopped,
    /// The connection was lost. The host may come back, with the same generation.
    Disconnected,
}

/// What is watched.
pub(super) struct Watch {
    pub(super) changes: watch::Receiver<RouteState>,
    /// Whether the director has to be told that somebody looks.
    pub(super) is_new: bool,
}

impl Routes {
    pub(super) fn watch(&self, actor: &str) -> Watch {
        let mut routes = self.lock();
        if let Some(state) = routes.get(actor) {
            return Watch {
                changes: state.subscribe(),
                is_new: false,
            };
        }
        let (state, changes) = watch::channel(RouteState::Unknown);
        routes.insert(actor.to_owned(), state);
        Watch {
            changes,
            is_new: true,
        }
    }

    /// Tells who watches where the actor is now. Whom nobody watches, and who does not run, is forgotten.
    pub(super) fn set(&self, actor: &str, state: impl FnOnce() -> RouteState) {
        let mut routes = self.lock();
        let Some(sender) = routes.get(actor) else {
            return;
        };
        let state = state();
        let is_over = matches!(state, RouteState::Asleep | RouteState::Gone);
        if is_over && sender.receiver_count() == 0 {
            routes.remove(actor);
        } else {
            sender.send_replace(state);
        }
    }

    /// Forgets an actor that is not there, unless somebody else watches it: anybody can ask for any name.
    pub(super) fn forget(&self, actor: &str) {
        let mut routes = self.lock();
        let is_nobody = |sender: &watch::Sender<RouteState>| {
            sender.receiver_count() == 0 && matches!(*sender.borrow(), RouteState::Gone)
        };
        if routes.get(actor).is_some_and(is_nobody) {
            routes.remove(actor);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Forgets the actors that nobody watches and that do not run.
    pub(super) fn sweep(&self) {
        self.lock().retain(|_, sender| {
            sender.receiver_count() > 0 || matches!(*sender.borrow(), RouteState::Ready(_))
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<RouteState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    pub(super) fn new(place: Arc<Place>, changes: watch::Receiver<RouteState>) -> Self {
        Self { place, changes }
    }

    /// Ends when requests that were sent on it cannot be answered any more.
    pub(crate) async fn ended(&self) -> RouteEnd {
        let mut changes = self.changes.clone();
        loop {
            match &*changes.borrow_and_update() {
                RouteState::Ready(place) | RouteState::Draining(place)
                    if place.generation != self.place.generation =>
                {
                    return RouteEnd::Stopped;
                }
                RouteState::Ready(place) | RouteState::Draining(place)
                    if place.connection != self.place.connection =>
                {
                    return RouteEnd::Disconnected;
                }
                RouteState::Ready(_) | RouteState::Draining(_) | RouteState::Unknown => {}
                RouteState::Waiting => return RouteEnd::Disconnected,
                RouteState::Asleep | RouteState::Gone => return RouteEnd::Stopped,
            }
            if changes.changed().await.is_err() {
                return RouteEnd::Stopped;
            }
        }
    }
}

impl std::ops::Deref for Route {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("actor_id", &self.actor_id)
            .field("generation", &self.generation)
            .field("envoy_key", &self.envoy_key)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}
