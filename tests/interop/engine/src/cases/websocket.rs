//! WebSockets of an actor's clients, through the engine's gateway.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use envoy_protocol::Close;
use envoy_protocol::latest::{
    ActorIntent, HibernatingRequest, MessageId, StopActorReason, ToEnvoyTunnelMessageKind,
    ToEnvoyWebSocketClose, ToEnvoyWebSocketMessage, ToEnvoyWebSocketOpen, ToRivetTunnelMessageKind,
    ToRivetWebSocketClose, ToRivetWebSocketMessage, ToRivetWebSocketMessageAck,
    ToRivetWebSocketOpen,
};
use hyper::StatusCode;
use tokio_tungstenite::tungstenite::Message;

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::same;
use crate::client::Client;
use crate::host::{Actor, Host, ensure_generation};

/// Text and octets go both ways, in order; the client closes.
pub(super) async fn messages(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    if let Some(refused) = not_yet(&context, &mut host, &actor).await? {
        return Ok(refused);
    }
    let (mut client, id) = opened(&context, &mut host, &actor, false).await?;
    let sent = [
        (
            Message::text("one"),
            ToEnvoyWebSocketMessage {
                data: b"one".to_vec(),
                binary: false,
            },
        ),
        (
            Message::binary(vec![0, 255]),
            ToEnvoyWebSocketMessage {
                data: vec![0, 255],
                binary: true,
            },
        ),
        (
            Message::text(""),
            ToEnvoyWebSocketMessage {
                data: Vec::new(),
                binary: false,
            },
        ),
    ];
    for (index, (message, expected)) in (1..).zip(sent) {
        client.send(message).await?;
        let (found, message) = next_message(&mut host).await?;
        same(
            "index",
            &found,
            &MessageId {
                message_index: index,
                ..id
            },
        )?;
        same("message", &message, &expected)?;
    }
    for binary in [false, true] {
        let message = ToRivetWebSocketMessage {
            data: b"back".to_vec(),
            binary,
        };
        host.answer(
            &id,
            &ToRivetTunnelMessageKind::ToRivetWebSocketMessage(message),
        )?;
    }
    same("text back", &client.next().await?, &Message::text("back"))?;
    same(
        "octets back",
        &client.next().await?,
        &Message::binary("back"),
    )?;
    let large = vec![7; 1 << 20];
    client.send(Message::binary(large.clone())).await?;
    let (_, message) = next_message(&mut host).await?;
    same(
        "whether a megabyte is the same",
        &(message.data == large),
        &true,
    )?;
    client.close(4001, "enough").await?;
    let (_, close) = next_close(&mut host).await?;
    let expected = ToEnvoyWebSocketClose {
        code: Some(4001),
        reason: Some("enough".to_owned()),
    };
    same("close", &close, &expected)?;
    Ok(
        "open 0, messages 1, 2, … with their kind, both ways, 1 MiB; 4001 of the client arrives"
            .to_owned(),
    )
}

