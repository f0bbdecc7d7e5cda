//! The hosts: which ones there are, which one an actor is started on, and when one is lost.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use envoy_protocol::latest;

use super::actor::Happening;
use super::steps::Then;
use super::{Changes, ConnectionId, Effect, Lifecycle, LifecycleConfig, Millis, row};
use crate::faults::Guard;
use crate::records::{
    ActorRecord, GenerationRecord, HostRecord, command_key, generation_key, host_key,
};

/// Whether a host's record is durable. Nothing is started on it before: a restart has to know whom to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Not,
    It,
    /// It is being removed. Before that is durable nothing new is written: if the removal is tried again, it could come
    /// last.
    Going,
}

/// A host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) record: HostRecord,
    pub(super) stored: Stored,
    pub(crate) connection: Option<ConnectionId>,
    /// The last connection that it had and has no more.
    before: Option<ConnectionId>,
    /// Whether it shuts down, as it has said on this connection.
    pub(crate) is_leaving: bool,
    /// Since when it has no connection.
    pub(super) away_since: Option<Millis>,
    /// Whether its actors were given up since then.
    pub(super) is_lost: bool,
    /// When it had its last connection, or this server started: by the steady clock, as all its times.
    pub(crate) since: Millis,
    /// The actors that it holds.
    pub(crate) actors: BTreeSet<String>,
    /// The actors that are being started on it, before that is durable.
    pub(super) chosen_for: BTreeSet<String>,
    /// How far each generation has come that either end still talks of.
    pub(super) generations: BTreeMap<(String, u32), GenerationRecord>,
    pub(super) timer: Option<Millis>,
}

impl Host {
    /// A host that was there before this server was started. It has as long to come back as if it had left now.
    pub(super) fn stored(record: HostRecord, now: Millis) -> Self {
        Self {
            stored: Stored::It,
            away_since: Some(now),
            ..Self::new(record, now)
        }
    }

    fn new(record: HostRecord, now: Millis) -> Self {
        Self {
            record,
            stored: Stored::Not,
            connection: None,
            before: None,
            is_leaving: false,
            away_since: None,
            is_lost: false,
            since: now,
            actors: BTreeSet::new(),
            chosen_for: BTreeSet::new(),
            generations: BTreeMap::new(),
            timer: None,
        }
    }

    pub(super) fn generation(&mut self, actor: &str, generation: u32) -> &mut GenerationRecord {
        let new = GenerationRecord {
            issued: 0,
            applied: -1,
            stopped: false,
        };
        self.generations
            .entry((actor.to_owned(), generation))
            .or_insert(new)
    }

    /// When it is lost, or forgotten.
    pub(super) fn due(&self, config: &LifecycleConfig) -> Option<Millis> {
        if self.stored == Stored::Going {
            return None;
        }
        let wait = if self.is_lost {
            config.host_memory
        } else {
            config.lost_threshold
        };
        Some(self.away_since?.saturating_add(wait))
    }

    fn takes_actors(&self) -> bool {
        self.stored == Stored::It && self.connection.is_some() && !self.is_leaving
    }

    fn load(&self) -> usize {
        self.actors.len() + self.chosen_for.len()
    }
}

impl Lifecycle {
    /// The newest deployment first, then who has the fewest actors.
    pub(super) fn choose_host(&self, actor: &ActorRecord) -> Option<String> {
        let of_pool = |host: &Host| {
            host.record.namespace == actor.namespace && host.record.pool == actor.pool
        };
        self.hosts
            .iter()
            .filter(|(_, host)| of_pool(host) && host.takes_actors())
            .min_by_key(|(_, host)| (std::cmp::Reverse(host.record.deployment), host.load()))
            .map(|(envoy, _)| envoy.clone())
    }

    pub(super) fn pool_has_hosts(&self, actor: &ActorRecord) -> bool {
        self.hosts.values().any(|host| {
            host.connection.is_some()
                && host.record.namespace == actor.namespace
                && host.record.pool == actor.pool
        })
    }

    pub(super) fn host_came(
        &mut self,
        envoy: String,
        record: HostRecord,
        connection: ConnectionId,
    ) {
        let now = self.now;
        let host = self
            .hosts
            .entry(envoy.clone())
            .or_insert_with(|| Host::new(record.clone(), now));
        if host.connection.is_some_and(|newer| newer > connection) {
            return;
        }
        host.connection = Some(connection);
        host.away_since = None;
        host.is_lost = false;
        // One that still shuts down says so again on each connection. This may be another process of the same key.
        host.is_leaving = false;
        host.since = now;
        let is_known = host.stored == Stored::It && host.record == record;
        host.record = record;
        let actors = host.actors.clone();
        let stored = host.stored;
        self.set_host_timer(&envoy);
        for actor in actors {
            self.effects.push_back(Effect::Moved { actor });
        }
        if is_known {
            self.offer(&envoy);
        } else if stored != Stored::Going {
            self.store_host(envoy);
        }
    }

    fn store_host(&mut self, envoy: String) {
        let Some(host) = self.hosts.get(&envoy) else {
            return;
        };
        let changes = Changes {
            rows: vec![(host_key(&envoy), Some(row(&host.record)))],
            ..Changes::default()
        };
        self.store(changes, Then::Host { envoy }, None);
    }

    /// Starts what waits for a host like this one.
    pub(super) fn offer(&mut self, envoy: &str) {
        let found = self.hosts.get(envoy).filter(|host| host.takes_actors());
        let Some(host) = found.filter(|_| !self.config.faults.lack(Guard::Waiting)) else {
            return;
        };
        let pool = (host.record.namespace.clone(), host.record.pool.clone());
        let waiting: Vec<String> = self
            .pending
            .get(&pool)
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        for actor in waiting {
            self.happened(&actor, Happening::HostCame);
        }
    }

