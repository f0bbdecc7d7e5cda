//! The load: clients that write to each actor, one write after the other, and remember what was acknowledged to them.
//!
//! Of the two clients of an actor one is persistent: it repeats a write, with the same id, until that is acknowledged. The
//! other leaves it open what became of it and goes on with the next, so that there are unsure writes to be read back, too.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use envoy_cli::demo::http::{Client, NoAnswer};
use http::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::host::Noted;
use crate::ledger::{Book, Ledger, Op};

/// What a client does between two writes.
const THINK: Duration = Duration::from_millis(10);
/// How long a client leaves a server alone that has not acknowledged, or is not there.
const AGAIN: Duration = Duration::from_millis(10);
/// How long a client repeats one write.
const PERSISTENCE: Duration = Duration::from_mins(1);

/// What a client does with a write that was not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    /// It repeats it.
    Persistent,
    /// It goes on.
    Impatient,
}

/// The clients of each actor.
const CLIENTS: [Temper; 2] = [Temper::Persistent, Temper::Impatient];

/// One actor under load.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its key, by which people tell it from others.
    pub(crate) key: String,
    pub(crate) id: String,
    seen: Mutex<Seen>,
}

/// What the clients of an actor have seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) ledger: Ledger,
    pub(crate) acks: Vec<Ack>,
    pub(crate) misses: Vec<Miss>,
    /// How many requests were sent.
    pub(crate) requests: u64,
    /// And how many of them for a write that had been sent before.
    pub(crate) retried: u64,
    /// Writes that had no answer for as long as a client waits for one.
    pub(crate) unanswered: Vec<Op>,
}

/// An acknowledged answer.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) host: String,
    pub(crate) version: u16,
    pub(crate) generation: u32,
    /// Whether it was carried out before: by this request, sent by the server once more, or by one before it.
    pub(crate) again: bool,
}

/// A write that was not acknowledged, or not sent.
#[derive(Debug, Clone)]
pub(crate) struct Miss {
    pub(crate) at: Instant,
    pub(crate) was_sent: bool,
    pub(crate) why: String,
}

/// What became of one request.
enum End {
    Acknowledged,
    /// Nobody was there to send it to.
    NotSent,
    Unsure,
}

/// Clients at work.
pub(crate) struct Load {
    pub(crate) targets: Vec<Arc<Target>>,
    pub(crate) began: Instant,
    stop: Arc<AtomicBool>,
    clients: JoinSet<()>,
}

impl Load {
    /// Sets clients to work on the actors of these keys and ids.
    pub(crate) fn start(authority: &str, actors: Vec<(String, String)>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        let mut targets = Vec::new();
        let mut writers = 1..;
        for (key, id) in actors {
            let target = Arc::new(Target {
                key,
                id,
                seen: Mutex::default(),
            });
            for (temper, writer) in CLIENTS.into_iter().zip(&mut writers) {
                let client = Client::new(authority);
                let (target, stop) = (Arc::clone(&target), Arc::clone(&stop));
                clients.spawn(async move { target.write(client, writer, temper, &stop).await });
            }
            targets.push(target);
        }
        Self {
            targets,
            began: Instant::now(),
            stop,
            clients,
        }
    }

