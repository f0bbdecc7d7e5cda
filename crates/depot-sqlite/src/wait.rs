//! Waits for a future on the SQL thread, until the gate closes or time is up.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::gate::Gate;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The gate has closed.
    Closed,
    /// Time is up.
    Late,
}

/// Runs `future` to its end. If it is stopped, the future has been dropped when this returns.
pub(crate) fn wait<F: Future>(
    future: F,
    gate: &Gate,
    until: Option<Instant>,
) -> Result<F::Output, Stopped> {
    let parker = Arc::new(Parker {
        thread: std::thread::current(),
        woken: AtomicBool::new(true),
    });
    let waker = Waker::from(Arc::clone(&parker));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let _waiting = gate.wait();
    loop {
        // Looked at before the gate: an answer that is there counts, and only one that is not can come too late.
        if parker.woken.swap(false, Ordering::AcqRel)
            && let Poll::Ready(output) = future.as_mut().poll(&mut context)
        {
            return Ok(output);
        }
        if !gate.is_open() {
            return Err(Stopped::Closed);
        }
        match until.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) => return Err(Stopped::Late),
            Some(left) => std::thread::park_timeout(left),
            None => std::thread::park(),
        }
    }
}

/// Sleeps; false if the gate has closed meanwhile.
pub(crate) fn sleep(time: Duration, gate: &Gate) -> bool {
    wait(
        std::future::pending::<()>(),
        gate,
        Instant::now().checked_add(time),
    ) == Err(Stopped::Late)
}

struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
