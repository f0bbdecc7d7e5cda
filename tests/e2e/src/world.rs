//! A gateway, a host behind a line, and an actor.

use std::time::Duration;

use bytes::Bytes;
use envoy_cli::demo::http::Client;
use envoy_cli::demo::line::Line;
use envoy_client::{Host, Options, Storage, Version};
use envoy_gateway::Gateway;
use http::Method;
use serde_json::{Value, json};

use crate::{Journal, Probe, logs};

/// One gateway, one host of one version, one actor, and perhaps a copy of the host. It panics where something is wrong that
/// no test is about.
pub struct World {
    /// The version of the host, and of its copy.
    pub version: Version,
    /// Between the host and the gateway.
    pub line: Line,
    /// The host.
    pub host: Host,
    /// What the actor notes on the host.
    pub journal: Journal,
    /// And on its copy.
    pub copys: Journal,
    /// The id of the actor.
    pub actor: String,
    gateway: Gateway,
    copy: Option<Host>,
}

/// What the actor answered: a status, and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Whether it was done.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }
}

/// How the actor is run where something is waited for in vain: as usual, but nothing takes as long as it may in a fleet.
#[must_use]
pub fn impatient(storage: Storage) -> Options {
    let mut options = Options::with_sql(storage);
    options.bounds.requests = Duration::from_millis(300);
    options.bounds.failed_requests = Duration::from_millis(300);
    options.bounds.hook = Duration::from_secs(1);
    options.bounds.save = Duration::from_secs(1);
    options.bounds.teardown = Duration::from_secs(1);
    options.bounds.start = Duration::from_secs(3);
    options
}

const POOL: &str = "probes";
const SCHEMA: &str = "CREATE TABLE ledger (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL)";

impl World {
    /// A world whose actor has an empty table `ledger`, and runs as generation 1.
    pub async fn new(version: Version, storage: Storage) -> Self {
        let as_it_is = |gateway| gateway;
        Self::with(version, Options::with_sql(storage), as_it_is, |host| host).await
    }

    /// [`Self::new`] with an actor that waits for nothing as long as it may in a fleet: see [`impatient`].
    pub async fn impatient(version: Version, storage: Storage) -> Self {
        let as_it_is = |gateway| gateway;
        Self::with(version, impatient(storage), as_it_is, |host| host).await
    }

    /// [`Self::new`] with other options, a gateway and a host that are changed.
    pub async fn with(
        version: Version,
        options: Options,
        gateway: impl FnOnce(envoy_gateway::Builder) -> envoy_gateway::Builder,
        host: impl FnOnce(envoy_client::Builder) -> envoy_client::Builder,
    ) -> Self {
        let world = Self::without_table(version, options, gateway, host).await;
        let made = world.sql(SCHEMA).await;
        assert!(made.is_ok(), "{made:?}");
        world
    }

    async fn without_table(
        version: Version,
        options: Options,
        gateway: impl FnOnce(envoy_gateway::Builder) -> envoy_gateway::Builder,
        host: impl FnOnce(envoy_client::Builder) -> envoy_client::Builder,
    ) -> Self {
        logs::listen();
        let builder = Gateway::builder().listen("127.0.0.1:0").in_memory();
        let gateway = gateway(builder).start().await.expect("a gateway starts");
        let authority = gateway.local_addr().to_string();
        let config = json!({ "datacenters": { "default": { "normal": {} } } });
        let path = format!("/runner-configs/{POOL}?namespace=default");
        call(&authority, Method::PUT, &path, &config).await;
        let line = Line::start(authority.clone())
            .await
            .expect("ports are free");
        let journal = Journal::default();
        let address = format!("http://{}", line.host);
        let mut host = host(builder_of(address, version, options, &journal))
            .start()
            .await
            .expect("a host starts");
        assert_eq!(host.ready().await.expect("it is taken"), version);
        let actor = json!({
            "name": "probe",
            "runner_name_selector": POOL,
            "crash_policy": "sleep",
        });
        let made = call(
            &authority,
            Method::POST,
            "/actors?namespace=default",
            &actor,
        )
        .await;
        let actor = made["actor"]["actor_id"]
            .as_str()
            .expect("it has an id")
            .to_owned();
        Self {
            version,
            line,
            host,
            journal,
            copys: Journal::default(),
            actor,
            gateway,
            copy: None,
        }
    }

    /// Starts the second process of the host, without any actors.
    pub async fn copy(&mut self, storage: Storage) {
        let address = format!("http://{}", self.line.copy);
        let builder = builder_of(
            address,
            self.version,
            Options::with_sql(storage),
            &self.copys,
        );
        let mut copy = builder.start().await.expect("a copy starts");
        copy.ready().await.expect("it is taken");
        self.copy = Some(copy);
    }

