//! What a page says of the file that it is in: the first one by its header, an inner one of a b-tree by its children.

use crate::source::PAGE_SIZE;

/// The header of page 1, where it has one.
pub(crate) const HEADER: usize = 100;

/// What changes in page 1 with every transaction, whatever the transaction does: the change counter, and the counter
/// and library version that the size in the header holds for. It tells connections of *other processes* that their
/// cache is stale; here there is no other, and SQLite itself leaves it alone while it holds a database exclusively.
const COUNTERS: [std::ops::Range<usize>; 2] = [24..28, 92..100];

/// The size of the database, in pages, as the header of its first page tells it. `None` where that is no such page.
pub(crate) fn database_size(page_one: &[u8]) -> Option<u32> {
    let size = u32_at(page_one, 28)?;
    // SQLite believes the size only if the counters agree.
    (page_one.starts_with(b"SQLite format 3\0")
        && page_one.get(24..28)? == page_one.get(92..96)?
        && size > 0)
        .then_some(size)
}

/// Whether two forms of page 1 differ in nothing but what every transaction changes.
pub(crate) fn differs_in_counters_only(old: &[u8], new: &[u8]) -> bool {
    let mut from = 0;
    old.len() == new.len()
        && COUNTERS.into_iter().all(|range| {
            let same = old.get(from..range.start) == new.get(from..range.start);
            from = range.end;
            same
        })
        && old.get(from..) == new.get(from..)
}

/// The children of an inner page of a b-tree, in the order of their keys. `None` for every other page. An octet of a
/// page can be anything, also that of an overflow page that happens to look like an inner one, so a child is a number
/// from 1 to `size` and no more.
pub(crate) fn children(number: u32, page: &[u8], size: u32) -> Option<Vec<u32>> {
    const INNER_INDEX: u8 = 2;
    const INNER_TABLE: u8 = 5;
    const CELLS: usize = 12;
    let start = if number == 1 { HEADER } else { 0 };
    let header = page.get(start..)?;
    if page.len() != PAGE_SIZE || !matches!(*header.first()?, INNER_INDEX | INNER_TABLE) {
        return None;
    }
    let cells = usize::from(u16_at(header, 3)?);
    let mut children = Vec::with_capacity(cells.min(PAGE_SIZE / 2) + 1);
    for cell in 0..cells {
        let at = usize::from(u16_at(header, CELLS + 2 * cell)?);
        children.push(u32_at(page, at)?);
    }
    children.push(u32_at(header, 8)?);
    children
        .iter()
        .all(|&child| 1 < child && child <= size)
        .then_some(children)
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(octets.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(octets.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_one(size: u32, counter: u32, valid_for: u32) -> Vec<u8> {
        let mut page = vec![0; PAGE_SIZE];
        page[..16].copy_from_slice(b"SQLite format 3\0");
        page[24..28].copy_from_slice(&counter.to_be_bytes());
        page[28..32].copy_from_slice(&size.to_be_bytes());
        page[92..96].copy_from_slice(&valid_for.to_be_bytes());
        page
    }

    #[test]
    fn the_size_is_believed_only_where_sqlite_would() {
        assert_eq!(database_size(&page_one(7, 3, 3)), Some(7));
        assert_eq!(database_size(&page_one(7, 3, 4)), None);
        assert_eq!(database_size(&page_one(0, 3, 3)), None);
        assert_eq!(database_size(&vec![0; PAGE_SIZE]), None);
        assert_eq!(database_size(b"SQLite format 3\0"), None);
    }

    #[test]
    fn only_the_counters_of_page_one_may_differ() {
        let old = page_one(7, 3, 3);
        assert!(differs_in_counters_only(&old, &page_one(7, 4, 4)));
        assert!(!differs_in_counters_only(&old, &page_one(8, 4, 4)));
        for at in [0, 23, 28, 91, 100, PAGE_SIZE - 1] {
            let mut new = page_one(7, 4, 4);
            new[at] ^= 1;
            assert!(!differs_in_counters_only(&old, &new), "octet {at}");
        }
    }

    #[test]
    fn the_children_of_an_inner_page_come_in_the_order_of_their_keys() {
        let mut page = vec![0; PAGE_SIZE];
        page[0] = 5;
        page[3..5].copy_from_slice(&2_u16.to_be_bytes());
        page[8..12].copy_from_slice(&9_u32.to_be_bytes());
        page[12..14].copy_from_slice(&4000_u16.to_be_bytes());
        page[14..16].copy_from_slice(&3000_u16.to_be_bytes());
        page[4000..4004].copy_from_slice(&4_u32.to_be_bytes());
        page[3000..3004].copy_from_slice(&7_u32.to_be_bytes());
        assert_eq!(children(3, &page, 9), Some(vec![4, 7, 9]));
        assert_eq!(children(3, &page, 8), None, "a child beyond the end");
        page[14..16].copy_from_slice(&4094_u16.to_be_bytes());
        assert_eq!(children(3, &page, 9), None, "a cell beyond the end");
        page[0] = 13;
        assert_eq!(children(3, &page, 9), None, "a leaf");
    }

    #[test]
    fn no_page_makes_the_parser_panic() {
        for kind in [2_u8, 5] {
            for fill in 0..=255_u8 {
                let mut page = vec![fill; PAGE_SIZE];
                page[0] = kind;
                page[HEADER] = kind;
                let _ = children(1, &page, u32::MAX);
                let _ = children(2, &page, u32::MAX);
            }
        }
        assert_eq!(children(1, &[], 1), None);
    }
}
