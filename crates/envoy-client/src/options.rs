//! How actors are run.

use std::time::Duration;

use depot_sqlite::{Config, Resend};

/// How the actors of one name are run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Their databases.
    pub sql: SqlOptions,
    /// How many requests of one actor are handled at the same time. Default: 64.
    pub concurrency: usize,
    /// How many requests of one actor wait for that. More are answered with status 503. Default: 1024.
    pub queue: usize,
    /// How long an actor may have nothing to do before it goes to sleep by itself. Default: for ever.
    pub idle: Option<Duration>,
    /// How long what belongs to the life of an actor may take.
    pub bounds: Bounds,
}

/// The databases of the actors of one name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqlOptions {
    /// Where their SQL runs. Default: here.
    pub storage: Storage,
    /// The bounds of a database that runs here; the name in it is not used.
    pub config: Config,
    /// What the server says of a commit that is sent again because its answer was lost. Default:
    /// [`Resend::AppliedIfNext`], which is right for every server. [`Resend::Recognised`] is for one that keeps
    /// `envoy-depot`'s promise to know the last commit again: then nobody else's can be taken for it.
    pub resend: Resend,
    /// How long a statement may take that the server runs, the way there and back included. Default: 60 s.
    pub remote_bound: Duration,
}

/// Where the SQL of an actor runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// In this process, on pages that the server keeps.
    #[default]
    Local,
    /// At the server.
    Remote,
    /// Nowhere: the actor has no database, and an alarm that it sets only wakes it.
    None,
    /// Nowhere, but the actor asks for pages itself.
    #[cfg(feature = "sim")]
    Simulated,
}

/// How long what belongs to the life of an actor may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Starting, the actor's own code included. Default: 30 s, which is what a server waits.
    pub start: Duration,
    /// The actor's own code at a stop. Default: 30 s.
    pub hook: Duration,
    /// At a stop, the requests that are being handled. Default: 15 s.
    pub requests: Duration,
    /// Saving the final state. Default: 15 s.
    pub save: Duration,
    /// Each of the steps that free what an actor had. Default: 5 s.
    pub teardown: Duration,
    /// After a failure, the requests that are being handled: their operations fail at once. Default: 1 s.
    pub failed_requests: Duration,
    /// How long the next generation waits until what this one had is freed: its context is closed at once. Default: 10 s.
    pub takeover: Duration,
}

impl Bounds {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        start: Duration::from_secs(30),
        hook: Duration::from_secs(30),
        requests: Duration::from_secs(15),
        save: Duration::from_secs(15),
        teardown: Duration::from_secs(5),
        failed_requests: Duration::from_secs(1),
        takeover: Duration::from_secs(10),
    };
}

impl Default for Bounds {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sql: SqlOptions {
                storage: Storage::Local,
                config: Config::new(""),
                resend: Resend::AppliedIfNext,
                remote_bound: Duration::from_mins(1),
            },
            concurrency: 64,
            queue: 1024,
            idle: None,
            bounds: Bounds::DEFAULT,
        }
    }

    /// The defaults, with SQL that runs there.
    #[must_use]
    pub fn with_sql(storage: Storage) -> Self {
        let mut options = Self::new();
        options.sql.storage = storage;
        options
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
