//! A host as a case sees it: actors that start and stop, requests and their answers. What it says goes through our
//! session and our transport.

mod cut;

use std::collections::VecDeque;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use envoy_protocol::bare::{EncodeExt as _, Frame, IntoOwned as _, Message};
use envoy_protocol::latest::{
    ActorConfig, ActorIntent, ActorState, ActorStateStopped, Command, CommandWrapper, Event,
    EventActorIntent, EventActorSetAlarm, EventActorStateUpdate, HibernatingRequest, KvRequestData,
    KvResponseData, MessageId, PreloadedKv, ProtocolMetadata, SqliteBindParam, SqliteCommitRequest,
    SqliteExecRequest, SqliteExecResponse, SqliteExecuteRequest, SqliteExecuteResponse,
    SqliteGetPagesRequest, SqliteGetPagesResponse, StopActorReason, StopCode,
    ToEnvoyTunnelMessageKind, ToRivetTunnelMessageKind,
};
use envoy_protocol::session::{
    Attach, Attempt, CloseWhen, CommitEnd, Disconnect, Host as Machine, HostConfig, HostEvent,
    HostStats, RequestLimits, Sequence, Terminal,
};
use envoy_protocol::ws::{ConnectConfig, EnvoyKey, Events, Handle, HostParams, host_session};
use futures_util::StreamExt as _;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::api::{NAMESPACE, PATIENCE};
use crate::case::Context;
use crate::relay::Relay;

pub(crate) use cut::{Asked, Lost};

/// A host. Dropping it cuts its connection.
pub(crate) struct Host {
    session: Handle<Machine>,
    events: Events<Machine>,
    /// What happened and was not asked for yet.
    kept: VecDeque<HostEvent>,
    /// Between this host and the engine.
    relay: Relay,
    /// Ends with this.
    _driver: JoinSet<()>,
}

/// One generation of an actor, started on a host.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) id: String,
    pub(crate) generation: u32,
    /// The index of the start command.
    pub(crate) command: i64,
    pub(crate) config: ActorConfig,
    pub(crate) hibernating: Vec<HibernatingRequest>,
    pub(crate) preloaded: Option<PreloadedKv>,
}

impl Actor {
    /// The generation, as the requests for its database carry it.
    pub(crate) fn database(&self) -> u64 {
        self.generation.into()
    }

    fn exec(&self, namespace: &str, sql: &str) -> SqliteExecRequest {
        SqliteExecRequest {
            namespace_id: namespace.to_owned(),
            actor_id: self.id.clone(),
            generation: self.database(),
            sql: sql.to_owned(),
        }
    }
}

impl Host {
    /// What a host of a case is, if nothing else is said: one that leaves it to the engine to refuse what is too large.
    pub(crate) fn config(context: &Context, key: &str) -> HostConfig {
        let mut config = HostConfig::new(key, 1);
        config.version = context.version;
        config.requests = RequestLimits::NONE;
        config
    }

    /// Connects, and waits for what the engine says first.
    pub(crate) async fn connect(
        context: &Context,
        config: HostConfig,
    ) -> Result<(Self, ProtocolMetadata)> {
        let mut host = Self::begin(context, config).await?;
        let init = host.init(1).await?;
        Ok((host, init))
    }

    /// Begins to connect.
    pub(crate) async fn begin(context: &Context, config: HostConfig) -> Result<Self> {
        let engine = context.api.authority();
        let relay = Relay::start(engine, context.version, context.audit.clone()).await?;
        let endpoint = format!("http://{}", relay.authority()).parse()?;
        let key = EnvoyKey::new(&*config.envoy_key)?;
        let params = HostParams::new(NAMESPACE, &context.pool, key)?;
        let (session, events, driver) = host_session(config, ConnectConfig::new(endpoint, params));
        let mut task = JoinSet::new();
        task.spawn(driver.run());
        Ok(Self {
            session,
            events,
            kept: VecDeque::new(),
            relay,
            _driver: task,
        })
    }

