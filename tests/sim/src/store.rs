//! What a gateway stores in: an engine in memory behind a disk that takes its time, fails now and then, and outlives the
//! gateway with what was made durable.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use depot::MemoryEngine;
use depot::engine::{Changes, Engine, EngineError, Read, Residence, Snapshot, Unit};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::audit::Audit;
use crate::random::Random;

/// How a disk behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// How long a sync takes, at most.
    pub(crate) sync: Duration,
    /// One unit in so many fails; 0 for none.
    pub(crate) fails: u64,
    /// The answer to one unit in so many is lost; 0 for none.
    pub(crate) loses: u64,
}

/// The disk of one gateway process, on what the ones before it have left. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Inner>);

struct Inner {
    memory: Arc<MemoryEngine>,
    audit: Audit,
    queue: Mutex<VecDeque<Box<dyn Unit>>>,
    submitted: Notify,
    /// The process is gone: nothing of it comes here any more.
    is_dead: AtomicBool,
    manners: Mutex<Manners>,
    stalled_until: Mutex<Option<Instant>>,
    random: Random,
}

/// A unit whose end is told to nobody.
struct Unheard(Box<dyn Unit>);

impl Unit for Unheard {
    fn run(&mut self, state: &dyn Read) -> Result<Changes, EngineError> {
        self.0.run(state)
    }

    fn finish(self: Box<Self>, _: Result<(), EngineError>) {}
}

impl Disk {
    /// A disk with a task that does its work, until it is [gone](Self::die).
    pub(crate) fn new(
        memory: Arc<MemoryEngine>,
        audit: Audit,
        manners: Manners,
        random: Random,
    ) -> Self {
        let disk = Self(Arc::new(Inner {
            memory,
            audit,
            queue: Mutex::default(),
            submitted: Notify::new(),
            is_dead: AtomicBool::new(false),
            manners: Mutex::new(manners),
            stalled_until: Mutex::default(),
            random,
        }));
        tokio::spawn(disk.clone().work());
        disk
    }

    /// The process ends. Some of what waits is durable all the same, and nobody was told.
    pub(crate) fn die(&self) {
        if self.0.is_dead.swap(true, Ordering::AcqRel) {
            return;
        }
        let waiting = std::mem::take(&mut *lock(&self.0.queue));
        let durable = self.0.random.place(waiting.len() + 1);
        for unit in waiting.into_iter().take(durable) {
            self.apply(Box::new(Unheard(unit)));
        }
        self.0.submitted.notify_one();
    }

    /// Nothing becomes durable for a while.
    pub(crate) fn stall(&self, time: Duration) {
        *lock(&self.0.stalled_until) = Some(Instant::now() + time);
    }

    /// It behaves like this from now on, and does not stall.
    pub(crate) fn behave(&self, manners: Manners) {
        *lock(&self.0.manners) = manners;
        *lock(&self.0.stalled_until) = None;
        self.0.submitted.notify_one();
    }

    async fn work(self) {
        let inner = &self.0;
        while !inner.is_dead.load(Ordering::Acquire) {
            if lock(&inner.queue).is_empty() {
                inner.submitted.notified().await;
                continue;
            }
            let stalled = lock(&inner.stalled_until).filter(|until| *until > Instant::now());
            if let Some(until) = stalled {
                tokio::select! {
                    biased;
                    () = inner.submitted.notified() => {}
                    () = sleep_until(until) => {}
                }
                continue;
            }
            let manners = *lock(&inner.manners);
            let waiting = lock(&inner.queue).len();
            // Those that come while it syncs wait for the next one.
            sleep(inner.random.up_to(manners.sync)).await;
            for _ in 0..waiting {
                let Some(unit) = lock(&inner.queue).pop_front() else {
                    break;
                };
                if inner.random.one_in(manners.fails) {
                    unit.finish(Err(EngineError::Failed("it was told to".to_owned())));
                } else if inner.random.one_in(manners.loses) {
                    self.apply(Box::new(Unheard(unit)));
                } else {
                    self.apply(unit);
                }
            }
        }
    }

    fn apply(&self, unit: Box<dyn Unit>) {
        self.0.memory.submit(unit);
        self.0.audit.look();
    }
}

impl Engine for Disk {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        if self.0.is_dead.load(Ordering::Acquire) {
            return Err(EngineError::Closed);
        }
        self.0.memory.snapshot()
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        if self.0.is_dead.load(Ordering::Acquire) {
            unit.finish(Err(EngineError::Closed));
            return;
        }
        lock(&self.0.queue).push_back(unit);
        self.0.submitted.notify_one();
    }

    fn residence(&self) -> Residence {
        Residence::Memory
    }

    fn close(&self) {
        self.die();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
