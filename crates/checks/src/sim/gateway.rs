//! What stands behind the server's end: actors, their databases, and who has to know of what.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use envoy_protocol::latest;
use envoy_protocol::session::fence::Heads;
use envoy_protocol::session::{EnvoyState, Server, ServerEvent};

pub(super) const GATEWAY: [u8; 4] = [9, 9, 9, 9];

/// Everything of the server that outlives connections.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) actors: Vec<Actor>,
    /// What is kept of the host while there is no connection.
    pub(super) state: Option<EnvoyState>,
    /// How often each request with an effect was carried out, by the number that makes it unique.
    pub(super) executed: BTreeMap<u64, u32>,
    /// The events that were applied, by actor and generation.
    pub(super) applied: BTreeMap<(String, u32), Vec<latest::Event>>,
    /// The commands that were made: whether each is a start, by actor, generation and index.
    pub(super) commands: BTreeMap<(String, u32, i64), Commanded>,
    pub(super) tunnels: Vec<Tunnel>,
    pub(super) digest: bool,
    /// Connections in a row that ended by what is no message, as the server has it.
    pub(super) strikes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commanded {
    Start,
    Stop,
}

/// What an applied event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// The present generation of its actor runs.
    Running,
    Other,
}

#[derive(Debug)]
pub(super) struct Actor {
    pub(super) id: String,
    pub(super) generation: u32,
    /// Whether the generation runs, as far as the server knows.
    pub(super) live: bool,
    pub(super) database: Database,
}

#[derive(Debug, Default)]
pub(super) struct Database {
    pub(super) head: u64,
    /// The last commit, if it is one of the host's.
    last: Option<u64>,
    /// Whether somebody else has ever written.
    pub(super) rival: bool,
}

#[derive(Debug)]
pub(super) struct Tunnel {
    pub(super) request_id: [u8; 4],
    pub(super) actor: usize,
    pub(super) websocket: bool,
    /// The position of the next message, across connections.
    pub(super) next: u16,
    /// The number of the next payload: what the host checks.
    pub(super) payload: u32,
    pub(super) life: TunnelLife,
    /// The position that is expected of the host's next message, where one was seen.
    pub(super) answered: Option<u16>,
    /// Messages that the host has not acknowledged, with their positions: the latest ones, where it acknowledges none.
    pub(super) unacked: VecDeque<(u16, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TunnelLife {
    Open,
    /// The client is kept connected while its actor sleeps.
    Asleep,
    Closed,
}

/// Whether the client of a WebSocket is kept connected while its actor sleeps.
pub(super) const fn sleeps(request_id: [u8; 4]) -> bool {
    !request_id[3].is_multiple_of(4)
}

/// Messages that are kept to be sent again.
const UNACKED: usize = 32;

impl Tunnel {
    /// Whether its client is kept connected while its actor sleeps.
    pub(super) const fn sleeps(&self) -> bool {
        self.websocket && sleeps(self.request_id)
    }

    /// Makes up the next message, as long as it can be sent again.
    pub(super) fn next_message(&mut self, size: usize) -> Option<(u16, Vec<u8>)> {
        if self.unacked.len() == UNACKED {
            if self.sleeps() {
                return None;
            }
            self.unacked.pop_front();
        }
        let mut data = self.payload.to_be_bytes().to_vec();
        data.resize(4 + size, 0);
        self.payload += 1;
        let message = (self.next, data);
        self.next = self.next.wrapping_add(1);
        self.unacked.push_back(message.clone());
        Some(message)
    }

    /// The host has messages up to this position.
    pub(super) fn acked(&mut self, index: u16) {
        while let Some((first, _)) = self.unacked.front()
            && index.wrapping_sub(*first) < 1 << 15
        {
            self.unacked.pop_front();
        }
    }

    /// What a message to the host looks like.
    pub(super) const fn message<'a>(
        &self,
        data: &'a [u8],
    ) -> latest::ToEnvoyTunnelMessageKindRef<'a> {
        if self.websocket {
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketMessage(
                latest::ToEnvoyWebSocketMessageRef { data, binary: true },
            )
        } else {
            latest::ToEnvoyTunnelMessageKindRef::ToEnvoyRequestChunk(
                latest::ToEnvoyRequestChunkRef {
                    body: data,
                    finish: false,
                },
            )
        }
    }
}

/// A request that was taken from a connection, and is carried out later.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) at: Instant,
    pub(super) event: ServerEvent,
}

impl Gateway {
    pub(super) fn new(actors: usize, digest: bool) -> Self {
        Self {
            actors: (0..actors)
                .map(|index| Actor {
                    id: format!("actor-{index}"),
                    generation: 0,
                    live: false,
                    database: Database::default(),
                })
                .collect(),
            state: Some(EnvoyState::new()),
            executed: BTreeMap::new(),
            applied: BTreeMap::new(),
            commands: BTreeMap::new(),
            tunnels: Vec::new(),
            digest,
            strikes: 0,
        }
    }

