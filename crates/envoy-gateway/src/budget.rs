//! Octets that may be held in memory at a time, by all who share a budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

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

    /// These octets, and what they take beside themselves, held until the last who has them lets go. None if there is no
    /// room for them.
    pub(crate) fn hold(&self, octets: Bytes, beside: usize) -> Option<Bytes> {
        let mut share = self.share();
        let held = share.grow(octets.len().saturating_add(beside));
        held.then(|| {
            Bytes::from_owner(Held {
                octets,
                _share: share,
            })
        })
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
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

/// Octets with their share.
struct Held {
    octets: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.octets
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
        assert_eq!(budget.held(), 10);
        drop(b);
        assert_eq!(budget.held(), 6);
        drop(a);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn octets_are_held_as_long_as_somebody_has_any_of_them() {
        let budget = Budget::new(10);
        let octets = Bytes::from_static(b"12345");
        assert_eq!(budget.hold(octets.clone(), 6), None);
        let held = budget.hold(octets, 5).expect("there is room");
        assert_eq!((&held[..], budget.held()), (&b"12345"[..], 10));
        let part = held.slice(1..2);
        drop(held);
        assert_eq!(budget.held(), 10);
        drop(part);
        assert_eq!(budget.held(), 0);
    }
}
