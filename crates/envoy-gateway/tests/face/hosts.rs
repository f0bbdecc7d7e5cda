//! Hosts' connections: who is let in, who is not, and what each is told.

use envoy_gateway::{Gateway, Limits};
use envoy_protocol::latest::ToRivet;
use envoy_protocol::session::{HostConfig, HostEvent};
use envoy_protocol::ws::{EnvoyKey, HostParams, host_session};
use envoy_protocol::{Close, CloseReason};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{
    Client, Host, PATIENCE, POOL, VERSIONS, body, builder, gateway, params, refused, started,
    target, world_over,
};

/// What a gateway closes a connection with, without its ray.
fn code(close: &Close) -> (u16, &str) {
    assert_eq!(close.ray().map(str::len), Some(30), "{close}");
    (
        close.status(),
        close.text().split('#').next().unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_host_of_no_namespace_or_pool_is_told_so() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let key = || EnvoyKey::new("host").expect("it is one");
        let address = gateway.local_addr();
        let other = HostParams::new("nope", POOL, key())
            .expect("it can be asked for")
            .at(version);
        assert_eq!(
            code(&refused(address, other, None).await),
            (1011, "namespace.not_found")
        );
        let other = HostParams::new("default", "nope", key())
            .expect("it can be asked for")
            .at(version);
        assert_eq!(
            code(&refused(address, other, None).await),
            (1011, "ws.no_runner_config")
        );
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn hosts_show_the_token_where_there_is_one() {
    for version in VERSIONS {
        let gateway = builder()
            .host_token("s3cret")
            .start()
            .await
            .expect("it starts");
        Client::of(&gateway).pool(POOL).await;
        let address = gateway.local_addr();
        let close = refused(address, params("host", version), None).await;
        assert_eq!(code(&close), (1011, "guard.missing_header"));
        let close = refused(address, params("host", version), Some("S3cret")).await;
        assert_eq!(code(&close), (1011, "api.forbidden"));
        let mut right = target(address, params("host", version));
        right.token = envoy_protocol::ws::Token::new("s3cret");
        let mut connection = envoy_protocol::ws::connect(&right)
            .await
            .expect("it gets a 101");
        let first = timeout(PATIENCE, connection.next())
            .await
            .expect("it is welcomed");
        assert!(first.is_some_and(|first| first.is_ok()));
        gateway.shutdown().await;
    }
}

/// Sends these octets, and gives what comes back, up to the end of the connection or until `end` is in it.
async fn raw(gateway: &Gateway, octets: &str, end: &str) -> String {
    let mut stream = TcpStream::connect(gateway.local_addr())
        .await
        .expect("it listens");
    stream.write_all(octets.as_bytes()).await.expect("it reads");
    let mut read = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&read).contains(end) {
            if stream.read_buf(&mut read).await.expect("it answers") == 0 {
                break;
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("an answer");
    String::from_utf8_lossy(&read).into_owned()
}

fn upgrade(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn whatever_is_wrong_with_an_upgrade_is_said_by_a_close() {
    let gateway = gateway().await;
    let fine = "protocol_version=4&namespace=default&envoy_key=host-1&version=1&pool_name=pool";
    for (path, reason) in [
        ("/envoys/connect".to_owned(), "ws.invalid_request#"),
        (
            format!("/envoys/connect?{}", fine.replace("version=4", "version=3")),
            "ws.unsupported_protocol_version#",
        ),
        (
            format!("/envoys/connect?{}", fine.replace("version=4", "version=9")),
            "ws.unsupported_protocol_version#",
        ),
        (
            format!("/envoys/connect?{}", fine.replace("host-1", "h")),
            "ws.invalid_request#",
        ),
        (
            "/gateway/some-actor/ws".to_owned(),
            "guard.websocket_not_supported#",
        ),
        ("/elsewhere".to_owned(), "guard.websocket_not_supported#"),
    ] {
        let answer = raw(&gateway, &upgrade(&path, ""), reason).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{path}: {answer}");
        assert!(answer.contains(reason), "{path}: {answer}");
    }
    // Strict clients refuse a subprotocol that they did not offer.
    let path = format!("/envoys/connect?{fine}");
    let head = "\r\n\r\n";
    assert!(
        !raw(&gateway, &upgrade(&path, ""), head)
            .await
            .contains("sec-websocket-protocol")
    );
    let answer = raw(
        &gateway,
        &upgrade(&path, "sec-websocket-protocol: rivet\r\n"),
        head,
    )
    .await;
    assert!(
        answer.contains("sec-websocket-protocol: rivet\r\n"),
        "{answer}"
    );
    let answer = raw(
        &gateway,
        &upgrade(&path, "").replace("sec-websocket-version: 13\r\n", ""),
        head,
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_newer_connection_of_a_host_takes_the_place_of_the_older() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let older = Host::connect(&gateway, "host", version).await;
        let mut newer = Host::connect(&gateway, "host", VERSIONS[1]).await;
        assert_eq!(code(&older.closed().await), (1000, "ws.eviction"));
        let client = Client::of(&gateway);
        let asking = client.ask(&client.actor().await);
        let (id, _) = newer.request().await;
        newer.respond(&id, 200, b"");
        assert_eq!(asking.await.expect("it is answered").status(), 200);
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn the_key_of_a_host_is_of_one_namespace() {
    for version in VERSIONS {
        let gateway = started(builder().namespaces(["default", "other"])).await;
        let client = Client::of(&gateway);
        let normal = json!({ "datacenters": { "default": { "normal": {} } } });
        let path = format!("/runner-configs/{POOL}?namespace=other");
        let (status, _) = client.call(http::Method::PUT, &path, normal).await;
        assert_eq!(status, 200);
        let elsewhere = || {
            let key = EnvoyKey::new("host").expect("it is one");
            HostParams::new("other", POOL, key)
                .expect("they are right")
                .at(version)
        };
        let mut host = Host::connect(&gateway, "host", version).await;
        let actor = client.actor().await;
        let close = refused(gateway.local_addr(), elsewhere(), None).await;
        assert_eq!(code(&close), (1011, "ws.invalid_request"));
        // The first has its place and its actor, also while it is away.
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, b"still here");
        assert_eq!(body(asking).await, "still here");
        host.cut().await;
        let close = refused(gateway.local_addr(), elsewhere(), None).await;
        assert_eq!(code(&close), (1011, "ws.invalid_request"));
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn hosts_of_both_versions_serve_side_by_side() {
    let gateway = gateway().await;
    let client = Client::of(&gateway);
    let mut hosts = Vec::new();
    for (version, pool) in VERSIONS.into_iter().zip(["pool-4", "pool-5"]) {
        client.pool(pool).await;
        let mut actor = crate::support::new_actor(None);
        actor["runner_name_selector"] = json!(pool);
        let key = EnvoyKey::new(pool).expect("it is one");
        let params = HostParams::new("default", pool, key)
            .expect("they are right")
            .at(version);
        let mut config = HostConfig::new(pool, 1);
        config.version = version;
        let (host, mut events, driver) = host_session(config, target(gateway.local_addr(), params));
        let driver = tokio::spawn(driver.run());
        let answering = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                match event {
                    HostEvent::Init { version: found, .. } => assert_eq!(found, version),
                    HostEvent::Command(command) => {
                        let at = command.checkpoint;
                        let running = crate::support::state(
                            envoy_protocol::latest::ActorState::ActorStateRunning,
                        );
                        host.with(|host, _| host.event(&at.actor_id, at.generation, running))
                            .expect("it was started");
                    }
                    HostEvent::Tunnel(message) => {
                        let id = message.get().message_id;
                        let said = envoy_protocol::latest::ToRivetResponseStartRef {
                            status: 200,
                            headers: envoy_protocol::bare::MapRef::default(),
                            body: Some(b"by a session"),
                            stream: false,
                        };
                        let said = envoy_protocol::latest::ToRivetTunnelMessageKindRef::ToRivetResponseStart(said);
                        host.with(|host, _| host.tunnel(id.gateway_id, id.request_id, said))
                            .expect("it is open");
                    }
                    _ => {}
                }
            }
        });
        hosts.push((actor, answering, driver));
    }
    for (actor, answering, driver) in hosts {
        let (status, made) = client
            .call(http::Method::POST, "/actors?namespace=default", actor)
            .await;
        assert_eq!(status, 200, "{made}");
        let id = made["actor"]["actor_id"].as_str().expect("it has one");
        let answer = client.get(&format!("/gateway/{id}/")).await;
        assert_eq!(&answer.body()[..], b"by a session");
        driver.abort();
        answering.abort();
    }
}

#[tokio::test]
async fn a_host_that_shuts_down_is_not_offered_any_more() {
    for version in VERSIONS {
        let gateway = gateway().await;
        let client = Client::of(&gateway);
        let mut host = Host::connect(&gateway, "host", version).await;
        let mut other = Host::connect(&gateway, "other", version).await;
        let actor = client.actor().await;
        let asking = client.ask(&actor);
        let is_first = tokio::select! {
            (id, _) = host.request() => { host.respond(&id, 200, b""); true }
            (id, _) = other.request() => { other.respond(&id, 200, b""); false }
        };
        asking.await.expect("it is answered");
        let (leaving, mut staying, key) = if is_first {
            (host, other, "host")
        } else {
            (other, host, "other")
        };
        leaving.tell(ToRivet::ToRivetStopping);
        // Its actor moves, and requests with it.
        let asking = {
            let client = client.clone();
            tokio::spawn(async move {
                let began = std::time::Instant::now();
                loop {
                    assert!(began.elapsed() < PATIENCE, "it is still offered");
                    let listed =
                        crate::support::parsed(&client.get("/envoys?namespace=default").await);
                    let listed = listed["envoys"].as_array().cloned().unwrap_or_default();
                    if listed.iter().all(|envoy| envoy["envoy_key"] != key) {
                        break;
                    }
                }
                client.get(&format!("/gateway/{actor}/")).await
            })
        };
        let (id, _) = staying.request().await;
        staying.respond(&id, 200, b"moved");
        assert_eq!(body(asking).await, "moved");
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn more_hosts_than_there_may_be_are_sent_away() {
    let mut limits = Limits::default();
    limits.hosts = 1;
    let gateway = started(builder().limits(limits)).await;
    let first = Host::connect(&gateway, "host-1", VERSIONS[0]).await;
    let close = refused(gateway.local_addr(), params("host-2", VERSIONS[0]), None).await;
    assert_eq!(code(&close), (1011, "ws.overloaded"));
    first.cut().await;
    let client = Client::of(&gateway);
    client.metric_becomes("envoy_gateway_hosts", 0.0).await;
    Host::connect(&gateway, "host-2", VERSIONS[0]).await;
}

#[tokio::test]
async fn a_payload_above_the_limit_ends_its_request_and_not_those_after() {
    for version in VERSIONS {
        let mut limits = Limits::default();
        limits.response_payload = 100_000;
        let (gateway, mut host, client, actor) =
            world_over(started(builder().limits(limits)).await, version).await;
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, &vec![7; 100_000]);
        assert_eq!(asking.await.expect("it is answered").body().len(), 100_000);
        let (asking, id) = client.asked(&actor, &mut host).await;
        host.respond(&id, 200, &vec![7; 100_001]);
        let answer = asking.await.expect("it is answered");
        assert_eq!(
            crate::support::error(&answer),
            (502, "guard.response_body_too_large".into())
        );
        assert_eq!(
            crate::support::parsed(&answer)["metadata"],
            json!({ "found": 100_001, "limit": 100_000 })
        );
        assert!(host.closed().await.is(CloseReason::MESSAGE_TOO_LARGE));
        gateway.shutdown().await;
    }
}
