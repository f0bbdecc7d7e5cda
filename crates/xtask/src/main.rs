//! `cargo xtask …`: the home of every long command, so that CI, the README and people run the same thing.
#![forbid(unsafe_code)]

mod bench;
mod codegen;
mod contract;
mod corpus;
mod differential;
mod features;
mod fuzz;
mod interop;
mod new_version;
mod readme;
mod restart_sweep;
mod rolling_upgrade;
mod run;
mod sanitize;
mod sim;
mod soak;
mod sql;
mod toolchain;
mod workspace;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Every long command of this workspace",
    version
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Bench(bench::Args),
    Codegen(codegen::Args),
    Contract(contract::Args),
    Corpus(corpus::Args),
    Differential(differential::Args),
    Features(features::Args),
    Fuzz(fuzz::Args),
    Interop(interop::Args),
    NewVersion(new_version::Args),
    Readme(readme::Args),
    RestartSweep(restart_sweep::Args),
    RollingUpgrade(rolling_upgrade::Args),
    Sanitize(sanitize::Args),
    Sim(sim::Args),
    Soak(soak::Args),
    SqlDifferential(sql::DifferentialArgs),
    Sqllogictest(sql::ScriptsArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().task {
        Task::Bench(args) => bench::run(&args),
        Task::Codegen(args) => codegen::run(&args),
        Task::Contract(args) => contract::run(&args),
        Task::Corpus(args) => corpus::run(&args),
        Task::Differential(args) => differential::run(&args),
        Task::Features(args) => features::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Interop(args) => interop::run(&args),
        Task::NewVersion(args) => new_version::run(&args),
        Task::Readme(args) => readme::run(&args),
        Task::RestartSweep(args) => restart_sweep::run(&args),
        Task::RollingUpgrade(args) => rolling_upgrade::run(&args),
        Task::Sanitize(args) => sanitize::run(&args),
        Task::Sim(args) => sim::run(&args),
        Task::Soak(args) => soak::run(&args),
        Task::SqlDifferential(args) => sql::differential(&args),
        Task::Sqllogictest(args) => sql::scripts(&args),
    }
}
