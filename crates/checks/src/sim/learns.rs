//! What the actors learn, each of it checked.

use std::time::Duration;

use envoy_protocol::latest;
use envoy_protocol::session::{
    CommitEnd, Decided, ExecAnswer, ExecuteAnswer, HostEvent, KvAnswer, RequestError, RequestKey,
    SendError, ToHost, TunnelEnd,
};

use super::pair::Pair;
use super::user::{Outcome, Running, What};

impl Pair {
    pub(super) fn user_learns(&mut self) -> bool {
        let Some(event) = self.host.poll_event() else {
            return false;
        };
        if request_of(&event).is_some_and(|request| self.user.abandoned.remove(&request)) {
            return true;
        }
        match event {
            HostEvent::Command(command) => self.obey(command),
            HostEvent::Kv { request, result } => self.kv_ended(request, &result),
            HostEvent::Exec { request, result } => {
                let What::Exec(number) = self.ended(request, result.as_ref().err()) else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                let refused = |answer: &ExecAnswer| {
                    matches!(
                        answer.get(),
                        latest::SqliteExecResponseRef::SqliteErrorResponse(_)
                    )
                };
                self.write_ended(number, &result, refused);
            }
            HostEvent::Execute { request, result } => {
                let What::Execute(number) = self.ended(request, result.as_ref().err()) else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                let refused = |answer: &ExecuteAnswer| {
                    matches!(
                        answer.get(),
                        latest::SqliteExecuteResponseRef::SqliteErrorResponse(_)
                    )
                };
                self.write_ended(number, &result, refused);
            }
            HostEvent::Pages { request, result } => {
                let What::Read { key, expected } = self.ended(request, result.as_ref().err())
                else {
                    panic!("expected the end of another request, but found {result:?}");
                };
                match result {
                    Ok(answer) => self.pages(&key, expected, answer.get()),
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
                } = self.ended(request, None)
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
                if let TunnelEnd::Gap { .. } = why {
                    self.report.gaps += 1;
                }
                self.user.tunnels.remove(&request_id);
            }
            HostEvent::Lost => {
                let keys: Vec<_> = self.user.running.keys().cloned().collect();
                for key in keys {
                    self.crash(&key);
                }
            }
            HostEvent::Terminal(terminal) => self.terminal = Some(terminal),
            HostEvent::InvalidMessage(error) => panic!("expected a message, but found {error}"),
            _ => {}
        }
        true
    }

    fn kv_ended(&mut self, request: RequestKey, result: &Result<KvAnswer, RequestError>) {
        use latest::KvResponseDataRef::KvErrorResponse as Refused;
        match self.ended(request, result.as_ref().err()) {
            What::KvGet => assert!(
                matches!(
                    result,
                    Ok(_)
                        | Err(RequestError::Lost | RequestError::TimedOut | RequestError::NotSent)
                ),
                "expected an end that fits a read, but found {result:?}"
            ),
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

    pub(super) fn ended(&mut self, request: RequestKey, error: Option<&RequestError>) -> What {
        self.report.requests += 1;
        let (what, overrun) = self.user.end(request, self.now);
        self.report.worst_overrun = self.report.worst_overrun.max(overrun);
        assert_eq!(
            overrun,
            Duration::ZERO,
            "expected {what:?} to end within its bound"
        );
        if let (Some(RequestError::Lost | RequestError::Indeterminate), Some(lost_at)) =
            (error, self.lost_at)
            && self.host_line.is_none()
        {
            self.report.worst_loss = self.report.worst_loss.max(self.now - lost_at);
        }
        what
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
            latest::Command::CommandStartActor(_) => {
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
                self.user.running.insert(key.clone(), Running::default());
                let state = latest::ActorState::ActorStateRunning;
                let update = latest::EventActorStateUpdate { state };
                self.event(&key, latest::Event::EventActorStateUpdate(update));
            }
            latest::Command::CommandStopActor(_) => self.stopped(&key, latest::StopCode::Ok),
        }
    }

    pub(super) fn pages(
        &mut self,
        key: &(String, u32),
        expected: Option<u64>,
        answer: &latest::SqliteGetPagesResponseRef<'_>,
    ) {
        match answer {
            latest::SqliteGetPagesResponseRef::SqliteGetPagesOk(ok) => {
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
                self.crash(key);
            }
            CommitEnd::NotSent(error) => {
                assert_eq!(error, RequestError::NotSent);
                self.user.outcome(number, Outcome::NotDone);
            }
            other => panic!("expected a known end, but found {other:?}"),
        }
    }

    pub(super) fn tunnelled(&mut self, message: &ToHost) {
        use latest::ToEnvoyTunnelMessageKindRef as Kind;
        self.report.tunnel_messages += 1;
        let message = message.get();
        let id = message.message_id;
        let data = match &message.message_kind {
            Kind::ToEnvoyRequestStart(_) | Kind::ToEnvoyWebSocketOpen(_) => {
                self.user.tunnels.insert(id.request_id, 0);
                return;
            }
            Kind::ToEnvoyRequestAbort | Kind::ToEnvoyWebSocketClose(_) => {
                self.user.tunnels.remove(&id.request_id);
                return;
            }
            Kind::ToEnvoyRequestChunk(chunk) => chunk.body,
            Kind::ToEnvoyWebSocketMessage(message) => message.data,
        };
        let Some(next) = self.user.tunnels.get_mut(&id.request_id) else {
            panic!("expected an open tunnel for {id:?}");
        };
        assert_eq!(
            data[..4],
            next.to_be_bytes(),
            "expected the messages of a tunnel without a hole"
        );
        *next += 1;
        if let Kind::ToEnvoyWebSocketMessage(_) = message.message_kind {
            let echo = latest::ToRivetWebSocketMessageRef { data, binary: true };
            let echo = latest::ToRivetTunnelMessageKindRef::ToRivetWebSocketMessage(echo);
            match self.host.tunnel(id.gateway_id, id.request_id, echo) {
                Ok(()) | Err(SendError::QueueFull { .. } | SendError::NoTunnel { .. }) => {}
                Err(error) => panic!("expected to echo, but found {error}"),
            }
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
