//! A disk in memory that fails, runs full and loses power.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::embedded::{Disk, DiskFile};

/// A disk in memory. Cheap to clone; every clone is the same disk.
///
/// It keeps what is durable apart from what was written since the last sync, of which a [`crash`](Self::crash) keeps any part it likes, sector by
/// sector, whatever the order it was written in.
#[derive(Clone, Default)]
pub struct PlayedDisk {
    inner: Arc<Mutex<Inner>>,
    released: Arc<Condvar>,
}

#[derive(Default)]
struct Inner {
    store: Content,
    journal: Content,
    capacity: Option<u64>,
    syncs: VecDeque<SyncFault>,
    crash_after: Option<u64>,
    full_after: Option<u64>,
    keeps_lengths: bool,
    writes: u64,
    dead: bool,
    syncs_held: bool,
}

/// What a file holds.
#[derive(Default)]
struct Content {
    /// What a reader sees.
    now: Vec<u8>,
    /// What survives everything.
    durable: Vec<u8>,
    /// What was written since the last sync.
    pending: Vec<Write>,
}

#[derive(Clone)]
enum Write {
    Octets { offset: usize, octets: Vec<u8> },
    Length(usize),
}

enum SyncFault {
    None,
    Fail,
    Lose,
}

/// What a disk writes as a whole or not at all.
const SECTOR: usize = 512;

impl PlayedDisk {
    /// An empty disk without bounds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the store's file have this many octets, and no more; `None` for no bounds.
    pub fn set_capacity(&self, capacity: Option<u64>) {
        let mut inner = self.lock();
        inner.capacity = capacity;
        inner.full_after = None;
    }

    /// Finds no space for any write after the next `operations` writes and syncs, until [`set_capacity`](Self::set_capacity). A file can still
    /// be made shorter: that gives space.
    pub fn fill_after(&self, operations: u64) {
        let mut inner = self.lock();
        inner.full_after = Some(inner.writes + operations);
    }

    /// Finds no space to make a file shorter either, as a disk may that writes nothing in place.
    pub fn keep_lengths(&self) {
        self.lock().keeps_lengths = true;
    }

    /// Fails a sync after the next `good` ones, and then none. What was to be synced is in the dark: it may survive a crash, or not.
    pub fn fail_sync_after(&self, good: usize) {
        let mut inner = self.lock();
        inner.syncs = (0..good).map(|_| SyncFault::None).collect();
        inner.syncs.push_back(SyncFault::Fail);
    }

    /// Fails a sync after the next `good` ones as a system does that gives up what it could not write: who reads sees it, the disk never gets it,
    /// whatever is synced later, unless it is written again.
    pub fn lose_sync_after(&self, good: usize) {
        let mut inner = self.lock();
        inner.syncs = (0..good).map(|_| SyncFault::None).collect();
        inner.syncs.push_back(SyncFault::Lose);
    }

    /// Lets no sync end, until [`release_syncs`](Self::release_syncs): for who wants to look at what is not durable yet.
    pub fn hold_syncs(&self) {
        self.lock().syncs_held = true;
    }

    /// Lets syncs end again.
    pub fn release_syncs(&self) {
        self.lock().syncs_held = false;
        self.released.notify_all();
    }

    /// Cuts the power at the write or sync after the next `operations`: it and all after it fail, until [`crash`](Self::crash).
    pub fn cut_after(&self, operations: u64) {
        let mut inner = self.lock();
        inner.crash_after = Some(inner.writes + operations);
    }

