//! Actors as users write them, run by `envoy-client`: the same one with local and with remote SQL.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use envoy_client::{
    Actor, ActorResult, EnvoyKey, Host, List, Options, Request, Response, Storage, Value,
};
use envoy_protocol::Version;
use envoy_protocol::latest::{SqliteCommitRequest, SqliteGetPagesRequest, SqliteGetPagesResponse};
use envoy_protocol::session::CommitEnd;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::{contains, now_ms, same};
use crate::relay::{Relay, State};

/// Why a request that was fenced succeeds.
const OVER: &str =
    "the gateway sends a request again whose generation ends before its response begins";

/// Holds a request up between its arrival and what it is for.
#[derive(Default)]
struct Turnstile {
    arrived: Notify,
    pass: Notify,
}

/// Keeps notes in its database, and does what requests ask for.
struct Notebook(envoy_client::Context, Arc<Turnstile>);

impl Notebook {
    async fn start_with(
        context: envoy_client::Context,
        turnstile: Arc<Turnstile>,
    ) -> ActorResult<Self> {
        let table = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT, generation INTEGER)";
        context.sql().exec(table).await?;
        Ok(Self(context, turnstile))
    }

    async fn note(&self, text: &str) -> Result<(), envoy_client::Error> {
        let insert = "INSERT INTO note (text, generation) VALUES (?, ?)";
        let values = [Value::from(text), Value::from(self.0.generation())];
        self.0.sql().execute(insert, values).await?;
        Ok(())
    }

    /// What came of a note.
    async fn try_note(&self, text: &str) -> String {
        match self.note(text).await {
            Ok(()) => "noted".to_owned(),
            Err(error) => format!("{}.{}", error.group(), error.code()),
        }
    }

    /// All notes, as `text generation` on a line each.
    async fn notes(&self) -> Result<String, envoy_client::Error> {
        let all = "SELECT text, generation FROM note ORDER BY id";
        let rows = self.0.sql().exec(all).await?.rows;
        let mut text = String::new();
        for row in rows {
            if let [Value::Text(note), Value::Integer(generation)] = &row[..] {
                // A string takes everything.
                let _ = writeln!(text, "{note} {generation}");
            }
        }
        Ok(text)
    }

    /// Every operation of the key-value store, on more keys than go into one request.
    async fn kv(&self) -> ActorResult<String> {
        let kv = self.0.kv();
        let many: Vec<_> = (0..300)
            .map(|n| (format!("k{n:03}"), format!("v{n}")))
            .collect();
        kv.put_many(&many).await?;
        let found = kv.get_many(&["k007", "none", "k299"]).await?;
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        if found != [Some(&b"v7"[..]), None, Some(b"v299")] {
            return Err(format!("found {found:?}").into());
        }
        let last = kv.list(List::prefix(b"k").descending().limit(2)).await?;
        let last: Vec<_> = last.iter().map(|entry| &entry.key[..]).collect();
        if last != [b"k299", b"k298"] {
            return Err(format!("listed {last:?}").into());
        }
        kv.delete_range("k010", "k290").await?;
        kv.delete("k000").await?;
        let left = kv.list(List::range(b"k", b"l")).await?.len();
        kv.clear().await?;
        let after = kv.list(List::all()).await?.len();
        Ok(format!("{left} {after}"))
    }
}

impl Actor for Notebook {
    async fn start(context: envoy_client::Context) -> ActorResult<Self> {
        Self::start_with(context, Arc::default()).await
    }

