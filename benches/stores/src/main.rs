//! Embedded stores on the work of the depot: commits of many databases, reads, scans, size, recovery.
//!
//! Prints tables in Markdown. `cargo run --release` in this folder, or `cargo xtask bench stores` at the top.

mod fjall_store;
mod redb_store;
mod work;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use depot::embedded::Options;
use depot::group::{GroupCommit, Grouping};
use depot::{Config, Depot, EmbeddedEngine};

use crate::work::Commits;
use envoy_benches_stores::{forget, fresh, short, used};

/// Measure embedded stores on the work of the depot
#[derive(Parser)]
struct Args {
    /// Stores to measure, all if none is named
    #[arg(long)]
    store: Vec<Kind>,
    /// How long each combination of databases and pages commits in each round, in milliseconds
    #[arg(long, default_value_t = 1500)]
    commits_ms: u64,
    /// Rounds, in which the stores take turns. The fastest counts: whatever else the machine does only ever makes one slower
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How many databases commit
    #[arg(long, value_delimiter = ',', default_value = "1,16,256")]
    databases: Vec<u32>,
    /// Pages of a commit
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    pages: Vec<u32>,
    /// Measure commits alone
    #[arg(long)]
    commits_only: bool,
    /// Where stores are made, each in a folder of its own that is removed afterwards
    #[arg(long, default_value = "target/stores")]
    directory: PathBuf,
    /// Commits to a store until it is killed: what the measurement of the recovery runs
    #[arg(long, hide = true)]
    victim: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// What the depot does on redb: pages packed, two syncs for a group, opening at once after a crash
    Depot,
    /// redb as it comes: one sync for a group, recovery by reading everything
    Redb,
    /// fjall as it comes: a journal with one sync for a group
    Fjall,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Depot => "depot, on redb",
            Self::Redb => "redb",
            Self::Fjall => "fjall",
        }
    }

    /// A depot on this store, with a cache of 64 MiB.
    fn open(self, directory: &Path) -> Result<Depot> {
        const CACHE: usize = 64 << 20;

        let grouping = Grouping::default();
        let config = Config::default();
        Ok(match self {
            Self::Depot => {
                let options = Options {
                    cache_bytes: CACHE,
                    grouping,
                    ..Options::default()
                };
                Depot::new(EmbeddedEngine::open(directory, options)?, config)
            }
            Self::Redb => {
                let store = redb_store::RedbStore::open(directory, CACHE)?;
                Depot::new(GroupCommit::start(store, grouping)?, config)
            }
            Self::Fjall => {
                let store = fjall_store::FjallStore::open(directory, CACHE)?;
                Depot::new(GroupCommit::start(store, grouping)?, config)
            }
        })
    }
}

fn main() -> Result<()> {
    let mut args = Args::parse();
    if let Some(kind) = args.victim {
        return work::commit_until_killed(&kind.open(&args.directory)?);
    }
    if args.store.is_empty() {
        args.store = Kind::value_variants().to_vec();
    }
    let mut columns = vec![Column::new(); args.store.len()];
    for databases in &args.databases {
        for pages in &args.pages {
            commits(&args, *databases, *pages, &mut columns)?;
        }
    }
    if !args.commits_only {
        at_rest(&args, &mut columns)?;
    }
    print!("{}", table(&args.store, &columns));
    Ok(())
}

/// What was measured, and the figure.
type Column = Vec<(String, String)>;

fn table(kinds: &[Kind], columns: &[Column]) -> String {
    let mut out = String::from("| |");
    for kind in kinds {
        let _ = write!(out, " {} |", kind.name());
    }
    out.push_str("\n|---|");
    out.push_str(&"--:|".repeat(kinds.len()));
    out.push('\n');
    for (row, (name, _)) in columns[0].iter().enumerate() {
        let _ = write!(out, "| {name} |");
        for column in columns {
            let _ = write!(out, " {} |", column[row].1);
        }
        out.push('\n');
    }
    out
}

fn commits(args: &Args, databases: u32, pages: u32, columns: &mut [Column]) -> Result<()> {
    let name = format!(
        "commits/s of {pages} pages, {databases} databases (p50, p99; syncs, KiB written for each)"
    );
    let mut best: Vec<Option<Commits>> = args.store.iter().map(|_| None).collect();
    for _ in 0..args.rounds {
        for (kind, best) in args.store.iter().zip(&mut best) {
            let directory = fresh(&args.directory)?;
            let depot = kind.open(&directory)?;
            let time = Duration::from_millis(args.commits_ms);
            let found = work::commits(&depot, databases, pages, time)?;
            depot.close();
            if best
                .as_ref()
                .is_none_or(|best| best.per_second < found.per_second)
            {
                *best = Some(found);
            }
        }
    }
    for (column, best) in columns.iter_mut().zip(best) {
        let best = best.context("expected a round")?;
        let figure = format!(
            "{:.0} ({}, {}; {:.3}, {:.0})",
            best.per_second,
            short(best.p50),
            short(best.p99),
            best.syncs_each,
            best.written_each / 1024.0
        );
        note(column, &name, figure);
    }
    Ok(())
}

