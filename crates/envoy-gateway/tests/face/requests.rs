//! Requests to actors: there and back, waited for, sent again, refused.

use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_protocol::latest::{
    ActorIntent, Event, EventActorIntent, ToRivetTunnelMessageKind as FromHost,
    ToRivetWebSocketOpen,
};
use http::{Method, StatusCode};
use serde_json::json;

use crate::support::{
    Client, Host, PATIENCE, VERSIONS, beginning, body, builder, chunk, error, gateway, last,
    parsed, response, started, stopped, timing, world, world_over,
};

#[tokio::test]
async fn hands_a_request_to_the_host_and_its_answer_to_the_caller() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let asking = {
            let client = client
                .clone()
                .with("x-some", "1")
                .with("x-some", "2")
                .with("x-rivet-token", "none of the host's business")
                .with("te", "trailers")
                .with("origin", "https://page");
            let path = format!("/gateway/{actor}@token/a%20b//c?x=1&x=2&empty");
            tokio::spawn(async move { client.send(Method::PATCH, &path, &b"\0body\xff"[..]).await })
        };
        let (id, request) = host.request().await;
        assert_eq!(id.message_index, 0);
        assert_eq!(request.actor_id, actor);
        assert_eq!(request.method, "PATCH");
        assert_eq!(request.path, "/a%20b//c?x=1&x=2&empty");
        assert_eq!(request.body.as_deref(), Some(&b"\0body\xff"[..]));
        assert!(!request.stream);
        let header = |name: &str| request.headers.get(name).map(String::as_str);
        assert_eq!(header("x-some"), Some("1, 2"));
        assert_eq!(header("host"), Some("here"));
        assert_eq!(header("content-length"), Some("6"));
        assert_eq!(header("x-rivet-token"), None);
        assert_eq!(header("te"), None);
        let headers = [
            ("x-answer", "yes"),
            ("Content-Type", "text/x"),
            ("content-length", "99"),
            ("connection", "close"),
        ];
        host.say(&id, 0, response(418, &headers, b"\0answer\xff"));
        let answer = asking.await.expect("it is answered");
        assert_eq!(answer.status(), 418);
        assert_eq!(&answer.body()[..], b"\0answer\xff");
        assert_eq!(answer.headers()["x-answer"], "yes");
        assert_eq!(answer.headers()["content-type"], "text/x");
        assert_eq!(answer.headers()["content-length"], "8");
        assert_eq!(
            answer.headers()["access-control-allow-origin"],
            "https://page"
        );
        assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
        assert_eq!(answer.headers()["access-control-expose-headers"], "*");
        assert_eq!(answer.headers()["vary"], "Origin");
        assert_eq!(
            answer.headers()["x-rivet-ray-id"].to_str().ok(),
            header("x-rivet-ray-id")
        );
        assert_eq!(answer.headers()["x-rivet-ray-id"].len(), 30);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn finds_an_actor_by_a_header_and_by_its_key() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;

        let by_header = client
            .clone()
            .with("x-rivet-target", "actor")
            .with("x-rivet-actor", &actor);
        let asking = {
            let client = by_header.clone();
            tokio::spawn(async move { client.get("/request/deep?a=b").await })
        };
        let (id, request) = host.request().await;
        assert_eq!(
            (request.path.as_str(), request.body),
            ("/request/deep?a=b", None)
        );
        host.respond(&id, 204, b"");
        let answer = asking.await.expect("it is answered");
        assert_eq!(
            (answer.status(), answer.body().len()),
            (StatusCode::NO_CONTENT, 0)
        );
        for path in ["/other", "/requests"] {
            assert_eq!(
                error(&by_header.get(path).await),
                (404, "guard.no_route".into())
            );
        }
        let nobody = client
            .clone()
            .with("x-rivet-target", "actor")
            .get("/request")
            .await;
        assert_eq!(error(&nobody), (400, "guard.missing_header".into()));
        assert_eq!(
            parsed(&nobody)["metadata"],
            json!({ "header": "x-rivet-actor" })
        );
        let other = client
            .clone()
            .with("x-rivet-target", "bogus")
            .get("/request")
            .await;
        assert_eq!(error(&other), (404, "guard.no_route".into()));

        let path = "/gateway/thingy/p/q?rvt-namespace=default&rvt-method=getOrCreate&a=%2B&rvt-key=k&rvt-runner=pool";
        let mut ids = Vec::new();
        for _ in 0..2 {
            let asking = {
                let client = client.clone();
                tokio::spawn(async move { client.get(path).await })
            };
            let (id, request) = host.request().await;
            assert_eq!(request.path, "/p/q?a=%2B");
            ids.push(request.actor_id);
            host.respond(&id, 200, b"");
            assert_eq!(asking.await.expect("it is answered").status(), 200);
        }
        assert_eq!(ids[0], ids[1], "the second time it was there");
        assert_ne!(ids[0], actor);
        let none = "/gateway/thingy/?rvt-namespace=default&rvt-method=get&rvt-key=other";
        assert_eq!(
            error(&client.get(none).await),
            (404, "actor.not_found".into())
        );
        let none = "/gateway/thingy/?rvt-namespace=nope&rvt-method=get&rvt-key=other";
        assert_eq!(
            error(&client.get(none).await),
            (400, "namespace.not_found".into())
        );
        let none = "/gateway/thingy/?rvt-namespace=default&rvt-method=getOrCreate&rvt-key=other";
        assert_eq!(
            error(&client.get(none).await),
            (400, "guard.query_missing_pool".into())
        );
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn an_unknown_actor_and_a_destroyed_one_are_not_found() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let _host = Host::connect(&gateway, "host", version).await;
        let client = Client::of(&gateway);
        let actor = client.actor().await;
        let path = format!("/actors/{actor}?namespace=default");
        assert_eq!(
            client.call(Method::DELETE, &path, json!(null)).await,
            (200, json!({}))
        );
        assert_eq!(
            client.call(Method::DELETE, &path, json!(null)).await,
            (200, json!({})),
            "again"
        );
        for actor in [&*actor, "nobody", "%00", "%ff"] {
            let answer = client.get(&format!("/gateway/{actor}/x")).await;
            assert_eq!(error(&answer), (404, "actor.not_found".into()), "{actor}");
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        }
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_browser_is_told_that_it_may_ask() {
    let gateway = gateway().await;
    let client = Client::of(&gateway)
        .with("origin", "http://a.example")
        .with("access-control-request-headers", "x-a, x-b");
    let answer = client
        .send(Method::OPTIONS, "/gateway/any/x", Bytes::new())
        .await;
    assert_eq!(answer.status(), 204);
    for (name, value) in [
        ("access-control-allow-origin", "http://a.example"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "*"),
        (
            "access-control-allow-methods",
            "GET, POST, PUT, DELETE, OPTIONS, PATCH",
        ),
        ("access-control-allow-headers", "x-a, x-b"),
        ("access-control-max-age", "86400"),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
}

#[tokio::test]
async fn what_a_host_gives_up_is_asked_again_under_the_same_id_and_then_refused() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, first) = client.asked(&actor, &mut host).await;
        host.say(&first, 0, FromHost::ToRivetResponseAbort);
        let (second, _) = host.request().await;
        assert_eq!(second, first);
        host.respond(&second, 200, b"at last");
        assert_eq!(body(asking).await, "at last");

        let asking = client.ask(&actor);
        for _ in 0..7 {
            let (id, _) = host.request().await;
            host.say(&id, 0, FromHost::ToRivetResponseAbort);
        }
        let answer = asking.await.expect("it is answered");
        assert_eq!(
            error(&answer),
            (502, "guard.retry_attempts_exceeded".into())
        );
        assert!(host.hears_nothing(Duration::from_millis(50)).await);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_request_to_a_sleeping_actor_wakes_it() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, b"");
        asking.await.expect("it is answered");
        let path = format!("/actors/{actor}/sleep?namespace=default");
        assert_eq!(
            client.call(Method::POST, &path, json!({})).await,
            (200, json!({}))
        );
        let began = Instant::now();
        while client.look(&actor).await["sleep_ts"].is_null() {
            assert!(began.elapsed() < PATIENCE, "it does not sleep");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, b"awake");
        assert_eq!(body(asking).await, "awake");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_request_that_waits_while_its_actor_crashes_is_asked_of_the_next_generation() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, first) = client.asked(&actor, &mut host).await;
        host.report(&actor, 1, 1, stopped(Some("in the middle of it")));
        let (second, _) = host.request().await;
        assert_eq!(second, first);
        host.respond(&second, 200, b"by the second");
        assert_eq!(body(asking).await, "by the second");
        let mut starts = Vec::new();
        for _ in 0..2 {
            starts.push(host.command().await.checkpoint.generation);
        }
        assert_eq!(starts, [1, 2]);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_request_whose_host_is_cut_off_is_sent_again_when_it_comes_back() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, first) = client.asked(&actor, &mut host).await;
        host.cut().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        // One that comes while the host is away waits as well.
        let late = client.ask(&actor);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut host = Host::connect(&gateway, "host", version).await;
        for _ in 0..2 {
            let (id, _) = host.request().await;
            let body: &[u8] = if id == first { b"first" } else { b"late" };
            host.respond(&id, 200, body);
        }
        assert_eq!(body(asking).await, "first");
        assert_eq!(body(late).await, "late");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_left_of_an_answer_that_was_lost_is_dropped() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, first) = client.asked(&actor, &mut host).await;
        host.cut().await;
        let mut host = Host::connect(&gateway, "host", version).await;
        // The head of it went with the connection, and the rest comes on this one.
        let (again, _) = host.request().await;
        assert_eq!(again, first);
        host.say(&first, 1, chunk(b"of the first"));
        host.say(&first, 2, last(b" answer"));
        host.respond(&again, 200, b"the second answer");
        assert_eq!(body(asking).await, "the second answer");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_by_an_actor_that_goes_to_sleep_and_not_asked_twice() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let mut host =
            Host::scripted(&gateway, "host", version, crate::support::Script::Listens).await;
        let client = Client::of(&gateway);
        let actor = client.actor().await;
        host.command().await;
        host.report(
            &actor,
            1,
            0,
            crate::support::state(envoy_protocol::latest::ActorState::ActorStateRunning),
        );
        let (asking, id) = client.asked(&actor, &mut host).await;
        let intent = ActorIntent::ActorIntentSleep;
        host.report(
            &actor,
            1,
            1,
            Event::EventActorIntent(EventActorIntent { intent }),
        );
        host.command().await;
        assert!(
            host.hears_nothing(Duration::from_millis(100)).await,
            "it was asked"
        );
        host.respond(&id, 200, b"before it sleeps");
        assert_eq!(body(asking).await, "before it sleeps");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn an_actor_that_is_not_ready_in_time_is_a_refusal_that_can_be_retried() {
    let mut timing = timing();
    timing.actor_ready = Duration::from_millis(300);
    let gateway = started(builder().timing(timing)).await;
    let client = Client::of(&gateway);
    let actor = client.actor().await;
    let began = Instant::now();
    let answer = client.get(&format!("/gateway/{actor}/")).await;
    assert_eq!(error(&answer), (503, "guard.actor_ready_timeout".into()));
    assert_eq!(parsed(&answer)["metadata"]["retryable"], json!(true));
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300), "{took:?}");
}

