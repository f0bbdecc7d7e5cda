//! What the tests have in common: a world with a depot, and hosts that ask and are answered through sessions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use depot::engine::Engine;
use depot::fault::{Faults, FaultyEngine};
use depot::{Allocation, Config, DatabaseId, Depot, MemoryEngine, PAGE_SIZE, Sweep};
use envoy_protocol::bare::DecodeLimits;
use envoy_protocol::session::{EnvoyState, SendError, Server, ServerConfig, ServerEvent, Transmit};
use envoy_protocol::{EncodeAt as _, Version, Versioned as _, latest};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::records::ActorRecord;
use crate::storage::{Answers, Refused, Storage, StorageConfig, StorageConnection, depot_limits};

pub(super) const ACTOR: &str = "actor-1";
pub(super) const OTHER: &str = "actor-2";
pub(super) const NAMESPACE: &str = "default";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) type Failed = latest::SqliteErrorResponse;

/// A server's storage, and what it tells its director.
pub(super) struct World {
    pub(super) depot: Depot,
    pub(super) storage: Storage,
    pub(super) refused: UnboundedReceiver<Refused>,
    pub(super) faults: Faults,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(set: impl FnOnce(&mut StorageConfig)) -> Self {
        let faults = Faults::new();
        let depot = open(FaultyEngine::new(MemoryEngine::new(), &faults));
        Self::on(depot, faults, set)
    }

    pub(super) fn on(depot: Depot, faults: Faults, set: impl FnOnce(&mut StorageConfig)) -> Self {
        let mut config = StorageConfig::default();
        set(&mut config);
        let (sender, refused) = unbounded_channel();
        Self {
            storage: Storage::new(depot.clone(), config, sender),
            depot,
            refused,
            faults,
        }
    }

    /// The server is started anew, on the same depot.
    pub(super) fn restart(&mut self) {
        let again = Self::on(self.depot.clone(), self.faults.clone(), |_| {});
        *self = again;
    }

    /// Allocates the next generation of an actor to a host.
    pub(super) fn allocate(&self, actor: &str, envoy: &str) -> u64 {
        self.allocate_in(NAMESPACE, actor, envoy)
    }

    pub(super) fn allocate_in(&self, namespace: &str, actor: &str, envoy: &str) -> u64 {
        let record = record(namespace, actor, envoy);
        let database = DatabaseId::new(actor).expect("an id");
        let allocation = self
            .depot
            .allocate(&database, move |transaction, given: Allocation| {
                let generation = u32::try_from(given.generation).unwrap_or(u32::MAX);
                let record = ActorRecord {
                    generation,
                    ..record.clone()
                };
                record.store(transaction)
            });
        allocation.wait().expect("an allocation").generation
    }

    pub(super) fn host(&self, envoy: &str, version: Version) -> Peer {
        self.host_in(NAMESPACE, envoy, version)
    }

    /// The host of the first actor, connected, and the generation that it was allocated.
    pub(super) fn serve(&self, version: Version) -> (Peer, u64) {
        let generation = self.allocate(ACTOR, "host");
        (self.host("host", version), generation)
    }

    pub(super) fn host_in(&self, namespace: &str, envoy: &str, version: Version) -> Peer {
        let wire = Wire::new(version);
        Peer {
            connection: self
                .storage
                .connect(namespace, envoy, version, wire.clone()),
            wire,
            version,
            request_id: 0,
        }
    }

    /// What the director was told since it last looked.
    pub(super) fn told(&mut self) -> Vec<Refused> {
        std::iter::from_fn(|| self.refused.try_recv().ok()).collect()
    }

    pub(super) fn head(&self, actor: &str) -> u64 {
        let database = DatabaseId::new(actor).expect("an id");
        self.depot.head(&database).wait().expect("a head").txid
    }

    /// Waits until so many are held at a fault.
    pub(super) async fn held(&self, count: usize) {
        eventually(|| self.faults.held() == count).await;
    }
}

