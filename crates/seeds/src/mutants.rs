//! Simulations with rules: that none is broken, and that each mutant breaks the rule that it is there for.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::{AddAssign, ControlFlow, Range};
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::{Args, each};

/// Lines of the log that are printed in front of what breaks a rule.
const LINES: usize = 80;

/// A simulation, as it has to be or with something broken on purpose.
pub trait Simulation: Clone + Send + 'static {
    /// What a seed came to, for people.
    type Tally: AddAssign + Default + Display + Send + 'static;
    /// What happened in a seed.
    type Log: Log;

    /// Plays a seed, and judges it.
    fn play(&self, seed: u64) -> (Result<Self::Tally, Violation>, Self::Log);
}

/// What happened in a seed.
pub trait Log {
    /// Two runs with the same print did the same.
    fn print(&self) -> u64;

    /// The last `lines` lines up to event `at`, for people.
    fn until(&self, at: usize, lines: usize) -> String;
}

/// A rule that was broken.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule, in words.
    pub rule: &'static str,
    /// Which event shows it.
    pub at: usize,
    /// How it was broken.
    pub what: String,
}

impl Violation {
    /// A seed that did not come to its end.
    pub fn stopped(what: impl fmt::Display) -> Self {
        Self {
            rule: "a seed comes to its end",
            at: usize::MAX,
            what: what.to_string(),
        }
    }
}

/// A simulation with something broken on purpose, to see that the checker finds out.
#[derive(Debug, Clone)]
pub struct Mutant<S> {
    /// What is broken.
    pub name: String,
    /// The rule that this breaks. Another one does not count: what it is broken for may be something else.
    pub rule: &'static str,
    /// How it is played.
    pub simulation: S,
}

impl<S: Simulation> Mutant<S> {
    /// The least of so many seeds that breaks its rule.
    ///
    /// # Errors
    /// Where there is none.
    pub fn catch(&self, seeds: u64) -> Result<Failure> {
        let found = search(&self.simulation, 0..seeds, Some(self.rule), Show::Failures)?;
        if let Some(failure) = found.failure {
            return Ok(failure);
        }
        bail!(
            "{}: expected {:?} to be broken within {seeds} seeds, but found {:?}",
            self.name,
            self.rule,
            found.others
        )
    }
}

/// What a number of seeds came to.
#[derive(Debug, Default)]
pub struct Found<T> {
    /// How many did not break a rule.
    pub seeds: u64,
    /// What they came to.
    pub tally: T,
    /// Of the least seed that broke a rule.
    pub failure: Option<Failure>,
    /// How many broke each rule that was not looked for.
    others: BTreeMap<&'static str, u64>,
}

/// A seed that broke a rule.
#[derive(Debug)]
pub struct Failure {
    seed: u64,
    violation: Violation,
    log: String,
}

impl Failure {
    /// The end of its log, and the rule.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{self}", self.log)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { rule, what, .. } = &self.violation;
        write!(f, "seed {}: {rule}: {what}", self.seed)
    }
}

/// What the command of a simulation does: no seed breaks a rule, and each mutant breaks its own.
///
/// # Errors
/// Where a rule is broken, or a mutant is not caught.
pub fn run<S: Simulation>(args: Args, simulation: &S, mutants: &[Mutant<S>]) -> Result<()> {
    let show = if args.log { Show::All } else { Show::Failures };
    let start = Instant::now();
    let found = search(simulation, args.which.range(), None, show)?;
    if let Some(failure) = found.failure {
        println!("{}", failure.text());
        bail!("seed {} breaks a rule", failure.seed);
    }
    if args.log {
        return Ok(());
    }
    let seconds = start.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = found.seeds as f64 / seconds;
    println!(
        "{} seeds in {seconds:.1} s, {rate:.0} a second: {}; no rule was broken",
        found.seeds, found.tally
    );
    let mut missed = Vec::new();
    for mutant in mutants.iter().filter(|_| args.mutant_seeds > 0) {
        match mutant.catch(args.mutant_seeds) {
            Ok(failure) => println!("{}: caught by {failure}", mutant.name),
            Err(error) => missed.push(error.to_string()),
        }
    }
    ensure!(missed.is_empty(), "not caught: {}", missed.join("\n"));
    Ok(())
}

/// Plays seeds until one breaks a rule.
///
/// # Errors
/// Where a seed does not come to its end.
pub fn play<S: Simulation>(simulation: &S, seeds: Range<u64>) -> Result<Found<S::Tally>> {
    search(simulation, seeds, None, Show::Failures)
}

/// Which logs are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Failures,
}

/// Plays seeds until one breaks this rule, or any rule.
fn search<S: Simulation>(
    simulation: &S,
    seeds: Range<u64>,
    only: Option<&str>,
    show: Show,
) -> Result<Found<S::Tally>> {
    let mut found = Found::default();
    let simulation = simulation.clone();
    let play = move |seed| {
        let (outcome, log) = simulation.play(seed);
        if show == Show::All {
            let all = log.until(usize::MAX, usize::MAX);
            println!("seed {seed}, log {:016x}\n{all}", log.print());
        }
        outcome.map_err(|violation| (log.until(violation.at, LINES), violation))
    };
    each(seeds, play, |seed, played| {
        let panics = |_| Err((String::new(), Violation::stopped("it panics")));
        match played.unwrap_or_else(panics) {
            Ok(tally) => {
                found.seeds += 1;
                found.tally += tally;
                ControlFlow::Continue(())
            }
            Err((_, other)) if only.is_some_and(|only| only != other.rule) => {
                *found.others.entry(other.rule).or_default() += 1;
                ControlFlow::Continue(())
            }
            Err((log, violation)) => {
                if found.failure.as_ref().is_none_or(|other| seed < other.seed) {
                    found.failure = Some(Failure {
                        seed,
                        violation,
                        log,
                    });
                }
                ControlFlow::Break(())
            }
        }
    })?;
    Ok(found)
}
