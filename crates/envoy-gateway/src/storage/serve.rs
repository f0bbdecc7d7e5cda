//! Serving: a lane's jobs one after the other, and how each of them ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use envoy_protocol::latest;
use envoy_protocol::session::SendError;
use futures_util::FutureExt as _;
use tracing::{debug, error, info, warn};

use crate::faults::Guard;

use super::connection::Connection;
use super::error::{Failure, Outcome, WireError};
use super::request::{Job, Lane, LaneKey, Request};
use super::statistics::Counters;
use super::v4_table::Generation;
use super::{Inner, Refused, RefusedReason};

impl Inner {
    /// Has a lane served until it is empty.
    pub(super) fn start(&self, key: LaneKey) {
        let Some(this) = self.this.upgrade() else {
            return;
        };
        self.runtime.spawn(async move {
            while let Some(job) = this.lanes.next(&key) {
                let connection = Arc::clone(&job.connection);
                let octets = job.request.octets();
                let kind = job.request.kind();
                // Whatever a panic left half done went with the request: it was in a transaction of the depot, or in a
                // database that a panic ends.
                let served = AssertUnwindSafe(this.serve(job)).catch_unwind().await;
                if served.is_err() {
                    this.counters.count(kind, Outcome::Failed);
                    error!(actor = %key.actor_id, ?kind, "a request made the server panic, and is not answered");
                }
                connection.give_room(octets);
            }
        });
    }

    async fn serve(self: &Arc<Self>, job: Job) {
        if job.connection.has_ended() && !self.config.faults.lack(Guard::OldWork) {
            self.discard(&job);
            return;
        }
        match &job.request {
            Request::Exec(_) | Request::Execute(_) => self.serve_sql(&job).await,
            Request::Kv(request) => {
                let Ok(_permit) = self.permits.acquire().await else {
                    return;
                };
                self.serve_kv(&job, request).await;
            }
            Request::GetPages(request) => {
                let Ok(_permit) = self.permits.acquire().await else {
                    return;
                };
                self.serve_pages(&job, request).await;
            }
            Request::Commit(request) => {
                let Ok(_permit) = self.permits.acquire().await else {
                    return;
                };
                self.serve_commit(&job, request).await;
            }
        }
    }

    /// The connection of a job has ended before it was looked at.
    pub(super) fn discard(&self, job: &Job) {
        self.counters.count(job.request.kind(), Outcome::Discarded);
    }

    /// Answers a request that was carried out.
    pub(super) fn answer(
        &self,
        job: &Job,
        answer: &latest::ToEnvoyRef<'_>,
    ) -> Result<(), SendError> {
        self.counters.count(job.request.kind(), Outcome::Ok);
        self.send(job, answer)
    }

    /// Answers a request that has changed nothing. If there is no room for what it asked for, there may be for an error.
    pub(super) fn answer_read(&self, job: &Job, answer: &latest::ToEnvoyRef<'_>) {
        match self.send(job, answer) {
            Err(SendError::QueueFull { limit, .. }) => {
                let what = "octets of answers";
                self.refuse(job, &Failure::Overloaded { what, limit });
            }
            Err(SendError::TooLarge { found, limit, .. }) => {
                let octets = usize::try_from(found).unwrap_or(usize::MAX);
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                self.refuse(job, &Failure::AnswerTooLarge { octets, limit });
            }
            _ => self.counters.count(job.request.kind(), Outcome::Ok),
        }
    }

    fn send(&self, job: &Job, answer: &latest::ToEnvoyRef<'_>) -> Result<(), SendError> {
        let sent = job.connection.answer(answer);
        if let Err(error) = &sent {
            Counters::add(&self.counters.unsent, 1);
            debug!(
                envoy = %job.connection.host.envoy_key,
                kind = ?job.request.kind(),
                %error,
                "an answer could not be handed on"
            );
        }
        sent
    }

    /// Answers a request that was not carried out, and has the host told if its generation is over.
    pub(super) fn refuse(&self, job: &Job, failure: &Failure) {
        self.counters.count(job.request.kind(), failure.outcome());
        let wire = if self.config.faults.lack(Guard::ErrorsTold) {
            WireError::internal()
        } else {
            failure.wire()
        };
        let sent = self.send(job, &job.request.error(&wire));
        let generation = match job.request.lane() {
            Ok(Lane::Pages(generation) | Lane::Sql(generation)) => Some(generation),
            Ok(Lane::Kv) | Err(_) => None,
        };
        let actor = job.request.actor_id();
        let envoy = &job.connection.host.envoy_key;
        let kind = job.request.kind();
        match (failure.reason(), generation) {
            (Some(reason), Some(generation)) => {
                let key = (Arc::from(actor), generation);
                let first = self.tell(&job.connection, &key, reason);
                if let (RefusedReason::Superseded, true) = (reason, first) {
                    info!(actor, generation, %envoy, ?kind, ?failure, "refused a generation that is over");
                } else if first && sent.is_ok() {
                    let heads = failure.heads();
                    error!(
                        actor,
                        generation,
                        %envoy,
                        ?kind,
                        pages = ?job.request.some_pages(),
                        expected = heads.map(|heads| heads.expected),
                        actual = heads.map(|heads| heads.actual),
                        error = wire.message,
                        "another writer of the database was found at work"
                    );
                } else {
                    debug!(actor, generation, %envoy, ?kind, ?failure, "refused once more");
                }
            }
            _ if failure.outcome() == Outcome::Failed => {
                warn!(actor, ?generation, %envoy, ?kind, ?failure, "a request failed");
            }
            _ => debug!(actor, ?generation, %envoy, ?kind, ?failure, "a request was refused"),
        }
    }

    /// Has the director tell a host that a generation is over; says whether it is the first time on this connection.
    pub(super) fn tell(
        &self,
        connection: &Connection,
        generation: &Generation,
        reason: RefusedReason,
    ) -> bool {
        let first = connection.tells_first(generation);
        if first {
            let (actor_id, generation) = generation;
            // Without a director nobody is told; that is the end of the server.
            let _ = self.refused.send(Refused {
                namespace: connection.host.namespace.as_ref().to_owned(),
                envoy_key: connection.host.envoy_key.as_ref().to_owned(),
                actor_id: actor_id.as_ref().to_owned(),
                generation: *generation,
                reason,
            });
        }
        first
    }

    /// Something ended a generation of a v4 host without an answer that says so.
    pub(super) fn tell_if(&self, change: super::Change, job: &Job, generation: &Generation) {
        if change == super::Change::TurnedOff {
            self.tell(&job.connection, generation, RefusedReason::V4Unproven);
        }
    }
}
