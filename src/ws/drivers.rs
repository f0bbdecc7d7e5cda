//! The drivers: a host's, which connects again and again, and a server's, for one connection.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite};

use super::session::{Driving, Events, Handle, Over, now, parts};
use super::telemetry::attempted;
use super::{
    ConnectConfig, ConnectError, HostConnection, ReceiveError, ServerConnection, Transport,
    connect, connect_over,
};
use crate::session::{self, Disconnect, EnvoyState, HostConfig, ServerConfig};

/// The work of a host's session, to be done by a task of its own: see [`run`](Self::run).
#[must_use = "nothing happens before it runs"]
pub struct HostDriver<D = Network> {
    driving: Driving<session::Host>,
    target: ConnectConfig,
    dial: D,
}

/// Where a host's connections come from. Sealed: it is [`Network`], or [`Streams`] of another kind.
pub trait Dial: sealed::Dial {}

impl<D: sealed::Dial> Dial for D {}

/// Connections over TCP, and TLS where the address asks for it: what [`connect`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Network(());

/// Connections over what a function opens, each time that there is to be one.
#[derive(Debug, Clone, Copy)]
pub struct Streams<F>(F);

/// The work of a server's session, to be done by a task of its own: see [`run`](Self::run).
#[must_use = "nothing happens before it runs"]
pub struct ServerDriver<S> {
    driving: Driving<session::Server>,
    connection: ServerConnection<S>,
}

/// A host's session: it connects, stays connected, and says what happens.
///
/// What `target` and `config` both say is taken from one of them: the envoy key from `target`; the version, the largest
/// frame and the bound on silence from `config`.
pub fn host_session(
    config: HostConfig,
    target: ConnectConfig,
) -> (Handle<session::Host>, Events<session::Host>, HostDriver) {
    host_session_by(config, target, Network(()))
}

/// A host's session as [`host_session`] makes it, over streams that `open` leads to the server: through a proxy, or in a
/// simulation. The address of `target` only makes the URL.
pub fn host_session_over<F, Opening, S>(
    config: HostConfig,
    target: ConnectConfig,
    open: F,
) -> (
    Handle<session::Host>,
    Events<session::Host>,
    HostDriver<Streams<F>>,
)
where
    F: FnMut() -> Opening + Send,
    Opening: Future<Output = io::Result<S>> + Send,
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    host_session_by(config, target, Streams(open))
}

fn host_session_by<D>(
    mut config: HostConfig,
    mut target: ConnectConfig,
    dial: D,
) -> (Handle<session::Host>, Events<session::Host>, HostDriver<D>) {
    target
        .params
        .envoy_key()
        .as_str()
        .clone_into(&mut config.envoy_key);
    target.settings.message_size = config.limits.frame;
    target.settings.silence = None;
    let (handle, events, driving) = parts(session::Host::new(config, now()));
    let driver = HostDriver {
        driving,
        target,
        dial,
    };
    (handle, events, driver)
}

/// A server's session with one host, on a connection that was accepted. `state` is what is kept of this host: the caller
/// takes it from the session that this one replaces, by [`evict`](session::Server::evict).
///
/// When the driver has ended, the state is taken in the same way.
pub fn server_session<S>(
    connection: ServerConnection<S>,
    config: ServerConfig,
    state: EnvoyState,
) -> (
    Handle<session::Server>,
    Events<session::Server>,
    ServerDriver<S>,
) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let unix_ms = since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    });
    let machine = session::Server::new(config, connection.version(), state, now(), unix_ms);
    let (handle, events, driving) = parts(machine);
    (
        handle,
        events,
        ServerDriver {
            driving,
            connection,
        },
    )
}

