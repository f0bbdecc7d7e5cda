//! Callers of actors over HTTP: one connection for each actor, one request at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use envoy_interop_engine::api::Api;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::figures::{Answered, Turn};

/// Octets of a request's body, and of the answer's.
const BODY: usize = 1024;
/// What an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(45);

/// A caller of one actor.
pub(crate) struct Caller {
    api: Api,
    path: String,
    body: Bytes,
    sender: SendRequest<Full<Bytes>>,
    connection: JoinSet<()>,
}

impl Caller {
    pub(crate) async fn connect(api: Api, actor: &str) -> Result<Self> {
        let mut connection = JoinSet::new();
        let sender = connect(api, &mut connection).await?;
        Ok(Self {
            api,
            path: format!("/gateway/{actor}/echo"),
            body: vec![b'7'; BODY].into(),
            sender,
            connection,
        })
    }

    /// Asks again and again for a turn. Returns when each was asked and how long its answer took.
    pub(crate) async fn ask(mut self, turn: Arc<Turn>) -> Result<(Self, Vec<Answered>)> {
        let mut answered = Vec::new();
        loop {
            let at = Instant::now();
            let once = timeout(PATIENCE, self.once()).await;
            once.context("expected an answer of an actor in time")??;
            let took = at.elapsed();
            answered.push((at, took));
            if !turn.goes_on((at, took)) {
                return Ok((self, answered));
            }
        }
    }

    async fn once(&mut self) -> Result<()> {
        if self.sender.ready().await.is_err() {
            // A server may end a connection after an answer.
            self.sender = connect(self.api, &mut self.connection).await?;
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, self.api.authority())
            .body(Full::new(self.body.clone()))?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(
            status == StatusCode::OK && body == self.body,
            "expected 200 with what was sent, but found {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(())
    }
}

async fn connect(api: Api, connection: &mut JoinSet<()>) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(api.authority()).await?;
    stream.set_nodelay(true)?;
    let (sender, driver) = handshake(TokioIo::new(stream)).await?;
    connection.spawn(async move {
        // What goes wrong with it, the request says.
        let _ = driver.await;
    });
    Ok(sender)
}
