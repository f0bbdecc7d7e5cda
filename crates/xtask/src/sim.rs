//! `cargo xtask sim`: state machines in virtual time.

mod kill;

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run as run_command};
use crate::{sql, workspace};

/// Run state machines against each other in virtual time
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// Both ends of a connection, through a network that delays, cuts and repeats
    #[command(mut_arg("seeds", |seeds| seeds.default_value("10000")))]
    Session(seeds::Which),
    /// A gateway, hosts of both versions and callers, with processes that die and a network that loses, delays and repeats
    Actors(seeds::Args),
    /// Overlapping writers of a depot, SQLite on it, behind a network that loses, delays and repeats
    #[command(mut_arg("mutant_seeds", |seeds| seeds.default_value("200")))]
    Depot(seeds::Args),
    /// The depot under load, killed, without power, with a failing sync, on a full disk
    Kill(kill::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (mut command, words) = match &args.subject {
        Subject::Session(which) => (session(), which.words()),
        Subject::Actors(args) => (actors()?, args.words()),
        Subject::Depot(args) => (depot(), args.words()),
        Subject::Kill(args) => return kill::run(args),
    };
    run_command(command.args(words))
}

fn session() -> Command {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "envoy-checks"]);
    command.args(["--", "session"]);
    command
}

fn depot() -> Command {
    let mut command = sql::checks();
    command.arg("sim");
    command
}

/// The package of the simulation is a workspace of its own, and builds beside the others: with tokio's choices from the seed.
fn actors() -> Result<Command> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--locked"]);
    command.args(["--config", "tests/sim/seeded.toml"]);
    command.args(["--manifest-path", "tests/sim/Cargo.toml"]);
    command
        .arg("--target-dir")
        .arg(workspace::target()?.join("sim"))
        .arg("--");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn subject(words: &[&str]) -> Subject {
        Cli::try_parse_from(["xtask"].iter().chain(words))
            .expect("good arguments")
            .args
            .subject
    }

    #[test]
    fn arguments_are_handed_on_as_given_and_each_simulation_has_defaults_of_its_own() {
        let words = |words: &[&str]| match subject(words) {
            Subject::Session(which) => which.words(),
            Subject::Actors(args) | Subject::Depot(args) => args.words(),
            Subject::Kill(_) => Vec::new(),
        };
        assert_eq!(words(&["session"]), ["--seeds=10000", "--first=0"]);
        let given = ["--seeds=1", "--first=8209", "--mutant-seeds=7", "--log"];
        for (name, mutant_seeds) in [("actors", "1000"), ("depot", "200")] {
            let mutant_seeds = format!("--mutant-seeds={mutant_seeds}");
            let all = ["--seeds=1000", "--first=0", &mutant_seeds];
            assert_eq!(words(&[name]), all);
            assert_eq!(words(&[&[name], &given[..]].concat()), given);
        }
    }
}
