//! From one connection to the next: what is said first, pings, silence, refusals, the end.

use super::*;

#[test]
fn says_what_it_is_before_everything_else() {
    let mut rig = Rig::with(|config| config.metadata.metadata = Some("{}".to_owned()));
    rig.host
        .kv(
            ACTOR,
            latest::KvRequestDataRef::KvDropRequest,
            rig.deadline(),
        )
        .expect("room");
    rig.host.drain();
    rig.open();
    rig.ping(7);
    let sent = rig.sent();
    let [
        latest::ToRivet::ToRivetMetadata(metadata),
        latest::ToRivet::ToRivetPong(pong),
    ] = &sent[..]
    else {
        panic!("expected metadata and a pong, but found {sent:?}");
    };
    assert_eq!(metadata.metadata.as_deref(), Some("{}"));
    assert_eq!(pong.ts, 7);

    // What waits goes out behind the init, control first.
    rig.init();
    let sent = rig.sent();
    assert!(
        matches!(
            sent[..],
            [
                latest::ToRivet::ToRivetStopping,
                latest::ToRivet::ToRivetKvRequest(_)
            ]
        ),
        "{sent:?}"
    );
}

#[test]
fn answers_pings_by_itself_and_before_bulk() {
    let mut rig = Rig::ready();
    for _ in 0..100 {
        rig.host
            .kv(
                ACTOR,
                latest::KvRequestDataRef::KvDropRequest,
                rig.deadline(),
            )
            .expect("room");
    }
    for ts in [3, -4] {
        rig.ping(ts);
    }
    for ts in [3, -4] {
        let transmit = rig.host.poll_transmit(rig.now);
        let Some(Transmit::Frame { octets, lane }) = transmit else {
            panic!("expected a frame");
        };
        assert_eq!(lane, super::super::super::Lane::Control);
        assert!(matches!(rig.read(&octets), latest::ToRivet::ToRivetPong(pong) if pong.ts == ts));
    }
    assert_eq!(rig.sent().len(), 100);
    assert!(rig.events().is_empty());
}

#[test]
fn a_flood_of_pings_takes_no_memory() {
    let mut rig = Rig::ready();
    for ts in 0..10_000 {
        rig.ping(ts);
    }
    let sent = rig.sent();
    assert!(sent.len() < 100);
    assert!(matches!(sent.last(), Some(latest::ToRivet::ToRivetPong(pong)) if pong.ts == 9_999));
}

#[test]
fn a_silent_server_is_given_up() {
    let mut rig = Rig::ready();
    rig.pass(Duration::from_secs(14));
    rig.ping(1);
    rig.pass(Duration::from_secs(14));
    assert_eq!(rig.sent().len(), 1);
    let at = rig.host.poll_timeout().expect("a timeout");
    assert_eq!(at, rig.now + Duration::from_secs(1));
    rig.pass(Duration::from_secs(1));
    assert!(rig.closed().is(CloseReason::TIMED_OUT));
    assert_eq!(rig.host.poll_transmit(rig.now), None);
    rig.lose();
    let events = rig.events();
    assert!(
        matches!(
            events[..],
            [HostEvent::Disconnected {
                retry_at: Some(_),
                ..
            }]
        ),
        "{events:?}"
    );
}

#[test]
fn a_server_that_pings_without_an_init_is_given_up() {
    let mut rig = Rig::new();
    rig.open();
    for second in 0..14 {
        rig.pass(Duration::from_secs(1));
        rig.ping(second);
        assert!(!rig.sent().is_empty());
    }
    rig.pass(Duration::from_secs(1));
    assert!(rig.closed().is(CloseReason::TIMED_OUT));
}

#[test]
fn a_server_whose_message_takes_long_is_not_silent() {
    let mut rig = Rig::ready();
    for _ in 0..10 {
        rig.pass(Duration::from_secs(10));
        rig.host.heard(rig.now);
    }
    assert!(rig.sent().is_empty());
}

#[test]
fn actors_count_as_lost_from_the_first_disconnect_on() {
    let mut rig = Rig::ready();
    rig.lose();
    let lost_at = rig.now + Duration::from_secs(15);
    let mut attempts = 0;
    while rig.now < lost_at {
        rig.now = rig.host.poll_timeout().expect("something to do");
        rig.host.handle_timeout(rig.now);
        if rig.host.poll_connect(rig.now).is_some() {
            attempts += 1;
            rig.lose();
        }
    }
    assert!(attempts > 3);
    assert_eq!(rig.now, lost_at);
    let lost = rig
        .events()
        .iter()
        .filter(|event| matches!(event, HostEvent::Lost))
        .count();
    assert_eq!(lost, 1);
    // It goes on trying all the same.
    rig.open();
}

