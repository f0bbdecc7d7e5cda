//! A server for tests: real sockets and the real session, a depot in memory for pages, and a script for what goes wrong.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use depot::{Commit, DatabaseId, Depot, DirtyPage, Error as DepotError, Fence};
use envoy_protocol::latest;
use envoy_protocol::session::{EnvoyState, Server as Machine, ServerConfig};
use envoy_protocol::ws::{AcceptConfig, Handle, accept, server_session};
use envoy_protocol::{Close, CloseReason, Version};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::told::{Told, within};

/// What becomes of a request for pages, a commit, or remote SQL.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// The connection is cut before the server has seen it.
    LoseRequest,
    /// The connection is cut when it is done and not answered.
    LoseAnswer,
    /// It is never answered.
    Silence,
    /// It is answered after this time.
    Later(std::time::Duration),
    /// It is answered by this error, and nothing is done.
    Error(&'static str, &'static str, String),
}

/// Whether the server knows the last commit again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// As a Rivet engine: it knows heads only.
    Heads,
    /// As our depot.
    LastCommit,
}

#[derive(Default)]
pub(crate) struct Script {
    pub(crate) pages: VecDeque<Fate>,
    pub(crate) commits: VecDeque<Fate>,
    pub(crate) sql: VecDeque<Fate>,
    /// Whether hosts that come are taken.
    pub(crate) refusing: bool,
}

/// What was asked of the server.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) pages: Vec<Option<u64>>,
    pub(crate) commits: Vec<Option<u64>>,
    pub(crate) kv: usize,
    pub(crate) sql: Vec<String>,
}

/// What a gateway got for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    Response {
        status: u16,
        error: Option<String>,
        body: Bytes,
    },
    Aborted,
}

/// Values, by actor and key.
type Store = BTreeMap<(String, Vec<u8>), Vec<u8>>;

#[derive(Clone)]
pub(crate) struct Server(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    port: u16,
    pub(crate) depot: Depot,
    pub(crate) memory: Memory,
    config: ServerConfig,
    accept: AcceptConfig,
    pub(crate) script: Mutex<Script>,
    pub(crate) seen: Mutex<Seen>,
    pub(crate) kv: Mutex<Store>,
    link: Mutex<Link>,
    connected: watch::Sender<usize>,
    refused: watch::Sender<usize>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) events: mpsc::UnboundedSender<latest::EventWrapper>,
    pub(crate) waiting: Mutex<HashMap<latest::RequestId, oneshot::Sender<Answered>>>,
    pub(crate) websocket: Mutex<Vec<latest::ToRivetTunnelMessageKind>>,
    pub(crate) pongs: Mutex<usize>,
    next_request: Mutex<u32>,
}

/// The connection there is, and what outlives it.
#[derive(Default)]
pub(crate) struct Link {
    state: Option<EnvoyState>,
    session: Option<(Handle<Machine>, JoinHandle<()>)>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it has this")
}

impl Server {
    pub(crate) async fn start(memory: Memory) -> (Self, Told) {
        Self::start_with(memory, ServerConfig::DEFAULT).await
    }

