//! `envoy gateway`.

use std::error::Error as _;
use std::io::{IsTerminal as _, Write};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use depot::Depot;
use envoy_client::Token;
use envoy_gateway::{Gateway, StartError, Timing};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(arguments, out));
    // What is under way after a second signal is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn serve(arguments: &Arguments, out: &mut impl Write) -> Result {
    let mut signals = Signals::listen()?;
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
    let gateway = builder.start().await.map_err(|error| match error {
        StartError::Store(error) if !arguments.in_memory => {
            let why = error.source().map(ToString::to_string);
            Failure::service(format!(
                "expected to serve the store in {}, but found: {}",
                arguments.data.display(),
                why.unwrap_or_else(|| error.to_string())
            ))
        }
        error => Failure::service(error),
    })?;
    let gateway = Arc::new(gateway);
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
        () = signals.next() => tokio::select! {
            () = gateway.shutdown() => Ok(Outcome::Good),
            () = signals.next() => Err(Failure::service(
                "expected to end once all requests have, but was asked to again before that",
            )),
        },
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

/// A token of the environment. An empty one is taken for a mistake, not for no token at all.
pub(crate) fn secret(name: &str) -> Result<Option<String>> {
    let found = match std::env::var(name) {
        Ok(secret) if secret.is_empty() => "nothing",
        Ok(secret) if Token::new(&*secret).is_some() => return Ok(Some(secret)),
        // Not which: that is a part of it.
        Ok(_) | Err(std::env::VarError::NotUnicode(_)) => "other characters",
        Err(std::env::VarError::NotPresent) => return Ok(None),
    };
    Err(Failure::service(format!(
        "expected a token of letters, digits and !#$%&'*+-.^_`|~ in {name}, but found {found}"
    )))
}

/// What asks a process to end: SIGTERM and SIGINT. They do not end it by themselves any more.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Failure::service)?,
            interrupt: signal(SignalKind::interrupt()).map_err(Failure::service)?,
        })
    }

    /// The next of them. None is lost if it is not waited for.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
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
