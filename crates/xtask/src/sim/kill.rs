//! `cargo xtask sim kill`: the depot crashes under load.

use anyhow::Result;

use crate::run::{cargo, run as run_command};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often it is killed, and loses power, and so on
    #[arg(long, default_value_t = 200)]
    times: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = cargo();
    command.args([
        "test",
        "--release",
        "--quiet",
        "--package",
        "envoy-depot",
        "--test",
        "crash",
        "--",
    ]);
    command.args(["--times", &args.times.to_string()]);
    run_command(&mut command)
}
