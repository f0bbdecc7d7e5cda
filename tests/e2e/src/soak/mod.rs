//! Actors that sleep and wake, and many at once, on a host and a gateway that are processes of their own. What they hold
//! afterwards is held to what they held before.

mod process;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use envoy_cli::demo::http::Client;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use self::process::{Gateway, Host, PATIENCE};

/// Why it could not be measured.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Let one actor sleep and wake, and run many at once, and see what the host keeps of it
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// The command `envoy`, whose host and gateway are measured
    #[arg(long)]
    envoy: PathBuf,
    /// How often the actor sleeps and wakes
    #[arg(long, default_value_t = 1000)]
    cycles: u32,
    /// After how many of them the first look is taken
    #[arg(long, default_value_t = 100)]
    warm: u32,
    /// How many actors run at once
    #[arg(long, default_value_t = 1000)]
    actors: u32,
    /// The version of the protocol
    #[arg(long, default_value = "5")]
    version: String,
}

/// Octets by which the host may have grown after the last cycle.
const GROWTH: u64 = 2 << 20;
/// Octets that the second round of many actors may take more than the first.
const ROUND: u64 = 16 << 20;
/// Actors that are woken at the same time.
const CLIENTS: usize = 16;
const POOL: &str = "soak";

/// Whether every bar holds.
pub(crate) async fn run(arguments: &Arguments) -> Result<bool, Trouble> {
    let folder = tempfile::tempdir()?;
    let gateway = Gateway::start(&arguments.envoy, &folder.path().join("store")).await?;
    let host = Host::start(&arguments.envoy, &gateway, POOL, &arguments.version)?;
    let soak = Soak { gateway, host };
    soak.until_connected().await?;
    let cycles = soak.cycles(arguments).await?;
    let many = soak.many(arguments).await?;
    Ok(cycles && many)
}

struct Soak {
    gateway: Gateway,
    host: Host,
}

impl Soak {
    async fn cycles(&self, arguments: &Arguments) -> Result<bool, Trouble> {
        let mut client = self.gateway.client();
        let actor = create(&mut client, "cycles").await?;
        let began = Instant::now();
        let mut early = None;
        for cycle in 1..=arguments.cycles {
            write(&mut client, &actor, cycle).await?;
            sleep(&mut client, &actor).await?;
            if cycle == arguments.warm.min(arguments.cycles) {
                early = Some((self.host.usage().await?, self.gateway.usage().await?));
            }
        }
        let (early, gateway_early) = early.ok_or("expected at least one cycle")?;
        let late = self.host.idle_usage(&early).await?;
        let gateway_late = self.gateway.usage().await?;
        println!(
            "{} cycles of sleep and wake in {:.1} s, v{}",
            arguments.cycles,
            began.elapsed().as_secs_f32(),
            arguments.version
        );
        println!("  host     after {:>4}: {early}", arguments.warm);
        println!("           after {:>4}: {late}", arguments.cycles);
        println!("  gateway  after {:>4}: {gateway_early}", arguments.warm);
        println!("           after {:>4}: {gateway_late}", arguments.cycles);
        let mut holds = bar(
            "the host grew by at most 2 MiB",
            late.octets <= early.octets + GROWTH,
        );
        holds &= bar(
            "the host has no more threads and descriptors",
            late.is_idle_as(&early),
        );
        Ok(holds)
    }

