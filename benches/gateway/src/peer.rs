//! One of the servers that are measured: its process, a host with actors, and their callers.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use envoy_interop_engine::server::{Kind, Program, Server};
use tokio::task::JoinSet;

use crate::callers::Caller;
use crate::cores::Cores;
use crate::figures::{Figures, Turn};
use crate::fleet::{Ask, Fleet};
use crate::line::{Line, Work};
use crate::synced::SyncedLog;
use crate::writes::{self, Writes};

/// Which server, and how its files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    /// Ours, as it comes.
    Gateway,
    /// An engine each of whose writes to its log reaches the disk before it returns: what it answers then survives a loss of
    /// power, as with ours.
    EngineSynced,
    /// An engine as it comes.
    Engine,
}

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) actors: usize,
    pub(crate) pages: u32,
}

/// How long a turn is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// Before anything counts.
    pub(crate) warm_up: Duration,
    /// While it counts.
    pub(crate) counted: Duration,
}

/// A server that runs.
pub(crate) struct Peer {
    pub(crate) name: Name,
    server: Server,
    fleet: Fleet,
    callers: Vec<Caller>,
    /// Its log stays so for as long as this lives.
    _synced: Option<SyncedLog>,
}

impl Name {
    /// What is started for it.
    const fn kind(self) -> Kind {
        match self {
            Self::Gateway => Kind::Gateway,
            Self::EngineSynced | Self::Engine => Kind::Engine,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::EngineSynced => "engine, synced",
            Self::Engine => "engine",
        })
    }
}

impl Peer {
    /// Starts a server with `data` as its folder, and actors on it. Everything of the server runs where `cores` has servers.
    pub(crate) async fn start(
        name: Name,
        program: &Path,
        data: &Path,
        size: Size,
        cores: &Cores,
    ) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let program = Program {
            kind: name.kind(),
            path: program.to_owned(),
            without: None,
        };
        // A process has the cores of the thread that starts it.
        cores.of_servers();
        let server = Server::start(&program, data).await;
        cores.of_load();
        let server = server?;
        let fleet = Fleet::start(server.api(), size.actors, size.pages).await?;
        settle(server.id().context("expected the server to run")?).await?;
        // What fills the databases need not be synced, and would take minutes.
        let synced = (name == Name::EngineSynced)
            .then(|| SyncedLog::keep(data))
            .transpose()?;
        let mut callers = Vec::new();
        for id in fleet.ids() {
            callers.push(Caller::connect(server.api(), id).await?);
        }
        Ok(Self {
            name,
            server,
            fleet,
            callers,
            _synced: synced,
        })
    }

    /// One turn of a line.
    pub(crate) async fn turn(&mut self, line: Line, times: Times) -> Result<Figures> {
        let turn = Arc::new(Turn::new(times.warm_up, times.counted, line.actors));
        let answered = match line.work {
            Work::Commit(pages) => {
                let ask = Ask::Commit(pages);
                self.fleet.ask(ask, line.actors, &turn).await?
            }
            Work::Read => self.fleet.ask(Ask::Read, line.actors, &turn).await?,
            Work::Request => {
                let mut asking = JoinSet::new();
                for caller in self.callers.drain(..line.actors) {
                    asking.spawn(caller.ask(Arc::clone(&turn)));
                }
                let mut answered = Vec::new();
                for (caller, some) in self.fleet.echo(&mut asking).await? {
                    self.callers.push(caller);
                    answered.extend(some);
                }
                answered
            }
        };
        Figures::of(&answered, &turn).context("expected an answer, but found none")
    }

    /// What the server writes while one actor commits one page, again and again. Nothing, where that cannot be seen.
    pub(crate) async fn writes(&mut self, data: &Path, during: Duration) -> Result<Option<Writes>> {
        let process = self.server.id().context("expected the server to run")?;
        let Some(watch) = writes::Watch::start(process, data).await? else {
            return Ok(None);
        };
        let turn = Turn::new(Duration::ZERO, during, 1);
        let answered = self.fleet.ask(Ask::Commit(1), 1, &turn).await?;
        Ok(Some(watch.end(answered.len()).await?))
    }

    pub(crate) async fn end(mut self) -> Result<()> {
        self.server.kill().await
    }
}

/// Waits until a process has hardly anything to do: what filled the databases is put in order in the background, which is not what is
/// measured. One that goes on for longer than a minute is taken as it is.
async fn settle(process: u32) -> Result<()> {
    const LOOK: Duration = Duration::from_secs(1);
    /// Of [`LOOK`], a twentieth.
    const IDLE: u64 = 5;
    let mut before = ticks(process)?;
    for _ in 0..60 {
        tokio::time::sleep(LOOK).await;
        let now = ticks(process)?;
        if now - before <= IDLE {
            break;
        }
        before = now;
    }
    Ok(())
}

/// Hundredths of a second that a process had a processor.
fn ticks(process: u32) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("needs Linux")?;
    used(&stat).with_context(|| format!("expected the times of a process, but found {stat:?}"))
}

/// The times in user code and in the kernel, of a line of `/proc/*/stat`.
fn used(stat: &str) -> Option<u64> {
    // The name before may have spaces, and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_process_is_that_of_its_code_and_of_the_kernel() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 8 0 5 6 7";
        assert_eq!(used(stat), Some(42));
        assert_eq!(used("7 (a) S 1"), None);
        assert_eq!(used(""), None);
    }
}
