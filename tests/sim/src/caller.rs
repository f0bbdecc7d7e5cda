//! Who calls the gateway: one request on a connection of its own.

use std::io;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

use crate::network::{Network, Node, Who};

/// Sends a request, and gives the status and the body of the response.
pub(crate) async fn call(
    network: &Network,
    from: Node,
    method: Method,
    path: &str,
    body: &str,
) -> io::Result<(StatusCode, Bytes)> {
    let stream = network.dial(from, Who::Caller).await?;
    let io = TokioIo::new(stream);
    let handshake = hyper::client::conn::http1::handshake(io).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    // It is dropped with the call, and the connection with it.
    let connection = AbortOnDrop(tokio::spawn(connection));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "gateway")
        .header("content-type", "application/json")
        .header("connection", "close")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .map_err(io::Error::other)?;
    let response = sender
        .send_request(request)
        .await
        .map_err(io::Error::other)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?;
    drop(connection);
    Ok((parts.status, body.to_bytes()))
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
