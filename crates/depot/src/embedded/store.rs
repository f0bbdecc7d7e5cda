//! Group commits on redb.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redb::{Database, Durability, ReadableDatabase as _};

use crate::embedded::backend::{Aside, Backend, BackendState, Failure};
use crate::embedded::disk::{Disk, DiskFile};
use crate::embedded::journal::{Chain, Journal, Limits};
use crate::embedded::recovery::{Found, caught, disk_error, find, is_blank, open_error, recover};
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
    /// The last that was to be written found no space, whatever the disk says that is free.
    is_exhausted: AtomicBool,
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
    pub(crate) fn open_or_make(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        // A store that was never synced itself is in the journal alone.
        let is_new = || Ok(disk.len(DiskFile::Store)? == 0 && Chain::find(&**disk)?.is_none());
        if is_new().map_err(disk_error)? {
            Self::make(disk, options)
        } else {
            Self::open(disk, options)
        }
    }

    /// Makes a new store on `disk`, which has none.
    pub(crate) fn make(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        let opening = Opening::after(None, disk, options)?;
        opening
            .initialise()
            .map_err(|error| opening.explain(error))?;
        Ok(Self::with(opening, options))
    }

    /// Opens the store on `disk`, which has one.
    pub(crate) fn open(disk: &Arc<dyn Disk>, options: StoreOptions) -> Result<Self, Error> {
        let opening = Opening::new(disk, options)?;
        opening.check_format()?;
        Ok(Self::with(opening, options))
    }

    fn with(opening: Opening, options: StoreOptions) -> Self {
        Self {
            options,
            is_exhausted: AtomicBool::new(matches!(opening.writing, Writing::Refused(_))),
            opening: RwLock::new(Some(opening)),
            past: Mutex::default(),
        }
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
        let new = Opening::new(&old.disk, self.options).map_err(|error| match error {
            Error::Corrupt(what) => EngineError::Corrupt(what),
            other => EngineError::Failed(other.to_string()),
        })?;
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
        match find(&**disk).map_err(disk_error)? {
            Found::Chain(chain) => {
                recover(&**disk, &chain).map_err(disk_error)?;
                Self::after(Some(&chain), disk, options)
            }
            Found::Another(why) => Err(Self::judge(disk, options, why)),
        }
    }

    /// Opens what the store's file holds, with all that the journal had for it.
    fn after(
        found: Option<&Chain>,
        disk: &Arc<dyn Disk>,
        options: StoreOptions,
    ) -> Result<Self, Error> {
        let journal = Journal::after(found, options.journal);
        Self::with_backend(disk, options, journal, None, Writing::ToDisk)
    }

    /// What a store is that has not the journal that it must have, which is `why`: one of another format may need none. Nothing is written.
    fn judge(disk: &Arc<dyn Disk>, options: StoreOptions, why: String) -> Error {
        let look = || {
            if is_blank(&**disk).map_err(disk_error)? {
                // One of ours, and no other, is like that: it was killed before its file was synced for the first time.
                return Ok(());
            }
            let aside = Aside::empty(&**disk).map_err(disk_error)?;
            Self::reading(disk, options, aside, why.clone())?.check_format()
        };
        match look() {
            Err(unknown @ Error::UnknownFormat { .. }) => unknown,
            // A store that lacks its last groups need not make sense to anybody.
            _ => Error::Corrupt(why),
        }
    }

    fn aside(disk: &Arc<dyn Disk>, options: StoreOptions, why: String) -> Result<Self, Error> {
        let aside = Aside::of(&**disk).map_err(disk_error)?;
        Self::reading(disk, options, aside, why)
    }

    fn reading(
        disk: &Arc<dyn Disk>,
        options: StoreOptions,
        aside: Aside,
        why: String,
    ) -> Result<Self, Error> {
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
        let database = caught(&**disk, || {
            let opened = Database::builder()
                .set_cache_size(options.cache_bytes)
                .create_with_backend(backend);
            opened.map_err(|error| match state.failure() {
                Some(Failure::Full(why)) => Error::StorageFull(why),
                _ => open_error(&**disk, error),
            })
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
        let found = caught(&*self.disk, || self.format())?;
        let found = match found {
            Some(FORMAT) => return Ok(()),
            Some(other) => format!("format {other}"),
            None => "a database of something else".to_owned(),
        };
        Err(Error::UnknownFormat {
            found: format!("{found} in {}", self.disk.name(DiskFile::Store)),
            known: FORMAT,
        })
    }

    /// What the store says of its format.
    fn format(&self) -> Result<Option<u32>, Error> {
        let transaction = self
            .database
            .begin_read()
            .map_err(|error| Error::Storage(error.to_string()))?;
        match transaction.open_table(META) {
            Ok(meta) => {
                let format = meta.get(FORMAT_KEY).map_err(failed)?;
                Ok(format.map(|format| format.value()))
            }
            Err(redb::TableError::Storage(error)) => Err(failed(error).into()),
            Err(_) => Ok(None),
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
                match committed {
                    Ok(()) => synced,
                    // It frees pages for the next group, which may take space. Whoever comes next finds out.
                    Err(error) if self.state.has_switched() => {
                        event!(warn, %error, "a group is durable, and what comes behind it failed");
                        let _ = error;
                        Ok(())
                    }
                    Err(redb::CommitError::Storage(error)) => Err(failed(error)),
                    Err(other) => Err(EngineError::Failed(other.to_string())),
                }
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
        let mut is_changed = false;
        let written = opening.write(&mut |transaction| {
            let mut group = Counted {
                tables: Tables {
                    rows: transaction.open_table(ROWS).map_err(table_failed)?,
                    pages: transaction.open_table(PAGES).map_err(table_failed)?,
                },
                changed: false,
            };
            fill(&mut group)?;
            is_changed = group.changed;
            Ok(if is_changed {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        });
        let written = written.map_err(|error| opening.explain(error));
        match &written {
            Ok(()) if is_changed => self.is_exhausted.store(false, Ordering::Relaxed),
            Err(EngineError::Full(_)) => self.is_exhausted.store(true, Ordering::Relaxed),
            _ => {}
        }
        written
    }

    fn is_full(&self) -> bool {
        let is_exhausted = self.is_exhausted.load(Ordering::Relaxed);
        // While it is opened anew nobody knows better.
        let Ok(opening) = self.opening.try_read() else {
            return is_exhausted;
        };
        opening.as_ref().is_some_and(|opening| {
            is_exhausted || opening.check_space(self.options.headroom_bytes).is_err()
        })
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
