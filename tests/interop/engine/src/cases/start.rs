//! From the connection to an actor that runs.

use std::time::Duration;

use anyhow::Result;
use envoy_protocol::bare::Map;
use envoy_protocol::latest::{ActorName, ProtocolMetadata, ToRivetMetadata};
use envoy_protocol::session::Terminal;
use serde_json::Value;

use crate::api::NewActor;
use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::{contains, now_ms, same};
use crate::host::{Host, ensure_generation};

/// What a host says of itself is what the API shows.
pub(super) async fn metadata(context: Context) -> Result<String> {
    let name = context.key("name");
    let mut names = Map::new();
    names.insert(
        name.clone(),
        ActorName {
            metadata: r#"{"kind":"counter"}"#.to_owned(),
        },
    );
    let mut config = Host::config(&context, &context.key("host"));
    config.metadata = ToRivetMetadata {
        prepopulate_actor_names: Some(names),
        metadata: Some(r#"{"made":"by hand"}"#.to_owned()),
    };
    let (mut host, init) = Host::connect(&context, config).await?;
    same(
        "init",
        &init,
        &ProtocolMetadata {
            envoy_lost_threshold: 15_000,
            actor_stop_threshold: 1_800_000,
            max_response_payload_size: 20 << 20,
        },
    )?;
    context
        .envoy_until(&context.key("host"), "with its metadata", |envoy| {
            envoy.is_some_and(|envoy| envoy["metadata"]["made"] == "by hand")
        })
        .await?;
    let names = context.api.actor_names().await?;
    let kind = &names["names"][&name]["metadata"]["kind"];
    same("metadata of the name", kind, "counter")?;
    let pools = context.api.pools().await?;
    let known =
        &pools["runner_configs"][&context.pool]["datacenters"]["default"]["protocol_version"];
    same("version of the pool", known, &context.version.number())?;
    // A host without actors ends when it wants to.
    same("end", &host.close().await?, &Terminal::Shutdown)?;
    Ok(format!(
        "init 15000/1800000/20971520, names and metadata stored, pool at protocol {known}"
    ))
}

/// An actor is started once a host is there, and runs when the host says so.
pub(super) async fn start_and_running(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let key = context.key("key");
    let before = now_ms()?;
    let id = context
        .api
        .make_actor(&NewActor {
            pool: &context.pool,
            key: Some(&key),
            input: Some("AAEC/w=="),
        })
        .await?;
    let actor = host.start(&id).await?;
    ensure_generation(&actor, 1)?;
    same("index of the start", &actor.command, &1)?;
    same("name", &actor.config.name, "thingy")?;
    same("key", &actor.config.key, &Some(key))?;
    same("input", &actor.config.input, &Some(vec![0, 1, 2, 255]))?;
    same("hibernating requests", &actor.hibernating, &[])?;
    same("preloaded KV", &actor.preloaded, &None)?;
    let age = actor.config.create_ts - before;
    same(
        "whether it was just created",
        // The server's clock need not be read to the millisecond.
        &(-5..10_000).contains(&age),
        &true,
    )?;
    let idle = context.api.actor(&id).await?;
    same(
        "connectable before running",
        &idle["connectable_ts"],
        &Value::Null,
    )?;
    context.run(&host, &actor).await?;
    Ok("start 1/1 with name, key and input; connectable after running".to_owned())
}

/// An actor that never runs is put to sleep.
pub(super) async fn never_running(context: Context) -> Result<String> {
    let mut host = context.host().await?;
    let id = context.make_actor().await?;
    host.start(&id).await?;
    let actor = context
        .api
        .actor_with(&id, "sleep_ts", Duration::from_secs(80))
        .await?;
    contains("error", &actor["error"].to_string(), "envoy_no_response")?;
    Ok(format!("asleep with {}", actor["error"]))
}

/// Without a host there is nowhere to start; the first request after one came starts the actor.
pub(super) async fn no_host_yet(context: Context) -> Result<String> {
    let id = context.make_actor().await?;
    if context.is_gateway("an actor without a host waits for one, and is started when it comes") {
        let waits = context
            .api
            .actor_with(&id, "pending_allocation_ts", PATIENCE)
            .await?;
        same("error", &waits["error"], "no_envoys")?;
        same("sleeping since", &waits["sleep_ts"], &Value::Null)?;
        let mut host = context.host().await?;
        let actor = host.start(&id).await?;
        context.run(&host, &actor).await?;
        let runs = context.api.actor(&id).await?;
        same("error when it runs", &runs["error"], &Value::Null)?;
        return Ok(format!(
            "waiting with no_envoys; a host that came started generation {}",
            actor.generation
        ));
    }
    let asleep = context.api.actor_with(&id, "sleep_ts", PATIENCE).await?;
    same("error", &asleep["error"], "no_capacity")?;
    let mut host = context.host().await?;
    host.no_command(Duration::from_millis(300)).await?;
    let request = {
        let api = context.api;
        let id = id.clone();
        tokio::spawn(async move { api.gateway_get(&id, "/").await })
    };
    let actor = host.start(&id).await?;
    host.running(&actor)?;
    super::http::answer_next(&mut host, 200, b"awake").await?;
    same(
        "answer",
        request.await??.body().as_ref(),
        b"awake".as_slice(),
    )?;
    Ok(format!(
        "asleep with no_capacity; the first request started generation {}",
        actor.generation
    ))
}
