//! SQL in this process, on pages that the server keeps: depot-sqlite over the requests of the session.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use depot_sqlite::{
    Commit, Committed, ErrorKind, GetPages, Page, PageSource, Pages, Resend, SourceError,
};
use envoy_protocol::bare::IntoOwned as _;
use envoy_protocol::latest;
use envoy_protocol::session::{Attempt, CommitEnd, Decided, PagesAnswer, RequestError};

use super::flight::Flights;
use super::wire;
use crate::link::{Link, Reply};

/// How long a request for pages may take, reconnecting included.
const READ: Duration = Duration::from_secs(20);

/// The pages of one generation of an actor.
pub(super) struct Source {
    pub(super) flights: Arc<Flights>,
    pub(super) link: Arc<Link>,
    pub(super) actor_id: String,
    pub(super) generation: u32,
    pub(super) resend: Resend,
    /// How long one commit may take, its resends over new connections included, before it counts as unresolved.
    pub(super) commit_bound: Duration,
}

impl PageSource for Source {
    async fn get_pages(&self, request: GetPages) -> Result<Pages, SourceError> {
        let flight = self.flights.begin();
        let result = self.read(&request).await;
        if let Err(error) = &result {
            flight.failed(error);
            self.log("read", &request.pages, request.expected_head, error);
        }
        result
    }

    async fn commit(&self, request: Commit) -> Result<Committed, SourceError> {
        let flight = self.flights.begin();
        let result = self.write(&request).await;
        if let Err(error) = &result
            && is_end(error)
        {
            flight.failed(error);
            let pages: Vec<u32> = request.pages.iter().map(|page| page.number).collect();
            self.log("commit", &pages, request.expected_head, error);
        }
        result
    }

    fn resend(&self) -> Resend {
        self.resend
    }
}

impl Source {
    async fn read(&self, request: &GetPages) -> Result<Pages, SourceError> {
        let until = tokio::time::Instant::now().into_std() + READ;
        loop {
            let waiting = self.link.request(Reply::Pages, |host, _| {
                let data = latest::SqliteGetPagesRequestRef {
                    actor_id: &self.actor_id,
                    pgnos: &request.pages,
                    expected_generation: Some(self.generation.into()),
                    expected_head_txid: request.expected_head,
                };
                host.get_pages(data, until)
            });
            let waiting = waiting.map_err(|error| wire::not_taken(&error))?;
            return match waiting.await {
                Some(Ok(answer)) => pages(&answer),
                // Nothing was written meanwhile, since this thread is the one that writes: the head is still the same.
                Some(Err(RequestError::Lost)) => continue,
                Some(Err(error)) => Err(wire::unanswered(ErrorKind::Transient, &error)),
                None => Err(wire::abandoned(ErrorKind::Transient)),
            };
        }
    }

    async fn write(&self, request: &Commit) -> Result<Committed, SourceError> {
        let dirty: Vec<_> = request
            .pages
            .iter()
            .map(|page| latest::SqliteDirtyPageRef {
                pgno: page.number,
                bytes: &page.data,
            })
            .collect();
        let time = request.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let data = latest::SqliteCommitRequestRef {
            actor_id: &self.actor_id,
            dirty_pages: &dirty,
            db_size_pages: request.size,
            now_ms: i64::try_from(time.as_millis()).unwrap_or(i64::MAX),
            expected_generation: Some(self.generation.into()),
            expected_head_txid: request.expected_head,
        };
        let attempt = match request.attempt {
            0 => Attempt::First,
            _ => Attempt::Again,
        };
        let waiting = self
            .link
            .request(Reply::Commit, |host, now| {
                host.commit(data, attempt, now + self.commit_bound)
            })
            .map_err(|error| wire::commit_not_taken(&error))?;
        drop(dirty);
        #[cfg(feature = "faults")]
        if self.link.without_resend {
            return self.forget_if_lost(waiting).await;
        }
        match waiting.await {
            Some(end) => self.ended(end),
            None => Err(wire::abandoned(ErrorKind::Indeterminate)),
        }
    }

