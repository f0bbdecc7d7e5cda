//! The way of one request to its actor: found, lost, and found again.
//!
//! Until a response has begun, the request is sent again under the same id wherever its actor is next: so a host may see
//! it twice, by which ours knows that it is the same one, and the caller sees one answer. All waiting together, for routes and between attempts, is bounded by
//! [`Forwarding::ready`], and attempts by [`Forwarding::attempts`].

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::bare::{Map, MapRef};
use envoy_protocol::latest::{
    ToEnvoyRequestStartRef, ToEnvoyTunnelMessageKindRef, ToEnvoyTunnelMessageRef,
};
use envoy_protocol::session::SendError;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout};

use super::inbox::{Failure, Head, Said};
use super::response::Answer;
use super::{Registered, Tunnels};
use crate::error::ApiError;
use crate::faults::Guard;
use crate::lifecycle::ConnectionId;

/// Who knows where an actor is.
pub(crate) trait Routes: Send + Sync + 'static {
    type Way: Way;

    /// The way to the actor: once it runs, and its host is connected. An error by `until`.
    fn route(
        &self,
        actor_id: &str,
        until: Instant,
    ) -> impl Future<Output = Result<Self::Way, ApiError>> + Send;
}

/// The way to an actor, while it lasts.
pub(crate) trait Way: Send + Sync + 'static {
    /// The connection that it goes through.
    fn connection(&self) -> ConnectionId;

    /// Sends a message to the host.
    fn send(&self, message: ToEnvoyTunnelMessageRef<'_>) -> Result<(), SendError>;

    /// Ends when requests that went this way cannot be answered any more.
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// How requests are sent to actors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forwarding {
    /// How long a request waits for its actor, all attempts together.
    pub(crate) ready: Duration,
    /// How long a host has to begin its response.
    pub(crate) response_start: Duration,
    /// How often a request is sent.
    pub(crate) attempts: u32,
    /// How long after the first attempt that a host gave up comes the second. Doubled each time.
    pub(crate) backoff: Duration,
    /// Octets of a response that may wait for its reader.
    pub(crate) response_buffer: usize,
}

/// A request to an actor.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) actor_id: String,
    pub(crate) method: String,
    /// With the query, from the first slash on.
    pub(crate) path: String,
    pub(crate) headers: Map<String, String>,
    pub(crate) body: Bytes,
    /// What it holds until its response has ended.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// What became of one attempt.
enum Attempt {
    Started(Head),
    /// No response has begun. The next attempt may succeed.
    Again {
        reason: &'static str,
        pause: Pause,
    },
    Refused(ApiError),
}

/// Whether the next attempt waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// The next way takes its time to be found.
    None,
    Backoff,
}

impl Tunnels {
    /// Sends a request to its actor, and waits until a response begins. Dropping the future, or the answer, tells the
    /// host that nobody waits any more.
    pub(crate) async fn forward<R: Routes>(
        &self,
        routes: &R,
        config: &Forwarding,
        request: Outgoing,
    ) -> Result<Answer<R::Way>, ApiError> {
        let Outgoing { permit, .. } = request;
        let request = Outgoing {
            permit: None,
            ..request
        };
        let mut exchange = Exchange {
            registered: self.register(config.response_buffer),
            way: None,
            is_complete: false,
            _permit: permit,
        };
        let mut left = config.ready;
        let mut backoff = config.backoff;
        for attempt in 1.. {
            let waiting = Instant::now();
            let way = routes.route(&request.actor_id, waiting + left).await?;
            left = left.saturating_sub(waiting.elapsed());
            let (reason, pause) = match exchange.attempt(way, config, &request).await {
                Attempt::Started(head) => {
                    return Ok(Answer {
                        head,
                        attempts: attempt,
                        exchange,
                    });
                }
                Attempt::Refused(error) => return Err(error),
                Attempt::Again { reason, pause } => (reason, pause),
            };
            tracing::debug!(actor = %request.actor_id, attempt, reason, "a request is sent again");
            if attempt >= config.attempts || exchange.registered.faults().lack(Guard::Retries) {
                return Err(ApiError::retries_exceeded(attempt, reason));
            }
            if pause == Pause::Backoff {
                if backoff >= left {
                    break;
                }
                sleep(backoff).await;
                left -= backoff;
                backoff *= 2;
            }
        }
        Err(ApiError::actor_ready_timeout(
            &request.actor_id,
            config.ready,
        ))
    }
}

