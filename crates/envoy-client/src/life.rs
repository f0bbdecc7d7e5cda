//! The life of one generation of an actor: a task of its own, from its start to its last event.
//!
//! The task itself only waits: the actor's own code runs in tasks below it, so that a panic there is an error here, and a
//! stop is heard whatever that code does.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use depot_sqlite::Ending;
use envoy_protocol::latest;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, sleep};

use crate::actor::{AnyActor, Kind};
use crate::context::{Alarm, Context, unix_ms};
use crate::failure::Failure;
use crate::http::{self, Fault};
use crate::outside::system_time;
use crate::registry::{Incoming, Message, Shared};
use crate::stop;
use crate::task::Task;

/// How long an alarm is slept for at most, before the clock is looked at again: it may have been set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// One generation of an actor.
pub(crate) struct Life {
    pub(crate) context: Context,
    pub(crate) shared: Arc<Shared>,
    pub(crate) kind: Option<Arc<Kind>>,
    pub(crate) actor: Option<Arc<dyn AnyActor>>,
    inbox: mpsc::UnboundedReceiver<Message>,
    /// Resolves when the generation before has ended.
    before: Option<oneshot::Receiver<()>>,
    /// What the actor does.
    work: JoinSet<Result<(), String>>,
    doing: HashMap<tokio::task::Id, Work>,
    /// Requests that wait for their turn.
    waiting: VecDeque<Box<Incoming>>,
    /// A stop that came before the start was through.
    parked: Option<Asked>,
    ended: std::pin::Pin<Box<dyn Future<Output = Arc<Ending>> + Send>>,
    alarm: watch::Receiver<Alarm>,
    /// Since when the actor has nothing to do.
    idle: Option<Instant>,
}

/// Something that an actor does.
struct Work {
    what: What,
    abort: AbortHandle,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Request(http::Tunnel, u64),
    Alarm,
}

/// How the server asks a generation to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The actor lives on, later or elsewhere.
    Sleep,
    /// It does not.
    Destroy,
}

/// What a life does with what happens beside the step that it is at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Starting,
    Serving,
    Stopping,
}

enum Happened {
    Ended,
    Message(Option<Message>),
    Done(tokio::task::Id, Result<Result<(), String>, JoinError>),
    /// The alarm of this number is due.
    Due(u64),
    Idle,
}

impl Life {
    pub(crate) fn new(
        context: Context,
        shared: Arc<Shared>,
        kind: Option<Arc<Kind>>,
        inbox: mpsc::UnboundedReceiver<Message>,
        before: Option<oneshot::Receiver<()>>,
    ) -> Self {
        let sql = context.sql().clone();
        Self {
            alarm: context.inner().alarm.subscribe(),
            context,
            shared,
            kind,
            actor: None,
            inbox,
            before,
            work: JoinSet::new(),
            doing: HashMap::new(),
            waiting: VecDeque::new(),
            parked: None,
            ended: Box::pin(async move { sql.ended().await }),
            idle: None,
        }
    }

    /// Lives, and reports it.
    pub(crate) async fn run(mut self) {
        let state = match self.live().await {
            Ok(stopped) => stopped,
            Err(failure) => stop::failed(&mut self, failure).await,
        };
        let stopped = latest::ActorState::ActorStateStopped(state);
        if let Err(error) = self.context.report(stopped) {
            // The host is at its end, and nobody is left to tell.
            tracing::debug!(actor = self.context.actor_id(), %error, "the end of an actor is not told");
        }
    }

    async fn live(&mut self) -> Result<latest::ActorStateStopped, Failure> {
        self.start().await?;
        let running = self.context.report(latest::ActorState::ActorStateRunning);
        running.map_err(|error| Failure::lost(error.to_string()))?;
        let asked = self.serve().await?;
        stop::asked(self, asked).await
    }

