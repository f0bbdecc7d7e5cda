//! A host's connection, as far as what is stored goes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use envoy_protocol::latest;
use envoy_protocol::session::SendError;

use super::Answers;
use super::v4::ConnectionNumber;
use super::v4_table::Generation;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Host {
    pub(super) namespace: Arc<str>,
    pub(super) envoy_key: Arc<str>,
}

impl Host {
    pub(super) fn name(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.namespace), Arc::clone(&self.envoy_key))
    }
}

/// Who names the head that a request is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FencedBy {
    /// The host, or nobody where it names none.
    Host,
    /// The server, where the host names none: it cannot.
    Server,
}

/// A connection: where requests come from, and where their answers go, and nowhere else.
pub(super) struct Connection {
    pub(super) number: ConnectionNumber,
    pub(super) host: Host,
    pub(super) fenced_by: FencedBy,
    answers: Box<dyn Answers>,
    ended: AtomicBool,
    /// Octets of the frames that wait or are being served.
    waiting: AtomicUsize,
    /// Generations that this host was told of to be over.
    told: Mutex<HashSet<Generation>>,
}

impl Connection {
    pub(super) fn new(
        number: ConnectionNumber,
        host: Host,
        fenced_by: FencedBy,
        answers: Box<dyn Answers>,
    ) -> Self {
        Self {
            number,
            host,
            fenced_by,
            answers,
            ended: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            told: Mutex::default(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Whether this call ended it.
    pub(super) fn end(&self) -> bool {
        !self.ended.swap(true, Ordering::AcqRel)
    }

    /// Answers a request of this connection.
    pub(super) fn answer(&self, answer: &latest::ToEnvoyRef<'_>) -> Result<(), SendError> {
        if self.has_ended() {
            return Err(SendError::Closed);
        }
        self.answers.answer(answer)
    }

    /// Counts octets that wait, if there is room for them.
    pub(super) fn take_room(&self, octets: usize, limit: usize) -> bool {
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                let after = waiting.checked_add(octets)?;
                // One request always fits, or it never would.
                (waiting == 0 || after <= limit).then_some(after)
            })
            .is_ok()
    }

    pub(super) fn give_room(&self, octets: usize) {
        self.waiting.fetch_sub(octets, Ordering::AcqRel);
    }

    /// Whether this is the first time that the host is told that this generation is over.
    pub(super) fn tells_first(&self, generation: &Generation) -> bool {
        /// Generations that are remembered. A host that makes up more hears of some again.
        const MOST: usize = 4096;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(generation.clone())
    }
}
