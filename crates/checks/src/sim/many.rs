//! Many seeds, on all cores, each within a bound of real time as well: a machine that does not return stops the run.

use std::ops::Range;
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::{Report, run_seed};

/// Failed seeds that are named, at most.
const NAMED: usize = 20;
/// Real time of one seed, at most: it takes milliseconds. The bounds of a run, in steps and virtual time, count only where
/// the machines return.
const STUCK: Duration = Duration::from_secs(30);

/// A run that has come to its end, one way or the other.
struct Ended {
    seed: u64,
    report: Option<Report>,
}

/// Runs every seed. Gives what was seen and the seeds that failed, in their order.
///
/// # Errors
/// Where a seed does not come to its end. Its thread is left behind.
pub fn run_all(seeds: Range<u64>) -> Result<(Report, Vec<u64>)> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = Arc::new(AtomicU64::new(seeds.start));
    let stop = Arc::new(AtomicBool::new(false));
    let running = Arc::new(Mutex::new(vec![None::<(u64, Instant)>; cores]));
    let (ended, ends) = sync_channel(cores);
    for core in 0..cores {
        let worker = Worker {
            core,
            next: Arc::clone(&next),
            last: seeds.end,
            stop: Arc::clone(&stop),
            running: Arc::clone(&running),
            ended: ended.clone(),
        };
        thread::spawn(move || worker.run());
    }
    drop(ended);
    let (mut report, mut failed) = (Report::default(), Vec::new());
    loop {
        match ends.recv_timeout(STUCK) {
            Ok(Ended {
                report: Some(seen), ..
            }) => report += seen,
            Ok(Ended { seed, report: None }) => {
                eprintln!("seed {seed} failed");
                failed.push(seed);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let stuck = running
            .iter()
            .flatten()
            .find(|(_, since)| since.elapsed() > STUCK);
        if let Some((seed, _)) = stuck {
            stop.store(true, Ordering::Relaxed);
            bail!(
                "expected seed {seed} to come to its end within {STUCK:?}, but found a machine that does not return"
            );
        }
    }
    failed.sort_unstable();
    Ok((report, failed))
}

/// What each core runs, and since when.
type Running = Arc<Mutex<Vec<Option<(u64, Instant)>>>>;

struct Worker {
    core: usize,
    next: Arc<AtomicU64>,
    last: u64,
    stop: Arc<AtomicBool>,
    running: Running,
    ended: SyncSender<Ended>,
}

impl Worker {
    fn run(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.last {
                break;
            }
            self.now_runs(Some((seed, Instant::now())));
            let report = panic::catch_unwind(|| run_seed(seed)).ok();
            self.now_runs(None);
            if self.ended.send(Ended { seed, report }).is_err() {
                break;
            }
        }
    }

    fn now_runs(&self, seed: Option<(u64, Instant)>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running[self.core] = seed;
    }
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