    /// Waits for the init of a connection, counted from 1.
    pub(crate) async fn init(&mut self, connection: u64) -> Result<ProtocolMetadata> {
        self.take("init", PATIENCE, |event| match event {
            HostEvent::Init {
                session, metadata, ..
            } if session == connection => Break(metadata),
            other => Continue(other),
        })
        .await
    }

    /// Waits until a connection ends. Says how, and whether there is to be another.
    pub(crate) async fn disconnected(&mut self) -> Result<(Disconnect, Option<Instant>)> {
        self.take("the end of a connection", PATIENCE, |event| match event {
            HostEvent::Disconnected { how, retry_at, .. } => Break((how, retry_at)),
            other => Continue(other),
        })
        .await
    }

    /// Waits for the end of the session.
    pub(crate) async fn terminal(&mut self) -> Result<Terminal> {
        self.take("the end of the session", PATIENCE, |event| match event {
            HostEvent::Terminal(terminal) => Break(terminal),
            other => Continue(other),
        })
        .await
    }

    /// Waits until the session gives its actors up.
    pub(crate) async fn lost(&mut self, bound: Duration) -> Result<()> {
        self.take("the loss of the actors", bound, |event| match event {
            HostEvent::Lost => Break(()),
            other => Continue(other),
        })
        .await
    }

    /// What is between this host and the engine.
    pub(crate) fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Cuts the connection, and waits for the next, which is this one.
    pub(crate) async fn reconnect(&mut self, connection: u64) -> Result<()> {
        self.relay.cut();
        self.disconnected().await?;
        self.init(connection).await?;
        Ok(())
    }

    /// Says that the host stops.
    pub(crate) fn drain(&self) {
        self.session.with(|machine, _| machine.drain());
    }

    /// Ends the session when all is sent.
    pub(crate) async fn close(&mut self) -> Result<Terminal> {
        self.session
            .with(|machine, _| machine.close(CloseWhen::Sent));
        self.terminal().await
    }

    pub(crate) fn stats(&self) -> HostStats {
        self.session.with(|machine, _| machine.stats())
    }

