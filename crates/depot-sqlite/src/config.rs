//! What a database may use, and how long it may take.

use std::time::{Duration, Instant};

/// How one instance of a database runs.
///
/// ```
/// use std::time::Duration;
/// use depot_sqlite::Config;
///
/// let mut config = Config::new("actor-7");
/// config.limits.time = Some(Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Names the database in logs and its thread. Two databases may have the same.
    pub name: String,
    /// How many pages the request at opening asks for, from page 1; at least 1. 128.
    pub preload: u32,
    /// How many pages are kept below SQLite's own cache, which holds 500. 2048, that is 8 MiB.
    pub cache: usize,
    /// How pages are read ahead.
    pub read_ahead: ReadAhead,
    /// How long one answer to a commit is waited for before it counts as lost. 10 s.
    pub commit_attempt: Duration,
    /// How long a commit whose answer was lost is resent before its statement fails as undecided. 30 s.
    pub commit_bound: Duration,
    /// The pause before a commit whose answer was lost is sent again. It doubles with each time, up to a second. 10 ms.
    pub resend_pause: Duration,
    /// How many operations may wait for the database. 128.
    pub queue: usize,
    /// What a statement may use.
    pub limits: Limits,
}

/// How pages are read ahead of what SQLite asks for. Every page asked for in advance is in the same request as one that
/// is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadAhead {
    /// The most pages of one request; 1 turns reading ahead off. 256.
    pub most: u32,
    /// The pages around one that is read at random, itself included, aligned. 8.
    pub around: u32,
}

/// What a statement may use. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long one statement may run, the waiting for pages included. A commit has its own bound. 30 s.
    pub time: Option<Duration>,
    /// The rows of one answer. 1 000 000.
    pub rows: Option<usize>,
    /// The octets of the values of one answer. 64 MiB.
    pub octets: Option<usize>,
    /// The octets of one value, of one row, and of the text of one request. 32 MiB; SQLite takes no more than 1 GB.
    pub value: Option<usize>,
    /// What SQLite may have allocated for this database: its page cache, the dirty pages of a transaction, sorters and
    /// temporary tables. 256 MiB.
    pub heap: Option<usize>,
}

impl Config {
    /// The defaults, for a database called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            preload: 128,
            cache: 2048,
            read_ahead: ReadAhead {
                most: 256,
                around: 8,
            },
            commit_attempt: Duration::from_secs(10),
            commit_bound: Duration::from_secs(30),
            resend_pause: Duration::from_millis(10),
            queue: 128,
            limits: Limits {
                time: Some(Duration::from_secs(30)),
                rows: Some(1_000_000),
                octets: Some(64 << 20),
                value: Some(32 << 20),
                heap: Some(256 << 20),
            },
        }
    }
}

impl Limits {
    /// When a statement that begins now has to end. A limit beyond the end of time is none.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.time.and_then(|time| Instant::now().checked_add(time))
    }
}
