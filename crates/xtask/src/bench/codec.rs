//! `cargo xtask bench codec`: every codec on every message, timed.

use anyhow::Result;

use super::program;
use crate::run::run as run_command;

/// Time every codec on every message, print the table, and say which bars hold
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// Only messages whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each codec gets its turn
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut command = program("codec");
    command.args(["--rounds", &args.rounds.to_string()]);
    for only in &args.only {
        command.args(["--only", only]);
    }
    if args.check {
        command.arg("--check");
    }
    run_command(&mut command)
}
