//! What was found, for people, and what it is held to.

use std::fmt;

use envoy_benches_stores::short;

use crate::DATABASES;
use crate::commits::Commits;
use crate::reads::{Reads, Times};

/// All that was measured.
pub(crate) struct Found {
    /// For each number of databases: the depot, the depot without sharing, plain SQLite.
    pub(crate) commits: Vec<Vec<Commits>>,
    /// The depot, plain SQLite.
    pub(crate) reads: Vec<Reads>,
    /// For databases of 1 MiB and for tiny ones: octets for each, the depot, plain SQLite.
    pub(crate) idle: Vec<Vec<u64>>,
}

/// Something that has to hold.
struct Bar {
    what: &'static str,
    found: f64,
    digits: usize,
    limit: f64,
    /// Whether more is better.
    least: bool,
}

impl Bar {
    fn holds(&self) -> bool {
        if self.least {
            self.found >= self.limit
        } else {
            self.found <= self.limit
        }
    }
}

impl Found {
    /// Whether every bar holds.
    pub(crate) fn holds(&self) -> bool {
        self.bars().iter().all(Bar::holds)
    }

    fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        if let Some([depot, alone, _]) = self.commits.last().map(Vec::as_slice) {
            bars.push(Bar {
                what: "syncs for a commit, 256 databases",
                found: depot.syncs,
                digits: 3,
                limit: 0.1,
                least: false,
            });
            bars.push(Bar {
                what: "commits/s of 256 databases, beside a group for each commit",
                found: depot.per_second / alone.per_second,
                digits: 1,
                limit: 3.0,
                least: true,
            });
        }
        if let Some(depot) = self.reads.first() {
            bars.push(Bar {
                what: "requests of a cold scan of 50 MiB",
                found: depot.requests as f64,
                digits: 0,
                limit: 68.0,
                least: false,
            });
        }
        bars
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "| | depot-sqlite on the depot | … a group for each commit | plain SQLite |\n",
        )?;
        f.write_str("|---|--:|--:|--:|\n")?;
        for (databases, sides) in DATABASES.iter().zip(&self.commits) {
            write!(
                f,
                "| commits/s, databases: {databases} (p50, p99; syncs for each) |"
            )?;
            for side in sides {
                let (p50, p99) = (short(side.p50), short(side.p99));
                write!(
                    f,
                    " {:.0} ({p50}, {p99}; {:.3}) |",
                    side.per_second, side.syncs
                )?;
            }
            f.write_str("\n")?;
        }
        let mut row = |name: &str, figure: &dyn Fn(usize) -> String| {
            writeln!(f, "| {name} | {} | | {} |", figure(0), figure(1))
        };
        let times = |times: Times| format!("{} ({})", short(times.p50), short(times.p99));
        let reads = &self.reads;
        row("a row, cached: p50 (p99)", &|side| {
            times(reads[side].cached)
        })?;
        row("a row of 50 MiB, cold: p50 (p99)", &|side| {
            times(reads[side].cold)
        })?;
        row(
            "a scan of 50 MiB, cold (requests for pages; reads of the file)",
            &|side| format!("{} ({})", short(reads[side].scan), reads[side].requests),
        )?;
        row("opening 1 MiB to the first row, cold: p50 (p99)", &|side| {
            times(reads[side].open)
        })?;
        for (name, octets) in ["1 MiB", "less than a page"].iter().zip(&self.idle) {
            let name = format!("memory of an open, idle database of {name}");
            row(&name, &|side| format!("{} KiB", octets[side] >> 10))?;
        }
        f.write_str("\n| bar | found | | |\n|---|--:|--:|---|\n")?;
        for bar in self.bars() {
            let Bar {
                what,
                found,
                digits,
                limit,
                least,
            } = bar;
            let least = if least { "at least" } else { "at most" };
            let verdict = if bar.holds() {
                "holds"
            } else {
                "**does not hold**"
            };
            writeln!(
                f,
                "| {what} | {found:.digits$} | {least} {limit} | {verdict} |"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn found(syncs: f64, alone: f64, requests: u64) -> Found {
        let time = Duration::from_micros(5);
        let commits = |per_second, syncs| Commits {
            per_second,
            p50: time,
            p99: time,
            syncs,
        };
        let times = Times {
            p50: time,
            p99: time,
        };
        let reads = || Reads {
            cached: times,
            cold: times,
            scan: time,
            requests,
            open: times,
        };
        let sides = vec![
            commits(3000.0, syncs),
            commits(alone, 2.0),
            commits(5.0, 1.0),
        ];
        Found {
            commits: vec![sides],
            reads: vec![reads(), reads()],
            idle: vec![vec![4096, 2048]],
        }
    }

    #[test]
    fn a_bar_holds_up_to_its_limit_and_is_named_where_it_does_not() {
        assert!(found(0.1, 1000.0, 68).holds());
        for missed in [
            found(0.101, 1000.0, 68),
            found(0.1, 1001.0, 68),
            found(0.1, 1000.0, 69),
        ] {
            assert!(!missed.holds());
            let text = missed.to_string();
            assert_eq!(text.matches("**does not hold**").count(), 1, "{text}");
        }
    }

    #[test]
    fn every_line_of_a_table_has_as_many_cells_as_its_first() {
        let text = found(0.1, 1000.0, 68).to_string();
        for table in text.split("\n\n") {
            let cells = |line: &str| line.matches('|').count();
            let first = table.lines().next().map(cells);
            assert!(
                table.lines().all(|line| Some(cells(line)) == first),
                "{table}"
            );
        }
    }
}
