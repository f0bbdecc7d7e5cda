//! `envoy demo`: what the head fence is for, on real sockets, with everything that goes wrong in a fleet.

pub mod http;
pub mod line;
mod load;
mod process;
mod report;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ::http::{Method, StatusCode};
use envoy_client::{Options, Resend, Version};
use serde_json::json;
use tokio::task::JoinSet;

use self::http::Client;
use self::line::{Line, Who};
use self::load::{Found, SCHEMA, Target, insert, next_op};
use self::process::Server;
use self::report::{Expected, Side};
use crate::failure::{Failure, Outcome};
use crate::gateway::runtime;
use crate::serve::Demo;
use crate::service::Service;

/// A guard that can be left out, to see that the demo notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The comparison of the head that a request expects.
    HeadFence,
    /// The comparison of the generation that a request is of.
    Generation,
    /// What the server does for hosts that say no head.
    V4Fence,
    /// Sending a commit again whose answer was lost.
    Resend,
}

impl Guard {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeadFence => "head-fence",
            Self::Generation => "generation",
            Self::V4Fence => "v4-fence",
            Self::Resend => "resend",
        }
    }

    /// Whether it is the gateway that has it, and not the host.
    const fn is_of_gateway(self) -> bool {
        match self {
            Self::HeadFence | Self::Generation | Self::V4Fence => true,
            Self::Resend => false,
        }
    }
}

impl std::str::FromStr for Guard {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [
            Self::HeadFence,
            Self::Generation,
            Self::V4Fence,
            Self::Resend,
        ]
        .into_iter()
        .find(|guard| guard.name() == name)
        .ok_or_else(|| {
            format!("expected head-fence, generation, v4-fence or resend, but found {name}")
        })
    }
}

/// Why the demo could not be played to its end.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub(crate) struct Trouble {
    what: &'static str,
    why: Box<dyn std::error::Error + Send + Sync>,
}

impl Trouble {
    fn new(what: &'static str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            what,
            why: why.into(),
        }
    }
}

/// Actors of each version that are under load.
const ACTORS: usize = 4;
/// Writers of each actor.
const WRITERS: usize = 2;
/// How long the load runs where nothing is done to it.
const CALM: Duration = Duration::from_millis(1500);
/// How long a copy is waited for that may never end: less than a host takes to give up a commit that it cannot send, or
/// nothing would be left that the copy could break.
const IN_VAIN: Duration = Duration::from_secs(20);

#[cfg(feature = "faults")]
fn without(arguments: &Demo) -> Option<Guard> {
    arguments.without
}

#[cfg(not(feature = "faults"))]
fn without(_: &Demo) -> Option<Guard> {
    None
}

pub(crate) fn run(arguments: &Demo, out: &mut impl Write) -> Result<Outcome, Failure> {
    let without = without(arguments);
    let runtime = runtime()?;
    let played = runtime.block_on(play(without, out));
    // What still runs are hosts and lines, which have nothing left to say.
    runtime.shutdown_background();
    played
}

/// One version: its host, its line, its actors.
struct Cast {
    version: Version,
    line: Line,
    targets: Vec<Arc<Target>>,
    _host: envoy_client::Host,
    copy: Option<envoy_client::Host>,
    expected: Expected,
}

