//! SQL over depot-sqlite on the depot's embedded engine beside plain SQLite: durable commits, reads, scans, opening, memory.
//!
//! Prints tables in Markdown. `cargo run --release --bin depot` in this folder, or `cargo xtask bench depot` at the top.

#[path = "../../../../../crates/depot-sqlite/tests/support/depot.rs"]
mod adapter;
mod commits;
mod counted;
mod data;
mod idle;
mod reads;
mod subject;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum as _};
use envoy_benches_stores::fresh;

use crate::commits::Commits;
use crate::reads::Reads;
use crate::subject::Side;
use crate::table::Found;

/// The exit code where what was found does not hold, unlike that of other failures.
const DOES_NOT_HOLD: u8 = 2;
/// What the depot's engine may keep of its file, in octets.
const CACHE: usize = 64 << 20;
/// How many databases commit at once.
const DATABASES: [u32; 3] = [1, 16, 256];

/// Measure SQL on the depot beside plain SQLite
#[derive(Parser)]
struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// How long each number of databases commits in each round, in milliseconds
    #[arg(long, default_value_t = 1500)]
    commits_ms: u64,
    /// Rounds, in which the sides take turns. The fastest counts: whatever else the machine does only ever makes one slower
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where databases are made; removed before and afterwards
    #[arg(long, default_value = "target/depot-bench")]
    directory: PathBuf,
    /// Opens databases and prints what they take: this program starts itself with it
    #[arg(long, hide = true)]
    idle: Option<Side>,
    /// Which databases
    #[arg(long, hide = true, default_value = "medium")]
    prefix: String,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    // Plain SQLite is in this process, too.
    depot_sqlite::init()?;
    if let Some(side) = args.idle {
        idle::run(side, &args.directory, &args.prefix)?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = measure(&args)?;
    std::fs::remove_dir_all(&args.directory)?;
    print!("{found}");
    Ok(if found.holds() || !args.check {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DOES_NOT_HOLD)
    })
}

fn measure(args: &Args) -> Result<Found> {
    let mut commits = Vec::new();
    for databases in DATABASES {
        let mut best: Vec<Option<Commits>> = vec![None; Side::value_variants().len()];
        for _ in 0..args.rounds {
            for (side, best) in Side::value_variants().iter().zip(&mut best) {
                let directory = fresh(&args.directory)?;
                let time = Duration::from_millis(args.commits_ms);
                let found = commits::measure(*side, &directory, databases, time)?;
                eprintln!(
                    "{side:?}, {databases} databases: {:.0} commits/s",
                    found.per_second
                );
                if best.is_none_or(|best| best.per_second < found.per_second) {
                    *best = Some(found);
                }
            }
        }
        commits.push(
            best.into_iter()
                .collect::<Option<_>>()
                .context("expected a round")?,
        );
    }
    fresh(&args.directory)?;
    let sides = [Side::Depot, Side::Plain];
    let folder = |side: Side| args.directory.join(format!("{side:?}"));
    for side in sides {
        reads::fill(side, &folder(side))?;
    }
    let mut best: Vec<Option<Reads>> = vec![None, None];
    for round in 0..args.rounds {
        for (side, best) in sides.into_iter().zip(&mut best) {
            let found = reads::measure(side, &folder(side), round)?;
            *best = Some(match best.take() {
                Some(best) => best.or_less(&found),
                None => found,
            });
        }
    }
    let mut idle = Vec::new();
    for prefix in ["medium", "tiny"] {
        let taken = sides.map(|side| idle::measure(side, &folder(side), prefix));
        idle.push(taken.into_iter().collect::<Result<_>>()?);
    }
    Ok(Found {
        commits,
        reads: best
            .into_iter()
            .collect::<Option<_>>()
            .context("expected a round")?,
        idle,
    })
}

/// The time that `percent` of all, which are sorted, took at most.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let place = sorted.len() * percent / 100;
    sorted
        .get(place)
        .or(sorted.last())
        .copied()
        .unwrap_or_default()
}
