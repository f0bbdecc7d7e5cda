//! `cargo xtask bench`: the codec beside its peers, in nanoseconds, instructions and seconds of compilation, and its
//! `unsafe` beside safe code; the transport beside the library below it; SQL on the depot beside plain SQLite; the gateway beside a real engine.

mod codec;
mod compile;
mod depot;
mod gateway;
mod instructions;
mod stores;
mod transport;
mod twins;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::{run, workspace};

/// Measure the codec, the transport and the depot beside their peers, and check the bars they have to hold
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Codec(codec::Args),
    Compile(compile::Args),
    Depot(depot::Args),
    Gateway(gateway::Args),
    Instructions(instructions::Args),
    Stores(stores::Args),
    Transport(transport::Args),
    Unsafe(twins::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Codec(args) => codec::run(args),
        What::Compile(args) => compile::measure()?.conclude(args.check),
        What::Depot(args) => depot::run(args),
        What::Gateway(args) => gateway::run(args),
        What::Instructions(args) => instructions::measure(args)?.conclude(args.check),
        What::Stores(args) => stores::run(args),
        What::Transport(args) => transport::measure(args)?.conclude(args.check),
        What::Unsafe(args) => twins::run(args),
    }
}

/// What a measurement found.
struct Found {
    /// Tables in Markdown.
    text: String,
    /// Whether all that it is about holds.
    holds: bool,
}

impl Found {
    fn conclude(&self, check: bool) -> Result<()> {
        print!("{}", self.text);
        ensure!(!check || self.holds, "not everything holds that has to");
        Ok(())
    }
}

/// The benchmarks are a workspace of their own.
fn manifest() -> PathBuf {
    workspace::root().join("benches/Cargo.toml")
}

/// A program of the benchmarks, compiled as a user of the library would compile it.
fn program(name: &str) -> Command {
    let mut command = run::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(manifest())
        .args(["--bin", name, "--"]);
    command
}

/// Runs a program of the benchmarks with `--check`: it says by its exit code whether what it found holds, 0, or else 2.
fn found(command: &mut Command) -> Result<Found> {
    const DOES_NOT_HOLD: i32 = 2;

    run::announce(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    let code = output.status.code();
    ensure!(
        matches!(code, Some(0 | DOES_NOT_HOLD)),
        "the benchmark failed: {}",
        output.status
    );
    Ok(Found {
        text: String::from_utf8(output.stdout).context("expected text of the benchmark")?,
        holds: code == Some(0),
    })
}
