//! Simulations by the number of a seed: run on all processors, each within a bound of real time, judged, and told of.
//!
//! Nothing here is published. It is what `cargo xtask sim` and the programs that it runs have in common: their arguments,
//! the way through many seeds ([`each`]), and what becomes of the rules that are broken in them ([`run`]).
#![forbid(unsafe_code)]

mod mutants;
mod random;

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub use mutants::{Failure, Found, Log, Mutant, Simulation, Violation, play, run};
pub use random::Random;

/// Far longer than any seed takes, on a machine that does other things, too.
const ENDLESS: Duration = Duration::from_mins(3);

/// Which seeds.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Which {
    /// How many seeds
    #[arg(long, default_value_t = 1000)]
    pub seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    pub first: u64,
}

impl Which {
    /// From the first one on.
    #[must_use]
    pub fn range(self) -> Range<u64> {
        self.first..self.first.saturating_add(self.seeds)
    }

    /// The arguments that say the same.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        vec![
            format!("--seeds={}", self.seeds),
            format!("--first={}", self.first),
        ]
    }
}

/// Which seeds, and what is done with them.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Those of the simulation as it has to be; mutants have theirs from 0 on.
    #[command(flatten)]
    pub which: Which,
    /// Within how many seeds the checker has to catch each mutant; 0 for no mutants
    #[arg(long, default_value_t = 1000)]
    pub mutant_seeds: u64,
    /// Print the whole log of each seed, and a number that is the same for the same log; no mutants
    #[arg(long)]
    pub log: bool,
}

impl Args {
    /// The arguments that say the same.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        let mut words = self.which.words();
        words.push(format!("--mutant-seeds={}", self.mutant_seeds));
        words.extend(self.log.then(|| "--log".to_owned()));
        words
    }
}

/// Plays seeds on all processors, and hands over what came of each: an error where it panics.
///
/// Once `ended` breaks, no larger seed is begun. The smaller ones have been: they come to their end and are handed over, so
/// that the least seed that breaks something is always the same.
///
/// # Errors
/// Where a seed does not come to its end: a loop in which no time of its own passes. Its thread is left behind.
pub fn each<T: Send + 'static>(
    seeds: Range<u64>,
    play: impl Fn(u64) -> T + Clone + Send + 'static,
    ended: impl FnMut(u64, thread::Result<T>) -> ControlFlow<()>,
) -> Result<()> {
    each_within(ENDLESS, seeds, play, ended)
}

fn each_within<T: Send + 'static>(
    bound: Duration,
    seeds: Range<u64>,
    play: impl Fn(u64) -> T + Clone + Send + 'static,
    mut ended: impl FnMut(u64, thread::Result<T>) -> ControlFlow<()>,
) -> Result<()> {
    let next = Arc::new(AtomicU64::new(seeds.start));
    let end = Arc::new(AtomicU64::new(seeds.end));
    let running = Arc::new(Mutex::new(BTreeMap::new()));
    let (tell, ends) = sync_channel(1);
    for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
        let (next, end) = (Arc::clone(&next), Arc::clone(&end));
        let (running, play, tell) = (Arc::clone(&running), play.clone(), tell.clone());
        thread::spawn(move || {
            let running = || running.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end.load(Ordering::Relaxed) {
                    return;
                }
                running().insert(seed, Instant::now());
                let outcome = catch_unwind(AssertUnwindSafe(|| play(seed)));
                running().remove(&seed);
                if tell.send((seed, outcome)).is_err() {
                    return;
                }
            }
        });
    }
    drop(tell);
    loop {
        match ends.recv_timeout(bound) {
            Ok((seed, outcome)) => {
                if ended(seed, outcome).is_break() {
                    end.fetch_min(seed, Ordering::Relaxed);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((seed, _)) = running.iter().find(|(_, since)| since.elapsed() > bound) {
            bail!("expected seed {seed} to come to its end within {bound:?}, but it still runs");
        }
    }
}

#[cfg(test)]
mod tests;
