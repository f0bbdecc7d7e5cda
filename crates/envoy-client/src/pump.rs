//! What happens in the session, handed to whom it concerns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::Version;
use envoy_protocol::latest::{self, ToEnvoyTunnelMessageKindRef as FromGateway};
use envoy_protocol::session::{self, Disconnect, HostEvent, Terminal, ToHost, TunnelEnd};
use envoy_protocol::ws::Events;
use futures_util::StreamExt as _;
use tokio::sync::watch;

use crate::Request;
use crate::http::{self, Fault, Tunnel};
use crate::registry::{Held, Shared};

/// How long actors that have been given up may take to end, at the end of a host.
const GIVEN_UP: Duration = Duration::from_secs(15);

/// What is known of the session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    /// The version of the connection, if there is one that had its init.
    pub(crate) connected: Option<Version>,
    pub(crate) metadata: Option<latest::ProtocolMetadata>,
    pub(crate) terminal: Option<Terminal>,
}

/// Hands on what happens in the session. It never waits for an actor.
pub(crate) struct Pump {
    shared: Arc<Shared>,
    status: watch::Sender<Status>,
    /// Requests whose bodies are not whole.
    partial: HashMap<Tunnel, Partial>,
    /// The most octets of a body.
    body_limit: usize,
}

struct Partial {
    actor: String,
    request: Request,
    body: Vec<u8>,
    held: Held,
}

impl Pump {
    pub(crate) fn new(
        shared: Arc<Shared>,
        status: watch::Sender<Status>,
        body_limit: usize,
    ) -> Self {
        Self {
            shared,
            status,
            partial: HashMap::new(),
            body_limit,
        }
    }

    /// Hands on until the session is over, and its actors have ended.
    pub(crate) async fn run(mut self, mut events: Events<session::Host>) {
        while let Some(event) = events.next().await {
            if let Some(event) = self.shared.link.answer(event) {
                self.event(event);
            }
        }
        // Whatever the driver ended by.
        self.shared.link.abandon();
        self.shared.lose_all("the host has ended");
        // Each is bounded by itself.
        let _ = tokio::time::timeout(GIVEN_UP, self.shared.empty()).await;
    }

    fn event(&mut self, event: HostEvent) {
        match event {
            HostEvent::Init {
                version,
                session,
                metadata,
            } => {
                tracing::info!(%version, session, "connected");
                self.shared.requests.connected();
                self.status.send_modify(|status| {
                    status.connected = Some(version);
                    status.metadata = Some(metadata);
                });
            }
            HostEvent::Disconnected { how, retry_at, .. } => {
                let again = retry_at.is_some();
                let was_connected = self.status.borrow().connected.is_some();
                match how {
                    // A host that is refused tries again for ever: who looks after it has to hear of that.
                    Disconnect::Closed(close) if again && was_connected => {
                        tracing::warn!(%close, again, "disconnected");
                    }
                    Disconnect::Closed(close) if again => {
                        tracing::warn!(%close, again, "the server does not take this host");
                    }
                    how if was_connected => tracing::info!(?how, again, "disconnected"),
                    // The session has told of each attempt what came of it.
                    how => tracing::debug!(?how, again, "not connected"),
                }
                self.status.send_modify(|status| status.connected = None);
                #[cfg(feature = "faults")]
                self.shared.link.lost.notify_waiters();
            }
            HostEvent::Lost => {
                tracing::warn!("there was no connection for too long: the actors are lost");
                self.shared
                    .lose_all("the server was out of reach for too long");
            }
            HostEvent::Terminal(terminal) => {
                tracing::info!(%terminal, "the host has ended");
                self.shared.lose_all(&terminal.to_string());
                self.status.send_modify(|status| {
                    status.connected = None;
                    status.terminal = Some(terminal);
                });
            }
            HostEvent::Command(command) => self.shared.command(command),
            HostEvent::Tunnel(message) => self.tunnel(&message),
            HostEvent::TunnelEnded {
                gateway_id,
                request_id,
                why,
            } => {
                tracing::debug!(?why, "a request has ended");
                let tunnel = Tunnel {
                    gateway_id,
                    request_id,
                };
                match why {
                    // It follows: whether it is the same is seen then.
                    TunnelEnd::Replaced => drop(self.partial.remove(&tunnel)),
                    _ => self.abort(tunnel),
                }
            }
            HostEvent::Room => self.shared.link.room.notify_waiters(),
            HostEvent::InvalidMessage(error) => {
                tracing::error!(%error, "the server sent what is no message");
            }
            // Answers, which the link has taken, and what later versions of the session tell.
            event => tracing::debug!(?event, "an event of the session that nobody looks at"),
        }
    }

