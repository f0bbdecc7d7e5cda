//! Tunnelled requests and WebSockets: positions, gaps, ends.

use super::*;

use latest::ToEnvoyTunnelMessageKind as In;
use latest::ToRivetTunnelMessageKindRef as Out;

fn give(rig: &mut Rig, message_index: u16, message_kind: In) {
    let message_id = latest::MessageId {
        gateway_id: GATEWAY,
        request_id: REQUEST,
        message_index,
    };
    rig.give(&latest::ToEnvoy::ToEnvoyTunnelMessage(
        latest::ToEnvoyTunnelMessage {
            message_id,
            message_kind,
        },
    ));
}

fn request_start() -> In {
    In::ToEnvoyRequestStart(latest::ToEnvoyRequestStart {
        actor_id: ACTOR.to_owned(),
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: bare::Map::new(),
        body: None,
        stream: true,
    })
}

fn chunk(finish: bool) -> In {
    In::ToEnvoyRequestChunk(latest::ToEnvoyRequestChunk {
        body: vec![1],
        finish,
    })
}

fn open() -> In {
    In::ToEnvoyWebSocketOpen(latest::ToEnvoyWebSocketOpen {
        actor_id: ACTOR.to_owned(),
        path: "/".to_owned(),
        headers: bare::Map::new(),
    })
}

fn message() -> In {
    In::ToEnvoyWebSocketMessage(latest::ToEnvoyWebSocketMessage {
        data: vec![1; 100],
        binary: true,
    })
}

fn close() -> In {
    In::ToEnvoyWebSocketClose(latest::ToEnvoyWebSocketClose {
        code: None,
        reason: None,
    })
}

const DATA: Out<'static> = Out::ToRivetWebSocketMessage(latest::ToRivetWebSocketMessageRef {
    data: b"data",
    binary: true,
});

fn response(stream: bool) -> Out<'static> {
    Out::ToRivetResponseStart(latest::ToRivetResponseStartRef {
        status: 200,
        headers: bare::MapRef::default(),
        body: None,
        stream,
    })
}

fn taken(rig: &mut Rig) -> Vec<u16> {
    rig.events()
        .iter()
        .filter_map(|event| match event {
            HostEvent::Tunnel(message) => Some(message.get().message_id.message_index),
            _ => None,
        })
        .collect()
}

