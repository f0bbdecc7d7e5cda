//! A gateway, hosts of both versions and callers on a simulated network and clock, by the number of a seed.
//!
//! The gateway and the hosts are the real ones, with sockets, disk, clock and chance replaced; actors are made up, and ask
//! for pages in place of SQLite. What happens is noted, and a checker looks at that alone.

mod actor;
mod audit;
mod caller;
mod checker;
mod database;
mod ledger;
mod log;
mod mutant;
mod network;
mod plan;
mod random;
mod run;
mod store;
#[cfg(test)]
mod tests;
mod world;

use clap::Parser;

use crate::mutant::Mutant;
use crate::run::Actors;

/// A gateway, hosts of both versions and callers on a simulated network and clock
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: seeds::Args,
}

fn main() -> anyhow::Result<()> {
    let mutants = Mutant::ALL.map(Mutant::simulation);
    seeds::run(Cli::parse().args, &Actors(None), &mutants)
}
