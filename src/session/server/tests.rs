//! Each rule of the server's end, against a host that is written down message by message.

use std::time::Duration;

use bare::DecodeLimits;

use super::*;
use crate::{EncodeAt as _, Versioned as _};

const ACTOR: &str = "actor";
const UNIX_MS: i64 = 1_700_000_000_000;

/// A connection with everything around it.
struct Rig {
    server: Server,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        Self::with(EnvoyState::new(), |_| {})
    }

    fn with(state: EnvoyState, set: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::DEFAULT;
        set(&mut config);
        let now = Instant::now();
        Self {
            server: Server::new(config, Version::LATEST, state, now, UNIX_MS),
            now,
        }
    }

    /// A connection on which everything was said that is said first.
    fn ready() -> Self {
        let mut rig = Self::new();
        assert_eq!(rig.sent().len(), 2);
        rig
    }

    /// The next connection of the same host.
    fn reconnect(&mut self) {
        let state = self.server.evict(self.now);
        let now = self.now;
        self.server = Server::new(ServerConfig::DEFAULT, Version::LATEST, state, now, UNIX_MS);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.server.handle_timeout(self.now);
    }

    fn give(&mut self, message: &latest::ToRivet) {
        let version = self.server.version();
        let octets = message.to_bytes_at(version).expect("a message");
        self.server.receive(octets, self.now);
    }

    fn next(&mut self) -> Option<latest::ToEnvoy> {
        let version = self.server.version();
        match self.server.poll_transmit(self.now)? {
            Transmit::Frame { octets, .. } => Some(
                latest::ToEnvoy::decode_at(version, &octets, &DecodeLimits::DEFAULT)
                    .expect("a frame"),
            ),
            Transmit::Close(close) => panic!("expected a frame, but found {close}"),
        }
    }

    fn sent(&mut self) -> Vec<latest::ToEnvoy> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn closed(&mut self) -> Close {
        loop {
            match self.server.poll_transmit(self.now) {
                Some(Transmit::Close(close)) => return close,
                Some(Transmit::Frame { .. }) => {}
                None => panic!("expected a close"),
            }
        }
    }

    fn events(&mut self) -> Vec<ServerEvent> {
        std::iter::from_fn(|| self.server.poll_event()).collect()
    }

    fn command(&mut self, command: latest::Command) -> latest::ActorCheckpoint {
        self.server.command(ACTOR, 1, command)
    }

    fn event(&mut self, index: i64, inner: latest::Event) {
        let checkpoint = checkpoint(index);
        let event = latest::EventWrapper { checkpoint, inner };
        self.give(&latest::ToRivet::ToRivetEvents(vec![event]));
    }

    fn apply(&mut self, index: i64) {
        self.server.events_applied(&checkpoint(index), self.now);
    }
}

fn checkpoint(index: i64) -> latest::ActorCheckpoint {
    latest::ActorCheckpoint {
        actor_id: ACTOR.to_owned(),
        generation: 1,
        index,
    }
}

fn start() -> latest::Command {
    latest::Command::CommandStartActor(latest::CommandStartActor {
        config: latest::ActorConfig {
            name: "counter".to_owned(),
            key: None,
            create_ts: 0,
            input: None,
        },
        hibernating_requests: Vec::new(),
        preloaded_kv: None,
    })
}

fn stop() -> latest::Command {
    latest::Command::CommandStopActor(latest::CommandStopActor {
        reason: latest::StopActorReason::SleepIntent,
    })
}

fn alarm() -> latest::Event {
    latest::Event::EventActorSetAlarm(latest::EventActorSetAlarm { alarm_ts: None })
}

fn stopped() -> latest::Event {
    latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate {
        state: latest::ActorState::ActorStateStopped(latest::ActorStateStopped {
            code: latest::StopCode::Ok,
            message: None,
        }),
    })
}

fn acks(index: i64) -> latest::ToRivet {
    latest::ToRivet::ToRivetAckCommands(latest::ToRivetAckCommands {
        last_command_checkpoints: vec![checkpoint(index)],
    })
}

