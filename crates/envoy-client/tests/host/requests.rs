//! HTTP requests and WebSockets through the tunnel.

use std::time::Duration;

use envoy_client::{Storage, Version};
use envoy_protocol::bare::MapRef;
use envoy_protocol::latest::{self, StopActorReason, ToEnvoyTunnelMessageKindRef as ToHost};
use envoy_protocol::session::ServerConfig;

use crate::actor::{UNTIL_LET_GO, options, probe, run, run_with};
use crate::server::{Answered, Memory, Server, VERSIONS};
use crate::told::{until, within};

fn fault(answered: &Answered) -> Option<(u16, &str)> {
    match answered {
        Answered::Response {
            status,
            error: Some(error),
            ..
        } => Some((*status, error)),
        _ => None,
    }
}

#[tokio::test]
async fn requests_of_one_actor_are_handled_at_the_same_time() {
    for version in VERSIONS {
        let (server, _told, running) = probe(version, options(Storage::None)).await;
        let waiting: Vec<_> = (0..10)
            .map(|_| server.send_request("a", "POST", "/wait", UNTIL_LET_GO).1)
            .collect();
        until("all of them", || running.notes.count("waits") == 10).await;
        running.notes.let_go();
        for answered in waiting {
            let answered = within("an answer", answered).await.expect("one");
            assert!(
                matches!(answered, Answered::Response { status: 200, .. }),
                "{answered:?}"
            );
        }
    }
}

#[tokio::test]
async fn more_requests_than_may_be_handled_wait_and_more_than_may_wait_are_refused() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut few = options(Storage::None);
    few.concurrency = 1;
    few.queue = 1;
    let running = run(&server, Version::V5, few).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let (_, first) = server.send_request("a", "POST", "/wait", UNTIL_LET_GO);
    let (_, second) = server.send_request("a", "POST", "/echo", b"second");
    let third = server.request("a", "POST", "/echo", b"third").await;
    assert_eq!(fault(&third), Some((503, "envoy.overloaded")));
    running.notes.let_go();
    for answered in [first, second] {
        let answered = within("an answer", answered).await.expect("one");
        assert!(
            matches!(answered, Answered::Response { status: 200, .. }),
            "{answered:?}"
        );
    }
}

#[tokio::test]
async fn requests_that_would_take_too_much_memory_are_refused() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let _running = run_with(&server, Version::V5, options(Storage::None), |host| {
        host.request_memory(10_000)
    })
    .await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let large = server.request("a", "POST", "/echo", &vec![0; 20_000]).await;
    assert_eq!(fault(&large), Some((503, "envoy.overloaded")));
    for _ in 0..4 {
        let small = server.request("a", "POST", "/echo", &[0; 5_000]).await;
        assert!(
            matches!(small, Answered::Response { status: 200, .. }),
            "{small:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_replaced_by_one_that_says_so() {
    let mut config = ServerConfig::DEFAULT;
    config.metadata.max_response_payload_size = 1000;
    let (server, mut told) = Server::start_with(Memory::Heads, config).await;
    let _running = run(&server, Version::V5, options(Storage::None)).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let fits = server.request("a", "POST", "/large", b"1000").await;
    assert!(
        matches!(fits, Answered::Response { status: 200, .. }),
        "{fits:?}"
    );
    let large = server.request("a", "POST", "/large", b"1001").await;
    assert_eq!(fault(&large), Some((502, "envoy.response_too_large")));
}

#[tokio::test]
async fn an_answer_that_no_frame_or_no_queue_holds_is_refused_at_once_and_costs_no_connection() {
    const FRAME: usize = 32 << 20;
    let mut config = ServerConfig::DEFAULT;
    config.metadata.max_response_payload_size = 64 << 20;
    for (queue, limit) in [(64 << 20, FRAME), (1 << 20, 1 << 20)] {
        let (server, mut told) = Server::start_with(Memory::Heads, config).await;
        let running = run_with(&server, Version::V5, options(Storage::None), |host| {
            host.session(move |session| session.limits.queue = queue)
        })
        .await;
        server.start_actor("a", "probe");
        told.running("a", 1).await;
        let size = (limit + 1).to_string();
        let large = server.request("a", "POST", "/large", size.as_bytes()).await;
        assert_eq!(fault(&large), Some((502, "envoy.response_too_large")));
        let Answered::Response { body, .. } = large else {
            panic!("expected an answer, but found {large:?}");
        };
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains(&limit.to_string()), "{text}");
        let next = server.request("a", "POST", "/echo", b"next").await;
        assert!(
            matches!(next, Answered::Response { status: 200, .. }),
            "{next:?}"
        );
        assert_eq!(server.connections(), 1, "it was not tried on another one");
        drop(running);
    }
}

#[tokio::test]
async fn an_actor_that_fails_at_a_request_goes_on_and_keeps_its_words_to_itself() {
    let (server, _told, _running) = probe(Version::V5, options(Storage::None)).await;
    let failed = server.request("a", "GET", "/fail", b"").await;
    assert_eq!(fault(&failed), Some((500, "envoy.request_failed")));
    let Answered::Response { body, .. } = failed else {
        panic!("expected an answer");
    };
    assert!(!String::from_utf8_lossy(&body).contains("not for callers"));
    let next = server.request("a", "POST", "/echo", b"next").await;
    assert!(
        matches!(next, Answered::Response { status: 200, .. }),
        "{next:?}"
    );
}

