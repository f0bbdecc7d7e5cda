//! The depot, its fences and depot-sqlite against a network that loses, delays and repeats: overlaps of generations and of
//! instances of one generation, by the number of a seed.

mod checker;
mod history;
mod hub;
mod log;
mod server;
mod workload;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};

use self::checker::{Checker, Tally, Violation};
use self::log::Log;
use self::server::Mutant;
use self::workload::Final;
use self::world::World;

/// Lines of the log that are printed in front of what breaks a rule.
const LINES: usize = 60;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Within how many seeds the checker has to catch each mutant; 0 for no mutants
    #[arg(long, default_value_t = 200)]
    mutant_seeds: u64,
    /// Print the whole log of each seed, and a number that is the same for the same log; no mutants
    #[arg(long)]
    log: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    run_honest(args)?;
    if args.log || args.mutant_seeds == 0 {
        return Ok(());
    }
    run_mutants(args.mutant_seeds)
}

fn run_honest(args: &Args) -> Result<()> {
    let show = if args.log { Show::All } else { Show::Failures };
    let start = Instant::now();
    let found = run_seeds(args.first, args.seeds, None, Eyes::Everywhere, show);
    let seconds = start.elapsed().as_secs_f64();
    if let Some(failure) = found.failure {
        println!("{}", failure.text());
        anyhow::bail!("seed {} breaks a rule", failure.seed);
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = found.seeds as f64 / seconds;
    let tally = found.tally;
    println!(
        "{} seeds in {seconds:.1} s, {rate:.0} a second: {} operations, {} commits acknowledged, {} instances fenced, \
         {} superseded, {} lost answers resolved, {} statements undecided, {} commits that came late, {} restarts of the store, \
         {} pages compared; no rule was broken",
        found.seeds,
        tally.operations,
        tally.acknowledged,
        tally.fenced,
        tally.superseded,
        tally.resolved,
        tally.undecided,
        tally.late,
        tally.restarts,
        tally.pages,
    );
    Ok(())
}

/// Breaks each rule in turn.
fn run_mutants(seeds: u64) -> Result<()> {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        for eyes in [Eyes::Everywhere, Eyes::Outside] {
            let found = run_seeds(0, seeds, Some(mutant), eyes, Show::Failures);
            match found.failure {
                Some(failure) => println!(
                    "{mutant:?}, {}: caught by seed {}: {}: {}",
                    eyes.name(),
                    failure.seed,
                    failure.rule,
                    failure.what
                ),
                None => missed.push(format!("{mutant:?}, {}", eyes.name())),
            }
        }
    }
    ensure!(
        missed.is_empty(),
        "not caught within {seeds} seeds: {missed:?}"
    );
    Ok(())
}

/// What the checker looks at.
#[derive(Clone, Copy)]
enum Eyes {
    /// The whole log.
    Everywhere,
    /// What callers were answered, and the database at the end.
    Outside,
}

impl Eyes {
    fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "by the whole log",
            Self::Outside => "by its answers alone",
        }
    }
}

/// Which logs are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Failures,
}

/// What a number of seeds came to.
struct Found {
    seeds: u64,
    tally: Tally,
    /// That of the least seed that broke a rule.
    failure: Option<Failure>,
}

/// A seed that broke a rule.
struct Failure {
    seed: u64,
    rule: String,
    what: String,
    log: String,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.pages += other.pages;
        self.acknowledged += other.acknowledged;
        self.fenced += other.fenced;
        self.superseded += other.superseded;
        self.resolved += other.resolved;
        self.undecided += other.undecided;
        self.late += other.late;
        self.restarts += other.restarts;
    }
}

impl Failure {
    fn text(&self) -> String {
        format!(
            "seed {}: {}: {}\n{}",
            self.seed, self.rule, self.what, self.log
        )
    }
}

/// Runs seeds on all processors, until one breaks a rule.
fn run_seeds(first: u64, seeds: u64, mutant: Option<Mutant>, eyes: Eyes, show: Show) -> Found {
    let next = AtomicU64::new(first);
    let end = first.saturating_add(seeds);
    let found = Mutex::new(Found {
        seeds: 0,
        tally: Tally::default(),
        failure: None,
    });
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let lock = || {
        found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let failed = lock().failure.as_ref().map(|failure| failure.seed);
                    // Smaller seeds that are under way come to their end: which one is reported is always the same.
                    if seed >= end || failed.is_some_and(|failed| failed < seed) {
                        return;
                    }
                    let (outcome, log) = run_seed(seed, mutant, eyes);
                    if show == Show::All {
                        let all = log.until(log.0.len(), usize::MAX);
                        println!("seed {seed}, log {:016x}\n{all}", log.print());
                    }
                    let mut found = lock();
                    found.seeds += 1;
                    match outcome {
                        Ok(tally) => found.tally.add(tally),
                        Err(violation) => {
                            let failure = Failure {
                                seed,
                                rule: violation.rule.to_owned(),
                                log: log.until(violation.at.min(log.0.len()), LINES),
                                what: violation.what,
                            };
                            if found.failure.as_ref().is_none_or(|other| seed < other.seed) {
                                found.failure = Some(failure);
                            }
                        }
                    }
                }
            });
        }
    });
    found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs one seed, and judges it.
fn run_seed(seed: u64, mutant: Option<Mutant>, eyes: Eyes) -> (Result<Tally, Violation>, Log) {
    let mut world = match World::new(seed, mutant) {
        Ok(world) => world,
        Err(error) => return (Err(stopped(&error)), Log::default()),
    };
    let end = world.run();
    let judged = match eyes {
        Eyes::Everywhere => judge(world.log(), end),
        Eyes::Outside => judge_from_outside(world.log(), end),
    };
    (judged, world.into_log())
}

fn judge(log: &Log, end: Result<(u64, Vec<u8>)>) -> Result<Tally, Violation> {
    // A rule that was broken explains more than what came of it.
    let checker = Checker::read(log)?;
    let (head, file) = end.map_err(|error| stopped(&error))?;
    checker.end(head, &file).map_err(|(rule, what)| Violation {
        rule,
        at: usize::MAX,
        what,
    })?;
    let end = Final::read(&file).map_err(|error| stopped(&error))?;
    history::seen(log, &end)?;
    history::decided(&checker, &end)?;
    Ok(checker.tally)
}

fn judge_from_outside(log: &Log, end: Result<(u64, Vec<u8>)>) -> Result<Tally, Violation> {
    let (_, file) = end.map_err(|error| stopped(&error))?;
    let end = Final::read(&file).map_err(|error| stopped(&error))?;
    history::seen(log, &end)?;
    Ok(Tally::default())
}

fn stopped(error: &anyhow::Error) -> Violation {
    Violation {
        rule: "a seed comes to its end",
        at: usize::MAX,
        what: format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests;