    async fn start(&mut self) -> Result<(), Failure> {
        if let Some(before) = self.before.take() {
            let bound = self
                .kind
                .as_ref()
                .map_or(crate::Bounds::DEFAULT.takeover, |kind| {
                    kind.options.bounds.takeover
                });
            // Its context is closed already, so that what is left of it can do nothing; it only still has its memory.
            if self.during(Mode::Starting, bound, before).await?.is_none() {
                tracing::warn!(
                    actor = self.context.actor_id(),
                    generation = self.context.generation(),
                    "the generation before has not ended in time"
                );
            }
        }
        let Some(kind) = self.kind.clone() else {
            let name = self.context.name();
            return Err(Failure::failed(format!(
                "expected the name of an actor of this host, but found {name:?}"
            )));
        };
        let bound = kind.options.bounds.start;
        let context = self.context.clone();
        let starting = Task::spawn(async move {
            let alarm = context.state().alarm().await;
            let alarm = alarm.map_err(|error| format!("the database cannot be read: {error}"))?;
            context.set_alarm_here(alarm);
            kind.start(context)
                .await
                .map_err(|error| format!("the actor did not start: {error}"))
        });
        let started = self.during(Mode::Starting, bound, starting).await?;
        let started = started.ok_or_else(|| {
            Failure::failed(format!("expected the actor to start within {bound:?}"))
        })?;
        self.actor = Some(
            started
                .and_then(|started| started)
                .map_err(Failure::failed)?,
        );
        Ok(())
    }

    /// Serves until the generation is asked to stop.
    async fn serve(&mut self) -> Result<Asked, Failure> {
        let alarm = self.alarm.borrow_and_update().due;
        if let Some(alarm) = alarm
            && alarm > now_ms()
        {
            // The generation before may have ended between noting it and telling the server.
            if let Err(error) = self.context.report_alarm(Some(alarm)) {
                tracing::debug!(%error, "the alarm is not told again");
            }
        }
        // A start that crossed the news that this host stops: not every server stops such an actor again.
        if self.shared.is_draining()
            && let Err(error) = self.context.sleep()
        {
            tracing::debug!(%error, "an actor of a host that ends cannot go to sleep");
        }
        self.idle = Some(Instant::now());
        self.next_requests();
        loop {
            if let Some(asked) = self.parked.take() {
                return Ok(asked);
            }
            let happened = self.next(Mode::Serving).await;
            self.handle(happened, Mode::Serving)?;
        }
    }

    /// Waits for a step, but hears what else happens. None if the step takes too long.
    async fn during<T>(
        &mut self,
        mode: Mode,
        bound: Duration,
        step: impl Future<Output = T>,
    ) -> Result<Option<T>, Failure> {
        let mut step = std::pin::pin!(tokio::time::timeout(bound, step));
        loop {
            tokio::select! {
                biased;
                happened = self.next(mode) => self.handle(happened, mode)?,
                result = &mut step => return Ok(result.ok()),
            }
        }
    }

    /// [`Self::during`] a step of stopping.
    pub(crate) async fn stopping<T>(
        &mut self,
        bound: Duration,
        step: impl Future<Output = T>,
    ) -> Result<Option<T>, Failure> {
        self.during(Mode::Stopping, bound, step).await
    }

    /// Takes no more requests, and waits for those that are being handled.
    pub(crate) async fn finish_work(&mut self, bound: Duration) -> Result<(), Failure> {
        self.return_waiting();
        let until = Instant::now() + bound;
        while !self.doing.is_empty() {
            let happened = tokio::select! {
                biased;
                happened = self.next(Mode::Stopping) => happened,
                () = tokio::time::sleep_until(until) => return Ok(()),
            };
            self.handle(happened, Mode::Stopping)?;
        }
        Ok(())
    }

    /// Takes nothing more: what was sent to this generation goes back to where it came from.
    pub(crate) fn shut(&mut self) {
        self.inbox.close();
        while let Ok(message) = self.inbox.try_recv() {
            if let Message::Request(request) = message {
                self.shared.give_back(request.tunnel, request.serial);
            }
        }
        self.return_waiting();
    }

    /// What is still being done has failed, and gets a moment to say so itself. Then it is ended.
    pub(crate) async fn end_work(&mut self, bound: Duration) {
        let until = Instant::now() + bound;
        while !self.doing.is_empty() {
            let done = tokio::time::timeout_at(until, self.work.join_next_with_id()).await;
            match done {
                Ok(Some(done)) => {
                    let (id, result) = parts(done);
                    // It has failed already: one more failure is none.
                    let _ = self.done(id, result);
                }
                Ok(None) => break,
                Err(_) => {
                    let mut cut = Vec::new();
                    for (_, work) in self.doing.drain() {
                        work.abort.abort();
                        if let What::Request(tunnel, serial) = work.what {
                            cut.push((serial, tunnel));
                        }
                    }
                    // In the order in which they came.
                    cut.sort_unstable_by_key(|(serial, _)| *serial);
                    for (serial, tunnel) in cut {
                        self.shared.fail(tunnel, serial, Fault::Stopped);
                    }
                }
            }
        }
        self.work.abort_all();
    }

