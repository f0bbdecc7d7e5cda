//! A gateway as its user sees it: made, asked, and ended.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use depot::Depot;
use envoy_protocol::ws::Token;
use tokio::net::TcpSocket;
use tokio::sync::{OnceCell, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::budget::Budget;
use crate::config::{Config, Limits, Timing, Tokens};
use crate::director::{Director, OpenError};
use crate::face::{App, Ends, Listener, serve};
use crate::faults::{Faults, Guard};
use crate::host::Hosts;
use crate::metrics::Metrics;
use crate::storage::{Storage, StorageConfig, depot_limits};
use crate::tunnel::Tunnels;

/// A server of the envoy protocol that runs.
///
/// ```no_run
/// use envoy_gateway::Gateway;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = Gateway::builder().listen("127.0.0.1:6420").data("data").start().await?;
/// println!("listening on {}", gateway.local_addr());
/// gateway.wait().await?;
/// # Ok(())
/// # }
/// ```
///
/// [`shutdown`](Self::shutdown) ends it well. One that is dropped ends at once: what is under way is cut, and what was
/// acknowledged is stored.
pub struct Gateway {
    app: Arc<App>,
    local_addr: SocketAddr,
    ends: Ends,
    listening: std::sync::Mutex<Option<JoinHandle<()>>>,
    /// The director's task has ended.
    undirected: CancellationToken,
    shut: OnceCell<()>,
    ended: CancellationToken,
}

/// Makes a [`Gateway`].
#[derive(Debug)]
#[must_use = "it does nothing before it is started"]
pub struct Builder {
    addresses: io::Result<Vec<SocketAddr>>,
    store: Option<Store>,
    namespaces: Vec<String>,
    api_token: Option<String>,
    host_token: Option<String>,
    caller_token: Option<String>,
    limits: Limits,
    timing: Timing,
    faults: Faults,
}

#[derive(Debug)]
enum Store {
    Folder(PathBuf),
    Memory,
    #[cfg(any(test, feature = "sim"))]
    Made(Depot),
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Nothing was said of where to store. `data` or `in_memory` does.
    #[error("expected a folder to store in, or that memory will do, but found neither")]
    NoStore,
    /// The address to listen on is none, or cannot be had.
    #[error("expected to listen, but found: {0}")]
    Listen(#[source] io::Error),
    /// A token that cannot be sent in a header.
    #[error(
        "expected a token of letters, digits and {expected:?} for {whom}, but found another one"
    )]
    Token {
        /// Who has to show it.
        whom: &'static str,
        /// What may be in it beside letters and digits.
        expected: &'static str,
    },
    /// The store cannot be opened, or has in it what this version does not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store failed.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// A gateway ended by itself: its store cannot be used any more.
#[derive(Debug, thiserror::Error)]
#[error("the gateway ended: its store cannot be used any more")]
pub struct Failed;

/// How long hosts have to take in that the gateway ends.
const FAREWELL: Duration = Duration::from_secs(5);
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
const PUNCTUATION: &str = "!#$%&'*+-.^_`|~";

impl Builder {
    /// Listens on this address; port 0 is one that is free. Default: `127.0.0.1:6420`.
    pub fn listen(mut self, address: impl ToSocketAddrs) -> Self {
        self.addresses = address.to_socket_addrs().map(Iterator::collect);
        self
    }

    /// Stores in this folder, which is made if there is none.
    pub fn data(mut self, folder: impl AsRef<Path>) -> Self {
        self.store = Some(Store::Folder(folder.as_ref().to_owned()));
        self
    }

    /// Stores in memory: everything is gone with the gateway.
    pub fn in_memory(mut self) -> Self {
        self.store = Some(Store::Memory);
        self
    }

    /// Stores in this engine, where nobody sweeps. For simulations.
    #[cfg(feature = "sim")]
    pub fn engine(mut self, engine: impl depot::engine::Engine) -> Self {
        let config = depot::Config {
            limits: depot_limits(),
            sweep: depot::Sweep::Manual,
            ..depot::Config::default()
        };
        self.store = Some(Store::Made(Depot::new(engine, config)));
        self
    }

    /// The namespaces there are. Default: `default`.
    pub fn namespaces(mut self, namespaces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.namespaces = namespaces.into_iter().map(Into::into).collect();
        self
    }

    /// What callers of the API and hosts have to show, unless they are given tokens of their own. Default: nothing.
    ///
    /// Health and metadata are for everybody, and so are actors: see [`caller_token`](Self::caller_token).
    pub fn token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.host_token.get_or_insert_with(|| token.clone());
        self.api_token.get_or_insert(token);
        self
    }

    /// What callers of the API have to show: `Authorization: Bearer T`.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_token = Some(token.into());
        self
    }

    /// What hosts have to show: the subprotocol `rivet_token.T`.
    pub fn host_token(mut self, token: impl Into<String>) -> Self {
        self.host_token = Some(token.into());
        self
    }

    /// What those who send requests to actors have to show: `/gateway/ID@T`, the header `x-rivet-token`, or the parameter
    /// `rvt-token`. Default: nothing.
    pub fn caller_token(mut self, token: impl Into<String>) -> Self {
        self.caller_token = Some(token.into());
        self
    }

    /// How much it takes on.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long it waits.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Leaves a guard out, to show that somebody notices. For tests alone: what is stored is not safe any more.
    #[cfg(feature = "faults")]
    pub fn without(mut self, guard: crate::Guard) -> Self {
        self.faults = self.faults.without(guard);
        self
    }

    /// Opens the store and listens. Needs a tokio runtime with IO and time enabled, which does the work from then on.
    ///
    /// An address that another program has is found out before the store is opened, or made.
    pub async fn start(self) -> Result<Gateway, StartError> {
        self.start_on(|addresses| {
            let socket = bind(addresses)?;
            let local_addr = socket.local_addr()?;
            Ok((local_addr, move || socket.listen(BACKLOG)))
        })
        .await
    }

    /// Opens the store, and takes the connections that come from `streams`. Where it listens is of no meaning then. For
    /// simulations.
    #[cfg(feature = "sim")]
    pub async fn start_over<S>(
        self,
        streams: mpsc::UnboundedReceiver<S>,
    ) -> Result<Gateway, StartError>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        self.start_on(|_| Ok((nowhere, || Ok(streams)))).await
    }

    async fn start_on<L: Listener, Listen: FnOnce() -> io::Result<L>>(
        self,
        bind: impl FnOnce(&[SocketAddr]) -> io::Result<(SocketAddr, Listen)>,
    ) -> Result<Gateway, StartError> {
        let config = Config {
            tokens: Tokens {
                api: token("the API", self.api_token)?,
                hosts: token("hosts", self.host_token)?,
                callers: token("callers of actors", self.caller_token)?,
            },
            namespaces: self.namespaces,
            limits: self.limits,
            timing: self.timing,
            faults: self.faults,
        };
        let addresses = self.addresses.map_err(StartError::Listen)?;
        let store = self.store.ok_or(StartError::NoStore)?;
        let refused = |error: io::Error| {
            let asked: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let text = format!("{}: {error}", asked.join(", "));
            StartError::Listen(io::Error::new(error.kind(), text))
        };
        let began = Instant::now();
        // Before the store, which would be made and left behind; nobody can connect yet.
        let (local_addr, listen) = bind(&addresses).map_err(refused)?;
        let depot = open(store, self.faults).await?;
        let (refusing, refusals) = mpsc::unbounded_channel();
        let storage = StorageConfig {
            answer_bytes: config.limits.response_payload,
            faults: self.faults,
            ..StorageConfig::default()
        };
        let storage = Storage::new(depot.clone(), storage, refusing);
        let lifecycle = config.lifecycle(began.elapsed());
        let opened = Director::open(depot.clone(), storage.clone(), refusals, lifecycle).await;
        let (director, directing) = opened.map_err(|error: OpenError| StoreError(error.into()))?;
        // The last thing that can fail: who connects from here on is served.
        let listener = listen().map_err(refused)?;
        let budget = Budget::new(config.limits.held_octets);
        let requests = config.limits.requests.clamp(1, Semaphore::MAX_PERMITS);
        let app = Arc::new(App {
            requests: Arc::new(Semaphore::new(requests)),
            tunnels: Tunnels::new(budget.clone(), config.faults),
            hosts: Hosts::default(),
            metrics: Metrics::default(),
            is_stopping: AtomicBool::new(false),
            budget,
            config,
            depot,
            storage,
            director,
        });
        let undirected = CancellationToken::new();
        let is_over = undirected.clone().drop_guard();
        tokio::spawn(async move {
            directing.await;
            drop(is_over);
        });
        let ends = Ends::default();
        let listening = tokio::spawn(serve(listener, Arc::clone(&app), ends.clone()));
        tracing::info!(address = %local_addr, "the gateway listens");
        Ok(Gateway {
            app,
            local_addr,
            ends,
            listening: std::sync::Mutex::new(Some(listening)),
            undirected,
            shut: OnceCell::new(),
            ended: CancellationToken::new(),
        })
    }
}

