//! The gateway of the demo: a process of its own, so that it can be killed.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::http::Client;
use super::{Guard, Trouble};

/// A gateway that runs.
pub(crate) struct Server {
    program: PathBuf,
    data: PathBuf,
    without: Option<Guard>,
    address: SocketAddr,
    child: Child,
}

/// How long a gateway may take until it answers.
const PATIENCE: Duration = Duration::from_secs(15);

impl Server {
    pub(crate) async fn start(data: &Path, without: Option<Guard>) -> Result<Self, Trouble> {
        let program = std::env::current_exe()
            .map_err(|error| Trouble::new("this program cannot be found again", error))?;
        let (child, address) = spawn(&program, data, without, "127.0.0.1:0").await?;
        let server = Self {
            program,
            data: data.to_owned(),
            without,
            address,
            child,
        };
        server.until_ready().await?;
        Ok(server)
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// SIGKILL: nothing of what it was about to do is done.
    pub(crate) async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Starts it again, on what the last one left. How long it took until it said that it serves.
    pub(crate) async fn restart(&mut self) -> Result<Duration, Trouble> {
        let began = Instant::now();
        let address = self.address.to_string();
        let (child, _) = spawn(&self.program, &self.data, self.without, &address).await?;
        self.child = child;
        self.until_ready().await?;
        Ok(began.elapsed())
    }

    async fn until_ready(&self) -> Result<(), Trouble> {
        let mut client = Client::new(self.authority());
        let ready = async {
            loop {
                match client.get("/health").await {
                    Ok(answer) if answer.status == http::StatusCode::OK => return,
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, ready)
            .await
            .map_err(|late| Trouble::new("the gateway does not say that it is ready", late))
    }
}

async fn spawn(
    program: &Path,
    data: &Path,
    without: Option<Guard>,
    listen: &str,
) -> Result<(Child, SocketAddr), Trouble> {
    let mut command = Command::new(program);
    command
        .args(["gateway", "--listen", listen, "--log", "error", "--data"])
        .arg(data);
    if let Some(guard) = without.filter(|guard| guard.is_of_gateway()) {
        command.args(["--without", guard.name()]);
    }
    // What the demo provokes is no news, and what else is wrong shows in its table.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let failed = |error| Trouble::new("the gateway cannot be started", error);
    let mut child = command.spawn().map_err(failed)?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| failed(io::Error::other("it has no output")))?;
    let line = tokio::time::timeout(PATIENCE, BufReader::new(stdout).lines().next_line()).await;
    let line = line
        .map_err(|late| failed(io::Error::other(late)))?
        .map_err(failed)?;
    let address = line
        .as_deref()
        .and_then(|line| line.strip_prefix("listening on http://"))
        .and_then(|address| address.parse().ok());
    let address =
        address.ok_or_else(|| failed(io::Error::other("it did not say where it listens")))?;
    Ok((child, address))
}
