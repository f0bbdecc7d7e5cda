//! The bar: what the codec has to reach, row by row.

use std::fmt;

use envoy_benches_peers::Operation;

use crate::case::{CASES, Shape};
use crate::table::{Row, align};

/// Two equal things differ by noise, so a bar holds within a tenth of its number.
const TOLERANCE: f64 = 1.1;
/// What a decode may take above the walk, in nanoseconds, where the walk is next to nothing.
const ABOVE_WALK: f64 = 15.0;

/// One row of the bar.
pub struct Bar {
    /// What is measured against what.
    pub title: String,
    /// What was found, one for each message that the row is about.
    pub findings: Vec<Finding>,
}

/// What was found of one message, or of all of them together.
pub struct Finding {
    /// Of which message; a mean is of all.
    pub subject: &'static str,
    /// The figure.
    pub value: f64,
    /// What it has to be.
    pub bound: Bound,
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// This or more, less a tenth.
    AtLeast(f64),
    /// This or less, and a tenth.
    AtMost(f64),
    /// This or less, for figures that repeat.
    Exactly(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        self.room(value) >= 1.0
    }

    /// How far a figure is on the right side: 1 is just there, half of it half as good as it has to be.
    fn room(self, value: f64) -> f64 {
        match self {
            Self::AtLeast(bound) => value * TOLERANCE / bound,
            Self::AtMost(bound) => bound * TOLERANCE / value,
            Self::Exactly(bound) if value <= bound => 1.0,
            Self::Exactly(bound) => bound / value,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">= {bound:.2}"),
            Self::AtMost(bound) | Self::Exactly(bound) => write!(f, "<= {bound:.2}"),
        }
    }
}

impl Bar {
    /// Whether it holds for every message.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds)
    }

    fn closest(&self) -> Option<&Finding> {
        let room = |finding: &&Finding| finding.bound.room(finding.value);
        self.findings
            .iter()
            .min_by(|a, b| room(a).total_cmp(&room(b)))
    }
}

impl Finding {
    fn holds(&self) -> bool {
        self.bound.holds(self.value)
    }
}

/// Which bars hold, as a table in Markdown: the message that comes closest to breaking each, and under it all that break it.
#[must_use]
pub fn markdown(bars: &[Bar]) -> String {
    let mut lines = vec![
        ["bar", "holds", "closest", "found", "has to be"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for bar in bars {
        let missed: Vec<_> = bar
            .findings
            .iter()
            .filter(|finding| !finding.holds())
            .collect();
        let shown = if missed.is_empty() {
            bar.closest().into_iter().collect()
        } else {
            missed
        };
        for (at, finding) in shown.into_iter().enumerate() {
            lines.push(vec![
                if at == 0 {
                    bar.title.clone()
                } else {
                    String::new()
                },
                if finding.holds() { "yes" } else { "NO" }.to_owned(),
                finding.subject.to_owned(),
                figure(finding.value),
                finding.bound.to_string(),
            ]);
        }
    }
    align(&lines)
}

/// A ratio to two places, a share to four.
fn figure(value: f64) -> String {
    let digits = if 0.0 < value && value < 0.1 { 4 } else { 2 };
    format!("{value:.digits$}")
}

/// The rows of the bar that a timing decides, of which the messages that were measured have a say.
#[must_use]
pub fn timing_bars(rows: &[Row]) -> Vec<Bar> {
    let bars = Bars { rows };
    let mut all = bars.encode();
    all.extend(bars.decode());
    all.retain(|bar| !bar.findings.is_empty());
    all
}

struct Bars<'a> {
    rows: &'a [Row],
}

impl Bars<'_> {
    fn encode(&self) -> Vec<Bar> {
        use Operation::{
            Copy, EncodeFresh, EncodeVectored, EncodeWarm, SerdeEncode, VbareEncodeFresh,
            VbareEncodeWarm,
        };
        let structured = |shape| match shape {
            Shape::Structured | Shape::Rows => Some(1.8),
            Shape::Fixed | Shape::Pages(_) => Some(1.0),
        };
        let serde = "encode fresh, against serde_bare";
        let only = "encode, against serde_bare's only API";
        let (vbare, vbare_fresh) = ("encode, against vbare", "encode fresh, against vbare");
        vec![
            self.at_least(serde, SerdeEncode, EncodeFresh, |shape| {
                Some(if shape == Shape::Fixed { 1.4 } else { 5.0 })
            }),
            self.mean(serde, SerdeEncode, EncodeFresh, 30.0),
            self.mean(only, SerdeEncode, EncodeWarm, 50.0),
            self.at_least(vbare, VbareEncodeWarm, EncodeWarm, structured),
            self.mean(vbare, VbareEncodeWarm, EncodeWarm, 1.9),
            self.at_least(vbare_fresh, VbareEncodeFresh, EncodeFresh, structured),
            self.mean(vbare_fresh, VbareEncodeFresh, EncodeFresh, 1.9),
            self.at_least(
                "encode vectored, against vbare",
                VbareEncodeWarm,
                EncodeVectored,
                |shape| matches!(shape, Shape::Pages(16..)).then_some(4.0),
            ),
            self.at_most(
                "encode, against a copy",
                EncodeWarm,
                Copy,
                |row| match row.case.shape {
                    Shape::Fixed => None,
                    Shape::Structured => Some(5.5),
                    Shape::Rows => Some(8.0),
                    Shape::Pages(16..) => Some(1.25),
                    Shape::Pages(_) => Some(1.6),
                },
            ),
        ]
    }

    fn decode(&self) -> Vec<Bar> {
        use Operation::{DecodeFrame, SerdeDecode, VbareDecode, VbareView, Walk};
        let serde = "decode, against serde_bare";
        let (view, owned) = (
            "decode, against vbare's view",
            "decode, against vbare's owned form",
        );
        vec![
            self.at_least(serde, SerdeDecode, DecodeFrame, |shape| {
                Some(if shape == Shape::Fixed { 1.0 } else { 10.0 })
            }),
            self.mean(serde, SerdeDecode, DecodeFrame, 100.0),
            self.at_least(view, VbareView, DecodeFrame, |_| Some(1.0)),
            self.mean(view, VbareView, DecodeFrame, 1.8),
            self.at_least(owned, VbareDecode, DecodeFrame, |shape| {
                (shape != Shape::Fixed).then_some(2.4)
            }),
            self.mean(owned, VbareDecode, DecodeFrame, 3.5),
            self.at_most(
                "decode, against a walk (or 15 ns above)",
                DecodeFrame,
                Walk,
                |row| {
                    let relative = if row.case.name == "Events" { 1.6 } else { 1.3 };
                    let walk = row.nanoseconds(Walk)?;
                    Some(f64::max(relative, (walk + ABOVE_WALK) / walk))
                },
            ),
        ]
    }

    /// `slower` takes so many times as long as `faster`, or more.
    fn at_least(
        &self,
        title: &str,
        slower: Operation,
        faster: Operation,
        bound: impl Fn(Shape) -> Option<f64>,
    ) -> Bar {
        let findings = self.rows.iter().filter_map(|row| {
            Some(Finding {
                subject: row.case.name,
                value: row.ratio(slower, faster)?,
                bound: Bound::AtLeast(bound(row.case.shape)?),
            })
        });
        Bar {
            title: title.to_owned(),
            findings: findings.collect(),
        }
    }

    /// `slower` takes so many times as long as `faster`, or less.
    fn at_most(
        &self,
        title: &str,
        slower: Operation,
        faster: Operation,
        bound: impl Fn(&Row) -> Option<f64>,
    ) -> Bar {
        let findings = self.rows.iter().filter_map(|row| {
            Some(Finding {
                subject: row.case.name,
                value: row.ratio(slower, faster)?,
                bound: Bound::AtMost(bound(row)?),
            })
        });
        Bar {
            title: title.to_owned(),
            findings: findings.collect(),
        }
    }

    /// On the geometric mean of all messages, `slower` takes so many times as long as `faster`, or more. A part of the
    /// messages has no mean that says anything.
    fn mean(&self, title: &str, slower: Operation, faster: Operation, bound: f64) -> Bar {
        let ratios = self.rows.iter().map(|row| row.ratio(slower, faster));
        let ratios: Option<Vec<f64>> = ratios.collect();
        let all = ratios.filter(|ratios| ratios.len() == CASES.len());
        let findings = all.map(|ratios| Finding {
            subject: "geometric mean",
            value: geometric_mean(&ratios),
            bound: Bound::AtLeast(bound),
        });
        Bar {
            title: format!("{title}, on the mean"),
            findings: findings.into_iter().collect(),
        }
    }
}

