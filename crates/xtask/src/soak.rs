//! `cargo xtask soak`: what a host and a gateway hold on to.

use anyhow::Result;

use crate::run::{cargo, run as run_command};
use crate::workspace::target;

/// Let an actor sleep and wake again and again, and run many at once; the host must keep nothing of it
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often the actor sleeps and wakes
    #[arg(long, default_value_t = 1000)]
    cycles: u32,
    /// How many actors run at once
    #[arg(long, default_value_t = 1000)]
    actors: u32,
    /// The version of the protocol; both by default
    #[arg(long)]
    version: Option<u16>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--release", "--quiet"]);
    build.args(["--package", "envoy-cli", "--package", "envoy-e2e"]);
    run_command(&mut build)?;
    let folder = target()?.join("release");
    let versions = args
        .version
        .map_or_else(|| vec![4, 5], |version| vec![version]);
    for version in versions {
        let mut soak = std::process::Command::new(folder.join("envoy-e2e"));
        soak.arg("--envoy").arg(folder.join("envoy"));
        soak.arg(format!("--cycles={}", args.cycles));
        soak.arg(format!("--actors={}", args.actors));
        soak.arg(format!("--version={version}"));
        run_command(&mut soak)?;
    }
    Ok(())
}
