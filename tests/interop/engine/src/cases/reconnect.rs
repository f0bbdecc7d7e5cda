//! What is kept and what is not when a connection is lost.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use envoy_protocol::CloseReason;
use envoy_protocol::latest::{ActorIntent, StopActorReason};

use crate::case::Context;
use crate::check::{contains, same};
use crate::host::Host;
use crate::link::PATIENCE;

/// Long enough for what the engine sends at once to be here.
const A_MOMENT: Duration = Duration::from_millis(500);
/// An engine answers events only when the last one it answered is this far back.
const EVENTS_PER_ACK: i64 = 250;

/// Commands that were not acked come again, as they were; acked ones do not.
pub(super) async fn commands(context: Context) -> Result<String> {
    let key = context.key("host");
    let (host, actor) = context.running().await?;
    for _ in 0..2 {
        let mut again = Host::connect(&context, &key).await?;
        let replayed = again.start(&actor.id).await?;
        same("generation", &replayed.generation, &actor.generation)?;
        same("index", &replayed.command, &actor.command)?;
        same("configuration", &replayed.config, &actor.config)?;
        again.cut();
    }
    host.cut();
    let host = Host::connect(&context, &key).await?;
    host.ack_command(&actor, actor.command)?;
    tokio::time::sleep(A_MOMENT).await;
    host.cut();
    let mut host = Host::connect(&context, &key).await?;
    host.no_command(A_MOMENT).await?;
    // Only what came after the ack is left.
    context.api.sleep(&actor.id).await?;
    let stop = host.stop(&actor, StopActorReason::SleepIntent).await?;
    host.cut();
    let mut host = Host::connect(&context, &key).await?;
    let replayed = host.stop(&actor, StopActorReason::SleepIntent).await?;
    same("index of the stop", &replayed, &stop)?;
    Ok("a start came three times, with the same checkpoint; acked, never again; the stop behind it did".to_owned())
}

/// An event that the engine has seen is dropped, on whatever connection it comes.
pub(super) async fn events(context: Context) -> Result<String> {
    let (host, mut actor) = context.running().await?;
    host.ack_command(&actor, actor.command)?;
    tokio::time::sleep(A_MOMENT).await;
    host.cut();
    let mut host = Host::connect(&context, &context.key("host")).await?;
    // The index of Running, which was seen.
    actor.next_event = 0;
    host.intent(&mut actor, ActorIntent::ActorIntentSleep)?;
    host.no_command(Duration::from_secs(1)).await?;
    same("next index", &actor.next_event, &1)?;
    host.intent(&mut actor, ActorIntent::ActorIntentSleep)?;
    super::lifecycle::asleep(&context, &mut host, &mut actor).await?;
    Ok("index 0 on the second connection had no effect, index 1 had".to_owned())
}

/// The engine acks events rarely, and says up to where.
pub(super) async fn event_acks(context: Context) -> Result<String> {
    let (mut host, mut actor) = context.running().await?;
    let enough = EVENTS_PER_ACK + 10;
    while actor.next_event <= enough {
        host.alarm(&mut actor, None)?;
    }
    let acked = host.acked_events().await?;
    let [checkpoint] = acked.as_slice() else {
        bail!("expected one checkpoint, but found {acked:?}");
    };
    same("actor", &checkpoint.actor_id, &actor.id)?;
    same("generation", &checkpoint.generation, &actor.generation)?;
    ensure!(
        (EVENTS_PER_ACK..=enough).contains(&checkpoint.index),
        "expected an ack between {EVENTS_PER_ACK} and {enough}, but found {}",
        checkpoint.index
    );
    Ok(format!(
        "of {enough} events the first ack covers {}",
        checkpoint.index
    ))
}

/// An actor outlives a connection that is lost for a short time.
pub(super) async fn cut_and_return(context: Context) -> Result<String> {
    let (host, actor) = context.running().await?;
    host.ack_command(&actor, actor.command)?;
    tokio::time::sleep(A_MOMENT).await;
    host.cut();
    // The client is not told: its request waits for the host.
    let client = super::http::get(&context, &actor.id);
    tokio::time::sleep(A_MOMENT).await;
    let mut host = Host::connect(&context, &context.key("host")).await?;
    host.no_command(A_MOMENT).await?;
    let second = super::http::get(&context, &actor.id);
    super::http::answer_next(&mut host, 200, b"back again").await?;
    let answered = tokio::select! {
        answer = client => ("before", answer),
        answer = second => ("after", answer),
    };
    let (which, answer) = answered;
    same("answer", &answer??.body()[..], b"back again".as_slice())?;
    let found = context.api.actor(&actor.id).await?;
    ensure!(
        !found["connectable_ts"].is_null(),
        "expected it connectable, but found {found}"
    );
    Ok(format!(
        "still connectable, nothing replayed; a request from {which} the return was answered"
    ))
}

/// A host that stays away is lost, and told so when it is back.
pub(super) async fn lost(context: Context) -> Result<String> {
    let (host, actor) = context.running().await?;
    host.ack_command(&actor, actor.command)?;
    tokio::time::sleep(A_MOMENT).await;
    host.cut();
    let start = Instant::now();
    let found = context
        .api
        .actor_with(&actor.id, "sleep_ts", Duration::from_secs(40))
        .await?;
    let took = start.elapsed();
    contains(
        "error",
        &found["error"].to_string(),
        "envoy_connection_lost",
    )?;
    let mut host = Host::connect(&context, &context.key("host")).await?;
    host.stop(&actor, StopActorReason::Lost).await?;
    Ok(format!(
        "asleep with envoy_connection_lost after {:.1} s; Lost when it was back",
        took.as_secs_f64()
    ))
}

/// A second connection with one key evicts the first.
pub(super) async fn eviction(context: Context) -> Result<String> {
    let (mut first, actor) = context.running().await?;
    let start = Instant::now();
    let mut second = Host::connect(&context, &context.key("host")).await?;
    let ended = first.ended(PATIENCE).await?;
    let took = start.elapsed();
    ended.ensure(CloseReason::EVICTION)?;
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
        "1000 ws.eviction after {} ms; the second has the actor",
        took.as_millis()
    ))
}
