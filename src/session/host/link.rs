//! The host's way from one connection to the next.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bare::ArenaPool;

use crate::session::LastAttempt;
use crate::{Close, CloseReason, Version};

use super::{CloseWhen, Disconnect, Fallback, Host, HostEvent, Terminal, TunnelEnd, close_of};

/// Arenas that a connection keeps for its frames.
const ARENAS: usize = 32;
/// Connections in a row that end by a frame which could not be decoded, until there is no other.
const STRIKES: u32 = 3;

#[derive(Debug)]
pub(super) enum Link {
    /// There is no connection.
    Idle {
        /// The version to ask for.
        asked: Version,
        retry_at: Instant,
    },
    /// One is being made.
    Connecting { asked: Version },
    /// There is one.
    Open(Session),
    /// There will be none.
    Ended,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) version: Version,
    pub(super) number: u64,
    since: Instant,
    /// When the server was last heard.
    pub(super) heard: Instant,
    pub(super) progress: Progress,
    pub(super) metadata_sent: bool,
    pub(super) stopping_sent: bool,
    pub(super) acks_due: bool,
    last_acks: LastAcks,
    /// The pings to answer.
    pub(super) pongs: VecDeque<i64>,
    pub(super) closing: Closing,
    pub(super) arenas: ArenaPool,
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// It is open.
    Opened,
    /// The init came.
    Init,
    /// And a ping after it: what the server had to send again, it has sent.
    Cycled,
}

/// What the server acknowledges at the end of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastAcks {
    /// There is something to be sent, or the host does not end.
    NotDue,
    /// All was sent at that time.
    Since(Instant),
    /// The server had its time.
    Over,
}

#[derive(Debug)]
pub(super) enum Closing {
    No,
    /// To be sent.
    Waiting(Close),
    /// Sent: the connection is as good as gone.
    Sent(Close),
}

impl Session {
    pub(super) fn new(version: Version, number: u64, now: Instant) -> Self {
        Self {
            version,
            number,
            since: now,
            heard: now,
            progress: Progress::Opened,
            metadata_sent: false,
            stopping_sent: false,
            acks_due: false,
            last_acks: LastAcks::NotDue,
            pongs: VecDeque::new(),
            closing: Closing::No,
            arenas: ArenaPool::new(ARENAS),
        }
    }

    pub(super) const fn has_init(&self) -> bool {
        !matches!(self.progress, Progress::Opened)
    }

    /// When the connection is given up, if nothing more is heard. Before the init nothing else counts: a server that pings
    /// and says no init would have everything wait for ever.
    fn silent_at(&self, silence: Duration) -> Option<Instant> {
        let last = if self.has_init() {
            self.heard
        } else {
            self.since
        };
        last.checked_add(silence)
    }

    pub(super) const fn is_closing(&self) -> bool {
        !matches!(self.closing, Closing::No)
    }
}

impl Host {
    /// The version to make a connection at, when it is time to. The host then waits to hear of it.
    pub fn poll_connect(&mut self, now: Instant) -> Option<Version> {
        match self.link {
            Link::Idle { asked, retry_at } if retry_at <= now => {
                self.link = Link::Connecting { asked };
                Some(asked)
            }
            _ => None,
        }
    }

    /// The connection has ended, or could not be made.
    pub fn disconnected(&mut self, how: &Disconnect, now: Instant) {
        let mut acks_due = false;
        let (asked, last, own) = match std::mem::replace(&mut self.link, Link::Ended) {
            Link::Connecting { asked } => (asked, LastAttempt::NoInit, None),
            Link::Open(session) => {
                let last = if session.has_init() {
                    LastAttempt::Init {
                        lived: now.saturating_duration_since(session.since),
                    }
                } else {
                    LastAttempt::NoInit
                };
                let own = match session.closing {
                    Closing::No => None,
                    Closing::Waiting(close) | Closing::Sent(close) => Some(close),
                };
                acks_due = session.acks_due;
                (session.version, last, own)
            }
            link @ (Link::Idle { .. } | Link::Ended) => {
                self.link = link;
                return;
            }
        };
        if acks_due {
            // They were not sent, or not all of them.
            self.acks_at = Some(now);
        }
        // The bounds first: what has run out by now is not resent.
        self.expire(now);
        self.lose_sent();
        if matches!(last, LastAttempt::Init { .. }) && self.lost_at.is_none() {
            self.lost_at = now.checked_add(self.lost_threshold());
        }
        let next = self.after(asked, how, own.as_ref(), last, now);
        let retry_at = match &next {
            Ok((_, retry_at)) => Some(*retry_at),
            Err(_) => None,
        };
        let event = HostEvent::Disconnected {
            asked,
            how: how.clone(),
            retry_at,
        };
        self.inbox.push(event, 0);
        match next {
            Ok((asked, retry_at)) => {
                self.link = Link::Idle { asked, retry_at };
                self.close_if_due();
            }
            Err(terminal) => self.end(terminal),
        }
    }