#[test]
fn an_init_in_time_keeps_the_actors() {
    let mut rig = Rig::ready();
    rig.reconnect();
    rig.pass(Duration::from_secs(14));
    rig.ping(1);
    rig.pass(Duration::from_secs(10));
    assert!(
        !rig.events()
            .iter()
            .any(|event| matches!(event, HostEvent::Lost))
    );
}

#[test]
fn an_eviction_is_the_end() {
    let mut rig = Rig::ready();
    rig.close(CloseReason::EVICTION);
    let events = rig.events();
    assert!(
        matches!(
            events[..],
            [
                HostEvent::Disconnected { retry_at: None, .. },
                HostEvent::Terminal(Terminal::Evicted)
            ]
        ),
        "{events:?}"
    );
    assert_eq!(rig.host.poll_timeout(), None);
    assert_eq!(rig.host.poll_connect(rig.now), None);
    let refused = rig.host.kv(
        ACTOR,
        latest::KvRequestDataRef::KvDropRequest,
        rig.deadline(),
    );
    assert_eq!(refused, Err(SendError::Closed));
}

#[test]
fn other_closes_are_not_the_end() {
    for reason in [
        CloseReason::GOING_AWAY,
        CloseReason::TIMED_OUT,
        CloseReason::INTERNAL_ERROR,
        CloseReason::NO_RUNNER_CONFIG,
        // After an init it says nothing about the version.
        CloseReason::INVALID_REQUEST,
        CloseReason::UNSUPPORTED_PROTOCOL_VERSION,
    ] {
        let mut rig = Rig::ready();
        rig.close(reason);
        rig.open();
    }
}

#[test]
fn a_refused_version_is_the_end_and_says_what_was_asked() {
    for (reason, words) in [
        (
            CloseReason::UNSUPPORTED_PROTOCOL_VERSION,
            "the server does not speak v5",
        ),
        (
            CloseReason::INVALID_REQUEST,
            "v5 was asked for, and the likely cause",
        ),
    ] {
        let mut rig = Rig::new();
        rig.open();
        rig.close(reason);
        let events = rig.events();
        let Some(HostEvent::Terminal(terminal)) = events.last() else {
            panic!("expected the end, but found {events:?}");
        };
        let asked = Version::V5;
        let close = Close::new(reason);
        assert_eq!(*terminal, Terminal::Refused { asked, close });
        assert!(terminal.to_string().contains(words), "{terminal}");
    }
}

#[test]
fn older_versions_are_tried_once_each_if_wanted() {
    let mut rig = Rig::with(|config| config.fallback = Fallback::Older);
    let mut asked = Vec::new();
    while let Some(version) = rig.host.poll_connect(rig.now) {
        asked.push(version);
        rig.host.connected(rig.now);
        rig.close(CloseReason::UNSUPPORTED_PROTOCOL_VERSION);
    }
    assert_eq!(asked, [Version::V5, Version::V4]);
    let events = rig.events();
    assert!(matches!(
        events.last(),
        Some(HostEvent::Terminal(Terminal::Refused {
            asked: Version::V4,
            ..
        }))
    ));
}

#[test]
fn a_lower_version_that_was_taken_is_not_asked_for_again_first() {
    let mut rig = Rig::with(|config| config.fallback = Fallback::Older);
    rig.open();
    rig.close(CloseReason::INVALID_REQUEST);
    rig.open();
    assert_eq!(rig.version, Version::V4);
    // It is only gone, not refused.
    rig.lose();
    rig.open();
    assert_eq!(rig.version, Version::V4);
    rig.init();
    rig.lose();
    rig.open();
    assert_eq!(rig.version, Version::V5);
}

#[test]
fn a_frame_that_does_not_decode_closes_and_three_in_a_row_are_the_end() {
    let mut rig = Rig::new();
    for strike in 1..=3 {
        rig.open();
        rig.init();
        rig.host.receive(Bytes::from_static(&[99]), rig.now);
        // What comes behind it is not looked at.
        rig.ping(1);
        assert!(rig.closed().is(CloseReason::INVALID_MESSAGE));
        rig.lose();
        let events = rig.events();
        assert!(
            events
                .iter()
                .any(|event| matches!(event, HostEvent::InvalidMessage(_)))
        );
        let terminal = matches!(
            events.last(),
            Some(HostEvent::Terminal(Terminal::Incompatible { .. }))
        );
        assert_eq!(terminal, strike == 3);
    }
}

