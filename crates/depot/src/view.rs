//! Reading one state of the depot.

use std::cell::RefCell;
use std::ops::ControlFlow;

use bytes::Bytes;

use crate::engine::{EngineError, KeyRange, Read, Space};
use crate::error::{Error, InvalidPage};
use crate::record::{Record, State};
use crate::types::{DatabaseId, Fence, Head, Order, PAGE_SIZE, Page, Pages, Row};

/// One state of the depot: everything that is read from it belongs together.
///
/// [`Depot::view`](crate::Depot::view) gives one of what is durable. Within a [`Transaction`](crate::Transaction) it holds what that
/// transaction wrote so far, too.
pub struct View<'a> {
    state: &'a dyn Read,
    failed: &'a Failure,
}

/// The first error of the engine: a caller who does not heed it must not turn what it read into an answer.
#[derive(Default)]
pub(crate) struct Failure(RefCell<Option<EngineError>>);

impl Failure {
    pub(crate) fn into_result(self) -> Result<(), EngineError> {
        self.0.into_inner().map_or(Ok(()), Err)
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(state: &'a dyn Read, failed: &'a Failure) -> Self {
        Self { state, failed }
    }

    /// Where a database is, whoever asks: no fence is checked.
    ///
    /// # Errors
    ///
    /// [`Error::DatabaseNotFound`], and what the storage fails with.
    pub fn head(&self, database: &DatabaseId) -> Result<Head, Error> {
        Ok(self.existing(database)?.head())
    }

    /// Pages of a database, in the order of `numbers`. Pages beyond its size are none; pages that were never written are zeros.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPage`] for page 0, [`Error::DatabaseNotFound`], [`Error::GenerationMismatch`], then
    /// [`Error::HeadFenceMismatch`], and what the storage fails with.
    pub fn pages(
        &self,
        database: &DatabaseId,
        fence: Fence,
        numbers: &[u32],
    ) -> Result<Pages, Error> {
        if numbers.contains(&0) {
            return Err(Error::InvalidPage {
                number: 0,
                reason: InvalidPage::Zero,
            });
        }
        let record = self.existing(database)?;
        check_generation(&record, fence)?;
        if let Some(expected) = fence.head
            && expected != record.head
        {
            return Err(Error::HeadFenceMismatch {
                expected,
                actual: record.head,
            });
        }
        Ok(Pages {
            head: record.head,
            size: record.size,
            pages: self.stored_pages(&record, numbers)?,
        })
    }

    /// The value of a row of the caller's.
    pub fn row(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        self.try_state(|state| state.row(Space::Caller, key))
    }

    /// The first `limit` rows of the caller's within `range`, in `order`.
    pub fn rows(&self, range: KeyRange<'_>, order: Order, limit: usize) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        if limit > 0 {
            self.visit_rows(range, order, |key, value| {
                rows.push(Row {
                    key: Bytes::copy_from_slice(key),
                    value: Bytes::copy_from_slice(value),
                });
                if rows.len() == limit {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
        }
        Ok(rows)
    }

    /// Shows the caller's rows within `range`, in `order`, to `visit`: key and value, until it breaks.
    pub fn visit_rows(
        &self,
        range: KeyRange<'_>,
        order: Order,
        mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if is_inverted(range) {
            return Ok(());
        }
        self.try_state(|state| state.rows(Space::Caller, range, order, &mut visit))
    }

    /// The record of a database that was neither destroyed nor never there.
    pub(crate) fn existing(&self, database: &DatabaseId) -> Result<Record, Error> {
        self.record(database)?
            .filter(|record| record.state != State::Destroyed)
            .ok_or_else(|| Error::DatabaseNotFound {
                database: database.clone(),
            })
    }

    pub(crate) fn record(&self, database: &DatabaseId) -> Result<Option<Record>, Error> {
        self.try_state(|state| {
            state
                .row(Space::Databases, database.as_str().as_bytes())?
                .map(|octets| Record::decode(database, &octets))
                .transpose()
        })
    }

    /// Reads from the engine, and keeps what it fails with.
    pub(crate) fn try_state<T>(
        &self,
        read: impl FnOnce(&dyn Read) -> Result<T, EngineError>,
    ) -> Result<T, Error> {
        read(self.state).map_err(|error| {
            self.failed
                .0
                .borrow_mut()
                .get_or_insert_with(|| error.clone());
            error.into()
        })
    }

    fn stored_pages(&self, record: &Record, numbers: &[u32]) -> Result<Vec<Page>, Error> {
        static ZEROS: [u8; PAGE_SIZE] = [0; PAGE_SIZE];

        let mut pages: Vec<_> = numbers
            .iter()
            .map(|number| Page {
                number: *number,
                octets: (*number <= record.size).then(|| Bytes::from_static(&ZEROS)),
            })
            .collect();
        // The engine sees only what exists, at its place in `inside`.
        let inside: Vec<_> = (0..pages.len())
            .filter(|index| pages[*index].octets.is_some())
            .collect();
        let wanted: Vec<_> = inside.iter().map(|index| numbers[*index]).collect();
        let mut octets = Vec::with_capacity(wanted.len() * PAGE_SIZE);
        let mut found = Vec::with_capacity(wanted.len());
        let mut odd = None;
        self.try_state(|state| {
            state.pages(record.volume, &wanted, &mut |index, page| {
                if page.len() == PAGE_SIZE {
                    octets.extend_from_slice(page);
                    found.push(inside[index]);
                } else {
                    odd = Some((wanted[index], page.len()));
                }
            })?;
            match odd {
                None => Ok(()),
                Some((number, length)) => Err(EngineError::Corrupt(format!(
                    "page {number}: expected {PAGE_SIZE} octets, but found {length}"
                ))),
            }
        })?;
        let mut octets = Bytes::from(octets);
        for index in found {
            pages[index].octets = Some(octets.split_to(PAGE_SIZE));
        }
        Ok(pages)
    }
}

/// The generation is looked at before anything else of a database.
pub(crate) fn check_generation(record: &Record, fence: Fence) -> Result<(), Error> {
    if record.active() == Some(fence.generation) {
        Ok(())
    } else {
        Err(Error::GenerationMismatch {
            expected: fence.generation,
            actual: record.active(),
        })
    }
}

/// Whether a range ends before it starts: it holds nothing, and maps panic at it.
fn is_inverted((start, end): KeyRange<'_>) -> bool {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    match (start, end) {
        (Unbounded, _) | (_, Unbounded) => false,
        (Included(start), Included(end)) => start > end,
        (Included(start) | Excluded(start), Excluded(end)) | (Excluded(start), Included(end)) => {
            start >= end
        }
    }
}
