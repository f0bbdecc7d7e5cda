//! What can happen in a run.

use arbitrary::{Arbitrary, Result, Unstructured};

/// A type of which every part is made up on its own. (The derive of `arbitrary` would bring a second `syn`.)
macro_rules! made_up {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                Ok(Self { $($field: Arbitrary::arbitrary(input)?),* })
            }
        }
    };
    (enum $name:ident { $($weight:literal $variant:ident $({ $($field:ident),* })?),* $(,)? }) => {
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                let mut choice = input.int_in_range(0..=(0 $(+ $weight)*) - 1)?;
                $(
                    if choice < $weight {
                        return Ok(Self::$variant $({ $($field: Arbitrary::arbitrary(input)?),* })?);
                    }
                    choice -= $weight;
                )*
                let _none: i32 = choice;
                Err(arbitrary::Error::IncorrectFormat)
            }
        }
    };
}

/// What a run is made of before anything happens.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a run has or has not"
)]
pub(super) struct Setup {
    /// What is random beside the operations: jitter, waits.
    pub(super) seed: u64,
    /// What the host asks for first.
    pub(super) host: HostVersion,
    /// Whether it asks for less where that is refused.
    pub(super) fallback: bool,
    /// What the server speaks.
    pub(super) server: ServerVersions,
    /// Whether the server says so where it refuses a version.
    pub(super) outspoken: bool,
    /// Whether the depot knows its last commit again.
    pub(super) digest: bool,
    /// Whether the state of the host is stored and restored at each change of the connection.
    pub(super) stored: bool,
    /// Octets that each direction carries in a millisecond: one of a few, from slow to fast.
    pub(super) rate: u8,
    /// Milliseconds of the way.
    pub(super) latency: u8,
    /// Whether queues are so small that they are full now and then.
    pub(super) small_queues: bool,
    /// Whether commands are acknowledged soon.
    pub(super) quick_acks: bool,
    /// Whether the history of what has ended goes soon.
    pub(super) quick_settle: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostVersion {
    V4,
    V5,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerVersions {
    V4,
    V5,
    Both,
}

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    /// Time passes: milliseconds.
    Pass {
        ms: u8,
    },
    /// More time passes: tenths of a second.
    PassLong {
        tenths: u8,
    },
    /// The server starts a generation of an actor that has none.
    Start {
        actor: u8,
    },
    /// The server stops the generation of an actor.
    Stop {
        actor: u8,
    },
    /// The server gives the generation of an actor up, and starts the next.
    Lose {
        actor: u8,
    },
    /// An actor sets its alarm, some times.
    Alarms {
        actor: u8,
        count: u8,
    },
    /// An actor asks to sleep.
    Sleep {
        actor: u8,
    },
    /// An actor stops by itself.
    Exit {
        actor: u8,
    },
    /// An actor stops by an error: alarms that were not sent are taken back.
    Crash {
        actor: u8,
    },
    /// An actor reads and writes its key-value store.
    KvGet {
        actor: u8,
        bound: u8,
    },
    KvPut {
        actor: u8,
        bound: u8,
        size: u16,
    },
    /// An actor reads pages of its database.
    Read {
        actor: u8,
        bound: u8,
        pages: u8,
    },
    /// An actor commits to its database, or commits again what is not decided.
    Commit {
        actor: u8,
        bound: u8,
        pages: u8,
    },
    /// Somebody else commits to the database of an actor.
    Rival {
        actor: u8,
    },
    /// An actor runs remote SQL.
    Exec {
        actor: u8,
        bound: u8,
    },
    Execute {
        actor: u8,
        bound: u8,
    },
    /// A user cancels its last request.
    Cancel,
    /// A handle starts a new epoch.
    Epoch {
        actor: u8,
    },
    /// A client opens a WebSocket, or starts a request that streams.
    Open {
        actor: u8,
        websocket: bool,
    },
    /// A client sends messages.
    Send {
        tunnel: u8,
        count: u8,
        size: u16,
    },
    /// A client goes away.
    Hang {
        tunnel: u8,
    },
    /// The connection is cut: how much of what is under way arrives, and when each end learns of it.
    Cut {
        up: u16,
        down: u16,
        host_learns: u8,
        server_learns: u8,
    },
    /// One direction stands still: milliseconds.
    StallUp {
        ms: u8,
    },
    StallDown {
        ms: u8,
    },
    /// No connection can be made for a while: tenths of a second.
    Outage {
        tenths: u8,
    },
    /// The server closes the connection.
    Close {
        reason: u8,
    },
    /// The server is killed and started again, with what was stored.
    Restart {
        learns: u8,
    },
    /// The server's work takes longer: tenths of a second for the next request.
    Slow {
        tenths: u8,
    },
    /// The server looks at nothing for a while: milliseconds.
    Deaf {
        ms: u8,
    },
    /// The host tells the server that it stops.
    Drain,
    /// The server starts a generation by another way than the connection.
    Adopt {
        actor: u8,
    },
    /// A gateway sends messages again.
    Repeat {
        tunnel: u8,
        count: u8,
    },
    /// Some of the next connections are cut soon after they were made: twice as many milliseconds.
    Flaky {
        count: u8,
        ms: u8,
    },
    /// One end sends what is no message, now and on some of the next connections.
    Garble {
        up: bool,
        kind: u8,
        again: u8,
    },
}

made_up!(struct Setup { seed, host, fallback, server, outspoken, digest, stored, rate, latency, small_queues, quick_acks, quick_settle });
made_up!(enum HostVersion { 1 V4, 3 V5 });
made_up!(enum ServerVersions { 1 V4, 1 V5, 6 Both });
made_up!(enum Op {
    14 Pass { ms },
    2 PassLong { tenths },
    12 Start { actor },
    3 Stop { actor },
    1 Lose { actor },
    4 Alarms { actor, count },
    1 Sleep { actor },
    2 Exit { actor },
    1 Crash { actor },
    3 KvGet { actor, bound },
    4 KvPut { actor, bound, size },
    8 Read { actor, bound, pages },
    14 Commit { actor, bound, pages },
    1 Rival { actor },
    2 Exec { actor, bound },
    2 Execute { actor, bound },
    1 Cancel,
    1 Epoch { actor },
    4 Open { actor, websocket },
    10 Send { tunnel, count, size },
    1 Hang { tunnel },
    4 Cut { up, down, host_learns, server_learns },
    1 StallUp { ms },
    1 StallDown { ms },
    1 Outage { tenths },
    1 Close { reason },
    1 Restart { learns },
    2 Slow { tenths },
    1 Deaf { ms },
    1 Drain,
    2 Adopt { actor },
    2 Repeat { tunnel, count },
    1 Flaky { count, ms },
    1 Garble { up, kind, again }
});
