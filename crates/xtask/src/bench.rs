//! `cargo xtask bench`: the codec beside its peers, in nanoseconds, instructions and seconds of compilation.

mod codec;
mod compile;
mod instructions;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{run, workspace};

/// Measure the codec beside its peers, and check the bars it has to hold
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Codec(codec::Args),
    Compile(compile::Args),
    Instructions(instructions::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Codec(args) => codec::run(args),
        What::Compile(args) => compile::run(args),
        What::Instructions(args) => instructions::run(args),
    }
}

/// The benchmarks are a workspace of their own.
fn manifest() -> PathBuf {
    workspace::root().join("benches/Cargo.toml")
}

/// `cargo run` of a program of the benchmarks, as a user of the library would compile it.
fn program(name: &str) -> Command {
    let mut command = run::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(manifest())
        .args(["--bin", name, "--"]);
    command
}
