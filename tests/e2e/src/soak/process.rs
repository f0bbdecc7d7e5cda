//! The processes that are measured.

use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use envoy_cli::demo::http::Client;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::Trouble;

/// A gateway.
pub(super) struct Gateway {
    child: Child,
    authority: String,
}

/// A host.
pub(super) struct Host(Child);

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Resident memory.
    pub(super) octets: u64,
    threads: usize,
    descriptors: usize,
}

/// The longest that is waited for what happens at all.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// How long a process has to come to rest before it is looked at.
const REST: Duration = Duration::from_secs(5);
/// How long it does not change then.
const PAUSE: Duration = Duration::from_millis(250);

impl Gateway {
    pub(super) async fn start(envoy: &Path, data: &Path) -> Result<Self, Trouble> {
        let mut child = Command::new(envoy)
            .args(["gateway", "--listen", "127.0.0.1:0", "--log", "error"])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the gateway has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await??;
        let authority = line
            .as_deref()
            .and_then(|line| line.strip_prefix("listening on http://"))
            .ok_or("expected the gateway to say where it listens")?
            .to_owned();
        Ok(Self { child, authority })
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.authority.clone())
    }

    pub(super) async fn usage(&self) -> Result<Usage, Trouble> {
        Usage::at_rest(&self.child).await
    }
}

impl Host {
    pub(super) fn start(
        envoy: &Path,
        gateway: &Gateway,
        pool: &str,
        version: &str,
    ) -> Result<Self, Trouble> {
        let endpoint = format!("http://{}", gateway.authority);
        let child = Command::new(envoy)
            .args(["host", "--log", "error", "--pool", pool])
            .args(["--endpoint", &endpoint, "--version", version])
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self(child))
    }

    pub(super) async fn usage(&self) -> Result<Usage, Trouble> {
        Usage::at_rest(&self.0).await
    }

    /// What it holds once that is no more threads and descriptors than `before`, or after a while. A busy machine takes
    /// its time to free what an actor had.
    pub(super) async fn idle_usage(&self, before: &Usage) -> Result<Usage, Trouble> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let usage = self.usage().await?;
            if usage.is_idle_as(before) || tokio::time::Instant::now() > until {
                return Ok(usage);
            }
        }
    }
}

impl Usage {
    /// What a process holds once that is the same twice, or after a while: what an actor has is freed behind its last word.
    async fn at_rest(child: &Child) -> Result<Self, Trouble> {
        let pid = child.id().ok_or("expected a process, but it has ended")?;
        let mut usage = Self::of(pid)?;
        let until = tokio::time::Instant::now() + REST;
        while tokio::time::Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
            let next = Self::of(pid)?;
            if next == usage {
                break;
            }
            usage = next;
        }
        Ok(usage)
    }

    fn of(pid: u32) -> Result<Self, Trouble> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let words = line.and_then(|line| line.split_whitespace().next());
            words.and_then(|word| word.parse::<u64>().ok())
        };
        let missing = "expected /proc to tell memory and threads";
        Ok(Self {
            octets: number("VmRSS:").ok_or(missing)? * 1024,
            threads: usize::try_from(number("Threads:").ok_or(missing)?)?,
            descriptors: std::fs::read_dir(format!("/proc/{pid}/fd"))?.count(),
        })
    }

    /// Whether there are no more threads and descriptors. There may be less where the other was looked at while something
    /// was still being freed.
    pub(super) fn is_idle_as(&self, other: &Self) -> bool {
        self.threads <= other.threads && self.descriptors <= other.descriptors
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8} KiB, {} threads, {} descriptors",
            self.octets / 1024,
            self.threads,
            self.descriptors
        )
    }
}
