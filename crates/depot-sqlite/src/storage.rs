//! The database file as SQLite's VFS sees it: committed pages of one head from the source, and above them what the
//! transaction in progress has written. What the FFI calls, without the FFI.
//!
//! Invariants:
//!
//! * Every cached page is of `head`, and `head` changes only together with the cache.
//! * There is an overlay only while SQLite holds a lock that allows writing. It leaves by [`Storage::commit`], for the
//!   source, or by [`Storage::unlock`], for nowhere: a transaction that failed or was rolled back leaves nothing
//!   behind that a later one could make durable.
//! * At most one request is on its way, since the SQL thread waits for each, so no read overlaps a commit.
//! * While a commit is undecided, nothing is read and nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use crate::cache::PageCache;
use crate::commit::{Decider, Decision};
use crate::config::Config;
use crate::error::{Ending, Error, LimitError};
use crate::gate::{Gate, ending_of};
use crate::page;
use crate::read_ahead::Predictor;
use crate::source::{
    AnySource, Commit, DirtyPage, ErrorKind, GetPages, PAGE_SIZE, Page, Pages, SourceError,
};
use crate::wait::{Stopped, wait};

/// How much of the file SQLite has locked. There is one connection, so a lock is always granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

pub(crate) struct Storage {
    source: Arc<dyn AnySource>,
    gate: Arc<Gate>,
    config: Arc<Config>,
    /// The head of the cached pages; `None` where the source does not tell.
    head: Option<u64>,
    /// The committed size, in pages.
    size: u32,
    cache: PageCache,
    predictor: Predictor,
    overlay: Option<Overlay>,
    lock: Lock,
    /// A commit whose answer is unknown, with what it wrote.
    undecided: Option<(Commit, Overlay)>,
    /// When the statement that runs has to end.
    deadline: Option<Instant>,
    /// The first failure since the last look; the end of the database comes before any other.
    failure: Option<Error>,
}

/// What a transaction has written.
struct Overlay {
    pages: BTreeMap<u32, Bytes>,
    /// The size of the file, in pages.
    size: u32,
    /// The committed pages that are still part of the file: where it was truncated and grew again, the rest is zeros.
    below: u32,
}

impl Storage {
    /// Reads the head, the size and the first pages.
    pub(crate) fn open(
        source: Arc<dyn AnySource>,
        gate: Arc<Gate>,
        config: Arc<Config>,
    ) -> Result<Self, Error> {
        let mut read_ahead = config.read_ahead;
        // What is read ahead must not push itself out.
        read_ahead.most = read_ahead
            .most
            .min(u32::try_from(config.cache / 2).unwrap_or(u32::MAX))
            .max(1);
        let mut storage = Self {
            source,
            gate,
            head: None,
            size: 0,
            cache: PageCache::new(config.cache),
            predictor: Predictor::new(read_ahead),
            overlay: None,
            lock: Lock::None,
            undecided: None,
            deadline: config.limits.deadline(),
            failure: None,
            config,
        };
        storage.gate.check()?;
        match storage.request(&(1..=storage.config.preload.max(1)).collect::<Vec<_>>()) {
            Ok(answer) => storage.adopt_first(answer)?,
            Err(Error::Source(error)) if error.kind() == ErrorKind::MissingDatabase => {
                storage.head = Some(0);
            }
            Err(error) => return Err(error),
        }
        storage.failure = None;
        Ok(storage)
    }

    fn adopt_first(&mut self, answer: Pages) -> Result<(), Error> {
        self.head = answer.head;
        let first = answer
            .pages
            .iter()
            .find(|page| page.number == 1)
            .and_then(|page| page.data.as_ref());
        if let Some(first) = first {
            self.size = page::database_size(first).ok_or_else(|| {
                Error::Source(SourceError::new(
                    ErrorKind::Refused,
                    "sqlite",
                    "invalid_database",
                    "expected page 1 to be the first page of an SQLite database of 4096-octet pages, but found other octets",
                ))
            })?;
        }
        self.adopt_pages(answer.pages)
    }

    /// Starts a statement: forgets the failure of the one before.
    pub(crate) fn begin_statement(&mut self, deadline: Option<Instant>) {
        self.failure = None;
        self.deadline = deadline;
    }

