//! What is due by itself, and when.

use super::actor::Happening;
use super::{Effect, Lifecycle, Millis, StoreId};
use crate::records::Phase;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Actor(String),
    Host(String),
    Store(StoreId),
}

impl Lifecycle {
    /// When something is due by itself.
    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while let Some((at, timer)) = self.timers.first().cloned() {
            if at > self.now {
                break;
            }
            self.timers.remove(&(at, timer.clone()));
            match timer {
                Timer::Actor(id) => {
                    if let Some(actor) = self.actors.get_mut(&id) {
                        actor.timer = None;
                        self.happened(&id, Happening::Due);
                    }
                }
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

    pub(super) fn set_actor_timer(&mut self, id: &str) {
        let Some(actor) = self.actors.get_mut(id) else {
            return;
        };
        let record = &actor.record;
        let due = match record.phase {
            Phase::Sleeping => record.alarm_ts,
            Phase::Pending => record.reschedule_ts,
            Phase::Starting | Phase::Stopping(_) => record.until_ts,
            Phase::Running | Phase::Destroyed => None,
        };
        if let Some(old) = actor.timer.take() {
            self.timers.remove(&(old, Timer::Actor(id.to_owned())));
        }
        if let Some(due) = due {
            actor.timer = Some(due);
            self.timers.insert((due, Timer::Actor(id.to_owned())));
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
