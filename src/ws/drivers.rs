//! The drivers: a host's, which connects again and again, and a server's, for one connection.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite};

use super::session::{Driving, Events, Handle, Over, now, parts};
use super::telemetry::attempted;
use super::{ConnectConfig, HostConnection, ReceiveError, ServerConnection, connect};
use crate::session::{self, Disconnect, EnvoyState, HostConfig, ServerConfig};

/// The work of a host's session, to be done by a task of its own: see [`run`](Self::run).
#[must_use = "nothing happens before it runs"]
pub struct HostDriver {
    driving: Driving<session::Host>,
    target: ConnectConfig,
}

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
    mut config: HostConfig,
    mut target: ConnectConfig,
) -> (Handle<session::Host>, Events<session::Host>, HostDriver) {
    target
        .params
        .envoy_key()
        .as_str()
        .clone_into(&mut config.envoy_key);
    target.settings.message_size = config.limits.frame;
    target.settings.silence = None;
    let (handle, events, driving) = parts(session::Host::new(config, now()));
    (handle, events, HostDriver { driving, target })
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

impl HostDriver {
    /// Connects, and connects again, until the host is at its end. A host that is dropped before is lost to the server.
    pub async fn run(mut self) {
        // What still has its last words to say.
        let mut old = None;
        while let Some(version) = self.due(&mut old).await {
            self.target.params = self.target.params.clone().at(version);
            let attempt = {
                let mut connecting = pin!(connect(&self.target));
                poll_fn(|cx| {
                    let _ = poll_old(&mut old, cx);
                    self.driving.look(cx, |_, _, _| ());
                    connecting.as_mut().poll(cx)
                })
                .await
            };
            attempted(attempt.as_ref().err());
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
    async fn due(&mut self, old: &mut Option<HostConnection>) -> Option<crate::Version> {
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
    async fn live(&mut self, connection: &mut HostConnection) -> Disconnect {
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
fn poll_old(old: &mut Option<HostConnection>, cx: &mut Context<'_>) -> Poll<()> {
    if let Some(connection) = old {
        std::task::ready!(connection.poll_closed(cx));
        *old = None;
    }
    Poll::Ready(())
}