    /// The first failure of the statement.
    pub(crate) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// The size of the file, in octets.
    pub(crate) fn octets(&self) -> u64 {
        u64::from(
            self.overlay
                .as_ref()
                .map_or(self.size, |overlay| overlay.size),
        ) * PAGE_SIZE as u64
    }

    /// Takes a lock. The first of a transaction is the gate for everything in it, also where SQLite has every page that
    /// it needs.
    pub(crate) fn lock(&mut self, lock: Lock) -> Result<(), Error> {
        self.check()?;
        self.settle()?;
        self.lock = self.lock.max(lock);
        Ok(())
    }

    /// Goes down to a lock. Below those that allow writing, what was written and not committed is gone.
    pub(crate) fn unlock(&mut self, lock: Lock) {
        self.lock = self.lock.min(lock);
        if self.lock < Lock::Reserved {
            self.overlay = None;
        }
    }

    /// Reads from `offset`. True if the file has all of it; what lies beyond its end is zero.
    pub(crate) fn read(&mut self, offset: u64, mut into: &mut [u8]) -> Result<bool, Error> {
        self.check()?;
        let end = self.octets();
        let whole = offset
            .checked_add(into.len() as u64)
            .is_some_and(|to| to <= end);
        let mut at = offset;
        while !into.is_empty() {
            if at >= end {
                into.fill(0);
                break;
            }
            let (number, within, length) = segment(at, into.len());
            let (part, rest) = into.split_at_mut(length);
            match self.page(number)? {
                Some(page) => part.copy_from_slice(&page[within..within + length]),
                None => part.fill(0),
            }
            if length == PAGE_SIZE {
                self.predictor.seen(number, part, self.size);
            }
            at += length as u64;
            into = rest;
        }
        Ok(whole)
    }

    /// Writes at `offset`, for the transaction in progress.
    pub(crate) fn write(&mut self, offset: u64, mut from: &[u8]) -> Result<(), Error> {
        self.check()?;
        self.writable()?;
        let mut at = offset;
        while !from.is_empty() {
            let (number, within, length) = segment(at, from.len());
            let (part, rest) = from.split_at(length);
            let page = if length == PAGE_SIZE {
                Bytes::copy_from_slice(part)
            } else {
                let mut page = self
                    .page(number)?
                    .map_or_else(|| vec![0; PAGE_SIZE], |page| page.to_vec());
                page[within..within + length].copy_from_slice(part);
                Bytes::from(page)
            };
            let overlay = self.overlay();
            overlay.pages.insert(number, page);
            overlay.size = overlay.size.max(number);
            at += length as u64;
            from = rest;
        }
        Ok(())
    }

    /// Sets the size of the file to `octets`, a multiple of the page size, for the transaction in progress.
    pub(crate) fn truncate(&mut self, octets: u64) -> Result<(), Error> {
        self.check()?;
        self.writable()?;
        let Some(size) = u32::try_from(octets / PAGE_SIZE as u64)
            .ok()
            .filter(|_| octets.is_multiple_of(PAGE_SIZE as u64))
        else {
            return Err(self.fail(misuse(format!(
                "expected a file of whole pages, but found {octets} octets"
            ))));
        };
        let overlay = self.overlay();
        overlay.size = size;
        overlay.below = overlay.below.min(size);
        // Page 0 does not exist, so the split leaves 1 to size.
        drop(overlay.pages.split_off(&size.saturating_add(1)));
        Ok(())
    }

    /// Refuses what SQLite asks before it syncs a transaction that spans several files.
    pub(crate) fn refuse_super_journal(&mut self) -> Error {
        self.fail(misuse(
            "expected a transaction of one database, but found one of several".to_owned(),
        ))
    }

