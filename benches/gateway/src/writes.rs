//! What a server does with its files, as strace sees it: how often it writes, and how often it has that made durable.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::{Child, Command};

/// Calls that make durable what was written before.
const SYNCS: [&str; 4] = ["fsync", "fdatasync", "msync", "sync_file_range"];
/// Calls that write to a file.
const WRITES: [&str; 4] = ["write", "pwrite64", "writev", "pwritev2"];
/// What it is told by that it watches, and how long that may take.
const ATTACHED: &str = "attached";
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls for one commit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Writes {
    /// To files in its folder.
    pub(crate) writes: f64,
    /// That wait for the disk.
    pub(crate) syncs: f64,
}

/// Watches a process.
pub(crate) struct Watch {
    strace: Child,
    calls: PathBuf,
    folder: PathBuf,
}

impl Watch {
    /// Begins to watch what `process` does with the files in `folder`. Nothing, where there is no strace.
    pub(crate) async fn start(process: u32, folder: &Path) -> Result<Option<Self>> {
        let (calls, said) = (folder.join("calls"), folder.join("strace.log"));
        let log = std::fs::File::create(&said)?;
        let started = Command::new("strace")
            .args(["-f", "-y", "-e"])
            .arg(format!("trace={},{}", SYNCS.join(","), WRITES.join(",")))
            .arg("-o")
            .arg(&calls)
            .args(["-p", &process.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        let Ok(mut strace) = started else {
            return Ok(None);
        };
        let start = Instant::now();
        while !std::fs::read_to_string(&said)?.contains(ATTACHED) {
            if strace.try_wait()?.is_some() {
                // It may not: a container forbids it, say.
                return Ok(None);
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "expected strace to watch within {PATIENCE:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Some(Self {
            strace,
            calls,
            folder: folder.to_owned(),
        }))
    }

    /// Ends watching. While it lasted so many commits were answered.
    pub(crate) async fn end(mut self, commits: usize) -> Result<Writes> {
        let id = self.strace.id().context("expected strace to run")?;
        // So that it lets go of the process, and writes down what it saw.
        let status = Command::new("kill")
            .args(["-INT", &id.to_string()])
            .status()
            .await?;
        ensure!(status.success(), "cannot ask strace to end: {status}");
        self.strace.wait().await?;
        let calls = std::fs::read_to_string(&self.calls)
            .with_context(|| format!("cannot read {}", self.calls.display()))?;
        if commits == 0 {
            bail!("expected commits while they are watched, but found none");
        }
        let each = |names: &[&str]| count(&calls, names, &self.folder) as f64 / commits as f64;
        Ok(Writes {
            writes: each(&WRITES),
            syncs: each(&SYNCS),
        })
    }
}

/// How many of `calls` are one of `names`, of a file in `folder`.
fn count(calls: &str, names: &[&str], folder: &Path) -> usize {
    let folder = format!("<{}/", folder.display());
    calls
        .lines()
        .filter(|line| {
            // A call that is interrupted by another thread's has a second line, which does not name its file again.
            let call = line
                .split_once(' ')
                .map_or("", |(_, call)| call.trim_start());
            let Some((name, arguments)) = call.split_once('(') else {
                return false;
            };
            // What it logs is not what it stores.
            let file = arguments.split(['>', ',']).next().unwrap_or_default();
            names.contains(&name) && file.contains(&folder) && !file.ends_with("server.log")
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_files_in_the_folder_are_counted_once_each() {
        let calls = "\
100 write(12</data/db/000004.log>, \"\\1\"..., 4200) = 4200
100 write(9<socket:[77]>, \"\\1\"..., 4200) = 4200
101 write(2</data/server.log>, \"ts=\"..., 200) = 200
101 pwrite64(8</data/db/store.redb>, \"\"..., 4096, 8192 <unfinished ...>
102  fdatasync(8</data/db/store.redb>) = 0
101 <... pwrite64 resumed>) = 4096
102 fsync(8</elsewhere/store.redb>) = 0
101 +++ exited with 0 +++
";
        let folder = Path::new("/data");
        assert_eq!(count(calls, &WRITES, folder), 2);
        assert_eq!(count(calls, &SYNCS, folder), 1);
    }
}
