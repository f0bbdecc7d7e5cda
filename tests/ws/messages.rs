//! Messages in both directions.

use std::time::Duration;

use envoy_protocol::ws::SendError;
use envoy_protocol::{EncodeAt as _, Version, latest};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::timeout;

use crate::support::{PATIENCE, bulk, pair, pair_with, ping, pong};

#[tokio::test]
async fn both_ends_speak_the_latest_types_at_every_version() {
    for &version in Version::ALL {
        let (mut host, mut server) = pair(version).await;
        assert_eq!((host.version(), server.version()), (version, version));
        assert_eq!(host.params(), server.params());
        assert_eq!(host.ray(), server.ray());

        let answer =
            latest::ToEnvoy::ToEnvoySqliteCommitResponse(latest::ToEnvoySqliteCommitResponse {
                request_id: 1,
                data: latest::SqliteCommitResponse::SqliteCommitOk(latest::SqliteCommitOk {
                    head_txid: Some(9),
                }),
            });
        server.send(&answer).await.expect("the host is there");
        let frame = host
            .next()
            .await
            .expect("a message")
            .expect("of the version");
        assert_eq!(
            frame.octets(),
            &answer.to_bytes_at(version).expect("every version says it")
        );
        // What v4 cannot say is lost on the way, as the converters document.
        let head_txid = (version >= Version::V5).then_some(9);
        let latest::ToEnvoyRef::ToEnvoySqliteCommitResponse(got) = frame.get() else {
            panic!("expected the answer, but found {frame:?}");
        };
        let ok = latest::SqliteCommitOk { head_txid };
        assert_eq!(
            got.data,
            latest::SqliteCommitResponseRef::SqliteCommitOk(ok)
        );

        host.send(&pong(5)).await.expect("the server is there");
        let frame = server
            .next()
            .await
            .expect("a message")
            .expect("of the version");
        assert_eq!(frame.to_owned(), pong(5));
    }
}

#[tokio::test]
async fn a_received_message_can_be_sent_on_as_it_is() {
    let (mut host, mut server) = pair(Version::V5).await;
    host.send(&bulk(100_000))
        .await
        .expect("the server is there");
    let frame = server
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    let (mut other, mut other_server) = pair(Version::V4).await;
    // Borrowed, and at another version.
    other.send(frame.get()).await.expect("the server is there");
    let frame = other_server
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    assert_eq!(frame.to_owned(), bulk(100_000));
}

#[tokio::test]
async fn large_messages_pass_in_both_directions_at_once() {
    const COUNT: usize = 5;
    const SIZE: usize = 1 << 20;

    let (host, mut server) = pair(Version::V5).await;
    let (mut sink, mut stream) = host.split();
    let sending = tokio::spawn(async move {
        for _ in 0..COUNT {
            sink.send(bulk(SIZE)).await.expect("the server is there");
        }
        sink
    });
    let receiving = tokio::spawn(async move {
        for ts in 0..20_000 {
            let frame = stream
                .next()
                .await
                .expect("a message")
                .expect("of the version");
            assert_eq!(frame.to_owned(), ping(ts));
        }
        stream
    });
    for ts in 0..20_000 {
        server.feed(&ping(ts)).await.expect("the host is there");
    }
    server.flush().await.expect("the host is there");
    for _ in 0..COUNT {
        let frame = timeout(PATIENCE, server.next()).await.expect("in time");
        assert_eq!(
            frame
                .expect("a message")
                .expect("of the version")
                .to_owned(),
            bulk(SIZE)
        );
    }
    let sink = sending.await.expect("everything was sent");
    let stream = receiving.await.expect("everything was received");
    sink.reunite(stream).expect("both are of one connection");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent_and_the_connection_goes_on() {
    let (mut host, mut server) = pair_with(Version::V4, |host, _| {
        host.settings.message_size = 1000;
    })
    .await;
    let error = host.send(&bulk(1000)).await.expect_err("it is too large");
    assert!(
        matches!(
            error,
            SendError::TooLarge {
                size: 1015,
                limit: 1000
            }
        ),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "expected a message of at most 1000 octets, but found one of 1015"
    );
    host.send(&bulk(985)).await.expect("it fits exactly");
    let frame = server
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    assert_eq!(frame.octets().len(), 1000);
}

#[tokio::test]
async fn a_peer_that_does_not_read_holds_the_sender_back() {
    let (mut host, mut server) = pair(Version::V5).await;
    let mut sent = 0;
    let message = bulk(64 << 10);
    let held = async {
        loop {
            host.feed(&message).await.expect("the server is there");
            sent += 1;
        }
    };
    timeout(Duration::from_millis(500), held)
        .await
        .expect_err("it is held back");
    // The kernel's buffers of both ends are what it takes, not the memory of this process.
    assert!(sent > 1 && sent < 1000, "{sent} messages were taken");
    let receiving = async {
        for _ in 0..sent {
            let frame = server
                .next()
                .await
                .expect("a message")
                .expect("of the version");
            assert_eq!(frame.to_owned(), message);
        }
    };
    let flushing = async { host.flush().await.expect("the server is there") };
    timeout(PATIENCE, async { tokio::join!(receiving, flushing) })
        .await
        .expect("what was taken arrives");
}
