//! What hosts have stored and read back: pages behind the fence, key-value rows, and SQL that runs here.
//!
//! Requests come in the order of their connection, and nothing here makes the caller wait. They are put into lanes: one
//! for the key-value store of an actor, one for the pages of each of its generations, and one for its SQL. Those of a lane
//! are served one after the other, lanes beside each other. What must hold:
//!
//! * An answer goes to the connection that asked, or nowhere. A host has one connection: the newest.
//! * A request is looked at only after all that were before it in its lane have ended, those of earlier connections too;
//!   what waits when its connection ends is discarded.
//! * Who asks, the generation and the head are checked in the transaction or the snapshot that does the work.
//! * What is answered is durable. A commit that may have been applied or not is not answered.
//! * A host is told once for each connection that a generation is over: by [`Refused`].

mod connection;
mod error;
mod executors;
mod kv;
mod kv_request;
mod kv_row;
mod lanes;
mod pages;
mod request;
mod serve;
mod source;
mod sql;
mod statistics;
mod sweep;
#[cfg(test)]
mod tests;
mod v4;
mod v4_table;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use depot::Depot;
use envoy_protocol::session::{
    CommitRequest, ExecRequest, ExecuteRequest, GetPagesRequest, KvRequest, SendError, Server,
};
use envoy_protocol::{Version, latest, ws};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::faults::{Faults, Guard};

use connection::{Connection, FencedBy, Host};
use error::Failure;
use executors::Executors;
use lanes::{Lanes, Pushed};
use request::{Job, LaneKey, Request};
use statistics::{Counters, Present};
use v4::ConnectionNumber;
use v4_table::{Change, Generation, V4Table};

pub(crate) use error::Outcome;
pub(crate) use statistics::{Kind, Statistics};
pub(crate) use v4_table::marked;

/// Everything that hosts have stored. Clones are the same storage.
#[derive(Clone)]
pub(crate) struct Storage(Arc<Inner>);

/// A host's connection. Clones are the same connection; it ends with the last of them, if it was not ended before.
///
/// None of its methods waits for anything.
#[derive(Clone)]
pub(crate) struct StorageConnection(Arc<Asking>);

/// Where answers go.
pub(crate) trait Answers: Send + Sync + 'static {
    /// Hands an answer on. Called from any thread, and never for a connection that was ended.
    fn answer(&self, answer: &latest::ToEnvoyRef<'_>) -> Result<(), SendError>;
}

impl Answers for ws::Handle<Server> {
    fn answer(&self, answer: &latest::ToEnvoyRef<'_>) -> Result<(), SendError> {
        self.with(|server, _| server.answer(answer))
    }
}

/// How much is served at once, and how large.
#[derive(Debug, Clone)]
pub(crate) struct StorageConfig {
    /// Octets of one answer: what the init announces as the largest payload, or the largest frame if that is smaller.
    /// 20 MiB.
    pub(crate) answer_bytes: usize,
    /// Requests of one connection that may wait in one lane. More are refused. 1024.
    pub(crate) queue_requests: usize,
    /// Octets of requests of one connection that may wait. More are refused. 64 MiB.
    pub(crate) queue_bytes: usize,
    /// Requests that the depot works on at a time, remote SQL not counted. Others wait in their lanes. 1024.
    pub(crate) concurrency: usize,
    /// How long a v4 host certainly waits for the answer to a commit. Rivet's hosts wait for 30 s at least. 20 s.
    pub(crate) v4_patience: Duration,
    /// Databases that may be open for remote SQL at a time: each has a thread. 1024.
    pub(crate) databases: usize,
    /// How long a database stays open for remote SQL without a request, unless a transaction is open. 60 s.
    pub(crate) database_idle: Duration,
    /// Guards that are left out, for tests.
    pub(crate) faults: Faults,
    /// What a statement may use. The defaults are 30 s, 100,000 rows, 8 MiB for a value and 64 MiB of heap.
    pub(crate) sql: depot_sqlite::Limits,
}

impl Default for StorageConfig {
    fn default() -> Self {
        let mut sql = depot_sqlite::Config::new("").limits;
        sql.time = Some(Duration::from_secs(30));
        sql.rows = Some(100_000);
        sql.value = Some(8 << 20);
        sql.heap = Some(64 << 20);
        Self {
            answer_bytes: 20 << 20,
            queue_requests: 1024,
            queue_bytes: 64 << 20,
            concurrency: 1024,
            v4_patience: Duration::from_secs(20),
            databases: 1024,
            database_idle: Duration::from_mins(1),
            faults: Faults::default(),
            sql,
        }
    }
}

