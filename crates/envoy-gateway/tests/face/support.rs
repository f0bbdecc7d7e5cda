//! A gateway on a socket of its own, a scripted host, and a client.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_gateway::{Builder, Gateway, Timing};
use envoy_protocol::bare::Map;
use envoy_protocol::latest::{
    self, ActorState, Command, Event, MessageId, StopActorReason, ToEnvoy, ToEnvoyRequestStart,
    ToEnvoyTunnelMessageKind as ToHost, ToRivet, ToRivetResponseChunk, ToRivetResponseStart,
    ToRivetTunnelMessageKind as FromHost,
};
use envoy_protocol::ws::{
    ConnectConfig, EnvoyKey, HostConnection, HostParams, ReceiveError, Token, connect,
};
use envoy_protocol::{Close, Version};
use futures_util::StreamExt as _;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Both versions that hosts speak.
pub(crate) const VERSIONS: [Version; 2] = [Version::V4, Version::V5];
/// Longer than anything takes that happens at all, on a machine that does other things at the same time.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const POOL: &str = "pool";

/// A gateway in memory, on a port that is free, with a pool.
pub(crate) async fn gateway() -> Gateway {
    started(builder()).await
}

pub(crate) fn builder() -> Builder {
    Gateway::builder()
        .listen("127.0.0.1:0")
        .in_memory()
        .timing(timing())
}

/// Times that nothing comes near to that happens at all, and short pauses.
pub(crate) fn timing() -> Timing {
    let mut timing = Timing::default();
    timing.actor_ready = PATIENCE;
    timing.retry_backoff = Duration::from_millis(20);
    timing.shutdown = PATIENCE;
    timing
}

pub(crate) async fn started(builder: Builder) -> Gateway {
    let gateway = builder.start().await.expect("it starts");
    let client = Client::of(&gateway);
    client.pool(POOL).await;
    gateway
}

/// A gateway, a host of this version that is connected to it, who calls it, and an actor that the host runs.
pub(crate) async fn world(version: Version) -> (Gateway, Host, Client, String) {
    world_over(gateway().await, version).await
}

/// The same with this gateway.
pub(crate) async fn world_over(
    gateway: Gateway,
    version: Version,
) -> (Gateway, Host, Client, String) {
    let host = Host::connect(&gateway, "host", version).await;
    let client = Client::of(&gateway);
    let actor = client.actor().await;
    (gateway, host, client, actor)
}

/// What calls the gateway.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) headers: HeaderMap,
}