    async fn request(&self, request: Request) -> ActorResult<Response> {
        let text = String::from_utf8_lossy(request.body()).into_owned();
        let body = match request.uri().path() {
            "/notes" => Bytes::from(self.notes().await?),
            "/note" => Bytes::from(self.try_note(&text).await),
            "/later" => {
                self.1.arrived.notify_one();
                self.1.pass.notified().await;
                Bytes::from(self.try_note(&text).await)
            }
            "/kv" => Bytes::from(self.kv().await?),
            "/alarm" => {
                self.0
                    .set_alarm_in(Duration::from_millis(text.parse()?))
                    .await?;
                Bytes::from_static(b"set")
            }
            "/sleep" => {
                self.0.sleep()?;
                Bytes::from_static(b"soon")
            }
            "/stop" => {
                self.0.stop()?;
                Bytes::from_static(b"soon")
            }
            "/count" => {
                let count = self.0.state().load().await?.map_or(0, |count| count[0]) + 1;
                self.0.state().set([count]);
                Bytes::from(count.to_string())
            }
            "/echo" => request.into_body(),
            path => return Err(format!("expected something to do, but found {path}").into()),
        };
        Ok(Response::new(body))
    }

    async fn alarm(&self) -> ActorResult {
        Ok(self.note("alarm").await?)
    }

    async fn sleep(&self) -> ActorResult {
        Ok(self.note("sleep").await?)
    }
}

/// A host of our own, and an actor that runs on it.
struct Running {
    host: Host,
    relay: Relay,
    turnstile: Arc<Turnstile>,
    id: String,
    context: Context,
}

impl Running {
    async fn start(context: Context, storage: Storage) -> Result<Self> {
        let turnstile = Arc::default();
        let (host, relay) = host(&context, "ours", storage, &turnstile).await?;
        let id = context.make_actor().await?;
        context
            .api
            .actor_with(&id, "connectable_ts", PATIENCE)
            .await?;
        Ok(Self {
            host,
            relay,
            turnstile,
            id,
            context,
        })
    }

    async fn ask(&self, path: &str, body: &str) -> Result<String> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let path = format!("/gateway/{}{path}", self.id);
        let api = self.context.api;
        let answer = api
            .request(Method::POST, &path, HeaderMap::new(), body)
            .await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        ensure!(
            answer.status() == StatusCode::OK,
            "expected 200 for {path}, but found {}: {text}",
            answer.status()
        );
        Ok(text)
    }

    async fn until(&self, field: &str) -> Result<Json> {
        self.context.api.actor_with(&self.id, field, PATIENCE).await
    }

    /// Ends the host, and the actor with it: nobody waits for where it goes then.
    async fn end(self) -> Result<()> {
        Ok(self.host.drain().await?)
    }
}

/// A host of our own, in the case's pool.
async fn host(
    context: &Context,
    name: &str,
    storage: Storage,
    turnstile: &Arc<Turnstile>,
) -> Result<(Host, Relay)> {
    let turnstile = Arc::clone(turnstile);
    let relay = Relay::start(
        context.api.authority(),
        context.version,
        context.audit.clone(),
    )
    .await?;
    let key = context.key(name);
    let mut host = envoy_client::host(format!("http://{}", relay.authority()))
        .pool(&context.pool)
        .version(context.version)
        .envoy_key(EnvoyKey::new(&*key)?)
        .options(Options::with_sql(storage))
        .actor_with("thingy", move |context| {
            Notebook::start_with(context, Arc::clone(&turnstile))
        })
        .start()
        .await?;
    same("version", &host.ready().await?, &context.version)?;
    context
        .envoy_until(&key, "in its pool", |envoy| envoy.is_some())
        .await?;
    Ok((host, relay))
}

/// What was written is read by the next generation.
async fn keeps_its_notes(context: Context, storage: Storage) -> Result<String> {
    let running = Running::start(context, storage).await?;
    same("answer", &*running.ask("/note", "one").await?, "noted")?;
    running.context.api.sleep(&running.id).await?;
    running.until("sleep_ts").await?;
    same(
        "notes",
        &*running.ask("/notes", "").await?,
        "one 1\nsleep 1\n",
    )?;
    same("answer", &*running.ask("/count", "").await?, "1")?;
    running.ask("/sleep", "").await?;
    running.until("sleep_ts").await?;
    same(
        "state, saved at the end",
        &*running.ask("/count", "").await?,
        "2",
    )?;
    let notes = running.ask("/notes", "").await?;
    same("notes", &*notes, "one 1\nsleep 1\nsleep 2\n")?;
    running.end().await?;
    Ok("put to sleep by the API and by itself; notes and state of generations 1 and 2 in generation 3".to_owned())
}

