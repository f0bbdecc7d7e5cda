//! Group commits on redb.

use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redb::{Database, Durability, ReadableDatabase as _};

use crate::embedded::backend::{Aside, Backend, BackendState, Failure};
use crate::embedded::disk::{Disk, DiskFile};
use crate::embedded::journal::{Chain, Journal, Limits, Step};
use crate::embedded::tables::{META, PAGES, ROWS, ReadTables, Tables, WriteTables, failed};
use crate::engine::{EngineError, Snapshot};
use crate::error::Error;
use crate::group::{Fill, Group, Store, Traffic};

/// The format of what is stored: tables, keys, records, packing. Another one is another number.
pub(crate) const FORMAT: u32 = 3;
const FORMAT_KEY: &str = "format";

/// A store on a disk.
pub(crate) struct RedbStore {
    options: StoreOptions,
    /// None once it was closed.
    opening: RwLock<Option<Opening>>,
    /// Of openings that are over.
    past: Mutex<Traffic>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreOptions {
    pub(crate) cache_bytes: usize,
    pub(crate) headroom_bytes: u64,
    pub(crate) journal: Limits,
}

/// redb answers nothing more after any failure of the disk's, so that one that is no reason to give up takes another opening.
#[derive(Clone)]
struct Opening {
    database: Arc<Database>,
    state: Arc<BackendState>,
    disk: Arc<dyn Disk>,
    writing: Writing,
}

/// Whether an opening writes to the disk.
#[derive(Clone)]
enum Writing {
    /// It does.
    ToDisk,
    /// It found no space for what opening a database takes, so that it only reads.
    Refused(Refusal),
}

#[derive(Clone)]
struct Refusal {
    why: String,
    at: Instant,
    /// What was free then, where that is known.
    free: Option<u64>,
}

impl Refusal {
    /// Whether it is worth to try again, which costs those their answer who are reading.
    fn is_over(&self, disk: &dyn Disk) -> bool {
        // Nothing known is more than anything.
        let more = match (disk.free().ok().flatten(), self.free) {
            (Some(now), Some(then)) => now > then,
            (None, Some(_)) => true,
            _ => false,
        };
        more || self.at.elapsed() >= PATIENCE
    }
}

/// How long a refusal lasts if nothing is known of the space.
const PATIENCE: Duration = Duration::from_millis(200);

impl RedbStore {
    /// Opens what is on `disk`, or makes a new store if it is empty.
    pub(crate) fn open(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        // A store that was never synced itself is in the journal alone.
        let is_new = || Ok(disk.len(DiskFile::Store)? == 0 && Chain::find(&**disk)?.is_none());
        let new = is_new().map_err(disk_error)?;
        let opening = if new {
            let opening = Opening::to_disk(disk, options)?;
            opening
                .initialise()
                .map_err(|error| opening.explain(error))?;
            opening
        } else {
            let opening = Opening::new(disk, options)?;
            opening.check_format()?;
            opening
        };
        Ok(Self {
            options,
            opening: RwLock::new(Some(opening)),
            past: Mutex::default(),
        })
    }

    /// The opening for a read.
    fn opening(&self) -> Result<Opening, EngineError> {
        let opening = self.current()?;
        match opening.state.failure() {
            None => Ok(opening),
            Some(failure) => self.open_anew(&failure),
        }
    }

    /// The opening for a group, if there is space for one.
    fn opening_to_write(&self) -> Result<Opening, EngineError> {
        let mut opening = self.opening()?;
        if let Writing::Refused(refusal) = &opening.writing
            && refusal.is_over(&*opening.disk)
        {
            opening.check_space(self.options.headroom_bytes.max(1))?;
            opening = self.open_anew(&Failure::Full(refusal.why.clone()))?;
        }
        if let Writing::Refused(refusal) = opening.writing {
            return Err(EngineError::Full(refusal.why));
        }
        opening.check_space(self.options.headroom_bytes)?;
        Ok(opening)
    }

    fn current(&self) -> Result<Opening, EngineError> {
        let opening = self.opening.read().unwrap_or_else(PoisonError::into_inner);
        opening.clone().ok_or(EngineError::Closed)
    }

    /// Opens the database again after a failure that left what is durable as it was.
    fn open_anew(&self, failure: &Failure) -> Result<Opening, EngineError> {
        if let Failure::Sync(why) | Failure::Write(why) = failure {
            return Err(EngineError::Poisoned(why.clone()));
        }
        let mut current = self.opening.write().unwrap_or_else(PoisonError::into_inner);
        let old = current.as_ref().ok_or(EngineError::Closed)?;
        let refusing = match &old.writing {
            Writing::ToDisk => false,
            Writing::Refused(refusal) => refusal.is_over(&*old.disk),
        };
        if old.state.failure().is_none() && !refusing {
            // Another thread was faster.
            return Ok(old.clone());
        }
        old.state.retire();
        let new = Opening::new(&old.disk, self.options)
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        event!(warn, ?failure, "the store was opened anew");
        let over = old.state.traffic();
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.syncs += over.syncs;
        past.written_bytes += over.written_bytes;
        *current = Some(new.clone());
        Ok(new)
    }
}

impl Opening {
    /// Opens what is there; to read alone, if there is no space for more.
    fn new(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        match Self::to_disk(disk, options) {
            Err(Error::StorageFull(why)) => Self::aside(disk, options, why),
            opened => opened,
        }
    }

