//! Starts a server, a real Rivet engine or our gateway, and does with it everything that a host does and its callers do, at
//! every version. `cargo xtask interop engine` and `cargo xtask contract` run it.
#![forbid(unsafe_code)]

mod audit;
mod case;
mod cases;
mod check;
mod faults;
mod host;
mod note;
mod raw;
mod relay;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use envoy_interop_engine::{api, client, server};
use envoy_protocol::Version;

use crate::audit::Audit;
use crate::case::{Case, Shared};
use crate::server::{Kind, Program, Server};

/// Do with a server everything that a host does
#[derive(Parser)]
struct Args {
    /// Which server it is
    #[arg(long)]
    server: Kind,
    /// Its program
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// A guard that the gateway leaves out: then it is a success if some case fails
    #[arg(long, value_name = "GUARD", conflicts_with = "faults")]
    without: Option<String>,
    /// Each case without each guard that it is said to find: a success if every case fails without some
    #[arg(long)]
    faults: bool,
    /// A folder for what it stores and logs, cleared first
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only cases whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this version of the protocol
    #[arg(long, value_name = "VERSION")]
    version: Option<Version>,
    /// Put what was seen, or found, into the marked part of this document
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "version", "without"])]
    note: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let cases: Vec<Case> = cases::ALL
        .iter()
        .filter(|case| {
            args.only.is_empty() || args.only.iter().any(|part| case.name.contains(part))
        })
        .copied()
        .collect();
    ensure!(
        !cases.is_empty(),
        "expected the name of a case, but found {:?}",
        args.only
    );
    let versions = args
        .version
        .map_or(Version::ALL.to_vec(), |version| vec![version]);
    run(&args, &cases, &versions).await
}

async fn run(args: &Args, cases: &[Case], versions: &[Version]) -> Result<ExitCode> {
    let start = Instant::now();
    if args.data.exists() {
        std::fs::remove_dir_all(&args.data)
            .with_context(|| format!("cannot clear {}", args.data.display()))?;
    }
    let program = Program {
        kind: args.server,
        path: args.program.clone(),
        without: args.without.clone(),
    };
    if args.faults {
        let note = args.note.as_deref();
        return faults::run(&program, &args.data, cases, versions, note).await;
    }
    let mut server = Server::start(&program, &args.data.join("server")).await?;
    println!(
        "{} {} well after {} ms",
        program.kind,
        program.kind.version(),
        start.elapsed().as_millis()
    );
    let shared = Shared {
        api: server.api(),
        audit: Audit::new(args.data.clone()),
        program: Arc::new(program),
        data: args.data.clone(),
    };
    let outcomes = case::run_all(cases, versions, &shared).await;
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.result.is_err())
        .count();
    let alive = server
        .api()
        .health()
        .await
        .context("the server after all cases");
    server.kill().await?;
    println!("{}", shared.audit);
    println!(
        "{failed} of {} cases failed, in {:.1} s",
        outcomes.len(),
        start.elapsed().as_secs_f64()
    );
    if let Some(note) = &args.note {
        note::write(note, &outcomes)?;
    }
    alive?;
    if let Some(guard) = &args.without {
        let names: BTreeSet<_> = outcomes
            .iter()
            .filter(|outcome| outcome.result.is_err())
            .map(|outcome| outcome.name)
            .collect();
        println!("without {guard}, these do not hold: {names:?}");
        return Ok(if names.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        });
    }
    Ok(if failed == 0 && shared.audit.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
