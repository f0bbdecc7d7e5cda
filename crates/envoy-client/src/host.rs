//! A host: its configuration, its session, and its end.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use envoy_protocol::latest;
use envoy_protocol::session::{self, CloseWhen, Fallback, HostConfig, Terminal};
use envoy_protocol::ws::{
    ConnectConfig, ConnectError, Endpoint, EnvoyKey, Events, Handle, HostDriver, HostParams, Token,
    host_session,
};
use envoy_protocol::{Version, bare};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::actor::{Actor, ActorResult, Kind};
use crate::link::Link;
use crate::pump::{Pump, Status};
use crate::registry::Shared;
use crate::{Context, Error, Options, pool};

/// A host that is being put together: which server it connects to, as what, and which actors it runs.
///
/// ```no_run
/// # use envoy_client::{Actor, ActorResult, Context, Error};
/// # struct Counter;
/// # impl Actor for Counter {
/// #     async fn start(_: Context) -> ActorResult<Self> { Ok(Self) }
/// # }
/// # async fn run() -> Result<(), Error> {
/// envoy_client::host("http://127.0.0.1:6420")
///     .pool("counters")
///     .actor::<Counter>("counter")
///     .run()
///     .await
/// # }
/// ```
#[must_use = "nothing happens before it runs"]
pub struct Builder {
    endpoint: String,
    namespace: String,
    pool: String,
    token: Option<Token>,
    envoy_key: Option<EnvoyKey>,
    deployment: u32,
    options: Options,
    kinds: HashMap<String, Arc<Kind>>,
    session: HostConfig,
    request_memory: usize,
    drain: Option<Duration>,
    make_pool: bool,
    #[cfg(feature = "faults")]
    without_resend: bool,
    #[cfg(feature = "faults")]
    without_stop_codes: bool,
}

/// A host for the server at that address, such as `https://engine:6420`.
pub fn host(endpoint: impl Into<String>) -> Builder {
    // The key is put in when the host starts.
    let seed = RandomState::new().build_hasher().finish();
    Builder {
        endpoint: endpoint.into(),
        namespace: "default".to_owned(),
        pool: "default".to_owned(),
        token: None,
        envoy_key: None,
        deployment: 1,
        options: Options::new(),
        kinds: HashMap::new(),
        session: HostConfig::new("", seed),
        request_memory: 256 << 20,
        drain: None,
        make_pool: false,
        #[cfg(feature = "faults")]
        without_resend: false,
        #[cfg(feature = "faults")]
        without_stop_codes: false,
    }
}