#[tokio::test]
async fn hosts_that_come_and_go_do_not_stretch_the_bound() {
    let mut timing = timing();
    timing.actor_ready = Duration::from_millis(600);
    timing.attempts = 1000;
    let gateway = started(builder().timing(timing)).await;
    let client = Client::of(&gateway);
    let mut host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    let actor = client.actor().await;
    let mut asking = client.ask(&actor);
    let began = Instant::now();
    let answer = loop {
        assert!(began.elapsed() < PATIENCE, "it is stretched");
        tokio::select! {
            answer = &mut asking => break answer.expect("it is answered"),
            _ = host.request() => {}
        }
        host.cut().await;
        tokio::time::sleep(Duration::from_millis(250)).await;
        host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    };
    assert_eq!(error(&answer), (503, "guard.actor_ready_timeout".into()));
}

#[tokio::test]
async fn a_host_that_says_nothing_is_waited_for_within_a_bound_and_told() {
    let mut timing = timing();
    timing.response_start = Duration::from_millis(200);
    let (_gateway, mut host, client, actor) =
        world_over(started(builder().timing(timing)).await, VERSIONS[0]).await;
    let (asking, id) = client.asked(&actor, &mut host).await;
    let answer = asking.await.expect("it is answered");
    assert_eq!(
        error(&answer),
        (504, "guard.gateway_response_start_timeout".into())
    );
    host.aborted(&id).await;
}

