//! Crashes under load: the process is killed, the power is cut, a sync fails, the disk is full. Nothing that was answered is lost, nothing is half
//! there, and a commit whose answer was lost is decided by sending it again.
//!
//! `cargo test --test crash -- --times N` does each of them N times; `cargo xtask sim kill --times N` does the same in an optimised build.

mod killed;
mod load;
mod played;

use std::path::Path;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)
    };
    if let Some(folder) = value("--victim") {
        killed::be_killed(Path::new(folder));
        return;
    }
    // Whoever lists the tests of a workspace asks every program of them.
    if args.iter().any(|arg| arg == "--list") {
        return;
    }
    let times = value("--times").map_or(4, |times| {
        times
            .parse()
            .unwrap_or_else(|_| panic!("expected a number of times, but found {times:?}"))
    });
    report("killed", times, killed::kill);
    report("power cut", times, played::cut_power);
    report("failed sync", times, played::fail_a_sync);
    report("full disk", times, played::fill_the_disk);
}

/// What became of commits.
#[derive(Default)]
struct Outcome {
    /// Answered, and found.
    answered: u64,
    /// Not answered, and found all the same.
    applied_unanswered: u64,
    /// Not answered, and not found.
    not_applied: u64,
}

fn report(name: &str, times: u64, run: fn(u64) -> Outcome) {
    let started = Instant::now();
    let outcome = run(times);
    println!(
        "{name}, {times} times: {} commits answered, each found once; of those without an answer {} were applied and {} were not, each decided \
         by sending it again ({:.1} s)",
        outcome.answered,
        outcome.applied_unanswered,
        outcome.not_applied,
        started.elapsed().as_secs_f64()
    );
}
