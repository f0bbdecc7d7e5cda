//! Both ends of a connection over loopback, and messages to send.

use std::time::Duration;

use envoy_protocol::ws::{
    AcceptConfig, AcceptError, ConnectConfig, Endpoint, EnvoyKey, HostConnection, HostParams,
    ServerConnection, accept, connect,
};
use envoy_protocol::{Version, latest};
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// What no test takes that goes on at all, on a machine that does other things at the same time.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Holds what takes some time now and then to a bound: of many times one has to keep to it. A machine that does other
/// things makes any of them late, but not all.
pub(crate) async fn once_within(bound: Duration, mut time: impl AsyncFnMut() -> Duration) {
    let mut taken = Vec::new();
    for _ in 0..50 {
        let took = time().await;
        if took < bound {
            return;
        }
        taken.push(took);
    }
    panic!("expected one of them within {bound:?}, but found {taken:?}");
}

/// A listener for hosts, and what a host needs to find it.
pub(crate) async fn listen() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let endpoint = format!("http://{address}").parse().expect("an address");
    (listener, endpoint)
}

/// A port on which nobody listens yet, which nobody else gets meanwhile, and what a host needs to find it.
pub(crate) fn closed() -> (TcpSocket, Endpoint) {
    let socket = TcpSocket::new_v4().expect("a socket");
    let any = "127.0.0.1:0".parse().expect("an address");
    socket.bind(any).expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    let endpoint = format!("http://{address}").parse().expect("an address");
    (socket, endpoint)
}

pub(crate) fn params(version: Version) -> HostParams {
    HostParams::new("default", "pool", EnvoyKey::random())
        .expect("they can be sent")
        .at(version)
}

/// The next host that connects.
pub(crate) async fn accept_next(
    listener: &TcpListener,
    config: &AcceptConfig,
) -> Result<ServerConnection<TcpStream>, AcceptError> {
    let (stream, _) = listener.accept().await.expect("a host connects");
    stream.set_nodelay(true).expect("it is TCP");
    accept(stream, config).await
}

/// A host and a server that are connected.
pub(crate) async fn pair(version: Version) -> (HostConnection, ServerConnection<TcpStream>) {
    pair_with(version, |_, _| {}).await
}

/// A host and a server that are connected, with other settings than the defaults.
pub(crate) async fn pair_with(
    version: Version,
    change: impl FnOnce(&mut ConnectConfig, &mut AcceptConfig),
) -> (HostConnection, ServerConnection<TcpStream>) {
    let (listener, endpoint) = listen().await;
    let mut host = ConnectConfig::new(endpoint, params(version));
    let mut server = AcceptConfig::default();
    change(&mut host, &mut server);
    let (host, server) = tokio::join!(connect(&host), accept_next(&listener, &server));
    (
        host.expect("the server takes it"),
        server.expect("the host is right"),
    )
}

/// A server that speaks WebSockets and does as the test wants.
pub(crate) async fn raw_server(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (stream, _) = listener.accept().await.expect("a host connects");
    #[allow(
        clippy::result_large_err,
        reason = "the type is the WebSocket library's"
    )]
    let callback = |_: &Request, mut response: Response| {
        let rivet = HeaderValue::from_static("rivet");
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, rivet);
        Ok(response)
    };
    accept_hdr_async(stream, callback)
        .await
        .expect("a handshake")
}

pub(crate) fn ping(ts: i64) -> latest::ToEnvoy {
    latest::ToEnvoy::ToEnvoyPing(latest::ToEnvoyPing { ts })
}

pub(crate) fn pong(ts: i64) -> latest::ToRivet {
    latest::ToRivet::ToRivetPong(latest::ToRivetPong { ts })
}

/// A message of about `size` octets, to the server.
pub(crate) fn bulk(size: usize) -> latest::ToRivet {
    latest::ToRivet::ToRivetTunnelMessage(latest::ToRivetTunnelMessage {
        message_id: message_id(),
        message_kind: latest::ToRivetTunnelMessageKind::ToRivetWebSocketMessage(
            latest::ToRivetWebSocketMessage {
                data: vec![7; size],
                binary: true,
            },
        ),
    })
}

fn message_id() -> latest::MessageId {
    latest::MessageId {
        gateway_id: [1; 4],
        request_id: [2; 4],
        message_index: 3,
    }
}
