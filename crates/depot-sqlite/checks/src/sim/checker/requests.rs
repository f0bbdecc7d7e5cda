//! What instances ask for, what the store does about it, and what they are answered.

use super::{Checked, Checker, CommitState, Fate, Over, RequestState};
use crate::sim::hub::InstanceId;
use crate::sim::log::{Answer, Ask, Delivery, Did, Kind, RequestId};

impl Checker {
    pub(super) fn asked(
        &mut self,
        id: InstanceId,
        request: RequestId,
        epoch: u64,
        expected: Option<u64>,
        ask: &Ask,
    ) -> Checked {
        let instance = &mut self.instances[id];
        rule!(
            instance.pending.is_none(),
            "one request at a time",
            "#{request} while #{:?} is under way",
            instance.pending
        );
        rule!(
            instance.ended.is_none() && instance.over == Over::No,
            "no request after the end",
            "#{request} of instance {id}"
        );
        rule!(
            epoch > instance.epoch,
            "epochs rise",
            "{epoch} after {}",
            instance.epoch
        );
        rule!(
            expected == instance.head,
            "a request names the head of what is cached",
            "#{request} expects {expected:?}, but what instance {id} has is of {:?}",
            instance.head
        );
        instance.epoch = epoch;
        instance.pending = Some(request);
        let Some(&op) = instance.ops.front() else {
            return Err((
                "no request without an operation",
                format!("#{request} of instance {id}"),
            ));
        };
        self.ops[op].asked = true;
        let (attempt, commit) = match ask {
            Ask::Read { .. } => {
                rule!(
                    self.instances[id].open.is_none(),
                    "nothing happens before a commit is decided",
                    "#{request} of instance {id} reads"
                );
                (0, None)
            }
            Ask::Commit { attempt, .. } => {
                let commit = self.asked_to_commit(id, request, expected, ask)?;
                self.instances[id].open = Some(commit);
                (*attempt, Some(commit))
            }
        };
        debug_assert_eq!(request, self.requests.len());
        self.requests.push(RequestState {
            instance: id,
            expected,
            attempt,
            ask: ask.clone(),
            commit,
            op,
        });
        Ok(())
    }

    /// Finds the commit that a request is an attempt of.
    fn asked_to_commit(
        &mut self,
        id: InstanceId,
        request: RequestId,
        expected: Option<u64>,
        ask: &Ask,
    ) -> Result<usize, (&'static str, String)> {
        let (instance, op) = (&self.instances[id], self.instances[id].ops.front());
        let (
            Ask::Commit {
                attempt,
                pages,
                size,
                same_time,
            },
            Some(&op),
        ) = (ask, op)
        else {
            return Err(("no request without an operation", format!("#{request}")));
        };
        match (attempt, instance.open) {
            (0, None) => {
                rule!(
                    self.ops[op].commit.is_none(),
                    "one commit for each transaction",
                    "#{request} is the second of operation {op}"
                );
                self.ops[op].commit = Some(self.commits.len());
                self.commits.push(CommitState {
                    expected,
                    pages: pages.clone(),
                    size: *size,
                    applied: None,
                    fate: Fate::Unknown,
                    lost: false,
                });
                Ok(self.commits.len() - 1)
            }
            (1.., Some(open)) => {
                let first = &self.commits[open];
                rule!(
                    *same_time
                        && first.pages == *pages
                        && first.size == *size
                        && first.expected == expected,
                    "a resend is the same commit",
                    "#{request} of instance {id} is another one"
                );
                Ok(open)
            }
            _ => Err((
                "nothing happens before a commit is decided",
                format!("#{request} of instance {id} is attempt {attempt}"),
            )),
        }
    }

    pub(super) fn reached(&mut self, request: RequestId, copy: Delivery, did: &Did) -> Checked {
        self.tally.late += u64::from(copy == Delivery::Late);
        let current = self.head();
        let RequestState {
            instance,
            expected,
            commit,
            ..
        } = self.requests[request];
        let generation = self.instances[instance].generation;
        if !matches!(did, Did::Refused { .. }) {
            rule!(
                self.active && generation == self.generation,
                "a stale generation is refused",
                "#{request} is of {generation}, and {} is the newest, active: {}",
                self.generation,
                self.active
            );
        }
        match did {
            Did::Read { head } => {
                rule!(
                    *head == current,
                    "a read is of the head",
                    "#{request} was of {head}, and the head is {current}"
                );
                rule!(
                    expected.is_none_or(|expected| expected == current),
                    "a stale head is refused",
                    "#{request} expects {expected:?}, and the head is {current}"
                );
            }
            Did::Applied { head } | Did::AppliedUnheard { head } => {
                rule!(
                    *head == current + 1,
                    "a commit raises the head by one",
                    "#{request} made it {head} from {current}"
                );
                let Some(commit) = commit else {
                    return Err(("a read writes nothing", format!("#{request}")));
                };
                let state = &mut self.commits[commit];
                rule!(
                    state.applied.is_none() && state.fate != Fate::Refused,
                    "a commit is applied once, and not after it was refused",
                    "#{request}: {:?}, {:?}",
                    state.applied,
                    state.fate
                );
                state.applied = Some(*head);
                rule!(
                    expected == Some(current),
                    "a stale head is refused",
                    "#{request} expects {expected:?}, and was applied to {current}"
                );
                let (size, before) = (state.size, self.sizes[self.writers.len()]);
                for &(number, form) in &state.pages {
                    let forms = self.forms.entry(number).or_default();
                    forms.push((*head, Some(form)));
                }
                for number in size + 1..=before {
                    self.forms.entry(number).or_default().push((*head, None));
                }
                self.sizes.push(size);
                self.writers.push(instance);
            }
            Did::Before { head } => {
                let own = commit.is_some_and(|commit| self.commits[commit].applied == Some(*head));
                rule!(
                    own,
                    "a commit is known again for what it is",
                    "#{request} of instance {instance} was taken for head {head}, which instance {} has written",
                    self.writer(*head)
                );
            }
            Did::Refused { .. } => {}
        }
        Ok(())
    }

