//! The depot's store on redb.

use std::ops::{Bound, ControlFlow, RangeInclusive};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use depot::Order;
use depot::engine::{
    Changes, EngineError, KeyRange, Read, Snapshot, Space, VisitPage, VisitRow, Volume,
};
use depot::group::{Fill, Group, Store, Traffic};
use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend, Table,
    TableDefinition,
};

const ROWS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("rows");
const PAGES: TableDefinition<[u8; 20], &[u8]> = TableDefinition::new("pages");

/// redb, with one sync for a group.
pub(crate) struct RedbStore {
    database: Database,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    syncs: AtomicU64,
    written: AtomicU64,
}

#[derive(Debug)]
struct Counted {
    file: redb::backends::FileBackend,
    counts: Arc<Counts>,
}

impl StorageBackend for Counted {
    fn len(&self) -> std::io::Result<u64> {
        self.file.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.file.read(offset, out)
    }
    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.file.set_len(len)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.counts.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.counts
            .written
            .fetch_add(data.len() as u64, Ordering::Relaxed);
        self.file.write(offset, data)
    }
    fn close(&self) -> std::io::Result<()> {
        self.file.close()
    }
}

impl RedbStore {
    pub(crate) fn open(directory: &Path, cache: usize) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("store.redb"))?;
        let counts = Arc::<Counts>::default();
        let backend = Counted {
            file: redb::backends::FileBackend::new(file)?,
            counts: Arc::clone(&counts),
        };
        let database = Database::builder()
            .set_cache_size(cache)
            .create_with_backend(backend)?;
        let transaction = database.begin_write()?;
        transaction.open_table(ROWS)?;
        transaction.open_table(PAGES)?;
        transaction.commit()?;
        Ok(Self { database, counts })
    }
}

fn failed(error: impl Into<redb::Error>) -> EngineError {
    EngineError::Failed(error.into().to_string())
}

struct Tables<R, P> {
    rows: R,
    pages: P,
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

impl<R, P> Read for Tables<R, P>
where
    R: ReadableTable<&'static [u8], &'static [u8]>,
    P: ReadableTable<[u8; 20], &'static [u8]>,
{
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        let row = self
            .rows
            .get(row_key(space, key).as_slice())
            .map_err(failed)?;
        Ok(row.map(|row| Bytes::copy_from_slice(row.value())))
    }

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
        let range = (
            start.as_ref().map(Vec::as_slice),
            end.as_ref().map(Vec::as_slice),
        );
        let mut rows = self.rows.range::<&[u8]>(range).map_err(failed)?;
        while let Some(row) = match order {
            Order::Ascending => rows.next(),
            Order::Descending => rows.next_back(),
        } {
            let (key, value) = row.map_err(failed)?;
            if visit(&key.value()[1..], value.value()).is_break() {
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
        for (index, number) in numbers.iter().enumerate() {
            if let Some(page) = self.pages.get(page_key(volume, *number)).map_err(failed)? {
                found(index, page.value());
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
        let range = page_key(volume, *range.start())..=page_key(volume, *range.end());
        self.pages
            .range(range)
            .map_err(failed)?
            .take(limit)
            .map(|entry| {
                let (key, _) = entry.map_err(failed)?;
                let [.., a, b, c, d] = key.value();
                Ok(u32::from_be_bytes([a, b, c, d]))
            })
            .collect()
    }
}

impl Snapshot
    for Tables<ReadOnlyTable<&'static [u8], &'static [u8]>, ReadOnlyTable<[u8; 20], &'static [u8]>>
{
    fn all_pages(&self, visit: &mut VisitPage<'_>) -> Result<(), EngineError> {
        for entry in self.pages.iter().map_err(failed)? {
            let (key, page) = entry.map_err(failed)?;
            let key = key.value();
            let (volume, number) = key.split_at(16);
            let volume = Volume(volume.try_into().expect("16 octets"));
            let number = u32::from_be_bytes(number.try_into().expect("4 octets"));
            if visit(volume, number, page.value()) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

impl Group for Tables<Table<'_, &'static [u8], &'static [u8]>, Table<'_, [u8; 20], &'static [u8]>> {
    fn state(&self) -> &dyn Read {
        self
    }

    fn apply(&mut self, changes: &Changes) -> Result<(), EngineError> {
        for ((space, key), value) in &changes.rows {
            let key = row_key(*space, key);
            match value {
                Some(value) => self
                    .rows
                    .insert(key.as_slice(), &value[..])
                    .map_err(failed)?,
                None => self.rows.remove(key.as_slice()).map_err(failed)?,
            };
        }
        for ((volume, number), octets) in &changes.pages {
            let key = page_key(*volume, *number);
            match octets {
                Some(octets) => self.pages.insert(key, &octets[..]).map_err(failed)?,
                None => self.pages.remove(key).map_err(failed)?,
            };
        }
        Ok(())
    }
}

impl Store for RedbStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        Ok(Box::new(Tables {
            rows: transaction.open_table(ROWS).map_err(failed)?,
            pages: transaction.open_table(PAGES).map_err(failed)?,
        }))
    }

    fn write(&self, fill: &mut Fill<'_>) -> Result<(), EngineError> {
        let mut transaction = self.database.begin_write().map_err(failed)?;
        transaction
            .set_durability(Durability::Immediate)
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        fill(&mut Tables {
            rows: transaction.open_table(ROWS).map_err(failed)?,
            pages: transaction.open_table(PAGES).map_err(failed)?,
        })?;
        transaction
            .commit()
            .map_err(|error| EngineError::Poisoned(error.to_string()))
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            syncs: self.counts.syncs.load(Ordering::Relaxed),
            written_bytes: self.counts.written.load(Ordering::Relaxed),
        }
    }
}
