//! An engine that fails when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Changes, Engine, EngineError, Read, Residence, Snapshot, Statistics, Unit};

/// Where something can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// A snapshot is taken.
    Read,
    /// A unit was submitted, and has not run.
    BeforeCommit,
    /// A unit ran, and what it changes is about to be applied.
    DuringCommit,
    /// A unit is durable, and its caller is about to be told.
    AfterCommit,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Read,
        Self::BeforeCommit,
        Self::DuringCommit,
        Self::AfterCommit,
    ];
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The caller gets this error. Up to [`Point::DuringCommit`] nothing of the unit is applied; after it, all of it is.
    Fail(EngineError),
    /// The caller is never answered, and learns that.
    LoseAnswer,
    /// The caller waits until [`Faults::let_go`].
    Hold,
}

/// The faults of an engine. Cheap to clone; every clone decides for the same engine.
///
/// Each point has a queue: whoever comes by takes the first entry, and none means that all goes well.
#[derive(Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    planned: Vec<(Point, VecDeque<Option<Fault>>)>,
    passed: Vec<(Point, u64)>,
    held: Vec<Held>,
    /// Why nothing is answered any more, once an engine was poisoned.
    poison: Option<EngineError>,
}

/// Something that goes on once it is let go.
type Held = Box<dyn FnOnce() + Send>;

impl Faults {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whoever next comes to `point`, after those that something is planned for already, meets `fault`.
    pub fn plan(&self, point: Point, fault: Fault) {
        self.planned(point, Some(fault));
    }

    /// Whoever next comes to `point`, after those that something is planned for already, goes by unharmed.
    pub fn plan_nothing(&self, point: Point) {
        self.planned(point, None);
    }

    /// Forgets all that is planned and was not met.
    pub fn clear(&self) {
        self.lock().planned.clear();
    }

    /// How many came by `point` so far.
    #[must_use]
    pub fn passed(&self, point: Point) -> u64 {
        let inner = self.lock();
        let passed = inner.passed.iter().find(|(at, _)| *at == point);
        passed.map_or(0, |(_, count)| *count)
    }

    /// How many are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().held.len()
    }

    /// Lets everyone go on who is held, in the order they came.
    pub fn let_go(&self) {
        let held = std::mem::take(&mut self.lock().held);
        for held in held {
            held();
        }
    }

    fn planned(&self, point: Point, fault: Option<Fault>) {
        let mut inner = self.lock();
        match inner.planned.iter_mut().find(|(at, _)| *at == point) {
            Some((_, queue)) => queue.push_back(fault),
            None => inner.planned.push((point, VecDeque::from([fault]))),
        }
    }

    fn pass(&self, point: Point) -> Option<Fault> {
        let mut inner = self.lock();
        match inner.passed.iter_mut().find(|(at, _)| *at == point) {
            Some((_, count)) => *count += 1,
            None => inner.passed.push((point, 1)),
        }
        if let Some(poison) = &inner.poison {
            return Some(Fault::Fail(poison.clone()));
        }
        let (_, queue) = inner.planned.iter_mut().find(|(at, _)| *at == point)?;
        let fault = queue.pop_front().flatten();
        if let Some(Fault::Fail(poison @ EngineError::Poisoned(_))) = &fault {
            inner.poison = Some(poison.clone());
        }
        fault
    }

    fn hold(&self, held: Held) {
        self.lock().held.push(held);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An engine between its callers and another one, where [`Faults`] happen. A poisoned one answers nothing any more.
pub struct FaultyEngine {
    engine: Arc<dyn Engine>,
    faults: Faults,
}

impl FaultyEngine {
    /// `engine`, with the faults that `faults` plans.
    #[must_use]
    pub fn new(engine: impl Engine, faults: &Faults) -> Self {
        Self {
            engine: Arc::new(engine),
            faults: faults.clone(),
        }
    }
}

impl Engine for FaultyEngine {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        match self.faults.pass(Point::Read) {
            Some(Fault::Fail(error)) => Err(error),
            // A read is a call: what it answers cannot get lost below it, nor can anybody wait here without being the one who lets go.
            Some(Fault::LoseAnswer | Fault::Hold) | None => self.engine.snapshot(),
        }
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        let unit = Box::new(FaultyUnit {
            unit,
            faults: self.faults.clone(),
            failed: None,
        });
        match self.faults.pass(Point::BeforeCommit) {
            Some(Fault::Fail(error)) => unit.unit.finish(Err(error)),
            Some(Fault::LoseAnswer) => drop(unit),
            Some(Fault::Hold) => {
                let engine = Arc::clone(&self.engine);
                self.faults.hold(Box::new(move || engine.submit(unit)));
            }
            None => self.engine.submit(unit),
        }
    }

    fn residence(&self) -> Residence {
        self.engine.residence()
    }

    fn statistics(&self) -> Statistics {
        self.engine.statistics()
    }

    fn is_full(&self) -> bool {
        self.engine.is_full()
    }

    fn close(&self) {
        self.engine.close();
    }
}

struct FaultyUnit {
    unit: Box<dyn Unit>,
    faults: Faults,
    failed: Option<Fault>,
}

impl Unit for FaultyUnit {
    fn run(&mut self, state: &dyn Read) -> Result<Changes, EngineError> {
        let changes = self.unit.run(state)?;
        match self.faults.pass(Point::DuringCommit) {
            Some(Fault::Fail(error)) => {
                self.failed = Some(Fault::Fail(error.clone()));
                Err(error)
            }
            Some(fault) => {
                // Only the answer is touched. It is applied all the same.
                self.failed = Some(fault);
                Ok(changes)
            }
            None => Ok(changes),
        }
    }

    fn finish(self: Box<Self>, result: Result<(), EngineError>) {
        let Self {
            unit,
            faults,
            failed,
        } = *self;
        if result.is_err() {
            return unit.finish(result);
        }
        match failed.or_else(|| faults.pass(Point::AfterCommit)) {
            Some(Fault::Fail(error)) => unit.finish(Err(error)),
            Some(Fault::LoseAnswer) => drop(unit),
            Some(Fault::Hold) => faults.hold(Box::new(move || unit.finish(Ok(())))),
            None => unit.finish(result),
        }
    }
}