    pub(super) fn actor_mut(&mut self, id: &str) -> Option<&mut Actor> {
        self.actors.iter_mut().find(|actor| actor.id == id)
    }

    /// Sends a command on the connection, if there is one, and keeps it in any case.
    pub(super) fn command(
        &mut self,
        index: usize,
        command: latest::Command,
        server: Option<&mut Server>,
    ) {
        let actor = &self.actors[index];
        let kind = match command {
            latest::Command::CommandStartActor(_) => Commanded::Start,
            latest::Command::CommandStopActor(_) => Commanded::Stop,
        };
        let checkpoint = match (server, &mut self.state) {
            (Some(server), _) => server.command(&actor.id, actor.generation, command),
            (None, Some(state)) => state.command(&actor.id, actor.generation, command),
            (None, None) => unreachable!("the state is with a connection or here"),
        };
        let key = (checkpoint.actor_id, checkpoint.generation, checkpoint.index);
        self.commands.insert(key, kind);
    }

    /// Applies an event: `expected` is what the host's actor did at that place.
    pub(super) fn apply(
        &mut self,
        event: &latest::EventWrapper,
        expected: Option<&latest::Event>,
    ) -> Applied {
        let checkpoint = &event.checkpoint;
        let key = (checkpoint.actor_id.clone(), checkpoint.generation);
        let applied = self.applied.entry(key).or_default();
        assert_eq!(
            usize::try_from(checkpoint.index).ok(),
            Some(applied.len()),
            "expected the events of {checkpoint:?} in order and without gaps"
        );
        assert_eq!(
            Some(&event.inner),
            expected,
            "expected what the actor did at {checkpoint:?}"
        );
        applied.push(event.inner.clone());
        let Some(actor) = self.actor_mut(&checkpoint.actor_id) else {
            panic!("expected a known actor, but found {checkpoint:?}");
        };
        if actor.generation != checkpoint.generation {
            return Applied::Other;
        }
        let latest::Event::EventActorStateUpdate(update) = &event.inner else {
            return Applied::Other;
        };
        let latest::ActorState::ActorStateStopped(stopped) = &update.state else {
            return Applied::Running;
        };
        actor.live = false;
        let actor_id = &checkpoint.actor_id;
        if stopped.code == latest::StopCode::Ok {
            for tunnel in self.tunnels.iter_mut().filter(|tunnel| {
                self.actors[tunnel.actor].id == *actor_id && tunnel.life == TunnelLife::Open
            }) {
                tunnel.life = if tunnel.sleeps() {
                    TunnelLife::Asleep
                } else {
                    TunnelLife::Closed
                };
            }
        } else if let Some(index) = self.actors.iter().position(|actor| actor.id == *actor_id) {
            self.hang_up(index);
        }
        Applied::Other
    }

    /// The open tunnels of an actor are no more.
    pub(super) fn hang_up(&mut self, actor: usize) {
        for tunnel in &mut self.tunnels {
            if tunnel.actor == actor && tunnel.life == TunnelLife::Open {
                tunnel.life = TunnelLife::Closed;
            }
        }
    }

    /// The WebSockets of an actor whose clients wait for it to run again.
    pub(super) fn asleep(&self, actor_id: &str) -> Vec<latest::HibernatingRequest> {
        self.tunnels
            .iter()
            .filter(|tunnel| {
                self.actors[tunnel.actor].id == actor_id && tunnel.life == TunnelLife::Asleep
            })
            .map(|tunnel| latest::HibernatingRequest {
                gateway_id: GATEWAY,
                request_id: tunnel.request_id,
            })
            .collect()
    }

