//! What becomes of requests: the decisions of the network, one by one.

use anyhow::{Result, ensure};
use depot::engine::EngineError;
use depot::fault::{Fault, Point};
use depot_sqlite::{Commit, ErrorKind, SourceError};

use super::{InFlight, Late, Reply, World};
use crate::sim::hub::{InstanceId, Request};
use crate::sim::log::{Answer, Ask, Delivery, Did, Event, RequestId, print};
use crate::sim::server::{Asker, Mishap};

impl World {
    /// Decides about the request of an instance.
    pub(super) fn serve(&mut self, id: InstanceId) -> Result<()> {
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
        if let Some(reply) = reply {
            self.answer(id, flight, reply)
        } else {
            self.in_flight.insert(id, flight);
            Ok(())
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

    pub(super) fn arrive_late(&mut self, place: usize) -> Result<()> {
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

    /// Takes the request of an instance that will not wait for it any more. The way back stays, so that nothing is
    /// answered by its going.
    pub(super) fn withdraw(&mut self, id: InstanceId) -> Option<InFlight> {
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

    pub(super) fn asked(&mut self, id: InstanceId, request: Request) {
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
