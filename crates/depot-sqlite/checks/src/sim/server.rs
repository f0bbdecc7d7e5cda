//! The far end of the simulated network: a depot, what fails in it, and the mutants.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use depot::embedded::Options;
use depot::engine::{Engine, EngineError, Residence, Snapshot, Statistics, Unit};
use depot::fault::{Fault, Faults, FaultyEngine, PlayedDisk, Point};
use depot::{Applied, Config, DatabaseId, Depot, EmbeddedEngine, Fence, MemoryEngine, Sweep};
use depot_sqlite::{Commit, Committed, ErrorKind, GetPages, PAGE_SIZE, Page, Pages, SourceError};

use crate::adapter::{commit_of, pages_of, source_error};
use crate::sim::hub::InstanceId;
use crate::sim::log::{Did, code};
use crate::sim::workload::COMMIT_PAGES;
use seeds::Random;

/// A rule that is broken on purpose, to see that the checker finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The store does not compare heads.
    NoHeadFence,
    /// The store takes every request for one of the active generation.
    NoGenerationCheck,
    /// What an instance has cached stays when an answer brings another head: it asks without a head, and takes the one
    /// of the answer for that of all its pages.
    CacheNotKeyedByHead,
    /// A commit whose answer was lost counts as applied if the head has moved, and as failed if not.
    LostCommitDecidedByReading,
    /// Pages are read ahead, and kept while the instance commits.
    ReadAheadAcrossCommit,
}

impl Mutant {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::NoHeadFence,
        Self::NoGenerationCheck,
        Self::CacheNotKeyedByHead,
        Self::LostCommitDecidedByReading,
        Self::ReadAheadAcrossCommit,
    ];

    /// The rules that are there for it, of the whole log and of what callers are answered.
    pub(crate) fn rules(self) -> [&'static str; 2] {
        match self {
            Self::NoHeadFence => ["a stale head is refused", "an answered write is there once"],
            Self::NoGenerationCheck => [
                "a stale generation is refused",
                "a stale generation writes nothing",
            ],
            Self::CacheNotKeyedByHead => [
                "a stale head is refused",
                "a reader sees one point of the history",
            ],
            Self::LostCommitDecidedByReading => [
                "what is answered as applied is",
                "an answered write is there once",
            ],
            Self::ReadAheadAcrossCommit => [
                "no page of two heads",
                "a reader sees one point of the history",
            ],
        }
    }
}

/// Where the depot keeps what it has.
pub(crate) enum Storage {
    Memory(Arc<MemoryEngine>),
    /// The embedded engine, on a disk that can lose power.
    Disk(PlayedDisk),
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) instance: InstanceId,
    pub(crate) generation: u64,
}

/// What is to go wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    None,
    /// A fault of the depot's own, at a point.
    Fault(Point, Fault),
    /// The power goes at some write or sync. Only where there is a disk.
    PowerCut {
        after: u64,
    },
    /// The disk has no space for any write but the next few. Only where there is a disk.
    DiskFull {
        after: u64,
    },
}

/// What became of a commit.
pub(crate) struct Served {
    pub(crate) answer: Result<Committed, SourceError>,
    pub(crate) did: Did,
    /// Why the store was opened anew, if it was.
    pub(crate) restarted: Option<&'static str>,
}

pub(crate) struct Server {
    depot: Depot,
    faults: Faults,
    storage: Storage,
    database: DatabaseId,
    mutant: Option<Mutant>,
    /// Whether a resend that finds its own commit is told so, or only where the head is.
    recognises: bool,
    /// Of [`Mutant::CacheNotKeyedByHead`]: the newest head that each instance was ever told.
    told: BTreeMap<InstanceId, u64>,
    /// Of [`Mutant::ReadAheadAcrossCommit`].
    ahead: BTreeMap<(InstanceId, u32), Option<Bytes>>,
}

impl Server {
    pub(crate) fn new(storage: Storage, recognises: bool, mutant: Option<Mutant>) -> Result<Self> {
        let faults = Faults::new();
        Ok(Self {
            depot: open(&storage, &faults)?,
            faults,
            storage,
            database: DatabaseId::new("sim")?,
            mutant,
            recognises,
            told: BTreeMap::new(),
            ahead: BTreeMap::new(),
        })
    }

    pub(crate) fn has_disk(&self) -> bool {
        matches!(self.storage, Storage::Disk(_))
    }

    pub(crate) fn allocate(&self) -> Result<u64, depot::Error> {
        let allocated = self
            .depot
            .allocate::<depot::Error>(&self.database, |_, _| Ok(()))
            .wait()?;
        Ok(allocated.generation)
    }

