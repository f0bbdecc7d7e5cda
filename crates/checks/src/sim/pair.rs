//! The pair itself: one host, the connections it had, and the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use envoy_protocol::session::{
    BackoffConfig, CloseWhen, Fallback, Host, HostConfig, RequestLimits, Server, Terminal,
};
use envoy_protocol::{Version, latest};
use seeds::Random;

use super::Report;
use super::gateway::{Desk, Gateway};
use super::net::Wire;
use super::ops::{HostVersion, Op, Setup};
use super::user::User;
use super::watch::{Foreseen, Watch};

/// Actors of a run.
pub(super) const ACTORS: usize = 3;
/// Steps of one run, at most: a run that takes more does not come to its end.
pub(super) const STEPS: u64 = 2_000_000;
/// Rounds at one moment, at most.
pub(super) const ROUNDS: u32 = 20_000;
/// How long everything may take to come to its end, once the network is left alone.
pub(super) const SETTLING: Duration = Duration::from_mins(10);
const TENTH: Duration = Duration::from_millis(100);
/// The largest frame of either end.
pub(super) const FRAME: usize = 300 << 10;
/// The largest payload that the server takes.
pub(super) const PAYLOAD: usize = 100 << 10;
/// How long a host reads on after it has sent a close.
pub(super) const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Pair {
    pub(super) setup: Setup,
    pub(super) rng: Random,
    pub(super) begin: Instant,
    pub(super) now: Instant,
    pub(super) host: Host,
    pub(super) user: User,
    pub(super) gateway: Gateway,
    pub(super) lines: Vec<Line>,
    pub(super) next_line: u64,
    /// The connection that the host has.
    pub(super) host_line: Option<u64>,
    pub(super) connecting: Option<(Instant, Version)>,
    pub(super) outage_until: Instant,
    /// Pings that reached the host and were not answered: when, and how many frames went out since.
    pub(super) pings: VecDeque<(Instant, usize)>,
    /// When the host last learned of a loss.
    pub(super) lost_at: Option<Instant>,
    pub(super) terminal: Option<Terminal>,
    /// The generations that the server gave up.
    pub(super) given_up: Vec<(String, u32)>,
    /// How many of the next connections are cut, and how soon.
    pub(super) flaky: (u8, Duration),
    /// What is no message on some of the next connections.
    pub(super) garbled: Garbled,
    pub(super) foreseen: Foreseen,
    /// Requests that ended before their time, which only the end of the host explains.
    pub(super) early: Vec<String>,
    pub(super) report: Report,
}

/// What some of the next connections have on them, as soon as they are made.
#[derive(Debug, Default)]
pub(super) struct Garbled {
    pub(super) left: u8,
    /// To the server.
    pub(super) up: bool,
    pub(super) kind: u8,
    /// Whether no connection can be made behind each for a moment: then they are not in a row for the host.
    pub(super) apart: bool,
}

/// One connection, as long as anything of it is left.
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) up: Wire,
    pub(super) down: Wire,
    /// The server's end, until it has learned of the end.
    pub(super) server: Option<Server>,
    /// Whether it holds the state of the host.
    pub(super) current: bool,
    pub(super) desk: Desk,
    pub(super) host_learns: Option<Instant>,
    pub(super) server_learns: Option<Instant>,
    pub(super) deaf_until: Instant,
    pub(super) slow: Duration,
    pub(super) last_ping: Instant,
    pub(super) watch: Watch,
}

impl Pair {
    pub(super) fn new(setup: &Setup) -> Self {
        let begin = Instant::now();
        let mut config = HostConfig::new("host", setup.seed);
        config.version = match setup.host {
            HostVersion::V4 => Version::V4,
            HostVersion::V5 => Version::V5,
        };
        config.fallback = if setup.fallback {
            Fallback::Older
        } else {
            Fallback::None
        };
        if setup.quick_acks {
            config.ack_delay = Duration::from_millis(200);
        }
        if setup.quick_settle {
            // More than the time without a pong until a server closes, and all that can delay a frame.
            config.settle = Duration::from_secs(25);
        }
        config.limits.frame = FRAME;
        config.requests = RequestLimits::DEFAULT;
        config.backoff = BackoffConfig::DEFAULT;
        if setup.small_queues {
            config.limits.queue = 128 << 10;
            config.limits.inbox = 128 << 10;
            config.limits.history = 2 << 10;
            config.limits.tunnels = 3;
            config.limits.requests = 20;
        }
        let foreseen = Foreseen::new(config.version);
        Self {
            setup: *setup,
            rng: Random::new(setup.seed),
            begin,
            now: begin,
            host: Host::new(config, begin),
            user: User::default(),
            gateway: Gateway::new(ACTORS, setup.digest),
            lines: Vec::new(),
            next_line: 0,
            host_line: None,
            connecting: None,
            outage_until: begin,
            pings: VecDeque::new(),
            lost_at: None,
            terminal: None,
            given_up: Vec::new(),
            flaky: (0, Duration::ZERO),
            garbled: Garbled::default(),
            foreseen,
            early: Vec::new(),
            report: Report {
                runs: 1,
                ..Report::default()
            },
        }
    }

