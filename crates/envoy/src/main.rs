//! The command `envoy`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    envoy_cli::run(&envoy_cli::args::Arguments::parse())
}
