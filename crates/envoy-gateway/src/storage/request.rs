//! A request that waits to be served, in the frame that it came in.

use std::sync::Arc;

use envoy_protocol::latest::{
    self, ToEnvoyRef, ToEnvoySqliteCommitResponseRef, ToEnvoySqliteExecResponseRef,
    ToEnvoySqliteExecuteResponseRef, ToEnvoySqliteGetPagesResponseRef,
};
use envoy_protocol::session::{
    CommitRequest, ExecRequest, ExecuteRequest, GetPagesRequest, KvRequest,
};
use tokio::time::Instant;

use super::connection::Connection;
use super::error::WireError;
use super::statistics::Kind;
#[cfg(feature = "faults")]
use super::v4::ConnectionNumber;
use super::v4::Use;

/// A request and where it came from.
pub(super) struct Job {
    pub(super) connection: Arc<Connection>,
    pub(super) request: Request,
    pub(super) arrived: Instant,
}

/// What was asked.
pub(super) enum Request {
    Kv(KvRequest),
    GetPages(GetPagesRequest),
    Commit(CommitRequest),
    Exec(ExecRequest),
    Execute(ExecuteRequest),
}

/// The requests that are served one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LaneKey {
    pub(super) actor_id: Arc<str>,
    pub(super) lane: Lane,
    /// Whose lane it is, where those of one connection are served beside those of another: see `Guard::OldWork`.
    #[cfg(feature = "faults")]
    pub(super) alone: Option<ConnectionNumber>,
}

/// The lanes of an actor: what is in one does not wait for what is in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// Its key-value store, whose requests name no generation.
    Kv,
    /// Pages of a generation.
    Pages(u64),
    /// SQL that runs here for a generation.
    Sql(u64),
}

