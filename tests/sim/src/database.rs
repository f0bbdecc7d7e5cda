//! The database of an instance, in place of SQLite on a page source, by the same rules: what it reads is of the head that it
//! knows, a commit whose answer is lost is sent again until it is decided, and what says that somebody else has written
//! ends it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use depot_sqlite::{
    Commit, DirtyPage, Ending, ErrorKind, GetPages, Page, PageSource as _, Resend, SourceError,
};
use envoy_client::SimulatedPages;
use tokio::time::{Instant, sleep};

use crate::ledger::{self, Entry};
use crate::log::{Event, Instance, Log, OpId};

/// How long a commit is sent again before it counts as undecided.
const COMMIT: Duration = Duration::from_secs(25);
/// The pause before a commit is sent again, doubled each time, and the longest.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Every entry that is known, and where that is.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) instance: Instance,
    generation: u32,
    pages: SimulatedPages,
    log: Log,
    head: Option<u64>,
    entries: Vec<Entry>,
    /// A commit of which nobody knows whether it was applied.
    undecided: Option<(Commit, Entry)>,
    /// Nobody here can know what the last commit has come to, and who goes on without it could take it for a later one.
    is_lost: bool,
}

impl Database {
    /// Reads everything.
    pub(crate) async fn open(
        pages: SimulatedPages,
        instance: Instance,
        generation: u32,
        log: Log,
    ) -> Result<Self, SourceError> {
        let mut database = Self {
            instance,
            generation,
            pages,
            log,
            head: None,
            entries: Vec::new(),
            undecided: None,
            is_lost: false,
        };
        match database.fetch().await {
            Ok(entries) => database.entries = entries,
            Err(error) if error.kind() == ErrorKind::MissingDatabase => database.head = Some(0),
            Err(error) => return Err(error),
        }
        database.log.add(Event::Loaded {
            instance,
            head: database.head,
            entries: database.entries.len(),
        });
        Ok(database)
    }

    /// A second instance that knows what this one knows, and hears of no end.
    pub(crate) fn copy(&self, instance: Instance, pages: SimulatedPages) -> Self {
        Self {
            instance,
            pages,
            ..self.clone()
        }
    }

    /// The same instance, which does not notice its end.
    pub(crate) fn go_on(&mut self, pages: SimulatedPages) {
        self.pages = pages;
    }

    /// Reads everything anew, and compares it with what is known.
    pub(crate) async fn read(&mut self) -> Result<usize, SourceError> {
        self.settle().await?;
        let found = match self.fetch().await {
            Err(error) if error.kind() == ErrorKind::MissingDatabase => Vec::new(),
            found => found?,
        };
        if found != self.entries {
            self.log.add(Event::ReadOther {
                instance: self.instance,
                knew: self.entries.len(),
                found: found.len(),
            });
        }
        Ok(found.len())
    }

    /// Adds an entry for an operation, unless there is one. Says where it is.
    async fn append(&mut self, op: OpId) -> Result<usize, SourceError> {
        if self.is_lost {
            return Err(SourceError::new(
                ErrorKind::Refused,
                "sim",
                "lost",
                "nobody knows",
            ));
        }
        self.settle().await?;
        if let Some(place) = self.entries.iter().position(|entry| entry.op == op) {
            return Ok(place);
        }
        let entry = Entry {
            op,
            writer: self.instance,
            generation: self.generation,
        };
        let (pages, size) = ledger::append(&self.entries, entry);
        let page = |(number, data)| DirtyPage { number, data };
        let commit = Commit {
            pages: pages.into_iter().map(page).collect(),
            size,
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(op),
            expected_head: self.head,
            epoch: 0,
            attempt: 0,
        };
        self.undecided = Some((commit, entry));
        self.settle().await?;
        Ok(self.entries.len() - 1)
    }

