//! What must hold of a log.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::time::Duration;

use seeds::Violation;

use crate::ledger::Entry;
use crate::log::{Actor, Ask, Event, Instance, Log, OpId, Process};

/// How long an operation may take once everything is in order: the actor may have to be started.
const SOON: Duration = Duration::from_secs(3);

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) operations: u64,
    /// Operations that were answered by 200.
    pub(crate) answered: u64,
    pub(crate) commits: u64,
    pub(crate) refused: u64,
    pub(crate) undecided: u64,
    pub(crate) instances: u64,
    pub(crate) generations: u64,
    pub(crate) gateways: u64,
    pub(crate) hosts: u64,
    pub(crate) keys: u64,
    pub(crate) troubles: u64,
    /// The longest that an operation took.
    pub(crate) longest: Duration,
    /// The time that passed, of the simulated clock.
    pub(crate) time: Duration,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.answered += other.answered;
        self.commits += other.commits;
        self.refused += other.refused;
        self.undecided += other.undecided;
        self.instances += other.instances;
        self.generations += other.generations;
        self.gateways += other.gateways;
        self.hosts += other.hosts;
        self.keys += other.keys;
        self.troubles += other.troubles;
        self.longest = self.longest.max(other.longest);
        self.time += other.time;
    }
}

/// What is known of an operation that has not ended.
struct Open {
    actor: Actor,
    ask: Ask,
}

#[derive(Default)]
struct Checker {
    tally: Tally,
    open: BTreeMap<OpId, Open>,
    /// Where the entries of operations are that were acknowledged.
    acknowledged: Vec<(usize, Actor, OpId, usize)>,
    /// All that was applied to each actor's list, in its order.
    lists: BTreeMap<Actor, Vec<Entry>>,
    /// Who has written to each actor's list, in its order.
    writers: BTreeMap<Actor, Vec<Instance>>,
    instances: BTreeMap<Instance, Lived>,
    /// Which process has started which generation.
    starts: BTreeSet<(Process, Actor, u32)>,
    records: BTreeMap<Actor, Record>,
    /// Actors whose end was asked for.
    may_end: BTreeSet<Actor>,
    /// The largest value that was acknowledged of each actor's key.
    keys: BTreeMap<Actor, u64>,
    /// Writes that were not answered: of which actor, host and generation.
    puts: BTreeMap<OpId, (Actor, Process, u32)>,
    /// Actors whose keys are not looked at any more: the store takes the word of a host for who may write, and one had an
    /// earlier generation that still did when it was given a later one, or the same generation in two processes.
    loose: BTreeSet<Actor>,
    /// Which process had an envoy key first.
    hosts: BTreeMap<Process, Process>,
    /// What that was when a read was begun.
    floors: BTreeMap<OpId, u64>,
    is_settled: bool,
}

struct Lived {
    actor: Actor,
    /// Whether it has said its last words.
    has_ended: bool,
}

/// The record of an actor, as it was last.
struct Record {
    generation: u64,
    rank: u8,
    phase: String,
}

