//! How rows and pages lie in redb's tables.

use std::borrow::Cow;
use std::ops::{Bound, RangeInclusive};
use std::sync::Arc;

use bytes::Bytes;
use redb::{Database, ReadOnlyTable, ReadableTable, StorageError, Table, TableDefinition};

use crate::engine::{
    Changes, EngineError, KeyRange, Read, Snapshot, Space, VisitPage, VisitRow, Volume,
};
use crate::group::Group;
use crate::types::{Order, PAGE_SIZE};

/// What the store says of itself.
pub(crate) const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
/// Rows of all spaces: the space's octet, then the key.
pub(crate) const ROWS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("rows");
/// Pages: the volume, then the number; see [`pack`].
pub(crate) const PAGES: TableDefinition<[u8; 20], &[u8]> = TableDefinition::new("pages");

/// The two tables, of a snapshot or of a transaction.
pub(crate) struct Tables<R, P> {
    pub(crate) rows: R,
    pub(crate) pages: P,
}

type ReadRows = ReadOnlyTable<&'static [u8], &'static [u8]>;
type ReadPages = ReadOnlyTable<[u8; 20], &'static [u8]>;

/// The tables of a snapshot.
pub(crate) struct ReadTables {
    pub(crate) tables: Tables<ReadRows, ReadPages>,
    /// Stays open for as long as it is read.
    pub(crate) _database: Arc<Database>,
}

/// The tables of a transaction.
pub(crate) type WriteTables<'a> =
    Tables<Table<'a, &'static [u8], &'static [u8]>, Table<'a, [u8; 20], &'static [u8]>>;

impl<R, P> Read for Tables<R, P>
where
    R: ReadableTable<&'static [u8], &'static [u8]>,
    P: ReadableTable<[u8; 20], &'static [u8]>,
{
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        let key = row_key(space, key);
        let row = self.rows.get(key.as_slice()).map_err(failed)?;
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
            Bound::Unbounded => Bound::Included(vec![space_octet(space)]),
        };
        let end = match end {
            Bound::Included(key) => Bound::Included(row_key(space, key)),
            Bound::Excluded(key) => Bound::Excluded(row_key(space, key)),
            Bound::Unbounded => Bound::Excluded(vec![space_octet(space) + 1]),
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
        let mut scratch = [0; PAGE_SIZE];
        for (index, number) in numbers.iter().enumerate() {
            let key = page_key(volume, *number);
            if let Some(page) = self.pages.get(key).map_err(failed)? {
                found(index, unpack(*number, page.value(), &mut scratch)?);
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
            .map(|entry| Ok(split_page_key(entry.map_err(failed)?.0.value()).1))
            .collect()
    }
}

impl Read for ReadTables {
    fn row(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        self.tables.row(space, key)
    }

    fn rows(
        &self,
        space: Space,
        range: KeyRange<'_>,
        order: Order,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), EngineError> {
        self.tables.rows(space, range, order, visit)
    }

    fn pages(
        &self,
        volume: Volume,
        numbers: &[u32],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), EngineError> {
        self.tables.pages(volume, numbers, found)
    }

    fn page_numbers(
        &self,
        volume: Volume,
        range: RangeInclusive<u32>,
        limit: usize,
    ) -> Result<Vec<u32>, EngineError> {
        self.tables.page_numbers(volume, range, limit)
    }
}

impl Snapshot for ReadTables {
    fn all_pages(&self, visit: &mut VisitPage<'_>) -> Result<(), EngineError> {
        let mut scratch = [0; PAGE_SIZE];
        for entry in self.tables.pages.iter().map_err(failed)? {
            let (key, page) = entry.map_err(failed)?;
            let (volume, number) = split_page_key(key.value());
            if visit(volume, number, unpack(number, page.value(), &mut scratch)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Group for WriteTables<'_> {
    fn state(&self) -> &dyn Read {
        self
    }

    fn apply(&mut self, changes: &Changes) -> Result<(), EngineError> {
        for ((space, key), value) in &changes.rows {
            let key = row_key(*space, key);
            match value {
                Some(value) => self.rows.insert(key.as_slice(), &value[..]),
                None => self.rows.remove(key.as_slice()),
            }
            .map_err(failed)?;
        }
        let mut scratch = [0; PACKED_SIZE];
        for ((volume, number), octets) in &changes.pages {
            let key = page_key(*volume, *number);
            match octets {
                Some(octets) => self.pages.insert(key, &*pack(octets, &mut scratch)),
                None => self.pages.remove(key),
            }
            .map_err(failed)?;
        }
        Ok(())
    }
}

/// What a failure of redb's is. The store looks at what its disk said before it believes this.
#[allow(clippy::needless_pass_by_value, reason = "map_err gives it away")]
pub(crate) fn failed(error: StorageError) -> EngineError {
    match error {
        StorageError::Corrupted(what) => EngineError::Corrupt(what),
        other => EngineError::Failed(other.to_string()),
    }
}

/// Stored pages begin with how they are packed.
const RAW: u8 = 0;
const LZ4: u8 = 1;

/// As large as a page gets if packing makes it larger.
const PACKED_SIZE: usize = 1 + lz4_flex::block::get_maximum_output_size(PAGE_SIZE);

/// A page beyond this takes two pages of redb's anyway, so packing is no gain.
const WORTH_PACKING: usize = 4000;

/// A page as it is stored: packed if it then fits one page of redb's, which are as large as ours and have a few octets of their own.
fn pack<'a>(octets: &[u8], scratch: &'a mut [u8; PACKED_SIZE]) -> Cow<'a, [u8]> {
    if let Ok(length) = lz4_flex::block::compress_into(octets, &mut scratch[1..])
        && length <= WORTH_PACKING
    {
        scratch[0] = LZ4;
        return Cow::Borrowed(&scratch[..=length]);
    }
    scratch[0] = RAW;
    scratch[1..=octets.len()].copy_from_slice(octets);
    Cow::Borrowed(&scratch[..=octets.len()])
}

fn unpack<'a>(
    number: u32,
    stored: &'a [u8],
    scratch: &'a mut [u8; PAGE_SIZE],
) -> Result<&'a [u8], EngineError> {
    let corrupt =
        |what: &dyn std::fmt::Display| EngineError::Corrupt(format!("page {number}: {what}"));
    match stored {
        [RAW, octets @ ..] => Ok(octets),
        [LZ4, packed @ ..] => {
            let length = lz4_flex::block::decompress_into(packed, scratch)
                .map_err(|error| corrupt(&error))?;
            Ok(&scratch[..length])
        }
        _ => Err(corrupt(
            &"expected how it is packed, but found something else",
        )),
    }
}

