//! HTTP requests as they come through the tunnel, and their answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use envoy_protocol::bare;
use envoy_protocol::latest::{self, ToRivetTunnelMessageKindRef as ToGateway};
use envoy_protocol::session::SendError;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::link::Link;
use crate::{Request, Response};

/// How long an answer waits for room in the queue of the session. Then the server is gone for longer than anybody
/// waits.
const ROOM: Duration = Duration::from_mins(1);
/// The header in which a host says what went wrong.
const ERROR: &str = "x-rivet-error";
/// Headers that belong to a connection of HTTP/1.1, and not to an answer.
const OF_THE_CONNECTION: [&str; 6] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "te",
];

/// The ids of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tunnel {
    pub(crate) gateway_id: latest::GatewayId,
    pub(crate) request_id: latest::RequestId,
}

/// What is wrong in place of an answer of the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request is none.
    InvalidRequest,
    /// The request's body is too large.
    RequestTooLarge,
    /// Too many requests wait for the actor.
    Overloaded,
    /// The actor failed at this request.
    Failed,
    /// The actor's answer cannot be sent.
    InvalidResponse,
    /// The actor's answer is too large.
    ResponseTooLarge,
    /// The actor was stopped while it handled the request.
    Stopped,
}

impl Fault {
    fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => (400, "envoy.invalid_request", "The request is not valid\n"),
            Self::RequestTooLarge => (413, "envoy.request_too_large", "The request is too large\n"),
            Self::Overloaded => (503, "envoy.overloaded", "The actor has too much to do\n"),
            Self::Failed => (500, "envoy.request_failed", "The actor failed\n"),
            Self::InvalidResponse => (
                502,
                "envoy.invalid_response",
                "The actor's answer is not valid\n",
            ),
            Self::ResponseTooLarge => (
                502,
                "envoy.response_too_large",
                "The actor's answer is too large\n",
            ),
            Self::Stopped => (503, "envoy.actor_stopped", "The actor was stopped\n"),
        }
    }

    pub(crate) fn response(self) -> Response {
        let (status, code, text) = self.parts();
        let mut response = plain(status, text);
        let code = HeaderValue::from_static(code);
        response
            .headers_mut()
            .insert(HeaderName::from_static(ERROR), code);
        response
    }
}

