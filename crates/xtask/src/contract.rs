//! `cargo xtask contract`: one suite of cases, black box, that our gateway and a real engine both have to hold.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
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
}

#[derive(Clone, Copy, ValueEnum)]
enum Server {
    /// A real Rivet engine, from npm
    Engine,
    /// Our gateway, as `envoy gateway`
    Gateway,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (name, program) = match args.server {
        Server::Engine => ("engine", interop::engine()?),
        Server::Gateway => ("gateway", gateway()?),
    };
    let data = workspace::target()?.join("contract").join(name);
    cases(name, &program, &data, &args.only, args.version)
}

/// Runs cases against a server, with `data` for what it stores and logs.
fn cases(
    server: &str,
    program: &Path,
    data: &Path,
    only: &[String],
    version: Option<u16>,
) -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "envoy-interop-engine", "--"])
        .args(["--server", server, "--program"])
        .arg(program)
        .arg("--data")
        .arg(data);
    for name in only {
        command.args(["--only", name]);
    }
    if let Some(version) = version {
        command.args(["--version", &version.to_string()]);
    }
    run_command(&mut command)
}

/// Builds the gateway's program, and returns where it is.
fn gateway() -> Result<PathBuf> {
    run_command(cargo().args(["build", "--quiet", "--package", "envoy-cli"]))?;
    let program = workspace::target()?
        .join("debug/envoy")
        .with_extension(std::env::consts::EXE_EXTENSION);
    program
        .canonicalize()
        .with_context(|| format!("expected cargo to build {}", program.display()))
}
