//! The system's clock.
//!
//! With the feature `sim` a [simulation](simulate) says what it is, for hosts on its thread.

use std::time::SystemTime;

/// What the system's clock says.
pub(crate) fn system_time() -> SystemTime {
    #[cfg(feature = "sim")]
    if let Some(time) = simulated::time() {
        return time;
    }
    SystemTime::now()
}

/// From now on, for hosts on this thread, the system's clock says `now` and goes on as the time of the runtime does. For
/// simulations alone. To be called within a runtime.
#[cfg(feature = "sim")]
pub fn simulate(now: SystemTime) {
    simulated::begin(now);
}

#[cfg(feature = "sim")]
mod simulated {
    use std::cell::Cell;
    use std::time::SystemTime;

    use tokio::time::Instant;

    thread_local! {
        static BEGUN: Cell<Option<(SystemTime, Instant)>> = const { Cell::new(None) };
    }

    pub(super) fn begin(now: SystemTime) {
        BEGUN.set(Some((now, Instant::now())));
    }

    pub(super) fn time() -> Option<SystemTime> {
        let (then, since) = BEGUN.get()?;
        Some(then + since.elapsed())
    }
}
