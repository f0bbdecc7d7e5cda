//! Looks at the store behind each of its transactions: which commits were applied, on what, and who may write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use depot::engine::{Engine, EngineError, Residence, Snapshot, Unit};
use depot::{Config, DatabaseId, Depot, Fence, MemoryEngine, Sweep, View};

use crate::ledger::{self, Entry};
use crate::log::{Actor, Event, Log};

/// Clones are the same audit.
#[derive(Clone)]
pub(crate) struct Audit(Arc<Inner>);

struct Inner {
    depot: Depot,
    log: Log,
    known: Mutex<BTreeMap<Actor, Known>>,
}

struct Known {
    id: String,
    database: DatabaseId,
    head: u64,
    entries: Vec<Entry>,
    record: Option<bytes::Bytes>,
    is_destroyed: bool,
}

/// What was found of an actor.
struct Found {
    /// Head, active generation and entries, where the head is another one.
    head: Option<(u64, Option<u64>, Vec<Entry>)>,
    /// The record, where it is another one.
    record: Option<bytes::Bytes>,
}

/// The same engine, for a second depot on it.
struct Shared(Arc<MemoryEngine>);

impl Audit {
    pub(crate) fn new(memory: Arc<MemoryEngine>, log: Log) -> Self {
        let config = Config {
            sweep: Sweep::Manual,
            ..Config::default()
        };
        Self(Arc::new(Inner {
            depot: Depot::new(Shared(memory), config),
            log,
            known: Mutex::default(),
        }))
    }

    /// Looks after this actor from now on.
    pub(crate) fn watch(&self, actor: Actor, id: &str) -> anyhow::Result<()> {
        let known = Known {
            id: id.to_owned(),
            database: DatabaseId::new(id)?,
            head: 0,
            entries: Vec::new(),
            record: None,
            is_destroyed: false,
        };
        self.known().entry(actor).or_insert(known);
        self.look();
        Ok(())
    }

    /// Whether the actor has come to its end.
    pub(crate) fn is_destroyed(&self, actor: Actor) -> bool {
        let known = self.known();
        known.get(&actor).is_some_and(|known| known.is_destroyed)
    }

    /// Notes what has changed.
    pub(crate) fn look(&self) {
        let mut all = self.known();
        for (actor, known) in &mut *all {
            let (id, database, head) = (known.id.clone(), known.database.clone(), known.head);
            let record = known.record.clone();
            let read = move |view: &View<'_>| Ok(find(view, &id, &database, head, record.as_ref()));
            let found: Result<Found, depot::Error> = self.0.depot.view(read).wait();
            // An engine in memory fails at nothing.
            let Ok(found) = found else { continue };
            if let Some((head, active, entries)) = found.head {
                let is_next = head == known.head + 1
                    && entries.len() == known.entries.len() + 1
                    && entries.starts_with(&known.entries);
                self.0.log.add(Event::Applied {
                    actor: *actor,
                    head,
                    entry: entries.last().copied(),
                    entries: entries.len(),
                    is_next,
                    active,
                });
                known.head = head;
                known.entries = entries;
            }
            if let Some(record) = found.record {
                let event = recorded(*actor, &record);
                known.is_destroyed =
                    matches!(&event, Event::Recorded { phase, .. } if phase == "destroyed");
                self.0.log.add(event);
                known.record = Some(record);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Actor, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(
    view: &View<'_>,
    id: &str,
    database: &DatabaseId,
    known: u64,
    record: Option<&bytes::Bytes>,
) -> Found {
    // As gateways store them: see its records.
    let row = view.row(format!("a/{id}").as_bytes()).ok().flatten();
    let row = row.filter(|row| Some(row) != record);
    // A database that was never allocated, or is destroyed.
    let head = view.head(database).ok().filter(|head| head.txid != known);
    let head = head.map(|head| {
        let generation = head.generation.unwrap_or(head.last_generation);
        (head.txid, head.generation, read(view, database, generation))
    });
    Found { head, record: row }
}

fn read(view: &View<'_>, database: &DatabaseId, generation: u64) -> Vec<Entry> {
    let fence = Fence {
        generation,
        head: None,
    };
    let page = |numbers: &[u32]| {
        let pages = view.pages(database, fence, numbers).ok()?;
        Some(pages.pages)
    };
    let count = page(&[1]).and_then(|pages| Some(ledger::count(pages.first()?.octets.as_ref()?)));
    let count = count.unwrap_or(0);
    let pages = page(&ledger::pages_of(count)).unwrap_or_default();
    ledger::read(
        pages.iter().filter_map(|page| page.octets.as_deref()),
        count,
    )
}

fn recorded(actor: Actor, record: &[u8]) -> Event {
    let record: serde_json::Value = serde_json::from_slice(record).unwrap_or_default();
    Event::Recorded {
        actor,
        generation: record["generation"].as_u64().unwrap_or(0),
        phase: match &record["phase"] {
            serde_json::Value::String(phase) => phase.clone(),
            phase => phase.to_string(),
        },
        host: record["envoy"].as_str().map(str::to_owned),
    }
}

impl Engine for Shared {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        self.0.snapshot()
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        self.0.submit(unit);
    }

    fn residence(&self) -> Residence {
        Residence::Memory
    }

    fn close(&self) {}
}
