//! The actors of a host, and the requests that are on their way to them.
//!
//! Of one actor at most one generation runs. A start for a later one stops those before it as lost, with the call that
//! takes the start; the later one begins when their contexts are closed.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use envoy_protocol::latest;
use envoy_protocol::session::RequestLimits;
use tokio::sync::{mpsc, oneshot, watch};

use crate::actor::Kind;
use crate::context::{Context, Inner};
use crate::gate::Gate;
use crate::http::{self, Fault, Tunnel};
use crate::life::Life;
use crate::link::{Link, lock};
use crate::requests::{Begun, Requests};
use crate::{Kv, Options, Request, Sql, State};

/// What the actors of a host share.
pub(crate) struct Shared {
    pub(crate) link: Arc<Link>,
    pub(crate) namespace: String,
    pub(crate) kinds: HashMap<String, Arc<Kind>>,
    pub(crate) limits: RequestLimits,
    /// Octets of requests that may wait or be handled.
    pub(crate) memory: usize,
    pub(crate) held: Arc<AtomicUsize>,
    lives: Mutex<BTreeMap<String, BTreeMap<u32, Entry>>>,
    /// How many generations there are.
    count: watch::Sender<usize>,
    pub(crate) requests: Requests,
    /// Whether the host is about to end.
    draining: AtomicBool,
}

/// A generation, as others see it.
struct Entry {
    inbox: mpsc::UnboundedSender<Message>,
    /// For the generation after it.
    ended: Option<oneshot::Receiver<()>>,
}

/// What a generation is told.
pub(crate) enum Message {
    /// The server says to stop.
    Stop(latest::StopActorReason),
    /// The host ends, and the server does not say to stop.
    End,
    /// It counts as lost.
    Lost(String),
    /// A request for it.
    Request(Box<Incoming>),
    /// A request that nobody waits for any more.
    Abort(Tunnel, u64),
}

/// A request that is whole.
pub(crate) struct Incoming {
    pub(crate) tunnel: Tunnel,
    pub(crate) serial: u64,
    request: Request,
    held: Held,
}

/// Octets of a request that are in memory.
pub(crate) struct Held {
    all: Arc<AtomicUsize>,
    octets: usize,
}

impl Incoming {
    /// The request itself, and what its octets count as for as long as it is kept.
    pub(crate) fn into_parts(self) -> (Request, Held) {
        (self.request, self.held)
    }
}

