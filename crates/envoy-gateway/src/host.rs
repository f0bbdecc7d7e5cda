//! A host's connection: taken, checked, driven, and what it says handed to whom it concerns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use envoy_protocol::session::{OVERLOADED, ServerEvent, ServerLimits};
use envoy_protocol::ws::{
    AcceptConfig, AcceptError, HostParams, ReceiveError, ServerConnection, Token, Upgrade,
    server_session,
};
use envoy_protocol::{Close, CloseReason};
use futures_util::StreamExt as _;
use http::header::UPGRADE;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::director::{ConnectionId, Events, HostSaid};
use crate::error::ApiError;
use crate::face::{App, Body, check_token, text};
use crate::faults::Guard;
use crate::storage::StorageConnection;
use crate::tunnel::Failure;

/// The connections of hosts.
#[derive(Clone, Default)]
pub(crate) struct Hosts {
    count: Arc<AtomicUsize>,
    pub(crate) tasks: TaskTracker,
    /// Hosts are told to go elsewhere.
    pub(crate) stop: CancellationToken,
}

const PATH: &str = "/envoys/connect";

/// Whether a request is one of a host, or of another client that speaks WebSocket.
///
/// WebSockets of actors will be told apart here, by `/gateway/` or by the subprotocol `rivet_target.actor`. Until then
/// their clients are told by a close that there are none, as those of every path without any are by a real engine.
pub(crate) fn is_for_hosts<B>(request: &Request<B>) -> bool {
    request.uri().path().trim_end_matches('/') == PATH || is_websocket(request)
}

fn is_websocket<B>(request: &Request<B>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    upgrade.is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers such a request. Whatever is wrong with what a host asks for, it learns by a close.
pub(crate) fn answer(
    app: &Arc<App>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    if !is_websocket(&request) {
        return Ok(text(StatusCode::OK, "pegboard-envoy WebSocket endpoint"));
    }
    let mut config = AcceptConfig::default();
    // What a session takes, and nothing larger.
    config.settings.message_size = ServerLimits::DEFAULT.frame;
    if app.config.faults.lack(Guard::Limits) {
        config.settings.message_size *= 2;
    }
    if app.config.faults.lack(Guard::Refusals) {
        let query = request.uri().query().unwrap_or_default();
        HostParams::from_query(query, config.oldest, config.newest)
            .map_err(ApiError::bad_request)?;
    }
    let upgrade = Upgrade::new(&request, &config).map_err(ApiError::bad_request)?;
    let response = upgrade.response().map(|()| Body::from(String::new()));
    let upgraded = hyper::upgrade::on(&mut request);
    let app = Arc::clone(app);
    let tasks = app.hosts.tasks.clone();
    tasks.spawn(async move {
        match upgraded.await {
            Ok(upgraded) => connected(app, upgrade, TokioIo::new(upgraded)).await,
            Err(error) => tracing::debug!(%error, "a host went before it was connected"),
        }
    });
    Ok(response)
}

type Connection = ServerConnection<TokioIo<Upgraded>>;

/// A place among the connections of hosts.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hosts {
    fn place(&self, limit: usize) -> Option<Place> {
        let taken = self
            .count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < limit).then_some(count + 1)
            });
        taken.ok().map(|_| Place(Arc::clone(&self.count)))
    }
}

async fn connected(app: Arc<App>, upgrade: Upgrade, stream: TokioIo<Upgraded>) {
    let mut connection = match upgrade.accept(stream).await {
        Ok(connection) => connection,
        Err(AcceptError::Refused { refusal, close }) => {
            tracing::warn!(%refusal, %close, "a host was refused");
            app.metrics.host_ended(&label(&close));
            return;
        }
        Err(error) => {
            tracing::debug!(%error, "a host was not accepted");
            return;
        }
    };
    let params = connection.params().clone();
    let span = tracing::info_span!(
        "host",
        envoy = %params.envoy_key(),
        namespace = params.namespace(),
        pool = params.pool_name(),
        version = %params.protocol_version(),
        ray = connection.ray().unwrap_or_default(),
    );
    let served = async {
        let Some(place) = app.hosts.place(app.config.limits.hosts) else {
            return refuse(&app, &mut connection, Close::new(OVERLOADED)).await;
        };
        if let Err(reason) = check(&app, &connection) {
            return refuse(&app, &mut connection, Close::new(reason)).await;
        }
        let id = app.director.connection_id();
        match app.director.connect(&params, id).await {
            Ok(state) => serve(&app, connection, id, state).await,
            Err(close) => refuse(&app, &mut connection, close).await,
        }
        drop(place);
    };
    served.instrument(span).await;
}

async fn refuse(app: &App, connection: &mut Connection, close: Close) {
    tracing::warn!(%close, "a host was refused");
    app.metrics.host_ended(&label(&close));
    if !app.config.faults.lack(Guard::Refusals) {
        connection.close(close).await;
    }
}