impl Builder {
    /// The name of the namespace. Default: `default`.
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.namespace = name.into();
        self
    }

    /// The name of the pool that the host joins. Default: `default`.
    pub fn pool(mut self, name: impl Into<String>) -> Self {
        self.pool = name.into();
        self
    }

    /// Makes the pool before the host connects, if it is not there. For servers without TLS, and with a token that the
    /// server's API takes: one that is for hosts alone joins a pool that is there.
    ///
    /// A server that cannot be reached, or is not able to, is asked again and again, with the waits of the session's
    /// backoff, and a warning at first and then each minute. What it refuses ends the start: a token, a namespace.
    pub fn make_pool(mut self) -> Self {
        self.make_pool = true;
        self
    }

    /// Leaves out that a commit whose answer is lost is sent again and decided: it counts as not applied, whether it was
    /// or not. This breaks what is built on it.
    #[cfg(feature = "faults")]
    pub fn without_resend(mut self) -> Self {
        self.without_resend = true;
        self
    }

    /// Leaves out that the server is told of a failure: an actor that failed counts as one that stopped as it was asked to.
    /// This breaks what is built on it.
    #[cfg(feature = "faults")]
    pub fn without_stop_codes(mut self) -> Self {
        self.without_stop_codes = true;
        self
    }

    /// What the server wants to see. Default: nothing.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// The version of the protocol. Default: the newest.
    pub fn version(mut self, version: Version) -> Self {
        self.session.version = version;
        self
    }

    /// What to do where the server does not speak the version. Default: to end.
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.session.fallback = fallback;
        self
    }

    /// The identity of the host. Default: a new one, as it should be for each process.
    pub fn envoy_key(mut self, key: EnvoyKey) -> Self {
        self.envoy_key = Some(key);
        self
    }

    /// The version of what is deployed: a server prefers newer ones. Default: 1.
    pub fn deployment(mut self, version: u32) -> Self {
        self.deployment = version;
        self
    }

    /// How the actors are run that are added after this.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Runs actors of that name.
    pub fn actor<A: Actor>(self, name: impl Into<String>) -> Self {
        self.actor_with(name, A::start)
    }

    /// Runs actors of that name, started by a function: for what they share with the rest of the program.
    pub fn actor_with<A, F>(
        mut self,
        name: impl Into<String>,
        start: impl Fn(Context) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: Actor,
        F: Future<Output = ActorResult<A>> + Send + 'static,
    {
        let kind = Kind::new(self.options.clone(), start);
        self.kinds.insert(name.into(), Arc::new(kind));
        self
    }

    /// Octets of requests that may wait or be handled at a time, of all actors. More are answered with status 503.
    /// Default: 256 MiB.
    pub fn request_memory(mut self, octets: usize) -> Self {
        self.request_memory = octets;
        self
    }

    /// How long the end of a drained host may take, its last words included: the last 6 s of it, or half of less, are for
    /// giving up the actors that have not stopped by then, and for telling the server. Default: as long as the server waits for
    /// actors to stop, half an hour at a Rivet engine, and 6 s.
    ///
    /// A server that cannot be reached is not waited for as long: see [`Host::drain`].
    pub fn drain_bound(mut self, bound: Duration) -> Self {
        self.drain = Some(bound);
        self
    }

    /// Changes how the session behaves: its queues, its bounds, the waits between connections. What this builder has a
    /// method for is taken from there, and not from here.
    pub fn session(mut self, change: impl FnOnce(&mut HostConfig)) -> Self {
        change(&mut self.session);
        self
    }

    /// Runs until the process is asked to end, by SIGTERM or SIGINT. Then the actors are stopped, and it returns when the
    /// server knows it.
    pub async fn run(self) -> Result<(), Error> {
        self.run_until(crate::signal::terminated()?).await
    }

    /// Runs until `end` resolves. Then the actors are stopped, and it returns when the server knows it: see
    /// [`Host::drain`]. A host that has not started by then does not start.
    pub async fn run_until(self, end: impl Future<Output = ()>) -> Result<(), Error> {
        let mut end = std::pin::pin!(end);
        let mut host = tokio::select! {
            biased;
            () = &mut end => return Ok(()),
            host = self.start() => host?,
        };
        tokio::select! {
            () = &mut end => {}
            terminal = host.terminal() => return Err(Error::Ended(terminal)),
        }
        host.drain().await
    }

    /// Starts the host, and returns at once: it connects by itself. One that [makes its pool](Self::make_pool) does that
    /// first, and has not started if this is dropped before.
    ///
    /// Needs a tokio runtime with I/O and time.
    pub async fn start(mut self) -> Result<Host, Error> {
        let target = self.target()?;
        match target.check() {
            Ok(()) => {}
            // It would be tried for ever.
            Err(ConnectError::NoTls { missing }) => {
                return Err(Error::NoTls {
                    endpoint: self.endpoint,
                    missing,
                });
            }
            Err(error) => {
                return Err(Error::System {
                    reason: error.to_string(),
                });
            }
        }
        if self.make_pool {
            let (token, waits) = (self.token.as_ref(), self.session.backoff);
            pool::make(&self.endpoint, &self.namespace, &self.pool, token, waits).await?;
        }
        let (handle, events, driver) = host_session(self.session.clone(), target);
        drive(driver)?;
        Ok(self.run_on(handle, events))
    }

    /// Starts the host over streams that `open` leads to the server, with everything on the runtime that this is called
    /// in. For simulations.
    #[cfg(feature = "sim")]
    pub fn start_over<F, Opening, S>(mut self, open: F) -> Result<Host, Error>
    where
        F: FnMut() -> Opening + Send + 'static,
        Opening: Future<Output = std::io::Result<S>> + Send + 'static,
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let target = self.target()?;
        let session = self.session.clone();
        let (handle, events, driver) = envoy_protocol::ws::host_session_over(session, target, open);
        tokio::spawn(driver.run());
        Ok(self.run_on(handle, events))
    }

    /// Where the session connects to; what it says of the host is complete then.
    fn target(&mut self) -> Result<ConnectConfig, Error> {
        let endpoint: Endpoint = self.endpoint.parse()?;
        let key = self.envoy_key.take().unwrap_or_else(EnvoyKey::random);
        let params = HostParams::new(&self.namespace, &self.pool, key)?.deployment(self.deployment);
        self.session.metadata = metadata(self.kinds.keys());
        let mut target = ConnectConfig::new(endpoint, params);
        target.token.clone_from(&self.token);
        Ok(target)
    }

    /// Runs the actors of a session.
    fn run_on(self, handle: Handle<session::Host>, events: Events<session::Host>) -> Host {
        let limits = self.session.requests;
        let body_limit = self.session.limits.frame;
        #[cfg_attr(
            not(feature = "faults"),
            expect(unused_mut, reason = "only a fault changes it")
        )]
        let mut link = Link::new(handle);
        #[cfg(feature = "faults")]
        {
            link.without_resend = self.without_resend;
            link.without_stop_codes = self.without_stop_codes;
        }
        let link = Arc::new(link);
        let shared = Arc::new(Shared::new(
            Arc::clone(&link),
            self.namespace,
            self.kinds,
            limits,
            self.request_memory,
        ));
        let (sender, status) = watch::channel(Status::default());
        let pump = Pump::new(Arc::clone(&shared), sender, body_limit);
        Host {
            shared,
            status,
            pump: Some(tokio::spawn(pump.run(events))),
            drain: self.drain,
        }
    }
}

