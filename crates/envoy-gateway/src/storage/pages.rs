//! Pages and commits, behind the fence.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use depot::{Applied, Commit, Committed, DatabaseId, DirtyPage, Fence, Pages, View};
use envoy_protocol::latest;
use envoy_protocol::session::{CommitRequest, GetPagesRequest};
use tracing::error;

use crate::faults::{Faults, Guard};
use crate::records::ActorRecord;

use super::connection::Host;
use super::error::{Failure, Outcome};
use super::request::Job;
use super::v4::{self, End, Refuse, Serve, Use};
use super::v4_table::{self, Generation};
use super::{Inner, v4_use};

/// Octets that a page takes in an answer, at most.
const PAGE: usize = depot::PAGE_SIZE + 4 + 1 + 2;
/// Octets of an answer around its pages, at most.
const ANSWER: usize = 64;
/// How often a commit whose answer the depot has lost is sent again.
const RESENDS: u32 = 5;
/// How long the first resend waits; the next ones wait twice, three times as long, and so on.
const RESEND: Duration = Duration::from_millis(10);

/// What is checked of a request before its database is looked at.
#[derive(Clone)]
struct Check {
    host: Host,
    actor_id: Arc<str>,
    database: DatabaseId,
    fence: Fence,
    v4: Option<V4Check>,
    faults: Faults,
}

/// What is checked of a request that names no head, since its host cannot.
#[derive(Clone, Copy)]
enum V4Check {
    /// The generation is known, and whether it has committed.
    Known { has_committed: bool },
    /// It is not: it must not have committed.
    New,
    /// It is not served any more.
    Off(Option<u64>),
}

impl Inner {
    pub(super) async fn serve_pages(self: &Arc<Self>, job: &Job, request: &GetPagesRequest) {
        let data = &request.get().data;
        let octets = data.pgnos.len().saturating_mul(PAGE).saturating_add(ANSWER);
        let limit = self.config.answer_bytes;
        let v4 = v4_use(job);
        let result = match self.check(job, data.expected_generation, data.expected_head_txid) {
            Ok(_) if octets > limit => Err(Failure::AnswerTooLarge { octets, limit }),
            Ok(check) => self.read(check, data.pgnos.to_vec()).await,
            Err(failure) => Err(failure),
        };
        let end = match &result {
            Ok(pages) => End::Read { head: pages.head },
            Err(Failure::NothingCommitted) => End::Read { head: 0 },
            Err(_) => End::Nothing,
        };
        if let Some(generation) = v4.as_ref().map(|(generation, _)| generation) {
            if let Err(Failure::Unproven { .. }) = result {
                self.v4.turn_off(generation);
            }
            // A read is not what a host may have missed.
            let _ = self.end_v4(job, generation, Use::Read, || end);
        }
        match result {
            Ok(pages) => {
                let fetched: Vec<_> = pages.pages.iter().map(fetched).collect();
                let head = self.told(pages.head);
                self.answer_read(job, &job.request.pages_answer(&fetched, head));
            }
            Err(failure) => self.refuse(job, &failure),
        }
    }

