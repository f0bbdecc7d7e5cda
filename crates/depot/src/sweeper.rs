//! A thread that removes what no database refers to any more.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::depot::Core;
use crate::threads;

/// Sweeps whenever garbage was made, and once at the start for what was left the last time.
pub(crate) struct Sweeper {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Says that there is garbage.
#[derive(Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    raised: bool,
    stopping: bool,
}

impl Sweeper {
    /// How long it waits after a failure, at first and at most.
    const PATIENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(1)];

    /// Starts it, if the system has a thread for it. Without one the garbage stays until the next start.
    pub(crate) fn start(core: &Arc<Core>) -> Option<Self> {
        let signal = Arc::clone(core.garbage());
        signal.raise();
        let core = Arc::clone(core);
        let thread = threads::spawn("depot-sweeper", move || run(&core)).ok()?;
        Some(Self {
            signal,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Stops it after the transaction it is at.
    pub(crate) fn stop(&self) {
        self.signal.stop();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            threads::join(thread);
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Signal {
    pub(crate) fn raise(&self) {
        self.lock().raised = true;
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    /// Waits until there is garbage; false if it is over.
    fn wait(&self) -> bool {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| !state.raised && !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        state.raised = false;
        !state.stopping
    }

    /// Waits for `time`; false if it is over.
    fn pause(&self, time: Duration) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stopping
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(core: &Arc<Core>) {
    let [first, longest] = Sweeper::PATIENCE;
    let mut patience = first;
    while core.garbage().wait() {
        loop {
            match core.sweep().wait() {
                // Between two of them others have their turn.
                Ok(true) if core.garbage().pause(Duration::ZERO) => patience = first,
                Ok(_) => break,
                Err(crate::Error::Closed | crate::Error::Poisoned(_)) => return,
                Err(error) => {
                    event!(warn, %error, "cannot remove what is left of databases; trying again");
                    let _ = error;
                    if !core.garbage().pause(patience) {
                        return;
                    }
                    patience = (patience * 2).min(longest);
                }
            }
        }
    }
}
