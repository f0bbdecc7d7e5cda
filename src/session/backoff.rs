//! When to connect again.

use std::time::Duration;

/// The waits between attempts to connect.
///
/// The first attempt after a session that had its init comes after at most [`BackoffConfig::first`], at random, so that
/// a thousand hosts do not come back in one moment. Each further wait doubles, from [`BackoffConfig::least`] to
/// [`BackoffConfig::most`], and a random part of it is left out: a wait is between half of its full length and all
/// of it. A session that lived for [`BackoffConfig::settled`] starts the schedule anew; one that was shorter goes on
/// in it, so that a server that takes a connection only to drop it is not hammered.
#[derive(Debug, Clone)]
pub struct Backoff {
    config: BackoffConfig,
    /// How many waits of the schedule there were. None until the first wait of any kind since the start.
    steps: Option<u32>,
}

/// The numbers of a [`Backoff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffConfig {
    /// The longest wait after a session that had its init. Default: 250 ms.
    pub first: Duration,
    /// The full length of the first wait that doubles. Default: 0.5 s.
    pub least: Duration,
    /// The full length that is not exceeded. Default: 30 s.
    pub most: Duration,
    /// How long a session lives to start the schedule anew. Default: 10 s.
    pub settled: Duration,
}

impl BackoffConfig {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        first: Duration::from_millis(250),
        least: Duration::from_millis(500),
        most: Duration::from_secs(30),
        settled: Duration::from_secs(10),
    };
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What came before a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastAttempt {
    /// No session: the connection was not made, or ended before its init.
    NoInit,
    /// A session that had its init.
    Init {
        /// How long the connection lived.
        lived: Duration,
    },
}

impl Backoff {
    /// A schedule at its start.
    #[must_use]
    pub const fn new(config: BackoffConfig) -> Self {
        Self {
            config,
            steps: None,
        }
    }

    /// How long to wait before the next attempt. Every bit of `random` should be random.
    #[must_use]
    pub fn wait(&mut self, last: LastAttempt, random: u64) -> Duration {
        let BackoffConfig {
            first,
            least,
            most,
            settled,
        } = self.config;
        let quick = match last {
            LastAttempt::Init { lived } => lived >= settled || self.steps.is_none(),
            LastAttempt::NoInit => false,
        };
        if quick {
            self.steps = Some(0);
            return part(first, random);
        }
        let steps = self.steps.unwrap_or(0);
        self.steps = Some(steps.saturating_add(1));
        let full = 2_u32
            .checked_pow(steps)
            .and_then(|factor| least.checked_mul(factor))
            .map_or(most, |full| full.min(most));
        let half = full / 2;
        half.saturating_add(part(full.saturating_sub(half), random))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(BackoffConfig::DEFAULT)
    }
}

/// A random part of `whole`, from none to all of it.
fn part(whole: Duration, random: u64) -> Duration {
    let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(match nanos.checked_add(1) {
        Some(modulus) => random % modulus,
        None => random,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::rng::Rng;

    const SHORT: LastAttempt = LastAttempt::Init {
        lived: Duration::from_secs(1),
    };
    const LONG: LastAttempt = LastAttempt::Init {
        lived: Duration::from_secs(10),
    };

    #[test]
    fn comes_back_within_a_quarter_second_of_a_session() {
        let mut rng = Rng::new(1);
        let mut least = Duration::MAX;
        let mut most = Duration::ZERO;
        for _ in 0..1000 {
            let wait = Backoff::default().wait(SHORT, rng.next());
            assert!(wait <= Duration::from_millis(250));
            least = least.min(wait);
            most = most.max(wait);
        }
        assert!(least < Duration::from_millis(10) && most > Duration::from_millis(240));
    }

    #[test]
    fn doubles_from_half_a_second_to_thirty() {
        let mut rng = Rng::new(2);
        for _ in 0..100 {
            let mut backoff = Backoff::default();
            for full in [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000] {
                let wait = backoff.wait(LastAttempt::NoInit, rng.next());
                let full = Duration::from_millis(full);
                assert!(wait >= full / 2 && wait <= full, "{wait:?} of {full:?}");
            }
        }
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            assert!(backoff.wait(LastAttempt::NoInit, u64::MAX) <= Duration::from_secs(30));
        }
    }

    #[test]
    fn a_session_that_lived_starts_anew_and_a_short_one_does_not() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            let _wait = backoff.wait(LastAttempt::NoInit, 0);
        }
        assert!(backoff.wait(SHORT, 0) >= Duration::from_secs(15));
        assert!(backoff.wait(LONG, u64::MAX) <= Duration::from_millis(250));
        assert!(backoff.wait(LastAttempt::NoInit, u64::MAX) <= Duration::from_millis(500));
    }

    #[test]
    fn a_server_that_drops_each_session_is_not_hammered() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.wait(SHORT, 0)).collect();
        assert!(waits[0] <= Duration::from_millis(250));
        assert!(waits[1] >= Duration::from_millis(250));
        assert!(waits[7] >= Duration::from_secs(15));
    }

    #[test]
    fn takes_any_numbers() {
        let config = BackoffConfig {
            first: Duration::MAX,
            least: Duration::MAX,
            most: Duration::MAX,
            settled: Duration::MAX,
        };
        let mut backoff = Backoff::new(config);
        for last in [SHORT, LastAttempt::NoInit, LONG] {
            for random in [0, 1, u64::MAX] {
                let _wait = backoff.wait(last, random);
            }
        }
    }
}