fn kv(request_id: u32) -> latest::ToRivet {
    latest::ToRivet::ToRivetKvRequest(latest::ToRivetKvRequest {
        actor_id: ACTOR.to_owned(),
        request_id,
        data: latest::KvRequestData::KvDropRequest,
    })
}

fn kv_answer(request_id: u32) -> latest::ToEnvoyRef<'static> {
    latest::ToEnvoyRef::ToEnvoyKvResponse(latest::ToEnvoyKvResponseRef {
        request_id,
        data: latest::KvResponseDataRef::KvDropResponse,
    })
}

fn indices(message: &latest::ToEnvoy) -> Vec<i64> {
    match message {
        latest::ToEnvoy::ToEnvoyCommands(commands) => commands
            .iter()
            .map(|command| command.checkpoint.index)
            .collect(),
        other => panic!("expected commands, but found {other:?}"),
    }
}

#[test]
fn says_its_limits_then_what_was_missed_in_one_message_then_pings() {
    let mut state = EnvoyState::new();
    state.command(ACTOR, 1, start());
    state.command("other", 1, start());
    let mut rig = Rig::with(state, |_| {});
    rig.command(stop());
    let sent = rig.sent();
    let [
        latest::ToEnvoy::ToEnvoyInit(init),
        commands,
        latest::ToEnvoy::ToEnvoyPing(ping),
    ] = &sent[..]
    else {
        panic!("expected init, commands and ping, but found {sent:?}");
    };
    assert_eq!(init.metadata.envoy_lost_threshold, 15_000);
    assert_eq!(init.metadata.actor_stop_threshold, 1_800_000);
    assert_eq!(init.metadata.max_response_payload_size, 20 << 20);
    assert_eq!(indices(commands), [1, 2, 1]);
    assert_eq!(ping.ts, UNIX_MS);
}

#[test]
fn missed_commands_are_split_only_where_a_frame_ends() {
    let mut state = EnvoyState::new();
    for _ in 0..10 {
        state.command(ACTOR, 1, start());
    }
    let mut rig = Rig::with(state, |config| config.limits.frame = 150);
    let sent = rig.sent();
    let batches: Vec<_> = sent[1..sent.len() - 1].iter().map(indices).collect();
    assert!(batches.len() > 2);
    assert_eq!(batches.concat(), (1..=10).collect::<Vec<i64>>());
}

#[test]
fn commands_are_counted_and_sent_again_until_they_are_acknowledged() {
    let mut rig = Rig::ready();
    assert_eq!(rig.command(start()), checkpoint(1));
    assert_eq!(rig.command(stop()), checkpoint(2));
    assert_eq!(indices(&rig.sent()[0]), [1, 2]);
    rig.reconnect();
    assert_eq!(indices(&rig.sent()[1]), [1, 2]);
    rig.give(&acks(1));
    assert!(
        matches!(&rig.events()[..], [ServerEvent::CommandsAcked(c)] if *c == checkpoint(1)),
        "what is stored can go"
    );
    rig.give(&acks(1));
    assert!(rig.events().is_empty());
    rig.reconnect();
    assert_eq!(indices(&rig.sent()[1]), [2]);
    assert_eq!(rig.command(stop()), checkpoint(3));
}

#[test]
fn acknowledged_commands_come_again_until_that_is_stored_where_the_gateway_says_so() {
    let kept = |config: &mut ServerConfig| config.acknowledged = Acknowledged::Kept;
    let mut rig = Rig::with(EnvoyState::new(), kept);
    rig.command(start());
    rig.command(stop());
    rig.give(&acks(2));
    assert!(matches!(&rig.events()[..], [ServerEvent::CommandsAcked(c)] if *c == checkpoint(2)));
    let state = rig.server.evict(rig.now);
    let mut rig = Rig::with(state, kept);
    assert_eq!(indices(&rig.sent()[1]), [1, 2]);
    // Once on each connection: the gateway may have ended the one before without having heard it.
    rig.give(&acks(2));
    rig.give(&acks(2));
    assert!(matches!(&rig.events()[..], [ServerEvent::CommandsAcked(c)] if *c == checkpoint(2)));
    rig.server.acks_stored(&checkpoint(1));
    let state = rig.server.evict(rig.now);
    let mut rig = Rig::with(state, kept);
    assert_eq!(indices(&rig.sent()[1]), [2]);
    rig.server.acks_stored(&checkpoint(2));
    assert_eq!(rig.server.state().unacknowledged().count(), 0);
}

