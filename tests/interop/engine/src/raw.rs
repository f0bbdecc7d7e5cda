//! A host's connection with nothing of ours in between but the codec, for what our transport and session would not do:
//! ask for versions that we do not speak, send what is no message, leave pings unanswered.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use envoy_protocol::latest::{ToEnvoy, ToRivet, ToRivetPong};
use envoy_protocol::{Close, CloseReason, EncodeAt as _, Version};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::api::{NAMESPACE, PATIENCE};
use crate::audit::Audit;

/// What a host says of itself when it connects.
#[derive(Clone, Copy)]
pub(crate) struct Introduction<'a> {
    /// `127.0.0.1:PORT`.
    pub(crate) authority: &'a str,
    /// The value of `protocol_version`, if it is given at all.
    pub(crate) protocol_version: Option<u16>,
    pub(crate) pool: &'a str,
    pub(crate) key: &'a str,
}

/// Whether pings are answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pongs {
    Sent,
    Withheld,
}

/// How a connection ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// The engine closed it.
    Closed(Close),
    /// No close came.
    Lost(String),
}

/// A connection.
pub(crate) struct Raw {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    version: Version,
    pongs: Pongs,
    audit: Audit,
}

impl Ended {
    /// Checks that the engine closed the connection for `reason`, with the status that goes with it.
    pub(crate) fn ensure(&self, reason: CloseReason) -> Result<()> {
        match self {
            Self::Closed(close)
                if close.is(reason) && close.status() == reason.status && close.ray().is_some() =>
            {
                Ok(())
            }
            _ => bail!(
                "expected the close {} {reason}, but found: {self}",
                reason.status
            ),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(close) => write!(f, "closed: {close}"),
            Self::Lost(how) => write!(f, "lost: {how}"),
        }
    }
}

impl Raw {
    /// Connects, and reads what comes at `version`, whatever the engine was told.
    pub(crate) async fn connect(
        introduction: Introduction<'_>,
        version: Version,
        pongs: Pongs,
        audit: &Audit,
    ) -> Result<Self> {
        let Introduction {
            authority,
            protocol_version,
            pool,
            key,
        } = introduction;
        let asked = protocol_version
            .map(|version| format!("protocol_version={version}&"))
            .unwrap_or_default();
        let path = format!(
            "/envoys/connect?{asked}namespace={NAMESPACE}&envoy_key={key}&version=1&pool_name={pool}"
        );
        Self::open(authority, &path, version, pongs, audit).await
    }

    /// [`Raw::connect`], to any path, with any parameters.
    pub(crate) async fn open(
        authority: &str,
        path: &str,
        version: Version,
        pongs: Pongs,
        audit: &Audit,
    ) -> Result<Self> {
        let url = format!("ws://{authority}{path}");
        let mut request = url.into_client_request()?;
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("rivet"));
        let (socket, _) = connect_async(request)
            .await
            .context("cannot connect as a host")?;
        Ok(Self {
            socket,
            version,
            pongs,
            audit: audit.clone(),
        })
    }

    pub(crate) async fn send(&mut self, message: &ToRivet) -> Result<()> {
        let octets = message.to_bytes_at(self.version)?;
        self.send_frame(Message::Binary(octets)).await
    }

    /// Sends a frame, whatever it says.
    pub(crate) async fn send_frame(&mut self, frame: Message) -> Result<()> {
        Ok(self.socket.send(frame).await?)
    }

    /// The next message that `pick` takes, by breaking off. The others are dropped.
    pub(crate) async fn take<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(ToEnvoy) -> ControlFlow<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(deadline).await? {
                Ok(message) => {
                    if let ControlFlow::Break(found) = pick(message) {
                        return Ok(found);
                    }
                }
                Err(ended) => bail!("expected {what}, but the connection has ended: {ended}"),
            }
        }
    }

    /// How the connection ends. What comes before is dropped.
    pub(crate) async fn ended(&mut self, bound: Duration) -> Result<Ended> {
        let deadline = Instant::now() + bound;
        loop {
            if let Err(ended) = self.next(deadline).await? {
                return Ok(ended);
            }
        }
    }

    /// The next message, or the end.
    async fn next(&mut self, deadline: Instant) -> Result<Result<ToEnvoy, Ended>> {
        loop {
            let frame = timeout_at(deadline, self.socket.next())
                .await
                .context("nothing came in time")?;
            match frame {
                Some(Ok(Message::Binary(octets))) => {
                    if let Some(message) = self.read(&octets).await? {
                        return Ok(Ok(message));
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let close = frame.map_or(Close::from_frame(Close::NO_STATUS, ""), |frame| {
                        Close::from_frame(frame.code.into(), &frame.reason)
                    });
                    return Ok(Err(Ended::Closed(close)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Ok(Err(Ended::Lost(error.to_string()))),
                None => return Ok(Err(Ended::Lost("end of stream".to_owned()))),
            }
        }
    }

    /// Reads a frame, and answers it if it is a ping that is to be answered.
    async fn read(&mut self, octets: &Bytes) -> Result<Option<ToEnvoy>> {
        let message = self.audit.read(self.version, octets)?;
        let ToEnvoy::ToEnvoyPing(asked) = &message else {
            return Ok(Some(message));
        };
        if self.pongs == Pongs::Sent {
            self.send(&ToRivet::ToRivetPong(ToRivetPong { ts: asked.ts }))
                .await?;
        }
        Ok(None)
    }
}
