//! Sessions over connections: the machines of [`session`](crate::session), with sockets and a clock.
//!
//! A session comes in three parts. The driver is a future that does all of the work, for a task of its own: it answers
//! pings whatever the session's user does. The handle is for calling the machine, from anywhere. The events are for
//! one task to look at.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use futures_util::{FutureExt as _, Stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;

use super::telemetry::{Gauges, round_trip};
use super::{Connection, End, Host, ReceiveError, Server};
use crate::session::{self, HostEvent, ServerEvent, Transmit};

/// How many messages are received before others get their turn.
const TURN: usize = 64;

/// A machine that a session drives. Sealed: it is [`session::Host`] or [`session::Server`].
pub trait Machine: sealed::Drive + Send + 'static {
    /// Which end it is.
    type End: End;
    /// What it tells.
    type Event: Send;
}

impl Machine for session::Host {
    type End = Host;
    type Event = HostEvent;
}

impl Machine for session::Server {
    type End = Server;
    type Event = ServerEvent;
}

/// Calls the machine of a session. Clones are of the same session.
pub struct Handle<M: Machine>(Arc<Shared<M>>);

/// What happens in a session. It ends when the session has.
pub struct Events<M: Machine>(Arc<Shared<M>>);

/// What the parts of a session share.
pub(super) struct Shared<M> {
    machine: Mutex<M>,
    /// Wakes the driver, to look at the machine.
    changed: AtomicWaker,
    /// Wakes who looks at the events.
    happened: AtomicWaker,
    /// Whether the driver is gone.
    over: AtomicBool,
}

impl<M: Machine> Handle<M> {
    /// Calls the machine, with the present time. What it has to send leaves at once.
    ///
    /// The machine is locked meanwhile, so this is no place to wait in, or to call another session from.
    pub fn with<T>(&self, call: impl FnOnce(&mut M, Instant) -> T) -> T {
        let result = call(&mut self.0.lock(), now());
        self.0.changed.wake();
        self.0.happened.wake();
        result
    }
}

