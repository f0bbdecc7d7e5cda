//! `cargo xtask interop`: the codec against codecs in other languages, compiled from the same schemas.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{cargo, probe, run as run_command};
use crate::workspace;

/// Compare the codec with one in another language, compiled from the same schemas
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The language of the other codec
    #[arg(value_enum)]
    language: Language,
    /// How many generated messages of each root and version, beside the recorded frames
    #[arg(long, default_value_t = 500)]
    messages: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Language {
    /// `@bare-ts/tools` and `@bare-ts/lib`, on Node.js
    #[value(name = "typescript")]
    TypeScript,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match args.language {
        Language::TypeScript => typescript(args.messages),
    }
}

fn typescript(messages: u32) -> Result<()> {
    for tool in ["node", "npm"] {
        let Some(version) = probe(Command::new(tool).arg("--version")) else {
            bail!(
                "expected {tool} on the path, but found none: install Node.js 20 or later, which brings npm"
            );
        };
        eprintln!("xtask: {tool} {version}");
    }
    let dir = workspace::root().join("tests/interop/typescript");
    if !is_installed(&dir) {
        run_command(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&dir),
        )?;
    }
    run_command(
        cargo()
            .args([
                "run",
                "--quiet",
                "--release",
                "--package",
                "envoy-checks",
                "--",
            ])
            .args(["interop", "typescript", "--messages", &messages.to_string()]),
    )
}

/// Whether `node_modules` is at least as new as the lock file it is installed from.
fn is_installed(dir: &Path) -> bool {
    let modified = |file: &str| {
        dir.join(file)
            .metadata()
            .and_then(|file| file.modified())
            .ok()
    };
    match (
        modified("package-lock.json"),
        modified("node_modules/.package-lock.json"),
    ) {
        (Some(wanted), Some(installed)) => installed >= wanted,
        (_, None) | (None, _) => false,
    }
}
