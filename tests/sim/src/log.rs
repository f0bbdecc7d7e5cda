//! What happened, in the order in which it did: all that the checker is told.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::ledger::Entry;
use crate::network::Death;

/// An actor, by the order in which they were created.
pub(crate) type Actor = u32;
/// A process of a host, by the order in which they were started.
pub(crate) type Process = u32;
/// What believes to be an actor: each start of one, and each copy.
pub(crate) type Instance = u32;
/// An operation of a caller. Those of actors themselves have numbers from [`OWN`] on.
pub(crate) type OpId = u64;

/// The first number of what actors do by themselves.
pub(crate) const OWN: OpId = 1 << 32;

/// What a caller asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    /// Adds an entry to the list of the actor.
    Append,
    /// Adds one after a while.
    AppendLate,
    /// Reads the list from the store.
    Read,
    /// Writes and reads a key.
    Kv,
    /// Has the actor fail.
    Crash,
    /// Has the actor ask for its sleep.
    WantSleep,
    /// Has the actor ask for its end.
    WantEnd,
    /// Has the actor set an alarm.
    Alarm,
    /// Has an instance go on behind its end.
    GoOn,
    /// Copies the instance.
    Copy,
    /// Puts the actor to sleep, by the API.
    Sleep,
    /// Destroys it, by the API.
    Destroy,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    GatewayStarted,
    GatewayKilled(Death),
    HostStarted {
        process: Process,
        version: u16,
        /// The process whose envoy key it has, too.
        doubles: Option<Process>,
    },
    HostKilled(Process, Death),
    HostDrains(Process),
    HostEnded(Process),
    /// What goes wrong on the way.
    Trouble(String),
    Created(Actor),
    Began {
        op: OpId,
        actor: Actor,
        ask: Ask,
    },
    Ended {
        op: OpId,
        /// The status of the response, and what it says of the place of the entry; none where there was none.
        answer: Option<(u16, Option<usize>)>,
        took: Duration,
        bound: Duration,
    },
    /// An actor was started.
    Started {
        instance: Instance,
        process: Process,
        actor: Actor,
        generation: u32,
    },
    /// What an instance has read when it started.
    Loaded {
        instance: Instance,
        head: Option<u64>,
        entries: usize,
    },
    /// A second instance of one generation, from what the first knew.
    Copied {
        instance: Instance,
        of: Instance,
    },
    /// From now on it does not notice its end.
    GoesOn(Instance),
    Crashes(Instance),
    /// It asks for its sleep, or its end.
    Wants(Instance, Ask),
    /// Its last words: before its sleep, or its end.
    LastWords(Instance, Ask),
    Dropped(Instance),
    Commits {
        instance: Instance,
        op: OpId,
        expected: Option<u64>,
        attempt: u32,
    },
    /// It was told that its commit is applied.
    Committed {
        instance: Instance,
        op: OpId,
        place: usize,
    },
    /// Its commit was refused, or its database has ended.
    Refused {
        instance: Instance,
        op: OpId,
        code: String,
    },
    /// It does not know whether its commit was applied.
    Undecided {
        instance: Instance,
        op: OpId,
    },
    /// It has read what it did not know, behind the fence.
    ReadOther {
        instance: Instance,
        knew: usize,
        found: usize,
    },
    /// It puts a value, or gets one.
    KvAsks {
        actor: Actor,
        process: Process,
        generation: u32,
        request: OpId,
        put: Option<u64>,
    },
    /// What it was answered: a value, or that it was put. None where it cannot know.
    KvDone {
        actor: Actor,
        request: OpId,
        answer: Option<u64>,
    },
    /// The store has applied a commit.
    Applied {
        actor: Actor,
        head: u64,
        entry: Option<Entry>,
        /// Entries now, and whether all but the last were there before.
        entries: usize,
        is_next: bool,
        /// The generation that may write.
        active: Option<u64>,
    },
    /// The store has another record of an actor.
    Recorded {
        actor: Actor,
        generation: u64,
        phase: String,
        host: Option<String>,
    },
    /// From here on nothing goes wrong any more.
    Calm,
    /// By now everything has to be in order.
    Settled,
}

/// Everything of one seed. Clones are the same log.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Vec<(Duration, Event)>>>, Instant);

impl Log {
    /// To be made within a runtime, whose time it notes.
    pub(crate) fn new() -> Self {
        Self(Arc::default(), Instant::now())
    }

    pub(crate) fn add(&self, event: Event) {
        self.events().push((self.1.elapsed(), event));
    }

    pub(crate) fn events(&self) -> MutexGuard<'_, Vec<(Duration, Event)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl seeds::Log for Log {
    /// The times of what happened included.
    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.events().hash(&mut hasher);
        hasher.finish()
    }

    fn until(&self, at: usize, lines: usize) -> String {
        let events = self.events();
        let end = events.len().min(at.saturating_add(1));
        let from = end.saturating_sub(lines);
        let line = |place: usize| {
            let (time, event) = &events[place];
            format!("  {place:>5}  {:>10.4} s  {event}", time.as_secs_f64())
        };
        (from..end).map(line).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(what) => f.write_str(what),
            other => write!(f, "{other:?}"),
        }
    }
}
