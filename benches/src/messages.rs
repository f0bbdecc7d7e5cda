//! The twelve messages, as a connection carries them. The same on every run.

use envoy_protocol::bare::Map;
use envoy_protocol::v5::{
    ActorCheckpoint, ActorConfig, ActorIntent, ActorState, ActorStateStopped, Command,
    CommandStartActor, CommandWrapper, Event, EventActorIntent, EventActorSetAlarm,
    EventActorStateUpdate, EventWrapper, Id, KvMetadata, MessageId, PreloadedKv, PreloadedKvEntry,
    SqliteColumnValue, SqliteCommitRequest, SqliteDirtyPage, SqliteExecuteOk,
    SqliteExecuteResponse, SqliteExecuteResult, SqliteFetchedPage, SqliteGetPagesOk,
    SqliteGetPagesRequest, SqliteGetPagesResponse, SqliteValueBlob, SqliteValueFloat,
    SqliteValueInteger, SqliteValueText, StopCode, ToEnvoy, ToEnvoyRequestStart,
    ToEnvoySqliteExecuteResponse, ToEnvoySqliteGetPagesResponse, ToEnvoyTunnelMessage,
    ToEnvoyTunnelMessageKind, ToEnvoyWebSocketMessage, ToRivet, ToRivetPong,
    ToRivetSqliteCommitRequest, ToRivetSqliteGetPagesRequest,
};

/// Milliseconds since the Unix epoch.
const NOW: i64 = 1_760_000_000_000;
const PAGE: usize = 4096;

/// A sign of life: the smallest message there is.
#[must_use]
pub fn pong() -> ToRivet {
    ToRivet::ToRivetPong(ToRivetPong { ts: NOW })
}

/// Sixteen events of four actors: an intent, an alarm, a start and an end with a reason, by turns.
#[must_use]
pub fn events() -> ToRivet {
    ToRivet::ToRivetEvents(event_list())
}

/// The events of [`events`].
#[must_use]
pub fn event_list() -> Vec<EventWrapper> {
    let stopped = "the actor was asked to sleep";
    let events = (0..16).map(|at| EventWrapper {
        checkpoint: checkpoint(at / 4, i64::from(at)),
        inner: match at % 4 {
            0 => Event::EventActorIntent(EventActorIntent {
                intent: ActorIntent::ActorIntentSleep,
            }),
            1 => Event::EventActorSetAlarm(EventActorSetAlarm {
                alarm_ts: Some(NOW + i64::from(at)),
            }),
            2 => Event::EventActorStateUpdate(EventActorStateUpdate {
                state: ActorState::ActorStateRunning,
            }),
            _ => Event::EventActorStateUpdate(EventActorStateUpdate {
                state: ActorState::ActorStateStopped(ActorStateStopped {
                    code: StopCode::Ok,
                    message: Some(stopped.to_owned()),
                }),
            }),
        },
    });
    events.collect()
}

/// The start of an actor with a key, an input and 32 preloaded entries of 240 to 376 octets.
#[must_use]
pub fn commands() -> ToEnvoy {
    let key = |at: usize| format!("room/{at:04}/participants").into_bytes();
    let entries = (0..32).map(|at| PreloadedKvEntry {
        key: key(at),
        value: octets(240 + 8 * (at % 18), at),
        metadata: KvMetadata {
            version: b"2.3.19".to_vec(),
            update_ts: NOW - 1000,
        },
    });
    let start = CommandStartActor {
        config: ActorConfig {
            name: "chat-room".to_owned(),
            key: Some("lobby".to_owned()),
            create_ts: NOW,
            input: Some(octets(64, 7)),
        },
        hibernating_requests: Vec::new(),
        preloaded_kv: Some(PreloadedKv {
            entries: entries.collect(),
            requested_get_keys: vec![key(0), key(1)],
            requested_prefixes: vec![b"room/".to_vec()],
        }),
    };
    ToEnvoy::ToEnvoyCommands(vec![CommandWrapper {
        checkpoint: checkpoint(0, 1),
        inner: Command::CommandStartActor(start),
    }])
}

/// What a browser sends by way of two proxies: 24 headers, and a body of 1 KiB.
#[must_use]
pub fn request_start() -> ToEnvoy {
    tunnel(ToEnvoyTunnelMessageKind::ToEnvoyRequestStart(http_request()))
}

