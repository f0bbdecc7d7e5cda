//! Changing the depot: the rules of databases, the same for every engine.

use bytes::Bytes;

use crate::config::Limits;
use crate::engine::{Changes, EngineError, Read, Space, Volume};
use crate::error::{Error, RowPart};
use crate::overlay::Overlay;
use crate::record::{Record, State};
use crate::types::{
    Allocation, Applied, Commit, Committed, DatabaseId, Fence, PAGE_SIZE, Takeover,
};
use crate::view::{Failure, View, check_generation};

/// Changes to databases and to the caller's rows that are applied together or not at all, as if no other transaction ran meanwhile.
///
/// What it reads, through [`view`](Self::view), holds what it wrote so far.
pub struct Transaction<'a> {
    overlay: Overlay<'a>,
    failed: Failure,
    limits: &'a Limits,
}

impl<'a> Transaction<'a> {
    /// Pages that a commit or a sweep removes at once. More are left to the next sweep: others wait for this transaction.
    const REMOVED_AT_ONCE: usize = 1024;

    pub(crate) fn new(base: &'a dyn Read, limits: &'a Limits) -> Self {
        Self {
            overlay: Overlay {
                base,
                changes: Changes::default(),
            },
            failed: Failure::default(),
            limits,
        }
    }

    /// What there is, with the changes of this transaction.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::new(&self.overlay, &self.failed)
    }

    /// Writes a row of the caller's, in place of the one with this key if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::RowTooLarge`].
    pub fn put_row(&mut self, key: &[u8], value: impl Into<Bytes>) -> Result<(), Error> {
        let value = value.into();
        for (part, actual, max) in [
            (RowPart::Key, key.len(), self.limits.row_key_bytes),
            (RowPart::Value, value.len(), self.limits.row_value_bytes),
        ] {
            if actual > max {
                return Err(Error::RowTooLarge { part, actual, max });
            }
        }
        self.set_row(Space::Caller, key, Some(value));
        Ok(())
    }

    /// Removes a row of the caller's, if there is one.
    pub fn delete_row(&mut self, key: &[u8]) {
        self.set_row(Space::Caller, key, None);
    }

    /// Makes the next generation of a database the active one, and the one before stale from here on. Creates the database if there is none.
    ///
    /// # Errors
    ///
    /// What the storage fails with.
    pub fn allocate(&mut self, database: &DatabaseId) -> Result<Allocation, Error> {
        let record = match self.view().record(database)? {
            None => Record::new(database, 1),
            Some(record) => {
                let generation = record.generation.checked_add(1).ok_or_else(|| {
                    Error::Corrupt(format!("database {database} has no generation left"))
                })?;
                if record.state == State::Destroyed {
                    Record::new(database, generation)
                } else {
                    Record {
                        generation,
                        state: State::Active,
                        ..record
                    }
                }
            }
        };
        self.set_record(database, &record);
        Ok(record.allocation())
    }

    /// Allocates the next generation for a caller who saw `seen` as the newest one, 0 if none: whoever saw less than there is yields.
    ///
    /// # Errors
    ///
    /// What the storage fails with.
    pub fn take_over(&mut self, database: &DatabaseId, seen: u64) -> Result<Takeover, Error> {
        match self.view().record(database)? {
            Some(record) if record.generation > seen => Ok(Takeover::Yielded {
                to: record.generation,
            }),
            _ => Ok(Takeover::Allocated(self.allocate(database)?)),
        }
    }

    /// Ends the active generation: nobody reads or writes pages until the next allocation. Releasing twice is releasing once.
    ///
    /// # Errors
    ///
    /// [`Error::DatabaseNotFound`], [`Error::GenerationMismatch`] for any generation but the newest, and what the storage fails with.
    pub fn release(&mut self, database: &DatabaseId, generation: u64) -> Result<(), Error> {
        let record = self.view().existing(database)?;
        if record.generation != generation {
            return Err(Error::GenerationMismatch {
                expected: generation,
                actual: record.active(),
            });
        }
        if record.state == State::Active {
            let record = Record {
                state: State::Released,
                ..record
            };
            self.set_record(database, &record);
        }
        Ok(())
    }

    /// Ends a database: its pages are gone at once, and their space later. Its generations go on where they were, should it be allocated again,
    /// so that a request of an earlier life never meets a later one.
    ///
    /// # Errors
    ///
    /// [`Error::DatabaseNotFound`], and what the storage fails with.
    pub fn destroy(&mut self, database: &DatabaseId) -> Result<(), Error> {
        let record = self.view().existing(database)?;
        self.set_row(
            Space::Garbage,
            &Garbage::Volume(record.volume).key(),
            Some(Bytes::new()),
        );
        let tombstone = Record {
            state: State::Destroyed,
            head: 0,
            size: 0,
            stale_end: 0,
            time_ms: 0,
            last: None,
            ..record
        };
        self.set_record(database, &tombstone);
        Ok(())
    }

    /// Applies a commit of a database.
    ///
    /// If the head is one further than expected, and the commit that made it so was this very one, of this very generation, then it was applied
    /// before and only its answer was lost: that is the answer now.
    ///
    /// # Errors
    ///
    /// In this order: [`Error::DatabaseNotFound`], [`Error::GenerationMismatch`], [`Error::HeadFenceMismatch`],
    /// [`Error::CommitTooLarge`], [`Error::QuotaExceeded`]; and what the storage fails with.
    pub fn commit(
        &mut self,
        database: &DatabaseId,
        fence: Fence,
        commit: &Commit,
    ) -> Result<Committed, Error> {
        let mut record = self.view().existing(database)?;
        check_generation(&record, fence)?;
        let last = Some((fence.generation, commit.digest()));
        let next = record
            .head
            .checked_add(1)
            .ok_or_else(|| Error::Corrupt(format!("database {database} has no txid left")))?;
        if let Some(expected) = fence.head
            && expected != record.head
        {
            if expected.checked_add(1) == Some(record.head) && record.last == last {
                return Ok(Committed {
                    head: record.head,
                    applied: Applied::Before,
                });
            }
            return Err(Error::HeadFenceMismatch {
                expected,
                actual: record.head,
            });
        }
        self.check_limits(commit)?;
        self.resize(database, &mut record, commit.size())?;
        for page in commit.pages() {
            self.overlay
                .changes
                .pages
                .insert((record.volume, page.number), Some(page.octets.clone()));
        }
        record.head = next;
        record.time_ms = commit.time_ms();
        record.last = last;
        self.set_record(database, &record);
        Ok(Committed {
            head: next,
            applied: Applied::Now,
        })
    }

    /// Removes some of what no database refers to any more.
    pub(crate) fn sweep(&mut self) -> Result<Swept, Error> {
        let mut first = None;
        self.view().try_state(|state| {
            state.rows(
                Space::Garbage,
                (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded),
                crate::types::Order::Ascending,
                &mut |key, _| {
                    first = Some(key.to_vec());
                    std::ops::ControlFlow::Break(())
                },
            )
        })?;
        let Some(key) = first else {
            return Ok(Swept::Everything);
        };
        match Garbage::of(&key)? {
            Garbage::Volume(volume) => {
                if self.remove_pages(volume, 1, u32::MAX)? {
                    self.set_row(Space::Garbage, &key, None);
                }
            }
            Garbage::Tail(database) => self.sweep_tail(&database, &key)?,
        }
        Ok(Swept::Some)
    }

    /// What was written, if the engine never failed on the way.
    pub(crate) fn finish(self) -> Result<Changes, EngineError> {
        self.failed.into_result()?;
        Ok(self.overlay.changes)
    }

    fn check_limits(&self, commit: &Commit) -> Result<(), Error> {
        let dirty = commit.pages().len() as u64 * PAGE_SIZE as u64;
        if dirty > self.limits.commit_bytes() {
            return Err(Error::CommitTooLarge {
                actual_size_bytes: dirty,
                max_size_bytes: self.limits.commit_bytes(),
            });
        }
        let after = u64::from(commit.size()) * PAGE_SIZE as u64;
        if after > self.limits.database_bytes {
            return Err(Error::QuotaExceeded {
                actual_size_bytes: after,
                max_size_bytes: self.limits.database_bytes,
            });
        }
        Ok(())
    }

    /// Gives a database another size. No page above it stays where a later growth would find it again.
    fn resize(
        &mut self,
        database: &DatabaseId,
        record: &mut Record,
        size: u32,
    ) -> Result<(), Error> {
        let stored_end = record.size.max(record.stale_end);
        if size < record.size {
            record.stale_end = if self.remove_few_pages(record.volume, size + 1, stored_end)? {
                0
            } else {
                stored_end
            };
        } else if size > record.size && record.stale_end != 0 {
            // It grows into pages of before that wait to be removed: those must go now, however many they are.
            let end = size.min(record.stale_end);
            let stale = self.page_numbers(record.volume, record.size + 1, end, usize::MAX)?;
            self.remove(record.volume, &stale);
            if end == record.stale_end {
                record.stale_end = 0;
            }
        }
        record.size = size;
        if record.stale_end != 0 {
            let key = Garbage::Tail(database.clone()).key();
            self.set_row(Space::Garbage, &key, Some(Bytes::new()));
        }
        Ok(())
    }

    fn sweep_tail(&mut self, database: &DatabaseId, key: &[u8]) -> Result<(), Error> {
        let record = self.view().record(database)?;
        match record {
            Some(record) if record.stale_end != 0 => {
                if self.remove_pages(record.volume, record.size + 1, record.stale_end)? {
                    self.set_row(Space::Garbage, key, None);
                    let record = Record {
                        stale_end: 0,
                        ..record
                    };
                    self.set_record(database, &record);
                }
            }
            // It grew over them, or was destroyed.
            _ => self.set_row(Space::Garbage, key, None),
        }
        Ok(())
    }

    /// Removes the pages from `first` to `last`, or as many as one transaction should; says whether none is left.
    fn remove_pages(&mut self, volume: Volume, first: u32, last: u32) -> Result<bool, Error> {
        let numbers = self.page_numbers(volume, first, last, Self::REMOVED_AT_ONCE)?;
        self.remove(volume, &numbers);
        Ok(numbers.len() < Self::REMOVED_AT_ONCE)
    }

    /// Removes the pages from `first` to `last` if they are few; says whether it did.
    fn remove_few_pages(&mut self, volume: Volume, first: u32, last: u32) -> Result<bool, Error> {
        let numbers = self.page_numbers(volume, first, last, Self::REMOVED_AT_ONCE)?;
        let few = numbers.len() < Self::REMOVED_AT_ONCE;
        if few {
            self.remove(volume, &numbers);
        }
        Ok(few)
    }

    fn page_numbers(
        &self,
        volume: Volume,
        first: u32,
        last: u32,
        limit: usize,
    ) -> Result<Vec<u32>, Error> {
        self.view()
            .try_state(|state| state.page_numbers(volume, first..=last, limit))
    }

    fn remove(&mut self, volume: Volume, numbers: &[u32]) {
        let gone = numbers.iter().map(|number| ((volume, *number), None));
        self.overlay.changes.pages.extend(gone);
    }

    fn set_record(&mut self, database: &DatabaseId, record: &Record) {
        let key = database.as_str().as_bytes();
        self.set_row(Space::Databases, key, Some(record.encode().into()));
    }

    fn set_row(&mut self, space: Space, key: &[u8], value: Option<Bytes>) {
        self.overlay
            .changes
            .rows
            .insert((space, key.to_vec()), value);
    }
}

