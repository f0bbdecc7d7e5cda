//! Many seeds, on all cores.

use std::ops::Range;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Report, run_seed};

/// Failed seeds that are named, at most.
const NAMED: usize = 20;

/// Runs every seed and prints what was seen; fails if one does.
pub fn run_seeds(seeds: Range<u64>) -> Result<()> {
    let (begin, first, count) = (Instant::now(), seeds.start, seeds.end - seeds.start);
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new((Report::default(), Vec::new()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = panic::catch_unwind(|| run_seed(seed));
                    let Ok(mut total) = total.lock() else {
                        break;
                    };
                    if let Ok(report) = outcome {
                        total.0 += report;
                    } else {
                        eprintln!("seed {seed} failed");
                        total.1.push(seed);
                    }
                }
            });
        }
    });
    let (report, failed) = total.into_inner().unwrap_or_default();
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
        "{} commands, {} came again; {} events, {} came again; {} tunnel messages, {} gaps found",
        report.commands,
        report.repeated_commands,
        report.events,
        report.repeated_events,
        report.tunnel_messages,
        report.gaps
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