/// What a host may not have, and why. The director knows of namespaces and pools.
fn check(app: &App, connection: &Connection) -> Result<(), CloseReason> {
    if app.hosts.stop.is_cancelled() {
        return Err(CloseReason::GOING_AWAY);
    }
    if let Some(token) = &app.config.tokens.hosts {
        let shown = connection.token().map(Token::reveal).map(str::as_bytes);
        if shown.is_none() {
            return Err(CloseReason::MISSING_TOKEN);
        }
        check_token(shown, token).map_err(|_| CloseReason::FORBIDDEN)?;
    }
    Ok(())
}

/// Drives a session until it has ended.
async fn serve(
    app: &Arc<App>,
    connection: Connection,
    id: ConnectionId,
    state: envoy_protocol::session::EnvoyState,
) {
    let _counted = app.metrics.host();
    let params = connection.params();
    let (namespace, envoy) = (params.namespace().to_owned(), params.envoy_key().clone());
    let version = connection.version();
    let (session, mut events, driver) = server_session(connection, app.config.session(), state);
    let storage = app
        .storage
        .connect(&namespace, envoy.as_str(), version, session.clone());
    let told = app.director.attached(id, session.clone(), storage.clone());
    tracing::info!("a host has connected");
    let driver = tokio::spawn(driver.run().in_current_span());
    let dispatch = Dispatch {
        app,
        id,
        told,
        storage: &storage,
    };
    let mut is_stopping = false;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = app.hosts.stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                if !app.config.faults.lack(Guard::GoingAway) {
                    session.with(|server, _| server.close(Close::new(CloseReason::GOING_AWAY)));
                }
                continue;
            }
        };
        match event {
            Some(event) => dispatch.event(event).await,
            None => break,
        }
    }
    storage.end();
    app.director.disconnected(id);
    let ended = driver.await.unwrap_or(Ok(()));
    app.metrics.host_ended(&how(ended.as_ref().err()));
    if let Err(ReceiveError::Closed(close)) = &ended
        && close.is(CloseReason::SHUTDOWN)
    {
        app.director.ended(envoy.as_str(), id);
    }
    match ended {
        Ok(()) => tracing::info!("the connection of a host was closed"),
        Err(error) => tracing::info!(%error, "the connection of a host has ended"),
    }
}

/// Who is told what a host says.
struct Dispatch<'a> {
    app: &'a App,
    id: ConnectionId,
    told: Events,
    storage: &'a StorageConnection,
}

impl Dispatch<'_> {
    async fn event(&self, event: ServerEvent) {
        match event {
            ServerEvent::Metadata(metadata) => self.told.tell(HostSaid::Metadata(metadata)).await,
            ServerEvent::Event(event) => self.told.tell(HostSaid::Event(event)).await,
            ServerEvent::CommandsAcked(checkpoint) => {
                self.told.tell(HostSaid::CommandsAcked(checkpoint)).await;
            }
            ServerEvent::Stopping => {
                tracing::info!("the host shuts down");
                self.told.tell(HostSaid::Stopping).await;
            }
            ServerEvent::Kv(request) => self.storage.kv(request),
            ServerEvent::GetPages(request) => self.storage.get_pages(request),
            ServerEvent::Commit(request) => self.storage.commit(request),
            ServerEvent::Exec(request) => self.storage.exec(request),
            ServerEvent::Execute(request) => self.storage.execute(request),
            ServerEvent::Tunnel(message) => {
                self.dropped(self.app.tunnels.deliver(self.id, &message));
            }
            ServerEvent::TunnelRefused(message) => {
                let failure = Failure::Overloaded;
                self.dropped(self.app.tunnels.refuse(self.id, message, failure));
            }
            ServerEvent::TunnelTooLarge {
                message,
                found,
                limit,
            } => {
                tracing::warn!(found, limit, "the host sent a payload that is too large");
                let failure = Failure::TooLarge { found, limit };
                self.dropped(self.app.tunnels.refuse(self.id, message, failure));
            }
            ServerEvent::Pong { round_trip } => self.app.metrics.round_trip(round_trip),
            ServerEvent::InvalidMessage(error) => {
                tracing::warn!(%error, "the host sent what is no message");
            }
            // Who was refused tries again by itself.
            _ => {}
        }
    }

    fn dropped(&self, delivered: Result<(), crate::tunnel::Dropped>) {
        if let Err(dropped) = delivered {
            self.app.metrics.dropped(dropped.name());
            tracing::debug!(
                why = dropped.name(),
                "a message that answers nothing was dropped"
            );
        }
    }
}

/// How a connection ended, in few words: for a label, of which there must not be too many.
fn how(error: Option<&ReceiveError>) -> String {
    match error {
        None => "closed_here".to_owned(),
        Some(ReceiveError::Closed(_)) => "closed_by_host".to_owned(),
        Some(ReceiveError::Lost(_) | ReceiveError::Silent { .. }) => "lost".to_owned(),
        Some(_) => "invalid".to_owned(),
    }
}

/// A close of ours as a label.
fn label(close: &Close) -> String {
    let (group, code) = (
        close.group().unwrap_or_default(),
        close.code().unwrap_or_default(),
    );
    format!("{group}.{code}")
}