    pub(super) fn apply(&mut self, op: Op) {
        if self.terminal.is_some() {
            return;
        }
        let index = |actor: u8| usize::from(actor) % ACTORS;
        match op {
            Op::Pass { ms } => self.pass(Duration::from_millis(ms.into())),
            Op::PassLong { tenths } => self.pass(TENTH * tenths.into()),
            Op::Start { actor } => self.start(index(actor)),
            Op::Stop { actor } => self.stop(index(actor), latest::StopActorReason::SleepIntent),
            Op::Lose { actor } => self.lose(index(actor)),
            Op::Adopt { actor } => self.adopt(index(actor)),
            Op::Alarms { actor, count } => self.alarms(actor, count),
            Op::Sleep { actor } => self.sleep(actor),
            Op::Exit { actor } => self.exit(actor, latest::StopCode::Ok),
            Op::Crash { actor } => self.exit(actor, latest::StopCode::Error),
            Op::KvGet { actor, bound } => self.kv_get(actor, bound),
            Op::KvPut { actor, bound, size } => self.kv_put(actor, bound, size),
            Op::Read {
                actor,
                bound,
                pages,
            } => self.read(actor, bound, pages),
            Op::Commit {
                actor,
                bound,
                pages,
            } => self.commit(actor, bound, pages),
            Op::Rival { actor } => self.rival(index(actor)),
            Op::Exec { actor, bound } => self.exec(actor, bound),
            Op::Execute { actor, bound } => self.execute(actor, bound),
            Op::Cancel => self.cancel(),
            Op::Epoch { actor } => self.new_epoch(actor),
            Op::Open { actor, websocket } => self.open(index(actor), websocket),
            Op::Send {
                tunnel,
                count,
                size,
            } => self.send(tunnel, count % 8, size),
            Op::Repeat { tunnel, count } => self.repeat(tunnel, count % 8),
            Op::Hang { tunnel } => self.hang(tunnel),
            Op::Cut {
                up,
                down,
                host_learns,
                server_learns,
            } => self.cut(up, down, host_learns, server_learns),
            Op::StallUp { ms } => self.stall(|line| &mut line.up, ms),
            Op::StallDown { ms } => self.stall(|line| &mut line.down, ms),
            Op::Outage { tenths } => self.outage_until = self.now + TENTH * tenths.into(),
            Op::Flaky { count, ms } => {
                self.flaky = (count % 4, Duration::from_millis(2) * ms.into());
            }
            Op::Garble { up, kind, again } => {
                self.garble(up, kind);
                // Three in a row are the end: rare, so that other things happen, too.
                let left = match again {
                    0..48 => 2,
                    48..64 => 3,
                    64.. => 0,
                };
                let apart = left == 3;
                self.garbled = Garbled {
                    left,
                    up,
                    kind,
                    apart,
                };
            }
            Op::Close { reason } => self.close(reason),
            Op::Restart { learns } => self.restart(learns),
            Op::Slow { tenths } => self.slow_down(TENTH * tenths.into()),
            Op::Deaf { ms } => self.deafen(Duration::from_millis(ms.into())),
            Op::Drain => self.host.drain(),
        }
        self.settle();
    }

    /// Leaves the network alone, and waits for everything to come to its end.
    pub(super) fn finish(mut self) -> Report {
        let since = self.now;
        self.outage_until = self.now;
        self.flaky.0 = 0;
        self.garbled.left = 0;
        while self.terminal.is_none() && !self.is_settled() {
            assert!(
                self.now - since < SETTLING,
                "expected everything to come to its end, but found {}",
                self.unsettled()
            );
            self.decide();
            self.pass(Duration::from_millis(500));
        }
        self.report.worst_settling = self.now - since;
        if self.terminal.is_none() {
            self.forgets();
        }
        // A host that no server takes, in the end, has ended by itself.
        if self.terminal.is_none() {
            self.foreseen.closing = true;
            self.host.close(CloseWhen::Known);
            self.settle();
            let since = self.now;
            while self.terminal.is_none() {
                assert!(self.now - since < SETTLING, "expected the host to end");
                self.pass(Duration::from_millis(500));
            }
            assert_eq!(self.terminal, Some(Terminal::Shutdown));
        }
        assert!(
            self.user.requests.is_empty(),
            "expected every request to have ended, but found {:?}",
            self.user.requests
        );
        let stats = self.host.stats();
        assert_eq!((stats.requests, stats.queued), (0, 0));
        assert_eq!(self.host.poll_timeout(), None);
        self.check_outcomes();
        self.report.time = self.now - self.begin;
        self.report.resent_commits = stats.resent_commits;
        self.report.repeated_commands = stats.repeated_commands;
        self.report.repeated_messages = stats.dropped_tunnel_messages;
        self.report.incompatible =
            matches!(self.terminal, Some(Terminal::Incompatible { .. })).into();
        self.report.connections = stats.connections;
        self.report
    }
}
