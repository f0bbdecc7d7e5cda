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
    ("fresh", Operation::VbareEncodeFresh, Operation::EncodeFresh),
    (
        "to vectored",
        Operation::VbareEncodeWarm,
        Operation::EncodeVectored,
    ),
    (
        "serde_bare/ours fresh",
        Operation::SerdeEncode,
        Operation::EncodeFresh,
    ),
    (
        "prost/ours",
        Operation::ProstEncodeWarm,
        Operation::EncodeWarm,
    ),
    ("fresh", Operation::ProstEncodeFresh, Operation::EncodeFresh),
    (
        "rkyv/ours",
        Operation::RkyvEncodeWarm,
        Operation::EncodeWarm,
    ),
    ("fresh", Operation::RkyvEncodeFresh, Operation::EncodeFresh),
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
    ("prost/ours", Operation::ProstDecode, Operation::DecodeFrame),
    (
        "rkyv view/ours",
        Operation::RkyvView,
        Operation::DecodeFrame,
    ),
    (
        "rkyv owned/ours",
        Operation::RkyvDecode,
        Operation::DecodeFrame,
    ),
];

/// Tables in Markdown: nanoseconds of encoding and of decoding, and the ratios of each.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut tables = Vec::new();
    for (operations, ratios) in [
        (Operation::ENCODE, ENCODE_RATIOS),
        (Operation::DECODE, DECODE_RATIOS),
    ] {
        let measured = operations
            .iter()
            .copied()
            .filter(|operation| rows.iter().any(|row| row.nanoseconds(*operation).is_some()));
        tables.push(table("ns", rows, measured.collect(), |operation| {
            (
                operation.name(),
                Box::new(move |row| row.nanoseconds(operation).map(short)),
            )
        }));
        let measured = ratios.iter().copied().filter(|(_, slower, faster)| {
            rows.iter().any(|row| row.ratio(*slower, *faster).is_some())
        });
        tables.push(table(
            "times",
            rows,
            measured.collect(),
            |(name, slower, faster)| {
                (
                    name,
                    Box::new(move |row| row.ratio(slower, faster).map(short)),
                )
            },
        ));
    }
    tables.retain(|table| !table.is_empty());
    tables.join("\n")
}

/// A column: its head, and a figure for each row.
type Column = (&'static str, Box<dyn Fn(&Row) -> Option<String>>);

fn table<T>(unit: &str, rows: &[Row], columns: Vec<T>, column: impl Fn(T) -> Column) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let columns: Vec<_> = columns.into_iter().map(column).collect();
    let mut lines = vec![vec![unit.to_owned(), "octets".to_owned()]];
    lines[0].extend(columns.iter().map(|(name, _)| (*name).to_owned()));
    for row in rows {
        let mut line = vec![row.case.name.to_owned(), row.octets.to_string()];
        line.extend(
            columns
                .iter()
                .map(|(_, figure)| figure(row).unwrap_or_default()),
        );
        lines.push(line);
    }
    align(&lines)
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
