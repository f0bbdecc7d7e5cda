//! A depot as a page source: what a server that runs SQL itself does, for tests.

use std::time::UNIX_EPOCH;

use depot::{DatabaseId, Depot, Fence};
use depot_sqlite::{
    Commit, Committed, ErrorKind, GetPages, Page, PageSource, Pages, Resend, SourceError,
};

/// One generation of a database of a depot. A clone is another instance of it, as a host restored from a copy would have.
#[derive(Clone)]
pub(crate) struct DepotSource {
    depot: Depot,
    database: DatabaseId,
    generation: u64,
}

impl DepotSource {
    /// Takes the next generation of `database`.
    pub(crate) fn allocate(depot: &Depot, database: &DatabaseId) -> Result<Self, depot::Error> {
        let allocation = depot
            .allocate::<depot::Error>(database, |_, _| Ok(()))
            .wait()?;
        Ok(Self {
            depot: depot.clone(),
            database: database.clone(),
            generation: allocation.generation,
        })
    }

    fn fence(&self, head: Option<u64>) -> Fence {
        Fence {
            generation: self.generation,
            head,
        }
    }
}

impl PageSource for DepotSource {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        // On the thread of the SQL, which has nothing else to do.
        let answer = self
            .depot
            .pages(
                &self.database,
                self.fence(request.expected_head),
                request.pages,
            )
            .wait();
        answer.map(pages_of).map_err(|error| source_error(&error))
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, SourceError> {
        let time = commit.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let fence = self.fence(commit.expected_head);
        let commit = commit_of(&commit, time).map_err(|error| source_error(&error))?;
        let committed = self
            .depot
            .commit(&self.database, fence, commit)
            .await
            .map_err(|error| source_error(&error))?;
        Ok(Committed {
            head: Some(committed.head),
        })
    }

    fn resend(&self) -> Resend {
        Resend::Recognised
    }
}

/// What a depot answers, as a page source says it.
pub(crate) fn pages_of(answer: depot::Pages) -> Pages {
    let page = |page: depot::Page| Page {
        number: page.number,
        data: page.octets,
    };
    Pages {
        head: Some(answer.head),
        pages: answer.pages.into_iter().map(page).collect(),
    }
}

/// A transaction, as a depot takes it.
pub(crate) fn commit_of(commit: &Commit, time_ms: i64) -> Result<depot::Commit, depot::Error> {
    let page = |page: &depot_sqlite::DirtyPage| depot::DirtyPage {
        number: page.number,
        octets: page.data.clone(),
    };
    let pages = commit.pages.iter().map(page).collect();
    depot::Commit::new(pages, commit.size, time_ms)
}

/// What an error of a depot means for the database.
pub(crate) fn source_error(error: &depot::Error) -> SourceError {
    use depot::Error;
    let kind = match error {
        Error::HeadFenceMismatch { actual, .. } => ErrorKind::HeadMismatch {
            actual: Some(*actual),
        },
        // A generation was allocated, so a database that is gone was destroyed since: never an empty one.
        Error::GenerationMismatch { .. } | Error::DatabaseNotFound { .. } => ErrorKind::Superseded,
        Error::StorageFull(_) => ErrorKind::Full,
        error if error.is_outcome_unknown() => ErrorKind::Indeterminate,
        error if error.leaves_open_what_was_before() => ErrorKind::Transient,
        // Of the commit itself, and checked behind the fence: so it decides the attempts before, too.
        _ => ErrorKind::Refused,
    };
    SourceError::new(kind, error.group(), error.code(), error.to_string())
}
