//! Proves on a log that no rule was broken. Knows nothing of the simulation but what it noted.
//!
//! It has a model of the store of its own, made of the commits that were applied: of every page, at which head it became
//! what. Every page that an instance was given is compared with it. What the history means to those who wrote it and
//! read it is in [`history`](crate::sim::history).

/// Breaks off with the rule that does not hold.
macro_rules! rule {
    ($good:expr, $rule:literal, $($what:tt)*) => {
        if !$good {
            return Err(($rule, format!($($what)*)));
        }
    };
}

mod endings;
mod requests;

use std::collections::{BTreeMap, VecDeque};

use depot_sqlite::PAGE_SIZE;
use seeds::Violation;

use crate::sim::hub::InstanceId;
use crate::sim::log::{Ask, Event, Kind, Log, OpId, RequestId, print};
use crate::sim::workload::Op;

/// What was checked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) operations: u64,
    pub(crate) pages: u64,
    pub(crate) acknowledged: u64,
    pub(crate) fenced: u64,
    pub(crate) superseded: u64,
    /// Commits with a lost answer that were decided.
    pub(crate) resolved: u64,
    pub(crate) undecided: u64,
    pub(crate) late: u64,
    pub(crate) restarts: u64,
}

/// A commit, with all its attempts.
#[derive(Debug)]
pub(crate) struct CommitState {
    expected: Option<u64>,
    pages: Vec<(u32, u64)>,
    size: u32,
    /// Its head, if the store applied it.
    pub(crate) applied: Option<u64>,
    pub(crate) fate: Fate,
    lost: bool,
}

/// What its instance knows of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is under way, or an answer was lost.
    Unknown,
    Applied,
    /// It was not applied, and never will be.
    Refused,
}

/// An operation and what became of it.
#[derive(Debug)]
pub(crate) struct OpState {
    pub(crate) instance: InstanceId,
    pub(crate) what: Op,
    /// The commit that it sent first.
    pub(crate) commit: Option<usize>,
    /// The errors that its requests were answered with.
    errors: Vec<String>,
    asked: bool,
}

#[derive(Debug)]
struct InstanceState {
    generation: u64,
    recognised: bool,
    ops: VecDeque<OpId>,
    pending: Option<RequestId>,
    epoch: u64,
    head: Option<u64>,
    /// The commit that has to be decided before anything else.
    open: Option<usize>,
    /// The error that has to end it, and the operation that got it.
    hit: Option<(OpId, String, Kind)>,
    over: Over,
    ended: Option<String>,
    /// Whether its host closed it while others went on.
    left: bool,
}

/// What its host has done about an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    No,
    /// Told it that its generation is over.
    Told,
    Closed,
}

struct RequestState {
    instance: InstanceId,
    expected: Option<u64>,
    attempt: u32,
    ask: Ask,
    commit: Option<usize>,
    op: OpId,
}

/// The log, understood.
#[derive(Default)]
pub(crate) struct Checker {
    instances: Vec<InstanceState>,
    pub(crate) ops: Vec<OpState>,
    pub(crate) commits: Vec<CommitState>,
    pub(crate) tally: Tally,
    requests: Vec<RequestState>,
    generation: u64,
    /// Whether that one is active.
    active: bool,
    /// The size at each head.
    sizes: Vec<u32>,
    /// Which instance's commit each head is, from head 1.
    writers: Vec<InstanceId>,
    /// The forms of each page: since which head, and what. None where it was cut off.
    forms: BTreeMap<u32, Vec<(u64, Option<u64>)>>,
    calm: bool,
}