    /// Takes a commit whose connection ends for one that was not applied.
    #[cfg(feature = "faults")]
    async fn forget_if_lost(
        &self,
        waiting: impl Future<Output = Option<CommitEnd>>,
    ) -> Result<Committed, SourceError> {
        tokio::select! {
            end = waiting => match end {
                Some(end) => return self.ended(end),
                None => return Err(wire::abandoned(ErrorKind::Transient)),
            },
            () = self.link.lost.notified() => {}
        }
        self.forget();
        Err(wire::unanswered(ErrorKind::Transient, &RequestError::Lost))
    }

    /// The session blocks this database no longer: its last commit is decided.
    fn forget(&self) {
        let generation = Some(self.generation.into());
        self.link
            .with(|host, _| host.forget_database(&self.actor_id, generation));
    }

    fn ended(&self, end: CommitEnd) -> Result<Committed, SourceError> {
        Err(match end {
            CommitEnd::Committed { head_txid, decided } => {
                return match (decided, self.resend, head_txid) {
                    // This server would have said that it knows the commit. The one that it has is somebody else's.
                    (Decided::Head, Resend::Recognised, Some(head)) => {
                        Err(SourceError::head_mismatch(head.saturating_sub(1), head))
                    }
                    (_, _, head) => Ok(Committed { head }),
                };
            }
            CommitEnd::Fenced { heads, error } => {
                let kind = ErrorKind::HeadMismatch {
                    actual: heads.map(|heads| heads.actual),
                };
                SourceError::new(kind, error.group, error.code, error.message)
            }
            CommitEnd::Refused(error) => wire::error(error),
            CommitEnd::Unresolved { error } => match error.map(wire::error) {
                // It may have been applied, but whoever has the database now is the one to find out.
                Some(error) if error.kind() == ErrorKind::Superseded => error,
                // What is wrong with the commit itself was so the first time, too: it was never applied.
                Some(error) if error.kind() == ErrorKind::Refused => {
                    self.forget();
                    error
                }
                Some(error) => SourceError::new(
                    ErrorKind::Indeterminate,
                    error.group().to_owned(),
                    error.code().to_owned(),
                    error.message(),
                ),
                None => wire::unanswered(ErrorKind::Indeterminate, &RequestError::Indeterminate),
            },
            CommitEnd::NotSent(error) => wire::unanswered(ErrorKind::Transient, &error),
            // What a later session may tell is no better known.
            _ => wire::unanswered(ErrorKind::Indeterminate, &RequestError::Indeterminate),
        })
    }

    /// Says what ends the database. That happens once: nothing is asked after it.
    fn log(&self, operation: &str, pages: &[u32], expected: Option<u64>, error: &SourceError) {
        if !is_end(error) {
            return;
        }
        let actual = match error.kind() {
            ErrorKind::HeadMismatch { actual } => actual,
            _ => None,
        };
        if error.is_head_mismatch() {
            tracing::error!(
                actor = self.actor_id,
                generation = self.generation,
                operation,
                ?pages,
                expected_head = expected,
                actual_head = actual,
                %error,
                "another instance has written to the database of an actor"
            );
        } else {
            // That a later generation runs elsewhere is nobody's fault.
            tracing::warn!(
                actor = self.actor_id,
                generation = self.generation,
                operation,
                %error,
                "a generation of an actor was superseded"
            );
        }
    }
}

/// Whether this error ends the database.
pub(crate) fn is_end(error: &SourceError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::HeadMismatch { .. } | ErrorKind::Superseded
    )
}

fn pages(answer: &PagesAnswer) -> Result<Pages, SourceError> {
    match answer.get() {
        latest::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok) => Ok(Pages {
            head: ok.head_txid,
            pages: ok
                .pages
                .iter()
                .map(|page| Page {
                    number: page.pgno,
                    data: page.bytes.map(|octets| answer.share(octets)),
                })
                .collect(),
        }),
        latest::SqliteGetPagesResponseRef::SqliteErrorResponse(error) => {
            let error = (*error).into_owned();
            // A server of version 4 tells no heads, and the first head of this database would be one that nobody told.
            // So the database is an empty one without a known head: its commits name none, as version 4 has it.
            if wire::is_missing_without_code(&error) {
                return Ok(Pages {
                    head: None,
                    pages: Vec::new(),
                });
            }
            Err(wire::error(error))
        }
    }
}