#[test]
fn commands_go_before_bulk() {
    let mut rig = Rig::ready();
    rig.give(&kv(1));
    rig.server.answer(&kv_answer(1)).expect("asked");
    rig.command(start());
    rig.pass(Duration::from_secs(4));
    let sent = rig.sent();
    assert!(
        matches!(
            sent[..],
            [
                latest::ToEnvoy::ToEnvoyCommands(_),
                latest::ToEnvoy::ToEnvoyPing(_),
                latest::ToEnvoy::ToEnvoyKvResponse(_)
            ]
        ),
        "{sent:?}"
    );
}

#[test]
fn pings_every_three_seconds_and_knows_the_round_trip() {
    let mut rig = Rig::new();
    for count in 0..10 {
        let ping = rig.sent().pop();
        let Some(latest::ToEnvoy::ToEnvoyPing(ping)) = ping else {
            panic!("expected a ping, but found {ping:?}");
        };
        let wait = rig.server.poll_timeout().expect("the next ping") - rig.now;
        assert!(wait >= Duration::from_secs(3) && wait <= Duration::from_millis(3127));
        rig.pass(Duration::from_millis(20));
        rig.give(&latest::ToRivet::ToRivetPong(latest::ToRivetPong {
            ts: ping.ts,
        }));
        let round_trip = Duration::from_millis(20);
        let last = rig.events().pop();
        assert!(
            matches!(last, Some(ServerEvent::Pong { round_trip: found }) if found == round_trip),
            "{count}: {last:?}"
        );
        let next = rig.server.poll_timeout().expect("the next ping");
        rig.pass(next - rig.now);
    }
}

#[test]
fn a_host_that_answers_no_ping_is_closed_after_fifteen_seconds() {
    let mut rig = Rig::new();
    let begin = rig.now;
    let close = loop {
        let transmit = rig.server.poll_transmit(rig.now);
        match transmit {
            Some(Transmit::Close(close)) => break close,
            Some(Transmit::Frame { .. }) => {}
            None => {
                // What is no answer to a ping is no sign of life.
                rig.give(&latest::ToRivet::ToRivetPong(latest::ToRivetPong { ts: 0 }));
                let next = rig.server.poll_timeout().expect("a timeout");
                rig.pass(next - rig.now);
            }
        }
    };
    assert!(close.is(CloseReason::TIMED_OUT));
    assert_eq!(rig.now - begin, Duration::from_secs(15));
    assert_eq!(rig.server.poll_transmit(rig.now), None);
}

#[test]
fn an_event_is_handed_on_once_across_connections() {
    let mut rig = Rig::ready();
    for index in [0, 1, 1, 0, 2] {
        rig.event(index, alarm());
    }
    let count = |rig: &mut Rig| {
        rig.events()
            .iter()
            .filter(|event| matches!(event, ServerEvent::Event(_)))
            .count()
    };
    assert_eq!(count(&mut rig), 3);
    rig.apply(2);
    rig.reconnect();
    for index in 0..=3 {
        rig.event(index, alarm());
    }
    assert_eq!(count(&mut rig), 1);
    assert_eq!(rig.server.stats().repeated_events, 3);
}

#[test]
fn an_event_that_was_not_applied_comes_again() {
    let mut rig = Rig::ready();
    for index in 0..=2 {
        rig.event(index, alarm());
    }
    rig.apply(0);
    rig.reconnect();
    for index in 0..=2 {
        rig.event(index, alarm());
    }
    assert_eq!(rig.events().len(), 2);
}

