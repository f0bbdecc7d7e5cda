//! A store in memory that counts what it is asked, and fails where a test wants it to.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use depot_sqlite::{
    Commit, Committed, Config, Database, DirtyPage, Error, ErrorKind, Executed, GetPages,
    PAGE_SIZE, Page, PageSource, Pages, Resend, Rows, SourceError, Value,
};

/// What is durable, and what happened to it. Clones are the same store.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    head: u64,
    size: u32,
    pages: BTreeMap<u32, Bytes>,
    generation: u64,
    /// The last commit, and the generation that sent it.
    last: Option<Last>,
    log: Vec<Request>,
    faults: VecDeque<Fault>,
    read_faults: VecDeque<Fault>,
    commit_limit: usize,
}

/// What a commit is recognised by.
type Last = (u64, Arc<[DirtyPage]>, u32, Option<u64>);

/// What a source was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Read {
        pages: Vec<u32>,
        expected: Option<u64>,
    },
    Commit {
        pages: Vec<u32>,
        size: u32,
        expected: Option<u64>,
        attempt: u32,
    },
}

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It is carried out.
    None,
    /// It fails with this error, and nothing is done.
    Before(SourceError),
    /// It is carried out, and the answer is lost.
    After,
    /// It is never answered, and nothing is done.
    Hang,
    /// It is carried out, and never answered.
    HangAfter,
    /// Nothing is done, and the answer to a commit names this head.
    Answer(Option<u64>),
    /// The source panics.
    Panic,
}

/// One way to a store: what an instance of a database has.
pub(crate) struct Source {
    pub(crate) store: Store,
    pub(crate) generation: u64,
    pub(crate) resend: Resend,
    /// Whether answers name the head.
    pub(crate) tells_head: bool,
}

impl Store {
    pub(crate) fn new() -> Self {
        let store = Self::default();
        store.inner().generation = 1;
        store.inner().commit_limit = usize::MAX;
        store
    }

    pub(crate) fn source(&self) -> Source {
        Source {
            store: self.clone(),
            generation: self.inner().generation,
            resend: Resend::AppliedIfNext,
            tells_head: true,
        }
    }

    pub(crate) fn database(&self) -> Database {
        self.database_with(config())
    }

    pub(crate) fn database_with(&self, config: Config) -> Database {
        let database = Database::new(self.source(), config);
        wait(database.open()).unwrap();
        database
    }

    /// A table `t` of 1000 rows on some 500 pages, more than opening reads. The head is then 2.
    pub(crate) fn fill(&self) {
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000)";
        let database = self.database();
        database.sql("CREATE TABLE t (v)").unwrap();
        database
            .sql(&format!(
                "{rows} INSERT INTO t SELECT zeroblob(1900) FROM n"
            ))
            .unwrap();
        wait(database.close());
        self.requests();
    }

    pub(crate) fn head(&self) -> u64 {
        self.inner().head
    }

    pub(crate) fn size(&self) -> u32 {
        self.inner().size
    }

    pub(crate) fn set_head(&self, head: u64) {
        self.inner().head = head;
    }

    pub(crate) fn set_generation(&self, generation: u64) {
        self.inner().generation = generation;
    }

    pub(crate) fn set_commit_limit(&self, pages: usize) {
        self.inner().commit_limit = pages;
    }

    /// What becomes of the next commits.
    pub(crate) fn fail_commits(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inner().faults.extend(faults);
    }

    /// From now on no commit fails.
    pub(crate) fn heal(&self) {
        self.inner().faults.clear();
    }

    /// What becomes of the next reads.
    pub(crate) fn fail_reads(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inner().read_faults.extend(faults);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.inner().log)
    }

    /// The commits since the last look at the requests.
    pub(crate) fn commits(&self) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| matches!(request, Request::Commit { .. }))
            .collect()
    }

    /// The file, as a whole.
    pub(crate) fn image(&self) -> Vec<u8> {
        let inner = self.inner();
        (1..=inner.size)
            .flat_map(|number| {
                inner
                    .pages
                    .get(&number)
                    .map_or_else(|| vec![0; PAGE_SIZE], |page| page.to_vec())
            })
            .collect()
    }

    /// Opens the store anew and checks that SQLite finds it whole.
    pub(crate) fn assert_whole(&self) {
        let database = self.database();
        let rows = wait(database.exec("PRAGMA integrity_check")).unwrap();
        assert_eq!(rows.rows, [[Value::from("ok")]]);
        wait(database.close());
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn check(inner: &Inner, generation: u64, expected: Option<u64>) -> Result<(), SourceError> {
        if generation != inner.generation {
            return Err(SourceError::new(
                ErrorKind::Superseded,
                "depot",
                "generation_mismatch",
                "not the current generation",
            ));
        }
        match expected {
            Some(expected) if expected != inner.head => {
                Err(SourceError::head_mismatch(expected, inner.head))
            }
            _ => Ok(()),
        }
    }

    fn read(&self, source: &Source, request: &GetPages) -> Result<Pages, SourceError> {
        let inner = self.inner();
        Self::check(&inner, source.generation, request.expected_head)?;
        if inner.head == 0 {
            return Err(SourceError::new(
                ErrorKind::MissingDatabase,
                "depot",
                "database_not_found",
                "no database",
            ));
        }
        let page = |&number: &u32| Page {
            number,
            data: (number <= inner.size).then(|| {
                inner
                    .pages
                    .get(&number)
                    .cloned()
                    .unwrap_or_else(|| Bytes::from_static(&[0; PAGE_SIZE]))
            }),
        };
        Ok(Pages {
            head: source.tells_head.then_some(inner.head),
            pages: request.pages.iter().map(page).collect(),
        })
    }

    fn commit(&self, source: &Source, commit: &Commit) -> Result<Committed, SourceError> {
        let mut inner = self.inner();
        let this = (
            source.generation,
            Arc::clone(&commit.pages),
            commit.size,
            commit.expected_head,
        );
        if source.resend == Resend::Recognised
            && source.generation == inner.generation
            && inner.last.as_ref() == Some(&this)
        {
            return Ok(Committed {
                head: Some(inner.head),
            });
        }
        Self::check(&inner, source.generation, commit.expected_head)?;
        if commit.pages.len() > inner.commit_limit {
            return Err(SourceError::new(
                ErrorKind::Refused,
                "depot",
                "commit_too_large",
                "too many pages",
            ));
        }
        let mut numbers = std::collections::BTreeSet::new();
        for page in commit.pages.iter() {
            assert!(
                page.number >= 1 && page.number <= commit.size,
                "page {} of {}",
                page.number,
                commit.size
            );
            assert_eq!(page.data.len(), PAGE_SIZE);
            assert!(numbers.insert(page.number), "page {} twice", page.number);
            inner.pages.insert(page.number, page.data.clone());
        }
        inner.pages.split_off(&(commit.size + 1));
        inner.size = commit.size;
        inner.head += 1;
        inner.last = Some(this);
        if let Some(first) = inner.pages.get(&1) {
            let size = u32::from_be_bytes(first[28..32].try_into().unwrap());
            assert_eq!(
                size, commit.size,
                "page 1 and the commit name different sizes"
            );
        }
        Ok(Committed {
            head: source.tells_head.then_some(inner.head),
        })
    }
}

