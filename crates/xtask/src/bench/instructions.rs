//! `cargo xtask bench instructions`: what the codec costs, in numbers that repeat.

use anyhow::Result;

use super::{Found, found, program};

/// Count instructions under callgrind, and compare them with those that are checked in
#[derive(clap::Args, Default)]
pub(super) struct Args {
    /// Fail where ours have grown by more than 3 %, or a bar does not hold
    #[arg(long)]
    pub(super) check: bool,
    /// Check in what was counted, in benches/instructions.json
    #[arg(long, conflicts_with_all = ["check", "only"])]
    write: bool,
    /// Only messages whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

pub(super) fn measure(args: &Args) -> Result<Found> {
    let mut command = program("instructions");
    command.arg("--check");
    if args.write {
        command.arg("--write");
    }
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    found(&mut command)
}