fn sent(rig: &mut Rig) -> Vec<(u16, latest::ToRivetTunnelMessageKind)> {
    rig.sent()
        .into_iter()
        .filter_map(|message| match message {
            latest::ToRivet::ToRivetTunnelMessage(message) => {
                assert_eq!(message.message_id.gateway_id, GATEWAY);
                assert_eq!(message.message_id.request_id, REQUEST);
                Some((message.message_id.message_index, message.message_kind))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn each_direction_counts_for_itself() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    for index in 1..=3 {
        give(&mut rig, index, message());
    }
    assert_eq!(taken(&mut rig), [0, 1, 2, 3]);
    let opened = Out::ToRivetWebSocketOpen(latest::ToRivetWebSocketOpen {
        can_hibernate: false,
    });
    for kind in [opened, DATA, DATA] {
        rig.host.tunnel(GATEWAY, REQUEST, kind).expect("a tunnel");
    }
    let indices: Vec<_> = sent(&mut rig).iter().map(|(index, _)| *index).collect();
    assert_eq!(indices, [0, 1, 2]);
}

#[test]
fn positions_go_through_the_end_of_the_numbers() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    for count in 0..70_000_u32 {
        rig.host.tunnel(GATEWAY, REQUEST, DATA).expect("a tunnel");
        let [(index, _)] = sent(&mut rig)[..] else {
            panic!("expected one message");
        };
        assert_eq!(u32::from(index), count % 65_536);
    }
}

#[test]
fn a_repeated_message_is_dropped() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    for index in [1, 1, 2, 1, 2, 3] {
        give(&mut rig, index, message());
    }
    assert_eq!(taken(&mut rig), [0, 1, 2, 3]);
    assert_eq!(rig.host.stats().dropped_tunnel_messages, 3);
}

#[test]
fn a_gap_closes_the_websocket_and_aborts_the_request() {
    for (first, next) in [(open(), message()), (request_start(), chunk(false))] {
        let mut rig = Rig::ready();
        give(&mut rig, 0, first);
        give(&mut rig, 2, next.clone());
        give(&mut rig, 3, next);
        let events = rig.events();
        assert!(
            matches!(
                events[..],
                [
                    HostEvent::Tunnel(_),
                    HostEvent::TunnelEnded {
                        gateway_id: GATEWAY,
                        request_id: REQUEST,
                        why: TunnelEnd::Gap {
                            expected: 1,
                            found: 2
                        }
                    }
                ]
            ),
            "{events:?}"
        );
        let sent = sent(&mut rig);
        match &sent[..] {
            [(0, latest::ToRivetTunnelMessageKind::ToRivetWebSocketClose(close))] => {
                assert_eq!(close.code, Some(1008));
                assert_eq!(close.reason.as_deref(), Some("ws.message_index_skip"));
            }
            [(0, latest::ToRivetTunnelMessageKind::ToRivetResponseAbort)] => {}
            other => panic!("expected the end of the tunnel, but found {other:?}"),
        }
        let ended = rig.host.tunnel(GATEWAY, REQUEST, DATA);
        assert!(matches!(ended, Err(SendError::NoTunnel { .. })));
    }
}

#[test]
fn nothing_follows_the_last_message() {
    let last_chunk = Out::ToRivetResponseChunk(latest::ToRivetResponseChunkRef {
        body: b"",
        finish: true,
    });
    let close = Out::ToRivetWebSocketClose(latest::ToRivetWebSocketCloseRef {
        code: None,
        reason: None,
        hibernate: true,
    });
    let cases = [
        (request_start(), vec![response(false)]),
        (request_start(), vec![response(true), last_chunk]),
        (request_start(), vec![Out::ToRivetResponseAbort]),
        (open(), vec![DATA, close]),
    ];
    for (first, answers) in cases {
        let mut rig = Rig::ready();
        give(&mut rig, 0, first);
        for answer in &answers {
            rig.host
                .tunnel(GATEWAY, REQUEST, *answer)
                .expect("a tunnel");
        }
        let ended = rig.host.tunnel(GATEWAY, REQUEST, answers[0]);
        assert!(matches!(ended, Err(SendError::NoTunnel { .. })));
        assert_eq!(sent(&mut rig).len(), answers.len());
        assert_eq!(rig.host.stats().tunnels, 0);
        give(&mut rig, 1, message());
        assert_eq!(taken(&mut rig), [0]);
    }
}

#[test]
fn the_end_that_the_client_makes_is_passed_on_once() {
    for (first, last) in [
        (open(), close()),
        (request_start(), In::ToEnvoyRequestAbort),
    ] {
        let mut rig = Rig::ready();
        give(&mut rig, 0, first);
        give(&mut rig, 1, last.clone());
        give(&mut rig, 1, last);
        assert_eq!(taken(&mut rig), [0, 1]);
        assert_eq!(rig.host.stats().tunnels, 0);
    }
}

#[test]
fn a_request_that_is_started_again_replaces_the_one_before() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, request_start());
    rig.host
        .tunnel(GATEWAY, REQUEST, response(true))
        .expect("a tunnel");
    give(&mut rig, 0, request_start());
    let events = rig.events();
    assert!(
        matches!(
            events[..],
            [
                HostEvent::Tunnel(_),
                HostEvent::TunnelEnded {
                    why: TunnelEnd::Replaced,
                    ..
                },
                HostEvent::Tunnel(_)
            ]
        ),
        "{events:?}"
    );
    rig.host
        .tunnel(GATEWAY, REQUEST, response(false))
        .expect("a tunnel");
    let indices: Vec<_> = sent(&mut rig).iter().map(|(index, _)| *index).collect();
    assert_eq!(indices, [0, 0]);
}

#[test]
fn a_websocket_that_slept_goes_on_where_it_was() {
    let mut rig = Rig::ready();
    let request = latest::HibernatingRequest {
        gateway_id: GATEWAY,
        request_id: REQUEST,
    };
    let attach = Attach {
        received: Sequence::at(7),
        sent: Sequence::at(40),
    };
    rig.host.attach_websocket(request, attach);
    for index in [5, 6, 7, 8] {
        give(&mut rig, index, message());
    }
    assert_eq!(taken(&mut rig), [7, 8]);
    rig.host.tunnel(GATEWAY, REQUEST, DATA).expect("a tunnel");
    assert_eq!(sent(&mut rig)[0].0, 40);
}