impl<M: Machine> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Machine> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl<M: Machine> Stream for Events<M> {
    type Item = M::Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M::Event>> {
        // Before looking, so that nothing that happens meanwhile is missed.
        self.0.happened.register(cx.waker());
        let over = self.0.over.load(Ordering::Acquire);
        match M::event(&mut self.0.lock()) {
            Some(event) => {
                if let Some(time) = M::round_trip(&event) {
                    round_trip(time);
                }
                Poll::Ready(Some(event))
            }
            None if over => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl<M: Machine> fmt::Debug for Events<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// The three parts of a session.
pub(super) fn parts<M: Machine>(machine: M) -> (Handle<M>, Events<M>, Driving<M>) {
    let shared = Arc::new(Shared {
        machine: Mutex::new(machine),
        changed: AtomicWaker::new(),
        happened: AtomicWaker::new(),
        over: AtomicBool::new(false),
    });
    let driving = Driving {
        shared: Arc::clone(&shared),
        timer: None,
        read: 0,
        gauges: Gauges::new(name::<M::End>()),
    };
    (Handle(Arc::clone(&shared)), Events(shared), driving)
}

impl<M> Shared<M> {
    pub(super) fn lock(&self) -> MutexGuard<'_, M> {
        // A machine panics at nothing; a user's call may, and has then left it as far as it came.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side of the driver.
pub(super) struct Driving<M: Machine> {
    pub(super) shared: Arc<Shared<M>>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Octets that had come in on the connection when it was last looked at.
    read: u64,
    gauges: Gauges,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum Over {
    /// By the peer, or by what it did.
    Peer(ReceiveError),
    /// The machine closed it.
    Machine,
}

impl<M: Machine> Driving<M> {
    /// Looks at the machine: what is due is done, who looks at events is told, and the timer is set.
    ///
    /// Whatever changes the machine wakes `cx`.
    pub(super) fn look<T>(
        &mut self,
        cx: &mut Context<'_>,
        look: impl FnOnce(&mut M, Instant, &mut Context<'_>) -> T,
    ) -> T {
        self.shared.changed.register(cx.waker());
        let shared = Arc::clone(&self.shared);
        let mut machine = shared.lock();
        let now = now();
        if machine.poll_timeout().is_some_and(|due| due <= now) {
            machine.handle_timeout(now);
        }
        let result = look(&mut machine, now, cx);
        let due = machine.poll_timeout();
        self.gauges.queued(machine.queued());
        drop(machine);
        self.shared.happened.wake();
        self.arm(due, cx);
        result
    }

    /// Drives the machine with this connection until it has ended. The last words may still have to be sent.
    pub(super) fn poll_connection<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Connection<M::End, S>,
        cx: &mut Context<'_>,
    ) -> Poll<Over> {
        for turn in 0.. {
            if turn == TURN {
                cx.waker().wake_by_ref();
                break;
            }
            match connection.poll_octets(cx) {
                Poll::Ready(Ok(octets)) => self.shared.lock().receive(octets, now()),
                Poll::Ready(Err(error)) => {
                    self.shared.happened.wake();
                    return Poll::Ready(Over::Peer(error));
                }
                Poll::Pending => break,
            }
        }
        let read = connection.octets_read();
        if read != self.read {
            self.read = read;
            // Perhaps parts of a message that takes its time.
            self.shared.lock().heard(now());
        }
        self.look(cx, |machine, now, cx| {
            transmit(machine, connection, now, cx)
        })
    }

    /// The driver ends: no more happens.
    pub(super) fn finish(&mut self) {
        self.gauges.queued(0);
        self.shared.over.store(true, Ordering::Release);
        self.shared.happened.wake();
    }

    fn arm(&mut self, due: Option<Instant>, cx: &mut Context<'_>) {
        let Some(due) = due.map(tokio::time::Instant::from_std) else {
            self.timer = None;
            return;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        if timer.poll_unpin(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

impl<M: Machine> Drop for Driving<M> {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Sends what the machine has, as far as the network takes it. An error of that shows in receiving, and there with its
/// reason.
fn transmit<M, S>(
    machine: &mut M,
    connection: &mut Connection<M::End, S>,
    now: Instant,
    cx: &mut Context<'_>,
) -> Poll<Over>
where
    M: Machine,
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Poll::Ready(Ok(())) = connection.poll_room(cx) {
        match machine.poll_transmit(now) {
            Some(Transmit::Frame { octets, .. }) => {
                let _ = connection.start_octets(octets);
            }
            Some(Transmit::Close(close)) => {
                connection.start_close(&close);
                return Poll::Ready(Over::Machine);
            }
            None => break,
        }
    }
    let _ = connection.poll_sent(cx);
    Poll::Pending
}

fn name<E: End>() -> &'static str {
    E::NAME
}

/// The clock that the timers go by, which a test may have stopped.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

mod sealed {
    use std::time::Duration;

    use super::{Bytes, HostEvent, Instant, Machine, ServerEvent, Transmit, session};

    pub trait Drive: Sized {
        fn receive(&mut self, octets: Bytes, now: Instant);
        fn heard(&mut self, now: Instant);
        fn poll_transmit(&mut self, now: Instant) -> Option<Transmit>;
        fn poll_timeout(&self) -> Option<Instant>;
        fn handle_timeout(&mut self, now: Instant);
        fn queued(&self) -> usize;
        fn event(&mut self) -> Option<Self::Event>
        where
            Self: Machine;
        fn round_trip(event: &Self::Event) -> Option<Duration>
        where
            Self: Machine;
    }

    macro_rules! drive {
        ($machine:ty, $heard:expr, $round_trip:expr) => {
            impl Drive for $machine {
                fn receive(&mut self, octets: Bytes, now: Instant) {
                    self.receive(octets, now);
                }

                fn heard(&mut self, now: Instant) {
                    $heard(self, now);
                }

                fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
                    self.poll_transmit(now)
                }

                fn poll_timeout(&self) -> Option<Instant> {
                    self.poll_timeout()
                }

                fn handle_timeout(&mut self, now: Instant) {
                    self.handle_timeout(now);
                }

                fn queued(&self) -> usize {
                    self.stats().queued
                }

                fn event(&mut self) -> Option<<Self as Machine>::Event> {
                    self.poll_event()
                }

                fn round_trip(event: &<Self as Machine>::Event) -> Option<Duration> {
                    $round_trip(event)
                }
            }
        };
    }

    drive!(session::Host, session::Host::heard, no_round_trip);
    drive!(session::Server, unheard, round_trip);

    /// The server counts pongs, and not what else comes in.
    fn unheard(_: &mut session::Server, _: Instant) {}

    /// The host answers pings, and does not send any.
    fn no_round_trip(_: &HostEvent) -> Option<Duration> {
        None
    }

    fn round_trip(event: &ServerEvent) -> Option<Duration> {
        match event {
            ServerEvent::Pong { round_trip } => Some(*round_trip),
            _ => None,
        }
    }
}
