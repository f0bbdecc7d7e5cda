//! A client of the gateway's HTTP, one connection at a time, made anew when it breaks.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A client of one server.
#[derive(Debug)]
pub struct Client {
    authority: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer. Whether the request was carried out is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// There is nobody at that address.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// The connection broke.
    #[error("the connection was lost: {0}")]
    Lost(hyper::Error),
    /// It took too long.
    #[error("there was no answer within {0:?}")]
    Late(Duration),
    /// The request is none.
    #[error("the request could not be made: {0}")]
    Request(http::Error),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body, whole.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// How long an answer may take: longer than the gateway waits for an actor.
const BOUND: Duration = Duration::from_secs(45);

impl Client {
    /// A client of the server at that authority. It connects when there is something to ask.
    pub fn new(authority: impl Into<String>) -> Self {
        Self {
            authority: authority.into(),
            connection: None,
        }
    }

    /// Asks for what is at `path`.
    pub async fn get(&mut self, path: &str) -> Result<Answer, NoAnswer> {
        self.ask(Method::GET, path, Bytes::new()).await
    }

    /// Sends JSON.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, NoAnswer> {
        self.ask(method, path, Bytes::from(body.to_string())).await
    }

    /// Sends octets.
    pub async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority)
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(NoAnswer::Request)?;
        let answer = tokio::time::timeout(BOUND, self.exchange(request)).await;
        let answer = answer.unwrap_or(Err(NoAnswer::Late(BOUND)));
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let mut connection = match self.connection.take().filter(|open| !open.is_closed()) {
            Some(connection) => connection,
            None => self.dial().await?,
        };
        connection.ready().await.map_err(NoAnswer::Lost)?;
        let response = connection
            .send_request(request)
            .await
            .map_err(NoAnswer::Lost)?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(NoAnswer::Lost)?
            .to_bytes();
        self.connection = Some(connection);
        Ok(Answer { status, body })
    }

    async fn dial(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(NoAnswer::Unreachable)?;
        stream.set_nodelay(true).map_err(NoAnswer::Unreachable)?;
        let (send, driver) = handshake(TokioIo::new(stream))
            .await
            .map_err(NoAnswer::Lost)?;
        // Its error is that of the request.
        tokio::spawn(driver);
        Ok(send)
    }
}
