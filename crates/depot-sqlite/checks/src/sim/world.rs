//! One seed: instances on real threads, a network that somebody drives, a store behind it.
//!
//! All that threads do between two decisions is waited for: an instance is at rest when its operations are answered or
//! when its request has arrived in the network. So nothing depends on how threads are scheduled, and a seed is the same
//! each time.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use depot::MemoryEngine;
use depot::engine::EngineError;
use depot::fault::{Fault, PlayedDisk, Point};
use depot_sqlite::{
    Commit, Committed, Config, Database, Ending, Error, ErrorKind, Pages, Resend, SourceError,
    Value,
};

use crate::random::Random;
use crate::sim::hub::{Hub, InstanceId, Port, Request};
use crate::sim::log::{
    Answer, Ask, Delivery, Did, Event, Log, OpId, Outcome, RequestId, code, print,
};
use crate::sim::server::{Asker, Mishap, Mutant, Server, Storage};
use crate::sim::workload::{Op, Sql, place, snapshot, sql};

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

struct Instance {
    generation: u64,
    database: Database,
    ended: Pin<Box<dyn Future<Output = Option<Arc<Ending>>> + Send>>,
    /// Whether `ended` is answered.
    over: bool,
    closed: bool,
    opened: bool,
    ready: bool,
    running: VecDeque<Running>,
    seq: i64,
    /// The commit that is to be decided: when it says that it was made, and when that is here.
    stamp: Option<(SystemTime, i64)>,
    sqlite_cache: i64,
}

