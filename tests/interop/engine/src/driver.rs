//! Our session over our transport: a task that lets one drive the other, and can be told to cut the line.

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

use crate::audit::Audit;

/// Something to do with the session, at the present time.
pub(crate) type Call = dyn FnOnce(&mut Machine, Instant) + Send;

/// What the task is told.
pub(crate) enum Order {
    /// Do something with the session.
    Call(Box<Call>),
    /// End the TCP connection without a word. The session makes another one when it wants to.
    Cut,
    /// The same, and make no other until told so.
    Leave,
    /// Connect again after a leave.
    Return,
}

/// The task's own.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    /// At whichever version the session asks for.
    pub(crate) config: ConnectConfig,
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
    pub(crate) events: mpsc::UnboundedSender<HostEvent>,
    pub(crate) audit: Audit,
}

/// What there is of a connection.
enum Line {
    /// None, and the session may make one.
    Free,
    /// None, and there is to be none.
    Left,
    Open(Box<HostConnection>),
}

impl Driver {
    /// Runs until the session ends, or nobody is left who gives orders.
    pub(crate) async fn drive(mut self) {
        let mut line = Line::Free;
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
                biased;
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(order, &mut line),
                    None => return,
                },
                frame = next(&mut line) => self.receive(frame, &mut line),
                () = at(due) => self.machine.handle_timeout(Instant::now()),
            }
        }
    }

    async fn connect(&mut self, line: &mut Line) {
        if !matches!(line, Line::Free) {
            return;
        }
        let Some(version) = self.machine.poll_connect(Instant::now()) else {
            return;
        };
        let mut config = self.config.clone();
        config.params = config.params.at(version);
        match connect(&config).await {
            Ok(connection) => {
                *line = Line::Open(Box::new(connection));
                self.machine.connected(Instant::now());
            }
            Err(_) => self.machine.disconnected(&Disconnect::Gone, Instant::now()),
        }
    }

    async fn transmit(&mut self, line: &mut Line) {
        let Line::Open(connection) = line else {
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
                    *line = Line::Free;
                    self.machine.disconnected(&Disconnect::Gone, Instant::now());
                    return;
                }
            }
        }
    }

    fn receive(&mut self, frame: Result<Frame<ToEnvoy>, ReceiveError>, line: &mut Line) {
        let now = Instant::now();
        let how = match (frame, &*line) {
            (Ok(frame), Line::Open(connection)) => {
                self.audit.accept(connection.version(), &frame);
                self.machine.receive(frame.octets().clone(), now);
                return;
            }
            (Err(ReceiveError::Closed(close)), _) => Disconnect::Closed(close),
            (Err(ReceiveError::Invalid(invalid)), _) => {
                self.audit.refuse(&invalid.to_string(), None);
                Disconnect::Gone
            }
            _ => Disconnect::Gone,
        };
        *line = Line::Free;
        self.machine.disconnected(&how, now);
    }

    fn obey(&mut self, order: Order, line: &mut Line) {
        let now = Instant::now();
        match order {
            Order::Call(call) => call(&mut self.machine, now),
            Order::Cut => {
                *line = Line::Free;
                self.machine.disconnected(&Disconnect::Gone, now);
            }
            Order::Leave => {
                *line = Line::Left;
                self.machine.disconnected(&Disconnect::Gone, now);
            }
            Order::Return => *line = Line::Free,
        }
    }
}

/// What comes next on the connection; nothing ever, if there is none.
async fn next(line: &mut Line) -> Result<Frame<ToEnvoy>, ReceiveError> {
    if let Line::Open(connection) = line
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