    /// Writes and syncs so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().writes
    }

    /// The disk after the power comes back: all that was synced, and of the rest what `keep` says, asked for each sector.
    #[must_use]
    pub fn crash(&self, mut keep: impl FnMut() -> bool) -> Self {
        let inner = self.lock();
        let [store, journal] =
            [&inner.store, &inner.journal].map(|content| content.crash(&mut keep));
        Self {
            inner: Arc::new(Mutex::new(Inner {
                store,
                journal,
                ..Inner::default()
            })),
            released: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn crash(&self, mut keep: impl FnMut() -> bool) -> Self {
        let mut durable = self.durable.clone();
        for write in &self.pending {
            match write {
                Write::Length(length) => {
                    if keep() {
                        durable.resize(*length, 0);
                    }
                }
                Write::Octets { offset, octets } => {
                    let mut done = 0;
                    while done < octets.len() {
                        let at = offset + done;
                        let length = (SECTOR - at % SECTOR).min(octets.len() - done);
                        if keep() {
                            if durable.len() < at + length {
                                durable.resize(at + length, 0);
                            }
                            durable[at..at + length].copy_from_slice(&octets[done..done + length]);
                        }
                        done += length;
                    }
                }
            }
        }
        Self {
            now: durable.clone(),
            durable,
            pending: Vec::new(),
        }
    }

    fn sync(&mut self) {
        for write in self.pending.drain(..) {
            match write {
                Write::Length(length) => self.durable.resize(length, 0),
                Write::Octets { offset, octets } => {
                    self.durable[offset..offset + octets.len()].copy_from_slice(&octets);
                }
            }
        }
    }
}

impl Inner {
    fn content(&mut self, file: DiskFile) -> &mut Content {
        match file {
            DiskFile::Store => &mut self.store,
            DiskFile::Journal => &mut self.journal,
        }
    }

    fn step(&mut self) -> io::Result<()> {
        self.writes += 1;
        if self.crash_after.is_some_and(|after| self.writes > after) {
            self.dead = true;
        }
        self.check_alive()
    }

    fn check_space(&self) -> io::Result<()> {
        if self.full_after.is_some_and(|after| self.writes > after) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn check_alive(&self) -> io::Result<()> {
        if self.dead {
            return Err(io::Error::other("the power is cut"));
        }
        Ok(())
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(io::Error::other)
}

impl Disk for PlayedDisk {
    fn len(&self, file: DiskFile) -> io::Result<u64> {
        Ok(self.lock().content(file).now.len() as u64)
    }

    fn read(&self, file: DiskFile, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut inner = self.lock();
        inner.check_alive()?;
        let offset = place(offset)?;
        let found = inner.content(file).now.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()> {
        let mut inner = self.lock();
        inner.step()?;
        let is_shorter = len < inner.content(file).now.len() as u64;
        if is_shorter && inner.keeps_lengths {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if !is_shorter {
            inner.check_space()?;
        }
        let bound = inner
            .capacity
            .filter(|_| file == DiskFile::Store && !is_shorter);
        if bound.is_some_and(|capacity| len > capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let len = place(len)?;
        let content = inner.content(file);
        content.now.resize(len, 0);
        content.pending.push(Write::Length(len));
        Ok(())
    }

    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
        let mut inner = self.lock();
        inner.step()?;
        inner.check_space()?;
        let offset = place(offset)?;
        let content = inner.content(file);
        let target = content.now.get_mut(offset..offset + octets.len());
        target
            .ok_or(io::ErrorKind::InvalidInput)?
            .copy_from_slice(octets);
        content.pending.push(Write::Octets {
            offset,
            octets: octets.to_vec(),
        });
        Ok(())
    }

    fn sync(&self, file: DiskFile) -> io::Result<()> {
        let held = |inner: &mut Inner| inner.syncs_held;
        let mut inner = self
            .released
            .wait_while(self.lock(), held)
            .unwrap_or_else(PoisonError::into_inner);
        inner.step()?;
        match inner.syncs.pop_front() {
            Some(SyncFault::Fail) => return Err(io::Error::other("the sync failed")),
            Some(SyncFault::Lose) => {
                let pending = &mut inner.content(file).pending;
                pending.retain(|write| matches!(write, Write::Length(_)));
                return Err(io::Error::other("the sync failed"));
            }
            Some(SyncFault::None) | None => {}
        }
        inner.content(file).sync();
        Ok(())
    }

    fn free(&self) -> io::Result<Option<u64>> {
        let inner = self.lock();
        // Of the next write, which has not been counted yet.
        if inner.full_after.is_some_and(|after| inner.writes >= after) {
            return Ok(Some(0));
        }
        let used = inner.store.now.len() as u64;
        Ok(inner.capacity.map(|capacity| capacity.saturating_sub(used)))
    }
}

impl fmt::Debug for PlayedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayedDisk").finish_non_exhaustive()
    }
}
