//! What the history means to those who wrote it and read it: judged by what they were answered and by what plain SQLite
//! finds at the end.

use std::collections::BTreeMap;

use crate::sim::checker::{Checker, Fate, OpState, Violation};
use crate::sim::hub::InstanceId;
use crate::sim::log::Outcome;
use crate::sim::workload::{Final, Op, STAMPS, Snapshot, chained};

/// Compares the answers with the database at the end.
pub(crate) fn check(checker: &Checker, end: &Final) -> Result<(), Violation> {
    let chains = ledger(end)?;
    writes(checker, end)?;
    order(checker)?;
    reads(checker, &chains)
}

fn broken(rule: &'static str, at: usize, what: impl Into<String>) -> Violation {
    Violation {
        rule,
        at,
        what: what.into(),
    }
}

/// The ledger at the end is one history. Hands out the chain after each of its writes.
fn ledger(end: &Final) -> Result<Vec<i64>, Violation> {
    let last = usize::MAX;
    if end.integrity != "ok" {
        return Err(broken("the database is whole", last, &end.integrity));
    }
    let mut chains = vec![0];
    let mut chain = 0;
    for (place, entry) in (1..).zip(&end.ledger) {
        chain = chained(chain, entry.writer, entry.seq);
        if (entry.place, entry.chain) != (place, chain) {
            return Err(broken(
                "the writes are one history",
                last,
                format!("at place {place}, expected chain {chain}, but found {entry:?}"),
            ));
        }
        chains.push(chain);
    }
    consistent(&end.snapshot, &chains)
        .map_err(|what| broken("the writes are one history", last, what))?;
    if end.snapshot.rows + 1 != i64::try_from(chains.len()).unwrap_or(i64::MAX) {
        let what = format!("{:?} at the end", end.snapshot);
        return Err(broken("the writes are one history", last, what));
    }
    Ok(chains)
}

/// Whether all parts of a snapshot are of one point of the history.
fn consistent(saw: &Snapshot, chains: &[i64]) -> Result<(), String> {
    let place = usize::try_from(saw.count).ok();
    let chain = place.and_then(|place| chains.get(place)).copied();
    let good = saw.rows == saw.count
        && saw.last == saw.count
        && saw.least == saw.count
        && saw.greatest == saw.count
        && saw.stamps == STAMPS
        && saw.last_chain == saw.chain
        && chain == Some(saw.chain);
    if good {
        Ok(())
    } else {
        Err(format!("expected chain {chain:?}, but saw {saw:?}"))
    }
}

/// Every answered write is there once, and no other is.
fn writes(checker: &Checker, end: &Final) -> Result<(), Violation> {
    let mut found: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for entry in &end.ledger {
        let twice = found.insert((entry.writer, entry.seq), entry.place);
        if twice.is_some() {
            let what = format!("{entry:?}");
            return Err(broken("a write is there once", usize::MAX, what));
        }
    }
    let mut raised = 0;
    for op in &checker.ops {
        let Some((at, outcome)) = &op.finished else {
            let what = format!("{:?} of instance {}", op.what, op.instance);
            return Err(broken("every operation is answered", op.began, what));
        };
        let commit = op.commit.map(|commit| &checker.commits[commit]);
        debug_assert!(commit.is_none_or(|commit| commit.instance() == op.instance));
        let applied = commit.is_some_and(|commit| commit.applied.is_some());
        if op.what == Op::Tally {
            raised += i64::from(applied);
        }
        let Some(seq) = op.what.seq() else { continue };
        let place = found.remove(&(writer(op.instance), seq));
        let what = || {
            format!(
                "{:?} of instance {}: {outcome:?}, but place {place:?}",
                op.what, op.instance
            )
        };
        let good = match outcome {
            Outcome::Done { .. } if matches!(op.what, Op::RolledBack { .. }) => place.is_none(),
            Outcome::Done { place: told, .. } => place.is_some() && *told == place,
            Outcome::Failed { .. } => match commit.map(|commit| commit.fate) {
                None | Some(Fate::Refused) => place.is_none(),
                Some(Fate::Applied) => place.is_some(),
                // Nobody was told. It is there if the store applied it.
                Some(Fate::Unknown) => place.is_some() == applied,
            },
        };
        if !good {
            return Err(broken("an answered write is there once", *at, what()));
        }
    }
    if let Some((write, place)) = found.pop_first() {
        let what = format!("{write:?} at place {place}");
        return Err(broken(
            "nothing is there that nobody wrote",
            usize::MAX,
            what,
        ));
    }
    if end.snapshot.tally != raised {
        let what = format!(
            "{raised} commits raised the tally, and it is {}",
            end.snapshot.tally
        );
        return Err(broken("an answered write is there once", usize::MAX, what));
    }
    Ok(())
}

fn writer(instance: InstanceId) -> i64 {
    i64::try_from(instance).unwrap_or(i64::MAX)
}

/// A write that was answered before another began is before it in the history.
fn order(checker: &Checker) -> Result<(), Violation> {
    let answered: Vec<(&OpState, usize, i64)> = checker
        .ops
        .iter()
        .filter_map(|op| match &op.finished {
            Some((
                at,
                Outcome::Done {
                    place: Some(place), ..
                },
            )) if op.commit.is_some() => Some((op, *at, *place)),
            _ => None,
        })
        .collect();
    for &(_, ended, place) in &answered {
        for &(later, at, other) in &answered {
            if ended < later.began && other <= place {
                let what = format!("place {other} was begun after {place} was answered");
                return Err(broken("the history is in the order of time", at, what));
            }
        }
    }
    Ok(())
}

/// Every reader saw one point of the history: not before what its own instance has written or read, and not before what
/// was answered when its instance was started.
fn reads(checker: &Checker, chains: &[i64]) -> Result<(), Violation> {
    let mut least: Vec<i64> = checker
        .instances
        .iter()
        .map(|instance| {
            let before = |op: &OpState| match &op.finished {
                Some((
                    at,
                    Outcome::Done {
                        place: Some(place), ..
                    },
                )) if op.commit.is_some() && *at < instance.started => Some(*place),
                _ => None,
            };
            checker.ops.iter().filter_map(before).max().unwrap_or(0)
        })
        .collect();
    // By the order in which they were begun, which within an instance is the order in which they ran.
    for op in &checker.ops {
        let Some((at, Outcome::Done { place, saw })) = &op.finished else {
            continue;
        };
        let known = &mut least[op.instance];
        if let Some(place) = place
            && op.commit.is_some()
        {
            *known = (*known).max(*place);
        }
        if op.what != Op::Read {
            continue;
        }
        let Some(saw) = saw else {
            let what = format!("instance {}", op.instance);
            return Err(broken("a read sees something", *at, what));
        };
        consistent(saw, chains).map_err(|what| {
            let what = format!("instance {}: {what}", op.instance);
            broken("a reader sees one point of the history", *at, what)
        })?;
        if saw.count < *known {
            let what = format!(
                "instance {} saw {}, and knew of {known}",
                op.instance, saw.count
            );
            return Err(broken("a reader sees what was answered", *at, what));
        }
        *known = saw.count;
    }
    Ok(())
}
