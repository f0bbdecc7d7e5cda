//! A v4 host that loses answers, connections and its patience at any moment: whatever it does, a commit is applied only
//! on the head that the host built it on.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::v4::{ConnectionNumber, End, Use, V4Generation};

/// How long a request or an answer is on its way at most: a connection that is slower is closed.
const WAY: u64 = 5;
/// The longest answer that the server stands by.
const PATIENCE: u64 = 20;
/// How long the host waits for an answer.
const HOST: u64 = 31;

/// Numbers that look random, the same for each seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}

struct Asked {
    id: u64,
    usage: Use,
    /// The head that the host built it on.
    belief: Option<u64>,
    arrives: u64,
}

struct Answer {
    id: u64,
    usage: Use,
    /// The head after it; none for an error.
    head: Option<u64>,
    arrives: u64,
}

/// The host, the server and what is between them.
struct World {
    dice: Dice,
    now: u64,
    generation: V4Generation,
    head: u64,
    connection: ConnectionNumber,
    asked: VecDeque<Asked>,
    /// What has arrived at the server and is not looked at.
    queued: VecDeque<(Asked, u64)>,
    /// What the depot works on: the request, when it arrived and on which connection, and what it was begun with.
    serving: Option<(Asked, u64, ConnectionNumber, Option<u64>)>,
    answers: VecDeque<Answer>,
    /// The head that the host's pages are of.
    belief: Option<u64>,
    /// The request whose answer it waits for, and since when.
    waits: Option<(u64, u64)>,
    requests: u64,
    applied: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        Self {
            now: 0,
            generation: V4Generation::default(),
            head: dice.below(3),
            dice,
            connection: 1,
            asked: VecDeque::new(),
            queued: VecDeque::new(),
            serving: None,
            answers: VecDeque::new(),
            belief: None,
            waits: None,
            requests: 0,
            applied: 0,
        }
    }

    fn step(&mut self) {
        self.now += 1;
        match self.dice.below(40) {
            0 => self.disconnect(),
            // The depot takes its time, or nobody asks. What is on its way arrives before that.
            1 if self.asked.is_empty() && self.answers.is_empty() => {
                self.now += self.dice.below(2 * HOST);
            }
            2..12 => self.ask(),
            12..20 => self.arrive(),
            20..26 => self.begin(),
            26..32 => self.finish(),
            _ => self.deliver(),
        }
        // What is late has arrived, one after the other.
        while self
            .asked
            .front()
            .is_some_and(|asked| asked.arrives <= self.now)
        {
            self.arrive();
        }
        while self
            .answers
            .front()
            .is_some_and(|answer| answer.arrives <= self.now)
        {
            self.deliver();
        }
        // A host that was never told rolls its transaction back, and goes on where it was.
        if self
            .waits
            .is_some_and(|(_, since)| self.now - since >= HOST)
        {
            self.waits = None;
        }
    }

    /// The host works like a SQLite that is served by one thread: it waits for each answer.
    fn ask(&mut self) {
        if self.waits.is_some() {
            return;
        }
        let usage = if self.belief.is_some() && self.dice.one_in(2) {
            Use::Commit
        } else {
            Use::Read
        };
        self.requests += 1;
        let id = self.requests;
        self.waits = Some((id, self.now));
        let arrives = self.now + self.dice.below(WAY);
        let belief = self.belief;
        self.asked.push_back(Asked {
            id,
            usage,
            belief,
            arrives,
        });
    }

    fn arrive(&mut self) {
        if let Some(asked) = self.asked.pop_front() {
            self.generation.arrive(self.connection, asked.usage);
            self.queued.push_back((asked, self.now));
        }
    }

    fn begin(&mut self) {
        if self.serving.is_some() {
            return;
        }
        let Some((asked, arrived)) = self.queued.pop_front() else {
            return;
        };
        if let Ok(serve) = self.generation.begin(self.connection) {
            self.serving = Some((asked, arrived, self.connection, serve.head));
            return;
        }
        let patience = Duration::from_secs(PATIENCE);
        let usage = asked.usage;
        self.generation
            .end(self.connection, usage, End::Nothing, patience);
        self.answer(&asked, None);
    }

    fn finish(&mut self) {
        let Some((asked, arrived, connection, expected)) = self.serving.take() else {
            return;
        };
        let is_current = connection == self.connection;
        let fails = self.dice.one_in(8) || expected.is_some_and(|head| head != self.head);
        let age = Duration::from_secs(self.now - arrived);
        let (end, head) = match asked.usage {
            _ if fails => (End::Nothing, None),
            Use::Read => (End::Read { head: self.head }, Some(self.head)),
            Use::Commit => {
                assert_eq!(asked.belief, Some(self.head), "built on another head");
                self.applied += 1;
                self.head += 1;
                let head = self.head;
                let answered = is_current;
                (
                    End::Committed {
                        head,
                        age,
                        answered,
                    },
                    Some(head),
                )
            }
        };
        let patience = Duration::from_secs(PATIENCE);
        self.generation.end(connection, asked.usage, end, patience);
        if is_current {
            self.answer(&asked, head);
        }
    }

    fn answer(&mut self, asked: &Asked, head: Option<u64>) {
        let arrives = self.now + self.dice.below(WAY);
        self.answers.push_back(Answer {
            id: asked.id,
            usage: asked.usage,
            head,
            arrives,
        });
    }

    fn deliver(&mut self) {
        let Some(answer) = self.answers.pop_front() else {
            return;
        };
        // An answer that comes after the host has given up is for nobody.
        if self.waits.is_some_and(|(id, _)| id == answer.id) {
            self.waits = None;
            // Of a first read the host learns its pages, and by those which head they are of.
            if answer.usage == Use::Commit || self.belief.is_none() {
                self.belief = answer.head.or(self.belief);
            }
        }
    }

    fn disconnect(&mut self) {
        self.generation.disconnect(self.connection);
        self.connection += 1;
        self.asked.clear();
        self.queued.clear();
        self.answers.clear();
        self.waits = None;
    }
}

#[test]
fn no_commit_is_applied_on_a_head_that_its_host_did_not_build_it_on() {
    let (mut applied, mut off, mut on) = (0, 0, 0);
    for seed in 0..5_000 {
        let mut world = World::new(seed);
        for _ in 0..300 {
            world.step();
        }
        applied += world.applied;
        if world.generation.is_off() {
            off += 1;
        } else {
            on += 1;
        }
    }
    // It is of no use if it never comes to anything.
    assert!(
        applied > 5_000 && off > 250 && on > 25,
        "{applied} applied, {off} off, {on} on"
    );
}
