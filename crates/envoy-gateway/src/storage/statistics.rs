//! What was asked and how it ended, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::Outcome;

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Kv,
    GetPages,
    Commit,
    Exec,
    Execute,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Kv,
        Self::GetPages,
        Self::Commit,
        Self::Exec,
        Self::Execute,
    ];

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kv => "kv",
            Self::GetPages => "get_pages",
            Self::Commit => "commit",
            Self::Exec => "exec",
            Self::Execute => "execute",
        }
    }
}

impl Outcome {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Ok,
        Self::Fenced,
        Self::Superseded,
        Self::Refused,
        Self::Overloaded,
        Self::Failed,
        Self::Discarded,
    ];

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fenced => "fenced",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Overloaded => "overloaded",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
    }
}

/// Counters, which only grow.
#[derive(Debug, Default)]
pub(super) struct Counters {
    requests: [[AtomicU64; Outcome::ALL.len()]; Kind::ALL.len()],
    pub(super) kv_read: AtomicU64,
    pub(super) kv_written: AtomicU64,
    pub(super) unsent: AtomicU64,
}

/// What the storage has done, and what it has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statistics {
    requests: [[u64; Outcome::ALL.len()]; Kind::ALL.len()],
    /// Octets of keys and values that were answered.
    pub(crate) kv_read_bytes: u64,
    /// Octets of keys and values that were put.
    pub(crate) kv_written_bytes: u64,
    /// Answers that could not be handed on: nobody waits for them, or there is no room.
    pub(crate) unsent_answers: u64,
    /// Actors for which something waits or is under way now.
    pub(crate) busy_lanes: usize,
    /// Databases that are open for remote SQL now.
    pub(crate) open_databases: usize,
    /// Generations that the fence is kept for now, since their hosts are of v4.
    pub(crate) v4_generations: usize,
}

/// What is not counted but looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present {
    pub(super) busy_lanes: usize,
    pub(super) open_databases: usize,
    pub(super) v4_generations: usize,
}

impl Statistics {
    /// How many requests of a kind ended so.
    pub(crate) fn requests(&self, kind: Kind, outcome: Outcome) -> u64 {
        self.requests[kind as usize][outcome as usize]
    }
}

impl Counters {
    pub(super) fn count(&self, kind: Kind, outcome: Outcome) {
        self.requests[kind as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add(counter: &AtomicU64, octets: usize) {
        counter.fetch_add(octets as u64, Ordering::Relaxed);
    }

    /// The counters, with what is open now.
    pub(super) fn read(&self, present: Present) -> Statistics {
        let Present {
            busy_lanes,
            open_databases,
            v4_generations,
        } = present;
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut requests = [[0; Outcome::ALL.len()]; Kind::ALL.len()];
        for (row, counters) in requests.iter_mut().zip(&self.requests) {
            for (count, counter) in row.iter_mut().zip(counters) {
                *count = load(counter);
            }
        }
        Statistics {
            requests,
            kv_read_bytes: load(&self.kv_read),
            kv_written_bytes: load(&self.kv_written),
            unsent_answers: load(&self.unsent),
            busy_lanes,
            open_databases,
            v4_generations,
        }
    }
}
