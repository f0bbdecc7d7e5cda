//! One direction of a connection: frames take time to be written and to arrive, and a cut loses what has not arrived.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use envoy_protocol::session::Transmit;
use envoy_protocol::{Close, CloseReason};

#[derive(Debug)]
pub(super) struct Wire {
    /// Octets in a millisecond.
    rate: u64,
    latency: Duration,
    /// Until when the frame is written that was put last.
    busy_until: Instant,
    flying: VecDeque<(Instant, Item)>,
}

#[derive(Debug)]
pub(super) enum Item {
    Frame(bytes::Bytes),
    /// What is no message of its direction, and the reason that its receiver has to close for.
    Garbage(Garbage),
    Close(Close),
}

#[derive(Debug)]
pub(super) struct Garbage {
    pub(super) octets: bytes::Bytes,
    pub(super) reason: CloseReason,
}

impl Item {
    fn len(&self) -> usize {
        match self {
            Self::Frame(octets) | Self::Garbage(Garbage { octets, .. }) => octets.len() + 8,
            Self::Close(_) => 64,
        }
    }
}

impl Wire {
    pub(super) const fn new(rate: u64, latency: Duration, now: Instant) -> Self {
        Self {
            rate,
            latency,
            busy_until: now,
            flying: VecDeque::new(),
        }
    }

    /// Whether the frame before is written: the socket takes the next.
    pub(super) fn is_free(&self, now: Instant) -> bool {
        self.busy_until <= now
    }

    pub(super) const fn free_at(&self) -> Instant {
        self.busy_until
    }

    /// Puts a frame on its way. Says how long it takes to be written.
    pub(super) fn put(&mut self, transmit: Transmit, now: Instant) -> Duration {
        self.put_item(
            match transmit {
                Transmit::Frame { octets, .. } => Item::Frame(octets),
                Transmit::Close(close) => Item::Close(close),
            },
            now,
        )
    }

    pub(super) fn put_item(&mut self, item: Item, now: Instant) -> Duration {
        let time = Duration::from_micros(item.len() as u64 * 1000 / self.rate);
        self.busy_until = self.busy_until.max(now) + time;
        self.flying
            .push_back((self.busy_until + self.latency, item));
        time
    }

    pub(super) fn stall(&mut self, time: Duration, now: Instant) {
        self.busy_until = self.busy_until.max(now) + time;
        for (arrival, _) in &mut self.flying {
            *arrival += time;
        }
    }

    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.flying.front().map(|(arrival, _)| *arrival)
    }

    pub(super) fn arrived(&mut self, now: Instant) -> Option<Item> {
        if self.next_arrival()? > now {
            return None;
        }
        self.flying.pop_front().map(|(_, item)| item)
    }

    /// The connection is lost behind `octets` more of what is under way: a frame whose last octet is not among them does
    /// not arrive. What arrives, does so now.
    pub(super) fn cut(&mut self, octets: usize, now: Instant) {
        let mut left = octets;
        let mut kept = 0;
        for (arrival, item) in &mut self.flying {
            if item.len() > left {
                break;
            }
            left -= item.len();
            kept += 1;
            *arrival = now.min(*arrival);
        }
        self.flying.truncate(kept);
    }

    /// Octets under way.
    pub(super) fn under_way(&self) -> usize {
        self.flying.iter().map(|(_, item)| item.len()).sum()
    }
}
