//! What goes wrong on the way.

use std::time::Duration;

use envoy_protocol::session::EnvoyState;
use envoy_protocol::{Close, CloseReason};

use super::net::Wire;
use super::pair::{Line, Pair};

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
        if let Some(server) = self.server() {
            server.close(Close::new(reason));
        }
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
        if let Some(state) = self.gateway.state.take() {
            let state = EnvoyState::restore(&state.snapshot());
            self.gateway.state = Some(state.expect("expected to read what was stored"));
        }
    }
}
