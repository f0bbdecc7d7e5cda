//! Sessions over sockets: what the machines promise, with a network and a clock.

use std::time::{Duration, Instant};

use envoy_protocol::session::{
    self, CloseWhen, Disconnect, EnvoyState, Fallback, HostConfig, HostEvent, RequestError,
    ServerConfig, ServerEvent, Terminal,
};
use envoy_protocol::ws::{
    AcceptConfig, ConnectConfig, Endpoint, Events, Handle, HostDriver, ReceiveError, host_session,
    host_session_over, server_session,
};
use envoy_protocol::{Close, CloseReason, EncodeAt as _, Version, latest};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{
    PATIENCE, accept_next, closed, listen, once_within, pair, params, ping, raw_server,
};

/// A host's session whose driver runs.
struct HostEnd {
    handle: Handle<session::Host>,
    events: Events<session::Host>,
    driver: JoinHandle<()>,
}

/// A server's session whose driver runs.
struct ServerEnd {
    handle: Handle<session::Server>,
    events: Events<session::Server>,
    driver: JoinHandle<Result<(), ReceiveError>>,
}

fn start(endpoint: &Endpoint, version: Version, change: impl FnOnce(&mut HostConfig)) -> HostEnd {
    let mut config = HostConfig::new("", 1);
    config.version = version;
    change(&mut config);
    let target = ConnectConfig::new(endpoint.clone(), params(Version::LATEST));
    let (handle, events, driver): (_, _, HostDriver) = host_session(config, target);
    HostEnd {
        handle,
        events,
        driver: tokio::spawn(driver.run()),
    }
}

async fn serve(listener: &TcpListener, state: EnvoyState) -> ServerEnd {
    let config = AcceptConfig::default();
    let accepted = timeout(PATIENCE, accept_next(listener, &config));
    let connection = accepted.await.expect("in time").expect("it is a host");
    let (handle, events, driver) = server_session(connection, ServerConfig::DEFAULT, state);
    ServerEnd {
        handle,
        events,
        driver: tokio::spawn(driver.run()),
    }
}

impl HostEnd {
    /// The next event that `pick` takes.
    async fn until<T>(&mut self, mut pick: impl FnMut(HostEvent) -> Option<T>) -> T {
        let picked = async {
            loop {
                let event = self.events.next().await.expect("the session goes on");
                if let Some(picked) = pick(event) {
                    return picked;
                }
            }
        };
        timeout(PATIENCE, picked).await.expect("in time")
    }

    async fn init(&mut self) -> (Version, u64) {
        self.until(|event| match event {
            HostEvent::Init {
                version, session, ..
            } => Some((version, session)),
            _ => None,
        })
        .await
    }

    async fn terminal(mut self) -> Terminal {
        let terminal = self
            .until(|event| match event {
                HostEvent::Terminal(terminal) => Some(terminal),
                _ => None,
            })
            .await;
        timeout(PATIENCE, self.driver)
            .await
            .expect("in time")
            .expect("the driver ends with the host");
        assert!(self.events.next().await.is_none(), "it is the last event");
        terminal
    }
}

impl ServerEnd {
    async fn until<T>(&mut self, mut pick: impl FnMut(ServerEvent) -> Option<T>) -> T {
        let picked = async {
            loop {
                let event = self.events.next().await.expect("the session goes on");
                if let Some(picked) = pick(event) {
                    return picked;
                }
            }
        };
        timeout(PATIENCE, picked).await.expect("in time")
    }

    async fn end(self) -> Result<(), ReceiveError> {
        let ended = timeout(PATIENCE, self.driver).await.expect("in time");
        ended.expect("it does not panic")
    }
}

