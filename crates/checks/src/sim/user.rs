//! What stands behind the host's end: actors that ask for things, and check what they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use envoy_protocol::latest;
use envoy_protocol::session::{RequestError, RequestKey};

/// Everything of the host beside its machine.
#[derive(Debug, Default)]
pub(super) struct User {
    /// The generations that run, by actor.
    pub(super) running: BTreeMap<(String, u32), Running>,
    /// What each generation did, in its order.
    pub(super) log: BTreeMap<(String, u32), Vec<latest::Event>>,
    /// How often each command was handled.
    pub(super) handled: BTreeMap<(String, u32, i64), u32>,
    pub(super) requests: BTreeMap<RequestKey, Asked>,
    /// Requests that were cancelled: the end of one may have been on its way, once.
    pub(super) abandoned: BTreeSet<RequestKey>,
    /// What is known of each request with an effect, by its number.
    pub(super) outcomes: BTreeMap<u64, Outcome>,
    /// The next payload of each tunnel that is open.
    pub(super) tunnels: BTreeMap<[u8; 4], u32>,
    pub(super) next_number: u64,
    pub(super) last_request: Option<RequestKey>,
}

#[derive(Debug, Default)]
pub(super) struct Running {
    /// The head as the host knows it.
    pub(super) head: Option<u64>,
    /// A commit that is not decided: its number and the head it expected.
    pub(super) undecided: Option<(u64, u64)>,
}

#[derive(Debug)]
pub(super) struct Asked {
    pub(super) deadline: Instant,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    KvGet,
    KvPut(u64),
    Read {
        key: (String, u32),
        expected: Option<u64>,
    },
    Commit {
        key: (String, u32),
        number: u64,
        expected: Option<u64>,
    },
    Exec(u64),
    Execute(u64),
}

/// What the end of a request says about its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was carried out, once.
    Done,
    /// It was not, and will not be.
    NotDone,
    /// Nobody knows; but not twice.
    Unknown,
}

impl User {
    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Takes a request that has ended: it was in flight, and is within its bound.
    pub(super) fn end(&mut self, request: RequestKey, now: Instant) -> (What, Duration) {
        let Some(asked) = self.requests.remove(&request) else {
            panic!("expected {request:?} to end once");
        };
        (asked.what, now.saturating_duration_since(asked.deadline))
    }

    /// Takes out a request that is cancelled.
    pub(super) fn abandon(&mut self, request: RequestKey) {
        if let Some(asked) = self.requests.remove(&request) {
            self.abandoned.insert(request);
            if let What::KvPut(number)
            | What::Exec(number)
            | What::Execute(number)
            | What::Commit { number, .. } = asked.what
            {
                self.outcome(number, Outcome::Unknown);
            }
        }
    }

    pub(super) fn outcome(&mut self, number: u64, outcome: Outcome) {
        self.outcomes.insert(number, outcome);
    }

    /// What an end without an answer says about a request with an effect.
    pub(super) fn outcome_of<T>(&mut self, number: u64, result: &Result<T, RequestError>) {
        let outcome = match result {
            Ok(_) => Outcome::Done,
            Err(RequestError::NotSent) => Outcome::NotDone,
            Err(RequestError::Indeterminate) => Outcome::Unknown,
            Err(error) => panic!("expected an end that fits a write, but found {error}"),
        };
        self.outcome(number, outcome);
    }
}
