//! What a storage engine has to do, and nothing more.
//!
//! The rules of databases (fences, digests, sizes, limits) are above this line and the same for every engine. An engine
//! stores ordered rows and pages, gives snapshots of them, and runs units of work one after the other, or as if it did:
//!
//! - A unit sees all that the units before it wrote, and nothing of those after it (serializable).
//! - A unit is finished with `Ok` only after everything it saw and wrote is durable. A snapshot holds only what is durable.
//! - All of a unit's changes are applied, or none.
//! - An engine whose sync failed knows no more what is durable: it answers everything with [`EngineError::Poisoned`].
//!
//! An engine may run units where and when it likes: at once on the caller's thread, on a thread of its own in groups that
//! share a sync, or each in a serializable transaction of a database server. It never blocks the caller of
//! [`Engine::submit`] for longer than the work itself takes in memory.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow, RangeInclusive};

use bytes::Bytes;

use crate::error::Error;
use crate::types::Order;

/// Where units run and snapshots are taken.
pub trait Engine: Send + Sync + 'static {
    /// Everything that is durable now, as one state that no later unit changes.
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError>;

    /// Runs `unit`, and finishes it exactly once. Units of one caller run in the order they were submitted.
    fn submit(&self, unit: Box<dyn Unit>);

    /// Where reads come from, which decides where they may run.
    fn residence(&self) -> Residence;

    /// What was done since the engine was opened.
    fn statistics(&self) -> Statistics {
        Statistics::default()
    }

    /// Whether what changes something is refused for want of space, as far as is known without trying. Reads are served all the same.
    fn is_full(&self) -> bool {
        false
    }

    /// Finishes what was submitted, and refuses everything from then on with [`EngineError::Closed`]. Closing twice is closing once.
    fn close(&self);
}

/// Where an engine reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residence {
    /// Memory: a read takes no longer than copying, so it runs wherever it is asked for.
    Memory,
    /// A disk or a network: a read may block, so a task that awaits it leaves it to a thread.
    Storage,
}

/// Work that an engine did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// Units that were finished.
    pub units: u64,
    /// Groups of units that were made durable together.
    pub groups: u64,
    /// Times the storage was told to make durable what was written.
    pub syncs: u64,
    /// Octets that were written to files.
    pub written_bytes: u64,
}

/// A piece of work that is applied as a whole or not at all.
pub trait Unit: Send {
    /// Reads what it needs, and says what is to change. Nothing to change is fine.
    ///
    /// An engine that has to start over calls this again; what the call before returned counts for nothing then. An error
    /// drops the unit, and is what [`finish`](Self::finish) gets.
    fn run(&mut self, state: &dyn Read) -> Result<Changes, EngineError>;

    /// Told once how it ended: after everything it saw and changed is durable, or after none of its changes was applied.
    /// [`EngineError::Poisoned`] alone leaves open which.
    fn finish(self: Box<Self>, result: Result<(), EngineError>);
}

/// What a unit and a snapshot can read: one state of the store.
pub trait Read {
    /// The value of a row.
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError>;

    /// Shows the rows of `range` in `order` to `visit`, until it breaks. The range is not inverted.
    fn rows(
        &self,
        space: Space,
        range: KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError>;

    /// Shows the pages of `numbers` that exist to `found`, each with its index in `numbers`, by index.
    fn pages(
        &self,
        volume: Volume,
        numbers: &[u32],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), EngineError>;

    /// The numbers of the first `limit` pages of `range` that exist, ascending.
    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError>;
}

/// A state that stays as it is, for as long as it is held.
pub trait Snapshot: Read {
    /// Shows all pages of all volumes to `visit`, ordered, until it breaks.
    fn all_pages(&self, visit: &mut VisitPage<'_>) -> Result<(), EngineError>;
}

/// Rows of different use, which share no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// A record for each database.
    Databases,
    /// What is to be removed in the background.
    Garbage,
    /// The caller's own state.
    Caller,
}

impl Space {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Databases, Self::Garbage, Self::Caller];
}

/// Sees a row, key and value, and says whether it wants another.
pub type VisitRow<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Sees a page, and says whether it wants another.
pub type VisitPage<'a> = dyn FnMut(Volume, u32, &[u8]) -> ControlFlow<()> + 'a;

/// A range of keys.
pub type KeyRange<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// What pages are stored under: one for each life of a database, never used again after it was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Volume(pub [u8; 16]);

/// What a unit changes: for each row and each page at most one value, or that it goes.
///
/// Ordered by key, as trees like to be written.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Rows that are written, or removed where there is no value.
    pub rows: BTreeMap<(Space, Vec<u8>), Option<Bytes>>,
    /// Pages that are written, or removed where there are no octets.
    pub pages: BTreeMap<(Volume, u32), Option<Bytes>>,
}

impl Changes {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.pages.is_empty()
    }
}

/// Why an engine did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No space is left. Nothing of the unit was applied, and the engine goes on.
    #[error("the storage is full: {0}")]
    Full(String),
    /// Something failed that may work another time. Nothing of the unit was applied.
    #[error("the storage failed: {0}")]
    Failed(String),
    /// The unit cannot be put in order with others. Nothing of it was applied; it may be submitted again.
    #[error("another transaction got in the way")]
    Conflict,
    /// More units wait than may.
    #[error("expected at most {max} units to wait")]
    Overloaded {
        /// Units that may wait.
        max: usize,
    },
    /// It is unknown what is durable. Nothing is answered any more.
    #[error("the store is poisoned: {0}")]
    Poisoned(String),
    /// What is stored contradicts itself.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// The engine was closed.
    #[error("the engine is closed")]
    Closed,
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Full(what) => Self::StorageFull(what),
            EngineError::Failed(what) => Self::Storage(what),
            EngineError::Conflict => Self::Contention { attempts: 1 },
            EngineError::Overloaded { max } => Self::Overloaded { max },
            EngineError::Poisoned(why) => Self::Poisoned(why),
            EngineError::Corrupt(what) => Self::Corrupt(what),
            EngineError::Closed => Self::Closed,
        }
    }
}
