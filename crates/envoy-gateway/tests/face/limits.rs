//! What is too large, too slow or too much is refused, and says so.

use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_gateway::{Gateway, Limits};
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{
    Client, Host, PATIENCE, VERSIONS, beginning, builder, chunk, error, parsed, response, started,
    world_over,
};

async fn limited(set: impl FnOnce(&mut Limits)) -> Gateway {
    let mut limits = Limits::default();
    set(&mut limits);
    started(builder().limits(limits)).await
}

/// A connection on which these octets were sent.
async fn sent(gateway: &Gateway, octets: &str) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.local_addr())
        .await
        .expect("it listens");
    stream.write_all(octets.as_bytes()).await.expect("it reads");
    stream
}

/// What comes until the connection ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut read)).await;
    assert!(
        end.is_ok(),
        "it does not end, behind {:?}",
        String::from_utf8_lossy(&read)
    );
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn the_body_of_a_request_is_as_large_as_it_may_be_and_no_larger() {
    for version in VERSIONS {
        let gateway = limited(|limits| limits.request_body = 3_000_000).await;
        let mut host = Host::connect(&gateway, "host", version).await;
        let client = Client::of(&gateway);
        let path = format!("/gateway/{}/", client.actor().await);
        let body: Bytes = (0..3_000_000_u32)
            .map(|at| at.to_le_bytes()[at as usize % 3])
            .collect();
        let asking = {
            let (client, path, body) = (client.clone(), path.clone(), body.clone());
            tokio::spawn(async move { client.send(Method::POST, &path, body).await })
        };
        let (id, request) = host.request().await;
        assert!(request.body.as_deref() == Some(&body[..]));
        host.respond(&id, 200, &body);
        assert!(asking.await.expect("it is answered").body() == &body);

        let answer = client.send(Method::POST, &path, vec![0; 3_000_001]).await;
        assert_eq!(error(&answer), (413, "guard.invalid_request_body".into()));
        assert_eq!(parsed(&answer)["metadata"]["limit"], 3_000_000);
        // Of a body in chunks the length is known at its end.
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n");
        let mut stream = sent(&gateway, &head).await;
        for _ in 0..4 {
            stream
                .write_all(format!("{:x}\r\n", 1_000_000).as_bytes())
                .await
                .expect("it reads");
            stream
                .write_all(&vec![b'x'; 1_000_000])
                .await
                .expect("it reads");
            stream.write_all(b"\r\n").await.expect("it reads");
        }
        stream.write_all(b"0\r\n\r\n").await.expect("it reads");
        let mut answer = vec![0; 12];
        let read = timeout(PATIENCE, stream.read_exact(&mut answer)).await;
        read.expect("it answers").expect("it says so");
        assert_eq!(answer, b"HTTP/1.1 413");
        assert!(host.hears_nothing(Duration::from_millis(20)).await);
        assert_eq!(client.metric("envoy_gateway_held_octets").await, Some(0.0));
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn the_body_of_a_call_is_bounded() {
    let gateway = limited(|limits| limits.api_body = 1000).await;
    let client = Client::of(&gateway).with("content-type", "application/json");
    let answer = client
        .send(Method::POST, "/actors?namespace=default", vec![b' '; 1001])
        .await;
    assert_eq!(error(&answer), (413, "api.body_too_large".into()));
}

#[tokio::test]
async fn bodies_together_hold_no_more_than_they_may() {
    let gateway = limited(|limits| limits.held_octets = 1_000_000).await;
    let mut host = Host::connect(&gateway, "host", VERSIONS[0]).await;
    let client = Client::of(&gateway);
    let path = format!("/gateway/{}/", client.actor().await);
    let asking = {
        let (client, path) = (client.clone(), path.clone());
        tokio::spawn(async move { client.send(Method::POST, &path, vec![0; 600_000]).await })
    };
    let (id, _) = host.request().await;
    let answer = client.send(Method::POST, &path, vec![0; 600_000]).await;
    assert_eq!(error(&answer), (503, "guard.service_unavailable".into()));
    host.respond(&id, 200, b"");
    assert_eq!(asking.await.expect("it is answered").status(), 200);
    let asking =
        tokio::spawn(async move { client.send(Method::POST, &path, vec![0; 600_000]).await });
    let (id, _) = host.request().await;
    host.respond(&id, 200, b"");
    assert_eq!(asking.await.expect("it is answered").status(), 200);
}

#[tokio::test]
async fn a_body_that_is_only_announced_takes_no_room() {
    let gateway = limited(|limits| limits.held_octets = 1_000_000).await;
    let (gateway, mut host, client, actor) = world_over(gateway, VERSIONS[0]).await;
    let path = format!("/gateway/{actor}/");
    let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-length: 900000\r\n\r\nx");
    let announced = [sent(&gateway, &head).await, sent(&gateway, &head).await];
    client
        .metric_becomes("envoy_gateway_held_octets", 2.0)
        .await;
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.send(Method::POST, &path, vec![7; 900_000]).await }
    });
    let (id, request) = host.request().await;
    assert_eq!(request.body.map(|body| body.len()), Some(900_000));
    host.respond(&id, 200, b"");
    assert_eq!(asking.await.expect("it is answered").status(), 200);
    drop(announced);
    client
        .metric_becomes("envoy_gateway_held_octets", 0.0)
        .await;
}

