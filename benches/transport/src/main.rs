//! The transport beside the WebSocket library below it: an echo over loopback on one connection, and the memory of
//! connections that are idle.
//!
//! Bars: at least 0.8 of the library's messages a second at 64 octets, 0.9 from 4 KiB; at most 40 KiB for an idle
//! connection, at each end.

mod echo;
mod idle;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

/// The exit code where what was found does not hold, unlike that of other failures.
const DOES_NOT_HOLD: u8 = 2;

/// Measure the transport beside the WebSocket library below it
#[derive(Parser)]
struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// Only messages of this size, and no idle connections; may be given several times
    #[arg(long, value_name = "OCTETS")]
    size: Vec<usize>,
    /// Only idle connections, and no echo
    #[arg(long, conflicts_with = "size")]
    idle: bool,
    /// How often each transport gets its turn
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds of one turn
    #[arg(long, default_value_t = 100)]
    turn: u64,
    /// How many connections are idle
    #[arg(long, default_value_t = 1000)]
    connections: u32,
    /// One end of the idle connections: this program starts itself with it
    #[arg(long, hide = true)]
    end: Option<idle::End>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if let Some(end) = &args.end {
        idle::run(end, args.connections)?;
        return Ok(ExitCode::SUCCESS);
    }
    let turn = Duration::from_millis(args.turn);
    let mut holds = true;
    if !args.idle {
        holds &= echo::measure(&args.size, args.rounds, turn)?;
        println!();
    }
    if args.size.is_empty() {
        holds &= idle::measure(args.connections)?;
    }
    Ok(if holds || !args.check {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DOES_NOT_HOLD)
    })
}
