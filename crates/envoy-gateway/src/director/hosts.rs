//! The hosts as the task knows them: their connections, what is sent on them, and what is kept across them.

use std::collections::HashSet;
use std::sync::Arc;

use envoy_protocol::session::{self, EnvoyState};
use envoy_protocol::ws::{Handle, HostParams};
use envoy_protocol::{Close, CloseReason, latest};
use tokio::sync::Semaphore;

use super::task::Task;
use super::{EVENTS_AT_ONCE, HostSaid};
use crate::faults::Guard;
use crate::lifecycle::{ConnectionId, Effect, Input};
use crate::records::{ActorRecord, HostRecord};
use crate::storage::StorageConnection;

/// What the task keeps of a host.
#[derive(Default)]
pub(super) struct Known {
    /// What is kept across connections. While a connection has it, this is what it was before.
    pub(super) state: EnvoyState,
    pub(super) current: Option<Current>,
    pub(super) metadata: Option<String>,
}

/// A host's connection.
pub(super) struct Current {
    pub(super) connection: ConnectionId,
    pub(super) record: HostRecord,
    pub(super) attached: Option<Attached>,
    /// What is to be sent once there is a session.
    pub(super) early: Vec<Effect>,
}

pub(super) struct Attached {
    pub(super) session: Handle<session::Server>,
    pub(super) storage: StorageConnection,
    pub(super) credit: Arc<Semaphore>,
    /// Generations that the host was told to stop because they are long over.
    pub(super) stale: HashSet<(String, u32)>,
}

/// Octets of what is remembered that a host says of itself, or of one of these names. What is longer is as if it had not been
/// said.
const ABOUT_MOST: usize = 64 << 10;
/// Generations that a host is told on one connection to be long over. It can name as many as it likes, and what it is told is
/// kept until it says that it has heard it.
const STALE_MOST: usize = 1 << 16;

impl Task {
    pub(super) fn connect(
        &mut self,
        params: &HostParams,
        id: ConnectionId,
    ) -> Result<EnvoyState, Close> {
        let (namespace, pool) = (params.namespace(), params.pool_name());
        if !self.lifecycle.has_namespace(namespace) {
            return Err(Close::new(CloseReason::NAMESPACE_NOT_FOUND));
        }
        if !self.lifecycle.has_pool(namespace, pool) {
            return Err(Close::new(CloseReason::NO_RUNNER_CONFIG));
        }
        let envoy = params.envoy_key().as_str().to_owned();
        // What is kept of a host is kept under its key: another one's actors would be on this connection.
        if self.namespace_of(&envoy).is_some_and(|of| of != namespace) {
            tracing::warn!(
                envoy,
                namespace,
                "a host has the key of one of another namespace"
            );
            return Err(Close::new(CloseReason::INVALID_REQUEST));
        }
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
        let state = if self.lifecycle.lacks(Guard::Session) {
            EnvoyState::new()
        } else {
            known.state.clone()
        };
        self.connections.insert(id, envoy);
        Ok(state)
    }

    /// The namespace of the host that has this key, if one is remembered.
    fn namespace_of(&self, envoy: &str) -> Option<&str> {
        let known = self.known.get(envoy);
        let current = known.and_then(|known| known.current.as_ref());
        let record = current.map(|current| &current.record);
        let record = record.or_else(|| self.lifecycle.host(envoy).map(|host| &host.record));
        record.map(|record| record.namespace.as_str())
    }

