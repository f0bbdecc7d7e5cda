//! Hosts that are not accepted.

use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::ws::{
    AcceptConfig, AcceptError, ConnectConfig, ConnectError, InvalidParam, ReceiveError, Refusal,
    Token, Upgrade, accept, connect, connect_over,
};
use envoy_protocol::{CloseReason, Version};
use futures_util::StreamExt as _;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderValue, Request};
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use crate::support::{accept_next, listen, pair_with, params, pong};

#[tokio::test]
async fn a_version_that_the_server_does_not_take_is_refused_with_both_numbers() {
    let (listener, endpoint) = listen().await;
    let mut server = AcceptConfig::default();
    server.newest = Version::V4;
    let config = ConnectConfig::new(endpoint, params(Version::V5));
    let host = async {
        let mut host = connect(&config)
            .await
            .expect("the refusal comes after the 101");
        let ended = host.next().await.expect("the reason");
        (host, ended.expect_err("no message"))
    };
    let ((mut host, ended), refused) = tokio::join!(host, accept_next(&listener, &server));

    let refused = refused.expect_err("the version is too new");
    let AcceptError::Refused { refusal, close } = &refused else {
        panic!("expected a refusal, but found {refused}");
    };
    let Refusal::Param(InvalidParam::UnsupportedVersion(version)) = refusal else {
        panic!("expected another version to be refused, but found {refusal}");
    };
    assert_eq!(
        (version.asked, &version.spoken),
        (5, &(Version::V4..=Version::V4))
    );
    let told = ended.close().expect("the server says why");
    assert_eq!(told, close);
    assert_eq!(told.status(), 1011);
    assert!(told.is(CloseReason::UNSUPPORTED_PROTOCOL_VERSION));
    assert_eq!(told.detail(), Some("asked 5, spoken 4 to 4"));
    assert_eq!(told.ray(), host.ray());
    assert_eq!(told.ray().map(str::len), Some(30));
    assert!(host.next().await.is_none(), "a stream ends once");
}

/// What a client of this URL is told.
async fn told(path_and_query: &str) -> CloseFrame {
    let (listener, endpoint) = listen().await;
    let url = format!("ws://127.0.0.1:{}{path_and_query}", endpoint.port());
    let client = async {
        let stream = TcpStream::connect(("127.0.0.1", endpoint.port()))
            .await
            .expect("the server listens");
        let (mut stream, _) = client_async(url, stream)
            .await
            .expect("101, whatever it is");
        match stream.next().await {
            Some(Ok(Message::Close(Some(frame)))) => frame,
            other => panic!("expected a close, but found {other:?}"),
        }
    };
    let config = AcceptConfig::default();
    let (frame, refused) = tokio::join!(client, accept_next(&listener, &config));
    let refused = refused.expect_err("it is refused");
    assert!(matches!(refused, AcceptError::Refused { .. }), "{refused}");
    frame
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_after_the_101() {
    const QUERY: &str =
        "protocol_version=5&namespace=default&envoy_key=a-key&version=1&pool_name=p";

    for (found, instead, reason) in [
        (
            "protocol_version=5",
            "protocol_version=0",
            "ws.unsupported_protocol_version",
        ),
        (
            "protocol_version=5",
            "protocol_version=9",
            "ws.unsupported_protocol_version",
        ),
        (
            "protocol_version=5",
            "protocol_version=abc",
            "ws.invalid_request",
        ),
        ("protocol_version=5&", "", "ws.invalid_request"),
        ("namespace=default&", "", "ws.invalid_request"),
        ("envoy_key=a-key", "envoy_key=a", "ws.invalid_request"),
        ("&version=1", "", "ws.invalid_request"),
        ("&pool_name=p", "", "ws.invalid_request"),
    ] {
        let query = QUERY.replace(found, instead);
        let frame = told(&format!("/envoys/connect?{query}")).await;
        assert_eq!(u16::from(frame.code), 1011, "{query}");
        assert!(
            frame.reason.starts_with(&format!("{reason}#")),
            "{query}: {}",
            frame.reason
        );
    }
    let frame = told(&format!("/other?{QUERY}")).await;
    assert!(frame.reason.starts_with("guard.websocket_not_supported#"));
}

#[tokio::test]
async fn a_client_gets_the_subprotocol_only_if_it_offers_it() {
    const TARGET: &str =
        "/envoys/connect/?protocol_version=4&namespace=n&envoy_key=key&version=1&pool_name=p";

    for (offered, answered) in [
        (None, None),
        (Some("rivet"), Some("rivet")),
        (Some("rivet, rivet_token.t"), Some("rivet")),
    ] {
        let (listener, endpoint) = listen().await;
        let url = format!("ws://127.0.0.1:{}{TARGET}", endpoint.port());
        let mut request = url.into_client_request().expect("a URL");
        if let Some(offered) = offered {
            let offered = HeaderValue::from_static(offered);
            request
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, offered);
        }
        let client = async {
            let stream = TcpStream::connect(("127.0.0.1", endpoint.port()))
                .await
                .expect("the server listens");
            client_async(request, stream).await.expect("it is accepted")
        };
        let config = AcceptConfig::default();
        let ((_stream, response), server) = tokio::join!(client, accept_next(&listener, &config));
        let got = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
        assert_eq!(got.map(|got| got.to_str().expect("ASCII")), answered);
        let server = server.expect("it is accepted");
        let token = offered
            .filter(|offered| offered.contains("rivet_token"))
            .map(|_| "t");
        assert_eq!(server.token().map(Token::reveal), token);
        assert_eq!(
            response.headers()["x-rivet-ray-id"],
            server.ray().expect("a ray")
        );
    }
}

