//! One seed: a gateway, hosts and callers, and what goes wrong with them.

mod calm;
mod process;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use depot::MemoryEngine;
use envoy_gateway::Gateway;
use http::Method;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use self::process::HostProcess;
use crate::actor::Stage;
use crate::audit::Audit;
use crate::caller::call;
use crate::log::{Actor, Ask, Event, Log, OpId};
use crate::mutant::Mutant;
use crate::network::{Network, Node};
use crate::plan::Plan;
use crate::random::Random;
use crate::store::Disk;

/// The pool of all hosts.
const POOL: &str = "pool";
/// What actors are called.
const NAME: &str = "model";
/// When it is at the beginning of a seed: seconds since 1970.
const EPOCH: u64 = 1_700_000_000;

/// Far longer than any seed takes, of its own time.
const LONGEST: Duration = Duration::from_hours(2);

/// One seed, under way.
pub(crate) struct World {
    plan: Plan,
    mutant: Option<Mutant>,
    random: Random,
    network: Network,
    memory: Arc<MemoryEngine>,
    audit: Audit,
    stage: Arc<Stage>,
    log: Log,
    nodes: Node,
    gateway: Option<Running>,
    hosts: Vec<HostProcess>,
    processes: u32,
    /// The id of each actor.
    actors: Vec<String>,
    /// Those that were not destroyed, when that was last looked at.
    alive: Vec<Actor>,
    ops: OpId,
    calls: JoinSet<()>,
}

/// A gateway process.
struct Running {
    node: Node,
    gateway: Gateway,
    disk: Disk,
}

impl World {
    /// Plays a seed to its end. The log is there in any case.
    pub(crate) async fn play(seed: u64, mutant: Option<Mutant>, log: Log) -> Result<()> {
        let random = Random::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(EPOCH);
        envoy_gateway::simulate(seed, now);
        envoy_client::simulate(now);
        let plan = Plan::new(&random);
        log.add(Event::Trouble(format!("{plan:?}")));
        let memory = Arc::new(MemoryEngine::new());
        let mut world = Self {
            network: Network::new(random.clone(), plan.latency),
            audit: Audit::new(Arc::clone(&memory), log.clone()),
            stage: Arc::new(Stage {
                log: log.clone(),
                random: random.clone(),
                instances: AtomicU32::new(1),
                own: AtomicU64::new(0),
                is_calm: AtomicBool::new(false),
            }),
            plan,
            mutant,
            random,
            memory,
            log,
            nodes: 0,
            gateway: None,
            hosts: Vec::new(),
            processes: 0,
            actors: Vec::new(),
            alive: Vec::new(),
            ops: 0,
            calls: JoinSet::new(),
        };
        let played = timeout(LONGEST, world.run()).await;
        let played = played.unwrap_or_else(|_| bail!("it takes more than {LONGEST:?}"));
        world.end();
        played
    }

    async fn run(&mut self) -> Result<()> {
        self.begin().await?;
        let end = Instant::now() + self.plan.time;
        while Instant::now() < end {
            sleep(self.random.up_to(self.plan.pause)).await;
            if self.random.one_in(self.plan.trouble) {
                self.trouble().await?;
            } else {
                self.ask_anything();
            }
            self.look_after().await?;
        }
        self.calm_down().await
    }

