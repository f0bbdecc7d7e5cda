//! What stands between a host and the gateway in the demo. It lets a second process of the same host appear, as a restored
//! copy of a virtual machine does: same identity, same actors, same generations.
//!
//! The gateway sees one connection of one host. Behind it are the host itself and, if there is one, its copy: what both
//! say goes out under request ids that do not collide, and answers go back to who asked. The copy is told by the line what
//! the host was told by the gateway.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envoy_protocol::latest::{self, ToEnvoy, ToRivet};
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, HostConnection, HostParams, ServerConnection, accept, connect,
};
use envoy_protocol::{Close, CloseReason};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// The line of one host. Dropping it cuts everything.
pub(crate) struct Line {
    pub(crate) host: SocketAddr,
    pub(crate) copy: SocketAddr,
    orders: mpsc::UnboundedSender<Order>,
    seen: Arc<Mutex<Seen>>,
}

/// Who is behind a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Host,
    Copy,
}

/// A generation.
pub(crate) type Life = (String, u32);

/// What went by.
#[derive(Debug, Default)]
struct Seen {
    /// The last generation of each actor that the gateway started, and what it was started with.
    started: HashMap<String, (u32, latest::ActorConfig)>,
    /// The ends that were reported: by the index of the event, for a report is sent again until it is acknowledged.
    ended: BTreeMap<(Who, String, u32), BTreeMap<i64, latest::ActorStateStopped>>,
    running: Vec<(Who, Life)>,
    commits: u64,
}

/// What the demo wants.
enum Order {
    StartCopy(Life, latest::ActorConfig),
    /// The copy is to do something.
    Ask {
        actor: String,
        path: String,
        body: Vec<u8>,
        answer: oneshot::Sender<latest::ToRivetResponseStart>,
    },
    /// The next answer to a commit of this actor is lost, and the connection with it. `Some`: then the copy has the
    /// connection, until `Release`.
    Lose {
        actor: String,
        to_copy: bool,
        done: oneshot::Sender<()>,
    },
    Release,
    EndCopy,
}

/// The bit that tells the copy's requests from the host's.
const COPY: u32 = 1 << 31;
/// The gateway of the requests that the line makes up.
const LINE: latest::GatewayId = *b"line";

impl Line {
    /// A line to the gateway at `gateway`, an authority.
    pub(crate) async fn start(gateway: String) -> io::Result<Self> {
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
        let wires = Wires {
            gateway,
            seen,
            params: None,
            up: None,
            host: None,
            copy: None,
            init: None,
            lose: None,
            commits: HashMap::new(),
            asked: HashMap::new(),
            next_ask: 0,
            is_copys: false,
        };
        tokio::spawn(wires.run(received, arrivals));
        Ok(line)
    }

    /// The generation of an actor that the gateway started last.
    pub(crate) fn generation(&self, actor: &str) -> Option<u32> {
        self.seen()
            .started
            .get(actor)
            .map(|(generation, _)| *generation)
    }

    /// The copy begins to run this actor, as the generation that the host runs.
    pub(crate) async fn start_copy(&self, actor: &str) -> Option<u32> {
        let (generation, config) = self.seen().started.get(actor).cloned()?;
        let life = (actor.to_owned(), generation);
        self.order(Order::StartCopy(life.clone(), config));
        self.until(|seen| seen.running.contains(&(Who::Copy, life.clone())))
            .await?;
        Some(generation)
    }