#[test]
fn events_are_acknowledged_in_batches_and_after_a_while() {
    let acked = |rig: &mut Rig| {
        rig.sent().into_iter().find_map(|message| match message {
            latest::ToEnvoy::ToEnvoyAckEvents(acks) => Some(acks.last_event_checkpoints),
            _ => None,
        })
    };
    let mut rig = Rig::ready();
    for index in 0..=249 {
        rig.event(index, alarm());
        rig.apply(index);
    }
    assert_eq!(acked(&mut rig), None);
    rig.event(250, alarm());
    rig.apply(250);
    assert_eq!(acked(&mut rig), Some(vec![checkpoint(250)]));
    rig.event(251, alarm());
    rig.apply(251);
    assert_eq!(acked(&mut rig), None);
    rig.pass(Duration::from_secs(10));
    assert_eq!(acked(&mut rig), Some(vec![checkpoint(251)]));
    // The end of a generation is worth a message of its own.
    rig.event(252, stopped());
    rig.apply(252);
    assert_eq!(acked(&mut rig), Some(vec![checkpoint(252)]));
}

#[test]
fn only_what_is_applied_is_acknowledged() {
    let mut rig = Rig::ready();
    for index in 0..=5 {
        rig.event(index, alarm());
    }
    rig.apply(3);
    rig.apply(1);
    rig.pass(Duration::from_secs(10));
    let sent = rig.sent();
    assert!(
        sent.iter().any(|message| matches!(
            message,
            latest::ToEnvoy::ToEnvoyAckEvents(acks) if acks.last_event_checkpoints == [checkpoint(3)]
        )),
        "{sent:?}"
    );
    let stored = StoredEvents {
        checkpoint: checkpoint(3),
        life: StoredLife::Running,
    };
    assert_eq!(rig.server.state().snapshot().events, [stored]);
}

#[test]
fn the_end_of_a_generation_takes_its_commands_along() {
    let mut rig = Rig::ready();
    rig.command(start());
    rig.event(0, stopped());
    assert_eq!(rig.server.state().unacknowledged().count(), 1);
    rig.apply(0);
    assert_eq!(rig.server.state().unacknowledged().count(), 0);
}

#[test]
fn an_ended_generation_is_forgotten_after_a_whole_connection_without_it() {
    let mut rig = Rig::ready();
    rig.event(0, stopped());
    rig.apply(0);
    assert_eq!(rig.sent().len(), 1);
    // A connection that is cut at once proves nothing.
    rig.reconnect();
    let _sent = rig.sent();
    assert_eq!(rig.server.state().generations(), 1);
    rig.reconnect();
    let _sent = rig.sent();
    rig.event(0, stopped());
    assert!(rig.events().is_empty(), "it is known");
    rig.pass(Duration::from_secs(10));
    let _sent = rig.sent();
    rig.reconnect();
    assert_eq!(rig.server.state().generations(), 1);
    let _sent = rig.sent();
    rig.pass(Duration::from_secs(10));
    rig.reconnect();
    assert_eq!(rig.server.state().generations(), 0);
}

#[test]
fn an_evicted_connection_says_so_and_keeps_nothing() {
    let mut rig = Rig::ready();
    rig.command(start());
    rig.give(&kv(1));
    let state = rig.server.evict(rig.now);
    assert_eq!(state.unacknowledged().count(), 1);
    let close = rig.closed();
    assert!(close.is(CloseReason::EVICTION));
    assert_eq!(close.status(), 1000);
    assert!(rig.events().is_empty(), "what waited is discarded");
    rig.give(&kv(2));
    assert!(rig.events().is_empty());
    let error = rig.server.answer(&kv_answer(1)).unwrap_err();
    assert!(matches!(error, SendError::NotAsked { .. }));
}

#[test]
fn an_answer_goes_to_what_was_asked_and_once() {
    let mut rig = Rig::ready();
    rig.give(&kv(7));
    rig.give(&kv(7));
    assert!(matches!(
        &rig.events()[..],
        [ServerEvent::Kv(first), ServerEvent::Kv(_)] if first.get().request_id == 7
    ));
    // The same id twice is answered twice.
    rig.server.answer(&kv_answer(7)).expect("asked");
    rig.server.answer(&kv_answer(7)).expect("asked");
    for id in [7, 8] {
        let error = rig.server.answer(&kv_answer(id)).unwrap_err();
        assert_eq!(error, SendError::NotAsked { request_id: id });
    }
    assert_eq!(rig.server.stats().unknown_answers, 2);
    assert_eq!(rig.sent().len(), 2);
    let ping = latest::ToEnvoy::ToEnvoyPing(latest::ToEnvoyPing { ts: 1 });
    assert_eq!(rig.server.answer(&ping), Err(SendError::NotAnAnswer));
}

