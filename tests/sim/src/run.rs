//! Seeds: run on all processors, judged, and told of.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::checker::{Tally, Violation, check};
use crate::log::Log;
use crate::mutant::Mutant;
use crate::world::World;

#[cfg(not(tokio_unstable))]
compile_error!(
    "expected to be built with `--config tests/sim/seeded.toml`, as `cargo xtask sim actors` does: without it a seed is not the same each time"
);

/// Far longer than any seed takes, on a machine that does other things, too.
const ENDLESS: Duration = Duration::from_mins(3);
/// Lines of the log that are printed in front of what breaks a rule.
const LINES: usize = 80;

/// A gateway, hosts of both versions and callers on a simulated network and clock
#[derive(clap::Parser)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Within how many seeds the checker has to catch each mutant; 0 for no mutants
    #[arg(long, default_value_t = 1000)]
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
    let found = run_seeds(args.first, args.seeds, None, show);
    let seconds = start.elapsed().as_secs_f64();
    if let Some(failure) = found.failure {
        println!("{}", failure.text());
        anyhow::bail!("seed {} breaks a rule", failure.seed);
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = found.seeds as f64 / seconds;
    if args.log {
        return Ok(());
    }
    let tally = found.tally;
    println!(
        "{} seeds in {seconds:.1} s, {rate:.0} a second, {:.1} h of simulated time: {} operations, {} answered with 200, \
         {} commits, {} refused, {} undecided, {} key-value requests, {} starts of actors in {} generations, {} starts of \
         hosts, {} of gateways, {} troubles; the longest operation took {:.1} s; no rule was broken",
        found.seeds,
        tally.time.as_secs_f64() / 3600.0,
        tally.operations,
        tally.answered,
        tally.commits,
        tally.refused,
        tally.undecided,
        tally.keys,
        tally.instances,
        tally.generations,
        tally.hosts,
        tally.gateways,
        tally.troubles,
        tally.longest.as_secs_f64(),
    );
    Ok(())
}

/// Breaks each rule in turn.
fn run_mutants(seeds: u64) -> Result<()> {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        let found = run_seeds(0, seeds, Some(mutant), Show::Failures);
        match found.failure {
            Some(failure) => println!(
                "{}: caught by seed {}: {}: {}",
                mutant.name(),
                failure.seed,
                failure.rule,
                failure.what
            ),
            None => missed.push(mutant.name()),
        }
    }
    ensure!(
        missed.is_empty(),
        "not caught within {seeds} seeds: {missed:?}"
    );
    Ok(())
}

/// Which logs are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    All,
    Failures,
}

/// What a number of seeds came to.
pub(crate) struct Found {
    pub(crate) seeds: u64,
    pub(crate) tally: Tally,
    /// That of the least seed that broke a rule.
    pub(crate) failure: Option<Failure>,
}

/// A seed that broke a rule.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) rule: String,
    pub(crate) what: String,
    log: String,
}

impl Failure {
    pub(crate) fn text(&self) -> String {
        format!(
            "{}\nseed {}: {}: {}",
            self.log, self.seed, self.rule, self.what
        )
    }
}

/// Runs seeds on all processors, until one breaks a rule.
pub(crate) fn run_seeds(first: u64, seeds: u64, mutant: Option<Mutant>, show: Show) -> Found {
    let next = AtomicU64::new(first);
    let end = first.saturating_add(seeds);
    let found = Mutex::new(Found {
        seeds: 0,
        tally: Tally::default(),
        failure: None,
    });
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
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
                    let (outcome, log) = watched(seed, || run_seed(seed, mutant));
                    if show == Show::All {
                        let all = log.until(usize::MAX, usize::MAX);
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
                                log: log.until(violation.at, LINES),
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
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process with a word of which seed it was, if this does not end: a loop in which no time passes.
fn watched<T>(seed: u64, run: impl FnOnce() -> T) -> T {
    let (done, waits) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if waits.recv_timeout(ENDLESS) == Err(RecvTimeoutError::Timeout) {
            println!("seed {seed} does not end");
            std::process::exit(1);
        }
    });
    let result = run();
    drop(done);
    // It has nothing to say.
    let _ = watch.join();
    result
}

/// Runs one seed, and judges it.
pub(crate) fn run_seed(seed: u64, mutant: Option<Mutant>) -> (Result<Tally, Violation>, Log) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    #[cfg(tokio_unstable)]
    builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_be_bytes()));
    let runtime = builder.build().expect("a runtime without I/O");
    let log = runtime.block_on(async { Log::new() });
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(World::play(seed, mutant, log.clone()))
    }));
    drop(runtime);
    // A rule that was broken explains more than what came of it.
    let judged = check(&log).and_then(|tally| match played {
        Ok(Ok(())) => Ok(tally),
        Ok(Err(error)) => Err(stopped(format!("{error:#}"))),
        Err(_) => Err(stopped("it panics".to_owned())),
    });
    (judged, log)
}

fn stopped(what: String) -> Violation {
    Violation {
        rule: "a seed comes to its end",
        at: usize::MAX,
        what,
    }
}