pub(super) fn open(engine: impl Engine) -> Depot {
    Depot::new(
        engine,
        Config {
            limits: depot_limits(),
            sweep: Sweep::Manual,
            ..Config::default()
        },
    )
}

pub(super) async fn eventually(mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "it never came about");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What a storage has to do with what was asked of it is done, as far as it can be.
pub(super) async fn settled() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

fn record(namespace: &str, actor: &str, envoy: &str) -> ActorRecord {
    let json = serde_json::json!({
        "format": ActorRecord::FORMAT,
        "id": actor,
        "namespace": namespace,
        "name": "counter",
        "pool": "pool",
        "crash_policy": "sleep",
        "phase": "running",
        "generation": 0,
        "envoy": envoy,
        "issued": 1,
        "crashes": 0,
        "create_ts": 0,
    });
    ActorRecord::decode(json.to_string().as_bytes()).expect("a record")
}

/// A host's connection, with a session at the server's end.
pub(super) struct Peer {
    pub(super) connection: StorageConnection,
    pub(super) wire: Wire,
    pub(super) version: Version,
    request_id: u32,
}

/// The server's end of a connection, and what it has sent.
#[derive(Clone)]
pub(super) struct Wire(Arc<Line>);

struct Line {
    server: Mutex<Server>,
    sent: Mutex<VecDeque<latest::ToEnvoy>>,
    arrived: Notify,
    /// Octets that an answer may have, if there is not room for all.
    room: Mutex<Option<usize>>,
}

impl Wire {
    fn new(version: Version) -> Self {
        let server = Server::new(
            ServerConfig::DEFAULT,
            version,
            EnvoyState::new(),
            Instant::now(),
            0,
        );
        Self(Arc::new(Line {
            server: Mutex::new(server),
            sent: Mutex::default(),
            arrived: Notify::new(),
            room: Mutex::default(),
        }))
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.server.lock().expect("a server")
    }

    /// From now on there is room for answers of this size only.
    pub(super) fn leave_room(&self, octets: usize) {
        *self.0.room.lock().expect("a number") = Some(octets);
    }

    fn pump(&self, server: &mut Server) {
        let version = server.version();
        while let Some(transmit) = server.poll_transmit(Instant::now()) {
            let Transmit::Frame { octets, .. } = transmit else {
                panic!("expected a frame, but found {transmit:?}");
            };
            let message = latest::ToEnvoy::decode_at(version, &octets, &DecodeLimits::DEFAULT)
                .expect("a message");
            if !matches!(
                message,
                latest::ToEnvoy::ToEnvoyInit(_) | latest::ToEnvoy::ToEnvoyPing(_)
            ) {
                self.0.sent.lock().expect("a queue").push_back(message);
                self.0.arrived.notify_one();
            }
        }
    }
}

impl Answers for Wire {
    fn answer(&self, answer: &latest::ToEnvoyRef<'_>) -> Result<(), SendError> {
        let mut server = self.server();
        let size = answer.to_bytes_at(server.version())?.len();
        if let Some(limit) = *self.0.room.lock().expect("a number")
            && size > limit
        {
            let queued = 0;
            return Err(SendError::QueueFull {
                size,
                queued,
                limit,
            });
        }
        server.answer(answer)?;
        self.pump(&mut server);
        Ok(())
    }
}

impl Peer {
    fn id(&mut self) -> u32 {
        self.request_id += 1;
        self.request_id
    }

    /// Sends a message, and has it dealt with as the server's event loop does.
    pub(super) fn send(&self, message: &latest::ToRivet) {
        let octets = message.to_bytes_at(self.version).expect("a frame");
        let events = {
            let mut server = self.wire.server();
            self.wire.pump(&mut server);
            server.receive(octets, Instant::now());
            std::iter::from_fn(|| server.poll_event()).collect::<Vec<_>>()
        };
        for event in events {
            match event {
                ServerEvent::Kv(request) => self.connection.kv(request),
                ServerEvent::GetPages(request) => self.connection.get_pages(request),
                ServerEvent::Commit(request) => self.connection.commit(request),
                ServerEvent::Exec(request) => self.connection.exec(request),
                ServerEvent::Execute(request) => self.connection.execute(request),
                event => panic!("expected a request, but found {event:?}"),
            }
        }
    }

