//! Proves on a log that no rule was broken. Knows nothing of the simulation but what it noted.
//!
//! It has a model of the store of its own, made of the commits that were applied: of every page, at which head it became
//! what. Every page that an instance was given is compared with it. What the history means to those who wrote it and
//! read it is in [`history`](crate::sim::history).

use std::collections::{BTreeMap, VecDeque};

use depot_sqlite::PAGE_SIZE;

use crate::sim::hub::InstanceId;
use crate::sim::log::{
    Answer, Ask, Delivery, Did, Event, Kind, Log, OpId, Outcome, RequestId, print,
};
use crate::sim::workload::Op;

/// A rule that was broken.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    /// Which event shows it.
    pub(crate) at: usize,
    pub(crate) what: String,
}

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
    instance: InstanceId,
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
    pub(crate) began: usize,
    pub(crate) finished: Option<(usize, Outcome)>,
    /// The commit that it sent first.
    pub(crate) commit: Option<usize>,
    /// The errors that its requests were answered with.
    errors: Vec<String>,
    asked: bool,
}

#[derive(Debug)]
pub(crate) struct InstanceState {
    pub(crate) generation: u64,
    pub(crate) started: usize,
    recognised: bool,
    ops: VecDeque<OpId>,
    pending: Option<RequestId>,
    epoch: u64,
    head: Option<u64>,
    /// The commit that has to be decided before anything else.
    open: Option<usize>,
    /// The error that has to end it, and the operation that got it.
    hit: Option<(OpId, String, Kind)>,
    told: bool,
    ended: Option<String>,
    closed: bool,
    closed_before_calm: bool,
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
    pub(crate) instances: Vec<InstanceState>,
    pub(crate) ops: Vec<OpState>,
    pub(crate) commits: Vec<CommitState>,
    pub(crate) tally: Tally,
    requests: Vec<RequestState>,
    generation: u64,
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

macro_rules! rule {
    ($good:expr, $rule:literal, $($what:tt)*) => {
        if !$good {
            return Err(($rule, format!($($what)*)));
        }
    };
}

impl Checker {
    /// Goes through a log.
    pub(crate) fn read(log: &Log) -> Result<Self, Violation> {
        let mut checker = Self {
            sizes: vec![0],
            ..Self::default()
        };
        for (at, event) in log.0.iter().enumerate() {
            checker
                .event(at, event)
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
            .filter(|(_, instance)| !instance.closed_before_calm)
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

    fn event(&mut self, at: usize, event: &Event) -> Checked {
        match event {
            Event::Allocated { generation } => {
                rule!(
                    *generation == self.generation + 1,
                    "a generation is given once",
                    "{generation} came after {}",
                    self.generation
                );
                self.generation = *generation;
            }
            Event::Started {
                instance,
                generation,
                recognised,
            } => {
                debug_assert_eq!(*instance, self.instances.len());
                self.instances.push(InstanceState {
                    generation: *generation,
                    started: at,
                    recognised: *recognised,
                    ops: VecDeque::new(),
                    pending: None,
                    epoch: 0,
                    head: None,
                    open: None,
                    hit: None,
                    told: false,
                    ended: None,
                    closed: false,
                    closed_before_calm: false,
                });
            }
            Event::Began { instance, op, what } => {
                self.tally.operations += 1;
                self.instances[*instance].ops.push_back(*op);
                self.ops.push(OpState {
                    instance: *instance,
                    what: *what,
                    began: at,
                    finished: None,
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
            } => self.finished(at, *instance, *op, outcome)?,
            Event::Told { instance } => self.instances[*instance].told = true,
            Event::Ended {
                instance,
                superseded,
                code,
            } => self.ended(*instance, *superseded, code)?,
            Event::Closed { instance } => {
                let calm = self.calm;
                let instance = &mut self.instances[*instance];
                instance.closed = true;
                instance.closed_before_calm |= !calm;
            }
            Event::Restarted { .. } => self.tally.restarts += 1,
            Event::Dropped { .. } | Event::Swept => {}
            Event::Calm => self.calm = true,
        }
        Ok(())
    }

    fn asked(
        &mut self,
        id: InstanceId,
        request: RequestId,
        epoch: u64,
        expected: Option<u64>,
        ask: &Ask,
    ) -> Checked {
        let instance = &mut self.instances[id];
        rule!(
            instance.pending.is_none(),
            "one request at a time",
            "#{request} while #{:?} is under way",
            instance.pending
        );
        rule!(
            instance.ended.is_none() && !instance.closed && !instance.told,
            "no request after the end",
            "#{request} of instance {id}"
        );
        rule!(
            epoch > instance.epoch,
            "epochs rise",
            "{epoch} after {}",
            instance.epoch
        );
        rule!(
            expected == instance.head,
            "a request names the head of what is cached",
            "#{request} expects {expected:?}, but what instance {id} has is of {:?}",
            instance.head
        );
        instance.epoch = epoch;
        instance.pending = Some(request);
        let Some(&op) = instance.ops.front() else {
            return Err((
                "no request without an operation",
                format!("#{request} of instance {id}"),
            ));
        };
        self.ops[op].asked = true;
        let mut attempts = 0;
        let commit = match ask {
            Ask::Read { .. } => {
                rule!(
                    instance.open.is_none(),
                    "nothing happens before a commit is decided",
                    "#{request} of instance {id} reads"
                );
                None
            }
            Ask::Commit {
                attempt,
                pages,
                size,
                same_time,
            } => {
                attempts = *attempt;
                let commit = match (attempt, instance.open) {
                    (0, None) => {
                        self.commits.push(CommitState {
                            instance: id,
                            expected,
                            pages: pages.clone(),
                            size: *size,
                            applied: None,
                            fate: Fate::Unknown,
                            lost: false,
                        });
                        let commit = self.commits.len() - 1;
                        rule!(
                            self.ops[op].commit.is_none(),
                            "one commit for each transaction",
                            "#{request} is the second of operation {op}"
                        );
                        self.ops[op].commit = Some(commit);
                        commit
                    }
                    (1.., Some(open)) => {
                        let first = &self.commits[open];
                        rule!(
                            *same_time
                                && first.pages == *pages
                                && first.size == *size
                                && first.expected == expected,
                            "a resend is the same commit",
                            "#{request} of instance {id} is another one"
                        );
                        open
                    }
                    _ => {
                        return Err((
                            "nothing happens before a commit is decided",
                            format!("#{request} of instance {id} is attempt {attempt}"),
                        ));
                    }
                };
                self.instances[id].open = Some(commit);
                Some(commit)
            }
        };
        debug_assert_eq!(request, self.requests.len());
        self.requests.push(RequestState {
            instance: id,
            expected,
            attempt: attempts,
            ask: ask.clone(),
            commit,
            op,
        });
        Ok(())
    }

    fn reached(&mut self, request: RequestId, copy: Delivery, did: &Did) -> Checked {
        self.tally.late += u64::from(copy == Delivery::Late);
        let current = self.head();
        let RequestState {
            instance,
            expected,
            commit,
            ..
        } = self.requests[request];
        let generation = self.instances[instance].generation;
        if !matches!(did, Did::Refused { .. }) {
            rule!(
                generation == self.generation,
                "a stale generation is refused",
                "#{request} is of {generation}, and {} is active",
                self.generation
            );
        }
        match did {
            Did::Read { head } => {
                rule!(
                    *head == current,
                    "a read is of the head",
                    "#{request} was of {head}, and the head is {current}"
                );
                rule!(
                    expected.is_none_or(|expected| expected == current),
                    "a stale head is refused",
                    "#{request} expects {expected:?}, and the head is {current}"
                );
            }
            Did::Applied { head } | Did::AppliedUnheard { head } => {
                rule!(
                    *head == current + 1,
                    "a commit raises the head by one",
                    "#{request} made it {head} from {current}"
                );
                let Some(commit) = commit else {
                    return Err(("a read writes nothing", format!("#{request}")));
                };
                let state = &mut self.commits[commit];
                rule!(
                    state.applied.is_none() && state.fate != Fate::Refused,
                    "a commit is applied once, and not after it was refused",
                    "#{request}: {:?}, {:?}",
                    state.applied,
                    state.fate
                );
                state.applied = Some(*head);
                rule!(
                    expected == Some(current),
                    "a stale head is refused",
                    "#{request} expects {expected:?}, and was applied to {current}"
                );
                let (size, before) = (state.size, self.sizes[self.writers.len()]);
                for &(number, form) in &state.pages {
                    let forms = self.forms.entry(number).or_default();
                    forms.push((*head, Some(form)));
                }
                for number in size + 1..=before {
                    self.forms.entry(number).or_default().push((*head, None));
                }
                self.sizes.push(size);
                self.writers.push(instance);
            }
            Did::Before { head } => {
                let own = commit.is_some_and(|commit| self.commits[commit].applied == Some(*head));
                rule!(
                    own,
                    "a commit is known again for what it is",
                    "#{request} of instance {instance} was taken for head {head}, which instance {} has written",
                    self.writer(*head)
                );
            }
            Did::Refused { .. } => {}
        }
        Ok(())
    }

    fn writer(&self, head: u64) -> String {
        let place = usize::try_from(head.saturating_sub(1)).unwrap_or(usize::MAX);
        self.writers
            .get(place)
            .map_or_else(|| "none".to_owned(), InstanceId::to_string)
    }

    fn answered(&mut self, request: RequestId, answer: &Answer) -> Checked {
        let RequestState {
            instance: id,
            expected,
            attempt,
            commit,
            op,
            ..
        } = self.requests[request];
        self.instances[id].pending = None;
        match answer {
            Answer::Pages { head, pages } => {
                let instance = &mut self.instances[id];
                if instance.head.is_none() {
                    instance.head = *head;
                }
                rule!(
                    *head == instance.head,
                    "no page of two heads",
                    "#{request} brings pages of {head:?}, and what instance {id} has is of {:?}",
                    instance.head
                );
                for (number, found) in pages {
                    self.tally.pages += 1;
                    let form = self.form(*number, head.unwrap_or_default());
                    rule!(
                        *found == form,
                        "no page of two heads",
                        "#{request} brings page {number} to instance {id} as one of {head:?}, which it is not"
                    );
                }
                if let Ask::Read { pages: asked } = &self.requests[request].ask {
                    let all = asked
                        .iter()
                        .all(|number| pages.iter().any(|(found, _)| found == number));
                    rule!(all, "a read is answered in full", "#{request}");
                }
            }
            Answer::Committed { head } => {
                let Some(commit) = commit else {
                    return Err(("a read is answered with pages", format!("#{request}")));
                };
                let state = &mut self.commits[commit];
                rule!(
                    state.applied.is_some() && state.applied == *head,
                    "what is answered as applied is",
                    "#{request} of instance {id}: {:?} is what the store made of it, and {head:?} the answer",
                    state.applied
                );
                self.decide(id, commit, Fate::Applied, *head);
            }
            Answer::Failed { kind, code } => {
                self.ops[op].errors.push(code.clone());
                let resent = attempt > 0;
                let next = expected.map(|head| head + 1);
                match (kind, commit) {
                    (Kind::HeadMismatch { actual }, Some(commit))
                        if resent
                            && !self.instances[id].recognised
                            && *actual == next
                            && actual.is_some() =>
                    {
                        rule!(
                            self.commits[commit].applied == *actual,
                            "what is answered as applied is",
                            "#{request} of instance {id} finds its commit by the head, and it is not"
                        );
                        self.decide(id, commit, Fate::Applied, *actual);
                    }
                    (Kind::HeadMismatch { .. } | Kind::Superseded, commit) => {
                        self.instances[id].hit = Some((op, code.clone(), *kind));
                        if let Some(commit) = commit
                            && !self.commits[commit].lost
                        {
                            self.decide(id, commit, Fate::Refused, None);
                        }
                    }
                    (Kind::Indeterminate, Some(commit)) => self.commits[commit].lost = true,
                    (Kind::Transient | Kind::Full, Some(_)) if resent => {}
                    (_, Some(commit)) => {
                        rule!(
                            self.commits[commit].applied.is_none(),
                            "what is answered as refused is",
                            "#{request} of instance {id} was applied"
                        );
                        self.decide(id, commit, Fate::Refused, None);
                    }
                    (_, None) => {}
                }
            }
        }
        Ok(())
    }

    /// An instance knows what became of its commit.
    fn decide(&mut self, id: InstanceId, commit: usize, fate: Fate, head: Option<u64>) {
        let state = &mut self.commits[commit];
        state.fate = fate;
        self.tally.resolved += u64::from(state.lost);
        self.instances[id].open = None;
        if fate == Fate::Applied {
            self.instances[id].head = head;
            self.tally.acknowledged += 1;
        }
    }

    fn finished(&mut self, at: usize, id: InstanceId, op: OpId, outcome: &Outcome) -> Checked {
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
                    instance.hit.is_none() && !instance.told && !instance.closed,
                    "nothing succeeds after the end",
                    "operation {op} of instance {id}"
                );
            }
            Outcome::Failed { code, text, cause } => {
                let over = instance.told || instance.closed;
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
                    _ if code == "sqlite.closed" && instance.told => Some("sim.lost"),
                    _ => None,
                };
                rule!(
                    cause.as_deref() == source || instance.closed,
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
        self.ops[op].finished = Some((at, outcome.clone()));
        Ok(())
    }

    fn ended(&mut self, id: InstanceId, superseded: bool, code: &str) -> Checked {
        let (active, head) = (self.generation, self.head());
        let instance = &mut self.instances[id];
        rule!(
            instance.ended.is_none() && !instance.closed,
            "an instance ends once",
            "instance {id} ended with {code}, and before with {:?}",
            instance.ended
        );
        instance.ended = Some(code.to_owned());
        let right = match &instance.hit {
            Some((_, hit, Kind::Superseded)) => superseded && code == hit,
            Some((_, hit, _)) => !superseded && code == hit && code == "depot.head_fence_mismatch",
            None => superseded && instance.told,
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
                instance.generation < active,
                "only a stale instance ends",
                "instance {id} of {active}, the active generation, was superseded"
            );
            return Ok(());
        }
        self.tally.fenced += 1;
        let known = instance.head.unwrap_or_default();
        // The commit behind the one that it knows of was somebody else's.
        let overtaken = known < head && self.writers[usize::try_from(known).unwrap_or(0)] != id;
        rule!(
            overtaken,
            "only a stale instance ends",
            "instance {id} at {known} was fenced, and the head is {head}"
        );
        Ok(())
    }
}

impl CommitState {
    /// Which instance it is of.
    pub(crate) fn instance(&self) -> InstanceId {
        self.instance
    }
}