/// The limits that a depot needs for what is stored here: keys of key-value rows are longer than a depot's own default.
pub(crate) fn depot_limits() -> depot::Limits {
    depot::Limits {
        row_key_bytes: kv_request::ROW_KEY,
        ..depot::Limits::default()
    }
}

/// The server refused a generation or fenced it: its host is to be told that it is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) namespace: String,
    /// The host.
    pub(crate) envoy_key: String,
    pub(crate) actor_id: String,
    /// As the host named it: there may be no such generation.
    pub(crate) generation: u64,
    pub(crate) reason: RefusedReason,
}

/// Why a generation is over for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedReason {
    /// Another one is the current one, or the actor is another host's, or there is no such actor.
    Superseded,
    /// Another writer of the same generation was found at work.
    Fenced {
        /// The head that the host expected, where it is known.
        expected: Option<u64>,
        /// The head that there is, where it is known.
        actual: Option<u64>,
    },
    /// A v4 host may not know of its last commit.
    V4Unproven,
}

/// A host's namespace and envoy key.
type Name = (Arc<str>, Arc<str>);

struct Inner {
    depot: Depot,
    config: StorageConfig,
    refused: UnboundedSender<Refused>,
    runtime: Handle,
    connections: AtomicU64,
    /// The newest connection of each host, by namespace and envoy key.
    newest: Mutex<HashMap<Name, (ConnectionNumber, Weak<Asking>)>>,
    closing: AtomicBool,
    lanes: Lanes,
    permits: Semaphore,
    v4: V4Table,
    executors: Executors,
    counters: Counters,
    this: Weak<Self>,
}

impl Storage {
    /// The storage on a depot, whose limits are at least [`depot_limits`]. To be called within a runtime, which does the
    /// work from then on.
    pub(crate) fn new(
        depot: Depot,
        config: StorageConfig,
        refused: UnboundedSender<Refused>,
    ) -> Self {
        Self(Arc::new_cyclic(|this| Inner {
            permits: Semaphore::new(config.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            executors: Executors::new(&config),
            depot,
            config,
            refused,
            runtime: Handle::current(),
            connections: AtomicU64::new(0),
            newest: Mutex::default(),
            closing: AtomicBool::new(false),
            lanes: Lanes::default(),
            v4: V4Table::default(),
            counters: Counters::default(),
            this: Weak::clone(this),
        }))
    }

    /// A connection of a host. An older one of the same envoy key has ended from now on.
    pub(crate) fn connect(
        &self,
        namespace: &str,
        envoy_key: &str,
        version: Version,
        answers: impl Answers,
    ) -> StorageConnection {
        let number = self.0.connections.fetch_add(1, Ordering::Relaxed);
        let host = Host {
            namespace: namespace.into(),
            envoy_key: envoy_key.into(),
        };
        let name = host.name();
        let fenced_by = match version {
            Version::V4 if self.0.config.faults.lack(Guard::V4Fence) => FencedBy::Host,
            Version::V4 => FencedBy::Server,
            Version::V5 => FencedBy::Host,
        };
        let connection = Connection::new(number, host, fenced_by, Box::new(answers));
        let asking = Arc::new(Asking {
            storage: Arc::clone(&self.0),
            connection: Arc::new(connection),
        });
        let newest = (number, Arc::downgrade(&asking));
        let older = self.0.newest().insert(name, newest);
        if let Some(older) = older.and_then(|(_, older)| older.upgrade()) {
            older.end();
        }
        StorageConnection(asking)
    }

    /// A generation is over: its database closes if it is open here, and what was kept for its v4 host is forgotten.
    pub(crate) fn generation_ended(&self, actor_id: &str, generation: u32) {
        let key = (Arc::from(actor_id), u64::from(generation));
        self.0.v4.forget(&key);
        self.0.executors.forget(&key);
    }

    /// Removes the key-value rows of all actors that were destroyed, in small transactions, and then the rows that say so.
    /// What it could not remove for an error stays for the next time.
    pub(crate) fn sweep_destroyed(
        &self,
    ) -> impl Future<Output = Result<(), depot::Error>> + Send + 'static {
        sweep::sweep(self.0.depot.clone())
    }

    /// What was done so far, and what is under way.
    pub(crate) fn statistics(&self) -> Statistics {
        let inner = &self.0;
        inner.counters.read(Present {
            busy_lanes: inner.lanes.len(),
            open_databases: inner.executors.len(),
            v4_generations: inner.v4.len(),
        })
    }

    /// Refuses everything from now on, waits for what was asked before, and closes the databases. The depot stays open.
    pub(crate) async fn close(&self) {
        self.0.closing.store(true, Ordering::Release);
        self.0.lanes.drained().await;
        self.0.executors.close().await;
    }
}

