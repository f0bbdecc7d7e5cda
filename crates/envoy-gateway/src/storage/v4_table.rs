//! The generations of v4 hosts that this server knows, and what is stored of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use depot::{Error, View};

use crate::records;

use super::v4::{ConnectionNumber, End, Refuse, Serve, Use, V4Generation};

/// A generation of an actor.
pub(super) type Generation = (Arc<str>, u64);

/// All generations that v4 hosts have used here, each until its end.
///
/// Each has a lock of its own, which is held while an answer is handed on. Nobody who has one waits for that of the table
/// but to forget an empty one, and nobody who has that of the table waits for another.
#[derive(Debug, Default)]
pub(super) struct V4Table(Mutex<HashMap<Generation, Shared>>);

type Shared = Arc<Mutex<V4Generation>>;

/// What became of a generation by what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Change {
    /// From now on it is not served.
    TurnedOff,
    None,
}

impl V4Table {
    pub(super) fn arrive(&self, key: &Generation, connection: ConnectionNumber, usage: Use) {
        lock(&self.entry(key)).arrive(connection, usage);
    }

    pub(super) fn withdraw(&self, key: &Generation, connection: ConnectionNumber, usage: Use) {
        if let Some(generation) = self.find(key) {
            lock(&generation).withdraw(connection, usage);
            self.tidy(key, generation);
        }
    }

    pub(super) fn begin(
        &self,
        key: &Generation,
        connection: ConnectionNumber,
    ) -> Result<Serve, Refuse> {
        // One that has ended meanwhile is begun anew, and ends by what the depot says of it.
        lock(&self.entry(key)).begin(connection)
    }

    /// Ends a request. `end` hands its answer on: nothing arrives in between that could be taken to prove it.
    pub(super) fn end(
        &self,
        key: &Generation,
        connection: ConnectionNumber,
        usage: Use,
        patience: Duration,
        end: impl FnOnce() -> End,
    ) -> Change {
        let Some(generation) = self.find(key) else {
            end();
            return Change::None;
        };
        let change = {
            let mut generation = lock(&generation);
            let end = end();
            let off = generation.is_off();
            generation.end(connection, usage, end, patience);
            changed(off, &generation)
        };
        self.tidy(key, generation);
        change
    }

    /// A connection has ended: the generations that are not served any more for that.
    pub(super) fn disconnect(&self, connection: ConnectionNumber) -> Vec<Generation> {
        let mut all: Vec<_> = {
            let table = self.lock();
            let pair = |(key, shared): (&Generation, &Shared)| (key.clone(), Arc::clone(shared));
            table.iter().map(pair).collect()
        };
        // In an order that is the same each time.
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut off = Vec::new();
        for (key, generation) in all {
            let change = {
                let mut generation = lock(&generation);
                let before = generation.is_off();
                generation.disconnect(connection);
                changed(before, &generation)
            };
            self.tidy(&key, generation);
            if change == Change::TurnedOff {
                off.push(key);
            }
        }
        off
    }

    /// A generation that is being served is not served any more.
    pub(super) fn turn_off(&self, key: &Generation) {
        if let Some(generation) = self.find(key) {
            lock(&generation).turn_off();
        }
    }

    /// How many are known.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn forget(&self, key: &Generation) {
        self.lock().remove(key);
    }

    fn entry(&self, key: &Generation) -> Shared {
        Arc::clone(self.lock().entry(key.clone()).or_default())
    }

    fn find(&self, key: &Generation) -> Option<Shared> {
        self.lock().get(key).cloned()
    }

    /// Forgets a generation of which there is nothing to remember.
    fn tidy(&self, key: &Generation, generation: Shared) {
        if !lock(&generation).is_empty() {
            return;
        }
        let mut table = self.lock();
        drop(generation);
        // Who has it as well may be about to change it, and looks here again after that.
        if let Some(shared) = table.get_mut(key)
            && let Some(generation) = Arc::get_mut(shared)
            && generation
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
        {
            table.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Generation, Shared>> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn changed(before: bool, generation: &V4Generation) -> Change {
    if !before && generation.is_off() {
        Change::TurnedOff
    } else {
        Change::None
    }
}

/// The row that names the newest generation of an actor that has committed without a head: written with its first such
/// commit, so that a server that was started since knows that it does not know whether the last answer arrived.
pub(super) fn marker_key(actor_id: &str) -> Vec<u8> {
    records::key(b'4', &[actor_id.as_bytes()])
}

/// What the row holds.
pub(super) fn marker(generation: u64) -> Vec<u8> {
    generation.to_be_bytes().to_vec()
}

/// The generation that such a row names, if that is what it holds.
pub(crate) fn marked(row: &[u8]) -> Option<u32> {
    // No generation of an actor is larger.
    u32::try_from(u64::from_be_bytes(row.try_into().ok()?)).ok()
}

/// Whether the row names this generation.
pub(super) fn is_marked(view: &View<'_>, actor_id: &str, generation: u64) -> Result<bool, Error> {
    let row = view.row(&marker_key(actor_id))?;
    Ok(row.is_some_and(|row| *row == marker(generation)))
}