/// A host that runs. Dropping it ends it at once, and its actors are lost to the server.
pub struct Host {
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: watch::Receiver<Status>,
    pump: Option<JoinHandle<()>>,
    pub(crate) drain: Option<Duration>,
}

impl Host {
    /// Resolves when the server has taken the connection, with its version.
    pub async fn ready(&mut self) -> Result<Version, Error> {
        let wanted = |status: &Status| status.connected.is_some() || status.terminal.is_some();
        let status = self.status.wait_for(wanted).await;
        let (connected, terminal) = match status {
            Ok(status) => (status.connected, status.terminal.clone()),
            Err(_) => (None, None),
        };
        connected.ok_or(Error::Ended(terminal.unwrap_or(Terminal::Shutdown)))
    }

    /// The version of the connection, if there is one that the server has taken.
    #[must_use]
    pub fn connected(&self) -> Option<Version> {
        self.status.borrow().connected
    }

    /// How many generations of actors there are.
    #[must_use]
    pub fn actors(&self) -> usize {
        self.shared.count()
    }

    /// What the session has seen.
    #[must_use]
    pub fn stats(&self) -> session::HostStats {
        self.shared.link.with(|host, _| host.stats())
    }

    /// Resolves when the host is at its end, with the reason. Its actors have stopped by then.
    pub async fn terminal(&mut self) -> Terminal {
        if let Some(pump) = &mut self.pump {
            // It panics at nothing; if its runtime is gone, so is the host.
            let _ = pump.await;
            self.pump = None;
        }
        let terminal = self.status.borrow().terminal.clone();
        terminal.unwrap_or(Terminal::Shutdown)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.link.with(|host, _| host.close(CloseWhen::Now));
    }
}

/// Runs the session on a thread of its own, so that pings are answered whatever the actors do with theirs.
fn drive(driver: HostDriver) -> Result<(), Error> {
    let system = |error: std::io::Error| Error::System {
        reason: error.to_string(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(system)?;
    std::thread::Builder::new()
        .name("envoy-session".to_owned())
        .spawn(move || runtime.block_on(driver.run()))
        .map_err(system)?;
    Ok(())
}

fn metadata<'a>(names: impl Iterator<Item = &'a String>) -> latest::ToRivetMetadata {
    let name = |name: &String| {
        let nothing = latest::ActorName {
            metadata: "{}".to_owned(),
        };
        (name.clone(), nothing)
    };
    let names: bare::Map<_, _> = names.map(name).collect();
    let version = env!("CARGO_PKG_VERSION");
    latest::ToRivetMetadata {
        prepopulate_actor_names: Some(names),
        metadata: Some(format!(
            "{{\"envoy-client\":{{\"version\":\"{version}\"}}}}"
        )),
    }
}
