//! What happened, in the order in which it did. All that the checker is told, apart from the database at the end.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use depot_sqlite::{ErrorKind, SourceError};

use crate::sim::hub::InstanceId;
use crate::sim::workload::{Op, Snapshot};

/// A request, by the order in which they arrived.
pub(crate) type RequestId = usize;
/// An operation of SQL, by the order in which they were begun.
pub(crate) type OpId = usize;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// The store gave the next generation away.
    Allocated { generation: u64 },
    /// The active generation was ended, and no other has begun.
    Released { generation: u64 },
    /// An instance was started, the first of its generation or a copy of one.
    Started {
        instance: InstanceId,
        generation: u64,
        /// Whether its store tells a resend that it is applied already, or only where the head is.
        recognised: bool,
    },
    /// An operation was given to an instance.
    Began {
        instance: InstanceId,
        op: OpId,
        what: Op,
    },
    /// A request of an instance arrived in the network.
    Asked {
        instance: InstanceId,
        request: RequestId,
        epoch: u64,
        expected: Option<u64>,
        ask: Ask,
    },
    /// A copy of a request reached the store, and this is what the store did.
    Reached {
        request: RequestId,
        copy: Delivery,
        did: Did,
    },
    /// A copy of a request was lost on the way to the store, or thrown away by it.
    Dropped { request: RequestId },
    /// An instance was answered.
    Answered { request: RequestId, answer: Answer },
    /// An instance gave its request up.
    Withdrawn { request: RequestId },
    /// An operation was answered to whoever wanted it.
    Finished {
        instance: InstanceId,
        op: OpId,
        outcome: Outcome,
    },
    /// The host of an instance heard that its generation is over.
    Told { instance: InstanceId },
    /// A host was told that a database has ended.
    Ended {
        instance: InstanceId,
        superseded: bool,
        code: String,
    },
    /// The host closed an instance.
    Closed { instance: InstanceId },
    /// The store went down and was opened anew.
    Restarted { why: &'static str },
    /// The store removed what no database refers to.
    Swept,
    /// From here on nothing fails any more.
    Calm,
}

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Read {
        pages: Vec<u32>,
    },
    Commit {
        attempt: u32,
        pages: Vec<(u32, u64)>,
        size: u32,
        /// Whether it names the same time as the first attempt.
        same_time: bool,
    },
}

/// Which copy of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Delivery {
    /// The one that the instance waits for.
    Awaited,
    /// One that was held up on the way, or sent twice.
    Late,
}

/// What the store did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Did {
    /// Read, at this head.
    Read { head: u64 },
    /// Applied a commit, which is this head.
    Applied { head: u64 },
    /// Found that the commit is this head already.
    Before { head: u64 },
    /// Applied a commit, and then failed to say so.
    AppliedUnheard { head: u64 },
    /// Nothing.
    Refused { code: String },
}

/// What an instance was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Pages {
        head: Option<u64>,
        pages: Vec<(u32, Option<u64>)>,
    },
    Committed {
        head: Option<u64>,
    },
    Failed {
        kind: Kind,
        code: String,
    },
}

/// [`ErrorKind`], as the log keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    HeadMismatch {
        actual: Option<u64>,
    },
    Superseded,
    Indeterminate,
    Transient,
    Full,
    /// Everything that says for good that a commit was not applied.
    Refused,
}

impl Answer {
    pub(crate) fn failed(error: &SourceError) -> Self {
        Self::Failed {
            kind: match error.kind() {
                ErrorKind::HeadMismatch { actual } => Kind::HeadMismatch { actual },
                ErrorKind::Superseded => Kind::Superseded,
                ErrorKind::Indeterminate => Kind::Indeterminate,
                ErrorKind::Transient => Kind::Transient,
                ErrorKind::Full => Kind::Full,
                _ => Kind::Refused,
            },
            code: code(error),
        }
    }
}

/// What an operation came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// It was done; a write knows its place in the ledger, a read what it saw.
    Done {
        place: Option<i64>,
        saw: Option<Snapshot>,
    },
    /// Group and code of the error, the text of an error of SQLite's, and where it is `sqlite.closed`, group and code of its
    /// source.
    Failed {
        code: String,
        text: String,
        cause: Option<String>,
    },
}

/// Group and code of an error of a source.
pub(crate) fn code(error: &SourceError) -> String {
    format!("{}.{}", error.group(), error.code())
}

/// What stands for the octets of a page.
pub(crate) fn print(octets: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    hasher.finish()
}

/// Everything of one seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Log(pub(crate) Vec<Event>);

impl Log {
    pub(crate) fn add(&mut self, event: Event) {
        self.0.push(event);
    }
}

impl seeds::Log for Log {
    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn until(&self, at: usize, lines: usize) -> String {
        let end = self.0.len().min(at.saturating_add(1));
        let from = end.saturating_sub(lines);
        let lines = (from..end).map(|place| format!("  {place:>5}  {}", self.0[place]));
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Pages by number only: their prints say nothing to people.
            Self::Asked {
                instance,
                request,
                epoch,
                expected,
                ask,
            } => {
                write!(
                    f,
                    "Asked #{request} by {instance} (epoch {epoch}, expects {expected:?}): "
                )?;
                match ask {
                    Ask::Read { pages } => write!(f, "read {pages:?}"),
                    Ask::Commit {
                        attempt,
                        pages,
                        size,
                        ..
                    } => {
                        let numbers: Vec<u32> = pages.iter().map(|(number, _)| *number).collect();
                        write!(f, "commit, attempt {attempt}, size {size}, {numbers:?}")
                    }
                }
            }
            Self::Answered {
                request,
                answer: Answer::Pages { head, pages },
            } => write!(f, "Answered #{request}: {} pages of {head:?}", pages.len()),
            other => write!(f, "{other:?}"),
        }
    }
}
