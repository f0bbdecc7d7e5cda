//! The near end of the simulated network: where the requests of all instances wait until somebody decides about them.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use depot_sqlite::{
    Commit, Committed, ErrorKind, GetPages, PageSource, Pages, Resend, SourceError,
};
use futures_channel::oneshot;

/// An instance of a database, by the order in which they were started.
pub(crate) type InstanceId = usize;

/// How long the thread of an instance may take to come back to the network or to an end. Far beyond what any needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request and the way back.
pub(crate) enum Request {
    Read(GetPages, oneshot::Sender<Result<Pages, SourceError>>),
    Commit(Commit, oneshot::Sender<Result<Committed, SourceError>>),
}

/// What all instances of a seed share with the one who drives them.
#[derive(Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parked: BTreeMap<InstanceId, Vec<Request>>,
    woken: BTreeSet<InstanceId>,
}

impl Hub {
    /// Takes the requests that have arrived, by instance.
    pub(crate) fn arrived(&self) -> BTreeMap<InstanceId, Vec<Request>> {
        std::mem::take(&mut self.lock().parked)
    }

    /// Waits until a request has arrived or an operation of an instance was answered. False if nothing ever happens.
    pub(crate) fn wait(&self) -> bool {
        let idle = |state: &mut State| state.parked.is_empty() && state.woken.is_empty();
        let (mut state, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, idle)
            .unwrap_or_else(PoisonError::into_inner);
        state.woken.clear();
        !timeout.timed_out()
    }

    /// Looks whether `future` is done; if not, [`wait`](Self::wait) is told when it is.
    pub(crate) fn poll<F: Future + ?Sized>(
        self: &Arc<Self>,
        instance: InstanceId,
        future: Pin<&mut F>,
    ) -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(Bell {
            hub: Arc::clone(self),
            instance,
        }));
        future.poll(&mut Context::from_waker(&waker))
    }

    fn park(&self, instance: InstanceId, request: Request) {
        self.lock()
            .parked
            .entry(instance)
            .or_default()
            .push(request);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Bell {
    hub: Arc<Hub>,
    instance: InstanceId,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.hub.lock().woken.insert(self.instance);
        self.hub.changed.notify_all();
    }
}

/// What an instance has for a source.
pub(crate) struct Port {
    pub(crate) hub: Arc<Hub>,
    pub(crate) instance: InstanceId,
    pub(crate) resend: Resend,
}

impl PageSource for Port {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        let (sender, answer) = oneshot::channel();
        self.hub.park(self.instance, Request::Read(request, sender));
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    async fn commit(&self, request: Commit) -> Result<Committed, SourceError> {
        let (sender, answer) = oneshot::channel();
        self.hub
            .park(self.instance, Request::Commit(request, sender));
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    fn resend(&self) -> Resend {
        self.resend
    }
}

/// The simulation is over. Nothing decides a commit any more, and nothing that comes of it counts.
fn gone() -> SourceError {
    SourceError::new(
        ErrorKind::Refused,
        "sim",
        "over",
        "the simulation has ended",
    )
}
