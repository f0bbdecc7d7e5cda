//! Octets that may be held in memory at a time, by all who share a budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bound on octets. Clones share it. Invariant: `held <= limit`.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    held: Arc<AtomicUsize>,
    limit: usize,
}

/// What one holder has of a budget. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Budget,
    octets: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            held: Arc::default(),
            limit,
        }
    }

    /// Octets that are held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// A share of nothing yet.
    pub(crate) fn share(&self) -> Share {
        Share {
            budget: self.clone(),
            octets: 0,
        }
    }
}

impl Share {
    /// Holds so many octets more, if there is room for them.
    #[must_use]
    pub(crate) fn grow(&mut self, octets: usize) -> bool {
        let limit = self.budget.limit;
        let grown = self
            .budget
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                held.checked_add(octets).filter(|held| *held <= limit)
            });
        if grown.is_ok() {
            self.octets += octets;
        }
        grown.is_ok()
    }

    /// Gives so many octets back, at most what it has.
    pub(crate) fn shrink(&mut self, octets: usize) {
        let octets = octets.min(self.octets);
        self.octets -= octets;
        self.budget.held.fetch_sub(octets, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(self.octets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_hold_more_than_the_budget() {
        let budget = Budget::new(10);
        let (mut a, mut b) = (budget.share(), budget.share());
        assert!(a.grow(6));
        assert!(!b.grow(5));
        assert!(b.grow(4));
        assert!(!a.grow(1));
        assert!(!a.grow(usize::MAX));
        a.shrink(2);
        assert_eq!(budget.held(), 8);
        assert!(b.grow(2));
        drop(b);
        assert_eq!(budget.held(), 4);
        a.shrink(100);
        assert_eq!(budget.held(), 0);
    }
}
