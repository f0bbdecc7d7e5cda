//! Pages to write: different ones each time, and told apart when they are read back.

use std::collections::BTreeSet;

/// Octets of a page.
pub(crate) const PAGE: usize = 4096;
/// Of a page, noise; the rest is zeros, as much of a database's pages is.
const NOISE: usize = PAGE * 7 / 10;
/// Where a page says what it was written with. What is before it is zero, so that no server takes the page for one of a tree.
const STAMP: std::ops::Range<usize> = 8..16;
/// Where a database's first page says how many it has. An engine holds it to that.
const SIZE: std::ops::Range<usize> = 28..32;

/// Where pages come from.
pub(crate) struct Pages {
    random: fastrand::Rng,
    noise: Vec<u8>,
    stamp: u64,
}

/// A page to write.
pub(crate) struct Page {
    pub(crate) number: u32,
    pub(crate) stamp: u64,
    pub(crate) octets: Box<[u8; PAGE]>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let noise = std::iter::repeat_with(|| random.u8(..))
            .take(4 * PAGE)
            .collect();
        Self {
            random,
            noise,
            stamp: 0,
        }
    }

    /// The numbers of so many pages of a database of `size`, at random and in order, each once, and not the first.
    pub(crate) fn choose(&mut self, count: usize, size: usize) -> Vec<u32> {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let mut chosen = BTreeSet::new();
        while chosen.len() < count {
            chosen.insert(self.random.u32(2..=size));
        }
        chosen.into_iter().collect()
    }

    /// New content for these pages of a database of `size`.
    pub(crate) fn write(&mut self, numbers: &[u32], size: u32) -> Vec<Page> {
        let page = |&number: &u32| {
            self.stamp += 1;
            let stamp = self.stamp;
            let mut octets = Box::new([0; PAGE]);
            let from = self.random.usize(..self.noise.len() - NOISE);
            octets[SIZE.end..NOISE].copy_from_slice(&self.noise[from..][..NOISE - SIZE.end]);
            octets[STAMP].copy_from_slice(&stamp.to_le_bytes());
            if number == 1 {
                octets[SIZE].copy_from_slice(&size.to_be_bytes());
            }
            Page {
                number,
                stamp,
                octets,
            }
        };
        numbers.iter().map(page).collect()
    }

    /// What a page was written with, if it is one.
    pub(crate) fn stamp(octets: &[u8]) -> Option<u64> {
        let octets = octets.get(STAMP)?.try_into().ok()?;
        Some(u64::from_le_bytes(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_chosen_once_each_and_never_the_first() {
        let mut pages = Pages::new();
        assert_eq!(pages.choose(3, 4), [2, 3, 4]);
        for _ in 0..100 {
            let chosen = pages.choose(16, 1000);
            assert_eq!(chosen.len(), 16);
            assert!(chosen.is_sorted() && chosen[0] >= 2 && chosen[15] <= 1000);
        }
    }

    #[test]
    fn a_page_says_what_it_was_written_with() {
        let mut pages = Pages::new();
        let written = pages.write(&[1, 5], 1000);
        assert_eq!(written[0].octets[SIZE], 1000_u32.to_be_bytes());
        for page in &written {
            assert_eq!(Pages::stamp(&page.octets[..]), Some(page.stamp));
            assert_eq!(page.octets[..STAMP.start], [0; 8]);
        }
        assert_ne!(written[0].stamp, written[1].stamp);
        assert_eq!(Pages::stamp(&[0; 15]), None);
    }
}
