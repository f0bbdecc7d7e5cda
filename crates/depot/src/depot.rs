//! The handle that callers hold.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;

use crate::config::{Config, Limits, Sweep};
use crate::embedded::{self, EmbeddedEngine};
use crate::engine::{
    Changes, Engine, EngineError, Read, Residence, Snapshot, Space, Statistics, Unit,
};
use crate::error::Error;
use crate::memory::MemoryEngine;
use crate::pending::Pending;
use crate::pool::Pool;
use crate::reads::Reads;
use crate::sweeper::{Signal, Sweeper};
use crate::transaction::{Swept, Transaction};
use crate::types::{Allocation, Commit, Committed, DatabaseId, Fence, Head, Pages, Takeover};
use crate::view::{Failure, View};

/// A store of many databases, each with one writer at a time. Cheap to clone; every clone is the same store.
///
/// Operations that change something run as transactions, in the order they are called, and are answered once they are durable. They start at the
/// call. Reads are of one durable snapshot. All of them can be awaited on any runtime, or waited for on a thread.
#[derive(Clone)]
pub struct Depot {
    inner: Arc<Inner>,
}

struct Inner {
    // Stopped before the rest goes.
    sweeper: Option<Sweeper>,
    core: Arc<Core>,
}

/// What operations hold while they are under way.
pub(crate) struct Core {
    engine: Box<dyn Engine>,
    config: Config,
    pool: Pool,
    /// Told of garbage that became durable.
    garbage: Arc<Signal>,
    reads: Reads,
}

impl Depot {
    /// A depot on an engine.
    #[must_use]
    pub fn new(engine: impl Engine, config: Config) -> Self {
        let core = Arc::new(Core {
            pool: Pool::new(config.readers, config.queue),
            engine: Box::new(engine),
            config,
            garbage: Arc::default(),
            reads: Reads::default(),
        });
        let sweeper = match core.config.sweep {
            Sweep::Background => Sweeper::start(&core),
            Sweep::Manual => None,
        };
        Self {
            inner: Arc::new(Inner { sweeper, core }),
        }
    }