    pub(super) fn send_get_pages(
        &mut self,
        actor: &str,
        generation: impl Into<Option<u64>>,
        head: Option<u64>,
        pages: &[u32],
    ) {
        let request = latest::ToRivetSqliteGetPagesRequest {
            request_id: self.id(),
            data: latest::SqliteGetPagesRequest {
                actor_id: actor.to_owned(),
                pgnos: pages.to_vec(),
                expected_generation: generation.into(),
                expected_head_txid: head,
            },
        };
        self.send(&latest::ToRivet::ToRivetSqliteGetPagesRequest(request));
    }

    /// Sends a commit that fills pages with an octet each.
    pub(super) fn send_commit(
        &mut self,
        actor: &str,
        generation: impl Into<Option<u64>>,
        head: Option<u64>,
        pages: &[(u32, u8)],
    ) {
        let dirty = |&(pgno, fill): &(u32, u8)| latest::SqliteDirtyPage {
            pgno,
            bytes: vec![fill; PAGE_SIZE],
        };
        let size = pages.iter().map(|(pgno, _)| *pgno).max().unwrap_or(0);
        let request = latest::ToRivetSqliteCommitRequest {
            request_id: self.id(),
            data: latest::SqliteCommitRequest {
                actor_id: actor.to_owned(),
                dirty_pages: pages.iter().map(dirty).collect(),
                db_size_pages: size,
                now_ms: 7,
                expected_generation: generation.into(),
                expected_head_txid: head,
            },
        };
        self.send(&latest::ToRivet::ToRivetSqliteCommitRequest(request));
    }

    pub(super) fn send_kv(&mut self, actor: &str, data: latest::KvRequestData) {
        let request = latest::ToRivetKvRequest {
            actor_id: actor.to_owned(),
            request_id: self.id(),
            data,
        };
        self.send(&latest::ToRivet::ToRivetKvRequest(request));
    }

    pub(super) fn send_exec(&mut self, namespace: &str, actor: &str, generation: u64, sql: &str) {
        let request = latest::ToRivetSqliteExecRequest {
            request_id: self.id(),
            data: latest::SqliteExecRequest {
                namespace_id: namespace.to_owned(),
                actor_id: actor.to_owned(),
                generation,
                sql: sql.to_owned(),
            },
        };
        self.send(&latest::ToRivet::ToRivetSqliteExecRequest(request));
    }

    pub(super) fn send_execute(
        &mut self,
        actor: &str,
        generation: u64,
        sql: &str,
        params: Option<Vec<latest::SqliteBindParam>>,
    ) {
        let request = latest::ToRivetSqliteExecuteRequest {
            request_id: self.id(),
            data: latest::SqliteExecuteRequest {
                namespace_id: NAMESPACE.to_owned(),
                actor_id: actor.to_owned(),
                generation,
                sql: sql.to_owned(),
                params,
            },
        };
        self.send(&latest::ToRivet::ToRivetSqliteExecuteRequest(request));
    }

    /// What was answered and not looked at.
    pub(super) fn answered(&self) -> Option<latest::ToEnvoy> {
        self.wire.0.sent.lock().expect("a queue").pop_front()
    }

