//! What the demo found, and whether it is what must be.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use envoy_client::Version;

use super::line::{Life, Who};
use super::load::Found;
use crate::failure::Outcome;

/// The generations that are to be stopped, and why.
#[derive(Debug, Default)]
pub(crate) struct Expected(BTreeMap<Life, Why>);

/// Why a generation ended with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Fenced,
    Superseded,
    /// A v4 host does not know whether its last commit was applied.
    Unsure,
    /// The server gave the generation up.
    Lost,
    Other,
}

impl Expected {
    pub(crate) fn fenced(&mut self, actor: &str, generation: u32) {
        self.0.insert((actor.to_owned(), generation), Why::Fenced);
    }

    pub(crate) fn superseded(&mut self, actor: &str, generation: u32) {
        self.0
            .insert((actor.to_owned(), generation), Why::Superseded);
    }
}

/// One version in the end.
pub(crate) struct Side {
    version: Version,
    found: Found,
    commits: u64,
    ends: BTreeMap<Why, usize>,
    complaints: Vec<String>,
}

impl Side {
    pub(crate) fn new(
        version: Version,
        found: Found,
        commits: u64,
        failures: &[(Who, Life, Vec<String>)],
        expected: &Expected,
    ) -> Self {
        let mut ends = BTreeMap::new();
        let mut complaints = Vec::new();
        for (who, life, reports) in failures {
            let (actor, generation) = life;
            let message = reports.first().map(String::as_str).unwrap_or_default();
            let is_expected = expected.0.contains_key(life);
            let mut why = why(message);
            // Wherever a connection was cut, a v4 host and its server may not know what became of a commit. Then one of the
            // two ends the generation, and which of them it was makes no difference.
            if version == Version::V4 && *who == Who::Host && !is_expected {
                why = Why::Unsure;
            }
            // And its errors have no code: what a copy was stopped for is what was done to it.
            if let (Version::V4, Who::Copy, Some(expected)) = (version, who, expected.0.get(life)) {
                why = *expected;
            }
            *ends.entry(why).or_default() += 1;
            if reports.len() != 1 {
                complaints.push(format!(
                    "generation {generation} of {actor} was reported as stopped {} times",
                    reports.len()
                ));
            }
            let is_allowed = is_expected || (version == Version::V4 && why == Why::Unsure);
            if !is_allowed {
                let who = match who {
                    Who::Host => "the host",
                    Who::Copy => "the copy",
                };
                complaints.push(format!(
                    "{who} stopped generation {generation} of {actor}, which nobody else ran: {message}"
                ));
            }
        }
        for (life, why_expected) in &expected.0 {
            let copy = failures
                .iter()
                .find(|(who, of, _)| *who == Who::Copy && of == life);
            let found = copy
                .and_then(|(_, _, reports)| reports.first())
                .map(|text| why(text));
            let (actor, generation) = life;
            match found {
                None => complaints.push(format!(
                    "the copy that ran generation {generation} of {actor} was never stopped"
                )),
                // A v4 server has no code for a fence: there, every refusal of a generation reads the same.
                Some(found) if found != *why_expected && version != Version::V4 => {
                    complaints.push(format!(
                        "the copy that ran generation {generation} of {actor} was to be {}, but was {}",
                        why_expected.name(),
                        found.name(),
                    ));
                }
                Some(_) => {}
            }
        }
        if found.lost > 0 {
            complaints.push(format!("{} acknowledged writes are gone", found.lost));
        }
        if found.doubled > 0 {
            complaints.push(format!(
                "{} writes were applied twice, or were counted and are gone",
                found.doubled
            ));
        }
        if found.foreign > 0 {
            complaints.push(format!(
                "{} rows are there that nobody has sent",
                found.foreign
            ));
        }
        if !found.is_whole {
            complaints.push("a database is not whole".to_owned());
        }
        Self {
            version,
            found,
            commits,
            ends,
            complaints,
        }
    }

    fn ended(&self, why: Why) -> usize {
        self.ends.get(&why).copied().unwrap_or(0)
    }
}

impl Why {
    const fn name(self) -> &'static str {
        match self {
            Self::Fenced => "fenced",
            Self::Superseded => "superseded",
            Self::Unsure => "unsure",
            Self::Lost => "lost",
            Self::Other => "stopped for something else",
        }
    }
}

/// What a host says of a generation that ended with an error.
fn why(message: &str) -> Why {
    let has = |word| message.contains(word);
    if has("head_fence_mismatch") || has("head txid") {
        Why::Fenced
    } else if has("superseded")
        || has("does not exist")
        || has("generation_mismatch")
        || has("generation is over")
    {
        Why::Superseded
    } else if has("indeterminate") || has("undecided") || has("unknown") {
        Why::Unsure
    } else if has("lost") || has("given up") {
        Why::Lost
    } else {
        Why::Other
    }
}

/// Prints what was found. Bad if anything is not as it must be.
pub(crate) fn write(
    out: &mut impl Write,
    sides: &[Side],
    troubles: &[String],
    took: Duration,
) -> io::Result<Outcome> {
    writeln!(
        out,
        "\nWhat is there in the end, after {:.0} s:\n",
        took.as_secs_f32()
    )?;
    let head = [
        "",
        "requests",
        "commits",
        "p50",
        "p99",
        "fenced",
        "superseded",
        "unsure",
        "writes lost",
        "doubled",
        "integrity_check",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for side in sides {
        let found = &side.found;
        rows.push(vec![
            side.version.to_string(),
            found.requests.to_string(),
            side.commits.to_string(),
            shown(found.quantile(0.5)),
            shown(found.quantile(0.99)),
            side.ended(Why::Fenced).to_string(),
            side.ended(Why::Superseded).to_string(),
            side.ended(Why::Unsure).to_string(),
            format!("{} of {}", found.lost, found.acknowledged),
            found.doubled.to_string(),
            if found.is_whole { "ok" } else { "BROKEN" }.to_owned(),
        ]);
    }
    let widths: Vec<usize> = (0..head.len())
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:>width$}"))
            .collect();
        writeln!(out, "   {}", cells.join("  "))?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "fenced, superseded: instances that were stopped because another one had written, or was started. unsure: v4\n\
         instances that ended themselves because a cut connection left them not knowing what became of a commit."
    )?;
    let mut complaints: Vec<String> = troubles.to_vec();
    for side in sides {
        complaints.extend(
            side.complaints
                .iter()
                .map(|complaint| format!("{}: {complaint}", side.version)),
        );
    }
    if complaints.is_empty() {
        writeln!(
            out,
            "\nNo acknowledged write is gone, none was applied twice, and each stale instance was stopped once."
        )?;
        return Ok(Outcome::Good);
    }
    writeln!(out, "\nBROKEN:")?;
    for complaint in complaints {
        writeln!(out, " * {complaint}")?;
    }
    Ok(Outcome::SomeFailed)
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
