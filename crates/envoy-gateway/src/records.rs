//! What the gateway stores beside the databases: its rows in the depot, and their keys.
//!
//! Every key begins with one letter and a slash, so that kinds never mix and each can be listed. Values are JSON where
//! they are records: a newer gateway reads what an older one wrote, and fields that it does not know are refused rather
//! than lost.

use depot::{Error, Transaction, View};
use serde::{Deserialize, Serialize};

/// An actor, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActorRecord {
    /// The format of this record: [`ActorRecord::FORMAT`].
    pub(crate) format: u32,
    /// Its id, which is also that of its database.
    pub(crate) id: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    /// The pool whose hosts run it.
    pub(crate) pool: String,
    /// As it was asked for. A real engine treats all of them alike, and so do we: a crashed actor sleeps.
    pub(crate) crash_policy: String,
    pub(crate) phase: Phase,
    /// The newest generation there was, 0 before the first.
    pub(crate) generation: u32,
    /// The host that the newest generation was allocated to, for as long as that one is alive.
    pub(crate) envoy: Option<String>,
    /// Commands that were issued to the newest generation: the index of the last one.
    pub(crate) issued: i64,
    /// When the phase it is in ends by itself: a start that takes too long, a stop that does.
    pub(crate) until_ts: Option<i64>,
    /// When to wake it: milliseconds since 1970.
    pub(crate) alarm_ts: Option<i64>,
    /// Starts in a row that failed.
    pub(crate) crashes: u32,
    /// Why it does not run.
    pub(crate) error: Option<ActorError>,
    pub(crate) create_ts: i64,
    /// When the newest generation was allocated.
    pub(crate) start_ts: Option<i64>,
    /// Since when it has waited for a host.
    pub(crate) pending_ts: Option<i64>,
    /// Since when it runs.
    pub(crate) connectable_ts: Option<i64>,
    pub(crate) sleep_ts: Option<i64>,
    /// When it is started again after a crash or for want of a host.
    pub(crate) reschedule_ts: Option<i64>,
    pub(crate) destroy_ts: Option<i64>,
}

/// Where an actor is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// No generation is alive. Something has to wake it.
    Sleeping,
    /// It is to run, and no host was found yet.
    Pending,
    /// A generation was allocated, and has not said that it runs.
    Starting,
    Running,
    /// A stop was sent. What happens when it has stopped:
    Stopping(Then),
    Destroyed,
}

/// What becomes of an actor once its generation has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    /// It sleeps.
    Sleep,
    /// It asked for its own end: a clean stop destroys it, any other end leaves it asleep.
    End,
    /// It is destroyed, however it ends.
    Destroy,
    /// Its host goes away: it is started on another one.
    Move,
}

/// A host, as it is stored from its first connection on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostRecord {
    /// The format of this record: [`ActorRecord::FORMAT`].
    pub(crate) format: u32,
    pub(crate) namespace: String,
    pub(crate) pool: String,
    /// The version of its user's deployment.
    pub(crate) deployment: u32,
    /// The version of the protocol that it spoke last.
    pub(crate) protocol: u16,
}

/// A generation on a host, as far as the two have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerationRecord {
    /// The index of the last command, 0 before the first.
    pub(crate) issued: i64,
    /// The index of the last event that was applied, -1 before the first.
    pub(crate) applied: i64,
    /// Whether that event said that it has stopped.
    pub(crate) stopped: bool,
}

/// Why an actor does not run, as the API says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActorError {
    /// It ended with an error.
    Crashed {
        /// What its host said of it.
        message: Option<String>,
    },
    /// Its host was lost.
    EnvoyConnectionLost {
        /// The host.
        envoy_key: String,
    },
    /// It did not run within the time for starting.
    EnvoyNoResponse {
        /// The host.
        envoy_key: Option<String>,
    },
    /// There is no host with room for it.
    NoCapacity,
    /// There is no host of its pool.
    NoEnvoys,
}

impl ActorRecord {
    /// The format that is written, and the newest that is read.
    pub(crate) const FORMAT: u32 = 1;

    /// The actor of this id, if there ever was one.
    ///
    /// Where only its holder matters: [`is_held_by`](Self::is_held_by).
    pub(crate) fn find(view: &View<'_>, id: &str) -> Result<Option<Self>, RecordError> {
        let key = actor_key(id);
        let Some(row) = view.row(&key)? else {
            return Ok(None);
        };
        Self::decode(&row).map(Some)
    }

    pub(crate) fn decode(row: &[u8]) -> Result<Self, RecordError> {
        Ok(serde_json::from_slice(row)?)
    }

    pub(crate) fn store(&self, transaction: &mut Transaction<'_>) -> Result<(), RecordError> {
        transaction.put_row(&actor_key(&self.id), serde_json::to_vec(self)?)?;
        Ok(())
    }

    /// Whether this host has the actor's current allocation: what is asked for the actor counts from there only.
    pub(crate) fn is_held_by(&self, envoy_key: &str) -> bool {
        self.envoy.as_deref() == Some(envoy_key)
    }
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error(transparent)]
    Depot(#[from] Error),
    #[error("a stored record is not what this version writes: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// The row of an actor.
pub(crate) fn actor_key(id: &str) -> Vec<u8> {
    key(b'a', &[id.as_bytes()])
}

/// The row that finds an actor by what its creator calls it.
pub(crate) fn name_key(namespace: &str, name: &str, key: &str) -> Vec<u8> {
    self::key(
        b'n',
        &[namespace.as_bytes(), name.as_bytes(), key.as_bytes()],
    )
}

/// The row of what an actor was created with.
pub(crate) fn input_key(id: &str) -> Vec<u8> {
    key(b'i', &[id.as_bytes()])
}

/// The row of a pool.
pub(crate) fn pool_key(namespace: &str, pool: &str) -> Vec<u8> {
    key(b'p', &[namespace.as_bytes(), pool.as_bytes()])
}

/// The row of a host.
pub(crate) fn host_key(envoy: &str) -> Vec<u8> {
    key(b'h', &[envoy.as_bytes()])
}

/// The row of a generation on a host.
pub(crate) fn generation_key(envoy: &str, actor: &str, generation: u32) -> Vec<u8> {
    key(
        b'g',
        &[
            envoy.as_bytes(),
            actor.as_bytes(),
            generation.to_string().as_bytes(),
        ],
    )
}

/// The row of a command to a host.
pub(crate) fn command_key(envoy: &str, actor: &str, generation: u32, index: i64) -> Vec<u8> {
    let generation = generation.to_string();
    let index = index.to_string();
    let parts = [envoy, actor, &generation, &index];
    key(b'c', &parts.map(str::as_bytes))
}

/// The row that marks a destroyed actor whose key-value rows are still to be removed. Its value is empty.
pub(crate) fn destroyed_key(id: &str) -> Vec<u8> {
    key(b'd', &[id.as_bytes()])
}

/// The beginning of all key-value rows of an actor: its own key follows, as it is.
pub(crate) fn kv_prefix(id: &str) -> Vec<u8> {
    let mut prefix = key(b'v', &[id.as_bytes()]);
    prefix.push(0);
    prefix
}

/// One letter, a slash, and parts with a zero between them. Parts hold no zeros: ids and names are checked for that.
pub(crate) fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![kind, b'/'];
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            key.push(0);
        }
        key.extend_from_slice(part);
    }
    key
}
