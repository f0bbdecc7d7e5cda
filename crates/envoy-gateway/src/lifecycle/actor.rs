//! One actor: what becomes of it when something happens. Pure: a record and an event go in, the next record and what
//! follows from it come out.
//!
//! What follows is done once the record is durable, and not before: a host is told to start a generation that no crash
//! takes back, a caller is answered what will still be so, and an event is acknowledged that need not come again.

use envoy_protocol::latest::StopActorReason;

use super::{LifecycleConfig, Millis, Ticket};
use crate::faults::Guard;
use crate::records::{ActorError, ActorRecord, Phase, Then};

/// Why a generation of a v4 host is over that may not know of its own last commit.
const V4_UNPROVEN: &str = "a v4 host cannot know whether its last commit was applied";

/// What happens to an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    /// Somebody wants it to run: a request, or whoever created it.
    Wake,
    /// A time that it waits for may have come.
    Due,
    /// A host has come that may have room.
    HostCame,
    /// The API puts it to sleep.
    Sleep(Ticket),
    /// The API destroys it. Answered when it is.
    Destroy(Ticket),
    /// Its host says something of a generation.
    Said {
        envoy: String,
        generation: u32,
        index: i64,
        what: Said,
    },
    /// Its host shuts down.
    HostLeaves { envoy: String },
    /// Its host is lost.
    HostLost { envoy: String },
    /// What it asked for was refused: another instance of this generation is at work, or might be.
    Refused {
        envoy: String,
        generation: u32,
        message: String,
    },
    /// The host of a generation, which speaks v4, lost its connection or this server was started anew: nobody can know what
    /// that host knows of its last commit.
    Unproven { generation: u32 },
}

/// What a host says of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Running,
    Stopped(Result<(), Option<String>>),
    WantsSleep,
    WantsEnd,
    Alarm(Option<Millis>),
}

/// What follows from what happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    /// The next record, if it is another one.
    pub(super) record: Option<ActorRecord>,
    /// What becomes of the database in the same transaction.
    pub(super) database: Database,
    /// What hosts are told, in this order.
    pub(super) orders: Vec<Order>,
    /// The generation that is over, and its host.
    pub(super) over: Option<Over>,
}

/// What becomes of an actor's database.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    #[default]
    Stays,
    /// The generation after this one is allocated.
    Allocate {
        seen: u32,
    },
    /// This generation ends: what it still asks for is refused.
    Release {
        generation: u32,
    },
    Destroy,
}

/// A command, and to which host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) envoy: String,
    pub(super) generation: u32,
    pub(super) index: i64,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Start,
    Stop(StopActorReason),
}

/// A generation that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) envoy: String,
    pub(super) generation: u32,
    /// The index of its last command.
    pub(super) issued: i64,
    /// Whether its host has said so, or the server has given it up.
    pub(super) by_host: bool,
}

/// What the decision is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) config: &'a LifecycleConfig,
    /// By the system's clock, as the times of the record are.
    pub(super) now: Millis,
    /// The host that a generation would be started on.
    pub(super) host: Option<&'a str>,
    /// Whether its pool has any host at all, with room or without.
    pub(super) pool_has_hosts: bool,
}

/// How a generation ended.
enum End {
    Clean,
    Failed(ActorError),
    /// By no fault of the actor's: it is not left alone for it.
    Lost(ActorError),
}

/// Decides what becomes of an actor. Nothing that changes nothing.
pub(super) fn decide(record: &ActorRecord, happening: &Happening, context: Context<'_>) -> Next {
    let mut change = Change {
        record: record.clone(),
        next: Next::default(),
        context,
    };
    change.happened(happening);
    let Change {
        record: new,
        mut next,
        ..
    } = change;
    if new != *record {
        next.record = Some(new);
    }
    next
}

struct Change<'a> {
    record: ActorRecord,
    next: Next,
    context: Context<'a>,
}