#[tokio::test]
async fn requests_under_way_are_bounded() {
    let (_gateway, mut host, client, actor) =
        world_over(limited(|limits| limits.requests = 1).await, VERSIONS[1]).await;
    let asking = {
        let (client, path) = (client.clone(), format!("/gateway/{actor}/"));
        tokio::spawn(async move { client.begin(Method::GET, &path, Bytes::new()).await })
    };
    let (id, _) = host.request().await;
    let full = (503, "guard.service_unavailable".to_owned());
    assert_eq!(
        error(&client.ask(&actor).await.expect("it is answered")),
        full
    );
    // A response that is still read is under way.
    host.say(&id, 0, beginning(&[], b"x"));
    let answer = asking
        .await
        .expect("it is answered")
        .expect("it has a head");
    assert_eq!(
        error(&client.ask(&actor).await.expect("it is answered")),
        full
    );
    // The API is not concerned.
    assert_eq!(client.get("/health").await.status(), 200);
    drop(answer);
    host.say(&id, 1, chunk(b"x"));
    host.aborted(&id).await;
    let (asking, id) = client.asked(&actor, &mut host).await;
    host.respond(&id, 200, b"");
    assert_eq!(asking.await.expect("it is answered").status(), 200);
}

#[tokio::test]
async fn headers_are_bounded_in_number_and_octets() {
    let gateway = limited(|limits| {
        limits.header_octets = 4096;
        limits.headers = 10;
    })
    .await;
    let long = format!(
        "GET /health HTTP/1.1\r\nhost: here\r\nx-a: {}\r\n\r\n",
        "x".repeat(5000)
    );
    let answer = rest(sent(&gateway, &long).await).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let many = format!(
        "GET /health HTTP/1.1\r\nhost: here\r\n{}\r\n",
        "x-a: b\r\n".repeat(11)
    );
    let answer = rest(sent(&gateway, &many).await).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn who_is_slow_with_its_headers_is_cut_off() {
    let mut limits = Limits::default();
    limits.header_time = Duration::from_millis(300);
    // Without a pool: whoever made one might be slow, too.
    let gateway = builder().limits(limits).start().await;
    let gateway = gateway.expect("it starts");
    let began = Instant::now();
    let mut stream = sent(&gateway, "GET /health HTTP/1.1\r\n").await;
    // One octet at a time, each in time.
    let ended = loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if stream.write_all(b"x").await.is_err() {
            break began.elapsed();
        }
        let mut octet = [0];
        if let Ok(read) = timeout(Duration::from_millis(1), stream.read(&mut octet)).await
            && matches!(read, Ok(0) | Err(_))
        {
            break began.elapsed();
        }
        assert!(began.elapsed() < PATIENCE, "it is still listened to");
    };
    assert!(ended >= Duration::from_millis(300), "{ended:?}");
    // And so is who says nothing at all.
    let silent = sent(&gateway, "").await;
    assert_eq!(rest(silent).await, "");
}

