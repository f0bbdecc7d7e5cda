//! The queues of requests: those of one lane are served in order, lanes beside each other.
//!
//! A lane exists for as long as something waits in it or is being served. Lanes belong to actors, not to connections; so
//! a request of a new connection waits until what was in flight on the old one has ended, and finds what was queued there
//! discarded.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::request::{Job, LaneKey};

/// All lanes.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: Mutex<HashMap<LaneKey, VecDeque<Job>>>,
    /// Told whenever the last lane is gone.
    empty: Notify,
}

/// What became of a job.
pub(super) enum Pushed {
    /// It waits.
    Waiting,
    /// It is the first of its lane: somebody has to serve it.
    First,
    /// There is no room for it.
    Full(Job),
}

impl Lanes {
    /// Puts a job at the end of its lane, unless `limit` jobs of its connection wait there.
    pub(super) fn push(&self, key: &LaneKey, job: Job, limit: usize) -> Pushed {
        match self.lock().entry(key.clone()) {
            Entry::Vacant(lane) => {
                lane.insert(VecDeque::from([job]));
                Pushed::First
            }
            Entry::Occupied(mut lane) => {
                let lane = lane.get_mut();
                let number = job.connection.number;
                // Of a lane that is shorter none can have too much in it.
                if lane.len() >= limit {
                    let own = lane.iter().filter(|job| job.connection.number == number);
                    if own.count() >= limit {
                        return Pushed::Full(job);
                    }
                }
                lane.push_back(job);
                Pushed::Waiting
            }
        }
    }

    /// The next job of a lane. After the last one the lane is gone.
    pub(super) fn next(&self, key: &LaneKey) -> Option<Job> {
        let mut lanes = self.lock();
        let next = lanes.get_mut(key).and_then(VecDeque::pop_front);
        if next.is_none() {
            lanes.remove(key);
            if lanes.is_empty() {
                self.empty.notify_waiters();
            }
        }
        next
    }

    /// How many lanes there are.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Resolves when there is no lane.
    pub(super) async fn drained(&self) {
        loop {
            let empty = self.empty.notified();
            if self.len() == 0 {
                return;
            }
            empty.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LaneKey, VecDeque<Job>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
