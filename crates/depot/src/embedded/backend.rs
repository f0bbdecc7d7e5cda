//! A disk as redb sees it, and what went wrong on it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::StorageBackend;

use crate::embedded::disk::Disk;
use crate::group::Traffic;

/// One opening of the database on a disk. After a failure redb answers nothing more, and another opening takes its place.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) state: Arc<BackendState>,
}

/// What is to be known of an opening.
#[derive(Debug, Default)]
pub(crate) struct BackendState {
    /// Set once another opening took over: whatever redb does while it lets go of this one must not reach the disk.
    retired: AtomicBool,
    failure: Mutex<Option<Failure>>,
    syncs: AtomicU64,
    written_bytes: AtomicU64,
}

/// The first thing that went wrong.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// A sync. Nobody knows what is durable.
    Sync(String),
    /// A write for another reason than space. What is on the disk now cannot be told from what was to be there.
    Write(String),
    /// A write, for want of space: nothing that was durable is touched by it.
    Full(String),
    /// A read.
    Read(String),
}

impl BackendState {
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            syncs: self.syncs.load(Ordering::Relaxed),
            written_bytes: self.written_bytes.load(Ordering::Relaxed),
        }
    }

    fn check_not_retired(&self) -> io::Result<()> {
        if self.retired.load(Ordering::Acquire) {
            return Err(io::Error::other("the database was opened anew"));
        }
        Ok(())
    }

    fn note<T>(
        &self,
        result: io::Result<T>,
        failure: impl FnOnce(String) -> Failure,
    ) -> io::Result<T> {
        if let Err(error) = &result {
            let text = error.to_string();
            let failure = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    // A sync that finds no space has failed like any other.
                    match failure(text) {
                        Failure::Write(text) => Failure::Full(text),
                        other => other,
                    }
                }
                _ => failure(text),
            };
            self.failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(failure);
        }
        result
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.state.note(self.disk.len(), Failure::Read)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.state.note(self.disk.read(offset, out), Failure::Read)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.state.check_not_retired()?;
        self.state.note(self.disk.set_len(len), Failure::Write)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.state.check_not_retired()?;
        self.state.syncs.fetch_add(1, Ordering::Relaxed);
        self.state.note(self.disk.sync(), Failure::Sync)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.state.check_not_retired()?;
        self.state
            .written_bytes
            .fetch_add(data.len() as u64, Ordering::Relaxed);
        self.state
            .note(self.disk.write(offset, data), Failure::Write)
    }
}
