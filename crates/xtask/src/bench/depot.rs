//! `cargo xtask bench depot`: SQL over depot-sqlite on the depot's embedded engine, beside plain SQLite.

use anyhow::Result;

use super::{Found, found, stores};
use crate::{run, workspace};

/// Measure SQL on the depot beside plain SQLite: durable commits, reads, scans, opening, memory
///
/// Bars: with 256 databases at most 0.1 syncs for a commit, and at least three times the commits of the same engine with a
/// group for each; at most 68 requests for a cold scan of 50 MiB.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// How long each number of databases commits in each round, in milliseconds
    #[arg(long, default_value_t = 1500)]
    commits_ms: u64,
    /// How often each side gets its turn
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Write the tables into docs/depot.md
    #[arg(long)]
    document: bool,
}

/// Where the tables go.
const MARKS: [&str; 2] = ["<!-- sql -->\n", "<!-- /sql -->\n"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let all = measure(args)?;
    if args.document {
        stores::document("docs/depot.md", MARKS, &all.text)?;
    }
    all.conclude(args.check)
}

fn measure(args: &Args) -> Result<Found> {
    let mut command = run::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(stores::manifest())
        .args(["--bin", "depot", "--", "--check"])
        .args(["--commits-ms", &args.commits_ms.to_string()])
        .args(["--rounds", &args.rounds.to_string(), "--directory"])
        // Where the workspace builds: on a disk, as a rule, which a folder for temporary files is often not.
        .arg(workspace::target()?.join("depot-bench"));
    found(&mut command)
}
