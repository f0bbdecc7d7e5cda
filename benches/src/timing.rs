//! Timing: the tasks of one message in turn, round by round.

use std::time::{Duration, Instant};

use envoy_benches_peers::{Operation, Task};

/// A loop around what is timed: runs it as often as it is told.
pub type Work = Box<dyn FnMut(u64)>;

/// How long a message is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// How often each task gets its turn.
    pub rounds: usize,
    /// How long one turn takes.
    pub turn: Duration,
}

/// Slices of a turn. The fastest counts: what else the machine does only ever makes a slice slower.
const SLICES: u32 = 20;
/// Fewer where one slice is already longer than its share.
const FEWEST_SLICES: usize = 5;

/// Nanoseconds of each operation: the median of the rounds.
#[must_use]
pub fn measure(tasks: &mut [Task], effort: Effort) -> Vec<(Operation, f64)> {
    let operations: Vec<_> = tasks.iter().map(|task| task.operation).collect();
    let mut works: Vec<_> = tasks.iter_mut().map(|task| &mut task.run).collect();
    let times = nanoseconds(&mut works, effort);
    operations.into_iter().zip(times).collect()
}

/// Nanoseconds of each loop's body, the loops in turn: the median of the rounds.
#[must_use]
pub fn nanoseconds(works: &mut [&mut Work], effort: Effort) -> Vec<f64> {
    let slice = effort.turn / SLICES;
    let times: Vec<u64> = works
        .iter_mut()
        .map(|work| calibrate(work, slice))
        .collect();
    let mut rounds = vec![Vec::with_capacity(effort.rounds); works.len()];
    for _ in 0..effort.rounds {
        for ((work, times), found) in works.iter_mut().zip(&times).zip(&mut rounds) {
            found.push(turn(work, *times, effort.turn));
        }
    }
    rounds.into_iter().map(median).collect()
}

/// How often a body runs within a slice, once or more.
fn calibrate(work: &mut Work, slice: Duration) -> u64 {
    let mut times = 1;
    while time(work, times) < slice / 2 {
        times *= 2;
    }
    times
}

fn turn(work: &mut Work, times: u64, turn: Duration) -> f64 {
    // Fills the caches with what this one needs, not its predecessor.
    work(times.min(2));
    let start = Instant::now();
    let mut fastest = f64::INFINITY;
    let mut slices = 0;
    while slices < FEWEST_SLICES || start.elapsed() < turn {
        fastest = fastest.min(time(work, times).as_secs_f64());
        slices += 1;
    }
    fastest * 1e9 / times as f64
}

fn time(work: &mut Work, times: u64) -> Duration {
    let start = Instant::now();
    work(times);
    start.elapsed()
}

/// The value in the middle, or between the two there.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}
