//! A server for tests: real sockets and the real session, a depot in memory for pages, and a script for what goes wrong.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use depot::{Commit, DatabaseId, Depot, DirtyPage, Error as DepotError, Fence};
use envoy_protocol::bare::IntoOwned as _;
use envoy_protocol::latest;
use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{EnvoyState, Server as Machine, ServerConfig, ServerEvent};
use envoy_protocol::ws::{AcceptConfig, Handle, accept, server_session};
use envoy_protocol::{Close, CloseReason, Version};
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// No step of a test takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a request for pages, a commit, or remote SQL.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// The connection is cut before the server has seen it.
    LoseRequest,
    /// The connection is cut when it is done and not answered.
    LoseAnswer,
    /// It is never answered.
    Silence,
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

#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    port: u16,
    depot: Depot,
    memory: Memory,
    config: ServerConfig,
    accept: AcceptConfig,
    script: Mutex<Script>,
    seen: Mutex<Seen>,
    kv: Mutex<BTreeMap<(String, Vec<u8>), Vec<u8>>>,
    link: Mutex<Link>,
    connected: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
    events: mpsc::UnboundedSender<latest::EventWrapper>,
    waiting: Mutex<HashMap<latest::RequestId, oneshot::Sender<Answered>>>,
    websocket: Mutex<Vec<latest::ToRivetTunnelMessageKind>>,
    next_request: Mutex<u32>,
}

/// The connection there is, and what outlives it.
#[derive(Default)]
struct Link {
    state: Option<EnvoyState>,
    session: Option<(Handle<Machine>, JoinHandle<()>)>,
}