#[tokio::test]
async fn a_host_is_told_that_the_caller_has_gone() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let (asking, id) = client.asked(&actor, &mut host).await;
        asking.abort();
        host.aborted(&id).await;
        // What it answers nevertheless goes nowhere.
        host.respond(&id, 200, b"too late");
        client
            .metric_becomes(
                "envoy_gateway_tunnel_messages_dropped_total{why=\"late\"}",
                1.0,
            )
            .await;
        assert_eq!(
            client.metric("envoy_gateway_requests_in_flight").await,
            Some(0.0)
        );
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_host_answers_only_what_was_sent_to_it() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let mut host = Host::connect(&gateway, "host", version).await;
        let stranger = Host::connect(&gateway, "stranger", version).await;
        let client = Client::of(&gateway);
        // It is started on one of the two.
        let (mut host, stranger) = {
            let actor = client.actor().await;
            let mut other = stranger;
            let asking = client.ask(&actor);
            let ((id, _), is_first) = tokio::select! {
                request = host.request() => (request, true),
                request = other.request() => (request, false),
            };
            let (host, stranger) = if is_first {
                (host, other)
            } else {
                (other, host)
            };
            stranger.respond(&id, 200, b"forged");
            client
                .metric_becomes(
                    "envoy_gateway_tunnel_messages_dropped_total{why=\"stranger\"}",
                    1.0,
                )
                .await;
            // Nor one of another gateway, under the same id.
            let mut foreign = id;
            foreign.gateway_id = foreign.gateway_id.map(|octet| !octet);
            host.respond(&foreign, 200, b"of another gateway");
            host.respond(&id, 200, b"genuine");
            assert_eq!(body(asking).await, "genuine");
            assert_eq!(
                client
                    .metric("envoy_gateway_tunnel_messages_dropped_total{why=\"late\"}")
                    .await,
                Some(1.0)
            );
            (host, stranger)
        };
        assert!(host.hears_nothing(Duration::from_millis(20)).await);
        drop(stranger);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn what_cannot_be_a_response_is_a_bad_gateway_and_nothing_worse() {
    for version in VERSIONS {
        let (gateway, mut host, client, actor) = world(version).await;
        let cases: Vec<(&str, u16, FromHost)> = vec![
            ("status 1000", 0, response(1000, &[], b"")),
            ("status 0", 0, response(0, &[], b"")),
            ("an interim status", 0, response(101, &[], b"")),
            (
                "a name that is none",
                0,
                response(200, &[("a b", "c")], b""),
            ),
            (
                "a value that is none",
                0,
                response(200, &[("a", "c\r\nd: e")], b""),
            ),
            ("a position ahead", 77, response(200, &[], b"")),
            ("a position behind", 65535, response(200, &[], b"")),
            ("a chunk without a head", 1, chunk(b"x")),
            ("the end without a head", 0, last(b"x")),
            (
                "a WebSocket",
                0,
                FromHost::ToRivetWebSocketOpen(ToRivetWebSocketOpen {
                    can_hibernate: false,
                }),
            ),
        ];
        for (what, index, said) in cases {
            let (asking, id) = client.asked(&actor, &mut host).await;
            host.say(&id, index, said);
            let answer = asking.await.expect("it is answered");
            assert_eq!(
                error(&answer),
                (502, "guard.invalid_response".into()),
                "{what}"
            );
            if matches!(
                what,
                "a position ahead"
                    | "a position behind"
                    | "a chunk without a head"
                    | "the end without a head"
                    | "a WebSocket"
            ) {
                // It may still be at it.
                host.aborted(&id).await;
            }
        }
        // It is none the worse for it.
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, b"fine");
        assert_eq!(asking.await.expect("it is answered").status(), 200);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_head_has_no_body_and_keeps_its_length() {
    let gateway = gateway().await;
    let mut host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    let client = Client::of(&gateway);
    let path = format!("/gateway/{}/", client.actor().await);
    let asking = tokio::spawn(async move { client.send(Method::HEAD, &path, Bytes::new()).await });
    let (id, request) = host.request().await;
    assert_eq!(request.method, "HEAD");
    host.say(&id, 0, beginning(&[("content-length", "1234")], b""));
    let answer = asking.await.expect("it is answered");
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert_eq!(answer.headers()["content-length"], "1234");
    // Of what follows nobody reads anything.
    host.aborted(&id).await;
}
