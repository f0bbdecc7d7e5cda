//! The requests that a host is busy with, and those that it has lately answered.
//!
//! A gateway that loses a host's connection cannot know whether a request on it arrived, or whether its answer was sent. So it
//! sends the request again, under the same ids. An actor must not do again what it has done: one that it is still at is
//! answered once, and one that it has answered is answered the same again.
//!
//! Ids are only random for some gateways. So a request counts as sent again only if it came on another connection before,
//! and says the same; without a lost connection nothing is sent again.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::http::Tunnel;
use crate::link::lock;
use crate::registry::Message;
use crate::{Request, Response};

/// How long an answer is kept: our gateway looks for an actor's host for 30 s at most.
const KEPT: Duration = Duration::from_mins(1);
/// How many octets of answers are kept; beyond, the oldest go.
const KEPT_OCTETS: usize = 8 << 20;
/// What an answer counts as beside its body and headers.
const OVERHEAD: usize = 512;
/// Octets of a body that are looked at to tell requests apart.
const LOOKED_AT: usize = 4 << 10;

/// Who is busy with which request.
#[derive(Default)]
pub(crate) struct Requests(Mutex<Table>);

#[derive(Default)]
struct Table {
    /// Counts the connections.
    connection: u64,
    /// The number of the last request.
    serial: u64,
    open: HashMap<Tunnel, Open>,
    answered: HashMap<Tunnel, Answered>,
    /// What was answered, the oldest first. Some of it may be gone.
    order: VecDeque<(Instant, Tunnel, u64)>,
    octets: usize,
    hasher: RandomState,
}

struct Open {
    serial: u64,
    origin: Origin,
    /// Whether its answer is kept.
    kept: bool,
    inbox: UnboundedSender<Message>,
}

struct Answered {
    serial: u64,
    origin: Origin,
    octets: usize,
    response: Response,
}

/// Where a request came from, and what it says.
#[derive(Clone, Copy)]
struct Origin {
    connection: u64,
    digest: u64,
}

impl Origin {
    /// Whether a request that comes now is that one, sent again.
    fn comes_again(self, now: Self) -> bool {
        self.connection != now.connection && self.digest == now.digest
    }
}

/// What a request is to its host.
pub(crate) enum Begun {
    /// A new one, by its number.
    New(u64),
    /// One that an actor is at. Its answer is the answer to this one, too.
    UnderWay,
    /// One that was answered.
    Answered(Response),
    /// One for an actor that is not here.
    NoActor,
}

impl Requests {
    /// A connection was made: what comes now comes on that.
    pub(crate) fn connected(&self) {
        lock(&self.0).connection += 1;
    }

    /// A request has come for the actor that has this inbox, if it is here.
    pub(crate) fn begin(
        &self,
        tunnel: Tunnel,
        actor: &str,
        request: &Request,
        inbox: Option<&UnboundedSender<Message>>,
    ) -> Begun {
        let mut table = lock(&self.0);
        let origin = Origin {
            connection: table.connection,
            digest: digest(&table.hasher, actor, request),
        };
        table.trim(Instant::now());
        if let Some(before) = table.open.get(&tunnel) {
            if before.origin.comes_again(origin) {
                return Begun::UnderWay;
            }
            // Nobody waits for the one before.
            let _ = before.inbox.send(Message::Abort(tunnel, before.serial));
        } else if let Some(before) = table.answered.get(&tunnel) {
            if before.origin.comes_again(origin) {
                return Begun::Answered(before.response.clone());
            }
            table.forget(tunnel);
        }
        let Some(inbox) = inbox else {
            table.open.remove(&tunnel);
            return Begun::NoActor;
        };
        table.serial += 1;
        let serial = table.serial;
        let open = Open {
            serial,
            origin,
            // To do the others again is no harm, by what HTTP says of them.
            kept: !request.method().is_safe(),
            inbox: inbox.clone(),
        };
        table.open.insert(tunnel, open);
        Begun::New(serial)
    }

    /// A request has an answer, of its actor or in place of it. False if nobody waits for that; else it is to be sent.
    pub(crate) fn answered(&self, tunnel: Tunnel, serial: u64, response: &Response) -> bool {
        let mut table = lock(&self.0);
        let Some(open) = table.end(tunnel, serial) else {
            return false;
        };
        if open.kept {
            let answered = Answered {
                serial,
                origin: open.origin,
                octets: octets(response),
                response: response.clone(),
            };
            table.keep(tunnel, answered, Instant::now());
        }
        true
    }