    /// Decides the commit that is undecided, if there is one.
    async fn settle(&mut self) -> Result<(), SourceError> {
        let start = Instant::now();
        let mut pause = PAUSE;
        while let Some((commit, entry)) = &mut self.undecided {
            let (instance, op) = (self.instance, entry.op);
            let (expected, attempt) = (commit.expected_head, commit.attempt);
            self.log.add(Event::Commits {
                instance,
                op,
                expected,
                attempt,
            });
            let sent = commit.clone();
            commit.attempt += 1;
            let entry = *entry;
            let next = expected.map(|head| head + 1);
            let error = match self.pages.commit(sent).await {
                Ok(committed) => {
                    self.applied(entry, committed.head.or(next));
                    break;
                }
                Err(error) => error,
            };
            let is_again = attempt > 0;
            match error.kind() {
                ErrorKind::HeadMismatch { actual }
                    if is_again
                        && actual.is_some()
                        && actual == next
                        && self.pages.resend() == Resend::AppliedIfNext =>
                {
                    self.applied(entry, actual);
                    break;
                }
                ErrorKind::HeadMismatch { .. } => {
                    self.refused(op, &error);
                    self.pages.end(Ending::Fatal(error.clone()));
                    self.undecided = None;
                    return Err(error);
                }
                ErrorKind::Superseded => {
                    self.refused(op, &error);
                    self.pages.end(Ending::Superseded(error.clone()));
                    self.undecided = None;
                    self.is_lost =
                        expected.is_none() || self.pages.resend() == Resend::AppliedIfNext;
                    return Err(error);
                }
                ErrorKind::Indeterminate if expected.is_none() => {
                    self.log.add(Event::Undecided { instance, op });
                    self.pages.end(Ending::Fatal(error.clone()));
                    self.undecided = None;
                    self.is_lost = true;
                    return Err(error);
                }
                ErrorKind::Transient | ErrorKind::Full if is_again => {}
                ErrorKind::Indeterminate => {}
                _ => {
                    self.refused(op, &error);
                    self.undecided = None;
                    return Err(error);
                }
            }
            if start.elapsed() >= COMMIT {
                self.log.add(Event::Undecided { instance, op });
                return Err(error);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    fn applied(&mut self, entry: Entry, head: Option<u64>) {
        self.undecided = None;
        self.head = head;
        self.log.add(Event::Committed {
            instance: self.instance,
            op: entry.op,
            place: self.entries.len(),
        });
        self.entries.push(entry);
    }

    fn refused(&self, op: OpId, error: &SourceError) {
        self.log.add(Event::Refused {
            instance: self.instance,
            op,
            code: format!("{}.{}", error.group(), error.code()),
        });
    }

    /// All entries, at the head that is known; the first answer says which that is.
    async fn fetch(&mut self) -> Result<Vec<Entry>, SourceError> {
        let first = self.pages_of(vec![1, 2]).await?;
        let octets = |pages: &[Page], number: u32| {
            let page = pages.iter().find(|page| page.number == number);
            page.and_then(|page| page.data.clone())
        };
        let count = octets(&first, 1).map_or(0, |page| ledger::count(&page));
        let mut pages: Vec<_> = octets(&first, 2).into_iter().collect();
        let rest: Vec<u32> = ledger::pages_of(count).into_iter().skip(1).collect();
        if !rest.is_empty() {
            let more = self.pages_of(rest.clone()).await?;
            pages.extend(rest.iter().filter_map(|number| octets(&more, *number)));
        }
        Ok(ledger::read(pages.iter().map(|page| &page[..]), count))
    }

    async fn pages_of(&mut self, numbers: Vec<u32>) -> Result<Vec<Page>, SourceError> {
        let request = GetPages {
            pages: numbers,
            expected_head: self.head,
            epoch: 0,
        };
        match self.pages.get_pages(request).await {
            Ok(answer) => {
                self.head = self.head.or(answer.head);
                Ok(answer.pages)
            }
            Err(error) => {
                match error.kind() {
                    ErrorKind::HeadMismatch { .. } => self.pages.end(Ending::Fatal(error.clone())),
                    ErrorKind::Superseded => self.pages.end(Ending::Superseded(error.clone())),
                    _ => {}
                }
                Err(error)
            }
        }
    }
}

/// The pages of a context; there are some where the storage is simulated.
pub(crate) fn pages(found: Option<SimulatedPages>) -> Result<SimulatedPages, SourceError> {
    let missing = || SourceError::new(ErrorKind::Refused, "sim", "no_pages", "no pages");
    found.ok_or_else(missing)
}

/// Adds an entry, whoever waits for that: what runs is not taken back.
pub(crate) async fn append(database: &Shared, op: OpId) -> Result<usize, SourceError> {
    let database = Arc::clone(database);
    let task = tokio::spawn(async move { database.lock().await.append(op).await });
    let gone = |_| SourceError::new(ErrorKind::Transient, "sim", "gone", "its task is gone");
    task.await.map_err(gone)?
}

/// A database that several tasks of an instance use, one at a time.
pub(crate) type Shared = Arc<tokio::sync::Mutex<Database>>;
