//! The time that lives go by.

use std::time::Duration;

use tokio::time::Instant;

/// The time that lives go by: the system's when the server started, and a clock that never goes back from there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start_ms: i64,
    start: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let start_ms = since.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
        Self {
            start_ms,
            start: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> i64 {
        let passed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.start_ms.saturating_add(passed)
    }

    pub(super) fn instant(&self, at: i64) -> Instant {
        let ahead = u64::try_from(at.saturating_sub(self.start_ms)).unwrap_or(0);
        // A day is far enough for a timer that is looked at again.
        let ahead =
            Duration::from_millis(ahead).min(self.start.elapsed() + Duration::from_hours(24));
        self.start + ahead
    }
}
