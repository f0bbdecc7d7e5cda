//! What is kept and what is not when a connection is lost.

use std::ops::ControlFlow::{Break, Continue};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use envoy_protocol::CloseReason;
use envoy_protocol::latest::{
    ActorCheckpoint, ActorIntent, Event, EventActorIntent, EventActorSetAlarm, EventWrapper,
    KvGetRequest, KvRequestData, StopActorReason, ToEnvoy, ToRivet, ToRivetAckCommands,
};
use envoy_protocol::session::{Disconnect, Terminal};

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::{contains, same};
use crate::host::{Actor, Host};
use crate::raw::{Pongs, Raw};
use crate::relay::State;

/// Long enough for what the engine sends at once to be here.
const A_MOMENT: Duration = Duration::from_millis(500);
/// An engine answers events only when the last one it answered is this far back.
const EVENTS_PER_ACK: i64 = 250;

/// A command that was not acked comes again on every connection, as it was, and is handled once; an acked one does not.
pub(super) async fn commands(context: Context) -> Result<String> {
    let mut config = Host::config(&context, &context.key("host"));
    // Long enough for a busy machine to have connected twice by then.
    let ack_delay = Duration::from_secs(12);
    config.ack_delay = ack_delay;
    let mut host = context.host_with(config).await?;
    let id = context.make_actor().await?;
    let actor = host.start(&id).await?;
    context.run(&host, &actor).await?;
    let acks_at = Instant::now() + ack_delay + Duration::from_secs(1);
    for repeated in 1..=2 {
        host.reconnect(repeated + 1).await?;
        host.repeated(repeated).await?;
    }
    tokio::time::sleep_until(acks_at.into()).await;
    // What is answered behind the ack says that it is there.
    let get = KvGetRequest {
        keys: vec![b"k".to_vec()],
    };
    host.kv(&id, KvRequestData::KvGetRequest(get)).await?;
    host.reconnect(4).await?;
    host.no_command(A_MOMENT).await?;
    same(
        "repeated commands after the ack",
        &host.stats().repeated_commands,
        &2,
    )?;
    // Only what came after the ack is left.
    context.api.sleep(&actor.id).await?;
    let stop = host.stop(&actor, StopActorReason::SleepIntent).await?;
    host.reconnect(5).await?;
    host.repeated(3).await?;
    host.no_command(A_MOMENT).await?;
    same(
        "repeated commands with the stop",
        &host.stats().repeated_commands,
        &3,
    )?;
    Ok(format!(
        "a start came on three connections and was handled once; acked, never again; the stop, {stop}, twice"
    ))
}

/// What the engine replays is what it sent, to the octet; an ack covers what is before it.
pub(super) async fn replay(context: Context) -> Result<String> {
    let key = context.key("host");
    let mut raw = context.registered(&key).await?;
    let id = context.make_actor().await?;
    let first = commands_of(&mut raw).await?;
    drop(raw);
    let mut raw = context.raw(&key, Pongs::Sent).await?;
    same("the start again", &commands_of(&mut raw).await?, &first)?;
    let [start] = first.as_slice() else {
        bail!("expected one command, but found {first:?}");
    };
    same("actor", &start.actor_id, &id)?;
    raw.send(&ToRivet::ToRivetAckCommands(ToRivetAckCommands {
        last_command_checkpoints: vec![start.clone()],
    }))
    .await?;
    tokio::time::sleep(A_MOMENT).await;
    drop(raw);
    let mut raw = context.raw(&key, Pongs::Sent).await?;
    let again = tokio::time::timeout(A_MOMENT, commands_of(&mut raw)).await;
    ensure!(
        again.is_err(),
        "expected no command after the ack, but found {again:?}"
    );
    Ok("the same start on the second connection; nothing on the third, behind the ack".to_owned())
}

/// An event that the engine has seen is dropped, on whatever connection it comes; a host sends all it has again.
pub(super) async fn events(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    host.reconnect(2).await?;
    tokio::time::sleep(A_MOMENT).await;
    same("events kept", &host.stats().unacknowledged_events, &1)?;
    // Running was sent twice, and this is the event behind it.
    host.intent(&actor, ActorIntent::ActorIntentSleep)?;
    super::lifecycle::asleep(&context, &mut host, &actor).await?;
    Ok("Running came twice and counted once; the sleep behind it was obeyed".to_owned())
}

/// A host that begins to count again is not heard.
pub(super) async fn events_of_old(context: Context) -> Result<String> {
    let (host, actor) = context.running().await?;
    drop(host);
    let mut raw = context.raw(&context.key("host"), Pongs::Sent).await?;
    commands_of(&mut raw).await?;
    let sleep = |index| {
        let intent = ActorIntent::ActorIntentSleep;
        event(
            &actor,
            index,
            Event::EventActorIntent(EventActorIntent { intent }),
        )
    };
    // The index of Running, which was seen.
    raw.send(&sleep(0)).await?;
    let stop = tokio::time::timeout(Duration::from_secs(1), commands_of(&mut raw)).await;
    ensure!(stop.is_err(), "expected no stop, but found {stop:?}");
    raw.send(&sleep(1)).await?;
    let stop = commands_of(&mut raw).await?;
    same(
        "stop",
        &stop.iter().map(|stop| stop.index).collect::<Vec<_>>(),
        &[2],
    )?;
    Ok("a sleep with index 0 had no effect, with index 1 it had".to_owned())
}

