//! One WebSocket connection to the engine as it is: octets out, strictly read messages and the close in. For hosts that
//! break rules on purpose; nothing here answers by itself but, where it is asked to, a ping.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use envoy_protocol::latest::{ToEnvoy, ToRivet, ToRivetPong};
use envoy_protocol::{EncodeAt as _, Version};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::api::NAMESPACE;
use crate::audit::Audit;

/// What the engine is waited for, if nothing else is said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The engine sends nothing larger.
const LARGEST: usize = 32 << 20;

/// What a host says of itself when it connects.
#[derive(Clone)]
pub(crate) struct Introduction<'a> {
    /// `127.0.0.1:PORT`.
    pub(crate) authority: String,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The code of the close frame, or nothing if there was none.
    pub(crate) code: Option<u16>,
    /// The reason, without the ray id behind `#`.
    pub(crate) reason: String,
}

/// A connection.
pub(crate) struct Link {
    version: Version,
    outgoing: mpsc::UnboundedSender<Message>,
    incoming: mpsc::UnboundedReceiver<Result<ToEnvoy, Ended>>,
    /// What came and was not asked for yet.
    kept: VecDeque<ToEnvoy>,
    ended: Option<Ended>,
}

impl Introduction<'_> {
    fn url(&self) -> String {
        let version = self
            .protocol_version
            .map(|version| format!("protocol_version={version}&"))
            .unwrap_or_default();
        format!(
            "ws://{}/envoys/connect?{version}namespace={NAMESPACE}&envoy_key={}&version=1&pool_name={}",
            self.authority, self.key, self.pool
        )
    }
}

impl Link {
    /// Connects, and reads what comes at `version`, whatever the engine was told.
    pub(crate) async fn connect(
        introduction: &Introduction<'_>,
        version: Version,
        pongs: Pongs,
        audit: &Audit,
    ) -> Result<Self> {
        let mut request = introduction.url().into_client_request()?;
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("rivet"));
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let (socket, _) = connect_async_with_config(request, Some(config), true)
            .await
            .context("cannot connect as a host")?;
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (received, incoming) = mpsc::unbounded_channel();
        let carrier = Carrier {
            version,
            pongs,
            audit: audit.clone(),
            received,
        };
        tokio::spawn(carrier.carry(socket, to_send));
        Ok(Self {
            version,
            outgoing,
            incoming,
            kept: VecDeque::new(),
            ended: None,
        })
    }

    pub(crate) fn send(&self, message: &ToRivet) -> Result<()> {
        self.send_octets(message.to_bytes_at(self.version)?);
        Ok(())
    }

    /// Sends a binary frame, whatever it says. On an ended connection nothing happens.
    pub(crate) fn send_octets(&self, octets: impl Into<Bytes>) {
        // The end is what the receiving side says.
        let _ = self.outgoing.send(Message::Binary(octets.into()));
    }

    /// Sends a text frame, which the protocol does not have.
    pub(crate) fn send_text(&self, text: &str) {
        let _ = self.outgoing.send(Message::text(text));
    }

    /// The next message that `pick` takes, by returning `Ok`. The others are kept for later, in order.
    pub(crate) async fn take<T>(
        &mut self,
        what: &str,
        bound: Duration,
        mut pick: impl FnMut(ToEnvoy) -> Result<T, ToEnvoy>,
    ) -> Result<T> {
        let deadline = Instant::now() + bound;
        let mut passed = VecDeque::new();
        let found = loop {
            let message = match self.kept.pop_front() {
                Some(message) => message,
                None => match self.receive(deadline).await {
                    Ok(message) => message,
                    Err(error) => break Err(error),
                },
            };
            match pick(message) {
                Ok(found) => break Ok(found),
                Err(other) => passed.push_back(other),
            }
        };
        passed.append(&mut self.kept);
        self.kept = passed;
        found.with_context(|| format!("waiting for {what}"))
    }

    /// How the connection ends. Messages that come before are kept.
    pub(crate) async fn ended(&mut self, bound: Duration) -> Result<Ended> {
        let deadline = Instant::now() + bound;
        loop {
            if let Some(ended) = &self.ended {
                return Ok(ended.clone());
            }
            match self.receive(deadline).await {
                Ok(message) => self.kept.push_back(message),
                Err(error) if self.ended.is_none() => {
                    return Err(error.context("waiting for the end of the connection"));
                }
                Err(_) => {}
            }
        }
    }

    /// Ends the TCP connection without a word.
    pub(crate) fn cut(self) {
        drop(self);
    }

    async fn receive(&mut self, deadline: Instant) -> Result<ToEnvoy> {
        if let Some(ended) = &self.ended {
            bail!("the connection has ended: {ended:?}");
        }
        match timeout_at(deadline, self.incoming.recv()).await {
            Ok(Some(Ok(message))) => Ok(message),
            Ok(Some(Err(ended))) => {
                self.ended = Some(ended.clone());
                bail!("the connection has ended: {ended:?}");
            }
            Ok(None) => bail!("the connection's task has ended"),
            Err(_) => bail!("nothing came in time; kept: {:?}", self.kept),
        }
    }
}

/// Moves frames between the socket and the link, so that pings are answered whatever a case is busy with.
struct Carrier {
    version: Version,
    pongs: Pongs,
    audit: Audit,
    received: mpsc::UnboundedSender<Result<ToEnvoy, Ended>>,
}

impl Carrier {
    async fn carry(
        self,
        mut socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        mut to_send: mpsc::UnboundedReceiver<Message>,
    ) {
        let ended = loop {
            tokio::select! {
                message = to_send.recv() => match message {
                    Some(message) => {
                        // An error here shows as the end of what is received.
                        let _ = socket.send(message).await;
                    }
                    // The link is gone: dropping the socket cuts the connection.
                    None => return,
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Binary(octets))) => {
                        if let Some(pong) = self.handle(&octets) {
                            let _ = socket.send(Message::Binary(pong)).await;
                        }
                    }
                    Some(Ok(Message::Close(frame))) => {
                        let (code, reason) = frame.map_or((CloseCode::Status, String::new()), |frame| {
                            (frame.code, frame.reason.to_string())
                        });
                        break Ended { code: Some(code.into()), reason };
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => break Ended { code: None, reason: error.to_string() },
                    None => break Ended { code: None, reason: "end of stream".to_owned() },
                },
            }
        };
        let reason = match ended.reason.split_once('#') {
            Some((reason, _ray)) => reason.to_owned(),
            None => ended.reason,
        };
        let _ = self.received.send(Err(Ended { reason, ..ended }));
        // The answer to the engine's close frame still has to leave.
        let _ = socket.close(None).await;
    }

    /// Passes a frame on, and returns what is to be answered at once.
    fn handle(&self, octets: &Bytes) -> Option<Bytes> {
        // What is refused is kept by the audit, and fails the whole run.
        let message = self.audit.read(self.version, octets).ok()?;
        match &message {
            ToEnvoy::ToEnvoyPing(ping) if self.pongs == Pongs::Sent => {
                let pong = ToRivet::ToRivetPong(ToRivetPong { ts: ping.ts });
                pong.to_bytes_at(self.version).ok()
            }
            _ => {
                let _ = self.received.send(Ok(message));
                None
            }
        }
    }
}
