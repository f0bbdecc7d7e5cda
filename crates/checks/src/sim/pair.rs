//! The pair itself: one host, the connections it had, and the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use envoy_protocol::session::{
    BackoffConfig, CloseWhen, Fallback, Host, HostConfig, RequestLimits, Server, Terminal,
};
use envoy_protocol::{Version, latest};

use super::gateway::{Desk, Gateway};
use super::net::Wire;
use super::ops::{HostVersion, Op, Setup};
use super::user::User;
use super::{Report, Rng};

/// Actors of a run.
pub(super) const ACTORS: usize = 3;
/// Steps of one run, at most: a run that takes more does not come to its end.
pub(super) const STEPS: u64 = 2_000_000;
/// Rounds at one moment, at most.
pub(super) const ROUNDS: u32 = 20_000;
/// How long everything may take to come to its end, once the network is left alone.
pub(super) const SETTLING: Duration = Duration::from_mins(10);
/// How long a host reads on after it has sent a close.
pub(super) const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Pair {
    pub(super) setup: Setup,
    pub(super) rng: Rng,
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
    pub(super) report: Report,
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
        config.requests = RequestLimits::DEFAULT;
        config.backoff = BackoffConfig::DEFAULT;
        if setup.small_queues {
            config.limits.queue = 128 << 10;
            config.limits.inbox = 128 << 10;
            config.limits.history = 2 << 10;
            config.limits.tunnels = 3;
            config.limits.requests = 20;
        }
        Self {
            setup: *setup,
            rng: Rng::new(setup.seed),
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
        match op {
            Op::Pass { ms } => self.pass(Duration::from_millis(ms.into())),
            Op::PassLong { tenths } => self.pass(Duration::from_millis(100) * tenths.into()),
            Op::Start { actor } => self.start(usize::from(actor) % ACTORS),
            Op::Stop { actor } => {
                self.stop(
                    usize::from(actor) % ACTORS,
                    latest::StopActorReason::SleepIntent,
                );
            }
            Op::Lose { actor } => {
                let actor = usize::from(actor) % ACTORS;
                if self.gateway.actors[actor].live {
                    self.stop(actor, latest::StopActorReason::Lost);
                    let given_up = &mut self.gateway.actors[actor];
                    given_up.live = false;
                    self.given_up
                        .push((given_up.id.clone(), given_up.generation));
                    self.start(actor);
                }
            }
            Op::Alarms { actor, count } => self.alarms(actor, count),
            Op::Sleep { actor } => {
                let intent = latest::ActorIntent::ActorIntentSleep;
                let event = latest::Event::EventActorIntent(latest::EventActorIntent { intent });
                if let Some(key) = self.running(actor) {
                    self.event(&key, event);
                }
            }
            Op::Exit { actor } => {
                if let Some(key) = self.running(actor) {
                    self.stopped(&key, latest::StopCode::Ok);
                }
            }
            Op::Crash { actor } => {
                if let Some(key) = self.running(actor) {
                    self.crash(&key);
                }
            }
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
            Op::Rival { actor } => self.rival(usize::from(actor) % ACTORS),
            Op::Exec { actor, bound } => self.exec(actor, bound),
            Op::Execute { actor, bound } => self.execute(actor, bound),
            Op::Cancel => self.cancel(),
            Op::Epoch { actor } => {
                if let Some((actor, generation)) = self.running(actor) {
                    self.host.new_epoch(&actor, Some(generation.into()));
                }
            }
            Op::Open { actor, websocket } => self.open(usize::from(actor) % ACTORS, websocket),
            Op::Send {
                tunnel,
                count,
                size,
            } => self.send(tunnel, count % 8, size),
            Op::Hang { tunnel } => self.hang(tunnel),
            Op::Cut {
                up,
                down,
                host_learns,
                server_learns,
            } => self.cut(up, down, host_learns, server_learns),
            Op::StallUp { ms } => self.stall(|line| &mut line.up, ms),
            Op::StallDown { ms } => self.stall(|line| &mut line.down, ms),
            Op::Outage { tenths } => {
                self.outage_until = self.now + Duration::from_millis(100) * tenths.into();
            }
            Op::Close { reason } => self.close(reason),
            Op::Restart { learns } => self.restart(learns),
            Op::Slow { tenths } => {
                if let Some(line) = self.current() {
                    line.slow = Duration::from_millis(100) * tenths.into();
                }
            }
            Op::Deaf { ms } => {
                let until = self.now + Duration::from_millis(ms.into());
                if let Some(line) = self.current() {
                    line.deaf_until = until;
                }
            }
            Op::Drain => self.host.drain(),
        }
        self.settle();
    }

    /// Leaves the network alone, and waits for everything to come to its end.
    pub(super) fn finish(mut self) -> Report {
        let since = self.now;
        self.outage_until = self.now;
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
            self.host.close(CloseWhen::Sent);
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
        self.report.connections = stats.connections;
        self.report
    }
}