    /// Takes back what is kept of a host from its connection, and closes that.
    fn leave(&mut self, envoy: &str) {
        let is_left = self.lifecycle.lacks(Guard::Eviction);
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
            known.state = if is_left {
                attached.session.with(|server, _| server.state().clone())
            } else {
                attached.session.with(session::Server::evict)
            };
        }
        for effect in current.early {
            match effect {
                Effect::Command {
                    checkpoint,
                    command,
                    ..
                } => {
                    known
                        .state
                        .command(&checkpoint.actor_id, checkpoint.generation, command);
                }
                Effect::Acked { checkpoint, .. } => known.state.acks_stored(&checkpoint),
                Effect::Forget {
                    actor, generation, ..
                } => known.state.forget(&actor, generation),
                _ => {}
            }
        }
        let connection = current.connection;
        self.input(Input::HostGone {
            envoy: envoy.to_owned(),
            connection,
        });
    }

    pub(super) fn attached(
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

    pub(super) fn disconnected(&mut self, connection: ConnectionId) {
        if let Some(envoy) = self.connections.get(&connection).cloned() {
            self.leave(&envoy);
            self.tidy_host(&envoy);
        }
    }

    pub(super) fn said(&mut self, connection: ConnectionId, said: HostSaid) {
        let Some(envoy) = self.connections.get(&connection).cloned() else {
            return;
        };
        match said {
            HostSaid::Metadata(metadata) => {
                self.metadata(&envoy, metadata);
                if let Some(attached) = self.attachment(&envoy) {
                    attached.credit.add_permits(EVENTS_AT_ONCE as usize);
                }
            }
            HostSaid::Event(event) => self.input(Input::Event { envoy, event }),
            HostSaid::CommandsAcked(checkpoint) => {
                self.input(Input::CommandsAcked { envoy, checkpoint });
            }
            HostSaid::Stopping => self.input(Input::HostLeaves { envoy }),
        }
    }

    fn metadata(&mut self, envoy: &str, metadata: latest::ToRivetMetadata) {
        if self.lifecycle.lacks(Guard::Metadata) {
            return;
        }
        let Some(known) = self.known.get_mut(envoy) else {
            return;
        };
        let is_short = |about: &String| about.len() <= ABOUT_MOST;
        if let Some(about) = metadata.metadata.filter(is_short) {
            known.metadata = Some(about);
        }
        let Some(current) = &known.current else {
            return;
        };
        let namespace = &current.record.namespace;
        for (name, about) in metadata.prepopulate_actor_names.into_iter().flatten() {
            if is_short(&name) && is_short(&about.metadata) {
                self.names.insert(namespace, name, about.metadata);
            }
        }
    }

    pub(super) fn attachment(&mut self, envoy: &str) -> Option<&mut Attached> {
        self.known
            .get_mut(envoy)?
            .current
            .as_mut()?
            .attached
            .as_mut()
    }

    pub(super) fn command(&mut self, effect: Effect) {
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

    /// A host need not be told again what it has acknowledged.
    pub(super) fn forget(&mut self, effect: Effect) {
        let (Effect::Acked { envoy, .. } | Effect::Forget { envoy, .. }) = &effect else {
            return;
        };
        let Some(known) = self.known.get_mut(envoy) else {
            return;
        };
        match (&mut known.current, &effect) {
            (None, Effect::Acked { checkpoint, .. }) => known.state.acks_stored(checkpoint),
            (
                None,
                Effect::Forget {
                    actor, generation, ..
                },
            ) => known.state.forget(actor, *generation),
            (None, _) => {}
            (
                Some(Current {
                    attached: Some(attached),
                    ..
                }),
                effect,
            ) => attached.session.with(|server, _| match effect {
                Effect::Acked { checkpoint, .. } => server.acks_stored(checkpoint),
                Effect::Forget {
                    actor, generation, ..
                } => server.forget(actor, *generation),
                _ => {}
            }),
            (Some(current), _) => current.early.push(effect),
        }
    }

    pub(super) fn stop_stale(&mut self, envoy: &str, actor: &str, generation: u32) {
        if let Some(attached) = self.attachment(envoy)
            && attached.stale.len() < STALE_MOST
            && attached.stale.insert((actor.to_owned(), generation))
        {
            let reason = latest::StopActorReason::Lost;
            let stop = latest::Command::CommandStopActor(latest::CommandStopActor { reason });
            attached
                .session
                .with(|server, _| server.command(actor, generation, stop));
        }
    }

    /// Rows of generations that the host's session has forgotten are not needed any more.
    pub(super) fn tidy_host(&mut self, envoy: &str) {
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
}
