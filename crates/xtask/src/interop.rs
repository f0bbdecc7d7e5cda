//! `cargo xtask interop`: what is here against what others made.

mod engine;
mod typescript;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::probe;

/// Compare with what others made: a codec in another language, or a real engine
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    peer: Peer,
}

#[derive(clap::Subcommand)]
enum Peer {
    Engine(engine::Args),
    #[command(name = "typescript")]
    TypeScript(typescript::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.peer {
        Peer::Engine(args) => engine::run(args),
        Peer::TypeScript(args) => typescript::run(args),
    }
}

/// The program of a real engine, which is installed if it is not there.
pub(crate) fn engine() -> Result<PathBuf> {
    need_node()?;
    engine::install(&engine::folder()?)
}

/// Checks that Node.js and npm are there, and says which.
fn need_node() -> Result<()> {
    for tool in ["node", "npm"] {
        let Some(version) = probe(Command::new(tool).arg("--version")) else {
            bail!(
                "expected {tool} on the path, but found none: install Node.js 20 or later, which brings npm"
            );
        };
        eprintln!("xtask: {tool} {version}");
    }
    Ok(())
}