    pub(crate) async fn start_with(memory: Memory, config: ServerConfig) -> (Self, Told) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (events, told) = mpsc::unbounded_channel();
        let server = Self(Arc::new(Inner {
            port: listener.local_addr().expect("its port").port(),
            depot: Depot::in_memory(),
            memory,
            config,
            accept: AcceptConfig::default(),
            script: Mutex::default(),
            seen: Mutex::default(),
            kv: Mutex::default(),
            link: Mutex::default(),
            connected: watch::Sender::new(0),
            refused: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            events,
            waiting: Mutex::default(),
            websocket: Mutex::default(),
            pongs: Mutex::default(),
            next_request: Mutex::default(),
        }));
        tokio::spawn({
            let server = server.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(server.clone().serve(stream));
                }
            }
        });
        (server, Told(told))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.0.port)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.0.script)
    }

    pub(crate) fn seen(&self) -> Seen {
        lock(&self.0.seen).clone()
    }

    /// Resolves at the connection of that number, from 1.
    pub(crate) async fn connection(&self, number: usize) {
        let mut connected = self.0.connected.subscribe();
        let wait = connected.wait_for(|connected| *connected >= number);
        within("a connection", wait)
            .await
            .expect("the server is there");
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        *self.0.connected.borrow()
    }

    /// Resolves when a host that came was not taken.
    pub(crate) async fn refusal(&self) {
        let mut refused = self.0.refused.subscribe();
        let wait = refused.wait_for(|refused| *refused > 0);
        within("a refusal", wait)
            .await
            .expect("the server is there");
    }

    /// Resolves when the host has said that it stops.
    pub(crate) async fn stopping(&self) {
        let mut stopping = self.0.stopping.subscribe();
        let wait = stopping.wait_for(|stopping| *stopping);
        within("a host that stops", wait)
            .await
            .expect("the server is there");
    }

    /// Cuts the connection off, if there is one.
    pub(crate) fn cut(&self) {
        let mut link = lock(&self.0.link);
        if let Some((session, driver)) = link.session.take() {
            driver.abort();
            link.state = Some(session.with(Machine::evict));
        }
    }

    /// Tells the host that another connection has its place.
    pub(crate) fn evict(&self) {
        let link = lock(&self.0.link);
        let (session, _) = link.session.as_ref().expect("a connection");
        session.with(|session, _| session.close(Close::new(CloseReason::EVICTION)));
    }

    /// Makes the next generation of an actor the active one, and starts it on the host.
    pub(crate) fn start_actor(&self, actor: &str, name: &str) -> u32 {
        let generation = self.allocate(actor);
        self.start_generation(actor, generation, name);
        generation
    }

    /// Makes the next generation the active one, and tells nobody.
    pub(crate) fn allocate(&self, actor: &str) -> u32 {
        let database = DatabaseId::new(actor).expect("a name");
        let record = |_: &mut depot::Transaction<'_>, _| Ok::<_, DepotError>(());
        let allocated = self.0.depot.allocate(&database, record).wait();
        u32::try_from(allocated.expect("it is allocated").generation).expect("a small number")
    }

    pub(crate) fn start_generation(&self, actor: &str, generation: u32, name: &str) {
        let config = latest::ActorConfig {
            name: name.to_owned(),
            key: Some("key".to_owned()),
            create_ts: 0,
            input: Some(b"input".to_vec()),
        };
        let start = latest::CommandStartActor {
            config,
            hibernating_requests: Vec::new(),
            preloaded_kv: None,
        };
        self.command(actor, generation, latest::Command::CommandStartActor(start));
    }

    pub(crate) fn stop_actor(&self, actor: &str, generation: u32, reason: latest::StopActorReason) {
        let stop = latest::CommandStopActor { reason };
        self.command(actor, generation, latest::Command::CommandStopActor(stop));
    }

    fn command(&self, actor: &str, generation: u32, command: latest::Command) {
        let mut link = lock(&self.0.link);
        if let Some((session, _)) = &link.session {
            session.with(|session, _| session.command(actor, generation, command));
        } else {
            let state = link.state.get_or_insert_default();
            state.command(actor, generation, command);
        }
    }

    /// Commits to the database of an actor as another instance of the same generation does.
    pub(crate) fn write_elsewhere(&self, actor: &str) {
        let database = DatabaseId::new(actor).expect("a name");
        let head = self.0.depot.head(&database).wait().expect("a database");
        let octets = Bytes::from(vec![7; depot::PAGE_SIZE]);
        let number = head.size + 1;
        let commit = Commit::new(vec![DirtyPage { number, octets }], number, 1).expect("a commit");
        let generation = head.generation.expect("an active generation");
        let fence = Fence::new(generation, head.txid);
        self.0
            .depot
            .commit(&database, fence, commit)
            .wait()
            .expect("it is committed");
    }

    /// The head of an actor's database.
    pub(crate) fn head(&self, actor: &str) -> u64 {
        let database = DatabaseId::new(actor).expect("a name");
        self.0
            .depot
            .head(&database)
            .wait()
            .expect("a database")
            .txid
    }

    /// Sends a request to an actor, and returns its id.
    pub(crate) fn send_request(
        &self,
        actor: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> (latest::RequestId, oneshot::Receiver<Answered>) {
        let (id, answered) = self.expect_answer();
        self.begin_request(id, actor, method, path, body);
        (id, answered)
    }

    /// Sends a request to an actor under an id that was used before.
    pub(crate) fn send_again(
        &self,
        id: latest::RequestId,
        actor: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> oneshot::Receiver<Answered> {
        let (answer, answered) = oneshot::channel();
        lock(&self.0.waiting).insert(id, answer);
        self.begin_request(id, actor, method, path, body);
        answered
    }

    fn begin_request(
        &self,
        id: latest::RequestId,
        actor: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) {
        let start = latest::ToEnvoyRequestStartRef {
            actor_id: actor,
            method,
            path,
            headers: envoy_protocol::bare::MapRef::default(),
            body: Some(body).filter(|body| !body.is_empty()),
            stream: false,
        };
        self.tunnel(
            id,
            0,
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestStart(start),
        );
    }

    /// An id for a request, and what will be answered to it.
    pub(crate) fn expect_answer(&self) -> (latest::RequestId, oneshot::Receiver<Answered>) {
        let id = {
            let mut next = lock(&self.0.next_request);
            *next += 1;
            next.to_le_bytes()
        };
        let (answer, answered) = oneshot::channel();
        lock(&self.0.waiting).insert(id, answer);
        (id, answered)
    }

    pub(crate) fn tunnel(
        &self,
        request_id: latest::RequestId,
        message_index: u16,
        message_kind: latest::ToEnvoyTunnelMessageKindRef<'_>,
    ) {
        let message = latest::ToEnvoyTunnelMessageRef {
            message_id: latest::MessageId {
                gateway_id: [1; 4],
                request_id,
                message_index,
            },
            message_kind,
        };
        let link = lock(&self.0.link);
        let (session, _) = link.session.as_ref().expect("a connection");
        session
            .with(|session, _| session.tunnel(message))
            .expect("there is room");
    }

    pub(crate) async fn request(
        &self,
        actor: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Answered {
        let (_, answered) = self.send_request(actor, method, path, body);
        within("an answer", answered)
            .await
            .expect("the request is there")
    }

    /// What was said on WebSockets.
    pub(crate) fn websocket(&self) -> Vec<latest::ToRivetTunnelMessageKind> {
        lock(&self.0.websocket).clone()
    }

    /// How many pongs have come.
    pub(crate) fn pongs(&self) -> usize {
        *lock(&self.0.pongs)
    }

    async fn serve(self, stream: TcpStream) {
        stream.set_nodelay(true).expect("a socket");
        let Ok(mut connection) = accept(stream, &self.0.accept).await else {
            return;
        };
        if self.script().refusing {
            self.0.refused.send_modify(|refused| *refused += 1);
            connection.close(CloseReason::NO_RUNNER_CONFIG).await;
            return;
        }
        self.cut();
        let (session, mut events) = {
            let mut link = lock(&self.0.link);
            let state = link.state.take().unwrap_or_default();
            let (session, events, driver) = server_session(connection, self.0.config, state);
            let driver = tokio::spawn(async move {
                let _ = driver.run().await;
            });
            link.session = Some((session.clone(), driver));
            (session, events)
        };
        self.0.connected.send_modify(|connected| *connected += 1);
        while let Some(event) = events.next().await {
            self.event(&session, event);
        }
    }
}

/// Every version that is spoken.
pub(crate) const VERSIONS: [Version; 2] = [Version::V4, Version::V5];
