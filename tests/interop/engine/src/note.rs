//! What was seen, as a table in a document.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::case::Outcome;

/// Around the table.
const MARKERS: [&str; 2] = ["<!-- seen -->\n", "<!-- end of seen -->\n"];

/// Puts a table of the outcomes into the marked part of a document.
pub(crate) fn write(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let document =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let document = replaced(&document, &table(outcomes))
        .with_context(|| format!("expected the marked part in {}", path.display()))?;
    fs::write(path, document).with_context(|| format!("cannot write {}", path.display()))
}

/// A row for each case; two, where it was not the same at every version.
fn table(outcomes: &[Outcome]) -> String {
    let mut text = "| case | at | what was seen |\n| --- | --- | --- |\n".to_owned();
    for case in outcomes.chunk_by(|a, b| a.name == b.name) {
        let seen = |outcome: &Outcome| match &outcome.result {
            Ok(seen) => seen.replace('|', "\\|"),
            Err(error) => format!("FAILED: {error:#}").replace('|', "\\|"),
        };
        let all: BTreeSet<_> = case.iter().map(seen).collect();
        let mut row = |at: &str, seen: &str| {
            writeln!(text, "| {} | {at} | {seen} |", case[0].name)
                .expect("a String takes everything");
        };
        match all.first() {
            Some(seen) if all.len() == 1 => {
                let versions: Vec<_> = case.iter().map(|one| one.version.to_string()).collect();
                row(&versions.join(", "), seen);
            }
            _ => case
                .iter()
                .for_each(|outcome| row(&outcome.version.to_string(), &seen(outcome))),
        }
    }
    text
}

fn replaced(document: &str, text: &str) -> Option<String> {
    let [begin, end] = MARKERS;
    let (head, rest) = document.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}{text}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use envoy_protocol::Version;

    use super::*;

    fn outcome(name: &'static str, version: Version, seen: &str) -> Outcome {
        Outcome {
            name,
            version,
            result: Ok(seen.to_owned()),
            differences: Vec::new(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_case_that_is_the_same_at_every_version_has_one_row() {
        let outcomes = [
            outcome("a", Version::V4, "x|y"),
            outcome("a", Version::V5, "x|y"),
            outcome("b", Version::V4, "old"),
            outcome("b", Version::V5, "new"),
        ];
        let rows: Vec<_> = table(&outcomes)
            .lines()
            .skip(2)
            .map(str::to_owned)
            .collect();
        assert_eq!(
            rows,
            [
                "| a | v4, v5 | x\\|y |",
                "| b | v4 | old |",
                "| b | v5 | new |"
            ]
        );
    }

    #[test]
    fn replaces_what_is_marked_and_nothing_else() {
        let document = "before\n<!-- seen -->\nold\n<!-- end of seen -->\nafter\n";
        assert_eq!(
            replaced(document, "new\n").as_deref(),
            Some("before\n<!-- seen -->\nnew\n<!-- end of seen -->\nafter\n")
        );
        assert_eq!(replaced("no marks", "new\n"), None);
    }
}
