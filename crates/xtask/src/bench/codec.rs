//! `cargo xtask bench codec`: every codec on every message, timed, and all rows of the bar.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::{compile, instructions, program};
use crate::run::run as run_command;

/// Time every codec on every message, print the table, and say row by row which bars hold
///
/// Without `--only` the rows that no clock decides are checked too: allocations and instructions under callgrind, and
/// what the codec costs to compile.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// Only times, and only of messages whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each codec gets its turn
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Draw the times into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    if !args.only.is_empty() {
        return times(args);
    }
    // Whatever one of them says, the others are worth knowing.
    let parts = [
        times(args),
        instructions::run(&instructions::Args::of_check(args.check)),
        compile::run(&compile::Args { check: args.check }),
    ];
    let failed: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
    for error in &failed {
        eprintln!("xtask: {error:#}");
    }
    ensure!(failed.is_empty(), "not every bar holds");
    Ok(())
}

fn times(args: &Args) -> Result<()> {
    let mut command = program("codec");
    command.args(["--rounds", &args.rounds.to_string()]);
    for only in &args.only {
        command.args(["--only", only]);
    }
    if args.check {
        command.arg("--check");
    }
    if let Some(file) = &args.plot {
        // The program runs in another folder.
        command.arg("--plot").arg(std::path::absolute(file)?);
    }
    run_command(&mut command)
}
