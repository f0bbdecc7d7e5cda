//! Whether a generation of an actor may still do anything: what all clones of its context share.

use std::sync::{Arc, OnceLock};

use depot_sqlite::Ending;
use tokio::sync::watch;

use crate::Error;

/// A gate only ever closes. What closed it first is what every later error says.
pub(crate) struct Gate {
    closed: watch::Sender<bool>,
    cause: OnceLock<Arc<Ending>>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            closed: watch::Sender::new(false),
            cause: OnceLock::new(),
        }
    }

    /// Fails if the generation has stopped.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if *self.closed.borrow() {
            return Err(self.error());
        }
        Ok(())
    }

    /// Closes for good. Closing twice is closing once.
    pub(crate) fn close(&self, cause: Option<Arc<Ending>>) {
        if let Some(cause) = cause {
            // The first counts, also if it is known only after the closing.
            let _first = self.cause.set(cause);
        }
        self.closed
            .send_if_modified(|closed| !std::mem::replace(closed, true));
    }

    /// Resolves when the gate is closed.
    pub(crate) async fn closed(&self) {
        let mut closed = self.closed.subscribe();
        // The sender lives as long as the gate.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    /// Waits for `operation`, for as long as the gate is open. One that raced the closing fails too.
    pub(crate) async fn pass<T>(
        &self,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.check()?;
        tokio::select! {
            biased;
            () = self.closed() => Err(self.error()),
            result = operation => result,
        }
    }

    fn error(&self) -> Error {
        Error::Stopped {
            cause: self.cause.get().cloned(),
        }
    }
}