    pub(super) async fn next(&self) -> latest::ToEnvoy {
        let next = async {
            loop {
                let arrived = self.wire.0.arrived.notified();
                if let Some(message) = self.answered() {
                    return message;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("an answer")
    }

    pub(super) async fn next_pages(&self) -> Result<latest::SqliteGetPagesOk, Failed> {
        match self.next().await {
            latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(answer) => match answer.data {
                latest::SqliteGetPagesResponse::SqliteGetPagesOk(ok) => Ok(ok),
                latest::SqliteGetPagesResponse::SqliteErrorResponse(error) => Err(error),
            },
            other => panic!("expected pages, but found {other:?}"),
        }
    }

    pub(super) async fn next_commit(&self) -> Result<Option<u64>, Failed> {
        match self.next().await {
            latest::ToEnvoy::ToEnvoySqliteCommitResponse(answer) => match answer.data {
                latest::SqliteCommitResponse::SqliteCommitOk(ok) => Ok(ok.head_txid),
                latest::SqliteCommitResponse::SqliteErrorResponse(error) => Err(error),
            },
            other => panic!("expected a commit, but found {other:?}"),
        }
    }

    pub(super) async fn pages(
        &mut self,
        generation: u64,
        head: Option<u64>,
        pages: &[u32],
    ) -> Result<latest::SqliteGetPagesOk, Failed> {
        self.send_get_pages(ACTOR, generation, head, pages);
        self.next_pages().await
    }

    pub(super) async fn commit(
        &mut self,
        generation: u64,
        head: Option<u64>,
        pages: &[(u32, u8)],
    ) -> Result<Option<u64>, Failed> {
        self.send_commit(ACTOR, generation, head, pages);
        self.next_commit().await
    }

    /// Commits, which has to succeed.
    pub(super) async fn commits(
        &mut self,
        generation: u64,
        head: Option<u64>,
        pages: &[(u32, u8)],
    ) {
        let commit = self.commit(generation, head, pages).await;
        commit.expect("a commit");
    }

    /// Why a commit is refused.
    pub(super) async fn commit_error(
        &mut self,
        generation: u64,
        head: Option<u64>,
        pages: &[(u32, u8)],
    ) -> Failed {
        let commit = self.commit(generation, head, pages).await;
        commit.expect_err("this commit is refused")
    }

    /// Why a read is refused.
    pub(super) async fn pages_error(
        &mut self,
        generation: u64,
        head: Option<u64>,
        pages: &[u32],
    ) -> Failed {
        let pages = self.pages(generation, head, pages).await;
        pages.expect_err("this read is refused")
    }

    pub(super) async fn kv(
        &mut self,
        data: latest::KvRequestData,
    ) -> Result<latest::KvResponseData, String> {
        self.send_kv(ACTOR, data);
        match self.next().await {
            latest::ToEnvoy::ToEnvoyKvResponse(answer) => match answer.data {
                latest::KvResponseData::KvErrorResponse(error) => Err(error.message),
                answer => Ok(answer),
            },
            other => panic!("expected a key-value answer, but found {other:?}"),
        }
    }

    pub(super) async fn next_exec(&self) -> Result<latest::SqliteQueryResult, Failed> {
        match self.next().await {
            latest::ToEnvoy::ToEnvoySqliteExecResponse(answer) => match answer.data {
                latest::SqliteExecResponse::SqliteExecOk(ok) => Ok(ok.result),
                latest::SqliteExecResponse::SqliteErrorResponse(error) => Err(error),
            },
            other => panic!("expected rows, but found {other:?}"),
        }
    }

    pub(super) async fn exec(
        &mut self,
        generation: u64,
        sql: &str,
    ) -> Result<latest::SqliteQueryResult, Failed> {
        self.send_exec(NAMESPACE, ACTOR, generation, sql);
        self.next_exec().await
    }

    pub(super) async fn execute(
        &mut self,
        generation: u64,
        sql: &str,
        params: Vec<latest::SqliteBindParam>,
    ) -> Result<latest::SqliteExecuteResult, Failed> {
        self.send_execute(ACTOR, generation, sql, Some(params));
        match self.next().await {
            latest::ToEnvoy::ToEnvoySqliteExecuteResponse(answer) => match answer.data {
                latest::SqliteExecuteResponse::SqliteExecuteOk(ok) => Ok(ok.result),
                latest::SqliteExecuteResponse::SqliteErrorResponse(error) => Err(error),
            },
            other => panic!("expected a result, but found {other:?}"),
        }
    }
}

/// Group, code and text of an error.
pub(super) fn parts(error: &Failed) -> (&str, &str, &str) {
    (&error.group, &error.code, &error.message)
}
