//! What a seed is like.

use std::time::Duration;

use envoy_client::Resend;
use envoy_gateway::Timing;

use crate::random::Random;
use crate::store::Manners;

/// How long an actor waits for a host at most, all attempts of a request together, and how long a host has to begin its
/// response.
const READY: Duration = Duration::from_secs(30);
const RESPONSE: Duration = Duration::from_secs(40);
const ATTEMPTS: u32 = 7;
/// What the way there and back, and a busy store, may add to a bound.
const SLACK: Duration = Duration::from_secs(10);

/// What a seed is like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// How long things go wrong.
    pub(crate) time: Duration,
    pub(crate) actors: u32,
    pub(crate) hosts: u32,
    /// The version that a new host speaks: none is one or the other, by chance.
    pub(crate) version: Option<u16>,
    pub(crate) latency: Duration,
    /// The pause between two things that callers do, at most.
    pub(crate) pause: Duration,
    /// One decision in so many is trouble.
    pub(crate) trouble: u64,
    pub(crate) disk: Manners,
    pub(crate) is_quick: bool,
    /// How hosts decide a commit that they sent again. Only where the store tells its own commit from that of another are
    /// there two instances of one generation.
    pub(crate) resend: Resend,
    /// Hosts of v4 take a commit for not applied whose answer does not come, and go on: as others do that are out there.
    pub(crate) is_naive: bool,
}

impl Plan {
    pub(crate) fn new(random: &Random) -> Self {
        let ms = Duration::from_millis;
        Self {
            time: random.between(ms(8_000), ms(45_000)),
            actors: 1 + u32::try_from(random.below(3)).unwrap_or(0),
            hosts: 1 + u32::try_from(random.below(3)).unwrap_or(0),
            version: random.pick(&[Some(4), Some(5), None, None]),
            latency: random.pick(&[ms(1), ms(1), ms(5), ms(40)]),
            pause: random.pick(&[ms(100), ms(400), ms(1_000)]),
            trouble: random.pick(&[3, 6, 12, 40]),
            disk: Manners {
                sync: random.pick(&[ms(0), ms(2), ms(20), ms(150)]),
                fails: random.pick(&[0, 0, 200, 40]),
                loses: random.pick(&[0, 0, 200, 40]),
            },
            is_quick: random.one_in(2),
            resend: random.pick(&[
                Resend::Recognised,
                Resend::Recognised,
                Resend::AppliedIfNext,
            ]),
            is_naive: random.one_in(2),
        }
    }

    /// Whether two instances of one generation may run.
    pub(crate) fn has_copies(&self) -> bool {
        self.resend == Resend::Recognised
    }

    /// How long the gateway waits for what.
    pub(crate) fn timing(&self) -> Timing {
        let mut timing = Timing::default();
        timing.actor_ready = READY;
        timing.response_start = RESPONSE;
        timing.attempts = ATTEMPTS;
        timing.actor_stop = Duration::from_secs(30);
        if self.is_quick {
            timing.host_lost = Duration::from_secs(4);
            timing.ping_interval = Duration::from_secs(1);
            timing.ping_timeout = Duration::from_secs(4);
            timing.actor_start = Duration::from_secs(10);
        }
        timing
    }

    /// By when a request to an actor has ended: what it waits, and what its hosts have.
    pub(crate) fn request_bound() -> Duration {
        READY + RESPONSE * ATTEMPTS + SLACK
    }

    /// By when a call that ends an actor has ended: its start, its stop, and a host that is lost meanwhile.
    pub(crate) fn end_bound(&self) -> Duration {
        let timing = self.timing();
        timing.actor_start + timing.actor_stop + timing.ping_timeout + timing.host_lost + SLACK
    }
}
