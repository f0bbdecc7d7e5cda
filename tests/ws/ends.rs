//! How connections end, and what each end learns of it.

use std::time::{Duration, Instant};

use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, HostConnection, ReceiveError, SendError, connect,
};
use envoy_protocol::{Close, CloseReason, EncodeAt as _, Version};
use futures_util::stream::SplitStream;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::{
    PATIENCE, accept_next, bulk, listen, once_within, pair, pair_with, params, ping, pong,
    raw_server,
};

#[tokio::test]
async fn a_drain_delivers_everything_and_then_the_reason() {
    for &version in Version::ALL {
        let (mut host, mut server) = pair_with(version, |host, server| {
            // Who waits for an end that it has been told of waits for too long.
            host.settings.linger = 10 * PATIENCE;
            server.settings.linger = 10 * PATIENCE;
        })
        .await;
        for ts in 0..1000 {
            host.feed(&pong(ts)).await.expect("the server is there");
        }
        let receiving = async {
            for ts in 0..1000 {
                let frame = server
                    .next()
                    .await
                    .expect("a message")
                    .expect("of the version");
                assert_eq!(frame.to_owned(), pong(ts));
            }
            server
                .next()
                .await
                .expect("the reason")
                .expect_err("no message")
        };
        let closing = Close::new(CloseReason::SHUTDOWN);
        let both = async { tokio::join!(host.close(closing), receiving) };
        let ((), ended) = timeout(PATIENCE, both).await.expect("both ends know");
        assert_eq!(ended.close(), Some(&Close::new(CloseReason::SHUTDOWN)));
        let error = host.send(&pong(0)).await.expect_err("it was closed");
        assert!(matches!(error, SendError::Disconnected), "{error}");
    }
}

#[tokio::test]
async fn a_peer_that_never_answers_a_close_is_not_waited_for() {
    let (mut host, server) = pair_with(Version::V5, |host, _| {
        host.settings.linger = Duration::from_millis(100);
    })
    .await;
    let started = Instant::now();
    let closing = host.close(CloseReason::SHUTDOWN);
    timeout(PATIENCE, closing).await.expect("within its bound");
    assert!(started.elapsed() >= Duration::from_millis(100));
    drop(server);
}

