//! Requests to actors, on their way to hosts and back.
//!
//! A request is registered here under an id of its own before it is sent, and says which connection it was sent on: only what
//! comes from there, under that id, is an answer to it. Everything else is dropped and counted. Ids are not used again for as
//! long as possible: by them a host knows a request that comes again from one that it has answered.

mod forward;
mod headers;
mod inbox;
mod response;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use envoy_protocol::latest::{GatewayId, MessageId, RequestId};
use envoy_protocol::session::FromHost;
use futures_util::task::AtomicWaker;

use crate::budget::Budget;
use crate::faults::Faults;
use crate::lifecycle::ConnectionId;
use crate::outside;

pub(crate) use forward::{Forwarding, Outgoing, Routes, Way};
pub(crate) use headers::{ERROR, RAY, TOKEN, allow_origin, preflight, to_host};
pub(crate) use inbox::{Dropped, Failure};
pub(crate) use response::{Answer, AnswerBody, BodyError, Streamed};

use inbox::{Inbox, Said};

/// The requests that are under way.
#[derive(Clone)]
pub(crate) struct Tunnels(Arc<Shared>);

struct Shared {
    /// Names this gateway to hosts. Random, so that what was meant for an earlier one is nobody's answer here.
    gateway_id: GatewayId,
    requests: Mutex<HashMap<RequestId, Arc<Request>>>,
    /// The id of the next request.
    next_id: AtomicU32,
    /// What parts of responses may hold while they wait for their readers.
    budget: Budget,
    /// Guards that are left out, for tests.
    faults: Faults,
}

/// One request, from before it is sent until its response has ended.
struct Request {
    inbox: Mutex<Inbox>,
    /// Wakes who waits for the answer.
    said: AtomicWaker,
}

impl Tunnels {
    pub(crate) fn new(budget: Budget, faults: Faults) -> Self {
        Self(Arc::new(Shared {
            gateway_id: outside::random(),
            requests: Mutex::default(),
            next_id: AtomicU32::new(outside::random()),
            budget,
            faults,
        }))
    }

    /// How many requests are under way.
    pub(crate) fn len(&self) -> usize {
        self.requests().len()
    }

    /// Hands a host's message to the request that it answers.
    pub(crate) fn deliver(&self, from: ConnectionId, message: &FromHost) -> Result<(), Dropped> {
        let id = message.get().message_id;
        self.with(id, |inbox| inbox.receive(from, message))
    }

    /// A host's message was not taken, and the response that it is a part of cannot be whole.
    pub(crate) fn refuse(
        &self,
        from: ConnectionId,
        id: MessageId,
        failure: Failure,
    ) -> Result<(), Dropped> {
        self.with(id, |inbox| inbox.refuse(from, failure))
    }

    fn with(
        &self,
        id: MessageId,
        call: impl FnOnce(&mut Inbox) -> Result<(), Dropped>,
    ) -> Result<(), Dropped> {
        let request = if id.gateway_id == self.0.gateway_id {
            self.requests().get(&id.request_id).cloned()
        } else {
            None
        };
        let request = request.ok_or(Dropped::Late)?;
        call(&mut request.inbox())?;
        request.said.wake();
        Ok(())
    }

    /// Begins a request, of whose response at most `limit` octets wait to be read.
    fn register(&self, limit: usize) -> Registered {
        let request = Arc::new(Request {
            inbox: Mutex::new(Inbox::new(limit, self.0.budget.clone(), self.0.faults)),
            said: AtomicWaker::new(),
        });
        let mut requests = self.requests();
        let id = loop {
            let id: RequestId = self.0.next_id.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            if let Entry::Vacant(vacant) = requests.entry(id) {
                vacant.insert(Arc::clone(&request));
                break id;
            }
        };
        drop(requests);
        Registered {
            tunnels: self.clone(),
            id,
            request,
        }
    }

    fn requests(&self) -> MutexGuard<'_, HashMap<RequestId, Arc<Request>>> {
        // Nothing panics while it is locked.
        self.0
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tunnels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnels").finish_non_exhaustive()
    }
}

impl Request {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place among those under way, which it leaves when this is dropped.
struct Registered {
    tunnels: Tunnels,
    id: RequestId,
    request: Arc<Request>,
}

impl Registered {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.request.inbox()
    }

    fn faults(&self) -> Faults {
        self.tunnels.0.faults
    }

    /// The name of a message of this request.
    fn message(&self, message_index: u16) -> MessageId {
        MessageId {
            gateway_id: self.tunnels.0.gateway_id,
            request_id: self.id,
            message_index,
        }
    }

    /// What the host says next.
    fn poll_said(&self, cx: &mut Context<'_>) -> Poll<Said> {
        // Before looking, so that nothing that is said meanwhile is missed.
        self.request.said.register(cx.waker());
        match self.inbox().next() {
            Some(said) => Poll::Ready(said),
            None => Poll::Pending,
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.tunnels.requests().remove(&self.id);
    }
}
