//! A host and a server in virtual time: what they say to each other through a network that delays, cuts and repeats, and
//! what must hold at every step of it.
//!
//! A run is a setup and a list of operations; a seed makes both up, and so does a fuzzer. After the operations the network
//! is left alone, and everything has to come to its end within bounds of time and steps: a livelock is a failed run.
//!
//! What is checked, at each step:
//! * a command is handled once, whatever is sent again, and every start is handled in the end;
//! * the events of a generation are applied once each, in order, and all of them in the end;
//! * a request ends once, within its bound, and what its end says is true: of its way over the wire, which is read there,
//!   and of its effect: a commit that was committed is applied once, one that was refused or not sent is not, and no commit
//!   is fenced without another writer;
//! * what was sent ends with its connection, what was not sent goes out as soon as there is room, and of what is sent again
//!   there is nothing but commits with an expected head;
//! * no read ends by an answer once a commit of its database was handed in, and nothing is taken for a database whose
//!   last commit is in flight or not decided;
//! * the messages of a tunnel come in order, once and without a hole, also across the sleep of an actor, or the tunnel ends;
//! * no frame of the bulk lane goes out while a pong waits, or a ping is due;
//! * what is no message, or too large, closes the connection with its reason; the host connects and ends as it has to;
//! * what both ends remember goes away again.

mod asks;
mod checks;
mod gateway;
mod gateway_end;
mod host_end;
mod learns;
mod ledger;
mod many;
mod net;
mod network;
mod ops;
mod pair;
mod server_end;
mod time;
mod tunnels;
mod user;
mod watch;

use std::ops::{AddAssign, Range};
use std::time::Duration;

use arbitrary::{Arbitrary as _, Unstructured};
use seeds::Random;

pub use many::{run_all, run_seeds};
use ops::{Op, Setup};

/// Operations of a run, at most.
const OPS: usize = 500;

/// What was seen in one run, or in many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs.
    pub runs: u64,
    /// Steps of virtual time.
    pub steps: u64,
    /// Virtual time.
    pub time: Duration,
    /// Connections that were made.
    pub connections: u64,
    /// Requests that ended.
    pub requests: u64,
    /// Commits that were sent again.
    pub resent_commits: u64,
    /// Commits that were decided by the head.
    pub decided_by_head: u64,
    /// Commands that were handled.
    pub commands: u64,
    /// Commands that came again.
    pub repeated_commands: u64,
    /// Events that were applied.
    pub events: u64,
    /// Events that came again.
    pub repeated_events: u64,
    /// Tunnel messages that came to the host.
    pub tunnel_messages: u64,
    /// Tunnels that ended at a gap.
    pub gaps: u64,
    /// Tunnel messages that came again.
    pub repeated_messages: u64,
    /// WebSockets that went on behind the sleep of their actor.
    pub woken: u64,
    /// Hosts that ended because the two ends did not understand each other.
    pub incompatible: u64,
    /// The longest time from a ping's arrival to its pong, for which the wire stood still at times.
    pub worst_pong: Duration,
    /// The most frames that went out between a ping's arrival and its pong, none of them bulk.
    pub worst_pong_frames: usize,
    /// The longest time that a frame of bulk took to be written, which is what a pong can have waited for.
    pub worst_frame: Duration,
    /// The longest time from a lost connection, as the host learned of it, to the end of a request that was sent.
    pub worst_loss: Duration,
    /// The longest time by which a request ended behind its bound.
    pub worst_overrun: Duration,
    /// The longest time until everything had come to its end, once the network was left alone.
    pub worst_settling: Duration,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.steps += other.steps;
        self.time += other.time;
        self.connections += other.connections;
        self.requests += other.requests;
        self.resent_commits += other.resent_commits;
        self.decided_by_head += other.decided_by_head;
        self.commands += other.commands;
        self.repeated_commands += other.repeated_commands;
        self.events += other.events;
        self.repeated_events += other.repeated_events;
        self.tunnel_messages += other.tunnel_messages;
        self.gaps += other.gaps;
        self.repeated_messages += other.repeated_messages;
        self.woken += other.woken;
        self.incompatible += other.incompatible;
        self.worst_pong = self.worst_pong.max(other.worst_pong);
        self.worst_pong_frames = self.worst_pong_frames.max(other.worst_pong_frames);
        self.worst_frame = self.worst_frame.max(other.worst_frame);
        self.worst_loss = self.worst_loss.max(other.worst_loss);
        self.worst_overrun = self.worst_overrun.max(other.worst_overrun);
        self.worst_settling = self.worst_settling.max(other.worst_settling);
    }
}

/// The run that a seed makes up.
///
/// # Panics
/// Where something does not hold.
#[must_use]
pub fn run_seed(seed: u64) -> Report {
    run_octets(&octets_of(seed, 200..8200))
}

/// Octets that a seed makes up, as many as fit into `len`.
pub(crate) fn octets_of(seed: u64, len: Range<u64>) -> Vec<u8> {
    let mut rng = Random::new(seed);
    let len = len.start + rng.below(len.end - len.start);
    (0..len).map(|_| rng.number().to_le_bytes()[0]).collect()
}

/// The run that any octets stand for.
///
/// # Panics
/// Where something does not hold.
#[must_use]
pub fn run_octets(octets: &[u8]) -> Report {
    let mut input = Unstructured::new(octets);
    let Ok(setup) = Setup::arbitrary(&mut input) else {
        return Report::default();
    };
    let mut ops = Vec::new();
    while !input.is_empty() && ops.len() < OPS {
        match Op::arbitrary(&mut input) {
            Ok(op) => ops.push(op),
            Err(_) => break,
        }
    }
    run(&setup, &ops)
}

fn run(setup: &Setup, ops: &[Op]) -> Report {
    let mut pair = pair::Pair::new(setup);
    for op in ops {
        pair.apply(*op);
    }
    pair.finish()
}
