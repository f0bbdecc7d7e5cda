//! A host with one connection, as a case sees it: actors that start and stop, requests and their answers.

use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use envoy_protocol::latest::{
    ActorCheckpoint, ActorConfig, ActorIntent, ActorState, ActorStateStopped, Command,
    CommandWrapper, Event, EventActorIntent, EventActorSetAlarm, EventActorStateUpdate,
    EventWrapper, HibernatingRequest, KvRequestData, KvResponseData, MessageId, PreloadedKv,
    ProtocolMetadata, SqliteBindParam, SqliteCommitRequest, SqliteCommitResponse,
    SqliteExecRequest, SqliteExecResponse, SqliteExecuteRequest, SqliteExecuteResponse,
    SqliteGetPagesRequest, SqliteGetPagesResponse, StopActorReason, StopCode, ToEnvoy,
    ToEnvoyTunnelMessageKind, ToRivet, ToRivetAckCommands, ToRivetKvRequest,
    ToRivetSqliteCommitRequest, ToRivetSqliteExecRequest, ToRivetSqliteExecuteRequest,
    ToRivetSqliteGetPagesRequest, ToRivetTunnelMessage, ToRivetTunnelMessageKind,
};

use crate::api::NAMESPACE;
use crate::case::Context;
use crate::link::{Ended, Link, PATIENCE};

/// A host.
pub(crate) struct Host {
    link: Link,
    init: ProtocolMetadata,
    next_request: u32,
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
    /// The index of the next event.
    pub(crate) next_event: i64,
}

impl Actor {
    /// The generation, as the requests for its database carry it.
    pub(crate) fn database(&self) -> u64 {
        self.generation.into()
    }

    pub(crate) fn checkpoint(&self, index: i64) -> ActorCheckpoint {
        ActorCheckpoint {
            actor_id: self.id.clone(),
            generation: self.generation,
            index,
        }
    }
}

