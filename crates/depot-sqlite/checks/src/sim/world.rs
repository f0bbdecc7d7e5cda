//! One seed: instances on real threads, a network that somebody drives, a store behind it.
//!
//! All that threads do between two decisions is waited for: an instance is at rest when its operations are answered or
//! when its request has arrived in the network. So nothing depends on how threads are scheduled, and a seed is the same
//! each time.

mod calm;
mod instance;
mod network;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use depot::MemoryEngine;
use depot::fault::PlayedDisk;
use depot_sqlite::{Commit, Committed, Config, Ending, ErrorKind, Pages, Resend, SourceError};

use self::instance::Instance;
use crate::sim::hub::{Hub, InstanceId, Request};
use crate::sim::log::{Event, Log, OpId, RequestId, code};
use crate::sim::server::{Asker, Mutant, Server, Storage};
use crate::sim::workload::Op;
use seeds::Random;

/// Instances of a seed, at most, before it calms down.
const INSTANCES: usize = 8;
/// Instances that run at the same time, at most.
const AT_ONCE: usize = 4;
/// Far beyond what any seed needs.
const MOST_STEPS: u64 = 20_000;

/// What a seed is like.
struct Plan {
    /// Decisions before it calms down.
    steps: u64,
    /// Something goes wrong with one request in so many; 0 for none.
    faults: u64,
    /// An event in the life of an instance is one decision in so many.
    lives: u64,
    /// Whether two instances of a generation may run, and whether the store recognises its last commit. A store that
    /// does not is for a generation that is sure to have one instance.
    copies: bool,
    /// The pause before a commit is sent again. Beyond the bound, a lost answer leaves the commit undecided at once.
    pause: Duration,
}

/// A request that an instance waits for.
struct InFlight {
    id: RequestId,
    request: Request,
    /// What the store has answered, if it was asked already.
    answer: Option<Reply>,
}

enum Reply {
    Read(Result<Pages, SourceError>),
    Commit(Result<Committed, SourceError>),
}

/// A copy of a commit that may still reach the store.
struct Late {
    id: RequestId,
    asker: Asker,
    commit: Commit,
    stamp: i64,
}

pub(crate) struct World {
    hub: Arc<Hub>,
    server: Server,
    random: Random,
    plan: Plan,
    /// Milliseconds; each decision is a new one.
    clock: i64,
    newest: u64,
    instances: Vec<Instance>,
    in_flight: BTreeMap<InstanceId, InFlight>,
    late: Vec<Late>,
    requests: RequestId,
    ops: OpId,
    log: Log,
}

