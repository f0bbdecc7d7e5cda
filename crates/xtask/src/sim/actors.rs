//! `cargo xtask sim actors`: a gateway, hosts and callers.

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run as run_command};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Within how many seeds the checker has to catch each mutant; 0 for no mutants
    #[arg(long, default_value_t = 1000)]
    mutant_seeds: u64,
    /// Print the whole log of each seed, and a number that is the same for the same log; no mutants
    #[arg(long)]
    log: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = simulation()?;
    command.args([
        format!("--seeds={}", args.seeds),
        format!("--first={}", args.first),
        format!("--mutant-seeds={}", args.mutant_seeds),
    ]);
    if args.log {
        command.arg("--log");
    }
    run_command(&mut command)
}

/// The package of the simulation is a workspace of its own, and builds beside the others: with tokio's choices from the seed.
fn simulation() -> Result<Command> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--locked"]);
    command.args(["--config", "tests/sim/seeded.toml"]);
    command.args(["--manifest-path", "tests/sim/Cargo.toml"]);
    command
        .arg("--target-dir")
        .arg(workspace::target()?.join("sim"))
        .arg("--");
    Ok(command)
}