    /// Ends the active generation, as a host does that goes to sleep.
    pub(crate) fn release(&self, generation: u64) -> Result<(), depot::Error> {
        self.depot.release(&self.database, generation).wait()
    }

    pub(crate) fn sweep(&self) -> Result<(), depot::Error> {
        self.depot.sweep().wait().map(drop)
    }

    /// Opens the depot anew, after a crash that kept any part of what was not synced.
    pub(crate) fn restart(&mut self, random: &mut Random) -> Result<()> {
        if let Storage::Disk(disk) = &mut self.storage {
            self.depot.close();
            *disk = disk.crash(|| random.one_in(2));
        }
        self.faults = Faults::new();
        self.depot = open(&self.storage, &self.faults).context("the store does not open again")?;
        Ok(())
    }

    /// Serves a request for pages.
    pub(crate) fn read(
        &mut self,
        asker: Asker,
        request: &GetPages,
        mishap: &Mishap,
    ) -> (Result<Pages, SourceError>, Did) {
        let mut numbers = request.pages.clone();
        if self.mutant == Some(Mutant::ReadAheadAcrossCommit) {
            let ahead = request.pages.iter().flat_map(|&page| page + 1..=page + 24);
            numbers.extend(ahead.collect::<std::collections::BTreeSet<_>>());
        }
        let fence = self.fence(asker, request.expected_head, Ask::Read);
        let read = self.with(mishap, |depot, database| {
            depot.pages(database, fence, numbers).wait()
        });
        let mut answer = match read {
            Ok(answer) => pages_of(answer),
            Err(error) => {
                let error = source_error(&error);
                let code = code(&error);
                return (Err(error), Did::Refused { code });
            }
        };
        let did = Did::Read {
            head: answer.head.unwrap_or_default(),
        };
        match self.mutant {
            Some(Mutant::CacheNotKeyedByHead) => {
                self.told
                    .insert(asker.instance, answer.head.unwrap_or_default());
                answer.head = request.expected_head.or(answer.head);
            }
            Some(Mutant::ReadAheadAcrossCommit) => {
                for page in answer.pages.split_off(request.pages.len()) {
                    let key = (asker.instance, page.number);
                    self.ahead.entry(key).or_insert(page.data);
                }
                for Page { number, data } in &mut answer.pages {
                    if let Some(kept) = self.ahead.remove(&(asker.instance, *number)) {
                        *data = kept;
                    }
                }
            }
            _ => {}
        }
        (Ok(answer), did)
    }

    /// Serves a commit, stamped with `time_ms`. A store that went down over it is opened anew.
    pub(crate) fn commit(
        &mut self,
        asker: Asker,
        request: &Commit,
        time_ms: i64,
        mishap: &Mishap,
        random: &mut Random,
    ) -> Result<Served> {
        let commit = match commit_of(request, time_ms) {
            Ok(commit) => commit,
            Err(error) => return Ok(Served::refused(&error)),
        };
        let fence = self.fence(asker, request.expected_head, Ask::Commit);
        let before = self.head();
        let committed = self.with(mishap, |depot, database| {
            depot.commit(database, fence, commit).wait()
        });
        let restarted = match (&committed, mishap) {
            (Err(depot::Error::Poisoned(_)), _) => Some("the store was poisoned"),
            (_, Mishap::PowerCut { .. }) => Some("the power was cut"),
            _ => None,
        };
        if restarted.is_some() {
            self.restart(random)?;
        }
        let (answer, did) = match committed {
            Ok(committed) => {
                let head = committed.head;
                let did = match committed.applied {
                    Applied::Now => Did::Applied { head },
                    Applied::Before => Did::Before { head },
                };
                if committed.applied == Applied::Before && !self.recognises {
                    // As a store does that knows its heads and nothing else.
                    let expected = request.expected_head.unwrap_or_default();
                    return Ok(Served {
                        answer: Err(SourceError::head_mismatch(expected, head)),
                        did,
                        restarted,
                    });
                }
                let mut answer = Some(head);
                if self.mutant == Some(Mutant::CacheNotKeyedByHead) {
                    self.told.insert(asker.instance, head);
                    answer = request.expected_head.map(|head| head + 1).or(answer);
                }
                (Ok(Committed { head: answer }), did)
            }
            Err(error) if error.is_outcome_unknown() => {
                // What it came to is looked up behind everybody's back: the checker has to know, and nobody else does.
                let (after, error) = (self.head(), source_error(&error));
                let code = code(&error);
                let did = match (before, after) {
                    (Some(before), Some(after)) if after > before => {
                        Did::AppliedUnheard { head: after }
                    }
                    _ => Did::Refused { code },
                };
                (Err(error), did)
            }
            Err(error) => return Ok(Served::refused(&error)),
        };
        Ok(Served {
            answer,
            did,
            restarted,
        })
    }

