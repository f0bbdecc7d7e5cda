//! The server itself ends and comes back.

use anyhow::{Result, bail, ensure};
use envoy_protocol::CloseReason;
use envoy_protocol::latest::{KvGetRequest, KvPutRequest, KvRequestData, KvResponseData};
use envoy_protocol::session::Disconnect;

use crate::case::Context;
use crate::check::same;
use crate::host::{Actor, Host};
use crate::server::Server;

/// A server that is killed has lost nothing when it is back: pools, actors, KV and databases. The host comes back by
/// itself.
pub(super) async fn killed(mut context: Context) -> Result<String> {
    let (mut server, mut host, actor) = begin(&mut context).await?;
    server.kill().await?;
    let (how, retry_at) = host.disconnected().await?;
    same("how the connection ended", &how, &Disconnect::Gone)?;
    ensure!(
        retry_at.is_some(),
        "expected another attempt, but found none"
    );
    let took = server.start_again().await?;
    host.init(2).await?;
    is_as_before(&context, &mut host, &actor).await?;
    server.kill().await?;
    Ok(format!(
        "well again after {} ms; the same generation answers, with its KV and rows",
        took.as_millis()
    ))
}

/// A server that is asked to end says so to its hosts, which come back when it does.
pub(super) async fn asked_to_end(mut context: Context) -> Result<String> {
    let (mut server, mut host, actor) = begin(&mut context).await?;
    server.terminate().await?;
    let (how, retry_at) = host.disconnected().await?;
    match how {
        Disconnect::Closed(close)
            if close.is(CloseReason::GOING_AWAY) && close.status() == 1011 => {}
        other => bail!("expected 1011 ws.going_away, but found {other:?}"),
    }
    ensure!(
        retry_at.is_some(),
        "expected another attempt, but found none"
    );
    // It need not end before its clients do.
    server.kill().await?;
    server.start_again().await?;
    host.init(2).await?;
    is_as_before(&context, &mut host, &actor).await?;
    server.kill().await?;
    Ok("1011 ws.going_away; back with the server, the same generation answers".to_owned())
}

/// A server of the case's own, and an actor with a value and a row.
async fn begin(context: &mut Context) -> Result<(Server, Host, Actor)> {
    let server = Server::start(&context.program, &context.data).await?;
    context.api = server.api();
    context.api.make_pool(&context.pool).await?;
    let (mut host, actor) = context.running().await?;
    let put = KvPutRequest {
        keys: vec![b"k".to_vec()],
        values: vec![b"v".to_vec()],
    };
    let put = host.kv(&actor.id, KvRequestData::KvPutRequest(put)).await?;
    same("answer to put", &put, &KvResponseData::KvPutResponse)?;
    let sql = "create table t(v); insert into t values (42)";
    super::sql::executed(&mut host, &actor, sql).await?;
    Ok((server, host, actor))
}

async fn is_as_before(context: &Context, host: &mut Host, actor: &Actor) -> Result<()> {
    let client = super::http::get(context, &actor.id);
    super::http::answer_next(host, 200, b"still here").await?;
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
    let rows = super::sql::executed(host, actor, "select v from t")
        .await?
        .rows;
    same("rows", &rows, &[[super::sql::integer(42)]])
}