pub(super) async fn local_sql(context: Context) -> Result<String> {
    keeps_its_notes(context, Storage::Local).await
}

pub(super) async fn remote_sql(context: Context) -> Result<String> {
    keeps_its_notes(context, Storage::Remote).await
}

pub(super) async fn kv(context: Context) -> Result<String> {
    let running = Running::start(context, Storage::Local).await?;
    same(
        "entries left, and after clearing",
        &*running.ask("/kv", "").await?,
        "19 0",
    )?;
    running.end().await?;
    Ok("300 keys in parts, get, list, delete, ranges, clear".to_owned())
}

pub(super) async fn alarm(context: Context) -> Result<String> {
    goes_off(context, Storage::Local).await
}

pub(super) async fn alarm_of_remote_sql(context: Context) -> Result<String> {
    goes_off(context, Storage::Remote).await
}

/// One alarm goes off while its actor sleeps and wakes it, one while it runs.
async fn goes_off(context: Context, storage: Storage) -> Result<String> {
    let running = Running::start(context, storage).await?;
    // By then it sleeps, on a machine that is busy with other things too.
    let due = now_ms()? + 6_000;
    running.ask("/alarm", "6000").await?;
    running.ask("/sleep", "").await?;
    running.until("sleep_ts").await?;
    loop {
        let actor = running.context.api.actor(&running.id).await?;
        if actor["sleep_ts"].is_null() {
            break;
        }
        ensure!(
            now_ms()? < due + 30_000,
            "expected the actor awake, but found {actor}"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let noted = async |wanted: &str| -> Result<()> {
        loop {
            let notes = running.ask("/notes", "").await?;
            if notes == wanted {
                return Ok(());
            }
            ensure!(
                now_ms()? < due + 30_000,
                "expected {wanted:?}, but found {notes:?}"
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    noted("sleep 1\nalarm 2\n").await?;
    running.ask("/alarm", "100").await?;
    noted("sleep 1\nalarm 2\nalarm 2\n").await?;
    // It has gone off, and wakes nobody.
    running.ask("/sleep", "").await?;
    running.until("sleep_ts").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let actor = running.context.api.actor(&running.id).await?;
    ensure!(
        !actor["sleep_ts"].is_null(),
        "expected an actor that sleeps on, but found {actor}"
    );
    running.end().await?;
    Ok("woken by it in generation 2, which was called; called while it runs; neither wakes it again".to_owned())
}

/// What goes through the tunnel whole, what an actor fails at, and how it ends itself.
pub(super) async fn http(context: Context) -> Result<String> {
    let running = Running::start(context, Storage::Local).await?;
    let large = "0123456789".repeat(300_000);
    let echoed = running.ask("/echo", &large).await?;
    same("whether the body is the same", &(echoed == large), &true)?;
    let path = format!("/gateway/{}/other", running.id);
    let (api, empty) = (running.context.api, Bytes::new());
    let failed = api
        .request(Method::GET, &path, HeaderMap::new(), empty)
        .await?;
    same("status", &failed.status().as_u16(), &500)?;
    same(
        "error",
        &failed.headers()["x-rivet-error"],
        "envoy.request_failed",
    )?;
    running.ask("/stop", "").await?;
    running.until("destroy_ts").await?;
    running.end().await?;
    Ok(
        "3000000 octets there and back; 500 envoy.request_failed; destroyed by its own wish"
            .to_owned(),
    )
}

/// The head fence: a second writer of the same generation stops the first, once, and the next generation goes on.
pub(super) async fn fence(context: Context) -> Result<String> {
    let running = Running::start(context, Storage::Local).await?;
    same("answer", &*running.ask("/note", "one").await?, "noted")?;
    if running.context.version == Version::V4 {
        running.end().await?;
        return Ok("a host of version 4 learns no heads".to_owned());
    }
    // In a pool of its own, so that no actor is started on it.
    let mut elsewhere = running.context.clone();
    elsewhere.pool.push_str("-elsewhere");
    elsewhere.api.make_pool(&elsewhere.pool).await?;
    let mut other = elsewhere.host().await?;
    let read = SqliteGetPagesRequest {
        actor_id: running.id.clone(),
        pgnos: vec![1],
        expected_generation: Some(1),
        expected_head_txid: None,
    };
    let SqliteGetPagesResponse::SqliteGetPagesOk(found) = other.read(read).await? else {
        anyhow::bail!("expected page 1");
    };
    let head = found.head_txid.context("a head")?;
    let first = found.pages[0].bytes.as_deref().context("page 1")?;
    let size = u32::from_be_bytes(first[28..32].try_into()?);
    let commit = SqliteCommitRequest {
        actor_id: running.id.clone(),
        dirty_pages: Vec::new(),
        db_size_pages: size,
        now_ms: now_ms()?,
        expected_generation: Some(1),
        expected_head_txid: Some(head),
    };
    let end = other.commit(commit).await?;
    ensure!(
        matches!(end, CommitEnd::Committed { .. }),
        "expected a commit, but found {end:?}"
    );
    let refused = running.ask("/note", "two").await?;
    // Either the caller hears how it ended, or the gateway, which ends the generation at the same time, was first.
    if refused == "noted" && running.context.is_gateway(OVER) {
        let notes = running.ask("/notes", "").await?;
        same("notes", &*notes, "one 1\ntwo 2\n")?;
        running.end().await?;
        return Ok("fenced; the request is done again, by generation 2".to_owned());
    }
    same("answer", &*refused, "depot.head_fence_mismatch")?;
    let actor = running.until("sleep_ts").await?;
    let message = actor["error"]["crashed"]["message"]
        .as_str()
        .unwrap_or_default();
    let now = head + 1;
    let text = running.context.differs(
        "the gateway says itself why a generation is over",
        format!("expected head txid {head}, current head txid {now}"),
        format!("fenced: expected head txid {head}, but found {now}"),
    );
    contains("error", message, &text)?;
    let notes = running.ask("/notes", "").await?;
    same("notes", &*notes, "one 1\n")?;
    let message = message.to_owned();
    running.end().await?;
    Ok(message)
}

/// A commit whose answer is lost: applied once at version 5; at version 4 nobody can tell, and the generation ends. The request is
/// answered on the next connection, and done once, also where the server sends it again.
pub(super) async fn lost_commit(context: Context) -> Result<String> {
    let running = Running::start(context, Storage::Local).await?;
    let losing = async {
        running.turnstile.arrived.notified().await;
        running.relay.set(State::Mute);
        let answered = running.relay.answers(1);
        running.turnstile.pass.notify_one();
        answered.await?;
        running.relay.cut();
        anyhow::Ok(())
    };
    let (answer, lost) = tokio::join!(running.ask("/later", "one"), losing);
    lost?;
    let (expected, seen) = match running.context.version {
        Version::V4 => (
            "sqlite.indeterminate",
            "version 4 cannot tell: generation 2 finds it noted once",
        ),
        Version::V5 => ("noted", "sent again, noted once"),
    };
    same("answer", &*answer?, expected)?;
    same("notes", &*running.ask("/notes", "").await?, "one 1\n")?;
    running.end().await?;
    Ok(seen.to_owned())
}

/// A host that drains: its actor goes on at another, with what it had.
pub(super) async fn drain(context: Context) -> Result<String> {
    let running = Running::start(context, Storage::Local).await?;
    same("answer", &*running.ask("/note", "one").await?, "noted")?;
    let (second, _relay) = host(
        &running.context,
        "second",
        Storage::Local,
        &running.turnstile,
    )
    .await?;
    let Running {
        host: first,
        relay,
        turnstile,
        id,
        context,
    } = running;
    first.drain().await?;
    let running = Running {
        host: second,
        relay,
        turnstile,
        id,
        context,
    };
    let notes = running.ask("/notes", "").await?;
    same("notes", &*notes, "one 1\nsleep 1\n")?;
    running.end().await?;
    Ok("generation 2 on the other host, with the notes of generation 1".to_owned())
}
