//! One instance of the database, as its host has it.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::SystemTime;

use depot_sqlite::{Config, Database, Ending, Error, Resend, Value};

use crate::sim::hub::{Hub, InstanceId, Port};
use crate::sim::log::{OpId, Outcome, code};
use crate::sim::workload::{Op, Sql, place, snapshot, sql};
use seeds::Random;

pub(super) struct Instance {
    pub(super) generation: u64,
    pub(super) database: Database,
    ended: Pin<Box<dyn Future<Output = Option<Arc<Ending>>> + Send>>,
    /// Whether it has ended or was closed.
    pub(super) over: bool,
    stage: Stage,
    running: VecDeque<Running>,
    seq: i64,
    /// The commit that is to be decided: when it says that it was made, and when that is in the simulation.
    pub(super) stamp: Option<(SystemTime, i64)>,
    sqlite_cache: i64,
}

/// How far an instance has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Opened,
    Ready,
}

struct Running {
    op: OpId,
    what: Op,
    outcome: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

impl Instance {
    pub(super) fn new(
        hub: &Arc<Hub>,
        id: InstanceId,
        generation: u64,
        resend: Resend,
        (config, sqlite_cache): (Config, i64),
    ) -> Self {
        let port = Port {
            hub: Arc::clone(hub),
            instance: id,
            resend,
        };
        let database = Database::new(port, config);
        Self {
            generation,
            ended: Box::pin(database.ended()),
            database,
            over: false,
            stage: Stage::New,
            running: VecDeque::new(),
            seq: 0,
            stamp: None,
            sqlite_cache,
        }
    }

    /// Operations that are not answered yet.
    pub(super) fn busy(&self) -> usize {
        self.running.len()
    }

    /// What has to be done before anything else, if something has.
    pub(super) fn preparation(&self) -> Option<Op> {
        match self.stage {
            Stage::New => Some(Op::Open),
            Stage::Opened => Some(Op::SetUp),
            Stage::Ready => None,
        }
    }

    /// A write that it has not made yet.
    pub(super) fn write(&mut self) -> Op {
        self.seq += 1;
        Op::Write { seq: self.seq }
    }

    /// Any operation that can be next.
    pub(super) fn any_op(&mut self, random: &mut Random) -> Op {
        if let Some(op) = self.preparation() {
            return op;
        }
        self.seq += 1;
        let seq = self.seq;
        match random.below(40) {
            0..=9 => Op::Write { seq },
            10..=13 => Op::Transaction { seq },
            14 => Op::RolledBack { seq },
            15 => Op::TooLarge { seq },
            16..=22 => Op::Tally,
            23..=24 => Op::Grow {
                rows: [1, 3, 12][usize::from(random.one_in(2)) + usize::from(random.one_in(2))],
            },
            25 => Op::Shrink,
            26 => Op::Vacuum,
            27 => Op::Check,
            _ => Op::Read,
        }
    }

    /// Puts an operation into its queue.
    pub(super) fn begin(&mut self, id: InstanceId, op: OpId, what: Op) {
        let database = self.database.clone();
        let outcome: Pin<Box<dyn Future<Output = Outcome> + Send>> =
            match sql(what, id, self.sqlite_cache) {
                None => Box::pin(async move {
                    match database.open().await {
                        Ok(()) => done(),
                        Err(error) => failed(&error),
                    }
                }),
                Some(Sql::Script(script)) => {
                    let answer = database.exec(script);
                    Box::pin(async move {
                        match answer.await {
                            Err(error) => failed(&error),
                            Ok(rows) => Outcome::Done {
                                place: what.seq().and_then(|_| place(&rows)),
                                saw: None,
                            },
                        }
                    })
                }
                Some(Sql::One(statement, values)) => {
                    let answer = database.execute(statement, values);
                    Box::pin(async move {
                        match answer.await {
                            Err(error) => failed(&error),
                            Ok(executed) if what == Op::Check => whole(&executed.rows.rows),
                            Ok(executed) => Outcome::Done {
                                place: what.seq().and_then(|_| place(&executed.rows)),
                                saw: (what == Op::Read).then(|| snapshot(&executed)).flatten(),
                            },
                        }
                    })
                }
            };
        self.running.push_back(Running { op, what, outcome });
    }

    /// The next operation that is answered, if one is.
    pub(super) fn finished(&mut self, hub: &Arc<Hub>, id: InstanceId) -> Option<(OpId, Outcome)> {
        let running = self.running.front_mut()?;
        let Poll::Ready(outcome) = hub.poll(id, running.outcome.as_mut()) else {
            return None;
        };
        if matches!(outcome, Outcome::Done { .. }) {
            match running.what {
                Op::Open if self.stage == Stage::New => self.stage = Stage::Opened,
                Op::SetUp => self.stage = Stage::Ready,
                _ => {}
            }
        }
        let op = running.op;
        self.running.pop_front();
        Some((op, outcome))
    }

    /// What has ended it, told once.
    pub(super) fn has_ended(&mut self, hub: &Arc<Hub>, id: InstanceId) -> Option<Arc<Ending>> {
        if self.over {
            return None;
        }
        let Poll::Ready(ended) = hub.poll(id, self.ended.as_mut()) else {
            return None;
        };
        self.over = true;
        ended
    }
}

fn done() -> Outcome {
    Outcome::Done {
        place: None,
        saw: None,
    }
}

/// What PRAGMA `integrity_check` came to.
fn whole(rows: &[Vec<Value>]) -> Outcome {
    if rows == [[Value::from("ok")]] {
        return done();
    }
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
        // Others say how long something took, which is never the same.
        text: match error {
            Error::Sql { message, .. } => message.clone(),
            _ => String::new(),
        },
        cause,
    }
}