fn space_octet(space: Space) -> u8 {
    // Written to disks: never to be changed.
    match space {
        Space::Databases => 1,
        Space::Garbage => 2,
        Space::Caller => 3,
    }
}

fn row_key(space: Space, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + key.len());
    out.push(space_octet(space));
    out.extend_from_slice(key);
    out
}

fn page_key(volume: Volume, number: u32) -> [u8; 20] {
    let mut key = [0; 20];
    key[..16].copy_from_slice(&volume.0);
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

fn split_page_key(key: [u8; 20]) -> (Volume, u32) {
    let mut volume = [0; 16];
    volume.copy_from_slice(&key[..16]);
    let mut number = [0; 4];
    number.copy_from_slice(&key[16..]);
    (Volume(volume), u32::from_be_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> Vec<u8> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"noise");
        let mut page = vec![0; PAGE_SIZE];
        hasher.finalize_xof().fill(&mut page);
        page
    }

    #[test]
    fn a_page_is_unpacked_as_it_was_and_takes_little_more_space_than_itself() {
        let mut half = noise();
        half[PAGE_SIZE / 2..].fill(0);
        for (page, most) in [
            (vec![0; PAGE_SIZE], 40),
            (half, PAGE_SIZE / 2 + 60),
            (noise(), PAGE_SIZE + 1),
        ] {
            let mut packed = [0; PACKED_SIZE];
            let stored = pack(&page, &mut packed);
            assert!(stored.len() <= most, "{}", stored.len());
            let mut scratch = [0; PAGE_SIZE];
            assert_eq!(unpack(1, &stored, &mut scratch).unwrap(), page);
        }
    }

    #[test]
    fn a_stored_page_that_was_never_packed_here_is_corrupt() {
        for stored in [&[][..], &[2, 0, 0], &[LZ4, 0xff, 0xff, 0xff], &[LZ4]] {
            let mut scratch = [0; PAGE_SIZE];
            let error = unpack(7, stored, &mut scratch).unwrap_err();
            assert!(error.to_string().contains("page 7"), "{error}");
        }
    }
}
