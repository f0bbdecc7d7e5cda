//! The thread that a database runs on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use futures_channel::oneshot;

use crate::config::Config;
use crate::connection::Connection;
use crate::error::{Ending, Error};
use crate::gate::{Gate, lock};
use crate::source::{AnySource, ErrorKind, SourceError};
use crate::value::{Executed, Rows, Value};

/// What the thread is asked to do, and where the answer goes.
pub(crate) enum Job {
    Exec {
        sql: String,
        reply: oneshot::Sender<Result<Rows, Error>>,
    },
    Execute {
        sql: String,
        parameters: Vec<Value>,
        reply: oneshot::Sender<Result<Executed, Error>>,
    },
}

/// Something that happens once, and that any number of tasks wait for.
pub(crate) struct Event<T>(Mutex<State<T>>);

enum State<T> {
    Pending(Vec<oneshot::Sender<T>>),
    Happened(T),
}

impl<T: Clone> Event<T> {
    fn new() -> Self {
        Self(Mutex::new(State::Pending(Vec::new())))
    }

    fn happen(&self, value: T) {
        let before = std::mem::replace(&mut *lock(&self.0), State::Happened(value.clone()));
        if let State::Pending(waiting) = before {
            for sender in waiting {
                // Whoever has gone does not want to know.
                let _ = sender.send(value.clone());
            }
        }
    }

    pub(crate) fn wait(&self) -> oneshot::Receiver<T> {
        let (sender, receiver) = oneshot::channel();
        match &mut *lock(&self.0) {
            State::Pending(waiting) => waiting.push(sender),
            State::Happened(value) => drop(sender.send(value.clone())),
        }
        receiver
    }

    pub(crate) fn value(&self) -> Option<T> {
        match &*lock(&self.0) {
            State::Pending(_) => None,
            State::Happened(value) => Some(value.clone()),
        }
    }
}

/// A database's thread, seen from outside. The thread ends when this is dropped and its queue is empty.
pub(crate) struct Worker {
    pub(crate) queue: SyncSender<Job>,
    limit: usize,
    /// Whether the database is open.
    pub(crate) opened: Arc<Event<Result<(), Error>>>,
    /// That the connection is closed and all it had is free.
    pub(crate) done: Arc<Event<()>>,
    pub(crate) thread: JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(
        source: Arc<dyn AnySource>,
        gate: Arc<Gate>,
        config: Arc<Config>,
    ) -> Result<Self, Error> {
        let limit = config.queue.max(1);
        let (queue, jobs) = sync_channel(limit);
        let opened = Arc::new(Event::new());
        let done = Arc::new(Event::new());
        let thread = {
            let (opened, done) = (Arc::clone(&opened), Arc::clone(&done));
            std::thread::Builder::new()
                .name(format!("sqlite-{}", config.name.replace('\0', "")))
                .spawn(move || {
                    run(source, &gate, config, &jobs, &opened);
                    done.happen(());
                })
                .map_err(|error| Error::NoThread {
                    message: error.to_string(),
                })?
        };
        Ok(Self {
            queue,
            limit,
            opened,
            done,
            thread,
        })
    }

    /// Queues a job. [`Error::NotOpen`] if the thread has ended without opening the database.
    pub(crate) fn send(&self, job: Job) -> Result<(), Error> {
        if let Some(Err(_)) = self.opened.value() {
            return Err(Error::NotOpen);
        }
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded { limit: self.limit },
            TrySendError::Disconnected(_) => Error::NotOpen,
        })
    }
}

fn run(
    source: Arc<dyn AnySource>,
    gate: &Arc<Gate>,
    config: Arc<Config>,
    jobs: &Receiver<Job>,
    opened: &Event<Result<(), Error>>,
) {
    let result = contain(gate, || Connection::open(source, Arc::clone(gate), config));
    let mut connection = match result {
        Ok(connection) => connection,
        Err(error) => {
            opened.happen(Err(error.clone()));
            for job in jobs.try_iter() {
                job.fail(error.clone());
            }
            return;
        }
    };
    opened.happen(Ok(()));
    while let Ok(job) = jobs.recv() {
        if let Err(error) = gate.check() {
            job.fail(error);
            if gate.ending().is_some() {
                break;
            }
            continue;
        }
        // The reply is sent when the job has ended, so that who gets it sees the gate as the job has left it.
        match job {
            Job::Exec { sql, reply } => {
                let result = contain(gate, || connection.exec(&sql));
                gate.set_in_transaction(connection.is_in_transaction());
                drop(reply.send(result));
            }
            Job::Execute {
                sql,
                parameters,
                reply,
            } => {
                let result = contain(gate, || connection.execute(&sql, &parameters));
                gate.set_in_transaction(connection.is_in_transaction());
                drop(reply.send(result));
            }
        }
        if gate.ending().is_some() {
            break;
        }
    }
    // A transaction that is open is rolled back, without a word to the source.
    drop(connection);
    for job in jobs.try_iter() {
        job.fail(gate.check().err().unwrap_or(Error::Closed { cause: None }));
    }
}

impl Job {
    fn fail(self, error: Error) {
        match self {
            Self::Exec { reply, .. } => drop(reply.send(Err(error))),
            Self::Execute { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// Runs one job. A panic ends the database: what it left half done is not to be built upon.
fn contain<T>(gate: &Gate, job: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| {
        let error = SourceError::new(
            ErrorKind::Refused,
            "sqlite",
            "panicked",
            "the thread of the database panicked",
        );
        gate.end(Ending::Fatal(error.clone()));
        Err(Error::Source(error))
    })
}