#[test]
fn frames_that_do_not_decode_are_in_a_row_only_without_a_session_between() {
    let mut rig = Rig::new();
    for _ in 0..5 {
        for _ in 0..2 {
            rig.open();
            rig.init();
            rig.host.receive(Bytes::new(), rig.now);
            assert!(rig.closed().is(CloseReason::INVALID_MESSAGE));
            rig.lose();
        }
        rig.open();
        rig.lose();
    }
    for _ in 0..5 {
        rig.open();
        rig.init();
        rig.pass(Duration::from_secs(10));
        rig.close(CloseReason::INVALID_MESSAGE);
    }
    rig.open();
}

#[test]
fn a_frame_that_is_too_large_is_closed_with_1009() {
    let mut rig = Rig::ready_with(|config| config.limits.frame = 1000);
    rig.host.receive(Bytes::from(vec![0; 1001]), rig.now);
    let close = rig.closed();
    assert_eq!(close.status(), 1009);
    assert!(close.is(CloseReason::MESSAGE_TOO_LARGE));
}

#[test]
fn closing_when_all_is_sent_waits_for_what_waits() {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, running()).expect("a generation");
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    rig.lose();
    rig.host.close(CloseWhen::Sent);
    assert!(
        !rig.events()
            .iter()
            .any(|event| matches!(event, HostEvent::Terminal(_)))
    );
    rig.open();
    rig.init();
    let (metadata, events) = (rig.next(), rig.next());
    assert!(matches!(
        metadata,
        Some(latest::ToRivet::ToRivetMetadata(_))
    ));
    assert!(matches!(events, Some(latest::ToRivet::ToRivetEvents(events)) if events.len() == 2));
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
    rig.lose();
    let events = rig.events();
    assert!(
        matches!(events.last(), Some(HostEvent::Terminal(Terminal::Shutdown))),
        "{events:?}"
    );
}

/// A host that has told the end of its one generation, and is to close when that is known.
fn told_all() -> Rig {
    let mut rig = Rig::ready();
    rig.start(1);
    rig.host.event(ACTOR, 1, running()).expect("a generation");
    rig.host.event(ACTOR, 1, stopped()).expect("a generation");
    rig.host.close(CloseWhen::Known);
    assert!(matches!(
        rig.sent().last(),
        Some(latest::ToRivet::ToRivetEvents(events)) if events.len() == 2
    ));
    rig
}

#[test]
fn closing_when_all_is_known_waits_for_the_ack_of_each_end() {
    let mut rig = told_all();
    rig.ack(1, 0);
    assert_eq!(rig.sent(), [], "the end is not acknowledged yet");
    rig.ack(1, 1);
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
}

#[test]
fn closing_when_all_is_known_tells_it_again_to_a_server_that_died_before_its_ack() {
    let mut rig = told_all();
    rig.lose();
    assert!(
        !rig.events()
            .iter()
            .any(|event| matches!(event, HostEvent::Terminal(_)))
    );
    rig.open();
    rig.init();
    let sent = rig.sent();
    assert!(
        matches!(sent.last(), Some(latest::ToRivet::ToRivetEvents(events)) if events.len() == 2),
        "{sent:?}"
    );
    rig.ack(1, 1);
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
}

#[test]
fn closing_when_all_is_known_does_not_wait_long_for_a_server_without_acks() {
    let mut rig = told_all();
    let bound = rig.host.config().last_acks;
    rig.pass(bound.saturating_sub(Duration::from_millis(1)));
    assert_eq!(rig.sent(), []);
    assert_eq!(
        rig.host.poll_timeout(),
        Some(rig.now + Duration::from_millis(1))
    );
    rig.pass(Duration::from_millis(1));
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
}

#[test]
fn closing_when_all_is_known_waits_for_nothing_where_nothing_has_ended() {
    let mut rig = Rig::ready();
    rig.host.close(CloseWhen::Known);
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
}

#[test]
fn closing_when_all_is_sent_says_first_that_it_stops() {
    let mut rig = Rig::ready();
    let _metadata = rig.next();
    rig.host.drain();
    rig.host.close(CloseWhen::Sent);
    assert_eq!(rig.next(), Some(latest::ToRivet::ToRivetStopping));
    assert!(rig.closed().is(CloseReason::SHUTDOWN));
}

