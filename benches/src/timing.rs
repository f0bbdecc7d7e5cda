//! Timing: the tasks of one message in turn, round by round.

use std::time::{Duration, Instant};

use envoy_benches_peers::{Operation, Task};

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
    let slice = effort.turn / SLICES;
    let times: Vec<u64> = tasks
        .iter_mut()
        .map(|task| calibrate(task, slice))
        .collect();
    let mut rounds = vec![Vec::with_capacity(effort.rounds); tasks.len()];
    for _ in 0..effort.rounds {
        for ((task, times), found) in tasks.iter_mut().zip(&times).zip(&mut rounds) {
            found.push(turn(task, *times, effort.turn));
        }
    }
    let operations = tasks.iter().map(|task| task.operation);
    operations.zip(rounds.into_iter().map(median)).collect()
}

/// How often a task runs within a slice, once or more.
fn calibrate(task: &mut Task, slice: Duration) -> u64 {
    let mut times = 1;
    while time(task, times) < slice / 2 {
        times *= 2;
    }
    times
}

fn turn(task: &mut Task, times: u64, turn: Duration) -> f64 {
    // Fills the caches with what this task needs, not its predecessor.
    (task.run)(times.min(2));
    let start = Instant::now();
    let mut fastest = f64::INFINITY;
    let mut slices = 0;
    while slices < FEWEST_SLICES || start.elapsed() < turn {
        fastest = fastest.min(time(task, times).as_secs_f64());
        slices += 1;
    }
    fastest * 1e9 / times as f64
}

fn time(task: &mut Task, times: u64) -> Duration {
    let start = Instant::now();
    (task.run)(times);
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}
