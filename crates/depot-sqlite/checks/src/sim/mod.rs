//! The depot, its fences and depot-sqlite against a network that loses, delays and repeats: overlaps of generations and of
//! instances of one generation, by the number of a seed.

mod checker;
mod history;
mod hub;
mod log;
mod server;
mod workload;
mod world;

use std::fmt;
use std::ops::AddAssign;

use anyhow::Result;
use seeds::{Args, Simulation, Violation};

use self::checker::{Checker, Tally};
use self::log::Log;
use self::server::Mutant;
use self::workload::Final;
use self::world::World;

pub(crate) fn run(args: Args) -> Result<()> {
    seeds::run(args, &WRITERS, &mutants())
}

/// Overlapping writers, as they have to be.
const WRITERS: Writers = Writers {
    mutant: None,
    eyes: Eyes::Everywhere,
};

/// Overlapping writers.
#[derive(Clone, Copy, Debug)]
struct Writers {
    /// The rule that is broken.
    mutant: Option<Mutant>,
    eyes: Eyes,
}

/// What the checker looks at.
#[derive(Clone, Copy, Debug)]
enum Eyes {
    /// The whole log.
    Everywhere,
    /// What callers were answered, and the database at the end.
    Outside,
}

/// Each rule is broken in turn, and has to be found by either pair of eyes.
fn mutants() -> Vec<seeds::Mutant<Writers>> {
    let broken = |mutant: Mutant| {
        let seen = |by, rule, eyes| seeds::Mutant {
            name: format!("{mutant:?}, {by}"),
            rule,
            simulation: Writers {
                mutant: Some(mutant),
                eyes,
            },
        };
        let [log, answers] = mutant.rules();
        [
            seen("by the whole log", log, Eyes::Everywhere),
            seen("by its answers alone", answers, Eyes::Outside),
        ]
    };
    Mutant::ALL.into_iter().flat_map(broken).collect()
}

impl Simulation for Writers {
    type Tally = Tally;
    type Log = Log;

    fn play(&self, seed: u64) -> (Result<Tally, Violation>, Log) {
        let mut world = match World::new(seed, self.mutant) {
            Ok(world) => world,
            Err(error) => return (Err(stopped(&error)), Log::default()),
        };
        let end = world.run();
        let judged = match self.eyes {
            Eyes::Everywhere => judge(world.log(), end),
            Eyes::Outside => judge_from_outside(world.log(), end),
        };
        (judged, world.into_log())
    }
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
    Violation::stopped(format!("{error:#}"))
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
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

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations, {} commits acknowledged, {} instances fenced, {} superseded, {} lost answers resolved, {} statements \
             undecided, {} commits that came late, {} restarts of the store, {} pages compared",
            self.operations,
            self.acknowledged,
            self.fenced,
            self.superseded,
            self.resolved,
            self.undecided,
            self.late,
            self.restarts,
            self.pages,
        )
    }
}

#[cfg(test)]
mod tests;