/// The engine acks events rarely, and says up to where; a host then forgets them.
pub(super) async fn event_acks(context: Context) -> Result<String> {
    let (host, actor) = context.running().await?;
    let enough = EVENTS_PER_ACK + 10;
    for _ in 1..=enough {
        host.alarm(&actor, None)?;
    }
    let start = Instant::now();
    let left = loop {
        let left = host.stats().unacknowledged_events;
        if i64::try_from(left)? <= enough - EVENTS_PER_ACK + 1 {
            break left;
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "expected an ack, but found {left} events without"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    drop(host);
    // The same as it is on the wire, from a host that starts where this one ended.
    let mut raw = context.raw(&context.key("host"), Pongs::Sent).await?;
    let alarm = || Event::EventActorSetAlarm(EventActorSetAlarm { alarm_ts: None });
    for index in enough + 1..=enough * 2 {
        raw.send(&event(&actor, index, alarm())).await?;
    }
    let acked = raw
        .take("an ack of events", |message| match message {
            ToEnvoy::ToEnvoyAckEvents(ack) => Break(ack.last_event_checkpoints),
            _ => Continue(()),
        })
        .await?;
    let [
        ActorCheckpoint {
            actor_id,
            generation,
            index,
        },
    ] = acked.as_slice()
    else {
        bail!("expected one checkpoint, but found {acked:?}");
    };
    same(
        "actor and generation",
        &(actor_id, generation),
        &(&actor.id, &actor.generation),
    )?;
    ensure!(
        (EVENTS_PER_ACK * 2..=enough * 2).contains(index),
        "expected an ack of the second {EVENTS_PER_ACK} events, but found {index}"
    );
    Ok(format!(
        "of {} events {left} are left after the first ack; the second covers {index}",
        enough + 1
    ))
}

/// An actor outlives a connection that is lost for a short time.
pub(super) async fn cut_and_return(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    host.relay().set(State::Down);
    host.disconnected().await?;
    // The client is not told: its request waits for the host.
    let waiting = super::http::get(&context, &actor.id);
    tokio::time::sleep(A_MOMENT).await;
    host.relay().set(State::Open);
    host.init(2).await?;
    host.no_command(A_MOMENT).await?;
    let after = super::http::get(&context, &actor.id);
    super::http::answer_next(&mut host, 200, b"back again").await?;
    let (which, answer) = tokio::select! {
        answer = waiting => ("before", answer),
        answer = after => ("after", answer),
    };
    same("answer", &answer??.body()[..], b"back again".as_slice())?;
    let found = context.api.actor(&actor.id).await?;
    ensure!(
        !found["connectable_ts"].is_null(),
        "expected it connectable, but found {found}"
    );
    Ok(format!(
        "still connectable, nothing to do again; a request from {which} the return was answered"
    ))
}

/// A host that stays away is lost: it stops its actors itself, and is told so when it is back.
pub(super) async fn lost(context: Context) -> Result<String> {
    let mut config = Host::config(&context, &context.key("host"));
    // So that it is back soon once it may be.
    config.backoff.most = Duration::from_secs(1);
    let mut host = context.host_with(config).await?;
    let id = context.make_actor().await?;
    let actor = host.start(&id).await?;
    context.run(&host, &actor).await?;
    host.relay().set(State::Down);
    let start = Instant::now();
    host.lost(Duration::from_mins(1)).await?;
    let ours = start.elapsed();
    let found = context
        .api
        .actor_with(&actor.id, "sleep_ts", Duration::from_mins(1))
        .await?;
    let theirs = start.elapsed();
    contains(
        "error",
        &found["error"].to_string(),
        "envoy_connection_lost",
    )?;
    host.relay().set(State::Open);
    host.init(2).await?;
    host.stop(&actor, StopActorReason::Lost).await?;
    Ok(format!(
        "given up here after {:.1} s, asleep with envoy_connection_lost within {:.1} s; Lost when it was back",
        ours.as_secs_f64(),
        theirs.as_secs_f64()
    ))
}

/// A second connection with one key evicts the first, which does not come back.
pub(super) async fn eviction(context: Context) -> Result<String> {
    let (mut first, actor) = context.running().await?;
    let start = Instant::now();
    let config = Host::config(&context, &context.key("host"));
    let (mut second, _) = Host::connect(&context, config).await?;
    let (how, retry_at) = first.disconnected().await?;
    let took = start.elapsed();
    match how {
        Disconnect::Closed(close) if close.is(CloseReason::EVICTION) && close.status() == 1000 => {}
        other => bail!("expected 1000 ws.eviction, but found {other:?}"),
    }
    same("next attempt", &retry_at, &None)?;
    same("end", &first.terminal().await?, &Terminal::Evicted)?;
    // The second one has the actor now.
    second.start(&actor.id).await?;
    let client = super::http::get(&context, &actor.id);
    super::http::answer_next(&mut second, 200, b"by the second").await?;
    same(
        "answer",
        &client.await??.body()[..],
        b"by the second".as_slice(),
    )?;
    Ok(format!(
        "1000 ws.eviction after {} ms, for good; the second has the actor",
        took.as_millis()
    ))
}

/// The next commands, all together.
async fn commands_of(raw: &mut Raw) -> Result<Vec<ActorCheckpoint>> {
    raw.take("commands", |message| match message {
        ToEnvoy::ToEnvoyCommands(commands) => {
            let checkpoints = commands.into_iter().map(|command| command.checkpoint);
            Break(checkpoints.collect())
        }
        _ => Continue(()),
    })
    .await
}

fn event(actor: &Actor, index: i64, inner: Event) -> ToRivet {
    let checkpoint = ActorCheckpoint {
        actor_id: actor.id.clone(),
        generation: actor.generation,
        index,
    };
    ToRivet::ToRivetEvents(vec![EventWrapper { checkpoint, inner }])
}
