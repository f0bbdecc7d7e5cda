//! What a server keeps of a host across its connections: the commands that the host may not know of, and how far its
//! events were seen and applied.
//!
//! For the events of each generation: `acked <= applied <= seen`.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::Acknowledged;
use crate::{EmbeddedError, EncodeAt as _, Version, Versioned as _, latest};

type Key = (String, u32);

/// What a server keeps of one host, by its envoy key, across connections.
///
/// It is a plain value. While there is a connection its [`Server`](super::Server) has it, and the gateway takes it back at
/// the end: [`Server::into_state`](super::Server::into_state), or [`Server::evict`](super::Server::evict) for the next
/// one. What has to survive the process is a [`snapshot`](Self::snapshot).
#[derive(Debug, Clone, Default)]
pub struct EnvoyState {
    commands: BTreeMap<Key, Outstanding>,
    events: BTreeMap<Key, Received>,
    strikes: u32,
    /// How many connections there were.
    connections: u64,
}

#[derive(Debug, Clone, Default)]
struct Outstanding {
    /// The index of the last command.
    last: i64,
    /// The index of the last one that the host has acknowledged, where it may still be among those below.
    acked: i64,
    unacked: VecDeque<(i64, latest::Command)>,
}

impl Outstanding {
    fn drop_acked(&mut self, to: i64) {
        self.unacked.retain(|(index, _)| *index > to);
    }
}

#[derive(Debug, Clone)]
struct Received {
    seen: i64,
    applied: i64,
    /// The last ack, and the connection that it was sent on.
    acked: i64,
    acked_in: u64,
    /// The index of the event that says it has stopped.
    ended: Option<i64>,
}

/// What of an [`EnvoyState`] a gateway stores.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvoySnapshot {
    /// The commands that are not acknowledged.
    pub commands: Vec<StoredCommand>,
    /// For each generation its last command, acknowledged or not: the next one is counted from there.
    pub issued: Vec<latest::ActorCheckpoint>,
    /// For each generation how far its events were applied. Those above it come again.
    pub events: Vec<StoredEvents>,
}

/// How far the events of a generation were applied, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvents {
    /// The last event that was applied.
    pub checkpoint: latest::ActorCheckpoint,
    /// Whether the generation is at its end with it.
    pub life: StoredLife,
}

/// Whether a generation is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredLife {
    /// More events may come.
    Running,
    /// The last event said that it has stopped.
    Stopped,
}

/// A command as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// Whose command it is, and which.
    pub checkpoint: latest::ActorCheckpoint,
    /// An [`ActorCommandKeyData`](latest::ActorCommandKeyData) with its version embedded. The hibernating WebSockets are
    /// not part of it.
    pub data: Bytes,
}

/// Why a snapshot could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("command {index} of generation {generation} of {actor_id}: {error}")]
pub struct RestoreError {
    /// The actor.
    pub actor_id: String,
    /// Its generation.
    pub generation: u32,
    /// The command.
    pub index: i64,
    /// What is wrong with it. It is part of this error's text, and so not its source.
    pub error: EmbeddedError,
}

/// The consecutive connections that ended by a frame of the host which could not be decoded, until the host is refused.
const STRIKES: u32 = 3;

impl EnvoyState {
    /// The state of a host that was never connected.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues a command for the host. It is sent on the next connection, and again on each until it is acknowledged.
    ///
    /// Commands of a generation are counted from 1.
    pub fn command(
        &mut self,
        actor_id: &str,
        generation: u32,
        command: latest::Command,
    ) -> latest::ActorCheckpoint {
        let key = (actor_id.to_owned(), generation);
        let outstanding = self.commands.entry(key).or_default();
        outstanding.last += 1;
        let index = outstanding.last;
        outstanding.unacked.push_back((index, command));
        latest::ActorCheckpoint {
            actor_id: actor_id.to_owned(),
            generation,
            index,
        }
    }

