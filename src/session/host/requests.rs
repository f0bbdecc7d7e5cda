//! Requests in flight: which they are, when each has to end, and which databases wait for a commit.
//!
//! A request is in `pending` from the call that made it to its end, and is ended once: by whoever takes it out of there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::latest;
use crate::session::SendError;
use crate::session::outbox::Encoded;

use super::RequestKey;

#[derive(Debug, Default)]
pub(super) struct Requests {
    pending: BTreeMap<RequestKey, Pending>,
    wire: BTreeMap<(Kind, u32), RequestKey>,
    deadlines: BTreeSet<(Instant, RequestKey)>,
    databases: BTreeMap<Database, Lane>,
    next_key: u64,
    next_wire: [u32; 3],
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) kind: Kind,
    wire_id: u32,
    deadline: Instant,
    /// The place in the queue of what waits.
    pub(super) number: u64,
    pub(super) stage: Stage,
    pub(super) frame: Encoded,
    pub(super) detail: Detail,
}

/// The kinds of requests, by their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Kv,
    Pages,
    Commit,
    Exec,
    Execute,
}

impl Kind {
    /// Which counter the numbers on the wire come from: a Rivet engine's hosts have one for each of three.
    const fn counter(self) -> usize {
        match self {
            Self::Kv => 0,
            Self::Pages | Self::Commit => 1,
            Self::Exec | Self::Execute => 2,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It was never handed to a connection.
    Waiting,
    /// It was handed to the present connection.
    Sent,
    /// It was handed to a connection that is lost, and waits to be sent again.
    WaitingAgain,
}

/// What else matters when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Detail {
    Kv(KvKind),
    Pages(Database),
    Commit {
        database: Database,
        expected: Option<u64>,
        /// It may have been carried out before.
        again: bool,
    },
    Sql,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KvKind {
    Get,
    List,
    Put,
    Delete,
    Drop,
}

impl KvKind {
    pub(super) const fn of(data: &latest::KvRequestDataRef<'_>) -> Self {
        match data {
            latest::KvRequestDataRef::KvGetRequest(_) => Self::Get,
            latest::KvRequestDataRef::KvListRequest(_) => Self::List,
            latest::KvRequestDataRef::KvPutRequest(_) => Self::Put,
            latest::KvRequestDataRef::KvDeleteRequest(_)
            | latest::KvRequestDataRef::KvDeleteRangeRequest(_) => Self::Delete,
            latest::KvRequestDataRef::KvDropRequest => Self::Drop,
        }
    }

    /// The kind of an answer; none if it is an error, which answers everything.
    pub(super) const fn of_answer(data: &latest::KvResponseDataRef<'_>) -> Option<Self> {
        match data {
            latest::KvResponseDataRef::KvErrorResponse(_) => None,
            latest::KvResponseDataRef::KvGetResponse(_) => Some(Self::Get),
            latest::KvResponseDataRef::KvListResponse(_) => Some(Self::List),
            latest::KvResponseDataRef::KvPutResponse => Some(Self::Put),
            latest::KvResponseDataRef::KvDeleteResponse => Some(Self::Delete),
            latest::KvResponseDataRef::KvDropResponse => Some(Self::Drop),
        }
    }

    pub(super) const fn answer(self) -> &'static str {
        match self {
            Self::Get => "KvGetResponse",
            Self::List => "KvListResponse",
            Self::Put => "KvPutResponse",
            Self::Delete => "KvDeleteResponse",
            Self::Drop => "KvDropResponse",
        }
    }

    pub(super) const fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::List)
    }
}

/// A database as one generation of its actor sees it: the handle that epochs are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Database {
    pub(super) actor_id: String,
    pub(super) generation: Option<u64>,
}

/// What is in flight for a database. At most one of `reads` and `commit` is not empty.
#[derive(Debug, Default)]
struct Lane {
    reads: BTreeSet<RequestKey>,
    commit: Option<RequestKey>,
    unresolved: bool,
}

