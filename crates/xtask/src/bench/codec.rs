//! `cargo xtask bench codec`: every codec on every message, timed, and all rows of the bar.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Found, compile, found, instructions, program};
use crate::workspace;

/// Around what is written into the note.
const MARKERS: [&str; 2] = ["<!-- measured -->\n", "<!-- end of measured -->\n"];

/// Time every codec on every message, print the table, and say row by row which bars hold
///
/// Without `--only` the rows that no clock decides are checked too: allocations and instructions under callgrind, and
/// what the codec costs to compile.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fail where a bar does not hold
    #[arg(long)]
    check: bool,
    /// Only times, and only of messages whose name contains this; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each codec gets its turn
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Draw the times into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write what is printed into docs/performance.md too
    #[arg(long, conflicts_with = "only")]
    document: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut all = times(args)?;
    if args.only.is_empty() {
        for more in [
            instructions::measure(&instructions::Args::default())?,
            compile::measure()?,
        ] {
            all.text.push('\n');
            all.text.push_str(&more.text);
            all.holds &= more.holds;
        }
    }
    if args.document {
        let path = workspace::root().join("docs/performance.md");
        let note =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let note = replaced(&note, &all.text)
            .with_context(|| format!("expected the marked part in {}", path.display()))?;
        fs::write(&path, note).with_context(|| format!("cannot write {}", path.display()))?;
    }
    all.conclude(args.check)
}

fn times(args: &Args) -> Result<Found> {
    let mut command = program("codec");
    command.args(["--check", "--rounds", &args.rounds.to_string()]);
    for only in &args.only {
        command.args(["--only", only]);
    }
    if let Some(file) = &args.plot {
        // The program runs in another folder.
        command.arg("--plot").arg(std::path::absolute(file)?);
    }
    found(&mut command)
}

/// The note with other text between the markers, if it has them.
fn replaced(note: &str, text: &str) -> Option<String> {
    let [start, end] = MARKERS;
    let (before, rest) = note.split_once(start)?;
    let (_, after) = rest.split_once(end)?;
    Some([before, start, "\n", text, "\n", end, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let note = |text: &str| {
            format!("# Title\n\n<!-- measured -->\n{text}<!-- end of measured -->\nMore.\n")
        };
        let written = replaced(&note("old\n"), "| a |\n");
        assert_eq!(written, Some(note("\n| a |\n\n")));
        assert_eq!(replaced("# Title\n", "new"), None);
    }
}
