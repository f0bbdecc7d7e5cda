//! The command `bare-codegen`: generates Rust from schemas, checks them, and says what changed between two.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Compile BARE schemas to Rust
#[derive(Parser)]
#[command(
    name = "bare-codegen",
    version,
    arg_required_else_help = true,
    after_help = "Exit status: 0 done, 1 errors in a schema or stale files, 2 wrong usage."
)]
struct Args {
    /// Colour the diagnostics
    #[arg(long, global = true, value_enum, default_value_t)]
    color: cli::Color,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(cli::generate::Args),
    Check(cli::check::Args),
    Diff(cli::diff::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let style = args.color.style();
    let outcome = match &args.command {
        Command::Generate(args) => cli::generate::run(args, style),
        Command::Check(args) => cli::check::run(args, style),
        Command::Diff(args) => cli::diff::run(args, style),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                eprintln!("error: {message}");
            }
            ExitCode::from(failure.status())
        }
    }
}