impl Held {
    /// Takes another one over.
    pub(crate) fn add(&mut self, mut other: Self) {
        self.octets += std::mem::take(&mut other.octets);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

impl Shared {
    pub(crate) fn new(
        link: Arc<Link>,
        namespace: String,
        kinds: HashMap<String, Arc<Kind>>,
        limits: RequestLimits,
        memory: usize,
    ) -> Self {
        Self {
            link,
            namespace,
            kinds,
            limits,
            memory,
            held: Arc::default(),
            lives: Mutex::default(),
            count: watch::Sender::new(0),
            requests: Requests::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// Follows a command of the server.
    pub(crate) fn command(self: &Arc<Self>, command: latest::CommandWrapper) {
        let latest::CommandWrapper { checkpoint, inner } = command;
        let (actor, generation) = (checkpoint.actor_id, checkpoint.generation);
        match inner {
            latest::Command::CommandStartActor(start) => {
                self.start(actor, generation, start.config);
            }
            latest::Command::CommandStopActor(stop) => {
                let lives = lock(&self.lives);
                let entry = lives.get(&actor).and_then(|all| all.get(&generation));
                match entry {
                    // One that has just ended needs no stop.
                    Some(entry) => drop(entry.inbox.send(Message::Stop(stop.reason))),
                    None => {
                        tracing::debug!(actor, generation, "a stop for an actor that is not here");
                    }
                }
            }
        }
    }

    fn start(self: &Arc<Self>, actor: String, generation: u32, config: latest::ActorConfig) {
        let mut lives = lock(&self.lives);
        let generations = lives.entry(actor.clone()).or_default();
        if let Some((newest, _)) = generations.last_key_value()
            && *newest >= generation
        {
            tracing::debug!(actor, generation, newest, "a start that came too late");
            return;
        }
        let mut before = None;
        if let Some((_, entry)) = generations.iter_mut().next_back() {
            let reason = format!("generation {generation} of this actor was started here");
            // One that has ended meanwhile does not hear it.
            let _ = entry.inbox.send(Message::Lost(reason));
            before = entry.ended.take();
        }
        let (inbox, messages) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let entry = Entry {
            inbox,
            ended: Some(ended),
        };
        generations.insert(generation, entry);
        self.count.send_modify(|count| *count += 1);
        drop(lives);

        let kind = self.kinds.get(&config.name).cloned();
        let context = self.context(&actor, generation, config, kind.as_deref());
        tracing::debug!(actor, generation, name = context.name(), "an actor starts");
        let life = Life::new(context, Arc::clone(self), kind, messages, before);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            // Whatever becomes of the life, its place is free behind it.
            let _end = end;
            let _place = Place {
                shared,
                actor,
                generation,
            };
            life.run().await;
        });
    }

    fn context(
        &self,
        actor: &str,
        generation: u32,
        config: latest::ActorConfig,
        kind: Option<&Kind>,
    ) -> Context {
        // One of another name ends before it begins.
        let none = || Options::with_sql(crate::Storage::None).sql;
        let sql = kind.map_or_else(none, |kind| kind.options.sql.clone());
        let gate = Arc::new(Gate::new());
        let actor_id: Arc<str> = actor.into();
        let sql = Sql::new(&self.link, &self.namespace, actor, generation, &sql);
        Context::new(Inner {
            kv: Kv::new(&self.link, &gate, &actor_id, self.limits),
            state: State::new(sql.clone()),
            sql,
            link: Arc::clone(&self.link),
            gate,
            actor_id,
            generation,
            config,
            alarm: watch::Sender::default(),
            alarm_changes: tokio::sync::Mutex::default(),
            asked: false.into(),
        })
    }

    /// The host is about to end: what starts now is to go to sleep at once.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// All actors are to stop, though the server has not said so.
    pub(crate) fn end_all(&self) {
        self.tell_all(|| Message::End);
    }

    /// All actors count as lost.
    pub(crate) fn lose_all(&self, reason: &str) {
        self.tell_all(|| Message::Lost(reason.to_owned()));
    }

    fn tell_all(&self, message: impl Fn() -> Message) {
        for entry in lock(&self.lives).values().flat_map(BTreeMap::values) {
            // One that has just ended does not hear it.
            let _ = entry.inbox.send(message());
        }
    }

    /// How many generations there are.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Resolves when there are no actors.
    pub(crate) async fn empty(&self) {
        let mut count = self.count.subscribe();
        // The sender lives as long as this.
        let _ = count.wait_for(|count| *count == 0).await;
    }

    /// Room for a request of that many octets, if there is any.
    pub(crate) fn hold(&self, octets: usize) -> Option<Held> {
        let add = |held: usize| held.checked_add(octets).filter(|held| *held <= self.memory);
        let order = Ordering::Relaxed;
        self.held.fetch_update(order, order, add).ok()?;
        Some(Held {
            all: Arc::clone(&self.held),
            octets,
        })
    }

    /// Hands a request to its actor, unless it is one of before that was sent again: that needs no room.
    pub(crate) fn request(
        &self,
        actor: &str,
        tunnel: Tunnel,
        request: Request,
        held: Option<Held>,
    ) {
        let inbox = {
            let lives = lock(&self.lives);
            let newest = lives.get(actor).and_then(|all| all.values().next_back());
            newest.map(|entry| entry.inbox.clone())
        };
        let serial = match self.requests.begin(tunnel, actor, &request, inbox.as_ref()) {
            Begun::New(serial) => serial,
            Begun::NoActor => {
                tracing::debug!(actor, "a request for an actor that is not here");
                return http::give_back(&self.link, tunnel);
            }
            Begun::UnderWay => {
                return tracing::debug!(actor, "a request came again, and is being handled");
            }
            Begun::Answered(response) => {
                tracing::debug!(actor, "a request came again, and is answered the same");
                return http::answer_soon(&self.link, tunnel, response);
            }
        };
        let Some(held) = held else {
            return self.answer(tunnel, serial, Fault::Overloaded);
        };
        let incoming = Box::new(Incoming {
            tunnel,
            serial,
            request,
            held,
        });
        let message = Message::Request(incoming);
        if inbox.is_none_or(|inbox| inbox.send(message).is_err()) {
            self.give_back(tunnel, serial);
        }
    }

    /// Answers a request that its actor has not begun to handle.
    pub(crate) fn answer(&self, tunnel: Tunnel, serial: u64, fault: Fault) {
        if self.requests.end(tunnel, serial) {
            http::answer_soon(&self.link, tunnel, fault.response());
        }
    }

    /// Answers a request in place of its actor, which has begun to handle it: that is not done again either.
    pub(crate) fn fail(&self, tunnel: Tunnel, serial: u64, fault: Fault) {
        let response = fault.response();
        if self.requests.answered(tunnel, serial, &response) {
            http::answer_soon(&self.link, tunnel, response);
        }
    }

    /// Gives a request back that no actor has looked at.
    pub(crate) fn give_back(&self, tunnel: Tunnel, serial: u64) {
        if self.requests.end(tunnel, serial) {
            http::give_back(&self.link, tunnel);
        }
    }
}

/// The place of a generation among those of its host.
struct Place {
    shared: Arc<Shared>,
    actor: String,
    generation: u32,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lives = lock(&self.shared.lives);
        if let Some(generations) = lives.get_mut(&self.actor) {
            generations.remove(&self.generation);
            if generations.is_empty() {
                lives.remove(&self.actor);
            }
        }
        drop(lives);
        self.shared.count.send_modify(|count| *count -= 1);
    }
}