    pub(super) async fn serve_commit(self: &Arc<Self>, job: &Job, request: &CommitRequest) {
        let data = &request.get().data;
        let v4 = v4_use(job);
        let page = |page: &latest::SqliteDirtyPageRef<'_>| DirtyPage {
            number: page.pgno,
            octets: request.share(page.bytes),
        };
        let result = match self.check(job, data.expected_generation, data.expected_head_txid) {
            Ok(check) => {
                let pages = data.dirty_pages.iter().map(page).collect();
                match Commit::new(pages, data.db_size_pages, data.now_ms) {
                    Ok(commit) => self.write(check, commit).await,
                    Err(error) => Err(error.into()),
                }
            }
            Err(failure) => Err(failure),
        };
        let Some((generation, _)) = v4 else {
            match result {
                Ok(committed) => {
                    // A host whose answer does not come sends the same commit again.
                    let head = self.told(committed.head);
                    let _ = self.answer(job, &job.request.commit_answer(head));
                }
                Err(failure) => self.refuse_commit(job, &failure),
            }
            return;
        };
        let failure = match result {
            Ok(committed) => {
                let change = self.end_v4(job, &generation, Use::Commit, || {
                    let answer = job.request.commit_answer(self.told(committed.head));
                    End::Committed {
                        head: committed.head,
                        answered: self.answer(job, &answer).is_ok(),
                        age: job.arrived.elapsed(),
                    }
                });
                self.tell_if(change, job, &generation);
                return;
            }
            Err(failure) => failure,
        };
        let end = if failure.is_outcome_unknown() {
            End::Unknown
        } else {
            End::Nothing
        };
        if let Failure::Unproven { .. } = failure {
            self.v4.turn_off(&generation);
        }
        let change = self.end_v4(job, &generation, Use::Commit, || end);
        self.refuse_commit(job, &failure);
        self.tell_if(change, job, &generation);
    }

    /// The head, as an answer says it.
    fn told(&self, head: u64) -> Option<u64> {
        (!self.config.faults.lack(Guard::HeadTold)).then_some(head)
    }

    fn end_v4(
        &self,
        job: &Job,
        generation: &Generation,
        usage: Use,
        end: impl FnOnce() -> End,
    ) -> v4_table::Change {
        let patience = self.config.v4_patience;
        let connection = job.connection.number;
        self.v4.end(generation, connection, usage, patience, end)
    }

    /// An error says that a commit was not applied, so one that may have been is not answered: its host asks again.
    fn refuse_commit(&self, job: &Job, failure: &Failure) {
        if !failure.is_outcome_unknown() {
            self.refuse(job, failure);
            return;
        }
        self.counters.count(job.request.kind(), Outcome::Failed);
        error!(
            actor = job.request.actor_id(),
            envoy = %job.connection.host.envoy_key,
            ?failure,
            "whether a commit was applied is unknown, and it is not answered"
        );
    }

    /// What is to be checked of a request; of a v4 host's, with the head that is kept for it.
    fn check(
        &self,
        job: &Job,
        generation: Option<u64>,
        head: Option<u64>,
    ) -> Result<Check, Failure> {
        // Without one it has no lane.
        let generation = generation.ok_or(Failure::NotHeld)?;
        let faults = self.config.faults;
        let head = head.filter(|_| !faults.lack(Guard::HeadFence));
        let mut fence = Fence { generation, head };
        let v4 = match v4_use(job) {
            None => None,
            Some((generation, _)) => match self.v4.begin(&generation, job.connection.number) {
                Ok(Serve {
                    head,
                    has_committed,
                }) => {
                    fence.head = head;
                    Some(match head {
                        Some(_) => V4Check::Known { has_committed },
                        None => V4Check::New,
                    })
                }
                Err(Refuse::Off { believed }) => Some(V4Check::Off(believed)),
                Err(Refuse::Elsewhere) => return Err(Failure::NotHeld),
            },
        };
        Ok(Check {
            host: job.connection.host.clone(),
            actor_id: job.request.actor_id().into(),
            database: DatabaseId::new(job.request.actor_id())?,
            fence,
            v4,
            faults,
        })
    }

    async fn read(&self, check: Check, numbers: Vec<u32>) -> Result<Pages, Failure> {
        let read = move |view: &View<'_>| {
            check.before(view)?;
            let pages = view.pages(&check.database, check.fence(view), &numbers)?;
            if pages.head == 0 && !check.faults.lack(Guard::EmptyDatabase) {
                return Err(Failure::NothingCommitted);
            }
            Ok(pages)
        };
        self.depot.view(read).await
    }

    async fn write(&self, mut check: Check, commit: Commit) -> Result<Committed, Failure> {
        let marks = match check.v4 {
            None | Some(V4Check::Off(_)) => false,
            Some(V4Check::New) => true,
            Some(V4Check::Known { has_committed }) => !has_committed,
        };
        if check.v4.is_some() && check.fence.head.is_none() {
            // The head that it takes has to be known, so that the same commit can be sent again.
            let first = check.clone();
            let head = self.depot.view(move |view| {
                first.before(view)?;
                Ok::<_, Failure>(view.head(&first.database)?.txid)
            });
            check.fence.head = Some(head.await?);
            // From now on its own mark may be there.
            check.v4 = Some(V4Check::Known {
                has_committed: false,
            });
        }
        let (check, commit) = (Arc::new(check), Arc::new(commit));
        let (mut resends, mut lost) = (0, false);
        loop {
            let (check, commit) = (Arc::clone(&check), Arc::clone(&commit));
            let resendable = check.fence.head.is_some();
            let committed = self.depot.transaction(move |transaction| {
                check.before(&transaction.view())?;
                let fence = check.fence(&transaction.view());
                let committed = transaction.commit(&check.database, fence, &commit)?;
                if committed.applied != Applied::Now && check.faults.lack(Guard::Resends) {
                    return Err(Failure::Depot(depot::Error::HeadFenceMismatch {
                        expected: committed.head.saturating_sub(1),
                        actual: committed.head,
                    }));
                }
                if marks {
                    let marker = v4_table::marker(check.fence.generation);
                    transaction.put_row(&v4_table::marker_key(&check.actor_id), marker)?;
                }
                Ok::<_, Failure>(committed)
            });
            match committed.await {
                Err(Failure::Depot(depot::Error::AnswerLost))
                    if resendable && resends < RESENDS =>
                {
                    lost = true;
                }
                // Says nothing of the time before: the store may be full, and have the commit.
                Err(Failure::Depot(error)) if lost && error.leaves_open_what_was_before() => {
                    if resends == RESENDS {
                        return Err(depot::Error::AnswerLost.into());
                    }
                }
                result => return result,
            }
            resends += 1;
            tokio::time::sleep(RESEND * resends).await;
        }
    }
}

