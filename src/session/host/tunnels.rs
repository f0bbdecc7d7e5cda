//! The tunnelled requests and WebSockets that are open, and where each direction of them stands.

use std::collections::BTreeMap;

use crate::latest;
use crate::session::{Position, Sequence};

use latest::ToEnvoyTunnelMessageKindRef as FromGateway;
use latest::ToRivetTunnelMessageKindRef as ToGateway;

pub(super) type TunnelKey = (latest::GatewayId, latest::RequestId);

#[derive(Debug)]
pub(super) struct Tunnels {
    open: BTreeMap<TunnelKey, Tunnel>,
    limit: usize,
}

#[derive(Debug, Clone, Copy)]
struct Tunnel {
    kind: TunnelKind,
    received: Sequence,
    sent: Sequence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TunnelKind {
    Request,
    WebSocket,
}

/// What becomes of a received message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes to the user.
    Take,
    /// It goes to the user, who has to know first that the tunnel of these ids is another one now.
    TakeReplacing,
    /// It was received before, or belongs to nothing that is open.
    Drop,
    /// The tunnel has ended: messages are missing.
    Gap {
        kind: TunnelKind,
        /// The position for the last message of this end.
        index: u16,
        expected: u16,
    },
    /// There are too many tunnels, or too much waits to be looked at.
    Full {
        kind: TunnelKind,
        /// The position for the answer of this end.
        index: u16,
    },
}

impl Tunnels {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            limit,
        }
    }

    pub(super) fn receive(&mut self, message: &latest::ToEnvoyTunnelMessageRef<'_>) -> Verdict {
        let id = message.message_id;
        let key = (id.gateway_id, id.request_id);
        let opens = match message.message_kind {
            FromGateway::ToEnvoyRequestStart(_) => Some(TunnelKind::Request),
            FromGateway::ToEnvoyWebSocketOpen(_) => Some(TunnelKind::WebSocket),
            FromGateway::ToEnvoyRequestAbort | FromGateway::ToEnvoyWebSocketClose(_) => {
                // The end is the end, whatever is missing before it.
                return match self.open.remove(&key) {
                    Some(_) => Verdict::Take,
                    None => Verdict::Drop,
                };
            }
            FromGateway::ToEnvoyRequestChunk(_) | FromGateway::ToEnvoyWebSocketMessage(_) => None,
        };
        if let Some(kind) = opens {
            if !self.open.contains_key(&key) && self.open.len() >= self.limit {
                return Verdict::Full { kind, index: 0 };
            }
            let tunnel = Tunnel {
                kind,
                received: Sequence::at(id.message_index.wrapping_add(1)),
                sent: Sequence::default(),
            };
            return match self.open.insert(key, tunnel) {
                Some(_) => Verdict::TakeReplacing,
                None => Verdict::Take,
            };
        }
        let Some(tunnel) = self.open.get_mut(&key) else {
            return Verdict::Drop;
        };
        match tunnel.received.receive(id.message_index) {
            Position::Next => Verdict::Take,
            Position::Repeated => Verdict::Drop,
            Position::Gap { expected } => {
                let (kind, index) = (tunnel.kind, tunnel.sent.take());
                self.open.remove(&key);
                Verdict::Gap {
                    kind,
                    index,
                    expected,
                }
            }
        }
    }

    /// Opens a WebSocket whose client was kept connected while its actor slept.
    pub(super) fn attach(&mut self, key: TunnelKey, received: Sequence, sent: Sequence) {
        let tunnel = Tunnel {
            kind: TunnelKind::WebSocket,
            received,
            sent,
        };
        self.open.insert(key, tunnel);
    }

    /// The position that the next message to the gateway has, if the tunnel is open.
    pub(super) fn peek(&self, key: TunnelKey) -> Option<u16> {
        self.open.get(&key).map(|tunnel| tunnel.sent.next())
    }

    /// A message goes to the gateway: counts it, and forgets the tunnel after its last one.
    pub(super) fn sent(&mut self, key: TunnelKey, kind: &ToGateway<'_>) {
        if is_last(kind) {
            self.open.remove(&key);
        } else if let Some(tunnel) = self.open.get_mut(&key) {
            let _index = tunnel.sent.take();
        }
    }

    /// Ends a tunnel from this side. Says what it was, and the position for its last message.
    pub(super) fn end(&mut self, key: TunnelKey) -> Option<(TunnelKind, u16)> {
        let mut tunnel = self.open.remove(&key)?;
        Some((tunnel.kind, tunnel.sent.take()))
    }

    pub(super) fn keys(&self) -> Vec<TunnelKey> {
        self.open.keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}

/// Whether nothing follows behind this message.
const fn is_last(kind: &ToGateway<'_>) -> bool {
    match kind {
        ToGateway::ToRivetResponseStart(start) => !start.stream,
        ToGateway::ToRivetResponseChunk(chunk) => chunk.finish,
        ToGateway::ToRivetResponseAbort | ToGateway::ToRivetWebSocketClose(_) => true,
        ToGateway::ToRivetWebSocketOpen(_)
        | ToGateway::ToRivetWebSocketMessage(_)
        | ToGateway::ToRivetWebSocketMessageAck(_) => false,
    }
}

/// The octets of a message's own payload, which the server bounds.
pub(super) fn payload(kind: &ToGateway<'_>) -> usize {
    match kind {
        ToGateway::ToRivetResponseStart(start) => start.body.map_or(0, <[u8]>::len),
        ToGateway::ToRivetResponseChunk(chunk) => chunk.body.len(),
        ToGateway::ToRivetWebSocketMessage(message) => message.data.len(),
        ToGateway::ToRivetResponseAbort
        | ToGateway::ToRivetWebSocketOpen(_)
        | ToGateway::ToRivetWebSocketMessageAck(_)
        | ToGateway::ToRivetWebSocketClose(_) => 0,
    }
}
