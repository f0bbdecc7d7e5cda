//! A host's connection over our transport. A task moves messages, so that pings are answered whatever a case is busy with.

use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use envoy_protocol::bare::Frame;
use envoy_protocol::latest::{ToEnvoy, ToRivet, ToRivetPong};
use envoy_protocol::ws::{
    ConnectConfig, EnvoyKey, HostConnection, HostParams, ReceiveError, connect,
};
use envoy_protocol::{Close, CloseReason};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::api::NAMESPACE;
use crate::audit::Audit;
use crate::case::Context;

/// What the engine is waited for, if nothing else is said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How a connection ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// The engine closed it.
    Closed(Close),
    /// No close came.
    Lost(String),
}

/// A connection.
pub(crate) struct Link {
    outgoing: mpsc::UnboundedSender<ToRivet>,
    incoming: mpsc::UnboundedReceiver<Result<ToEnvoy, Ended>>,
    /// What came and was not asked for yet.
    kept: VecDeque<ToEnvoy>,
    ended: Option<Ended>,
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

impl Link {
    /// Connects.
    pub(crate) async fn connect(context: &Context, key: &str) -> Result<Self> {
        let endpoint = format!("http://{}", context.api.authority()).parse()?;
        let params = HostParams::new(NAMESPACE, &context.pool, EnvoyKey::new(key)?)?;
        let config = ConnectConfig::new(endpoint, params.at(context.version));
        let connection = connect(&config).await?;
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (received, incoming) = mpsc::unbounded_channel();
        let carrier = Carrier {
            connection,
            received,
            audit: context.audit.clone(),
        };
        tokio::spawn(carrier.carry(to_send));
        Ok(Self {
            outgoing,
            incoming,
            kept: VecDeque::new(),
            ended: None,
        })
    }

    /// Sends a message. Whether it arrives nobody knows.
    pub(crate) fn send(&self, message: ToRivet) -> Result<()> {
        self.outgoing
            .send(message)
            .context("the connection's task has ended")
    }

    /// The next message that `pick` takes, by breaking off. The others are kept for later, in order.
    pub(crate) async fn take<T>(
        &mut self,
        what: &str,
        bound: Duration,
        mut pick: impl FnMut(ToEnvoy) -> ControlFlow<T, ToEnvoy>,
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
                ControlFlow::Break(found) => break Ok(found),
                ControlFlow::Continue(other) => passed.push_back(other),
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
            bail!("the connection has ended: {ended}");
        }
        match timeout_at(deadline, self.incoming.recv()).await {
            Ok(Some(Ok(message))) => Ok(message),
            Ok(Some(Err(ended))) => {
                self.ended = Some(ended.clone());
                bail!("the connection has ended: {ended}");
            }
            Ok(None) => bail!("the connection's task has ended"),
            Err(_) => bail!("nothing came in time; kept: {:?}", self.kept),
        }
    }
}

/// Moves messages between the connection and the link.
struct Carrier {
    connection: HostConnection,
    received: mpsc::UnboundedSender<Result<ToEnvoy, Ended>>,
    audit: Audit,
}

impl Carrier {
    async fn carry(mut self, mut to_send: mpsc::UnboundedReceiver<ToRivet>) {
        let ended = loop {
            tokio::select! {
                message = to_send.recv() => match message {
                    // An error here shows as the end of what is received.
                    Some(message) => drop(self.connection.send(&message).await),
                    // The link is gone: dropping the connection cuts it.
                    None => return,
                },
                frame = self.connection.next() => match frame {
                    Some(Ok(frame)) => self.handle(&frame).await,
                    Some(Err(error)) => break self.end(error),
                    None => break Ended::Lost("end of stream".to_owned()),
                },
            }
        };
        // Nobody may be left who wants to know.
        let _ = self.received.send(Err(ended));
    }

    async fn handle(&mut self, frame: &Frame<ToEnvoy>) {
        self.audit.accept(self.connection.version(), frame);
        match frame.to_owned() {
            ToEnvoy::ToEnvoyPing(asked) => {
                let answer = ToRivet::ToRivetPong(ToRivetPong { ts: asked.ts });
                drop(self.connection.send(&answer).await);
            }
            message => drop(self.received.send(Ok(message))),
        }
    }

    fn end(&self, error: ReceiveError) -> Ended {
        match error {
            ReceiveError::Closed(close) => Ended::Closed(close),
            ReceiveError::Invalid(invalid) => {
                self.audit.refuse(&invalid.to_string(), None);
                Ended::Lost(invalid.to_string())
            }
            error => Ended::Lost(error.to_string()),
        }
    }
}
