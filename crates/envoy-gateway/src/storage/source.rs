//! The depot as the source of pages for SQL that runs here.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use depot::{DatabaseId, Depot, Fence};
use depot_sqlite::{Commit, Committed, GetPages, Page, PageSource, Pages, Resend, SourceError};
use tokio::runtime::Handle;
use tokio::sync::{RwLock, oneshot};

use super::error::WireError;

/// One generation of a database.
pub(super) struct DepotSource {
    depot: Depot,
    database: DatabaseId,
    generation: u64,
    runtime: Handle,
    in_flight: Arc<InFlight>,
}

/// What a database that was closed may still have under way: a commit that it no longer waits for.
#[derive(Default)]
pub(super) struct InFlight(Arc<RwLock<()>>);

impl DepotSource {
    pub(super) fn new(
        depot: Depot,
        database: DatabaseId,
        generation: u64,
        runtime: Handle,
        in_flight: Arc<InFlight>,
    ) -> Self {
        Self {
            depot,
            database,
            generation,
            runtime,
            in_flight,
        }
    }

    fn fence(&self, head: Option<u64>) -> Fence {
        Fence {
            generation: self.generation,
            head,
        }
    }
}

impl InFlight {
    /// Resolves when nothing is under way. Nothing is begun after that.
    pub(super) async fn ended(&self) {
        // Nobody else waits for it, and for a commit to begin in spite of it the database would have to be open.
        drop(self.0.write().await);
    }

    /// Whether something is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.0.try_write().is_err()
    }
}

impl PageSource for DepotSource {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        // On the thread of the SQL, which has nothing else to do.
        let fence = self.fence(request.expected_head);
        let pages = self.depot.pages(&self.database, fence, request.pages);
        let answer = pages
            .wait()
            .map_err(|error| WireError::for_source(&error))?;
        let page = |page: depot::Page| Page {
            number: page.number,
            data: page.octets,
        };
        Ok(Pages {
            head: Some(answer.head),
            pages: answer.pages.into_iter().map(page).collect(),
        })
    }

    async fn commit(&self, request: Commit) -> Result<Committed, SourceError> {
        let failed = |error: depot::Error| WireError::for_source(&error);
        let page = |page: &depot_sqlite::DirtyPage| depot::DirtyPage {
            number: page.number,
            octets: page.data.clone(),
        };
        let pages = request.pages.iter().map(page).collect();
        let time = request.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let commit = depot::Commit::new(pages, request.size, time).map_err(failed)?;
        let under_way = Arc::clone(&self.in_flight.0)
            .try_read_owned()
            .map_err(|_| failed(depot::Error::Closed))?;
        let fence = self.fence(request.expected_head);
        let pending = self.depot.commit(&self.database, fence, commit);
        // The database can be closed meanwhile and drop this future; the commit goes on, and is waited for all the same.
        let (answer, answered) = oneshot::channel();
        self.runtime.spawn(async move {
            let committed = pending.await;
            drop(under_way);
            let _ = answer.send(committed);
        });
        let committed = answered
            .await
            .unwrap_or(Err(depot::Error::AnswerLost))
            .map_err(failed)?;
        Ok(Committed {
            head: Some(committed.head),
        })
    }

    fn resend(&self) -> Resend {
        Resend::Recognised
    }
}
