//! The steps of actors: one at a time is decided, and written before anybody learns of it.

use bytes::Bytes;
use envoy_protocol::latest;

use super::actor::{Context, Happening, Next, Order, Over, Said, decide};
use super::hosts::Host;
use super::{Answer, Changes, Effect, Lifecycle, StoreId, Ticket, row};
use crate::faults::Guard;
use crate::records::{ActorRecord, Phase, command_key, generation_key, input_key, name_key};

/// A transaction that is under way, and what is done once it is durable.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) changes: Changes,
    pub(super) then: Then,
    /// Who is told if it fails. Where nobody is, it is tried again until it is written.
    pub(super) asked: Option<Ticket>,
    /// Whether it may be written already: then nobody is told that it failed.
    pub(super) is_unknown: bool,
    pub(super) attempts: u32,
}

#[derive(Debug)]
pub(super) enum Then {
    /// Nothing: rows that nobody waits for.
    Nothing,
    /// A host has acknowledged commands, for a generation that was given up the last of them.
    Acked {
        envoy: String,
        checkpoint: latest::ActorCheckpoint,
        is_given_up: bool,
    },
    Pool {
        namespace: String,
        pool: String,
        config: serde_json::Value,
    },
    Host {
        envoy: String,
    },
    /// A host that has long been away is not remembered.
    Forgotten {
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

impl Lifecycle {
    /// Something happens to an actor. It waits its turn while a step of the actor is written.
    pub(super) fn happened(&mut self, id: &str, what: Happening) {
        if let Some(actor) = self.actors.get_mut(id) {
            actor.waiting.push_back(what);
            self.advance(id);
        }
    }

    pub(super) fn advance(&mut self, id: &str) {
        while let Some(actor) = self.actors.get_mut(id) {
            if actor.is_storing {
                return;
            }
            let Some(what) = actor.waiting.pop_front() else {
                return;
            };
            // What is decided from here on is by the clock as it is now.
            actor.record.shift(self.ahead.saturating_sub(actor.ahead));
            actor.ahead = self.ahead;
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
            && !self.config.faults.lack(Guard::Session)
    }

    pub(super) fn decide(&self, record: &ActorRecord, what: &Happening) -> Next {
        let host = self.choose_host(record);
        let context = Context {
            config: &self.config,
            now: self.system_time(self.now),
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
            actor.is_given_up = over.as_ref().is_some_and(|over| !over.by_host);
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
    pub(super) fn generation_rows(
        &mut self,
        id: &str,
        orders: &[Order],
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

    pub(super) fn chosen_host(&mut self, record: &ActorRecord) -> Option<&mut Host> {
        self.hosts.get_mut(record.envoy.as_ref()?)
    }

    pub(super) fn store(&mut self, changes: Changes, then: Then, asked: Option<Ticket>) {
        let id = StoreId(self.next_store);
        self.next_store += 1;
        if let Some((record, _)) = &changes.actor
            && let Some(host) = self.chosen_host(record)
            && !host.actors.contains(&record.id)
        {
            host.chosen_for.insert(record.id.clone());
        }
        self.effects.push_back(Effect::Store(id, changes.clone()));
        self.steps.insert(
            id,
            Step {
                changes,
                then,
                asked,
                is_unknown: false,
                attempts: 0,
            },
        );
    }
}