    /// A depot in a folder of this machine: see [`EmbeddedEngine::open`].
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], [`Error::UnknownFormat`], [`Error::Corrupt`], and what the system fails with.
    pub fn open(path: impl AsRef<Path>, config: Config) -> Result<Self, Error> {
        let engine = EmbeddedEngine::open(path.as_ref(), embedded::Options::default())?;
        Ok(Self::new(engine, config))
    }

    /// An empty depot in memory, which nobody sweeps: nothing happens in it but what it is told.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(
            MemoryEngine::new(),
            Config {
                sweep: Sweep::Manual,
                ..Config::default()
            },
        )
    }

    /// How it works.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.core.config
    }

    /// What was done since it was opened.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.inner.core.engine.statistics()
    }

    /// Whether transactions that change something are refused with [`Error::StorageFull`], as far as is known without trying one: there is less
    /// space than [`Options::headroom_bytes`](crate::embedded::Options::headroom_bytes), or the last one found too little. Reads are served
    /// all the same.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.inner.core.engine.is_full()
    }

    /// Pages of a database, and its head: see [`View::pages`].
    pub fn pages(&self, database: &DatabaseId, fence: Fence, numbers: Vec<u32>) -> Reading<Pages> {
        let database = database.clone();
        self.view(move |view| view.pages(&database, fence, &numbers))
    }

    /// Where a database is, whoever asks: see [`View::head`].
    pub fn head(&self, database: &DatabaseId) -> Reading<Head> {
        let database = database.clone();
        self.view(move |view| view.head(&database))
    }

    /// Runs `read` on one durable snapshot.
    ///
    /// Nothing happens before the answer is awaited, which runs it on one of the depot's threads, or waited for, which runs it right here.
    pub fn view<T, E>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
    ) -> Reading<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.read(move |snapshot| {
            let failed = Failure::default();
            let answer = read(&View::new(snapshot, &failed))?;
            failed.into_result().map_err(Error::from)?;
            Ok(answer)
        })
    }

    fn read<T, E: From<Error>>(
        &self,
        read: impl FnOnce(&dyn Snapshot) -> Result<T, E> + Send + 'static,
    ) -> Reading<T, E> {
        Reading {
            core: Arc::clone(&self.inner.core),
            state: ReadingState::New(Box::new(move |core: &Core| {
                let _under_way = core.reads.begin();
                let snapshot = core.engine.snapshot().map_err(Error::from)?;
                read(&*snapshot)
            })),
        }
    }

    /// Applies a commit of a database: see [`Transaction::commit`].
    pub fn commit(
        &self,
        database: &DatabaseId,
        fence: Fence,
        commit: Commit,
    ) -> Pending<Committed> {
        let database = database.clone();
        self.transaction(move |transaction| transaction.commit(&database, fence, &commit))
    }

    /// Makes the next generation of a database the active one: see [`Transaction::allocate`]. `record` writes what belongs to it, in the same
    /// transaction.
    pub fn allocate<E>(
        &self,
        database: &DatabaseId,
        mut record: impl FnMut(&mut Transaction<'_>, Allocation) -> Result<(), E> + Send + 'static,
    ) -> Pending<Allocation, E>
    where
        E: From<Error> + Send + 'static,
    {
        let database = database.clone();
        self.transaction(move |transaction| {
            let allocation = transaction.allocate(&database)?;
            record(transaction, allocation)?;
            Ok(allocation)
        })
    }

    /// Allocates the next generation for a caller who saw `seen` as the newest one (0 if none), or yields to a newer one: see
    /// [`Transaction::take_over`]. `record` writes what belongs to the new generation, in the same transaction; who yields writes nothing.
    ///
    /// Where the engine cannot put two of them in order, the loser looks again: up to 3 retries, after 10 ms, 20 ms and 30 ms; the last error
    /// is the answer.
    pub fn take_over<E>(
        &self,
        database: &DatabaseId,
        seen: u64,
        mut record: impl FnMut(&mut Transaction<'_>, Allocation) -> Result<(), E> + Send + 'static,
    ) -> Pending<Takeover, E>
    where
        E: From<Error> + Send + 'static,
    {
        let database = database.clone();
        self.transaction(move |transaction| {
            let takeover = transaction.take_over(&database, seen)?;
            match takeover {
                Takeover::Allocated(allocation) => record(transaction, allocation)?,
                Takeover::Yielded { to } => {
                    // Two starts that race are no fault, and the loser's caller learns it from the answer.
                    event!(debug, database = %database, seen, to, "yielded to a newer generation");
                    let _ = to;
                }
            }
            Ok(takeover)
        })
    }

    /// Ends the active generation of a database: see [`Transaction::release`].
    pub fn release(&self, database: &DatabaseId, generation: u64) -> Pending<()> {
        let database = database.clone();
        self.transaction(move |transaction| transaction.release(&database, generation))
    }

    /// Ends a database: see [`Transaction::destroy`].
    pub fn destroy(&self, database: &DatabaseId) -> Pending<()> {
        let database = database.clone();
        self.transaction(move |transaction| transaction.destroy(&database))
    }

    /// Runs `work` as a transaction, and answers with what it returned once that is durable. If it returns an error, nothing it wrote is applied.
    ///
    /// `work` may run several times, each time on another state, and only the last one counts; so it has no effects but on the transaction. Others
    /// wait for it: it neither blocks nor waits for another operation of the depot. If the engine cannot put it in order with others, it is tried
    /// again up to 3 times, after 10 ms, 20 ms and 30 ms.
    pub fn transaction<T, E>(
        &self,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.inner.core.transaction(work)
    }

    /// Removes some of what destroyed and truncated databases left behind, in one transaction of bounded size; says whether there may be more.
    /// With [`Sweep::Background`] there is no need to.
    pub fn sweep(&self) -> Pending<bool> {
        self.inner.core.sweep()
    }

    /// Copies one durable snapshot of the whole depot, of whatever engine, into a new folder, for [`Depot::open`]. The depot serves meanwhile. The
    /// folder is there once the copy is complete and durable, and not before.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if there is something at `path`, or the system fails.
    pub fn backup(&self, path: impl AsRef<Path>) -> Reading<()> {
        let path = path.as_ref().to_owned();
        self.read(move |snapshot| embedded::copy(snapshot, &path))
    }

    /// Finishes the transactions that were started and the reads that are under way, whether somebody still waits for them or not, and refuses
    /// everything from then on with [`Error::Closed`], for all clones. Then the store is free for others.
    ///
    /// A read that closes the depot is not waited for: the store is free after it.
    pub fn close(&self) {
        if let Some(sweeper) = &self.inner.sweeper {
            sweeper.stop();
        }
        self.inner.core.engine.close();
        self.inner.core.reads.wait();
    }
}

impl fmt::Debug for Depot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Depot")
            .field("config", self.config())
            .finish_non_exhaustive()
    }
}

impl Core {
    pub(crate) fn garbage(&self) -> &Arc<Signal> {
        &self.garbage
    }

    pub(crate) fn sweep(self: &Arc<Self>) -> Pending<bool> {
        self.transaction(|transaction| Ok(transaction.sweep()? == Swept::Some))
    }

    fn transaction<T, E>(
        self: &Arc<Self>,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, pending) = Pending::new();
        self.engine.submit(Box::new(Work {
            run: work,
            outcome: None,
            made_garbage: false,
            retries: 0,
            answer,
            garbage: Arc::clone(&self.garbage),
            limits: self.config.limits,
            core: Arc::downgrade(self),
        }));
        pending
    }
}