/// A request that is registered, and where it went. When it is dropped while a host is busy with it, the host is told.
pub(super) struct Exchange<W: Way> {
    pub(super) registered: Registered,
    pub(super) way: Option<W>,
    /// The caller has all of the response, whatever its host says further.
    pub(super) is_complete: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl<W: Way> Exchange<W> {
    async fn attempt(&mut self, way: W, config: &Forwarding, request: &Outgoing) -> Attempt {
        // Before it is sent, or an answer could come too early.
        self.registered.inbox().sent_on(way.connection());
        let ended = way.ended();
        let sent = self.send(&way, request);
        let way = &*self.way.insert(way);
        match sent {
            Ok(()) => {}
            Err(SendError::QueueFull { .. }) => {
                return Attempt::Again {
                    reason: "its host did not read what was sent to it",
                    pause: Pause::Backoff,
                };
            }
            Err(SendError::TooLarge { limit, .. }) => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                return Attempt::Refused(ApiError::request_body(limit));
            }
            Err(SendError::Downgrade(error)) => {
                tracing::warn!(connection = way.connection().0, %error, "a request cannot be said to its host");
                return Attempt::Refused(ApiError::internal());
            }
            // The connection is about to end, and the director about to know.
            Err(_) => {
                return Attempt::Again {
                    reason: "the connection of its host had ended",
                    pause: Pause::Backoff,
                };
            }
        }
        let said = self.said(ended);
        match timeout(config.response_start, said).await {
            Ok(Some(Said::Start(head))) => Attempt::Started(head),
            Ok(Some(Said::Abort)) => Attempt::Again {
                reason: "its host gave it up",
                pause: Pause::Backoff,
            },
            Ok(Some(Said::Failed(Failure::TooLarge { found, limit }))) => {
                Attempt::Refused(ApiError::response_too_large(found, limit))
            }
            Ok(Some(Said::Failed(failure @ Failure::Overloaded))) => {
                Attempt::Refused(ApiError::overloaded(failure))
            }
            Ok(Some(Said::Failed(failure))) => {
                Attempt::Refused(ApiError::invalid_response(failure))
            }
            // A body has a head, and the inbox keeps to that.
            Ok(Some(Said::Chunk(_) | Said::End)) => Attempt::Refused(ApiError::internal()),
            Ok(None) => Attempt::Again {
                reason: "its actor stopped, or its host was lost",
                pause: Pause::None,
            },
            Err(_) => Attempt::Refused(ApiError::response_start_timeout(config.response_start)),
        }
    }

    fn send(&self, way: &W, request: &Outgoing) -> Result<(), SendError> {
        let headers = request.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let start = ToEnvoyRequestStartRef {
            actor_id: &request.actor_id,
            method: &request.method,
            path: &request.path,
            // The names differ: they are those of a map.
            headers: MapRef::from_entries(&headers).unwrap_or_default(),
            body: (!request.body.is_empty()
                && !self.registered.faults().lack(Guard::RequestBodies))
            .then_some(&request.body[..]),
            stream: false,
        };
        way.send(ToEnvoyTunnelMessageRef {
            message_id: self.registered.message(0),
            message_kind: ToEnvoyTunnelMessageKindRef::ToEnvoyRequestStart(start),
        })
    }

    /// What the host says first; nothing, if the way ends before.
    async fn said(&self, mut ended: Pin<Box<dyn Future<Output = ()> + Send>>) -> Option<Said> {
        use std::task::Poll;
        poll_fn(|cx| {
            // What was said before the end counts.
            let is_over = ended.as_mut().poll(cx).is_ready();
            match self.registered.poll_said(cx) {
                Poll::Ready(said) => Poll::Ready(Some(said)),
                Poll::Pending if is_over => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

impl<W: Way> Drop for Exchange<W> {
    fn drop(&mut self) {
        let is_busy = !self.is_complete && self.registered.inbox().is_host_busy();
        let is_told = is_busy && !self.registered.faults().lack(Guard::CallerGone);
        if let (true, Some(way)) = (is_told, &self.way) {
            // Where it cannot be sent, the connection is over, and the request with it.
            let _ = way.send(ToEnvoyTunnelMessageRef {
                message_id: self.registered.message(1),
                message_kind: ToEnvoyTunnelMessageKindRef::ToEnvoyRequestAbort,
            });
        }
    }
}
