//! Group commit: units of many callers share a sync.
//!
//! For engines on stores with one writer, whose commit is dear and whose writes are not. A thread takes all units that wait, runs one after the other
//! in one transaction of the store, and finishes all of them once that is durable. While it waits for the disk the next group gathers; so the more
//! callers there are, the less each pays.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crate::engine::{Changes, Engine, EngineError, Read, Residence, Snapshot, Statistics, Unit};
use crate::threads;

/// A store with one writer and consistent snapshots.
pub trait Store: Send + Sync + 'static {
    /// Everything that is durable now, as one state.
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError>;

    /// Calls `fill` with a new transaction, and makes what it wrote durable, all or nothing.
    ///
    /// Not durable is an error. [`EngineError::Poisoned`] says that it is unknown what is; any other, that nothing of the group is, and that
    /// the store goes on. If `fill` fails, or wrote nothing, there is nothing to make durable.
    fn write(&self, fill: &mut Fill<'_>) -> Result<(), EngineError>;

    /// Times it told the storage to make durable what was written, and octets it wrote.
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }

    /// Whether groups are refused for want of space: see [`Engine::is_full`].
    fn is_full(&self) -> bool {
        false
    }

    /// Called once, after the last group. Later reads may fail.
    fn close(&self) {}
}

/// Puts a group into a transaction.
pub type Fill<'a> = dyn FnMut(&mut dyn Group) -> Result<(), EngineError> + 'a;

/// What a store did with its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Times the storage was told to make durable what was written.
    pub syncs: u64,
    /// Octets written to files.
    pub written_bytes: u64,
}

/// A transaction of a store: what was durable before it, and what it wrote so far.
pub trait Group {
    /// What it reads.
    fn state(&self) -> &dyn Read;

    /// Writes what a unit changes. An error ends the whole group.
    fn apply(&mut self, changes: &Changes) -> Result<(), EngineError>;
}

/// How groups are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// Units that may wait.
    pub queue: usize,
    /// Units of one group. 1 switches the sharing off, to see what it brings.
    pub units: usize,
    /// Octets of pages after which a group takes no more.
    pub bytes: usize,
}

impl Default for Grouping {
    fn default() -> Self {
        Self {
            queue: 4096,
            units: 1024,
            bytes: 32 << 20,
        }
    }
}

/// An engine that groups units on a store.
pub struct GroupCommit<S> {
    shared: Arc<Shared<S>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared<S> {
    store: S,
    grouping: Grouping,
    queue: Mutex<Queue>,
    filled: Condvar,
    /// Why nothing is answered any more.
    poison: OnceLock<EngineError>,
    units: AtomicU64,
    groups: AtomicU64,
}

#[derive(Default)]
struct Queue {
    units: VecDeque<Box<dyn Unit>>,
    closed: bool,
}

impl<S: Store> GroupCommit<S> {
    /// Starts the writer of `store`.
    ///
    /// # Errors
    ///
    /// Those of the system, where it gives no thread.
    pub fn start(store: S, grouping: Grouping) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            store,
            grouping,
            queue: Mutex::default(),
            filled: Condvar::new(),
            poison: OnceLock::new(),
            units: AtomicU64::new(0),
            groups: AtomicU64::new(0),
        });
        let writer = Arc::clone(&shared);
        let writer = threads::spawn("depot-writer", move || writer.run())?;
        Ok(Self {
            shared,
            writer: Mutex::new(Some(writer)),
        })
    }
}

impl<S: Store> Engine for GroupCommit<S> {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        self.shared.check()?;
        if self.shared.lock().closed {
            return Err(EngineError::Closed);
        }
        let snapshot = self.shared.store.snapshot()?;
        // A group may have failed meanwhile, and left who knows what to be seen.
        self.shared.check()?;
        Ok(snapshot)
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        let refused = {
            let mut queue = self.shared.lock();
            let max = self.shared.grouping.queue;
            if queue.closed {
                EngineError::Closed
            } else if queue.units.len() >= max {
                EngineError::Overloaded { max }
            } else {
                queue.units.push_back(unit);
                drop(queue);
                self.shared.filled.notify_one();
                return;
            }
        };
        unit.finish(Err(refused));
    }

    fn residence(&self) -> Residence {
        Residence::Storage
    }

    fn statistics(&self) -> Statistics {
        let Traffic {
            syncs,
            written_bytes,
        } = self.shared.store.traffic();
        Statistics {
            units: self.shared.units.load(Ordering::Relaxed),
            groups: self.shared.groups.load(Ordering::Relaxed),
            syncs,
            written_bytes,
        }
    }

    fn is_full(&self) -> bool {
        self.shared.store.is_full()
    }

    fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.filled.notify_all();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            threads::join(writer);
        }
    }
}

impl<S> Drop for GroupCommit<S> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.filled.notify_all();
        let writer = self
            .writer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            threads::join(writer);
        }
    }
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<(), EngineError> {
        match self.poison.get() {
            None => Ok(()),
            Some(poison) => Err(poison.clone()),
        }
    }
}

impl<S: Store> Shared<S> {
    fn run(&self) {
        loop {
            let mut queue = self
                .filled
                .wait_while(self.lock(), |queue| queue.units.is_empty() && !queue.closed)
                .unwrap_or_else(PoisonError::into_inner);
            if queue.units.is_empty() {
                break;
            }
            // Units that come while this group runs are in the next one; those that this group leaves behind, too, and first.
            let take = queue.units.len().min(self.grouping.units.max(1));
            let mut waiting: VecDeque<_> = queue.units.drain(..take).collect();
            drop(queue);
            while !waiting.is_empty() {
                let done = catch_unwind(AssertUnwindSafe(|| self.group(&mut waiting)));
                if done.is_err() {
                    // The units of the group are gone without an answer, which says that nobody knows.
                    let why = "the writer panicked".to_owned();
                    let _ = self.poison.set(EngineError::Poisoned(why));
                }
            }
        }
        self.store.close();
    }

    /// Runs as many of the units that wait as go into one group, and finishes them.
    fn group(&self, waiting: &mut VecDeque<Box<dyn Unit>>) {
        let mut ran: Vec<(Box<dyn Unit>, Result<(), EngineError>)> = Vec::new();
        let mut bytes = 0;
        let mut wrote = false;
        let result = self.check().and_then(|()| {
            self.store.write(&mut |group| {
                while bytes < self.grouping.bytes
                    && let Some(mut unit) = waiting.pop_front()
                {
                    let changes = unit.run(group.state());
                    let kept = changes.as_ref().map(|_| ()).map_err(Clone::clone);
                    ran.push((unit, kept));
                    if let Ok(changes) = changes
                        && !changes.is_empty()
                    {
                        bytes += changes
                            .pages
                            .values()
                            .flatten()
                            .map(bytes::Bytes::len)
                            .sum::<usize>();
                        wrote = true;
                        group.apply(&changes)?;
                    }
                }
                Ok(())
            })
        });
        if ran.is_empty() {
            // The transaction did not even begin.
            ran.extend(waiting.drain(..).map(|unit| (unit, Ok(()))));
        }
        if let Err(poison @ EngineError::Poisoned(_)) = &result {
            event!(error, %poison, "nothing is answered any more");
            let _ = self.poison.set(poison.clone());
        }
        self.units.fetch_add(ran.len() as u64, Ordering::Relaxed);
        self.groups.fetch_add(u64::from(wrote), Ordering::Relaxed);
        for (unit, kept) in ran {
            // What a unit read counts only if all before it became durable; so it fails with its group even if it changed nothing.
            unit.finish(result.clone().and(kept));
        }
    }
}