#[tokio::test]
async fn a_request_is_answered_and_a_ping_has_its_round_trip() {
    for &version in Version::ALL {
        let (listener, endpoint) = listen().await;
        let mut host = start(&endpoint, version, |_| {});
        let mut server = serve(&listener, EnvoyState::new()).await;
        assert_eq!(host.init().await, (version, 1));

        let deadline = Instant::now() + PATIENCE;
        let keys = [&b"key"[..]];
        let get = latest::KvRequestDataRef::KvGetRequest(latest::KvGetRequestRef { keys: &keys });
        let asked = host.handle.with(|host, _| host.kv("actor", get, deadline));
        let asked = asked.expect("there is room");
        let mut round_trip = None;
        let request = server
            .until(|event| match event {
                ServerEvent::Kv(request) => Some(request),
                ServerEvent::Pong { round_trip: time } => {
                    round_trip = Some(time);
                    None
                }
                _ => None,
            })
            .await;
        if round_trip.is_none() {
            let pong = |event| matches!(event, ServerEvent::Pong { .. }).then_some(());
            server.until(pong).await;
        }
        let answer = latest::ToEnvoy::ToEnvoyKvResponse(latest::ToEnvoyKvResponse {
            request_id: request.get().request_id,
            data: latest::KvResponseData::KvErrorResponse(latest::KvErrorResponse {
                message: "no".to_owned(),
            }),
        });
        let answered = server.handle.with(|server, _| server.answer(&answer));
        answered.expect("it was asked");
        let (request, result) = host
            .until(|event| match event {
                HostEvent::Kv { request, result } => Some((request, result)),
                _ => None,
            })
            .await;
        assert_eq!(request, asked);
        let answer = result.expect("it was answered");
        assert!(matches!(
            answer.get(),
            latest::KvResponseDataRef::KvErrorResponse(_)
        ));
    }
}

#[tokio::test]
async fn a_sent_request_fails_within_100_ms_of_a_disconnect() {
    for &version in Version::ALL {
        once_within(Duration::from_millis(100), async || {
            time_to_fail_after_a_disconnect(version).await
        })
        .await;
    }
}

async fn time_to_fail_after_a_disconnect(version: Version) -> Duration {
    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, version, |_| {});
    let mut server = serve(&listener, EnvoyState::new()).await;
    host.init().await;
    let read = latest::SqliteGetPagesRequestRef {
        actor_id: "actor",
        pgnos: &[1],
        expected_generation: Some(1),
        expected_head_txid: None,
    };
    let deadline = Instant::now() + 10 * PATIENCE;
    let asked = host.handle.with(|host, _| host.get_pages(read, deadline));
    let asked = asked.expect("there is room");
    let sent = |event| matches!(event, ServerEvent::GetPages(_)).then_some(());
    server.until(sent).await;

    let disconnected = Instant::now();
    server.driver.abort();
    let ended = host
        .until(|event| match event {
            HostEvent::Pages { request, result } => Some((request, result)),
            _ => None,
        })
        .await;
    let took = disconnected.elapsed();
    assert_eq!(ended.0, asked);
    assert_eq!(
        ended.1.expect_err("it was not answered"),
        RequestError::Lost
    );
    took
}

#[tokio::test]
async fn a_host_that_lost_its_connection_is_back_at_once() {
    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, Version::V5, |config| {
        // Only the first wait is one that ends here.
        config.backoff.least = 10 * PATIENCE;
        config.backoff.most = 10 * PATIENCE;
    });
    let server = serve(&listener, EnvoyState::new()).await;
    assert_eq!(host.init().await, (Version::V5, 1));
    server.driver.abort();
    let how = host
        .until(|event| match event {
            HostEvent::Disconnected { how, .. } => Some(how),
            _ => None,
        })
        .await;
    assert_eq!(how, Disconnect::Gone);
    let server = serve(&listener, EnvoyState::new()).await;
    assert_eq!(host.init().await, (Version::V5, 2));

    // A server that says why is heard.
    server
        .handle
        .with(|server, _| server.close(Close::new(CloseReason::GOING_AWAY)));
    server.end().await.expect("it closed itself");
    let how = host
        .until(|event| match event {
            HostEvent::Disconnected { how, .. } => Some(how),
            _ => None,
        })
        .await;
    let Disconnect::Closed(close) = how else {
        panic!("expected a close, but found {how:?}");
    };
    assert!(close.is(CloseReason::GOING_AWAY));
    assert!(close.ray().is_some(), "the server signs it");
}

