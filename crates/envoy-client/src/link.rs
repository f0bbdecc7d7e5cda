//! The session of the host, as its actors use it: requests that are futures.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use envoy_protocol::session::{
    self, CommitEnd, ExecAnswer, ExecuteAnswer, HostEvent, KvAnswer, PagesAnswer, RequestError,
    RequestKey, SendError,
};
use envoy_protocol::ws::Handle;
use tokio::sync::{Notify, oneshot};

/// Calls the session's machine, and knows who waits for which answer.
pub(crate) struct Link {
    handle: Handle<session::Host>,
    waiting: Mutex<BTreeMap<RequestKey, Reply>>,
    /// The machine has room in its queue again.
    pub(crate) room: Notify,
    /// A connection has ended.
    #[cfg(feature = "faults")]
    pub(crate) lost: Notify,
    /// Whether a commit whose connection ends counts as not applied.
    #[cfg(feature = "faults")]
    pub(crate) without_resend: bool,
    /// Whether actors that fail are told to have stopped well.
    #[cfg(feature = "faults")]
    pub(crate) without_stop_codes: bool,
}

/// Where an answer goes.
pub(crate) enum Reply {
    Kv(oneshot::Sender<Result<KvAnswer, RequestError>>),
    Pages(oneshot::Sender<Result<PagesAnswer, RequestError>>),
    Commit(oneshot::Sender<CommitEnd>),
    Exec(oneshot::Sender<Result<ExecAnswer, RequestError>>),
    Execute(oneshot::Sender<Result<ExecuteAnswer, RequestError>>),
}

/// A request that was handed to the machine. Dropping it cancels the request.
pub(crate) struct Waiting<T> {
    link: Arc<Link>,
    key: RequestKey,
    answer: oneshot::Receiver<T>,
    ended: bool,
}

impl Link {
    pub(crate) fn new(handle: Handle<session::Host>) -> Self {
        Self {
            handle,
            waiting: Mutex::default(),
            room: Notify::new(),
            #[cfg(feature = "faults")]
            lost: Notify::new(),
            #[cfg(feature = "faults")]
            without_resend: false,
            #[cfg(feature = "faults")]
            without_stop_codes: false,
        }
    }

    /// Calls the machine, at the present time.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut session::Host, Instant) -> T) -> T {
        self.handle.with(call)
    }

    /// Makes a request.
    pub(crate) fn request<T>(
        self: &Arc<Self>,
        reply: impl FnOnce(oneshot::Sender<T>) -> Reply,
        send: impl FnOnce(&mut session::Host, Instant) -> Result<RequestKey, SendError>,
    ) -> Result<Waiting<T>, SendError> {
        let (sender, answer) = oneshot::channel();
        // Noted while the machine is locked: the answer cannot be looked at before.
        let key = self.handle.with(|host, now| {
            let key = send(host, now)?;
            lock(&self.waiting).insert(key, reply(sender));
            Ok::<_, SendError>(key)
        })?;
        Ok(Waiting {
            link: Arc::clone(self),
            key,
            answer,
            ended: false,
        })
    }

    /// Hands an answer to who waits for it; gives back an event that is none.
    pub(crate) fn answer(&self, event: HostEvent) -> Option<HostEvent> {
        // Whoever does not wait any more has cancelled, and the answer was on its way.
        match event {
            HostEvent::Kv { request, result } => {
                if let Some(Reply::Kv(reply)) = self.take(request) {
                    drop(reply.send(result));
                }
            }
            HostEvent::Pages { request, result } => {
                if let Some(Reply::Pages(reply)) = self.take(request) {
                    drop(reply.send(result));
                }
            }
            HostEvent::Commit { request, end } => {
                if let Some(Reply::Commit(reply)) = self.take(request) {
                    drop(reply.send(end));
                }
            }
            HostEvent::Exec { request, result } => {
                if let Some(Reply::Exec(reply)) = self.take(request) {
                    drop(reply.send(result));
                }
            }
            HostEvent::Execute { request, result } => {
                if let Some(Reply::Execute(reply)) = self.take(request) {
                    drop(reply.send(result));
                }
            }
            event => return Some(event),
        }
        None
    }

    /// There will be no more answers.
    pub(crate) fn abandon(&self) {
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        drop(waiting);
    }

    fn take(&self, key: RequestKey) -> Option<Reply> {
        lock(&self.waiting).remove(&key)
    }
}

impl<T> Future for Waiting<T> {
    /// None if the session is gone, and nobody will answer.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let answer = std::task::ready!(Pin::new(&mut self.answer).poll(cx));
        self.ended = true;
        Poll::Ready(answer.ok())
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        if !self.ended {
            self.link.take(self.key);
            self.link.with(|host, _| host.cancel(self.key));
        }
    }
}

/// Locks; a panic of another holder changes nothing, since every value in here is whole at all times.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