    /// A request has ended without an answer of its actor. False if it had ended before.
    pub(crate) fn end(&self, tunnel: Tunnel, serial: u64) -> bool {
        lock(&self.0).end(tunnel, serial).is_some()
    }

    /// Nobody waits for a request any more.
    pub(crate) fn abort(&self, tunnel: Tunnel) {
        let mut table = lock(&self.0);
        table.forget(tunnel);
        if let Some(open) = table.open.remove(&tunnel) {
            // An actor that has ended has ended its requests.
            let _ = open.inbox.send(Message::Abort(tunnel, open.serial));
        }
    }
}

impl Table {
    fn end(&mut self, tunnel: Tunnel, serial: u64) -> Option<Open> {
        if self.open.get(&tunnel)?.serial != serial {
            return None;
        }
        self.open.remove(&tunnel)
    }

    fn keep(&mut self, tunnel: Tunnel, answered: Answered, now: Instant) {
        self.forget(tunnel);
        self.octets += answered.octets;
        self.order.push_back((now, tunnel, answered.serial));
        self.answered.insert(tunnel, answered);
        self.trim(now);
    }

    fn forget(&mut self, tunnel: Tunnel) {
        if let Some(answered) = self.answered.remove(&tunnel) {
            self.octets -= answered.octets;
        }
    }

    /// Lets go of what is too old or too much.
    fn trim(&mut self, now: Instant) {
        while let Some(&(at, tunnel, serial)) = self.order.front()
            && (self.octets > KEPT_OCTETS || now.saturating_duration_since(at) > KEPT)
        {
            self.order.pop_front();
            let is_it = |answered: &Answered| answered.serial == serial;
            if self.answered.get(&tunnel).is_some_and(is_it) {
                self.forget(tunnel);
            }
        }
    }
}

/// What tells requests of the same ids apart.
fn digest(hasher: &RandomState, actor: &str, request: &Request) -> u64 {
    let mut hasher = hasher.build_hasher();
    actor.hash(&mut hasher);
    request.method().hash(&mut hasher);
    request.uri().hash(&mut hasher);
    for (name, value) in request.headers() {
        name.hash(&mut hasher);
        value.hash(&mut hasher);
    }
    let body = request.body();
    body.len().hash(&mut hasher);
    body[..body.len().min(LOOKED_AT)].hash(&mut hasher);
    hasher.finish()
}

fn octets(response: &Response) -> usize {
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len());
    OVERHEAD + response.body().len() + headers.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn tunnel(number: u32) -> Tunnel {
        Tunnel {
            gateway_id: [1; 4],
            request_id: number.to_le_bytes(),
        }
    }

    fn answered(serial: u64, octets: usize) -> Answered {
        Answered {
            serial,
            origin: Origin {
                connection: 1,
                digest: 0,
            },
            octets,
            response: Response::new(Bytes::new()),
        }
    }

    #[test]
    fn of_answers_the_oldest_go_when_they_are_too_much_or_too_old() {
        let mut table = Table::default();
        let now = Instant::now();
        for number in 0..5 {
            let third = KEPT_OCTETS / 3;
            table.keep(tunnel(number), answered(number.into(), third), now);
        }
        let kept = |table: &Table, number| table.answered.contains_key(&tunnel(number));
        let all: Vec<u32> = (0..5).filter(|number| kept(&table, *number)).collect();
        assert_eq!(all, [2, 3, 4]);
        table.keep(tunnel(5), answered(5, 1), now + KEPT);
        table.trim(now + KEPT + Duration::from_millis(1));
        let all: Vec<u32> = (0..6).filter(|number| kept(&table, *number)).collect();
        assert_eq!((all, table.octets, table.order.len()), (vec![5], 1, 1));
    }

    #[test]
    fn an_answer_that_is_larger_than_all_that_is_kept_is_not_kept() {
        let mut table = Table::default();
        let now = Instant::now();
        table.keep(tunnel(1), answered(1, KEPT_OCTETS + 1), now);
        assert!(table.answered.is_empty());
        assert_eq!((table.octets, table.order.len()), (0, 0));
    }

    #[test]
    fn an_answer_that_took_the_place_of_another_is_not_gone_with_that() {
        let mut table = Table::default();
        let now = Instant::now();
        table.keep(tunnel(1), answered(1, 10), now);
        table.keep(tunnel(1), answered(2, 20), now + KEPT);
        table.trim(now + KEPT + Duration::from_millis(1));
        assert_eq!(table.octets, 20);
        assert_eq!(
            table
                .answered
                .get(&tunnel(1))
                .map(|answered| answered.serial),
            Some(2)
        );
    }
}