#[tokio::test]
async fn a_token_is_shown_to_the_server_and_to_nobody_else() {
    let token = Token::new("s3cret").expect("it can be sent");
    let (mut host, mut server) = pair_with(Version::V5, |host, _| host.token = Some(token)).await;
    assert_eq!(server.token(), Token::new("s3cret").as_ref());
    assert_ne!(server.token(), Token::new("s3creT").as_ref());
    assert!(!format!("{server:?} {host:?}").contains("s3cret"));
    assert_eq!(Token::new("a, b"), None);

    // Whether it is the right one is for the server's program to say.
    tokio::join!(server.close(CloseReason::FORBIDDEN), async {
        let ended = host
            .next()
            .await
            .expect("the reason")
            .expect_err("no message");
        let close = ended.close().expect("the server says why");
        assert!(close.is(CloseReason::FORBIDDEN));
        assert_eq!(close.ray(), host.ray());
    });
}

#[tokio::test]
async fn takes_a_stream_that_another_server_has_upgraded() {
    let request = Request::builder()
        .uri("/envoys/connect?protocol_version=4&namespace=n&envoy_key=key&version=1&pool_name=p")
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "rivet")
        .body(Bytes::new())
        .expect("a request");
    let upgrade = Upgrade::new(&request, &AcceptConfig::default()).expect("a handshake");
    let response = upgrade.response();
    assert_eq!(response.status(), 101);
    assert_eq!(
        response.headers()["sec-websocket-accept"],
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert_eq!(response.headers()["sec-websocket-protocol"], "rivet");

    let (stream, mut peer) = tokio::io::duplex(1 << 16);
    let mut server = upgrade.accept(stream).await.expect("it is a host");
    // A pong as a client sends it, masked with zeros.
    let frame = [0x82, 0x89, 0, 0, 0, 0, 4, 7, 0, 0, 0, 0, 0, 0, 0];
    peer.write_all(&frame).await.expect("the server reads");
    let frame = server
        .next()
        .await
        .expect("a message")
        .expect("of the version");
    assert_eq!(frame.to_owned(), pong(7));

    let (mut parts, body) = request.into_parts();
    parts.headers.remove("upgrade");
    let request = Request::from_parts(parts, body);
    let error = Upgrade::new(&request, &AcceptConfig::default()).expect_err("no handshake");
    assert!(matches!(error, AcceptError::Handshake(_)), "{error}");
}

#[tokio::test]
async fn a_server_that_answers_otherwise_is_told_from_one_that_refuses() {
    let (listener, endpoint) = listen().await;
    let mut config = ConnectConfig::new(endpoint, params(Version::V5));
    let http = async {
        let (mut stream, _) = listener.accept().await.expect("a host connects");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.expect("a request");
        let response = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(response).await.expect("the host reads");
    };
    let (error, ()) = tokio::join!(connect(&config), http);
    let error = error.expect_err("no WebSocket");
    assert!(
        matches!(error, ConnectError::Status { status: 503 }),
        "{error}"
    );

    drop(listener);
    let error = connect(&config).await.expect_err("nobody listens");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error}");

    config.settings.handshake = Duration::from_millis(50);
    let (stream, _peer) = tokio::io::duplex(1 << 16);
    let error = connect_over(stream, &config).await.expect_err("no answer");
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");

    let mut config = AcceptConfig::default();
    config.settings.handshake = Duration::from_millis(50);
    let (stream, _peer) = tokio::io::duplex(1 << 16);
    let error = accept(stream, &config).await.expect_err("no request");
    assert!(matches!(error, AcceptError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn an_evicted_host_learns_that_it_must_not_come_back() {
    let (mut host, mut server) = pair_with(Version::V5, |_, _| {}).await;
    let ((), ended) = tokio::join!(server.close(CloseReason::EVICTION), host.next());
    let ended = ended.expect("the reason").expect_err("no message");
    let ReceiveError::Closed(close) = &ended else {
        panic!("expected a close, but found {ended}");
    };
    assert_eq!(close.status(), 1000);
    assert!(close.is(CloseReason::EVICTION));
}