impl Host {
    /// Connects with a key, and waits for what the engine says first.
    pub(crate) async fn connect(context: &Context, key: &str) -> Result<Self> {
        let mut link = Link::connect(context, key).await?;
        let init = link
            .take("init", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoyInit(init) => Break(init.metadata),
                other => Continue(other),
            })
            .await?;
        Ok(Self {
            link,
            init,
            next_request: 1,
        })
    }

    /// What the engine said first.
    pub(crate) fn init(&self) -> &ProtocolMetadata {
        &self.init
    }

    pub(crate) fn send(&self, message: ToRivet) -> Result<()> {
        self.link.send(message)
    }

    /// The next ack of events.
    pub(crate) async fn acked_events(&mut self) -> Result<Vec<ActorCheckpoint>> {
        self.link
            .take("an ack of events", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoyAckEvents(ack) => Break(ack.last_event_checkpoints),
                other => Continue(other),
            })
            .await
    }

    /// How the connection ends.
    pub(crate) async fn ended(&mut self, bound: Duration) -> Result<Ended> {
        self.link.ended(bound).await
    }

    /// Waits for the start of an actor.
    pub(crate) async fn start(&mut self, id: &str) -> Result<Actor> {
        self.start_within(id, PATIENCE).await
    }

    /// Waits for the start of an actor, for no longer than `bound`.
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
            next_event: 0,
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

    /// The next command for an actor.
    pub(crate) async fn command(&mut self, id: &str, bound: Duration) -> Result<CommandWrapper> {
        self.link
            .take("a command", bound, |message| match message {
                ToEnvoy::ToEnvoyCommands(mut commands) => {
                    let wanted = commands
                        .iter()
                        .position(|command| command.checkpoint.actor_id == id);
                    match wanted {
                        // A host of a case has one actor at a time, so that there is one command at a time too.
                        Some(index) if commands.len() == 1 => Break(commands.swap_remove(index)),
                        _ => Continue(ToEnvoy::ToEnvoyCommands(commands)),
                    }
                }
                other => Continue(other),
            })
            .await
    }

    /// Checks that no command comes for a while.
    pub(crate) async fn no_command(&mut self, during: Duration) -> Result<()> {
        let command = self
            .link
            .take("a command", during, |message| match message {
                ToEnvoy::ToEnvoyCommands(commands) => Break(commands),
                other => Continue(other),
            })
            .await;
        match command {
            Ok(commands) => bail!("expected no command, but found {commands:?}"),
            Err(_) => Ok(()),
        }
    }

    /// Says that commands were carried out, up to the one with this index.
    pub(crate) fn ack_command(&self, actor: &Actor, index: i64) -> Result<()> {
        self.send(ToRivet::ToRivetAckCommands(ToRivetAckCommands {
            last_command_checkpoints: vec![actor.checkpoint(index)],
        }))
    }

    /// Reports the next event of an actor.
    pub(crate) fn event(&self, actor: &mut Actor, event: Event) -> Result<()> {
        let checkpoint = actor.checkpoint(actor.next_event);
        actor.next_event += 1;
        self.send(ToRivet::ToRivetEvents(vec![EventWrapper {
            checkpoint,
            inner: event,
        }]))
    }

    pub(crate) fn running(&self, actor: &mut Actor) -> Result<()> {
        let state = ActorState::ActorStateRunning;
        self.event(
            actor,
            Event::EventActorStateUpdate(EventActorStateUpdate { state }),
        )
    }

    /// Reports a clean stop.
    pub(crate) fn stopped(&self, actor: &mut Actor) -> Result<()> {
        self.stopped_with(actor, StopCode::Ok, None)
    }

    /// Reports a crash.
    pub(crate) fn crashed(&self, actor: &mut Actor, message: &str) -> Result<()> {
        self.stopped_with(actor, StopCode::Error, Some(message.to_owned()))
    }

    pub(crate) fn intent(&self, actor: &mut Actor, intent: ActorIntent) -> Result<()> {
        self.event(actor, Event::EventActorIntent(EventActorIntent { intent }))
    }

    pub(crate) fn alarm(&self, actor: &mut Actor, alarm_ts: Option<i64>) -> Result<()> {
        self.event(
            actor,
            Event::EventActorSetAlarm(EventActorSetAlarm { alarm_ts }),
        )
    }

    /// Asks an actor's store, and waits for the answer.
    pub(crate) async fn kv(&mut self, id: &str, data: KvRequestData) -> Result<KvResponseData> {
        let request_id = self.request_id();
        self.send(ToRivet::ToRivetKvRequest(ToRivetKvRequest {
            actor_id: id.to_owned(),
            request_id,
            data,
        }))?;
        self.link
            .take("a KV answer", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoyKvResponse(answer) if answer.request_id == request_id => {
                    Break(answer.data)
                }
                other => Continue(other),
            })
            .await
    }

    /// Reads pages, and waits for the answer.
    pub(crate) async fn read(
        &mut self,
        data: SqliteGetPagesRequest,
    ) -> Result<SqliteGetPagesResponse> {
        let request_id = self.request_id();
        self.send(ToRivet::ToRivetSqliteGetPagesRequest(
            ToRivetSqliteGetPagesRequest { request_id, data },
        ))?;
        self.link
            .take("pages", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoySqliteGetPagesResponse(answer)
                    if answer.request_id == request_id =>
                {
                    Break(answer.data)
                }
                other => Continue(other),
            })
            .await
    }

    /// Commits pages, and waits for the answer.
    pub(crate) async fn commit(
        &mut self,
        data: SqliteCommitRequest,
    ) -> Result<SqliteCommitResponse> {
        let request_id = self.request_id();
        self.send(ToRivet::ToRivetSqliteCommitRequest(
            ToRivetSqliteCommitRequest { request_id, data },
        ))?;
        self.link
            .take("a commit's answer", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoySqliteCommitResponse(answer) if answer.request_id == request_id => {
                    Break(answer.data)
                }
                other => Continue(other),
            })
            .await
    }

    /// Runs statements on the engine, and waits for what the last returned.
    pub(crate) async fn exec(&mut self, actor: &Actor, sql: &str) -> Result<SqliteExecResponse> {
        let request_id = self.request_id();
        self.send(ToRivet::ToRivetSqliteExecRequest(
            ToRivetSqliteExecRequest {
                request_id,
                data: SqliteExecRequest {
                    namespace_id: NAMESPACE.to_owned(),
                    actor_id: actor.id.clone(),
                    generation: actor.database(),
                    sql: sql.to_owned(),
                },
            },
        ))?;
        self.link
            .take("an answer to exec", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoySqliteExecResponse(answer) if answer.request_id == request_id => {
                    Break(answer.data)
                }
                other => Continue(other),
            })
            .await
    }

    /// Runs one statement on the engine, and waits for what it did.
    pub(crate) async fn execute(
        &mut self,
        actor: &Actor,
        sql: &str,
        params: Option<Vec<SqliteBindParam>>,
    ) -> Result<SqliteExecuteResponse> {
        let request_id = self.request_id();
        self.send(ToRivet::ToRivetSqliteExecuteRequest(
            ToRivetSqliteExecuteRequest {
                request_id,
                data: SqliteExecuteRequest {
                    namespace_id: NAMESPACE.to_owned(),
                    actor_id: actor.id.clone(),
                    generation: actor.database(),
                    sql: sql.to_owned(),
                    params,
                },
            },
        ))?;
        self.link
            .take("an answer to execute", PATIENCE, |message| match message {
                ToEnvoy::ToEnvoySqliteExecuteResponse(answer)
                    if answer.request_id == request_id =>
                {
                    Break(answer.data)
                }
                other => Continue(other),
            })
            .await
    }

    /// The next message from a client of an actor.
    pub(crate) async fn tunnel(&mut self) -> Result<(MessageId, ToEnvoyTunnelMessageKind)> {
        self.tunnel_within(PATIENCE).await
    }

    /// [`Host::tunnel`], for no longer than `bound`.
    pub(crate) async fn tunnel_within(
        &mut self,
        bound: Duration,
    ) -> Result<(MessageId, ToEnvoyTunnelMessageKind)> {
        self.link
            .take("a message of the tunnel", bound, |message| match message {
                ToEnvoy::ToEnvoyTunnelMessage(message) => {
                    Break((message.message_id, message.message_kind))
                }
                other => Continue(other),
            })
            .await
    }

    /// Sends a message to the client that `of` came from, as the one with `message_index` on the way there.
    pub(crate) fn answer(
        &self,
        of: &MessageId,
        message_index: u16,
        message_kind: ToRivetTunnelMessageKind,
    ) -> Result<()> {
        self.send(ToRivet::ToRivetTunnelMessage(ToRivetTunnelMessage {
            message_id: MessageId {
                message_index,
                ..*of
            },
            message_kind,
        }))
    }

    /// Ends the TCP connection without a word.
    pub(crate) fn cut(self) {
        self.link.cut();
    }

    fn stopped_with(
        &self,
        actor: &mut Actor,
        code: StopCode,
        message: Option<String>,
    ) -> Result<()> {
        let state = ActorState::ActorStateStopped(ActorStateStopped { code, message });
        self.event(
            actor,
            Event::EventActorStateUpdate(EventActorStateUpdate { state }),
        )
    }

    fn request_id(&mut self) -> u32 {
        let id = self.next_request;
        self.next_request += 1;
        id
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