    /// Carries a request out, and answers it.
    pub(super) fn answer(&mut self, event: &ServerEvent) -> Option<latest::ToEnvoy> {
        Some(match event {
            ServerEvent::Kv(request) => {
                let request = request.get();
                let data = match &request.data {
                    latest::KvRequestDataRef::KvPutRequest(put) => {
                        self.execute(number_of(put.keys[0]));
                        latest::KvResponseData::KvPutResponse
                    }
                    latest::KvRequestDataRef::KvGetRequest(get) => {
                        latest::KvResponseData::KvGetResponse(latest::KvGetResponse {
                            keys: get.keys.iter().map(|key| key.to_vec()).collect(),
                            values: vec![],
                            metadata: vec![],
                        })
                    }
                    other => panic!("expected what the actors ask for, but found {other:?}"),
                };
                let request_id = request.request_id;
                latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse { request_id, data })
            }
            ServerEvent::GetPages(request) => {
                let (request_id, data) = (request.get().request_id, &request.get().data);
                let data = self.read(data);
                let answer = latest::ToEnvoySqliteGetPagesResponse { request_id, data };
                latest::ToEnvoy::ToEnvoySqliteGetPagesResponse(answer)
            }
            ServerEvent::Commit(request) => {
                let (request_id, data) = (request.get().request_id, &request.get().data);
                let data = self.commit(data);
                let answer = latest::ToEnvoySqliteCommitResponse { request_id, data };
                latest::ToEnvoy::ToEnvoySqliteCommitResponse(answer)
            }
            ServerEvent::Exec(request) => {
                let request = request.get();
                self.execute(number_of(request.data.sql.as_bytes()));
                let result = latest::SqliteQueryResult {
                    columns: vec![request.data.sql.to_owned()],
                    rows: vec![],
                };
                let data =
                    latest::SqliteExecResponse::SqliteExecOk(latest::SqliteExecOk { result });
                let request_id = request.request_id;
                let answer = latest::ToEnvoySqliteExecResponse { request_id, data };
                latest::ToEnvoy::ToEnvoySqliteExecResponse(answer)
            }
            ServerEvent::Execute(request) => {
                let request = request.get();
                self.execute(number_of(request.data.sql.as_bytes()));
                let result = latest::SqliteExecuteResult {
                    columns: vec![request.data.sql.to_owned()],
                    rows: vec![],
                    changes: 0,
                    last_insert_row_id: None,
                };
                let data =
                    latest::SqliteExecuteResponse::SqliteExecuteOk(latest::SqliteExecuteOk {
                        result,
                    });
                let request_id = request.request_id;
                let answer = latest::ToEnvoySqliteExecuteResponse { request_id, data };
                latest::ToEnvoy::ToEnvoySqliteExecuteResponse(answer)
            }
            _ => return None,
        })
    }

    fn execute(&mut self, number: u64) {
        *self.executed.entry(number).or_default() += 1;
    }

    fn read(
        &mut self,
        data: &latest::SqliteGetPagesRequestRef<'_>,
    ) -> latest::SqliteGetPagesResponse {
        let head = match self.check(
            data.actor_id,
            data.expected_generation,
            data.expected_head_txid,
        ) {
            Ok(database) => database.head,
            Err(error) => return latest::SqliteGetPagesResponse::SqliteErrorResponse(error),
        };
        let page = |pgno| latest::SqliteFetchedPage {
            pgno,
            bytes: Some(vec![0; 4096]),
        };
        latest::SqliteGetPagesResponse::SqliteGetPagesOk(latest::SqliteGetPagesOk {
            pages: data.pgnos.iter().copied().map(page).collect(),
            head_txid: Some(head),
        })
    }

    fn commit(
        &mut self,
        data: &latest::SqliteCommitRequestRef<'_>,
    ) -> latest::SqliteCommitResponse {
        let number = u64::try_from(data.now_ms).unwrap_or(0);
        let (digest, expected) = (self.digest, data.expected_head_txid);
        let current = self
            .actor_mut(data.actor_id)
            .filter(|actor| Some(u64::from(actor.generation)) == data.expected_generation);
        if let Some(actor) = current {
            let database = &actor.database;
            let again = expected.and_then(|head| head.checked_add(1)) == Some(database.head);
            if digest && again && database.last == Some(number) {
                let head_txid = Some(database.head);
                let ok = latest::SqliteCommitOk { head_txid };
                return latest::SqliteCommitResponse::SqliteCommitOk(ok);
            }
        }
        match self.check(data.actor_id, data.expected_generation, expected) {
            Ok(database) => {
                database.head += 1;
                database.last = Some(number);
                let head_txid = Some(database.head);
                self.execute(number);
                latest::SqliteCommitResponse::SqliteCommitOk(latest::SqliteCommitOk { head_txid })
            }
            Err(error) => latest::SqliteCommitResponse::SqliteErrorResponse(error),
        }
    }

    /// The generation first, then the head.
    fn check(
        &mut self,
        actor_id: &str,
        generation: Option<u64>,
        expected: Option<u64>,
    ) -> Result<&mut Database, latest::SqliteErrorResponse> {
        let actor = self
            .actor_mut(actor_id)
            .filter(|actor| Some(u64::from(actor.generation)) == generation);
        let Some(actor) = actor else {
            return Err(latest::SqliteErrorResponse {
                group: "core".to_owned(),
                code: "internal_error".to_owned(),
                message: "actor does not exist".to_owned(),
            });
        };
        let actual = actor.database.head;
        match expected {
            Some(expected) if expected != actual => Err(latest::SqliteErrorResponse {
                group: "depot".to_owned(),
                code: "head_fence_mismatch".to_owned(),
                message: Heads { expected, actual }.to_message(),
            }),
            _ => Ok(&mut actor.database),
        }
    }

    pub(super) fn rival(&mut self, index: usize) {
        let database = &mut self.actors[index].database;
        database.head += 1;
        database.last = None;
        database.rival = true;
    }
}

/// The number that makes a request unique, behind the last space of its text.
pub(super) fn number_of(text: &[u8]) -> u64 {
    String::from_utf8_lossy(text)
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("expected a number in {text:?}"))
}

/// What a connection has at the server beside the machine.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// In the order of their arrival, which is the order they are carried out in.
    pub(super) work: VecDeque<Work>,
    /// Events that are not applied yet.
    pub(super) events: VecDeque<latest::EventWrapper>,
    /// Answers there was no room for.
    pub(super) held: VecDeque<latest::ToEnvoy>,
}
