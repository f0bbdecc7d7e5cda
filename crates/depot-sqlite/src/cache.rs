//! The pages of one head that are kept below SQLite's own cache.
//!
//! Invariants: every page is of the head that [`crate::storage::Storage`] holds, and `len <= capacity + 1`, where the
//! one more is page 1, which never goes: each transaction looks at it.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

pub(crate) struct PageCache {
    capacity: usize,
    pages: HashMap<u32, Slot>,
    /// The pages in the order in which they may go. One that was used since it was last looked at goes to the end once
    /// more, and a number that is no longer in `pages`, or is in here twice, is skipped.
    order: VecDeque<(u32, u32)>,
    stamp: u32,
}

struct Slot {
    data: Bytes,
    used: bool,
    stamp: u32,
}

impl PageCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            pages: HashMap::new(),
            order: VecDeque::new(),
            stamp: 0,
        }
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.pages.contains_key(&number)
    }

    /// The page, which is worth keeping from now on.
    pub(crate) fn page(&mut self, number: u32) -> Option<&Bytes> {
        let slot = self.pages.get_mut(&number)?;
        slot.used = true;
        Some(&slot.data)
    }

    /// Puts a page in, in the place of an older form of it.
    pub(crate) fn insert(&mut self, number: u32, data: Bytes) {
        if let Some(slot) = self.pages.get_mut(&number) {
            slot.data = data;
            return;
        }
        self.stamp = self.stamp.wrapping_add(1);
        let slot = Slot {
            data,
            // What was read ahead must outlive what was read before it.
            used: true,
            stamp: self.stamp,
        };
        self.pages.insert(number, slot);
        if number != 1 {
            self.order.push_back((number, self.stamp));
            self.shrink();
        }
    }

    /// Drops the pages above `size`.
    pub(crate) fn truncate(&mut self, size: u32) {
        self.pages.retain(|&number, _| number <= size);
        let pages = &self.pages;
        self.order
            .retain(|&(number, stamp)| pages.get(&number).is_some_and(|slot| slot.stamp == stamp));
    }

    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    fn shrink(&mut self) {
        while self.order.len() > self.capacity {
            let Some((number, stamp)) = self.order.pop_front() else {
                return;
            };
            match self.pages.get_mut(&number) {
                Some(slot) if slot.stamp == stamp && slot.used => {
                    slot.used = false;
                    self.order.push_back((number, stamp));
                }
                Some(slot) if slot.stamp == stamp => {
                    self.pages.remove(&number);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(octet: u8) -> Bytes {
        Bytes::from(vec![octet; 4])
    }

    #[test]
    fn keeps_as_many_pages_as_it_has_room_for_and_page_one() {
        let mut cache = PageCache::new(3);
        for number in 1..=10 {
            cache.insert(number, page(0));
        }
        assert!(cache.contains(1));
        let kept: Vec<u32> = (2..=10).filter(|&number| cache.contains(number)).collect();
        assert_eq!(kept, [8, 9, 10]);
    }

    #[test]
    fn a_page_that_is_used_outlives_one_that_is_not() {
        let mut cache = PageCache::new(3);
        for number in 2..=4 {
            cache.insert(number, page(0));
        }
        // Makes room, and looks at all of them once.
        cache.insert(5, page(0));
        assert!(!cache.contains(2));
        cache.page(3).unwrap();
        cache.insert(6, page(0));
        assert!(cache.contains(3));
        assert!(!cache.contains(4));
    }

    #[test]
    fn a_page_is_replaced_where_it_is() {
        let mut cache = PageCache::new(1);
        cache.insert(2, page(1));
        cache.insert(2, page(2));
        assert_eq!(cache.page(2), Some(&page(2)));
    }

    #[test]
    fn truncation_drops_what_is_above_and_nothing_else() {
        let mut cache = PageCache::new(10);
        for number in 1..=6 {
            cache.insert(number, page(0));
        }
        cache.truncate(3);
        let kept: Vec<u32> = (1..=6).filter(|&number| cache.contains(number)).collect();
        assert_eq!(kept, [1, 2, 3]);
        cache.clear();
        assert!(!cache.contains(1));
        assert!(cache.order.is_empty());
    }

    #[test]
    fn no_room_keeps_page_one_only() {
        let mut cache = PageCache::new(0);
        cache.insert(1, page(0));
        cache.insert(2, page(0));
        assert!(cache.contains(1));
        assert!(!cache.contains(2));
    }
}
