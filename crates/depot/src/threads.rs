//! The depot's own threads.

use std::cell::Cell;
use std::io;
use std::thread::{self, JoinHandle};

thread_local! {
    /// Whether this thread is one of a depot's.
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// Starts a thread of a depot's.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        OURS.set(true);
        run();
    })
}

/// Waits for a thread of a depot's to end, unless this is one itself: then what ends here is the last handle of a depot, held by work on one of
/// its threads, and the thread that is waited for may be waiting for that work.
pub(crate) fn join(thread: JoinHandle<()>) {
    if !OURS.get() {
        // What it panicked with was answered as an error.
        let _ = thread.join();
    }
}