#[test]
fn an_answer_that_is_too_large_leaves_the_request_to_be_answered() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.frame = 1000);
    rig.give(&kv(7));
    let value = vec![0; 1000];
    let message = "x".repeat(1000);
    let data = latest::KvResponseDataRef::KvErrorResponse(latest::KvErrorResponseRef {
        message: &message,
    });
    let request_id = 7;
    let large =
        latest::ToEnvoyRef::ToEnvoyKvResponse(latest::ToEnvoyKvResponseRef { request_id, data });
    assert_eq!(value.len(), 1000);
    let error = rig.server.answer(&large);
    assert!(matches!(
        error,
        Err(SendError::TooLarge { limit: 1000, .. })
    ));
    rig.server.answer(&kv_answer(7)).expect("asked");
}

#[test]
fn a_full_queue_refuses_and_says_when_there_is_room() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.queue = 1000);
    for id in 0..100 {
        rig.give(&kv(id));
    }
    let _requests = rig.events();
    let refused = (0..100).find(|id| rig.server.answer(&kv_answer(*id)).is_err());
    let refused = refused.expect("a full queue");
    let error = rig.server.answer(&kv_answer(refused)).unwrap_err();
    assert!(matches!(error, SendError::QueueFull { limit: 1000, .. }));
    let _sent = rig.sent();
    assert!(matches!(rig.events()[..], [ServerEvent::Room]));
    rig.server.answer(&kv_answer(refused)).expect("asked");
}

#[test]
fn what_nobody_looks_at_is_answered_by_an_error() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.requests = 2);
    for id in 0..3 {
        rig.give(&kv(id));
    }
    let commit = latest::SqliteCommitRequest {
        actor_id: ACTOR.to_owned(),
        dirty_pages: Vec::new(),
        db_size_pages: 1,
        now_ms: 0,
        expected_generation: Some(1),
        expected_head_txid: Some(1),
    };
    rig.give(&latest::ToRivet::ToRivetSqliteCommitRequest(
        latest::ToRivetSqliteCommitRequest {
            request_id: 9,
            data: commit,
        },
    ));
    assert_eq!(rig.events().len(), 2);
    assert_eq!(rig.server.stats().refused_requests, 2);
    let sent = rig.sent();
    let [
        ..,
        latest::ToEnvoy::ToEnvoyKvResponse(kv),
        latest::ToEnvoy::ToEnvoySqliteCommitResponse(commit),
    ] = &sent[..]
    else {
        panic!("expected two errors, but found {sent:?}");
    };
    assert_eq!(kv.request_id, 2);
    assert!(matches!(
        kv.data,
        latest::KvResponseData::KvErrorResponse(_)
    ));
    assert!(matches!(
        &commit.data,
        latest::SqliteCommitResponse::SqliteErrorResponse(error) if error.code == "overloaded"
    ));
}

#[test]
fn a_host_that_goes_on_while_nobody_looks_is_closed() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.inbox = 10_000);
    for index in 0..1000 {
        rig.event(index, alarm());
    }
    assert!(rig.closed().is(crate::session::OVERLOADED));
}

#[test]
fn an_event_that_nobody_looks_at_counts_with_all_it_brings() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.inbox = 10_000);
    let crashed = latest::ActorStateStopped {
        code: latest::StopCode::Error,
        message: Some("x".repeat(21_000)),
    };
    let state = latest::ActorState::ActorStateStopped(crashed);
    let update = latest::EventActorStateUpdate { state };
    rig.event(0, latest::Event::EventActorStateUpdate(update));
    assert!(rig.closed().is(crate::session::OVERLOADED));
}

