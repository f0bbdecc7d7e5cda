//! A server's process: a real engine or our gateway, started with a folder of its own, asked whether it is well, killed,
//! started again.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::api::Api;

/// The engine that the cases are written for.
const ENGINE_VERSION: &str = "2.3.19";
/// How long a start may take. It takes half a second on an idle machine.
const START: Duration = Duration::from_secs(30);
/// How long an end may take. A gateway waits 10 s for requests that are under way.
const END: Duration = Duration::from_secs(30);
/// How often it is asked whether it is well.
const POLL: Duration = Duration::from_millis(20);
/// How often a port that was free may be taken again before the server listens on it.
const ATTEMPTS: u32 = 3;

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A real Rivet engine
    Engine,
    /// Our gateway
    Gateway,
}

/// What is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// What it is a program of.
    pub kind: Kind,
    /// Where it is.
    pub path: PathBuf,
    /// A guard that it leaves out, of a gateway that is built with its faults.
    pub without: Option<String>,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    program: Program,
    data: PathBuf,
    ports: Ports,
    child: Child,
}

/// Where it listens, always on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
struct Ports {
    /// For hosts, callers and the API. A gateway has no other.
    main: u16,
    api_peer: u16,
    metrics: u16,
}

impl Kind {
    /// The version that a server of this kind has to be of, and that it says.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::Engine => ENGINE_VERSION,
            // Of the same workspace.
            Self::Gateway => env!("CARGO_PKG_VERSION"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "engine",
            Self::Gateway => "gateway",
        })
    }
}

impl Server {
    /// Starts a server with `data`, which it makes, as its folder, and waits until it is well.
    pub async fn start(program: &Program, data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let mut attempt = 1;
        loop {
            let ports = Ports::free()?;
            let started = launch(program, data, ports).await;
            match started {
                Ok(child) => {
                    let server = Self {
                        program: program.clone(),
                        data: data.to_owned(),
                        ports,
                        child,
                    };
                    server.settle().await?;
                    return Ok(server);
                }
                // Somebody else may have taken a port in between.
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    /// Waits until a new server can store something: an engine says that it is well a little before that.
    async fn settle(&self) -> Result<()> {
        let start = Instant::now();
        while let Err(error) = self.api().make_pool("settled").await {
            if start.elapsed() > START {
                return Err(error.context("waiting for the server to make a pool"));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Ends the process at once, without a chance to save anything.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill the server")
    }

    /// Asks the process to end, and does not wait until it has.
    pub async fn terminate(&mut self) -> Result<()> {
        let id = self.child.id().context("the server has already ended")?;
        // The standard library can only kill.
        let status = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await
            .context("cannot start kill")?;
        ensure!(status.success(), "cannot ask the server to end: {status}");
        Ok(())
    }

    /// Waits until a process that was asked to end has ended, and says how.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let ended = tokio::time::timeout(END, self.child.wait()).await;
        let ended = ended.with_context(|| format!("expected the server to end within {END:?}"))?;
        Ok(ended?)
    }

    /// Starts a server that has ended again, with the same folder and ports. Returns how long it took until it was well.
    pub async fn start_again(&mut self) -> Result<Duration> {
        let start = Instant::now();
        self.child = launch(&self.program, &self.data, self.ports).await?;
        Ok(start.elapsed())
    }

    /// Its process, unless it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its HTTP API.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(self.ports.main)
    }
}

impl Ports {
    /// Ports that nobody listens on right now, and that no connection is given by chance: a server that is killed is started
    /// again on the same ones.
    fn free() -> Result<Self> {
        // All at once, so that they differ.
        let [main, api_peer, metrics] = [free_port()?, free_port()?, free_port()?];
        let port = |listener: &TcpListener| anyhow::Ok(listener.local_addr()?.port());
        Ok(Self {
            main: port(&main)?,
            api_peer: port(&api_peer)?,
            metrics: port(&metrics)?,
        })
    }
}

/// A listener below the ports that systems take for outgoing connections.
fn free_port() -> Result<TcpListener> {
    const FROM: u16 = 16_384;
    const COUNT: u64 = 16_000;
    for _ in 0..100 {
        let random = RandomState::new().hash_one(()) % COUNT;
        let port = FROM + u16::try_from(random)?;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener);
        }
    }
    bail!("expected a free port above {FROM}, but found none")
}

async fn launch(program: &Program, data: &Path, ports: Ports) -> Result<Child> {
    let log = data.join("server.log");
    let output = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = match program.kind {
        Kind::Engine => engine(&program.path, data, ports)?,
        Kind::Gateway => gateway(program, data, ports),
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.path.display()))?;
    let api = Api::new(ports.main);
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            bail!(
                "expected the {} to run, but it ended with {status}: see {}",
                program.kind,
                log.display()
            );
        }
        if let Ok(health) = api.health().await {
            let (found, expected) = (&health["version"], program.kind.version());
            ensure!(
                found == expected,
                "expected a version {expected} of the {}, but found {found}",
                program.kind
            );
            return Ok(child);
        }
        ensure!(
            start.elapsed() < START,
            "expected the {} to be well within {START:?}: see {}",
            program.kind,
            log.display()
        );
        tokio::time::sleep(POLL).await;
    }
}

fn gateway(program: &Program, data: &Path, ports: Ports) -> Command {
    let mut command = Command::new(&program.path);
    command
        .arg("gateway")
        .args(["--listen", &format!("127.0.0.1:{}", ports.main)])
        .arg("--data")
        .arg(data.join("db"))
        // No secret of the caller's surroundings can change who is let in.
        .env_clear();
    if let Some(guard) = &program.without {
        command.args(["--without", guard]);
    }
    command
}

fn engine(program: &Path, data: &Path, ports: Ports) -> Result<Command> {
    let config = data.join("config.json");
    std::fs::write(&config, configuration(data, ports).to_string())
        .with_context(|| format!("cannot write {}", config.display()))?;
    let mut command = Command::new(program);
    command
        .args(["start", "--config"])
        .arg(&config)
        // Nothing of the caller's surroundings can change what it does.
        .env_clear()
        .env("HOME", data)
        .env("RUST_LOG", "info");
    Ok(command)
}

/// Everything local, and nothing put off; all else as it comes.
fn configuration(data: &Path, ports: Ports) -> Value {
    let host = "127.0.0.1";
    let url = |port: u16| format!("http://{host}:{port}");
    json!({
        "guard": { "host": host, "port": ports.main },
        "api_peer": { "host": host, "port": ports.api_peer },
        "metrics": { "host": host, "port": ports.metrics },
        "telemetry": { "enabled": false },
        "topology": {
            "datacenter_label": 1,
            "datacenters": { "default": {
                "datacenter_label": 1,
                "is_leader": true,
                "public_url": url(ports.main),
                "peer_url": url(ports.api_peer),
            } },
        },
        "file_system": { "path": data.join("db") },
        // On a busy machine it would put actors off, for minutes: let it think that there is always a processor left.
        "runtime": { "worker_cpu_max": 1_000_000 },
    })
}
