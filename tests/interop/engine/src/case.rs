//! What a case is, what it is given, and how all of them are run.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use envoy_protocol::Version;
use envoy_protocol::session::HostConfig;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::api::PATIENCE;
use crate::api::{Api, NewActor};
use crate::audit::Audit;
use crate::host::{Actor, Host};
use crate::raw::{Introduction, Pongs, Raw};
use crate::server::{Kind, Program};

/// No case that holds takes longer.
const BOUND: Duration = Duration::from_secs(90);
/// Cases at once: most of their time they wait, for the engine's timers above all.
const AT_ONCE: usize = 16;

/// What a case does: it returns what was seen, or what was wrong.
pub(crate) type Run = fn(Context) -> Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// Something that a real engine and a host of a version do together.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
    /// The guards of our gateway without which it does not hold, each at some version at least.
    pub(crate) finds: &'static [&'static str],
    /// How long it is waited for to fail without them.
    pub(crate) bound: Duration,
}

/// What a case is given: a server, and names that no other case has.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) api: Api,
    pub(crate) version: Version,
    pub(crate) audit: Audit,
    /// A pool of the case's own. It exists.
    pub(crate) pool: String,
    /// The server's program, for a case that needs a server of its own.
    pub(crate) program: Arc<Program>,
    /// A folder for that server.
    pub(crate) data: PathBuf,
    /// Why the servers are not expected to be the same, where they are not.
    differences: Differences,
}

type Differences = Arc<Mutex<Vec<&'static str>>>;

/// What cases share.
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) audit: Audit,
    pub(crate) program: Arc<Program>,
    pub(crate) data: PathBuf,
}

/// How a case went.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) version: Version,
    /// What was seen, or what was wrong.
    pub(crate) result: Result<String>,
    /// Why the other server was not expected to do the same.
    pub(crate) differences: Vec<&'static str>,
    pub(crate) took: Duration,
}

