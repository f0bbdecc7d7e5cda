//! `cargo xtask bench instructions`: what the codec costs, in numbers that repeat.

use anyhow::Result;

use super::program;
use crate::run::run as run_command;

/// Count instructions under callgrind, and compare them with those that are checked in
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail where ours have grown by more than 3 %, or a bar does not hold
    #[arg(long)]
    check: bool,
    /// Check in what was counted, in benches/instructions.json
    #[arg(long, conflicts_with_all = ["check", "only"])]
    write: bool,
    /// Only messages whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

impl Args {
    /// All messages, as they are counted when everything is.
    pub(super) fn of_check(check: bool) -> Self {
        Self {
            check,
            write: false,
            only: None,
        }
    }
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut command = program("instructions");
    if args.check {
        command.arg("--check");
    }
    if args.write {
        command.arg("--write");
    }
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    run_command(&mut command)
}
