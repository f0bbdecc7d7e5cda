//! `cargo xtask rolling-upgrade`: a fleet whose hosts are replaced one by one, under load.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{cargo, run as run_command};
use crate::workspace::target;

/// Replace a fleet of v4 hosts by v5 hosts, one by one and under load, with the gateway restarted twice
///
/// All are processes. Most hosts are drained (SIGTERM), one is killed; of the gateway's restarts one is a SIGKILL while a host
/// drains, the other a SIGTERM. Each acknowledged write is read back with SQL. Fails if one is lost or there twice, if a write
/// was never answered, or if an actor is not on a new host in the end.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The other way, as a fleet is rolled back: v5 hosts are replaced by v4 hosts
    #[arg(long)]
    back: bool,
    /// How many hosts there are, three or more
    #[arg(long, default_value_t = 4)]
    hosts: u8,
    /// How many actors there are
    #[arg(long, default_value_t = 12)]
    actors: u8,
    /// Leave a guard of the gateway out, such as head-fence
    #[arg(long, value_name = "GUARD")]
    without: Option<String>,
    /// Build in release mode
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let envoy = build(args, "envoy-cli", "envoy")?;
    let roll = build(args, "envoy-rolling-upgrade", "envoy-rolling-upgrade")?;
    let (from, to) = if args.back { ("5", "4") } else { ("4", "5") };
    let mut command = std::process::Command::new(roll);
    command.arg("roll").arg("--envoy").arg(envoy);
    command.arg("--data").arg(target()?.join("rolling-upgrade"));
    command.args(["--from", from, "--to", to]);
    command.arg(format!("--hosts={}", args.hosts));
    command.arg(format!("--actors={}", args.actors));
    if let Some(guard) = &args.without {
        command.args(["--without", guard]);
    }
    run_command(&mut command)
}

/// Builds a package's program, and returns where it is.
fn build(args: &Args, package: &str, program: &str) -> Result<PathBuf> {
    let target = target()?;
    // A folder of its own for a gateway with faults, so that nobody runs it by mistake.
    let has_faults = args.without.is_some() && package == "envoy-cli";
    let target = if has_faults {
        target.join("rolling-upgrade-faults")
    } else {
        target
    };
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", package, "--target-dir"]);
    command.arg(&target);
    if has_faults {
        command.args(["--features", "faults"]);
    }
    if args.release {
        command.arg("--release");
    }
    run_command(&mut command)?;
    let profile = if args.release { "release" } else { "debug" };
    Ok(target
        .join(profile)
        .join(program)
        .with_extension(std::env::consts::EXE_EXTENSION))
}