    fn writer(&self, head: u64) -> String {
        let place = usize::try_from(head.saturating_sub(1)).unwrap_or(usize::MAX);
        self.writers
            .get(place)
            .map_or_else(|| "none".to_owned(), InstanceId::to_string)
    }

    pub(super) fn answered(&mut self, request: RequestId, answer: &Answer) -> Checked {
        let RequestState {
            instance: id,
            expected,
            attempt,
            commit,
            op,
            ..
        } = self.requests[request];
        self.instances[id].pending = None;
        match answer {
            Answer::Pages { head, pages } => {
                let instance = &mut self.instances[id];
                if instance.head.is_none() {
                    instance.head = *head;
                }
                rule!(
                    *head == instance.head,
                    "no page of two heads",
                    "#{request} brings pages of {head:?}, and what instance {id} has is of {:?}",
                    instance.head
                );
                for (number, found) in pages {
                    self.tally.pages += 1;
                    let form = self.form(*number, head.unwrap_or_default());
                    rule!(
                        *found == form,
                        "no page of two heads",
                        "#{request} brings page {number} to instance {id} as one of {head:?}, which it is not"
                    );
                }
                if let Ask::Read { pages: asked } = &self.requests[request].ask {
                    let all = asked
                        .iter()
                        .all(|number| pages.iter().any(|(found, _)| found == number));
                    rule!(all, "a read is answered in full", "#{request}");
                }
            }
            Answer::Committed { head } => {
                let Some(commit) = commit else {
                    return Err(("a read is answered with pages", format!("#{request}")));
                };
                let state = &mut self.commits[commit];
                rule!(
                    state.applied.is_some() && state.applied == *head,
                    "what is answered as applied is",
                    "#{request} of instance {id}: {:?} is what the store made of it, and {head:?} the answer",
                    state.applied
                );
                self.decide(id, commit, Fate::Applied, *head);
            }
            Answer::Failed { kind, code } => {
                self.ops[op].errors.push(code.clone());
                let resent = attempt > 0;
                let next = expected.map(|head| head + 1);
                match (kind, commit) {
                    (Kind::HeadMismatch { actual }, Some(commit))
                        if resent
                            && !self.instances[id].recognised
                            && *actual == next
                            && actual.is_some() =>
                    {
                        rule!(
                            self.commits[commit].applied == *actual,
                            "what is answered as applied is",
                            "#{request} of instance {id} finds its commit by the head, and it is not"
                        );
                        self.decide(id, commit, Fate::Applied, *actual);
                    }
                    (Kind::HeadMismatch { .. } | Kind::Superseded, commit) => {
                        self.instances[id].hit = Some((op, code.clone(), *kind));
                        if let Some(commit) = commit
                            && !self.commits[commit].lost
                        {
                            self.decide(id, commit, Fate::Refused, None);
                        }
                    }
                    (Kind::Indeterminate, Some(commit)) => self.commits[commit].lost = true,
                    (Kind::Transient | Kind::Full, Some(_)) if resent => {}
                    (_, Some(commit)) => {
                        rule!(
                            self.commits[commit].applied.is_none(),
                            "what is answered as refused is",
                            "#{request} of instance {id} was applied"
                        );
                        self.decide(id, commit, Fate::Refused, None);
                    }
                    (_, None) => {}
                }
            }
        }
        Ok(())
    }

    /// An instance knows what became of its commit.
    fn decide(&mut self, id: InstanceId, commit: usize, fate: Fate, head: Option<u64>) {
        let state = &mut self.commits[commit];
        state.fate = fate;
        self.tally.resolved += u64::from(state.lost);
        self.instances[id].open = None;
        if fate == Fate::Applied {
            self.instances[id].head = head;
            self.tally.acknowledged += 1;
        }
    }
}
