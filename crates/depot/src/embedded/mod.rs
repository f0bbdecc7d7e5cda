//! The engine on a disk of this machine: a folder that one process has open.

mod backend;
mod backup;
mod directory;
mod disk;
mod journal;
mod recovery;
mod store;
mod tables;

use std::path::Path;
use std::sync::Arc;

pub use disk::{Disk, DiskFile};

use crate::embedded::directory::{Contents, Directory};
use crate::embedded::journal::Limits;
use crate::embedded::store::{RedbStore, StoreOptions};
use crate::engine::{Engine, EngineError, Residence, Snapshot, Statistics, Unit};
use crate::error::Error;
use crate::group::{GroupCommit, Grouping};

/// How the engine works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Octets of memory for what was read and what is being written. 64 MiB by default.
    pub cache_bytes: usize,
    /// Octets that must be free on the disk before anything is written. 64 MiB by default.
    pub headroom_bytes: u64,
    /// Octets of groups that are only in the journal: so much is put into the store when it is opened after a crash. 4 MiB by default, and
    /// never more.
    pub journal_bytes: u64,
    /// Octets of a group that are written to the journal first, which saves a sync. 1 MiB by default.
    pub journal_group_bytes: usize,
    /// How transactions share a sync.
    pub grouping: Grouping,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            headroom_bytes: 64 << 20,
            journal_bytes: 4 << 20,
            journal_group_bytes: 1 << 20,
            grouping: Grouping::default(),
        }
    }
}

impl Options {
    fn store(&self) -> StoreOptions {
        StoreOptions {
            cache_bytes: self.cache_bytes,
            headroom_bytes: self.headroom_bytes,
            journal: Limits {
                half: self.journal_bytes,
                group: self.journal_group_bytes,
            },
        }
    }
}

/// An engine in a folder, or on a disk that is played.
///
/// A transaction that was answered survives a crash of the process and of the machine. The folder holds `store.redb` and `journal`, which
/// are everything together, and `LOCK`, whose holder may use it.
pub struct EmbeddedEngine(GroupCommit<RedbStore>);

impl EmbeddedEngine {
    /// Opens the store in the folder `path`, or makes one where there is no folder, or an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] while another opening of it lasts, in this process or another; [`Error::UnknownFormat`]; [`Error::Corrupt`]; and what
    /// the system fails with.
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let directory = Directory::open(path)?;
        let store = directory.with_files(|files, contents| {
            let disk: Arc<dyn Disk> = Arc::new(files);
            match contents {
                Contents::Nothing => RedbStore::make(&disk, options.store()),
                Contents::Store => RedbStore::open(&disk, options.store()),
            }
        })?;
        Self::start(store, options)
    }

    /// Opens the store on `disk`, or makes one if it is empty. Nobody is kept from opening it twice.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for the lock.
    pub fn on_disk(disk: impl Disk, options: Options) -> Result<Self, Error> {
        let disk: Arc<dyn Disk> = Arc::new(disk);
        Self::start(RedbStore::open_or_make(&disk, options.store())?, options)
    }

    fn start(store: RedbStore, options: Options) -> Result<Self, Error> {
        GroupCommit::start(store, options.grouping)
            .map(Self)
            .map_err(|error| Error::Storage(error.to_string()))
    }
}

impl Engine for EmbeddedEngine {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        self.0.snapshot()
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        self.0.submit(unit);
    }

    fn residence(&self) -> Residence {
        self.0.residence()
    }

    fn statistics(&self) -> Statistics {
        self.0.statistics()
    }

    fn is_full(&self) -> bool {
        self.0.is_full()
    }

    fn close(&self) {
        self.0.close();
    }
}

/// Copies `snapshot` into a new store in the folder `path`, which is there once the copy is complete and durable, and not before.
pub(crate) fn copy(snapshot: &dyn Snapshot, path: &Path) -> Result<(), Error> {
    backup::copy(snapshot, path)
}
