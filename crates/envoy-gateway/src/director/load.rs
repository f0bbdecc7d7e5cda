//! Reads what a server before this one has stored.

use std::collections::HashMap;
use std::ops::Bound;

use depot::{Order, View};
use envoy_protocol::latest;
use envoy_protocol::session::{EnvoySnapshot, EnvoyState, StoredCommand, StoredEvents, StoredLife};

use super::OpenError;
use crate::lifecycle::Stored;
use crate::records::{ActorRecord, GenerationRecord, RecordError};
use crate::storage;

/// Everything that is stored.
pub(super) struct Loaded {
    pub(super) lives: Stored,
    /// What is kept of each host.
    pub(super) states: HashMap<String, EnvoyState>,
}

impl From<depot::Error> for OpenError {
    fn from(error: depot::Error) -> Self {
        Self::Record(error.into())
    }
}

/// All rows of one kind.
pub(super) fn of_kind(kind: u8) -> (Bound<&'static [u8]>, Bound<&'static [u8]>) {
    let bounds: (&'static [u8], &'static [u8]) = match kind {
        b'4' => (b"4/", b"40"),
        b'a' => (b"a/", b"a0"),
        b'c' => (b"c/", b"c0"),
        b'g' => (b"g/", b"g0"),
        b'h' => (b"h/", b"h0"),
        _ => (b"p/", b"p0"),
    };
    (Bound::Included(bounds.0), Bound::Excluded(bounds.1))
}

pub(super) fn load(view: &View<'_>) -> Result<Loaded, OpenError> {
    let rows = |kind| view.rows(of_kind(kind), Order::Ascending, usize::MAX);
    let mut lives = Stored::default();
    let mut snapshots: HashMap<String, EnvoySnapshot> = HashMap::new();
    for row in rows(b'a')? {
        lives.actors.push(ActorRecord::decode(&row.value)?);
    }
    for row in rows(b'p')? {
        let [namespace, pool] = parts(&row.key)?;
        let config = json(&row.value)?;
        lives.pools.push((namespace, pool, config));
    }
    for row in rows(b'h')? {
        let [envoy] = parts(&row.key)?;
        snapshots.entry(envoy.clone()).or_default();
        lives.hosts.push((envoy, json(&row.value)?));
    }
    for row in rows(b'c')? {
        let [envoy, actor_id, generation, index] = parts(&row.key)?;
        let checkpoint = latest::ActorCheckpoint {
            actor_id,
            generation: number(&generation, &row.key)?,
            index: number(&index, &row.key)?,
        };
        let stored = StoredCommand {
            checkpoint,
            data: row.value,
        };
        snapshots.entry(envoy).or_default().commands.push(stored);
    }
    for row in rows(b'g')? {
        let [envoy, actor_id, generation] = parts(&row.key)?;
        let generation = number(&generation, &row.key)?;
        let record: GenerationRecord = json(&row.value)?;
        let snapshot = snapshots.entry(envoy.clone()).or_default();
        let at = |index| latest::ActorCheckpoint {
            actor_id: actor_id.clone(),
            generation,
            index,
        };
        // Who has stopped is told nothing any more.
        if !record.stopped {
            snapshot.issued.push(at(record.issued));
        }
        if record.applied >= 0 {
            let life = if record.stopped {
                StoredLife::Stopped
            } else {
                StoredLife::Running
            };
            snapshot.events.push(StoredEvents {
                checkpoint: at(record.applied),
                life,
            });
        }
        lives
            .generations
            .push((envoy, actor_id, generation, record));
    }
    for row in rows(b'4')? {
        let [actor] = parts(&row.key)?;
        let generation = storage::marked(&row.value).ok_or_else(|| malformed(&row.key))?;
        lives.unproven.push((actor, generation));
    }
    let mut states = HashMap::new();
    for (envoy, mut snapshot) in snapshots {
        // The rows are in the order of their text, which is not that of their numbers.
        snapshot
            .commands
            .sort_by_key(|command| command.checkpoint.index);
        states.insert(envoy, EnvoyState::restore(&snapshot)?);
    }
    Ok(Loaded { lives, states })
}

fn parts<const N: usize>(key: &[u8]) -> Result<[String; N], OpenError> {
    let text = std::str::from_utf8(&key[2..]).map_err(|_| malformed(key))?;
    let parts: Vec<String> = text.split('\0').map(str::to_owned).collect();
    parts.try_into().map_err(|_| malformed(key))
}

fn number<T: std::str::FromStr>(text: &str, key: &[u8]) -> Result<T, OpenError> {
    text.parse().map_err(|_| malformed(key))
}

fn json<T: serde::de::DeserializeOwned>(value: &[u8]) -> Result<T, RecordError> {
    Ok(serde_json::from_slice(value)?)
}

fn malformed(key: &[u8]) -> OpenError {
    OpenError::Row {
        row: String::from_utf8_lossy(key).into_owned(),
    }
}

#[cfg(test)]
pub(crate) fn load_lives(view: &View<'_>) -> Result<Stored, OpenError> {
    load(view).map(|loaded| loaded.lives)
}