    /// The next thing that happens. Nothing is lost if it is not waited for.
    async fn next(&mut self, mode: Mode) -> Happened {
        loop {
            let serving = mode == Mode::Serving;
            let alarm = if serving && !self.is_at(What::Alarm) {
                *self.alarm.borrow_and_update()
            } else {
                Alarm::default()
            };
            let due = alarm.due.map(|due| {
                let left = due.saturating_sub(now_ms());
                Duration::from_millis(u64::try_from(left).unwrap_or(0))
            });
            if due == Some(Duration::ZERO) {
                return Happened::Due(alarm.number);
            }
            let idle = self.idle_left().filter(|_| serving);
            tokio::select! {
                biased;
                _ = &mut self.ended => return Happened::Ended,
                message = self.inbox.recv() => return Happened::Message(message),
                Some(done) = self.work.join_next_with_id() => {
                    let (id, result) = parts(done);
                    return Happened::Done(id, result);
                }
                _ = self.alarm.changed(), if serving => {}
                () = sleep(due.unwrap_or_default().min(LONGEST_SLEEP)), if due.is_some() => {}
                () = sleep(idle.unwrap_or_default()), if idle.is_some() => return Happened::Idle,
            }
        }
    }

    fn handle(&mut self, happened: Happened, mode: Mode) -> Result<(), Failure> {
        match happened {
            Happened::Ended => {
                return Err(match self.context.sql().ending() {
                    Some(ending) => Failure::of(&ending),
                    None => Failure::lost("the database has ended"),
                });
            }
            Happened::Message(None) => return Err(Failure::lost("the host has ended")),
            Happened::Message(Some(message)) => self.message(message, mode)?,
            Happened::Done(id, result) => {
                let result = self.done(id, result);
                self.next_requests();
                result?;
            }
            Happened::Due(number) => self.begin_alarm(number),
            Happened::Idle => {
                self.idle = None;
                if let Err(error) = self.context.sleep() {
                    tracing::debug!(%error, "an idle actor cannot go to sleep");
                }
            }
        }
        Ok(())
    }

    fn message(&mut self, message: Message, mode: Mode) -> Result<(), Failure> {
        match message {
            Message::Stop(reason) => {
                let asked = match reason {
                    latest::StopActorReason::Lost => {
                        return Err(Failure::given_up());
                    }
                    latest::StopActorReason::SleepIntent | latest::StopActorReason::GoingAway => {
                        Asked::Sleep
                    }
                    latest::StopActorReason::StopIntent | latest::StopActorReason::Destroy => {
                        Asked::Destroy
                    }
                };
                // The first counts; one that comes before the start is through waits for that.
                if mode != Mode::Stopping {
                    self.parked.get_or_insert(asked);
                }
            }
            Message::End => match mode {
                // The server has to hear first that it is to sleep, or its end would be that of the actor.
                Mode::Serving if self.parked.is_none() => {
                    let asked = self.context.sleep();
                    asked.map_err(|error| Failure::lost(error.to_string()))?;
                    self.parked = Some(Asked::Sleep);
                }
                // It has nothing to say yet.
                Mode::Starting if self.parked.is_none() => {
                    return Err(Failure::lost("the host has ended"));
                }
                Mode::Starting | Mode::Serving | Mode::Stopping => {}
            },
            Message::Lost(reason) => return Err(Failure::lost(reason)),
            Message::Request(request) => {
                let queue = self.kind.as_ref().map_or(0, |kind| kind.options.queue);
                if mode == Mode::Stopping {
                    self.shared.give_back(request.tunnel, request.serial);
                } else if self.waiting.len() >= queue && (mode == Mode::Starting || self.is_busy())
                {
                    self.shared
                        .answer(request.tunnel, request.serial, Fault::Overloaded);
                } else {
                    self.waiting.push_back(request);
                    self.next_requests();
                }
            }
            Message::Abort(tunnel, serial) => {
                self.waiting.retain(|request| request.serial != serial);
                let aborted = What::Request(tunnel, serial);
                for work in self.doing.values().filter(|work| work.what == aborted) {
                    work.abort.abort();
                }
            }
        }
        Ok(())
    }

