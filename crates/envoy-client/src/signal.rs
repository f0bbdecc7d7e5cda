//! How the operating system asks a process to end.

use crate::Error;

/// Resolves when the process is asked to end, by SIGTERM or SIGINT. From the call on these signals no longer end it by
/// themselves.
#[cfg(unix)]
pub(crate) fn terminated() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| {
        signal(kind).map_err(|error| Error::System {
            reason: error.to_string(),
        })
    };
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves when the process is asked to end.
#[cfg(not(unix))]
pub(crate) fn terminated() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        // Without the signal there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
