//! Hosts of one version are replaced by hosts of another, one by one and under load, and the gateway is restarted under it,
//! all as processes of their own: `cargo xtask rolling-upgrade`. What was acknowledged is read back with SQL. See [`roll`].
#![forbid(unsafe_code)]

mod fleet;
mod host;
mod ledger;
mod load;
mod report;
mod roll;

use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
enum Command {
    Roll(roll::Arguments),
    Host(host::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Command::parse() {
        Command::Roll(arguments) => roll::run(&arguments).await,
        Command::Host(arguments) => host::run(arguments).await.map(|()| true),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("error: {trouble:#}");
            ExitCode::FAILURE
        }
    }
}