pub(crate) fn lost() -> SourceError {
    SourceError::new(
        ErrorKind::Indeterminate,
        "sqlite",
        "connection_lost",
        "the answer was lost",
    )
}

pub(crate) fn transient() -> SourceError {
    SourceError::new(ErrorKind::Transient, "sqlite", "unavailable", "not now")
}

impl PageSource for Source {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        let fault = {
            let mut inner = self.store.inner();
            inner.log.push(Request::Read {
                pages: request.pages.clone(),
                expected: request.expected_head,
            });
            inner.read_faults.pop_front().unwrap_or(Fault::None)
        };
        match fault {
            Fault::None => self.store.read(self, &request),
            Fault::Before(error) => Err(error),
            Fault::After | Fault::Answer(_) => Err(transient()),
            Fault::Hang | Fault::HangAfter => std::future::pending().await,
            Fault::Panic => panic!("the source panics, as the test wants it to"),
        }
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, SourceError> {
        let fault = {
            let mut inner = self.store.inner();
            inner.log.push(Request::Commit {
                pages: commit.pages.iter().map(|page| page.number).collect(),
                size: commit.size,
                expected: commit.expected_head,
                attempt: commit.attempt,
            });
            inner.faults.pop_front().unwrap_or(Fault::None)
        };
        match fault {
            Fault::None => self.store.commit(self, &commit),
            Fault::Before(error) => Err(error),
            Fault::After => self.store.commit(self, &commit).and(Err(lost())),
            Fault::Answer(head) => Ok(Committed { head }),
            Fault::Hang => std::future::pending().await,
            Fault::HangAfter => {
                self.store.commit(self, &commit)?;
                std::future::pending().await
            }
            Fault::Panic => panic!("the source panics, as the test wants it to"),
        }
    }

    fn resend(&self) -> Resend {
        self.resend
    }
}

/// The longest that a test waits for what comes to an end at all, on a machine that does other things at the same time.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Answers that are lost are soon asked for again. Everything else may take longer than a test waits.
pub(crate) fn config() -> Config {
    let mut config = Config::new("test");
    config.commit_attempt = Duration::from_millis(50);
    config.commit_bound = 2 * PATIENCE;
    config.limits.time = Some(2 * PATIENCE);
    config
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

/// What the tests want of a database, without waiting.
pub(crate) trait Sql {
    fn sql(&self, sql: &str) -> Result<Rows, Error>;
    fn run(&self, sql: &str, parameters: Vec<Value>) -> Result<Executed, Error>;
    /// The one value of the one row.
    fn value(&self, sql: &str) -> Value;
}

impl Sql for Database {
    fn sql(&self, sql: &str) -> Result<Rows, Error> {
        wait(self.exec(sql))
    }

    fn run(&self, sql: &str, parameters: Vec<Value>) -> Result<Executed, Error> {
        wait(self.execute(sql, parameters))
    }

    fn value(&self, sql: &str) -> Value {
        let mut rows = self.sql(sql).unwrap().rows;
        assert_eq!(rows.len(), 1, "{sql}");
        rows.remove(0).remove(0)
    }
}
