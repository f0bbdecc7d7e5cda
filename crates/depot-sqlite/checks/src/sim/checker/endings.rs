//! How operations are answered, and how instances end.

use super::{Checked, Checker, Fate, Over};
use crate::sim::hub::InstanceId;
use crate::sim::log::{Kind, OpId, Outcome};
use crate::sim::workload::Op;

impl Checker {
    pub(super) fn finished(&mut self, id: InstanceId, op: OpId, outcome: &Outcome) -> Checked {
        rule!(
            self.instances[id].ops.pop_front() == Some(op),
            "operations are answered in their order",
            "{op} of instance {id}"
        );
        let instance = &self.instances[id];
        let state = &self.ops[op];
        let commit = state.commit.map(|commit| &self.commits[commit]);
        match outcome {
            Outcome::Done { .. } => {
                let applied = commit.is_none_or(|commit| commit.fate == Fate::Applied);
                rule!(
                    applied,
                    "a statement succeeds once its commit is applied",
                    "operation {op} of instance {id}"
                );
                let writes = matches!(
                    state.what,
                    Op::Write { .. } | Op::Transaction { .. } | Op::Tally
                );
                rule!(
                    commit.is_some() || !writes,
                    "a statement succeeds once its commit is applied",
                    "operation {op} of instance {id} sent none"
                );
                let fails = matches!(state.what, Op::TooLarge { .. });
                rule!(!fails, "a commit has a largest size", "operation {op}");
                rule!(
                    instance.hit.is_none() && instance.over == Over::No,
                    "nothing succeeds after the end",
                    "operation {op} of instance {id}"
                );
            }
            Outcome::Failed { code, text, cause } => {
                let over = instance.over != Over::No;
                let expected: Vec<String> = match &instance.hit {
                    Some((by, hit, _)) if *by == op => vec![hit.clone()],
                    Some(_) => vec!["sqlite.closed".to_owned()],
                    None if over => vec!["sqlite.closed".to_owned()],
                    None => {
                        let mut expected = state.errors.clone();
                        if !expected.is_empty() {
                            expected.push("sqlite.commit_undecided".to_owned());
                        }
                        expected
                    }
                };
                rule!(
                    expected.contains(code),
                    "a statement fails for what its source says",
                    "operation {op} of instance {id} ({:?}) failed with {code} ({text}), expected one of {expected:?}",
                    state.what
                );
                // Who closed it first is what every later error says.
                let source = match &instance.hit {
                    Some((_, hit, _)) if code == "sqlite.closed" => Some(hit.as_str()),
                    _ if code == "sqlite.closed" && instance.over == Over::Told => Some("sim.lost"),
                    _ => None,
                };
                rule!(
                    cause.as_deref() == source || instance.over == Over::Closed,
                    "a closed database says what ended it",
                    "operation {op} of instance {id}: {cause:?}, not {source:?}"
                );
                let ended_before = instance.ended.is_some();
                rule!(
                    !(ended_before
                        && state.asked
                        && instance.hit.as_ref().is_none_or(|hit| hit.0 != op)),
                    "no request after the end",
                    "operation {op} of instance {id}"
                );
                let applied = commit.is_some_and(|commit| commit.fate == Fate::Applied);
                rule!(
                    !applied || code == "sqlite.commit_undecided" || over,
                    "a statement whose commit is applied succeeds",
                    "operation {op} of instance {id} failed with {code}"
                );
                self.tally.undecided += u64::from(code == "sqlite.commit_undecided");
            }
        }
        if state.what == Op::Open && matches!(outcome, Outcome::Failed { .. }) {
            // What it had read went with the attempt.
            self.instances[id].head = None;
        }
        Ok(())
    }

    pub(super) fn ended(&mut self, id: InstanceId, superseded: bool, code: &str) -> Checked {
        let (newest, head) = (self.generation, self.head());
        let instance = &mut self.instances[id];
        rule!(
            instance.ended.is_none() && instance.over != Over::Closed,
            "an instance ends once",
            "instance {id} ended with {code}, and before with {:?}",
            instance.ended
        );
        instance.ended = Some(code.to_owned());
        let right = match &instance.hit {
            Some((_, hit, Kind::Superseded)) => superseded && code == hit,
            Some((_, hit, _)) => !superseded && code == hit && code == "depot.head_fence_mismatch",
            None => superseded && instance.over == Over::Told,
        };
        rule!(
            right,
            "an instance ends for what it was told",
            "instance {id} ended with {code}, superseded: {superseded}, after {:?}",
            instance.hit
        );
        if superseded {
            self.tally.superseded += 1;
            rule!(
                instance.generation < newest || !self.active,
                "only a stale instance ends",
                "instance {id} of {newest}, the active generation, was superseded"
            );
            return Ok(());
        }
        self.tally.fenced += 1;
        let known = instance.head.unwrap_or_default();
        // Somebody else has written behind what it knows of. Its own last commit may be in between, unheard.
        let since = usize::try_from(known).unwrap_or(usize::MAX);
        let behind = self.writers.get(since..).unwrap_or_default();
        let overtaken = behind.iter().any(|writer| *writer != id);
        rule!(
            overtaken,
            "only a stale instance ends",
            "instance {id} at {known} was fenced, and the head is {head}"
        );
        Ok(())
    }
}
