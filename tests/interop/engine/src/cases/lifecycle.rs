//! How actors end, and how they come back.

use std::time::Duration;

use anyhow::{Result, ensure};
use envoy_protocol::latest::{ActorIntent, KvRequestData, KvResponseData, StopActorReason};
use hyper::StatusCode;
use serde_json::Value;

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::{now_ms, same};
use crate::host::{Actor, Host, ensure_generation};

/// An actor that wants to sleep is stopped, sleeps, and is woken by a request.
pub(super) async fn sleep_and_wake(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    host.intent(&actor, ActorIntent::ActorIntentSleep)?;
    let index = asleep(&context, &mut host, &actor).await?;
    same("index of the stop", &index, &2)?;
    let (second, answer) = wake(&context, &mut host, &actor).await?;
    same("answer after the wake", &answer.as_slice(), b"awake")?;
    context.api.sleep(&actor.id).await?;
    asleep(&context, &mut host, &second).await?;
    let (third, _) = wake(&context, &mut host, &second).await?;
    ensure_generation(&third, 3)?;
    Ok("asleep by intent and by the API; each request started the next generation".to_owned())
}

/// A sleeping actor with an alarm is woken when it is due.
pub(super) async fn alarm(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    // By then it sleeps, on a machine that is busy with other things too.
    let due = now_ms()? + 5_000;
    host.alarm(&actor, Some(due + 60_000))?;
    // The last one set counts.
    host.alarm(&actor, Some(due))?;
    host.intent(&actor, ActorIntent::ActorIntentSleep)?;
    asleep(&context, &mut host, &actor).await?;
    let second = host.start(&actor.id).await?;
    let late = now_ms()? - due;
    ensure!(
        late >= -50,
        "expected the start when it is due, but found it {late} ms later"
    );
    ensure_generation(&second, 2)?;
    context.run(&host, &second).await?;
    // An alarm that was taken back wakes nobody.
    host.alarm(&second, Some(now_ms()? + 500))?;
    host.alarm(&second, None)?;
    host.intent(&second, ActorIntent::ActorIntentSleep)?;
    asleep(&context, &mut host, &second).await?;
    host.no_command(Duration::from_millis(1_500)).await?;
    Ok(format!(
        "generation 2 started {late} ms after it was due; one taken back wakes nobody"
    ))
}

/// An actor that wants to stop, or just stops, is destroyed.
pub(super) async fn stop(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    host.intent(&actor, ActorIntent::ActorIntentStop)?;
    host.stop(&actor, StopActorReason::StopIntent).await?;
    host.stopped(&actor)?;
    context
        .api
        .actor_with(&actor.id, "destroy_ts", PATIENCE)
        .await?;
    let id = context.make_actor().await?;
    let actor = host.start(&id).await?;
    context.run(&host, &actor).await?;
    host.stopped(&actor)?;
    context.api.actor_with(&id, "destroy_ts", PATIENCE).await?;
    Ok("destroyed after an intent and StopIntent, and after Stopped(Ok) out of nothing".to_owned())
}

/// A destroyed actor is stopped first, and can still use its store while it stops.
pub(super) async fn destroyed(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    destroy(&context, &mut host, &actor).await?;
    let found = context.api.actor(&actor.id).await?;
    ensure!(
        !found["destroy_ts"].is_null(),
        "expected it destroyed, but found {found}"
    );
    let answer = context.api.gateway_get(&actor.id, "/").await?;
    same("status", &answer.status(), &StatusCode::NOT_FOUND)?;
    Ok(
        "stopped with Destroy, KV while stopping, the API's answer after Stopped, then 404"
            .to_owned(),
    )
}

/// A crashed actor sleeps with its error; the next request starts the next generation.
pub(super) async fn crash(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    host.crashed(&actor, "it went wrong")?;
    let found = context
        .api
        .actor_with(&actor.id, "sleep_ts", PATIENCE)
        .await?;
    same(
        "message",
        &found["error"]["crashed"]["message"],
        "it went wrong",
    )?;
    host.no_command(Duration::from_millis(500)).await?;
    let (second, _) = wake(&context, &mut host, &actor).await?;
    ensure_generation(&second, 2)?;
    let found = context.api.actor(&actor.id).await?;
    same("error after the wake", &found["error"], &Value::Null)?;
    Ok("asleep with error.crashed and the message; a request started generation 2".to_owned())
}

/// A host that stops leaves the pool, and its actors go to another.
pub(super) async fn going_away(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut other = context.host_named("other").await?;
    host.drain();
    host.stop(&actor, StopActorReason::GoingAway).await?;
    context
        .envoy_until(&context.key("host"), "gone", |envoy| envoy.is_none())
        .await?;
    host.stopped(&actor)?;
    let second = other.start(&actor.id).await?;
    ensure_generation(&second, 2)?;
    context.run(&other, &second).await?;
    let client = super::http::get(&context, &actor.id);
    super::http::answer_next(&mut other, 200, b"over here").await?;
    same(
        "answer",
        &client.await??.body()[..],
        b"over here".as_slice(),
    )?;
    Ok("out of the pool, GoingAway, generation 2 on the other host".to_owned())
}

/// Wakes a sleeping actor with a request, and answers it. Returns the new generation, and the answer the client got.
pub(super) async fn wake(
    context: &Context,
    host: &mut Host,
    asleep: &Actor,
) -> Result<(Actor, Vec<u8>)> {
    let client = super::http::get(context, &asleep.id);
    let actor = host.start(&asleep.id).await?;
    ensure_generation(&actor, asleep.generation + 1)?;
    same("index of the start", &actor.command, &1)?;
    host.running(&actor)?;
    super::http::answer_next(host, 200, b"awake").await?;
    Ok((actor, client.await??.body().to_vec()))
}

/// Destroys an actor. Its store answers until it has stopped.
pub(super) async fn destroy(context: &Context, host: &mut Host, actor: &Actor) -> Result<()> {
    let deleting = tokio::spawn({
        let api = context.api;
        let id = actor.id.clone();
        async move { api.destroy(&id).await }
    });
    host.stop(actor, StopActorReason::Destroy).await?;
    let dropped = host.kv(&actor.id, KvRequestData::KvDropRequest).await?;
    same(
        "answer to a drop",
        &dropped,
        &KvResponseData::KvDropResponse,
    )?;
    ensure!(
        !deleting.is_finished(),
        "expected the API to wait for the stop"
    );
    host.stopped(actor)?;
    deleting.await??;
    Ok(())
}

/// Stops an actor that is to sleep, and waits until it does. Returns the index of the stop.
pub(super) async fn asleep(context: &Context, host: &mut Host, actor: &Actor) -> Result<i64> {
    let index = host.stop(actor, StopActorReason::SleepIntent).await?;
    host.stopped(actor)?;
    context
        .api
        .actor_with(&actor.id, "sleep_ts", PATIENCE)
        .await?;
    Ok(index)
}