    async fn many(&self, arguments: &Arguments) -> Result<bool, Trouble> {
        let mut client = self.gateway.client();
        let before = self.host.usage().await?;
        let gateway_before = self.gateway.usage().await?;
        let began = Instant::now();
        let mut actors = Vec::new();
        for number in 0..arguments.actors {
            actors.push(create(&mut client, &format!("many-{number}")).await?);
        }
        self.each(&actors, |mut client, actor| async move {
            write(&mut client, &actor, 1).await
        })
        .await?;
        let took = began.elapsed();
        let during = self.host.usage().await?;
        let gateway_during = self.gateway.usage().await?;
        self.each(&actors, |mut client, actor| async move {
            sleep(&mut client, &actor).await
        })
        .await?;
        let after = self.host.idle_usage(&before).await?;
        // What the first round has given back is what the second one takes, whether the allocator has kept it or not.
        self.each(&actors, |mut client, actor| async move {
            write(&mut client, &actor, 2).await
        })
        .await?;
        let again = self.host.usage().await?;
        println!(
            "{} actors at once, made and written to in {:.1} s, v{}",
            arguments.actors,
            took.as_secs_f32(),
            arguments.version
        );
        println!("  host     before: {before}");
        println!("           during: {during}");
        println!("           asleep: {after}");
        println!("           again:  {again}");
        println!("  gateway  before: {gateway_before}");
        println!("           during: {gateway_during}");
        for (whose, during, before) in [
            ("host", &during, &before),
            ("gateway", &gateway_during, &gateway_before),
        ] {
            let each =
                during.octets.saturating_sub(before.octets) / u64::from(arguments.actors.max(1));
            println!("  an actor takes {} KiB of the {whose}", each / 1024);
        }
        let mut holds = bar(
            "the host has no more threads and descriptors than before",
            after.is_idle_as(&before),
        );
        holds &= bar(
            "the second round takes at most 16 MiB more than the first",
            again.octets <= during.octets + ROUND,
        );
        Ok(holds)
    }

    /// Does something with each actor, with several at a time.
    async fn each<F>(
        &self,
        actors: &[String],
        what: impl Fn(Client, String) -> F,
    ) -> Result<(), Trouble>
    where
        F: Future<Output = Result<(), Trouble>> + Send + 'static,
    {
        let mut under_way = JoinSet::new();
        for actor in actors {
            if under_way.len() >= CLIENTS
                && let Some(done) = under_way.join_next().await
            {
                done??;
            }
            under_way.spawn(what(self.gateway.client(), actor.clone()));
        }
        while let Some(done) = under_way.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Waits until the host has made its pool and is there.
    async fn until_connected(&self) -> Result<(), Trouble> {
        let mut client = self.gateway.client();
        let path = format!("/envoys?namespace=default&name={POOL}");
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let answer = client.get(&path).await?;
            let envoys = answer.json()["envoys"].as_array().map_or(0, Vec::len);
            if envoys > 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("expected the host to connect, but it did not".into())
    }
}

/// Says whether a bar holds.
fn bar(what: &str, holds: bool) -> bool {
    println!("  {} {what}", if holds { "ok  " } else { "FAIL" });
    holds
}

async fn create(client: &mut Client, key: &str) -> Result<String, Trouble> {
    let actor = json!({
        "name": "kv",
        "key": key,
        "runner_name_selector": POOL,
        "crash_policy": "sleep",
    });
    let answer = client
        .send(Method::POST, "/actors?namespace=default", &actor)
        .await?;
    let id = answer.json()["actor"]["actor_id"]
        .as_str()
        .map(str::to_owned);
    Ok(id.ok_or_else(|| format!("expected an actor, but found {answer:?}"))?)
}

async fn write(client: &mut Client, actor: &str, value: u32) -> Result<(), Trouble> {
    let path = format!("/gateway/{actor}/value");
    let value = value.to_string().into_bytes().into();
    let answer = client.ask(Method::PUT, &path, value).await?;
    if answer.status != StatusCode::NO_CONTENT {
        return Err(format!("expected a write, but found {answer:?}").into());
    }
    Ok(())
}

/// Lets an actor sleep, and waits until it does.
async fn sleep(client: &mut Client, actor: &str) -> Result<(), Trouble> {
    let path = format!("/actors/{actor}/sleep?namespace=default");
    let mut answer = client.send(Method::POST, &path, &json!({})).await?;
    let path = format!("/actors?namespace=default&actor_ids={actor}");
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if !answer.status.is_success() {
            return Err(format!("expected an actor, but found {answer:?}").into());
        }
        answer = client.get(&path).await?;
        let found = &answer.json()["actors"][0];
        if !found["sleep_ts"].is_null() && found["connectable_ts"].is_null() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Err(format!("expected an actor to sleep, but found {answer:?}").into())
}