    /// The time of the next [`handle_timeout`](Self::handle_timeout) or, while there is no connection, of the next
    /// [`poll_connect`](Self::poll_connect).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let link = match &self.link {
            Link::Idle { retry_at, .. } => Some(*retry_at),
            Link::Connecting { .. } | Link::Ended => None,
            Link::Open(session) if session.is_closing() => None,
            Link::Open(session) => {
                let silence = session.silent_at(self.config.silence);
                let acks = self.acks_at.filter(|_| session.has_init());
                let last_acks = self.last_acks_at(session);
                [silence, acks, last_acks].into_iter().flatten().min()
            }
        };
        [link, self.requests.next_deadline(), self.lost_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due by now. Before its time it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.expire(now);
        if self.lost_at.is_some_and(|at| at <= now) {
            self.lost_at = None;
            for (gateway_id, request_id) in self.tunnels.keys() {
                let _tunnel = self.tunnels.end((gateway_id, request_id));
                let event = HostEvent::TunnelEnded {
                    gateway_id,
                    request_id,
                    why: TunnelEnd::Lost,
                };
                self.inbox.push(event, 0);
            }
            self.inbox.push(HostEvent::Lost, 0);
        }
        let last_acks = match &self.link {
            Link::Open(session) => self.last_acks_at(session),
            _ => None,
        };
        if let Link::Open(session) = &mut self.link {
            if last_acks.is_some_and(|at| at <= now) {
                session.last_acks = LastAcks::Over;
            }
            let silent = session.silent_at(self.config.silence);
            if silent.is_some_and(|at| at <= now) {
                close_of(session, Close::new(CloseReason::TIMED_OUT));
            }
            if session.has_init() && self.acks_at.is_some_and(|at| at <= now) {
                self.acks_at = None;
                session.acks_due = true;
            }
        }
    }

    /// Whether everything that waits was sent, and nothing in flight has to be sent again.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty() && self.history.next_number().is_none() && !self.stopping_waits()
    }

    /// Whether the server is still to be told that this host stops. One that never sent an init has nothing to stop here.
    fn stopping_waits(&self) -> bool {
        let told = match &self.link {
            Link::Open(session) => session.stopping_sent,
            Link::Idle { .. } | Link::Connecting { .. } => {
                self.stopping_told || self.metadata.is_none()
            }
            Link::Ended => true,
        };
        self.draining && !told
    }

    /// When the last acks are not waited for any longer.
    fn last_acks_at(&self, session: &Session) -> Option<Instant> {
        match session.last_acks {
            LastAcks::Since(told) => told.checked_add(self.config.last_acks),
            LastAcks::NotDue | LastAcks::Over => None,
        }
    }

    /// Notes that nothing waits to be sent any more, if the last acks count from then on.
    pub(super) fn all_is_told(&mut self, now: Instant) {
        if self.closing == Some(CloseWhen::Known)
            && self.is_flushed()
            && let Link::Open(session) = &mut self.link
            && session.last_acks == LastAcks::NotDue
        {
            session.last_acks = LastAcks::Since(now);
        }
    }

    /// Whether the server knows of every generation that it has ended, as far as that can be known.
    fn ends_are_known(&self) -> bool {
        let is_over =
            matches!(&self.link, Link::Open(session) if session.last_acks == LastAcks::Over);
        is_over || !self.history.has_ends()
    }

    pub(super) fn close_if_due(&mut self) {
        let due = match self.closing {
            None => false,
            Some(CloseWhen::Now) => true,
            Some(CloseWhen::Sent) => self.is_flushed(),
            Some(CloseWhen::Known) => self.is_flushed() && self.ends_are_known(),
        };
        if !due {
            return;
        }
        match &mut self.link {
            Link::Open(session) => close_of(session, Close::new(CloseReason::SHUTDOWN)),
            // A connection that is being made is closed as soon as it is there.
            Link::Connecting { .. } | Link::Ended => {}
            Link::Idle { .. } => self.end(Terminal::Shutdown),
        }
    }

    /// What comes after a connection: the version and the time of the next, or the end.
    fn after(
        &mut self,
        asked: Version,
        how: &Disconnect,
        own: Option<&Close>,
        last: LastAttempt,
        now: Instant,
    ) -> Result<(Version, Instant), Terminal> {
        let close = match how {
            Disconnect::Closed(close) => Some(close),
            Disconnect::Gone => None,
        };
        if own.is_some_and(|own| *own == Close::new(CloseReason::SHUTDOWN))
            || self.closing == Some(CloseWhen::Now)
        {
            return Err(Terminal::Shutdown);
        }
        if close.is_some_and(|close| close.is(CloseReason::EVICTION)) {
            return Err(Terminal::Evicted);
        }
        // What was said first counts: the other end only repeats what it was told.
        let said = own.or(close);
        if said.is_some_and(|said| said.is(CloseReason::INVALID_MESSAGE)) {
            let settled = match last {
                LastAttempt::Init { lived } => lived >= self.config.backoff.settled,
                LastAttempt::NoInit => false,
            };
            self.strikes = if settled { 1 } else { self.strikes + 1 };
            if self.strikes >= STRIKES {
                return Err(Terminal::Incompatible { version: asked });
            }
        } else {
            self.strikes = 0;
        }
        if let (LastAttempt::NoInit, Some(close)) = (last, close)
            && (close.is(CloseReason::UNSUPPORTED_PROTOCOL_VERSION)
                || close.is(CloseReason::INVALID_REQUEST))
        {
            let older = match self.config.fallback {
                Fallback::None => None,
                Fallback::Older => asked.older(),
            };
            return match older {
                Some(older) => Ok((older, now)),
                None => Err(Terminal::Refused {
                    asked,
                    close: close.clone(),
                }),
            };
        }
        let next = match last {
            LastAttempt::Init { .. } => self.config.version,
            LastAttempt::NoInit => asked,
        };
        let wait = self.backoff.wait(last, self.rng.next());
        Ok((next, now.checked_add(wait).unwrap_or(now)))
    }

    /// The end: everything that is in flight ends with it.
    fn end(&mut self, terminal: Terminal) {
        self.link = Link::Ended;
        self.lost_at = None;
        self.acks_at = None;
        self.end_all();
        self.outbox.clear();
        self.history.nobody_waits();
        self.inbox.push(HostEvent::Terminal(terminal), 0);
    }
}
