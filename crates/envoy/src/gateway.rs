//! `envoy gateway`.

use std::io::{IsTerminal as _, Write};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use depot::Depot;
use envoy_gateway::{Gateway, Timing};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::control::{self, Control};
use crate::failure::{Failure, Outcome};
use crate::serve::{Gateway as Arguments, GatewayCommand};

type Result<T = Outcome> = std::result::Result<T, Failure>;

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result {
    if let Some(GatewayCommand::Backup { data, to }) = &arguments.command {
        return backup(data, to, out);
    }
    #[cfg(feature = "faults")]
    if arguments.guards {
        for guard in envoy_gateway::Guard::ALL {
            writeln!(out, "{}\t{}", guard.name(), guard.about())?;
        }
        return Ok(Outcome::Good);
    }
    log_to_stderr(arguments.log);
    runtime()?.block_on(serve(arguments, out))
}

async fn serve(arguments: &Arguments, out: &mut impl Write) -> Result {
    let terminated = terminated()?;
    let mut timing = Timing::default();
    timing.host_lost = Duration::from_secs(arguments.host_lost.into());
    let mut builder = Gateway::builder()
        .listen(&*addresses(&arguments.listen)?)
        .namespaces(arguments.namespace.iter().cloned())
        .timing(timing);
    builder = if arguments.in_memory {
        builder.in_memory()
    } else {
        builder.data(&arguments.data)
    };
    if let Some(token) = secret("ENVOY_TOKEN")? {
        builder = builder.token(token);
    }
    if let Some(token) = secret("ENVOY_API_TOKEN")? {
        builder = builder.api_token(token);
    }
    if let Some(token) = secret("ENVOY_HOST_TOKEN")? {
        builder = builder.host_token(token);
    }
    if let Some(token) = secret("ENVOY_CALLER_TOKEN")? {
        builder = builder.caller_token(token);
    }
    #[cfg(feature = "faults")]
    if let Some(guard) = arguments.without {
        builder = builder.without(guard);
    }
    let gateway = Arc::new(builder.start().await.map_err(Failure::service)?);
    let control = control(arguments);
    // The one line for programs: with port 0 it is how they learn which one it is.
    writeln!(out, "listening on http://{}", gateway.local_addr())?;
    out.flush()?;
    let backups = async {
        match &control {
            Some(control) => control.serve(Arc::clone(&gateway)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {
            gateway.shutdown().await;
            Ok(Outcome::Good)
        }
        ended = gateway.wait() => {
            ended.map_err(Failure::service)?;
            Ok(Outcome::Good)
        }
        () = backups => Ok(Outcome::Good),
    }
}

/// The library hears of an address what was made of it, and could not say what was asked for.
fn addresses(text: &str) -> Result<Vec<SocketAddr>> {
    let found = text.to_socket_addrs().map_err(|error| {
        Failure::service(format!(
            "expected an address and a port to listen on, such as 127.0.0.1:6420, but found {text:?}: {error}"
        ))
    })?;
    Ok(found.collect())
}

/// The socket for backups. A gateway serves without one, too: the path of a socket has to be short.
fn control(arguments: &Arguments) -> Option<Control> {
    if arguments.in_memory {
        return None;
    }
    Control::bind(&arguments.data)
        .inspect_err(|error| {
            tracing::warn!(%error, "this gateway cannot be asked for backups while it serves");
        })
        .ok()
}

fn backup(data: &Path, to: &Path, out: &mut impl Write) -> Result {
    let asked = control::ask(data, to).map_err(|error| {
        Failure::service(format!(
            "expected to ask the gateway that serves {}, but found: {error}",
            data.display()
        ))
    });
    match asked? {
        Some(Ok(())) => {
            writeln!(
                out,
                "{} was copied to {}, by the gateway that serves it",
                data.display(),
                to.display()
            )?;
            return Ok(Outcome::Good);
        }
        Some(Err(why)) => return Err(Failure::service(why)),
        None => {}
    }
    if !data.join("store.redb").is_file() {
        // Opening would make one, and copy that.
        let text = format!(
            "expected the folder of a store, but found none at {}",
            data.display()
        );
        return Err(Failure::service(text));
    }
    let depot = Depot::open(data, depot::Config::default()).map_err(Failure::service)?;
    let copied = depot.backup(to).wait();
    depot.close();
    copied.map_err(Failure::service)?;
    writeln!(out, "{} was copied to {}", data.display(), to.display())?;
    Ok(Outcome::Good)
}

/// A secret of the environment. An empty one is taken for a mistake, not for no secret at all.
pub(crate) fn secret(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(secret) if secret.is_empty() => Err(Failure::service(format!(
            "expected a token in {name}, but found nothing in it"
        ))),
        Ok(secret) => Ok(Some(secret)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::service(format!(
            "expected a token in {name}, but found no UTF-8"
        ))),
    }
}

/// Resolves when the process is asked to end.
pub(crate) fn terminated() -> Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate()).map_err(Failure::service)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::service)?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

pub(crate) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::service)
}

pub(crate) fn log_to_stderr(level: tracing::Level) {
    let is_terminal = std::io::stderr().is_terminal();
    // Where a program has set another one up already, that one stays.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        .try_init();
}
