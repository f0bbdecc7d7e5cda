//! `cargo xtask sim`: state machines in virtual time.

mod actors;
mod depot;
mod kill;

use anyhow::Result;

use crate::run::{cargo, run as run_command};

/// Run state machines against each other in virtual time
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// Both ends of a connection, through a network that delays, cuts and repeats
    Session {
        /// How many seeds
        #[arg(long, default_value_t = 10_000)]
        seeds: u64,
        /// The first one
        #[arg(long, default_value_t = 0)]
        first: u64,
    },
    /// A gateway, hosts of both versions and callers, with processes that die and a network that loses, delays and repeats
    Actors(actors::Args),
    /// Overlapping writers of a depot, SQLite on it, behind a network that loses, delays and repeats
    Depot(depot::Args),
    /// The depot under load, killed, without power, with a failing sync, on a full disk
    Kill(kill::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (seeds, first) = match &args.subject {
        Subject::Session { seeds, first } => (seeds, first),
        Subject::Actors(args) => return actors::run(args),
        Subject::Depot(args) => return depot::run(args),
        Subject::Kill(args) => return kill::run(args),
    };
    let mut command = cargo();
    command.args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "envoy-checks",
        "--",
        "session",
    ]);
    command.args([format!("--seeds={seeds}"), format!("--first={first}")]);
    run_command(&mut command)
}
