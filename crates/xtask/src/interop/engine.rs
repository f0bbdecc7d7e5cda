//! `cargo xtask interop engine`: codec, session and transport against a real Rivet engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::need_node;
use crate::run::{cargo, probe, run as run_command};
use crate::workspace;

/// What the engine is installed from.
const FILES: [&str; 3] = [".npmrc", "package.json", "package-lock.json"];

/// Do with a real Rivet engine everything that a host does, at every version
///
/// The engine comes from npm, pinned by hash, once: it stays in the target folder. It is started on free ports of
/// 127.0.0.1, and ends with the run.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only cases whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this version of the protocol
    #[arg(long, value_name = "VERSION")]
    version: Option<u16>,
    /// Write what was seen into tests/interop/engine/README.md too
    #[arg(long, conflicts_with_all = ["only", "version"])]
    document: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    need_node()?;
    let dir = folder()?;
    let program = install(&dir)?;
    // What the tests built is used again: nothing here is bound by the speed of the code.
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--package", "envoy-interop-engine", "--"])
        .args(["--server", "engine", "--program"])
        .arg(program)
        .arg("--data")
        .arg(dir.join("data"));
    for name in &args.only {
        command.args(["--only", name]);
    }
    if let Some(version) = args.version {
        command.args(["--version", &version.to_string()]);
    }
    if args.document {
        command.arg("--note").arg(source().join("README.md"));
    }
    run_command(&mut command)
}

/// What is installed, and what the engine stores and logs.
pub(super) fn folder() -> Result<PathBuf> {
    Ok(workspace::target()?.join("interop-engine"))
}

/// Where the cases are, and what the engine is installed from.
fn source() -> PathBuf {
    workspace::root().join("tests/interop/engine")
}

/// Installs the engine into `dir`, unless what is there is what is wanted. Returns its program.
pub(super) fn install(dir: &Path) -> Result<PathBuf> {
    let source = source();
    // The lock file is copied last, after the installation: where it is the same, that was complete.
    let lock = FILES[2];
    let wanted = read(&source.join(lock))?;
    let is_there = fs::read(dir.join(lock)).is_ok_and(|found| found == wanted);
    if let (true, Some(program)) = (is_there, program(dir)) {
        return Ok(program);
    }
    let fresh = dir.join("npm");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("cannot clear {}", fresh.display()))?;
    }
    fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
    for file in FILES {
        fs::write(fresh.join(file), read(&source.join(file))?)
            .with_context(|| format!("cannot write {file} into {}", fresh.display()))?;
    }
    run_command(Command::new("npm").arg("ci").current_dir(&fresh))?;
    let program = program(dir).context(
        "expected npm to bring an engine, but found none: there is one for x64 and arm64, on Linux, macOS and Windows",
    )?;
    fs::write(dir.join(lock), wanted)
        .with_context(|| format!("cannot write {lock} into {}", dir.display()))?;
    Ok(program)
}

/// The engine's program, as its package tells it.
fn program(dir: &Path) -> Option<PathBuf> {
    let path = probe(
        Command::new("node")
            .args([
                "--print",
                r#"require("@rivetkit/engine-cli").getEnginePath()"#,
            ])
            .current_dir(dir.join("npm")),
    )?;
    Some(PathBuf::from(path)).filter(|path| path.is_file())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