    /// Makes the transaction durable: one request, unless it changed nothing. Whatever comes of it, what was written is
    /// no longer part of the file but by having been committed.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        self.check()?;
        let Some(mut overlay) = self.overlay.take() else {
            return Ok(());
        };
        // Where the file was truncated and grew again it is zeros, which the source cannot know of.
        for number in overlay.below.saturating_add(1)..=overlay.size.min(self.size) {
            overlay
                .pages
                .entry(number)
                .or_insert_with(|| Bytes::from_static(&[0; PAGE_SIZE]));
        }
        let known = self.cache.page(1).cloned();
        let pages: Arc<[DirtyPage]> = overlay
            .pages
            .iter()
            .filter(|&(&number, new)| {
                let same = |old: &Bytes| page::differs_in_counters_only(old, new);
                number != 1 || !known.as_ref().is_some_and(same)
            })
            .map(|(&number, data)| DirtyPage {
                number,
                data: data.clone(),
            })
            .collect();
        if pages.is_empty() && overlay.size == self.size {
            self.adopt_overlay(overlay);
            return Ok(());
        }
        let commit = Commit {
            pages,
            size: overlay.size,
            time: SystemTime::now(),
            expected_head: self.head,
            epoch: 0,
            attempt: 0,
        };
        self.decide(commit, overlay)
    }

    /// Decides the commit that is undecided, if there is one, by sending it again.
    fn settle(&mut self) -> Result<(), Error> {
        match self.undecided.take() {
            Some((commit, overlay)) => self.decide(commit, overlay),
            None => Ok(()),
        }
    }

    fn decide(&mut self, mut commit: Commit, overlay: Overlay) -> Result<(), Error> {
        let decider = Decider {
            source: &*self.source,
            gate: &self.gate,
            config: &self.config,
        };
        match decider.decide(&mut commit) {
            Decision::Applied(head) => {
                // The head and the pages of that head, at once: nothing can look in between.
                self.head = head;
                self.adopt_overlay(overlay);
                Ok(())
            }
            Decision::Refused(error) => Err(self.fail(Error::Source(error))),
            Decision::Ended(ending) => {
                let numbers: Vec<u32> = commit.pages.iter().map(|page| page.number).collect();
                Err(self.end(ending, "commit", &numbers))
            }
            Decision::Undecided { waited, last } => {
                self.undecided = Some((commit, overlay));
                Err(self.fail(Error::Undecided { waited, last }))
            }
            Decision::Closed => Err(self.closed()),
        }
    }

    /// What was committed is what is read from now on.
    fn adopt_overlay(&mut self, overlay: Overlay) {
        self.cache.truncate(overlay.below);
        self.size = overlay.size;
        for (number, data) in overlay.pages {
            self.cache.insert(number, data);
        }
        self.predictor.forget();
    }

    /// A page of the file; `None` if it was never written.
    fn page(&mut self, number: u32) -> Result<Option<Bytes>, Error> {
        let mut below = self.size;
        if let Some(overlay) = &self.overlay {
            if let Some(page) = overlay.pages.get(&number) {
                return Ok(Some(page.clone()));
            }
            below = overlay.below;
        }
        if number > below {
            return Ok(None);
        }
        if let Some(page) = self.cache.page(number) {
            return Ok(Some(page.clone()));
        }
        self.fetch(number).map(Some)
    }

    /// Asks the source for a page, and for those that may be wanted next.
    fn fetch(&mut self, number: u32) -> Result<Bytes, Error> {
        let cache = &self.cache;
        let numbers = self
            .predictor
            .plan(number, self.size, |number| cache.contains(number));
        let answer = self.request(&numbers)?;
        if let Some(head) = answer.head
            && self.head.is_none()
        {
            // The first head that is ever told: pages that came without one may be of another.
            self.cache.clear();
            self.head = Some(head);
        }
        let found = answer
            .pages
            .iter()
            .find(|page| page.number == number)
            .and_then(|page| page.data.clone());
        self.adopt_pages(answer.pages)?;
        match found {
            Some(page) => Ok(self
                .cache
                .page(number)
                .cloned()
                .unwrap_or_else(|| Bytes::copy_from_slice(&page))),
            None => Err(self.fail(invalid_answer(format!(
                "expected page {number} of {}, but found none",
                self.size
            )))),
        }
    }

    /// Puts pages of the present head into the cache.
    fn adopt_pages(&mut self, pages: Vec<Page>) -> Result<(), Error> {
        for Page { number, data } in pages {
            let Some(data) = data else { continue };
            if data.len() != PAGE_SIZE {
                let found = data.len();
                return Err(self.fail(invalid_answer(format!(
                    "page {number}: expected {PAGE_SIZE} octets, but found {found}"
                ))));
            }
            if 1 <= number && number <= self.size && !self.cache.contains(number) {
                // A page of its own: 4 KiB must not keep a message of 1 MiB alive.
                self.cache.insert(number, Bytes::copy_from_slice(&data));
            }
        }
        Ok(())
    }

    /// One request for pages, at the present head.
    fn request(&mut self, pages: &[u32]) -> Result<Pages, Error> {
        let request = GetPages {
            pages: pages.to_vec(),
            expected_head: self.head,
            epoch: self.gate.next_epoch(),
        };
        let answer = match wait(self.source.get_pages(request), &self.gate, self.deadline) {
            Ok(answer) => answer,
            Err(Stopped::Closed) => return Err(self.closed()),
            Err(Stopped::Late) => {
                let limit = self.config.limits.time.unwrap_or_default();
                return Err(self.fail(LimitError::Time { limit }.into()));
            }
        };
        // A source that does not check is no reason to mix the pages of two heads.
        let answer = answer.and_then(|answer| match (self.head, answer.head) {
            (Some(expected), Some(actual)) if expected != actual => {
                Err(SourceError::head_mismatch(expected, actual))
            }
            _ => Ok(answer),
        });
        answer.map_err(|error| match ending_of(&error) {
            Some(ending) => self.end(ending, "read", pages),
            None => self.fail(Error::Source(error)),
        })
    }

    fn overlay(&mut self) -> &mut Overlay {
        let size = self.size;
        self.overlay.get_or_insert_with(|| Overlay {
            pages: BTreeMap::new(),
            size,
            below: size,
        })
    }

    fn writable(&mut self) -> Result<(), Error> {
        if self.lock >= Lock::Reserved {
            return Ok(());
        }
        let lock = self.lock;
        Err(self.fail(misuse(format!(
            "expected a write under a lock for writing, but found {lock:?}"
        ))))
    }

    fn check(&mut self) -> Result<(), Error> {
        if self.gate.is_open() {
            Ok(())
        } else {
            Err(self.closed())
        }
    }

    fn closed(&mut self) -> Error {
        let error = self
            .gate
            .check()
            .err()
            .unwrap_or(Error::Closed { cause: None });
        let found_out = match (&self.failure, self.gate.ending()) {
            (Some(Error::Source(failure)), Some(ending)) => failure == ending.error(),
            _ => false,
        };
        // Whatever else failed before it, an operation that is overtaken by the end says so.
        if !found_out {
            self.failure = Some(error.clone());
        }
        error
    }

    /// Ends the database. This operation gets the error itself, later ones get [`Error::Closed`].
    fn end(&mut self, ending: Ending, operation: &'static str, pages: &[u32]) -> Error {
        let error = ending.error().clone();
        if self.gate.end(ending) {
            log_end(&self.config.name, operation, pages, self.head, &error);
        }
        // Also if something else failed before it and SQLite went on, as PRAGMA integrity_check does: who hears of this
        // one is the operation that found out, or nobody.
        let error = Error::Source(error);
        self.failure = Some(error.clone());
        error
    }

    /// Notes a failure of the statement, for [`Storage::take_failure`].
    pub(crate) fn fail(&mut self, error: Error) -> Error {
        self.failure.get_or_insert_with(|| error.clone());
        error
    }
}

