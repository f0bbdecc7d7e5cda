//! The engine's process: started with a folder of its own, asked whether it is well, killed, started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::api::Api;

/// The engine that the cases are written for.
pub(crate) const VERSION: &str = "2.3.19";
/// How long a start may take. It takes half a second on an idle machine.
const START: Duration = Duration::from_secs(30);
/// How often it is asked whether it is well.
const POLL: Duration = Duration::from_millis(20);
/// How often a port that was free may be taken again before the engine listens on it.
const ATTEMPTS: u32 = 3;

/// A running engine. Dropping it kills it.
pub(crate) struct Engine {
    program: PathBuf,
    data: PathBuf,
    ports: Ports,
    child: Child,
}

/// Where it listens, always on 127.0.0.1.
#[derive(Clone, Copy)]
struct Ports {
    guard: u16,
    api_peer: u16,
    metrics: u16,
}

impl Engine {
    /// Starts the engine with `data`, which it makes, as its folder, and waits until it is well.
    pub(crate) async fn start(program: &Path, data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let mut attempt = 1;
        loop {
            let ports = Ports::free()?;
            let started = launch(program, data, ports).await;
            match started {
                Ok(child) => {
                    let engine = Self {
                        program: program.to_owned(),
                        data: data.to_owned(),
                        ports,
                        child,
                    };
                    engine.settle().await?;
                    return Ok(engine);
                }
                // Somebody else may have taken a port in between.
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    /// Waits until a new engine can store something: it says that it is well a little before that.
    async fn settle(&self) -> Result<()> {
        let start = Instant::now();
        while let Err(error) = self.api().make_pool("settled").await {
            if start.elapsed() > START {
                return Err(error.context("waiting for the engine to make a pool"));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Ends the process at once, without a chance to save anything.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill the engine")
    }

    /// Asks the process to end, and does not wait until it has.
    pub(crate) async fn terminate(&mut self) -> Result<()> {
        let id = self.child.id().context("the engine has already ended")?;
        // The standard library can only kill.
        let status = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await
            .context("cannot start kill")?;
        ensure!(status.success(), "cannot ask the engine to end: {status}");
        Ok(())
    }

    /// Starts a killed engine again, with the same folder and ports. Returns how long it took until it was well.
    pub(crate) async fn start_again(&mut self) -> Result<Duration> {
        let start = Instant::now();
        self.child = launch(&self.program, &self.data, self.ports).await?;
        Ok(start.elapsed())
    }

    /// Its HTTP API.
    pub(crate) fn api(&self) -> Api {
        Api::new(self.ports.guard)
    }
}

impl Ports {
    /// Ports that nobody listens on right now.
    fn free() -> Result<Self> {
        // All at once, so that they differ.
        let listeners = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0"));
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(listeners) {
            *port = listener
                .and_then(|listener| listener.local_addr())
                .context("cannot find a free port")?
                .port();
        }
        let [guard, api_peer, metrics] = ports;
        Ok(Self {
            guard,
            api_peer,
            metrics,
        })
    }
}

async fn launch(program: &Path, data: &Path, ports: Ports) -> Result<Child> {
    let config = data.join("config.json");
    let log = data.join("engine.log");
    std::fs::write(&config, configuration(data, ports).to_string())
        .with_context(|| format!("cannot write {}", config.display()))?;
    let output = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = Command::new(program)
        .args(["start", "--config"])
        .arg(&config)
        // Nothing of the caller's surroundings can change what it does.
        .env_clear()
        .env("HOME", data)
        .env("RUST_LOG", "info")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let api = Api::new(ports.guard);
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            bail!(
                "expected the engine to run, but it ended with {status}: see {}",
                log.display()
            );
        }
        if let Ok(health) = api.health().await {
            let found = health["version"].as_str().unwrap_or_default();
            ensure!(
                found == VERSION,
                "expected an engine {VERSION}, but found {found}"
            );
            return Ok(child);
        }
        ensure!(
            start.elapsed() < START,
            "expected the engine to be well within {START:?}: see {}",
            log.display()
        );
        tokio::time::sleep(POLL).await;
    }
}

/// Everything local, and nothing put off; all else as it comes.
fn configuration(data: &Path, ports: Ports) -> serde_json::Value {
    let host = "127.0.0.1";
    let url = |port: u16| format!("http://{host}:{port}");
    json!({
        "guard": { "host": host, "port": ports.guard },
        "api_peer": { "host": host, "port": ports.api_peer },
        "metrics": { "host": host, "port": ports.metrics },
        "telemetry": { "enabled": false },
        "topology": {
            "datacenter_label": 1,
            "datacenters": { "default": {
                "datacenter_label": 1,
                "is_leader": true,
                "public_url": url(ports.guard),
                "peer_url": url(ports.api_peer),
            } },
        },
        "file_system": { "path": data.join("db") },
        // On a busy machine it would put actors off, for minutes: let it think that there is always a processor left.
        "runtime": { "worker_cpu_max": 1_000_000 },
    })
}