/// What a database has to say to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Commit,
    /// The commit that decides whether the one before was applied.
    CommitAgain,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// How many were sent and wait for their answer.
    pub(super) fn awaited(&self) -> usize {
        self.pending
            .values()
            .filter(|pending| pending.stage == Stage::Sent)
            .count()
    }

    pub(super) fn next_key(&mut self) -> RequestKey {
        self.next_key += 1;
        RequestKey(self.next_key)
    }

    /// A number for the wire that no request in flight has.
    pub(super) fn next_wire(&mut self, kind: Kind) -> u32 {
        let next = &mut self.next_wire[kind.counter()];
        loop {
            let id = *next;
            *next = id.wrapping_add(1);
            // The kinds of one counter share the numbers.
            let taken = [
                Kind::Kv,
                Kind::Pages,
                Kind::Commit,
                Kind::Exec,
                Kind::Execute,
            ]
            .into_iter()
            .filter(|other| other.counter() == kind.counter())
            .any(|other| self.wire.contains_key(&(other, id)));
            if !taken {
                return id;
            }
        }
    }

    pub(super) fn insert(&mut self, key: RequestKey, new: New) {
        let New {
            kind,
            wire_id,
            deadline,
            number,
            frame,
            detail,
        } = new;
        match &detail {
            Detail::Pages(database) => {
                let lane = self.databases.entry(database.clone()).or_default();
                lane.reads.insert(key);
            }
            Detail::Commit { database, .. } => {
                let lane = self.databases.entry(database.clone()).or_default();
                lane.commit = Some(key);
                lane.unresolved = false;
            }
            Detail::Kv(_) | Detail::Sql => {}
        }
        self.wire.insert((kind, wire_id), key);
        self.deadlines.insert((deadline, key));
        self.pending.insert(
            key,
            Pending {
                kind,
                wire_id,
                deadline,
                number,
                stage: Stage::Waiting,
                frame,
                detail,
            },
        );
    }

    /// The request that an answer on the present connection is for.
    pub(super) fn find(&self, kind: Kind, wire_id: u32) -> Option<RequestKey> {
        let key = self.wire.get(&(kind, wire_id))?;
        let sent = self.pending.get(key)?.stage == Stage::Sent;
        sent.then_some(*key)
    }

    pub(super) fn get_mut(&mut self, key: RequestKey) -> Option<&mut Pending> {
        self.pending.get_mut(&key)
    }

    pub(super) fn get(&self, key: RequestKey) -> Option<&Pending> {
        self.pending.get(&key)
    }

    /// Takes a request out: whoever does, ends it.
    pub(super) fn remove(&mut self, key: RequestKey) -> Option<Pending> {
        let pending = self.pending.remove(&key)?;
        self.wire.remove(&(pending.kind, pending.wire_id));
        self.deadlines.remove(&(pending.deadline, key));
        let database = match &pending.detail {
            Detail::Pages(database) | Detail::Commit { database, .. } => database,
            Detail::Kv(_) | Detail::Sql => return Some(pending),
        };
        if let Some(lane) = self.databases.get_mut(database) {
            lane.reads.remove(&key);
            if lane.commit == Some(key) {
                lane.commit = None;
            }
            if lane.reads.is_empty() && lane.commit.is_none() && !lane.unresolved {
                self.databases.remove(database);
            }
        }
        Some(pending)
    }

    pub(super) fn keys(&self) -> Vec<RequestKey> {
        self.pending.keys().copied().collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// A request whose bound is reached.
    pub(super) fn overdue(&self, now: Instant) -> Option<RequestKey> {
        let (deadline, key) = self.deadlines.first()?;
        (*deadline <= now).then_some(*key)
    }

    /// Whether the database can be used so.
    pub(super) fn check(&self, database: &Database, usage: Use) -> Result<(), SendError> {
        let Some(lane) = self.databases.get(database) else {
            return Ok(());
        };
        let actor_id = || database.actor_id.clone();
        if lane.commit.is_some() {
            return Err(SendError::CommitInFlight {
                actor_id: actor_id(),
            });
        }
        if lane.unresolved && usage != Use::CommitAgain {
            return Err(SendError::Unresolved {
                actor_id: actor_id(),
            });
        }
        Ok(())
    }

    /// The reads that are in flight for a database.
    pub(super) fn reads(&self, database: &Database) -> Vec<RequestKey> {
        self.databases
            .get(database)
            .map(|lane| lane.reads.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Everything that is in flight for a database.
    pub(super) fn of_database(&self, database: &Database) -> Vec<RequestKey> {
        self.databases
            .get(database)
            .map(|lane| lane.reads.iter().chain(&lane.commit).copied().collect())
            .unwrap_or_default()
    }

    /// Nothing runs on the database until its commit is sent again, or it is forgotten.
    pub(super) fn set_unresolved(&mut self, database: Database) {
        self.databases.entry(database).or_default().unresolved = true;
    }

    pub(super) fn forget(&mut self, database: &Database) {
        self.databases.remove(database);
    }
}

/// A request that is made now.
pub(super) struct New {
    pub(super) kind: Kind,
    pub(super) wire_id: u32,
    pub(super) deadline: Instant,
    pub(super) number: u64,
    pub(super) frame: Encoded,
    pub(super) detail: Detail,
}
