//! The listener: connections, how many, how slow, and how they end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::App;
use super::stall::Stalling;
use crate::faults::Guard;

/// How the listener and its connections are told to end.
#[derive(Clone, Default)]
pub(crate) struct Ends {
    /// No more connections are taken, and the listener closes.
    pub(crate) listen: CancellationToken,
    /// Those there are end with what is under way on them. Behind the listener's end, since who is told to come back on
    /// another connection would find it open, and be cut.
    pub(crate) stop: CancellationToken,
    /// What is under way is cut.
    pub(crate) abort: CancellationToken,
    /// The connections there are.
    pub(crate) connections: TaskTracker,
}

/// After an error of `accept`: where there are no descriptors left, others have to go first.
const PAUSE: Duration = Duration::from_millis(50);

/// At the end: how long a connection on which nothing is under way stays open. What was sent on it by then is read, and who
/// asks something is told that it was the last time.
const BREATH: Duration = Duration::from_millis(50);

/// Where connections come from.
pub(crate) trait Listener: Send + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next one. Nothing is lost if it is not waited for.
    fn next(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = self.accept().await?;
        // Without it small answers wait for acknowledgements of those before.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

#[cfg(feature = "sim")]
impl<S> Listener for tokio::sync::mpsc::UnboundedReceiver<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = S;

    async fn next(&mut self) -> io::Result<S> {
        match self.recv().await {
            Some(stream) => Ok(stream),
            None => std::future::pending().await,
        }
    }
}

/// Takes connections until it is stopped. The listener is closed then.
pub(crate) async fn serve(mut listener: impl Listener, app: Arc<App>, ends: Ends) {
    let permits = app.config.limits.connections;
    let permits = Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
    loop {
        let accept = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (listener.next().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            () = ends.listen.cancelled() => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok(stream) => take(stream, &app, &ends, permit.ok()),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    // Who has come before the end is not sent away. Those who wait are taken, whatever the limit: there are no more.
    while let Some(Ok(stream)) = listener.next().now_or_never() {
        take(stream, &app, &ends, None);
        // Without it nobody would be there, as it seems, behind as many as one turn of a task may take.
        tokio::task::consume_budget().await;
    }
}

fn take<S>(stream: S, app: &Arc<App>, ends: &Ends, permit: Option<OwnedSemaphorePermit>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = connection(stream, Arc::clone(app), ends.clone());
    ends.connections.spawn(async move {
        connection.await;
        drop(permit);
    });
}

async fn connection<S>(stream: S, app: Arc<App>, ends: Ends)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _counted = app.metrics.connection();
    let limits = &app.config.limits;
    let io = TokioIo::new(Stalling::new(stream, limits.write_time));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(limits.headers)
        .max_header_size(limits.header_octets);
    if app.config.faults.lack(Guard::Limits) {
        builder.max_header_size(1 << 20).max_buf_size(1 << 20);
    }
    let service = service_fn(|request| Arc::clone(&app).answer(request));
    let mut connection = pin!(builder.serve_connection(io, service).with_upgrades());
    let stopped = async {
        ends.stop.cancelled().await;
        tokio::time::sleep(BREATH).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = ends.abort.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