#[test]
fn what_was_not_sent_waits_for_the_next_connection() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    rig.lose();
    rig.host.tunnel(GATEWAY, REQUEST, DATA).expect("a tunnel");
    rig.open();
    assert!(sent(&mut rig).is_empty());
    rig.init();
    assert_eq!(sent(&mut rig).len(), 1);
}

#[test]
fn a_payload_that_is_too_large_is_refused_before_it_is_sent() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    let data = vec![0; (20 << 20) + 1];
    let kind = |data| {
        let binary = true;
        Out::ToRivetWebSocketMessage(latest::ToRivetWebSocketMessageRef { data, binary })
    };
    let error = rig.host.tunnel(GATEWAY, REQUEST, kind(&data)).unwrap_err();
    let limit = 20 << 20;
    assert!(
        matches!(error, SendError::TooLarge { found, limit: l, .. } if (found, l) == (limit + 1, limit)),
        "{error}"
    );
    rig.host
        .tunnel(GATEWAY, REQUEST, kind(&data[1..]))
        .expect("just as much as is taken");
    // What was refused has no position.
    assert_eq!(sent(&mut rig)[0].0, 0);
}

#[test]
fn what_nobody_looks_at_is_refused_to_its_client_and_pings_are_answered() {
    let mut rig = Rig::ready_with(|config| config.limits.inbox = 10_000);
    give(&mut rig, 0, open());
    for index in 1..=100 {
        give(&mut rig, index, message());
    }
    rig.ping(3);
    let pong = rig.next();
    assert!(matches!(pong, Some(latest::ToRivet::ToRivetPong(pong)) if pong.ts == 3));
    let sent = sent(&mut rig);
    assert!(
        matches!(
            &sent[..],
            [(_, latest::ToRivetTunnelMessageKind::ToRivetWebSocketClose(close))] if close.code == Some(1013)
        ),
        "{sent:?}"
    );
    let events = rig.events();
    assert!(events.len() > 10);
    assert!(matches!(
        events.last(),
        Some(HostEvent::TunnelEnded {
            why: TunnelEnd::Overloaded,
            ..
        })
    ));
}

#[test]
fn a_tunnel_that_is_refused_ends_at_its_own_position() {
    let mut rig = Rig::ready_with(|config| config.limits.inbox = 1000);
    give(&mut rig, 0, open());
    for _ in 0..3 {
        rig.host.tunnel(GATEWAY, REQUEST, DATA).expect("open");
    }
    for index in 1..=20 {
        give(&mut rig, index, message());
    }
    let positions: Vec<_> = sent(&mut rig).iter().map(|(index, _)| *index).collect();
    assert_eq!(positions, [0, 1, 2, 3]);
}

#[test]
fn a_server_that_does_not_read_the_refusals_it_asks_for_is_closed() {
    let mut rig = Rig::ready_with(|config| {
        config.limits.tunnels = 0;
        config.limits.queue = 10_000;
    });
    for _ in 0..1000 {
        give(&mut rig, 0, request_start());
        let _events = rig.events();
    }
    assert!(rig.host.stats().queued < 21_000);
    assert!(rig.closed().is(crate::session::OVERLOADED));
    // What waits goes out on the next connection.
    rig.reconnect();
    assert!(!rig.sent().is_empty());
    assert_eq!(rig.host.stats().queued, 0);
}

#[test]
fn too_many_tunnels_are_refused_each_to_its_client() {
    let mut rig = Rig::ready_with(|config| config.limits.tunnels = 0);
    give(&mut rig, 0, request_start());
    let sent = sent(&mut rig);
    let [(0, latest::ToRivetTunnelMessageKind::ToRivetResponseStart(start))] = &sent[..] else {
        panic!("expected an answer, but found {sent:?}");
    };
    assert_eq!(start.status, 503);
    assert_eq!(
        start.headers.get("x-rivet-error").map(String::as_str),
        Some("envoy.overloaded")
    );
    assert!(taken(&mut rig).is_empty());
}

#[test]
fn tunnels_end_with_the_actors() {
    let mut rig = Rig::ready();
    give(&mut rig, 0, open());
    rig.lose();
    while !rig
        .events()
        .iter()
        .any(|event| matches!(event, HostEvent::Lost))
    {
        rig.now = rig.host.poll_timeout().expect("something to do");
        rig.host.handle_timeout(rig.now);
        if rig.host.poll_connect(rig.now).is_some() {
            rig.lose();
        }
    }
    assert_eq!(rig.host.stats().tunnels, 0);
}