    fn tunnel(&mut self, message: &ToHost) {
        let latest::ToEnvoyTunnelMessageRef {
            message_id,
            message_kind,
        } = message.get();
        let tunnel = Tunnel {
            gateway_id: message_id.gateway_id,
            request_id: message_id.request_id,
        };
        match message_kind {
            FromGateway::ToEnvoyRequestStart(start) => {
                let body = start
                    .body
                    .map_or_else(Bytes::new, |body| message.share(body));
                self.request(tunnel, start, body, message.frame_len());
            }
            FromGateway::ToEnvoyRequestChunk(chunk) => {
                self.chunk(tunnel, chunk.body, chunk.finish);
            }
            FromGateway::ToEnvoyRequestAbort => self.abort(tunnel),
            FromGateway::ToEnvoyWebSocketOpen(_) => {
                tracing::debug!(?tunnel, "a WebSocket is refused");
                http::refuse_websocket(&self.shared.link, tunnel);
            }
            // Of those that were refused.
            FromGateway::ToEnvoyWebSocketMessage(_) | FromGateway::ToEnvoyWebSocketClose(_) => {}
        }
    }

    fn request(
        &mut self,
        tunnel: Tunnel,
        start: &latest::ToEnvoyRequestStartRef<'_>,
        body: Bytes,
        octets: usize,
    ) {
        let held = self.shared.hold(octets);
        if start.stream {
            let Some(held) = held else {
                return self.refuse(tunnel, Fault::Overloaded);
            };
            let Some(request) = http::request(start, Bytes::new()) else {
                return self.refuse(tunnel, Fault::InvalidRequest);
            };
            let partial = Partial {
                actor: start.actor_id.to_owned(),
                request,
                body: body.to_vec(),
                held,
            };
            self.partial.insert(tunnel, partial);
            return;
        }
        match http::request(start, body) {
            Some(request) => self.shared.request(start.actor_id, tunnel, request, held),
            None => self.refuse(tunnel, Fault::InvalidRequest),
        }
    }

    fn chunk(&mut self, tunnel: Tunnel, octets: &[u8], last: bool) {
        let Some(partial) = self.partial.get_mut(&tunnel) else {
            return;
        };
        if partial.body.len() + octets.len() > self.body_limit {
            return self.refuse(tunnel, Fault::RequestTooLarge);
        }
        let Some(held) = self.shared.hold(octets.len()) else {
            return self.refuse(tunnel, Fault::Overloaded);
        };
        partial.body.extend_from_slice(octets);
        partial.held.add(held);
        if last && let Some(partial) = self.partial.remove(&tunnel) {
            let mut request = partial.request;
            *request.body_mut() = partial.body.into();
            self.shared
                .request(&partial.actor, tunnel, request, Some(partial.held));
        }
    }

    fn refuse(&mut self, tunnel: Tunnel, fault: Fault) {
        self.partial.remove(&tunnel);
        http::answer_soon(&self.shared.link, tunnel, fault.response());
    }

    fn abort(&mut self, tunnel: Tunnel) {
        self.partial.remove(&tunnel);
        self.shared.requests.abort(tunnel);
    }
}