    /// Has the actor run SQL, on the host.
    pub async fn sql(&self, sql: &str) -> Answer {
        self.ask("/sql", sql).await
    }

    /// Sends the actor a request.
    pub async fn ask(&self, path: &str, body: &str) -> Answer {
        let path = format!("/gateway/{}{path}", self.actor);
        let body = Bytes::copy_from_slice(body.as_bytes());
        let mut client = Client::new(self.authority());
        let answer = client.ask(Method::POST, &path, body).await;
        let answer = answer.expect("the gateway answers");
        Answer {
            status: answer.status.as_u16(),
            text: String::from_utf8_lossy(&answer.body).into_owned(),
        }
    }

    /// Has the actor read the database, on the copy.
    pub async fn copy_reads(&self) {
        let read = self.ask_copy("/sql", "SELECT count(*) FROM ledger").await;
        assert!(read.as_ref().is_some_and(Answer::is_ok), "{read:?}");
    }

    async fn ask_copy(&self, path: &str, body: &str) -> Option<Answer> {
        let body = body.as_bytes().to_vec();
        let answer = self.line.ask(&self.actor, path, body).await?;
        let text = String::from_utf8(answer.body.unwrap_or_default());
        Some(Answer {
            status: answer.status,
            text: text.expect("it is text"),
        })
    }

    /// Writes a row, on the host.
    pub async fn write(&self, id: u32) -> Answer {
        self.ask("/write", &id.to_string()).await
    }

    /// Writes a row, on the copy. None if the copy gave the request back.
    pub async fn copy_writes(&self, id: u32) -> Option<Answer> {
        self.ask_copy("/write", &id.to_string()).await
    }

    /// The rows that are there, as id and generation, by a generation that has not seen them being written.
    pub async fn rows(&self) -> String {
        self.sleep().await;
        let rows = self.sql("SELECT id, generation FROM ledger ORDER BY id");
        let text = rows.await.text;
        text.replace("Integer(", "").replace(')', "")
    }

    /// Asks the gateway to let the actor sleep, and waits until the generation that ran has ended.
    pub async fn sleep(&self) {
        let generation = self.line.generation(&self.actor).expect("it has run");
        self.ask_to_sleep().await;
        self.ended(generation).await;
    }

    /// Asks the gateway to let the actor sleep.
    pub async fn ask_to_sleep(&self) {
        let path = format!("/actors/{}/sleep?namespace=default", self.actor);
        call(&self.authority(), Method::POST, &path, &json!({})).await;
    }

    /// Asks the gateway to end the actor for good.
    pub async fn destroy(&self) {
        let path = format!("/actors/{}?namespace=default", self.actor);
        call(&self.authority(), Method::DELETE, &path, &json!({})).await;
    }

    /// Waits until a generation on the host has ended.
    pub async fn ended(&self, generation: u32) {
        let who = envoy_cli::demo::line::Who::Host;
        let ended = self.line.until_ended(who, &self.actor, generation).await;
        let (version, seen) = (self.version, self.journal.all());
        assert!(
            ended.is_some(),
            "{version}: {generation} does not end: {seen:?}"
        );
    }

    /// Waits until a generation on the copy has ended.
    pub async fn copy_ended(&self, generation: u32) {
        let who = envoy_cli::demo::line::Who::Copy;
        let ended = self.line.until_ended(who, &self.actor, generation).await;
        let (version, seen) = (self.version, self.copys.all());
        assert!(
            ended.is_some(),
            "{version}: {generation} does not end: {seen:?}"
        );
    }

    fn authority(&self) -> String {
        self.gateway.local_addr().to_string()
    }
}

fn builder_of(
    address: String,
    version: Version,
    options: Options,
    journal: &Journal,
) -> envoy_client::Builder {
    let journal = journal.clone();
    envoy_client::host(address)
        .pool(POOL)
        .version(version)
        .options(options)
        .actor_with("probe", move |context| {
            std::future::ready(Ok(Probe::new(context, journal.clone())))
        })
        .session(|session| session.backoff.first = Duration::from_millis(50))
}

/// Calls the API.
async fn call(authority: &str, method: Method, path: &str, body: &Value) -> Value {
    let answer = Client::new(authority).send(method, path, body).await;
    let answer = answer.expect("the gateway answers");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        answer.status.is_success(),
        "{path}: {} {text}",
        answer.status
    );
    answer.json()
}
