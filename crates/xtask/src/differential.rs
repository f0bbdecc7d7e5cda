//! `cargo xtask differential`: the codec and the converters against independent implementations.

use anyhow::Result;

use crate::run::{cargo, run as run_command};

/// Compare the codec and the converters with independent ones on generated messages
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many messages of each root and version
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = cargo();
    command
        .args([
            "test",
            "--release",
            "--package",
            "envoy-protocol",
            "--all-features",
        ])
        // What the test prints says how many messages were compared; it is the point of running this.
        .args([
            "--test",
            "differential",
            "--",
            "--nocapture",
            "--test-threads=2",
        ])
        .env("DIFFERENTIAL_MESSAGES", args.messages.to_string());
    run_command(&mut command)
}
