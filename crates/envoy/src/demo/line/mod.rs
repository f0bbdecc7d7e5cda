//! What stands between a host and the gateway in the demo, and in the tests. It lets a second process of the same host
//! appear, as a restored copy of a virtual machine does: same identity, same actors, same generations. And it does what
//! networks do: it loses, holds back and delays.
//!
//! The gateway sees one connection of one host. Behind it are the host itself and, if there is one, its copy: what both
//! say goes out under request ids that do not collide, and answers go back to who asked. The copy is told by the line what
//! the host was told by the gateway.

mod wires;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envoy_protocol::latest;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use self::wires::{Wires, take};

/// The line of one host. Dropping it cuts everything.
#[derive(Debug)]
pub struct Line {
    /// Where the host connects to.
    pub host: SocketAddr,
    /// Where its copy does.
    pub copy: SocketAddr,
    orders: mpsc::UnboundedSender<Order>,
    seen: Arc<Mutex<Seen>>,
}

/// Who is behind a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The host.
    Host,
    /// The second process of it.
    Copy,
}

/// What the gateway says that a line can hold back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Starts and stops of actors.
    Commands,
    /// Answers to requests for pages, commits and SQL.
    Sql,
}

/// A generation: of which actor, and its number.
pub type Life = (String, u32);

/// What went by.
#[derive(Debug, Default)]
struct Seen {
    /// The generations of each actor that the gateway started, and what they were started with.
    started: HashMap<String, BTreeMap<u32, latest::ActorConfig>>,
    /// The ends that were reported: by the index of the event, for a report is sent again until it is acknowledged.
    ended: BTreeMap<(Who, String, u32), BTreeMap<i64, latest::ActorStateStopped>>,
    running: Vec<(Who, Life)>,
    commits: u64,
    /// Connections of the host that were handed on to the gateway.
    connections: u64,
    held: usize,
}

/// What the demo wants.
#[derive(Debug)]
enum Order {
    StartCopy(Life, latest::ActorConfig),
    /// The copy is to do something.
    Ask {
        actor: String,
        path: String,
        body: Vec<u8>,
        answer: oneshot::Sender<latest::ToRivetResponseStart>,
    },
    /// The next answer to a commit of this actor is lost, and the connection with it. If the copy is next, it has the
    /// connection until `Release`.
    Lose {
        actor: String,
        next: Who,
        done: oneshot::Sender<()>,
    },
    Release,
    EndCopy,
    /// The next commit of this actor is on its way when the host's connection ends, and stays on its way until `Deliver`.
    Delay {
        actor: String,
        done: oneshot::Sender<()>,
    },
    Deliver(oneshot::Sender<()>),
    Hold(Who, Held),
    LetGo(Who, Held),
}

impl Line {
    /// A line to the gateway at `gateway`, an authority.
    pub async fn start(gateway: String) -> io::Result<Self> {
        let host = TcpListener::bind("127.0.0.1:0").await?;
        let copy = TcpListener::bind("127.0.0.1:0").await?;
        let (orders, received) = mpsc::unbounded_channel();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let line = Self {
            host: host.local_addr()?,
            copy: copy.local_addr()?,
            orders,
            seen: Arc::clone(&seen),
        };
        let (came, arrivals) = mpsc::channel(4);
        tokio::spawn(take(host, Who::Host, came.clone()));
        tokio::spawn(take(copy, Who::Copy, came));
        tokio::spawn(Wires::new(gateway, seen).run(received, arrivals));
        Ok(line)
    }

    /// The generation of an actor that the gateway started last.
    #[must_use]
    pub fn generation(&self, actor: &str) -> Option<u32> {
        self.generations(actor).pop()
    }

    /// The generations of an actor that the gateway started, oldest first.
    #[must_use]
    pub fn generations(&self, actor: &str) -> Vec<u32> {
        let seen = self.seen();
        let started = seen.started.get(actor);
        started.map_or_else(Vec::new, |started| started.keys().copied().collect())
    }

    /// Waits until the gateway has started this generation.
    pub async fn until_started(&self, actor: &str, generation: u32) -> Option<()> {
        self.until(|seen| {
            let started = seen.started.get(actor);
            started.is_some_and(|started| started.contains_key(&generation))
        })
        .await
    }

    /// The copy begins to run this actor, as the generation that the host runs. Resolves when it does.
    pub async fn start_copy(&self, actor: &str) -> Option<u32> {
        let generation = self.generation(actor)?;
        self.begin_copy(actor, generation)?;
        let life = (actor.to_owned(), generation);
        self.until(|seen| seen.running.contains(&(Who::Copy, life.clone())))
            .await?;
        Some(generation)
    }