impl Check {
    /// What the depot is to compare.
    fn fence(&self, view: &View<'_>) -> Fence {
        if self.faults.lack(Guard::Generation) {
            let active = view
                .head(&self.database)
                .ok()
                .and_then(|head| head.generation);
            let generation = active.unwrap_or(self.fence.generation);
            return Fence {
                generation,
                ..self.fence
            };
        }
        self.fence
    }

    /// Checks who asks, and what is kept for a v4 host. Pages of a host that names heads can be asked for by any host of
    /// the namespace that knows the generation: the head tells two instances apart, wherever they run.
    fn before(&self, view: &View<'_>) -> Result<(), Failure> {
        let record = find_actor(view, &self.host, &self.actor_id)?;
        let Some(v4) = self.v4 else {
            return Ok(());
        };
        if !record.is_held_by(&self.host.envoy_key) {
            return Err(Failure::NotHeld);
        }
        let generation = self.fence.generation;
        let believed = match v4 {
            V4Check::Off(believed) => believed,
            V4Check::New if v4_table::is_marked(view, &self.actor_id, generation)? => None,
            V4Check::New | V4Check::Known { .. } => return Ok(()),
        };
        let head = view.head(&self.database)?;
        if head.generation != Some(generation) {
            return Err(Failure::NotHeld);
        }
        let (expected, actual) = v4::heads(believed, head.txid);
        Err(Failure::Unproven { expected, actual })
    }
}

/// The actor of this id, if the namespace of this host has one.
pub(super) fn find_actor(
    view: &View<'_>,
    host: &Host,
    actor_id: &str,
) -> Result<ActorRecord, Failure> {
    ActorRecord::find(view, actor_id)?
        .filter(|record| *record.namespace == *host.namespace)
        .ok_or(Failure::NotHeld)
}

fn fetched(page: &depot::Page) -> latest::SqliteFetchedPageRef<'_> {
    latest::SqliteFetchedPageRef {
        pgno: page.number,
        bytes: page.octets.as_ref().map(Bytes::as_ref),
    }
}
