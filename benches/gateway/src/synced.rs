//! An engine whose commits survive a loss of power.
//!
//! It writes each commit to the log of its `RocksDB`, and has no setting by which it would wait until that is on the disk. A file
//! can have it, though: by an attribute of file systems like ext4, every write to it waits for the disk. The log is
//! written by one call for all commits that come together, so that is what an option of `RocksDB` would do. Its other files, which are
//! synced when they are complete, are left alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;

/// How often it is looked whether there is a new log. One lasts for tens of megabytes.
const LOOK: Duration = Duration::from_millis(20);

/// Keeps the logs of one engine synced.
pub(crate) struct SyncedLog {
    /// Ends with this.
    _looking: JoinSet<()>,
}

impl SyncedLog {
    /// Begins with the logs that there are below `folder`, of which there must be some.
    pub(crate) fn keep(folder: &Path) -> Result<Self> {
        let folder = folder.join("db");
        let mut known = BTreeSet::new();
        sync_new(&folder, &mut known)?;
        ensure!(
            !known.is_empty(),
            "expected a log in {}, but found none",
            folder.display()
        );
        let mut looking = JoinSet::new();
        looking.spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                if let Err(error) = sync_new(&folder, &mut known) {
                    // It may have been removed meanwhile, as old ones are.
                    eprintln!("a log of the engine: {error:#}");
                }
            }
        });
        Ok(Self { _looking: looking })
    }
}

/// Has writes to the logs that are not known yet wait for the disk.
fn sync_new(folder: &Path, known: &mut BTreeSet<PathBuf>) -> Result<()> {
    let files =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "log") && !known.contains(&path) {
            let output = Command::new("chattr").arg("+S").arg(&path).output();
            let output = output.context("cannot start chattr")?;
            known.insert(path);
            ensure!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
    }
    Ok(())
}
