//! What an actor has to work with.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use depot_sqlite::Ending;
use envoy_protocol::latest;
use envoy_protocol::session::SendError;
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::gate::Gate;
use crate::link::Link;
use crate::outside::system_time;
use crate::{Error, Kv, Sql, State};

/// One generation of an actor: who it is, its database, its key-value store, its alarm, and its end.
///
/// Clones are the same. When the generation has stopped, everything fails: what a task does that outlives its actor has
/// no effect.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) link: Arc<Link>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) actor_id: Arc<str>,
    pub(crate) generation: u32,
    pub(crate) config: latest::ActorConfig,
    pub(crate) kv: Kv,
    pub(crate) sql: Sql,
    pub(crate) state: State,
    pub(crate) alarm: watch::Sender<Alarm>,
    /// Held while the alarm is changed: what is noted, told and known here changes in one order.
    pub(crate) alarm_changes: Mutex<()>,
    /// Whether the server was asked to stop this generation.
    pub(crate) asked: AtomicBool,
}

/// The alarm, as it was set last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Alarm {
    /// When it is due, in milliseconds since 1970.
    pub(crate) due: Option<i64>,
    /// Tells one setting from the next, which may be for the same millisecond.
    pub(crate) number: u64,
}

impl Context {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The id of the actor, which no other has.
    #[must_use]
    pub fn actor_id(&self) -> &str {
        &self.0.actor_id
    }