    /// Something that the actor did is done.
    fn done(
        &mut self,
        id: tokio::task::Id,
        result: Result<Result<(), String>, JoinError>,
    ) -> Result<(), Failure> {
        let Some(work) = self.doing.remove(&id) else {
            return Ok(());
        };
        if self.doing.is_empty() {
            self.idle = Some(Instant::now());
        }
        let failure = match result {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(error) if error.is_cancelled() => None,
            Err(error) => Some(crate::task::panic_text(error)),
        };
        if let What::Request(tunnel, serial) = work.what {
            match &failure {
                Some(_) => self.shared.fail(tunnel, serial, Fault::Failed),
                // It was answered, or nobody waits any more.
                None => drop(self.shared.requests.end(tunnel, serial)),
            }
        }
        match failure {
            Some(failure) => Err(Failure::failed(failure)),
            None => Ok(()),
        }
    }

    /// Handles requests that wait, as many as there may be at once.
    fn next_requests(&mut self) {
        let (Some(actor), Some(_)) = (self.actor.clone(), &self.kind) else {
            return;
        };
        while !self.is_busy()
            && let Some(request) = self.waiting.pop_front()
        {
            let (tunnel, serial) = (request.tunnel, request.serial);
            let (actor, shared) = (Arc::clone(&actor), Arc::clone(&self.shared));
            let id = self.context.actor_id().to_owned();
            self.begin(What::Request(tunnel, serial), async move {
                let (request, _held) = request.into_parts();
                let response = match actor.request(request).await {
                    Ok(response) => response,
                    Err(error) => {
                        tracing::warn!(actor = id, %error, "a request failed");
                        Fault::Failed.response()
                    }
                };
                if shared.requests.answered(tunnel, serial, &response) {
                    http::answer(&shared.link, tunnel, &response).await;
                }
                Ok(())
            });
        }
    }

    fn begin_alarm(&mut self, number: u64) {
        let Some(actor) = self.actor.clone() else {
            return;
        };
        let context = self.context.clone();
        self.begin(What::Alarm, async move {
            let done = actor.alarm().await;
            done.map_err(|error| format!("the alarm failed: {error}"))?;
            // Only now: a generation that ends before this has its alarm again. One that was set meanwhile stays.
            if let Err(error) = context.alarm_done(number).await {
                tracing::debug!(%error, "an alarm that has gone off cannot be taken back");
            }
            Ok(())
        });
    }

    fn begin(
        &mut self,
        what: What,
        work: impl Future<Output = Result<(), String>> + Send + 'static,
    ) {
        let abort = self.work.spawn(work);
        self.idle = None;
        self.doing.insert(abort.id(), Work { what, abort });
    }

    fn return_waiting(&mut self) {
        for request in self.waiting.drain(..) {
            self.shared.give_back(request.tunnel, request.serial);
        }
    }

    fn is_at(&self, what: What) -> bool {
        self.doing.values().any(|work| work.what == what)
    }

    /// Whether no further request may be handled now.
    fn is_busy(&self) -> bool {
        let most = self
            .kind
            .as_ref()
            .map_or(0, |kind| kind.options.concurrency.max(1));
        let alarm = usize::from(self.is_at(What::Alarm));
        self.doing.len() - alarm >= most
    }

    fn idle_left(&self) -> Option<Duration> {
        let bound = self.kind.as_ref()?.options.idle?;
        Some(bound.saturating_sub(self.idle?.elapsed()))
    }
}

fn parts<T>(
    done: Result<(tokio::task::Id, T), JoinError>,
) -> (tokio::task::Id, Result<T, JoinError>) {
    match done {
        Ok((id, result)) => (id, Ok(result)),
        Err(error) => (error.id(), Err(error)),
    }
}

fn now_ms() -> i64 {
    // A clock before 1970 makes every alarm wait.
    unix_ms(system_time()).unwrap_or(0)
}
