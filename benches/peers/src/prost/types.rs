//! The messages as `prost` would generate them, with payloads as `Bytes`, which it decodes without a copy.

use std::collections::HashMap;

use anyhow::{Result, bail};
use bytes::Bytes;

use crate::model;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ToRivet {
    #[prost(oneof = "to_rivet::Kind", tags = "2, 5, 8, 9")]
    pub(crate) kind: Option<to_rivet::Kind>,
}

pub(crate) mod to_rivet {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(message, tag = "2")]
        Events(super::Events),
        #[prost(message, tag = "5")]
        Pong(super::Pong),
        #[prost(message, tag = "8")]
        GetPages(super::GetPagesRequest),
        #[prost(message, tag = "9")]
        Commit(super::CommitRequest),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Pong {
    #[prost(int64, tag = "1")]
    pub(crate) ts: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Events {
    #[prost(message, repeated, tag = "1")]
    pub(crate) events: Vec<EventWrapper>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EventWrapper {
    #[prost(message, optional, tag = "1")]
    pub(crate) checkpoint: Option<Checkpoint>,
    #[prost(oneof = "event::Kind", tags = "2, 3, 4")]
    pub(crate) event: Option<event::Kind>,
}

pub(crate) mod event {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(enumeration = "super::Intent", tag = "2")]
        Intent(i32),
        #[prost(message, tag = "3")]
        StateUpdate(super::State),
        #[prost(message, tag = "4")]
        SetAlarm(super::Alarm),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Intent {
    Sleep = 0,
    Stop = 1,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Alarm {
    #[prost(int64, optional, tag = "1")]
    pub(crate) alarm_ts: Option<i64>,
}

/// Running if `stopped` is absent.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct State {
    #[prost(message, optional, tag = "1")]
    pub(crate) stopped: Option<Stopped>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Stopped {
    #[prost(bool, tag = "1")]
    pub(crate) is_error: bool,
    #[prost(string, optional, tag = "2")]
    pub(crate) message: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Checkpoint {
    #[prost(string, tag = "1")]
    pub(crate) actor_id: String,
    #[prost(uint32, tag = "2")]
    pub(crate) generation: u32,
    #[prost(int64, tag = "3")]
    pub(crate) index: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetPagesRequest {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(string, tag = "2")]
    pub(crate) actor_id: String,
    #[prost(uint32, repeated, tag = "3")]
    pub(crate) pgnos: Vec<u32>,
    #[prost(uint64, optional, tag = "4")]
    pub(crate) expected_generation: Option<u64>,
    #[prost(uint64, optional, tag = "5")]
    pub(crate) expected_head_txid: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CommitRequest {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(string, tag = "2")]
    pub(crate) actor_id: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) dirty_pages: Vec<Page>,
    #[prost(uint32, tag = "4")]
    pub(crate) db_size_pages: u32,
    #[prost(int64, tag = "5")]
    pub(crate) now_ms: i64,
    #[prost(uint64, optional, tag = "6")]
    pub(crate) expected_generation: Option<u64>,
    #[prost(uint64, optional, tag = "7")]
    pub(crate) expected_head_txid: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Page {
    #[prost(uint32, tag = "1")]
    pub(crate) pgno: u32,
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(crate) bytes: Option<Bytes>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ToEnvoy {
    #[prost(oneof = "to_envoy::Kind", tags = "2, 5, 7, 10")]
    pub(crate) kind: Option<to_envoy::Kind>,
}

pub(crate) mod to_envoy {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(message, tag = "2")]
        Commands(super::Commands),
        #[prost(message, tag = "5")]
        TunnelMessage(super::TunnelMessage),
        #[prost(message, tag = "7")]
        GetPages(super::GetPagesOk),
        #[prost(message, tag = "10")]
        Execute(super::ExecuteOk),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Commands {
    #[prost(message, repeated, tag = "1")]
    pub(crate) commands: Vec<CommandWrapper>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CommandWrapper {
    #[prost(message, optional, tag = "1")]
    pub(crate) checkpoint: Option<Checkpoint>,
    #[prost(oneof = "command::Kind", tags = "2, 3")]
    pub(crate) command: Option<command::Kind>,
}

pub(crate) mod command {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(message, tag = "2")]
        Start(super::Start),
        #[prost(uint32, tag = "3")]
        Stop(u32),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Start {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, optional, tag = "2")]
    pub(crate) key: Option<String>,
    #[prost(int64, tag = "3")]
    pub(crate) create_ts: i64,
    #[prost(bytes = "bytes", optional, tag = "4")]
    pub(crate) input: Option<Bytes>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) hibernating_requests: Vec<HibernatingRequest>,
    #[prost(message, optional, tag = "6")]
    pub(crate) preloaded_kv: Option<PreloadedKv>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HibernatingRequest {
    #[prost(fixed32, tag = "1")]
    pub(crate) gateway_id: u32,
    #[prost(fixed32, tag = "2")]
    pub(crate) request_id: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PreloadedKv {
    #[prost(message, repeated, tag = "1")]
    pub(crate) entries: Vec<Entry>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub(crate) requested_get_keys: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub(crate) requested_prefixes: Vec<Bytes>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Entry {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) version: Bytes,
    #[prost(int64, tag = "4")]
    pub(crate) update_ts: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TunnelMessage {
    #[prost(fixed32, tag = "1")]
    pub(crate) gateway_id: u32,
    #[prost(fixed32, tag = "2")]
    pub(crate) request_id: u32,
    #[prost(uint32, tag = "3")]
    pub(crate) message_index: u32,
    #[prost(oneof = "tunnel::Kind", tags = "4, 8")]
    pub(crate) kind: Option<tunnel::Kind>,
}

pub(crate) mod tunnel {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(message, tag = "4")]
        RequestStart(super::RequestStart),
        #[prost(message, tag = "8")]
        WebSocketMessage(super::WebSocketMessage),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RequestStart {
    #[prost(string, tag = "1")]
    pub(crate) actor_id: String,
    #[prost(string, tag = "2")]
    pub(crate) method: String,
    #[prost(string, tag = "3")]
    pub(crate) path: String,
    #[prost(map = "string, string", tag = "4")]
    pub(crate) headers: HashMap<String, String>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    pub(crate) body: Option<Bytes>,
    #[prost(bool, tag = "6")]
    pub(crate) stream: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WebSocketMessage {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) data: Bytes,
    #[prost(bool, tag = "2")]
    pub(crate) binary: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetPagesOk {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(message, repeated, tag = "2")]
    pub(crate) pages: Vec<Page>,
    #[prost(uint64, optional, tag = "3")]
    pub(crate) head_txid: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecuteOk {
    #[prost(uint32, tag = "1")]
    pub(crate) request_id: u32,
    #[prost(string, repeated, tag = "2")]
    pub(crate) columns: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) rows: Vec<Row>,
    #[prost(int64, tag = "4")]
    pub(crate) changes: i64,
    #[prost(int64, optional, tag = "5")]
    pub(crate) last_insert_row_id: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Row {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<Value>,
}

/// Null if there is no kind.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Value {
    #[prost(oneof = "value::Kind", tags = "1, 2, 3, 4")]
    pub(crate) kind: Option<value::Kind>,
}

pub(crate) mod value {
    use bytes::Bytes;

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(crate) enum Kind {
        #[prost(int64, tag = "1")]
        Integer(i64),
        #[prost(double, tag = "2")]
        Float(f64),
        #[prost(string, tag = "3")]
        Text(String),
        #[prost(bytes = "bytes", tag = "4")]
        Blob(Bytes),
    }
}

/// The message, which is one of those that are measured.
pub(crate) fn to_rivet(value: model::ToRivet) -> Result<ToRivet> {
    let kind = match value {
        model::ToRivet::Events(events) => to_rivet::Kind::Events(Events {
            events: events.into_iter().map(event).collect(),
        }),
        model::ToRivet::Pong(ts) => to_rivet::Kind::Pong(Pong { ts }),
        model::ToRivet::GetPages(request) => to_rivet::Kind::GetPages(GetPagesRequest {
            request_id: request.request_id,
            actor_id: request.actor_id,
            pgnos: request.pgnos,
            expected_generation: request.expected_generation,
            expected_head_txid: request.expected_head_txid,
        }),
        model::ToRivet::Commit(request) => to_rivet::Kind::Commit(CommitRequest {
            request_id: request.request_id,
            actor_id: request.actor_id,
            dirty_pages: request
                .dirty_pages
                .into_iter()
                .map(|page| Page {
                    pgno: page.pgno,
                    bytes: Some(page.bytes.into()),
                })
                .collect(),
            db_size_pages: request.db_size_pages,
            now_ms: request.now_ms,
            expected_generation: request.expected_generation,
            expected_head_txid: request.expected_head_txid,
        }),
        _ => bail!("expected a message that is measured"),
    };
    Ok(ToRivet { kind: Some(kind) })
}

/// The message, which is one of those that are measured.
pub(crate) fn to_envoy(value: model::ToEnvoy) -> Result<ToEnvoy> {
    let kind = match value {
        model::ToEnvoy::Commands(commands) => to_envoy::Kind::Commands(Commands {
            commands: commands.into_iter().map(command).collect(),
        }),
        model::ToEnvoy::TunnelMessage(message) => {
            to_envoy::Kind::TunnelMessage(tunnel_message(message)?)
        }
        model::ToEnvoy::GetPages(response) => {
            let model::GetPagesResult::Ok(ok) = response.result else {
                bail!("expected pages");
            };
            let page = |page: model::FetchedPage| Page {
                pgno: page.pgno,
                bytes: page.bytes.map(Bytes::from),
            };
            to_envoy::Kind::GetPages(GetPagesOk {
                request_id: response.request_id,
                pages: ok.pages.into_iter().map(page).collect(),
                head_txid: ok.head_txid,
            })
        }
        model::ToEnvoy::Execute(response) => {
            let model::ExecuteResult::Ok(ok) = response.result else {
                bail!("expected rows");
            };
            let row = |row: Vec<model::Value>| Row {
                values: row.into_iter().map(value_of).collect(),
            };
            to_envoy::Kind::Execute(ExecuteOk {
                request_id: response.request_id,
                columns: ok.columns,
                rows: ok.rows.into_iter().map(row).collect(),
                changes: ok.changes,
                last_insert_row_id: ok.last_insert_row_id,
            })
        }
        _ => bail!("expected a message that is measured"),
    };
    Ok(ToEnvoy { kind: Some(kind) })
}

fn event(wrapper: model::EventWrapper) -> EventWrapper {
    let event = match wrapper.event {
        model::Event::Intent(model::Intent::Sleep) => event::Kind::Intent(Intent::Sleep as i32),
        model::Event::Intent(model::Intent::Stop) => event::Kind::Intent(Intent::Stop as i32),
        model::Event::StateUpdate(model::State::Running) => {
            event::Kind::StateUpdate(State { stopped: None })
        }
        model::Event::StateUpdate(model::State::Stopped(stopped)) => {
            event::Kind::StateUpdate(State {
                stopped: Some(Stopped {
                    is_error: stopped.code == model::StopCode::Error,
                    message: stopped.message,
                }),
            })
        }
        model::Event::SetAlarm(alarm_ts) => event::Kind::SetAlarm(Alarm { alarm_ts }),
    };
    EventWrapper {
        checkpoint: Some(checkpoint(wrapper.checkpoint)),
        event: Some(event),
    }
}

fn checkpoint(checkpoint: model::Checkpoint) -> Checkpoint {
    Checkpoint {
        actor_id: checkpoint.actor_id,
        generation: checkpoint.generation,
        index: checkpoint.index,
    }
}

fn command(wrapper: model::CommandWrapper) -> CommandWrapper {
    let command = match wrapper.command {
        model::Command::Start(start) => command::Kind::Start(Start {
            name: start.name,
            key: start.key,
            create_ts: start.create_ts,
            input: start.input.map(Bytes::from),
            hibernating_requests: start
                .hibernating_requests
                .into_iter()
                .map(|(gateway, request)| HibernatingRequest {
                    gateway_id: u32::from_le_bytes(gateway),
                    request_id: u32::from_le_bytes(request),
                })
                .collect(),
            preloaded_kv: start.preloaded_kv.map(preloaded_kv),
        }),
        model::Command::Stop(reason) => command::Kind::Stop(reason as u32),
    };
    CommandWrapper {
        checkpoint: Some(checkpoint(wrapper.checkpoint)),
        command: Some(command),
    }
}

fn preloaded_kv(kv: model::PreloadedKv) -> PreloadedKv {
    let bytes = |keys: Vec<Vec<u8>>| keys.into_iter().map(Bytes::from).collect();
    let entry = |entry: model::Entry| Entry {
        key: entry.key.into(),
        value: entry.value.into(),
        version: entry.version.into(),
        update_ts: entry.update_ts,
    };
    PreloadedKv {
        entries: kv.entries.into_iter().map(entry).collect(),
        requested_get_keys: bytes(kv.requested_get_keys),
        requested_prefixes: bytes(kv.requested_prefixes),
    }
}

fn tunnel_message(message: model::TunnelMessage) -> Result<TunnelMessage> {
    let kind = match message.kind {
        model::TunnelMessageKind::RequestStart(start) => tunnel::Kind::RequestStart(RequestStart {
            actor_id: start.actor_id,
            method: start.method,
            path: start.path,
            headers: start.headers,
            body: start.body.map(Bytes::from),
            stream: start.stream,
        }),
        model::TunnelMessageKind::WebSocketMessage(message) => {
            tunnel::Kind::WebSocketMessage(WebSocketMessage {
                data: message.data.into(),
                binary: message.binary,
            })
        }
        _ => bail!("expected a message that is measured"),
    };
    Ok(TunnelMessage {
        gateway_id: u32::from_le_bytes(message.gateway_id),
        request_id: u32::from_le_bytes(message.request_id),
        message_index: message.message_index.into(),
        kind: Some(kind),
    })
}

fn value_of(value: model::Value) -> Value {
    let kind = match value {
        model::Value::Null => None,
        model::Value::Integer(value) => Some(value::Kind::Integer(value)),
        model::Value::Float(value) => Some(value::Kind::Float(f64::from_be_bytes(value))),
        model::Value::Text(value) => Some(value::Kind::Text(value)),
        model::Value::Blob(value) => Some(value::Kind::Blob(value.into())),
    };
    Value { kind }
}