    /// Waits until each actor has acknowledged something that was sent from now on.
    pub(crate) async fn until_served(&self, bound: Duration) -> Result<()> {
        let now = Instant::now();
        for target in &self.targets {
            while !target.has_served_since(now) {
                ensure!(
                    now.elapsed() < bound,
                    "expected {} to acknowledge a write within {bound:?}",
                    target.key
                );
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Ok(())
    }

    /// Ends the load, once each client has the answer that it waits for. When that was.
    pub(crate) async fn end(&mut self) -> Result<Instant> {
        self.stop.store(true, Ordering::Relaxed);
        let now = Instant::now();
        while let Some(ended) = self.clients.join_next().await {
            ended.context("a client failed")?;
        }
        Ok(now)
    }
}

impl Target {
    async fn write(&self, mut client: Client, writer: u32, temper: Temper, stop: &AtomicBool) {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let op = Op { writer, number };
            let began = Instant::now();
            let mut sent = false;
            loop {
                let end = self.attempt(&mut client, op, sent).await;
                match (end, temper) {
                    (End::Acknowledged, _) | (End::Unsure, Temper::Impatient) => break,
                    (End::Unsure, Temper::Persistent) => sent = true,
                    (End::NotSent, _) => {}
                }
                if began.elapsed() > PERSISTENCE {
                    self.seen().unanswered.push(op);
                    break;
                }
                tokio::time::sleep(AGAIN).await;
            }
            tokio::time::sleep(THINK).await;
        }
    }

    async fn attempt(&self, client: &mut Client, op: Op, sent_before: bool) -> End {
        // Before it is sent: an answer that never comes is no reason not to know of it.
        self.seen().ledger.sent(op);
        let path = format!("/gateway/{}/note", self.id);
        let began = Instant::now();
        let answer = client.send(Method::POST, &path, &json!(op)).await;
        let at = Instant::now();
        let mut seen = self.seen();
        let (end, why) = match answer {
            Ok(answer) if answer.status == StatusCode::OK => {
                match serde_json::from_slice::<Noted>(&answer.body) {
                    Ok(noted) => {
                        seen.count_request(sent_before);
                        seen.ledger.acknowledged(op, noted.place);
                        seen.acks.push(Ack {
                            at,
                            took: at - began,
                            host: noted.host,
                            version: noted.version,
                            generation: noted.generation,
                            again: noted.again,
                        });
                        return End::Acknowledged;
                    }
                    Err(error) => (End::Unsure, format!("200, but {error}")),
                }
            }
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body);
                let status = answer.status.as_u16();
                (End::Unsure, format!("{status}: {}", text.trim()))
            }
            Err(NoAnswer::Unreachable(_)) => (End::NotSent, "nobody listens".to_owned()),
            Err(NoAnswer::Lost(error)) if error.is_canceled() => {
                (End::NotSent, "an idle connection was closed".to_owned())
            }
            Err(NoAnswer::Lost(error)) => (End::Unsure, lost(&error)),
            Err(error) => {
                seen.unanswered.push(op);
                (End::Unsure, error.to_string())
            }
        };
        let was_sent = !matches!(end, End::NotSent);
        if was_sent {
            seen.count_request(sent_before);
        }
        seen.misses.push(Miss { at, was_sent, why });
        end
    }

    fn has_served_since(&self, since: Instant) -> bool {
        let seen = self.seen();
        seen.acks.last().is_some_and(|ack| {
            ack.at
                .checked_sub(ack.took)
                .is_some_and(|sent| sent > since)
        })
    }

    /// What has been seen so far.
    pub(crate) fn so_far(&self) -> Seen {
        self.seen().clone()
    }

    /// Everything in its database, read with SQL.
    pub(crate) async fn read_back(&self, client: &mut Client) -> Result<Book> {
        let answer = client.get(&format!("/gateway/{}/book", self.id)).await?;
        ensure!(
            answer.status == StatusCode::OK,
            "expected the rows of {}, but found {}: {}",
            self.key,
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Runs SQL that is no write of a client.
    pub(crate) async fn exec(&self, client: &mut Client, sql: String) -> Result<()> {
        let path = format!("/gateway/{}/sql", self.id);
        let answer = client.ask(Method::POST, &path, sql.into()).await?;
        ensure!(
            answer.status == StatusCode::OK,
            "expected {} to run SQL, but found {}: {}",
            self.key,
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a connection was lost, in the words of what lies deepest.
fn lost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    format!("the connection was lost: {deepest}")
}

impl Seen {
    fn count_request(&mut self, sent_before: bool) {
        self.requests += 1;
        self.retried += u64::from(sent_before);
    }

    /// Which versions acknowledged the first and the last write.
    pub(crate) fn versions(&self) -> Option<(u16, u16)> {
        Some((self.acks.first()?.version, self.acks.last()?.version))
    }

    /// How many requests were not acknowledged, by the reason.
    pub(crate) fn count_misses(&self, into: &mut BTreeMap<String, usize>) {
        for miss in &self.misses {
            *into.entry(miss.why.clone()).or_default() += 1;
        }
    }
}
