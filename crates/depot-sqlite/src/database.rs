//! A database as its user has it.

use std::future::Future;
use std::sync::{Arc, Mutex};

use futures_channel::oneshot;

use crate::config::Config;
use crate::error::{Ending, Error};
use crate::gate::{Gate, lock};
use crate::source::{AnySource, PageSource, SourceError};
use crate::value::{Executed, Rows, Value};
use crate::worker::{Event, Job, Worker};

/// One instance of a database: SQLite on a [`PageSource`], on a thread of its own.
///
/// Clones are the same database. It is opened by [`open`], runs what it is given in the order in which it is given, and
/// is closed once and for all: by [`close`], by what its source says (see [`Ending`]), or when the last clone is
/// dropped. The futures need no runtime.
///
/// ```
/// # use depot_sqlite::{Config, Database, Value};
/// # async fn run(source: impl depot_sqlite::PageSource) -> Result<(), depot_sqlite::Error> {
/// let database = Database::new(source, Config::new("actor-7"));
/// database.open().await?;
/// database.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)").await?;
/// let inserted = database.execute("INSERT INTO note (body) VALUES (?)", vec![Value::from("hello")]).await?;
/// assert_eq!(inserted.last_insert_rowid, Some(1));
/// database.close().await;
/// # Ok(())
/// # }
/// ```
///
/// [`open`]: Self::open
/// [`close`]: Self::close
#[derive(Clone)]
pub struct Database(Arc<Shared>);

struct Shared {
    source: Arc<dyn AnySource>,
    config: Arc<Config>,
    gate: Arc<Gate>,
    /// The open lock. Held for moments only, never while anything is waited for.
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    worker: Option<Worker>,
    /// Of the last worker: for those who close when another has taken it.
    done: Option<Arc<Event<()>>>,
}

impl Database {
    /// A database that is not open yet.
    #[must_use]
    pub fn new(source: impl PageSource, config: Config) -> Self {
        Self(Arc::new(Shared {
            source: Arc::new(source),
            config: Arc::new(config),
            gate: Arc::default(),
            slot: Mutex::default(),
        }))
    }

    /// Opens the database, or waits until a clone has opened it. After a failure it can be tried again, unless the
    /// database has ended.
    pub async fn open(&self) -> Result<(), Error> {
        self.0.gate.check()?;
        let opened = {
            let mut slot = lock(&self.0.slot);
            // Once more: a close that came in between finds the lock free, and nothing to close.
            self.0.gate.check()?;
            let failed =
                |worker: &Worker| worker.opened.value().is_some_and(|opened| opened.is_err());
            if slot.worker.as_ref().is_none_or(failed) {
                let worker = Worker::start(
                    Arc::clone(&self.0.source),
                    Arc::clone(&self.0.gate),
                    Arc::clone(&self.0.config),
                )?;
                slot.done = Some(Arc::clone(&worker.done));
                slot.worker = Some(worker);
            }
            slot.worker.as_ref().map(|worker| worker.opened.wait())
        };
        match opened {
            Some(opened) => opened.await.unwrap_or_else(|oneshot::Canceled| self.gone()),
            None => Err(Error::NotOpen),
        }
    }

    /// Runs any number of statements, without parameters. Answers the rows of the last one that returned any.
    ///
    /// The statements are queued when this is called; a future that is dropped does not take them back.
    pub fn exec(
        &self,
        sql: impl Into<String>,
    ) -> impl Future<Output = Result<Rows, Error>> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        self.send(
            Job::Exec {
                sql: sql.into(),
                reply,
            },
            answer,
        )
    }

    /// Runs a single statement. `parameters` are the values of its parameters, from the first; those without a value are
    /// NULL.
    ///
    /// The statement is queued when this is called; a future that is dropped does not take it back.
    pub fn execute(
        &self,
        sql: impl Into<String>,
        parameters: Vec<Value>,
    ) -> impl Future<Output = Result<Executed, Error>> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        self.send(
            Job::Execute {
                sql: sql.into(),
                parameters,
                reply,
            },
            answer,
        )
    }

    /// Closes the database, for every clone and for good. From the moment of the call every operation fails with
    /// [`Error::Closed`]: those that come later, those that are queued, and the one that runs, also if it waits for its
    /// source. The future resolves when everything that the database had is free; it does not have to be waited for.
    ///
    /// A transaction that is open is rolled back. Closing twice is closing once.
    pub fn close(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.gate.close();
        // The thread ends when the sending half of its queue is gone. What is left of the worker is for whoever waits.
        let (done, thread) = {
            let mut slot = lock(&self.0.slot);
            // The thread ends when the sending half of its queue is gone.
            let thread = slot.worker.take().map(|Worker { queue, thread, .. }| {
                drop(queue);
                thread
            });
            (slot.done.as_ref().map(|done| done.wait()), thread)
        };
        async move {
            if let Some(done) = done {
                // Canceled only with the thread gone, too.
                let _ = done.await;
            }
            if let Some(thread) = thread {
                // It has nothing left to do but to return.
                let _ = thread.join();
            }
        }
    }

    /// Ends the database because the generation that it runs for is no longer the current one, as its host has heard
    /// from elsewhere. Without effect if it has ended or was closed.
    pub fn supersede(&self, error: SourceError) {
        self.0.gate.end(Ending::Superseded(error));
    }

    /// Whether the two are clones of each other.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the last operation that ran has left a transaction open, which is rolled back if the database is closed or
    /// was since.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.0.gate.is_in_transaction()
    }

    /// What has ended the database, if it was not its user.
    #[must_use]
    pub fn ending(&self) -> Option<Arc<Ending>> {
        self.0.gate.ending().cloned()
    }

    /// Resolves when the database ends, with what ended it; `None` if it was closed.
    pub fn ended(&self) -> impl Future<Output = Option<Arc<Ending>>> + Send + 'static {
        let closed = self.0.gate.closed();
        let gate = Arc::clone(&self.0.gate);
        async move {
            closed
                .await
                .unwrap_or_else(|oneshot::Canceled| gate.ending().cloned())
        }
    }

    fn send<T: Send + 'static>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> + Send + 'static {
        let sent = self
            .0
            .gate
            .check()
            .and_then(|()| match &lock(&self.0.slot).worker {
                Some(worker) => worker.send(job),
                None => self.gone(),
            });
        let gate = Arc::clone(&self.0.gate);
        async move {
            // A gate that has closed is the better reason for whatever went wrong on the way.
            sent.map_err(|error| gate.check().err().unwrap_or(error))?;
            answer.await.unwrap_or_else(|oneshot::Canceled| {
                Err(gate.check().err().unwrap_or(Error::NotOpen))
            })
        }
    }

    /// There is no thread: the gate knows why, or there never was one.
    fn gone<T>(&self) -> Result<T, Error> {
        Err(self.0.gate.check().err().unwrap_or(Error::NotOpen))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The thread finds its queue gone, rolls back and ends by itself.
        self.gate.close();
    }
}
