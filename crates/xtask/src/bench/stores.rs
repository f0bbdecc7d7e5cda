//! `cargo xtask bench stores`: embedded stores on the work of the depot.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

use crate::{run, workspace};

/// Measure the depot's store beside others; prints the table of docs/depot.md
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each combination of databases and pages commits in each of three rounds, in milliseconds
    #[arg(long, default_value_t = 1500)]
    commits_ms: u64,
    /// Write the table into docs/depot.md
    #[arg(long)]
    document: bool,
}

/// Where the table goes.
const MARKS: [&str; 2] = ["<!-- stores -->\n", "<!-- /stores -->\n"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = run::cargo();
    command
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(manifest())
        .args([
            "--",
            "--commits-ms",
            &args.commits_ms.to_string(),
            "--directory",
        ])
        .arg(workspace::target()?.join("stores"))
        .stderr(std::process::Stdio::inherit());
    run::announce(&command);
    let output = command.output().context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "the benchmark failed: {}",
        output.status
    );
    let table = String::from_utf8(output.stdout).context("expected text of the benchmark")?;
    print!("{table}");
    if args.document {
        document("docs/depot.md", MARKS, &table)?;
    }
    Ok(())
}

/// Two programs, in a workspace of their own.
pub(super) fn manifest() -> PathBuf {
    workspace::root().join("benches/stores/Cargo.toml")
}

/// Writes `table` between `marks` of `note`, a file of this repository.
pub(super) fn document(note: &str, marks: [&str; 2], table: &str) -> Result<()> {
    let path = workspace::root().join(note);
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, replaced(&text, marks, table)?)?;
    Ok(())
}

fn replaced(text: &str, [open, close]: [&str; 2], table: &str) -> Result<String> {
    let (before, rest) = text
        .split_once(open)
        .context("expected a place for the table")?;
    let (_, after) = rest
        .split_once(close)
        .context("expected an end of the table")?;
    Ok(format!("{before}{open}\n{table}\n{close}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_table_between_its_marks_and_nothing_else() {
        let text = "a\n<!-- stores -->\nold\n<!-- /stores -->\nb\n";
        let new = replaced(text, MARKS, "new\n").unwrap();
        assert_eq!(new, "a\n<!-- stores -->\n\nnew\n\n<!-- /stores -->\nb\n");
        assert!(replaced("nothing", MARKS, "new").is_err());
    }
}
