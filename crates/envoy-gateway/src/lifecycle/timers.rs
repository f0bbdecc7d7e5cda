//! What is due by itself, and when.

use super::actor::Happening;
use super::{Effect, Lifecycle, Millis, StoreId};
use crate::records::{ActorRecord, Phase};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Actor(String),
    Host(String),
    Store(StoreId),
}

impl Lifecycle {
    /// When something is due by itself, by the steady clock, if the system's does not move.
    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        let timer = self.timers.first().map(|(at, _)| *at);
        let alarm = self.alarms.first().map(|(at, _)| *at);
        let alarm = alarm.map(|at| at.saturating_sub(self.ahead));
        timer.into_iter().chain(alarm).min()
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while let Some(timer) = self.pop_due() {
            match timer {
                Timer::Actor(id) => self.happened(&id, Happening::Due),
                Timer::Host(envoy) => self.host_due(&envoy),
                Timer::Store(id) => {
                    if let Some(step) = self.steps.get(&id) {
                        self.effects
                            .push_back(Effect::Store(id, step.changes.clone()));
                    }
                }
            }
        }
    }

    /// The next timer that is due. It is off from now on.
    fn pop_due(&mut self) -> Option<Timer> {
        if self.timers.first().is_some_and(|(at, _)| *at <= self.now) {
            let (_, timer) = self.timers.pop_first()?;
            if let Timer::Actor(id) = &timer
                && let Some(actor) = self.actors.get_mut(id)
            {
                actor.timer = None;
            }
            return Some(timer);
        }
        let now = self.system_time(self.now);
        if self.alarms.first().is_some_and(|(at, _)| *at <= now) {
            let (_, id) = self.alarms.pop_first()?;
            if let Some(actor) = self.actors.get_mut(&id) {
                actor.alarm = None;
            }
            return Some(Timer::Actor(id));
        }
        None
    }

    pub(super) fn set_actor_timer(&mut self, id: &str) {
        let Some(actor) = self.actors.get_mut(id) else {
            return;
        };
        let due = actor.record.times_out();
        let due = due.map(|at| at.saturating_sub(actor.ahead));
        if let Some(old) = actor.timer.take() {
            self.timers.remove(&(old, Timer::Actor(id.to_owned())));
        }
        if let Some(due) = due {
            actor.timer = Some(due);
            self.timers.insert((due, Timer::Actor(id.to_owned())));
        }
        let is_asleep = actor.record.phase == Phase::Sleeping;
        let alarm = actor.record.alarm_ts.filter(|_| is_asleep);
        if let Some(old) = actor.alarm.take() {
            self.alarms.remove(&(old, id.to_owned()));
        }
        if let Some(alarm) = alarm {
            actor.alarm = Some(alarm);
            self.alarms.insert((alarm, id.to_owned()));
        }
    }

    pub(super) fn set_host_timer(&mut self, envoy: &str) {
        let Some(host) = self.hosts.get_mut(envoy) else {
            return;
        };
        let timer = Timer::Host(envoy.to_owned());
        if let Some(old) = host.timer.take() {
            self.timers.remove(&(old, timer.clone()));
        }
        if let Some(due) = host.due(&self.config) {
            host.timer = Some(due);
            self.timers.insert((due, timer));
        }
    }
}

impl ActorRecord {
    /// When the phase that it is in ends by itself, whoever sleeps excepted.
    fn times_out(&self) -> Option<Millis> {
        match self.phase {
            Phase::Pending => self.reschedule_ts,
            Phase::Starting | Phase::Stopping(_) => self.until_ts,
            Phase::Sleeping | Phase::Running | Phase::Destroyed => None,
        }
    }
}
