//! The memory of databases that are open and idle, in a process of their own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use depot_sqlite::Value;

use crate::data::name;
use crate::reads::{OPENED, point};
use crate::subject::{Side, Store};

/// Octets for each open database whose name has this prefix, of what was [filled](crate::reads::fill).
pub(crate) fn measure(side: Side, directory: &Path, prefix: &str) -> Result<u64> {
    let value = side.to_possible_value().context("a name")?;
    let output = Command::new(std::env::current_exe()?)
        .args(["--idle", value.get_name(), "--prefix", prefix])
        .arg("--directory")
        .arg(directory)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "the idle process failed: {}",
        output.status
    );
    let taken: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(taken / u64::from(OPENED))
}

/// Opens the databases, has each do a little, and prints the octets that all take.
pub(crate) fn run(side: Side, directory: &Path, prefix: &str) -> Result<()> {
    // What the engine keeps is the store's, whatever number of databases is open.
    let store = Store::open(side, directory, 1 << 20)?;
    let names: Vec<_> = (0..OPENED).map(|number| name(prefix, number)).collect();
    for name in &names {
        store.allocate(name)?;
    }
    // The first one brings what every process has once.
    let first = store.database(&names[0])?;
    point(&first, 1)?;
    first.close()?;
    let before = resident()?;
    let mut databases = Vec::new();
    for name in &names {
        let database = store.database(name)?;
        point(&database, 1)?;
        database.run(
            "UPDATE t SET v = ? WHERE id = 1",
            vec![Value::from(vec![1; 100])],
        )?;
        databases.push(database);
    }
    println!("{}", resident()?.saturating_sub(before));
    for database in databases {
        database.close()?;
    }
    store.close();
    Ok(())
}

/// Octets of this process that are in memory.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("needs Linux")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("expected the resident size")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes << 10)
}
