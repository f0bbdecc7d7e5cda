//! What goes wrong on the way.

use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::session::EnvoyState;
use envoy_protocol::{Close, CloseReason, EncodeAt as _, Version, latest};

use super::net::{Garbage, Item, Wire};
use super::pair::{FRAME, Line, PAYLOAD, Pair};

impl Pair {
    pub(super) fn cut(&mut self, up: u16, down: u16, host_learns: u8, server_learns: u8) {
        let now = self.now;
        // Long ones are rare, so that short ones are not.
        let learns = |choice: u8| match choice {
            0..=127 => Duration::ZERO,
            128..=240 => Duration::from_millis(10) * (choice - 127).into(),
            _ => Duration::from_secs(1) * (choice - 240).into(),
        };
        if let Some(line) = self.host_line() {
            let part = |wire: &Wire, part: u16| wire.under_way() * usize::from(part) / 65_535;
            let (up, down) = (part(&line.up, up), part(&line.down, down));
            line.up.cut(up, now);
            line.down.cut(down, now);
            line.host_learns = Some(now + learns(host_learns));
            line.server_learns = Some(now + learns(server_learns));
        }
    }

    pub(super) fn stall(&mut self, wire: impl Fn(&mut Line) -> &mut Wire, ms: u8) {
        let now = self.now;
        if let Some(line) = self.host_line() {
            wire(line).stall(Duration::from_millis(ms.into()) * 4, now);
        }
    }

    pub(super) fn close(&mut self, reason: u8) {
        let reason = match reason {
            0..=100 => CloseReason::GOING_AWAY,
            101..=200 => CloseReason::INTERNAL_ERROR,
            201..=230 => CloseReason::INVALID_MESSAGE,
            231..=252 => CloseReason::TIMED_OUT,
            _ => CloseReason::EVICTION,
        };
        if let Some(line) = self.current()
            && let Some(server) = &mut line.server
        {
            server.close(Close::new(reason));
            line.watch.server_told.get_or_insert(reason);
        }
    }

    /// Cuts the connection that is not to last.
    pub(super) fn cuts(&mut self) -> bool {
        let now = self.now;
        let Some(line) = self.host_line() else {
            return false;
        };
        if line.watch.cut_at.is_none_or(|at| at > now) {
            return false;
        }
        line.watch.cut_at = None;
        self.cut(0, 0, 0, 0);
        true
    }

    /// Puts what is no message on the way to one of the ends.
    pub(super) fn garble(&mut self, up: bool, kind: u8) {
        let now = self.now;
        let Some(line) = self.host_line() else {
            return;
        };
        let garbage = Item::Garbage(garbage(up, kind, line.watch.asked));
        let wire = if up { &mut line.up } else { &mut line.down };
        let _time = wire.put_item(garbage, now);
    }

    pub(super) fn restart(&mut self, learns: u8) {
        let now = self.now;
        let ids: Vec<_> = self.lines.iter().map(|line| line.id).collect();
        for id in ids {
            self.server_is_gone(id);
        }
        if let Some(line) = self.host_line() {
            line.up.cut(0, now);
            line.down.cut(0, now);
            line.host_learns = Some(now + Duration::from_millis(20) * learns.into());
        }
        self.gateway.strikes = 0;
        if let Some(state) = self.gateway.state.take() {
            let state = EnvoyState::restore(&state.snapshot());
            self.gateway.state = Some(state.expect("expected to read what was stored"));
        }
    }
}

/// What neither end may say at `version`, of one kind or another.
fn garbage(up: bool, kind: u8, version: Version) -> Garbage {
    let invalid = |octets: Vec<u8>| Garbage {
        octets: Bytes::from(octets),
        reason: CloseReason::INVALID_MESSAGE,
    };
    let ping = if up { 4 } else { 5 };
    match kind % 6 {
        0 => invalid(vec![]),
        1 => invalid(vec![99]),
        2 => invalid(vec![ping, 0, 0]),
        3 => invalid(vec![ping, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        4 if up => Garbage {
            octets: too_much_payload(version),
            reason: CloseReason::MESSAGE_TOO_LARGE,
        },
        _ => Garbage {
            octets: Bytes::from(vec![ping; FRAME + 1]),
            reason: CloseReason::MESSAGE_TOO_LARGE,
        },
    }
}

/// A message that a server has said it does not take, though its frame is not too large.
fn too_much_payload(version: Version) -> Bytes {
    let data = vec![0; PAYLOAD + 1];
    let message = latest::ToRivetWebSocketMessageRef {
        data: &data,
        binary: true,
    };
    let message = latest::ToRivetTunnelMessageRef {
        message_id: latest::MessageId {
            gateway_id: [0; 4],
            request_id: [0; 4],
            message_index: 0,
        },
        message_kind: latest::ToRivetTunnelMessageKindRef::ToRivetWebSocketMessage(message),
    };
    latest::ToRivetRef::ToRivetTunnelMessage(message)
        .to_bytes_at(version)
        .expect("every version has tunnel messages")
}
