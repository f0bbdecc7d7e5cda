//! The databases that are open for remote SQL: one for each generation that asked, on its connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use depot::DatabaseId;
use depot_sqlite::{Config, Database, Ending, Limits};
use tokio::time::Instant;

use super::connection::Connection;
use super::error::Failure;
use super::source::{DepotSource, InFlight};
use super::v4::ConnectionNumber;
use super::v4_table::Generation;
use super::{Inner, StorageConfig};

/// All of them.
pub(super) struct Executors {
    open: Mutex<HashMap<Generation, Executor>>,
    limit: usize,
    idle: Duration,
    limits: Limits,
    /// Whether somebody closes what is idle.
    watched: AtomicBool,
    /// Whether none is opened any more.
    closed: AtomicBool,
}

#[derive(Clone)]
struct Executor {
    database: Database,
    in_flight: Arc<InFlight>,
    connection: ConnectionNumber,
    /// Whether a statement runs or is about to.
    busy: bool,
    used: Instant,
    /// Whether it was closed here. A request finds it all the same, and waits until it has ended.
    closed: bool,
}

/// What there is for a request.
enum Found {
    Open(Database),
    /// To be opened.
    New(Database),
    /// Of a connection before, or closed: to be waited for.
    Stale(Executor),
}

/// How many times as long as one that is idle one that has ended is remembered, so that nobody goes on where another
/// writer was found at work.
const REMEMBERED: u32 = 10;

impl Executors {
    pub(super) fn new(config: &StorageConfig) -> Self {
        let mut limits = config.sql;
        // What values are counted as is at most a quarter less than what they take in an answer.
        let octets = config.answer_bytes / 4 * 3;
        limits.octets = Some(limits.octets.map_or(octets, |limit| limit.min(octets)));
        Self {
            open: Mutex::default(),
            limit: config.databases,
            idle: config.database_idle,
            limits,
            watched: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        }
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        count(&self.lock())
    }

    /// The database of a generation for a request of this connection. What a connection before has left is closed, and
    /// has ended, before it is opened. To be [released](Self::release).
    pub(super) async fn acquire(
        &self,
        inner: &Inner,
        key: &Generation,
        connection: &Connection,
    ) -> Result<Database, Failure> {
        loop {
            let stale = match self.find(inner, key, connection)? {
                Found::Open(database) => return Ok(database),
                Found::New(database) => {
                    return match database.open().await {
                        Ok(()) => Ok(database),
                        Err(error) => {
                            self.discard(key, &database);
                            Err(Failure::Sql(error))
                        }
                    };
                }
                Found::Stale(executor) => executor,
            };
            stale.end().await;
            self.discard(key, &stale.database);
            // Half a transaction must not go on as statements of their own.
            if stale.database.is_in_transaction() {
                return Err(Failure::TransactionLost);
            }
        }
    }

    fn find(
        &self,
        inner: &Inner,
        key: &Generation,
        connection: &Connection,
    ) -> Result<Found, Failure> {
        let mut open = self.lock();
        let Some(executor) = open.get_mut(key) else {
            if self.closed.load(Ordering::Acquire) {
                return Err(Failure::Stopping);
            }
            if count(&open) >= self.limit {
                return Err(Failure::Overloaded {
                    what: "open databases",
                    limit: self.limit,
                });
            }
            // A connection that ends from now on finds its database.
            if connection.has_ended() {
                return Err(Failure::Sql(depot_sqlite::Error::Closed { cause: None }));
            }
            let executor = self.create(inner, key, connection.number)?;
            let database = executor.database.clone();
            open.insert(key.clone(), executor);
            self.watch(inner);
            return Ok(Found::New(database));
        };
        // Whoever asks learns what has ended it.
        if executor.database.ending().is_some() {
            return Ok(Found::Open(executor.database.clone()));
        }
        if executor.connection == connection.number && !executor.closed {
            executor.busy = true;
            return Ok(Found::Open(executor.database.clone()));
        }
        executor.closed = true;
        Ok(Found::Stale(executor.clone()))
    }

