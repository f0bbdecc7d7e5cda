//! What goes over a line, both ways.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use envoy_protocol::latest::{self, ToEnvoy, ToRivet};
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, HostConnection, HostParams, ServerConnection, accept, connect,
};
use envoy_protocol::{Close, CloseReason};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

use super::{Held, Order, Seen, Who, lock};

/// The bit that tells the copy's requests from the host's.
const COPY: u32 = 1 << 31;
/// The gateway of the requests that the line makes up.
const LINE: latest::GatewayId = *b"line";

pub(super) type Below = ServerConnection<TcpStream>;

/// Accepts what connects.
pub(super) async fn take(listener: TcpListener, who: Who, came: mpsc::Sender<(Who, Below)>) {
    while let Ok((stream, _)) = listener.accept().await {
        let came = came.clone();
        tokio::spawn(async move {
            if stream.set_nodelay(true).is_ok()
                && let Ok(connection) = accept(stream, &AcceptConfig::default()).await
            {
                let _ = came.send((who, connection)).await;
            }
        });
    }
}

pub(super) struct Wires {
    gateway: String,
    seen: Arc<Mutex<Seen>>,
    params: Option<HostParams>,
    up: Option<HostConnection>,
    host: Option<Below>,
    copy: Option<Below>,
    init: Option<latest::ToEnvoyInit>,
    lose: Option<(String, Who, oneshot::Sender<()>)>,
    delay: Option<(String, oneshot::Sender<()>)>,
    /// A commit that is on its way, and the connection that it is on.
    delayed: Option<(HostConnection, ToRivet)>,
    /// What is held back, and what was.
    holding: Vec<(Who, Held)>,
    held: VecDeque<(Who, ToEnvoy)>,
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
    pub(super) fn new(gateway: String, seen: Arc<Mutex<Seen>>) -> Self {
        Self {
            gateway,
            seen,
            params: None,
            up: None,
            host: None,
            copy: None,
            init: None,
            lose: None,
            delay: None,
            delayed: None,
            holding: Vec::new(),
            held: VecDeque::new(),
            commits: HashMap::new(),
            asked: HashMap::new(),
            next_ask: 0,
            is_copys: false,
        }
    }

    pub(super) async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        mut arrivals: mpsc::Receiver<(Who, Below)>,
    ) {
        // A host that comes back while the copy has its place waits.
        let mut waiting = VecDeque::new();
        loop {
            let next = tokio::select! {
                // What is ordered holds for everything that comes behind it.
                biased;
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
                Next::Up(Some(message), _) => self.gateway_says(message).await,
                Next::Up(None, close) => self.gateway_gone(close).await,
                Next::Down(who, Some(message)) => self.says(who, message).await,
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
                lock(&self.seen).connections += 1;
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
            Order::Lose { actor, next, done } => self.lose = Some((actor, next, done)),
            Order::EndCopy => self.copy = None,
            Order::Delay { actor, done } => self.delay = Some((actor, done)),
            Order::Deliver(done) => {
                if let Some((mut connection, commit)) = self.delayed.take() {
                    // The gateway may have ended that connection, and then it arrives nowhere.
                    let _ = connection.send(&commit).await;
                    tokio::spawn(async move { while connection.next().await.is_some() {} });
                }
                let _ = done.send(());
            }
            Order::Hold(who, held) => self.holding.push((who, held)),
            Order::LetGo(who, kind) => {
                self.holding.retain(|held| *held != (who, kind));
                let (free, held) = std::mem::take(&mut self.held)
                    .into_iter()
                    .partition(|(to, message)| *to == who && as_held(message) == Some(kind));
                self.held = held;
                let free: VecDeque<(Who, ToEnvoy)> = free;
                for (to, message) in free {
                    self.tell(to, &message).await;
                }
            }
            Order::Release => {}
        }
    }

    async fn tell(&mut self, who: Who, message: &ToEnvoy) {
        if let Some(held) = as_held(message)
            && self.holding.contains(&(who, held))
        {
            self.held.push_back((who, message.clone()));
            lock(&self.seen).held += 1;
            return;
        }
        let end = match who {
            Who::Host => &mut self.host,
            Who::Copy => &mut self.copy,
        };
        if let Some(connection) = end
            && connection.send(message).await.is_err()
        {
            *end = None;
        }
    }

    async fn gateway_says(&mut self, mut message: ToEnvoy) {
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
            if let Some((_, next, done)) = self.lose.take_if(|_| is_lost) {
                // Neither end gets a word: a network that is gone says nothing.
                self.host = None;
                self.up = None;
                self.is_copys = next == Who::Copy;
                if self.is_copys {
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
                let generations = seen.started.entry(actor_id.clone()).or_default();
                generations.insert(*generation, start.config.clone());
            }
        }
    }

    async fn says(&mut self, who: Who, mut message: ToRivet) {
        if let ToRivet::ToRivetEvents(events) = &message {
            self.events(who, events);
        }
        if who == Who::Host {
            if let ToRivet::ToRivetSqliteCommitRequest(commit) = &message {
                self.commits
                    .insert(commit.request_id, commit.data.actor_id.clone());
                lock(&self.seen).commits += 1;
                let is_delayed = |(delayed, _): &mut (String, _)| *delayed == commit.data.actor_id;
                if let Some((_, done)) = self.delay.take_if(is_delayed) {
                    // The host hears nothing more; the gateway does not hear that the connection has ended.
                    self.host = None;
                    self.delayed = self.up.take().map(|up| (up, message));
                    let _ = done.send(());
                    return;
                }
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
            // Where it cannot be sent, what comes in says why.
            let _ = up.send(message).await;
        }
    }
}

/// As what a message can be held back.
fn as_held(message: &ToEnvoy) -> Option<Held> {
    match message {
        ToEnvoy::ToEnvoyCommands(_) => Some(Held::Commands),
        ToEnvoy::ToEnvoySqliteGetPagesResponse(_)
        | ToEnvoy::ToEnvoySqliteCommitResponse(_)
        | ToEnvoy::ToEnvoySqliteExecResponse(_)
        | ToEnvoy::ToEnvoySqliteExecuteResponse(_) => Some(Held::Sql),
        ToEnvoy::ToEnvoyInit(_)
        | ToEnvoy::ToEnvoyKvResponse(_)
        | ToEnvoy::ToEnvoyAckEvents(_)
        | ToEnvoy::ToEnvoyTunnelMessage(_)
        | ToEnvoy::ToEnvoyPing(_) => None,
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
