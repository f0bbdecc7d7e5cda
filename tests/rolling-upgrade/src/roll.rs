//! The roll: what an operator does to a fleet under load, in which order, and what is looked at in the end.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use envoy_cli::demo::http::Client;
use envoy_interop_engine::api::NewActor;
use envoy_interop_engine::server::{Kind, Program, Server};
use envoy_protocol::Version;

use crate::fleet::{Host, POOL, connected};
use crate::ledger::{Audit, Op};
use crate::load::{Load, Target};
use crate::report::{self, Incident, Outcome};

/// Replace the hosts of a fleet one by one, and restart the gateway, under load
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The command `envoy`, whose gateway is used
    #[arg(long)]
    envoy: PathBuf,
    /// A folder for what the processes store and log; what is in it is removed
    #[arg(long)]
    data: PathBuf,
    /// The version that the fleet speaks before
    #[arg(long, default_value = "4")]
    from: Version,
    /// The version that it speaks afterwards
    #[arg(long, default_value = "5")]
    to: Version,
    /// How many hosts there are
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..))]
    hosts: u8,
    /// How many actors there are
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u8).range(2..))]
    actors: u8,
    /// Leave this guard of the gateway out, which has to be built with its faults
    #[arg(long)]
    without: Option<String>,
}

/// How long the load runs where nothing is done to it.
const CALM: Duration = Duration::from_secs(1);
/// How long an actor may take until it acknowledges again: longer than a host is waited for that was killed.
const SERVED: Duration = Duration::from_secs(45);
/// How long after a host was asked to end the gateway is killed: it is in the middle of giving its actors away.
const WITHIN: Duration = Duration::from_millis(25);

/// How a host is taken out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// SIGTERM.
    Drained,
    /// SIGKILL.
    Killed,
    /// SIGTERM, and the gateway is killed before it has ended.
    DrainedWithoutGateway,
}

/// Whether nothing is lost or doubled, and every actor has moved.
pub(crate) async fn run(arguments: &Arguments) -> Result<bool> {
    let began = Instant::now();
    let mut roll = Roll::begin(arguments).await?;
    let played = roll.play().await;
    if let Err(trouble) = played {
        // What was acknowledged until then is there all the same, or it is not.
        roll.troubles.push(format!("{trouble:#}"));
    }
    let ended = roll.load.end().await?;
    let audits = roll.read_back().await;
    let outcome = Outcome {
        from: arguments.from,
        to: arguments.to,
        replaced: roll.replaced,
        incidents: roll.incidents,
        targets: roll.load.targets,
        load: (roll.load.began, ended),
        audits,
        troubles: roll.troubles,
        took: began.elapsed(),
    };
    Ok(report::print(&outcome))
}

struct Roll<'a> {
    arguments: &'a Arguments,
    server: Server,
    old: Vec<Host>,
    new: Vec<Host>,
    load: Load,
    incidents: Vec<Incident>,
    replaced: usize,
    troubles: Vec<String>,
}

impl<'a> Roll<'a> {
    /// A gateway, a fleet of the version before, and actors that its hosts run.
    async fn begin(arguments: &'a Arguments) -> Result<Self> {
        ensure!(
            arguments.actors >= arguments.hosts,
            "expected an actor for each of {} hosts, but found {}",
            arguments.hosts,
            arguments.actors
        );
        let folder = &arguments.data;
        clear(folder)?;
        let program = Program {
            kind: Kind::Gateway,
            path: arguments.envoy.clone(),
            without: arguments.without.clone(),
        };
        let server = Server::start(&program, folder).await?;
        let api = server.api();
        api.make_pool(POOL).await?;
        let mut old = Vec::new();
        for number in 1..=arguments.hosts.into() {
            old.push(Host::start(api, arguments.from, number, 1, folder)?);
        }
        for host in &mut old {
            host.until_connected(api).await?;
        }
        let mut actors = Vec::new();
        for number in 1..=arguments.actors {
            let key = format!("actor-{number}");
            let new = NewActor {
                pool: POOL,
                key: Some(&key),
                input: None,
            };
            let id = api.make_actor(&new).await?;
            actors.push((key, id));
        }
        let load = Load::start(&api.authority(), actors);
        load.until_served(SERVED).await?;
        println!(
            "A gateway, {} hosts of {}, {} actors, two clients for each. Logs: {}",
            arguments.hosts,
            arguments.from,
            arguments.actors,
            folder.display()
        );
        Ok(Self {
            arguments,
            server,
            old,
            new: Vec::new(),
            load,
            incidents: Vec::new(),
            replaced: 0,
            troubles: Vec::new(),
        })
    }

    async fn play(&mut self) -> Result<()> {
        for number in 1..=self.arguments.hosts.into() {
            tokio::time::sleep(CALM).await;
            let how = match number {
                2 => How::Killed,
                3 => How::DrainedWithoutGateway,
                _ => How::Drained,
            };
            self.replace(number, how).await?;
            // While there are hosts of both versions, if there are enough of them.
            if number == 3 {
                tokio::time::sleep(CALM).await;
                self.restart_gateway().await?;
            }
        }
        tokio::time::sleep(CALM).await;
        self.only_new_hosts_are_left().await
    }

