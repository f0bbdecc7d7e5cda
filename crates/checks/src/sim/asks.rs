//! What the actors ask for.

use std::time::{Duration, Instant};

use envoy_protocol::session::{Attempt, RequestKey, SendError};
use envoy_protocol::{Version, latest};

use super::ops::ServerVersions;
use super::pair::{ACTORS, Pair};
use super::user::{Asked, What};

impl Pair {
    /// A generation of the actor that runs at the host.
    pub(super) fn running(&self, actor: u8) -> Option<(String, u32)> {
        let id = &self.gateway.actors[usize::from(actor) % ACTORS].id;
        self.user
            .running
            .keys()
            .rfind(|(actor, _)| actor == id)
            .cloned()
    }

    pub(super) fn event(&mut self, key: &(String, u32), event: latest::Event) {
        match self.host.event(&key.0, key.1, event.clone()) {
            Ok(()) => self.user.log.entry(key.clone()).or_default().push(event),
            // The host may have ended behind what is looked at now.
            Err(SendError::QueueFull { .. } | SendError::Closed) => {}
            Err(error) => panic!("expected to report what {key:?} did, but found {error}"),
        }
    }

    /// An actor asks to sleep.
    pub(super) fn sleep(&mut self, actor: u8) {
        if let Some(key) = self.running(actor) {
            let intent = latest::ActorIntent::ActorIntentSleep;
            let event = latest::EventActorIntent { intent };
            self.event(&key, latest::Event::EventActorIntent(event));
        }
    }

    /// An actor stops by itself.
    pub(super) fn exit(&mut self, actor: u8, code: latest::StopCode) {
        if let Some(key) = self.running(actor) {
            match code {
                latest::StopCode::Ok => self.stopped(&key, code),
                latest::StopCode::Error => self.crash(&key),
            }
        }
    }

    /// A handle begins a new epoch.
    pub(super) fn new_epoch(&mut self, actor: u8) {
        if let Some(key) = self.running(actor) {
            self.host.new_epoch(&key.0, Some(key.1.into()));
            self.user.begin_epoch(&key);
        }
    }

    pub(super) fn alarms(&mut self, actor: u8, count: u8) {
        let Some(key) = self.running(actor) else {
            return;
        };
        // Now and then more than an ack waits for.
        let count = match count {
            251.. => 300,
            few => u16::from(few % 4) + 1,
        };
        for _ in 0..count {
            let number = i64::try_from(self.user.number()).ok();
            let alarm = latest::EventActorSetAlarm { alarm_ts: number };
            self.event(&key, latest::Event::EventActorSetAlarm(alarm));
        }
    }

    pub(super) fn stopped(&mut self, key: &(String, u32), code: latest::StopCode) {
        if self.user.running.remove(key).is_none() {
            return;
        }
        self.leave_tunnels(&key.0, code);
        let message = None;
        let stopped = latest::ActorStateStopped { code, message };
        let state = latest::ActorState::ActorStateStopped(stopped);
        let update = latest::EventActorStateUpdate { state };
        self.event(key, latest::Event::EventActorStateUpdate(update));
        // The handle closes: what it asked for is nobody's any more.
        self.host.forget_database(&key.0, Some(key.1.into()));
        let gone: Vec<_> = self
            .user
            .requests
            .iter()
            .filter(|(_, asked)| match &asked.what {
                What::Read { key: of, .. } | What::Commit { key: of, .. } => of == key,
                _ => false,
            })
            .map(|(request, _)| *request)
            .collect();
        for request in gone {
            self.user.abandon(request);
        }
    }

    pub(super) fn crash(&mut self, key: &(String, u32)) {
        if !self.user.running.contains_key(key) {
            return;
        }
        let dropped = self.host.drop_unsent_alarms(&key.0, key.1);
        let log = self.user.log.entry(key.clone()).or_default();
        for _ in 0..dropped {
            let last = log
                .iter()
                .rposition(|event| matches!(event, latest::Event::EventActorSetAlarm(_)));
            log.remove(last.expect("an alarm that was dropped"));
        }
        self.stopped(key, latest::StopCode::Error);
    }

    pub(super) fn deadline(&self, bound: u8) -> Instant {
        self.now + Duration::from_millis(20) * u32::from(bound) + Duration::from_millis(1)
    }

