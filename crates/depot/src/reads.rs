//! The reads that are under way, for who has to wait for them.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

thread_local! {
    /// Reads that this thread is in, of any depot.
    static OURS: Cell<usize> = const { Cell::new(0) };
}

/// Counts reads. One holds what it reads from, even if nobody waits for its answer any more.
#[derive(Default)]
pub(crate) struct Reads {
    under_way: Mutex<usize>,
    ended: Condvar,
}

/// A read is under way while this lives, on the thread that made it.
#[must_use]
pub(crate) struct UnderWay<'a>(&'a Reads);

impl Reads {
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        *self.lock() += 1;
        OURS.set(OURS.get() + 1);
        UnderWay(self)
    }

    /// Waits until none is under way. A thread that is in a read itself does not wait, or might for itself.
    pub(crate) fn wait(&self) {
        if OURS.get() == 0 {
            let none = self
                .ended
                .wait_while(self.lock(), |under_way| *under_way > 0);
            drop(none.unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        OURS.set(OURS.get() - 1);
        *self.0.lock() -= 1;
        self.0.ended.notify_all();
    }
}
