//! What `cargo xtask` runs for the tasks that need the protocol itself.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use envoy_checks::{corpus, interop, sim};

#[derive(Parser)]
#[command(about = "What `cargo xtask` runs for the tasks that need the protocol itself")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the seeds of `fuzz/corpus`
    Corpus,
    /// Compare the codec with one in another language
    Interop {
        #[command(subcommand)]
        language: Language,
    },
    /// Run both ends of a connection in virtual time
    Session(seeds::Which),
}

#[derive(Subcommand)]
enum Language {
    /// `@bare-ts/lib`, through `tests/interop/typescript`
    #[command(name = "typescript")]
    TypeScript {
        /// How many generated messages of each root and version
        #[arg(long, default_value_t = 500)]
        messages: usize,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().task {
        Task::Corpus => corpus::write(),
        Task::Interop {
            language: Language::TypeScript { messages },
        } => interop::typescript(messages),
        Task::Session(which) => sim::run_seeds(which.range()),
    }
}