/// What is not about commits: the fastest of the rounds for times, the last for sizes.
fn at_rest(args: &Args, columns: &mut [Column]) -> Result<()> {
    let mut best: Vec<Vec<Figure>> = vec![Vec::new(); args.store.len()];
    for _ in 0..args.rounds {
        for (kind, best) in args.store.iter().zip(&mut best) {
            let mut found = Vec::new();
            stored(args, *kind, &mut found)?;
            recovery(args, *kind, &mut found)?;
            if best.is_empty() {
                *best = found;
            } else {
                for (best, found) in best.iter_mut().zip(found) {
                    if found.value < best.value {
                        *best = found;
                    }
                }
            }
        }
    }
    std::fs::remove_dir_all(&args.directory)?;
    for (column, figures) in columns.iter_mut().zip(best) {
        for figure in figures {
            note(column, &figure.name, figure.text);
        }
    }
    Ok(())
}

fn note(column: &mut Column, name: &str, figure: String) {
    eprintln!("{name}: {figure}");
    column.push((name.to_owned(), figure));
}

/// What was measured, where less is better.
#[derive(Clone)]
struct Figure {
    name: String,
    value: f64,
    text: String,
}

impl Figure {
    fn time(name: &str, time: Duration) -> Self {
        Self {
            name: name.to_owned(),
            value: time.as_secs_f64(),
            text: short(time),
        }
    }

    fn ratio(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            value,
            text: format!("{value:.2}"),
        }
    }
}

/// Reads, scans and size, of 300 MiB in 250 databases of 1 MiB and one of 50.
fn stored(args: &Args, kind: Kind, figures: &mut Vec<Figure>) -> Result<()> {
    let directory = fresh(&args.directory)?;
    let depot = kind.open(&directory)?;
    work::fill(&depot, 250, 256)?;
    work::fill_one(&depot, "large", 12_800)?;
    let logical = (250.0 * 256.0 + 12_800.0) * 4096.0;
    let name = "octets on disk for each stored, after filling";
    figures.push(Figure::ratio(name, used(&directory)? as f64 / logical));
    work::overwrite(&depot, 250, 256, 3000)?;
    let name = "… after 3000 commits of 16 pages more";
    figures.push(Figure::ratio(name, used(&directory)? as f64 / logical));
    depot.close();
    drop(depot);

    forget(&directory)?;
    let started = Instant::now();
    let depot = kind.open(&directory)?;
    figures.push(Figure::time(
        "opening after a clean end, cold",
        started.elapsed(),
    ));
    forget(&directory)?;
    let cold = work::random_reads(&depot, 250, 256, 500)?;
    figures.push(Figure::time("a random page, cold", cold));
    work::random_reads(&depot, 16, 256, 20_000)?;
    let warm = work::random_reads(&depot, 16, 256, 20_000)?;
    figures.push(Figure::time("a random page of 16 MiB, warm", warm));
    depot.close();
    drop(depot);

    forget(&directory)?;
    let depot = kind.open(&directory)?;
    let cold = work::scan(&depot, "large", 12_800)?;
    figures.push(Figure::time("a scan of 50 MiB by 256 pages, cold", cold));
    figures.push(Figure::time("… warm", work::scan(&depot, "large", 12_800)?));
    depot.close();
    Ok(())
}

/// How long a store that was killed takes to open.
fn recovery(args: &Args, kind: Kind, figures: &mut Vec<Figure>) -> Result<()> {
    let directory = fresh(&args.directory)?;
    {
        let depot = kind.open(&directory)?;
        work::fill(&depot, 250, 256)?;
        depot.close();
    }
    let mut victim = std::process::Command::new(std::env::current_exe()?)
        .arg("--victim")
        .arg(kind.to_possible_value().context("a name")?.get_name())
        .arg("--directory")
        .arg(&directory)
        .spawn()?;
    std::thread::sleep(Duration::from_secs(3));
    victim.kill()?;
    ensure!(!victim.wait()?.success(), "the victim ended by itself");
    forget(&directory)?;
    let size = used(&directory)?;
    let started = Instant::now();
    let depot = kind.open(&directory)?;
    work::random_reads(&depot, 250, 256, 1)?;
    let took = started.elapsed();
    depot.close();
    let mut figure = Figure::time("opening after SIGKILL, cold (size of the store)", took);
    figure.text = format!("{} ({} MiB)", figure.text, size >> 20);
    figures.push(figure);
    Ok(())
}
