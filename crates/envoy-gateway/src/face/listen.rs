//! The listener: connections, how many, how slow, and how they end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::App;
use super::stall::Stalling;
use crate::faults::Guard;

/// How the listener and its connections are told to end.
#[derive(Clone, Default)]
pub(crate) struct Ends {
    /// Nothing new is taken; what is under way goes on.
    pub(crate) stop: CancellationToken,
    /// What is under way is cut.
    pub(crate) abort: CancellationToken,
    /// The connections there are.
    pub(crate) connections: TaskTracker,
}

/// After an error of `accept`: where there are no descriptors left, others have to go first.
const PAUSE: Duration = Duration::from_millis(50);

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
            () = ends.stop.cancelled() => return,
            accepted = accept => accepted,
        };
        match accepted {
            Ok(stream) => {
                let connection = connection(stream, Arc::clone(&app), ends.clone());
                ends.connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
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
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ends.stop.cancelled() => {
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
