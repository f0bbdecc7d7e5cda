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

/// Measure embedded stores on the work of the depot
#[derive(Parser)]
struct Args {
    /// Stores to measure, all if none is named
    #[arg(long)]
    store: Vec<Kind>,
    /// How long each combination of databases and pages commits, in milliseconds
    #[arg(long, default_value_t = 3000)]
    commits_ms: u64,
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
    let mut columns = Vec::new();
    for kind in &args.store {
        eprintln!("{} …", kind.name());
        columns.push(measure(&args, *kind).with_context(|| format!("{kind:?}"))?);
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

fn measure(args: &Args, kind: Kind) -> Result<Column> {
    let mut column = Column::new();
    for databases in [1, 16, 256] {
        for pages in [1, 16, 64] {
            let directory = fresh(&args.directory)?;
            let depot = kind.open(&directory)?;
            let Commits {
                per_second,
                p50,
                p99,
                syncs_each,
                written_each,
            } = work::commits(
                &depot,
                databases,
                pages,
                Duration::from_millis(args.commits_ms),
            )?;
            depot.close();
            column.push((
                format!("commits/s of {pages} pages, {databases} databases (p50, p99; syncs, KiB written for each)"),
                format!(
                    "{per_second:.0} ({}, {}; {syncs_each:.3}, {:.0})",
                    short(p50),
                    short(p99),
                    written_each / 1024.0
                ),
            ));
            eprintln!(
                "  {}: {}",
                column[column.len() - 1].0,
                column[column.len() - 1].1
            );
        }
    }
    stored(args, kind, &mut column)?;
    recovery(args, kind, &mut column)?;
    std::fs::remove_dir_all(&args.directory)?;
    Ok(column)
}

/// Reads, scans and size, of 300 MiB in 250 databases of 1 MiB and one of 50.
fn stored(args: &Args, kind: Kind, column: &mut Column) -> Result<()> {
    let directory = fresh(&args.directory)?;
    let depot = kind.open(&directory)?;
    work::fill(&depot, 250, 256)?;
    work::fill_one(&depot, "large", 12_800)?;
    let logical = (250.0 * 256.0 + 12_800.0) * 4096.0;
    let per_logical = |directory: &Path| -> Result<String> {
        Ok(format!("{:.2}", used(directory)? as f64 / logical))
    };
    column.push((
        "octets on disk for each stored, after filling".to_owned(),
        per_logical(&directory)?,
    ));
    work::overwrite(&depot, 250, 256, 3000)?;
    column.push((
        "… after 3000 commits of 16 pages more".to_owned(),
        per_logical(&directory)?,
    ));
    depot.close();
    drop(depot);

    let mut figure = |name: &str, time: Duration| {
        column.push((name.to_owned(), short(time)));
        eprintln!("  {name}: {}", short(time));
    };
    forget(&directory)?;
    let started = Instant::now();
    let depot = kind.open(&directory)?;
    figure("opening after a clean end", started.elapsed());
    forget(&directory)?;
    figure(
        "a random page, cold",
        work::random_reads(&depot, 250, 256, 500)?,
    );
    work::random_reads(&depot, 16, 256, 20_000)?;
    figure(
        "a random page of 16 MiB, warm",
        work::random_reads(&depot, 16, 256, 20_000)?,
    );
    depot.close();
    drop(depot);
    forget(&directory)?;
    let depot = kind.open(&directory)?;
    figure(
        "a scan of 50 MiB by 256 pages, cold",
        work::scan(&depot, "large", 12_800)?,
    );
    figure("… warm", work::scan(&depot, "large", 12_800)?);
    depot.close();
    Ok(())
}

/// How long a store that was killed takes to open.
fn recovery(args: &Args, kind: Kind, column: &mut Column) -> Result<()> {
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
    std::thread::sleep(Duration::from_secs(4));
    victim.kill()?;
    ensure!(!victim.wait()?.success(), "the victim ended by itself");
    forget(&directory)?;
    let size = used(&directory)?;
    let started = Instant::now();
    let depot = kind.open(&directory)?;
    work::random_reads(&depot, 250, 256, 1)?;
    let took = started.elapsed();
    depot.close();
    column.push((
        "opening after SIGKILL, cold (size of the store)".to_owned(),
        format!("{} ({} MiB)", short(took), size >> 20),
    ));
    Ok(())
}

/// An empty folder.
fn fresh(directory: &Path) -> Result<PathBuf> {
    if directory.exists() {
        std::fs::remove_dir_all(directory)?;
    }
    std::fs::create_dir_all(directory)?;
    Ok(directory.join("store"))
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Octets that the files of a store take on the disk. A store may remove some while they are counted.
fn used(directory: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = files(directory)?
        .into_iter()
        .filter_map(|path| path.metadata().ok());
    Ok(metadata.map(|metadata| metadata.blocks() * 512).sum())
}

/// Makes the system forget what it has cached of a store.
fn forget(directory: &Path) -> Result<()> {
    for path in files(directory)? {
        // Some threads of a store that was closed still tidy up.
        let Ok(file) = std::fs::File::open(path) else {
            continue;
        };
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    }
    Ok(())
}

fn short(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    match us {
        ..10.0 => format!("{us:.1} µs"),
        ..1000.0 => format!("{us:.0} µs"),
        ..10_000.0 => format!("{:.1} ms", us / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", us / 1e3),
        _ => format!("{:.2} s", us / 1e6),
    }
}
