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

use std::io;

use crate::embedded::disk::{Disk, DiskFile};

/// Octets of a half, at most.
const HALF: u64 = 4 << 20;
/// Writes below are to the header. redb's pages come behind.
pub(crate) const HEADER: u64 = 4096;
/// Records begin at multiples of it, so that none shares with another what a disk writes as a whole.
const ALIGN: usize = 4096;
/// The file grows by that.
const GROWTH: u64 = 256 << 10;

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
}

/// Where the next record goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    epoch: u64,
    sequence: u64,
    /// Octets from the start of the epoch's half.
    offset: u64,
}

/// The records of one epoch.
pub(crate) struct Chain {
    epoch: u64,
    base: [u8; DIGEST],
    octets: Vec<u8>,
    /// Where the body of each record is, and the length of the store's file with it.
    bodies: Vec<(std::ops::Range<usize>, u64)>,
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
        }
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
        for (offset, octets) in std::mem::take(&mut self.held.0) {
            self.put(offset, &octets);
            self.switched.add(offset, &octets);
        }
        self.append(files)
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

impl Chain {
    /// The records of the newest epoch that has any.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidData`] if there are records behind one that is not whole: it was synced before they were written, and the
    /// disk has lost it since.
    pub(crate) fn find(disk: &dyn Disk) -> io::Result<Option<Self>> {
        let mut halves = [read(disk, 0)?, read(disk, HALF)?];
        let chains = halves.each_ref().map(|half| Self::of(half));
        let newest = (0..)
            .zip(chains)
            .max_by_key(|(_, chain)| chain.as_ref().map(|it| it.epoch));
        let Some((at, Some(mut newest))) = newest else {
            return Ok(None);
        };
        newest.octets = std::mem::take(&mut halves[at]);
        // The epoch behind it begins with the header that it ended with.
        let next = match newest.headers(&header(disk)?)?.last() {
            Some(header) => digest(header),
            None => newest.base,
        };
        let end = newest.end();
        let behind = find_record(&newest.octets[end..], newest.epoch, &newest.base)
            .map(|at| (newest.epoch, end, end + at))
            .or_else(|| {
                let at = find_record(&halves[1 - at], newest.epoch + 1, &next)?;
                Some((newest.epoch + 1, 0, at))
            });
        if let Some((epoch, lost, found)) = behind {
            let [lost, found] = [lost, found].map(|at| half(epoch) + at as u64);
            let why = format!(
                "{}: expected a whole record of epoch {epoch} at octet {lost}, but found none, and a later one at octet {found}",
                disk.name(DiskFile::Journal)
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(Some(newest))
    }

    /// The records at the start of a half, without their octets.
    fn of(half: &[u8]) -> Option<Self> {
        let first = Record::read(half)?;
        let mut bodies = Vec::new();
        let mut at = 0;
        while let Some(record) = Record::read(&half[at..])
            && record.is_of(first.epoch, &first.base)
            && record.sequence == bodies.len() as u64
        {
            let body = at + HEAD..at + HEAD + record.body;
            at = half.len().min(body.end.next_multiple_of(ALIGN));
            bodies.push((body, record.store));
        }
        (!bodies.is_empty()).then(|| Self {
            epoch: first.epoch,
            base: first.base,
            octets: Vec::new(),
            bodies,
        })
    }

    /// Where the records end.
    fn end(&self) -> usize {
        let last = self.bodies.last().map_or(0, |(body, _)| body.end);
        self.octets.len().min(last.next_multiple_of(ALIGN))
    }

    /// Each header that the store had in this epoch, or was to have.
    fn headers(&self, now: &[u8; BASE]) -> io::Result<Vec<[u8; BASE]>> {
        let mut header = *now;
        let mut headers = Vec::new();
        self.play(|step| {
            if let Step::Write(offset, octets) = step
                && offset < HEADER
            {
                overlay(0, &mut header, offset, octets);
                headers.push(header);
            }
            Ok(())
        })?;
        Ok(headers)
    }

    /// Where it begins.
    pub(crate) fn offset(&self) -> u64 {
        half(self.epoch)
    }

    /// Whether it is of the store beside it, as that is now: the header there is the one that the epoch began with, or one that the epoch has.
    /// A store of another moment has pages that this journal knows nothing of.
    pub(crate) fn fits(&self, disk: &dyn Disk) -> io::Result<bool> {
        let now = header(disk)?;
        Ok(digest(&now) == self.base || self.headers(&now)?.contains(&now))
    }

    /// Makes durable what was found. It may be there for those who read it and not on the disk: if it was written by who was killed before a
    /// sync, or whose sync failed, after which a system may take for written what it gave up.
    pub(crate) fn keep(&self, disk: &dyn Disk) -> io::Result<()> {
        let records = &self.octets[..self.end()];
        disk.write(DiskFile::Journal, half(self.epoch), records)?;
        disk.sync(DiskFile::Journal)
    }

    /// Whether it has nothing to put into the store.
    pub(crate) fn is_empty(&self) -> bool {
        self.bodies.iter().all(|(body, _)| body.is_empty())
    }

    /// Shows how long the file has to be at least, and then each write, in the order they were made; and how long it is behind all of them.
    pub(crate) fn play(&self, mut step: impl FnMut(Step<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut page = Vec::new();
        for (body, store) in &self.bodies {
            step(Step::Length(*store))?;
            let mut rest = &self.octets[body.clone()];
            while let Some((head, behind)) = rest.split_at_checked(WRITE) {
                let offset = number(&head[..8]);
                let [length, kept] = [8..12, 12..16].map(|at| number(&head[at]));
                let length = usize::try_from(length).map_err(io::Error::other)?;
                let kept = usize::try_from(kept).map_err(io::Error::other)?;
                let found = behind.len();
                let (octets, behind) = behind.split_at_checked(kept).ok_or_else(|| {
                    let why = format!(
                        "expected a write of {kept} octets within its record of epoch {}, but found {found}",
                        self.epoch
                    );
                    io::Error::new(io::ErrorKind::InvalidData, why)
                })?;
                page.clear();
                page.extend(octets);
                page.resize(length, 0);
                step(Step::Write(offset, &page))?;
                rest = behind;
            }
        }
        match self.bodies.last() {
            Some((_, store)) => step(Step::End(*store)),
            None => Ok(()),
        }
    }
}

/// What is to be done to the store's file.
pub(crate) enum Step<'a> {
    /// It is at least as long.
    Length(u64),
    /// It has these octets at this offset.
    Write(u64, &'a [u8]),
    /// It ends there. It may be longer by what a group brought that did not become durable, or by a part of that.
    End(u64),
}

/// What a half holds.
fn read(disk: &dyn Disk, start: u64) -> io::Result<Vec<u8>> {
    let length = disk.len(DiskFile::Journal)?;
    let length = length.saturating_sub(start).min(HALF);
    let mut octets = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    if !octets.is_empty() {
        disk.read(DiskFile::Journal, start, &mut octets)?;
    }
    Ok(octets)
}

/// Where the first whole record of that epoch is.
fn find_record(octets: &[u8], epoch: u64, base: &[u8; DIGEST]) -> Option<usize> {
    (0..octets.len()).step_by(ALIGN).find(|at| {
        let octets = &octets[*at..];
        // What has another head is not looked at any further: it may be a page of somebody's who wants to be taken for a record.
        Record::head(octets).is_some_and(|head| head.is_of(epoch, base))
            && Record::read(octets).is_some()
    })
}

/// The head of a whole record.
struct Record {
    base: [u8; DIGEST],
    epoch: u64,
    sequence: u64,
    store: u64,
    body: usize,
}

impl Record {
    /// The record at the start of `octets`, if there is a whole one.
    fn read(octets: &[u8]) -> Option<Self> {
        let head = Self::head(octets)?;
        let covered = octets.get(DIGEST..HEAD.checked_add(head.body)?)?;
        (digest(covered) == octets[..DIGEST]).then_some(head)
    }

    /// What is said to be at the start of `octets`.
    fn head(octets: &[u8]) -> Option<Self> {
        let head = octets.get(DIGEST..HEAD)?;
        let (base, numbers) = head.split_first_chunk()?;
        let [epoch, sequence, store, body] = [0, 1, 2, 3].map(|at| number(&numbers[at * 8..][..8]));
        Some(Self {
            base: *base,
            epoch,
            sequence,
            store,
            body: usize::try_from(body).ok()?,
        })
    }

    fn is_of(&self, epoch: u64, base: &[u8; DIGEST]) -> bool {
        self.epoch == epoch && self.base == *base
    }
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

/// A number of up to 8 octets.
fn number(octets: &[u8]) -> u64 {
    octets
        .iter()
        .rev()
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}

#[cfg(test)]
mod tests;
