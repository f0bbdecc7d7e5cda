//! Our session over our transport: a task that lets one drive the other.

use std::future::pending;
use std::time::Instant;

use envoy_protocol::Versioned as _;
use envoy_protocol::bare::{DecodeLimits, Frame};
use envoy_protocol::latest::{ToEnvoy, ToRivet};
use envoy_protocol::session::{Disconnect, Host as Machine, HostEvent, Transmit};
use envoy_protocol::ws::{ConnectConfig, HostConnection, ReceiveError, connect};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

/// Something to do with the session, at the present time.
pub(crate) type Call = dyn FnOnce(&mut Machine, Instant) + Send;

/// The task's own.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    /// At whichever version the session asks for.
    pub(crate) config: ConnectConfig,
    pub(crate) calls: mpsc::UnboundedReceiver<Box<Call>>,
    pub(crate) events: mpsc::UnboundedSender<HostEvent>,
}

impl Driver {
    /// Runs until the session ends, or nobody is left who wants something of it.
    pub(crate) async fn drive(mut self) {
        let mut line = None;
        loop {
            self.connect(&mut line).await;
            self.transmit(&mut line).await;
            // Last, since the others make something happen too.
            while let Some(event) = self.machine.poll_event() {
                if self.events.send(event).is_err() {
                    return;
                }
            }
            let due = self.machine.poll_timeout();
            tokio::select! {
                call = self.calls.recv() => match call {
                    Some(call) => call(&mut self.machine, Instant::now()),
                    None => return,
                },
                frame = next(&mut line) => self.receive(frame, &mut line),
                () = at(due) => self.machine.handle_timeout(Instant::now()),
            }
        }
    }

    async fn connect(&mut self, line: &mut Option<HostConnection>) {
        if line.is_some() {
            return;
        }
        let Some(version) = self.machine.poll_connect(Instant::now()) else {
            return;
        };
        let mut config = self.config.clone();
        config.params = config.params.at(version);
        match connect(&config).await {
            Ok(connection) => {
                *line = Some(connection);
                self.machine.connected(Instant::now());
            }
            Err(_) => self.machine.disconnected(&Disconnect::Gone, Instant::now()),
        }
    }

    async fn transmit(&mut self, line: &mut Option<HostConnection>) {
        let Some(connection) = line else {
            return;
        };
        while let Some(transmit) = self.machine.poll_transmit(Instant::now()) {
            match transmit {
                Transmit::Frame { octets, .. } => {
                    let version = connection.version();
                    let message = ToRivet::decode_at(version, &octets, &DecodeLimits::DEFAULT)
                        .expect("what a session sends is a message of its version");
                    // Why the connection has ended the receiving side says.
                    let _ = connection.send(&message).await;
                }
                Transmit::Close(close) => {
                    connection.close(close).await;
                    *line = None;
                    self.machine.disconnected(&Disconnect::Gone, Instant::now());
                    return;
                }
            }
        }
    }

    fn receive(
        &mut self,
        frame: Result<Frame<ToEnvoy>, ReceiveError>,
        line: &mut Option<HostConnection>,
    ) {
        let now = Instant::now();
        let how = match frame {
            Ok(frame) => return self.machine.receive(frame.octets().clone(), now),
            Err(ReceiveError::Closed(close)) => Disconnect::Closed(close),
            Err(_) => Disconnect::Gone,
        };
        *line = None;
        self.machine.disconnected(&how, now);
    }
}

/// What comes next on the connection; nothing ever, if there is none.
async fn next(line: &mut Option<HostConnection>) -> Result<Frame<ToEnvoy>, ReceiveError> {
    if let Some(connection) = line
        && let Some(frame) = connection.next().await
    {
        return frame;
    }
    // Only a connection that was closed here or has told how it ended gives nothing more, and such a one is not kept.
    pending().await
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => pending().await,
    }
}