/// A text with a status.
pub(crate) fn plain(status: u16, text: &'static str) -> Response {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// A request, as the tunnel begins it. None if it is none, or has more headers than a map of them holds.
pub(crate) fn request(start: &latest::ToEnvoyRequestStartRef<'_>, body: Bytes) -> Option<Request> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(start.method.as_bytes()).ok()?;
    *request.uri_mut() = start.path.parse::<Uri>().ok()?;
    let headers = request.headers_mut();
    for (name, value) in start.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(request)
}

/// Answers a request. An answer that cannot be sent is replaced by one that says why.
pub(crate) async fn answer(link: &Arc<Link>, tunnel: Tunnel, response: &Response) {
    let Some(headers) = headers(response) else {
        tracing::warn!("expected an answer that HTTP knows, but an actor gave another one");
        return Box::pin(answer(link, tunnel, &Fault::InvalidResponse.response())).await;
    };
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let start = ToGateway::ToRivetResponseStart(latest::ToRivetResponseStartRef {
        status: response.status().as_u16(),
        // The names are those of a header map's keys, each of which is there once.
        headers: bare::MapRef::from_entries(&headers).unwrap_or_default(),
        body: Some(response.body())
            .filter(|body| !body.is_empty())
            .map(|body| &body[..]),
        stream: false,
    });
    // A queue that is full is waited for, unless it could never hold the answer.
    if let Err(error @ (SendError::TooLarge { .. } | SendError::QueueFull { .. })) =
        send(link, tunnel, start).await
    {
        tracing::warn!(%error, "an actor's answer is too large");
        let mut response = Fault::ResponseTooLarge.response();
        *response.body_mut() = format!("The actor's answer is too large: {error}\n").into();
        Box::pin(answer(link, tunnel, &response)).await;
    }
}

/// Answers a request in place of its actor: at once, or else as soon as there is room.
pub(crate) fn answer_soon(link: &Arc<Link>, tunnel: Tunnel, response: Response) {
    let link = Arc::clone(link);
    at_once_or_later(async move { answer(&link, tunnel, &response).await });
}

/// Gives a request back that nobody has looked at. The gateway brings it again, to wherever the actor is then.
pub(crate) fn give_back(link: &Arc<Link>, tunnel: Tunnel) {
    let link = Arc::clone(link);
    at_once_or_later(async move {
        // A tunnel that is gone has nobody left who waits.
        let _ = send(&link, tunnel, ToGateway::ToRivetResponseAbort).await;
    });
}

/// Refuses a WebSocket, in a way that its client gets to see: a close before the open would only be tried again.
pub(crate) fn refuse_websocket(link: &Arc<Link>, tunnel: Tunnel) {
    let link = Arc::clone(link);
    at_once_or_later(async move {
        let open = latest::ToRivetWebSocketOpen {
            can_hibernate: false,
        };
        let close = latest::ToRivetWebSocketCloseRef {
            code: Some(1011),
            reason: Some("envoy.websocket_not_supported"),
            hibernate: false,
        };
        let opened = send(&link, tunnel, ToGateway::ToRivetWebSocketOpen(open)).await;
        if opened.is_ok() {
            let _ = send(&link, tunnel, ToGateway::ToRivetWebSocketClose(close)).await;
        }
    });
}

/// Sends now if there is room, so that what is sent next comes behind it; a task waits for room only if there is none.
fn at_once_or_later(sending: impl Future<Output = ()> + Send + 'static) {
    let mut sending = Box::pin(sending);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    if sending.as_mut().poll(&mut cx).is_pending() {
        tokio::spawn(sending);
    }
}

/// Sends a message of a tunnel, as soon as there is room for it.
async fn send(link: &Arc<Link>, tunnel: Tunnel, kind: ToGateway<'_>) -> Result<(), SendError> {
    let sending = async {
        loop {
            // Before the attempt, so that room that comes right behind it is not missed.
            let mut room = std::pin::pin!(link.room.notified());
            room.as_mut().enable();
            let sent = link.with(|host, _| host.tunnel(tunnel.gateway_id, tunnel.request_id, kind));
            match sent {
                Err(SendError::QueueFull { size, limit, .. }) if size <= limit => room.await,
                result => return result,
            }
        }
    };
    tokio::time::timeout(ROOM, sending)
        .await
        .unwrap_or_else(|_| {
            tracing::warn!(
                ?tunnel,
                "an answer found no room in the host's queue in time"
            );
            Err(SendError::Closed)
        })
}

/// The headers for the wire, which has each name once. None if they, or the status, cannot be sent.
fn headers(response: &Response) -> Option<Vec<(String, String)>> {
    if response.status().is_informational() || response.status().as_u16() > 599 {
        return None;
    }
    let all: &HeaderMap = response.headers();
    all.keys()
        .filter(|name| !OF_THE_CONNECTION.contains(&name.as_str()))
        .map(|name| {
            let values: Result<Vec<&str>, _> = all
                .get_all(name)
                .iter()
                .map(|value| std::str::from_utf8(value.as_bytes()))
                .collect();
            Some((name.as_str().to_owned(), values.ok()?.join(", ")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_name_are_one_line_and_those_of_the_connection_are_none() {
        let mut response = Response::new(Bytes::new());
        let all = response.headers_mut();
        all.append("x-a", HeaderValue::from_static("1"));
        all.append("x-a", HeaderValue::from_static("2"));
        all.append("content-length", HeaderValue::from_static("77"));
        all.append("connection", HeaderValue::from_static("close"));
        let found = headers(&response).expect("they can be sent");
        assert_eq!(found, [("x-a".to_owned(), "1, 2".to_owned())]);
    }

    #[test]
    fn refuses_what_cannot_be_said_by_the_wire() {
        let mut response = Response::new(Bytes::new());
        let other = HeaderValue::from_bytes(b"\xff").expect("HTTP lets it be");
        response.headers_mut().append("x-a", other);
        assert_eq!(headers(&response), None);
        let mut response = Response::new(Bytes::new());
        for (status, sendable) in [(101, false), (200, true), (599, true), (600, false)] {
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            assert_eq!(headers(&response).is_some(), sendable, "{status}");
        }
    }

    #[test]
    fn a_request_is_what_came_through_the_tunnel() {
        let start = |method, path| latest::ToEnvoyRequestStartRef {
            actor_id: "a",
            method,
            path,
            headers: bare::MapRef::from_entries(&[("x-a", "1")]).expect("one name"),
            body: None,
            stream: false,
        };
        let made =
            request(&start("PUT", "/a%20b?x=1"), Bytes::from_static(b"body")).expect("it is one");
        assert_eq!(made.method(), Method::PUT);
        assert_eq!(made.uri().path(), "/a%20b");
        assert_eq!(made.uri().query(), Some("x=1"));
        assert_eq!(made.headers()["x-a"], "1");
        assert_eq!(&made.body()[..], b"body");
        assert!(request(&start("", "/"), Bytes::new()).is_none());
        assert!(request(&start("GET", " "), Bytes::new()).is_none());
        let names: Vec<String> = (0..100_000).map(|at| format!("x-{at:05}")).collect();
        let lines: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        let mut many = start("GET", "/");
        many.headers = bare::MapRef::from_entries(&lines).expect("names differ");
        assert!(request(&many, Bytes::new()).is_none());
    }
}