#[tokio::test]
async fn what_is_no_request_is_answered() {
    let (server, _told, _running) = probe(Version::V5, options(Storage::None)).await;
    let invalid = server.request("a", "G E T", "/echo", b"").await;
    assert_eq!(fault(&invalid), Some((400, "envoy.invalid_request")));
}

#[tokio::test]
async fn a_request_whose_client_goes_is_dropped() {
    for version in VERSIONS {
        let (server, _told, running) = probe(version, options(Storage::None)).await;
        let (id, _answer) = server.send_request("a", "GET", "/hang", b"");
        running.notes.until("hangs").await;
        server.tunnel(id, 1, ToHost::ToEnvoyRequestAbort);
        running.notes.until("dropped").await;
        assert_eq!(running.host.stats().tunnels, 0);
    }
}

#[tokio::test]
async fn a_request_in_parts_is_whole_for_the_actor() {
    let (server, _told, _running) = probe(Version::V5, options(Storage::None)).await;
    let (id, answered) = server.expect_answer();
    let start = latest::ToEnvoyRequestStartRef {
        actor_id: "a",
        method: "POST",
        path: "/echo",
        headers: MapRef::default(),
        body: Some(b"one "),
        stream: true,
    };
    server.tunnel(id, 0, ToHost::ToEnvoyRequestStart(start));
    for (index, body, finish) in [(1, &b"two "[..], false), (2, b"three", true)] {
        let chunk = latest::ToEnvoyRequestChunkRef { body, finish };
        server.tunnel(id, index, ToHost::ToEnvoyRequestChunk(chunk));
    }
    let answered = within("an answer", answered).await.expect("one");
    let Answered::Response { body, .. } = answered else {
        panic!("expected an answer, but found {answered:?}");
    };
    assert_eq!(body, "one two three");
}

#[tokio::test]
async fn a_request_that_no_actor_has_looked_at_goes_back() {
    for version in VERSIONS {
        let (server, mut told) = Server::start(Memory::Heads).await;
        let running = run(&server, version, options(Storage::None)).await;
        assert_eq!(
            server.request("a", "GET", "/echo", b"").await,
            Answered::Aborted
        );
        server.start_actor("a", "probe");
        told.running("a", 1).await;
        let (_, being_handled) = server.send_request("a", "POST", "/wait", UNTIL_LET_GO);
        running.notes.until("waits").await;
        server.stop_actor("a", 1, StopActorReason::SleepIntent);
        // Commands and messages of tunnels are in two lanes, and either may be first.
        within("a request that goes back", async {
            while server.request("a", "POST", "/echo", b"late").await != Answered::Aborted {}
        })
        .await;
        // What it was at is finished.
        running.notes.let_go();
        let answered = within("an answer", being_handled).await.expect("one");
        assert!(
            matches!(answered, Answered::Response { status: 200, .. }),
            "{answered:?}"
        );
        assert_eq!(told.stopped("a", 1).await, None);
        assert_eq!(
            running.notes.all(),
            ["start 1", "waits", "let go", "sleep 1"]
        );
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_answered_when_its_actor_stops() {
    let (server, mut told) = Server::start(Memory::Heads).await;
    let mut impatient = options(Storage::None);
    impatient.bounds.requests = Duration::from_millis(100);
    let running = run(&server, Version::V5, impatient).await;
    server.start_actor("a", "probe");
    told.running("a", 1).await;
    let (_, answered) = server.send_request("a", "GET", "/hang", b"");
    running.notes.until("hangs").await;
    server.stop_actor("a", 1, StopActorReason::SleepIntent);
    let answered = within("an answer", answered).await.expect("one");
    assert_eq!(fault(&answered), Some((503, "envoy.actor_stopped")));
    assert_eq!(told.stopped("a", 1).await, None);
    assert_eq!(
        running.notes.all(),
        ["start 1", "hangs", "sleep 1", "dropped"]
    );
}

#[tokio::test]
async fn a_websocket_is_refused_so_that_its_client_sees_it() {
    let (server, _told, _running) = probe(Version::V5, options(Storage::None)).await;
    let open = latest::ToEnvoyWebSocketOpenRef {
        actor_id: "a",
        path: "/",
        headers: MapRef::default(),
    };
    server.tunnel([9; 4], 0, ToHost::ToEnvoyWebSocketOpen(open));
    until("an open and a close", || server.websocket().len() == 2).await;
    let latest::ToRivetTunnelMessageKind::ToRivetWebSocketClose(close) = &server.websocket()[1]
    else {
        panic!("expected a close, but found {:?}", server.websocket());
    };
    assert_eq!(close.code, Some(1011));
    assert_eq!(
        close.reason.as_deref(),
        Some("envoy.websocket_not_supported")
    );
}