async fn play(without: Option<Guard>, out: &mut impl Write) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let mut story = Story {
        out,
        began,
        step: 0,
    };
    story.opening(without)?;
    let data = tempfile::tempdir().map_err(|error| {
        Failure::service(format!(
            "expected to make a folder for what the demo stores, but found: {error}"
        ))
    })?;
    let mut server = Server::start(&data.path().join("store"), without)
        .await
        .map_err(Failure::service)?;
    let gateway = server.authority();
    let mut client = Client::new(&gateway);
    let mut casts = Vec::new();
    for version in Version::ALL {
        let cast = Cast::assemble(*version, &gateway, &mut client, without).await;
        casts.push(cast.map_err(Failure::service)?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for target in casts.iter().flat_map(|cast| &cast.targets) {
        for _ in 0..WRITERS {
            writers.spawn(Arc::clone(target).write(gateway.clone(), Arc::clone(&stop)));
        }
    }
    story.step(&format!(
        "A gateway serves {gateway}. One host speaks v4, one v5; each runs {ACTORS} actors with a SQLite database, and\n\
         {WRITERS} clients write to each actor, one row after the other. They remember what was acknowledged to them."
    ))?;
    tokio::time::sleep(CALM).await;

    let mut troubles = incidents(&mut casts, &mut client, &mut story).await;
    tokio::time::sleep(CALM).await;
    story.step("The gateway is killed (SIGKILL) in the middle of it, and started again.")?;
    server.kill().await.map_err(Failure::service)?;
    let took = server.restart().await.map_err(Failure::service)?;
    story.say(&format!(
        "it said that it serves after {} ms",
        took.as_millis()
    ))?;
    for target in casts.iter().flat_map(|cast| &cast.targets) {
        if !target.until_acknowledged(5).await {
            troubles.push(format!(
                "{}: no write succeeds after the restart",
                target.actor
            ));
        }
    }
    stop.store(true, Ordering::Relaxed);
    while writers.join_next().await.is_some() {}

    story.step(
        "The load ends. The gateway is started once more, and every row is read back with SQL.",
    )?;
    server.kill().await.map_err(Failure::service)?;
    server.restart().await.map_err(Failure::service)?;
    let sides = read_back(&casts, &mut client, &mut troubles).await;
    let outcome = report::write(story.out, &sides, &troubles, began.elapsed())?;
    Ok(outcome)
}

/// Everything that is done to the actors while the gateway serves: what did not go as it should.
async fn incidents<W: Write>(
    casts: &mut [Cast],
    client: &mut Client,
    story: &mut Story<'_, W>,
) -> Vec<String> {
    let mut troubles = Vec::new();
    for cast in casts.iter_mut() {
        if let Err(trouble) = cast.overlap_of_generations(client, story).await {
            troubles.push(format!("{}: {trouble}", cast.version));
        }
    }
    for cast in casts.iter_mut() {
        if let Err(trouble) = cast.overlap_within_a_generation(story).await {
            troubles.push(format!("{}: {trouble}", cast.version));
        }
    }
    for cast in casts.iter_mut().filter(|cast| cast.version == Version::V5) {
        if let Err(trouble) = cast.lost_answer(story).await {
            troubles.push(format!("{}: {trouble}", cast.version));
        }
    }
    troubles
}

/// What is there of each version in the end.
async fn read_back(casts: &[Cast], client: &mut Client, troubles: &mut Vec<String>) -> Vec<Side> {
    let mut sides = Vec::new();
    for cast in casts {
        let mut found = Found {
            is_whole: true,
            ..Found::default()
        };
        for target in &cast.targets {
            match target.read_back(client).await {
                Ok(more) => found = found.and(more),
                Err(why) => {
                    found.is_whole = false;
                    troubles.push(format!(
                        "{}: {} cannot be read: {why}",
                        cast.version, target.actor
                    ));
                }
            }
        }
        let commits = cast.line.commits();
        let failures = cast.line.failures();
        sides.push(Side::new(
            cast.version,
            found,
            commits,
            &failures,
            &cast.expected,
        ));
    }
    sides
}

impl Cast {
    async fn assemble(
        version: Version,
        gateway: &str,
        client: &mut Client,
        without: Option<Guard>,
    ) -> Result<Self, Trouble> {
        let pool = format!("demo-{version}");
        let unreachable = |error| Trouble::new("the gateway cannot be asked", error);
        let path = format!("/runner-configs/{pool}?namespace=default");
        let config = json!({ "datacenters": { "default": { "normal": {} } } });
        client
            .send(Method::PUT, &path, &config)
            .await
            .map_err(unreachable)?;
        let line = Line::start(gateway.to_owned())
            .await
            .map_err(|error| Trouble::new("there is no port for a line", error))?;
        let mut host = start_host(&line.host.to_string(), &pool, version, without).await?;
        host.ready()
            .await
            .map_err(|error| Trouble::new("the host is not taken", error))?;
        let mut targets = Vec::new();
        for number in 1..=ACTORS {
            let actor = json!({
                "name": "ledger",
                "key": format!("{version}-{number}"),
                "runner_name_selector": pool,
                "crash_policy": "sleep",
            });
            let answer = client
                .send(Method::POST, "/actors?namespace=default", &actor)
                .await;
            let answer = answer.map_err(unreachable)?;
            let id = answer.json()["actor"]["actor_id"]
                .as_str()
                .map(str::to_owned);
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let id = id.ok_or_else(|| Trouble::new("an actor was not created", body))?;
            for sql in SCHEMA {
                sql_on(client, &id, sql).await?;
            }
            targets.push(Target::new(id));
        }
        Ok(Self {
            version,
            line,
            targets,
            _host: host,
            copy: None,
            expected: Expected::default(),
        })
    }

    /// Starts a second process of the same host, as a restored copy of its machine would be.
    async fn start_copy(&mut self, actor: &str) -> Result<u32, Trouble> {
        if self.copy.is_none() {
            let address = self.line.copy.to_string();
            let pool = format!("demo-{}", self.version);
            // A copy is a whole host, and goes by all of its rules.
            let mut copy = start_host(&address, &pool, self.version, None).await?;
            copy.ready()
                .await
                .map_err(|error| Trouble::new("the copy is not taken", error))?;
            self.copy = Some(copy);
        }
        let generation = self.line.start_copy(actor).await;
        generation
            .ok_or_else(|| Trouble::new("the copy did not start", "it did not say that it runs"))
    }

    /// The copy writes a row: whether it was told that this is durable.
    async fn copy_writes(&self, target: &Target) -> bool {
        let op = next_op();
        let body = insert(op, "copy").to_string().into_bytes();
        let answer = self.line.ask(&target.actor, "/sql", body).await;
        let is_acknowledged = answer.is_some_and(|answer| answer.status == 200);
        target.note(op, is_acknowledged);
        is_acknowledged
    }

    async fn copy_reads(&self, target: &Target) -> Result<(), Trouble> {
        let body = json!({ "sql": "SELECT count(*), sum(length(load)) FROM ledger" });
        let answer = self
            .line
            .ask(&target.actor, "/sql", body.to_string().into_bytes())
            .await;
        match answer {
            Some(answer) if answer.status == 200 => Ok(()),
            _ => Err(Trouble::new(
                "the copy cannot read",
                "it did not answer with rows",
            )),
        }
    }

    async fn overlap_of_generations<W: Write>(
        &mut self,
        client: &mut Client,
        story: &mut Story<'_, W>,
    ) -> Result<(), Trouble> {
        let target = Arc::clone(&self.targets[0]);
        // The writers of this one actor wait while it is copied: a copy that is not the same from the first is no copy.
        let paused = target.pause().await;
        let old = self.start_copy(&target.actor).await?;
        story.step(&format!(
            "{}: the host of one actor is copied, as when a virtual machine is restored. The copy runs generation {old} of the\n\
             actor. The actor is put to sleep and wakes as generation {}; the copy does not hear of it, and writes.",
            self.version,
            old + 1,
        ))?;
        self.copy_reads(&target).await?;
        let path = format!("/actors/{}/sleep?namespace=default", target.actor);
        let slept = client.send(Method::POST, &path, &json!({})).await;
        slept.map_err(|error| Trouble::new("the actor does not sleep", error))?;
        self.line
            .until_ended(Who::Host, &target.actor, old)
            .await
            .ok_or_else(|| {
                Trouble::new("the actor does not sleep", "it is not reported as stopped")
            })?;
        sql_on(client, &target.actor, "SELECT 1").await?;
        let new = self.line.generation(&target.actor).unwrap_or(0);
        if new <= old {
            return Err(Trouble::new(
                "the actor did not wake",
                "there is no new generation",
            ));
        }
        self.expected.superseded(&target.actor, old);
        drop(paused);
        let is_acknowledged = self.copy_writes(&target).await;
        self.copy_ends(&target.actor, old).await;
        story.say(if is_acknowledged {
            "the write of the old generation was ACKNOWLEDGED"
        } else {
            "refused: that generation is over. The copy stops itself, once; the one after it goes on"
        })?;
        Ok(())
    }

    /// Waits until the copy has ended. Where a guard is left out it may go on, and then it is no longer waited for.
    async fn copy_ends(&self, actor: &str, generation: u32) {
        let ended = self.line.until_ended(Who::Copy, actor, generation);
        let _ = tokio::time::timeout(IN_VAIN, ended).await;
    }

    async fn overlap_within_a_generation<W: Write>(
        &mut self,
        story: &mut Story<'_, W>,
    ) -> Result<(), Trouble> {
        let target = Arc::clone(&self.targets[1]);
        let paused = target.pause().await;
        let generation = self.start_copy(&target.actor).await?;
        self.copy_reads(&target).await?;
        drop(paused);
        if self.version == Version::V4 {
            story.step(&format!(
                "{}: now two instances of ONE generation ({generation}). v4 hosts do not say which head they believe in, so the\n\
                 server remembers for them: the answer to a commit is lost with the connection, and then the copy, which does\n\
                 not know of that commit, takes the host's place and writes.",
                self.version,
            ))?;
            let lost = self.line.lose(&target.actor, Who::Copy).await;
            lost.ok_or_else(|| Trouble::new("no answer was lost", "there was no commit"))?;
            self.expected.fenced(&target.actor, generation);
            let is_acknowledged = self.copy_writes(&target).await;
            self.copy_ends(&target.actor, generation).await;
            self.line.release();
            story.say(if is_acknowledged {
                "the write of the copy was ACKNOWLEDGED, on top of pages that are not the newest"
            } else {
                "refused: nobody can know what this generation has seen. Both instances stop; the next one starts afresh"
            })?;
        } else {
            story.step(&format!(
                "{}: now two instances of ONE generation ({generation}). The copy has read the database; the host goes on writing;\n\
                 then the copy writes, with the head txid that it believes in.",
                self.version,
            ))?;
            if !target.until_acknowledged(5).await {
                return Err(Trouble::new(
                    "the host does not write",
                    "there was no answer",
                ));
            }
            self.expected.fenced(&target.actor, generation);
            let is_acknowledged = self.copy_writes(&target).await;
            self.copy_ends(&target.actor, generation).await;
            story.say(if is_acknowledged {
                "the write of the copy was ACKNOWLEDGED, on top of pages that are not the newest"
            } else {
                "fenced: another head than it believes in. Nothing was written; that generation ends, and the next one starts"
            })?;
        }
        if !target.until_acknowledged(3).await {
            return Err(Trouble::new(
                "the actor does not come back",
                "no write succeeds",
            ));
        }
        Ok(())
    }

    async fn lost_answer<W: Write>(&mut self, story: &mut Story<'_, W>) -> Result<(), Trouble> {
        let target = Arc::clone(&self.targets[2]);
        story.step(&format!(
            "{}: the answer to a commit is lost with the connection. Was it applied? The host asks by sending the same commit\n\
             again, with the same expected head.",
            self.version,
        ))?;
        let lost = self.line.lose(&target.actor, Who::Host).await;
        lost.ok_or_else(|| Trouble::new("no answer was lost", "there was no commit"))?;
        if !target.until_acknowledged(3).await {
            return Err(Trouble::new(
                "the actor does not go on",
                "no write succeeds",
            ));
        }
        story.say(
            "decided: it had been applied. It was acknowledged then, and the actor never stopped",
        )?;
        Ok(())
    }
}

async fn start_host(
    authority: &str,
    pool: &str,
    version: Version,
    without: Option<Guard>,
) -> Result<envoy_client::Host, Trouble> {
    let builder = envoy_client::host(format!("http://{authority}"))
        .pool(pool)
        .version(version)
        .options(options())
        .actor::<Service>("ledger");
    #[cfg(feature = "faults")]
    let builder = match without {
        Some(Guard::Resend) => builder.without_resend(),
        _ => builder,
    };
    #[cfg(not(feature = "faults"))]
    let _ = without;
    builder
        .start()
        .await
        .map_err(|error| Trouble::new("the host cannot be started", error))
}

/// How the demo runs its actors: for a gateway that knows the last commit again.
fn options() -> Options {
    let mut options = Options::new();
    options.sql.resend = Resend::Recognised;
    options
}

async fn sql_on(client: &mut Client, actor: &str, sql: &str) -> Result<(), Trouble> {
    let path = format!("/gateway/{actor}/sql");
    let answer = client
        .send(Method::POST, &path, &json!({ "sql": sql }))
        .await;
    let answer = answer.map_err(|error| Trouble::new("an actor cannot be asked", error))?;
    if answer.status == StatusCode::OK {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Err(Trouble::new(
        "an actor refuses its SQL",
        format!("{} {body}", answer.status),
    ))
}

/// What is told as it happens.
struct Story<'a, W> {
    out: &'a mut W,
    began: Instant,
    step: u32,
}

impl<W: Write> Story<'_, W> {
    fn opening(&mut self, without: Option<Guard>) -> Result<(), Trouble> {
        let text = "\
Actors are small programs that live on hosts; a gateway keeps the SQLite database of each. An actor must have ONE
instance: two of them, each with its own idea of the database, would write over each other. But networks break, machines
are paused, restored and copied, and then there are two. Every commit has a number, the head txid. An instance says with
each request which head it believes in; if that is not the database's, another instance has written, and the stale one
is stopped before it changes a single page: the head fence.";
        self.print(text)?;
        if let Some(guard) = without {
            self.print(&format!("\nLEFT OUT, to see what breaks: {}", guard.name()))?;
        }
        Ok(())
    }

    fn step(&mut self, text: &str) -> Result<(), Trouble> {
        self.step += 1;
        let at = self.began.elapsed().as_secs_f32();
        let text = text.replace('\n', "\n   ");
        self.print(&format!("\n{}. ({at:.1} s) {text}", self.step))
    }

    fn say(&mut self, text: &str) -> Result<(), Trouble> {
        self.print(&format!("   -> {text}"))
    }

    fn print(&mut self, text: &str) -> Result<(), Trouble> {
        writeln!(self.out, "{text}")
            .and_then(|()| self.out.flush())
            .map_err(|error| Trouble::new("the story cannot be told", error))
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::service(trouble)
    }
}
