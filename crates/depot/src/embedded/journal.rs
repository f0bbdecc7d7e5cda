//! One sync for a group, where redb asks for two.
//!
//! redb makes a group durable by two syncs: the first for the new pages and a root that is not in force, the second for the switch to that
//! root. Pages in force are never written to, so all but the writes to the header can reach the disk in any order, or not at all. Here the first
//! of the two waits for the second: what was written until then is put into one record of a second file, the journal, and that is synced. A
//! record counts as a whole or not at all, which is more than two syncs give.
//!
//! The header of the store is written only after all that it refers to was synced there: when the journal begins anew. In between
//! it is what the journal says, and opening a store puts into it what the journal has.
//!
//! The journal has two halves. One is written while the other stays as it is: the half that is given up is only needed until the first
//! record of the other is durable. Each beginning of a half is an epoch, numbered upwards; a half holds the records of its epoch from the start,
//! one behind the other, up to the first that is not whole or of another epoch.
//!
//! Each record says with which header of the store its epoch began. So a journal beside a store of another moment is told, and a page that is left
//! in a half from an epoch before and looks like a record is none: who wrote it did not know that header.

mod chain;

use std::io;

use crate::embedded::disk::{Disk, DiskFile};

pub(crate) use self::chain::{Chain, Step};

/// Octets of a half, at most.
const HALF: u64 = 4 << 20;
/// Writes below are to the header. redb's pages come behind.
pub(crate) const HEADER: u64 = 4096;
/// Records begin at multiples of it, so that none shares with another what a disk writes as a whole.
const ALIGN: usize = 4096;
/// The file grows by that.
const GROWTH: u64 = 256 << 10;

/// Where redb's header says which of its roots is in force, and by which bit.
const ROOT: u64 = 9;
const ROOT_BIT: u8 = 1;

/// The first epoch. It is in the half that comes first.
const FIRST: u64 = 2;

const DIGEST: usize = blake3::OUT_LEN;
/// Digest of what follows; base; epoch, sequence, length of the store's file, octets of the body.
const HEAD: usize = 2 * DIGEST + NUMBERS * 8;
const NUMBERS: usize = 4;
/// So much of the store's file has redb's header in it, and nothing else.
pub(crate) const BASE: usize = 512;
/// Of a write in the body, before its octets: offset, length, and how many octets there are. The others are zeros, of which the ends of
/// redb's pages are full.
const WRITE: usize = 8 + 4 + 4;

/// What writes, and says what went wrong.
pub(crate) trait Files {
    fn disk(&self) -> &dyn Disk;
    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()>;
    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()>;
    fn sync(&self, file: DiskFile) -> io::Result<()>;
}

/// Writes to the header, in the order they were made.
#[derive(Debug, Default)]
struct Writes(Vec<(u64, Vec<u8>)>);

/// How much goes into a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Octets of a half that are written before it is the other's turn.
    pub(crate) half: u64,
    /// A group that writes more octets is synced in the store, as redb asks: writing it twice would cost more than a sync.
    pub(crate) group: usize,
}

/// Where groups become durable.
#[derive(Debug)]
pub(crate) struct Journal {
    limits: Limits,
    /// What was written since the last durable point, as a record whose head is still empty.
    record: Vec<u8>,
    /// It was too much to be written twice: pages are missing in the record.
    is_large: bool,
    /// Writes to the header since the last durable point.
    held: Writes,
    /// Writes to the header that are durable here, and not in the store yet.
    switched: Writes,
    place: Place,
    /// Digest of the store's header when the epoch began.
    base: [u8; DIGEST],
    root: Root,
}

/// Which of redb's two roots is in force by what is durable, where that is known: each group switches to the other.
#[derive(Debug, Clone, Copy, Default)]
struct Root {
    now: Option<bool>,
    /// When the group began.
    before: Option<bool>,
}

/// Where the next record goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    epoch: u64,
    sequence: u64,
    /// Octets from the start of the epoch's half.
    offset: u64,
}

impl Writes {
    fn add(&mut self, offset: u64, octets: &[u8]) {
        match self.0.last_mut() {
            // redb writes its header as a whole, again and again.
            Some((start, last)) if *start == offset && last.len() == octets.len() => {
                last.copy_from_slice(octets);
            }
            _ => self.0.push((offset, octets.to_vec())),
        }
    }

