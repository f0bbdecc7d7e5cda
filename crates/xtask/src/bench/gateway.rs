//! `cargo xtask bench gateway`: load on our gateway, beside a real Rivet engine.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Found, found, stores};
use crate::run::cargo;
use crate::{interop, run, workspace};

/// Measure our gateway under load beside a real Rivet engine: commits, reads of pages, requests to actors
///
/// With 1, 16 and 256 actors, by the same host at v5, each server in its turn. Bar: at least twice the rate of an engine that makes its
/// commits as durable, on every line. The engine comes from npm, pinned by hash.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail where the bar does not hold
    #[arg(long)]
    check: bool,
    /// Only lines whose name contains this, "16 pages" say; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each server gets its turn at a line
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Leave out the engine whose log is synced: where the file system has no attribute for it
    #[arg(long)]
    unsynced: bool,
    /// Write what is printed into docs/performance.md too
    #[arg(long, conflicts_with_all = ["only", "unsynced"])]
    document: bool,
}

/// Where it goes.
const MARKS: [&str; 2] = ["<!-- gateway -->\n", "<!-- /gateway -->\n"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let all = measure(args)?;
    if args.document {
        stores::document("docs/performance.md", MARKS, &all.text)?;
    }
    all.conclude(args.check)
}

fn measure(args: &Args) -> Result<Found> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(workspace::root().join("benches/gateway/Cargo.toml"))
        .args(["--", "--check", "--gateway"])
        .arg(gateway()?)
        .arg("--engine")
        .arg(interop::engine()?)
        // Where the workspace builds: on a disk, as a rule, which a folder for temporary files is often not.
        .arg("--data")
        .arg(workspace::target()?.join("gateway-bench"))
        .args(["--rounds", &args.rounds.to_string()]);
    for name in &args.only {
        command.args(["--only", name]);
    }
    if args.unsynced {
        command.args(["--beside", "engine"]);
    }
    found(&mut command)
}

/// Builds the gateway's program as its users would, and returns where it is.
fn gateway() -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "envoy-cli"]);
    run::run(&mut command)?;
    let program = workspace::target()?
        .join("release/envoy")
        .with_extension(std::env::consts::EXE_EXTENSION);
    program
        .canonicalize()
        .with_context(|| format!("expected cargo to build {}", program.display()))
}
