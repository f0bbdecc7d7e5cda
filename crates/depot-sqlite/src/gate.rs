//! Whether a database may still run: the one thing that its SQL thread, its VFS and all its handles share.
//!
//! A gate only ever closes. What ended the database first is what every later error says.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use futures_channel::oneshot;

use crate::error::{Ending, Error};
use crate::source::SourceError;

#[derive(Default)]
pub(crate) struct Gate {
    closed: AtomicBool,
    /// The requests so far: of all openings, so that an answer to one that was given up fits no later one.
    epochs: AtomicU64,
    ending: OnceLock<Arc<Ending>>,
    /// The SQL thread, while it waits for the source.
    waiting: Mutex<Option<Thread>>,
    /// Whoever wants to hear of the ending. `None` after the gate has closed.
    listeners: Mutex<Vec<oneshot::Sender<Option<Arc<Ending>>>>>,
    /// Whether the last job has left a transaction open.
    transaction: AtomicBool,
}

impl Gate {
    /// Fails if the database has ended or was closed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.ending.get() {
            Some(ending) => Err(Error::Closed {
                cause: Some(Arc::clone(ending)),
            }),
            None if self.closed.load(Ordering::Acquire) => Err(Error::Closed { cause: None }),
            None => Ok(()),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.ending.get().is_none() && !self.closed.load(Ordering::Acquire)
    }

    /// The number of the next request, from 1.
    pub(crate) fn next_epoch(&self) -> u64 {
        self.epochs.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Closes on behalf of the user. True for the first call.
    pub(crate) fn close(&self) -> bool {
        let first = !self.closed.swap(true, Ordering::AcqRel);
        self.wake();
        first
    }

    /// Ends the database; only the first ending counts. True if this is it. An ending after the user has closed the
    /// database changes nothing: nobody is left to act on it.
    pub(crate) fn end(&self, ending: Ending) -> bool {
        if self.closed.load(Ordering::Acquire) {
            return false;
        }
        let first = self.ending.set(Arc::new(ending)).is_ok();
        self.wake();
        first
    }

    pub(crate) fn set_in_transaction(&self, open: bool) {
        self.transaction.store(open, Ordering::Release);
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        self.transaction.load(Ordering::Acquire)
    }

    pub(crate) fn ending(&self) -> Option<&Arc<Ending>> {
        self.ending.get()
    }

    /// Resolves when the gate closes, with the ending if there is one.
    pub(crate) fn closed(&self) -> oneshot::Receiver<Option<Arc<Ending>>> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.listeners).push(sender);
        // A gate that closed before the push has told everyone already.
        if !self.is_open() {
            self.wake();
        }
        receiver
    }

    /// Notes the thread to wake when the gate closes, for as long as the answer lives.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        *lock(&self.waiting) = Some(std::thread::current());
        Waiting(self)
    }

    fn wake(&self) {
        if let Some(thread) = lock(&self.waiting).as_ref() {
            thread.unpark();
        }
        for listener in std::mem::take(&mut *lock(&self.listeners)) {
            // Nobody has to go on listening.
            let _ = listener.send(self.ending.get().cloned());
        }
    }
}

/// See [`Gate::wait`].
pub(crate) struct Waiting<'a>(&'a Gate);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *lock(&self.0.waiting) = None;
    }
}

/// The ending that an error of the source calls for, if any.
pub(crate) fn ending_of(error: &SourceError) -> Option<Ending> {
    match error.kind() {
        crate::ErrorKind::HeadMismatch { .. } => Some(Ending::Fatal(error.clone())),
        crate::ErrorKind::Superseded => Some(Ending::Superseded(error.clone())),
        _ => None,
    }
}

/// Locks; a panic of another holder changes nothing, since every value in here is whole at all times.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
