//! A disk as redb sees it, and what went wrong on it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use redb::StorageBackend;

use crate::embedded::disk::{Disk, DiskFile};
use crate::embedded::journal::{Chain, Files, HEADER, Journal, Step, overlay};
use crate::engine::EngineError;
use crate::group::Traffic;

/// One opening of the database on a disk. After a failure redb answers nothing more, and another opening takes its place.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) state: Arc<BackendState>,
    /// What was written instead of to the disk, if nothing may be: redb cannot open a database without writing to it, not even to read.
    pub(crate) aside: Option<Mutex<Aside>>,
}

/// Writes that no disk sees.
#[derive(Debug)]
pub(crate) struct Aside {
    length: u64,
    /// Offset and octets, in the order they were written. They are few: nobody commits anything.
    writes: Vec<(u64, Vec<u8>)>,
}

impl Aside {
    /// The file as it is.
    pub(crate) fn empty(disk: &dyn Disk) -> io::Result<Self> {
        Ok(Self {
            length: disk.len(DiskFile::Store)?,
            writes: Vec::new(),
        })
    }

    /// The file as it will be once there is space for what the journal has for it.
    pub(crate) fn of(disk: &dyn Disk) -> io::Result<Self> {
        let mut aside = Self::empty(disk)?;
        // What is shown has to stay.
        disk.sync(DiskFile::Journal)?;
        if let Some(chain) = Chain::find(disk)? {
            chain.play(|step| {
                match step {
                    Step::Length(length) => aside.length = aside.length.max(length),
                    Step::End(length) => aside.length = length,
                    Step::Write(offset, octets) => aside.write(offset, octets),
                }
                Ok(())
            })?;
        }
        Ok(aside)
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        self.writes.push((offset, data.to_vec()));
    }

    fn read(&self, disk: &dyn Disk, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let length = disk.len(DiskFile::Store)?.min(self.length);
        let on_disk = length.saturating_sub(offset);
        let on_disk = usize::try_from(on_disk).map_or(out.len(), |length| length.min(out.len()));
        if on_disk > 0 {
            disk.read(DiskFile::Store, offset, &mut out[..on_disk])?;
        }
        out[on_disk..].fill(0);
        // In the order they were written, so that the last one counts.
        for (start, data) in &self.writes {
            overlay(offset, out, *start, data);
        }
        Ok(())
    }
}

/// What is to be known of an opening.
#[derive(Debug)]
pub(crate) struct BackendState {
    journal: Mutex<Journal>,
    /// The next sync is the first of a group, behind which there is another.
    is_first: AtomicBool,
    /// Set once another opening takes over. Whatever redb does while it lets go of this one must not reach the disk; and whoever still reads a
    /// snapshot of this one must not be shown pages that the other one has written since, of which it cannot know that they are in use.
    retired: RwLock<bool>,
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
    pub(crate) fn new(journal: Journal) -> Self {
        Self {
            journal: Mutex::new(journal),
            is_first: AtomicBool::new(false),
            retired: RwLock::new(false),
            failure: Mutex::default(),
            syncs: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
        }
    }

    /// Says that redb is about to make a group durable, by two syncs.
    pub(crate) fn begin_commit(&self) {
        self.journal().begin();
        self.is_first.store(true, Ordering::Relaxed);
    }

    /// Says that redb takes a group for durable.
    pub(crate) fn end_commit(&self) -> Result<(), EngineError> {
        // If redb needs one sync alone, it was the wrong one, and nothing is durable that was not before.
        if self.is_first.swap(false, Ordering::Relaxed) || !self.journal().is_switched() {
            let why = "expected redb to sync twice, but it did not".to_owned();
            return Err(EngineError::Poisoned(why));
        }
        Ok(())
    }

    /// Whether the group that began last is durable, though redb failed at what it does behind it.
    pub(crate) fn has_switched(&self) -> bool {
        self.journal().has_switched()
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends this opening, after the reads and writes that are at the disk right now.
    pub(crate) fn retire(&self) {
        *self.retired.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            syncs: self.syncs.load(Ordering::Relaxed),
            written_bytes: self.written_bytes.load(Ordering::Relaxed),
        }
    }

