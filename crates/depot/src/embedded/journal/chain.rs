//! What a journal has when a store is opened.

use std::io;
use std::ops::Range;

use super::{ALIGN, BASE, DIGEST, HALF, HEAD, HEADER, WRITE, digest, half, header, overlay};
use crate::embedded::disk::{Disk, DiskFile};

/// The records of one epoch.
pub(crate) struct Chain {
    pub(super) epoch: u64,
    pub(super) base: [u8; DIGEST],
    pub(super) octets: Vec<u8>,
    /// Where the body of each record is, and the length of the store's file with it.
    pub(super) bodies: Vec<(Range<usize>, u64)>,
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
    pub(super) fn of(half: &[u8]) -> Option<Self> {
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
pub(super) struct Record {
    base: [u8; DIGEST],
    epoch: u64,
    sequence: u64,
    store: u64,
    body: usize,
}

impl Record {
    /// The record at the start of `octets`, if there is a whole one.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
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

/// A number of up to 8 octets.
fn number(octets: &[u8]) -> u64 {
    octets
        .iter()
        .rev()
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}
