//! Kills a server that has hosts and warmed actors, starts it again, and asks each actor once, at a sweep of offsets from the
//! moment that `/health` is true again. `cargo xtask restart-sweep` runs it.
#![forbid(unsafe_code)]

mod fleet;
mod machine;
mod plot;
mod report;
mod sweep;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use envoy_interop_engine::server::{Kind, Program, Server};

use crate::fleet::Fleet;
use crate::machine::Watch;
use crate::report::Report;
use crate::sweep::{OFFSETS, Sweep};

/// Ask actors after a kill of their server, at a sweep of offsets
#[derive(Parser)]
struct Args {
    /// Which server it is
    #[arg(long)]
    server: Kind,
    /// Its program
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// A folder for what it stores and logs, cleared first
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the plot goes
    #[arg(long, value_name = "FILE")]
    svg: PathBuf,
    /// How many actors are asked, each once after each kill
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(i64::from(OFFSETS)..=2000))]
    actors: u32,
    /// How often the server is killed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// How long it stays away before it is started again, in milliseconds
    #[arg(long, default_value_t = 0)]
    down: u64,
    /// The longest wait of hosts between two attempts to connect, in milliseconds, if not their default
    #[arg(long)]
    backoff: Option<u64>,
    /// Put a summary into the part of this document that is marked for this server
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
}

/// How often it is measured as long as all is right, but not in time. A machine that does other things makes a server late
/// now and then; one that is late by itself is late each time.
const ATTEMPTS: u32 = 3;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let program = Program {
        kind: args.server,
        path: args.program.clone(),
        without: None,
    };
    let mut report = measure(&args, &program).await?;
    print!("{report}");
    for _ in 1..ATTEMPTS {
        let is_judged = matches!(args.server, Kind::Gateway);
        if !is_judged || report.is_in_time() || !report.is_right() {
            break;
        }
        println!("\nToo late, which may be the machine's fault: measured again.\n");
        report = measure(&args, &program).await?;
        print!("{report}");
    }
    write(&args.svg, &plot::svg(&report))?;
    println!("plot: {}", args.svg.display());
    if let Some(note) = &args.note {
        report.note(note)?;
    }
    // What a server that is not ours does is worth knowing, and not ours to judge.
    Ok(match args.server {
        Kind::Gateway if !report.holds() => ExitCode::FAILURE,
        Kind::Gateway | Kind::Engine => ExitCode::SUCCESS,
    })
}

async fn measure(args: &Args, program: &Program) -> Result<Report> {
    if args.data.exists() {
        std::fs::remove_dir_all(&args.data)
            .with_context(|| format!("cannot clear {}", args.data.display()))?;
    }
    let mut server = Server::start(program, &args.data.join("server")).await?;
    server.kill().await?;
    let alone = server.start_again().await?;
    let backoff = args.backoff.map(Duration::from_millis);
    let mut fleet = Fleet::start(server.api(), args.actors, backoff).await?;
    let mut sweeps = Vec::new();
    for run in 1..=args.runs {
        eprintln!("run {run} of {}: {}", args.runs, fleet);
        let down = Duration::from_millis(args.down);
        let watch = Watch::begin(&args.data)?;
        let mut sweep = Sweep::run(&mut server, &mut fleet, down).await?;
        sweep.machine = watch.end()?;
        sweeps.push(sweep);
    }
    server.kill().await?;
    fleet.lose_a_host();
    let without_one = server.start_again().await?;
    server.kill().await?;
    Ok(Report {
        server: program.kind,
        actors: args.actors,
        down: Duration::from_millis(args.down),
        alone,
        without_one,
        sweeps,
    })
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
