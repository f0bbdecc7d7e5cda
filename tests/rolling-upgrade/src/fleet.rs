//! The hosts, as processes, and what an operator does to them.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use envoy_interop_engine::api::Api;
use envoy_protocol::Version;
use tokio::process::{Child, Command};

/// The pool of all hosts.
pub(crate) const POOL: &str = "fleet";
/// How long a host may take to connect, and to be gone.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is asked whether it has.
const POLL: Duration = Duration::from_millis(20);

/// A host that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    child: Child,
    log: PathBuf,
}

impl Host {
    /// Starts the `number`-th host of that version.
    pub(crate) fn start(
        api: Api,
        version: Version,
        number: usize,
        deployment: u32,
        folder: &Path,
    ) -> Result<Self> {
        let name = format!("{version}-{number}");
        let log = folder.join(format!("{name}.log"));
        let output = std::fs::File::create(&log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let program = std::env::current_exe().context("cannot find this program again")?;
        let endpoint = format!("http://{}", api.authority());
        let child = Command::new(program)
            .args([
                "host",
                "--endpoint",
                &endpoint,
                "--pool",
                POOL,
                "--name",
                &name,
            ])
            .args(["--version", &version.number().to_string()])
            .args(["--deployment", &deployment.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start a host")?;
        Ok(Self { name, child, log })
    }

    /// Waits until the server has taken it.
    pub(crate) async fn until_connected(&mut self, api: Api) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "expected {} to run, but it ended with {status}: see {}",
                    self.name,
                    self.log.display()
                );
            }
            // A server that is away for a moment has to be asked again.
            if connected(api)
                .await
                .is_ok_and(|hosts| hosts.iter().any(|host| host.name == self.name))
            {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("expected {} to connect within {PATIENCE:?}", self.name)
    }

    /// SIGTERM, as an operator asks a process to end: it gives its actors away first.
    pub(crate) async fn terminate(&self) -> Result<()> {
        let id = self.child.id().context("the host has already ended")?;
        let status = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await
            .context("cannot start kill")?;
        ensure!(status.success(), "cannot ask a host to end: {status}");
        Ok(())
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let ended = ended.with_context(|| {
            format!(
                "expected {} to end within {PATIENCE:?}: see {}",
                self.name,
                self.log.display()
            )
        })?;
        Ok(ended?)
    }

    /// SIGKILL: it gives nothing away.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill a host")
    }
}

/// A host, as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connected {
    pub(crate) name: String,
    /// The version that it speaks.
    pub(crate) version: u16,
    /// How many actors it has.
    pub(crate) actors: u64,
}

/// The hosts that the server has.
pub(crate) async fn connected(api: Api) -> Result<Vec<Connected>> {
    let found = api.envoys().await?;
    let hosts = found["envoys"].as_array().context("expected hosts")?;
    let host = |host: &serde_json::Value| {
        Some(Connected {
            name: host["envoy_key"].as_str()?.to_owned(),
            version: u16::try_from(host["protocol_version"].as_u64()?).ok()?,
            actors: host["slots"].as_u64()?,
        })
    };
    Ok(hosts.iter().filter_map(host).collect())
}