struct Running {
    op: OpId,
    what: Op,
    outcome: Pin<Box<dyn Future<Output = Outcome> + Send>>,
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
                Duration::from_secs(3600)
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
            let weight = match (instance.running.len(), instance.over || instance.closed) {
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
        match self.random.below(8) {
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
            .filter(|&id| !self.instances[id].over && !self.instances[id].closed)
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
        config.commit_attempt = Duration::from_secs(600);
        config.commit_bound = Duration::from_secs(600);
        config.resend_pause = self.plan.pause;
        config.limits.time = None;
        let recognised = self.plan.copies;
        let port = Port {
            hub: Arc::clone(&self.hub),
            instance: id,
            resend: if recognised {
                Resend::Recognised
            } else {
                Resend::AppliedIfNext
            },
        };
        let database = Database::new(port, config);
        self.instances.push(Instance {
            generation,
            ended: Box::pin(database.ended()),
            database,
            over: false,
            closed: false,
            opened: false,
            ready: false,
            running: VecDeque::new(),
            seq: 0,
            stamp: None,
            sqlite_cache: [0, 10, 500][usize::try_from(self.random.below(3))?],
        });
        self.log.add(Event::Started {
            instance: id,
            generation,
            recognised,
        });
        self.begin(id, Op::Open)
    }

    /// Gives an instance the operation that is next for it, or any.
    fn begin_any(&mut self, id: InstanceId) -> Result<()> {
        let random = &mut self.random;
        let instance = &mut self.instances[id];
        let op = if !instance.opened {
            Op::Open
        } else if !instance.ready {
            Op::SetUp
        } else {
            instance.seq += 1;
            let seq = instance.seq;
            match random.below(40) {
                0..=9 => Op::Write { seq },
                10..=13 => Op::Transaction { seq },
                14 => Op::RolledBack { seq },
                15 => Op::TooLarge { seq },
                16..=22 => Op::Tally,
                23..=24 => Op::Grow {
                    rows: 1 + i64::try_from(random.below(12))?,
                },
                25 => Op::Shrink,
                26 => Op::Vacuum,
                27 => Op::Check,
                _ => Op::Read,
            }
        };
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
        let instance = &mut self.instances[id];
        let database = instance.database.clone();
        let outcome: Pin<Box<dyn Future<Output = Outcome> + Send>> =
            match sql(what, id, instance.sqlite_cache) {
                None => Box::pin(async move {
                    database
                        .open()
                        .await
                        .map_or_else(|error| failed(&error), |()| done())
                }),
                Some(Sql::Script(script)) => {
                    let answer = database.exec(script);
                    Box::pin(async move {
                        answer.await.map_or_else(
                            |error| failed(&error),
                            |rows| Outcome::Done {
                                place: what.seq().and_then(|_| place(&rows)),
                                saw: None,
                            },
                        )
                    })
                }
                Some(Sql::One(statement, values)) => {
                    let answer = database.execute(statement, values);
                    Box::pin(async move {
                        match answer.await {
                            Err(error) => failed(&error),
                            Ok(executed) if what == Op::Check => {
                                if executed.rows.rows == [[Value::from("ok")]] {
                                    done()
                                } else {
                                    corrupt(&executed.rows.rows)
                                }
                            }
                            Ok(executed) => Outcome::Done {
                                place: what.seq().and_then(|_| place(&executed.rows)),
                                saw: (what == Op::Read).then(|| snapshot(&executed)).flatten(),
                            },
                        }
                    })
                }
            };
        instance.running.push_back(Running { op, what, outcome });
        self.settle()
    }

    /// Decides about the request of an instance.
    fn serve(&mut self, id: InstanceId) -> Result<()> {
        let Some(mut flight) = self.in_flight.remove(&id) else {
            return Ok(());
        };
        let wrong = self.plan.faults > 0 && self.random.one_in(self.plan.faults);
        let asker = self.asker(id);
        let reply = match (flight.answer.take(), &flight.request) {
            (Some(reply), _) if !wrong => Some(reply),
            (Some(Reply::Commit(Ok(_))), Request::Commit(commit, _)) => {
                Some(Reply::Commit(self.server.decide_by_reading(commit, lost())))
            }
            (Some(Reply::Read(_)), _) => Some(Reply::Read(Err(unavailable()))),
            (Some(reply), _) => Some(reply),
            (None, Request::Read(request, _)) => {
                let choice = if wrong { self.random.below(4) } else { 4 };
                if choice == 0 {
                    Some(Reply::Read(Err(unavailable())))
                } else {
                    let mishap = if choice == 1 {
                        let failed = EngineError::Failed("a fault of the simulation".to_owned());
                        Mishap::Fault(Point::Read, Fault::Fail(failed))
                    } else {
                        Mishap::None
                    };
                    let (answer, did) = self.server.read(asker, request, &mishap);
                    self.reached(flight.id, Delivery::Awaited, did);
                    match choice {
                        2 => Some(Reply::Read(Err(unavailable()))),
                        3 => {
                            flight.answer = Some(Reply::Read(answer));
                            None
                        }
                        _ => Some(Reply::Read(answer)),
                    }
                }
            }
            (None, Request::Commit(commit, _)) => {
                let commit = commit.clone();
                self.serve_commit(asker, &mut flight, &commit, wrong)?
            }
        };
        match reply {
            Some(reply) => self.answer(id, flight, reply),
            None => {
                self.in_flight.insert(id, flight);
                Ok(())
            }
        }
    }

    fn serve_commit(
        &mut self,
        asker: Asker,
        flight: &mut InFlight,
        commit: &Commit,
        wrong: bool,
    ) -> Result<Option<Reply>> {
        let stamp = self.stamp(asker.instance);
        let late = |id| Late {
            id,
            asker,
            commit: commit.clone(),
            stamp,
        };
        let choice = if wrong { self.random.below(16) } else { 16 };
        if choice <= 3 {
            // Lost on the way there, or held up.
            if choice < 2 {
                self.log.add(Event::Dropped { request: flight.id });
            } else {
                self.late.push(late(flight.id));
            }
            let answer = self.server.decide_by_reading(commit, lost());
            return Ok(Some(Reply::Commit(answer)));
        }
        let mishap = if (8..16).contains(&choice) {
            self.mishap()
        } else {
            Mishap::None
        };
        let served = self
            .server
            .commit(asker, commit, stamp, &mishap, &mut self.random)?;
        self.reached(flight.id, Delivery::Awaited, served.did);
        if let Some(why) = served.restarted {
            self.log.add(Event::Restarted { why });
        }
        let answer = match served.answer {
            Err(error) if error.kind() == ErrorKind::Indeterminate => {
                self.server.decide_by_reading(commit, error)
            }
            answer => answer,
        };
        match (choice, &answer) {
            (4, Ok(_)) => Ok(Some(Reply::Commit(
                self.server.decide_by_reading(commit, lost()),
            ))),
            (5, Ok(_)) => {
                self.late.push(late(flight.id));
                let answer = self.server.decide_by_reading(commit, lost());
                Ok(Some(Reply::Commit(answer)))
            }
            (6, Ok(_)) => {
                flight.answer = Some(Reply::Commit(answer));
                Ok(None)
            }
            (7, Ok(_)) => {
                self.late.push(late(flight.id));
                Ok(Some(Reply::Commit(answer)))
            }
            _ => Ok(Some(Reply::Commit(answer))),
        }
    }

    /// A fault of the store's own.
    fn mishap(&mut self) -> Mishap {
        let random = &mut self.random;
        if self.server.has_disk() && random.one_in(2) {
            let after = random.below(12);
            return if random.one_in(2) {
                Mishap::PowerCut { after }
            } else {
                Mishap::DiskFull { after }
            };
        }
        let text = || "a fault of the simulation".to_owned();
        let before = [Point::BeforeCommit, Point::DuringCommit];
        let point = before[usize::from(random.one_in(2))];
        match random.below(10) {
            0..=1 => Mishap::Fault(point, Fault::Fail(EngineError::Failed(text()))),
            2..=3 => Mishap::Fault(point, Fault::Fail(EngineError::Full(text()))),
            4 => Mishap::Fault(point, Fault::Fail(EngineError::Overloaded { max: 1 })),
            5 => Mishap::Fault(point, Fault::LoseAnswer),
            6 => Mishap::Fault(point, Fault::Fail(EngineError::Poisoned(text()))),
            7 => Mishap::Fault(
                Point::AfterCommit,
                Fault::Fail(EngineError::Poisoned(text())),
            ),
            _ => Mishap::Fault(Point::AfterCommit, Fault::LoseAnswer),
        }
    }

    fn answer(&mut self, id: InstanceId, flight: InFlight, reply: Reply) -> Result<()> {
        let request = flight.id;
        let answer = match &reply {
            Reply::Read(Ok(pages)) => Answer::Pages {
                head: pages.head,
                pages: pages
                    .pages
                    .iter()
                    .map(|page| (page.number, page.data.as_deref().map(print)))
                    .collect(),
            },
            Reply::Commit(Ok(committed)) => Answer::Committed {
                head: committed.head,
            },
            Reply::Read(Err(error)) | Reply::Commit(Err(error)) => Answer::failed(error),
        };
        if let Reply::Commit(Err(error)) = &reply
            && error.kind() == ErrorKind::Refused
        {
            // What a source promises with such an answer: no copy of the commit is on its way any more.
            self.drop_late(id);
        }
        self.log.add(Event::Answered { request, answer });
        let heard = match (flight.request, reply) {
            (Request::Read(_, sender), Reply::Read(answer)) => sender.send(answer).is_ok(),
            (Request::Commit(_, sender), Reply::Commit(answer)) => sender.send(answer).is_ok(),
            _ => false,
        };
        ensure!(heard, "request #{request} of {id} was given up by itself");
        self.settle()
    }

    fn drop_late(&mut self, id: InstanceId) {
        let stamp = self.stamp(id);
        let (gone, kept) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|late| late.asker.instance == id && late.stamp == stamp);
        self.late = kept;
        let gone: Vec<Late> = gone;
        for late in gone {
            self.log.add(Event::Dropped { request: late.id });
        }
    }

