//! What the actors learn, each of it checked.

use envoy_protocol::latest;
use envoy_protocol::session::{
    CommitEnd, Decided, ExecAnswer, ExecuteAnswer, HostEvent, KvAnswer, RequestError, RequestKey,
    TunnelEnd,
};

use super::gateway::number_of;
use super::ledger::How;
use super::pair::Pair;
use super::user::{Outcome, Running, What};

impl Pair {
    pub(super) fn user_learns(&mut self) -> bool {
        let Some(event) = self.host.poll_event() else {
            return false;
        };
        assert!(
            self.terminal.is_none(),
            "expected nothing behind the end of the host, but found {event:?}"
        );
        if request_of(&event).is_some_and(|request| self.user.abandoned.remove(&request)) {
            return true;
        }
        match event {
            HostEvent::Command(command) => self.obey(command),
            HostEvent::Kv { request, result } => self.kv_ended(request, &result),
            HostEvent::Exec { request, result } => {
                let What::Exec(number) = self.ended(request, How::of(&result)) else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                let refused = |answer: &ExecAnswer| match answer.get() {
                    latest::SqliteExecResponseRef::SqliteErrorResponse(_) => true,
                    latest::SqliteExecResponseRef::SqliteExecOk(ok) => {
                        let asked = number_of(ok.result.columns[0].as_bytes());
                        assert_eq!(asked, number, "expected what was asked for");
                        false
                    }
                };
                self.write_ended(number, &result, refused);
            }
            HostEvent::Execute { request, result } => {
                let What::Execute(number) = self.ended(request, How::of(&result)) else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                let refused = |answer: &ExecuteAnswer| match answer.get() {
                    latest::SqliteExecuteResponseRef::SqliteErrorResponse(_) => true,
                    latest::SqliteExecuteResponseRef::SqliteExecuteOk(ok) => {
                        let asked = number_of(ok.result.columns[0].as_bytes());
                        assert_eq!(asked, number, "expected what was asked for");
                        false
                    }
                };
                self.write_ended(number, &result, refused);
            }
            HostEvent::Pages { request, result } => {
                let What::Read {
                    key,
                    number,
                    expected,
                } = self.ended(request, How::of(&result))
                else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                match result {
                    Ok(answer) => self.pages(&key, number, expected, answer.get()),
                    Err(
                        RequestError::Lost
                        | RequestError::TimedOut
                        | RequestError::NotSent
                        | RequestError::Stale,
                    ) => {}
                    Err(error) => panic!("expected an end that fits a read, but found {error}"),
                }
            }
            HostEvent::Commit { request, end } => {
                let What::Commit {
                    key,
                    number,
                    expected,
                } = self.ended(request, how_of(&end))
                else {
                    panic!("expected the end of another request, but found {end:?}");
                };
                self.committed(&key, number, expected, end);
            }
            HostEvent::Tunnel(message) => self.tunnelled(&message),
            HostEvent::TunnelEnded {
                request_id, why, ..
            } => {
                assert_ne!(why, TunnelEnd::Replaced, "no request is started twice");
                // The host tells the gateway by itself.
                match why {
                    TunnelEnd::Gap { .. } => {
                        self.report.gaps += 1;
                        self.user.said += 1;
                    }
                    TunnelEnd::Overloaded => self.user.said += 1,
                    _ => {}
                }
                self.user.tunnels.remove(&request_id);
            }
            HostEvent::Lost => {
                let keys: Vec<_> = self.user.running.keys().cloned().collect();
                for key in keys {
                    self.crash(&key);
                }
            }
            HostEvent::Terminal(terminal) => self.has_ended(terminal),
            HostEvent::InvalidMessage(_) => self.foreseen.told(),
            _ => {}
        }
        true
    }

    fn kv_ended(&mut self, request: RequestKey, result: &Result<KvAnswer, RequestError>) {
        use latest::KvResponseDataRef::KvErrorResponse as Refused;
        match self.ended(request, How::of(result)) {
            What::KvGet(number) => match result {
                Ok(answer) => match answer.get() {
                    Refused(_) => {}
                    latest::KvResponseDataRef::KvGetResponse(get) => {
                        assert_eq!(
                            number_of(get.keys[0]),
                            number,
                            "expected what was asked for"
                        );
                    }
                    other => panic!("expected the answer to a get, but found {other:?}"),
                },
                Err(RequestError::Lost | RequestError::TimedOut | RequestError::NotSent) => {}
                Err(error) => panic!("expected an end that fits a read, but found {error}"),
            },
            What::KvPut(number) => {
                let refused = |answer: &KvAnswer| matches!(answer.get(), Refused(_));
                self.write_ended(number, result, refused);
            }
            other => panic!("expected the end of {other:?}, but found {result:?}"),
        }
    }

    /// A request with an effect has ended. A server that refuses one has not carried it out.
    fn write_ended<T>(
        &mut self,
        number: u64,
        result: &Result<T, RequestError>,
        refused: impl Fn(&T) -> bool,
    ) {
        if result.as_ref().is_ok_and(refused) {
            self.user.outcome(number, Outcome::NotDone);
        } else {
            self.user.outcome_of(number, result);
        }
    }

    pub(super) fn obey(&mut self, command: latest::CommandWrapper) {
        let latest::ActorCheckpoint {
            actor_id,
            generation,
            index,
        } = command.checkpoint;
        self.report.commands += 1;
        let name = (actor_id.clone(), generation, index);
        let handled = self.user.handled.entry(name).or_default();
        *handled += 1;
        assert_eq!(*handled, 1, "expected {actor_id}/{generation}/{index} once");
        let key = (actor_id, generation);
        match command.inner {
            latest::Command::CommandStartActor(start) => {
                self.started(&key, &start.hibernating_requests);
            }
            latest::Command::CommandStopActor(_) => self.stopped(&key, latest::StopCode::Ok),
        }
    }

