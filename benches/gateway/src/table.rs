//! What was found, as it is printed, and which lines miss the bar.

use std::fmt::Write as _;
use std::time::Duration;

use crate::figures::{Figures, ratio};
use crate::line::Line;
use crate::peer::Name;
use crate::writes::Writes;

/// How many times the rate of the other server ours has to have.
pub(crate) const BAR: f64 = 2.0;

/// All turns of one line.
pub(crate) struct Row {
    pub(crate) line: Line,
    /// Of ours.
    pub(crate) ours: Vec<Figures>,
    /// Of the others, in the order of the table's columns.
    pub(crate) theirs: Vec<Vec<Figures>>,
}

impl Row {
    /// How many times the rate of the other server in this column ours has.
    fn ratio(&self, column: usize) -> Option<f64> {
        ratio(&self.ours, self.theirs.get(column)?)
    }
}

/// The lines of which ours has less than [`BAR`] times the rate of the first of the others, the one that promises the same.
pub(crate) fn missed(rows: &[Row]) -> Vec<Line> {
    rows.iter()
        .filter(|row| row.ratio(0).is_none_or(|ratio| ratio < BAR))
        .map(|row| row.line)
        .collect()
}

/// The table of rates, in Markdown.
pub(crate) fn rates(rows: &[Row], others: &[Name]) -> String {
    let mut out = String::from("| a second (p50, p99) | gateway |");
    for other in others {
        let _ = write!(out, " {other} | times |");
    }
    out.push_str("\n|---|--:|");
    out.push_str(&"--:|--:|".repeat(others.len()));
    out.push('\n');
    for row in rows {
        let _ = write!(out, "| {} | {} |", row.line, figures(&row.ours));
        for (column, theirs) in row.theirs.iter().enumerate() {
            let ratio = row.ratio(column).map_or("-".to_owned(), times);
            let mark = if column == 0 && missed(std::slice::from_ref(row)).len() == 1 {
                "**"
            } else {
                ""
            };
            let _ = write!(out, " {} | {mark}{ratio}{mark} |", figures(theirs));
        }
        out.push('\n');
    }
    out
}

/// The table of what each server does with its files, in Markdown.
pub(crate) fn writes(found: &[(Name, Option<Writes>)]) -> String {
    let mut out = String::from(
        "| for a commit of 1 page, 1 actor | calls that write | calls that sync | an answered commit survives |\n|---|--:|--:|---|\n",
    );
    for (name, found) in found {
        let number = |pick: fn(&Writes) -> f64| {
            found
                .as_ref()
                .map_or("not seen".to_owned(), |found| format!("{:.2}", pick(found)))
        };
        let survives = match name {
            Name::Gateway => "a loss of power",
            Name::EngineSynced => "a loss of power: each of its writes waits for the disk",
            Name::Engine => "the end of the process; not a loss of power",
        };
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {survives} |",
            number(|found| found.writes),
            number(|found| found.syncs)
        );
    }
    out
}

fn figures(turns: &[Figures]) -> String {
    Figures::median(turns).map_or("-".to_owned(), |found| {
        format!(
            "{:.0} ({}, {})",
            found.rate,
            time(found.p50),
            time(found.p99)
        )
    })
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2}")
    } else {
        format!("{ratio:.0}")
    }
}

fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1e3 => format!("{micros:.0} µs"),
        ..1e4 => format!("{:.1} ms", micros / 1e3),
        ..1e6 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Work;

    fn turns(rates: &[f64]) -> Vec<Figures> {
        let turn = |&rate: &f64| Figures {
            rate,
            p50: Duration::from_micros(120),
            p99: Duration::from_micros(1500),
        };
        rates.iter().map(turn).collect()
    }

    fn row(actors: usize, ours: &[f64], theirs: &[f64]) -> Row {
        let work = Work::Read;
        Row {
            line: Line { work, actors },
            ours: turns(ours),
            theirs: vec![turns(theirs), turns(&[1.0])],
        }
    }

    #[test]
    fn a_line_below_the_bar_is_missed_and_one_at_it_is_not() {
        let rows = [
            row(1, &[200.0, 210.0, 190.0], &[100.0, 100.0, 100.0]),
            row(16, &[199.0, 199.0, 500.0], &[100.0, 100.0, 100.0]),
            row(256, &[], &[]),
        ];
        let found: Vec<_> = missed(&rows).iter().map(|line| line.actors).collect();
        assert_eq!(found, [16, 256]);
    }

    #[test]
    fn the_table_has_the_medians_and_marks_what_is_missed() {
        let rows = [
            row(1, &[2000.0, 2500.0, 1000.0], &[100.0, 100.0, 100.0]),
            row(16, &[150.0], &[100.0]),
        ];
        let text = rates(&rows, &[Name::EngineSynced, Name::Engine]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "| a second (p50, p99) | gateway | engine, synced | times | engine | times |"
        );
        assert_eq!(lines[1], "|---|--:|--:|--:|--:|--:|");
        assert_eq!(
            lines[2],
            "| reads of 1 page, 1 actor | 2000 (120 µs, 1.5 ms) | 100 (120 µs, 1.5 ms) | 20 | 1 (120 µs, 1.5 ms) | 2000 |"
        );
        assert!(lines[3].contains("| **1.50** |"), "{}", lines[3]);
    }

    #[test]
    fn times_have_two_or_three_digits() {
        let shown = [7, 1_500, 12_345, 2_345_678].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(shown, ["7 µs", "1.5 ms", "12 ms", "2.35 s"]);
    }
}
