//! A server's HTTP API, and its gateway for HTTP requests to actors. Both servers have the same; what the two answer
//! differently, the cases know.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The namespace that exists by itself.
pub const NAMESPACE: &str = "default";
/// How long a server is waited for, if nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// No answer takes longer, not even one that waits for an actor.
const BOUND: Duration = Duration::from_secs(45);
/// How often the state of an actor is asked for while it is waited for.
const POLL: Duration = Duration::from_millis(25);

/// A server's API, on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub struct Api {
    port: u16,
}

/// What an actor is to be made of. Its name is `thingy`.
#[derive(Debug, Clone, Copy)]
pub struct NewActor<'a> {
    /// Where it is started.
    pub pool: &'a str,
    /// By what it is found, beside its name; none has only its id.
    pub key: Option<&'a str>,
    /// What it is started with, in base64.
    pub input: Option<&'a str>,
}

impl Api {
    /// The API of the server that listens on `port`.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self { port }
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn authority(self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What the server says of itself. An error if it is not well.
    pub async fn health(self) -> Result<Value> {
        self.json(Method::GET, "/health", None).await
    }

    /// Makes a pool that hosts can join. Without it they are refused.
    pub async fn make_pool(self, pool: &str) -> Result<()> {
        let body = json!({ "datacenters": { "default": { "normal": {} } } });
        let path = format!("/runner-configs/{pool}?namespace={NAMESPACE}");
        self.json(Method::PUT, &path, Some(body)).await?;
        Ok(())
    }

    /// All pools, by name.
    pub async fn pools(self) -> Result<Value> {
        self.json(
            Method::GET,
            &format!("/runner-configs?namespace={NAMESPACE}"),
            None,
        )
        .await
    }

    /// Makes an actor, and returns its id.
    pub async fn make_actor(self, actor: &NewActor<'_>) -> Result<String> {
        let body = json!({
            "name": "thingy",
            "key": actor.key,
            "input": actor.input,
            "runner_name_selector": actor.pool,
            "crash_policy": "sleep",
        });
        let made = self
            .json(
                Method::POST,
                &format!("/actors?namespace={NAMESPACE}"),
                Some(body),
            )
            .await?;
        let id = made["actor"]["actor_id"].as_str();
        id.map(str::to_owned)
            .with_context(|| format!("expected an actor, but found {made}"))
    }

    /// An actor, destroyed ones too.
    pub async fn actor(self, id: &str) -> Result<Value> {
        let path = format!("/actors?namespace={NAMESPACE}&actor_ids={id}&include_destroyed=true");
        let mut found = self.json(Method::GET, &path, None).await?;
        ensure!(
            found["actors"].as_array().map_or(0, Vec::len) == 1,
            "expected the actor {id}, but found {found}"
        );
        Ok(found["actors"][0].take())
    }

    /// Asks for an actor until `field` of it is set.
    pub async fn actor_with(self, id: &str, field: &str, bound: Duration) -> Result<Value> {
        let polling = async {
            loop {
                let actor = self.actor(id).await?;
                if !actor[field].is_null() {
                    return Ok(actor);
                }
                tokio::time::sleep(POLL).await;
            }
        };
        match timeout(bound, polling).await {
            Ok(found) => found,
            Err(_) => bail!(
                "expected `{field}` within {bound:?}, but found {}",
                self.actor(id).await?
            ),
        }
    }

    /// Destroys an actor. The answer comes after its host reported it stopped.
    pub async fn destroy(self, id: &str) -> Result<Value> {
        self.json(
            Method::DELETE,
            &format!("/actors/{id}?namespace={NAMESPACE}"),
            None,
        )
        .await
    }

    /// Puts an actor to sleep, and does not wait until it does.
    pub async fn sleep(self, id: &str) -> Result<Value> {
        let path = format!("/actors/{id}/sleep?namespace={NAMESPACE}");
        self.json(Method::POST, &path, Some(json!({}))).await
    }

    /// A value in an actor's store, as the API shows it. The key is in base64.
    pub async fn kv(self, id: &str, key: &str) -> Result<Value> {
        self.json(
            Method::GET,
            &format!("/actors/{id}/kv/keys/{key}?namespace={NAMESPACE}"),
            None,
        )
        .await
    }

    /// The hosts that are connected.
    pub async fn envoys(self) -> Result<Value> {
        self.json(
            Method::GET,
            &format!("/envoys?namespace={NAMESPACE}&limit=1000"),
            None,
        )
        .await
    }

    /// The names of actors that there are or were, and those that hosts have told.
    pub async fn actor_names(self) -> Result<Value> {
        self.json(
            Method::GET,
            &format!("/actors/names?namespace={NAMESPACE}&limit=1000"),
            None,
        )
        .await
    }

    /// A request through the gateway, or any other, and whatever is answered.
    pub async fn request(
        self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>> {
        let exchange = async {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            // It ends with the exchange, and what went wrong with it the exchange says.
            let connection = tokio::spawn(connection);
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .body(Full::new(body))?;
            *request.headers_mut() = headers;
            request
                .headers_mut()
                .insert(HOST, HeaderValue::from_str(&self.authority())?);
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            connection.abort();
            anyhow::Ok(Response::from_parts(head, body))
        };
        match timeout(BOUND, exchange).await {
            Ok(answer) => answer,
            Err(_) => bail!("expected an answer within {BOUND:?}"),
        }
        .with_context(|| format!("request to {path}"))
    }

    /// `GET` through the gateway.
    pub async fn gateway_get(self, actor: &str, path: &str) -> Result<Response<Bytes>> {
        self.request(
            Method::GET,
            &format!("/gateway/{actor}{path}"),
            HeaderMap::new(),
            Bytes::new(),
        )
        .await
    }

    /// An answer that is not 200 is an error.
    async fn json(self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut headers = HeaderMap::new();
        let mut octets = Bytes::new();
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            octets = body.to_string().into();
        }
        let answer = self.request(method.clone(), path, headers, octets).await?;
        ensure!(
            answer.status() == StatusCode::OK,
            "expected 200 for {method} {path}, but found {}: {}",
            answer.status(),
            String::from_utf8_lossy(answer.body())
        );
        serde_json::from_slice(answer.body())
            .with_context(|| format!("expected JSON for {method} {path}"))
    }
}