    /// The commands that are not acknowledged, those of one generation in their order.
    pub fn unacknowledged(&self) -> impl Iterator<Item = latest::CommandWrapper> + '_ {
        self.commands
            .iter()
            .flat_map(|((actor_id, generation), outstanding)| {
                outstanding
                    .unacked
                    .iter()
                    .map(|(index, command)| latest::CommandWrapper {
                        checkpoint: latest::ActorCheckpoint {
                            actor_id: actor_id.clone(),
                            generation: *generation,
                            index: *index,
                        },
                        inner: command.clone(),
                    })
            })
    }

    /// Fills in the WebSockets to attach again, in the starts that are not acknowledged. To be called before each
    /// connection: some may have closed by then.
    pub fn hydrate(&mut self, mut requests: impl FnMut(&str) -> Vec<latest::HibernatingRequest>) {
        for ((actor_id, _), outstanding) in &mut self.commands {
            for (_, command) in &mut outstanding.unacked {
                if let latest::Command::CommandStartActor(start) = command {
                    start.hibernating_requests = requests(actor_id);
                }
            }
        }
    }

    /// It is stored that the host has acknowledged the commands of a generation up to this one: they do not come again. For
    /// [`Acknowledged::Kept`].
    pub fn acks_stored(&mut self, checkpoint: &latest::ActorCheckpoint) {
        let key = (checkpoint.actor_id.clone(), checkpoint.generation);
        if let Some(outstanding) = self.commands.get_mut(&key) {
            outstanding.drop_acked(checkpoint.index);
        }
    }

    /// Forgets a generation that was given up, once the host has acknowledged its last command.
    ///
    /// One that has stopped is forgotten by itself. One that was given up may never say that it has, and the gateway ignores
    /// its events.
    pub fn forget(&mut self, actor_id: &str, generation: u32) {
        let key = (actor_id.to_owned(), generation);
        self.commands.remove(&key);
        self.events.remove(&key);
    }

    /// Whether the frames of this host could not be decoded three connections in a row: another one makes no sense, and
    /// is closed with [`Close::invalid_message`](crate::CloseReason::INVALID_MESSAGE).
    #[must_use]
    pub const fn is_incompatible(&self) -> bool {
        self.strikes >= STRIKES
    }

    /// How many generations are remembered.
    #[must_use]
    pub fn generations(&self) -> usize {
        self.events.len()
    }

    /// What has to be stored.
    #[must_use]
    pub fn snapshot(&self) -> EnvoySnapshot {
        let commands = self.unacknowledged().map(|command| StoredCommand {
            data: store(command.inner),
            checkpoint: command.checkpoint,
        });
        let events = self.events.iter().filter(|(_, events)| events.applied >= 0);
        let issued = self
            .commands
            .iter()
            .map(
                |((actor_id, generation), outstanding)| latest::ActorCheckpoint {
                    actor_id: actor_id.clone(),
                    generation: *generation,
                    index: outstanding.last,
                },
            );
        EnvoySnapshot {
            commands: commands.collect(),
            issued: issued.collect(),
            events: events
                .map(|((actor_id, generation), events)| StoredEvents {
                    checkpoint: latest::ActorCheckpoint {
                        actor_id: actor_id.clone(),
                        generation: *generation,
                        index: events.applied,
                    },
                    life: match events.ended {
                        Some(ended) if ended <= events.applied => StoredLife::Stopped,
                        _ => StoredLife::Running,
                    },
                })
                .collect(),
        }
    }

    /// The state as it was stored.
    pub fn restore(snapshot: &EnvoySnapshot) -> Result<Self, RestoreError> {
        let mut state = Self::default();
        for stored in &snapshot.commands {
            let checkpoint = &stored.checkpoint;
            let (_, frame) = latest::ActorCommandKeyData::decode_embedded(
                &stored.data,
                bare::Arena::new(),
                &bare::DecodeLimits::DEFAULT,
            )
            .map_err(|error| RestoreError {
                actor_id: checkpoint.actor_id.clone(),
                generation: checkpoint.generation,
                index: checkpoint.index,
                error,
            })?;
            let command = match frame.to_owned() {
                latest::ActorCommandKeyData::CommandStartActor(start) => {
                    latest::Command::CommandStartActor(start)
                }
                latest::ActorCommandKeyData::CommandStopActor(stop) => {
                    latest::Command::CommandStopActor(stop)
                }
            };
            let key = (checkpoint.actor_id.clone(), checkpoint.generation);
            let outstanding = state.commands.entry(key).or_default();
            outstanding.last = outstanding.last.max(checkpoint.index);
            outstanding.unacked.push_back((checkpoint.index, command));
        }
        for checkpoint in &snapshot.issued {
            let key = (checkpoint.actor_id.clone(), checkpoint.generation);
            let outstanding = state.commands.entry(key).or_default();
            outstanding.last = outstanding.last.max(checkpoint.index);
        }
        for StoredEvents { checkpoint, life } in &snapshot.events {
            let key = (checkpoint.actor_id.clone(), checkpoint.generation);
            let received = Received {
                seen: checkpoint.index,
                applied: checkpoint.index,
                // If the host does not know, it sends them again.
                acked: checkpoint.index,
                ended: match life {
                    StoredLife::Running => None,
                    StoredLife::Stopped => Some(checkpoint.index),
                },
                ..Received::NONE
            };
            state.events.insert(key, received);
        }
        Ok(state)
    }

    /// A connection begins.
    pub(super) fn connected(&mut self) {
        self.connections += 1;
        // What was seen and not applied was discarded with the old connection, and comes again.
        for events in self.events.values_mut() {
            events.seen = events.applied;
        }
        // So may have been the word that commands are acknowledged. Of those that are sent again it is news again.
        for outstanding in self.commands.values_mut() {
            if let Some((first, _)) = outstanding.unacked.front() {
                outstanding.acked = outstanding.acked.min(first.saturating_sub(1));
            }
        }
    }

    /// A connection has ended. `whole`: it lived long enough for the host to send again what it had.
    pub(super) fn disconnected(&mut self, whole: bool) {
        if !whole {
            return;
        }
        let connections = self.connections;
        self.events.retain(|_, events| {
            let over = events.ended.is_some_and(|ended| events.acked >= ended);
            !(over && events.acked_in < connections)
        });
    }

    pub(super) const fn strike(&mut self) {
        self.strikes += 1;
    }

    pub(super) const fn settled(&mut self) {
        self.strikes = 0;
    }

    /// Commands were acknowledged. Says whether there were any that were not before.
    pub(super) fn ack(
        &mut self,
        checkpoint: &latest::ActorCheckpointRef<'_>,
        acknowledged: Acknowledged,
    ) -> bool {
        let key = (checkpoint.actor_id.to_owned(), checkpoint.generation);
        let Some(outstanding) = self.commands.get_mut(&key) else {
            return false;
        };
        let new = outstanding.acked.saturating_add(1)..=checkpoint.index;
        let is_news = outstanding
            .unacked
            .iter()
            .any(|(index, _)| new.contains(index));
        outstanding.acked = outstanding
            .acked
            .max(checkpoint.index.min(outstanding.last));
        if acknowledged == Acknowledged::Forgotten {
            outstanding.drop_acked(checkpoint.index);
        }
        is_news
    }

    /// What an event is. An old one is to be acknowledged again.
    pub(super) fn receive(&mut self, event: &latest::EventWrapperRef<'_>) -> Novelty {
        let checkpoint = &event.checkpoint;
        let key = (checkpoint.actor_id.to_owned(), checkpoint.generation);
        // A host could make up as many generations as it likes.
        if !self.events.contains_key(&key)
            && !self.commands.contains_key(&key)
            && (checkpoint.actor_id.len() > UNKNOWN_NAME || self.has_too_many_unknown())
        {
            return Novelty::Refused;
        }
        let events = self.events.entry(key).or_insert(Received::NONE);
        if checkpoint.index <= events.seen {
            // Indices count from 0. What a host makes up below that is nothing to acknowledge.
            events.acked = events.acked.min(checkpoint.index.max(0) - 1);
            return Novelty::Old;
        }
        events.seen = checkpoint.index;
        if let latest::EventRef::EventActorStateUpdate(update) = event.inner
            && let latest::ActorStateRef::ActorStateStopped(_) = update.state
        {
            events.ended = Some(checkpoint.index);
        }
        Novelty::New
    }

    fn has_too_many_unknown(&self) -> bool {
        let unknown = |key: &&Key| !self.commands.contains_key(*key);
        self.events.len() >= UNKNOWN && self.events.keys().filter(unknown).count() >= UNKNOWN
    }

    /// Events were applied, up to this one. What a generation has that has stopped need not be told to the host any
    /// more.
    pub(super) fn applied(&mut self, checkpoint: &latest::ActorCheckpoint) {
        let key = (checkpoint.actor_id.clone(), checkpoint.generation);
        let Some(events) = self.events.get_mut(&key) else {
            return;
        };
        events.applied = checkpoint.index.min(events.seen).max(events.applied);
        if events.ended.is_some_and(|ended| events.applied >= ended) {
            self.commands.remove(&key);
        }
    }

    /// Whether so much is applied that an ack is due at once.
    pub(super) fn is_ack_due(&self, checkpoint: &latest::ActorCheckpoint, batch: u32) -> bool {
        let key = (checkpoint.actor_id.clone(), checkpoint.generation);
        self.events.get(&key).is_some_and(|events| {
            let ended = events
                .ended
                .is_some_and(|ended| events.applied >= ended && events.acked < ended);
            ended || events.applied.saturating_sub(events.acked) > i64::from(batch)
        })
    }

    /// What is to be acknowledged, as far as it fits into `octets`.
    pub(super) fn take_acks(&mut self, octets: usize) -> Vec<latest::ActorCheckpoint> {
        let mut acks = Vec::new();
        let mut left = octets;
        for ((actor_id, generation), events) in &mut self.events {
            if events.applied <= events.acked {
                continue;
            }
            let size = actor_id.len() + ACK_OVERHEAD;
            // One at the least: a long name must not keep all behind it waiting.
            if size > left && !acks.is_empty() {
                break;
            }
            left = left.saturating_sub(size);
            events.acked = events.applied;
            events.acked_in = self.connections;
            acks.push(latest::ActorCheckpoint {
                actor_id: actor_id.clone(),
                generation: *generation,
                index: events.applied,
            });
        }
        acks
    }

    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// What a received event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    New,
    /// It was seen before.
    Old,
    /// It is of a generation that was never commanded here, of which there are too many.
    Refused,
}

/// How many generations may be remembered that no command is known for: those of serverless starts, and those whose end
/// is not forgotten yet.
const UNKNOWN: usize = 1 << 16;
/// The most octets of the name of such an actor. Those of a Rivet engine have about 30.
const UNKNOWN_NAME: usize = 1 << 10;

impl Received {
    const NONE: Self = Self {
        seen: -1,
        applied: -1,
        acked: -1,
        acked_in: 0,
        ended: None,
    };
}

/// Octets of a checkpoint beside its actor's name, at most.
const ACK_OVERHEAD: usize = 10 + 4 + 8;

fn store(command: latest::Command) -> Bytes {
    let data = match command {
        latest::Command::CommandStartActor(mut start) => {
            start.hibernating_requests.clear();
            latest::ActorCommandKeyData::CommandStartActor(start)
        }
        latest::Command::CommandStopActor(stop) => {
            latest::ActorCommandKeyData::CommandStopActor(stop)
        }
    };
    match data.to_embedded(Version::LATEST) {
        Ok(octets) => octets,
        Err(error) => unreachable!("expected the newest version to have every command: {error}"),
    }
}
