//! Numbers that look random and are the same for the same seed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seeds::Random as Sequence;

/// Clones draw from the same sequence.
#[derive(Clone)]
pub(crate) struct Random(Arc<Mutex<Sequence>>);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Sequence::new(seed))))
    }

    fn draw(&self) -> MutexGuard<'_, Sequence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next(&self) -> u64 {
        self.draw().number()
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.draw().below(end)
    }

    /// A place in something of that length, which is not 0.
    pub(crate) fn place(&self, length: usize) -> usize {
        self.draw().place(length)
    }

    /// Whether something with one chance in `of` happens. Nothing happens once in 0 times.
    pub(crate) fn one_in(&self, of: u64) -> bool {
        self.draw().one_in(of)
    }

    /// A time of whole microseconds up to `most`.
    pub(crate) fn up_to(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.below(most + 1))
    }

    /// A time between the two.
    pub(crate) fn between(&self, least: Duration, most: Duration) -> Duration {
        least + self.up_to(most.saturating_sub(least))
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.place(from.len())]
    }
}