#[tokio::test]
async fn what_was_sent_before_a_close_arrives_at_a_slow_peer_however_long_it_takes() {
    const SIZE: usize = 16 << 20;
    let linger = Duration::from_millis(300);

    let (mut host, mut server) =
        pair_with(Version::V5, |host, _| host.settings.linger = linger).await;
    let closing = async {
        let started = Instant::now();
        host.feed(&bulk(SIZE)).await.expect("the server is there");
        host.close(CloseReason::SHUTDOWN).await;
        started.elapsed()
    };
    let receiving = async {
        // A little, and then a pause of half the time, again and again.
        let mut received = None;
        for _ in 0..10 {
            tokio::time::sleep(linger / 4).await;
            if let Some(frame) = server.next().now_or_never() {
                received = frame;
                break;
            }
        }
        let frame = match received {
            Some(frame) => frame,
            None => server.next().await.expect("the message"),
        };
        assert_eq!(frame.expect("of the version").to_owned(), bulk(SIZE));
        let ended = server.next().await.expect("the reason");
        ended.expect_err("no message")
    };
    let both = async { tokio::join!(closing, receiving) };
    let (took, ended) = timeout(PATIENCE, both).await.expect("in time");
    let close = ended.close().expect("the host said why");
    assert!(close.is(CloseReason::SHUTDOWN), "{close}");
    assert!(took > linger, "{took:?}");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_does_not_keep_a_close_waiting() {
    let (mut host, server) = pair_with(Version::V5, |host, _| {
        host.settings.linger = Duration::from_millis(100);
    })
    .await;
    host.feed(&bulk(30 << 20))
        .await
        .expect("the server is there");
    let closing = host.close(CloseReason::SHUTDOWN);
    timeout(PATIENCE, closing).await.expect("within its bound");
    drop(server);
}

#[tokio::test]
async fn a_close_with_a_status_that_is_never_sent_keeps_its_words() {
    for status in [0, 999, 1004, 1006, 1015, 5000, u16::MAX] {
        let (mut host, mut server) = pair(Version::V5).await;
        let closing = host.close(Close::from_frame(status, "ws.closed#ray"));
        let ((), ended) = tokio::join!(closing, server.next());
        let ended = ended.expect("the reason").expect_err("no message");
        let close = ended.close().expect("the host said why");
        assert_eq!(
            (close.status(), close.text()),
            (1011, "ws.closed#ray"),
            "{status}"
        );
    }
    let (mut host, mut server) = pair(Version::V5).await;
    let closing = host.close(Close::from_frame(Close::NO_STATUS, ""));
    let ((), ended) = tokio::join!(closing, server.next());
    let ended = ended.expect("the reason").expect_err("no message");
    assert_eq!(
        ended.close(),
        Some(&Close::from_frame(Close::NO_STATUS, ""))
    );
}

#[tokio::test]
async fn a_close_that_nobody_waits_for_goes_on_with_the_next_call() {
    let (mut host, mut server) = pair(Version::V5).await;
    host.close(CloseReason::SHUTDOWN).now_or_never();
    let error = host.send(&pong(1)).await.expect_err("it was closed");
    assert!(matches!(error, SendError::Disconnected), "{error}");
    // The first reason counts.
    let ((), ended) = tokio::join!(host.close(CloseReason::GOING_AWAY), server.next());
    let ended = ended.expect("the reason").expect_err("no message");
    let close = ended.close().expect("the host said why");
    assert!(close.is(CloseReason::SHUTDOWN), "{close}");
}

#[tokio::test]
async fn a_message_that_comes_slowly_is_no_silence() {
    let (listener, endpoint) = listen().await;
    let mut config = ConnectConfig::new(endpoint, params(Version::V5));
    config.settings.silence = Some(Duration::from_millis(200));
    let (host, server) = tokio::join!(connect(&config), raw_server(&listener));
    let mut host = host.expect("the server takes it");
    let mut server = server.into_inner();
    let message = ping(1)
        .to_bytes_at(Version::V5)
        .expect("every version says it");
    let head = [0x82, u8::try_from(message.len()).expect("it is short")];
    let started = Instant::now();
    let sending = async {
        for octet in head.iter().chain(&message) {
            server
                .write_all(&[*octet])
                .await
                .expect("the host is there");
            tokio::time::sleep(Duration::from_millis(90)).await;
        }
        server
    };
    let (_server, frame) = tokio::join!(sending, host.next());
    let frame = frame.expect("a message").expect("of the version");
    assert_eq!(frame.to_owned(), ping(1));
    assert!(started.elapsed() > Duration::from_millis(600));
}

#[tokio::test]
async fn a_connection_that_is_dropped_is_lost_to_the_peer_at_once() {
    once_within(Duration::from_millis(100), async || {
        let (mut host, server) = pair(Version::V5).await;
        drop(server);
        let started = Instant::now();
        let ended = host
            .next()
            .await
            .expect("the reason")
            .expect_err("no message");
        let took = started.elapsed();
        assert!(matches!(ended, ReceiveError::Lost(_)), "{ended}");
        assert!(host.next().await.is_none(), "a stream ends once");
        took
    })
    .await;
}

#[tokio::test]
async fn the_reason_of_a_close_is_read_after_a_write_has_failed() {
    let (listener, endpoint) = listen().await;
    let config = ConnectConfig::new(endpoint, params(Version::V5));
    let (host, mut server) = tokio::join!(connect(&config), raw_server(&listener));
    let mut host = host.expect("the server takes it");
    host.send(&bulk(100_000))
        .await
        .expect("the server is there");
    // The server closes, and drops its socket with octets unread: that resets the connection.
    let close = CloseFrame {
        code: 1011.into(),
        reason: "ws.going_away#ray".into(),
    };
    let close = Message::Close(Some(close));
    server.send(close).await.expect("the host is there");
    drop(server);
    let failed = timeout(PATIENCE, async {
        loop {
            if let Err(error) = host.send(&pong(1)).await {
                return error;
            }
        }
    });
    let error = failed.await.expect("the server is gone");
    assert!(matches!(error, SendError::Disconnected), "{error}");
    let ended = timeout(PATIENCE, host.next()).await.expect("in time");
    let ended = ended.expect("the reason").expect_err("no message");
    let close = ended.close().expect("the close was there before the reset");
    assert!(close.is(CloseReason::GOING_AWAY), "{close}");
    assert_eq!(close.ray(), Some("ray"));
}

#[tokio::test]
async fn a_sender_in_the_middle_of_a_large_message_is_told_1009() {
    let (mut host, mut server) = pair_with(Version::V5, |_, server| {
        server.settings.message_size = 64 << 10;
    })
    .await;
    let sending = async {
        // It breaks when the server has thrown away enough of it.
        let error = host
            .send(&bulk(16 << 20))
            .await
            .expect_err("it is too large");
        assert!(matches!(error, SendError::Disconnected), "{error}");
        host.next()
            .await
            .expect("the reason")
            .expect_err("no message")
    };
    let (ended, refused) = tokio::join!(timeout(PATIENCE, sending), server.next());
    let refused = refused.expect("the reason").expect_err("no message");
    assert!(
        matches!(
            refused,
            ReceiveError::TooLarge {
                size: 16_777_233,
                limit: 65_536
            }
        ),
        "{refused}"
    );
    let ended = ended.expect("in time");
    let close = ended.close().expect("the server says why");
    assert_eq!(close.status(), 1009);
    assert!(close.is(CloseReason::MESSAGE_TOO_LARGE));
    assert_eq!(close.detail(), Some("16777233 octets, at most 65536"));
}

#[tokio::test]
async fn a_sender_that_goes_on_after_1009_is_drained_within_bounds() {
    let (listener, endpoint) = listen().await;
    let mut config = AcceptConfig::default();
    config.settings.message_size = 1 << 20;
    config.settings.linger = Duration::from_millis(300);
    let server = async {
        let mut server = accept_next(&listener, &config).await.expect("it is a host");
        let started = Instant::now();
        let refused = server
            .next()
            .await
            .expect("the reason")
            .expect_err("no message");
        assert!(
            matches!(refused, ReceiveError::TooLarge { .. }),
            "{refused}"
        );
        started.elapsed()
    };
    let client = async {
        let url = format!(
            "{}/envoys/connect?{}",
            endpoint,
            params(Version::V4).to_query()
        );
        let stream = TcpStream::connect((endpoint.host(), endpoint.port()))
            .await
            .expect("the server listens");
        let (stream, _) = client_async(url, stream).await.expect("it is accepted");
        let (mut read, mut write) = stream.into_inner().into_split();
        // The head of a message of 2^40 octets, of which a few come, one by one.
        let head = [&[0x82, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
        write.write_all(&head).await.expect("the server reads");
        let trickle = async {
            while write.write_all(&[0]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Instant::now()
        };
        let told = async {
            let mut frame = [0; 4];
            read.read_exact(&mut frame).await.expect("a close");
            assert_eq!(frame[0], 0x88, "it is a close");
            assert_eq!(frame[2..], 1009_u16.to_be_bytes());
            Instant::now()
        };
        let (told, broken) = tokio::join!(told, trickle);
        assert!(told < broken, "while it sends");
    };
    let both = async { tokio::join!(server, client) };
    let (drained, ()) = timeout(PATIENCE, both).await.expect("within bounds");
    assert!(drained >= Duration::from_millis(250), "{drained:?}");
}

#[tokio::test]
async fn a_message_in_parts_is_bounded_as_a_whole() {
    let (listener, endpoint) = listen().await;
    let mut config = ConnectConfig::new(endpoint, params(Version::V5));
    config.settings.message_size = 1000;
    let (host, mut server) = tokio::join!(connect(&config), raw_server(&listener));
    let mut host = host.expect("the server takes it");
    let part = |opcode: Data, last: bool| {
        Message::Frame(Frame::message(vec![0; 600], OpCode::Data(opcode), last))
    };
    let sending = async move {
        server
            .send(part(Data::Binary, false))
            .await
            .expect("the host is there");
        server
            .send(part(Data::Continue, true))
            .await
            .expect("the host is there");
        match server.next().await {
            Some(Ok(Message::Close(Some(close)))) => close,
            other => panic!("expected a close, but found {other:?}"),
        }
    };
    let (close, ended) = tokio::join!(sending, host.next());
    let ended = ended.expect("the reason").expect_err("no message");
    assert!(
        matches!(
            ended,
            ReceiveError::TooLarge {
                size: 1200,
                limit: 1000
            }
        ),
        "{ended}"
    );
    assert_eq!(u16::from(close.code), 1009);
}

#[tokio::test]
async fn what_does_not_decode_ends_the_connection_with_offset_and_path() {
    let (listener, endpoint) = listen().await;
    let config = ConnectConfig::new(endpoint, params(Version::V5));
    let (host, mut server) = tokio::join!(connect(&config), raw_server(&listener));
    let mut host = host.expect("the server takes it");
    let sending = async move {
        // Text is nothing to a peer.
        server
            .send(Message::text("hello"))
            .await
            .expect("the host is there");
        server
            .send(Message::binary(vec![5, 1, 2]))
            .await
            .expect("the host is there");
        match server.next().await {
            Some(Ok(Message::Close(Some(close)))) => close,
            other => panic!("expected a close, but found {other:?}"),
        }
    };
    let (close, ended) = tokio::join!(sending, host.next());
    let ended = ended.expect("the reason").expect_err("no message");
    let text = "v5: octet 1, ToEnvoy.ToEnvoyPing.ts: expected 8 more octets, but found 2";
    assert_eq!(ended.to_string(), text);
    assert_eq!(u16::from(close.code), 1011);
    assert_eq!(close.reason, format!("ws.invalid_message# {text}"));
}

#[tokio::test]
async fn a_peer_that_breaks_the_rules_of_websockets_is_told() {
    let (listener, endpoint) = listen().await;
    let config = ConnectConfig::new(endpoint, params(Version::V5));
    let (host, server) = tokio::join!(connect(&config), raw_server(&listener));
    let mut host = host.expect("the server takes it");
    let mut server = server.into_inner();
    // A reserved bit without an extension.
    server
        .write_all(&[0xc2, 0])
        .await
        .expect("the host is there");
    let ended = host.next();
    let told = async {
        let mut frame = [0; 2];
        server.read_exact(&mut frame).await.expect("a close");
        let mut rest = Vec::new();
        server.read_to_end(&mut rest).await.expect("the end");
        drop(server);
        frame[0]
    };
    let (ended, told) = tokio::join!(ended, told);
    let ended = ended.expect("the reason").expect_err("no message");
    assert!(matches!(ended, ReceiveError::Violation(_)), "{ended}");
    assert_eq!(told, 0x88);
}

/// A host whose sender waits in a task of its own for a server that does not read, and that server.
async fn held_back(
    silence: Option<Duration>,
) -> (
    JoinHandle<SendError>,
    SplitStream<HostConnection>,
    WebSocketStream<TcpStream>,
) {
    let (listener, endpoint) = listen().await;
    let mut config = ConnectConfig::new(endpoint, params(Version::V5));
    config.settings.silence = silence;
    let (host, server) = tokio::join!(connect(&config), raw_server(&listener));
    let (mut sink, stream) = host.expect("the server takes it").split();
    let sender = tokio::spawn(async move {
        loop {
            if let Err(error) = sink.send(bulk(1 << 20)).await {
                return error;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!sender.is_finished(), "it is held back");
    (sender, stream, server)
}

#[tokio::test]
async fn who_waits_to_send_learns_of_an_end_that_only_receiving_has_seen() {
    // The server ends its half, and leaves the other open without reading it.
    let (sender, mut stream, server) = held_back(None).await;
    let mut server = server.into_inner();
    server.shutdown().await.expect("the host is there");
    let ended = timeout(PATIENCE, stream.next()).await.expect("in time");
    let ended = ended.expect("the reason").expect_err("no message");
    assert!(matches!(ended, ReceiveError::Lost(_)), "{ended}");
    let error = timeout(PATIENCE, sender).await.expect("it is told");
    let error = error.expect("it does not panic");
    assert!(matches!(error, SendError::Disconnected), "{error}");

    // The server says nothing at all.
    let (sender, mut stream, _server) = held_back(Some(Duration::from_millis(200))).await;
    let ended = timeout(PATIENCE, stream.next()).await.expect("in time");
    let ended = ended.expect("the reason").expect_err("no message");
    assert!(matches!(ended, ReceiveError::Silent { .. }), "{ended}");
    let error = timeout(PATIENCE, sender).await.expect("it is told");
    let error = error.expect("it does not panic");
    assert!(matches!(error, SendError::Disconnected), "{error}");
}

#[tokio::test]
async fn who_waits_for_messages_learns_of_a_close_by_the_other_half() {
    let (host, mut server) = pair(Version::V5).await;
    let (mut sink, mut stream) = host.split();
    let receiver = tokio::spawn(async move { stream.next().await.is_none() });
    tokio::task::yield_now().await;
    let (closed, ended) = tokio::join!(sink.close(), server.next());
    closed.expect("nothing is sent");
    ended.expect("the reason").expect_err("no message");
    let ended = timeout(PATIENCE, receiver).await.expect("it is told");
    assert!(ended.expect("it does not panic"), "the stream has ended");
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_one_that_pings_is_not() {
    let (mut host, mut server) = pair_with(Version::V5, |host, _| {
        host.settings.silence = Some(Duration::from_millis(200));
    })
    .await;
    let pinging = async {
        for ts in 0..10 {
            server.send(&ping(ts)).await.expect("the host is there");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    };
    let hearing = async {
        for ts in 0..10 {
            let frame = host
                .next()
                .await
                .expect("a message")
                .expect("of the version");
            assert_eq!(frame.to_owned(), ping(ts));
        }
        let ended = host
            .next()
            .await
            .expect("the reason")
            .expect_err("no message");
        assert!(matches!(ended, ReceiveError::Silent { .. }), "{ended}");
    };
    let both = async { tokio::join!(pinging, hearing) };
    timeout(PATIENCE, both).await.expect("it is given up");
    drop(host);
    let ended = server
        .next()
        .await
        .expect("the reason")
        .expect_err("no message");
    assert!(
        ended
            .close()
            .is_some_and(|close| close.is(CloseReason::TIMED_OUT)),
        "{ended}"
    );
}
