//! Results, and how they are printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envoy_benches_peers::Operation;

use crate::case::Case;

/// What was measured of one message.
pub struct Row {
    /// The message.
    pub case: &'static Case,
    /// Its size.
    pub octets: usize,
    nanoseconds: BTreeMap<Operation, f64>,
}

impl Row {
    /// A row of a message with so many octets.
    #[must_use]
    pub fn new(
        case: &'static Case,
        octets: usize,
        nanoseconds: impl IntoIterator<Item = (Operation, f64)>,
    ) -> Self {
        Self {
            case,
            octets,
            nanoseconds: nanoseconds.into_iter().collect(),
        }
    }

    /// Nanoseconds of an operation, where it was measured.
    #[must_use]
    pub fn nanoseconds(&self, operation: Operation) -> Option<f64> {
        self.nanoseconds.get(&operation).copied()
    }

    /// How many times as long `slower` takes as `faster`.
    #[must_use]
    pub fn ratio(&self, slower: Operation, faster: Operation) -> Option<f64> {
        Some(self.nanoseconds(slower)? / self.nanoseconds(faster)?)
    }
}

/// A column that says how many times as long the first takes as the second.
type Ratio = (&'static str, Operation, Operation);

const ENCODE_RATIOS: &[Ratio] = &[
    ("ours/copy", Operation::EncodeWarm, Operation::Copy),
    (
        "vbare/ours",
        Operation::VbareEncodeWarm,
        Operation::EncodeWarm,
    ),
    (
        "vbare/ours fresh",
        Operation::VbareEncodeFresh,
        Operation::EncodeFresh,
    ),
    (
        "vbare/ours vectored",
        Operation::VbareEncodeWarm,
        Operation::EncodeVectored,
    ),
    (
        "serde_bare/ours fresh",
        Operation::SerdeEncode,
        Operation::EncodeFresh,
    ),
];

const DECODE_RATIOS: &[Ratio] = &[
    ("ours/walk", Operation::DecodeFrame, Operation::Walk),
    (
        "vbare view/ours",
        Operation::VbareView,
        Operation::DecodeFrame,
    ),
    (
        "vbare owned/ours",
        Operation::VbareDecode,
        Operation::DecodeFrame,
    ),
    (
        "serde_bare/ours",
        Operation::SerdeDecode,
        Operation::DecodeFrame,
    ),
];

/// Two tables in Markdown, encoding and decoding: nanoseconds, then ratios.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut out = String::new();
    for (operations, ratios) in [
        (Operation::ENCODE, ENCODE_RATIOS),
        (Operation::DECODE, DECODE_RATIOS),
    ] {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&align(&cells(rows, operations, ratios)));
    }
    out
}

fn cells(rows: &[Row], operations: &[Operation], ratios: &[Ratio]) -> Vec<Vec<String>> {
    let measured: Vec<_> = operations
        .iter()
        .copied()
        .filter(|operation| rows.iter().any(|row| row.nanoseconds(*operation).is_some()))
        .collect();
    let ratios: Vec<_> = ratios
        .iter()
        .filter(|(_, a, b)| rows.iter().any(|row| row.ratio(*a, *b).is_some()))
        .collect();
    if measured.is_empty() {
        return Vec::new();
    }
    let mut head = vec!["message".to_owned(), "octets".to_owned()];
    head.extend(measured.iter().map(|operation| operation.name().to_owned()));
    head.extend(ratios.iter().map(|(name, ..)| (*name).to_owned()));
    let mut lines = vec![head];
    for row in rows {
        let mut line = vec![row.case.name.to_owned(), row.octets.to_string()];
        let figure =
            |operation: &Operation| row.nanoseconds(*operation).map_or(String::new(), short);
        line.extend(measured.iter().map(figure));
        line.extend(ratios.iter().map(|(_, slower, faster)| {
            row.ratio(*slower, *faster)
                .map_or(String::new(), |ratio| format!("{}x", short(ratio)))
        }));
        lines.push(line);
    }
    lines
}

/// A number to three digits: `2.71`, `184`, `32.5k`, `3.64M`.
#[must_use]
pub fn short(value: f64) -> String {
    let (value, unit) = match value {
        1e6.. => (value / 1e6, "M"),
        1e4.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$}{unit}")
}

/// A table in Markdown whose columns are as wide as their widest cell. The first column stands left, the others right.
pub(crate) fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<_> = (0..columns)
        .map(|column| {
            lines
                .iter()
                .map(|line| line[column].len())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(out, "| {cell:<width$} "),
                _ => write!(out, "| {cell:>width$} "),
            };
        }
        out.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let side = if column == 0 { '-' } else { ':' };
                let _ = write!(out, "|{:-<1$}{side}", "", width + 1);
            }
            out.push_str("|\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        for (value, text) in [
            (0.0, "0.00"),
            (2.714, "2.71"),
            (18.04, "18.0"),
            (999.4, "999"),
            (9431.0, "9431"),
            (32_461.0, "32.5k"),
            (3_640_000.0, "3.64M"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [vec!["a", "long"], vec!["wide", "1"]];
        let lines = lines.map(|line| line.into_iter().map(str::to_owned).collect());
        assert_eq!(
            align(&lines),
            "| a    | long |\n|------|-----:|\n| wide |    1 |\n"
        );
    }
}
