//! The two that are compared, behind one face.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use depot::embedded::Options;
use depot::group::Grouping;
use depot::{DatabaseId, Depot, EmbeddedEngine};
use depot_sqlite::{
    Commit, Committed, Config, Database as OnDepot, GetPages, PageSource, Pages, Resend,
    SourceError, Value,
};
use rusqlite::{Connection, params_from_iter};

use crate::adapter::DepotSource;
use crate::counted;

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// depot-sqlite on a depot with the embedded engine
    Depot,
    /// The same, where each commit is a group of its own
    Alone,
    /// SQLite on a file, WAL, synchronous=FULL
    Plain,
}

/// Many databases, in one folder.
pub(crate) enum Store {
    Depot {
        depot: Depot,
        requests: Arc<AtomicU64>,
        /// A database that is opened again is of the same generation: allocating one is a commit of its own.
        sources: Mutex<HashMap<String, DepotSource>>,
    },
    Plain(PathBuf),
}

impl Store {
    /// `cache` is what the depot's engine may keep of its file, in octets.
    pub(crate) fn open(side: Side, directory: &Path, cache: usize) -> Result<Self> {
        let mut options = Options {
            cache_bytes: cache,
            ..Options::default()
        };
        match side {
            Side::Plain => {
                std::fs::create_dir_all(directory)?;
                return Ok(Self::Plain(directory.to_owned()));
            }
            Side::Alone => {
                options.grouping = Grouping {
                    units: 1,
                    ..Grouping::default()
                }
            }
            Side::Depot => {}
        }
        let engine = EmbeddedEngine::open(directory, options)?;
        Ok(Self::Depot {
            depot: Depot::new(engine, depot::Config::default()),
            requests: Arc::default(),
            sources: Mutex::default(),
        })
    }

    /// Does what comes before opening a database, and is not part of it.
    pub(crate) fn allocate(&self, name: &str) -> Result<()> {
        if let Self::Depot { depot, sources, .. } = self {
            let source = DepotSource::allocate(depot, &DatabaseId::new(name)?)?;
            let mut sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
            sources.insert(name.to_owned(), source);
        }
        Ok(())
    }

    /// Opens a database that was [allocated](Self::allocate).
    pub(crate) fn database(&self, name: &str) -> Result<Database> {
        match self {
            Self::Depot {
                requests, sources, ..
            } => {
                let source = {
                    let sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
                    sources
                        .get(name)
                        .context("expected an allocated database")?
                        .clone()
                };
                let source = CountedSource {
                    source,
                    requests: Arc::clone(requests),
                };
                let database = OnDepot::new(source, Config::new(name));
                pollster::block_on(database.open())?;
                Ok(Database::Depot(database))
            }
            Self::Plain(directory) => {
                let connection = Connection::open(directory.join(format!("{name}.db")))?;
                let mode: String =
                    connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
                ensure!(
                    mode == "wal",
                    "expected a write-ahead log, but found {mode}"
                );
                // The log is opened by the first read.
                connection.execute_batch(
                    "PRAGMA synchronous = FULL; SELECT count(*) FROM sqlite_schema",
                )?;
                counted::count(&connection)?;
                Ok(Database::Plain(connection))
            }
        }
    }

    /// Syncs so far.
    pub(crate) fn syncs(&self) -> u64 {
        match self {
            Self::Depot { depot, .. } => depot.statistics().syncs,
            Self::Plain(_) => counted::syncs(),
        }
    }

    /// Requests to the depot for pages, or plain SQLite's reads of its files, so far.
    pub(crate) fn requests(&self) -> u64 {
        match self {
            Self::Depot { requests, .. } => requests.load(Ordering::Relaxed),
            Self::Plain(_) => counted::reads(),
        }
    }

    pub(crate) fn close(self) {
        if let Self::Depot { depot, .. } = self {
            depot.close();
        }
    }
}

/// One open database.
pub(crate) enum Database {
    Depot(OnDepot),
    Plain(Connection),
}

impl Database {
    /// Runs one statement, and hands its rows back. Plain SQLite keeps statements it has compiled, as its users have it do.
    pub(crate) fn run(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        match self {
            Self::Depot(database) => Ok(pollster::block_on(database.execute(sql, parameters))?
                .rows
                .rows),
            Self::Plain(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let columns = statement.column_count();
                let rows = statement.query_map(params_from_iter(parameters), |row| {
                    (0..columns)
                        .map(|column| Ok(owned(row.get(column)?)))
                        .collect()
                })?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            }
        }
    }

    pub(crate) fn close(self) -> Result<()> {
        match self {
            Self::Depot(database) => pollster::block_on(database.close()),
            Self::Plain(connection) => connection.close().map_err(|(_, error)| error)?,
        }
        Ok(())
    }
}

fn owned(value: rusqlite::types::Value) -> Value {
    use rusqlite::types::Value as Plain;
    match value {
        Plain::Null => Value::Null,
        Plain::Integer(number) => Value::Integer(number),
        Plain::Real(number) => Value::Real(number),
        Plain::Text(text) => Value::Text(text),
        Plain::Blob(octets) => Value::Blob(octets),
    }
}

/// A source that counts requests for pages.
struct CountedSource {
    source: DepotSource,
    requests: Arc<AtomicU64>,
}

impl PageSource for CountedSource {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.source.get_pages(request).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, SourceError> {
        self.source.commit(commit).await
    }

    fn resend(&self) -> Resend {
        self.source.resend()
    }
}
