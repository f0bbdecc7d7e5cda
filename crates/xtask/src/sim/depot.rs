//! `cargo xtask sim depot`: overlapping writers of a depot.

use anyhow::Result;

use crate::run::run as run_command;
use crate::sql;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Within how many seeds the checker has to catch each mutant; 0 for no mutants
    #[arg(long, default_value_t = 200)]
    mutant_seeds: u64,
    /// Print the whole log of each seed, and a number that is the same for the same log; no mutants
    #[arg(long)]
    log: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = sql::checks();
    command.arg("sim").args([
        format!("--seeds={}", args.seeds),
        format!("--first={}", args.first),
        format!("--mutant-seeds={}", args.mutant_seeds),
    ]);
    if args.log {
        command.arg("--log");
    }
    run_command(&mut command)
}