    fn to_disk(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        let found = match find(&**disk).map_err(disk_error)? {
            Found::Chain(chain) => {
                recover(&**disk, &chain).map_err(disk_error)?;
                Some(chain)
            }
            Found::Nothing => None,
            Found::Another(why) => {
                // It may be a store of another kind. To see that, nothing is written.
                Self::aside(disk, options, why.clone())?.check_format()?;
                return Err(Error::Corrupt(why));
            }
        };
        let journal = Journal::after(found.as_ref(), options.journal);
        Self::with_backend(disk, options, journal, None, Writing::ToDisk)
    }

    fn aside(disk: &Arc<dyn Disk>, options: StoreOptions, why: String) -> Result<Self, Error> {
        let aside = Aside::of(&**disk).map_err(disk_error)?;
        let refusal = Refusal {
            why,
            at: Instant::now(),
            free: disk.free().ok().flatten(),
        };
        // It is never written to.
        let journal = Journal::after(None, options.journal);
        Self::with_backend(
            disk,
            options,
            journal,
            Some(aside),
            Writing::Refused(refusal),
        )
    }

    fn with_backend(
        disk: &Arc<dyn Disk>,
        options: StoreOptions,
        journal: Journal,
        aside: Option<Aside>,
        writing: Writing,
    ) -> Result<Self, Error> {
        let state = Arc::new(BackendState::new(journal));
        let backend = Backend {
            disk: Arc::clone(disk),
            state: Arc::clone(&state),
            aside: aside.map(Mutex::new),
        };
        let opened = Database::builder()
            .set_cache_size(options.cache_bytes)
            .create_with_backend(backend);
        let database = opened.map_err(|error| match state.failure() {
            Some(Failure::Full(why)) => Error::StorageFull(why),
            _ => open_error(error),
        })?;
        Ok(Self {
            database: Arc::new(database),
            state,
            disk: Arc::clone(disk),
            writing,
        })
    }

    fn initialise(&self) -> Result<(), EngineError> {
        self.write(&mut |transaction| {
            let mut meta = transaction.open_table(META).map_err(table_failed)?;
            meta.insert(FORMAT_KEY, FORMAT).map_err(failed)?;
            // A snapshot opens them, and cannot make them.
            transaction.open_table(ROWS).map_err(table_failed)?;
            transaction.open_table(PAGES).map_err(table_failed)?;
            Ok(ControlFlow::Continue(()))
        })
    }

    fn check_format(&self) -> Result<(), Error> {
        let unknown = |found: String| Error::UnknownFormat {
            found,
            known: FORMAT,
        };
        let transaction = self
            .database
            .begin_read()
            .map_err(|error| Error::Storage(error.to_string()))?;
        let found = match transaction.open_table(META) {
            Ok(meta) => meta
                .get(FORMAT_KEY)
                .map_err(failed)?
                .map(|format| format.value()),
            Err(redb::TableError::Storage(error)) => return Err(failed(error).into()),
            Err(_) => None,
        };
        match found {
            Some(FORMAT) => Ok(()),
            Some(other) => Err(unknown(format!("format {other}"))),
            None => Err(unknown("a database of something else".to_owned())),
        }
    }

    /// Runs `fill` in a transaction, which is durable afterwards unless `fill` breaks it off.
    fn write(
        &self,
        fill: &mut dyn FnMut(&redb::WriteTransaction) -> Result<ControlFlow<()>, EngineError>,
    ) -> Result<(), EngineError> {
        let mut transaction = self
            .database
            .begin_write()
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        transaction
            .set_durability(Durability::Immediate)
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        // A store that was killed opens at once, whatever its size. redb syncs twice for it; see `journal`.
        transaction.set_quick_repair(true);
        match fill(&transaction)? {
            ControlFlow::Break(()) => transaction.abort().map_err(failed),
            ControlFlow::Continue(()) => {
                self.state.begin_commit();
                let committed = transaction.commit();
                let synced = self.state.end_commit();
                committed.map_err(|error| match error {
                    redb::CommitError::Storage(error) => failed(error),
                    other => EngineError::Failed(other.to_string()),
                })?;
                synced
            }
        }
    }

    /// Refuses to write while there would hardly be space for it: what a group needs is known only once it was written.
    fn check_space(&self, headroom: u64) -> Result<(), EngineError> {
        match self.disk.free() {
            Ok(Some(free)) if free < headroom => Err(EngineError::Full(format!(
                "expected {headroom} octets to be free, but found {free}"
            ))),
            // Whoever cannot tell will find out.
            _ => Ok(()),
        }
    }

