//! The times that lives go by.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::lifecycle::Millis;

/// A clock that goes on steadily from what the system's said when the server started, and how far that is ahead by now:
/// it is set, and it goes on while the machine sleeps.
pub(super) struct Clock {
    start_ms: Millis,
    start: Instant,
    system: Box<dyn Fn() -> SystemTime + Send>,
    ahead: Millis,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self::over(crate::outside::system_time)
    }

    /// A clock over another one than the system's.
    pub(super) fn over(system: impl Fn() -> SystemTime + Send + 'static) -> Self {
        Self {
            start_ms: since_1970(system()),
            start: Instant::now(),
            system: Box::new(system),
            ahead: 0,
        }
    }

    /// The steady time.
    pub(super) fn now(&self) -> Millis {
        self.start_ms.saturating_add(millis(self.start.elapsed()))
    }

    /// How far the system's clock is ahead of it.
    pub(super) fn ahead(&mut self) -> Millis {
        let before = self.now();
        let system = since_1970((self.system)());
        let ahead = system.saturating_sub(before);
        // Neither what rounding makes of it is a move, nor what passes between the two looks: the next ones are soon.
        let was_quick = self.now().saturating_sub(before) <= 1;
        if was_quick && ahead.abs_diff(self.ahead) > 1 {
            self.ahead = ahead;
        }
        self.ahead
    }

    pub(super) fn instant(&self, at: Millis) -> Instant {
        let ahead = u64::try_from(at.saturating_sub(self.start_ms)).unwrap_or(0);
        // A day is far enough for a timer that is looked at again.
        let ahead =
            Duration::from_millis(ahead).min(self.start.elapsed() + Duration::from_hours(24));
        self.start + ahead
    }
}

fn since_1970(time: SystemTime) -> Millis {
    time.duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(time: Duration) -> Millis {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