impl Gateway {
    /// A gateway that is to be made.
    pub fn builder() -> Builder {
        Builder {
            addresses: Ok(vec![SocketAddr::from(([127, 0, 0, 1], 6420))]),
            store: None,
            namespaces: vec!["default".to_owned()],
            api_token: None,
            host_token: None,
            caller_token: None,
            limits: Limits::default(),
            timing: Timing::default(),
            faults: Faults::default(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Whether requests would be served, as `/health` says it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.app.readiness().is_ok()
    }

    /// Copies everything that is stored, as of one moment, into a new folder, which another gateway can be started with.
    /// It serves meanwhile. The folder is there once the copy is complete.
    pub async fn backup(&self, folder: impl AsRef<Path>) -> Result<(), StoreError> {
        let copied = self.app.depot.backup(folder).await;
        copied.map_err(|error| StoreError(error.into()))
    }

    /// Ends it: `/health` says so, the listener closes, requests that are under way have [`Timing::shutdown`] to end, hosts
    /// are told to connect elsewhere, and the store closes. Calling it again waits for the same end.
    pub async fn shutdown(&self) {
        self.shut.get_or_init(|| self.end()).await;
    }

    /// Waits until it was shut down, or cannot go on.
    pub async fn wait(&self) -> Result<(), Failed> {
        tokio::select! {
            biased;
            () = self.ended.cancelled() => Ok(()),
            () = self.undirected.cancelled() => {
                // It ends the director, too.
                if self.app.is_stopping.load(Ordering::Acquire) {
                    self.ended.cancelled().await;
                    return Ok(());
                }
                Err(Failed)
            }
        }
    }

    async fn end(&self) {
        let app = &self.app;
        tracing::info!("the gateway ends");
        app.is_stopping.store(true, Ordering::Release);
        self.ends.listen.cancel();
        let listening = self
            .listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(listening) = listening {
            let _ = listening.await;
        }
        self.ends.stop.cancel();
        // Hosts are still there, or these could not end well.
        self.ends.connections.close();
        if timeout(app.config.timing.shutdown, self.ends.connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = self.ends.connections.len(),
                "requests are cut"
            );
            self.ends.abort.cancel();
            self.ends.connections.wait().await;
        }
        app.hosts.stop.cancel();
        app.hosts.tasks.close();
        if timeout(FAREWELL, app.hosts.tasks.wait()).await.is_err() {
            tracing::warn!("hosts did not take in that the gateway ends");
        }
        app.director.shutdown().await;
        app.storage.close().await;
        let depot = app.depot.clone();
        // It waits for the disk.
        let _ = tokio::task::spawn_blocking(move || depot.close()).await;
        tracing::info!("the gateway has ended");
        self.ended.cancel();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.app.is_stopping.store(true, Ordering::Release);
        self.ends.listen.cancel();
        self.ends.stop.cancel();
        self.ends.abort.cancel();
        self.app.hosts.stop.cancel();
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("local_addr", &self.local_addr)
            .finish_non_exhaustive()
    }
}

/// A socket that has the first of these addresses that can be had, and does not listen yet.
fn bind(addresses: &[SocketAddr]) -> io::Result<TcpSocket> {
    let mut refused = None;
    for address in addresses {
        let bound = || {
            let socket = match address {
                SocketAddr::V4(_) => TcpSocket::new_v4(),
                SocketAddr::V6(_) => TcpSocket::new_v6(),
            }?;
            // Elsewhere it would let two programs listen at one address.
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket.bind(*address)?;
            Ok(socket)
        };
        match bound() {
            Ok(socket) => return Ok(socket),
            Err(error) => refused = Some(error),
        }
    }
    let none = || io::Error::new(io::ErrorKind::InvalidInput, "no address");
    Err(refused.unwrap_or_else(none))
}

async fn open(store: Store, faults: Faults) -> Result<Depot, StartError> {
    let mut config = depot::Config {
        limits: depot_limits(),
        ..depot::Config::default()
    };
    if faults.lack(Guard::Limits) {
        config.limits.commit_pages *= 2;
    }
    match store {
        #[cfg(any(test, feature = "sim"))]
        Store::Made(depot) => Ok(depot),
        Store::Memory => {
            config.sweep = depot::Sweep::Background;
            Ok(Depot::new(depot::MemoryEngine::new(), config))
        }
        Store::Folder(folder) => {
            let opened = tokio::task::spawn_blocking(move || Depot::open(folder, config)).await;
            let failed = |error| StartError::Store(StoreError(error));
            match opened {
                Ok(Ok(depot)) => Ok(depot),
                Ok(Err(error)) => Err(failed(error.into())),
                Err(error) => Err(failed(error.into())),
            }
        }
    }
}

fn token(whom: &'static str, token: Option<String>) -> Result<Option<Token>, StartError> {
    let Some(token) = token else {
        return Ok(None);
    };
    let expected = PUNCTUATION;
    Token::new(token)
        .map(Some)
        .ok_or(StartError::Token { whom, expected })
}
