//! The events that the server has not acknowledged, and their indices.
//!
//! Within a generation indices have no gaps, and go on across connections. Over all generations events keep the order in
//! which they happened, which is the order of their numbers. What was handed to a connection is what lies below
//! `cursor`; what was ever handed to one, below `sent`: `cursor <= sent`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bare::Encode as _;

use crate::latest;
use crate::session::SendError;

type Key = (String, u32);

#[derive(Debug, Default)]
pub(super) struct History {
    generations: BTreeMap<Key, Generation>,
    events: BTreeMap<u64, latest::EventWrapper>,
    cursor: u64,
    sent: u64,
    octets: usize,
    /// Generations whose last event was handed to this connection, and when.
    settling: Vec<(Key, Instant)>,
    /// Somebody was turned away since the last word that there is room.
    awaited: bool,
}

#[derive(Debug, Default)]
struct Generation {
    next: i64,
    /// The numbers of its events.
    numbers: BTreeSet<u64>,
    ended: bool,
}

impl History {
    /// Whether there is room below `limit`, for what can be refused.
    pub(super) const fn check(&mut self, limit: usize) -> Result<(), SendError> {
        if self.octets < limit {
            return Ok(());
        }
        self.awaited = true;
        Err(SendError::QueueFull {
            size: 1,
            queued: self.octets,
            limit,
        })
    }

    /// True once after somebody was turned away and half of `limit` is free.
    pub(super) const fn has_room_again(&mut self, limit: usize) -> bool {
        let room = self.awaited && self.octets <= limit / 2;
        if room {
            self.awaited = false;
        }
        room
    }

    /// Whoever was turned away is not told that there is room.
    pub(super) const fn nobody_waits(&mut self) {
        self.awaited = false;
    }

    pub(super) fn push(
        &mut self,
        number: u64,
        actor_id: &str,
        generation: u32,
        event: latest::Event,
    ) {
        let key = (actor_id.to_owned(), generation);
        let entry = self.generations.entry(key).or_default();
        let wrapper = latest::EventWrapper {
            checkpoint: latest::ActorCheckpoint {
                actor_id: actor_id.to_owned(),
                generation,
                index: entry.next,
            },
            inner: event,
        };
        entry.next += 1;
        entry.ended |= is_stopped(&wrapper.inner);
        entry.numbers.insert(number);
        self.octets += size(&wrapper);
        self.events.insert(number, wrapper);
    }

    /// Whether the server has not acknowledged the end of some generation.
    pub(super) fn has_ends(&self) -> bool {
        self.generations.values().any(|entry| entry.ended)
    }

    /// The number of the next event for this connection.
    pub(super) fn next_number(&self) -> Option<u64> {
        self.events
            .range(self.cursor..)
            .next()
            .map(|(number, _)| *number)
    }

    /// The next events for this connection: those with numbers below `before`, as far as they fit into `octets`, but one
    /// at the least. They count as sent.
    pub(super) fn take(
        &mut self,
        before: u64,
        octets: usize,
        now: Instant,
    ) -> Vec<latest::EventWrapper> {
        let mut batch = Vec::new();
        let mut left = octets;
        for (number, wrapper) in self.events.range(self.cursor..before) {
            let size = size(wrapper);
            if !batch.is_empty() && size > left {
                break;
            }
            left = left.saturating_sub(size);
            batch.push(wrapper.clone());
            self.cursor = number + 1;
            if is_stopped(&wrapper.inner) {
                let checkpoint = &wrapper.checkpoint;
                let key = (checkpoint.actor_id.clone(), checkpoint.generation);
                self.settling.push((key, now));
            }
        }
        self.sent = self.sent.max(self.cursor);
        batch
    }

    /// A new connection gets all of it.
    pub(super) fn rewind(&mut self) {
        self.cursor = 0;
        self.settling.clear();
    }

    pub(super) fn ack(&mut self, actor_id: &str, generation: u32, index: i64) {
        let key = (actor_id.to_owned(), generation);
        let Some(entry) = self.generations.get_mut(&key) else {
            return;
        };
        while let Some(first) = entry.numbers.first().copied() {
            // Only what was sent can be acknowledged.
            let covered = self
                .events
                .get(&first)
                .is_none_or(|wrapper| wrapper.checkpoint.index <= index && first < self.sent);
            if !covered {
                return;
            }
            entry.numbers.remove(&first);
            if let Some(wrapper) = self.events.remove(&first) {
                self.octets -= size(&wrapper);
            }
        }
        if entry.ended {
            self.generations.remove(&key);
        }
    }

    /// The connection is alive: what it was given long enough ago has arrived.
    pub(super) fn alive(&mut self, now: Instant, settle: Duration) {
        let mut settled = Vec::new();
        self.settling.retain(|(key, since)| {
            let proven = now.saturating_duration_since(*since) >= settle;
            if proven {
                settled.push(key.clone());
            }
            !proven
        });
        for key in settled {
            self.forget(&key);
        }
    }

    /// A later generation of the actor was started: the server knows that earlier ones have ended.
    pub(super) fn started(&mut self, actor_id: &str, generation: u32) {
        let first = (actor_id.to_owned(), 0);
        let ended: Vec<_> = self
            .generations
            .range(first..(actor_id.to_owned(), generation))
            .filter(|(_, entry)| entry.ended)
            .map(|(key, _)| key.clone())
            .collect();
        for key in ended {
            self.forget(&key);
        }
    }

    /// Takes back the alarms of a generation that no connection was given yet. Later events move up, so that no index is
    /// missing. Says how many there were.
    pub(super) fn drop_unsent_alarms(&mut self, actor_id: &str, generation: u32) -> usize {
        let key = (actor_id.to_owned(), generation);
        let Some(entry) = self.generations.get_mut(&key) else {
            return 0;
        };
        let unsent: Vec<_> = entry.numbers.range(self.sent..).copied().collect();
        let mut dropped = 0;
        for number in unsent {
            let Some(wrapper) = self.events.get_mut(&number) else {
                continue;
            };
            if matches!(wrapper.inner, latest::Event::EventActorSetAlarm(_)) {
                self.octets -= size(wrapper);
                self.events.remove(&number);
                entry.numbers.remove(&number);
                dropped += 1;
            } else if dropped > 0 {
                wrapper.checkpoint.index -= dropped;
            }
        }
        entry.next -= dropped;
        usize::try_from(dropped).unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.generations.remove(key) {
            for number in entry.numbers {
                if let Some(wrapper) = self.events.remove(&number) {
                    self.octets -= size(&wrapper);
                }
            }
        }
    }
}

pub(super) const fn is_stopped(event: &latest::Event) -> bool {
    matches!(
        event,
        latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate {
            state: latest::ActorState::ActorStateStopped(_)
        })
    )
}

fn size(wrapper: &latest::EventWrapper) -> usize {
    wrapper.encoded_len()
}
