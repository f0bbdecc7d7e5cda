//! `cargo xtask sql-differential` and `cargo xtask sqllogictest`: SQL over depot-sqlite on the embedded engine of a depot.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{cargo, run as run_command};

/// Run random SQL over depot-sqlite on a depot and over plain SQLite, and compare rows, errors and what reopening finds
#[derive(clap::Args)]
pub(crate) struct DifferentialArgs {
    /// How many statements: over a few databases with long histories, and as many over many databases at once
    #[arg(long, default_value_t = 20_000)]
    statements: u64,
    /// How many databases at once
    #[arg(long, default_value_t = 256)]
    databases: u64,
    /// Other statements for another number
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Run the sqllogictest scripts of a folder over depot-sqlite on a depot
#[derive(clap::Args)]
pub(crate) struct ScriptsArgs {
    /// The folder, with all it contains
    folder: PathBuf,
}

pub(crate) fn differential(args: &DifferentialArgs) -> Result<()> {
    let mut command = checks();
    command.arg("differential").args([
        format!("--statements={}", args.statements),
        format!("--databases={}", args.databases),
        format!("--seed={}", args.seed),
    ]);
    run_command(&mut command)
}

pub(crate) fn scripts(args: &ScriptsArgs) -> Result<()> {
    // Commands run at the root of the workspace, whatever the folder was given relative to.
    let folder = args
        .folder
        .canonicalize()
        .with_context(|| args.folder.display().to_string())?;
    let mut command = checks();
    command.arg("sqllogictest").arg(folder);
    run_command(&mut command)
}

/// The package of the checks is a workspace of its own, and builds where the others do.
pub(crate) fn checks() -> Command {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--locked"]);
    command.args(["--manifest-path", "crates/depot-sqlite/checks/Cargo.toml"]);
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        command.args(["--target-dir", "target"]);
    }
    command.arg("--");
    command
}
