//! How requests end: each once, by whoever takes it out of where they are kept.

use std::time::Instant;

use bare::{Frame, IntoOwned as _};

use crate::latest;
use crate::session::fence::{self, Heads};
use crate::session::{ExecAnswer, ExecuteAnswer, KvAnswer, PagesAnswer, RequestError};

use super::requests::{Detail, Kind, KvKind, Pending, Stage};
use super::{CommitEnd, Decided, Host, HostEvent, RequestKey};

use latest::ToEnvoyRef;

impl Host {
    /// What an answer means for its request.
    pub(super) fn ended_by(
        &mut self,
        request: RequestKey,
        pending: Pending,
        frame: Frame<latest::ToEnvoy>,
    ) -> Option<HostEvent> {
        Some(match pending.detail {
            Detail::Kv(kind) => {
                let answer = KvAnswer::new(frame)?;
                let result = match KvKind::of_answer(answer.get()) {
                    Some(found) if found != kind => Err(RequestError::WrongAnswer {
                        expected: kind.answer(),
                        found: found.answer(),
                    }),
                    _ => Ok(answer),
                };
                HostEvent::Kv { request, result }
            }
            Detail::Pages(_) => {
                let result = Ok(PagesAnswer::new(frame)?);
                HostEvent::Pages { request, result }
            }
            Detail::Sql if pending.kind == Kind::Exec => {
                let result = Ok(ExecAnswer::new(frame)?);
                HostEvent::Exec { request, result }
            }
            Detail::Sql => {
                let result = Ok(ExecuteAnswer::new(frame)?);
                HostEvent::Execute { request, result }
            }
            Detail::Commit {
                database,
                expected,
                again,
            } => {
                let ToEnvoyRef::ToEnvoySqliteCommitResponse(answer) = frame.get() else {
                    return None;
                };
                let end = decide(&answer.data, expected, again);
                if matches!(end, CommitEnd::Unresolved { .. }) {
                    self.requests.set_unresolved(database);
                }
                HostEvent::Commit { request, end }
            }
        })
    }

    /// Takes a request out of everywhere. Whoever does, ends it.
    pub(super) fn take_request(&mut self, key: RequestKey) -> Option<Pending> {
        let held = self.requests.get(key).map_or(0, Self::held);
        let pending = self.requests.remove(key)?;
        self.outbox.release(held);
        self.outbox.remove(pending.number);
        Some(pending)
    }

    pub(super) fn end_stale(&mut self, key: RequestKey) {
        self.end_request(key, RequestError::Stale);
    }

    /// Ends a request without an answer, for a reason that says it all.
    pub(super) fn end_request(&mut self, key: RequestKey, error: RequestError) {
        if let Some(pending) = self.take_request(key) {
            self.push_end(key, pending, error);
        }
    }

    /// Ends what has reached its bound.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(key) = self.requests.overdue(now) {
            self.end_unanswered(key, RequestError::TimedOut);
        }
    }

    /// The connection is lost: what was sent ends at once, but for commits that can be sent again.
    pub(super) fn lose_sent(&mut self) {
        for key in self.requests.keys() {
            let Some(pending) = self.requests.get(key) else {
                continue;
            };
            if pending.stage != Stage::Sent {
                continue;
            }
            if let Detail::Commit {
                expected: Some(_), ..
            } = pending.detail
            {
                self.queue_again(key);
            } else {
                self.end_unanswered(key, RequestError::Lost);
            }
        }
    }

    /// The machine has ended: everything does.
    pub(super) fn end_all(&mut self) {
        for key in self.requests.keys() {
            self.end_unanswered(key, RequestError::Lost);
        }
    }

    /// Ends a request for want of an answer: `read` is what that means for a read that was sent.
    fn end_unanswered(&mut self, key: RequestKey, read: RequestError) {
        let Some(pending) = self.take_request(key) else {
            return;
        };
        let error = match (pending.stage, &pending.detail) {
            (Stage::Waiting, _) => RequestError::NotSent,
            (Stage::Sent | Stage::WaitingAgain, Detail::Pages(_)) => read,
            (Stage::Sent | Stage::WaitingAgain, Detail::Kv(kind)) if kind.is_read() => read,
            (Stage::Sent | Stage::WaitingAgain, _) => RequestError::Indeterminate,
        };
        self.push_end(key, pending, error);
    }

    fn push_end(&mut self, request: RequestKey, pending: Pending, error: RequestError) {
        let event = match (pending.kind, pending.detail) {
            (Kind::Kv, _) => HostEvent::Kv {
                request,
                result: Err(error),
            },
            (Kind::Pages, _) => HostEvent::Pages {
                request,
                result: Err(error),
            },
            (Kind::Exec, _) => HostEvent::Exec {
                request,
                result: Err(error),
            },
            (Kind::Execute, _) => HostEvent::Execute {
                request,
                result: Err(error),
            },
            (
                Kind::Commit,
                Detail::Commit {
                    database,
                    expected,
                    again,
                },
            ) => {
                // That this frame was not sent decides nothing about one that was.
                let sent = again || pending.stage != Stage::Waiting;
                let end = match (sent, expected) {
                    (false, _) => CommitEnd::NotSent(error),
                    (true, Some(_)) => CommitEnd::Unresolved { error: None },
                    (true, None) => CommitEnd::Indeterminate,
                };
                if sent {
                    self.requests.set_unresolved(database);
                }
                HostEvent::Commit { request, end }
            }
            (Kind::Commit, _) => return,
        };
        self.inbox.push(event, 0);
    }
}