    /// The octet that is written there at last.
    fn octet(&self, at: u64) -> Option<u8> {
        self.0.iter().rev().find_map(|(start, octets)| {
            let at = usize::try_from(at.checked_sub(*start)?).ok()?;
            octets.get(at).copied()
        })
    }

    fn show(&self, offset: u64, out: &mut [u8]) {
        for (start, octets) in &self.0 {
            overlay(offset, out, *start, octets);
        }
    }
}

/// Puts into `out`, which is what is at `offset`, what of `octets` at `start` falls into it.
pub(crate) fn overlay(offset: u64, out: &mut [u8], start: u64, octets: &[u8]) {
    let from = offset.max(start);
    let to = (offset + out.len() as u64).min(start + octets.len() as u64);
    if from < to {
        // All of them are within a slice.
        let place = |at: u64, of: u64| usize::try_from(at - of).unwrap_or(usize::MAX);
        out[place(from, offset)..place(to, offset)]
            .copy_from_slice(&octets[place(from, start)..place(to, start)]);
    }
}

impl Journal {
    /// Goes on behind what was found when the store was opened, and was put into the store since.
    pub(crate) fn after(found: Option<&Chain>, limits: Limits) -> Self {
        Self {
            limits,
            record: vec![0; HEAD],
            is_large: false,
            held: Writes::default(),
            switched: Writes::default(),
            place: Place::start(found.map_or(FIRST, |chain| chain.epoch + 1)),
            base: [0; DIGEST],
            root: Root::default(),
        }
    }

    /// A group begins.
    pub(crate) fn begin(&mut self) {
        self.root.before = self.root.now;
    }

    /// Whether the switch to the root of the group that began last is durable, whatever failed behind it.
    pub(crate) fn has_switched(&self) -> bool {
        let Root { now, before } = self.root;
        before.is_some() && now.is_some() && now != before
    }

    /// A page that was just written to the store.
    pub(crate) fn wrote(&mut self, offset: u64, octets: &[u8]) {
        self.is_large |= self.record.len() + octets.len() > self.limits.group;
        if self.is_large {
            self.record.truncate(HEAD);
        } else {
            self.put(offset, octets);
        }
    }

    /// The store's file becomes shorter. A page that was written behind its new end, by a group that was given up, must not come back.
    pub(crate) fn cut(&mut self) {
        if self.record.len() > HEAD {
            self.record.truncate(HEAD);
            self.is_large = true;
        }
    }

    /// Whether nothing was written that is not durable.
    fn is_synced(&self) -> bool {
        self.record.len() == HEAD && !self.is_large && self.held.0.is_empty()
    }

    /// Whether the last header that was written is durable. Pages need not be: as soon as redb has switched, it prepares what the next group
    /// frees, and whoever reads may push that out of the cache.
    pub(crate) fn is_switched(&self) -> bool {
        self.held.0.is_empty()
    }

    /// A part of the header that is to be written once what it refers to is durable.
    pub(crate) fn hold(&mut self, offset: u64, octets: &[u8]) {
        self.held.add(offset, octets);
    }

    /// Puts into `out`, which is what the store has at `offset`, what it does not have yet.
    pub(crate) fn show(&self, offset: u64, out: &mut [u8]) {
        self.switched.show(offset, out);
        self.held.show(offset, out);
    }

    /// The first sync of a group. It waits for the second, unless too much was written.
    pub(crate) fn prepare(&mut self, files: &dyn Files) -> io::Result<()> {
        if self.is_large {
            self.begin_anew(files)?;
        }
        Ok(())
    }

    /// Makes everything durable that was written.
    pub(crate) fn sync(&mut self, files: &dyn Files) -> io::Result<()> {
        let held: usize = self.held.0.iter().map(|(_, held)| WRITE + held.len()).sum();
        let length = (self.record.len() + held).next_multiple_of(ALIGN) as u64;
        if self.is_large || self.place.offset + length > self.limits.half.min(HALF) {
            self.begin_anew(files)?;
        }
        let root = self.held.octet(ROOT).map(|octet| octet & ROOT_BIT != 0);
        for (offset, octets) in std::mem::take(&mut self.held.0) {
            self.put(offset, &octets);
            self.switched.add(offset, &octets);
        }
        self.append(files)?;
        self.root.now = root.or(self.root.now);
        Ok(())
    }

