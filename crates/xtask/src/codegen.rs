//! `cargo xtask codegen`: the types of every schema version, written or compared.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run as run_command};
use crate::workspace;

/// Write `src/generated` from the schemas in `protocol`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if what is there is not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = command(&workspace::root())?;
    if args.check {
        command.arg("--check");
    }
    run_command(&mut command)
}

/// The generator's command line for the checkout at `root`, run there.
pub(crate) fn command(root: &Path) -> Result<Command> {
    let mut command = cargo();
    command.current_dir(root);
    command.args([
        "run",
        "--quiet",
        "--package",
        "envoy-bare-codegen",
        "--",
        "generate",
    ]);
    command.args(["--out", "src/generated", "--command", "cargo xtask codegen"]);
    for name in workspace::ROOTS {
        command.args(["--root", name]);
    }
    for (number, file) in workspace::schemas(root)? {
        command.arg(format!("v{number}=protocol/{file}"));
    }
    Ok(command)
}
