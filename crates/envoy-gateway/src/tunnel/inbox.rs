//! What one request is answered, as its messages come in: a machine without sockets and clock.
//!
//! Invariants: nothing is taken from a connection that the request was not sent on; a response begins once; of a body
//! that has begun every octet is handed on in its order, or the body ends with a failure. `queued <= limit` but for one
//! message, which counts for its octets and for what it takes beside them.

use std::collections::VecDeque;

use bytes::Bytes;
use envoy_protocol::latest::ToRivetTunnelMessageKindRef as Kind;
use envoy_protocol::session::{FromHost, Position, Sequence};

use crate::budget::Budget;
use crate::faults::{Faults, Guard};
use crate::lifecycle::ConnectionId;

/// Octets that a chunk takes in memory beside its own, so that small ones are bounded as well.
const CHUNK: usize = 256;

/// What a host says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The response begins.
    Start(Head),
    /// The next octets of the body, which never are none.
    Chunk(Bytes),
    /// The body is complete.
    End,
    /// The host does not answer, or not any further.
    Abort,
    /// What the host says cannot be a response.
    Failed(Failure),
}

/// How a response begins, as a host says it: nothing of it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The whole body, or the beginning of it.
    pub(crate) body: Bytes,
    pub(crate) extent: Extent,
}

/// How much of a body comes with the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: chunks follow.
    Beginning,
}

/// Why there will be no response, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("expected message {expected} of the response, but found {found}: messages are missing")]
    Gap { expected: u16, found: u16 },
    #[error("expected one response, but found a second one behind the beginning of the first")]
    Twice,
    #[error("expected a response to an HTTP request, but found a message of a WebSocket")]
    NotHttp,
    #[error(
        "expected a client that reads, but found {queued} octets of the response waiting for it"
    )]
    Unread { queued: usize },
    #[error("the gateway was sent more than it could look at")]
    Overloaded,
    #[error("expected a payload of at most {limit} octets, but found {found}")]
    TooLarge { found: u64, limit: u64 },
    #[error("the host was lost before the response was complete")]
    HostLost,
}

/// Why a message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// It came from a connection that this request was not sent on.
    Stranger,
    /// The response has ended, or the message belongs to a response that was given up.
    Late,
}

impl Dropped {
    /// For a label.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Late => "late",
        }
    }
}

/// The answers to one request.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// Where the request is: the connection that it was sent on last.
    connection: Option<ConnectionId>,
    /// Whether it was sent before that.
    sent_again: bool,
    sequence: Sequence,
    phase: Phase,
    said: VecDeque<Said>,
    queued: usize,
    limit: usize,
    /// Of which bodies are held until they are written.
    budget: Budget,
    /// Guards that are left out, for tests.
    faults: Faults,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// For the response to begin.
    Waiting,
    /// For more of its body.
    Streaming,
    /// For nothing: the host has said that it is done.
    Over,
    /// For nothing: what it said cannot be handed on.
    Failed,
}

impl Inbox {
    /// For a request that was not sent yet. At most `limit` octets of the response wait to be read, and less if `budget`
    /// has no room for as many.
    pub(crate) fn new(limit: usize, budget: Budget, faults: Faults) -> Self {
        Self {
            budget,
            faults,
            connection: None,
            sent_again: false,
            sequence: Sequence::default(),
            phase: Phase::Waiting,
            said: VecDeque::new(),
            queued: 0,
            limit,
        }
    }

    /// The request is sent on this connection, now. What was said before does not count.
    pub(crate) fn sent_on(&mut self, connection: ConnectionId) {
        self.sent_again |= self.connection.is_some();
        self.connection = Some(connection);
        self.sequence = Sequence::default();
        self.phase = Phase::Waiting;
        self.said.clear();
        self.queued = 0;
    }

    /// Whether the host is still at it, as far as is known here.
    pub(crate) fn is_host_busy(&self) -> bool {
        self.connection.is_some() && self.phase != Phase::Over
    }

    /// What was said next, if anything.
    pub(crate) fn next(&mut self) -> Option<Said> {
        let said = self.said.pop_front()?;
        if let Said::Chunk(octets) = &said {
            self.queued -= octets.len() + CHUNK;
        }
        Some(said)
    }