/// What an answer says about a commit that expected a head. `again`: it was sent before.
fn decide(
    answer: &latest::SqliteCommitResponseRef<'_>,
    expected: Option<u64>,
    again: bool,
) -> CommitEnd {
    let error = match answer {
        latest::SqliteCommitResponseRef::SqliteCommitOk(ok) => {
            return CommitEnd::Committed {
                head_txid: ok.head_txid,
                decided: Decided::Answer,
            };
        }
        latest::SqliteCommitResponseRef::SqliteErrorResponse(error) => error,
    };
    if fence::is_head_fence_mismatch(error.group, error.code) {
        let heads = Heads::parse(error.message);
        let after = expected.and_then(|expected| expected.checked_add(1));
        let applied = again
            && heads.is_some_and(|heads| {
                Some(heads.expected) == expected && Some(heads.actual) == after
            });
        if applied {
            return CommitEnd::Committed {
                head_txid: after,
                decided: Decided::Head,
            };
        }
        // Without heads to read nobody knows; that somebody else has written is the safe thing to believe.
        return CommitEnd::Fenced {
            heads,
            error: (*error).into_owned(),
        };
    }
    let error_owned = (*error).into_owned();
    if again && !fence::is_commit_too_large(error.group, error.code) {
        // It says nothing about the commit that was sent first.
        return CommitEnd::Unresolved {
            error: Some(error_owned),
        };
    }
    CommitEnd::Refused(error_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(
        group: &'static str,
        code: &'static str,
        message: &'static str,
    ) -> latest::SqliteCommitResponseRef<'static> {
        latest::SqliteCommitResponseRef::SqliteErrorResponse(latest::SqliteErrorResponseRef {
            group,
            code,
            message,
        })
    }

    const NEXT: &str = "expected head txid 7, current head txid 8";
    const OTHER: &str = "expected head txid 7, current head txid 9";

    #[test]
    fn a_resent_commit_is_applied_if_the_head_is_its_own() {
        let next = error("depot", "head_fence_mismatch", NEXT);
        assert_eq!(
            decide(&next, Some(7), true),
            CommitEnd::Committed {
                head_txid: Some(8),
                decided: Decided::Head
            }
        );
        // The first time it is somebody else's.
        assert!(matches!(
            decide(&next, Some(7), false),
            CommitEnd::Fenced {
                heads: Some(Heads {
                    expected: 7,
                    actual: 8
                }),
                ..
            }
        ));
        // The error is about another expectation.
        assert!(matches!(
            decide(&next, Some(6), true),
            CommitEnd::Fenced { .. }
        ));
    }

    #[test]
    fn any_other_head_is_a_fence() {
        let other = error("depot", "head_fence_mismatch", OTHER);
        for again in [false, true] {
            assert!(matches!(
                decide(&other, Some(7), again),
                CommitEnd::Fenced { .. }
            ));
        }
        let silent = error("depot", "head_fence_mismatch", "");
        assert!(matches!(
            decide(&silent, Some(7), true),
            CommitEnd::Fenced { heads: None, .. }
        ));
        let highest = error(
            "depot",
            "head_fence_mismatch",
            "expected head txid 18446744073709551615, current head txid 0",
        );
        assert!(matches!(
            decide(&highest, Some(u64::MAX), true),
            CommitEnd::Fenced { .. }
        ));
    }

    #[test]
    fn another_error_decides_a_first_commit_and_no_resent_one() {
        let internal = error("core", "internal_error", NEXT);
        assert!(matches!(
            decide(&internal, Some(7), false),
            CommitEnd::Refused(_)
        ));
        assert!(matches!(
            decide(&internal, Some(7), true),
            CommitEnd::Unresolved { error: Some(_) }
        ));
        let large = error("depot", "commit_too_large", "");
        for again in [false, true] {
            assert!(matches!(
                decide(&large, Some(7), again),
                CommitEnd::Refused(_)
            ));
        }
    }
}