    /// What [`Mutant::LostCommitDecidedByReading`] makes of a lost answer.
    pub(crate) fn decide_by_reading(
        &self,
        request: &Commit,
        lost: SourceError,
    ) -> Result<Committed, SourceError> {
        if self.mutant != Some(Mutant::LostCommitDecidedByReading) {
            return Err(lost);
        }
        let expected = request.expected_head.unwrap_or_default();
        match self.head() {
            Some(head) if head > expected => Ok(Committed {
                head: Some(expected + 1),
            }),
            // The statement is told that nothing was applied.
            _ => Err(SourceError::new(
                ErrorKind::Transient,
                "sim",
                "not_applied",
                "the head has not moved",
            )),
        }
    }

    /// The head of what is durable, whoever asks.
    fn head(&self) -> Option<u64> {
        let head = self.depot.head(&self.database).wait();
        head.ok().map(|head| head.txid)
    }

    /// The whole database, as a file.
    pub(crate) fn image(&self) -> Result<(u64, Vec<u8>)> {
        let head = self.depot.head(&self.database).wait()?;
        let fence = Fence::without_head(head.generation.context("no generation is active")?);
        let numbers = (1..=head.size).collect();
        let pages = self.depot.pages(&self.database, fence, numbers).wait()?;
        let mut image = Vec::with_capacity(head.size as usize * PAGE_SIZE);
        for page in pages.pages {
            image.extend_from_slice(&page.octets.context("a page is missing")?);
        }
        Ok((pages.head, image))
    }

    fn fence(&self, asker: Asker, expected: Option<u64>, ask: Ask) -> Fence {
        let mut fence = Fence {
            generation: asker.generation,
            head: expected,
        };
        match self.mutant {
            Some(Mutant::NoHeadFence) => fence.head = None,
            Some(Mutant::NoGenerationCheck) => {
                let active = self.depot.head(&self.database).wait();
                if let Ok(Some(active)) = active.map(|head| head.generation) {
                    fence.generation = active;
                }
            }
            Some(Mutant::CacheNotKeyedByHead) => {
                fence.head = match ask {
                    Ask::Read => None,
                    Ask::Commit => self.told.get(&asker.instance).copied().or(expected),
                };
            }
            _ => {}
        }
        fence
    }

    fn with<T>(&self, mishap: &Mishap, serve: impl FnOnce(&Depot, &DatabaseId) -> T) -> T {
        match (mishap, &self.storage) {
            (Mishap::Fault(point, fault), _) => self.faults.plan(*point, fault.clone()),
            (Mishap::PowerCut { after }, Storage::Disk(disk)) => disk.cut_after(*after),
            (Mishap::DiskFull { after }, Storage::Disk(disk)) => disk.fill_after(*after),
            _ => {}
        }
        let answer = serve(&self.depot, &self.database);
        self.faults.clear();
        if let (Mishap::DiskFull { .. }, Storage::Disk(disk)) = (mishap, &self.storage) {
            disk.set_capacity(None);
        }
        answer
    }
}

#[derive(Clone, Copy)]
enum Ask {
    Read,
    Commit,
}

impl Served {
    fn refused(error: &depot::Error) -> Self {
        let error = source_error(error);
        let code = code(&error);
        Self {
            answer: Err(error),
            did: Did::Refused { code },
            restarted: None,
        }
    }
}

fn open(storage: &Storage, faults: &Faults) -> Result<Depot> {
    let engine = match storage {
        Storage::Memory(engine) => FaultyEngine::new(Kept(Arc::clone(engine)), faults),
        Storage::Disk(disk) => {
            let options = Options {
                cache_bytes: 1 << 20,
                headroom_bytes: 0,
                ..Options::default()
            };
            FaultyEngine::new(EmbeddedEngine::on_disk(disk.clone(), options)?, faults)
        }
    };
    let mut config = Config {
        readers: 1,
        sweep: Sweep::Manual,
        ..Config::default()
    };
    config.limits.commit_pages = COMMIT_PAGES;
    Ok(Depot::new(engine, config))
}

/// An engine in memory that outlives the depot on it, as a disk would.
struct Kept(Arc<MemoryEngine>);

impl Engine for Kept {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        self.0.snapshot()
    }

    fn submit(&self, unit: Box<dyn Unit>) {
        self.0.submit(unit);
    }

    fn residence(&self) -> Residence {
        self.0.residence()
    }

    fn statistics(&self) -> Statistics {
        self.0.statistics()
    }

    /// It goes on: a depot on it is closed by dropping it.
    fn close(&self) {}
}
