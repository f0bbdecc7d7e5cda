//! Many seeds, on all processors.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Report, run_seed};

/// Failed seeds that are named, at most.
const NAMED: usize = 20;

/// Runs every seed. Gives what was seen and the seeds that failed, in their order.
///
/// # Errors
/// Where a seed does not come to its end: the bounds of a run, in steps and virtual time, count only where the machines
/// return. Its thread is left behind.
pub fn run_all(seeds: Range<u64>) -> Result<(Report, Vec<u64>)> {
    let (mut report, mut failed) = (Report::default(), Vec::new());
    seeds::each(seeds, run_seed, |seed, outcome| {
        if let Ok(seen) = outcome {
            report += seen;
        } else {
            eprintln!("seed {seed} failed");
            failed.push(seed);
        }
        ControlFlow::Continue(())
    })?;
    failed.sort_unstable();
    Ok((report, failed))
}

/// Runs every seed and prints what was seen; fails if one does.
pub fn run_seeds(seeds: Range<u64>) -> Result<()> {
    let (begin, first, count) = (Instant::now(), seeds.start, seeds.end - seeds.start);
    let (report, failed) = run_all(seeds)?;
    print(&report, count, begin.elapsed());
    ensure!(
        failed.is_empty(),
        "expected {count} seeds from {first} to hold, but found {} that do not, {:?} among them",
        failed.len(),
        &failed[..failed.len().min(NAMED)]
    );
    Ok(())
}

fn print(report: &Report, count: u64, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    #[allow(
        clippy::cast_precision_loss,
        reason = "a rate is read by people, in three digits"
    )]
    let rate = count as f64 / seconds;
    println!("{count} seeds in {seconds:.1} s: {rate:.0} seeds/s");
    println!(
        "{} steps, {:.0} h of virtual time, {} connections",
        report.steps,
        report.time.as_secs_f64() / 3600.0,
        report.connections
    );
    println!(
        "{} requests, {} commits sent again, {} of them decided by the head",
        report.requests, report.resent_commits, report.decided_by_head
    );
    println!(
        "{} commands, {} came again; {} events, {} came again; {} tunnel messages, {} dropped, {} gaps found; {} WebSockets \
         slept and went on; {} hosts and servers did not understand each other",
        report.commands,
        report.repeated_commands,
        report.events,
        report.repeated_events,
        report.tunnel_messages,
        report.repeated_messages,
        report.gaps,
        report.woken,
        report.incompatible
    );
    println!(
        "worst: pong {:?} behind its ping, stalls of up to a second and at most {} other frames of control included; a frame of \
         bulk took up to {:?} to write; request {:?} behind its bound, \
         {:?} from the loss of a connection to the end of what was sent, {:?} to settle",
        report.worst_pong,
        report.worst_pong_frames,
        report.worst_frame,
        report.worst_overrun,
        report.worst_loss,
        report.worst_settling
    );
}
