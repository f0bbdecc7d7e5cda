//! What is told and done once a step is written, or was not.

use envoy_protocol::latest;

use super::actor::Happening;
use super::hosts::Stored;
use super::steps::{Step, Then};
use super::timers::Timer;
use super::{Answer, Changes, Effect, Lifecycle, Millis, Refusal, StoreFailure, StoreId};
use crate::records::Phase;

/// The wait before a transaction that failed is tried again, doubled each time, and at most.
const STORE_RETRY: Millis = 100;
const STORE_RETRY_MOST: Millis = 5_000;

impl Lifecycle {
    pub(super) fn stored(
        &mut self,
        id: StoreId,
        result: Result<Vec<latest::Command>, StoreFailure>,
    ) {
        let Some(mut step) = self.steps.remove(&id) else {
            return;
        };
        match result {
            Ok(commands) => self.durable(step, commands),
            Err(failure) => {
                // What comes after it would be built on what may not be so. Writing it again writes it once.
                step.is_unknown |= failure.is_unknown;
                match step.asked.filter(|_| !step.is_unknown) {
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
                }
            }
        }
    }

    /// A step that somebody asked for was not written: it never was.
    fn undo(&mut self, step: Step) {
        self.chosen_no_more(&step.changes);
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
                        actor.is_given_up = false;
                    }
                    self.advance(&record.id);
                }
            }
            Then::Nothing
            | Then::Acked { .. }
            | Then::Pool { .. }
            | Then::Host { .. }
            | Then::Forgotten { .. } => {}
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
            Then::Acked {
                envoy,
                checkpoint,
                is_given_up,
            } => self.forget_acked(envoy, checkpoint, is_given_up),
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
                if let Some(host) = self.hosts.get_mut(&envoy)
                    && host.stored == Stored::Not
                {
                    host.stored = Stored::It;
                }
                self.offer(&envoy);
            }
            Then::Forgotten { envoy } => self.forgotten(envoy),
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

    /// An actor's next record was written, or never will be: it is no longer about to be on a host.
    fn chosen_no_more(&mut self, changes: &Changes) {
        if let Some((record, _)) = &changes.actor
            && let Some(host) = self.chosen_host(record)
        {
            host.chosen_for.remove(&record.id);
        }
    }

    /// An actor's next record is durable: it is told of, and the next step is taken.
    fn written(&mut self, id: &str, changes: Changes, commands: Vec<latest::Command>) {
        self.chosen_no_more(&changes);
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
        actor.is_given_up = false;
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
}