    /// A generation starts.
    pub(super) fn started(
        &mut self,
        key: &(String, u32),
        hibernating: &[latest::HibernatingRequest],
    ) {
        // Never two generations of one actor.
        let earlier: Vec<_> = self
            .user
            .running
            .keys()
            .filter(|(actor, _)| *actor == key.0)
            .cloned()
            .collect();
        for earlier in earlier {
            assert!(earlier.1 < key.1, "expected generations in their order");
            self.crash(&earlier);
        }
        let actor = self.gateway.actor_mut(&key.0).expect("a known actor");
        if actor.generation == key.1 {
            for asleep in self.gateway.asleep(&key.0) {
                assert!(
                    hibernating.contains(&asleep),
                    "expected {asleep:?} to be named in the start of {key:?}"
                );
            }
        }
        self.attach(hibernating);
        self.user.running.insert(key.clone(), Running::default());
        let state = latest::ActorState::ActorStateRunning;
        let update = latest::EventActorStateUpdate { state };
        self.event(key, latest::Event::EventActorStateUpdate(update));
    }

    pub(super) fn pages(
        &mut self,
        key: &(String, u32),
        number: u64,
        expected: Option<u64>,
        answer: &latest::SqliteGetPagesResponseRef<'_>,
    ) {
        match answer {
            latest::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok) => {
                let first = ok.pages.first().map(|page| u64::from(page.pgno));
                assert_eq!(first, Some(number), "expected the pages asked for");
                let Some(running) = self.user.running.get_mut(key) else {
                    panic!("expected no answer for a handle that is closed");
                };
                match (ok.head_txid, expected) {
                    (Some(head), Some(expected)) => assert_eq!(head, expected),
                    (Some(head), None) => running.head = Some(head),
                    (None, _) => {}
                }
            }
            latest::SqliteGetPagesResponseRef::SqliteErrorResponse(error) => {
                self.failed(key, error.group, error.code, error.message);
            }
        }
    }

    /// An error of the storage: what it says has to be so.
    pub(super) fn failed(&mut self, key: &(String, u32), group: &str, code: &str, message: &str) {
        if (group, code) == ("ws", "overloaded") || message.contains("too much to do") {
            return;
        }
        let actor = self.gateway.actor_mut(&key.0).expect("a known actor");
        if message.contains("head fence mismatch") {
            assert!(
                actor.database.rival,
                "expected no fence without another writer, but found {message}"
            );
        } else {
            assert_eq!(message, "actor does not exist");
            assert!(actor.generation > key.1, "expected a later generation");
        }
        self.crash(key);
    }

    pub(super) fn committed(
        &mut self,
        key: &(String, u32),
        number: u64,
        expected: Option<u64>,
        end: CommitEnd,
    ) {
        match end {
            CommitEnd::Committed { head_txid, decided } => {
                if decided == Decided::Head {
                    self.report.decided_by_head += 1;
                }
                self.user.outcome(number, Outcome::Done);
                let Some(running) = self.user.running.get_mut(key) else {
                    panic!("expected no answer for a handle that is closed");
                };
                if let (Some(head), Some(expected)) = (head_txid, expected) {
                    assert_eq!(head, expected + 1);
                }
                running.head = head_txid.or(running.head.map(|head| head + 1));
            }
            CommitEnd::Fenced { error, .. } => {
                self.user.outcome(number, Outcome::Unknown);
                self.failed(key, &error.group, &error.code, &error.message);
            }
            CommitEnd::Refused(error) => {
                self.user.outcome(number, Outcome::NotDone);
                self.failed(key, &error.group, &error.code, &error.message);
            }
            CommitEnd::Unresolved { error } => {
                self.user.outcome(number, Outcome::Unknown);
                let expected =
                    expected.expect("expected only a commit with a head to be sent again");
                if let Some(running) = self.user.running.get_mut(key) {
                    running.undecided = Some((number, expected));
                }
                if error.is_some_and(|error| error.message == "actor does not exist") {
                    self.crash(key);
                }
            }
            CommitEnd::Indeterminate => {
                assert_eq!(expected, None);
                self.user.outcome(number, Outcome::Unknown);
                self.is_blocked(key);
            }
            CommitEnd::NotSent(_) => {
                self.user.outcome(number, Outcome::NotDone);
            }
            other => panic!("expected a known end, but found {other:?}"),
        }
    }
}

/// The request that has ended, if one has.
fn request_of(event: &HostEvent) -> Option<RequestKey> {
    match event {
        HostEvent::Kv { request, .. }
        | HostEvent::Pages { request, .. }
        | HostEvent::Commit { request, .. }
        | HostEvent::Exec { request, .. }
        | HostEvent::Execute { request, .. } => Some(*request),
        _ => None,
    }
}

/// How a commit ended.
fn how_of(end: &CommitEnd) -> How {
    match end {
        CommitEnd::Committed {
            decided: Decided::Head,
            ..
        }
        | CommitEnd::Unresolved { error: Some(_) } => How::UndecidedByError,
        CommitEnd::Committed { .. } | CommitEnd::Fenced { .. } | CommitEnd::Refused(_) => {
            How::Answered
        }
        CommitEnd::Unresolved { error: None } => How::Undecided,
        CommitEnd::Indeterminate => How::Indeterminate,
        CommitEnd::NotSent(error) => {
            assert_eq!(*error, RequestError::NotSent);
            How::NotSent
        }
        other => panic!("expected a known end, but found {other:?}"),
    }
}
