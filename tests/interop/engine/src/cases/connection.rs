//! Connections that the engine refuses or ends, and what it lets pass.

use std::ops::ControlFlow::{Break, Continue};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use envoy_protocol::latest::{
    ActorCheckpoint, ActorState, Command, CommandWrapper, Event, EventActorStateUpdate,
    EventWrapper, KvGetRequest, KvRequestData, KvResponseData, StopActorReason, ToEnvoy, ToRivet,
    ToRivetKvRequest,
};
use envoy_protocol::session::{Disconnect, Host as Machine, HostEvent, Terminal};
use envoy_protocol::{CloseReason, EncodeAt as _};
use hyper::{HeaderMap, Method};
use tokio_tungstenite::tungstenite::Message;

use crate::api::{NAMESPACE, PATIENCE};
use crate::case::Context;
use crate::check::{contains, same};
use crate::host::Host;
use crate::raw::{Ended, Introduction, Pongs, Raw};

/// Versions that the engine does not speak, and none at all, are refused behind the upgrade.
pub(super) async fn refused_versions(context: Context) -> Result<String> {
    let (authority, key) = (context.api.authority(), context.key("host"));
    // None is no number to answer with.
    let reason = |asked: Option<u16>| {
        let why = "a version that is not spoken has a reason of its own, with those that are";
        let ours = asked.map_or(CloseReason::INVALID_REQUEST, |_| {
            CloseReason::UNSUPPORTED_PROTOCOL_VERSION
        });
        context.differs(why, CloseReason::INVALID_REQUEST, ours)
    };
    for protocol_version in [Some(0), Some(1), Some(9), None] {
        let introduction = Introduction {
            authority: &authority,
            protocol_version,
            pool: &context.pool,
            key: &key,
        };
        let refused = async {
            let mut raw =
                Raw::connect(introduction, context.version, Pongs::Sent, &context.audit).await?;
            let ended = raw.ended(PATIENCE).await?;
            ended.ensure(reason(protocol_version))?;
            is_understood(&context, ended)
        };
        refused
            .await
            .with_context(|| format!("version {protocol_version:?}"))?;
    }
    Ok(format!(
        "0, 1, 9: 101, then 1011 {}, none: {}; the end of a session",
        reason(Some(0)),
        reason(None)
    ))
}

/// A pool that nobody made is refused. A host tries again, since somebody may make it.
pub(super) async fn unknown_pool(mut context: Context) -> Result<String> {
    let config = Host::config(&context, &context.key("host"));
    "no-such-pool".clone_into(&mut context.pool);
    let mut host = Host::begin(&context, config).await?;
    let (how, retry_at) = host.disconnected().await?;
    match how {
        Disconnect::Closed(close) if close.is(CloseReason::NO_RUNNER_CONFIG) => {}
        other => bail!("expected ws.no_runner_config, but found {other:?}"),
    }
    ensure!(
        retry_at.is_some(),
        "expected another attempt, but found none"
    );
    Ok("101, then 1011 ws.no_runner_config; tried again later".to_owned())
}

/// How a connection to `path` ends.
async fn end_of(context: &Context, path: &str) -> Result<Ended> {
    let authority = context.api.authority();
    let mut raw = Raw::open(
        &authority,
        path,
        context.version,
        Pongs::Sent,
        &context.audit,
    )
    .await?;
    raw.ended(PATIENCE).await
}

/// A path with the parameters of a host, of which some are replaced or, by nothing, left out.
fn path_with(context: &Context, changes: &[(&str, Option<&str>)]) -> String {
    let version = context.version.number().to_string();
    let key = context.key("host");
    let parameters = [
        ("protocol_version", &*version),
        ("namespace", NAMESPACE),
        ("envoy_key", &key),
        ("version", "1"),
        ("pool_name", &context.pool),
    ];
    let said = parameters.into_iter().filter_map(|(name, value)| {
        let change = changes.iter().find(|(of, _)| *of == name);
        let value = change.map_or(Some(value), |(_, value)| *value)?;
        Some(format!("{name}={value}"))
    });
    format!("/envoys/connect?{}", said.collect::<Vec<_>>().join("&"))
}

