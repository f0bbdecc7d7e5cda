//! Decides a commit: sends it, and sends it again for as long as its answer is lost.

use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::Ending;
use crate::gate::Gate;
use crate::source::{AnySource, Commit, Committed, ErrorKind, Resend, SourceError};
use crate::wait::{Stopped, sleep, wait};

/// What the pause between two attempts doubles up to, unless it is longer to begin with.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What has become of a commit.
pub(crate) enum Decision {
    /// It was applied, exactly once; the head is now this one.
    Applied(Option<u64>),
    /// It was not applied, and never will be.
    Refused(SourceError),
    /// The database is not ours any more.
    Ended(Ending),
    /// Nothing is known.
    Undecided { waited: Duration, last: SourceError },
    /// The gate has closed. The commit may have been applied; nobody here wants to know.
    Closed,
}

pub(crate) struct Decider<'a> {
    pub(crate) source: &'a dyn AnySource,
    pub(crate) gate: &'a Gate,
    pub(crate) config: &'a Config,
}

impl Decider<'_> {
    /// Sends `commit` until it is decided or the bound is reached. `commit.attempt` counts on, so that a commit that is
    /// still undecided can be handed in again.
    pub(crate) fn decide(&self, commit: &mut Commit) -> Decision {
        let start = Instant::now();
        // A bound beyond the end of time is none.
        let bound = start.checked_add(self.config.commit_bound);
        let mut pause = self.config.resend_pause;
        loop {
            let resent = commit.attempt > 0;
            commit.epoch = self.gate.next_epoch();
            let attempt = Instant::now().checked_add(self.config.commit_attempt);
            let until = [bound, attempt].into_iter().flatten().min();
            let answer = match wait(self.source.commit(commit.clone()), self.gate, until) {
                Ok(answer) => answer,
                Err(Stopped::Closed) => return Decision::Closed,
                Err(Stopped::Late) => Err(SourceError::new(
                    ErrorKind::Indeterminate,
                    "sqlite",
                    "commit_timeout",
                    format!(
                        "expected an answer to a commit within {:?}, but found none",
                        self.config.commit_attempt
                    ),
                )),
            };
            commit.attempt += 1;
            let last = match judge(answer, commit.expected_head, resent, self.source.resend()) {
                Ok(decision) => return decision,
                Err(error) => error,
            };
            let now = Instant::now();
            if bound.is_some_and(|bound| bound.saturating_duration_since(now) <= pause) {
                return Decision::Undecided {
                    waited: now - start,
                    last,
                };
            }
            if !sleep(pause, self.gate) {
                return Decision::Closed;
            }
            pause = pause
                .saturating_mul(2)
                .min(LONGEST_PAUSE.max(self.config.resend_pause));
        }
    }
}

/// What an answer decides; or the error, if the commit has to be sent again.
fn judge(
    answer: Result<Committed, SourceError>,
    expected: Option<u64>,
    resent: bool,
    rule: Resend,
) -> Result<Decision, SourceError> {
    let next = expected.map(|head| head.saturating_add(1));
    let error = match answer {
        Ok(Committed { head: Some(head) }) if next.is_some_and(|next| next != head) => {
            return Ok(Decision::Ended(Ending::Fatal(SourceError::new(
                ErrorKind::Refused,
                "sqlite",
                "invalid_answer",
                format!(
                    "expected head {} after a commit, but found {head}",
                    next.unwrap_or_default()
                ),
            ))));
        }
        // A store that tells no head has applied the commit all the same, and one commit is one head further. It
        // saturates because a head that is too low is found out by the next fence, and one that wraps to 0 would look
        // like a new database.
        Ok(Committed { head }) => return Ok(Decision::Applied(head.or(next))),
        Err(error) => error,
    };
    match error.kind() {
        // Our own commit, applied by an attempt whose answer was lost: the head moved by exactly the one commit that it
        // was sent as.
        ErrorKind::HeadMismatch { actual }
            if resent && rule == Resend::AppliedIfNext && actual.is_some() && actual == next =>
        {
            Ok(Decision::Applied(actual))
        }
        ErrorKind::HeadMismatch { .. } => Ok(Decision::Ended(Ending::Fatal(error))),
        ErrorKind::Superseded => Ok(Decision::Ended(Ending::Superseded(error))),
        // Without a head to expect, the same commit could be applied twice; and going on without knowing would read
        // pages of a state that nobody knows.
        ErrorKind::Indeterminate if expected.is_none() => Ok(Decision::Ended(Ending::Fatal(error))),
        ErrorKind::Indeterminate => Err(error),
        // Says nothing of the attempt before.
        ErrorKind::Transient | ErrorKind::Full if resent => Err(error),
        // Refused after the fence let it pass, or for what it is: an attempt before was not applied either.
        ErrorKind::Transient
        | ErrorKind::Full
        | ErrorKind::Refused
        | ErrorKind::MissingDatabase => Ok(Decision::Refused(error)),
    }
}