    pub(super) fn host_gone(&mut self, envoy: &str, connection: ConnectionId) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        if host.connection != Some(connection) {
            return;
        }
        host.before = host.connection.take();
        host.away_since = Some(now);
        let actors = host.actors.clone();
        self.set_host_timer(envoy);
        for actor in actors {
            self.effects.push_back(Effect::Moved { actor });
        }
    }

    pub(super) fn host_leaves(&mut self, envoy: &str) {
        if self.config.faults.lack(Guard::Drain) {
            return;
        }
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        host.is_leaving = true;
        for actor in host.actors.clone() {
            let envoy = envoy.to_owned();
            self.happened(&actor, Happening::HostLeaves { envoy });
        }
    }

    pub(super) fn host_due(&mut self, envoy: &str) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        host.timer = None;
        if host.due(&self.config).is_none_or(|due| due > now) {
            return self.set_host_timer(envoy);
        }
        if host.is_lost {
            return self.forget_host(envoy);
        }
        self.lose_host(envoy);
    }

    /// A host has said that it does not come back: nobody need wait for it.
    pub(super) fn host_ended(&mut self, envoy: &str, connection: ConnectionId) {
        // If it has come back all the same, it is there, or was: what it said before that is no longer so.
        let is_over = self.hosts.get(envoy).is_some_and(|host| {
            host.connection.is_none() && host.before == Some(connection) && !host.is_lost
        });
        if is_over {
            self.lose_host(envoy);
        }
    }

    fn lose_host(&mut self, envoy: &str) {
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        host.is_lost = true;
        let actors = host.actors.clone();
        self.set_host_timer(envoy);
        for actor in actors {
            let envoy = envoy.to_owned();
            self.happened(&actor, Happening::HostLost { envoy });
        }
    }

    /// A host that has long been away: what was kept to tell it goes. Its own clock has stopped its actors.
    fn forget_host(&mut self, envoy: &str) {
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        host.stored = Stored::Going;
        let mut rows = vec![(host_key(envoy), None)];
        for ((actor, generation), record) in std::mem::take(&mut host.generations) {
            rows.push((generation_key(envoy, &actor, generation), None));
            for index in 1..=record.issued {
                rows.push((command_key(envoy, &actor, generation, index), None));
            }
        }
        let changes = Changes {
            rows,
            ..Changes::default()
        };
        let envoy = envoy.to_owned();
        self.store(changes, Then::Forgotten { envoy }, None);
    }

    /// Nothing is stored of a host any more.
    pub(super) fn forgotten(&mut self, envoy: String) {
        let Some(host) = self.hosts.get_mut(&envoy) else {
            return;
        };
        if host.connection.is_some() {
            host.stored = Stored::Not;
            self.store_host(envoy);
        } else if host.generations.is_empty() {
            self.hosts.remove(&envoy);
        } else {
            // Something was written of it in between.
            self.forget_host(&envoy);
        }
    }

    /// A host has acknowledged commands. They are sent again on each connection until that is stored: a host that finds
    /// that they are not forgets them, and a server that is started anew would begin again.
    pub(super) fn acked(&mut self, envoy: &str, checkpoint: latest::ActorCheckpoint) {
        let latest::ActorCheckpoint {
            actor_id,
            generation,
            index,
        } = &checkpoint;
        let is_current = self
            .actor(actor_id)
            .is_some_and(|record| record.is_held_by(envoy) && record.generation == *generation);
        let key = (actor_id.clone(), *generation);
        let host = self.hosts.get_mut(envoy);
        let known = host.and_then(|host| Some((host.generations.get(&key).copied()?, host)));
        let Some((record, host)) = known else {
            // Nothing is stored of it.
            return self.forget_acked(envoy.to_owned(), checkpoint, false);
        };
        let last = (*index).min(record.issued);
        let mut rows: Vec<_> = (1..=last)
            .map(|index| (command_key(envoy, actor_id, *generation, index), None))
            .collect();
        // A generation that was given up may never say that it has stopped. That its host has the stop is its end.
        let is_given_up = !is_current && !record.stopped && last == record.issued;
        if is_given_up {
            host.generations.remove(&key);
            rows.push((generation_key(envoy, actor_id, *generation), None));
        }
        if rows.is_empty() {
            return self.forget_acked(envoy.to_owned(), checkpoint, false);
        }
        let then = Then::Acked {
            envoy: envoy.to_owned(),
            checkpoint,
            is_given_up,
        };
        let changes = Changes {
            rows,
            ..Changes::default()
        };
        self.store(changes, then, None);
    }

    pub(super) fn forget_acked(
        &mut self,
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
        is_given_up: bool,
    ) {
        if is_given_up {
            let (actor, generation) = (checkpoint.actor_id, checkpoint.generation);
            self.effects.push_back(Effect::Forget {
                envoy,
                actor,
                generation,
            });
        } else {
            self.effects.push_back(Effect::Acked { envoy, checkpoint });
        }
    }

    /// The rows of generations that have stopped, and that no session asks for any more.
    pub(super) fn remembered(&mut self, envoy: &str, generations: &HashSet<(String, u32)>) {
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        let mut rows = Vec::new();
        host.generations.retain(|key, record| {
            let keep = !record.stopped || generations.contains(key);
            if !keep {
                rows.push((generation_key(envoy, &key.0, key.1), None));
            }
            keep
        });
        if !rows.is_empty() {
            self.store(
                Changes {
                    rows,
                    ..Changes::default()
                },
                Then::Nothing,
                None,
            );
        }
    }
}
