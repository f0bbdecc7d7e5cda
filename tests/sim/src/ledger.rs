//! What an actor keeps in its pages: a list that only ever grows, each entry with who wrote it.
//!
//! Page 1 says how many entries there are; those follow, 256 to a page. So each commit writes two pages, which belong
//! together.

use bytes::Bytes;
use depot_sqlite::PAGE_SIZE;

use crate::log::{Instance, OpId};

const ENTRY: usize = 16;
const IN_A_PAGE: usize = PAGE_SIZE / ENTRY;

/// What one operation has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) op: OpId,
    pub(crate) writer: Instance,
    pub(crate) generation: u32,
}

/// The pages that change when an entry is added behind `entries`, and the size then.
pub(crate) fn append(entries: &[Entry], entry: Entry) -> ([(u32, Bytes); 2], u32) {
    let place = entries.len();
    let page = place / IN_A_PAGE;
    let mut last = vec![0; PAGE_SIZE];
    let in_page = entries[page * IN_A_PAGE..].iter().copied().chain([entry]);
    for (slot, entry) in last.chunks_exact_mut(ENTRY).zip(in_page) {
        slot[..8].copy_from_slice(&entry.op.to_be_bytes());
        slot[8..12].copy_from_slice(&entry.writer.to_be_bytes());
        slot[12..].copy_from_slice(&entry.generation.to_be_bytes());
    }
    let mut first = vec![0; PAGE_SIZE];
    first[..8].copy_from_slice(&(place as u64 + 1).to_be_bytes());
    let number = number_of(page);
    ([(1, first.into()), (number, last.into())], number)
}

/// How many entries there are, by page 1.
pub(crate) fn count(first: &[u8]) -> usize {
    let octets = first[..8].try_into().unwrap_or_default();
    usize::try_from(u64::from_be_bytes(octets)).unwrap_or(usize::MAX)
}

/// The pages that hold so many entries.
pub(crate) fn pages_of(count: usize) -> Vec<u32> {
    (0..count.div_ceil(IN_A_PAGE)).map(number_of).collect()
}

/// The entries of those pages.
pub(crate) fn read<'a>(pages: impl IntoIterator<Item = &'a [u8]>, count: usize) -> Vec<Entry> {
    let slots = pages.into_iter().flat_map(|page| page.chunks_exact(ENTRY));
    let entry = |slot: &[u8]| Entry {
        op: u64::from_be_bytes(slot[..8].try_into().unwrap_or_default()),
        writer: u32::from_be_bytes(slot[8..12].try_into().unwrap_or_default()),
        generation: u32::from_be_bytes(slot[12..16].try_into().unwrap_or_default()),
    };
    slots.take(count).map(entry).collect()
}

fn number_of(page: usize) -> u32 {
    u32::try_from(page).unwrap_or(u32::MAX - 2) + 2
}
