//! Cases without each guard of the gateway that they are there for: one that holds then is empty.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use envoy_protocol::Version;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::audit::Audit;
use crate::case::{Case, Outcome, Shared, run_one};
use crate::note;
use crate::server::{Program, Server};

/// Gateways at once, each without another guard.
const SERVERS: usize = 12;
/// Cases at once, of all of them: what they wait for is not there, so that they do little else.
const AT_ONCE: usize = 32;
/// Letters of why a case failed that are printed.
const SHORT: usize = 110;

/// A guard that the gateway can leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) name: String,
    /// What holds because of it.
    pub(crate) about: String,
}

/// How cases went without a guard.
pub(crate) struct Found {
    pub(crate) guard: Guard,
    pub(crate) outcomes: Vec<Outcome>,
}

/// How a case went, at one version, without each guard that it is there for.
struct Line<'a> {
    case: &'static str,
    version: Version,
    /// The guards without which it failed, and why it did.
    failed: Vec<(&'a str, String)>,
}

/// Runs each case without each guard that it is said to find, and prints how it fails then. A case that holds all the
/// same fails the run.
pub(crate) async fn run(
    program: &Program,
    data: &Path,
    cases: &[Case],
    versions: &[Version],
    note: Option<&Path>,
) -> Result<ExitCode> {
    let start = Instant::now();
    let guards = guards(program).await?;
    for case in cases {
        for name in case.finds {
            ensure!(
                guards.iter().any(|guard| guard.name == *name),
                "expected the case {} to find one of {guards:?}, but found {name}",
                case.name
            );
        }
    }
    let all = without_each(program, data, &guards, cases, versions).await?;
    let lines = lines(&all, cases, versions);
    for line in &lines {
        println!("{line}");
    }
    let empty = lines.iter().filter(|line| line.failed.is_empty()).count();
    let unseen = unseen(&all);
    for (case, guard) in &unseen {
        println!("{case} is said to fail without {guard}, and holds");
    }
    println!(
        "{} of {} cases fail without something, of {} guards, in {:.1} s",
        lines.len() - empty,
        lines.len(),
        all.len(),
        start.elapsed().as_secs_f64()
    );
    if let Some(note) = note {
        note::write_found(note, &all)?;
    }
    Ok(if empty == 0 && unseen.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The guards, as the program tells them.
async fn guards(program: &Program) -> Result<Vec<Guard>> {
    let told = Command::new(&program.path)
        .args(["gateway", "--guards"])
        .output()
        .await
        .with_context(|| format!("cannot start {}", program.path.display()))?;
    ensure!(
        told.status.success(),
        "expected a gateway that is built with its faults, but found: {}",
        String::from_utf8_lossy(&told.stderr)
    );
    let guard = |line: &str| {
        let (name, about) = line.split_once('\t')?;
        Some(Guard {
            name: name.to_owned(),
            about: about.to_owned(),
        })
    };
    let guards: Option<Vec<_>> = String::from_utf8(told.stdout)?.lines().map(guard).collect();
    guards.context("expected a guard on each line, and what it is for")
}

/// Runs the cases that find a guard against a gateway without it, for every guard that some case finds.
async fn without_each(
    program: &Program,
    data: &Path,
    guards: &[Guard],
    cases: &[Case],
    versions: &[Version],
) -> Result<Vec<Found>> {
    let permits = Semaphore::new(AT_ONCE);
    let mut plan: Vec<(usize, &Guard, Vec<Case>)> = Vec::new();
    for (place, guard) in guards.iter().enumerate() {
        let finds = |case: &&Case| case.finds.contains(&&*guard.name);
        let finding: Vec<Case> = cases.iter().filter(finds).copied().collect();
        if !finding.is_empty() {
            plan.push((place, guard, finding));
        }
    }
    // Those that take longest first, so that they are not waited for at the end.
    plan.sort_by_key(|(_, _, cases)| Reverse(cases.iter().map(|case| case.bound).max()));
    let permits = &permits;
    let mut running = stream::iter(plan)
        .map(async |(place, guard, cases)| {
            let data = data.join(&guard.name);
            let found = without(program, &data, guard, &cases, versions, permits).await;
            found.map(|found| (place, found))
        })
        .buffer_unordered(SERVERS);
    let mut all = Vec::new();
    while let Some(found) = running.next().await {
        all.push(found?);
    }
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, found)| found).collect())
}