impl Change<'_> {
    fn happened(&mut self, happening: &Happening) {
        match happening {
            Happening::Wake => self.wake(),
            Happening::Due => self.due(),
            Happening::HostCame => {
                if self.record.phase == Phase::Pending {
                    self.start();
                }
            }
            Happening::Sleep(_) => self.sleep(StopActorReason::SleepIntent),
            Happening::Destroy(_) => self.destroy(),
            Happening::Said {
                envoy,
                generation,
                index: _,
                what,
            } => {
                if self.is_current(envoy, *generation) {
                    self.said(what);
                }
            }
            Happening::HostLeaves { envoy } => {
                if self.record.is_held_by(envoy) {
                    self.leave();
                }
            }
            Happening::HostLost { envoy } => {
                if self.record.is_held_by(envoy) {
                    self.give_up(&End::Lost(ActorError::EnvoyConnectionLost {
                        envoy_key: envoy.clone(),
                    }));
                }
            }
            Happening::Refused {
                envoy,
                generation,
                message,
            } => {
                if self.is_current(envoy, *generation) {
                    let message = Some(message.clone());
                    self.give_up(&End::Failed(ActorError::Crashed { message }));
                }
            }
            Happening::Unproven { generation } => {
                if self.record.generation == *generation {
                    let message = Some(V4_UNPROVEN.to_owned());
                    self.give_up(&End::Lost(ActorError::Crashed { message }));
                }
            }
        }
    }

    fn is_current(&self, envoy: &str, generation: u32) -> bool {
        self.record.is_held_by(envoy) && self.record.generation == generation
    }

    fn lacks(&self, guard: Guard) -> bool {
        self.context.config.faults.lack(guard)
    }

    fn is_alive(&self) -> bool {
        matches!(
            self.record.phase,
            Phase::Starting | Phase::Running | Phase::Stopping(_)
        )
    }

    fn wake(&mut self) {
        if self.record.phase == Phase::Sleeping {
            self.start();
        }
    }

    fn due(&mut self) {
        let now = self.context.now;
        let is_over = self.record.until_ts.is_some_and(|until| until <= now);
        match self.record.phase {
            Phase::Sleeping if self.record.alarm_ts.is_some_and(|alarm| alarm <= now) => {
                self.start();
            }
            Phase::Pending => self.start(),
            Phase::Starting if is_over => {
                let envoy_key = self.record.envoy.clone();
                self.give_up(&End::Failed(ActorError::EnvoyNoResponse { envoy_key }));
            }
            Phase::Stopping(_) if is_over => {
                let envoy_key = self.record.envoy.clone().unwrap_or_default();
                self.give_up(&End::Failed(ActorError::EnvoyConnectionLost { envoy_key }));
            }
            _ => {}
        }
    }

    /// Starts the next generation, or waits for what it takes.
    fn start(&mut self) {
        let now = self.context.now;
        let record = &mut self.record;
        record.until_ts = None;
        if record.reschedule_ts.is_some_and(|at| at > now) {
            record.phase = Phase::Pending;
            record.pending_ts.get_or_insert(now);
            return;
        }
        let Some(host) = self.context.host else {
            record.phase = Phase::Pending;
            record.pending_ts.get_or_insert(now);
            let why = if self.context.pool_has_hosts {
                ActorError::NoCapacity
            } else {
                ActorError::NoEnvoys
            };
            // Why it crashed before says more than that it waits.
            if !matches!(record.error, Some(ActorError::Crashed { .. })) {
                record.error = Some(why);
            }
            record.reschedule_ts = None;
            return;
        };
        let Some(generation) = record.generation.checked_add(1) else {
            // Four thousand million starts. Counting from the beginning would let the first one back in.
            record.phase = Phase::Sleeping;
            record.error = Some(ActorError::NoCapacity);
            return;
        };
        self.next.database = Database::Allocate {
            seen: record.generation,
        };
        record.generation = generation;
        record.envoy = Some(host.to_owned());
        record.issued = 0;
        record.phase = Phase::Starting;
        record.start_ts = Some(now);
        record.pending_ts = None;
        record.reschedule_ts = None;
        record.sleep_ts = None;
        record.connectable_ts = None;
        record.until_ts = Some(now.saturating_add(self.context.config.start_threshold));
        self.order(What::Start);
    }

    fn said(&mut self, what: &Said) {
        let now = self.context.now;
        match what {
            Said::Running => {
                if self.record.phase == Phase::Starting {
                    self.record.phase = Phase::Running;
                    self.record.connectable_ts = Some(now);
                    self.record.until_ts = None;
                    self.record.error = None;
                    // The start was what the alarm was for. An alarm that comes due from here on is the actor's own
                    // to notice, and wakes it if it sleeps through it.
                    let start = self.record.start_ts;
                    if self
                        .record
                        .alarm_ts
                        .is_some_and(|alarm| Some(alarm) <= start)
                    {
                        self.record.alarm_ts = None;
                    }
                }
            }
            Said::WantsSleep | Said::WantsEnd if self.lacks(Guard::Wishes) => {}
            Said::WantsSleep => self.sleep(StopActorReason::SleepIntent),
            Said::WantsEnd => {
                if matches!(self.record.phase, Phase::Starting | Phase::Running) {
                    self.stop(Then::End, StopActorReason::StopIntent);
                }
            }
            Said::Alarm(_) if self.lacks(Guard::Alarm) => {}
            Said::Alarm(at) => self.record.alarm_ts = *at,
            Said::Stopped(end) => self.stopped(end),
        }
    }

    fn stopped(&mut self, end: &Result<(), Option<String>>) {
        let crash = || ActorError::Crashed {
            message: end.as_ref().err().cloned().flatten(),
        };
        let end = match end {
            Ok(()) => End::Clean,
            Err(_) if self.lacks(Guard::Crash) => End::Clean,
            Err(_) => End::Failed(crash()),
        };
        self.end(&end, true);
    }

    /// The server ends the generation: its host is gone, or what it does cannot be trusted. If the host is still there,
    /// or comes back, it is told.
    fn give_up(&mut self, end: &End) {
        if !self.is_alive() {
            return;
        }
        if !self.lacks(Guard::Lost) {
            self.order(What::Stop(StopActorReason::Lost));
        }
        self.end(end, false);
    }

    /// The generation is over.
    fn end(&mut self, end: &End, by_host: bool) {
        if !self.is_alive() {
            return;
        }
        let now = self.context.now;
        let phase = self.record.phase;
        let record = &mut self.record;
        if let Some(envoy) = record.envoy.take() {
            let (generation, issued) = (record.generation, record.issued);
            self.next.over = Some(Over {
                envoy,
                generation,
                issued,
                by_host,
            });
        }
        self.next.database = Database::Release {
            generation: record.generation,
        };
        record.until_ts = None;
        let ran_for = record
            .connectable_ts
            .take()
            .map(|since| now.saturating_sub(since));
        let is_clean = matches!(end, End::Clean);
        match (phase, is_clean) {
            (Phase::Stopping(Then::Destroy), _)
            | (Phase::Stopping(Then::End) | Phase::Starting | Phase::Running, true) => {
                self.end_for_good();
                return;
            }
            (Phase::Stopping(Then::Move), _) => {
                record.phase = Phase::Pending;
                record.pending_ts = Some(now);
                // Allocating the next generation releases this one, in the same transaction.
                self.start();
                return;
            }
            _ => {}
        }
        record.phase = Phase::Sleeping;
        record.sleep_ts = Some(now);
        match end {
            End::Clean => {
                record.crashes = 0;
                record.error = None;
                record.reschedule_ts = None;
            }
            End::Failed(why) => {
                // What an actor asked for itself is no crash, even if its last words are lost.
                if phase != Phase::Stopping(Then::Sleep)
                    || matches!(why, ActorError::Crashed { .. })
                {
                    if ran_for.is_some_and(|ran| ran >= self.context.config.crash_reset) {
                        record.crashes = 0;
                    }
                    record.reschedule_ts = crash_delay(self.context.config, record.crashes)
                        .map(|delay| now.saturating_add(delay));
                    record.crashes = record.crashes.saturating_add(1);
                }
                record.error = Some(why.clone());
            }
            End::Lost(why) => record.error = Some(why.clone()),
        }
        let is_due = record.alarm_ts.is_some_and(|alarm| alarm <= now);
        if is_due {
            self.start();
        }
    }

    fn sleep(&mut self, reason: StopActorReason) {
        match self.record.phase {
            Phase::Starting | Phase::Running => self.stop(Then::Sleep, reason),
            Phase::Pending => {
                self.record.phase = Phase::Sleeping;
                self.record.pending_ts = None;
                self.record.sleep_ts = Some(self.context.now);
            }
            Phase::Sleeping | Phase::Stopping(_) | Phase::Destroyed => {}
        }
    }

    fn leave(&mut self) {
        if matches!(self.record.phase, Phase::Starting | Phase::Running) {
            self.stop(Then::Move, StopActorReason::GoingAway);
        }
    }

    fn stop(&mut self, then: Then, reason: StopActorReason) {
        self.record.phase = Phase::Stopping(then);
        self.record.connectable_ts = None;
        let threshold = self.context.config.stop_threshold;
        self.record.until_ts = Some(self.context.now.saturating_add(threshold));
        self.order(What::Stop(reason));
    }

    fn destroy(&mut self) {
        match self.record.phase {
            Phase::Sleeping | Phase::Pending => self.end_for_good(),
            Phase::Starting | Phase::Running => {
                let forgets = self.lacks(Guard::Destroy);
                let then = if forgets { Then::Sleep } else { Then::Destroy };
                self.stop(then, StopActorReason::Destroy);
            }
            // It has been told to stop, and does so once. What comes after is what changes.
            Phase::Stopping(_) => self.record.phase = Phase::Stopping(Then::Destroy),
            Phase::Destroyed => {}
        }
    }

    fn end_for_good(&mut self) {
        let now = self.context.now;
        self.next.database = Database::Destroy;
        let record = &mut self.record;
        record.phase = Phase::Destroyed;
        record.destroy_ts = Some(now);
        record.alarm_ts = None;
        record.until_ts = None;
        record.pending_ts = None;
        record.reschedule_ts = None;
        record.connectable_ts = None;
    }

    /// A command to the host of the newest generation.
    fn order(&mut self, what: What) {
        let Some(envoy) = self.record.envoy.clone() else {
            return;
        };
        self.record.issued = self.record.issued.saturating_add(1);
        self.next.orders.push(Order {
            envoy,
            generation: self.record.generation,
            index: self.record.issued,
            what,
        });
    }
}

/// How long a crashed actor is left alone: not at all the first time, then longer each time.
fn crash_delay(config: &LifecycleConfig, crashes_before: u32) -> Option<Millis> {
    let doublings = crashes_before.checked_sub(1)?;
    let factor = 1_i64.checked_shl(doublings.min(32)).unwrap_or(i64::MAX);
    Some(
        config
            .crash_backoff
            .saturating_mul(factor)
            .min(config.crash_backoff_most),
    )
}
