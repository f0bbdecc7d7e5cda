//! What the actors ask for.

use std::time::{Duration, Instant};

use envoy_protocol::session::{Attempt, SendError};
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

    pub(super) fn asked(
        &mut self,
        request: Result<envoy_protocol::session::RequestKey, SendError>,
        deadline: Instant,
        what: What,
    ) {
        match request {
            Ok(request) => {
                self.user.last_request = Some(request);
                let before = self.user.requests.insert(request, Asked { deadline, what });
                assert!(
                    before.is_none(),
                    "expected each request to have its own name"
                );
            }
            Err(
                SendError::QueueFull { .. }
                | SendError::CommitInFlight { .. }
                | SendError::TooLarge {
                    what: "requests in flight",
                    ..
                },
            ) => {}
            Err(error) => panic!("expected to ask for {what:?}, but found {error}"),
        }
    }

    pub(super) fn kv_get(&mut self, actor: u8, bound: u8) {
        if let Some((actor, _)) = self.running(actor) {
            let deadline = self.deadline(bound);
            let get = latest::KvGetRequestRef { keys: &[b"key"] };
            let get = latest::KvRequestDataRef::KvGetRequest(get);
            let request = self.host.kv(&actor, get, deadline);
            self.asked(request, deadline, What::KvGet);
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
            self.asked(request, deadline, What::KvPut(number));
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
            self.asked(request, deadline, What::Exec(number));
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
            self.asked(request, deadline, What::Execute(number));
        }
    }

    pub(super) fn read(&mut self, actor: u8, bound: u8, pages: u8) {
        let Some(key) = self.running(actor) else {
            return;
        };
        let running = &self.user.running[&key];
        if running.undecided.is_some() {
            return;
        }
        let (expected, deadline) = (running.head, self.deadline(bound));
        let pgnos: Vec<_> = (1..=u32::from(pages % 8)).collect();
        let data = latest::SqliteGetPagesRequestRef {
            actor_id: &key.0,
            pgnos: &pgnos,
            expected_generation: Some(key.1.into()),
            expected_head_txid: expected,
        };
        let request = self.host.get_pages(data, deadline);
        self.asked(request, deadline, What::Read { key, expected });
    }

    pub(super) fn commit(&mut self, actor: u8, bound: u8, pages: u8) {
        let Some(key) = self.running(actor) else {
            return;
        };
        let running = &self.user.running[&key];
        let (number, expected, attempt) = match running.undecided {
            Some((number, expected)) => (number, Some(expected), Attempt::Again),
            None => (self.user.next_number + 1, running.head, Attempt::First),
        };
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
        if request.is_ok() {
            self.user.next_number = self.user.next_number.max(number);
            if let Some(running) = self.user.running.get_mut(&key) {
                running.undecided = None;
            }
        }
        let what = What::Commit {
            key,
            number,
            expected,
        };
        self.asked(request, deadline, what);
    }

    pub(super) fn cancel(&mut self) {
        let Some(request) = self.user.last_request.take() else {
            return;
        };
        // A commit is not cancelled but with its handle.
        if let Some(asked) = self.user.requests.get(&request)
            && !matches!(asked.what, What::Commit { .. })
        {
            self.user.abandon(request);
            self.host.cancel(request);
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
