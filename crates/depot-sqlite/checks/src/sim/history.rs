//! What the history means to those who wrote it and read it: judged by what they were answered, and by what plain SQLite
//! finds at the end. [`seen`] knows no more than that, [`decided`] also what the store did.

use std::collections::BTreeMap;

use seeds::Violation;

use crate::sim::checker::{Checker, Fate};
use crate::sim::hub::InstanceId;
use crate::sim::log::{Event, Log, Outcome};
use crate::sim::workload::{Entry, Final, Op, STAMPS, Snapshot, chained};

/// The errors that leave it open whether a commit was applied: with these, an answer may have been lost before.
const OPEN_ENDED: [&str; 4] = [
    "sqlite.commit_undecided",
    "sqlite.closed",
    "depot.head_fence_mismatch",
    "depot.generation_mismatch",
];

/// An operation as its caller knows it.
struct Operation {
    instance: InstanceId,
    what: Op,
    began: usize,
    /// The event that answered it.
    ended: usize,
    outcome: Outcome,
    /// Whether a newer generation had been given away when it was begun.
    stale: bool,
}

impl Operation {
    /// The place of a write that was answered as done.
    fn written(&self) -> Option<i64> {
        match (&self.outcome, self.what) {
            (Outcome::Done { place, .. }, Op::Write { .. } | Op::Transaction { .. }) => *place,
            _ => None,
        }
    }

    fn says(&self) -> String {
        let Self {
            what,
            instance,
            outcome,
            ..
        } = self;
        format!("{what:?} of instance {instance}: {outcome:?}")
    }
}

/// Compares what callers were answered with the database at the end.
pub(crate) fn seen(log: &Log, end: &Final) -> Result<(), Violation> {
    let (operations, started) = operations(log)?;
    let chains = ledger(end)?;
    answered(&operations, end)?;
    order(&operations)?;
    reads(&operations, &started, &chains)
}

/// The operations of a log, and where in it each instance was started.
fn operations(log: &Log) -> Result<(Vec<Operation>, Vec<usize>), Violation> {
    let mut generation = 0;
    let mut generations = Vec::new();
    let mut started = Vec::new();
    let mut begun = BTreeMap::new();
    let mut operations = BTreeMap::new();
    for (at, event) in log.0.iter().enumerate() {
        match event {
            Event::Allocated { generation: newest } => generation = *newest,
            // Whatever is begun now is of a generation that is over.
            Event::Released { generation: over } => generation = over + 1,
            Event::Started { generation, .. } => {
                generations.push(*generation);
                started.push(at);
            }
            Event::Began { instance, op, what } => {
                let stale = generations[*instance] < generation;
                begun.insert(*op, (*instance, *what, at, stale));
            }
            Event::Finished { op, outcome, .. } => {
                let Some((instance, what, from, stale)) = begun.remove(op) else {
                    return Err(broken("an operation is answered once", at, format!("{op}")));
                };
                let operation = Operation {
                    instance,
                    what,
                    began: from,
                    ended: at,
                    outcome: outcome.clone(),
                    stale,
                };
                operations.insert(*op, operation);
            }
            _ => {}
        }
    }
    if let Some((op, (instance, what, at, _))) = begun.pop_first() {
        let what = format!("{op}, {what:?} of instance {instance}");
        return Err(broken("every operation is answered", at, what));
    }
    // By the order in which they were begun, which within an instance is the order in which they ran.
    Ok((operations.into_values().collect(), started))
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
        && saw.oldest == saw.count
        && saw.newest == saw.count
        && saw.stamps == STAMPS
        && saw.last_chain == saw.chain
        && chain == Some(saw.chain);
    if good {
        Ok(())
    } else {
        Err(format!("expected chain {chain:?}, but saw {saw:?}"))
    }
}

/// Every answered write is there, where its caller was told; the database is whole for all.
fn answered(operations: &[Operation], end: &Final) -> Result<(), Violation> {
    let found = places(end)?;
    let mut raised = 0;
    for operation in operations {
        let broken = |rule| Err(broken(rule, operation.ended, operation.says()));
        let seq = operation.what.seq();
        let place = seq.and_then(|seq| found.get(&(writer(operation.instance), seq)).copied());
        match &operation.outcome {
            Outcome::Done { .. } => {}
            Outcome::Failed { code, .. } => {
                if code == "sqlite.statement_failed" || code == "sim.corrupt" {
                    return broken("the database is whole");
                }
                if !OPEN_ENDED.contains(&&**code) && place.is_some() {
                    return broken("a write that failed is not there");
                }
                continue;
            }
        }
        raised += i64::from(operation.what == Op::Tally);
        let writes = matches!(
            operation.what,
            Op::Write { .. } | Op::Transaction { .. } | Op::Tally
        );
        if writes && operation.stale {
            return broken("a stale generation writes nothing");
        }
        if place != operation.written() || writes && seq.is_some() && place.is_none() {
            return broken("an answered write is there once");
        }
    }
    if end.snapshot.tally < raised {
        let what = format!("raised {raised} times, it is {}", end.snapshot.tally);
        return Err(broken("an answered write is there once", usize::MAX, what));
    }
    Ok(())
}