#[tokio::test]
async fn who_is_slow_with_its_body_is_told_so() {
    let gateway = limited(|limits| limits.body_time = Duration::from_millis(300)).await;
    let _host = Host::connect(&gateway, "host", VERSIONS[0]).await;
    let actor = Client::of(&gateway).actor().await;
    let head =
        format!("POST /gateway/{actor}/ HTTP/1.1\r\nhost: here\r\ncontent-length: 10\r\n\r\nhalf");
    let answer = rest(sent(&gateway, &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("guard.request_timeout"), "{answer}");
}

#[tokio::test]
async fn who_does_not_read_its_response_is_cut_off() {
    let gateway = limited(|limits| limits.write_time = Duration::from_millis(300)).await;
    let mut host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    let actor = Client::of(&gateway).actor().await;
    let stream = sent(
        &gateway,
        &format!("GET /gateway/{actor}/ HTTP/1.1\r\nhost: here\r\n\r\n"),
    )
    .await;
    let (id, _) = host.request().await;
    host.say(&id, 0, beginning(&[], b""));
    let octets = vec![7; 1 << 20];
    for index in 1..33 {
        host.say(&id, index, chunk(&octets));
    }
    host.aborted(&id).await;
    drop(stream);
}

#[tokio::test]
async fn a_whole_response_is_held_until_its_caller_has_it() {
    let gateway = limited(|limits| limits.held_octets = 24 << 20).await;
    let (gateway, mut host, client, actor) = world_over(gateway, VERSIONS[1]).await;
    // More than sockets hold.
    let large = vec![7; 16 << 20];
    let head = format!("GET /gateway/{actor}/ HTTP/1.1\r\nhost: here\r\n\r\n");
    let unread = sent(&gateway, &head).await;
    let (id, _) = host.request().await;
    host.respond(&id, 200, &large);
    client
        .metric_becomes("envoy_gateway_held_octets", f64::from(16 << 20))
        .await;
    let (asking, id) = client.asked(&actor, &mut host).await;
    host.respond(&id, 200, &large);
    let refused = asking.await.expect("it is answered");
    assert_eq!(error(&refused), (503, "guard.service_unavailable".into()));
    drop(unread);
    client
        .metric_becomes("envoy_gateway_held_octets", 0.0)
        .await;
    let (asking, id) = client.asked(&actor, &mut host).await;
    host.respond(&id, 200, &large);
    assert_eq!(asking.await.expect("it is answered").body().len(), 16 << 20);
}

#[tokio::test]
async fn the_headers_of_a_response_are_held_as_its_body_is() {
    let gateway = limited(|limits| limits.held_octets = 100_000).await;
    let (_gateway, mut host, client, actor) = world_over(gateway, VERSIONS[1]).await;
    let value = "x".repeat(60_000);
    for (lines, status) in [
        (&[("x-a", &*value)][..], 200),
        (&[("x-a", &*value), ("x-b", &*value)][..], 503),
    ] {
        for body in [&b""[..], b"body"] {
            let (asking, id) = client.asked(&actor, &mut host).await;
            host.say(&id, 0, response(200, lines, body));
            assert_eq!(asking.await.expect("it is answered").status(), status);
        }
    }
    client
        .metric_becomes("envoy_gateway_held_octets", 0.0)
        .await;
}

#[tokio::test]
async fn small_chunks_that_nobody_reads_are_bounded_as_well() {
    let gateway = limited(|limits| limits.response_buffer = 1 << 20).await;
    let (gateway, mut host, client, actor) = world_over(gateway, VERSIONS[0]).await;
    let head = format!("GET /gateway/{actor}/ HTTP/1.1\r\nhost: here\r\n\r\n");
    let unread = sent(&gateway, &head).await;
    let (id, _) = host.request().await;
    host.say(&id, 0, beginning(&[], b""));
    // More than sockets hold, and then 10,000 octets.
    host.say(&id, 1, chunk(&vec![7; 16 << 20]));
    tokio::time::sleep(Duration::from_millis(200)).await;
    for index in 2..10_002 {
        host.say(&id, index, chunk(b"x"));
    }
    let late = "envoy_gateway_tunnel_messages_dropped_total{why=\"late\"}";
    let began = Instant::now();
    while client.metric(late).await.is_none_or(|late| late < 1.0) {
        assert!(began.elapsed() < PATIENCE, "all are held");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(unread);
    host.aborted(&id).await;
    client
        .metric_becomes("envoy_gateway_held_octets", 0.0)
        .await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_others_to_go() {
    let gateway = limited(|limits| limits.connections = 2).await;
    let idle = [sent(&gateway, "").await, sent(&gateway, "").await];
    // They have to be accepted first.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut waiting = sent(
        &gateway,
        "GET /health HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
    )
    .await;
    let mut octet = [0];
    let early = timeout(Duration::from_millis(200), waiting.read(&mut octet)).await;
    assert!(early.is_err(), "it was served");
    drop(idle);
    assert!(rest(waiting).await.contains("200 OK"));
}
