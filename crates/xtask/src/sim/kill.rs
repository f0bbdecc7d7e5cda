//! `cargo xtask sim kill`: the depot, and SQL on it, crash under load.

use anyhow::Result;

use crate::run::{cargo, run as run_command};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often it is killed, and loses power, and so on
    #[arg(long, default_value_t = 200)]
    times: u64,
}

/// Packages, and which of their tests crashes.
const TESTS: [[&str; 2]; 2] = [["envoy-depot", "crash"], ["envoy-depot-sqlite", "killed"]];

pub(crate) fn run(args: &Args) -> Result<()> {
    for [package, test] in TESTS {
        let mut command = cargo();
        command.args(["test", "--release", "--quiet"]);
        command.args(["--package", package, "--test", test]);
        command.args(["--", "--times", &args.times.to_string()]);
        run_command(&mut command)?;
    }
    Ok(())
}
