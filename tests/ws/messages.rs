//! Messages in both directions.

use std::time::Duration;

use envoy_protocol::ws::{HostConnection, SendError, Token};
use envoy_protocol::{CloseReason, EncodeAt as _, Version, latest};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
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

/// What code of others asks of a connection.
async fn echo<T, E>(mut connection: T) -> T
where
    T: Stream<Item = Result<latest::ToRivet, E>> + Sink<latest::ToEnvoy> + Unpin,
{
    while let Some(Ok(message)) = connection.next().await {
        let latest::ToRivet::ToRivetPong(pong) = message else {
            break;
        };
        if connection.send(ping(pong.ts)).await.is_err() {
            break;
        }
    }
    connection
}

#[tokio::test]
async fn a_connection_is_used_directly_by_reference_in_halves_and_by_code_of_others() {
    assert_eq!(
        size_of::<HostConnection>(),
        size_of::<usize>(),
        "there is no need for a box"
    );
    let (mut host, server) = pair(Version::V5).await;
    // Both extension traits are in scope here, and what has the same name there is the connection's own.
    let server = tokio::spawn(echo(
        server.map(|frame| frame.map(|frame| frame.to_owned())),
    ));
    host.send(&pong(1)).await.expect("the server is there");
    let by_reference = &mut host;
    by_reference
        .feed(&pong(2))
        .await
        .expect("the server is there");
    by_reference.flush().await.expect("the server is there");
    let (mut sink, mut stream) = host.split();
    sink.send(pong(3)).await.expect("the server is there");
    for ts in 1..=3 {
        let frame = stream.next().await.expect("a message");
        assert_eq!(frame.expect("of the version").to_owned(), ping(ts));
    }
    let mut host = sink.reunite(stream).expect("both are of one connection");
    let more = futures_util::stream::iter([Ok(pong(4)), Ok(pong(5))]);
    more.forward(&mut host).await.expect("the server is there");
    drop(host);
    drop(server.await.expect("it ends with the host"));
}

#[tokio::test]
async fn what_a_connection_prints_of_itself_is_no_payload_and_no_token() {
    let secret = Token::new("a-secret").expect("a token");
    let (mut host, mut server) = pair_with(Version::V5, |host, _| host.token = Some(secret)).await;
    host.feed(&bulk(1000)).await.expect("the server is there");
    host.send(&bulk(1000)).await.expect("the server is there");
    let frame = server.next().await.expect("a message");
    frame.expect("of the version");
    assert_eq!(server.token().map(Token::reveal), Some("a-secret"));
    for printed in [format!("{host:?}"), format!("{server:?}")] {
        assert!(printed.contains("namespace: \"default\""), "{printed}");
        assert!(!printed.contains("a-secret"), "{printed}");
        // As bytes print a string of sevens, and as a list of numbers.
        assert!(!printed.contains("\\x07\\x07"), "{printed}");
        assert!(!printed.contains("7, 7"), "{printed}");
    }
}

#[tokio::test]
async fn settings_of_any_size_are_no_panic() {
    for (octets, time) in [(usize::MAX, Duration::MAX), (0, Duration::ZERO)] {
        let (mut host, mut server) = pair_with(Version::V5, |host, server| {
            for settings in [&mut host.settings, &mut server.settings] {
                settings.read_buffer = octets;
                settings.write_buffer = octets;
                settings.linger = time;
            }
            host.settings.silence = Some(time.max(Duration::from_secs(1)));
        })
        .await;
        let sending = async {
            host.send(&bulk(100_000))
                .await
                .expect("the server is there");
        };
        let ((), frame) = tokio::join!(sending, server.next());
        assert_eq!(
            frame
                .expect("a message")
                .expect("of the version")
                .to_owned(),
            bulk(100_000)
        );
        tokio::join!(host.close(CloseReason::SHUTDOWN), async {
            let ended = server.next().await.expect("the reason");
            ended.expect_err("no message");
        });
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