    /// The request has ended.
    pub(super) fn release(&self, key: &Generation) {
        let mut open = self.lock();
        let Some(executor) = open.get_mut(key) else {
            return;
        };
        executor.busy = false;
        executor.used = Instant::now();
        // The depot refuses whatever else comes of it.
        if executor
            .database
            .ending()
            .is_some_and(|ending| matches!(*ending, Ending::Superseded(_)))
        {
            open.remove(key);
        }
    }

    /// A connection has ended: its statements are stopped, and its transactions rolled back.
    pub(super) fn disconnect(&self, connection: ConnectionNumber) {
        for executor in self.lock().values_mut() {
            if executor.connection == connection {
                executor.close();
            }
        }
    }

    /// A generation has ended.
    pub(super) fn forget(&self, key: &Generation) {
        if let Some(mut executor) = self.lock().remove(key) {
            executor.close();
        }
    }

    /// Closes all, and waits until they have ended. None is opened any more.
    pub(super) async fn close(&self) {
        let all = self.close_all();
        for executor in all {
            executor.end().await;
        }
    }

    fn close_all(&self) -> Vec<Executor> {
        let mut open = self.lock();
        self.closed.store(true, Ordering::Release);
        let mut all: Vec<_> = open.drain().map(|(_, executor)| executor).collect();
        all.iter_mut().for_each(Executor::close);
        all
    }

    fn create(
        &self,
        inner: &Inner,
        (actor_id, generation): &Generation,
        connection: ConnectionNumber,
    ) -> Result<Executor, Failure> {
        let in_flight = Arc::<InFlight>::default();
        let source = DepotSource::new(
            inner.depot.clone(),
            DatabaseId::new(actor_id)?,
            *generation,
            inner.runtime.clone(),
            Arc::clone(&in_flight),
        );
        let mut config = Config::new(format!("{actor_id}-{generation}"));
        config.limits = self.limits;
        Ok(Executor {
            database: Database::new(source, config),
            in_flight,
            connection,
            busy: true,
            used: Instant::now(),
            closed: false,
        })
    }

    /// Forgets a database, unless there is a newer one.
    fn discard(&self, key: &Generation, database: &Database) {
        let mut open = self.lock();
        let same = |executor: &mut Executor| executor.database.is_same(database);
        if open.get_mut(key).is_some_and(same) {
            open.remove(key);
        }
    }

    /// Has what is idle closed, for as long as there is something.
    fn watch(&self, inner: &Inner) {
        if self.watched.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = inner.this.clone();
        let period = (self.idle / 2).max(Duration::from_millis(10));
        inner.runtime.spawn(async move {
            loop {
                tokio::time::sleep(period).await;
                match this.upgrade() {
                    Some(inner) if inner.executors.close_idle() => {}
                    _ => return,
                }
            }
        });
    }

    /// Closes what is idle; says whether anything is left.
    fn close_idle(&self) -> bool {
        let mut open = self.lock();
        open.retain(|_, executor| {
            let idle = executor.used.elapsed();
            if executor.busy || idle < self.idle || executor.in_flight.is_busy() {
                return true;
            }
            if executor.database.ending().is_some() {
                return idle < self.idle * REMEMBERED;
            }
            // Rolled back here it would not be the actor's doing; closed with its connection it is remembered, so that
            // the actor is told.
            if executor.database.is_in_transaction() {
                return true;
            }
            executor.close();
            false
        });
        if open.is_empty() {
            self.watched.store(false, Ordering::Release);
        }
        !open.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Generation, Executor>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Executor {
    /// From now on nothing runs. What is under way comes to its end by itself.
    fn close(&mut self) {
        self.closed = true;
        drop(self.database.close());
    }

    async fn end(&self) {
        self.database.close().await;
        self.in_flight.ended().await;
    }
}

fn count(open: &HashMap<Generation, Executor>) -> usize {
    let is_open = |executor: &&Executor| !executor.closed && executor.database.ending().is_none();
    open.values().filter(is_open).count()
}
