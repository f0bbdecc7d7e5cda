//! `cargo xtask restart-sweep`: what callers of actors see when their server is killed and started again.

use std::path::PathBuf;

use anyhow::Result;

use crate::contract::{Server, gateway};
use crate::interop;
use crate::run::{cargo, run as run_command};
use crate::workspace;

/// Kill a server that has warmed actors, start it again, and ask each at a sweep of offsets from its first true /health
///
/// Prints a table, and writes a plot. Of our gateway every request has to get the actor's own 200 within 2 s of being sent;
/// `/health` has to be true within 1 s of the start without hosts, within 3 s with hosts known. What a real engine does is
/// printed, and not judged.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which server
    #[arg(long)]
    server: Server,
    /// How many actors are asked, each once after each kill [default: 100]
    #[arg(long)]
    actors: Option<u32>,
    /// How often the server is killed [default: 1]
    #[arg(long)]
    runs: Option<u32>,
    /// How long it stays away before it is started again, in milliseconds [default: 0]
    #[arg(long, value_name = "MS")]
    down: Option<u32>,
    /// The longest wait of hosts between two attempts to connect, in milliseconds [default: 30000]
    #[arg(long, value_name = "MS")]
    backoff: Option<u32>,
    /// Where the plot goes [default: a file in the target folder]
    #[arg(long, value_name = "FILE", conflicts_with = "document")]
    svg: Option<PathBuf>,
    /// Write the figures into docs/restart.md, and the plot beside it
    #[arg(long, conflicts_with_all = ["actors", "down", "backoff"])]
    document: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (name, program) = match args.server {
        Server::Engine => ("engine", interop::engine()?),
        Server::Gateway => ("gateway", gateway(&[], &workspace::target()?)?),
    };
    let docs = workspace::root().join("docs");
    let folder = workspace::target()?.join("restart-sweep");
    let plot = if args.document {
        docs.join(format!("restart-{name}.svg"))
    } else {
        folder.join(format!("{name}.svg"))
    };
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "envoy-interop-engine"])
        .args(["--bin", "restart-sweep", "--"])
        .args(["--server", name, "--program"])
        .arg(program)
        .arg("--data")
        .arg(folder.join(name))
        .arg("--svg")
        .arg(args.svg.as_ref().unwrap_or(&plot));
    let numbers = [
        ("--actors", args.actors),
        ("--runs", args.runs),
        ("--down", args.down),
        ("--backoff", args.backoff),
    ];
    for (option, number) in numbers {
        if let Some(number) = number {
            command.args([option, &number.to_string()]);
        }
    }
    if args.document {
        command.arg("--note").arg(docs.join("restart.md"));
    }
    run_command(&mut command)
}
