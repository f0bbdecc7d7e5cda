//! What stands behind the host's end: actors that ask for things, and check what they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

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
    /// The tunnels that are open.
    pub(super) tunnels: BTreeMap<[u8; 4], Tunnelled>,
    /// The tunnels that an actor has left: what came before the host knew is still looked at, and not taken.
    pub(super) left: BTreeSet<[u8; 4]>,
    /// The WebSockets whose actors sleep.
    pub(super) asleep: BTreeMap<[u8; 4], Tunnelled>,
    /// Tunnel messages that were handed in and are not seen on the wire yet. Of those that the host says by itself it tells
    /// afterwards.
    pub(super) said: i64,
    pub(super) next_number: u64,
    pub(super) last_request: Option<RequestKey>,
}

#[derive(Debug, Default)]
pub(super) struct Running {
    /// The head as the host knows it.
    pub(super) head: Option<u64>,
    /// A commit that is not decided: its number and the head it expected.
    pub(super) undecided: Option<(u64, u64)>,
    /// A commit without an expected head is not decided, and never will be.
    pub(super) blocked: bool,
}

/// A tunnel, as an actor has it.
#[derive(Debug, Clone)]
pub(super) struct Tunnelled {
    pub(super) actor: String,
    pub(super) websocket: bool,
    /// The number of the next payload.
    pub(super) payload: u32,
    /// The position of the next message from the gateway.
    pub(super) received: u16,
    /// The position of the next message to it.
    pub(super) sent: u16,
}

#[derive(Debug)]
pub(super) struct Asked {
    pub(super) deadline: Instant,
    pub(super) what: What,
    /// What makes it unique on the wire, but for a commit that is handed in again.
    pub(super) number: u64,
    /// Whether it is a commit that was sent before.
    pub(super) again: bool,
    /// Whether a newer epoch has begun.
    pub(super) stale: bool,
    /// The connections that it was sent on.
    pub(super) sent: Vec<u64>,
    /// What it is called on the last of them: the kind, and the number.
    pub(super) wire: Option<(u8, u32)>,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    KvGet(u64),
    KvPut(u64),
    Read {
        key: (String, u32),
        number: u64,
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

    /// Takes out a request that is cancelled. One that was not sent never will be.
    pub(super) fn abandon(&mut self, request: RequestKey) {
        if let Some(asked) = self.requests.remove(&request) {
            self.abandoned.insert(request);
            let outcome = if asked.sent.is_empty() && !asked.again {
                Outcome::NotDone
            } else {
                Outcome::Unknown
            };
            if let What::KvPut(number)
            | What::Exec(number)
            | What::Execute(number)
            | What::Commit { number, .. } = asked.what
            {
                self.outcome(number, outcome);
            }
        }
    }

    /// Whether a commit to the database of a generation is in flight.
    pub(super) fn commits(&self, key: &(String, u32)) -> bool {
        self.requests
            .values()
            .any(|asked| matches!(&asked.what, What::Commit { key: of, .. } if of == key))
    }

    /// A new epoch of a database begins: reads in flight are of an older one.
    pub(super) fn begin_epoch(&mut self, key: &(String, u32)) {
        for asked in self.requests.values_mut() {
            asked.stale |= matches!(&asked.what, What::Read { key: of, .. } if of == key);
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
