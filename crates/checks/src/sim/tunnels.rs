//! The tunnels, as the actors have them: what comes, what they answer, and what sleeps with them.

use envoy_protocol::latest;
use envoy_protocol::session::{Attach, SendError, Sequence, ToHost};

use super::gateway::{GATEWAY, sleeps};
use super::pair::Pair;
use super::user::Tunnelled;

use latest::ToEnvoyTunnelMessageKindRef as FromGateway;
use latest::ToRivetTunnelMessageKindRef as ToGateway;

impl Pair {
    /// A message has come.
    pub(super) fn tunnelled(&mut self, message: &ToHost) {
        self.report.tunnel_messages += 1;
        let message = message.get();
        let id = message.message_id;
        let opened = |actor: &str, websocket| Tunnelled {
            actor: actor.to_owned(),
            websocket,
            payload: 0,
            received: id.message_index.wrapping_add(1),
            sent: 0,
        };
        let data = match &message.message_kind {
            FromGateway::ToEnvoyRequestStart(start) => {
                let tunnel = opened(start.actor_id, false);
                self.user.tunnels.insert(id.request_id, tunnel);
                return;
            }
            FromGateway::ToEnvoyWebSocketOpen(open) => {
                let tunnel = opened(open.actor_id, true);
                self.user.tunnels.insert(id.request_id, tunnel);
                return;
            }
            FromGateway::ToEnvoyRequestAbort | FromGateway::ToEnvoyWebSocketClose(_) => {
                self.user.tunnels.remove(&id.request_id);
                return;
            }
            FromGateway::ToEnvoyRequestChunk(chunk) => chunk.body,
            FromGateway::ToEnvoyWebSocketMessage(message) => message.data,
        };
        if self.user.left.contains(&id.request_id) {
            return;
        }
        let Some(tunnel) = self.user.tunnels.get_mut(&id.request_id) else {
            panic!("expected an open tunnel for {id:?}");
        };
        assert_eq!(
            (id.message_index, &data[..4]),
            (tunnel.received, &tunnel.payload.to_be_bytes()[..]),
            "expected the messages of a tunnel once and without a hole"
        );
        tunnel.payload += 1;
        tunnel.received = tunnel.received.wrapping_add(1);
        if !tunnel.websocket {
            return;
        }
        if sleeps(id.request_id) {
            let ack = latest::ToRivetWebSocketMessageAck {
                index: id.message_index,
            };
            self.say(id.request_id, ToGateway::ToRivetWebSocketMessageAck(ack));
        }
        let echo = latest::ToRivetWebSocketMessageRef { data, binary: true };
        self.say(id.request_id, ToGateway::ToRivetWebSocketMessage(echo));
    }

    /// An actor says something, if there is room. Says whether there was.
    fn say(&mut self, request_id: [u8; 4], kind: ToGateway<'_>) -> bool {
        match self.host.tunnel(GATEWAY, request_id, kind) {
            Ok(()) => {
                self.user.said += 1;
                if let Some(tunnel) = self.user.tunnels.get_mut(&request_id) {
                    tunnel.sent = tunnel.sent.wrapping_add(1);
                }
                true
            }
            // The tunnel may have ended behind what is looked at now.
            Err(SendError::QueueFull { .. } | SendError::NoTunnel { .. } | SendError::Closed) => {
                false
            }
            Err(error) => panic!("expected to say something, but found {error}"),
        }
    }

    /// An actor stops: its tunnels end, but for the WebSockets that sleep with it.
    pub(super) fn leave_tunnels(&mut self, actor: &str, code: latest::StopCode) {
        let tunnels: Vec<_> = self
            .user
            .tunnels
            .iter()
            .filter(|(_, tunnel)| tunnel.actor == actor)
            .map(|(request_id, tunnel)| (*request_id, tunnel.websocket))
            .collect();
        for (request_id, websocket) in tunnels {
            let hibernate = websocket && sleeps(request_id) && code == latest::StopCode::Ok;
            let last = if websocket {
                ToGateway::ToRivetWebSocketClose(latest::ToRivetWebSocketCloseRef {
                    code: None,
                    reason: None,
                    hibernate,
                })
            } else {
                ToGateway::ToRivetResponseAbort
            };
            if self.say(request_id, last)
                && let Some(tunnel) = self.user.tunnels.remove(&request_id)
            {
                self.user.left.insert(request_id);
                if hibernate {
                    self.user.asleep.insert(request_id, tunnel);
                }
            }
        }
    }

    /// An actor starts that has slept: its WebSockets go on where they were.
    pub(super) fn attach(&mut self, hibernating: &[latest::HibernatingRequest]) {
        for request in hibernating {
            assert_eq!(request.gateway_id, GATEWAY);
            if let Some(tunnel) = self.user.asleep.remove(&request.request_id) {
                let attach = Attach {
                    received: Sequence::at(tunnel.received),
                    sent: Sequence::at(tunnel.sent),
                };
                self.host.attach_websocket(*request, attach);
                self.user.left.remove(&request.request_id);
                self.user.tunnels.insert(request.request_id, tunnel);
            }
        }
    }
}
