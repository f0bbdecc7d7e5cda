//! Which commands were seen, so that each is handled once however often it is sent.
//!
//! An entry lives on after its generation has ended and its commands are acknowledged, since an ack can be lost: then
//! the server sends them again on the next connection. It goes after a whole cycle in which that did not happen: an
//! init on a later connection than that of the ack, and a ping behind it. A server sends what is not acknowledged between
//! the two.
//!
//! For each entry: `acked <= seen`.

use std::collections::BTreeMap;

use crate::latest;

type Key = (String, u32);

#[derive(Debug, Default)]
pub(super) struct Commands {
    entries: BTreeMap<Key, Entry>,
    /// Ended entries whose commands are all acknowledged, by when that was.
    done: BTreeMap<u64, Key>,
    clock: u64,
    limit: usize,
    /// Entries that went early.
    pub(super) forgotten: u64,
}

#[derive(Debug)]
struct Entry {
    /// The last command that was handed on.
    seen: i64,
    /// The last ack that was sent: the connection, and the command.
    acked: Option<(u64, i64)>,
    life: Life,
    /// Where it stands in `done`.
    done: Option<u64>,
}

/// What is known of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It was started here.
    Started,
    /// Commands came for it, but no start.
    Unknown,
    /// It has reported that it stopped.
    Ended,
}

impl Commands {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Whether the command is new. An old one is to be acknowledged again.
    pub(super) fn receive(
        &mut self,
        checkpoint: &latest::ActorCheckpointRef<'_>,
        start: bool,
    ) -> bool {
        let key = (checkpoint.actor_id.to_owned(), checkpoint.generation);
        let entry = self.entries.entry(key).or_insert(Entry {
            seen: i64::MIN,
            acked: None,
            life: Life::Unknown,
            done: None,
        });
        if let Some(done) = entry.done.take() {
            self.done.remove(&done);
        }
        // A start behind a later command of its generation is not handed on, and the generation never runs.
        let new = checkpoint.index > entry.seen;
        if new {
            entry.seen = checkpoint.index;
            if start && entry.life == Life::Unknown {
                entry.life = Life::Started;
            }
        } else {
            entry.acked = None;
        }
        self.forget_early();
        new
    }

    /// A start that came another way than on connection `session` or one before it. Nobody waits for its ack.
    pub(super) fn adopt(&mut self, checkpoint: &latest::ActorCheckpointRef<'_>, session: u64) {
        let key = (checkpoint.actor_id.to_owned(), checkpoint.generation);
        let known = self.entries.get(&key);
        if known.is_some_and(|entry| checkpoint.index <= entry.seen) {
            return;
        }
        let _new = self.receive(checkpoint, true);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.acked = Some((session, entry.seen));
        }
    }

    pub(super) fn life(&self, actor_id: &str, generation: u32) -> Option<Life> {
        let key = (actor_id.to_owned(), generation);
        self.entries.get(&key).map(|entry| entry.life)
    }

    pub(super) fn end(&mut self, actor_id: &str, generation: u32) {
        let key = (actor_id.to_owned(), generation);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.life = Life::Ended;
            Self::settle(&mut self.done, &mut self.clock, &key, entry);
        }
        self.forget_early();
    }

    /// What is to be acknowledged, as far as it fits into `octets`. It counts as acknowledged by connection `session`.
    pub(super) fn take_acks(
        &mut self,
        session: u64,
        octets: usize,
    ) -> Vec<latest::ActorCheckpoint> {
        let mut acks = Vec::new();
        let mut left = octets;
        for (key, entry) in &mut self.entries {
            if entry.acked.is_some_and(|(_, index)| index == entry.seen) {
                continue;
            }
            let size = key.0.len() + ACK_OVERHEAD;
            // One at the least: a long name must not keep all behind it waiting.
            if size > left && !acks.is_empty() {
                break;
            }
            left = left.saturating_sub(size);
            entry.acked = Some((session, entry.seen));
            acks.push(latest::ActorCheckpoint {
                actor_id: key.0.clone(),
                generation: key.1,
                index: entry.seen,
            });
            Self::settle(&mut self.done, &mut self.clock, key, entry);
        }
        acks
    }

    /// What the server has not acknowledged was sent again on connection `session`: what was not among it goes, if its
    /// ack was sent on an earlier one.
    pub(super) fn cycle(&mut self, session: u64) {
        let entries = &mut self.entries;
        self.done.retain(|_, key| {
            let proven = entries
                .get(key)
                .is_none_or(|entry| entry.acked.is_some_and(|(acked_in, _)| acked_in < session));
            if proven {
                entries.remove(key);
            }
            !proven
        });
    }

    /// Forgets what waits for nothing but a cycle.
    #[cfg(feature = "faults")]
    pub(super) fn forget_done(&mut self) {
        while let Some((_, key)) = self.done.pop_first() {
            self.entries.remove(&key);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// An entry that waits for nothing but a cycle takes its place among those.
    fn settle(done: &mut BTreeMap<u64, Key>, clock: &mut u64, key: &Key, entry: &mut Entry) {
        let acked = entry.acked.is_some_and(|(_, index)| index == entry.seen);
        if acked && entry.life != Life::Started && entry.done.is_none() {
            *clock += 1;
            entry.done = Some(*clock);
            done.insert(*clock, key.clone());
        }
    }

    fn forget_early(&mut self) {
        while self.entries.len() > self.limit {
            let Some((_, key)) = self.done.pop_first() else {
                break;
            };
            self.entries.remove(&key);
            self.forgotten += 1;
        }
    }
}

/// Octets of a checkpoint beside its actor's name, at most.
const ACK_OVERHEAD: usize = 10 + 4 + 8;