    /// Something was asked for, and taken if there is room.
    pub(super) fn asked(
        &mut self,
        request: Result<RequestKey, SendError>,
        number: u64,
        deadline: Instant,
        what: What,
    ) {
        let again = Attempt::First;
        self.asked_again(request, number, deadline, what, again);
    }

    fn asked_again(
        &mut self,
        request: Result<RequestKey, SendError>,
        number: u64,
        deadline: Instant,
        what: What,
        attempt: Attempt,
    ) {
        match request {
            Ok(request) => {
                self.user.last_request = Some(request);
                let asked = Asked {
                    deadline,
                    what,
                    number,
                    again: attempt == Attempt::Again,
                    stale: false,
                    sent: Vec::new(),
                    wire: None,
                };
                let before = self.user.requests.insert(request, asked);
                assert!(
                    before.is_none(),
                    "expected each request to have its own name"
                );
            }
            Err(
                SendError::QueueFull { .. }
                | SendError::TooLarge {
                    what: "requests in flight",
                    ..
                },
            ) => {}
            Err(error) => panic!("expected to ask for {what:?}, but found {error}"),
        }
    }

    /// Whether a database takes nothing now. Then that is what it has to have said.
    fn is_refused(
        &self,
        key: &(String, u32),
        request: &Result<RequestKey, SendError>,
        attempt: Attempt,
    ) -> bool {
        let running = &self.user.running[key];
        if self.user.commits(key) {
            assert!(
                matches!(request, Err(SendError::CommitInFlight { .. })),
                "expected nothing to be taken across a commit, but found {request:?}"
            );
            return true;
        }
        let blocked = running.blocked || running.undecided.is_some();
        if blocked && attempt == Attempt::First {
            assert!(
                matches!(request, Err(SendError::Unresolved { .. })),
                "expected nothing to be taken while a commit is not decided, but found {request:?}"
            );
            return true;
        }
        false
    }

    pub(super) fn kv_get(&mut self, actor: u8, bound: u8) {
        if let Some((actor, _)) = self.running(actor) {
            let deadline = self.deadline(bound);
            let number = self.user.number();
            let key = format!("get {number}");
            let get = latest::KvGetRequestRef {
                keys: &[key.as_bytes()],
            };
            let get = latest::KvRequestDataRef::KvGetRequest(get);
            let request = self.host.kv(&actor, get, deadline);
            self.asked(request, number, deadline, What::KvGet(number));
        }
    }

    pub(super) fn kv_put(&mut self, actor: u8, bound: u8, size: u16) {
        if let Some((actor, _)) = self.running(actor) {
            let deadline = self.deadline(bound);
            let number = self.user.number();
            let key = format!("put {number}");
            let value = vec![0; usize::from(size)];
            let put = latest::KvPutRequestRef {
                keys: &[key.as_bytes()],
                values: &[&value],
            };
            let put = latest::KvRequestDataRef::KvPutRequest(put);
            let request = self.host.kv(&actor, put, deadline);
            self.asked(request, number, deadline, What::KvPut(number));
        }
    }

    pub(super) fn exec(&mut self, actor: u8, bound: u8) {
        if let Some((actor, generation)) = self.running(actor) {
            let deadline = self.deadline(bound);
            let number = self.user.number();
            let data = latest::SqliteExecRequestRef {
                namespace_id: "default",
                actor_id: &actor,
                generation: generation.into(),
                sql: &format!("insert {number}"),
            };
            let request = self.host.exec(data, deadline);
            self.asked(request, number, deadline, What::Exec(number));
        }
    }

    pub(super) fn execute(&mut self, actor: u8, bound: u8) {
        if let Some((actor, generation)) = self.running(actor) {
            let deadline = self.deadline(bound);
            let number = self.user.number();
            let data = latest::SqliteExecuteRequestRef {
                namespace_id: "default",
                actor_id: &actor,
                generation: generation.into(),
                sql: &format!("insert {number}"),
                params: None,
            };
            let request = self.host.execute(data, deadline);
            self.asked(request, number, deadline, What::Execute(number));
        }
    }

    pub(super) fn read(&mut self, actor: u8, bound: u8, pages: u8) {
        if let Some(key) = self.running(actor) {
            self.read_as(&key, bound, pages);
        }
    }

