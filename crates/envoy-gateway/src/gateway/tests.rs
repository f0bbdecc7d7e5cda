//! The whole gateway over a store that fails.

use depot::EmbeddedEngine;
use depot::embedded::Options;
use depot::fault::PlayedDisk;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(30);
const POOL: &str = r#"{"datacenters":{"default":{"normal":{}}}}"#;

/// A gateway over a disk that can fail.
async fn over(disk: &PlayedDisk) -> Gateway {
    let engine = EmbeddedEngine::on_disk(disk.clone(), Options::default()).expect("a new store");
    let config = depot::Config {
        limits: depot_limits(),
        ..depot::Config::default()
    };
    let mut builder = Gateway::builder().listen("127.0.0.1:0");
    builder.store = Some(Store::Made(Depot::new(engine, config)));
    builder.start().await.expect("it starts")
}

/// What a request on a connection of its own is answered: all that comes.
async fn ask(gateway: &Gateway, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(gateway.local_addr())
        .await
        .expect("it listens");
    let head = format!(
        "{request} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = String::new();
    let read = timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
    read.expect("it is answered").expect("it is text");
    answer
}

async fn put_pool(gateway: &Gateway, pool: &str) -> String {
    let request = format!("PUT /runner-configs/{pool}?namespace=default");
    ask(gateway, &request, POOL).await
}

#[tokio::test]
async fn a_gateway_whose_store_has_failed_says_so_to_everybody_and_ends() {
    let disk = PlayedDisk::new();
    let gateway = over(&disk).await;
    let put = put_pool(&gateway, "first").await;
    assert!(put.starts_with("HTTP/1.1 200 "), "{put}");
    let health = ask(&gateway, "GET /health", "").await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    let mut waiting = Box::pin(gateway.wait());
    let early = timeout(Duration::from_millis(20), &mut waiting).await;
    assert!(early.is_err(), "it waits while the gateway serves");

    disk.fail_sync_after(0);
    let put = put_pool(&gateway, "second").await;
    assert!(put.starts_with("HTTP/1.1 503 "), "{put}");
    let ended = timeout(PATIENCE, waiting).await.expect("it does not wait");
    assert!(matches!(ended, Err(Failed)), "{ended:?}");

    assert!(!gateway.is_ready());
    let health = ask(&gateway, "GET /health", "").await;
    assert!(health.starts_with("HTTP/1.1 503 "), "{health}");
    assert!(
        health.contains(r#""reason":"the store cannot be used any more""#),
        "{health}"
    );
    let metrics = ask(&gateway, "GET /metrics", "").await;
    assert!(metrics.contains("\nenvoy_gateway_ready 0\n"), "{metrics}");
    let put = put_pool(&gateway, "third").await;
    assert!(put.starts_with("HTTP/1.1 503 "), "{put}");
    // Whoever waits only now learns it at once, and it can still be shut down.
    assert!(gateway.wait().await.is_err());
    timeout(PATIENCE, gateway.shutdown())
        .await
        .expect("it ends");
}

#[tokio::test]
async fn a_store_that_fails_while_nobody_asks_for_anything_is_noticed() {
    let disk = PlayedDisk::new();
    let gateway = over(&disk).await;
    disk.fail_sync_after(0);
    // As the storage of a host's commits does.
    let failed = gateway
        .app
        .depot
        .transaction(|transaction| transaction.put_row(b"x/", vec![1]))
        .await;
    assert!(failed.is_err());
    let ended = timeout(PATIENCE, gateway.wait()).await;
    assert!(matches!(ended, Ok(Err(Failed))), "{ended:?}");
    let health = ask(&gateway, "GET /health", "").await;
    assert!(health.starts_with("HTTP/1.1 503 "), "{health}");
}

#[tokio::test]
async fn a_gateway_whose_disk_is_full_says_so_and_serves_what_is_stored_until_there_is_space_again()
{
    let disk = PlayedDisk::new();
    let gateway = over(&disk).await;
    let put = put_pool(&gateway, "first").await;
    assert!(put.starts_with("HTTP/1.1 200 "), "{put}");

    disk.fill_after(0);
    let health = ask(&gateway, "GET /health", "").await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    assert!(health.contains(r#""status":"degraded""#), "{health}");
    assert!(
        health.contains(r#""reason":"the store has no space: "#),
        "{health}"
    );
    assert!(gateway.is_ready());
    let metrics = ask(&gateway, "GET /metrics", "").await;
    assert!(metrics.contains("\nenvoy_gateway_ready 1\n"), "{metrics}");
    assert!(
        metrics.contains("\nenvoy_gateway_store_full 1\n"),
        "{metrics}"
    );
    let put = put_pool(&gateway, "second").await;
    assert!(put.starts_with("HTTP/1.1 503 "), "{put}");
    assert!(
        put.contains("x-rivet-error: depot.storage_full\r\n"),
        "{put}"
    );
    assert!(
        put.contains("the store has no space: nothing was changed"),
        "{put}"
    );
    let pools = ask(&gateway, "GET /runner-configs?namespace=default", "").await;
    assert!(
        pools.contains("first") && !pools.contains("second"),
        "{pools}"
    );

    disk.set_capacity(None);
    let health = ask(&gateway, "GET /health", "").await;
    assert!(health.contains(r#""status":"ok""#), "{health}");
    let put = put_pool(&gateway, "second").await;
    assert!(put.starts_with("HTTP/1.1 200 "), "{put}");
    let metrics = ask(&gateway, "GET /metrics", "").await;
    assert!(
        metrics.contains("\nenvoy_gateway_store_full 0\n"),
        "{metrics}"
    );
}
