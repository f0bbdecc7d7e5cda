//! What a connection was seen to do, and what must follow from it, as it is known without asking either machine.

use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_protocol::session::{Disconnect, OVERLOADED, Terminal, Transmit};
use envoy_protocol::{Close, CloseReason, Version};

use super::net::Garbage;
use super::pair::Pair;

/// How long a connection lives to show that both ends understand each other.
const SETTLED: Duration = Duration::from_secs(10);
/// How long either end may be silent.
const SILENCE: Duration = Duration::from_secs(15);
/// Connections in a row that end by what is no message, until there is no other.
const STRIKES: u32 = 3;

/// One connection.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) begin: Instant,
    /// The version that the host asked for.
    pub(super) asked: Version,
    /// Whether the host was given the init.
    pub(super) init: bool,
    /// When the connection is cut, if it is not to last.
    pub(super) cut_at: Option<Instant>,
    /// When the host was last given something.
    pub(super) heard: Instant,
    /// Whether the host has sent something.
    pub(super) host_spoke: bool,
    /// What the host closed with.
    pub(super) host_close: Option<Close>,
    /// What the host has to close with, next.
    pub(super) host_must: Option<CloseReason>,
    /// Whether the server has sent something.
    pub(super) server_spoke: bool,
    /// What the server has to close with, next.
    pub(super) server_must: Option<CloseReason>,
    /// What the server was told to close with.
    pub(super) server_told: Option<CloseReason>,
    /// When the server was last given a pong.
    answered: Instant,
}

/// What comes after a connection.
#[derive(Debug)]
pub(super) struct Foreseen {
    /// The version that the host asks for next.
    pub(super) asked: Version,
    /// How the host has to end, now.
    pub(super) end: Option<End>,
    /// Whether the host was told to end.
    pub(super) closing: bool,
    /// Connections in a row that ended by what is no message, as the host has it.
    strikes: u32,
    /// Whether the host has to tell of what is no message.
    tells: bool,
    newest: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Evicted,
    Incompatible,
    Refused,
}

impl Watch {
    pub(super) const fn new(asked: Version, now: Instant) -> Self {
        Self {
            begin: now,
            asked,
            init: false,
            cut_at: None,
            heard: now,
            host_spoke: false,
            host_close: None,
            host_must: None,
            server_spoke: false,
            server_must: None,
            server_told: None,
            answered: now,
        }
    }

    const fn host_closes(&self) -> bool {
        self.host_close.is_some() || self.host_must.is_some()
    }

    /// The host is given a frame.
    pub(super) fn host_hears(&mut self, octets: &Bytes, now: Instant) {
        if !self.host_closes() {
            self.heard = now;
            self.init |= octets.first() == Some(&INIT);
        }
    }

    /// What the host sends is in its place. `closing`: it was told to end.
    pub(super) fn host_says(&mut self, transmit: &Transmit, closing: bool, now: Instant) {
        let first = !std::mem::replace(&mut self.host_spoke, true);
        follows(self.host_must, transmit);
        match transmit {
            Transmit::Frame { octets, .. } => {
                let tag = octets.first().copied();
                assert!(
                    if first {
                        tag == Some(METADATA)
                    } else {
                        self.init || tag == Some(PONG)
                    },
                    "expected the metadata first and only pongs before the init, but found {tag:?}"
                );
            }
            Transmit::Close(close) => {
                assert!(self.host_close.is_none(), "expected one close of the host");
                let since = if self.init { self.heard } else { self.begin };
                assert!(
                    self.host_must.is_some()
                        || (closing && close.is(CloseReason::SHUTDOWN))
                        || (now - since >= SILENCE && close.is(CloseReason::TIMED_OUT)),
                    "expected a reason to close, but found {close}"
                );
                self.host_close = Some(close.clone());
            }
        }
    }

    /// What the server sends is in its place. `current`: no other connection of the host has taken its place.
    pub(super) fn server_says(&mut self, transmit: &Transmit, current: bool, now: Instant) {
        let first = !std::mem::replace(&mut self.server_spoke, true);
        follows(self.server_must, transmit);
        match transmit {
            Transmit::Frame { octets, .. } => {
                let is_init = octets.first() == Some(&INIT);
                assert_eq!(first, is_init, "expected the init first, and once");
            }
            Transmit::Close(close) => assert!(
                self.server_must.is_some()
                    || self.server_told.is_some_and(|told| close.is(told))
                    || (!current && close.is(CloseReason::EVICTION))
                    || (now - self.answered >= SILENCE && close.is(CloseReason::TIMED_OUT))
                    || close.is(OVERLOADED),
                "expected a reason to close, but found {close}"
            ),
        }
    }
}

/// The tags of messages, which every version has.
const INIT: u8 = 0;
const METADATA: u8 = 0;
pub(super) const PONG: u8 = 4;

/// An end that has to close says nothing else.
fn follows(must: Option<CloseReason>, transmit: &Transmit) {
    if let Some(reason) = must {
        assert!(
            matches!(
                transmit,
                Transmit::Close(close) if close.is(reason) && close.status() == reason.status
            ),
            "expected a close for {reason:?}, but found {transmit:?}"
        );
    }
}

impl Foreseen {
    pub(super) const fn new(newest: Version) -> Self {
        Self {
            asked: newest,
            end: None,
            closing: false,
            strikes: 0,
            tells: false,
            newest,
        }
    }

    /// The host says that it was sent what is no message.
    pub(super) fn told(&mut self) {
        assert!(
            std::mem::replace(&mut self.tells, false),
            "expected no word of an invalid message but where there was one, and once"
        );
    }
}