/// How far a sweep came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swept {
    /// There may be more.
    Some,
    /// Nothing was left to remove.
    Everything,
}

/// What is to be removed.
enum Garbage {
    /// All pages of a volume.
    Volume(Volume),
    /// The pages above the size of a database, which its record knows.
    Tail(DatabaseId),
}

impl Garbage {
    const VOLUME: u8 = 1;
    const TAIL: u8 = 2;

    fn key(&self) -> Vec<u8> {
        match self {
            Self::Volume(Volume(volume)) => [&[Self::VOLUME], &volume[..]].concat(),
            Self::Tail(database) => [&[Self::TAIL], database.as_str().as_bytes()].concat(),
        }
    }

    fn of(key: &[u8]) -> Result<Self, Error> {
        let garbage = match key {
            [Self::VOLUME, volume @ ..] => volume
                .try_into()
                .ok()
                .map(|volume| Self::Volume(Volume(volume))),
            [Self::TAIL, id @ ..] => std::str::from_utf8(id)
                .ok()
                .and_then(|id| DatabaseId::new(id).ok())
                .map(Self::Tail),
            _ => None,
        };
        garbage.ok_or_else(|| Error::Corrupt(format!("garbage that is nothing known: {key:?}")))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;
    use crate::engine::{KeyRange, VisitRow};
    use crate::types::Order;

    /// A state that cannot be read.
    struct Broken;

    fn broken() -> EngineError {
        EngineError::Failed("broken".to_owned())
    }

    impl Read for Broken {
        fn row(&self, _: Space, _: &[u8]) -> Result<Option<Bytes>, EngineError> {
            Err(broken())
        }

        fn rows(
            &self,
            _: Space,
            _: KeyRange<'_>,
            _: Order,
            _: &mut VisitRow<'_>,
        ) -> Result<(), EngineError> {
            Err(broken())
        }

        fn pages(
            &self,
            _: Volume,
            _: &[u32],
            _: &mut dyn FnMut(usize, &[u8]),
        ) -> Result<(), EngineError> {
            Err(broken())
        }

        fn page_numbers(
            &self,
            _: Volume,
            _: RangeInclusive<u32>,
            _: usize,
        ) -> Result<Vec<u32>, EngineError> {
            Err(broken())
        }
    }

    #[test]
    fn a_failed_read_fails_the_transaction_even_if_nobody_heeded_it() {
        let limits = Limits::default();
        let mut transaction = Transaction::new(&Broken, &limits);
        assert!(transaction.view().row(b"a").is_err());
        transaction.put_row(b"a", "not there before").unwrap();
        assert_eq!(transaction.finish().unwrap_err(), broken());
    }
}
