//! A client of an actor's WebSocket, through the gateway.

use anyhow::{Context as _, Result, bail};
use envoy_protocol::Close;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::api::Api;
use crate::api::PATIENCE;

/// A client that is connected.
#[derive(Debug)]
pub struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Connects to `path` of an actor. The gateway accepts before the actor does.
    pub async fn connect(api: Api, actor: &str, path: &str) -> Result<Self> {
        let url = format!("ws://{}/gateway/{actor}{path}", api.authority());
        let mut request = url.into_client_request()?;
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("rivet"));
        let (socket, _) = connect_async(request)
            .await
            .context("cannot connect as a client")?;
        Ok(Self(socket))
    }

    /// Sends a message, and does not wait for the actor to have it.
    pub async fn send(&mut self, message: Message) -> Result<()> {
        Ok(self.0.send(message).await?)
    }

    /// The next text or binary message. A close is an error, and so is [`PATIENCE`] without one.
    pub async fn next(&mut self) -> Result<Message> {
        loop {
            match self.receive().await? {
                message @ (Message::Text(_) | Message::Binary(_)) => return Ok(message),
                Message::Close(frame) => bail!("expected a message, but found a close: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Closes, and waits for the answer to that.
    pub async fn close(mut self, code: u16, reason: &str) -> Result<()> {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        self.0.close(Some(frame)).await?;
        self.ended().await?;
        Ok(())
    }

    /// What the other side closes with.
    pub async fn ended(&mut self) -> Result<Close> {
        loop {
            match self.receive().await? {
                Message::Close(frame) => {
                    return Ok(
                        frame.map_or(Close::from_frame(Close::NO_STATUS, ""), |frame| {
                            Close::from_frame(frame.code.into(), &frame.reason)
                        }),
                    );
                }
                Message::Text(_) | Message::Binary(_) => {
                    bail!("expected a close, but found a message")
                }
                _ => {}
            }
        }
    }

    async fn receive(&mut self) -> Result<Message> {
        let next = timeout(PATIENCE, self.0.next())
            .await
            .context("nothing came to the client in time")?;
        Ok(next.context("expected more of the client's connection, but it has ended")??)
    }
}
