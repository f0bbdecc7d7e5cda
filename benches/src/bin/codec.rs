//! Times every codec on every message, prints the table, and says which bars hold.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use envoy_benches::bars::{self, timing_bars};
use envoy_benches::case::{CASES, Case};
use envoy_benches::plot;
use envoy_benches::table::{self, Row};
use envoy_benches::timing::{Effort, measure, median};
use envoy_benches_peers::Operation;

/// The exit code where what was found does not hold, unlike that of other failures.
const DOES_NOT_HOLD: u8 = 2;

/// Time every codec on every message, print the table, and say which bars hold
#[derive(Parser)]
struct Args {
    /// Only messages whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only operations whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    codec: Vec<String>,
    /// How often each codec gets its turn
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds of one turn
    #[arg(long, default_value_t = 20)]
    turn: u64,
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// Be the process of one round
    #[arg(long, hide = true)]
    round: bool,
    /// Draw the times into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    // A core that is changed on the way has cold caches. Where it cannot be chosen, the measurement is only noisier.
    if let Some(core) = core_affinity::get_core_ids().and_then(|cores| cores.last().copied()) {
        core_affinity::set_for_current(core);
    }
    if args.round {
        one_round(&args)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = all_rounds(&args)?;
    ensure!(
        !rows.is_empty(),
        "expected a message that is called so, but found none"
    );
    print!("{}", table::markdown(&rows));
    if let Some(path) = &args.plot {
        let written = std::fs::write(path, plot::svg(&rows));
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    let bars = timing_bars(&rows);
    if !bars.is_empty() {
        print!("\n{}", bars::markdown(&bars));
    }
    let missed = bars.iter().filter(|bar| !bar.holds()).count();
    if missed == 0 || !args.check {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{missed} of {} bars do not hold", bars.len());
    Ok(ExitCode::from(DOES_NOT_HOLD))
}

/// Times every operation once, and prints what it found: a line each of message, operation and nanoseconds.
fn one_round(args: &Args) -> Result<()> {
    for case in CASES.iter().filter(|case| wanted(case.name, &args.only)) {
        let mut tasks = case.tasks()?;
        tasks.retain(|task| wanted(task.operation.name(), &args.codec));
        let effort = Effort {
            rounds: 1,
            turn: Duration::from_millis(args.turn),
        };
        for (operation, nanoseconds) in measure(&mut tasks, effort) {
            println!("{}\t{}\t{nanoseconds}", case.name, operation.name());
        }
    }
    Ok(())
}

/// The medians of the rounds. Each is a process of its own: where its stack and its heap happen to lie makes a
/// difference of nanoseconds, which no number of turns in one process would even out.
fn all_rounds(args: &Args) -> Result<Vec<Row>> {
    let mut found: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for round in 1..=args.rounds {
        eprintln!("round {round} of {}", args.rounds);
        let output = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .arg("--round")
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "a round failed: {}", output.status);
        for line in String::from_utf8(output.stdout)?.lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let [case, operation, nanoseconds] = parts[..] else {
                bail!("expected a message, an operation and a time, but found `{line}`");
            };
            let key = (case.to_owned(), operation.to_owned());
            found.entry(key).or_default().push(nanoseconds.parse()?);
        }
    }
    let row = |case: &'static Case| {
        let mine = found.iter().filter(|((name, _), _)| name == case.name);
        let medians = mine.filter_map(|((_, operation), times)| {
            Some((Operation::named(operation)?, median(times.clone())))
        });
        Row::new(case, case.octets().len(), medians)
    };
    let cases = CASES.iter().filter(|case| wanted(case.name, &args.only));
    Ok(cases.map(row).collect())
}

fn wanted(name: &str, filters: &[String]) -> bool {
    filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
}