/// The page that `at` lies in, where in it, and how much of `length` does.
fn segment(at: u64, length: usize) -> (u32, usize, usize) {
    let page = PAGE_SIZE as u64;
    // SQLite has at most 2^32 - 2 pages.
    let number = u32::try_from(at / page + 1).unwrap_or(u32::MAX);
    let within = usize::try_from(at % page).unwrap_or_default();
    (number, within, length.min(PAGE_SIZE - within))
}

fn invalid_answer(message: String) -> Error {
    Error::Source(SourceError::new(
        ErrorKind::Refused,
        "sqlite",
        "invalid_answer",
        message,
    ))
}

fn misuse(message: String) -> Error {
    Error::Source(SourceError::new(
        ErrorKind::Refused,
        "sqlite",
        "misuse",
        message,
    ))
}

#[cfg(feature = "tracing")]
fn log_end(
    database: &str,
    operation: &'static str,
    pages: &[u32],
    head: Option<u64>,
    error: &SourceError,
) {
    let actual = match error.kind() {
        ErrorKind::HeadMismatch { actual } => actual,
        _ => None,
    };
    tracing::error!(database, operation, ?pages, expected_head = head, actual_head = actual, %error, "a database ended");
}

#[cfg(not(feature = "tracing"))]
fn log_end(_: &str, _: &'static str, _: &[u32], _: Option<u64>, _: &SourceError) {}