    /// Makes everything durable in the store itself, and leaves a journal that says nothing.
    pub(crate) fn finish(&mut self, files: &dyn Files) -> io::Result<()> {
        if !self.is_synced() {
            self.sync(files)?;
        }
        self.begin_anew(files)?;
        self.append(files)
    }

    /// Syncs the store, with the header that is in force, and turns to the other half.
    fn begin_anew(&mut self, files: &dyn Files) -> io::Result<()> {
        for (offset, octets) in &self.switched.0 {
            files.write(DiskFile::Store, *offset, octets)?;
        }
        files.sync(DiskFile::Store)?;
        self.switched = Writes::default();
        self.record.truncate(HEAD);
        self.is_large = false;
        // An epoch without a record is not given up: the half that is behind it would be written over, which is all that there is until
        // this one has a record.
        if self.place.sequence > 0 {
            self.place = Place::start(self.place.epoch + 1);
        }
        Ok(())
    }

    fn put(&mut self, offset: u64, octets: &[u8]) {
        let kept = without_end(octets);
        self.record.extend(offset.to_le_bytes());
        for length in [octets.len(), kept.len()] {
            // A write is a page, or some that belong together: redb's largest are below 4 GiB.
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            self.record.extend(length.to_le_bytes());
        }
        self.record.extend(kept);
    }

    fn append(&mut self, files: &dyn Files) -> io::Result<()> {
        let body = (self.record.len() - HEAD) as u64;
        let store = files.disk().len(DiskFile::Store)?;
        let Place {
            epoch, sequence, ..
        } = self.place;
        if sequence == 0 {
            self.base = digest(&header(files.disk())?);
        }
        self.record[DIGEST..2 * DIGEST].copy_from_slice(&self.base);
        let numbers: [u64; NUMBERS] = [epoch, sequence, store, body];
        for (at, number) in numbers.into_iter().enumerate() {
            self.record[2 * DIGEST + at * 8..][..8].copy_from_slice(&number.to_le_bytes());
        }
        let digest = digest(&self.record[DIGEST..]);
        self.record[..DIGEST].copy_from_slice(&digest);
        self.record
            .resize(self.record.len().next_multiple_of(ALIGN), 0);

        let start = half(epoch) + self.place.offset;
        let length = self.record.len() as u64;
        let end = start + length;
        if files.disk().len(DiskFile::Journal)? < end {
            files.set_len(DiskFile::Journal, end.next_multiple_of(GROWTH))?;
        }
        files.write(DiskFile::Journal, start, &self.record)?;
        files.sync(DiskFile::Journal)?;
        self.record.clear();
        self.record.resize(HEAD, 0);
        self.place.offset += length;
        self.place.sequence += 1;
        Ok(())
    }
}

impl Place {
    fn start(epoch: u64) -> Self {
        Self {
            epoch,
            sequence: 0,
            offset: 0,
        }
    }
}

/// Where the half of an epoch begins.
const fn half(epoch: u64) -> u64 {
    epoch % 2 * HALF
}

/// Octets at which one of the halves begins.
pub(crate) const HALVES: [u64; 2] = [0, HALF];

/// What is at the start of the store's file.
fn header(disk: &dyn Disk) -> io::Result<[u8; BASE]> {
    let mut octets = [0; BASE];
    // A file that is being made may be empty yet.
    if disk.len(DiskFile::Store)? >= BASE as u64 {
        disk.read(DiskFile::Store, 0, &mut octets)?;
    }
    Ok(octets)
}

fn digest(octets: &[u8]) -> [u8; DIGEST] {
    *blake3::hash(octets).as_bytes()
}

/// The octets without the zeros at their end, but for a few.
fn without_end(octets: &[u8]) -> &[u8] {
    const STEP: usize = 64;
    let zeros = octets
        .rchunks_exact(STEP)
        .take_while(|step| **step == [0; STEP])
        .count();
    &octets[..octets.len() - zeros * STEP]
}

#[cfg(test)]
mod tests;
