//! The load: writers that remember what was acknowledged to them, and readers of what is there in the end.
//!
//! A write is one row with a number that no other write has, and a trigger counts each row that was ever inserted. So a
//! write that is gone is seen by its number, and one that was applied twice by the count.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::json;

use super::http::Client;

/// What every actor of the demo has in its database.
pub(crate) const SCHEMA: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS ledger (op INTEGER PRIMARY KEY, who TEXT NOT NULL, load BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS applied (n INTEGER NOT NULL)",
    "INSERT INTO applied SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM applied)",
    "CREATE TRIGGER IF NOT EXISTS count_them AFTER INSERT ON ledger \
     BEGIN UPDATE applied SET n = n + 1; END",
];

/// One actor under load, and what is known of its writes.
pub(crate) struct Target {
    pub(crate) actor: String,
    ledger: Mutex<Ledger>,
    /// Held by each write, and by who wants none to be under way.
    gate: tokio::sync::RwLock<()>,
}

/// What became of the writes of one actor, as far as their writers know.
#[derive(Debug, Default)]
struct Ledger {
    /// Answered: they must be there, once.
    acknowledged: BTreeSet<u64>,
    /// Sent, and not answered, or not for sure: they may be there, once.
    unknown: BTreeSet<u64>,
    latencies: Vec<Duration>,
    requests: u64,
}

/// What there is of an actor's writes in the end.
#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    pub(crate) requests: u64,
    pub(crate) acknowledged: u64,
    pub(crate) unknown: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    /// Rows that nobody has sent.
    pub(crate) foreign: u64,
    pub(crate) is_whole: bool,
    pub(crate) latencies: Vec<Duration>,
}

/// Numbers writes, for all of the demo.
static OPS: AtomicU64 = AtomicU64::new(1);

/// The statement that writes one row.
pub(crate) fn insert(op: u64, who: &str) -> serde_json::Value {
    // Sizes differ, so that pages split now here, now there.
    let size = usize::try_from(op.wrapping_mul(2_654_435_761) % 3000).unwrap_or(0);
    let load = "5a".repeat(size + 16);
    json!({
        "sql": "INSERT INTO ledger VALUES (?, ?, ?)",
        "params": [op, who, { "hex": load }],
    })
}

pub(crate) fn next_op() -> u64 {
    OPS.fetch_add(1, Ordering::Relaxed)
}

impl Target {
    pub(crate) fn new(actor: String) -> Arc<Self> {
        Arc::new(Self {
            actor,
            ledger: Mutex::default(),
            gate: tokio::sync::RwLock::default(),
        })
    }

    /// Notes a write that somebody else has sent.
    pub(crate) fn note(&self, op: u64, is_acknowledged: bool) {
        let mut ledger = self.ledger();
        if is_acknowledged {
            ledger.acknowledged.insert(op);
        } else {
            ledger.unknown.insert(op);
        }
    }

    /// Writes, one row after the other, until `stop` is set.
    pub(crate) async fn write(self: Arc<Self>, gateway: String, stop: Arc<AtomicBool>) {
        let mut client = Client::new(gateway);
        let path = format!("/gateway/{}/sql", self.actor);
        while !stop.load(Ordering::Relaxed) {
            let open = self.gate.read().await;
            let op = next_op();
            self.ledger().unknown.insert(op);
            let began = Instant::now();
            let answer = client.send(Method::POST, &path, &insert(op, "load")).await;
            let took = began.elapsed();
            let is_acknowledged = answer.is_ok_and(|answer| answer.status == StatusCode::OK);
            self.answered(op, is_acknowledged.then_some(took));
            drop(open);
            if !is_acknowledged {
                // Who does not get an answer does not ask the same again: that is how one learns what was lost.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Holds the writers of this actor up, until what this returns is dropped.
    pub(crate) async fn pause(&self) -> tokio::sync::RwLockWriteGuard<'_, ()> {
        self.gate.write().await
    }

    /// Notes what became of a write: how long it took until it was acknowledged, if it was.
    fn answered(&self, op: u64, took: Option<Duration>) {
        let mut ledger = self.ledger();
        ledger.requests += 1;
        if let Some(took) = took {
            ledger.unknown.remove(&op);
            ledger.acknowledged.insert(op);
            ledger.latencies.push(took);
        }
    }

    /// Waits until this many more writes were acknowledged.
    pub(crate) async fn until_acknowledged(&self, more: usize) -> bool {
        let before = self.ledger().acknowledged.len();
        let wait = async {
            while self.ledger().acknowledged.len() < before + more {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .is_ok()
    }

    /// Reads the database back.
    pub(crate) async fn read_back(&self, client: &mut Client) -> Result<Found, String> {
        let path = format!("/gateway/{}/sql", self.actor);
        let mut rows = async |sql: &str| {
            let asked = json!({ "sql": sql });
            let answer = client.send(Method::POST, &path, &asked).await;
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.status != StatusCode::OK {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(format!("{sql}: {} {body}", answer.status));
            }
            Ok(answer.json()["rows"]
                .as_array()
                .cloned()
                .unwrap_or_default())
        };
        let check = rows("PRAGMA integrity_check").await?;
        let ops = rows("SELECT op FROM ledger ORDER BY op").await?;
        let counted = rows("SELECT n FROM applied").await?;
        let there: BTreeSet<u64> = ops.iter().filter_map(|row| row[0].as_u64()).collect();
        let applied = counted.first().and_then(|row| row[0].as_u64()).unwrap_or(0);
        let ledger = self.ledger();
        let lost = ledger.acknowledged.difference(&there).count();
        let foreign = there
            .iter()
            .filter(|op| !ledger.acknowledged.contains(op) && !ledger.unknown.contains(op))
            .count();
        Ok(Found {
            requests: ledger.requests,
            acknowledged: ledger.acknowledged.len() as u64,
            unknown: ledger.unknown.len() as u64,
            lost: lost as u64,
            doubled: applied.abs_diff(there.len() as u64),
            foreign: foreign as u64,
            is_whole: check.len() == 1 && check[0][0] == "ok",
            latencies: ledger.latencies.clone(),
        })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    /// What was found of two actors.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.requests += other.requests;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.foreign += other.foreign;
        self.is_whole &= other.is_whole;
        self.latencies.extend(other.latencies);
        self
    }

    /// The latency that this share of the answered writes did not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a rank among some thousand times"
        )]
        let rank = (sorted.len() as f64 * share) as usize;
        sorted
            .get(rank.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}