#[test]
fn indices_that_no_host_counts_to_do_no_harm() {
    for index in [i64::MIN, -1, i64::MAX] {
        let mut rig = Rig::ready();
        for _ in 0..3 {
            rig.event(index, alarm());
        }
        rig.apply(index);
        rig.pass(Duration::from_secs(10));
        let acked = rig.sent().into_iter().find_map(|message| match message {
            latest::ToEnvoy::ToEnvoyAckEvents(acks) => Some(acks.last_event_checkpoints),
            _ => None,
        });
        assert_eq!(acked, (index >= 0).then(|| vec![checkpoint(index)]));
    }
}

#[test]
fn a_host_that_makes_up_generations_is_closed() {
    let of = |actor_id: String, generation| {
        let checkpoint = latest::ActorCheckpoint {
            actor_id,
            generation,
            index: 0,
        };
        let inner = alarm();
        latest::EventWrapper { checkpoint, inner }
    };
    let mut rig = Rig::ready();
    let many = (0..1 << 16).map(|generation| of(ACTOR.to_owned(), generation));
    rig.give(&latest::ToRivet::ToRivetEvents(many.collect()));
    assert_eq!(rig.events().len(), 1 << 16);
    assert_eq!(rig.server.poll_transmit(rig.now), None);
    // One that was commanded is taken all the same.
    let checkpoint = rig.server.command("other", 1, start());
    let known = of(checkpoint.actor_id, checkpoint.generation);
    rig.give(&latest::ToRivet::ToRivetEvents(vec![known]));
    assert_eq!(rig.events().len(), 1);
    let another = of(ACTOR.to_owned(), 1 << 16);
    rig.give(&latest::ToRivet::ToRivetEvents(vec![another]));
    assert!(rig.closed().is(crate::session::OVERLOADED));
    assert_eq!(rig.server.state().generations(), (1 << 16) + 1);

    let mut rig = Rig::ready();
    rig.give(&latest::ToRivet::ToRivetEvents(vec![of(
        "x".repeat(2000),
        1,
    )]));
    assert!(rig.closed().is(crate::session::OVERLOADED));
    assert_eq!(rig.server.state().generations(), 0);
}

#[test]
fn a_frame_that_does_not_decode_closes_and_three_in_a_row_are_the_end() {
    let mut state = EnvoyState::new();
    for strike in 1..=3 {
        let mut rig = Rig::with(state, |_| {});
        assert!(!rig.server.state().is_incompatible());
        rig.server.receive(Bytes::from_static(&[99]), rig.now);
        assert!(rig.closed().is(CloseReason::INVALID_MESSAGE));
        assert!(matches!(rig.events()[..], [ServerEvent::InvalidMessage(_)]));
        state = rig.server.into_state(rig.now);
        assert_eq!(state.is_incompatible(), strike == 3);
    }
    let mut rig = Rig::with(state, |_| {});
    assert!(matches!(
        rig.server.poll_transmit(rig.now),
        Some(Transmit::Close(close)) if close.is(CloseReason::INVALID_MESSAGE)
    ));
}

#[test]
fn a_connection_that_lived_takes_the_strikes_back() {
    let mut state = EnvoyState::new();
    for _ in 0..10 {
        let mut rig = Rig::with(state, |_| {});
        rig.pass(Duration::from_secs(10));
        rig.server.receive(Bytes::new(), rig.now);
        assert!(rig.closed().is(CloseReason::INVALID_MESSAGE));
        state = rig.server.into_state(rig.now);
    }
    assert!(!state.is_incompatible());
}

#[test]
fn what_is_too_large_is_closed_with_1009() {
    let mut rig = Rig::with(EnvoyState::new(), |config| config.limits.frame = 100);
    rig.server.receive(Bytes::from(vec![0; 101]), rig.now);
    assert_eq!(rig.closed().status(), 1009);
    let mut rig = Rig::with(EnvoyState::new(), |config| {
        config.metadata.max_response_payload_size = 10;
    });
    let data = vec![0; 11];
    let message_id = latest::MessageId {
        gateway_id: [0; 4],
        request_id: [0; 4],
        message_index: 0,
    };
    let message = latest::ToRivetWebSocketMessage { data, binary: true };
    rig.give(&latest::ToRivet::ToRivetTunnelMessage(
        latest::ToRivetTunnelMessage {
            message_id,
            message_kind: latest::ToRivetTunnelMessageKind::ToRivetWebSocketMessage(message),
        },
    ));
    assert_eq!(rig.closed().status(), 1009);
    let events = rig.events();
    assert!(
        matches!(
            &events[..],
            [ServerEvent::TunnelTooLarge { message, found: 11, limit: 10 }] if *message == message_id
        ),
        "{events:?}"
    );
}