    /// The next host of the version before ends, and one of the version after it has come.
    async fn replace(&mut self, number: usize, how: How) -> Result<()> {
        let api = self.server.api();
        let mut new = Host::start(api, self.arguments.to, number, 2, &self.arguments.data)?;
        new.until_connected(api).await?;
        let mut old = self.old.remove(0);
        let actors = connected(api)
            .await?
            .iter()
            .find(|host| host.name == old.name)
            .map_or(0, |host| host.actors);
        if actors == 0 && how != How::Drained {
            let name = &old.name;
            self.troubles
                .push(format!("expected {name} to have actors, but it has none"));
        }
        let began = Instant::now();
        match how {
            How::Killed => old.kill().await?,
            How::Drained => old.terminate().await?,
            How::DrainedWithoutGateway => {
                old.terminate().await?;
                tokio::time::sleep(WITHIN).await;
                self.server.kill().await?;
                self.server.start_again().await?;
            }
        }
        let status = old.ended().await?;
        let gone = began.elapsed();
        let what = match how {
            How::Drained => "drained",
            How::Killed => "killed",
            How::DrainedWithoutGateway => "drained, and the gateway killed meanwhile",
        };
        let what = format!(
            "{} with {actors} actors {what}, {} there",
            old.name, new.name
        );
        self.new.push(new);
        self.replaced += 1;
        ensure!(
            how == How::Killed || status.success(),
            "expected {} to end well when it was asked to, but it ended with {status}",
            old.name
        );
        self.over(what, began, gone).await
    }

    async fn restart_gateway(&mut self) -> Result<()> {
        let began = Instant::now();
        self.server.terminate().await?;
        let status = self.server.ended().await?;
        ensure!(
            status.success(),
            "expected the gateway to end well when it was asked to, but it ended with {status}"
        );
        self.server.start_again().await?;
        let back = began.elapsed();
        self.over(
            "gateway ended well, and started again".to_owned(),
            began,
            back,
        )
        .await
    }

    /// Waits until all actors serve again.
    async fn over(&mut self, what: String, began: Instant, took: Duration) -> Result<()> {
        let served = self.load.until_served(SERVED).await;
        self.incidents.push(Incident {
            what,
            began,
            took,
            ended: Instant::now(),
        });
        served
    }

    async fn only_new_hosts_are_left(&self) -> Result<()> {
        let hosts = connected(self.server.api()).await?;
        let to = self.arguments.to.number();
        ensure!(
            hosts.len() == self.new.len() && hosts.iter().all(|host| host.version == to),
            "expected {} hosts of {}, but found {hosts:?}",
            self.new.len(),
            self.arguments.to
        );
        Ok(())
    }

    /// What is there of each actor's writes. A generation that has just started reads it, with nothing in memory.
    async fn read_back(&mut self) -> Vec<(String, Audit)> {
        let mut client = Client::new(self.server.api().authority());
        let mut audits = Vec::new();
        for target in &self.load.targets {
            match self.audit(target, &mut client).await {
                Ok(audit) => audits.push((target.key.clone(), audit)),
                Err(why) => self
                    .troubles
                    .push(format!("{} cannot be read: {why:#}", target.key)),
            }
        }
        // Only now: it changes what is there.
        if let Err(blind) = self.the_audit_sees(&mut client).await {
            self.troubles.push(format!("{blind:#}"));
        }
        audits
    }

    async fn audit(&self, target: &Target, client: &mut Client) -> Result<Audit> {
        let seen = target.so_far();
        let last = seen.acks.last().map_or(0, |ack| ack.generation);
        self.server.api().sleep(&target.id).await?;
        let book = target.read_back(client).await?;
        ensure!(
            book.generation > last,
            "expected a generation after {last} to read, but found {}",
            book.generation
        );
        let to = self.arguments.to.number();
        ensure!(
            book.version == to,
            "expected a host of v{to} to read, but found one of v{}",
            book.version
        );
        Ok(seen.ledger.audit(&book))
    }

    /// That a row would be missed that is gone, and that one would be seen that is there twice.
    async fn the_audit_sees(&self, client: &mut Client) -> Result<()> {
        let [one, other, ..] = self.load.targets.as_slice() else {
            return Ok(());
        };
        let op = newest(one)?;
        let gone = format!("DELETE FROM note WHERE {}", by(op));
        one.exec(client, gone).await?;
        let audit = one.so_far().ledger.audit(&one.read_back(client).await?);
        ensure!(
            audit.lost == [op],
            "expected the audit to miss {op}, which was deleted, but it found {audit:?}"
        );
        let op = newest(other)?;
        let doubled = format!(
            "INSERT INTO note (writer, number, generation, host, load) \
             SELECT writer, number, generation, host, load FROM note WHERE {}",
            by(op)
        );
        other.exec(client, doubled).await?;
        let audit = other.so_far().ledger.audit(&other.read_back(client).await?);
        ensure!(
            audit.doubled == [op],
            "expected the audit to find {op} twice, but it found {audit:?}"
        );
        Ok(())
    }
}

fn newest(target: &Target) -> Result<Op> {
    let newest = target.so_far().ledger.newest();
    newest.with_context(|| format!("{} has acknowledged nothing", target.key))
}

fn by(op: Op) -> String {
    format!("writer = {} AND number = {}", op.writer, op.number)
}

/// Makes a folder that is empty.
fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