impl Client {
    pub(crate) fn of(gateway: &Gateway) -> Self {
        Self {
            address: gateway.local_addr(),
            headers: HeaderMap::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("it is a value");
        self.headers.append(name, value);
        self
    }

    /// Sends a request on a connection of its own, and gives what comes back before the body.
    pub(crate) async fn begin(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> hyper::Result<Response<Incoming>> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(connection);
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("it is a path");
        *request.headers_mut() = self.headers.clone();
        request
            .headers_mut()
            .insert("host", "here".parse().expect("it is one"));
        timeout(PATIENCE, sender.send_request(request))
            .await
            .expect("there is an answer")
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Response<Bytes> {
        let response = self
            .begin(method, path, body)
            .await
            .expect("there is a response");
        let (parts, body) = response.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.expect("it ends");
        Response::from_parts(parts, body.expect("it is whole").to_bytes())
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Calls the API with JSON.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let client = self.clone().with("content-type", "application/json");
        let response = client.send(method, path, body.to_string()).await;
        (response.status().as_u16(), parsed(&response))
    }

    pub(crate) async fn pool(&self, pool: &str) {
        let body = json!({ "datacenters": { "default": { "normal": {} } } });
        let path = format!("/runner-configs/{pool}?namespace=default");
        let (status, answer) = self.call(Method::PUT, &path, body).await;
        assert_eq!(
            (status, &answer["endpoint_config_changed"]),
            (200, &json!(true))
        );
    }

    /// Makes an actor, and gives its id.
    pub(crate) async fn actor(&self) -> String {
        let (status, answer) = self
            .call(Method::POST, "/actors?namespace=default", new_actor(None))
            .await;
        assert_eq!(status, 200, "{answer}");
        answer["actor"]["actor_id"]
            .as_str()
            .expect("it has an id")
            .to_owned()
    }

    /// A GET to an actor, in a task.
    pub(crate) fn ask(&self, actor: &str) -> JoinHandle<Response<Bytes>> {
        let (client, path) = (self.clone(), format!("/gateway/{actor}/"));
        tokio::spawn(async move { client.get(&path).await })
    }

    /// A GET to an actor that its host has heard of: under this id.
    pub(crate) async fn asked(
        &self,
        actor: &str,
        host: &mut Host,
    ) -> (JoinHandle<Response<Bytes>>, MessageId) {
        let asking = self.ask(actor);
        let (id, _) = host.request().await;
        (asking, id)
    }

    /// What an actor is now.
    pub(crate) async fn look(&self, actor: &str) -> Value {
        let path = format!("/actors?namespace=default&actor_ids={actor}&include_destroyed=true");
        parsed(&self.get(&path).await)["actors"][0].clone()
    }

    /// Waits until a number of the metrics is this one.
    pub(crate) async fn metric_becomes(&self, line: &str, value: f64) {
        let began = Instant::now();
        loop {
            let found = self.metric(line).await;
            if found == Some(value) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "expected {line} to be {value}, but found {found:?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A number of the metrics.
    pub(crate) async fn metric(&self, line: &str) -> Option<f64> {
        let text = self.get("/metrics").await;
        let text = String::from_utf8_lossy(text.body()).into_owned();
        let found = text
            .lines()
            .find(|found| found.rsplit_once(' ').is_some_and(|(name, _)| name == line));
        found.and_then(|found| found.rsplit_once(' ')?.1.parse().ok())
    }
}

pub(crate) fn new_actor(key: Option<&str>) -> Value {
    json!({
        "name": "thingy",
        "key": key,
        "input": null,
        "runner_name_selector": POOL,
        "crash_policy": "sleep",
    })
}

pub(crate) fn parsed(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body())
        .unwrap_or_else(|error| panic!("expected JSON, but found {response:?}: {error}"))
}

/// The body of what a request is answered.
pub(crate) async fn body(asking: JoinHandle<Response<Bytes>>) -> Bytes {
    asking.await.expect("it is answered").into_body()
}

/// Status, and group and code of an error, which the header says too.
pub(crate) fn error(response: &Response<Bytes>) -> (u16, String) {
    let body = parsed(response);
    let [group, code] = ["group", "code"].map(|name| body[name].as_str().unwrap_or_default());
    let name = format!("{group}.{code}");
    assert_eq!(response.headers()["x-rivet-error"], name.as_str());
    assert!(body["message"].is_string(), "{body}");
    (response.status().as_u16(), name)
}

/// What a host does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// It starts actors that it is told to start, and stops them likewise.
    Obeys,
    /// It does nothing but answer pings.
    Listens,
}

/// A scripted host: a connection, and not the machine behind it, so that it can break every rule.
pub(crate) struct Host {
    out: mpsc::UnboundedSender<ToRivet>,
    requests: mpsc::UnboundedReceiver<(MessageId, ToHost)>,
    commands: mpsc::UnboundedReceiver<latest::CommandWrapper>,
    task: JoinHandle<Option<ReceiveError>>,
}

pub(crate) fn params(key: &str, version: Version) -> HostParams {
    let key = EnvoyKey::new(key).expect("it is one");
    HostParams::new("default", POOL, key)
        .expect("they are right")
        .at(version)
}

pub(crate) fn target(address: SocketAddr, params: HostParams) -> ConnectConfig {
    ConnectConfig::new(
        format!("http://{address}").parse().expect("it is one"),
        params,
    )
}

/// How a connection that is refused was closed.
pub(crate) async fn refused(address: SocketAddr, params: HostParams, token: Option<&str>) -> Close {
    let mut target = target(address, params);
    target.token = token.and_then(Token::new);
    let mut connection = connect(&target).await.expect("it gets a 101");
    let ended = timeout(PATIENCE, connection.next())
        .await
        .expect("it is closed");
    match ended {
        Some(Err(ReceiveError::Closed(close))) => close,
        other => panic!("expected a close, but found {other:?}"),
    }
}

impl Host {
    pub(crate) async fn connect(gateway: &Gateway, key: &str, version: Version) -> Self {
        Self::scripted(gateway, key, version, Script::Obeys).await
    }

    pub(crate) async fn scripted(
        gateway: &Gateway,
        key: &str,
        version: Version,
        script: Script,
    ) -> Self {
        let target = target(gateway.local_addr(), params(key, version));
        let mut connection = connect(&target).await.expect("it is accepted");
        let (out, said) = mpsc::unbounded_channel();
        let (tunnel, requests) = mpsc::unbounded_channel();
        let (commanded, commands) = mpsc::unbounded_channel();
        connection
            .send(&ToRivet::ToRivetMetadata(latest::ToRivetMetadata {
                prepopulate_actor_names: None,
                metadata: None,
            }))
            .await
            .expect("it is connected");
        match timeout(PATIENCE, connection.next())
            .await
            .expect("it is welcomed")
        {
            Some(Ok(frame)) => assert!(matches!(frame.to_owned(), ToEnvoy::ToEnvoyInit(_))),
            other => panic!("expected an init, but found {other:?}"),
        }
        let task = tokio::spawn(drive(connection, script, said, tunnel, commanded));
        Self {
            out,
            requests,
            commands,
            task,
        }
    }

    /// The next request.
    pub(crate) async fn request(&mut self) -> (MessageId, ToEnvoyRequestStart) {
        match self.message().await {
            (id, ToHost::ToEnvoyRequestStart(start)) => (id, start),
            other => panic!("expected a request, but found {other:?}"),
        }
    }

    /// Waits until it is told that nobody waits for this request any more.
    pub(crate) async fn aborted(&mut self, request: &MessageId) {
        match self.message().await {
            (id, ToHost::ToEnvoyRequestAbort) => {
                assert_eq!(id.request_id, request.request_id);
                assert_eq!(id.message_index, 1);
            }
            other => panic!("expected an abort, but found {other:?}"),
        }
    }

    async fn message(&mut self) -> (MessageId, ToHost) {
        timeout(PATIENCE, self.requests.recv())
            .await
            .expect("something comes")
            .expect("it is connected")
    }

    /// Whether nothing is waiting to be looked at, after a while.
    pub(crate) async fn hears_nothing(&mut self, wait: Duration) -> bool {
        timeout(wait, self.requests.recv()).await.is_err()
    }

    pub(crate) async fn command(&mut self) -> latest::CommandWrapper {
        timeout(PATIENCE, self.commands.recv())
            .await
            .expect("something comes")
            .expect("it is connected")
    }

    /// Says something to a request, at this position.
    pub(crate) fn say(&self, request: &MessageId, message_index: u16, message_kind: FromHost) {
        let message_id = MessageId {
            message_index,
            ..*request
        };
        self.tell(ToRivet::ToRivetTunnelMessage(
            latest::ToRivetTunnelMessage {
                message_id,
                message_kind,
            },
        ));
    }

    pub(crate) fn tell(&self, message: ToRivet) {
        self.out.send(message).expect("it is connected");
    }

    pub(crate) fn respond(&self, request: &MessageId, status: u16, body: &[u8]) {
        self.say(request, 0, response(status, &[], body));
    }

    /// Reports what an actor does.
    pub(crate) fn report(&self, actor: &str, generation: u32, index: i64, inner: Event) {
        self.tell(ToRivet::ToRivetEvents(vec![event(
            actor, generation, index, inner,
        )]));
    }

    /// Cuts the connection, without a word.
    pub(crate) async fn cut(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// How the connection was closed.
    pub(crate) async fn closed(self) -> Close {
        match timeout(PATIENCE, self.task).await.expect("it ends") {
            Ok(Some(ReceiveError::Closed(close))) => close,
            other => panic!("expected a close, but found {other:?}"),
        }
    }
}

pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> FromHost {
    FromHost::ToRivetResponseStart(ToRivetResponseStart {
        status,
        headers: map(headers),
        body: (!body.is_empty()).then(|| body.to_vec()),
        stream: false,
    })
}

pub(crate) fn beginning(headers: &[(&str, &str)], body: &[u8]) -> FromHost {
    FromHost::ToRivetResponseStart(ToRivetResponseStart {
        status: 200,
        headers: map(headers),
        body: (!body.is_empty()).then(|| body.to_vec()),
        stream: true,
    })
}

pub(crate) fn chunk(body: &[u8]) -> FromHost {
    FromHost::ToRivetResponseChunk(ToRivetResponseChunk {
        body: body.to_vec(),
        finish: false,
    })
}

pub(crate) fn last(body: &[u8]) -> FromHost {
    FromHost::ToRivetResponseChunk(ToRivetResponseChunk {
        body: body.to_vec(),
        finish: true,
    })
}

fn map(headers: &[(&str, &str)]) -> Map<String, String> {
    let entries = headers.iter();
    let entries = entries.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Map::from_entries(entries.collect()).expect("names differ")
}

fn event(actor: &str, generation: u32, index: i64, inner: Event) -> latest::EventWrapper {
    latest::EventWrapper {
        checkpoint: latest::ActorCheckpoint {
            actor_id: actor.to_owned(),
            generation,
            index,
        },
        inner,
    }
}

pub(crate) fn state(state: ActorState) -> Event {
    Event::EventActorStateUpdate(latest::EventActorStateUpdate { state })
}

pub(crate) fn stopped(message: Option<&str>) -> Event {
    state(ActorState::ActorStateStopped(latest::ActorStateStopped {
        code: match message {
            Some(_) => latest::StopCode::Error,
            None => latest::StopCode::Ok,
        },
        message: message.map(str::to_owned),
    }))
}

async fn drive(
    mut connection: HostConnection,
    script: Script,
    mut said: mpsc::UnboundedReceiver<ToRivet>,
    tunnel: mpsc::UnboundedSender<(MessageId, ToHost)>,
    commanded: mpsc::UnboundedSender<latest::CommandWrapper>,
) -> Option<ReceiveError> {
    loop {
        let frame = tokio::select! {
            Some(message) = said.recv() => {
                // An end is to be received, whatever could not be sent.
                let _ = connection.send(&message).await;
                continue;
            }
            frame = connection.next() => frame?,
        };
        let message = match frame {
            Ok(frame) => frame.to_owned(),
            Err(error) => return Some(error),
        };
        match message {
            ToEnvoy::ToEnvoyPing(ping) => {
                let answer = ToRivet::ToRivetPong(latest::ToRivetPong { ts: ping.ts });
                let _ = connection.send(&answer).await;
            }
            ToEnvoy::ToEnvoyTunnelMessage(message) => {
                let _ = tunnel.send((message.message_id, message.message_kind));
            }
            ToEnvoy::ToEnvoyCommands(commands) => {
                for command in commands {
                    if script == Script::Obeys {
                        let _ = connection.send(&obey(&command)).await;
                    }
                    let _ = commanded.send(command);
                }
            }
            _ => {}
        }
    }
}

/// What an actor reports that does what it is told, and nothing else.
fn obey(command: &latest::CommandWrapper) -> ToRivet {
    let latest::ActorCheckpoint {
        actor_id,
        generation,
        ..
    } = &command.checkpoint;
    let event = match &command.inner {
        Command::CommandStartActor(_) => event(
            actor_id,
            *generation,
            0,
            state(ActorState::ActorStateRunning),
        ),
        Command::CommandStopActor(stop) => {
            let message = (stop.reason == StopActorReason::Lost).then_some("lost");
            event(actor_id, *generation, 1, stopped(message))
        }
    };
    ToRivet::ToRivetEvents(vec![event])
}

/// A folder that goes with this.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "envoy-gateway-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