    /// The copy is told to run a generation that the gateway has started.
    #[must_use]
    pub fn begin_copy(&self, actor: &str, generation: u32) -> Option<()> {
        let config = self.seen().started.get(actor)?.get(&generation)?.clone();
        self.order(Order::StartCopy((actor.to_owned(), generation), config));
        Some(())
    }

    /// Has the copy do something.
    pub async fn ask(
        &self,
        actor: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Option<latest::ToRivetResponseStart> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Ask {
            actor: actor.to_owned(),
            path: path.to_owned(),
            body,
            answer,
        });
        tokio::time::timeout(PATIENCE, answered).await.ok()?.ok()
    }

    /// Loses the answer to the next commit of an actor, with the connection. Who is `next` has the line to the gateway then:
    /// if it is the copy, until [`release`](Self::release). Resolves when it has happened.
    pub async fn lose(&self, actor: &str, next: Who) -> Option<()> {
        let (done, happened) = oneshot::channel();
        let actor = actor.to_owned();
        self.order(Order::Lose { actor, next, done });
        tokio::time::timeout(PATIENCE, happened).await.ok()?.ok()
    }

    /// The host may connect again.
    pub fn release(&self) {
        self.order(Order::Release);
    }

    /// The copy is switched off.
    pub fn end_copy(&self) {
        self.order(Order::EndCopy);
    }

    /// The next commit of an actor stays on its way, and the host's connection ends meanwhile. Resolves when it has happened.
    pub async fn delay(&self, actor: &str) -> Option<()> {
        let (done, happened) = oneshot::channel();
        let actor = actor.to_owned();
        self.order(Order::Delay { actor, done });
        tokio::time::timeout(PATIENCE, happened).await.ok()?.ok()
    }

    /// The commit that was on its way arrives, over the connection that it was sent on. Resolves when it was sent.
    pub async fn deliver(&self) -> Option<()> {
        let (done, happened) = oneshot::channel();
        self.order(Order::Deliver(done));
        tokio::time::timeout(PATIENCE, happened).await.ok()?.ok()
    }

    /// Holds back what the gateway says to one of both, until [`let_go`](Self::let_go).
    pub fn hold(&self, who: Who, held: Held) {
        self.order(Order::Hold(who, held));
    }

    /// Hands on what was held back.
    pub fn let_go(&self, who: Who, held: Held) {
        self.order(Order::LetGo(who, held));
    }

    /// Waits until that many messages have been held back.
    pub async fn until_held(&self, messages: usize) -> Option<()> {
        self.until(|seen| seen.held >= messages).await
    }

    /// Waits until this generation has been reported as ended.
    pub async fn until_ended(&self, who: Who, actor: &str, generation: u32) -> Option<()> {
        let key = (who, actor.to_owned(), generation);
        self.until(|seen| seen.ended.contains_key(&key)).await
    }

    /// How a generation has ended, each report of it, told apart by the index of its event.
    #[must_use]
    pub fn ends(&self, who: Who, actor: &str, generation: u32) -> Vec<latest::ActorStateStopped> {
        let key = (who, actor.to_owned(), generation);
        let seen = self.seen();
        let reports = seen.ended.get(&key);
        reports.map_or_else(Vec::new, |reports| reports.values().cloned().collect())
    }

    /// How generations have ended with an error: who ran them, and each report, told apart by the index of its event.
    #[must_use]
    pub fn failures(&self) -> Vec<(Who, Life, Vec<String>)> {
        let seen = self.seen();
        let ends = seen
            .ended
            .iter()
            .filter_map(|((who, actor, generation), reports)| {
                let errors: Vec<String> = reports
                    .values()
                    .filter(|stopped| stopped.code == latest::StopCode::Error)
                    .map(|stopped| stopped.message.clone().unwrap_or_default())
                    .collect();
                (!errors.is_empty()).then(|| (*who, (actor.clone(), *generation), errors))
            });
        ends.collect()
    }

    /// Commits that went by.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.seen().commits
    }

    /// Connections of the host that were handed on to the gateway.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.seen().connections
    }

    /// Waits until the host has had that many connections.
    pub async fn until_connections(&self, connections: u64) -> Option<()> {
        self.until(|seen| seen.connections >= connections).await
    }

    async fn until(&self, happened: impl Fn(&Seen) -> bool) -> Option<()> {
        let wait = async {
            while !happened(&self.seen()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.ok()
    }

    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }
}

/// The longest that is waited for one thing to happen.
const PATIENCE: Duration = Duration::from_mins(1);

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
