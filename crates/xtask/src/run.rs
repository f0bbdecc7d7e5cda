//! Running other programs.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// `cargo`, the one of the toolchain that runs this, at the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(crate::workspace::root());
    command
}

/// Says the command on standard error, runs it, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    ensure!(status.success(), "{} failed: {status}", name(command));
    Ok(())
}

/// What a command prints on standard output, or nothing if it cannot be started or fails: for questions like "is it
/// there, and which version".
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Says on standard error what is about to run.
pub(crate) fn announce(command: &Command) {
    let mut words = vec!["xtask:".to_owned()];
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", key.display(), value.display()));
        }
    }
    words.push(name(command));
    words.extend(
        command
            .get_args()
            .map(|argument| argument.display().to_string()),
    );
    eprintln!("{}", words.join(" "));
}

fn name(command: &Command) -> String {
    command.get_program().display().to_string()
}