    /// Keeps the opening from being retired for as long as the guard lives, unless it is already.
    fn in_use(&self) -> io::Result<RwLockReadGuard<'_, bool>> {
        let retired = self.retired.read().unwrap_or_else(PoisonError::into_inner);
        if *retired {
            return Err(io::Error::other("the database was opened anew"));
        }
        Ok(retired)
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

impl Backend {
    fn aside(&self) -> Option<MutexGuard<'_, Aside>> {
        let aside = self.aside.as_ref()?;
        Some(aside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files for Backend {
    fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
        let length = octets.len() as u64;
        self.state
            .written_bytes
            .fetch_add(length, Ordering::Relaxed);
        self.state
            .note(self.disk.write(file, offset, octets), Failure::Write)
    }

    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()> {
        self.state
            .note(self.disk.set_len(file, len), Failure::Write)
    }

    fn sync(&self, file: DiskFile) -> io::Result<()> {
        self.state.syncs.fetch_add(1, Ordering::Relaxed);
        self.state.note(self.disk.sync(file), Failure::Sync)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        match self.aside() {
            Some(aside) => Ok(aside.length),
            None => self
                .state
                .note(self.disk.len(DiskFile::Store), Failure::Read),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let _in_use = self.state.in_use()?;
        let read = match self.aside() {
            Some(aside) => aside.read(&*self.disk, offset, out),
            None => self.disk.read(DiskFile::Store, offset, out),
        };
        self.state.note(read, Failure::Read)?;
        if offset < HEADER {
            self.state.journal().show(offset, out);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let _in_use = self.state.in_use()?;
        if let Some(mut aside) = self.aside() {
            aside.length = len;
            return Ok(());
        }
        if len < self.disk.len(DiskFile::Store)? {
            self.state.journal().cut();
            // Not for want of space, whatever the system calls it: that would say that nothing was applied, and redb cuts off once all is durable.
            let cut = self.disk.set_len(DiskFile::Store, len);
            let cut = cut.map_err(|error| io::Error::other(error.to_string()));
            return self.state.note(cut, Failure::Write);
        }
        Files::set_len(self, DiskFile::Store, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let _in_use = self.state.in_use()?;
        if self.aside.is_some() {
            return Ok(());
        }
        let mut journal = self.state.journal();
        let synced = if self.state.is_first.swap(false, Ordering::Relaxed) {
            journal.prepare(self)
        } else {
            journal.sync(self)
        };
        // Of what writes it is noted already.
        self.state.note(synced, Failure::Read)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let _in_use = self.state.in_use()?;
        if let Some(mut aside) = self.aside() {
            aside.write(offset, data);
            return Ok(());
        }
        if offset < HEADER {
            self.state.journal().hold(offset, data);
            return Ok(());
        }
        Files::write(self, DiskFile::Store, offset, data)?;
        self.state.journal().wrote(offset, data);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        let _in_use = self.state.in_use()?;
        if self.aside.is_some() || self.state.failure().is_some() {
            return Ok(());
        }
        // So that the store's file is whole by itself.
        self.state.journal().finish(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::journal::Limits;
    use crate::fault::PlayedDisk;

    fn backend() -> (PlayedDisk, Backend) {
        let limits = Limits {
            half: 64 << 10,
            group: 32 << 10,
        };
        let disk = PlayedDisk::new();
        let backend = Backend {
            disk: Arc::new(disk.clone()),
            state: Arc::new(BackendState::new(Journal::after(None, limits))),
            aside: None,
        };
        (disk, backend)
    }

    #[test]
    fn a_group_counts_as_durable_once_its_last_header_is_whatever_pages_come_behind_it() {
        let (_, backend) = backend();
        StorageBackend::set_len(&backend, 4 * HEADER).unwrap();
        backend.sync_data().unwrap();
        for (made, header_behind) in [(0, false), (1, false), (2, true), (2, false)] {
            backend.state.begin_commit();
            StorageBackend::write(&backend, HEADER, &[7; 4096]).unwrap();
            for _ in 0..made {
                StorageBackend::write(&backend, 0, &[1; 320]).unwrap();
                backend.sync_data().unwrap();
            }
            if header_behind {
                StorageBackend::write(&backend, 0, &[2; 320]).unwrap();
            }
            // Of what redb does next, pushed out of its cache by whoever reads.
            StorageBackend::write(&backend, 2 * HEADER, &[8; 4096]).unwrap();
            let ended = backend.state.end_commit();
            assert_eq!(ended.is_ok(), made == 2 && !header_behind, "{made}");
            if let Err(error) = ended {
                assert!(matches!(error, EngineError::Poisoned(_)), "{error}");
            }
        }
    }

    #[test]
    fn what_was_written_behind_an_end_that_was_cut_off_is_not_in_a_record() {
        let (disk, backend) = backend();
        StorageBackend::set_len(&backend, 4 * HEADER).unwrap();
        StorageBackend::set_len(&backend, 8 * HEADER).unwrap();
        StorageBackend::write(&backend, 6 * HEADER, &[7; 4096]).unwrap();
        StorageBackend::set_len(&backend, 4 * HEADER).unwrap();
        StorageBackend::write(&backend, 0, &[1; 320]).unwrap();
        backend.sync_data().unwrap();
        let chain = Chain::find(&disk).unwrap().unwrap();
        let played = chain.play(|step| {
            if let Step::Write(offset, octets) = step {
                assert!(offset + octets.len() as u64 <= 4 * HEADER, "{offset}");
            }
            Ok(())
        });
        played.unwrap();
    }
    #[test]
    fn a_file_that_cannot_be_made_shorter_leaves_open_what_became_of_the_group() {
        let (disk, backend) = backend();
        StorageBackend::set_len(&backend, 8 * HEADER).unwrap();
        disk.keep_lengths();
        StorageBackend::set_len(&backend, 4 * HEADER).unwrap_err();
        assert!(matches!(backend.state.failure(), Some(Failure::Write(_))));
    }
}
