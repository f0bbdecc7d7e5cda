//! Times every codec on every message, prints the table, and says which bars hold.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use envoy_benches::bars::{self, timing_bars};
use envoy_benches::case::CASES;
use envoy_benches::plot;
use envoy_benches::table::{self, Row};
use envoy_benches::timing::{Effort, measure};

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
    /// Draw the times into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let effort = Effort {
        rounds: args.rounds as usize,
        turn: Duration::from_millis(args.turn),
    };
    // A core that is changed on the way has cold caches. Where it cannot be chosen, the measurement is only noisier.
    if let Some(core) = core_affinity::get_core_ids().and_then(|cores| cores.last().copied()) {
        core_affinity::set_for_current(core);
    }
    let mut rows = Vec::new();
    for case in CASES.iter().filter(|case| wanted(case.name, &args.only)) {
        let mut tasks = case.tasks()?;
        tasks.retain(|task| wanted(task.operation.name(), &args.codec));
        eprintln!("{}: {} operations", case.name, tasks.len());
        rows.push(Row::new(
            case,
            case.octets().len(),
            measure(&mut tasks, effort),
        ));
    }
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

fn wanted(name: &str, filters: &[String]) -> bool {
    filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
}