#[test]
fn a_host_that_lost_its_connection_comes_back_to_say_that_it_stops_once() {
    let mut rig = Rig::ready();
    rig.lose();
    rig.host.drain();
    rig.host.close(CloseWhen::Sent);
    rig.open();
    rig.init();
    let _metadata = rig.next();
    assert_eq!(rig.next(), Some(latest::ToRivet::ToRivetStopping));
    // It was told, and that connection is gone: nothing else waits.
    rig.lose();
    assert!(matches!(
        rig.events().last(),
        Some(HostEvent::Terminal(Terminal::Shutdown))
    ));
}

#[test]
fn an_attempt_that_is_waited_for_can_be_made_at_once() {
    let mut rig = Rig::ready();
    rig.lose();
    while rig.host.poll_connect(rig.now).is_none() {
        rig.now = rig.host.poll_timeout().expect("the next attempt");
    }
    rig.lose();
    assert_eq!(rig.host.poll_connect(rig.now), None, "it waits its turn");
    rig.host.connect_now(rig.now);
    assert_eq!(rig.host.poll_timeout(), Some(rig.now));
    assert!(rig.host.poll_connect(rig.now).is_some());
    // There is nothing to be hurried.
    rig.host.connect_now(rig.now);
    assert_eq!(rig.host.poll_connect(rig.now), None);
}

#[test]
fn a_host_that_no_server_knows_has_nobody_to_tell_that_it_stops() {
    let mut rig = Rig::new();
    rig.host.drain();
    rig.host.close(CloseWhen::Sent);
    assert!(matches!(
        rig.events().last(),
        Some(HostEvent::Terminal(Terminal::Shutdown))
    ));
}

#[test]
fn closing_at_once_waits_for_nothing() {
    let mut rig = Rig::new();
    let request = rig
        .host
        .kv(
            ACTOR,
            latest::KvRequestDataRef::KvDropRequest,
            rig.deadline(),
        )
        .expect("room");
    rig.host.close(CloseWhen::Now);
    let events = rig.events();
    assert!(
        matches!(
            &events[..],
            [
                HostEvent::Kv {
                    request: ended,
                    result: Err(super::super::super::RequestError::NotSent)
                },
                HostEvent::Terminal(Terminal::Shutdown)
            ] if *ended == request
        ),
        "{events:?}"
    );
}

#[test]
fn nothing_follows_the_end_of_a_host() {
    let mut rig = Rig::with(|config| config.limits.queue = 1000);
    let drop = latest::KvRequestDataRef::KvDropRequest;
    while rig.host.kv(ACTOR, drop, rig.deadline()).is_ok() {}
    rig.host.close(CloseWhen::Now);
    assert!(matches!(
        rig.events().last(),
        Some(HostEvent::Terminal(Terminal::Shutdown))
    ));
    assert!(rig.events().is_empty());
    assert_eq!(rig.host.poll_timeout(), None);
}

#[test]
fn a_command_that_nobody_looks_at_counts_with_all_it_brings() {
    let mut rig = Rig::ready_with(|config| config.limits.inbox = 10_000);
    let latest::Command::CommandStartActor(mut start) = start() else {
        panic!("expected a start");
    };
    start.hibernating_requests = vec![
        latest::HibernatingRequest {
            gateway_id: GATEWAY,
            request_id: REQUEST,
        };
        4000
    ];
    rig.command(1, 1, latest::Command::CommandStartActor(start));
    assert!(rig.closed().is(crate::session::OVERLOADED));
}

#[test]
fn what_comes_outside_of_a_connection_changes_nothing() {
    let mut rig = Rig::new();
    rig.ping(1);
    rig.init();
    rig.host.connected(rig.now);
    rig.lose();
    assert_eq!(rig.host.poll_transmit(rig.now), None);
    assert!(rig.events().is_empty());
    rig.open();
}

#[test]
fn octets_of_any_kind_do_no_harm() {
    let mut rng = Rng::new(4);
    for _ in 0..2000 {
        let mut rig = Rig::ready();
        let octets: Vec<u8> = (0..rng.next() % 40)
            .map(|index| rng.next().to_le_bytes()[0] % if index == 0 { 12 } else { 255 })
            .collect();
        rig.host.receive(Bytes::from(octets), rig.now);
        let _transmit = rig.host.poll_transmit(rig.now);
        let _events = rig.events();
    }
}
