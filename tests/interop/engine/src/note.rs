//! What was seen, as a table in a document.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::case::Outcome;
use crate::faults::Found;

/// Around the table of what was seen.
const SEEN: Markers = ["<!-- seen -->\n", "<!-- end of seen -->\n"];
/// Around the table of what finds a guard that is left out.
const FOUND: Markers = ["<!-- found -->\n", "<!-- end of found -->\n"];

type Markers = [&'static str; 2];

/// Puts a table of the outcomes into the marked part of a document.
pub(crate) fn write(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    put(path, SEEN, &table(outcomes))
}

/// Puts a table of the guards that were left out into the marked part of a document: what each is for, and what failed.
pub(crate) fn write_found(path: &Path, all: &[Found]) -> Result<()> {
    put(path, FOUND, &found(all))
}

fn put(path: &Path, markers: Markers, text: &str) -> Result<()> {
    let document =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let document = replaced(&document, markers, text)
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

/// A row for each guard. A case that does not fail at every version says at which it does.
fn found(all: &[Found]) -> String {
    let mut text =
        "| without | so this does not hold | cases that fail |\n| --- | --- | --- |\n".to_owned();
    for Found { guard, outcomes } in all {
        let mut failed = Vec::new();
        for case in outcomes.chunk_by(|a, b| a.name == b.name) {
            let at: Vec<_> = case
                .iter()
                .filter(|outcome| outcome.result.is_err())
                .map(|outcome| outcome.version.to_string())
                .collect();
            if at.len() == case.len() {
                failed.push(case[0].name.to_owned());
            } else if !at.is_empty() {
                failed.push(format!("{} ({})", case[0].name, at.join(", ")));
            }
        }
        let (name, about) = (&guard.name, &guard.about);
        writeln!(text, "| {name} | {about} | {} |", failed.join("; "))
            .expect("a String takes everything");
    }
    text
}

fn replaced(document: &str, [begin, end]: Markers, text: &str) -> Option<String> {
    let (head, rest) = document.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}{text}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use envoy_protocol::Version;

    use super::*;
    use crate::faults::Guard;

    fn outcome(name: &'static str, version: Version, seen: &str) -> Outcome {
        Outcome {
            name,
            version,
            result: match seen {
                "" => Err(anyhow::anyhow!("it failed")),
                seen => Ok(seen.to_owned()),
            },
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
    fn a_guard_names_the_cases_that_fail_without_it_and_at_which_version() {
        let guard = Guard {
            name: "fence".to_owned(),
            about: "Heads are compared.".to_owned(),
        };
        let outcomes = vec![
            outcome("a", Version::V4, ""),
            outcome("a", Version::V5, ""),
            outcome("b", Version::V4, "held"),
            outcome("b", Version::V5, ""),
            outcome("c", Version::V4, "held"),
            outcome("c", Version::V5, "held"),
        ];
        let text = found(&[Found { guard, outcomes }]);
        let rows: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(rows, ["| fence | Heads are compared. | a; b (v5) |"]);
    }

    #[test]
    fn replaces_what_is_marked_and_nothing_else() {
        let document = "before\n<!-- seen -->\nold\n<!-- end of seen -->\nafter\n";
        assert_eq!(
            replaced(document, SEEN, "new\n").as_deref(),
            Some("before\n<!-- seen -->\nnew\n<!-- end of seen -->\nafter\n")
        );
        assert_eq!(replaced("no marks", SEEN, "new\n"), None);
    }
}
