//! `cargo xtask interop typescript`: the codec against one in another language, compiled from the same schemas.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::need_node;
use crate::run::{cargo, run as run_command};
use crate::workspace;

/// Compare the codec with one in TypeScript, compiled from the same schemas
///
/// It is `@bare-ts/tools` and `@bare-ts/lib`, on Node.js.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How many generated messages of each root and version, beside the recorded frames
    #[arg(long, default_value_t = 500)]
    messages: u32,
}

pub(super) fn run(args: &Args) -> Result<()> {
    need_node()?;
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
            .args([
                "interop",
                "typescript",
                "--messages",
                &args.messages.to_string(),
            ]),
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