    /// The name that it was made with: which kind of actor it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.config.name
    }

    /// The key that it was made with, if any.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.config.key.as_deref()
    }

    /// The octets that it was made with, if any.
    #[must_use]
    pub fn input(&self) -> Option<&[u8]> {
        self.0.config.input.as_deref()
    }

    /// Which incarnation of the actor this is. Each start raises it by one.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.0.generation
    }

    /// The actor's database.
    #[must_use]
    pub fn sql(&self) -> &Sql {
        &self.0.sql
    }

    /// The actor's key-value store.
    #[must_use]
    pub fn kv(&self) -> &Kv {
        &self.0.kv
    }

    /// The pages of the actor's database, where it has [`Storage::Simulated`](crate::Storage::Simulated).
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn pages(&self) -> Option<crate::SimulatedPages> {
        self.0.sql.pages(true)
    }

    /// What an instance of this generation has that does not notice its end: a copy of the process, or one whose threads go
    /// on though they should not.
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn unguarded(&self) -> (Option<crate::SimulatedPages>, Kv) {
        (self.0.sql.pages(false), self.0.kv.unguarded())
    }

    /// A value that the actor keeps of itself, in its database.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.0.state
    }

    /// Has [`Actor::alarm`](crate::Actor::alarm) called at `time`, whether the actor sleeps then or not. It replaces the
    /// alarm that was set before.
    ///
    /// The alarm is noted in the database, and so belongs to a transaction that is open there. Without a database an
    /// actor that sleeps is woken by its alarm, but `alarm` is not called then.
    pub async fn set_alarm(&self, time: SystemTime) -> Result<(), Error> {
        self.alarm_at(Some(unix_ms(time)?)).await
    }

    /// Has [`Actor::alarm`](crate::Actor::alarm) called after `time`: see [`set_alarm`](Self::set_alarm).
    pub async fn set_alarm_in(&self, time: Duration) -> Result<(), Error> {
        let due = system_time().checked_add(time).ok_or(Error::AlarmTime)?;
        self.set_alarm(due).await
    }

    /// Takes the alarm back.
    pub async fn clear_alarm(&self) -> Result<(), Error> {
        self.alarm_at(None).await
    }

    /// When the alarm is due, if one is set.
    #[must_use]
    pub fn alarm(&self) -> Option<SystemTime> {
        let ms = u64::try_from(self.0.alarm.borrow().due?).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_millis(ms))
    }

    /// Asks the server to let this actor sleep. It then stops: [`Actor::sleep`](crate::Actor::sleep) is called. The next
    /// request or its alarm starts it again.
    pub fn sleep(&self) -> Result<(), Error> {
        self.intend(latest::ActorIntent::ActorIntentSleep)
    }

    /// Asks the server to end this actor for good. It then stops: [`Actor::destroy`](crate::Actor::destroy) is called.
    pub fn stop(&self) -> Result<(), Error> {
        self.intend(latest::ActorIntent::ActorIntentStop)
    }

    /// Resolves when this generation has stopped: for tasks of the actor's own.
    pub async fn stopped(&self) {
        self.0.gate.closed().await;
    }

    pub(crate) async fn alarm_at(&self, time: Option<i64>) -> Result<(), Error> {
        let _changing = self.change_alarm().await?;
        self.note_alarm(time).await
    }

    /// Takes back the alarm that has gone off. One that was set since then stays.
    pub(crate) async fn alarm_done(&self, number: u64) -> Result<(), Error> {
        let _changing = self.change_alarm().await?;
        if self.0.alarm.borrow().number == number {
            self.note_alarm(None).await?;
        }
        Ok(())
    }

    async fn change_alarm(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let lock = async { Ok(self.0.alarm_changes.lock().await) };
        self.0.gate.pass(lock).await
    }

    async fn note_alarm(&self, time: Option<i64>) -> Result<(), Error> {
        // The database first: a generation that was overtaken gets no further.
        self.0.gate.pass(self.0.state.set_alarm(time)).await?;
        self.report_alarm(time)
    }

    /// Tells the server and this host of an alarm that is noted.
    pub(crate) fn report_alarm(&self, time: Option<i64>) -> Result<(), Error> {
        self.event(latest::Event::EventActorSetAlarm(
            latest::EventActorSetAlarm { alarm_ts: time },
        ))?;
        self.set_alarm_here(time);
        Ok(())
    }

    /// The alarm as it is in the database.
    pub(crate) fn set_alarm_here(&self, due: Option<i64>) {
        self.0.alarm.send_modify(|alarm| {
            let number = alarm.number + 1;
            *alarm = Alarm { due, number };
        });
    }

    fn intend(&self, intent: latest::ActorIntent) -> Result<(), Error> {
        // The first is obeyed, and a second has nothing to add.
        if self.0.asked.swap(true, Ordering::AcqRel) {
            return self.0.gate.check();
        }
        self.event(latest::Event::EventActorIntent(latest::EventActorIntent {
            intent,
        }))
    }

    /// Reports what the actor did, unless it has stopped.
    fn event(&self, event: latest::Event) -> Result<(), Error> {
        let inner = &*self.0;
        inner.link.with(|host, _| {
            // Looked at while the machine is locked: whoever closes the gate takes unsent alarms back after this.
            inner.gate.check()?;
            host.event(&inner.actor_id, inner.generation, event)?;
            Ok(())
        })
    }

    /// Reports the state of the actor.
    pub(crate) fn report(&self, state: latest::ActorState) -> Result<(), SendError> {
        let inner = &*self.0;
        let event = latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate { state });
        inner
            .link
            .with(|host, _| host.event(&inner.actor_id, inner.generation, event))
    }

    /// Closes the context for good, after a failure: no more events of this generation but its last.
    pub(crate) fn close_failed(&self, cause: Option<Arc<Ending>>) {
        let inner = &*self.0;
        inner.gate.close(cause);
        inner
            .link
            .with(|host, _| host.drop_unsent_alarms(&inner.actor_id, inner.generation));
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("actor_id", &self.0.actor_id)
            .field("generation", &self.0.generation)
            .finish_non_exhaustive()
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix_ms(time: SystemTime) -> Result<i64, Error> {
    let since = time
        .duration_since(UNIX_EPOCH)
        .map_err(|_| Error::AlarmTime)?;
    i64::try_from(since.as_millis()).map_err(|_| Error::AlarmTime)
}
