//! Measures what each use of `unsafe` in `crates/bare` gains over the best code without it.

use anyhow::{Result, ensure};
use clap::Parser;
use core_affinity::{get_core_ids, set_for_current};
use envoy_benches::callgrind::{count_watched, watch};
use envoy_benches::twins::{EFFORT, Job, jobs, markdown};

/// Measure what each use of `unsafe` gains over the best code without it, in nanoseconds and instructions
#[derive(Parser)]
struct Args {
    /// Only modules whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Be the program that callgrind runs
    #[arg(long, hide = true)]
    watched: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut jobs = jobs()?;
    if let Some(only) = &args.only {
        jobs.retain(|job| job.module.contains(only.as_str()));
    }
    ensure!(
        !jobs.is_empty(),
        "expected a module with `unsafe`, but found none that is called so"
    );
    if args.watched {
        for work in jobs.iter_mut().flat_map(Job::works) {
            watch(work, "");
        }
        return Ok(());
    }

    let mut arguments = vec!["--watched".to_owned()];
    if let Some(only) = args.only {
        arguments.extend(["--only".to_owned(), only]);
    }
    let costs = count_watched(&std::env::current_exe()?, &arguments)?;
    let mut costs = costs.into_iter().map(|(_, cost)| cost);
    // A core that is changed on the way has cold caches. Where it cannot be chosen, the measurement is only noisier.
    if let Some(core) = get_core_ids().and_then(|cores| cores.last().copied()) {
        set_for_current(core);
    }
    let mut found = Vec::new();
    for mut job in jobs {
        eprintln!("{}: {}", job.module, job.name);
        let times = job.time(EFFORT);
        let costs = costs.by_ref().take(times.len()).collect();
        found.push((job, times, costs));
    }
    print!("{}", markdown(&found));
    Ok(())
}
