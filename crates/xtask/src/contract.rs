//! `cargo xtask contract`: one suite of cases, black box, that our gateway and a real engine both have to hold.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::interop;
use crate::run::{cargo, run as run_command};
use crate::workspace;

/// Run the cases that our gateway and a real engine both have to hold, against one of them
///
/// They are those of `cargo xtask interop engine`, over API, connection, lifecycle, KV, pages, commits, remote SQL, the HTTP
/// tunnel, errors, limits and restarts. Where the two differ on purpose, a case expects of each what it does, and says why.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which server
    #[arg(long)]
    server: Server,
    /// Only cases whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this version of the protocol
    #[arg(long, value_name = "VERSION")]
    version: Option<u16>,
    /// Run each case without each guard of the gateway that it is there for, and say how it fails: none may hold
    #[arg(long)]
    faults: bool,
    /// Run all cases without this guard of the gateway, and say which do not hold: some have to
    #[arg(long, value_name = "GUARD", conflicts_with = "faults")]
    without: Option<String>,
    /// Put what finds a guard that is left out into the marked part of the README of the cases
    #[arg(long, requires = "faults", conflicts_with_all = ["only", "version"])]
    document: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Server {
    /// A real Rivet engine, from npm
    Engine,
    /// Our gateway, as `envoy gateway`
    Gateway,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = workspace::target()?.join("contract");
    let leaves_out = args.faults || args.without.is_some();
    match args.server {
        Server::Engine if leaves_out => {
            bail!("expected a gateway, which can leave something out, but found an engine")
        }
        Server::Engine => cases(args, "engine", &interop::engine()?, &folder.join("engine")),
        Server::Gateway if leaves_out => {
            let program = gateway(&["--features", "faults"], &folder.join("faults"))?;
            cases(args, "gateway", &program, &folder.join("without"))
        }
        Server::Gateway => {
            let program = gateway(&[], &workspace::target()?)?;
            cases(args, "gateway", &program, &folder.join("gateway"))
        }
    }
}

/// Runs cases against a server, with a folder for what it stores and logs.
fn cases(args: &Args, server: &str, program: &Path, folder: &Path) -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "envoy-interop-engine", "--"])
        .args(["--server", server, "--program"])
        .arg(program)
        .arg("--data")
        .arg(folder);
    for name in &args.only {
        command.args(["--only", name]);
    }
    if let Some(version) = args.version {
        command.args(["--version", &version.to_string()]);
    }
    if args.faults {
        command.arg("--faults");
    }
    if let Some(guard) = &args.without {
        command.args(["--without", guard]);
    }
    if args.document {
        let document = workspace::root().join("tests/interop/engine/README.md");
        command.arg("--note").arg(document);
    }
    run_command(&mut command)
}

/// Builds the gateway's program, and returns where it is.
pub(crate) fn gateway(features: &[&str], target: &Path) -> Result<PathBuf> {
    // A folder of its own for other features, so that nobody runs that program by mistake.
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--package", "envoy-cli", "--target-dir"])
        .arg(target)
        .args(features);
    run_command(&mut command)?;
    let program = target
        .join("debug/envoy")
        .with_extension(std::env::consts::EXE_EXTENSION);
    program
        .canonicalize()
        .with_context(|| format!("expected cargo to build {}", program.display()))
}