impl Context {
    /// What is expected of this server, where the two differ on purpose: of the engine `engine`, of the gateway `gateway`. The
    /// reason stands behind what the case has seen.
    pub(crate) fn differs<T>(&self, reason: &'static str, engine: T, gateway: T) -> T {
        let mut known = self
            .differences
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&reason) {
            known.push(reason);
        }
        match self.program.kind {
            Kind::Engine => engine,
            Kind::Gateway => gateway,
        }
    }

    /// Whether this server is our gateway, where the two differ for `reason`.
    pub(crate) fn is_gateway(&self, reason: &'static str) -> bool {
        self.differs(reason, false, true)
    }

    /// A key for a host of this case.
    pub(crate) fn key(&self, host: &str) -> String {
        format!("{}-{host}", self.pool)
    }

    /// A connected host that actors can be started on.
    pub(crate) async fn host(&self) -> Result<Host> {
        self.host_named("host").await
    }

    /// [`Context::host`], where a case has several.
    pub(crate) async fn host_named(&self, name: &str) -> Result<Host> {
        self.host_with(Host::config(self, &self.key(name))).await
    }

    /// [`Context::host`], of a kind of its own.
    pub(crate) async fn host_with(&self, config: HostConfig) -> Result<Host> {
        let key = config.envoy_key.clone();
        let (host, _) = Host::connect(self, config).await?;
        // The engine says its init while it still registers the host; an actor made in between finds nobody.
        self.envoy_until(&key, "in its pool", |envoy| envoy.is_some())
            .await?;
        Ok(host)
    }

    /// A connection of a host of this case, with nothing of ours but the codec.
    pub(crate) async fn raw(&self, key: &str, pongs: Pongs) -> Result<Raw> {
        let authority = self.api.authority();
        let introduction = Introduction {
            authority: &authority,
            protocol_version: Some(self.version.number()),
            pool: &self.pool,
            key,
        };
        Raw::connect(introduction, self.version, pongs, &self.audit).await
    }

    /// [`Context::raw`], that actors can be started on.
    pub(crate) async fn registered(&self, key: &str) -> Result<Raw> {
        let raw = self.raw(key, Pongs::Sent).await?;
        self.envoy_until(key, "in its pool", |envoy| envoy.is_some())
            .await?;
        Ok(raw)
    }

    /// Asks for a host as the engine knows it, until `wanted` of it.
    pub(crate) async fn envoy_until(
        &self,
        key: &str,
        what: &str,
        wanted: impl Fn(Option<&Value>) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            let all = self.api.envoys().await?;
            let envoys = all["envoys"].as_array().context("expected envoys")?;
            let envoy = envoys.iter().find(|envoy| envoy["envoy_key"] == key);
            if wanted(envoy) {
                return Ok(());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "expected the host {key} {what}, but found {envoy:?}"
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// A new actor's id.
    pub(crate) async fn make_actor(&self) -> Result<String> {
        let actor = NewActor {
            pool: &self.pool,
            key: None,
            input: None,
        };
        self.api.make_actor(&actor).await
    }

    /// A host, and an actor that runs on it.
    pub(crate) async fn running(&self) -> Result<(Host, Actor)> {
        let mut host = self.host().await?;
        let id = self.make_actor().await?;
        let actor = host.start(&id).await?;
        self.run(&host, &actor).await?;
        Ok((host, actor))
    }

    /// Says that the actor runs, and waits until the engine knows it.
    pub(crate) async fn run(&self, host: &Host, actor: &Actor) -> Result<()> {
        host.running(actor)?;
        self.api
            .actor_with(&actor.id, "connectable_ts", PATIENCE)
            .await?;
        Ok(())
    }
}

/// Runs every case at each of `versions` and prints a line for each as it ends. Returns them all, in order.
pub(crate) async fn run_all(cases: &[Case], versions: &[Version], shared: &Shared) -> Vec<Outcome> {
    let all = cases
        .iter()
        .flat_map(|case| versions.iter().map(move |version| (*case, *version)));
    let mut running = stream::iter(all.enumerate())
        .map(async |(place, (case, version))| (place, run_one(case, version, shared, BOUND).await))
        .buffer_unordered(AT_ONCE);
    let mut outcomes = Vec::new();
    while let Some((place, outcome)) = running.next().await {
        println!("{outcome}");
        outcomes.push((place, outcome));
    }
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Runs a case, for as long as `bound`.
pub(crate) async fn run_one(
    case: Case,
    version: Version,
    shared: &Shared,
    bound: Duration,
) -> Outcome {
    let start = Instant::now();
    let differences = Differences::default();
    let attempt = attempt(case, version, shared, differences.clone());
    let result = match timeout(bound, attempt).await {
        Ok(result) => result,
        Err(_) => Err(anyhow::anyhow!("expected an end within {bound:?}")),
    };
    Outcome {
        name: case.name,
        version,
        result,
        differences: std::mem::take(
            &mut *differences.lock().unwrap_or_else(PoisonError::into_inner),
        ),
        took: start.elapsed(),
    }
}

async fn attempt(
    case: Case,
    version: Version,
    shared: &Shared,
    differences: Differences,
) -> Result<String> {
    let name = case.name.to_lowercase();
    let name = name.replace(|other: char| !other.is_ascii_alphanumeric(), "-");
    let pool = format!("{name}-{version}");
    shared.api.make_pool(&pool).await?;
    let context = Context {
        api: shared.api,
        version,
        audit: shared.audit.clone(),
        data: shared.data.join(&pool),
        pool,
        program: shared.program.clone(),
        differences,
    };
    // A task of its own, so that a panic is this case's failure and nobody else's; in a set, so that it ends with this.
    let mut task = JoinSet::new();
    task.spawn((case.run)(context));
    match task.join_next().await {
        Some(Ok(result)) => result,
        Some(Err(error)) => bail!("the case's task ended: {error}"),
        None => bail!("the case has no task"),
    }
}

impl Outcome {
    pub(crate) fn is(&self, name: &str, version: Version) -> bool {
        self.name == name && self.version == version
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verdict, seen) = match &self.result {
            Ok(seen) => ("ok", seen.clone()),
            Err(error) => ("FAILED", format!("{error:#}")),
        };
        write!(
            f,
            "{verdict:<6} {} {:<28} {:>6.2} s  {seen}",
            self.version,
            self.name,
            self.took.as_secs_f64()
        )?;
        self.differences
            .iter()
            .try_for_each(|reason| write!(f, " [differs: {reason}]"))
    }
}