/// The request of [`request_start`].
#[must_use]
pub fn http_request() -> ToEnvoyRequestStart {
    let headers = [
        ("host", "api.example.com"),
        (
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        ("content-length", "1024"),
        ("accept", "application/json, text/plain, */*"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
        (
            "authorization",
            "Bearer 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        ("cache-control", "no-cache"),
        ("content-type", "application/json; charset=utf-8"),
        (
            "cookie",
            "session=4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce; theme=dark",
        ),
        ("origin", "https://app.example.com"),
        ("pragma", "no-cache"),
        ("priority", "u=1, i"),
        ("referer", "https://app.example.com/rooms/lobby"),
        (
            "sec-ch-ua",
            "\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"",
        ),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "same-site"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("x-forwarded-for", "203.0.113.7, 198.51.100.23"),
        ("x-forwarded-proto", "https"),
        ("x-request-id", "6f1ed002-ab59-4d2c-8f3a-0d6e7a1b2c3d"),
    ];
    let headers: Map<_, _> = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    ToEnvoyRequestStart {
        actor_id: actor(0),
        method: "POST".to_owned(),
        path: "/rooms/lobby/messages?wait=true".to_owned(),
        headers,
        body: Some(octets(1024, 3)),
        stream: false,
    }
}

/// A WebSocket message of 64 octets.
#[must_use]
pub fn web_socket_message() -> ToEnvoy {
    tunnel(ToEnvoyTunnelMessageKind::ToEnvoyWebSocketMessage(
        ToEnvoyWebSocketMessage {
            data: octets(64, 5),
            binary: true,
        },
    ))
}

/// A request for 64 pages.
#[must_use]
pub fn get_pages_request() -> ToRivet {
    ToRivet::ToRivetSqliteGetPagesRequest(ToRivetSqliteGetPagesRequest {
        request_id: 42,
        data: SqliteGetPagesRequest {
            actor_id: actor(0),
            pgnos: (1..=64).map(|pgno| pgno * 3).collect(),
            expected_generation: Some(3),
            expected_head_txid: None,
        },
    })
}

/// The answer with so many pages.
#[must_use]
pub fn get_pages_ok(pages: u32) -> ToEnvoy {
    ToEnvoy::ToEnvoySqliteGetPagesResponse(ToEnvoySqliteGetPagesResponse {
        request_id: 42,
        data: SqliteGetPagesResponse::SqliteGetPagesOk(SqliteGetPagesOk {
            pages: (1..=pages)
                .map(|pgno| SqliteFetchedPage {
                    pgno,
                    bytes: Some(octets(PAGE, pgno as usize)),
                })
                .collect(),
            head_txid: Some(1234),
        }),
    })
}

/// A commit of so many pages.
#[must_use]
pub fn commit_request(pages: u32) -> ToRivet {
    ToRivet::ToRivetSqliteCommitRequest(ToRivetSqliteCommitRequest {
        request_id: 43,
        data: SqliteCommitRequest {
            actor_id: actor(0),
            dirty_pages: (1..=pages)
                .map(|pgno| SqliteDirtyPage {
                    pgno,
                    bytes: octets(PAGE, pgno as usize),
                })
                .collect(),
            db_size_pages: 512,
            now_ms: NOW,
            expected_generation: Some(3),
            expected_head_txid: Some(1234),
        },
    })
}

/// A result of 1000 rows with 8 columns of every kind of value. All text is ASCII, as most is.
#[must_use]
pub fn execute_ok() -> ToEnvoy {
    ToEnvoy::ToEnvoySqliteExecuteResponse(ToEnvoySqliteExecuteResponse {
        request_id: 44,
        data: SqliteExecuteResponse::SqliteExecuteOk(SqliteExecuteOk { result: rows() }),
    })
}

/// The result of [`execute_ok`].
#[must_use]
pub fn rows() -> SqliteExecuteResult {
    let columns = [
        "id", "uid", "name", "score", "created", "deleted", "hash", "note",
    ];
    let words = [
        "forest", "river", "stone", "cloud", "ember", "harbour", "meadow",
    ];
    let text = |value: String| SqliteColumnValue::SqliteValueText(SqliteValueText { value });
    let integer = |value| SqliteColumnValue::SqliteValueInteger(SqliteValueInteger { value });
    let rows = (0..1000_u32).map(|number| {
        let at = number as usize;
        let word = |nth: usize| words[(at + nth) % words.len()];
        let note: Vec<_> = (0..7).map(|nth| word(nth * 3)).collect();
        let score = [0.25, 0.5, 0.75][at % 3] + f64::from(number);
        vec![
            integer(i64::from(number)),
            text(actor(number)),
            text(format!("{} {number}", word(0))),
            SqliteColumnValue::SqliteValueFloat(SqliteValueFloat {
                value: score.to_be_bytes(),
            }),
            integer(NOW + i64::from(number)),
            SqliteColumnValue::SqliteValueNull,
            SqliteColumnValue::SqliteValueBlob(SqliteValueBlob {
                value: octets(32, at),
            }),
            text(note.join(" ")),
        ]
    });
    SqliteExecuteResult {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        changes: 0,
        last_insert_row_id: None,
    }
}

/// An actor's identifier: 30 characters of base 36.
fn actor(number: u32) -> Id {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    octets(30, number as usize)
        .iter()
        .map(|octet| char::from(DIGITS[usize::from(*octet) % DIGITS.len()]))
        .collect()
}

fn checkpoint(number: u32, index: i64) -> ActorCheckpoint {
    ActorCheckpoint {
        actor_id: actor(number),
        generation: 1,
        index,
    }
}

fn tunnel(message_kind: ToEnvoyTunnelMessageKind) -> ToEnvoy {
    ToEnvoy::ToEnvoyTunnelMessage(ToEnvoyTunnelMessage {
        message_id: MessageId {
            gateway_id: [1, 2, 3, 4],
            request_id: [5, 6, 7, 8],
            message_index: 9,
        },
        message_kind,
    })
}

/// Octets of no pattern, the same for the same seed.
fn octets(len: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64;
    let mut octet = || {
        // splitmix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 56) as u8
    };
    (0..len).map(|_| octet()).collect()
}
