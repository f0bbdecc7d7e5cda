//! What the benchmarks of stores have in common: folders, and times for people.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

/// A place for a store, in a folder that is emptied first.
///
/// # Errors
///
/// Those of the system.
pub fn fresh(directory: &Path) -> Result<PathBuf> {
    if directory.exists() {
        std::fs::remove_dir_all(directory)?;
    }
    std::fs::create_dir_all(directory)?;
    Ok(directory.join("store"))
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Octets that the files of a store take on the disk. A store may remove some while they are counted.
///
/// # Errors
///
/// Those of the system.
pub fn used(directory: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = files(directory)?
        .into_iter()
        .filter_map(|path| path.metadata().ok());
    Ok(metadata.map(|metadata| metadata.blocks() * 512).sum())
}

/// Makes the system forget what it has cached of a store.
///
/// # Errors
///
/// Those of the system.
pub fn forget(directory: &Path) -> Result<()> {
    for path in files(directory)? {
        // Some threads of a store that was closed still tidy up.
        let Ok(file) = std::fs::File::open(path) else {
            continue;
        };
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    }
    Ok(())
}

/// A time for people.
#[must_use]
pub fn short(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    match us {
        ..10.0 => format!("{us:.1} µs"),
        ..1000.0 => format!("{us:.0} µs"),
        ..10_000.0 => format!("{:.1} ms", us / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", us / 1e3),
        _ => format!("{:.2} s", us / 1e6),
    }
}