/// Where each write is.
fn places(end: &Final) -> Result<BTreeMap<(i64, i64), i64>, Violation> {
    let mut found = BTreeMap::new();
    for entry in &end.ledger {
        let Entry {
            place, writer, seq, ..
        } = *entry;
        if found.insert((writer, seq), place).is_some() {
            let what = format!("{entry:?}");
            return Err(broken("a write is there once", usize::MAX, what));
        }
    }
    Ok(found)
}

fn writer(instance: InstanceId) -> i64 {
    i64::try_from(instance).unwrap_or(i64::MAX)
}

/// A write that was answered before another began is before it in the history.
fn order(operations: &[Operation]) -> Result<(), Violation> {
    for operation in operations {
        let Some(place) = operation.written() else {
            continue;
        };
        let earlier = operations
            .iter()
            .filter(|other| other.ended < operation.began)
            .filter_map(Operation::written)
            .max();
        if earlier.is_some_and(|earlier| place <= earlier) {
            let what = format!("{}, begun after {earlier:?} was answered", operation.says());
            return Err(broken(
                "the history is in the order of time",
                operation.ended,
                what,
            ));
        }
    }
    Ok(())
}

/// Every reader saw one point of the history: not before what its own instance has written or read, and not before what
/// was answered when its instance was started.
fn reads(operations: &[Operation], started: &[usize], chains: &[i64]) -> Result<(), Violation> {
    let known_at = |at: usize| {
        let before = operations.iter().filter(|operation| operation.ended < at);
        before.filter_map(Operation::written).max().unwrap_or(0)
    };
    let mut known: Vec<i64> = started.iter().map(|&at| known_at(at)).collect();
    for operation in operations {
        let known = &mut known[operation.instance];
        *known = (*known).max(operation.written().unwrap_or(0));
        let (Op::Read, Outcome::Done { saw, .. }) = (operation.what, &operation.outcome) else {
            continue;
        };
        let broken = |rule, what| Err(broken(rule, operation.ended, what));
        let Some(saw) = saw else {
            return broken("a read sees something", operation.says());
        };
        if let Err(what) = consistent(saw, chains) {
            let what = format!("instance {}: {what}", operation.instance);
            return broken("a reader sees one point of the history", what);
        }
        if saw.count < *known {
            let what = format!("{}, and knew of {known}", operation.says());
            return broken("a reader sees what was answered", what);
        }
        *known = saw.count;
    }
    Ok(())
}

/// What was refused is not there, and what nobody was told of is there if the store applied it.
pub(crate) fn decided(checker: &Checker, end: &Final) -> Result<(), Violation> {
    let mut found = places(end)?;
    let mut raised = 0;
    for op in &checker.ops {
        let commit = op.commit.map(|commit| &checker.commits[commit]);
        let applied = commit.is_some_and(|commit| commit.applied.is_some());
        raised += i64::from(op.what == Op::Tally && applied);
        let Some(seq) = op.what.seq() else { continue };
        let place = found.remove(&(writer(op.instance), seq));
        let expected = match commit.map(|commit| commit.fate) {
            None | Some(Fate::Refused) => false,
            Some(Fate::Applied) => true,
            Some(Fate::Unknown) => applied,
        };
        if place.is_some() != expected {
            let what = format!(
                "{:?} of instance {}: {commit:?}, but place {place:?}",
                op.what, op.instance
            );
            return Err(broken(
                "what is there is what was applied",
                usize::MAX,
                what,
            ));
        }
    }
    if let Some((write, place)) = found.pop_first() {
        let what = format!("{write:?} at place {place}, which nobody wrote");
        return Err(broken(
            "what is there is what was applied",
            usize::MAX,
            what,
        ));
    }
    if end.snapshot.tally != raised {
        let what = format!("raised {raised} times, it is {}", end.snapshot.tally);
        return Err(broken(
            "what is there is what was applied",
            usize::MAX,
            what,
        ));
    }
    Ok(())
}