#[tokio::test]
async fn an_evicted_host_ends() {
    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, Version::V5, |_| {});
    let server = serve(&listener, EnvoyState::new()).await;
    host.init().await;
    let state = server.handle.with(session::Server::evict);
    server.end().await.expect("it closed itself");
    assert_eq!(host.terminal().await, Terminal::Evicted);
    // And the state goes on in another session.
    assert_eq!(state.generations(), 0);
}

#[tokio::test]
async fn a_host_of_a_refused_version_ends_or_asks_for_an_older_one() {
    let (listener, endpoint) = listen().await;
    let mut old_server = AcceptConfig::default();
    old_server.newest = Version::V4;

    let host = start(&endpoint, Version::V5, |_| {});
    accept_next(&listener, &old_server)
        .await
        .expect_err("the version is too new");
    let Terminal::Refused { asked, close } = host.terminal().await else {
        panic!("expected a refusal");
    };
    assert_eq!(asked, Version::V5);
    assert_eq!(close.detail(), Some("asked 5, spoken 4 to 4"));

    let mut host = start(&endpoint, Version::V5, |config| {
        config.fallback = Fallback::Older;
    });
    accept_next(&listener, &old_server)
        .await
        .expect_err("the version is too new");
    let connection = accept_next(&listener, &old_server)
        .await
        .expect("v4 is spoken");
    let (_handle, _events, driver) =
        server_session(connection, ServerConfig::DEFAULT, EnvoyState::new());
    let driver = tokio::spawn(driver.run());
    assert_eq!(host.init().await, (Version::V4, 2));
    driver.abort();
}

#[tokio::test]
async fn a_host_that_shuts_down_drains_and_says_so() {
    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, Version::V5, |_| {});
    let mut server = serve(&listener, EnvoyState::new()).await;
    host.init().await;
    host.handle.with(|host, _| host.drain());
    let stopping = |event| matches!(event, ServerEvent::Stopping).then_some(());
    server.until(stopping).await;
    host.handle.with(|host, _| host.close(CloseWhen::Sent));
    assert_eq!(host.terminal().await, Terminal::Shutdown);
    let ended = server.end().await.expect_err("the host closed it");
    assert!(
        ended
            .close()
            .is_some_and(|close| close.is(CloseReason::SHUTDOWN)),
        "{ended}"
    );
}

#[tokio::test]
async fn a_host_that_drains_and_closes_in_one_call_says_both() {
    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, Version::V5, |_| {});
    let mut server = serve(&listener, EnvoyState::new()).await;
    host.init().await;
    host.handle.with(|host, _| {
        host.drain();
        host.close(CloseWhen::Sent);
    });
    let stopping = |event| matches!(event, ServerEvent::Stopping).then_some(());
    server.until(stopping).await;
    let ended = server.end().await.expect_err("the host closed it");
    let close = ended.close().expect("it said why");
    assert!(close.is(CloseReason::SHUTDOWN), "{close}");
    assert_eq!(host.terminal().await, Terminal::Shutdown);
}

#[tokio::test]
async fn pings_are_answered_while_nobody_looks_at_the_events_and_bulk_arrives() {
    let (listener, endpoint) = listen().await;
    let host = start(&endpoint, Version::V5, |_| {});
    let mut server = serve(&listener, EnvoyState::new()).await;
    // 16 MiB of messages of a tunnel that nobody opened, and of no interest to anybody.
    for _ in 0..16 {
        let data = vec![0; 1 << 20];
        let message = latest::ToEnvoyTunnelMessageRef {
            message_id: latest::MessageId {
                gateway_id: [1; 4],
                request_id: [2; 4],
                message_index: 0,
            },
            message_kind: latest::ToEnvoyTunnelMessageKindRef::ToEnvoyWebSocketMessage(
                latest::ToEnvoyWebSocketMessageRef {
                    data: &data,
                    binary: true,
                },
            ),
        };
        let sent = server.handle.with(|server, _| server.tunnel(message));
        sent.expect("the queue holds it");
    }
    let pong = |event| matches!(event, ServerEvent::Pong { .. }).then_some(());
    server.until(pong).await;
    host.driver.abort();
}

