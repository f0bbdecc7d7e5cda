//! A gateway from its start to its end.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use bytes::Bytes;
use envoy_gateway::{Gateway, Limits, StartError};
use envoy_protocol::CloseReason;
use http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{
    Client, Folder, Host, PATIENCE, POOL, VERSIONS, body, builder, gateway, new_actor, parsed,
    started, timing,
};

#[tokio::test]
async fn does_not_start_without_somewhere_to_store_or_listen() {
    let error = Gateway::builder().listen("127.0.0.1:0").start().await;
    assert!(matches!(error, Err(StartError::NoStore)), "{error:?}");
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = taken.local_addr().expect("it has one");
    let error = Gateway::builder().in_memory().listen(address).start().await;
    assert!(matches!(error, Err(StartError::Listen(_))), "{error:?}");
    let error = Gateway::builder()
        .in_memory()
        .listen("nowhere")
        .start()
        .await;
    assert!(matches!(error, Err(StartError::Listen(_))), "{error:?}");
    let error = Gateway::builder()
        .in_memory()
        .token("two words")
        .start()
        .await;
    let error = error.expect_err("it cannot be sent").to_string();
    assert!(
        error.contains("the API") && !error.contains("two words"),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_is_of_one_gateway_at_a_time() {
    let folder = Folder::new();
    let first = builder()
        .data(folder.path())
        .start()
        .await
        .expect("it starts");
    let error = builder().data(folder.path()).start().await;
    assert!(matches!(error, Err(StartError::Store(_))), "{error:?}");
    first.shutdown().await;
    drop(first);
    builder()
        .data(folder.path())
        .start()
        .await
        .expect("it is free again");
}

#[tokio::test]
async fn is_ready_at_once_where_there_are_no_hosts() {
    let mut timing = timing();
    // Nobody waits for those that there are not.
    timing.hosts_back = Duration::from_hours(1);
    let gateway = builder().timing(timing).start().await;
    let gateway = gateway.expect("it starts");
    let health = Client::of(&gateway).get("/health").await;
    assert_eq!(health.status(), 200);
    assert!(gateway.is_ready());
}

#[tokio::test]
async fn is_not_ready_until_the_hosts_it_knew_are_back_or_had_their_time() {
    for returns in [true, false] {
        let folder = Folder::new();
        let mut timing = timing();
        let waits = Duration::from_millis(500);
        timing.hosts_back = if returns {
            Duration::from_hours(1)
        } else {
            waits
        };
        let build = || builder().data(folder.path()).timing(timing.clone());
        let gateway = build().start().await.expect("it starts");
        let client = Client::of(&gateway);
        client.pool(POOL).await;
        let mut host = Host::connect(&gateway, "host", VERSIONS[0]).await;
        let actor = client.actor().await;
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, b"");
        asking.await.expect("it is answered");
        gateway.shutdown().await;
        drop(gateway);

        let starting = Instant::now();
        let gateway = build().start().await.expect("it starts again");
        let client = Client::of(&gateway);
        let health = client.get("/health").await;
        // Where they have little time it may be over already.
        if returns || starting.elapsed() < waits {
            assert_eq!(health.status(), 503);
            let health = parsed(&health);
            assert_eq!(
                health["reason"],
                "hosts that run actors have not come back yet"
            );
            assert_eq!(health["status"], "unavailable");
        }
        // A request waits for the host.
        let asking = client.ask(&actor);
        let mut host = if returns {
            Some(Host::connect(&gateway, "host", VERSIONS[0]).await)
        } else {
            None
        };
        let began = Instant::now();
        while client.get("/health").await.status() != 200 {
            assert!(began.elapsed() < PATIENCE, "it never is");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(returns || starting.elapsed() >= waits, "they had no time");
        if let Some(host) = &mut host {
            let (id, _) = host.request().await;
            host.respond(&id, 200, b"still the same actor");
            assert_eq!(body(asking).await, "still the same actor");
        } else {
            // A shutdown would wait for it.
            asking.abort();
        }
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_shutdown_lets_requests_end_and_sends_hosts_elsewhere() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let address = gateway.local_addr();
        let mut host = Host::connect(&gateway, "host", version).await;
        let client = Client::of(&gateway);
        let asking = client.ask(&client.actor().await);
        let (id, _) = host.request().await;
        let gateway = std::sync::Arc::new(gateway);
        let ending = {
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.shutdown().await })
        };
        let waiting = {
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.wait().await })
        };
        while gateway.is_ready() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The port is free already, while the request is still under way.
        let began = Instant::now();
        while TcpListener::bind(address).is_err() && TcpStream::connect(address).await.is_ok() {
            assert!(began.elapsed() < PATIENCE, "it listens");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!ending.is_finished());
        host.respond(&id, 200, b"to the end");
        assert_eq!(body(asking).await, "to the end");
        let close = host.closed().await;
        assert!(close.is(CloseReason::GOING_AWAY), "{close}");
        assert_eq!(close.status(), 1011);
        ending.await.expect("it ends");
        waiting.await.expect("it ends").expect("it was told to");
        // Twice is once.
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn who_has_connected_before_a_shutdown_is_answered() {
    let mut limits = Limits::default();
    limits.connections = 1;
    let gateway = started(builder().limits(limits)).await;
    let connect = async || {
        let stream = TcpStream::connect(gateway.local_addr()).await;
        stream.expect("it listens")
    };
    let asked = b"GET /metadata HTTP/1.1\r\nhost: here\r\n\r\n";
    // The one that there may be has been answered, and stays open.
    let mut first = connect().await;
    first.write_all(asked).await.expect("it reads");
    let mut octet = [0];
    first.read_exact(&mut octet).await.expect("an answer");
    // So these wait to be taken.
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let mut stream = connect().await;
        stream.write_all(asked).await.expect("it waits");
        waiting.push(stream);
    }
    gateway.shutdown().await;
    for mut stream in waiting {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an end");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer:?}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_within_its_bound() {
    let mut timing = timing();
    timing.shutdown = Duration::from_millis(300);
    let gateway = crate::support::started(builder().timing(timing)).await;
    let mut host = Host::connect(&gateway, "host", VERSIONS[0]).await;
    let client = Client::of(&gateway);
    let path = format!("/gateway/{}/", client.actor().await);
    let asking = tokio::spawn(async move {
        client
            .begin(Method::GET, &path, Bytes::new())
            .await
            .is_err()
    });
    let (id, _) = host.request().await;
    let began = Instant::now();
    gateway.shutdown().await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert!(asking.await.expect("it ends"), "there was no answer");
    host.aborted(&id).await;
    assert!(host.closed().await.is(CloseReason::GOING_AWAY));
}

