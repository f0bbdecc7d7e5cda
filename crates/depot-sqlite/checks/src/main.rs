//! SQL over depot-sqlite on the embedded engine of a depot: beside plain SQLite, and by scripts with known results.

#[path = "../../tests/support/depot.rs"]
mod adapter;
mod differential;
mod generator;
mod scripts;
mod sim;
mod subject;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    check: Check,
}

#[derive(Subcommand)]
enum Check {
    /// Random statements, beside plain SQLite
    Differential(differential::Args),
    /// Overlapping writers, behind a network that loses and repeats
    Sim(seeds::Args),
    /// Scripts of a folder
    Sqllogictest(scripts::Args),
}

fn main() -> anyhow::Result<()> {
    // Plain SQLite is in this process, too.
    depot_sqlite::init()?;
    match Cli::parse().check {
        Check::Differential(args) => differential::run(&args),
        Check::Sim(args) => sim::run(args),
        Check::Sqllogictest(args) => scripts::run(&args),
    }
}