    /// Takes in a message.
    pub(crate) fn receive(
        &mut self,
        from: ConnectionId,
        message: &FromHost,
    ) -> Result<(), Dropped> {
        self.check(from)?;
        let message_id = message.get().message_id;
        let index = message_id.message_index;
        match &message.get().message_kind {
            Kind::ToRivetResponseStart(start) => {
                if self.phase == Phase::Streaming {
                    self.fail(Failure::Twice);
                    return Ok(());
                }
                if !self.is_next(index) {
                    return Ok(());
                }
                let body = start
                    .body
                    .map_or_else(Bytes::new, |body| message.share(body));
                let headers: Vec<_> = start
                    .headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect();
                // They are kept as long as the body, and can be as large.
                let beside = headers.iter().map(|(name, value)| name.len() + value.len());
                let Some(body) = self.budget.hold(body, beside.sum()) else {
                    self.fail(Failure::Overloaded);
                    if !start.stream {
                        // That was all of it.
                        self.phase = Phase::Over;
                    }
                    return Ok(());
                };
                let extent = if start.stream {
                    self.phase = Phase::Streaming;
                    Extent::Beginning
                } else {
                    self.phase = Phase::Over;
                    Extent::Whole
                };
                self.said.push_back(Said::Start(Head {
                    status: start.status,
                    headers,
                    body,
                    extent,
                }));
                Ok(())
            }
            Kind::ToRivetResponseChunk(chunk) => {
                // The head of this response went with a connection, and the request was sent again.
                if self.phase == Phase::Waiting && self.sent_again {
                    return Err(Dropped::Late);
                }
                if self.phase == Phase::Waiting {
                    self.fail(Failure::Gap {
                        expected: 0,
                        found: index,
                    });
                    return Ok(());
                }
                if self.is_next(index) {
                    self.chunk(message.share(chunk.body));
                    if chunk.finish && self.phase == Phase::Streaming {
                        self.phase = Phase::Over;
                        self.said.push_back(Said::End);
                    }
                }
                Ok(())
            }
            Kind::ToRivetResponseAbort => {
                self.phase = Phase::Over;
                self.said.push_back(Said::Abort);
                Ok(())
            }
            Kind::ToRivetWebSocketOpen(_)
            | Kind::ToRivetWebSocketMessage(_)
            | Kind::ToRivetWebSocketMessageAck(_)
            | Kind::ToRivetWebSocketClose(_) => {
                self.fail(Failure::NotHttp);
                Ok(())
            }
        }
    }

    /// A message of this connection was not taken.
    pub(crate) fn refuse(&mut self, from: ConnectionId, failure: Failure) -> Result<(), Dropped> {
        self.check(from)?;
        self.fail(failure);
        Ok(())
    }

    /// The host cannot say any more. What it has said is still handed on.
    pub(crate) fn lose(&mut self) {
        if self.phase == Phase::Streaming {
            self.fail(Failure::HostLost);
            // There is nobody to be told.
            self.phase = Phase::Over;
        }
    }

    fn check(&self, from: ConnectionId) -> Result<(), Dropped> {
        if self.connection != Some(from) && !self.faults.lack(Guard::OwnAnswers) {
            return Err(Dropped::Stranger);
        }
        match self.phase {
            Phase::Waiting | Phase::Streaming => Ok(()),
            Phase::Over | Phase::Failed => Err(Dropped::Late),
        }
    }

    /// Whether the message of this position is the next one. If some are missing before it, the response fails.
    fn is_next(&mut self, found: u16) -> bool {
        let expected = self.sequence.next();
        match self.sequence.receive(found) {
            Position::Next => true,
            Position::Repeated if self.phase == Phase::Streaming => false,
            Position::Repeated | Position::Gap { .. } => {
                self.fail(Failure::Gap { expected, found });
                false
            }
        }
    }

    fn chunk(&mut self, octets: Bytes) {
        if octets.is_empty() {
            return;
        }
        // There is no way to tell the host to wait, so it is stopped.
        let size = octets.len() + CHUNK;
        let queued = self.queued + size;
        if self.queued > 0 && queued > self.limit {
            self.fail(Failure::Unread { queued });
            return;
        }
        let Some(octets) = self.budget.hold(octets, CHUNK) else {
            self.fail(Failure::Overloaded);
            return;
        };
        self.queued = queued;
        self.said.push_back(Said::Chunk(octets));
    }

    fn fail(&mut self, failure: Failure) {
        self.phase = Phase::Failed;
        self.said.push_back(Said::Failed(failure));
    }
}
