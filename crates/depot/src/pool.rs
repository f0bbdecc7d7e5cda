//! A few threads that run what may block.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::threads;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Threads that start with the first job and end when the pool is dropped, after the jobs that wait.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    size: usize,
    max_waiting: usize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    idle: usize,
    stopping: bool,
}

impl Pool {
    pub(crate) fn new(size: usize, max_waiting: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::default(),
                changed: Condvar::new(),
            }),
            size: size.max(1),
            max_waiting,
            threads: Mutex::default(),
        }
    }

    /// Runs `job` on a thread of the pool, or hands it back if as many wait as may.
    pub(crate) fn spawn(&self, job: Job) -> Result<(), Job> {
        let queue = self.shared.lock();
        if queue.jobs.len() >= self.max_waiting {
            return Err(job);
        }
        self.push(queue, job);
        Ok(())
    }

    /// Runs `job` on a thread of the pool, however many wait.
    pub(crate) fn spawn_regardless(&self, job: Job) {
        self.push(self.shared.lock(), job);
    }

    fn push(&self, mut queue: MutexGuard<'_, Queue>, job: Job) {
        queue.jobs.push_back(job);
        let short = queue.idle < queue.jobs.len();
        drop(queue);
        self.shared.changed.notify_one();
        if short && !self.grow() {
            // The system gives us no thread at all: slower is better than never.
            let job = self.shared.lock().jobs.pop_front();
            if let Some(job) = job {
                job();
            }
        }
    }

    /// Starts another thread if there may be one; says whether there is any.
    fn grow(&self) -> bool {
        let mut running = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() >= self.size {
            return true;
        }
        let shared = Arc::clone(&self.shared);
        let started = threads::spawn("depot-reader", move || shared.work());
        running.extend(started.ok());
        !running.is_empty()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // Whoever waits for the job learns it from the answer that never comes; the thread is there for others too.
                let _ = catch_unwind(AssertUnwindSafe(job));
                queue = self.lock();
            } else if queue.stopping {
                return;
            } else {
                queue.idle += 1;
                queue = self
                    .changed
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        let running = self
            .threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for thread in running.drain(..) {
            threads::join(thread);
        }
    }
}