    /// Has the copy do something.
    pub(crate) async fn ask(
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

    /// Loses the answer to the next commit of an actor, with the connection. Resolves when it has happened.
    pub(crate) async fn lose(&self, actor: &str, to_copy: bool) -> Option<()> {
        let (done, happened) = oneshot::channel();
        self.order(Order::Lose {
            actor: actor.to_owned(),
            to_copy,
            done,
        });
        tokio::time::timeout(PATIENCE, happened).await.ok()?.ok()
    }

    /// The host may connect again.
    pub(crate) fn release(&self) {
        self.order(Order::Release);
    }

    /// The copy is switched off.
    pub(crate) fn end_copy(&self) {
        self.order(Order::EndCopy);
    }

    /// Waits until this generation has been reported as ended.
    pub(crate) async fn until_ended(&self, who: Who, actor: &str, generation: u32) -> Option<()> {
        let key = (who, actor.to_owned(), generation);
        self.until(|seen| seen.ended.contains_key(&key)).await
    }

    /// How generations have ended with an error: who ran them, and each report, told apart by the index of its event.
    pub(crate) fn failures(&self) -> Vec<(Who, Life, Vec<String>)> {
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
    pub(crate) fn commits(&self) -> u64 {
        self.seen().commits
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

/// The longest that the demo waits for one thing to happen.
const PATIENCE: Duration = Duration::from_secs(20);

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

type Below = ServerConnection<TcpStream>;

/// Accepts what connects.
async fn take(listener: TcpListener, who: Who, came: mpsc::Sender<(Who, Below)>) {
    while let Ok((stream, _)) = listener.accept().await {
        let came = came.clone();
        tokio::spawn(async move {
            if stream.set_nodelay(true).is_ok() {
                if let Ok(connection) = accept(stream, &AcceptConfig::default()).await {
                    let _ = came.send((who, connection)).await;
                }
            }
        });
    }
}

struct Wires {
    gateway: String,
    seen: Arc<Mutex<Seen>>,
    params: Option<HostParams>,
    up: Option<HostConnection>,
    host: Option<Below>,
    copy: Option<Below>,
    init: Option<latest::ToEnvoyInit>,
    lose: Option<(String, bool, oneshot::Sender<()>)>,
    /// Commits of the host that are not answered, by request id: whose they are.
    commits: HashMap<u32, String>,
    asked: HashMap<latest::RequestId, oneshot::Sender<latest::ToRivetResponseStart>>,
    next_ask: u32,
    /// Whether the copy alone has the connection to the gateway.
    is_copys: bool,
}

/// What comes next.
enum Next {
    Order(Option<Order>),
    Came(Who, Below),
    Up(Option<ToEnvoy>, Option<Close>),
    Down(Who, Option<ToRivet>),
}

impl Wires {
    async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        mut arrivals: mpsc::Receiver<(Who, Below)>,
    ) {
        // A host that comes back while the copy has its place waits.
        let mut waiting = VecDeque::new();
        loop {
            let next = tokio::select! {
                order = orders.recv() => Next::Order(order),
                Some((who, connection)) = arrivals.recv() => Next::Came(who, connection),
                (message, close) = received_up(self.up.as_mut()) => Next::Up(message, close),
                message = received(self.host.as_mut()) => Next::Down(Who::Host, message),
                message = received(self.copy.as_mut()) => Next::Down(Who::Copy, message),
            };
            match next {
                Next::Order(None) => return,
                Next::Order(Some(order)) => {
                    if matches!(order, Order::Release) {
                        self.is_copys = false;
                        if let Some(host) = waiting.pop_back() {
                            self.host_came(host).await;
                        }
                    } else {
                        self.order(order).await;
                    }
                }
                Next::Came(Who::Copy, connection) => self.copy_came(connection).await,
                Next::Came(Who::Host, connection) if self.is_copys => waiting.push_back(connection),
                Next::Came(Who::Host, connection) => self.host_came(connection).await,
                Next::Up(Some(message), _) => self.from_gateway(message).await,
                Next::Up(None, close) => self.gateway_gone(close).await,
                Next::Down(who, Some(message)) => self.from_below(who, message).await,
                Next::Down(Who::Host, None) => {
                    self.host = None;
                    if !self.is_copys {
                        self.up = None;
                    }
                }
                Next::Down(Who::Copy, None) => self.copy = None,
            }
        }
    }

    async fn host_came(&mut self, mut host: Below) {
        self.params = Some(host.params().clone());
        self.commits.clear();
        match self.dial().await {
            Ok(up) => {
                self.up = Some(up);
                self.host = Some(host);
            }
            // The gateway is not there: neither is the line.
            Err(()) => host.close(CloseReason::GOING_AWAY).await,
        }
    }

    async fn dial(&self) -> Result<HostConnection, ()> {
        let params = self.params.clone().ok_or(())?;
        let endpoint = format!("http://{}", self.gateway).parse().map_err(|_| ())?;
        connect(&ConnectConfig::new(endpoint, params))
            .await
            .map_err(|_| ())
    }

    async fn copy_came(&mut self, mut copy: Below) {
        let init = self.init.unwrap_or(latest::ToEnvoyInit {
            metadata: latest::ProtocolMetadata {
                envoy_lost_threshold: 15_000,
                actor_stop_threshold: 1_800_000,
                max_response_payload_size: 20 << 20,
            },
        });
        if copy.send(&ToEnvoy::ToEnvoyInit(init)).await.is_ok() {
            self.copy = Some(copy);
        }
    }

    async fn gateway_gone(&mut self, close: Option<Close>) {
        self.up = None;
        if self.is_copys {
            return;
        }
        if let Some(mut host) = self.host.take() {
            match close {
                // Who is told so does not come back. Its own copy has taken its place, which it cannot know.
                Some(close) if !close.is(CloseReason::EVICTION) => host.close(close).await,
                _ => {}
            }
        }
    }

    async fn order(&mut self, order: Order) {
        match order {
            Order::StartCopy((actor_id, generation), config) => {
                let start = latest::CommandStartActor {
                    config,
                    hibernating_requests: Vec::new(),
                    preloaded_kv: None,
                };
                let wrapper = latest::CommandWrapper {
                    checkpoint: latest::ActorCheckpoint {
                        actor_id,
                        generation,
                        index: 1,
                    },
                    inner: latest::Command::CommandStartActor(start),
                };
                self.tell(Who::Copy, &ToEnvoy::ToEnvoyCommands(vec![wrapper]))
                    .await;
            }
            Order::Ask {
                actor,
                path,
                body,
                answer,
            } => {
                self.next_ask += 1;
                let request_id = self.next_ask.to_le_bytes();
                self.asked.insert(request_id, answer);
                let kind = latest::ToEnvoyTunnelMessageKind::ToEnvoyRequestStart(
                    latest::ToEnvoyRequestStart {
                        actor_id: actor,
                        method: "POST".to_owned(),
                        path,
                        headers: [("host".to_owned(), "line".to_owned())]
                            .into_iter()
                            .collect(),
                        body: Some(body),
                        stream: false,
                    },
                );
                let message_id = latest::MessageId {
                    gateway_id: LINE,
                    request_id,
                    message_index: 0,
                };
                let message = latest::ToEnvoyTunnelMessage {
                    message_id,
                    message_kind: kind,
                };
                self.tell(Who::Copy, &ToEnvoy::ToEnvoyTunnelMessage(message))
                    .await;
            }
            Order::Lose {
                actor,
                to_copy,
                done,
            } => self.lose = Some((actor, to_copy, done)),
            Order::EndCopy => self.copy = None,
            Order::Release => {}
        }
    }

    async fn tell(&mut self, who: Who, message: &ToEnvoy) {
        let end = match who {
            Who::Host => &mut self.host,
            Who::Copy => &mut self.copy,
        };
        if let Some(connection) = end {
            if connection.send(message).await.is_err() {
                *end = None;
            }
        }
    }

    async fn from_gateway(&mut self, mut message: ToEnvoy) {
        match &mut message {
            ToEnvoy::ToEnvoyInit(init) => self.init = Some(*init),
            ToEnvoy::ToEnvoyPing(_) => self.tell(Who::Copy, &message).await,
            ToEnvoy::ToEnvoyCommands(commands) => {
                self.commands(commands);
                // The copy hears what is said to it when it makes itself heard. What is said to the host meanwhile it misses:
                // that its actor is to sleep, for one.
                let is_lost = |command: &&latest::CommandWrapper| {
                    matches!(
                        &command.inner,
                        latest::Command::CommandStopActor(stop)
                            if stop.reason == latest::StopActorReason::Lost
                    )
                };
                let stops: Vec<_> = commands.iter().filter(is_lost).cloned().collect();
                if !stops.is_empty() {
                    self.tell(Who::Copy, &ToEnvoy::ToEnvoyCommands(stops)).await;
                }
            }
            _ => {}
        }
        if let Some(id) = request_id(&mut message) {
            if *id & COPY != 0 {
                *id &= !COPY;
                return self.tell(Who::Copy, &message).await;
            }
            let actor = self.commits.remove(id);
            let is_lost = self
                .lose
                .as_ref()
                .is_some_and(|(lost, ..)| Some(lost) == actor.as_ref());
            if let Some((_, to_copy, done)) = self.lose.take_if(|_| is_lost) {
                // Neither end gets a word: a network that is gone says nothing.
                self.host = None;
                self.up = None;
                self.is_copys = to_copy;
                if to_copy {
                    self.up = self.dial().await.ok();
                }
                let _ = done.send(());
                return;
            }
        }
        if !self.is_copys {
            self.tell(Who::Host, &message).await;
        }
    }

    fn commands(&self, commands: &[latest::CommandWrapper]) {
        let mut seen = lock(&self.seen);
        for command in commands {
            if let latest::Command::CommandStartActor(start) = &command.inner {
                let latest::ActorCheckpoint {
                    actor_id,
                    generation,
                    ..
                } = &command.checkpoint;
                let started = (*generation, start.config.clone());
                let known = seen
                    .started
                    .entry(actor_id.clone())
                    .or_insert_with(|| started.clone());
                if *generation >= known.0 {
                    *known = started;
                }
            }
        }
    }

    async fn from_below(&mut self, who: Who, mut message: ToRivet) {
        if let ToRivet::ToRivetEvents(events) = &message {
            self.events(who, events);
        }
        if who == Who::Host {
            if let ToRivet::ToRivetSqliteCommitRequest(commit) = &message {
                self.commits
                    .insert(commit.request_id, commit.data.actor_id.clone());
                lock(&self.seen).commits += 1;
            }
            return self.send(&message).await;
        }
        match &mut message {
            // What the copy says of itself, the host says too.
            ToRivet::ToRivetMetadata(_)
            | ToRivet::ToRivetEvents(_)
            | ToRivet::ToRivetAckCommands(_)
            | ToRivet::ToRivetStopping
            | ToRivet::ToRivetPong(_) => {}
            ToRivet::ToRivetTunnelMessage(answer) => {
                if let Some(waiting) = self.asked.remove(&answer.message_id.request_id) {
                    let kind = answer.message_kind.clone();
                    if let latest::ToRivetTunnelMessageKind::ToRivetResponseStart(start) = kind {
                        let _ = waiting.send(start);
                    }
                }
            }
            ToRivet::ToRivetKvRequest(latest::ToRivetKvRequest { request_id, .. })
            | ToRivet::ToRivetSqliteGetPagesRequest(latest::ToRivetSqliteGetPagesRequest {
                request_id,
                ..
            })
            | ToRivet::ToRivetSqliteCommitRequest(latest::ToRivetSqliteCommitRequest {
                request_id,
                ..
            })
            | ToRivet::ToRivetSqliteExecRequest(latest::ToRivetSqliteExecRequest {
                request_id,
                ..
            })
            | ToRivet::ToRivetSqliteExecuteRequest(latest::ToRivetSqliteExecuteRequest {
                request_id,
                ..
            }) => {
                *request_id |= COPY;
                self.send(&message).await;
            }
        }
    }

    fn events(&self, who: Who, events: &[latest::EventWrapper]) {
        let mut seen = lock(&self.seen);
        for event in events {
            let latest::ActorCheckpoint {
                actor_id,
                generation,
                index,
            } = &event.checkpoint;
            let latest::Event::EventActorStateUpdate(update) = &event.inner else {
                continue;
            };
            match &update.state {
                latest::ActorState::ActorStateRunning => {
                    seen.running.push((who, (actor_id.clone(), *generation)));
                }
                latest::ActorState::ActorStateStopped(stopped) => {
                    let key = (who, actor_id.clone(), *generation);
                    seen.ended
                        .entry(key)
                        .or_default()
                        .insert(*index, stopped.clone());
                }
            }
        }
    }

    async fn send(&mut self, message: &ToRivet) {
        if let Some(up) = &mut self.up {
            if up.send(message).await.is_err() {
                // What comes in says why.
            }
        }
    }
}

/// The id of the request that a message answers.
fn request_id(message: &mut ToEnvoy) -> Option<&mut u32> {
    match message {
        ToEnvoy::ToEnvoyKvResponse(answer) => Some(&mut answer.request_id),
        ToEnvoy::ToEnvoySqliteGetPagesResponse(answer) => Some(&mut answer.request_id),
        ToEnvoy::ToEnvoySqliteCommitResponse(answer) => Some(&mut answer.request_id),
        ToEnvoy::ToEnvoySqliteExecResponse(answer) => Some(&mut answer.request_id),
        ToEnvoy::ToEnvoySqliteExecuteResponse(answer) => Some(&mut answer.request_id),
        ToEnvoy::ToEnvoyInit(_)
        | ToEnvoy::ToEnvoyCommands(_)
        | ToEnvoy::ToEnvoyAckEvents(_)
        | ToEnvoy::ToEnvoyTunnelMessage(_)
        | ToEnvoy::ToEnvoyPing(_) => None,
    }
}

async fn received(connection: Option<&mut Below>) -> Option<ToRivet> {
    match connection {
        Some(connection) => match connection.next().await {
            Some(Ok(frame)) => Some(frame.to_owned()),
            _ => None,
        },
        None => std::future::pending().await,
    }
}

async fn received_up(connection: Option<&mut HostConnection>) -> (Option<ToEnvoy>, Option<Close>) {
    match connection {
        Some(connection) => match connection.next().await {
            Some(Ok(frame)) => (Some(frame.to_owned()), None),
            Some(Err(envoy_protocol::ws::ReceiveError::Closed(close))) => (None, Some(close)),
            _ => (None, None),
        },
        None => std::future::pending().await,
    }
}