type Checked = Result<(), (&'static str, String)>;

/// Reads a log from its beginning to its end.
pub(crate) fn check(log: &Log) -> Result<Tally, Violation> {
    let events = log.events();
    let mut checker = Checker::default();
    for (at, (time, event)) in events.iter().enumerate() {
        checker.tally.time = *time;
        checker
            .event(at, event)
            .map_err(|(rule, what)| Violation { rule, at, what })?;
    }
    checker.end()?;
    Ok(checker.tally)
}

impl Checker {
    fn event(&mut self, at: usize, event: &Event) -> Checked {
        match event {
            Event::GatewayStarted => self.tally.gateways += 1,
            Event::HostStarted {
                process, doubles, ..
            } => {
                self.tally.hosts += 1;
                let host = doubles.map_or(*process, |doubled| self.host(doubled));
                self.hosts.insert(*process, host);
            }
            Event::Trouble(_) => self.tally.troubles += 1,
            Event::Began { op, actor, ask } => {
                self.tally.operations += 1;
                if *ask == Ask::Destroy {
                    self.may_end.insert(*actor);
                }
                let open = Open {
                    actor: *actor,
                    ask: *ask,
                };
                self.open.insert(*op, open);
            }
            Event::Ended {
                op,
                answer,
                took,
                bound,
            } => return self.ended(at, *op, *answer, *took, *bound),
            Event::Started {
                instance,
                process,
                actor,
                generation,
            } => return self.started(*instance, *process, *actor, *generation),
            Event::Copied { instance, of } => {
                self.tally.instances += 1;
                if let Some(lived) = self.instances.get(of) {
                    let lived = Lived {
                        actor: lived.actor,
                        has_ended: false,
                    };
                    self.instances.insert(*instance, lived);
                }
            }
            Event::Wants(instance, Ask::WantEnd) => {
                if let Some(lived) = self.instances.get(instance) {
                    self.may_end.insert(lived.actor);
                }
            }
            Event::LastWords(instance, ask) => {
                let Some(lived) = self.instances.get_mut(instance) else {
                    return Ok(());
                };
                if std::mem::replace(&mut lived.has_ended, true) {
                    let what = format!("instance {instance} stops again: {ask:?}");
                    return Err(("every stop once", what));
                }
            }
            Event::Committed {
                instance,
                op,
                place,
            } => {
                self.tally.commits += 1;
                let Some(lived) = self.instances.get(instance) else {
                    return Ok(());
                };
                self.acknowledged.push((at, lived.actor, *op, *place));
            }
            Event::Refused { .. } => self.tally.refused += 1,
            Event::Undecided { .. } => self.tally.undecided += 1,
            Event::ReadOther {
                instance,
                knew,
                found,
            } => {
                let what = format!(
                    "instance {instance} knows {knew} entries, and was shown others, {found} of them"
                );
                return Err(("nobody reads what another writer has written", what));
            }
            Event::Settled => self.is_settled = true,
            _ => return self.store(event),
        }
        Ok(())
    }

    /// What concerns the store.
    fn store(&mut self, event: &Event) -> Checked {
        match event {
            Event::KvAsks {
                actor,
                process,
                generation,
                request,
                put: Some(_),
            } => {
                let host = self.host(*process);
                self.puts.insert(*request, (*actor, host, *generation));
            }
            Event::KvAsks { actor, request, .. } => {
                let floor = self.keys.get(actor).copied().unwrap_or(0);
                self.floors.insert(*request, floor);
            }
            Event::KvDone {
                actor,
                request,
                answer,
            } => return self.key(*actor, *request, *answer),
            Event::Applied {
                actor,
                head,
                entry,
                entries,
                is_next,
                active,
            } => return self.applied(*actor, *head, *entry, *entries, *is_next, *active),
            Event::Recorded {
                actor,
                generation,
                phase,
                host,
            } => return self.recorded(*actor, *generation, phase, host.is_some()),
            _ => {}
        }
        Ok(())
    }

    fn ended(
        &mut self,
        at: usize,
        op: OpId,
        answer: Option<(u16, Option<usize>)>,
        took: Duration,
        bound: Duration,
    ) -> Checked {
        let Some(Open { actor, ask }) = self.open.remove(&op) else {
            return Ok(());
        };
        self.tally.longest = self.tally.longest.max(took);
        if took > bound {
            let what = format!("operation {op}, {ask:?}, took {took:?}, and has {bound:?}");
            return Err(("no request is past its bound", what));
        }
        let is_done = answer.is_some_and(|(status, _)| status == 200);
        if is_done {
            self.tally.answered += 1;
        }
        let is_destroyed = self.is_destroyed(actor);
        if self.is_settled && !is_done && !is_destroyed {
            let what = format!("operation {op}, {ask:?} of actor {actor}, ended with {answer:?}");
            return Err(("everything is in order once nothing goes wrong", what));
        }
        if let (true, Ask::Append | Ask::AppendLate, Some((_, Some(place)))) =
            (is_done, ask, answer)
        {
            self.acknowledged.push((at, actor, op, place));
        }
        if self.is_settled && took > SOON {
            let what = format!("operation {op}, {ask:?} of actor {actor}, took {took:?}");
            return Err(("everything is in order once nothing goes wrong", what));
        }
        // What is not there was destroyed, and somebody wanted that.
        if answer.is_some_and(|(status, _)| status == 404) && !self.may_end.contains(&actor) {
            let what =
                format!("operation {op}: actor {actor} is gone, and nobody has asked for its end");
            return Err(("an actor lives until its end is asked for", what));
        }
        Ok(())
    }

    fn started(
        &mut self,
        instance: Instance,
        process: Process,
        actor: Actor,
        generation: u32,
    ) -> Checked {
        self.tally.instances += 1;
        let lived = Lived {
            actor,
            has_ended: false,
        };
        self.instances.insert(instance, lived);
        let host = self.host(process);
        let is_stale = |&(of, at, before): &(Actor, Process, u32)| {
            of == actor && at == host && before < generation
        };
        let is_double = |&(other, of, same): &(Process, Actor, u32)| {
            of == actor && same == generation && other != process && self.host(other) == host
        };
        if self.puts.values().any(is_stale) || self.starts.iter().any(is_double) {
            self.loose.insert(actor);
        }
        if !self.starts.insert((process, actor, generation)) {
            let what =
                format!("process {process} starts generation {generation} of actor {actor} again");
            return Err(("every start once", what));
        }
        Ok(())
    }

    fn applied(
        &mut self,
        actor: Actor,
        head: u64,
        entry: Option<Entry>,
        entries: usize,
        is_next: bool,
        active: Option<u64>,
    ) -> Checked {
        let Some(entry) = entry.filter(|_| is_next) else {
            let what = format!(
                "actor {actor}: the commit to head {head} was not built on the one before; there are {entries} entries"
            );
            return Err(("a commit builds on what was committed before", what));
        };
        let list = self.lists.entry(actor).or_default();
        if list.iter().any(|other| other.op == entry.op) {
            let what = format!("actor {actor}: operation {} was applied twice", entry.op);
            return Err(("nothing is done twice", what));
        }
        list.push(entry);
        if active != Some(u64::from(entry.generation)) {
            let what = format!(
                "actor {actor}: generation {} has written, and the active one is {active:?}",
                entry.generation
            );
            return Err(("only the active generation writes", what));
        }
        let writers = self.writers.entry(actor).or_default();
        if writers.last() != Some(&entry.writer) {
            if writers.contains(&entry.writer) {
                let what = format!(
                    "actor {actor}: instance {} has written, after others had: {writers:?}",
                    entry.writer
                );
                return Err(("there is one writer at a time", what));
            }
            writers.push(entry.writer);
        }
        Ok(())
    }

    fn recorded(&mut self, actor: Actor, generation: u64, phase: &str, has_host: bool) -> Checked {
        // In which order a generation goes through its phases.
        let rank = match phase {
            "starting" => 1,
            "running" => 2,
            "sleeping" | "pending" => 4,
            "destroyed" => 5,
            _ => 3,
        };
        if phase == "destroyed" && !self.may_end.contains(&actor) {
            let what = format!("actor {actor} is destroyed, and nobody has asked for that");
            return Err(("an actor lives until its end is asked for", what));
        }
        if has_host == (rank > 3) {
            let what = format!("actor {actor} is {phase}, and has a host: {has_host}");
            return Err(("a generation has a host until it is over", what));
        }
        if let Some(before) = self.records.get(&actor) {
            let is_later = generation == before.generation && rank >= before.rank
                || generation == before.generation + 1 && before.rank < 5;
            if !is_later {
                let what = format!(
                    "actor {actor} is {phase} in generation {generation}, and was {} in {}",
                    before.phase, before.generation
                );
                return Err(("every stop once", what));
            }
        }
        if self
            .records
            .get(&actor)
            .is_none_or(|before| before.generation != generation)
        {
            self.tally.generations += 1;
        }
        let record = Record {
            generation,
            rank,
            phase: phase.to_owned(),
        };
        self.records.insert(actor, record);
        Ok(())
    }

    fn key(&mut self, actor: Actor, request: OpId, answer: Option<u64>) -> Checked {
        // What is not answered may still be done.
        let Some(value) = answer else {
            return Ok(());
        };
        self.tally.keys += 1;
        self.puts.remove(&request);
        if self.loose.contains(&actor) {
            return Ok(());
        }
        let acknowledged = self.keys.entry(actor).or_default();
        match self.floors.remove(&request) {
            // A read.
            Some(floor) if value < floor => {
                let what =
                    format!("actor {actor}: {value} was read, after {floor} was acknowledged");
                return Err(("no acknowledged value is lost", what));
            }
            Some(_) => {}
            None => *acknowledged = value.max(*acknowledged),
        }
        Ok(())
    }

    fn host(&self, process: Process) -> Process {
        self.hosts.get(&process).copied().unwrap_or(process)
    }

    fn is_destroyed(&self, actor: Actor) -> bool {
        self.records
            .get(&actor)
            .is_some_and(|record| record.rank == 5)
    }

    fn end(&self) -> Result<(), Violation> {
        for &(at, actor, op, place) in &self.acknowledged {
            let list = self.lists.get(&actor);
            let found = list.and_then(|list| list.get(place)).map(|entry| entry.op);
            if found != Some(op) {
                let what = format!(
                    "actor {actor}: operation {op} was acknowledged as entry {place}, where {found:?} is"
                );
                let rule = "no acknowledged commit is lost";
                return Err(Violation { rule, at, what });
            }
        }
        Ok(())
    }
}
