//! The engine itself ends and comes back.

use anyhow::{Result, bail, ensure};
use envoy_protocol::CloseReason;
use envoy_protocol::latest::{KvGetRequest, KvPutRequest, KvRequestData, KvResponseData};

use crate::case::Context;
use crate::check::same;
use crate::engine::Engine;
use crate::host::Host;
use crate::link::{Ended, PATIENCE};

/// An engine that is killed has lost nothing when it is back: pools, actors, KV and databases.
pub(super) async fn killed(mut context: Context) -> Result<String> {
    let mut engine = Engine::start(&context.program, &context.data).await?;
    context.api = engine.api();
    context.api.make_pool(&context.pool).await?;
    let (mut host, actor) = context.running().await?;
    host.ack_command(&actor, actor.command)?;
    let put = KvPutRequest {
        keys: vec![b"k".to_vec()],
        values: vec![b"v".to_vec()],
    };
    let put = host.kv(&actor.id, KvRequestData::KvPutRequest(put)).await?;
    same("answer to put", &put, &KvResponseData::KvPutResponse)?;
    super::sql::executed(
        &mut host,
        &actor,
        "create table t(v); insert into t values (42)",
    )
    .await?;

    engine.kill().await?;
    let ended = host.ended(PATIENCE).await?;
    ensure!(
        matches!(ended, Ended::Lost(_)),
        "expected no close of a killed engine, but found: {ended}"
    );
    let took = engine.start_again().await?;
    let mut host = Host::connect(&context, &context.key("host")).await?;
    let client = super::http::get(&context, &actor.id);
    super::http::answer_next(&mut host, 200, b"still here").await?;
    same(
        "answer",
        &client.await??.body()[..],
        b"still here".as_slice(),
    )?;
    let get = KvGetRequest {
        keys: vec![b"k".to_vec()],
    };
    match host.kv(&actor.id, KvRequestData::KvGetRequest(get)).await? {
        KvResponseData::KvGetResponse(got) => same("value", &got.values, &[b"v"])?,
        other => bail!("expected a value, but found {other:?}"),
    }
    let rows = super::sql::executed(&mut host, &actor, "select v from t")
        .await?
        .rows;
    same("rows", &rows, &[[super::sql::integer(42)]])?;
    engine.kill().await?;
    Ok(format!(
        "well again after {} ms; the same generation answers, with its KV and rows",
        took.as_millis()
    ))
}

/// An engine that is asked to end says so to its hosts.
pub(super) async fn asked_to_end(mut context: Context) -> Result<String> {
    let mut engine = Engine::start(&context.program, &context.data).await?;
    context.api = engine.api();
    context.api.make_pool(&context.pool).await?;
    let (mut host, _actor) = context.running().await?;
    engine.terminate().await?;
    let ended = host.ended(PATIENCE).await?;
    ended.ensure(CloseReason::GOING_AWAY)?;
    engine.kill().await?;
    Ok("1011 ws.going_away".to_owned())
}