impl Pair {
    /// The host is given what is no message.
    pub(super) fn host_is_garbled(&mut self, garbage: Garbage) {
        let (now, closing) = (self.now, self.foreseen.closing);
        let Some(line) = self.host_line() else {
            return;
        };
        let watch = &mut line.watch;
        // A connection that is being closed anyway takes nothing in.
        if closing || watch.host_closes() || now - watch.heard >= SILENCE {
            return;
        }
        watch.heard = now;
        watch.host_must = Some(garbage.reason);
        self.foreseen.tells = true;
        self.host.receive(garbage.octets, now);
    }

    /// The server of a connection is given what is no message.
    pub(super) fn server_is_garbled(&mut self, id: u64, garbage: Garbage) {
        let now = self.now;
        let Some(line) = self.lines.iter_mut().find(|line| line.id == id) else {
            return;
        };
        // A connection that is being closed anyway has nothing to wait for, and takes nothing in.
        let open = line
            .server
            .as_mut()
            .filter(|server| server.poll_timeout().is_some());
        let (Some(server), true) = (open, line.current) else {
            return;
        };
        line.watch.server_must = Some(garbage.reason);
        if garbage.reason == CloseReason::INVALID_MESSAGE {
            if now - line.watch.begin >= SETTLED {
                self.gateway.strikes = 0;
            }
            self.gateway.strikes += 1;
        }
        server.receive(garbage.octets, now);
    }

    /// The server of a connection is given a pong: if it has lived, both ends understand each other.
    pub(super) fn server_is_answered(&mut self, id: u64) {
        let now = self.now;
        let Some(line) = self.lines.iter_mut().find(|line| line.id == id) else {
            return;
        };
        let open = line
            .server
            .as_ref()
            .is_some_and(|server| server.poll_timeout().is_some());
        if open && line.current {
            line.watch.answered = now;
            if now - line.watch.begin >= SETTLED {
                self.gateway.strikes = 0;
            }
        }
    }

    /// What the server has to do with a connection that begins.
    pub(super) const fn server_refuses(&self) -> Option<CloseReason> {
        if self.gateway.strikes >= STRIKES {
            Some(CloseReason::INVALID_MESSAGE)
        } else {
            None
        }
    }

    /// What has to come after a connection, or after none could be made.
    pub(super) fn foresee(&mut self, watch: Option<&Watch>, how: &Disconnect) {
        let foreseen = &mut self.foreseen;
        if foreseen.closing {
            return;
        }
        let close = match how {
            Disconnect::Closed(close) => Some(close.clone()),
            _ => None,
        };
        let own = watch.and_then(|watch| {
            let must = watch.host_must.map(Close::new);
            watch.host_close.clone().or(must)
        });
        let init = watch.is_some_and(|watch| watch.init);
        let is = |reason| close.as_ref().is_some_and(|close| close.is(reason));
        if is(CloseReason::EVICTION) {
            foreseen.end = Some(End::Evicted);
            return;
        }
        let said = own.as_ref().or(close.as_ref());
        if said.is_some_and(|said| said.is(CloseReason::INVALID_MESSAGE)) {
            let lived = watch.is_some_and(|watch| self.now - watch.begin >= SETTLED);
            foreseen.strikes = if init && lived {
                1
            } else {
                foreseen.strikes + 1
            };
            if foreseen.strikes >= STRIKES {
                foreseen.end = Some(End::Incompatible);
                return;
            }
        } else {
            foreseen.strikes = 0;
        }
        if init {
            foreseen.asked = foreseen.newest;
        } else if is(CloseReason::UNSUPPORTED_PROTOCOL_VERSION) || is(CloseReason::INVALID_REQUEST)
        {
            match (self.setup.fallback, foreseen.asked) {
                (true, Version::V5) => foreseen.asked = Version::V4,
                _ => foreseen.end = Some(End::Refused),
            }
        }
    }

    /// The host has ended.
    pub(super) fn has_ended(&mut self, terminal: Terminal) {
        assert_eq!(self.terminal, None, "expected one end");
        let end = match terminal {
            Terminal::Evicted => Some(End::Evicted),
            Terminal::Incompatible { .. } => Some(End::Incompatible),
            Terminal::Refused { asked, .. } => {
                assert_eq!(asked, self.foreseen.asked);
                Some(End::Refused)
            }
            _ => None,
        };
        assert!(
            self.foreseen.end == end && (end.is_some() || self.foreseen.closing),
            "expected the end {:?}, but found {terminal:?}",
            self.foreseen.end
        );
        self.terminal = Some(terminal);
    }

    /// When nothing more happens at this moment, whoever has to close has closed, if its socket takes anything.
    pub(super) fn check_closes(&mut self) {
        let now = self.now;
        let host_line = self.host_line;
        for line in &self.lines {
            let watch = &line.watch;
            let host = host_line == Some(line.id) && line.up.is_free(now);
            assert!(
                !host || watch.host_must.is_none() || watch.host_close.is_some(),
                "expected the host to close for {:?}",
                watch.host_must
            );
            let server = line.server.is_some() && line.down.is_free(now);
            assert!(
                !server || watch.server_must.is_none(),
                "expected the server to close for {:?}",
                watch.server_must
            );
        }
        assert!(
            !self.foreseen.tells || self.foreseen.closing,
            "expected word of an invalid message"
        );
        assert!(
            self.foreseen.end.is_none() || self.terminal.is_some(),
            "expected the host to end: {:?}",
            self.foreseen
        );
    }
}
