//! The measured messages in plain Rust: what somebody would write for a codec that has no schema. `rkyv` takes these, and
//! `prost`'s types are made from them.
//!
//! They are filled by `serde_bare`, to which a variant is its position, so those that are not measured keep their places.

use std::collections::HashMap;

use rkyv::{Archive, Deserialize, Serialize};
use serde::Deserialize as Fill;

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum ToRivet {
    Metadata,
    Events(Vec<EventWrapper>),
    AckCommands,
    Stopping,
    Pong(i64),
    KvRequest,
    TunnelMessage,
    GetPages(GetPagesRequest),
    Commit(CommitRequest),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum ToEnvoy {
    Init,
    Commands(Vec<CommandWrapper>),
    AckEvents,
    KvResponse,
    TunnelMessage(TunnelMessage),
    Ping,
    GetPages(GetPagesResponse),
    Commit,
    Exec,
    Execute(ExecuteResponse),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) actor_id: String,
    pub(crate) generation: u32,
    pub(crate) index: i64,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct EventWrapper {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) event: Event,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum Event {
    Intent(Intent),
    StateUpdate(State),
    SetAlarm(Option<i64>),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq, Clone, Copy)]
pub(crate) enum Intent {
    Sleep,
    Stop,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum State {
    Running,
    Stopped(Stopped),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct Stopped {
    pub(crate) code: StopCode,
    pub(crate) message: Option<String>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq, Clone, Copy)]
pub(crate) enum StopCode {
    Ok,
    Error,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct GetPagesRequest {
    pub(crate) request_id: u32,
    pub(crate) actor_id: String,
    pub(crate) pgnos: Vec<u32>,
    pub(crate) expected_generation: Option<u64>,
    pub(crate) expected_head_txid: Option<u64>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct CommitRequest {
    pub(crate) request_id: u32,
    pub(crate) actor_id: String,
    pub(crate) dirty_pages: Vec<DirtyPage>,
    pub(crate) db_size_pages: u32,
    pub(crate) now_ms: i64,
    pub(crate) expected_generation: Option<u64>,
    pub(crate) expected_head_txid: Option<u64>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct DirtyPage {
    pub(crate) pgno: u32,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct CommandWrapper {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) command: Command,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum Command {
    Start(Start),
    Stop(StopReason),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq, Clone, Copy)]
pub(crate) enum StopReason {
    SleepIntent,
    StopIntent,
    Destroy,
    GoingAway,
    Lost,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct Start {
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) create_ts: i64,
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) hibernating_requests: Vec<([u8; 4], [u8; 4])>,
    pub(crate) preloaded_kv: Option<PreloadedKv>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct PreloadedKv {
    pub(crate) entries: Vec<Entry>,
    pub(crate) requested_get_keys: Vec<Vec<u8>>,
    pub(crate) requested_prefixes: Vec<Vec<u8>>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) version: Vec<u8>,
    pub(crate) update_ts: i64,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct TunnelMessage {
    pub(crate) gateway_id: [u8; 4],
    pub(crate) request_id: [u8; 4],
    pub(crate) message_index: u16,
    pub(crate) kind: TunnelMessageKind,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum TunnelMessageKind {
    RequestStart(RequestStart),
    RequestChunk,
    RequestAbort,
    WebSocketOpen,
    WebSocketMessage(WebSocketMessage),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct RequestStart {
    pub(crate) actor_id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) stream: bool,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct WebSocketMessage {
    pub(crate) data: Vec<u8>,
    pub(crate) binary: bool,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct GetPagesResponse {
    pub(crate) request_id: u32,
    pub(crate) result: GetPagesResult,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum GetPagesResult {
    Ok(GetPagesOk),
    Error(Failure),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct GetPagesOk {
    pub(crate) pages: Vec<FetchedPage>,
    pub(crate) head_txid: Option<u64>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct FetchedPage {
    pub(crate) pgno: u32,
    pub(crate) bytes: Option<Vec<u8>>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct Failure {
    pub(crate) group: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct ExecuteResponse {
    pub(crate) request_id: u32,
    pub(crate) result: ExecuteResult,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum ExecuteResult {
    Ok(ExecuteOk),
    Error(Failure),
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) struct ExecuteOk {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) changes: i64,
    pub(crate) last_insert_row_id: Option<i64>,
}

#[derive(Archive, Deserialize, Serialize, Fill, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Float([u8; 8]),
    Text(String),
    Blob(Vec<u8>),
}