impl World {
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>) -> Result<Self> {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
        let storage = if random.one_in(12) {
            Storage::Disk(PlayedDisk::new())
        } else {
            Storage::Memory(Arc::new(MemoryEngine::new()))
        };
        let copies = !random.one_in(4);
        let plan = Plan {
            steps: 40 + random.below(160),
            faults: [3, 6, 12, 40][usize::try_from(random.below(4))?],
            lives: 12 + random.below(40),
            copies,
            pause: if random.one_in(3) {
                Duration::from_hours(1)
            } else {
                Duration::ZERO
            },
        };
        Ok(Self {
            hub: Arc::default(),
            server: Server::new(storage, copies, mutant)?,
            random,
            plan,
            clock: 1_700_000_000_000,
            newest: 0,
            instances: Vec::new(),
            in_flight: BTreeMap::new(),
            late: Vec::new(),
            requests: 0,
            ops: 0,
            log: Log::default(),
        })
    }

    /// Runs the seed to its end, and hands out the database. The log is there in any case.
    pub(crate) fn run(&mut self) -> Result<(u64, Vec<u8>)> {
        self.start_generation()?;
        for _ in 0..self.plan.steps {
            self.step()?;
        }
        self.calm_down()?;
        let end = self.server.image()?;
        for instance in 0..self.instances.len() {
            self.close(instance)?;
        }
        Ok(end)
    }

    pub(crate) fn into_log(mut self) -> Log {
        std::mem::take(&mut self.log)
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    fn step(&mut self) -> Result<()> {
        self.clock += 1 + i64::try_from(self.random.below(50))?;
        if self.random.one_in(self.plan.lives) {
            return self.live();
        }
        let mut choices: Vec<Choice> = Vec::new();
        for &instance in self.in_flight.keys() {
            choices.extend([Choice::Serve(instance); 6]);
        }
        choices.extend((0..self.late.len()).map(Choice::Late));
        for (id, instance) in self.instances.iter().enumerate() {
            let weight = match (instance.busy(), instance.over) {
                (0, false) => 5,
                (0, true) | (1, false) => 1,
                _ => 0,
            };
            choices.extend(std::iter::repeat_n(Choice::Begin(id), weight));
        }
        let Some(&choice) = pick(&mut self.random, &choices) else {
            return self.live();
        };
        match choice {
            Choice::Serve(instance) => self.serve(instance),
            Choice::Late(place) => self.arrive_late(place),
            Choice::Begin(instance) => self.begin_any(instance),
        }
    }

    /// Something happens to a host, or to the store.
    fn live(&mut self) -> Result<()> {
        let live: Vec<InstanceId> = self.live_instances();
        let room = live.len() < AT_ONCE && self.instances.len() < INSTANCES;
        match self.random.below(9) {
            0..=1 if room || live.is_empty() => self.start_generation(),
            2..=4 if room && self.plan.copies => {
                let generation = match pick(&mut self.random, &live) {
                    Some(&of) if !self.random.one_in(3) => self.instances[of].generation,
                    _ => self.newest,
                };
                self.start(generation)
            }
            5 if live.len() > 1 => match pick(&mut self.random, &live) {
                Some(&instance) => self.close(instance),
                None => Ok(()),
            },
            // Whoever still runs does not hear of it.
            8 if self.random.one_in(3) => {
                self.server.release(self.newest)?;
                let generation = self.newest;
                self.log.add(Event::Released { generation });
                Ok(())
            }
            6 => {
                let stale = live
                    .into_iter()
                    .find(|&instance| self.instances[instance].generation < self.newest);
                stale.map_or(Ok(()), |instance| self.tell(instance))
            }
            _ => {
                self.server.sweep()?;
                self.log.add(Event::Swept);
                Ok(())
            }
        }
    }

    fn live_instances(&self) -> Vec<InstanceId> {
        (0..self.instances.len())
            .filter(|&id| !self.instances[id].over)
            .collect()
    }

    fn start_generation(&mut self) -> Result<()> {
        self.newest = self.server.allocate()?;
        self.log.add(Event::Allocated {
            generation: self.newest,
        });
        self.start(self.newest)
    }

    /// Starts an instance of a generation: its first, or a copy.
    fn start(&mut self, generation: u64) -> Result<()> {
        let id = self.instances.len();
        let mut config = Config::new(format!("{id}"));
        config.preload = [1, 8, 128][usize::try_from(self.random.below(3))?];
        config.cache = [0, 4, 16, 2048][usize::try_from(self.random.below(4))?];
        config.read_ahead.most = [1, 8, 64][usize::try_from(self.random.below(3))?];
        // Time is no reason for anything here, so that a slow machine does the same as a fast one.
        config.commit_attempt = Duration::from_mins(10);
        config.commit_bound = Duration::from_mins(10);
        config.resend_pause = self.plan.pause;
        config.limits.time = None;
        let sqlite_cache = [0, 10, 500][usize::try_from(self.random.below(3))?];
        let recognised = self.plan.copies;
        let resend = if recognised {
            Resend::Recognised
        } else {
            Resend::AppliedIfNext
        };
        let how = (config, sqlite_cache);
        let instance = Instance::new(&self.hub, id, generation, resend, how);
        self.instances.push(instance);
        self.log.add(Event::Started {
            instance: id,
            generation,
            recognised,
        });
        self.begin(id, Op::Open)
    }

    /// Gives an instance the operation that is next for it, or any.
    fn begin_any(&mut self, id: InstanceId) -> Result<()> {
        let op = self.instances[id].any_op(&mut self.random);
        self.begin(id, op)
    }

    fn begin(&mut self, id: InstanceId, what: Op) -> Result<()> {
        let op = self.ops;
        self.ops += 1;
        self.log.add(Event::Began {
            instance: id,
            op,
            what,
        });
        self.instances[id].begin(id, op, what);
        self.settle()
    }

    /// The host of a stale instance hears that its generation is over.
    fn tell(&mut self, id: InstanceId) -> Result<()> {
        let flight = self.withdraw(id);
        self.log.add(Event::Told { instance: id });
        self.instances[id].database.supersede(SourceError::new(
            ErrorKind::Superseded,
            "sim",
            "lost",
            "the actor runs elsewhere",
        ));
        self.settle()?;
        drop(flight);
        Ok(())
    }

    fn close(&mut self, id: InstanceId) -> Result<()> {
        let flight = self.withdraw(id);
        self.log.add(Event::Closed { instance: id });
        // Waits for the thread, but not for the network.
        pollster::block_on(self.instances[id].database.close());
        self.settle()?;
        drop(flight);
        Ok(())
    }

    fn asker(&self, instance: InstanceId) -> Asker {
        Asker {
            instance,
            generation: self.instances[instance].generation,
        }
    }

    fn stamp(&self, id: InstanceId) -> i64 {
        self.instances[id].stamp.map_or(0, |(_, stamp)| stamp)
    }

    /// Waits until every instance is at rest, and notes what it did.
    fn settle(&mut self) -> Result<()> {
        let mut arrived = BTreeMap::new();
        loop {
            for (id, mut requests) in self.hub.arrived() {
                let request = requests.pop().context("nobody asked")?;
                let alone = requests.is_empty() && !self.in_flight.contains_key(&id);
                ensure!(
                    alone && arrived.insert(id, request).is_none(),
                    "instance {id} has two requests at a time"
                );
            }
            let mut restless = false;
            for id in 0..self.instances.len() {
                while let Some((op, outcome)) = self.instances[id].finished(&self.hub, id) {
                    self.log.add(Event::Finished {
                        instance: id,
                        op,
                        outcome,
                    });
                }
                let waits = self.in_flight.contains_key(&id) || arrived.contains_key(&id);
                restless |= !waits && self.instances[id].busy() > 0;
            }
            if !restless {
                break;
            }
            if !self.hub.wait() {
                bail!("an instance neither asks nor answers");
            }
        }
        for id in 0..self.instances.len() {
            if let Some(ending) = self.instances[id].has_ended(&self.hub, id) {
                self.log.add(Event::Ended {
                    instance: id,
                    superseded: matches!(&*ending, Ending::Superseded(_)),
                    code: code(ending.error()),
                });
            }
        }
        for (id, request) in arrived {
            self.asked(id, request);
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for instance in &self.instances {
            // Where a seed was given up in the middle: no thread may stay.
            drop(instance.database.close());
        }
    }
}

#[derive(Clone, Copy)]
enum Choice {
    Serve(InstanceId),
    Late(usize),
    Begin(InstanceId),
}

fn pick<'a, T>(random: &mut Random, from: &'a [T]) -> Option<&'a T> {
    if from.is_empty() {
        return None;
    }
    let place = random.below(from.len() as u64);
    from.get(usize::try_from(place).ok()?)
}