    /// What really happened, as the disk tells it.
    fn explain(&self, error: EngineError) -> EngineError {
        match self.state.failure() {
            Some(Failure::Sync(why)) => EngineError::Poisoned(format!("a sync failed: {why}")),
            Some(Failure::Write(why)) => EngineError::Poisoned(format!("a write failed: {why}")),
            Some(Failure::Full(why)) => EngineError::Full(why),
            Some(Failure::Read(why)) => EngineError::Failed(why),
            None => error,
        }
    }
}

impl Store for RedbStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, EngineError> {
        let opening = self.opening()?;
        let read = || {
            let transaction = opening
                .database
                .begin_read()
                .map_err(|error| EngineError::Failed(error.to_string()))?;
            Ok(Tables {
                rows: transaction.open_table(ROWS).map_err(table_failed)?,
                pages: transaction.open_table(PAGES).map_err(table_failed)?,
            })
        };
        let tables = read().map_err(|error| opening.explain(error))?;
        Ok(Box::new(ReadTables {
            tables,
            _database: opening.database,
        }))
    }

    fn write(&self, fill: &mut Fill<'_>) -> Result<(), EngineError> {
        let opening = self.opening_to_write()?;
        let written = opening.write(&mut |transaction| {
            let mut group = Counted {
                tables: Tables {
                    rows: transaction.open_table(ROWS).map_err(table_failed)?,
                    pages: transaction.open_table(PAGES).map_err(table_failed)?,
                },
                changed: false,
            };
            fill(&mut group)?;
            Ok(if group.changed {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        });
        written.map_err(|error| opening.explain(error))
    }

    fn traffic(&self) -> Traffic {
        let past = *self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let opening = self.opening.read().unwrap_or_else(PoisonError::into_inner);
        let now = opening
            .as_ref()
            .map_or_else(Traffic::default, |opening| opening.state.traffic());
        Traffic {
            syncs: past.syncs + now.syncs,
            written_bytes: past.written_bytes + now.written_bytes,
        }
    }

    fn close(&self) {
        let opening = self
            .opening
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(opening) = opening {
            let over = opening.state.traffic();
            let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
            past.syncs += over.syncs;
            past.written_bytes += over.written_bytes;
        }
    }
}

/// What there is of a journal.
enum Found {
    /// There is no store yet.
    Nothing,
    Chain(Chain),
    /// It is not the journal of what the store's file holds, and has nothing to put there.
    Another(String),
}

fn find(disk: &dyn Disk) -> io::Result<Found> {
    let why = match Chain::find(disk)? {
        Some(chain) if chain.fits(disk)? => return Ok(Found::Chain(chain)),
        Some(chain) => {
            let why = "expected the journal of the store beside it, but found one of another store, or of another time";
            if !chain.is_empty() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            why
        }
        None if disk.len(DiskFile::Store)? == 0 => return Ok(Found::Nothing),
        None => "expected the journal of a store, but found no whole record in it",
    };
    Ok(Found::Another(why.to_owned()))
}

/// Puts into the store what only the journal has.
fn recover(disk: &dyn Disk, chain: &Chain) -> io::Result<()> {
    chain.keep(disk)?;
    if !chain.is_empty() {
        chain.play(|step| match step {
            Step::Length(length) if disk.len(DiskFile::Store)? < length => {
                disk.set_len(DiskFile::Store, length)
            }
            Step::End(length) if disk.len(DiskFile::Store)? > length => {
                disk.set_len(DiskFile::Store, length)
            }
            Step::Length(_) | Step::End(_) => Ok(()),
            Step::Write(offset, octets) => disk.write(DiskFile::Store, offset, octets),
        })?;
        disk.sync(DiskFile::Store)?;
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "map_err gives it away")]
fn disk_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::StorageFull(error.to_string())
        }
        io::ErrorKind::InvalidData => Error::Corrupt(error.to_string()),
        _ => Error::Storage(error.to_string()),
    }
}

/// A group that knows whether there is anything to make durable.
struct Counted<'a> {
    tables: WriteTables<'a>,
    changed: bool,
}

impl Group for Counted<'_> {
    fn state(&self) -> &dyn crate::engine::Read {
        self.tables.state()
    }

    fn apply(&mut self, changes: &crate::engine::Changes) -> Result<(), EngineError> {
        self.changed = true;
        self.tables.apply(changes)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "map_err gives it away")]
fn table_failed(error: redb::TableError) -> EngineError {
    match error {
        redb::TableError::Storage(error) => failed(error),
        other => EngineError::Corrupt(other.to_string()),
    }
}

fn open_error(error: redb::DatabaseError) -> Error {
    let unknown = |found: String| Error::UnknownFormat {
        found,
        known: FORMAT,
    };
    match error {
        redb::DatabaseError::UpgradeRequired(version) => {
            unknown(format!("a file of redb's format {version}"))
        }
        redb::DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            unknown(format!("a file of something else ({error})"))
        }
        redb::DatabaseError::Storage(redb::StorageError::Corrupted(what)) => Error::Corrupt(what),
        other => Error::Storage(other.to_string()),
    }
}