    pub(super) fn read_as(&mut self, key: &(String, u32), bound: u8, pages: u8) {
        let number = self.user.number();
        let (expected, deadline) = (self.user.running[key].head, self.deadline(bound));
        let first = u32::try_from(number).unwrap_or(u32::MAX);
        let pgnos: Vec<_> = (first..=first + u32::from(pages % 8)).collect();
        let data = latest::SqliteGetPagesRequestRef {
            actor_id: &key.0,
            pgnos: &pgnos,
            expected_generation: Some(key.1.into()),
            expected_head_txid: expected,
        };
        let request = self.host.get_pages(data, deadline);
        if self.is_refused(key, &request, Attempt::First) {
            return;
        }
        let what = What::Read {
            key: key.clone(),
            number,
            expected,
        };
        self.asked(request, number, deadline, what);
    }

    pub(super) fn commit(&mut self, actor: u8, bound: u8, pages: u8) {
        let Some(key) = self.running(actor) else {
            return;
        };
        self.commit_first(&key, bound, pages);
        if let Some((number, expected)) = self.user.running[&key].undecided {
            self.commit_as(&key, number, Some(expected), Attempt::Again, (bound, pages));
        }
    }

    /// Commits what was not committed before.
    pub(super) fn commit_first(&mut self, key: &(String, u32), bound: u8, pages: u8) {
        let number = self.user.number();
        let expected = self.user.running[key].head;
        self.commit_as(key, number, expected, Attempt::First, (bound, pages));
    }

    fn commit_as(
        &mut self,
        key: &(String, u32),
        number: u64,
        expected: Option<u64>,
        attempt: Attempt,
        (bound, pages): (u8, u8),
    ) {
        let deadline = self.deadline(bound);
        let page = latest::SqliteDirtyPageRef {
            pgno: 1,
            bytes: &[0; 4096],
        };
        let dirty = vec![page; usize::from(pages % 8)];
        let data = latest::SqliteCommitRequestRef {
            actor_id: &key.0,
            dirty_pages: &dirty,
            db_size_pages: 1,
            now_ms: i64::try_from(number).unwrap_or(0),
            expected_generation: Some(key.1.into()),
            expected_head_txid: expected,
        };
        let request = self.host.commit(data, attempt, deadline);
        if self.is_refused(key, &request, attempt) {
            return;
        }
        if request.is_ok() {
            self.user.begin_epoch(key);
            if let Some(running) = self.user.running.get_mut(key) {
                running.undecided = None;
            }
        }
        let what = What::Commit {
            key: key.clone(),
            number,
            expected,
        };
        self.asked_again(request, number, deadline, what, attempt);
    }

    /// A database takes nothing until its generation has ended.
    pub(super) fn is_blocked(&mut self, key: &(String, u32)) {
        if let Some(running) = self.user.running.get_mut(key) {
            running.blocked = true;
            self.read_as(key, 100, 1);
            self.commit_first(key, 100, 1);
            self.crash(key);
        }
    }

    pub(super) fn cancel(&mut self) {
        let Some(request) = self.user.last_request.take() else {
            return;
        };
        let Some(asked) = self.user.requests.get(&request) else {
            return;
        };
        let sent = !asked.sent.is_empty() || asked.again;
        let what = asked.what.clone();
        self.user.abandon(request);
        self.host.cancel(request);
        // A commit that was sent may be applied or not.
        if let What::Commit {
            key,
            number,
            expected,
        } = what
            && sent
        {
            match (expected, self.user.running.get_mut(&key)) {
                (Some(expected), Some(running)) => running.undecided = Some((number, expected)),
                (None, Some(_)) => self.is_blocked(&key),
                (_, None) => {}
            }
        }
    }

    /// Hands commits in again that are not decided.
    pub(super) fn decide(&mut self) {
        for actor in 0..3 {
            let Some(key) = self.running(actor) else {
                continue;
            };
            if self.user.running[&key].undecided.is_some() {
                if self.host.config().version == Version::V4
                    || self.setup.server == ServerVersions::V4
                {
                    // Nobody will tell.
                    self.crash(&key);
                } else {
                    self.commit(actor, 255, 1);
                }
            }
        }
    }
}