async fn without(
    program: &Program,
    data: &Path,
    guard: &Guard,
    cases: &[Case],
    versions: &[Version],
    permits: &Semaphore,
) -> Result<Found> {
    let start = Instant::now();
    let program = Program {
        without: Some(guard.name.clone()),
        ..program.clone()
    };
    let mut server = Server::start(&program, &data.join("server"))
        .await
        .with_context(|| format!("without {}", guard.name))?;
    let shared = Shared {
        api: server.api(),
        audit: Audit::new(data.to_owned()),
        program: Arc::new(program),
        data: data.to_owned(),
    };
    let shared = &shared;
    let at = |case: &Case| {
        let case = *case;
        versions.iter().map(move |version| (case, *version))
    };
    let outcomes: Vec<Outcome> = stream::iter(cases.iter().flat_map(at))
        .map(async |(case, version)| {
            let _permit = permits.acquire().await.context("nobody closes it")?;
            anyhow::Ok(run_one(case, version, shared, case.bound).await)
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_>>()?;
    server.kill().await?;
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err());
    println!(
        "without {:<16} {:>3} of {:>3} fail {:>6.2} s",
        guard.name,
        failed.count(),
        outcomes.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(Found {
        guard: guard.clone(),
        outcomes,
    })
}

fn lines<'a>(all: &'a [Found], cases: &[Case], versions: &[Version]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for case in cases {
        for version in versions {
            let failed = all.iter().filter_map(|found| {
                let mut outcomes = found.outcomes.iter();
                let outcome = outcomes.find(|outcome| outcome.is(case.name, *version))?;
                let error = outcome.result.as_ref().err()?;
                Some((&*found.guard.name, format!("{error:#}")))
            });
            lines.push(Line {
                case: case.name,
                version: *version,
                failed: failed.collect(),
            });
        }
    }
    lines
}

/// The cases that hold at every version without a guard that they are said to find.
fn unseen(all: &[Found]) -> BTreeSet<(&'static str, &str)> {
    let mut unseen = BTreeSet::new();
    for found in all {
        let named = |outcome: &Outcome| (outcome.name, &*found.guard.name);
        let failed: BTreeSet<_> = found
            .outcomes
            .iter()
            .filter(|outcome| outcome.result.is_err())
            .map(named)
            .collect();
        let held = found.outcomes.iter().map(named);
        unseen.extend(held.filter(|pair| !failed.contains(pair)));
    }
    unseen
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.failed.is_empty() {
            "EMPTY"
        } else {
            "found"
        };
        write!(f, "{verdict:<6} {} {:<31}", self.version, self.case)?;
        for (place, (guard, why)) in self.failed.iter().enumerate() {
            let joint = if place == 0 { " " } else { "; " };
            write!(f, "{joint}without {guard}: {}", short(why))?;
        }
        Ok(())
    }
}

/// The beginning of why something failed, on one line.
fn short(why: &str) -> String {
    let line = why.replace(char::is_whitespace, " ");
    match line.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    fn outcome(name: &'static str, version: Version, failed: bool) -> Outcome {
        Outcome {
            name,
            version,
            result: if failed {
                Err(anyhow!("expected 1,\nbut found 2"))
            } else {
                Ok("as it should be".to_owned())
            },
            differences: Vec::new(),
            took: std::time::Duration::ZERO,
        }
    }

    fn case(name: &'static str) -> Case {
        Case {
            name,
            run: |_| Box::pin(async { Ok(String::new()) }),
            finds: &["fence"],
            bound: std::time::Duration::ZERO,
        }
    }

    fn without_fence(outcomes: Vec<Outcome>) -> Vec<Found> {
        let guard = Guard {
            name: "fence".to_owned(),
            about: "Heads are compared.".to_owned(),
        };
        vec![Found { guard, outcomes }]
    }

    #[test]
    fn a_case_that_holds_at_one_version_without_all_it_is_there_for_is_empty_there() {
        let all = without_fence(vec![
            outcome("a", Version::V4, true),
            outcome("a", Version::V5, false),
        ]);
        let lines = lines(&all, &[case("a")], Version::ALL);
        let lines: Vec<_> = lines.iter().map(Line::to_string).collect();
        let a = format!("{:<31}", "a");
        assert_eq!(
            lines,
            [
                format!("found  v4 {a} without fence: expected 1, but found 2"),
                format!("EMPTY  v5 {a}")
            ]
        );
        assert_eq!(unseen(&all), BTreeSet::new());
    }

    #[test]
    fn a_case_that_holds_at_every_version_without_a_guard_does_not_find_it() {
        let all = without_fence(vec![
            outcome("a", Version::V4, false),
            outcome("a", Version::V5, false),
            outcome("b", Version::V4, false),
            outcome("b", Version::V5, true),
        ]);
        assert_eq!(unseen(&all), BTreeSet::from([("a", "fence")]));
    }
}
