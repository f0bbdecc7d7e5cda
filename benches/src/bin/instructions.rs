//! Counts instructions of our codec and of vbare's under callgrind, and compares them with what is checked in.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use envoy_benches::bars::{self, Bar};
use envoy_benches::callgrind;
use envoy_benches::case::Case;
use envoy_benches::counts;

/// The exit code where what was found does not hold, unlike that of other failures.
const DOES_NOT_HOLD: u8 = 2;

/// Count instructions under callgrind, and compare them with those that are checked in
#[derive(Parser)]
struct Args {
    /// Fail where ours have grown by more than 3 %, or a bar does not hold
    #[arg(long)]
    check: bool,
    /// Check in what was counted
    #[arg(long, conflicts_with = "only")]
    write: bool,
    /// Only messages whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Be the program that callgrind runs
    #[arg(long, hide = true)]
    watched: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if args.watched {
        let wanted = |case: &Case| {
            args.only
                .as_ref()
                .is_none_or(|only| case.name.contains(only))
        };
        callgrind::be_watched(wanted)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut arguments = vec!["--watched".to_owned()];
    if let Some(only) = &args.only {
        arguments.extend(["--only".to_owned(), only.clone()]);
    }
    let all = callgrind::count(&std::env::current_exe()?, &arguments)?;
    println!("{}", counts::markdown(&all));
    let bars = counts::counted_bars(&all);
    print!("{}", bars::markdown(&bars));
    if args.write {
        counts::write_baseline(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let growths = counts::growths(&all, &counts::read_baseline()?);
    for growth in &growths {
        let before = growth
            .before
            .map_or("none".to_owned(), |before| before.to_string());
        eprintln!(
            "{}, {}: {} instructions, where {before} are checked in",
            growth.message,
            growth.operation.name(),
            growth.now
        );
    }
    if !growths.is_empty() {
        eprintln!("If that is what the change is worth: `cargo xtask bench instructions --write`.");
    }
    let holds = growths.is_empty() && bars.iter().all(Bar::holds);
    Ok(if holds || !args.check {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DOES_NOT_HOLD)
    })
}