/// A connection that leaves a parameter out is refused.
pub(super) async fn missing_parameters(context: Context) -> Result<String> {
    for name in ["namespace", "envoy_key", "pool_name", "version"] {
        let path = path_with(&context, &[(name, None)]);
        end_of(&context, &path)
            .await?
            .ensure(CloseReason::INVALID_REQUEST)
            .context(name)?;
    }
    Ok("1011 ws.invalid_request without namespace, envoy_key, pool_name, version".to_owned())
}

/// As is one with a namespace that does not exist.
pub(super) async fn unknown_namespace(context: Context) -> Result<String> {
    let path = path_with(&context, &[("namespace", Some("nowhere"))]);
    let ended = end_of(&context, &path).await?;
    is_closed(&ended, 1011, "namespace", "not_found")?;
    Ok(ended
        .to_string()
        .split('#')
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// A version that is no number.
pub(super) async fn no_numbers(context: Context) -> Result<String> {
    let (group, code) = context.differs(
        "what a host asks for wrongly is no fault of the server",
        ("core", "internal_error"),
        ("ws", "invalid_request"),
    );
    for version in ["", "abc", "-1", "70000"] {
        let path = path_with(&context, &[("protocol_version", Some(version))]);
        let ended = end_of(&context, &path).await?;
        is_closed(&ended, 1011, group, code).with_context(|| format!("version `{version}`"))?;
    }
    Ok(format!("nothing, abc, -1, 70000: 1011 {group}.{code}"))
}

/// Keys of hosts have a form.
pub(super) async fn host_keys(context: Context) -> Result<String> {
    let long = "k".repeat(129);
    for key in ["ab", "with%20space", "a/b/c", &long] {
        let path = path_with(&context, &[("envoy_key", Some(key))]);
        end_of(&context, &path)
            .await?
            .ensure(CloseReason::INVALID_REQUEST)
            .with_context(|| format!("key `{key}`"))?;
    }
    let longest = &long[1..];
    for key in [
        &*context.key("host"),
        &format!("{}{longest}", context.pool)[..128],
    ] {
        let mut raw = context.raw(key, Pongs::Sent).await?;
        raw.take("init", |message| match message {
            ToEnvoy::ToEnvoyInit(_) => Break(()),
            _ => Continue(()),
        })
        .await?;
    }
    Ok("2 and 129 octets, spaces, slashes: 1011 ws.invalid_request; 128 octets taken".to_owned())
}

/// There are no other WebSockets; whoever asks without one is told what is here.
pub(super) async fn other_paths(context: Context) -> Result<String> {
    for path in ["/elsewhere", "/actors?namespace=default"] {
        let ended = end_of(&context, path).await?;
        is_closed(&ended, 1011, "guard", "websocket_not_supported")?;
    }
    let plain = context
        .api
        .request(
            Method::GET,
            "/envoys/connect",
            HeaderMap::new(),
            Bytes::new(),
        )
        .await?;
    same("status", &plain.status().as_u16(), &200)?;
    Ok("101, then 1011 guard.websocket_not_supported; without a WebSocket 200".to_owned())
}

/// A message that is larger than any may be ends the connection.
pub(super) async fn too_large(context: Context) -> Result<String> {
    let mut raw = context.raw(&context.key("host"), Pongs::Sent).await?;
    let size = (32 << 20) + 1;
    // Who closes need not read it to its end, so it may be cut off before it is sent.
    let ended = match raw.send_frame(Message::binary(vec![0x7f; size])).await {
        Ok(()) => raw.ended(PATIENCE).await?,
        Err(error) => Ended::Lost(error.to_string()),
    };
    let reads_on = context
        .is_gateway("the gateway reads on for a while, so that its close arrives, and says 1009");
    match &ended {
        Ended::Closed(close) if reads_on => same("status", &close.status(), &1009)?,
        Ended::Lost(_) if !reads_on => {}
        ended => is_closed(ended, 1011, "core", "internal_error")?,
    }
    // Others are not concerned.
    context.registered(&context.key("other")).await?;
    let seen = ended.to_string();
    Ok(format!(
        "{size} octets: {}",
        seen.split('#').next().unwrap_or(&seen)
    ))
}

/// Events and acks of actors that there are not: what has no form of an id, and what is nobody's.
pub(super) async fn strangers(context: Context) -> Result<String> {
    // More than a server would hold of events that it has not dealt with.
    const MANY: i64 = 1_100;
    let key = context.key("host");
    let event = |index| EventWrapper {
        checkpoint: ActorCheckpoint {
            actor_id: "not-an-id".to_owned(),
            generation: 1,
            index,
        },
        inner: Event::EventActorStateUpdate(EventActorStateUpdate {
            state: ActorState::ActorStateRunning,
        }),
    };
    let mut raw = context.registered(&key).await?;
    raw.send(&ToRivet::ToRivetEvents(vec![event(0)])).await?;
    if context.is_gateway("events of actors that there are not are passed over") {
        let many = (1..=MANY).map(event).collect();
        raw.send(&ToRivet::ToRivetEvents(many)).await?;
        let id = context.make_actor().await?;
        command(&mut raw, |command| {
            matches!(command, Command::CommandStartActor(_))
        })
        .await?;
        is_answered(&mut raw, &id).await?;
        return Ok("passed over; the connection goes on".to_owned());
    }
    let ended = raw.ended(PATIENCE).await?;
    is_closed(&ended, 1011, "core", "internal_error")?;
    Ok("1011 core.internal_error".to_owned())
}

fn is_closed(ended: &Ended, status: u16, group: &str, code: &str) -> Result<()> {
    match ended {
        Ended::Closed(close)
            if (close.status(), close.group(), close.code())
                == (status, Some(group), Some(code)) =>
        {
            Ok(())
        }
        other => bail!("expected {status} {group}.{code}, but found {other}"),
    }
}

/// The engine passes over what it cannot read, and answers what comes behind it.
pub(super) async fn undecodable_frames(context: Context) -> Result<String> {
    let key = context.key("host");
    let mut raw = context.registered(&key).await?;
    let id = context.make_actor().await?;
    let started = command(&mut raw, |command| {
        matches!(command, Command::CommandStartActor(_))
    })
    .await?;
    let running = EventActorStateUpdate {
        state: ActorState::ActorStateRunning,
    };
    raw.send(&ToRivet::ToRivetEvents(vec![EventWrapper {
        checkpoint: ActorCheckpoint {
            index: 0,
            ..started
        },
        inner: Event::EventActorStateUpdate(running),
    }]))
    .await?;
    context
        .api
        .actor_with(&id, "connectable_ts", PATIENCE)
        .await?;
    let frames: [&[u8]; 6] = [
        b"",
        // No message has this tag.
        b"\x7f",
        // That of a batch of statements, which only a later version has.
        b"\x0b\0\0\0\0",
        // A pong that ends early.
        b"\x04\0\0",
        // A list of far more events than there are octets.
        b"\x01\xff\xff\xff\xff\x0f",
        // An actor whose id is not UTF-8.
        b"\x05\x02\xff\xff\x01\0\0\0\x05",
    ];
    if context
        .is_gateway("a frame that cannot be read ends the connection: nobody waits for its answer")
    {
        return are_refused(&context, raw, &frames, &id).await;
    }
    for frame in frames {
        raw.send_frame(Message::binary(frame)).await?;
    }
    raw.send_frame(Message::text("not a frame of the protocol"))
        .await?;
    is_answered(&mut raw, &id).await?;
    // It is also lax about what is left over, which we are not.
    let mut trailing = ToRivet::ToRivetStopping
        .to_bytes_at(context.version)?
        .to_vec();
    trailing.push(0);
    raw.send_frame(Message::binary(trailing)).await?;
    command(&mut raw, |command| {
        matches!(command, Command::CommandStopActor(stop) if stop.reason == StopActorReason::GoingAway)
    })
    .await?;
    is_answered(&mut raw, &id).await?;
    Ok("six kinds and a text frame passed over; octets left over accepted".to_owned())
}

/// Each frame ends the connection that it is sent on, and nothing else: the actor goes on.
async fn are_refused(
    context: &Context,
    mut raw: Raw,
    frames: &[&[u8]],
    actor: &str,
) -> Result<String> {
    let refused = async |raw: &mut Raw, frame: Message| {
        raw.send_frame(frame).await?;
        raw.ended(PATIENCE)
            .await?
            .ensure(CloseReason::INVALID_MESSAGE)
    };
    let unknown = || Message::binary(&b"\x7f"[..]);
    refused(&mut raw, unknown()).await?;
    let mut raw = context.registered(&context.key("host")).await?;
    raw.send_frame(Message::text("not a frame of the protocol"))
        .await?;
    is_answered(&mut raw, actor).await?;
    let mut trailing = ToRivet::ToRivetStopping
        .to_bytes_at(context.version)?
        .to_vec();
    trailing.push(0);
    let frames = frames.iter().copied().chain([&trailing[..]]);
    for (number, frame) in frames.enumerate() {
        // Each from a host of its own, which is heard.
        let key = context.key(&format!("other-{number}"));
        let mut raw = context.registered(&key).await?;
        refused(&mut raw, Message::binary(frame.to_vec()))
            .await
            .with_context(|| format!("{frame:?}"))?;
    }
    let key = context.key("again");
    for _ in 0..3 {
        let mut raw = context.raw(&key, Pongs::Sent).await?;
        refused(&mut raw, unknown()).await?;
    }
    let mut raw = context.raw(&key, Pongs::Sent).await?;
    raw.ended(PATIENCE)
        .await?
        .ensure(CloseReason::INVALID_MESSAGE)
        .context("after three in a row")?;
    Ok(
        "six kinds and octets left over: 1011 ws.invalid_message; a text frame passed over; after three in a row closed at once"
            .to_owned(),
    )
}

/// A host that does not answer pings is cut off.
pub(super) async fn timed_out(context: Context) -> Result<String> {
    let start = Instant::now();
    let mut raw = context.raw(&context.key("host"), Pongs::Withheld).await?;
    let ended = raw.ended(Duration::from_mins(1)).await?;
    let took = start.elapsed();
    ended.ensure(CloseReason::TIMED_OUT)?;
    ensure!(
        took >= Duration::from_secs(15),
        "expected 15 s of patience, but found {took:?}"
    );
    Ok(format!(
        "1011 ws.timed_out after {:.1} s",
        took.as_secs_f64()
    ))
}

/// Checks that a session whose connection is refused like that ends, and says what it asked for.
fn is_understood(context: &Context, ended: Ended) -> Result<()> {
    let Ended::Closed(close) = ended else {
        bail!("expected a close, but found: {ended}");
    };
    let now = Instant::now();
    let mut machine = Machine::new(Host::config(context, "any"), now);
    same(
        "version asked for",
        &machine.poll_connect(now),
        &Some(context.version),
    )?;
    machine.connected(now);
    machine.disconnected(&Disconnect::Closed(close.clone()), now);
    while let Some(event) = machine.poll_event() {
        if let HostEvent::Terminal(terminal) = event {
            let asked = context.version;
            same("end", &terminal, &Terminal::Refused { asked, close })?;
            return contains("what it says", &terminal.to_string(), &asked.to_string());
        }
    }
    bail!("expected the end of the session, but found none")
}

/// Waits for a command that comes alone.
async fn command(raw: &mut Raw, wanted: impl Fn(&Command) -> bool) -> Result<ActorCheckpoint> {
    raw.take("a command", |message| match message {
        ToEnvoy::ToEnvoyCommands(commands) => match commands.as_slice() {
            [CommandWrapper { checkpoint, inner }] if wanted(inner) => Break(checkpoint.clone()),
            _ => Continue(()),
        },
        _ => Continue(()),
    })
    .await
}

/// Checks that requests are answered.
async fn is_answered(raw: &mut Raw, actor: &str) -> Result<()> {
    let get = KvGetRequest {
        keys: vec![b"k".to_vec()],
    };
    let request = ToRivetKvRequest {
        actor_id: actor.to_owned(),
        request_id: 7,
        data: KvRequestData::KvGetRequest(get),
    };
    raw.send(&ToRivet::ToRivetKvRequest(request)).await?;
    let answer = raw
        .take("a KV answer", |message| match message {
            ToEnvoy::ToEnvoyKvResponse(answer) if answer.request_id == 7 => Break(answer.data),
            _ => Continue(()),
        })
        .await?;
    match answer {
        KvResponseData::KvGetResponse(got) => same("values", &got.values.len(), &0),
        other => bail!("expected no value, but found {other:?}"),
    }
}