/// A transaction as a unit of an engine.
struct Work<F, T, E> {
    run: F,
    /// What the last run returned.
    outcome: Option<Result<T, E>>,
    made_garbage: bool,
    retries: u32,
    answer: oneshot::Sender<Result<T, E>>,
    garbage: Arc<Signal>,
    limits: Limits,
    /// Weak, so that work in an engine's queue does not keep the engine alive.
    core: Weak<Core>,
}

impl<F, T, E> Work<F, T, E> {
    /// Retries of a transaction that cannot be put in order with others.
    const RETRIES: u32 = 3;
    /// How long the first retry waits; the second waits twice as long, and so on.
    const DELAY: Duration = Duration::from_millis(10);
}

impl<F, T, E> Unit for Work<F, T, E>
where
    F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn run(&mut self, state: &dyn Read) -> Result<Changes, EngineError> {
        let mut transaction = Transaction::new(state, &self.limits);
        // Whatever a panic left half done is in the transaction, which goes with it.
        let outcome = caught(|| (self.run)(&mut transaction));
        let changes = transaction.finish()?;
        let changes = if outcome.is_ok() {
            changes
        } else {
            Changes::default()
        };
        self.made_garbage = changes
            .rows
            .iter()
            .any(|((space, _), value)| *space == Space::Garbage && value.is_some());
        self.outcome = Some(outcome);
        Ok(changes)
    }

    fn finish(mut self: Box<Self>, result: Result<(), EngineError>) {
        let answer = match result {
            Ok(()) => {
                if self.made_garbage {
                    self.garbage.raise();
                }
                // An engine that finishes what it never ran has lost it.
                self.outcome
                    .take()
                    .unwrap_or_else(|| Err(Error::AnswerLost.into()))
            }
            Err(EngineError::Conflict) => match self.retry() {
                Ok(()) => return,
                Err(unit) => {
                    self = unit;
                    let attempts = self.retries + 1;
                    Err(Error::Contention { attempts }.into())
                }
            },
            Err(error) => Err(Error::from(error).into()),
        };
        // Nobody may wait for it any more.
        let _ = self.answer.send(answer);
    }
}

impl<F, T, E> Work<F, T, E>
where
    F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    /// Submits the transaction again, later, unless it was tried often enough.
    fn retry(mut self: Box<Self>) -> Result<(), Box<Self>> {
        let core = match self.core.upgrade() {
            Some(core) if self.retries < Self::RETRIES => core,
            _ => return Err(self),
        };
        self.retries += 1;
        event!(
            debug,
            retries = self.retries,
            "a transaction is tried again"
        );
        let delay = Self::DELAY * self.retries;
        let pool = Arc::clone(&core);
        pool.pool.spawn_regardless(Box::new(move || {
            thread::sleep(delay);
            core.engine.submit(self);
        }));
        Ok(())
    }
}

/// A read that starts when its answer is wanted: await it, or [`wait`](Self::wait) for it on a thread.
#[must_use = "a read does nothing unless it is awaited or waited for"]
pub struct Reading<T, E = Error> {
    core: Arc<Core>,
    state: ReadingState<T, E>,
}

type Job<T, E> = Box<dyn FnOnce(&Core) -> Result<T, E> + Send>;

enum ReadingState<T, E> {
    New(Job<T, E>),
    UnderWay(Pending<T, E>),
    /// Answered, or about to be.
    Over,
}

impl<T, E> Reading<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    /// Reads on this thread, which blocks for as long as the storage takes.
    pub fn wait(self) -> Result<T, E> {
        match self.state {
            ReadingState::New(job) => job(&self.core),
            ReadingState::UnderWay(pending) => pending.wait(),
            ReadingState::Over => Err(Error::AnswerLost.into()),
        }
    }

    fn start(core: &Arc<Core>, job: Job<T, E>) -> Pending<T, E> {
        let (answer, pending) = Pending::new();
        let run = {
            let core = Arc::clone(core);
            move || {
                let _ = answer.send(caught(|| job(&core)));
            }
        };
        match core.engine.residence() {
            Residence::Memory => run(),
            Residence::Storage => {
                if core.pool.spawn(Box::new(run)).is_err() {
                    let (answer, pending) = Pending::new();
                    let max = core.config.queue;
                    let _ = answer.send(Err(Error::Overloaded { max }.into()));
                    return pending;
                }
            }
        }
        pending
    }
}

impl<T, E> Future for Reading<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut pending = match std::mem::replace(&mut self.state, ReadingState::Over) {
            ReadingState::New(job) => Self::start(&self.core, job),
            ReadingState::UnderWay(pending) => pending,
            ReadingState::Over => return Poll::Ready(Err(Error::AnswerLost.into())),
        };
        let answer = Pin::new(&mut pending).poll(context);
        if answer.is_pending() {
            self.state = ReadingState::UnderWay(pending);
        }
        answer
    }
}

impl<T, E> fmt::Debug for Reading<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

fn caught<T, E: From<Error>>(run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        Err(Error::TransactionPanicked(panic_text(&*panic).to_owned()).into())
    })
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
