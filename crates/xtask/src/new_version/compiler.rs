//! What the compiler says about a checkout.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// An error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Complaint {
    /// The file that it is about, from the root of the checkout.
    pub(super) file: String,
    /// First and last line of it.
    pub(super) lines: (usize, usize),
    /// What is wrong.
    pub(super) message: String,
}

/// What of a workspace is compiled.
#[derive(Clone, Copy)]
pub(super) enum Targets {
    /// Libraries and commands.
    Program,
    /// These, tests and examples.
    All,
}

/// All errors that the compiler finds in the workspace at `root`, with every feature, in order of place.
///
/// It finds errors in a package only when the packages it depends on have none, and errors of one kind hide those of
/// another, so there may be more once these are gone.
pub(super) fn complaints(root: &Path, target: &Path, targets: Targets) -> Result<Vec<Complaint>> {
    let mut command = cargo(root, target);
    command.args(["check", "--workspace", "--all-features", "--keep-going"]);
    command.args(["--quiet", "--message-format=json"]);
    if let Targets::All = targets {
        command.arg("--all-targets");
    }
    let output = command
        .stderr(Stdio::null())
        .output()
        .context("cannot start cargo")?;
    let mut complaints = Vec::new();
    for line in output
        .stdout
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line: Value = serde_json::from_slice(line).context("expected JSON from cargo")?;
        complaints.extend(complaint(&line));
    }
    anyhow::ensure!(
        output.status.success() || !complaints.is_empty(),
        "cargo check failed without an error that has a place: {}",
        output.status
    );
    complaints.sort();
    complaints.dedup();
    Ok(complaints)
}

/// Cargo in the checkout at `root`, building into `target`.
pub(super) fn cargo(root: &Path, target: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).env("CARGO_TARGET_DIR", target);
    command
}

fn complaint(line: &Value) -> Option<Complaint> {
    let message = &line["message"];
    if line["reason"] != "compiler-message" || message["level"] != "error" {
        return None;
    }
    let span = message["spans"]
        .as_array()?
        .iter()
        .find(|span| span["is_primary"] == true)?;
    // Code that a macro of another crate wrote is at the place that calls the macro.
    let span = std::iter::successors(Some(span), |span| {
        Some(&span["expansion"]["span"]).filter(|span| span.is_object())
    })
    .find(|span| {
        span["file_name"]
            .as_str()
            .is_some_and(|file| !file.starts_with('/'))
    })?;
    let number = |name: &str| {
        span[name]
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
    };
    Some(Complaint {
        file: span["file_name"].as_str()?.to_owned(),
        lines: (number("line_start")?, number("line_end")?),
        message: message["message"].as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(level: &str) -> Value {
        json!({
            "reason": "compiler-message",
            "message": {
                "level": level,
                "message": "missing match arm",
                "spans": [
                    { "file_name": "src/b.rs", "line_start": 1, "line_end": 1, "is_primary": false },
                    { "file_name": "src/a.rs", "line_start": 3, "line_end": 5, "is_primary": true },
                ],
            },
        })
    }

    #[test]
    fn takes_the_place_an_error_is_about() {
        let expected = Complaint {
            file: "src/a.rs".to_owned(),
            lines: (3, 5),
            message: "missing match arm".to_owned(),
        };
        assert_eq!(complaint(&message("error")), Some(expected));
    }

    #[test]
    fn takes_the_place_that_calls_a_macro_of_another_crate() {
        let mut message = message("error");
        let span = message["message"]["spans"][1].take();
        message["message"]["spans"][1] = json!({
            "file_name": "/library/panic.rs",
            "is_primary": true,
            "expansion": { "span": span },
        });
        assert_eq!(
            complaint(&message).map(|complaint| complaint.lines),
            Some((3, 5))
        );
    }

    #[test]
    fn passes_over_warnings_and_other_lines() {
        assert_eq!(complaint(&message("warning")), None);
        assert_eq!(
            complaint(&json!({ "reason": "build-finished", "success": true })),
            None
        );
    }
}