    /// Waits until so many commands have come again that were there before.
    pub(crate) async fn repeated(&self, commands: u64) -> Result<()> {
        let start = Instant::now();
        loop {
            let found = self.stats().repeated_commands;
            if found == commands {
                return Ok(());
            }
            ensure!(
                found < commands && start.elapsed() < PATIENCE,
                "expected {commands} repeated commands, but found {found}"
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits for the start of an actor.
    pub(crate) async fn start(&mut self, id: &str) -> Result<Actor> {
        self.start_within(id, PATIENCE).await
    }

    /// [`Host::start`], which may take longer than others.
    pub(crate) async fn start_within(&mut self, id: &str, bound: Duration) -> Result<Actor> {
        let command = self.command(id, bound).await?;
        let Command::CommandStartActor(start) = command.inner else {
            bail!("expected a start of {id}, but found {command:?}");
        };
        Ok(Actor {
            id: command.checkpoint.actor_id,
            generation: command.checkpoint.generation,
            command: command.checkpoint.index,
            config: start.config,
            hibernating: start.hibernating_requests,
            preloaded: start.preloaded_kv,
        })
    }

    /// Waits until the actor is to be stopped, for `reason`. Returns the index of the command.
    pub(crate) async fn stop(&mut self, actor: &Actor, reason: StopActorReason) -> Result<i64> {
        let command = self.command(&actor.id, PATIENCE).await?;
        match command.inner {
            Command::CommandStopActor(stop)
                if stop.reason == reason && command.checkpoint.generation == actor.generation =>
            {
                Ok(command.checkpoint.index)
            }
            _ => bail!(
                "expected a stop of generation {} for {reason:?}, but found {command:?}",
                actor.generation
            ),
        }
    }

    /// Checks that no command comes for a while.
    pub(crate) async fn no_command(&mut self, during: Duration) -> Result<()> {
        let command = self
            .take("a command", during, |event| match event {
                HostEvent::Command(command) => Break(command),
                other => Continue(other),
            })
            .await;
        match command {
            Ok(command) => bail!("expected no command, but found {command:?}"),
            Err(_) => Ok(()),
        }
    }

    /// Reports the next event of an actor.
    pub(crate) fn event(&self, actor: &Actor, event: Event) -> Result<()> {
        Ok(self
            .session
            .with(|machine, _| machine.event(&actor.id, actor.generation, event))?)
    }

    pub(crate) fn running(&self, actor: &Actor) -> Result<()> {
        self.state(actor, ActorState::ActorStateRunning)
    }

    /// Reports a clean stop.
    pub(crate) fn stopped(&self, actor: &Actor) -> Result<()> {
        self.stopped_with(actor, StopCode::Ok, None)
    }

    /// Reports a crash.
    pub(crate) fn crashed(&self, actor: &Actor, message: &str) -> Result<()> {
        self.stopped_with(actor, StopCode::Error, Some(message.to_owned()))
    }

    pub(crate) fn intent(&self, actor: &Actor, intent: ActorIntent) -> Result<()> {
        let event = Event::EventActorIntent(EventActorIntent { intent });
        self.event(actor, event)
    }

    pub(crate) fn alarm(&self, actor: &Actor, alarm_ts: Option<i64>) -> Result<()> {
        let event = Event::EventActorSetAlarm(EventActorSetAlarm { alarm_ts });
        self.event(actor, event)
    }

    /// Asks an actor's store, and waits for the answer.
    pub(crate) async fn kv(&mut self, id: &str, data: KvRequestData) -> Result<KvResponseData> {
        let data = framed(&data)?;
        let asked = self
            .session
            .with(|machine, now| machine.kv(id, *data.get(), now + PATIENCE))?;
        let answer = self
            .take("a KV answer", PATIENCE, |event| match event {
                HostEvent::Kv { request, result } if request == asked => Break(result),
                other => Continue(other),
            })
            .await??;
        Ok((*answer.get()).into_owned())
    }

    /// Reads pages, and waits for the answer.
    pub(crate) async fn read(
        &mut self,
        data: SqliteGetPagesRequest,
    ) -> Result<SqliteGetPagesResponse> {
        let data = framed(&data)?;
        let asked = self
            .session
            .with(|machine, now| machine.get_pages(*data.get(), now + PATIENCE))?;
        let answer = self
            .take("pages", PATIENCE, |event| match event {
                HostEvent::Pages { request, result } if request == asked => Break(result),
                other => Continue(other),
            })
            .await??;
        Ok((*answer.get()).into_owned())
    }

    /// Commits pages, and waits until that is decided.
    pub(crate) async fn commit(&mut self, data: SqliteCommitRequest) -> Result<CommitEnd> {
        let data = framed(&data)?;
        let asked = self
            .session
            .with(|machine, now| machine.commit(*data.get(), Attempt::First, now + PATIENCE))?;
        self.take("a commit's end", PATIENCE, |event| match event {
            HostEvent::Commit { request, end } if request == asked => Break(end),
            other => Continue(other),
        })
        .await
    }

    /// Runs statements on the engine, and waits for what the last returned.
    pub(crate) async fn exec(&mut self, actor: &Actor, sql: &str) -> Result<SqliteExecResponse> {
        self.exec_in(NAMESPACE, actor, sql).await
    }

    /// [`Host::exec`], in a namespace that need not be the actor's.
    pub(crate) async fn exec_in(
        &mut self,
        namespace: &str,
        actor: &Actor,
        sql: &str,
    ) -> Result<SqliteExecResponse> {
        let data = framed(&actor.exec(namespace, sql))?;
        let asked = self
            .session
            .with(|machine, now| machine.exec(*data.get(), now + PATIENCE))?;
        let answer = self
            .take("an answer to exec", PATIENCE, |event| match event {
                HostEvent::Exec { request, result } if request == asked => Break(result),
                other => Continue(other),
            })
            .await??;
        Ok((*answer.get()).into_owned())
    }

    /// Runs one statement on the engine, and waits for what it did.
    pub(crate) async fn execute(
        &mut self,
        actor: &Actor,
        sql: &str,
        params: Option<Vec<SqliteBindParam>>,
    ) -> Result<SqliteExecuteResponse> {
        let data = framed(&SqliteExecuteRequest {
            namespace_id: NAMESPACE.to_owned(),
            actor_id: actor.id.clone(),
            generation: actor.database(),
            sql: sql.to_owned(),
            params,
        })?;
        let asked = self
            .session
            .with(|machine, now| machine.execute(*data.get(), now + PATIENCE))?;
        let answer = self
            .take("an answer to execute", PATIENCE, |event| match event {
                HostEvent::Execute { request, result } if request == asked => Break(result),
                other => Continue(other),
            })
            .await??;
        Ok((*answer.get()).into_owned())
    }

    /// The next message from a client of an actor.
    pub(crate) async fn tunnel(&mut self) -> Result<(MessageId, ToEnvoyTunnelMessageKind)> {
        let message = self
            .take("a message of the tunnel", PATIENCE, |event| match event {
                HostEvent::Tunnel(message) => Break(message),
                other => Continue(other),
            })
            .await?;
        let message = message.get();
        Ok((message.message_id, message.message_kind.into_owned()))
    }

    /// Sends a message to the client that `of` came from.
    pub(crate) fn answer(&self, of: &MessageId, kind: &ToRivetTunnelMessageKind) -> Result<()> {
        let (gateway, request, kind) = (of.gateway_id, of.request_id, framed(kind)?);
        Ok(self
            .session
            .with(|machine, _| machine.tunnel(gateway, request, *kind.get()))?)
    }

    /// Takes up a WebSocket that was kept while its actor slept: where the gateway's messages stand, and the actor's.
    pub(crate) fn attach(&self, request: HibernatingRequest, received: u16, sent: u16) {
        let attach = Attach {
            received: Sequence::at(received),
            sent: Sequence::at(sent),
        };
        self.session
            .with(|machine, _| machine.attach_websocket(request, attach));
    }

    async fn command(&mut self, id: &str, bound: Duration) -> Result<CommandWrapper> {
        self.take("a command", bound, |event| match event {
            HostEvent::Command(command) if command.checkpoint.actor_id == id => Break(command),
            other => Continue(other),
        })
        .await
    }

    fn state(&self, actor: &Actor, state: ActorState) -> Result<()> {
        let event = Event::EventActorStateUpdate(EventActorStateUpdate { state });
        self.event(actor, event)
    }

    fn stopped_with(&self, actor: &Actor, code: StopCode, message: Option<String>) -> Result<()> {
        let state = ActorState::ActorStateStopped(ActorStateStopped { code, message });
        self.state(actor, state)
    }

    /// The next event that `pick` takes, by breaking off. The others are kept for later, in order.
    async fn take<T>(
        &mut self,
        what: &str,
        bound: Duration,
        mut pick: impl FnMut(HostEvent) -> ControlFlow<T, HostEvent>,
    ) -> Result<T> {
        let deadline = (Instant::now() + bound).into();
        let mut passed = VecDeque::new();
        let found = loop {
            let event = match self.kept.pop_front() {
                Some(event) => event,
                None => match timeout_at(deadline, self.events.next()).await {
                    Ok(Some(event)) => event,
                    // The session has ended, or the time.
                    Ok(None) | Err(_) => break None,
                },
            };
            match pick(event) {
                Break(found) => break Some(found),
                Continue(other) => passed.push_back(other),
            }
        };
        passed.append(&mut self.kept);
        self.kept = passed;
        found.with_context(|| format!("expected {what} in time, but found {:?}", self.kept))
    }
}

/// Checks that an actor was started as was asked for.
pub(crate) fn ensure_generation(actor: &Actor, generation: u32) -> Result<()> {
    ensure!(
        actor.generation == generation,
        "expected generation {generation}, but found {}",
        actor.generation
    );
    Ok(())
}

/// A message in its borrowed form, which the session takes.
fn framed<M: Message>(message: &M) -> Result<Frame<M>> {
    Ok(Frame::decode(message.to_bytes())?)
}
