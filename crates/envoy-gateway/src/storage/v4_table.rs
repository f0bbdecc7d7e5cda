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
#[derive(Debug, Default)]
pub(super) struct V4Table(Mutex<HashMap<Generation, V4Generation>>);

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
        self.lock()
            .entry(key.clone())
            .or_default()
            .arrive(connection, usage);
    }

    pub(super) fn withdraw(&self, key: &Generation, connection: ConnectionNumber, usage: Use) {
        let mut table = self.lock();
        if let Some(generation) = table.get_mut(key) {
            generation.withdraw(connection, usage);
            if generation.is_empty() {
                table.remove(key);
            }
        }
    }

    pub(super) fn begin(
        &self,
        key: &Generation,
        connection: ConnectionNumber,
    ) -> Result<Serve, Refuse> {
        // One that has ended meanwhile is begun anew, and ends by what the depot says of it.
        self.lock()
            .entry(key.clone())
            .or_default()
            .begin(connection)
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
        let mut table = self.lock();
        let end = end();
        let Some(generation) = table.get_mut(key) else {
            return Change::None;
        };
        let off = generation.is_off();
        generation.end(connection, usage, end, patience);
        let change = changed(off, generation);
        if generation.is_empty() {
            table.remove(key);
        }
        change
    }

    /// A connection has ended: the generations that are not served any more for that.
    pub(super) fn disconnect(&self, connection: ConnectionNumber) -> Vec<Generation> {
        let mut off = Vec::new();
        self.lock().retain(|key, generation| {
            let before = generation.is_off();
            generation.disconnect(connection);
            if changed(before, generation) == Change::TurnedOff {
                off.push(key.clone());
            }
            !generation.is_empty()
        });
        off
    }

    /// A generation that is being served is not served any more.
    pub(super) fn turn_off(&self, key: &Generation) {
        if let Some(generation) = self.lock().get_mut(key) {
            generation.turn_off();
        }
    }

    /// How many are known.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn forget(&self, key: &Generation) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Generation, V4Generation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

/// Whether the row names this generation.
pub(super) fn is_marked(view: &View<'_>, actor_id: &str, generation: u64) -> Result<bool, Error> {
    let row = view.row(&marker_key(actor_id))?;
    Ok(row.is_some_and(|row| *row == marker(generation)))
}
