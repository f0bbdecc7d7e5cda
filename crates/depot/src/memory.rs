//! An engine in memory: the reference for the others, and the store of tests and simulations.

use std::collections::BTreeMap;
use std::ops::{Bound, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::engine::{
    Changes, Engine, EngineError, KeyRange, Read, Residence, Snapshot, Space, Statistics, Unit,
    VisitPage, VisitRow, Volume,
};
use crate::types::Order;

/// Keeps everything in memory, and nothing of it when the process ends. Units run at once, on the thread that submits them, so that a
/// program with one thread is deterministic.
///
/// Made to be obviously right. A write while a snapshot is read copies the maps, though not what they hold.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tables: Arc<Tables>,
    statistics: Statistics,
    closed: bool,
}

#[derive(Debug, Default, Clone)]
struct Tables {
    rows: BTreeMap<(Space, Vec<u8>), Bytes>,
    pages: BTreeMap<(Volume, u32), Bytes>,
}

impl MemoryEngine {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A unit that panics has changed nothing yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for MemoryEngine {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        let state = self.state();
        if state.closed {
            return Err(EngineError::Closed);
        }
        Ok(Box::new(Arc::clone(&state.tables)))
    }

    fn submit(&self, mut unit: Box<dyn Unit>) {
        let result = {
            let mut state = self.state();
            let ran = if state.closed {
                Err(EngineError::Closed)
            } else {
                unit.run(&state.tables)
            };
            state.statistics.units += 1;
            ran.map(|changes| {
                if !changes.is_empty() {
                    state.statistics.groups += 1;
                    Arc::make_mut(&mut state.tables).apply(changes);
                }
            })
        };
        // Without the lock: whoever is told may ask for something else at once.
        unit.finish(result);
    }

    fn residence(&self) -> Residence {
        Residence::Memory
    }

    fn statistics(&self) -> Statistics {
        self.state().statistics
    }

    fn close(&self) {
        self.state().closed = true;
    }
}

impl Tables {
    fn apply(&mut self, changes: Changes) {
        for (key, value) in changes.rows {
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
        for (key, octets) in changes.pages {
            match octets {
                // What a commit hands over may be a slice of a larger frame, which must not stay for a page of it.
                Some(octets) => self.pages.insert(key, Bytes::copy_from_slice(&octets)),
                None => self.pages.remove(&key),
            };
        }
    }
}

impl Read for Arc<Tables> {
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        Ok(self.rows.get(&(space, key.to_vec())).cloned())
    }

    fn rows(
        &self,
        space: Space,
        (start, end): KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError> {
        let all = self.rows.range((lower(space, start), Bound::Unbounded));
        let within = |key: &[u8]| match end {
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
            Bound::Unbounded => true,
        };
        let ascending = all.take_while(|((of, key), _)| *of == space && within(key));
        match order {
            Order::Ascending => {
                for ((_, key), value) in ascending {
                    if visit(key, value).is_break() {
                        break;
                    }
                }
            }
            Order::Descending => {
                let ascending: Vec<_> = ascending.collect();
                for ((_, key), value) in ascending.into_iter().rev() {
                    if visit(key, value).is_break() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn pages(
        &self,
        volume: Volume,
        numbers: &[u32],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), EngineError> {
        for (index, number) in numbers.iter().enumerate() {
            if let Some(octets) = self.pages.get(&(volume, *number)) {
                found(index, octets);
            }
        }
        Ok(())
    }

    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError> {
        let range = (volume, *range.start())..=(volume, *range.end());
        if range.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self
            .pages
            .range(range)
            .map(|((_, number), _)| *number)
            .take(limit)
            .collect())
    }
}

impl Snapshot for Arc<Tables> {
    fn all_pages(&self, visit: &mut VisitPage<'_>) -> Result<(), EngineError> {
        for ((volume, number), octets) in &self.pages {
            if visit(*volume, *number, octets).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn lower(space: Space, start: Bound<&[u8]>) -> Bound<(Space, Vec<u8>)> {
    match start {
        Bound::Included(key) => Bound::Included((space, key.to_vec())),
        Bound::Excluded(key) => Bound::Excluded((space, key.to_vec())),
        Bound::Unbounded => Bound::Included((space, Vec::new())),
    }
}