/// The actor closes: its client sees code and reason.
pub(super) async fn closed_by_the_actor(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    if let Some(refused) = not_yet(&context, &mut host, &actor).await? {
        return Ok(refused);
    }
    let (mut client, id) = opened(&context, &mut host, &actor, false).await?;
    host.answer(&id, &close(4002, "done with you", false))?;
    let expected = Close::from_frame(4002, "done with you");
    same("close at the client", &client.ended().await?, &expected)?;
    // The gateway answers with a close of its own, which nobody here waits for.
    let start = Instant::now();
    while host.stats().dropped_tunnel_messages == 0 {
        ensure!(
            start.elapsed() < PATIENCE,
            "expected the gateway's close, but found none"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok("4002 and the reason at the client; the gateway's own close is passed over".to_owned())
}

/// A client keeps its WebSocket while the actor sleeps, and its next message wakes the actor.
pub(super) async fn hibernation(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    if let Some(refused) = not_yet(&context, &mut host, &actor).await? {
        return Ok(refused);
    }
    let (mut client, id) = opened(&context, &mut host, &actor, true).await?;
    client.send(Message::text("before")).await?;
    let (first, _) = next_message(&mut host).await?;
    same("index before", &first.message_index, &1)?;
    let ack = ToRivetWebSocketMessageAck { index: 1 };
    host.answer(
        &id,
        &ToRivetTunnelMessageKind::ToRivetWebSocketMessageAck(ack),
    )?;
    host.intent(&actor, ActorIntent::ActorIntentSleep)?;
    host.stop(&actor, StopActorReason::SleepIntent).await?;
    host.answer(&id, &close(1000, "hws.hibernate", true))?;
    host.stopped(&actor)?;
    context
        .api
        .actor_with(&actor.id, "sleep_ts", PATIENCE)
        .await?;

    // Now and then the engine starts the actor again before there is a message. That is for it to decide.
    client.send(Message::text("after")).await?;
    let second = host.start(&actor.id).await?;
    ensure_generation(&second, 2)?;
    let request = HibernatingRequest {
        gateway_id: id.gateway_id,
        request_id: id.request_id,
    };
    same("hibernating requests", &second.hibernating, &[request])?;
    host.attach(request, 2, 3);
    host.running(&second)?;
    // The socket that slept is opened again from this side.
    host.answer(&id, &open(true))?;
    let (found, message) = next_message(&mut host).await?;
    same(
        "index after",
        &found,
        &MessageId {
            message_index: 2,
            ..id
        },
    )?;
    same("message after", &message.data, b"after")?;
    let message = ToRivetWebSocketMessage {
        data: b"good morning".to_vec(),
        binary: false,
    };
    host.answer(
        &id,
        &ToRivetTunnelMessageKind::ToRivetWebSocketMessage(message),
    )?;
    same(
        "message to the client",
        &client.next().await?,
        &Message::text("good morning"),
    )?;
    client.close(1000, "").await?;
    next_close(&mut host).await?;
    Ok("the client's socket outlived generation 1; its message 2 woke generation 2, without a new open".to_owned())
}

/// What becomes of a client's WebSocket where there are none yet: it is accepted, and closed with the reason.
async fn not_yet(context: &Context, host: &mut Host, actor: &Actor) -> Result<Option<String>> {
    if !context.is_gateway("the gateway hands no WebSockets on so far") {
        return Ok(None);
    }
    let mut client = Client::connect(context.api, &actor.id, "/socket").await?;
    let close = client.ended().await?;
    ensure!(
        close.status() == 1011
            && (close.group(), close.code()) == (Some("guard"), Some("websocket_not_supported")),
        "expected 1011 guard.websocket_not_supported, but found {close}"
    );
    // It is not for hosts to see, and the actor goes on.
    let answer = super::http::get(context, &actor.id);
    super::http::answer_next(host, 200, b"still here").await?;
    same("answer", &answer.await??.status(), &StatusCode::OK)?;
    Ok(Some(format!("101, then {close}; the actor goes on")))
}

/// A client whose WebSocket the actor has accepted.
async fn opened(
    context: &Context,
    host: &mut Host,
    actor: &Actor,
    can_hibernate: bool,
) -> Result<(Client, MessageId)> {
    let client = Client::connect(context.api, &actor.id, "/chat?room=1").await?;
    let (id, request) = match host.tunnel().await? {
        (id, ToEnvoyTunnelMessageKind::ToEnvoyWebSocketOpen(request)) => (id, request),
        (_, other) => bail!("expected a WebSocket, but found {other:?}"),
    };
    same("index of the open", &id.message_index, &0)?;
    let ToEnvoyWebSocketOpen {
        actor_id,
        path,
        headers,
    } = request;
    same("actor", &actor_id, &actor.id)?;
    same("path", &path, "/chat?room=1")?;
    ensure!(
        headers.get("sec-websocket-key").is_some(),
        "expected the client's headers, but found {headers:?}"
    );
    host.answer(&id, &open(can_hibernate))?;
    Ok((client, id))
}

async fn next_message(host: &mut Host) -> Result<(MessageId, ToEnvoyWebSocketMessage)> {
    match host.tunnel().await? {
        (id, ToEnvoyTunnelMessageKind::ToEnvoyWebSocketMessage(message)) => Ok((id, message)),
        (_, other) => bail!("expected a message, but found {other:?}"),
    }
}

async fn next_close(host: &mut Host) -> Result<(MessageId, ToEnvoyWebSocketClose)> {
    match host.tunnel().await? {
        (id, ToEnvoyTunnelMessageKind::ToEnvoyWebSocketClose(close)) => Ok((id, close)),
        (_, other) => bail!("expected a close, but found {other:?}"),
    }
}

fn open(can_hibernate: bool) -> ToRivetTunnelMessageKind {
    ToRivetTunnelMessageKind::ToRivetWebSocketOpen(ToRivetWebSocketOpen { can_hibernate })
}

fn close(code: u16, reason: &str, hibernate: bool) -> ToRivetTunnelMessageKind {
    ToRivetTunnelMessageKind::ToRivetWebSocketClose(ToRivetWebSocketClose {
        code: Some(code),
        reason: Some(reason.to_owned()),
        hibernate,
    })
}
