//! One kill, one start, and a request to each actor.

use std::time::Duration;

use anyhow::Result;
use envoy_interop_engine::api::Api;
use envoy_interop_engine::server::Server;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fleet::{Answer, Fleet, Subject, connected};
use crate::machine::Slowest;

/// From one offset to the next.
const STEP: Duration = Duration::from_millis(250);
/// From 0 to 12 s.
pub(crate) const OFFSETS: u32 = 49;
/// How long an answer may take.
pub(crate) const BOUND: Duration = Duration::from_secs(2);
/// Of so many actors one is writing when the server is killed: odd, so that they are of each version.
const WRITING: usize = 9;
/// How long they write before that.
const WRITES: Duration = Duration::from_millis(300);
/// How often the port is tried while nobody listens.
const POLL: Duration = Duration::from_millis(5);

/// What one kill has shown.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// From the start of the process to the first `/health` that is true.
    pub(crate) well: Duration,
    /// How many hosts were back then, by what the server says, and how many there are.
    pub(crate) back: (usize, usize),
    /// What the kill cut off.
    pub(crate) cut: Cut,
    /// How the machine was meanwhile.
    pub(crate) machine: Slowest,
    /// Requests that were sent before `/health` was true, as soon as the port took connections.
    pub(crate) early: Vec<Shot>,
    /// One to each actor, in the order of their offsets.
    pub(crate) shots: Vec<Shot>,
}

/// Requests that were under way when the server was killed.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    /// How many.
    pub(crate) requests: usize,
    /// How many writes their actors had acknowledged before.
    pub(crate) acknowledged: usize,
    /// How long after the kill the last of their callers knew.
    pub(crate) known: Duration,
}

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    /// When it was sent: milliseconds after `/health` was true, negative if before.
    pub(crate) offset: i64,
    pub(crate) took: Duration,
    pub(crate) answer: Answer,
}

impl Shot {
    /// The actor's own 200, in time.
    pub(crate) fn holds(&self) -> bool {
        self.is_own() && self.is_in_time()
    }

    /// Whether there was an answer in time, whatever it was.
    pub(crate) fn is_in_time(&self) -> bool {
        self.took <= BOUND
    }

    /// The actor's own 200.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.answer, Answer::Own(_))
    }
}

impl Sweep {
    /// Kills the server while some actors write, starts it again after `down`, and asks all of them.
    pub(crate) async fn run(
        server: &mut Server,
        fleet: &mut Fleet,
        down: Duration,
    ) -> Result<Self> {
        let api = server.api();
        let cut = kill(server, fleet).await?;
        sleep(down).await;
        let mut early = JoinSet::new();
        for mut subject in fleet.early.drain(..) {
            early.spawn(async move {
                while TcpStream::connect(api.authority()).await.is_err() {
                    sleep(POLL).await;
                }
                let sent = Instant::now();
                let answer = subject.ask(api).await;
                (subject, sent, sent.elapsed(), answer)
            });
        }
        let took = server.start_again().await?;
        let well = Instant::now();
        let mut asked = JoinSet::new();
        for (place, subject) in fleet.subjects.drain(..).enumerate() {
            asked.spawn(shoot(api, subject, well, place));
        }
        let back = connected(api).await?;
        let mut shots = Vec::new();
        for (place, subject, shot) in asked.join_all().await {
            shots.push((place, subject, shot));
        }
        // Where it stood among the others, so that every run asks at the same offsets.
        shots.sort_by_key(|(place, ..)| *place);
        let mut swept = Vec::new();
        for (_, subject, shot) in shots {
            fleet.subjects.push(subject);
            swept.push(shot);
        }
        swept.sort_by_key(|shot| shot.offset);
        let mut before = Vec::new();
        for (subject, sent, took, answer) in early.join_all().await {
            fleet.early.push(subject);
            before.push(Shot {
                offset: offset(sent, well),
                took,
                answer,
            });
        }
        Ok(Self {
            well: took,
            back: (back, fleet.hosts()),
            cut,
            machine: Slowest::default(),
            early: before,
            shots: swept,
        })
    }

    /// Everything that was asked.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Shot> {
        self.early.iter().chain(&self.shots)
    }
}

/// The offset at which the actor in that place is asked: they take turns, so that all offsets have as many.
fn turn(place: usize) -> Duration {
    let turn = place % OFFSETS as usize;
    STEP * u32::try_from(turn).unwrap_or(0)
}

async fn shoot(
    api: Api,
    mut subject: Subject,
    well: Instant,
    place: usize,
) -> (usize, Subject, Shot) {
    let due = well + turn(place);
    sleep_until(due).await;
    let sent = Instant::now();
    let answer = subject.ask(api).await;
    let shot = Shot {
        // As planned: a busy machine is a little late, and its clock starts when it sends.
        offset: offset(due, well),
        took: sent.elapsed(),
        answer,
    };
    (place, subject, shot)
}

/// Kills the server while some actors write.
async fn kill(server: &mut Server, fleet: &mut Fleet) -> Result<Cut> {
    let api = server.api();
    let mut writing = JoinSet::new();
    for (place, subject) in fleet.subjects.iter().enumerate().step_by(WRITING) {
        let mut subject = subject.clone();
        writing.spawn(async move {
            let mut acknowledged = 0;
            while let Answer::Own(_) = subject.ask(api).await {
                acknowledged += 1;
            }
            (place, subject, acknowledged, Instant::now())
        });
    }
    sleep(WRITES).await;
    let killed = Instant::now();
    server.kill().await?;
    let mut cut = Cut::default();
    for (place, subject, acknowledged, known) in writing.join_all().await {
        fleet.subjects[place] = subject;
        cut.requests += 1;
        cut.acknowledged += acknowledged;
        cut.known = cut.known.max(known.saturating_duration_since(killed));
    }
    Ok(cut)
}

/// Milliseconds from `well` to `time`.
fn offset(time: Instant, well: Instant) -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    millis(time.saturating_duration_since(well)) - millis(well.saturating_duration_since(time))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fleet::Life;

    #[test]
    fn a_hundred_actors_are_two_at_each_offset_or_three() {
        let mut offsets = BTreeMap::new();
        for place in 0..100 {
            *offsets.entry(turn(place)).or_insert(0) += 1;
        }
        let all: Vec<_> = offsets.keys().copied().collect();
        let wanted: Vec<_> = (0..=48).map(|turn| STEP * turn).collect();
        assert_eq!(all, wanted);
        assert_eq!(all.last(), Some(&Duration::from_secs(12)));
        assert!(offsets.values().all(|count| (2..=3).contains(count)));
    }

    #[test]
    fn only_the_actors_own_answer_in_time_holds() {
        let shot = |took, answer| Shot {
            offset: 0,
            took,
            answer,
        };
        let own = Answer::Own(Life::Same);
        assert!(shot(BOUND, own.clone()).holds());
        assert!(!shot(BOUND + Duration::from_millis(1), own).holds());
        let others = [
            Answer::Other("b1 b1 1 1".to_owned()),
            Answer::None("connection refused".to_owned()),
            Answer::Status(hyper::StatusCode::SERVICE_UNAVAILABLE, String::new()),
        ];
        for other in others {
            assert!(!shot(Duration::ZERO, other).holds());
        }
    }

    #[test]
    fn what_was_sent_before_has_a_negative_offset() {
        let well = Instant::now() + Duration::from_secs(1);
        assert_eq!(offset(well + Duration::from_millis(250), well), 250);
        assert_eq!(offset(well - Duration::from_millis(40), well), -40);
    }
}