/// The rule that was broken, and how.
pub(crate) type Checked = Result<(), (&'static str, String)>;

impl Checker {
    /// Goes through a log.
    pub(crate) fn read(log: &Log) -> Result<Self, Violation> {
        let mut checker = Self {
            sizes: vec![0],
            ..Self::default()
        };
        for (at, event) in log.0.iter().enumerate() {
            checker
                .event(event)
                .map_err(|(rule, what)| Violation { rule, at, what })?;
        }
        Ok(checker)
    }

    /// What has to hold at the end, with the database as it is then: its head and the octets of its file.
    pub(crate) fn end(&self, head: u64, file: &[u8]) -> Checked {
        rule!(
            head == self.head(),
            "the history is whole",
            "the last commit was {}, but the head is {head}",
            self.head()
        );
        for (number, page) in (1..).zip(file.chunks(PAGE_SIZE)) {
            rule!(
                self.form(number, head) == Some(print(page)),
                "the history is whole",
                "page {number} is not what the commits made of it"
            );
        }
        let at_risk: Vec<_> = (0..)
            .zip(&self.instances)
            .filter(|(_, instance)| !instance.left)
            .collect();
        let survivors = at_risk
            .iter()
            .filter(|(_, instance)| instance.ended.is_none())
            .map(|(id, _)| *id);
        let survivors: Vec<InstanceId> = survivors.collect();
        rule!(
            survivors.len() == 1,
            "every stale instance ends",
            "{survivors:?} are left of {}",
            at_risk.len()
        );
        Ok(())
    }

    fn head(&self) -> u64 {
        self.writers.len() as u64
    }

    /// What a page is at a head. None beyond the size.
    fn form(&self, number: u32, head: u64) -> Option<u64> {
        let size = *self.sizes.get(usize::try_from(head).ok()?)?;
        if number > size {
            return None;
        }
        let forms = self.forms.get(&number);
        let form = forms.and_then(|forms| forms.iter().rev().find(|(since, _)| *since <= head));
        match form {
            Some((_, Some(form))) => Some(*form),
            // Nobody wrote it since it became part of the file.
            _ => Some(print(&[0; PAGE_SIZE])),
        }
    }

    fn event(&mut self, event: &Event) -> Checked {
        match event {
            Event::Allocated { generation } => {
                rule!(
                    *generation == self.generation + 1,
                    "a generation is given once",
                    "{generation} came after {}",
                    self.generation
                );
                self.generation = *generation;
                self.active = true;
            }
            Event::Released { .. } => self.active = false,
            Event::Started {
                instance,
                generation,
                recognised,
            } => {
                debug_assert_eq!(*instance, self.instances.len());
                self.instances.push(InstanceState {
                    generation: *generation,
                    recognised: *recognised,
                    ops: VecDeque::new(),
                    pending: None,
                    epoch: 0,
                    head: None,
                    open: None,
                    hit: None,
                    over: Over::No,
                    ended: None,
                    left: false,
                });
            }
            Event::Began { instance, op, what } => {
                self.tally.operations += 1;
                self.instances[*instance].ops.push_back(*op);
                self.ops.push(OpState {
                    instance: *instance,
                    what: *what,
                    commit: None,
                    errors: Vec::new(),
                    asked: false,
                });
            }
            Event::Asked {
                instance,
                request,
                epoch,
                expected,
                ask,
            } => self.asked(*instance, *request, *epoch, *expected, ask)?,
            Event::Reached { request, copy, did } => self.reached(*request, *copy, did)?,
            Event::Answered { request, answer } => self.answered(*request, answer)?,
            Event::Withdrawn { request } => {
                let instance = self.requests[*request].instance;
                self.instances[instance].pending = None;
            }
            Event::Finished {
                instance,
                op,
                outcome,
            } => self.finished(*instance, *op, outcome)?,
            Event::Told { instance } => self.instances[*instance].over = Over::Told,
            Event::Ended {
                instance,
                superseded,
                code,
            } => self.ended(*instance, *superseded, code)?,
            Event::Closed { instance } => {
                let calm = self.calm;
                let instance = &mut self.instances[*instance];
                instance.over = Over::Closed;
                instance.left |= !calm;
            }
            Event::Restarted { .. } => self.tally.restarts += 1,
            Event::Dropped { .. } | Event::Swept => {}
            Event::Calm => self.calm = true,
        }
        Ok(())
    }
}