impl StorageConnection {
    /// Takes in a key-value request.
    pub(crate) fn kv(&self, request: KvRequest) {
        self.0.ask(Request::Kv(request));
    }

    /// Takes in a request for pages.
    pub(crate) fn get_pages(&self, request: GetPagesRequest) {
        self.0.ask(Request::GetPages(request));
    }

    /// Takes in a commit.
    pub(crate) fn commit(&self, request: CommitRequest) {
        self.0.ask(Request::Commit(request));
    }

    /// Takes in remote SQL without parameters.
    pub(crate) fn exec(&self, request: ExecRequest) {
        self.0.ask(Request::Exec(request));
    }

    /// Takes in a remote SQL statement.
    pub(crate) fn execute(&self, request: ExecuteRequest) {
        self.0.ask(Request::Execute(request));
    }

    /// The connection is over: what waits is discarded, answers go nowhere, and transactions that remote SQL left open are
    /// rolled back. Ending twice is ending once.
    pub(crate) fn end(&self) {
        self.0.end();
    }
}

/// A connection, to be ended at the latest when nobody can ask on it any more.
struct Asking {
    storage: Arc<Inner>,
    connection: Arc<Connection>,
}

impl Asking {
    fn ask(&self, request: Request) {
        let inner = &self.storage;
        let job = Job {
            connection: Arc::clone(&self.connection),
            request,
            arrived: Instant::now(),
        };
        if self.connection.has_ended() {
            inner.discard(&job);
            return;
        }
        // Longer ones were never given out, and a zero would end the id within a key.
        let actor_id = job.request.actor_id();
        if actor_id.is_empty()
            || actor_id.len() > depot::DatabaseId::MAX_LENGTH
            || actor_id.contains('\0')
        {
            inner.refuse(&job, &Failure::NotHeld);
            return;
        }
        let lane = match job.request.lane() {
            Ok(lane) => lane,
            Err(what) => {
                inner.refuse(&job, &Failure::MissingGeneration(what));
                return;
            }
        };
        let key = LaneKey {
            actor_id: actor_id.into(),
            lane,
            #[cfg(feature = "faults")]
            alone: (inner.config.faults.lack(Guard::OldWork)).then_some(self.connection.number),
        };
        let v4 = v4_use(&job);
        if let Some((generation, usage)) = &v4 {
            inner.v4.arrive(generation, self.connection.number, *usage);
        }
        if let Err(refused) = inner.push(&key, job) {
            let (job, failure) = *refused;
            if let Some((generation, usage)) = &v4 {
                inner
                    .v4
                    .withdraw(generation, self.connection.number, *usage);
            }
            inner.refuse(&job, &failure);
        }
    }

    fn end(&self) {
        if !self.connection.end() {
            return;
        }
        let inner = &self.storage;
        let number = self.connection.number;
        let name = self.connection.host.name();
        if let Entry::Occupied(newest) = inner.newest().entry(name)
            && newest.get().0 == number
        {
            newest.remove();
        }
        for generation in inner.v4.disconnect(number) {
            inner.tell(&self.connection, &generation, RefusedReason::V4Unproven);
        }
        inner.executors.disconnect(number);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.end();
    }
}

impl Inner {
    fn newest(&self) -> MutexGuard<'_, HashMap<Name, (ConnectionNumber, Weak<Asking>)>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job into its lane, and has the lane served.
    fn push(&self, key: &LaneKey, job: Job) -> Result<(), Box<(Job, Failure)>> {
        let octets = job.request.octets();
        let connection = Arc::clone(&job.connection);
        let full = |what, limit| Failure::Overloaded { what, limit };
        if self.closing.load(Ordering::Acquire) {
            return Err(Box::new((job, Failure::Stopping)));
        }
        if !connection.take_room(octets, self.config.queue_bytes) {
            let limit = self.config.queue_bytes;
            let failure = full("octets of requests of a connection", limit);
            return Err(Box::new((job, failure)));
        }
        let limit = self.config.queue_requests;
        match self.lanes.push(key, job, limit) {
            Pushed::Waiting => {}
            Pushed::First => self.start(key.clone()),
            Pushed::Full(job) => {
                connection.give_room(octets);
                return Err(Box::new((job, full("requests for an actor", limit))));
            }
        }
        Ok(())
    }
}

/// The generation and the use of a request for which the server keeps the fence.
fn v4_use(job: &Job) -> Option<(Generation, v4::Use)> {
    let usage = job.request.headless()?;
    match job.request.lane() {
        Ok(request::Lane::Pages(generation)) if job.connection.fenced_by == FencedBy::Server => {
            Some(((job.request.actor_id().into(), generation), usage))
        }
        _ => None,
    }
}