fn geometric_mean(values: &[f64]) -> f64 {
    let logarithms: f64 = values.iter().copied().map(f64::ln).sum();
    (logarithms / values.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_holds_within_a_tenth_of_its_number() {
        assert!(Bound::AtLeast(1.8).holds(1.64));
        assert!(!Bound::AtLeast(1.8).holds(1.63));
        assert!(Bound::AtMost(1.25).holds(1.37));
        assert!(!Bound::AtMost(1.25).holds(1.38));
        assert!(Bound::Exactly(1.05).holds(1.05));
        assert!(!Bound::Exactly(1.05).holds(1.06));
        assert!(Bound::Exactly(0.0).holds(0.0));
        assert!(!Bound::Exactly(0.0).holds(1.0));
    }

    #[test]
    fn never_slower_is_at_most_a_tenth_slower() {
        let pages = &CASES[6];
        let row = |ours| {
            Row::new(
                pages,
                4119,
                [
                    (Operation::EncodeWarm, ours),
                    (Operation::VbareEncodeWarm, 100.0),
                ],
            )
        };
        assert!(timing_bars(&[row(109.0)]).iter().all(Bar::holds));
        let bars = timing_bars(&[row(111.0)]);
        let missed: Vec<_> = bars
            .iter()
            .filter(|bar| !bar.holds())
            .map(|bar| &bar.title)
            .collect();
        assert_eq!(missed, ["encode, against vbare"]);
    }

    #[test]
    fn a_mean_is_of_all_messages_or_none() {
        let all = |count: usize| {
            let row = |case| {
                Row::new(
                    case,
                    1,
                    [
                        (Operation::EncodeWarm, 1.0),
                        (Operation::VbareEncodeWarm, 2.0),
                    ],
                )
            };
            CASES.iter().take(count).map(row).collect::<Vec<_>>()
        };
        let means = |rows: &[Row]| {
            let bars = timing_bars(rows).into_iter();
            let of_all = bars
                .flat_map(|bar| bar.findings)
                .filter(|finding| finding.subject == "geometric mean");
            of_all.map(|finding| finding.value).collect::<Vec<_>>()
        };
        assert_eq!(means(&all(11)), [] as [f64; 0]);
        let found = means(&all(12));
        assert_eq!(found.len(), 1);
        assert!((found[0] - 2.0).abs() < 1e-9);
    }
}