impl<D: Dial> HostDriver<D> {
    /// Connects, and connects again, until the host is at its end. A host that is dropped before is lost to the server.
    pub async fn run(mut self) {
        // What still has its last words to say.
        let mut old = None;
        while let Some(version) = self.due(&mut old).await {
            self.target.params = self.target.params.clone().at(version);
            let attempt = {
                let mut connecting = pin!(self.dial.dial(&self.target));
                poll_fn(|cx| {
                    let _ = poll_old(&mut old, cx);
                    self.driving.look(cx, |_, _, _| ());
                    connecting.as_mut().poll(cx)
                })
                .await
            };
            attempted(&self.target.endpoint, attempt.as_ref().err());
            let how = match attempt {
                Ok(mut connection) => {
                    let how = self.live(&mut connection).await;
                    old = Some(connection);
                    how
                }
                Err(_) => Disconnect::Gone,
            };
            poll_fn(|cx| {
                self.driving
                    .look(cx, |host, now, _| host.disconnected(&how, now));
                Poll::Ready(())
            })
            .await;
        }
        poll_fn(|cx| poll_old(&mut old, cx)).await;
    }

    /// The version to connect at, when it is time. None at the end of the host.
    async fn due(&mut self, old: &mut Option<HostConnection<D::Stream>>) -> Option<crate::Version> {
        poll_fn(|cx| {
            let _ = poll_old(old, cx);
            let look = |host: &mut session::Host, now, _: &mut Context<'_>| {
                (host.poll_connect(now), host.poll_timeout())
            };
            match self.driving.look(cx, look) {
                (Some(version), _) => Poll::Ready(Some(version)),
                // A host that is not connected waits for its next attempt, or for nothing.
                (None, None) => Poll::Ready(None),
                (None, Some(_)) => Poll::Pending,
            }
        })
        .await
    }

    /// One connection.
    async fn live(&mut self, connection: &mut HostConnection<D::Stream>) -> Disconnect {
        let mut told = false;
        let over = poll_fn(|cx| {
            if !told {
                told = true;
                self.driving.look(cx, |host, now, _| host.connected(now));
            }
            self.driving.poll_connection(connection, cx)
        });
        match over.await {
            Over::Peer(ReceiveError::Closed(close)) => Disconnect::Closed(close),
            Over::Peer(_) | Over::Machine => Disconnect::Gone,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ServerDriver<S> {
    /// Drives the session until its connection has ended: by the session itself, or by what is returned.
    pub async fn run(mut self) -> Result<(), ReceiveError> {
        let over = poll_fn(|cx| self.driving.poll_connection(&mut self.connection, cx));
        let over = over.await;
        // From here on nothing happens, and who waits for events need not wait for the last words.
        self.driving.finish();
        poll_fn(|cx| self.connection.poll_closed(cx)).await;
        match over {
            Over::Peer(error) => Err(error),
            Over::Machine => Ok(()),
        }
    }
}

/// Has the last words of an old connection said.
fn poll_old<S: AsyncRead + AsyncWrite + Unpin>(
    old: &mut Option<HostConnection<S>>,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if let Some(connection) = old {
        std::task::ready!(connection.poll_closed(cx));
        *old = None;
    }
    Poll::Ready(())
}

mod sealed {
    use super::{
        AsyncRead, AsyncWrite, ConnectConfig, ConnectError, HostConnection, Network, Streams,
        Transport, connect, connect_over, io,
    };

    pub trait Dial: Send {
        type Stream: AsyncRead + AsyncWrite + Unpin + Send;

        fn dial(
            &mut self,
            target: &ConnectConfig,
        ) -> impl Future<Output = Result<HostConnection<Self::Stream>, ConnectError>> + Send;
    }

    impl Dial for Network {
        type Stream = Transport;

        async fn dial(&mut self, target: &ConnectConfig) -> Result<HostConnection, ConnectError> {
            connect(target).await
        }
    }

    impl<F, Opening, S> Dial for Streams<F>
    where
        F: FnMut() -> Opening + Send,
        Opening: Future<Output = io::Result<S>> + Send,
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        type Stream = S;

        async fn dial(
            &mut self,
            target: &ConnectConfig,
        ) -> Result<HostConnection<S>, ConnectError> {
            let bound = target.settings.handshake;
            let opened = tokio::time::timeout(bound, (self.0)()).await;
            let opened = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            connect_over(opened.map_err(ConnectError::Unreachable)?, target).await
        }
    }
}
