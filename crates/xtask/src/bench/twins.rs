//! `cargo xtask bench unsafe`: what the `unsafe` of `crates/bare` gains.

use anyhow::Result;

use super::program;
use crate::run::run as run_command;

/// Measure what each use of `unsafe` gains over the best code without it, in nanoseconds and instructions
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only modules of crates/bare whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut command = program("safe_twins");
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    run_command(&mut command)
}
