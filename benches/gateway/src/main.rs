//! Load on our gateway and on a real Rivet engine, in turn: commits, reads of pages, and requests to actors.
//!
//! One program is the load of all: a host with the sessions and the transport of this project, at v5, and its actors' callers. The
//! servers run at the same time, each on the same core, and take turns: one works while the others have nothing to do. Each answer is
//! checked to be what it has to be.
//!
//! Bar: at least twice the rate of an engine that makes its commits as durable as ours, on every line.

mod callers;
mod cores;
mod figures;
mod fleet;
mod line;
mod pages;
mod peer;
mod synced;
mod table;
mod writes;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};

use crate::cores::Cores;
use crate::figures::Figures;
use crate::line::Line;
use crate::peer::{Name, Peer, Size, Times};
use crate::table::Row;

/// The exit code where what was found does not hold, unlike that of other failures.
const DOES_NOT_HOLD: u8 = 2;

/// Measure our gateway under load beside a real Rivet engine
#[derive(Parser)]
struct Args {
    /// Our gateway's program, `envoy`
    #[arg(long, value_name = "FILE")]
    gateway: PathBuf,
    /// The engine's program
    #[arg(long, value_name = "FILE")]
    engine: PathBuf,
    /// A folder for what they store, on a disk: cleared first
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Fail where the bar does not hold
    #[arg(long)]
    check: bool,
    /// Only lines whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each server gets its turn at a line
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds of one turn, a quarter more to warm up not counted
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    turn: u64,
    /// Pages of each actor's database
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..))]
    pages: u32,
    /// Let servers and load share all cores
    #[arg(long)]
    unpinned: bool,
    /// What ours is measured beside
    #[arg(long, default_value = "engines")]
    beside: Beside,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Beside {
    /// An engine whose log is synced, and one as it comes
    Engines,
    /// An engine as it comes alone: where the folder's file system knows no files whose writes wait for the disk
    Engine,
    /// Nothing: for a profiler
    Nothing,
}

impl Beside {
    /// The servers that are started. The bar is beside the first of the others.
    const fn names(self) -> &'static [Name] {
        match self {
            Self::Engines => &[Name::Gateway, Name::EngineSynced, Name::Engine],
            Self::Engine => &[Name::Gateway, Name::Engine],
            Self::Nothing => &[Name::Gateway],
        }
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&args))
}

async fn measure(args: &Args) -> Result<ExitCode> {
    let lines = Line::all(&args.only);
    let actors = lines.iter().map(|line| line.actors).max();
    let actors = actors.with_context(|| {
        format!(
            "expected a part of a line's name, but found {:?}",
            args.only
        )
    })?;
    if args.data.exists() {
        std::fs::remove_dir_all(&args.data)
            .with_context(|| format!("cannot clear {}", args.data.display()))?;
    }
    let cores = if args.unpinned {
        Cores::shared()
    } else {
        Cores::apart()
    };
    let size = Size {
        actors,
        pages: args.pages,
    };
    let names = args.beside.names();
    let mut peers = Vec::new();
    for &name in names {
        let program = match name {
            Name::Gateway => &args.gateway,
            Name::EngineSynced | Name::Engine => &args.engine,
        };
        eprintln!("{name}: {actors} actors, {} pages each", args.pages);
        let data = args.data.join(name.to_string().replace(", ", "-"));
        let peer = Peer::start(name, program, &data, size, &cores)
            .await
            .with_context(|| format!("starting the {name}"))?;
        peers.push((peer, data));
    }
    let mut written = Vec::new();
    for (peer, data) in &mut peers {
        let found = peer.writes(data, Duration::from_millis(500)).await;
        written.push((peer.name, found.context("watching what is written")?));
    }
    let times = Times {
        warm_up: Duration::from_millis(args.turn) / 4,
        counted: Duration::from_millis(args.turn),
    };
    let mut rows = Vec::new();
    for line in lines {
        eprintln!("{line}");
        let row = row(&mut peers, line, args.rounds, times).await;
        rows.push(row.with_context(|| line.to_string())?);
    }
    for (peer, _) in peers {
        peer.end().await?;
    }
    std::fs::remove_dir_all(&args.data)?;
    print(args, &cores, &rows, &names[1..], &written);
    if args.beside == Beside::Nothing {
        return Ok(ExitCode::SUCCESS);
    }
    let missed = table::missed(&rows);
    for line in &missed {
        println!("Missed: {line}");
    }
    Ok(if missed.is_empty() || !args.check {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DOES_NOT_HOLD)
    })
}

/// All turns of one line: each server in each round, another one first each time.
async fn row(peers: &mut [(Peer, PathBuf)], line: Line, rounds: u32, times: Times) -> Result<Row> {
    let mut turns: Vec<Vec<Figures>> = peers.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds as usize {
        for place in 0..peers.len() {
            let index = (round + place) % peers.len();
            let (peer, _) = &mut peers[index];
            let figures = peer
                .turn(line, times)
                .await
                .with_context(|| format!("the {}", peer.name))?;
            turns[index].push(figures);
        }
    }
    let ours = turns.remove(0);
    ensure!(!ours.is_empty(), "expected a round, but found none");
    let theirs = turns;
    Ok(Row { line, ours, theirs })
}

fn print(
    args: &Args,
    cores: &Cores,
    rows: &[Row],
    others: &[Name],
    written: &[(Name, Option<writes::Writes>)],
) {
    let place = if cores.are_apart() {
        "servers on one core, the load on another"
    } else {
        "servers and load on all cores"
    };
    println!(
        "Databases of {} pages; medians of {} turns of {} ms, in turn; {place}. `times` is the median of what each round found. The bar is \
         {}, beside the first of the others.\n",
        args.pages,
        args.rounds,
        args.turn,
        table::BAR
    );
    println!("{}", table::writes(written));
    print!("{}", table::rates(rows, others));
    println!();
}