    fn arrive_late(&mut self, place: usize) -> Result<()> {
        let late = self.late.swap_remove(place);
        if self.plan.faults > 0 && self.random.one_in(4) {
            self.log.add(Event::Dropped { request: late.id });
            return Ok(());
        }
        let served = self.server.commit(
            late.asker,
            &late.commit,
            late.stamp,
            &Mishap::None,
            &mut self.random,
        )?;
        self.reached(late.id, Delivery::Late, served.did);
        Ok(())
    }

    fn reached(&mut self, request: RequestId, copy: Delivery, did: Did) {
        self.log.add(Event::Reached { request, copy, did });
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
        if !self.instances[id].closed {
            self.log.add(Event::Closed { instance: id });
        }
        self.instances[id].closed = true;
        // Waits for the thread, but not for the network.
        pollster::block_on(self.instances[id].database.close());
        self.settle()?;
        drop(flight);
        Ok(())
    }

    /// Takes the request of an instance that will not wait for it any more. The way back stays, so that nothing is
    /// answered by its going.
    fn withdraw(&mut self, id: InstanceId) -> Option<InFlight> {
        let flight = self.in_flight.remove(&id)?;
        self.log.add(Event::Withdrawn { request: flight.id });
        if let Request::Commit(commit, _) = &flight.request
            && flight.answer.is_none()
            && self.random.one_in(2)
        {
            let late = Late {
                id: flight.id,
                asker: self.asker(id),
                commit: commit.clone(),
                stamp: self.stamp(id),
            };
            self.late.push(late);
        }
        Some(flight)
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
                self.finish(id);
                let waits = self.in_flight.contains_key(&id) || arrived.contains_key(&id);
                restless |= !waits && !self.instances[id].running.is_empty();
            }
            if !restless {
                break;
            }
            if !self.hub.wait() {
                bail!("an instance neither asks nor answers");
            }
        }
        for id in 0..self.instances.len() {
            self.look_for_an_end(id);
        }
        for (id, request) in arrived {
            self.asked(id, request);
        }
        Ok(())
    }

    /// Notes the operations of an instance that are answered.
    fn finish(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        while let Some(running) = instance.running.front_mut() {
            let Poll::Ready(outcome) = self.hub.poll(id, running.outcome.as_mut()) else {
                return;
            };
            let Running { op, what, .. } = *running;
            instance.running.pop_front();
            let good = matches!(outcome, Outcome::Done { .. });
            instance.opened |= good && what == Op::Open;
            instance.ready |= good && what == Op::SetUp;
            self.log.add(Event::Finished {
                instance: id,
                op,
                outcome,
            });
        }
    }

    fn look_for_an_end(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        if instance.over {
            return;
        }
        let Poll::Ready(ended) = self.hub.poll(id, instance.ended.as_mut()) else {
            return;
        };
        instance.over = true;
        if let Some(ending) = ended {
            self.log.add(Event::Ended {
                instance: id,
                superseded: matches!(&*ending, Ending::Superseded(_)),
                code: code(ending.error()),
            });
        }
    }

    fn asked(&mut self, id: InstanceId, request: Request) {
        let number = self.requests;
        self.requests += 1;
        let (epoch, expected, ask) = match &request {
            Request::Read(read, _) => {
                let pages = read.pages.clone();
                (read.epoch, read.expected_head, Ask::Read { pages })
            }
            Request::Commit(commit, _) => {
                let stamp = &mut self.instances[id].stamp;
                if commit.attempt == 0 {
                    *stamp = Some((commit.time, self.clock));
                }
                let ask = Ask::Commit {
                    attempt: commit.attempt,
                    pages: commit
                        .pages
                        .iter()
                        .map(|page| (page.number, print(&page.data)))
                        .collect(),
                    size: commit.size,
                    same_time: stamp.is_some_and(|(time, _)| time == commit.time),
                };
                (commit.epoch, commit.expected_head, ask)
            }
        };
        self.log.add(Event::Asked {
            instance: id,
            request: number,
            epoch,
            expected,
            ask,
        });
        self.in_flight.insert(
            id,
            InFlight {
                id: number,
                request,
                answer: None,
            },
        );
    }

    /// Nothing fails any more, and everyone writes: then it shows who is stale. One is left.
    fn calm_down(&mut self) -> Result<()> {
        self.plan.faults = 0;
        self.log.add(Event::Calm);
        let mut steps = 0;
        while !self.late.is_empty() || self.in_flight.keys().next().is_some() {
            steps += 1;
            ensure!(steps < MOST_STEPS, "the requests do not come to an end");
            self.clock += 1;
            if self.late.is_empty() || self.random.one_in(2) && !self.in_flight.is_empty() {
                let waiting: Vec<InstanceId> = self.in_flight.keys().copied().collect();
                if let Some(&instance) = pick(&mut self.random, &waiting) {
                    self.serve(instance)?;
                }
            } else {
                let place = usize::try_from(self.random.below(self.late.len() as u64))?;
                self.arrive_late(place)?;
            }
        }
        let survivor = self.find_survivor()?;
        self.run_op(survivor, Op::Read)?;
        self.run_op(survivor, Op::Check)?;
        for id in 0..self.instances.len() {
            if id != survivor {
                self.run_op(id, Op::Read)?;
            }
        }
        Ok(())
    }

    fn find_survivor(&mut self) -> Result<InstanceId> {
        for _ in 0..INSTANCES + 4 {
            let mut live = self.live_instances();
            if live.is_empty() {
                self.start_generation()?;
                live = self.live_instances();
            }
            let mut wrote = None;
            while !live.is_empty() {
                let place = usize::try_from(self.random.below(live.len() as u64))?;
                let id = live.swap_remove(place);
                for _ in 0..3 {
                    if !self.instances[id].opened {
                        self.run_op(id, Op::Open)?;
                    } else if !self.instances[id].ready {
                        self.run_op(id, Op::SetUp)?;
                    }
                }
                self.instances[id].seq += 1;
                let seq = self.instances[id].seq;
                self.run_op(id, Op::Write { seq })?;
                if !self.instances[id].over {
                    wrote = Some(id);
                }
            }
            if let ([survivor], Some(_)) = (&self.live_instances()[..], wrote) {
                return Ok(*survivor);
            }
        }
        bail!("it does not show who is stale");
    }

    /// Runs an operation to its end.
    fn run_op(&mut self, id: InstanceId, op: Op) -> Result<()> {
        self.clock += 1;
        self.begin(id, op)?;
        let mut steps = 0;
        while self.in_flight.contains_key(&id) {
            steps += 1;
            ensure!(steps < MOST_STEPS, "an operation does not come to an end");
            self.serve(id)?;
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

fn lost() -> SourceError {
    SourceError::new(
        ErrorKind::Indeterminate,
        "sim",
        "connection_lost",
        "the connection was lost",
    )
}

fn unavailable() -> SourceError {
    SourceError::new(
        ErrorKind::Transient,
        "sim",
        "unavailable",
        "there is no connection",
    )
}

fn done() -> Outcome {
    Outcome::Done {
        place: None,
        saw: None,
    }
}

fn corrupt(rows: &[Vec<Value>]) -> Outcome {
    Outcome::Failed {
        code: "sim.corrupt".to_owned(),
        text: format!("{rows:?}"),
        cause: None,
    }
}

fn failed(error: &Error) -> Outcome {
    let cause = match error {
        Error::Closed { cause: Some(cause) } => Some(code(cause.error())),
        _ => None,
    };
    Outcome::Failed {
        code: format!("{}.{}", error.group(), error.code()),
        text: error.to_string(),
        cause,
    }
}