impl Request {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Kv(_) => Kind::Kv,
            Self::GetPages(_) => Kind::GetPages,
            Self::Commit(_) => Kind::Commit,
            Self::Exec(_) => Kind::Exec,
            Self::Execute(_) => Kind::Execute,
        }
    }

    pub(super) fn actor_id(&self) -> &str {
        match self {
            Self::Kv(request) => request.get().actor_id,
            Self::GetPages(request) => request.get().data.actor_id,
            Self::Commit(request) => request.get().data.actor_id,
            Self::Exec(request) => request.get().data.actor_id,
            Self::Execute(request) => request.get().data.actor_id,
        }
    }

    fn request_id(&self) -> u32 {
        match self {
            Self::Kv(request) => request.get().request_id,
            Self::GetPages(request) => request.get().request_id,
            Self::Commit(request) => request.get().request_id,
            Self::Exec(request) => request.get().request_id,
            Self::Execute(request) => request.get().request_id,
        }
    }

    /// The lane it belongs to; an error names the request that lacks a generation.
    pub(super) fn lane(&self) -> Result<Lane, &'static str> {
        Ok(match self {
            Self::Kv(_) => Lane::Kv,
            Self::GetPages(request) => {
                let generation = request.get().data.expected_generation;
                Lane::Pages(generation.ok_or("get_pages")?)
            }
            Self::Commit(request) => {
                let generation = request.get().data.expected_generation;
                Lane::Pages(generation.ok_or("commit")?)
            }
            Self::Exec(request) => Lane::Sql(request.get().data.generation),
            Self::Execute(request) => Lane::Sql(request.get().data.generation),
        })
    }

    /// What it does to pages, if it names no head.
    pub(super) fn headless(&self) -> Option<Use> {
        match self {
            Self::GetPages(request) => {
                let head = request.get().data.expected_head_txid;
                head.is_none().then_some(Use::Read)
            }
            Self::Commit(request) => {
                let head = request.get().data.expected_head_txid;
                head.is_none().then_some(Use::Commit)
            }
            Self::Kv(_) | Self::Exec(_) | Self::Execute(_) => None,
        }
    }

    /// Octets of its frame.
    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Kv(request) => request.frame_len(),
            Self::GetPages(request) => request.frame_len(),
            Self::Commit(request) => request.frame_len(),
            Self::Exec(request) => request.frame_len(),
            Self::Execute(request) => request.frame_len(),
        }
    }

    /// The pages that it is about, as many as a log line should name.
    pub(super) fn some_pages(&self) -> Vec<u32> {
        const SOME: usize = 16;
        match self {
            Self::GetPages(request) => {
                let pages = request.get().data.pgnos.iter();
                pages.take(SOME).copied().collect()
            }
            Self::Commit(request) => {
                let pages = request.get().data.dirty_pages.iter();
                pages.take(SOME).map(|page| page.pgno).collect()
            }
            Self::Kv(_) | Self::Exec(_) | Self::Execute(_) => Vec::new(),
        }
    }

    /// The answer that says that it was not carried out.
    pub(super) fn error<'a>(&self, error: &'a WireError) -> ToEnvoyRef<'a> {
        let request_id = self.request_id();
        let response = error.response();
        match self {
            Self::Kv(_) => {
                let message = &error.message;
                self.kv_answer(latest::KvResponseDataRef::KvErrorResponse(
                    latest::KvErrorResponseRef { message },
                ))
            }
            Self::GetPages(_) => {
                ToEnvoyRef::ToEnvoySqliteGetPagesResponse(ToEnvoySqliteGetPagesResponseRef {
                    request_id,
                    data: latest::SqliteGetPagesResponseRef::SqliteErrorResponse(response),
                })
            }
            Self::Commit(_) => {
                ToEnvoyRef::ToEnvoySqliteCommitResponse(ToEnvoySqliteCommitResponseRef {
                    request_id,
                    data: latest::SqliteCommitResponseRef::SqliteErrorResponse(response),
                })
            }
            Self::Exec(_) => ToEnvoyRef::ToEnvoySqliteExecResponse(ToEnvoySqliteExecResponseRef {
                request_id,
                data: latest::SqliteExecResponseRef::SqliteErrorResponse(response),
            }),
            Self::Execute(_) => {
                ToEnvoyRef::ToEnvoySqliteExecuteResponse(ToEnvoySqliteExecuteResponseRef {
                    request_id,
                    data: latest::SqliteExecuteResponseRef::SqliteErrorResponse(response),
                })
            }
        }
    }

    /// The answer to a key-value request.
    pub(super) fn kv_answer<'a>(&self, data: latest::KvResponseDataRef<'a>) -> ToEnvoyRef<'a> {
        ToEnvoyRef::ToEnvoyKvResponse(latest::ToEnvoyKvResponseRef {
            request_id: self.request_id(),
            data,
        })
    }

    /// The answer to a request for pages.
    pub(super) fn pages_answer<'a>(
        &self,
        pages: &'a [latest::SqliteFetchedPageRef<'a>],
        head_txid: Option<u64>,
    ) -> ToEnvoyRef<'a> {
        let ok = latest::SqliteGetPagesOkRef { pages, head_txid };
        ToEnvoyRef::ToEnvoySqliteGetPagesResponse(ToEnvoySqliteGetPagesResponseRef {
            request_id: self.request_id(),
            data: latest::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok),
        })
    }

    /// The answer to a commit that was applied.
    pub(super) fn commit_answer(&self, head_txid: Option<u64>) -> ToEnvoyRef<'static> {
        let ok = latest::SqliteCommitOk { head_txid };
        ToEnvoyRef::ToEnvoySqliteCommitResponse(ToEnvoySqliteCommitResponseRef {
            request_id: self.request_id(),
            data: latest::SqliteCommitResponseRef::SqliteCommitOk(ok),
        })
    }

    /// The answer to SQL without parameters.
    pub(super) fn exec_answer<'a>(
        &self,
        result: latest::SqliteQueryResultRef<'a>,
    ) -> ToEnvoyRef<'a> {
        ToEnvoyRef::ToEnvoySqliteExecResponse(ToEnvoySqliteExecResponseRef {
            request_id: self.request_id(),
            data: latest::SqliteExecResponseRef::SqliteExecOk(latest::SqliteExecOkRef { result }),
        })
    }

    /// The answer to a SQL statement.
    pub(super) fn execute_answer<'a>(
        &self,
        result: latest::SqliteExecuteResultRef<'a>,
    ) -> ToEnvoyRef<'a> {
        ToEnvoyRef::ToEnvoySqliteExecuteResponse(ToEnvoySqliteExecuteResponseRef {
            request_id: self.request_id(),
            data: latest::SqliteExecuteResponseRef::SqliteExecuteOk(latest::SqliteExecuteOkRef {
                result,
            }),
        })
    }
}
