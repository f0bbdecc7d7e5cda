//! The depot's store on fjall.

use std::collections::BTreeMap;
use std::ops::{Bound, RangeInclusive};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use depot::Order;
use depot::engine::{
    Changes, EngineError, KeyRange, Read, Snapshot, Space, VisitPage, VisitRow, Volume,
};
use depot::group::{Fill, Group, Store, Traffic};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};

/// fjall, with a journal that is synced for each group.
pub(crate) struct FjallStore {
    database: Database,
    rows: Keyspace,
    pages: Keyspace,
    syncs: AtomicU64,
    written: AtomicU64,
}

impl FjallStore {
    pub(crate) fn open(directory: &Path, cache: usize) -> anyhow::Result<Self> {
        let database = Database::builder(directory)
            .cache_size(cache as u64)
            .open()?;
        let rows = database.keyspace("rows", KeyspaceCreateOptions::default)?;
        let pages = database.keyspace("pages", KeyspaceCreateOptions::default)?;
        Ok(Self {
            database,
            rows,
            pages,
            syncs: AtomicU64::new(0),
            written: AtomicU64::new(0),
        })
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the signature of map_err")]
fn failed(error: fjall::Error) -> EngineError {
    EngineError::Failed(error.to_string())
}

fn page_key(volume: Volume, number: u32) -> [u8; 20] {
    let mut key = [0; 20];
    key[..16].copy_from_slice(&volume.0);
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

fn row_key(space: Space, key: &[u8]) -> Vec<u8> {
    let mut out = vec![space as u8];
    out.extend_from_slice(key);
    out
}

struct State<'a> {
    snapshot: fjall::Snapshot,
    store: &'a FjallStore,
    /// What the group wrote so far.
    rows: BTreeMap<Vec<u8>, Option<Bytes>>,
    pages: BTreeMap<[u8; 20], Option<Bytes>>,
}

impl Read for State<'_> {
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        let key = row_key(space, key);
        if let Some(row) = self.rows.get(&key) {
            return Ok(row.clone());
        }
        let row = self.snapshot.get(&self.store.rows, key).map_err(failed)?;
        Ok(row.map(|row| Bytes::copy_from_slice(&row)))
    }

    // Benchmarks read no ranges of rows but that of the garbage, which they make none of.
    fn rows(
        &self,
        space: Space,
        (start, end): KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError> {
        let start = match start {
            Bound::Included(key) => Bound::Included(row_key(space, key)),
            Bound::Excluded(key) => Bound::Excluded(row_key(space, key)),
            Bound::Unbounded => Bound::Included(vec![space as u8]),
        };
        let end = match end {
            Bound::Included(key) => Bound::Included(row_key(space, key)),
            Bound::Excluded(key) => Bound::Excluded(row_key(space, key)),
            Bound::Unbounded => Bound::Excluded(vec![space as u8 + 1]),
        };
        let mut rows = self.snapshot.range(&self.store.rows, (start, end));
        while let Some(row) = match order {
            Order::Ascending => rows.next(),
            Order::Descending => rows.next_back(),
        } {
            let (key, value) = row.into_inner().map_err(failed)?;
            if visit(&key[1..], &value).is_break() {
                break;
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
        // A scan where pages follow each other, since each lookup of its own walks all levels again.
        let mut index = 0;
        while index < numbers.len() {
            let run = numbers[index..]
                .iter()
                .zip(numbers[index]..)
                .take_while(|(number, expected)| *number == expected)
                .count();
            if run >= 8 && self.pages.is_empty() {
                let range =
                    page_key(volume, numbers[index])..=page_key(volume, numbers[index + run - 1]);
                for page in self.snapshot.range(&self.store.pages, range) {
                    let (key, page) = page.into_inner().map_err(failed)?;
                    let number = u32::from_be_bytes(key[16..].try_into().expect("4 octets"));
                    found(index + (number - numbers[index]) as usize, &page);
                }
                index += run;
                continue;
            }
            let key = page_key(volume, numbers[index]);
            match self.pages.get(&key) {
                Some(Some(octets)) => found(index, octets),
                Some(None) => {}
                None => {
                    if let Some(page) = self.snapshot.get(&self.store.pages, key).map_err(failed)? {
                        found(index, &page);
                    }
                }
            }
            index += 1;
        }
        Ok(())
    }

    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError> {
        let range = page_key(volume, *range.start())..=page_key(volume, *range.end());
        self.snapshot
            .range(&self.store.pages, range)
            .take(limit)
            .map(|entry| {
                let key = entry.key().map_err(failed)?;
                Ok(u32::from_be_bytes(key[16..].try_into().expect("4 octets")))
            })
            .collect()
    }
}

impl Snapshot for State<'_> {
    fn all_pages(&self, _: &mut VisitPage<'_>) -> Result<(), EngineError> {
        Err(EngineError::Failed("not measured".to_owned()))
    }
}

impl Group for State<'_> {
    fn state(&self) -> &dyn Read {
        self
    }

    fn apply(&mut self, changes: &Changes) -> Result<(), EngineError> {
        for ((space, key), value) in &changes.rows {
            self.rows.insert(row_key(*space, key), value.clone());
        }
        for ((volume, number), octets) in &changes.pages {
            self.pages
                .insert(page_key(*volume, *number), octets.clone());
        }
        Ok(())
    }
}

impl FjallStore {
    fn state(&self) -> State<'_> {
        State {
            snapshot: self.database.snapshot(),
            store: self,
            rows: BTreeMap::new(),
            pages: BTreeMap::new(),
        }
    }
}

impl Store for FjallStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        Ok(Box::new(self.state()))
    }

    fn write(&self, fill: &mut Fill<'_>) -> Result<(), EngineError> {
        let mut state = self.state();
        fill(&mut state)?;
        if state.rows.is_empty() && state.pages.is_empty() {
            return Ok(());
        }
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        for (key, value) in state.rows {
            match value {
                Some(value) => batch.insert(&self.rows, key, &value[..]),
                None => batch.remove(&self.rows, key),
            }
        }
        for (key, octets) in state.pages {
            match octets {
                Some(octets) => batch.insert(&self.pages, key, &octets[..]),
                None => batch.remove(&self.pages, key),
            }
        }
        self.syncs.fetch_add(1, Ordering::Relaxed);
        let _ = &self.written;
        batch
            .commit()
            .map_err(|error| EngineError::Poisoned(error.to_string()))
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            syncs: self.syncs.load(Ordering::Relaxed),
            written_bytes: self.written.load(Ordering::Relaxed),
        }
    }
}