#[tokio::test]
async fn a_message_that_takes_longer_than_a_host_bears_silence_is_taken() {
    let silence = Duration::from_millis(300);

    let (listener, endpoint) = listen().await;
    let mut host = start(&endpoint, Version::V5, |config| config.silence = silence);
    let mut server = raw_server(&listener).await.into_inner();
    let metadata = latest::ProtocolMetadata {
        envoy_lost_threshold: 15_000,
        actor_stop_threshold: 1_800_000,
        max_response_payload_size: 20 << 20,
    };
    let init = latest::ToEnvoy::ToEnvoyInit(latest::ToEnvoyInit { metadata });
    let octets = |message: &latest::ToEnvoy| {
        let message = message.to_bytes_at(Version::V5);
        let message = message.expect("every version says it");
        let head = [0x82, u8::try_from(message.len()).expect("it is short")];
        [&head[..], &message].concat()
    };
    let sent = server.write_all(&octets(&init)).await;
    sent.expect("the host is there");
    assert_eq!(host.init().await, (Version::V5, 1));
    let started = Instant::now();
    for octet in octets(&ping(1)) {
        let sent = server.write_all(&[octet]).await;
        sent.expect("the host is there");
        tokio::time::sleep(silence / 5).await;
    }
    assert!(started.elapsed() > 2 * silence);
    // And then there is silence.
    let how = host
        .until(|event| match event {
            HostEvent::Disconnected { how, .. } => Some(how),
            _ => None,
        })
        .await;
    assert_eq!(how, Disconnect::Gone);
    assert!(started.elapsed() > 2 * silence + silence / 2);
}

#[tokio::test]
async fn a_host_waits_for_a_server_that_is_not_there_yet() {
    let (closed, endpoint) = closed();
    let mut host = start(&endpoint, Version::V5, |_| {});
    let retry_at = host
        .until(|event| match event {
            HostEvent::Disconnected { retry_at, .. } => Some(retry_at),
            _ => None,
        })
        .await;
    let wait = retry_at.expect("it tries again") - Instant::now();
    assert!(wait < Duration::from_millis(500), "{wait:?}");
    let listener = closed.listen(8).expect("it can be listened on");
    let _server = serve(&listener, EnvoyState::new()).await;
    assert_eq!(host.init().await, (Version::V5, 1));
}

#[tokio::test]
async fn a_host_lives_on_streams_that_its_user_opens() {
    let (listener, _) = listen().await;
    let address = listener.local_addr().expect("it is bound");
    let nowhere = "http://nowhere.invalid".parse().expect("an address");
    let target = ConnectConfig::new(nowhere, params(Version::LATEST));
    let open = move || TcpStream::connect(address);
    let (handle, events, driver) = host_session_over(HostConfig::new("", 1), target, open);
    let mut host = HostEnd {
        handle,
        events,
        driver: tokio::spawn(driver.run()),
    };
    for session in 1..=2 {
        let server = serve(&listener, EnvoyState::default()).await;
        assert_eq!(host.init().await, (Version::LATEST, session));
        let close = Close::new(CloseReason::GOING_AWAY);
        server.handle.with(|server, _| server.close(close));
        server.end().await.expect("it closed");
    }
    host.handle.with(|host, _| host.close(CloseWhen::Now));
    assert_eq!(host.terminal().await, Terminal::Shutdown);
}

#[tokio::test]
async fn a_server_reports_how_a_host_was_lost() {
    let (host, server) = pair(Version::V5).await;
    let (_handle, mut events, driver) =
        server_session(server, ServerConfig::DEFAULT, EnvoyState::new());
    let driver = tokio::spawn(driver.run());
    drop(host);
    let ended = driver.await.expect("it ends").expect_err("by the host");
    assert!(matches!(ended, ReceiveError::Lost(_)), "{ended}");
    assert!(events.next().await.is_none());
}
