//! The server itself ends and comes back.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use envoy_protocol::latest::{
    ActorIntent, KvGetRequest, KvPutRequest, KvRequestData, KvResponseData, StopActorReason,
};
use envoy_protocol::session::{CommitEnd, Decided, Disconnect};
use envoy_protocol::{CloseReason, Version};
use hyper::StatusCode;
use serde_json::Value;

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::{now_ms, same};
use crate::host::{Actor, Host, ensure_generation};
use crate::server::Server;

use super::pages::Database;

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

/// Several hosts come back, each with its actors, and all of them answer.
pub(super) async fn killed_with_many(mut context: Context) -> Result<String> {
    const HOSTS: usize = 4;
    const ACTORS: usize = 4;
    let mut server = Server::start(&context.program, &context.data).await?;
    context.api = server.api();
    let mut hosts = Vec::new();
    for number in 0..HOSTS {
        let mut own = context.clone();
        own.pool = format!("{}-{number}", context.pool);
        own.api.make_pool(&own.pool).await?;
        let mut host = own.host().await?;
        let mut actors = Vec::new();
        for _ in 0..ACTORS {
            let id = own.make_actor().await?;
            let actor = host.start(&id).await?;
            own.run(&host, &actor).await?;
            actors.push(actor);
        }
        hosts.push((host, actors));
    }
    server.kill().await?;
    server.start_again().await?;
    let well = Instant::now();
    for (host, actors) in &mut hosts {
        host.init(2).await?;
        for actor in actors {
            let client = super::http::get(&context, &actor.id);
            super::http::answer_next(host, 200, actor.id.as_bytes()).await?;
            same("answer", &client.await??.body()[..], actor.id.as_bytes())?;
            let found = context.api.actor(&actor.id).await?;
            same("sleeping since", &found["sleep_ts"], &Value::Null)?;
        }
        host.no_command(Duration::from_millis(50)).await?;
    }
    let took = well.elapsed();
    server.kill().await?;
    Ok(format!(
        "{} actors on {HOSTS} hosts, the same generations, {} ms after it was well",
        HOSTS * ACTORS,
        took.as_millis()
    ))
}

/// What was due while the server was down is done when it is back.
pub(super) async fn killed_before_an_alarm(mut context: Context) -> Result<String> {
    let (mut server, mut host, actor) = begin(&mut context).await?;
    // Far enough for a busy machine to have killed the server by then.
    let due = now_ms()? + 12_000;
    host.alarm(&actor, Some(due))?;
    host.intent(&actor, ActorIntent::ActorIntentSleep)?;
    host.stop(&actor, StopActorReason::SleepIntent).await?;
    host.stopped(&actor)?;
    context
        .api
        .actor_with(&actor.id, "sleep_ts", PATIENCE)
        .await?;
    server.kill().await?;
    ensure!(
        now_ms()? < due,
        "expected to be done before the alarm, but this machine is too slow"
    );
    while now_ms()? <= due {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.start_again().await?;
    let well = Instant::now();
    host.init(2).await?;
    let bound = patience(&context);
    let next = host.start_within(&actor.id, bound).await?;
    ensure_generation(&next, 2)?;
    context.run(&host, &next).await?;
    let took = well.elapsed();
    is_as_before(&context, &mut host, &next).await?;
    server.kill().await?;
    Ok(format!(
        "due while it was down: generation 2 started {} ms after it was well",
        took.as_millis()
    ))
}

/// A stop that was under way ends as it would have.
pub(super) async fn killed_while_stopping(mut context: Context) -> Result<String> {
    let (mut server, mut host, actor) = begin(&mut context).await?;
    let destroying = tokio::spawn({
        let (api, id) = (context.api, actor.id.clone());
        async move { api.destroy(&id).await }
    });
    host.stop(&actor, StopActorReason::Destroy).await?;
    server.kill().await?;
    ensure!(
        destroying.await?.is_err(),
        "expected no answer to a call that nobody was there to answer"
    );
    server.start_again().await?;
    host.init(2).await?;
    let halfway = context.api.actor(&actor.id).await?;
    host.stopped(&actor)?;
    let start = Instant::now();
    let bound = patience(&context);
    let destroyed = context
        .api
        .actor_with(&actor.id, "destroy_ts", bound)
        .await?;
    let took = start.elapsed().as_millis();
    context.api.destroy(&actor.id).await?;
    let gone = context.api.gateway_get(&actor.id, "/").await?;
    same("status", &gone.status(), &StatusCode::NOT_FOUND)?;
    server.kill().await?;
    let order = if halfway["destroy_ts"] == destroyed["destroy_ts"] {
        "when it was asked for"
    } else {
        "when it had stopped"
    };
    Ok(format!(
        "the stop is obeyed on the next connection; destroyed {order}, known after {took} ms"
    ))
}

/// A commit whose answer a kill has swallowed is decided by the server that comes back.
pub(super) async fn killed_while_committing(mut context: Context) -> Result<String> {
    let mut server = Server::start(&context.program, &context.data).await?;
    context.api = server.api();
    context.api.make_pool(&context.pool).await?;
    let (mut host, actor) = context.running().await?;
    let version = context.version;
    let mut database = Database::new(&mut host, &actor, version);
    database.committed(&[1], 1, Some(0), 1).await?;
    let request = database.request(&[1], 1, Some(actor.database()), Some(1))?;
    let end = host.commit_and_kill(request, &mut server).await?;
    let told = (version == Version::V5).then_some(2);
    let committed = |decided| CommitEnd::Committed {
        head_txid: told,
        decided,
    };
    let what = "a commit whose answer did not arrive";
    let seen = if context
        .is_gateway("the gateway knows a commit that is sent again, and answers it again")
    {
        same(what, &end, &committed(Decided::Answer))?;
        "sent again, answered as committed; committed once"
    } else if version == Version::V5 {
        same(what, &end, &committed(Decided::Head))?;
        "sent again, told by the head; committed once"
    } else {
        ensure!(
            matches!(end, CommitEnd::Unresolved { .. }),
            "expected {what} to stay unresolved, but found {end:?}"
        );
        "unresolved, since v4 has no code to tell by"
    };
    // A session does not ask a database whose last commit is open.
    if matches!(end, CommitEnd::Committed { .. }) {
        let mut database = Database::new(&mut host, &actor, version);
        database.pages(&[1], Some(2), 2).await?;
    }
    server.kill().await?;
    Ok(seen.to_owned())
}

/// How long what was under way when the server was killed is waited for.
fn patience(context: &Context) -> Duration {
    let why = "a real engine takes up what was under way a good while after it is well";
    context.differs(why, Duration::from_mins(1), PATIENCE)
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