/// The events of the host, in their order.
pub(crate) struct Told(mpsc::UnboundedReceiver<latest::EventWrapper>);

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
            stopping: watch::Sender::new(false),
            events,
            waiting: Mutex::default(),
            websocket: Mutex::default(),
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
            link.state = Some(session.with(|session, now| session.evict(now)));
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
        let start = latest::ToEnvoyRequestStartRef {
            actor_id: actor,
            method,
            path,
            headers: envoy_protocol::bare::MapRef::default(),
            body: Some(body).filter(|body| !body.is_empty()),
            stream: false,
        };
        let (id, answered) = self.expect_answer();
        self.tunnel(
            id,
            0,
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestStart(start),
        );
        (id, answered)
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

    async fn serve(self, stream: TcpStream) {
        stream.set_nodelay(true).expect("a socket");
        let Ok(mut connection) = accept(stream, &self.0.accept).await else {
            return;
        };
        if self.script().refusing {
            let _ = connection.close(CloseReason::NO_RUNNER_CONFIG).await;
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

    fn event(&self, session: &Handle<Machine>, event: ServerEvent) {
        match event {
            ServerEvent::Event(event) => {
                session.with(|session, now| session.events_applied(&event.checkpoint, now));
                // A test that has seen enough may be gone.
                let _ = self.0.events.send(event);
            }
            ServerEvent::Stopping => {
                self.0.stopping.send_replace(true);
            }
            ServerEvent::GetPages(request) => {
                let request = request.get();
                lock(&self.0.seen)
                    .pages
                    .push(request.data.expected_head_txid);
                let fate = self.script().pages.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let data = error.map_or_else(|| self.pages(&request.data), pages_error);
                        latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(
                            latest::ToEnvoySqliteGetPagesResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Commit(request) => {
                let request = request.get();
                lock(&self.0.seen)
                    .commits
                    .push(request.data.expected_head_txid);
                let fate = self.script().commits.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let data = error.map_or_else(
                            || self.commit(&request.data),
                            latest::SqliteCommitResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteCommitResponse(
                            latest::ToEnvoySqliteCommitResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Exec(request) => {
                let request = request.get();
                lock(&self.0.seen).sql.push(request.data.sql.to_owned());
                let fate = self.script().sql.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let ok = latest::SqliteExecOk {
                            result: latest::SqliteQueryResult {
                                columns: vec!["a".to_owned()],
                                rows: Vec::new(),
                            },
                        };
                        let data = error.map_or(
                            latest::SqliteExecResponse::SqliteExecOk(ok),
                            latest::SqliteExecResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteExecResponse(
                            latest::ToEnvoySqliteExecResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Execute(request) => {
                let request = request.get();
                lock(&self.0.seen).sql.push(request.data.sql.to_owned());
                let fate = self.script().sql.pop_front();
                self.meet(
                    fate,
                    |error| {
                        let params = request.data.params.unwrap_or_default();
                        let row = params.iter().map(echo).collect();
                        let ok = latest::SqliteExecuteOk {
                            result: latest::SqliteExecuteResult {
                                columns: vec!["a".to_owned(); params.len()],
                                rows: vec![row],
                                changes: 1,
                                last_insert_row_id: Some(7),
                            },
                        };
                        let data = error.map_or(
                            latest::SqliteExecuteResponse::SqliteExecuteOk(ok),
                            latest::SqliteExecuteResponse::SqliteErrorResponse,
                        );
                        latest::ToEnvoy::ToEnvoySqliteExecuteResponse(
                            latest::ToEnvoySqliteExecuteResponse {
                                request_id: request.request_id,
                                data,
                            },
                        )
                    },
                    session,
                );
            }
            ServerEvent::Kv(request) => {
                lock(&self.0.seen).kv += 1;
                let request = request.get();
                let data = self.kv(request.actor_id, &request.data);
                let answer = latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse {
                    request_id: request.request_id,
                    data,
                });
                let _ = session.with(|session, _| session.answer(&answer));
            }
            ServerEvent::Tunnel(message) => self.from_host(message.get()),
            _ => {}
        }
    }

    /// Carries a request out and answers it, as far as its fate lets that happen.
    fn meet(
        &self,
        fate: Option<Fate>,
        carry_out: impl FnOnce(Option<latest::SqliteErrorResponse>) -> latest::ToEnvoy,
        session: &Handle<Machine>,
    ) {
        let answer = match fate {
            None => carry_out(None),
            Some(Fate::Error(group, code, message)) => carry_out(Some(error(group, code, message))),
            Some(Fate::LoseRequest) => return self.cut(),
            Some(Fate::LoseAnswer) => {
                let _lost = carry_out(None);
                return self.cut();
            }
            Some(Fate::Silence) => return,
        };
        // The connection may be gone by now.
        let _ = session.with(|session, _| session.answer(&answer));
    }

    fn pages(&self, data: &latest::SqliteGetPagesRequestRef<'_>) -> latest::SqliteGetPagesResponse {
        let database = DatabaseId::new(data.actor_id).expect("a name");
        let fence = Fence {
            generation: data.expected_generation.expect("a generation"),
            head: data.expected_head_txid,
        };
        match self
            .0
            .depot
            .pages(&database, fence, data.pgnos.to_vec())
            .wait()
        {
            Ok(found) if found.head == 0 => pages_error(not_found()),
            Ok(found) => {
                let pages = found
                    .pages
                    .into_iter()
                    .map(|page| latest::SqliteFetchedPage {
                        pgno: page.number,
                        bytes: page.octets.map(|octets| octets.to_vec()),
                    });
                latest::SqliteGetPagesResponse::SqliteGetPagesOk(latest::SqliteGetPagesOk {
                    pages: pages.collect(),
                    head_txid: Some(found.head),
                })
            }
            Err(error) => pages_error(wire(&error)),
        }
    }

    fn commit(&self, data: &latest::SqliteCommitRequestRef<'_>) -> latest::SqliteCommitResponse {
        let database = DatabaseId::new(data.actor_id).expect("a name");
        let fence = Fence {
            generation: data.expected_generation.expect("a generation"),
            head: data.expected_head_txid,
        };
        let pages = data.dirty_pages.iter().map(|page| DirtyPage {
            number: page.pgno,
            octets: Bytes::copy_from_slice(page.bytes),
        });
        let commit =
            Commit::new(pages.collect(), data.db_size_pages, data.now_ms).expect("a commit");
        let committed = match self.0.depot.commit(&database, fence, commit).wait() {
            Ok(committed) => committed,
            Err(error) => return latest::SqliteCommitResponse::SqliteErrorResponse(wire(&error)),
        };
        if committed.applied == depot::Applied::Before && self.0.memory == Memory::Heads {
            let expected = data.expected_head_txid.unwrap_or_default();
            let error = wire(&DepotError::HeadFenceMismatch {
                expected,
                actual: committed.head,
            });
            return latest::SqliteCommitResponse::SqliteErrorResponse(error);
        }
        latest::SqliteCommitResponse::SqliteCommitOk(latest::SqliteCommitOk {
            head_txid: Some(committed.head),
        })
    }

    fn kv(&self, actor: &str, data: &latest::KvRequestDataRef<'_>) -> latest::KvResponseData {
        use latest::KvRequestDataRef as Ask;
        let mut kv = lock(&self.0.kv);
        let of = |key: &[u8]| (actor.to_owned(), key.to_vec());
        match data {
            Ask::KvGetRequest(get) => {
                let (keys, values): (Vec<_>, Vec<_>) = get
                    .keys
                    .iter()
                    .filter_map(|key| Some((key.to_vec(), kv.get(&of(key))?.clone())))
                    .unzip();
                let metadata = vec![METADATA; keys.len()];
                latest::KvResponseData::KvGetResponse(latest::KvGetResponse {
                    keys,
                    values,
                    metadata,
                })
            }
            Ask::KvPutRequest(put) => {
                for (key, value) in put.keys.iter().zip(put.values) {
                    kv.insert(of(key), value.to_vec());
                }
                latest::KvResponseData::KvPutResponse
            }
            Ask::KvDeleteRequest(delete) => {
                for key in delete.keys {
                    kv.remove(&of(key));
                }
                latest::KvResponseData::KvDeleteResponse
            }
            Ask::KvDeleteRangeRequest(range) => {
                kv.retain(|(of, key), _| {
                    of != actor || &key[..] < range.start || &key[..] >= range.end
                });
                latest::KvResponseData::KvDeleteResponse
            }
            Ask::KvDropRequest => {
                kv.retain(|(of, _), _| of != actor);
                latest::KvResponseData::KvDropResponse
            }
            Ask::KvListRequest(list) => {
                let matches = |key: &[u8]| match list.query {
                    latest::KvListQueryRef::KvListAllQuery => true,
                    latest::KvListQueryRef::KvListPrefixQuery(prefix) => {
                        key.starts_with(prefix.key)
                    }
                    latest::KvListQueryRef::KvListRangeQuery(range) => {
                        key >= range.start
                            && (key < range.end || !range.exclusive && key == range.end)
                    }
                };
                let mut found: Vec<_> = kv
                    .iter()
                    .filter(|((of, key), _)| of == actor && matches(key))
                    .map(|((_, key), value)| (key.clone(), value.clone()))
                    .collect();
                if list.reverse == Some(true) {
                    found.reverse();
                }
                let limit = list.limit.unwrap_or(16384);
                found.truncate(usize::try_from(limit).expect("a small number"));
                let metadata = vec![METADATA; found.len()];
                let (keys, values) = found.into_iter().unzip();
                latest::KvResponseData::KvListResponse(latest::KvListResponse {
                    keys,
                    values,
                    metadata,
                })
            }
        }
    }

    fn from_host(&self, message: &latest::ToRivetTunnelMessageRef<'_>) {
        let answered = match &message.message_kind {
            latest::ToRivetTunnelMessageKindRef::ToRivetResponseStart(start) => {
                Answered::Response {
                    status: start.status,
                    error: start
                        .headers
                        .into_iter()
                        .find(|(name, _)| *name == "x-rivet-error")
                        .map(|(_, value)| (*value).to_owned()),
                    body: Bytes::copy_from_slice(start.body.unwrap_or_default()),
                }
            }
            latest::ToRivetTunnelMessageKindRef::ToRivetResponseAbort => Answered::Aborted,
            kind => {
                lock(&self.0.websocket).push((*kind).into_owned());
                return;
            }
        };
        if let Some(waiting) = lock(&self.0.waiting).remove(&message.message_id.request_id) {
            let _ = waiting.send(answered);
        }
    }
}

impl Told {
    /// The next event of the host.
    pub(crate) async fn next(&mut self) -> (String, u32, latest::Event) {
        let event = within("an event", self.0.recv())
            .await
            .expect("the server is there");
        let checkpoint = event.checkpoint;
        (checkpoint.actor_id, checkpoint.generation, event.inner)
    }

    /// Waits for the news that a generation runs.
    pub(crate) async fn running(&mut self, actor: &str, generation: u32) {
        let (found, of, event) = self.next().await;
        assert_eq!((found.as_str(), of), (actor, generation), "{event:?}");
        assert_eq!(event, state(latest::ActorState::ActorStateRunning));
    }

    /// Waits for the news that a generation has stopped, which has to be the next there is, and gives its error.
    pub(crate) async fn stopped(&mut self, actor: &str, generation: u32) -> Option<String> {
        let (found, of, event) = self.next().await;
        assert_eq!((found.as_str(), of), (actor, generation), "{event:?}");
        let latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate {
            state: latest::ActorState::ActorStateStopped(stopped),
        }) = event
        else {
            panic!("expected the end of {actor}, but found {event:?}");
        };
        match stopped.code {
            latest::StopCode::Ok => {
                assert_eq!(stopped.message, None);
                None
            }
            latest::StopCode::Error => Some(stopped.message.expect("an error has a message")),
        }
    }

    /// That nothing is told for a while.
    pub(crate) async fn silent(&mut self, time: Duration) {
        let told = tokio::time::timeout(time, self.0.recv()).await;
        assert!(told.is_err(), "expected no event, but found {told:?}");
    }
}

pub(crate) fn state(state: latest::ActorState) -> latest::Event {
    latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate { state })
}

/// Waits for something that has to happen.
pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let start = Instant::now();
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(result) => result,
        Err(_) => panic!(
            "expected {what} within {PATIENCE:?}, but found none after {:?}",
            start.elapsed()
        ),
    }
}

/// Asks until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    within(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

const METADATA: latest::KvMetadata = latest::KvMetadata {
    version: Vec::new(),
    update_ts: 0,
};

fn echo(param: &latest::SqliteBindParamRef<'_>) -> latest::SqliteColumnValue {
    use latest::SqliteBindParamRef as Param;
    use latest::SqliteColumnValue as Column;
    match param {
        Param::SqliteValueNull => Column::SqliteValueNull,
        Param::SqliteValueInteger(value) => Column::SqliteValueInteger(*value),
        Param::SqliteValueFloat(value) => Column::SqliteValueFloat(*value),
        Param::SqliteValueText(text) => Column::SqliteValueText(latest::SqliteValueText {
            value: text.value.to_owned(),
        }),
        Param::SqliteValueBlob(blob) => Column::SqliteValueBlob(latest::SqliteValueBlob {
            value: blob.value.to_vec(),
        }),
    }
}

fn pages_error(error: latest::SqliteErrorResponse) -> latest::SqliteGetPagesResponse {
    latest::SqliteGetPagesResponse::SqliteErrorResponse(error)
}

fn error(group: &str, code: &str, message: impl Into<String>) -> latest::SqliteErrorResponse {
    latest::SqliteErrorResponse {
        group: group.to_owned(),
        code: code.to_owned(),
        message: message.into(),
    }
}

fn not_found() -> latest::SqliteErrorResponse {
    let text = "transaction failed: sqlite database was not found in this bucket branch";
    error("depot", "database_not_found", text)
}

/// An error of the depot, in the words of a Rivet engine.
fn wire(found: &DepotError) -> latest::SqliteErrorResponse {
    match *found {
        DepotError::HeadFenceMismatch { expected, actual } => {
            let text = Heads { expected, actual }.to_message();
            error(
                "depot",
                "head_fence_mismatch",
                format!("transaction failed: {text}"),
            )
        }
        DepotError::GenerationMismatch { .. } => {
            error("core", "internal_error", "actor does not exist")
        }
        DepotError::DatabaseNotFound { .. } => not_found(),
        ref other => error(other.group(), other.code(), other.to_string()),
    }
}

/// Every version that is spoken.
pub(crate) const VERSIONS: [Version; 2] = [Version::V4, Version::V5];
