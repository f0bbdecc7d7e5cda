//! What a gateway takes from outside beside the network: the system's clock, and chance.
//!
//! With the feature `sim` a [simulation](simulate) says both, for gateways on its thread.

use std::time::SystemTime;

use rand::distr::{Distribution, StandardUniform};

/// What the system's clock says.
pub(crate) fn system_time() -> SystemTime {
    #[cfg(feature = "sim")]
    if let Some(time) = simulated::time() {
        return time;
    }
    SystemTime::now()
}

/// A value that nobody can foresee.
pub(crate) fn random<T>() -> T
where
    StandardUniform: Distribution<T>,
{
    #[cfg(feature = "sim")]
    if let Some(value) = simulated::random() {
        return value;
    }
    rand::random()
}

/// A name that nobody else has: 30 letters and digits, as a real engine makes them.
pub(crate) fn name() -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // The remainder prefers some letters by less than anybody can see.
    let letter = || LETTERS[usize::from(random::<u16>()) % LETTERS.len()];
    (0..30).map(|_| char::from(letter())).collect()
}

/// From now on, for gateways on this thread, chance is drawn from `seed`, and the system's clock says `now` and goes on as
/// the time of the runtime does. For simulations alone: ids can be foreseen then. To be called within a runtime.
#[cfg(feature = "sim")]
pub fn simulate(seed: u64, now: SystemTime) {
    simulated::begin(seed, now);
}

#[cfg(feature = "sim")]
mod simulated {
    use std::cell::RefCell;
    use std::time::SystemTime;

    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};
    use tokio::time::Instant;

    use super::{Distribution, StandardUniform};

    struct Outside {
        rng: StdRng,
        then: SystemTime,
        since: Instant,
    }

    thread_local! {
        static OUTSIDE: RefCell<Option<Outside>> = const { RefCell::new(None) };
    }

    pub(super) fn begin(seed: u64, now: SystemTime) {
        let outside = Outside {
            rng: StdRng::seed_from_u64(seed),
            then: now,
            since: Instant::now(),
        };
        OUTSIDE.set(Some(outside));
    }

    pub(super) fn time() -> Option<SystemTime> {
        OUTSIDE.with_borrow(|outside| {
            let outside = outside.as_ref()?;
            Some(outside.then + outside.since.elapsed())
        })
    }

    pub(super) fn random<T>() -> Option<T>
    where
        StandardUniform: Distribution<T>,
    {
        OUTSIDE.with_borrow_mut(|outside| Some(outside.as_mut()?.rng.random()))
    }
}
