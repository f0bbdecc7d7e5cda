//! `cargo xtask corpus`: the inputs that fuzzing starts from and `cargo test` replays.

use anyhow::Result;

use crate::run::{cargo, run as run_command};

/// Write `fuzz/corpus` from the recorded frames, the message generators and the compiler's fixtures
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if an input is missing
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "--package",
        "envoy-checks",
        "--",
        "corpus",
    ]);
    if args.check {
        command.arg("--check");
    }
    run_command(&mut command)
}