    /// A gateway, its pool, hosts and actors.
    async fn begin(&mut self) -> Result<()> {
        self.start_gateway().await?;
        let pool = r#"{"datacenters":{"default":{"normal":{}}}}"#;
        let path = format!("/runner-configs/{POOL}?namespace=default");
        while self.done(Method::PUT, &path, pool).await?.is_none() {
            sleep(Duration::from_millis(200)).await;
        }
        for _ in 0..self.plan.hosts {
            self.start_host(None)?;
        }
        for _ in 0..self.plan.actors {
            while !self.create().await? {
                sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(())
    }

    /// Creates the next actor. Says whether it was: the gateway may not be there, and the store may fail.
    async fn create(&mut self) -> Result<bool> {
        let actor = u32::try_from(self.actors.len())?;
        let body = serde_json::json!({
            "name": NAME,
            "key": actor.to_string(),
            "runner_name_selector": POOL,
            "crash_policy": "sleep",
        });
        let path = "/actors?namespace=default";
        let made = self.done(Method::PUT, path, &body.to_string()).await?;
        let Some(made) = made else {
            return Ok(false);
        };
        let id = made["actor"]["actor_id"].as_str();
        let id = id.context("expected the id of an actor")?;
        self.audit.watch(actor, id)?;
        self.log.add(Event::Created(actor));
        self.actors.push(id.to_owned());
        self.alive.push(actor);
        Ok(true)
    }

    /// Calls the API: none if it could not be done now.
    async fn done(
        &mut self,
        method: Method,
        path: &str,
        body: &str,
    ) -> Result<Option<serde_json::Value>> {
        let node = self.node();
        let Ok((status, body)) = call(&self.network, node, method, path, body).await else {
            return Ok(None);
        };
        if status.is_success() {
            return Ok(serde_json::from_slice(&body)?);
        }
        ensure!(status.is_server_error(), "{path}: {status} {body:?}");
        Ok(None)
    }

    /// A caller asks one of the actors something.
    fn ask_anything(&mut self) {
        const ASKS: [(Ask, u64); 12] = [
            (Ask::Append, 40),
            (Ask::AppendLate, 6),
            (Ask::Read, 10),
            (Ask::Kv, 12),
            (Ask::Crash, 3),
            (Ask::WantSleep, 4),
            (Ask::WantEnd, 1),
            (Ask::Alarm, 4),
            (Ask::GoOn, 5),
            (Ask::Copy, 5),
            (Ask::Sleep, 4),
            (Ask::Destroy, 1),
        ];
        let all: u64 = ASKS.iter().map(|(_, weight)| weight).sum();
        let mut left = self.random.below(all);
        for (ask, weight) in ASKS {
            if left < weight {
                let actor = self.alive[self.random.place(self.alive.len())];
                // An end is for few.
                let is_end = matches!(ask, Ask::WantEnd | Ask::Destroy);
                if !is_end || self.random.one_in(4) {
                    self.ask(actor, ask);
                }
                return;
            }
            left -= weight;
        }
    }

    fn ask(&mut self, actor: Actor, ask: Ask) {
        let Some(id) = self.actors.get(actor as usize).cloned() else {
            return;
        };
        let op = self.ops;
        self.ops += 1;
        let node = self.node();
        let (network, log) = (self.network.clone(), self.log.clone());
        let (method, path, body, bound) = match ask {
            Ask::Sleep => (
                Method::POST,
                format!("/actors/{id}/sleep?namespace=default"),
                "{}",
                self.plan.end_bound(),
            ),
            Ask::Destroy => (
                Method::DELETE,
                format!("/actors/{id}?namespace=default"),
                "",
                self.plan.end_bound(),
            ),
            _ => (
                Method::POST,
                format!("/gateway/{id}{}", crate::actor::path(ask, op)),
                "",
                Plan::request_bound(),
            ),
        };
        self.calls.spawn(async move {
            log.add(Event::Began { op, actor, ask });
            let start = Instant::now();
            let answer = call(&network, node, method, &path, body).await;
            let place = |body: &[u8]| std::str::from_utf8(body).ok()?.parse().ok();
            log.add(Event::Ended {
                op,
                answer: answer
                    .ok()
                    .map(|(status, body)| (status.as_u16(), place(&body))),
                took: start.elapsed(),
                bound,
            });
        });
    }

    fn node(&mut self) -> Node {
        self.nodes += 1;
        self.nodes
    }

    /// Nothing of this seed goes on.
    fn end(&mut self) {
        self.calls.abort_all();
        for host in std::mem::take(&mut self.hosts) {
            host.dies();
        }
        if let Some(running) = self.gateway.take() {
            running.disk.die();
        }
    }
}
