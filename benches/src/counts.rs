//! Counted instructions: printed, compared with what they were, and held to the bar.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use envoy_benches_peers::Operation;

use crate::bars::{Bar, Bound, Finding};
use crate::callgrind::{Cost, Costs};
use crate::case::Case;
use crate::table::align;

/// By how much our instructions may grow before somebody has to say that it is worth it.
const GROWTH_PERCENT: u64 = 3;

/// What is counted of our codec alone.
const OURS: &[Operation] = &[
    Operation::EncodeWarm,
    Operation::EncodeFresh,
    Operation::EncodeVectored,
    Operation::DecodeFrame,
    Operation::DecodePooled,
    Operation::DecodeOwned,
];
const VBARE: &[Operation] = &[
    Operation::VbareEncodeWarm,
    Operation::VbareEncodeFresh,
    Operation::VbareView,
    Operation::VbareDecode,
];

/// What was counted of all messages.
pub type All = [(&'static Case, Costs)];

/// Instructions by message and operation: what is checked in.
pub type Baseline = BTreeMap<String, BTreeMap<String, u64>>;

/// Where the baseline is.
#[must_use]
pub fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}

/// The baseline that is checked in.
///
/// # Errors
/// If there is none, or it is none.
pub fn read_baseline() -> Result<Baseline> {
    let path = baseline_path();
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; `--write` writes it", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
}

/// Checks in what was counted.
///
/// # Errors
/// If the file cannot be written.
pub fn write_baseline(all: &All) -> Result<()> {
    let baseline: Baseline = all
        .iter()
        .map(|(case, costs)| {
            let costs = costs.iter();
            let counts =
                costs.map(|(operation, cost)| (operation.name().to_owned(), cost.instructions));
            (case.name.to_owned(), counts.collect())
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&baseline)?;
    text.push('\n');
    let path = baseline_path();
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// An operation of ours that takes more instructions than the baseline allows, or that it does not know.
#[derive(Debug, PartialEq, Eq)]
pub struct Growth {
    /// The message.
    pub message: &'static str,
    /// The operation.
    pub operation: Operation,
    /// What the baseline says.
    pub before: Option<u64>,
    /// What was counted.
    pub now: u64,
}

/// Where our instructions have grown by more than is let pass.
#[must_use]
pub fn growths(all: &All, baseline: &Baseline) -> Vec<Growth> {
    let mut found = Vec::new();
    for (case, costs) in all {
        let before = baseline.get(case.name);
        for (operation, cost) in costs
            .iter()
            .filter(|(operation, _)| !VBARE.contains(operation))
        {
            let before = before.and_then(|counts| counts.get(operation.name()).copied());
            let most = before.map_or(0, |before| (before * (100 + GROWTH_PERCENT)).div_ceil(100));
            if cost.instructions > most {
                found.push(Growth {
                    message: case.name,
                    operation: *operation,
                    before,
                    now: cost.instructions,
                });
            }
        }
    }
    found
}

/// The counts as tables in Markdown: each codec, and ours across versions.
#[must_use]
pub fn markdown(all: &All) -> String {
    let mut lines = vec![head(
        OURS.iter().chain(VBARE).map(|operation| operation.name()),
    )];
    for (case, costs) in all {
        let count = |operation| {
            costs
                .get(operation)
                .map(|cost: &Cost| cost.instructions.to_string())
        };
        lines.push(line(case, OURS.iter().chain(VBARE).map(count)));
    }
    let mut out = align(&lines);
    let names = Operation::VERSIONS.iter().map(|operation| operation.name());
    let mut lines = vec![head(
        names.chain(["decode frame", "of it the memory budget"]),
    )];
    for (case, costs) in all {
        let count = |operation| {
            costs
                .get(operation)
                .map(|cost: &Cost| cost.instructions.to_string())
        };
        let frame = costs.get(&Operation::DecodeFrame);
        let budget = frame.map(|cost| cost.budget.to_string());
        let versions = Operation::VERSIONS.iter().map(count);
        lines.push(line(
            case,
            versions.chain([count(&Operation::DecodeFrame), budget]),
        ));
    }
    out.push('\n');
    out.push_str(&align(&lines));
    out
}

fn head<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    std::iter::once("instructions")
        .chain(names)
        .map(str::to_owned)
        .collect()
}

fn line(case: &Case, cells: impl Iterator<Item = Option<String>>) -> Vec<String> {
    let cells = cells.map(Option::unwrap_or_default);
    std::iter::once(case.name.to_owned()).chain(cells).collect()
}

/// The rows of the bar that counting decides.
#[must_use]
pub fn counted_bars(all: &All) -> Vec<Bar> {
    let bar = |title: &str, bound: f64, value: &dyn Fn(&Costs) -> Option<f64>| Bar {
        title: title.to_owned(),
        findings: all
            .iter()
            .filter_map(|(case, costs)| {
                Some(Finding {
                    subject: case.name,
                    value: value(costs)?,
                    bound: Bound::Exactly(bound),
                })
            })
            .collect(),
    };
    let of = |operation: Operation, what: fn(&Cost) -> u64| {
        move |costs: &Costs| Some(what(costs.get(&operation)?) as f64)
    };
    let against = |above: Operation, below: Operation| {
        move |costs: &Costs| {
            let count = |operation| Some(costs.get(&operation)?.instructions as f64);
            Some(count(above)? / count(below)?)
        }
    };
    let mut bars = vec![
        bar(
            "allocations, encode into a warm buffer",
            0.0,
            &of(Operation::EncodeWarm, |cost| cost.allocations),
        ),
        bar(
            "allocations, encode into a warm vectored buffer",
            0.0,
            &of(Operation::EncodeVectored, |cost| cost.allocations),
        ),
        bar(
            "allocations, decode into a warm frame",
            0.0,
            &of(Operation::DecodeFrame, |cost| cost.allocations),
        ),
        bar(
            "reference counts up, decode into a warm frame",
            1.0,
            &of(Operation::DecodeFrame, |cost| cost.shared),
        ),
        bar(
            "reference counts down, decode into a warm frame",
            1.0,
            &of(Operation::DecodeFrame, |cost| cost.released),
        ),
        bar(
            "instructions, downgrade and encode, against the same version",
            1.05,
            &against(Operation::EncodeOldest, Operation::EncodeNewest),
        ),
        bar(
            "instructions, decode and upgrade, against the same version",
            1.05,
            &against(Operation::DecodeOldest, Operation::DecodeNewest),
        ),
    ];
    // Of a message of a few hundred instructions every list is more than a hundredth, so the sum is what counts.
    let sum = |what: fn(&Cost) -> u64| -> u64 {
        let frames = all
            .iter()
            .filter_map(|(_, costs)| costs.get(&Operation::DecodeFrame));
        frames.map(what).sum()
    };
    bars.push(Bar {
        title: "instructions of decoding, share of the memory budget".to_owned(),
        findings: vec![Finding {
            subject: "all messages",
            value: sum(|cost| cost.budget) as f64 / sum(|cost| cost.instructions) as f64,
            bound: Bound::Exactly(0.01),
        }],
    });
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;

    fn counted(instructions: u64) -> Vec<(&'static Case, Costs)> {
        let cost = Cost {
            instructions,
            ..Cost::default()
        };
        let costs = [
            (Operation::EncodeWarm, cost.clone()),
            (Operation::VbareEncodeWarm, cost),
        ];
        vec![(&CASES[0], Costs::from(costs))]
    }

    #[test]
    fn ours_may_grow_by_three_percent_and_theirs_by_any() {
        let counts = [("encode", 200), ("vbare encode", 1)];
        let counts = counts.map(|(name, count)| (name.to_owned(), count));
        let baseline = Baseline::from([("Pong".to_owned(), BTreeMap::from(counts))]);
        assert_eq!(growths(&counted(206), &baseline), []);
        let growth = Growth {
            message: "Pong",
            operation: Operation::EncodeWarm,
            before: Some(200),
            now: 207,
        };
        assert_eq!(growths(&counted(207), &baseline), [growth]);
    }

    #[test]
    fn what_the_baseline_does_not_know_is_no_less_of_a_growth() {
        let found = growths(&counted(1), &Baseline::new());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].before, None);
    }
}