#[test]
fn a_state_that_was_stored_goes_on_where_it_was() {
    let mut rig = Rig::ready();
    for actor in [ACTOR, "other"] {
        rig.server.command(actor, 1, start());
        rig.server.command(actor, 1, stop());
    }
    rig.give(&acks(1));
    for index in 0..=4 {
        rig.event(index, alarm());
    }
    rig.apply(2);
    let snapshot = rig.server.state().snapshot();
    let state = EnvoyState::restore(&snapshot).expect("what was stored");
    assert_eq!(state.snapshot(), snapshot);
    let commands: Vec<_> = state.unacknowledged().collect();
    assert_eq!(
        commands,
        rig.server.state().unacknowledged().collect::<Vec<_>>()
    );
    let mut rig = Rig::with(state, |_| {});
    assert_eq!(rig.command(stop()), checkpoint(3));
    assert_eq!(indices(&rig.sent()[1]), [2, 3, 1, 2]);
    for index in 0..=4 {
        rig.event(index, alarm());
    }
    assert_eq!(rig.events().len(), 2);
}

#[test]
fn commands_are_counted_on_after_a_restart_though_all_were_acknowledged() {
    let mut rig = Rig::ready();
    rig.command(start());
    rig.give(&acks(1));
    let snapshot = rig.server.state().snapshot();
    assert!(snapshot.commands.is_empty());
    let state = EnvoyState::restore(&snapshot).expect("what was stored");
    let mut rig = Rig::with(state, |_| {});
    assert_eq!(rig.command(stop()), checkpoint(2));
}

#[test]
fn a_stored_command_that_cannot_be_read_says_which() {
    let stored = StoredCommand {
        checkpoint: checkpoint(3),
        data: Bytes::from_static(&[5, 0, 9]),
    };
    let snapshot = EnvoySnapshot {
        commands: vec![stored],
        ..EnvoySnapshot::default()
    };
    let error = EnvoyState::restore(&snapshot).unwrap_err();
    assert_eq!((error.generation, error.index), (1, 3));
    assert!(error.to_string().contains("command 3 of generation 1"));
}

#[test]
fn websockets_that_sleep_are_filled_in_and_not_stored() {
    let mut state = EnvoyState::new();
    state.command(ACTOR, 1, start());
    let request = latest::HibernatingRequest {
        gateway_id: [1; 4],
        request_id: [2; 4],
    };
    state.hydrate(|actor| {
        assert_eq!(actor, ACTOR);
        vec![request]
    });
    let stored = EnvoyState::restore(&state.snapshot()).expect("what was stored");
    let requests = |state: &EnvoyState| {
        state
            .unacknowledged()
            .find_map(|command| match command.inner {
                latest::Command::CommandStartActor(start) => Some(start.hibernating_requests),
                latest::Command::CommandStopActor(_) => None,
            })
    };
    assert_eq!(requests(&state), Some(vec![request]));
    assert_eq!(requests(&stored), Some(Vec::new()));
}

#[test]
fn the_other_messages_are_handed_on() {
    let mut rig = Rig::ready();
    rig.give(&latest::ToRivet::ToRivetStopping);
    rig.give(&latest::ToRivet::ToRivetStopping);
    rig.give(&latest::ToRivet::ToRivetMetadata(latest::ToRivetMetadata {
        prepopulate_actor_names: None,
        metadata: Some("{}".to_owned()),
    }));
    let events = rig.events();
    assert!(
        matches!(
            &events[..],
            [ServerEvent::Stopping, ServerEvent::Metadata(metadata)] if metadata.metadata.is_some()
        ),
        "{events:?}"
    );
}