#[tokio::test]
async fn a_gateway_that_is_dropped_frees_its_port_and_store() {
    let folder = Folder::new();
    let gateway = builder()
        .data(folder.path())
        .start()
        .await
        .expect("it starts");
    Client::of(&gateway).pool(POOL).await;
    let host = Host::connect(&gateway, "host", VERSIONS[1]).await;
    let address = gateway.local_addr();
    drop(gateway);
    assert!(host.closed().await.is(CloseReason::GOING_AWAY));
    let began = Instant::now();
    loop {
        match builder().listen(address).data(folder.path()).start().await {
            Ok(_) => break,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_backup_is_a_store_of_its_own() {
    let (folder, copy) = (Folder::new(), Folder::new());
    let gateway = builder()
        .data(folder.path())
        .start()
        .await
        .expect("it starts");
    let client = Client::of(&gateway);
    client.pool(POOL).await;
    let path = "/actors?namespace=default";
    let (_, before) = client
        .call(Method::PUT, path, new_actor(Some("before")))
        .await;
    gateway.backup(copy.path()).await.expect("it is copied");
    client
        .call(Method::PUT, path, new_actor(Some("after")))
        .await;
    gateway
        .backup(copy.path())
        .await
        .expect_err("there is something");
    let copied = builder()
        .data(copy.path())
        .start()
        .await
        .expect("it starts");
    let client = Client::of(&copied);
    let (status, again) = client
        .call(Method::PUT, path, new_actor(Some("before")))
        .await;
    assert_eq!((status, &again["created"]), (200, &json!(false)));
    assert_eq!(again["actor"]["actor_id"], before["actor"]["actor_id"]);
    let (_, other) = client
        .call(Method::PUT, path, new_actor(Some("after")))
        .await;
    assert_eq!(other["created"], json!(true));
    copied.shutdown().await;
    gateway.shutdown().await;
}
