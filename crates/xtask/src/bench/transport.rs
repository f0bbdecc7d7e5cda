//! `cargo xtask bench transport`: the transport beside the WebSocket library below it, and what idle connections cost.

use anyhow::Result;

use super::{Found, found, manifest};
use crate::run;

/// Time an echo over loopback beside bare tokio-tungstenite, and measure the memory of idle connections
///
/// Bars: at least 0.8 of the library's messages a second at 64 octets and 0.9 from 4 KiB, at both versions; at most 40 KiB
/// for an idle connection, at each end.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    pub(super) check: bool,
    /// Only the memory of idle connections, which the load of the machine does not change
    #[arg(long)]
    idle: bool,
    /// How often each transport gets its turn
    #[arg(long, default_value_t = 11)]
    rounds: u32,
}

pub(super) fn measure(args: &Args) -> Result<Found> {
    let mut command = run::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(manifest())
        .args(["--package", "envoy-benches-transport", "--", "--check"])
        .args(["--rounds", &args.rounds.to_string()]);
    if args.idle {
        command.arg("--idle");
    }
    found(&mut command)
}
